//! Two journals and a specialist, each a `cairn` of its own, over the real relay; and the tour.
//!
//! The relay is the program `cairn-relay` beside `cairn`: build the workspace, or `-p cairn-relay` too.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod stage;

use stage::{Relay, Talk, body, cairn, json, meet, relay_program, run};
use tempfile::TempDir;

#[test]
fn a_long_video_comes_to_the_other_device_when_it_is_wanted() {
    let relay = Relay::start();
    let [phone, tablet] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    meet(
        (&phone, &["pair"]),
        (&tablet, &["pair", "--join", "CODE", "--device", "tablet"]),
    );
    let video: Vec<u8> = (0..3_000_000_u32).flat_map(|n| n.to_le_bytes()).collect();
    let (source, target) = (phone.path().join("video"), tablet.path().join("video"));
    std::fs::write(&source, &video).unwrap();
    let written = json(
        &phone,
        &["write", "--text", "Look.", "--attach", source.to_str().unwrap()],
    );
    let id = written["id"].as_str().unwrap();
    let save = ["save", id, "1", target.to_str().unwrap()];

    // The words go at once; the video waits until it is said to.
    json(&phone, &["sync"]);
    assert_eq!(json(&phone, &["attachments"])["to_send"], 1);
    json(&tablet, &["sync"]);
    assert_eq!(body(&tablet, id), "Look.");
    assert_eq!(run(&tablet, &save).status.code(), Some(6));
    json(&phone, &["sync", "--attachments", "now"]);
    assert_eq!(json(&phone, &["attachments"])["to_send"], 0);

    // Who tried to save it wants it: the next round brings it, long as it is.
    assert_eq!(json(&tablet, &["attachments", "--carry", "on-demand"])["to_fetch"], 1);
    json(&tablet, &["sync"]);
    assert_eq!(json(&tablet, &["attachments"])["to_fetch"], 0);
    json(&tablet, &save);
    assert!(std::fs::read(target).unwrap() == video);
}

