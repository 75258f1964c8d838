//! A participant and a specialist talk, each in a terminal of their own, over the real relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod stage;

use serde_json::Value;
use stage::{Relay, cairn, json, meet, run};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use tempfile::TempDir;

fn agreed(relay: &Relay) -> [TempDir; 2] {
    let [phone, dee] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    json(&dee, &["init", "--device", "dee", "--relay", &relay.origin]);
    meet(
        (&phone, &["invite", "--name", "Marisol"]),
        (&dee, &["accept", "CODE", "--name", "Dee"]),
    );
    json(
        &dee,
        &[
            "declare",
            "Marisol",
            "--prior",
            "none",
            "--limits",
            "What the law asks.",
        ],
    );
    let agreement = json(&dee, &["agreement", "Marisol", "propose"])["id"].clone();
    json(&phone, &["sync"]);
    json(&phone, &["agreement", "Dee", "accept", agreement.as_str().unwrap()]);
    json(&dee, &["sync"]);
    [phone, dee]
}

fn messages(home: &TempDir, with: &str) -> Vec<Value> {
    json(home, &["messages", with])["messages"].as_array().unwrap().clone()
}

fn text(home: &TempDir, args: &[&str]) -> String {
    String::from_utf8(cairn(home, args).output().unwrap().stdout).unwrap()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[test]
fn a_whole_conversation_is_lived_in_two_terminals() {
    let relay = Relay::start();
    let [phone, dee] = agreed(&relay);
    let entry = json(&phone, &["write", "--text", "The night."]);
    // What is shared carries what they want as a rule, where nothing else is said with it.
    json(&phone, &["profile", "wanted", "ideas"]);
    let held = json(&phone, &["share", id(&entry), "--with", "Dee", "--hold", "600"]);
    let waits = json(&phone, &["shares"])["shares"][0].clone();
    assert_eq!(waits["wanted"], serde_json::json!(["ideas"]));
    json(&phone, &["revoke", id(&held)]);
    let share = json(
        &phone,
        &[
            "share",
            id(&entry),
            "--with",
            "Dee",
            "--hold",
            "0",
            "--wanted",
            "listening,questions",
        ],
    );
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let share = id(&share);
    let refused = |home: &TempDir, args: &[&str]| {
        let output = run(home, args);
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    // Opened, then heard, then anything else.
    let heard = [
        "say",
        "Marisol",
        "acknowledgement",
        "I have read it.",
        "--about",
        share,
        "--strength",
        "You wrote.",
    ];
    assert!(refused(&dee, &heard).contains("first open"));
    // What makes a good acknowledgement is read beside an empty field; none of it is put in there, and an empty one is none.
    let look = ["say", "Marisol", "acknowledgement", "--look"];
    let beside = text(&dee, &look);
    assert!(beside.starts_with("Your own words are what counts here."), "{beside}");
    assert_eq!(
        json(&dee, &look)["on_this_kind"].as_array().unwrap().len(),
        beside.lines().count()
    );
    let empty = ["say", "Marisol", "acknowledgement"];
    assert_eq!(run(&dee, &empty).status.code(), Some(3));
    assert_eq!(messages(&dee, "Marisol"), [] as [Value; 0], "nothing was kept of it");
    let shown = json(&dee, &["shared", share]);
    assert_eq!(shown["wanted"], serde_json::json!(["listening", "questions"]));
    assert!(text(&dee, &["shared", share]).contains("Wanted: to be listened to, questions"));
    let offer = [
        "say",
        "Marisol",
        "offer_lived_experience",
        "I could tell you.",
        "--about",
        share,
    ];
    assert!(refused(&dee, &offer).contains("first say that you have heard it"));
    assert_eq!(messages(&dee, "Marisol"), [] as [Value; 0]);
    json(&dee, &heard);
    let offer = json(&dee, &offer);
    json(&phone, &["sync"]);
    let seen = messages(&phone, "Dee");
    assert_eq!(
        (&seen[0]["text"], &seen[0]["strength"]),
        (&"I have read it.".into(), &"You wrote.".into())
    );
    assert_eq!(
        (&seen[0]["state"], &seen[0]["by"]),
        (&"arrived".into(), &"specialist".into())
    );
    // Kept where it was asked for, once, with whose words it is.
    let keep = ["keep-strength", "Dee", id(&seen[0])];
    let strength = json(&phone, &keep);
    assert_eq!(json(&phone, &keep), strength);
    assert!(text(&phone, &["profile"]).contains("You wrote.  (Dee's words)"));
    assert_eq!(
        json(&phone, &["profile"])["sections"][0]["statements"][0]["offered_by"],
        "Dee"
    );
    assert_eq!(
        run(&dee, &["keep-strength", "Marisol", id(&seen[0])]).status.code(),
        Some(3)
    );
    // Words for the profile: asked for, proposed once, and kept where they are wanted.
    let propose =
        |asked: &str| ["say", "Marisol", "proposal", "Mornings are slow.", "--accepted", asked].map(str::to_owned);
    let asks = json(&phone, &["say", "Dee", "ask_for_proposal"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    json(&dee, &propose(id(&asks)).each_ref().map(String::as_str));
    json(&dee, &["sync"]);
    json(&phone, &["sync"]);
    let proposed = messages(&phone, "Dee").pop().unwrap();
    assert!(!text(&phone, &["profile"]).contains("Mornings are slow."));
    json(
        &phone,
        &["keep-proposal", "Dee", id(&proposed), "What helps, and what doesn't"],
    );
    assert!(text(&phone, &["profile"]).contains("Mornings are slow.  (Dee's words)"));
    // A yes, a look at oneself, words that tell and do not direct.
    json(&phone, &["say", "Dee", "yes", "--about", id(&offer)]);
    json(&dee, &["sync"]);
    let tell = [
        "say",
        "Marisol",
        "lived_experience",
        "It was so for me.",
        "--about",
        share,
        "--accepted",
        id(&offer),
    ];
    assert!(refused(&dee, &tell).contains("first ask yourself"));
    let made = json(
        &dee,
        &["reflect", "Marisol", "--for-whom", "theirs", "--decide", "share"],
    );
    let reflected = ["--reflection", id(&made)];
    let directs = [
        "say",
        "Marisol",
        "lived_experience",
        "You should try it.",
        "--about",
        share,
        "--accepted",
        id(&offer),
    ];
    assert!(refused(&dee, &[&directs[..], &reflected].concat()).contains("without telling them what to do"));
    let looked = json(&dee, &[&directs[..], &["--look"]].concat());
    assert_eq!(looked["advice"][0]["notice"], "directs");
    json(&dee, &[&tell[..], &reflected].concat());
    assert_eq!(json(&dee, &["own-stories", "Marisol"])["stories"], 1);
    json(&phone, &["sync"]);
    let told = messages(&phone, "Dee").pop().unwrap();
    assert_eq!(
        (&told["text"], &told["collapsed"]),
        (&"It was so for me.".into(), &true.into())
    );
    // It felt like pressure: kept in one step, and no more of it from the same place.
    json(&phone, &["feedback", "Dee", "pressure", id(&told)]);
    json(
        &phone,
        &[
            "wishes",
            "Dee",
            "--lived-experience",
            "never",
            "--off-limits",
            "Tuesday group",
        ],
    );
    let kept = json(
        &phone,
        &[
            "feedback",
            "Dee",
            "keep",
            "--heard",
            "a_little",
            "--pushed",
            "quite_a_bit",
            "--words",
            "It became about you.",
        ],
    );
    json(&dee, &["sync"]);
    assert_eq!(json(&dee, &["wishes", "Marisol"])["lived_experience"], "never");
    let off = ["say", "Marisol", "open_question", "What about the tuesday group?"];
    assert!(refused(&dee, &off).contains("asked not to bring up"));
    assert!(messages(&dee, "Marisol").iter().all(|one| one["kind"] != "feedback"));
    json(&phone, &["feedback", "Dee", "send", id(&kept)]);
    json(&dee, &["sync"]);
    let feedback = messages(&dee, "Marisol").pop().unwrap();
    assert_eq!(
        (&feedback["heard"], &feedback["text"]),
        (&"a_little".into(), &"It became about you.".into())
    );
    assert_eq!(
        json(&phone, &["feedback", "Dee", "sent"])["feedback"][0]["response"],
        "not_yet"
    );
    let first = text(&dee, &["feedback", "Marisol", "sent"]);
    assert!(
        first.starts_with("What has no response yet comes first. Marisol sees here what you see.\n"),
        "{first}"
    );
    assert!(first.ends_with("No response yet.\n"), "{first}");
    let response = [
        "say",
        "Marisol",
        "response_to_feedback",
        "Thank you.",
        "--about",
        id(&feedback),
        "--differently",
        "I ask before.",
    ];
    json(&dee, &response);
    json(
        &phone,
        &["say", "Dee", "correction", "Tired, not sad.", "--about", id(&seen[0])],
    );
    json(&phone, &["sync"]);
    let all = text(&phone, &["messages", "Dee"]);
    for words in [
        "Not meant like that: Tired, not sad.",
        "I ask before.",
        "It was so for me.",
    ] {
        assert!(all.contains(words), "{all}");
    }
    for (side, who) in [(&phone, "Dee"), (&dee, "Marisol")] {
        let sent = text(side, &["feedback", who, "sent"]);
        assert!(sent.ends_with("There is a response.\n"), "{sent}");
    }
    // What a specialist asks themselves is read or skipped, and an answer is an entry of their own.
    let questions = text(&dee, &["self-check"]);
    assert!(questions.starts_with("For you alone."), "{questions}");
    assert_eq!(json(&dee, &["self-check"])["questions"][0]["id"], "S-01");
    let own = json(&dee, &["write", "--text", "Between the lines.", "--prompt", "S-01"]);
    let own = json(&dee, &["show", id(&own)]);
    assert!(questions.contains(own["asked"]["text"].as_str().unwrap()), "{own}");
    // People stand by hand or by name.
    assert_eq!(json(&dee, &["people", "order"])["order"], "by_hand");
    json(&dee, &["people", "order", "by_name"]);
    assert_eq!(text(&dee, &["people", "order"]), "by name\n");
    json(&dee, &["people", "move", "Marisol"]);
    assert_eq!(
        json(&dee, &["people", "order"])["order"],
        "by_hand",
        "who is moved is moved by hand"
    );
    // In the hours that are the participant's own.
    json(
        &phone,
        &[
            "hours",
            "Dee",
            "--window",
            "mon,tue,wed,thu,fri,sat,sun 10:00-16:00",
            "--daily",
            "2",
        ],
    );
    assert_eq!(json(&phone, &["hours", "Dee"])["daily"], 2);
    assert_eq!(
        run(&phone, &["hours", "Dee", "--window", "mon 16:00-10:00"])
            .status
            .code(),
        Some(3)
    );
    json(&phone, &["hours", "Dee", "--any-time"]);
    assert_eq!(json(&phone, &["hours", "Dee"])["windows"], serde_json::json!([]));
    // What has left is not taken back; what is no kind of message is none.
    assert_eq!(run(&dee, &["unsay", "Marisol", id(&offer)]).status.code(), Some(4));
    assert_eq!(
        run(&dee, &["say", "Marisol", "advice", "Go home."]).status.code(),
        Some(2)
    );
    let kept = json(&phone, &["feedback", "Dee"]);
    let pressure = kept["feedback"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["heard"] == "unsaid");
    json(&phone, &["feedback", "Dee", "forget", id(pressure.unwrap())]);
    assert_eq!(
        json(&phone, &["feedback", "Dee"])["feedback"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_conversation_comes_out_of_an_archive_to_be_read() {
    let relay = Relay::start();
    let [phone, dee] = agreed(&relay);
    let entry = json(&phone, &["write", "--text", "The night."]);
    let share = json(&phone, &["share", id(&entry), "--with", "Dee", "--hold", "0"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    json(&dee, &["shared", id(&share)]);
    let heard = [
        "say",
        "Marisol",
        "acknowledgement",
        "You were tired.",
        "--about",
        id(&share),
    ];
    json(&dee, &heard);
    json(&phone, &["sync"]);
    let seen = messages(&phone, "Dee");
    json(
        &phone,
        &["say", "Dee", "correction", "Tired, not sad.", "--about", id(&seen[0])],
    );
    json(&phone, &["sync"]);

    let (new, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = place.path().join("journal.zip");
    let archive = archive.to_str().unwrap();
    json(&phone, &["export", archive]);
    json(&new, &["init"]);
    let restored = text(&new, &["restore-archive", archive]);
    assert!(
        restored.contains("is here to be read") && restored.contains("New here: 1."),
        "{restored}"
    );
    let people = text(&new, &["people"]);
    assert!(
        people.contains("Dee: Kept from an export of") && people.contains("Its keys are in no export"),
        "{people}"
    );
    assert!(json(&new, &["people"])["people"][0]["kept_from"].is_string());
    let all = text(&new, &["messages", "Dee"]);
    assert!(
        all.contains("You were tired.") && all.contains("Not meant like that: Tired, not sad."),
        "{all}"
    );
    assert!(text(&new, &["agreement", "Dee"]).contains("What the law asks."));
    assert!(text(&new, &["shares"]).contains("with Dee, ended"));
    let receipt = |home: &TempDir| text(home, &["receipt", id(&share)]);
    assert_eq!(receipt(&new), receipt(&phone));
    for args in [
        ["say", "Dee", "words", "Hello?"].as_slice(),
        &["pause", "Dee"],
        &["share", id(&entry), "--with", "Dee", "--hold", "0"],
    ] {
        let refused = run(&new, args);
        assert!(
            !refused.status.success() && String::from_utf8(refused.stderr).unwrap().lines().count() == 1,
            "{args:?}"
        );
    }
    let again = text(&new, &["restore-archive", archive]);
    assert!(again.ends_with("All of it was here already.\n"), "{again}");
    // A specialist's archive holds nothing of it.
    json(&dee, &["export", place.path().join("dee.zip").to_str().unwrap()]);
    json(
        &new,
        &["restore-archive", place.path().join("dee.zip").to_str().unwrap()],
    );
    assert_eq!(json(&new, &["people"])["people"].as_array().unwrap().len(), 1);
}

#[test]
fn a_specialist_is_told_after_saving_that_words_of_another_stand_in_it() {
    let relay = Relay::start();
    let [phone, dee] = agreed(&relay);
    let shown = "We sat on the wet bench until the lamp went out, and I was quiet.";
    let entry = json(&phone, &["write", "--text", shown]);
    json(&phone, &["share", id(&entry), "--with", "Dee", "--hold", "0"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let pasted = format!("Read today: {shown}");
    let told = "stands word for word in what somebody shows you";
    let saved = text(&dee, &["write", "--text", &pasted]);
    assert!(saved.starts_with("Saved") && saved.contains(told), "{saved}");
    let id_of = |at: usize| json(&dee, &["list"])["entries"][at]["id"].as_str().unwrap().to_owned();
    let own = text(&dee, &["write", "--text", "I learned to wait."]);
    assert!(own.starts_with("Saved") && !own.contains(told), "{own}");
    let edited = text(&dee, &["edit", &id_of(0), "--text", &pasted]);
    assert!(edited.contains(told), "{edited}");
    for at in [0, 1] {
        assert_eq!(
            json(&dee, &["show", &id_of(at)])["body"],
            pasted,
            "it holds back nothing"
        );
    }
    let json = json(&dee, &["write", "--text", &pasted]);
    assert_eq!(json.as_object().unwrap().len(), 1, "programs ask for it by themselves");
    assert!(!text(&phone, &["write", "--text", &pasted]).contains(told));
}

#[test]
fn the_page_of_a_meeting_is_written_in_two_terminals() {
    let relay = Relay::start();
    let [phone, dee] = agreed(&relay);
    let none = "There is no page of a meeting here.";
    assert!(text(&phone, &["meetings", "Dee"]).contains(none));
    let refused = |home: &TempDir, args: &[&str], words: &str| {
        let output = run(home, args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(3) && said.contains(words),
            "{args:?}: {said}"
        );
    };
    refused(
        &dee,
        &["meetings", "Marisol", "begin", "2026-12-01"],
        "the participant begins",
    );
    assert_eq!(
        run(&phone, &["meetings", "Dee", "begin", "tomorrow"]).status.code(),
        Some(2)
    );
    let meeting = json(&phone, &["meetings", "Dee", "begin", "2026-12-01"]);
    let meeting = id(&meeting);
    let line = json(&phone, &["meetings", "Dee", "write", meeting, "agenda", "The bus."]);
    json(&dee, &["sync"]);
    let hers = json(&dee, &["meetings", "Marisol", "write", meeting, "notes", "It is late."]);
    let before = [
        "meetings",
        "Marisol",
        "write",
        meeting,
        "agenda",
        "When we meet.",
        "--before",
    ];
    json(&dee, &[&before[..], &[id(&line)]].concat());
    refused(
        &dee,
        &["meetings", "Marisol", "change", meeting, id(&line), "Mine."],
        "each changes the lines they wrote",
    );
    json(
        &dee,
        &["meetings", "Marisol", "change", meeting, id(&hers), "It is long."],
    );
    json(&phone, &["sync"]);
    let page = text(&phone, &["meetings", "Dee"]);
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}: {page}"));
    let order = [
        "2026-12-01",
        "Agenda",
        "When we meet.  (Dee)",
        "The bus.  (you)",
        "Notes",
        "It is long.  (Dee)",
    ];
    assert!(order.map(at).is_sorted(), "{page}");
    let value = json(&dee, &["meetings", "Marisol"])["meetings"][0].clone();
    assert_eq!(value, json(&phone, &["meetings", "Dee"])["meetings"][0]);
    assert_eq!(value["agenda"][1]["by"], "participant");
    json(&phone, &["meetings", "Dee", "away", meeting, id(&line)]);
    json(&dee, &["sync"]);
    assert!(!text(&dee, &["meetings", "Marisol"]).contains("The bus."));
    json(&phone, &["meetings", "Dee", "take-back", meeting]);
    json(&dee, &["sync"]);
    assert!(text(&dee, &["meetings", "Marisol"]).contains(none));
}

#[test]
fn days_are_spoken_of_a_question_is_kept_and_two_switches_are_turned() {
    let relay = Relay::start();
    let [phone, dee] = agreed(&relay);
    let both = |first: &TempDir, then: &TempDir| {
        json(first, &["sync"]);
        json(then, &["sync"]);
    };
    let keep = |args: &[&str]| {
        run(
            &phone,
            &[&["feedback", "Dee", "keep", "--heard", "mostly"], args].concat(),
        )
    };
    let backwards = keep(&["--from", "2026-11-07", "--until", "2026-11-01"]);
    assert_eq!(backwards.status.code(), Some(3));
    assert!(
        String::from_utf8(backwards.stderr)
            .unwrap()
            .contains("not before the first")
    );
    assert_eq!(keep(&["--about", "ffffffff"]).status.code(), Some(4));
    assert_eq!(
        keep(&["--from", "2026-11-01", "--until", "2026-11-07"]).status.code(),
        Some(0)
    );
    assert!(text(&phone, &["feedback", "Dee"]).contains("about 2026-11-01 to 2026-11-07"));
    let kept = json(&phone, &["feedback", "Dee"])["feedback"][0].clone();
    assert_eq!(kept["about"], "2026-11-01/2026-11-07");
    let meeting = json(&phone, &["meetings", "Dee", "begin", "2026-11-03"]);
    assert_eq!(keep(&["--about", id(&meeting)]).status.code(), Some(0));
    json(&phone, &["feedback", "Dee", "send", id(&kept)]);
    both(&phone, &dee);
    assert_eq!(messages(&dee, "Marisol")[0]["about"], "2026-11-01/2026-11-07");
    assert!(text(&dee, &["messages", "Marisol"]).contains("about 2026-11-01 to 2026-11-07"));

    let question = json(&dee, &["say", "Marisol", "open_question", "What was the week like?"]);
    both(&dee, &phone);
    messages(&phone, "Dee");
    let keep = ["keep-question", "Dee", id(&question)];
    let prompt = json(&phone, &keep);
    assert_eq!(json(&phone, &keep), prompt);
    let prompts = json(&phone, &["prompt", "list"])["prompts"].as_array().unwrap().clone();
    let own: Vec<&Value> = prompts.iter().filter(|one| one["is_own"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(
        (&own[0]["text"], &own[0]["asked_by"]),
        (&"What was the week like?".into(), &"Dee".into())
    );
    assert_eq!(run(&phone, &["keep-question", "Dee", id(&kept)]).status.code(), Some(4));

    let wishes = json(&phone, &["wishes", "Dee"]);
    assert_eq!(
        (&wishes["listen_first"], &wishes["no_directing"]),
        (&true.into(), &true.into())
    );
    json(
        &phone,
        &["wishes", "Dee", "--listen-first", "off", "--no-directing", "off"],
    );
    both(&phone, &dee);
    let wishes = json(&dee, &["wishes", "Marisol"]);
    assert_eq!(
        (&wishes["listen_first"], &wishes["no_directing"]),
        (&false.into(), &false.into())
    );
    assert!(text(&dee, &["wishes", "Marisol"]).contains("anything but a story may come first"));

    let reflect = [
        "reflect",
        "Marisol",
        "--for-whom",
        "theirs",
        "--decide",
        "share",
        "--asked",
        "i_asked_first",
        "--shortest",
    ];
    assert_eq!(run(&dee, &reflect).status.code(), Some(0));
}

#[test]
fn an_invitation_is_answered_with_not_now() {
    let relay = Relay::start();
    let [phone, dee] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    json(&dee, &["init", "--device", "dee"]);
    let mut inviting = cairn(&phone, &["invite", "--name", "Marisol", "--json"]);
    let mut inviting = inviting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(inviting.stdout.take().unwrap()).lines();
    let code: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let code = code["code"].as_str().unwrap().to_owned();
    assert!(text(&dee, &["decline", &code]).contains("not now"));
    let output = inviting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("the answer to this invitation is not now")
    );
    assert_eq!(json(&phone, &["people"])["people"][0]["status"], "declined");
    assert!(text(&phone, &["people"]).contains("said not now"));
    assert_eq!(json(&dee, &["people"])["people"], serde_json::json!([]));
    assert_eq!(run(&dee, &["accept", &code, "--name", "Dee"]).status.code(), Some(7));
}