#[test]
fn two_devices_and_a_specialist_go_the_whole_path() {
    let relay = Relay::start();
    let [phone, tablet, dee] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    let id = json(
        &phone,
        &["write", "--text", "I asked for a quiet seat. The bus was late."],
    )["id"]
        .as_str()
        .unwrap()
        .to_owned();

    meet(
        (&phone, &["pair"]),
        (&tablet, &["pair", "--join", "CODE", "--device", "tablet"]),
    );
    assert_eq!(body(&tablet, &id), body(&phone, &id));
    let devices = json(&tablet, &["devices"]);
    assert_eq!(devices["devices"].as_array().unwrap().len(), 2);

    // A journal that holds something joins no other.
    json(&dee, &["init", "--device", "dee"]);
    json(&dee, &["write", "--text", "Dee's own."]);
    let refused = run(&dee, &["pair", "--join", &code_of(&phone)]);
    assert_eq!(
        refused.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&refused.stderr)
    );

    // Both rewrite one sentence; both versions are there.
    json(&phone, &["edit", &id, "--text", "I sat by the door. The bus was late."]);
    json(&tablet, &["edit", &id, "--text", "Nobody looked up. The bus was late."]);
    for home in [&phone, &tablet, &phone] {
        json(home, &["sync"]);
    }
    assert_eq!(body(&phone, &id), body(&tablet, &id));
    assert!(
        ["by the door", "looked up"]
            .iter()
            .all(|words| body(&phone, &id).contains(words))
    );

    meet(
        (&phone, &["invite", "--name", "Marisol"]),
        (&dee, &["accept", "CODE", "--name", "Dee"]),
    );
    assert_eq!(json(&dee, &["people"])["people"][0]["role"], "specialist");
    they_agree(&phone, &dee, &id);
    let share = json(
        &phone,
        &[
            "share",
            &id,
            "--with",
            "dee",
            "--purpose",
            "so you know",
            "--until",
            "never",
            "--hold",
            "0",
        ],
    );
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let cards = json(&dee, &["shared"]);
    assert_eq!(
        (&cards["shared"][0]["opened"], &cards["shared"][0]["lines"]),
        (&false.into(), &serde_json::Value::Null)
    );
    let shared = json(&dee, &["shared", share["id"].as_str().unwrap()]);
    let parts: Vec<&str> = shared["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["part"].as_str().unwrap())
        .collect();
    assert_eq!(
        parts.get(..3),
        Some(["purpose", "notice", "body"].as_slice()),
        "{parts:?}"
    );
    json(&dee, &["sync"]);
    json(&phone, &["sync"]);
    let said = || String::from_utf8(run(&phone, &["shares"]).stdout).unwrap();
    let sentences = [
        "That is certain.",
        "Dee opened it first on",
        "It was removed from Dee's device on",
    ];
    assert_eq!(sentences.map(|sentence| said().contains(sentence)), [true, true, false]);
    let given = json(&phone, &["shares"])["shares"][0].clone();
    assert_eq!(given["state"], "given");
    assert!(given["opened"].is_string() && given["purged"].is_null());
    json(&phone, &["revoke", share["id"].as_str().unwrap()]);
    json(&dee, &["sync"]);
    assert_eq!(json(&dee, &["shared"])["shared"], serde_json::json!([]));
    json(&phone, &["sync"]);
    let revoked = json(&phone, &["shares"])["shares"][0].clone();
    assert_eq!(revoked["state"], "revoked");
    assert!(revoked["purged"].is_string());
    assert_eq!(sentences.map(|sentence| said().contains(sentence)), [true; 3]);
    assert_eq!(
        run(&dee, &["shared", share["id"].as_str().unwrap()]).status.code(),
        Some(4)
    );

    // A share that was stopped while it waited was never there.
    let held = json(&phone, &["share", &id, "--with", "Dee", "--hold", "3600"]);
    assert_eq!(json(&phone, &["shares"])["shares"][1]["state"], "held");
    assert_eq!(
        said().matches("That is certain.").count(),
        1,
        "what waits here has not left"
    );
    json(&phone, &["revoke", held["id"].as_str().unwrap()]);
    assert_eq!(json(&phone, &["shares"])["shares"].as_array().unwrap().len(), 1);

    // A tender entry is shared by whoever says that they know.
    json(&phone, &["edit", &id, "--text", "By the door.", "--tender"]);
    assert_eq!(run(&phone, &["share", &id, "--with", "Dee"]).status.code(), Some(3));
    json(&phone, &["share", &id, "--with", "Dee", "--hold", "3600", "--tender"]);
    assert_eq!(json(&phone, &["shares"])["shares"][1]["state"], "held");

    drop(relay);
    assert_eq!(run(&phone, &["sync"]).status.code(), Some(6));
    assert!(json(&phone, &["write", "--text", "Written without a network."])["id"].is_string());
}

/// Before anything is shared, both accept the same words.
fn they_agree(phone: &TempDir, dee: &TempDir, entry: &str) {
    let status = |home: &TempDir| json(home, &["people"])["people"][0]["status"].clone();
    assert_eq!(status(phone), "agreeing");
    assert_eq!(run(phone, &["share", entry, "--with", "Dee"]).status.code(), Some(3));
    assert_eq!(run(phone, &["agreement", "Dee", "propose"]).status.code(), Some(3));
    let declare = ["declare", "Marisol", "--prior", "group", "--limits"];
    assert_eq!(run(dee, &[&declare[..], &[" "]].concat()).status.code(), Some(3));
    let areas = [
        "--experience",
        "Leaving a ward.",
        "--experience",
        "Nights.",
        "--pronouns",
        "she/her",
        "--organisation",
        "The open door",
        "--certification",
        "Peer specialist",
        "--language",
        "EN",
        "--language",
        "es_mx",
    ];
    let no_tag = ["Nothing.", "--language", "English"];
    assert_eq!(run(dee, &[&declare[..], &no_tag].concat()).status.code(), Some(3));
    json(
        dee,
        &[&declare[..], &["I talk with my supervisor, without names."], &areas].concat(),
    );
    let propose = [
        "agreement",
        "Marisol",
        "propose",
        "--specialist-offers",
        "Tuesdays, in writing.",
    ];
    let first = json(dee, &propose)["id"].clone();
    json(phone, &["sync"]);
    let seen = json(phone, &["agreement", "dee"]);
    assert_eq!(seen["declaration"]["prior_connection"], "group");
    assert_eq!(
        seen["declaration"]["experience"],
        serde_json::json!(["Leaving a ward.", "Nights."])
    );
    let read = run(phone, &["agreement", "dee"]);
    let read = String::from_utf8(read.stdout).unwrap();
    assert!(
        read.contains("What Dee knows from their own life, and says so:\n  Leaving a ward.\n  Nights.\n"),
        "{read}"
    );
    for line in [
        "Dee's pronouns: she/her",
        "Dee works for: The open door",
        "Dee's certification, as they say it (nobody checks it here): Peer specialist",
        "Dee speaks: en, es-MX",
    ] {
        assert!(read.contains(line), "{read}");
    }
    assert_eq!(seen["agreements"][0]["id"], first);
    // What is left out stays as it was.
    let outside = ["agreement", "Dee", "propose", "--outside-contact", "None, please."];
    let second = json(phone, &outside)["id"].as_str().unwrap().to_owned();
    json(dee, &["sync"]);
    let short = second.get(..8).unwrap();
    assert_eq!(
        run(dee, &["agreement", "Marisol", "accept", "zz"]).status.code(),
        Some(4)
    );
    json(dee, &["agreement", "Marisol", "accept", short]);
    json(phone, &["sync"]);
    for home in [phone, dee] {
        assert_eq!(status(home), "active");
    }
    let agreed = json(phone, &["agreement", "Dee"])["agreements"][1].clone();
    assert_eq!((&agreed["in_force"], &agreed["version"]), (&true.into(), &2.into()));
    assert_eq!(agreed["answers"]["specialist_offers"], "Tuesdays, in writing.");
    let text = String::from_utf8(cairn(phone, &["agreement", "Dee"]).output().unwrap().stdout).unwrap();
    assert!(text.contains("Both of you have accepted these words."), "{text}");
}

/// A participant and a specialist who have met, and the relay they met at.
fn two_who_met() -> (Relay, [TempDir; 2]) {
    let relay = Relay::start();
    let [phone, dee] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    json(&dee, &["init", "--device", "dee", "--relay", &relay.origin]);
    meet(
        (&phone, &["invite", "--name", "Marisol"]),
        (&dee, &["accept", "CODE", "--name", "Dee"]),
    );
    (relay, [phone, dee])
}

#[test]
fn a_specialists_sentences_call_the_participant_as_they_show_it() {
    let (_relay, [phone, dee]) = two_who_met();
    let entry = json(&phone, &["write", "--text", "The night."])["id"].clone();
    they_agree(&phone, &dee, entry.as_str().unwrap());
    let said = |home: &TempDir, args: &[&str]| String::from_utf8(run(home, args).stdout).unwrap();
    json(
        &phone,
        &[
            "profile",
            "address",
            "--name",
            "Mari",
            "--pronouns",
            "she/her",
            "--show-name",
            "--language",
            "ASE",
            "--language",
            "de_ch",
        ],
    );
    let address = json(&phone, &["profile"])["address"].clone();
    assert_eq!(
        address,
        serde_json::json!({
            "name": "Mari", "name_is_shareable": true, "pronouns": "she/her", "pronouns_are_shareable": false,
            "languages": ["ase", "de-CH"], "languages_are_shareable": false,
        })
    );
    assert!(said(&phone, &["profile"]).contains("    Languages: ase, de-CH\n"));
    json(&phone, &["profile", "show-to", "Dee", "How to address me"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    assert!(said(&dee, &["people"]).contains("Mari: "));
    json(&phone, &["profile", "address", "--show-pronouns"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    assert!(said(&dee, &["people"]).contains("Mari (she/her): "));
    let person = json(&dee, &["people"])["people"][0].clone();
    assert_eq!(
        (&person["name"], &person["pronouns"]),
        (&"Mari".into(), &"she/her".into())
    );
    // She is found by either name.
    for name in ["mari", "Marisol"] {
        json(&dee, &["declare", name, "--prior", "none", "--limits", "Nothing."]);
    }
    assert!(said(&dee, &["agreement", "Mari"]).contains("What you have said to Mari (she/her):"));
    let preferences = said(&dee, &["preferences", "Mari"]);
    assert!(
        preferences.contains("Mari (she/her)") && !preferences.contains("Languages"),
        "{preferences}"
    );
    json(&phone, &["profile", "address", "--show-languages"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    assert!(said(&dee, &["preferences", "Mari"]).ends_with("\nLanguages: ase, de-CH\n"));
    for shown in [
        &json(&dee, &["preferences", "Mari"]),
        &json(&dee, &["people"])["people"][0],
    ] {
        assert_eq!(shown["languages"], serde_json::json!(["ase", "de-CH"]));
    }
    let refused = run(&phone, &["profile", "address", "--language", "Deutsch"]);
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.contains("BCP 47") && !refused.contains("Deutsch"), "{refused}");
    json(&phone, &["profile", "address", "--language", ""]);
    assert_eq!(
        json(&phone, &["profile"])["address"]["languages"],
        serde_json::json!([])
    );
    json(&phone, &["profile", "address", "--hide-name", "--hide-pronouns"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let after = said(&dee, &["people"]) + &said(&dee, &["agreement", "Marisol"]);
    assert!(
        after.contains("What you have said to Marisol:") && !after.contains("she/her"),
        "{after}"
    );
}

#[test]
fn pausing_and_ending_take_one_command_and_no_reason() {
    let (_relay, [phone, dee]) = two_who_met();
    let entry = json(&phone, &["write", "--text", "The bus was late."])["id"].clone();
    they_agree(&phone, &dee, entry.as_str().unwrap());
    let person = |home: &TempDir| json(home, &["people"])["people"][0].clone();
    // What she shows of her profile is opened before anything else of hers.
    json(&phone, &["profile", "add-section", "Touch"]);
    let said = json(&phone, &["profile", "say", "Touch", "Please ask first."])["id"].clone();
    json(&phone, &["profile", "shareable", said.as_str().unwrap()]);
    json(&phone, &["profile", "show-to", "Dee", "Touch"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let shown = json(&dee, &["preferences", "Marisol"]);
    assert_eq!(shown["sections"][0]["statements"][0]["text"], "Please ask first.");
    json(&phone, &["profile", "show-to", "Dee"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    assert_eq!(
        json(&dee, &["preferences", "Marisol"])["sections"],
        serde_json::json!([])
    );
    json(&phone, &["pause", "Dee"]);
    json(&dee, &["sync"]);
    assert_eq!(person(&dee)["status"], "paused");
    assert_eq!(person(&dee)["paused_by"], serde_json::json!(["participant"]));
    json(&phone, &["go-on", "Dee"]);
    json(&dee, &["sync"]);
    assert_eq!(person(&dee)["status"], "active");
    assert_eq!(run(&dee, &["end", "Marisol"]).status.code(), Some(3));
    json(&dee, &["end", "Marisol", "--words", "I leave this job in May."]);
    json(&phone, &["sync"]);
    let over = person(&phone);
    assert_eq!(
        (&over["status"], &over["goodbye"]),
        (&"ended".into(), &"I leave this job in May.".into())
    );
    assert_eq!(run(&phone, &["pause", "Dee"]).status.code(), Some(4));
}

#[test]
fn a_share_comes_to_show_less_and_something_stays_when_it_ends() {
    let (_relay, [phone, dee]) = two_who_met();
    let entry = json(&phone, &["write", "--text", "The bus was late. I asked for a seat."])["id"].clone();
    let entry = entry.as_str().unwrap();
    they_agree(&phone, &dee, entry);
    let share = |more: &[&str]| {
        let args = [&["share", entry, "--with", "Dee", "--hold", "0"][..], more].concat();
        json(&phone, &args)["id"].as_str().unwrap().to_owned()
    };
    let kept = share(&["--passage", "I asked for a seat.", "--notice", "us_42cfr2"]);
    let gone = share(&["--follow"]);
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let shown = json(&phone, &["as-shown", &kept]);
    assert_eq!(shown["lines"][2]["text"], "I asked for a seat.");
    let notice = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";
    assert_eq!(shown["lines"][1]["text"], notice);
    json(&phone, &["narrow", &kept, "--show", "words"]);
    json(&dee, &["sync"]);
    let parts = json(&dee, &["shared", &kept])["lines"].as_array().unwrap().len();
    assert_eq!(parts, 3, "purpose, notice, words");
    assert_eq!(
        run(&phone, &["narrow", &kept, "--show", "words,day"]).status.code(),
        Some(3)
    );
    assert_eq!(run(&phone, &["end", "Dee", "--keep", &kept]).status.code(), Some(2));
    json(&phone, &["end", "Dee", "--keep", &kept, "--until", "2099-12-24"]);
    json(&dee, &["sync"]);
    let left = json(&dee, &["shared"]);
    assert_eq!(left["shared"].as_array().unwrap().len(), 1);
    assert_eq!(left["shared"][0]["share"], kept.as_str());
    let shares = json(&phone, &["shares"]);
    let one = |id: &str| {
        let mut all = shares["shares"].as_array().unwrap().iter();
        all.find(|one| one["id"] == id).unwrap().clone()
    };
    assert_eq!(
        (&one(&kept)["kept"], &one(&kept)["state"]),
        (&true.into(), &"given".into())
    );
    assert_eq!(
        (&one(&gone)["follows_edits"], &one(&gone)["state"]),
        (&true.into(), &"ended".into())
    );
    json(&phone, &["revoke", &kept]);
    json(&dee, &["sync"]);
    assert_eq!(json(&dee, &["shared"])["shared"], serde_json::json!([]));
}

#[test]
fn what_has_a_gate_in_front_of_it_opens_with_the_network_and_its_day_is_said() {
    let (_relay, [phone, dee]) = two_who_met();
    let entry = json(&phone, &["write", "--text", "The bus was late."])["id"].clone();
    let entry = entry.as_str().unwrap();
    they_agree(&phone, &dee, entry);
    let share = || {
        let args = [
            "share",
            entry,
            "--with",
            "Dee",
            "--hold",
            "0",
            "--gate",
            "--lease-days",
            "0",
        ];
        json(&phone, &args)["id"].as_str().unwrap().to_owned()
    };
    let too_long = ["share", entry, "--with", "Dee", "--lease-days", "31"];
    assert_eq!(run(&phone, &too_long).status.code(), Some(3));
    let (opened, stopped) = (share(), share());
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let cards = json(&dee, &["shared"]);
    let marks: Vec<_> = cards["shared"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| &card["behind_gate"])
        .collect();
    assert_eq!(marks, [true, true]);
    json(&phone, &["revoke", &stopped]);
    json(&phone, &["sync"]);
    // It was sent, and lies on her device: she has not heard of the stop.
    assert_eq!(run(&dee, &["shared", &stopped]).status.code(), Some(4));
    let shown = json(&dee, &["shared", &opened]);
    let lines = shown["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["text"] == "The bus was late."));
    json(&dee, &["sync"]);
    json(&phone, &["sync"]);
    let all = json(&phone, &["shares"]);
    let of = |id: &str| {
        all["shares"]
            .as_array()
            .unwrap()
            .iter()
            .find(|share| share["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of(&opened)["gated"], &of(&opened)["lease_days"]),
        (&true.into(), &0.into())
    );
    assert!(of(&opened)["taken_day"].is_string() && of(&stopped)["taken_day"].is_null());
}

#[test]
fn what_is_attached_is_shown_and_no_command_makes_a_file_of_it() {
    let (_relay, [phone, dee]) = two_who_met();
    let entry = json(&phone, &["write", "--text", "The list."])["id"].clone();
    let entry = entry.as_str().unwrap();
    they_agree(&phone, &dee, entry);
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("list.txt", b"Milk, bread".as_slice()),
        ("bill.pdf", b"%PDF-1.7 /Author"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        json(&phone, &["attach", entry, file.to_str().unwrap(), "--alt", name]);
    }
    let share = ["share", entry, "--with", "Dee", "--hold", "0", "--show"];
    let all = run(&phone, &[&share[..], &["attachments"]].concat());
    assert_eq!(all.status.code(), Some(3), "one of them cannot be cleaned");
    let one = [&share[..], &["words,captions", "--attachment", "1"]].concat();
    let id = json(&phone, &one)["id"].clone();
    let id = id.as_str().unwrap();
    let sentence = json(&phone, &["shares"])["shares"][0]["scope"].clone();
    assert_eq!(
        sentence,
        "One entry: words, photos, sounds and files, what they show, in words"
    );
    json(&phone, &["sync"]);
    json(&dee, &["sync"]);
    let shown = json(&dee, &["shared", id])["attachments"].clone();
    assert_eq!(
        shown,
        serde_json::json!([{"kind": "file", "media_type": "text/plain", "bytes": 11, "caption": "list.txt"}])
    );
    let text = String::from_utf8(cairn(&dee, &["shared", id]).output().unwrap().stdout).unwrap();
    assert!(text.contains("Nothing here makes a file of them."), "{text}");
    json(&phone, &["narrow", id, "--show", "words"]);
    json(&dee, &["sync"]);
    assert!(json(&dee, &["shared", id]).get("attachments").is_none());
}

#[test]
fn people_a_place_and_how_pleasant_it_was_are_shown_where_they_are_chosen() {
    let (_relay, [phone, dee]) = two_who_met();
    let around = [
        "write",
        "--text",
        "The bus.",
        "--person",
        "Ana",
        "--place",
        "the bench",
        "--valence=-0.5",
    ];
    let entry = json(&phone, &around)["id"].clone();
    let entry = entry.as_str().unwrap();
    they_agree(&phone, &dee, entry);
    let plain = ["share", entry, "--with", "Dee", "--hold", "0", "--show"];
    let shown = |parts: &str| {
        let share = json(&phone, &[&plain[..], &[parts]].concat())["id"].clone();
        json(&phone, &["sync"]);
        json(&dee, &["sync"]);
        let text = cairn(&dee, &["shared", share.as_str().unwrap()])
            .output()
            .unwrap()
            .stdout;
        (share.as_str().unwrap().to_owned(), String::from_utf8(text).unwrap())
    };
    let (_, words) = shown("words");
    assert!(
        !words.contains("Ana") && !words.contains("bench") && !words.contains("0.5"),
        "{words}"
    );
    let (share, all) = shown("words,people,place,valence");
    for line in [
        "People: Ana",
        "Place: the bench",
        "How pleasant it was, from -1 to 1: -0.5",
    ] {
        assert!(all.contains(line), "{all}");
    }
    let scope = json(&phone, &["shares"])["shares"][1]["scope"].clone();
    assert_eq!(
        scope,
        "One entry: words, how pleasant it was, the people in it, the word for the place"
    );
    json(&phone, &["narrow", &share, "--show", "words,place"]);
    json(&dee, &["sync"]);
    let narrowed = String::from_utf8(cairn(&dee, &["shared", &share]).output().unwrap().stdout).unwrap();
    assert!(
        narrowed.contains("Place: the bench") && !narrowed.contains("Ana") && !narrowed.contains("0.5"),
        "{narrowed}"
    );
}

/// A code of the phone's, which nobody will use.
fn code_of(phone: &TempDir) -> String {
    let mut offer = Talk::start(phone, &["pair"]);
    let code = offer.hear("code")["code"].as_str().unwrap().to_owned();
    offer.stop();
    code
}

#[test]
fn a_script_pairs_in_steps_and_a_waiting_sync_takes_what_arrives() {
    let relay = Relay::start();
    let [phone, tablet] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--relay", &relay.origin]);
    let mut offer = Talk::start(&phone, &["pair"]);
    offer.hang_up();
    let code = offer.hear("code")["code"].as_str().unwrap().to_owned();
    let mut join = Talk::start(&tablet, &["pair", "--join", &code, "--device", "tablet"]);
    assert_eq!(offer.hear("found")["name"], "tablet");
    assert_eq!(offer.end(), 0, "without digits it waits for another time");
    let digits = join.hear("digits")["digits"].as_str().unwrap().to_owned();
    let wrong = if digits == "000000" { "000001" } else { "000000" };
    assert_eq!(run(&phone, &["pair", "--digits", wrong]).status.code(), Some(3));
    assert_eq!(run(&phone, &["pair", "--digits", &digits]).status.code(), Some(0));
    join.hear("done");
    assert_eq!(join.end(), 0);

    let mut waiting = Talk::start(&tablet, &["sync", "--wait"]);
    assert_eq!(waiting.next()["waiting"], 0);
    let id = json(&phone, &["write", "--text", "Sent while the other waited."])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    json(&phone, &["sync"]);
    assert_eq!(waiting.next()["set_aside"], 0);
    assert_eq!(
        body(&tablet, &id),
        "Sent while the other waited.",
        "others can read while it waits"
    );
    waiting.stop();
}

#[test]
fn three_wrong_guesses_use_a_code_up() {
    let relay = Relay::start();
    let [phone, tablet] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--relay", &relay.origin]);
    let mut offer = Talk::start(&phone, &["pair"]);
    offer.hang_up();
    let code = offer.hear("code")["code"].as_str().unwrap().to_owned();
    let mut join = Talk::start(&tablet, &["pair", "--join", &code]);
    offer.hear("found");
    assert_eq!(offer.end(), 0);
    let digits = join.hear("digits")["digits"].as_str().unwrap().to_owned();
    let wrong = if digits == "000000" { "000001" } else { "000000" };
    let guess = || run(&phone, &["pair", "--digits", wrong]).status.code();
    assert_eq!([guess(), guess(), guess()], [Some(3), Some(3), Some(7)]);
    assert_eq!(join.end(), 7, "the other side is told");
    assert!(!run(&phone, &["pair", "--digits", &digits]).status.success());
    assert_eq!(json(&phone, &["devices"])["devices"].as_array().unwrap().len(), 1);
}

#[test]
fn the_tour_keeps_every_promise_and_leaves_the_relay_behind_for_looking() {
    relay_program();
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let output = run(&folder, &["tour", "--keep", kept.to_str().unwrap()]);
    let (told, said) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{told}{said}");
    assert!(told.contains("Every promise on this tour was kept."));
    assert!(kept.join("relay").join("relay.db").is_file());
    assert_eq!(
        run(&folder, &["tour", "--keep", kept.to_str().unwrap()]).status.code(),
        Some(3)
    );
}

#[test]
fn a_tour_without_a_relay_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let output = cairn(&folder, &["tour"])
        .env("CAIRN_RELAY", "/nowhere/cairn-relay")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("CAIRN_RELAY"));
    let other = cairn(&folder, &["tour"])
        .env("CAIRN_RELAY", "/bin/true")
        .output()
        .unwrap();
    assert_eq!(other.status.code(), Some(70));
}
