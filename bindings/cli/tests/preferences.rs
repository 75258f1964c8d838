//! What a person prefers, from the outside: profile, words, questions, hopes, the plan for hard times and support lines.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A person with a journal in a folder of its own.
struct Person {
    folder: tempfile::TempDir,
}

impl Person {
    fn with_journal() -> Self {
        let person = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        person.json(&["init"]);
        person
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn run(&self, line: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cairn"))
            .args(line)
            .env("CAIRN_HOME", self.journal())
            .env("TZ", "Europe/London")
            .output()
            .unwrap()
    }

    fn json(&self, line: &[&str]) -> Value {
        let output = self.run(&[line, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Makes something; its id.
    fn id(&self, line: &[&str]) -> String {
        self.json(line)["id"].as_str().unwrap().to_owned()
    }

    fn text(&self, line: &[&str]) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, line: &[&str], exit: i32) {
        let output = self.run(line);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{line:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_profile_is_offered_used_hidden_moved_and_remembered_for_its_person_alone() {
    let person = Person::with_journal();
    let fresh = person.json(&["profile"]);
    assert_eq!(
        (
            fresh["sections"].as_array().unwrap().len(),
            fresh["shared_version"].as_u64()
        ),
        (0, Some(0))
    );
    assert_eq!(fresh["offered"].as_array().unwrap().len(), 14);

    let walks = person.id(&[
        "profile",
        "say",
        "paths",
        "walks",
        "--stance",
        "want",
        "--because",
        "it is quiet",
        "--tag",
        "outside",
    ]);
    person.json(&["profile", "change", &walks, "--when", "in the mornings"]);
    person.json(&["profile", "shareable", &walks]);
    let profile = person.json(&["profile"]);
    let statement = &profile["sections"][0]["statements"][0];
    assert_eq!(profile["sections"][0]["name"], "Paths");
    assert_eq!(
        (&statement["stance"], &statement["because"]),
        (&"want".into(), &"it is quiet".into())
    );
    assert_eq!(
        (&statement["when"], &statement["is_shareable"]),
        (&"in the mornings".into(), &true.into())
    );
    assert_eq!(
        (
            statement["because_is_shareable"].as_bool(),
            profile["shared_version"].as_u64()
        ),
        (Some(false), Some(1))
    );
    assert_eq!(statement["tags"], serde_json::json!(["outside"]));
    assert_eq!(statement["updated"]["zone"], "Europe/London");

    person.json(&["profile", "add-section", "The allotment"]);
    person.json(&["profile", "move", "the allotment", "--before", "paths"]);
    person.json(&["profile", "hide", "strengths"]);
    let shown = person.text(&["profile"]);
    assert!(
        shown.find("The allotment").unwrap() < shown.find("Paths").unwrap(),
        "{shown}"
    );
    assert!(
        shown.contains("Hidden: Strengths") && shown.contains("You can also use: In my own words"),
        "{shown}"
    );

    let changes = person.json(&["profile", "history"]);
    let changes = changes["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1]["to"]["when"], "in the mornings");
    person.json(&["profile", "erase-history", changes[0]["id"].as_str().unwrap()]);
    person.text(&["profile", "erase-history", "--all"]);
    assert_eq!(person.json(&["profile", "history"])["changes"], serde_json::json!([]));
    person.refused(&["profile", "hide", "nowhere"], 4);
}

#[test]
fn examples_of_paths_are_shown_by_the_alphabet_and_chosen_by_nobody() {
    let person = Person::with_journal();
    let shown = person.text(&["profile", "examples"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.is_sorted() && lines.contains(&"no label"), "{shown}");
    assert_eq!(person.json(&["profile", "examples", "paths"])["examples"][0], "art");
    assert_eq!(
        person.json(&["profile", "examples", "strengths"])["examples"],
        serde_json::json!([])
    );
    person.json(&["profile", "say", "paths", "no label", "--stance", "want"]);
    let profile = person.json(&["profile"]);
    assert_eq!(profile["sections"][0]["statements"][0]["text"], "no label");
    person.json(&["profile", "rename", "paths", "Ways"]);
    assert!(person.text(&["profile", "examples", "ways"]).starts_with("art\n"));
    assert_eq!(person.text(&["profile", "examples"]), shown);
    person.refused(&["profile", "examples", "nowhere"], 4);
}

#[test]
fn what_is_wanted_as_a_rule_is_listening_until_the_person_says_otherwise() {
    let person = Person::with_journal();
    let rule = |line: &[&str]| person.json(&[&["profile", "wanted"], line].concat())["wanted"].clone();
    assert_eq!(rule(&[]), serde_json::json!(["listening"]));
    assert_eq!(rule(&["company", "ideas"]), serde_json::json!(["ideas", "company"]));
    assert_eq!(person.text(&["profile", "wanted"]), "Wanted: ideas, company\n");
    assert_eq!(
        rule(&["questions,just_reading"]),
        serde_json::json!(["questions", "just_reading"])
    );
    assert_eq!(rule(&["listening"]), serde_json::json!(["listening"]));
}

#[test]
fn the_word_for_recovery_is_the_persons_own() {
    let person = Person::with_journal();
    assert_eq!(person.text(&["word"]), "recovery\n");
    assert_eq!(person.text(&["word", "getting by"]), "getting by\n");
    assert!(person.text(&["profile"]).contains("What getting by looks like for me"));
    assert_eq!(person.json(&["word", ""])["recovery_word"], "recovery");
}

#[test]
fn a_question_is_asked_answered_and_kept_with_the_entry() {
    let person = Person::with_journal();
    let first = person.json(&["prompt"]);
    assert_eq!(first["prompt"]["id"], "P-01");
    assert_eq!(
        person.json(&["prompt", "next", "--after", "P-01"])["prompt"]["id"],
        "P-02"
    );
    assert_eq!(
        person.json(&["prompt", "next", "--after", "P-15"])["prompt"]["id"],
        "P-19",
        "the tender ones are off"
    );
    person.json(&["prompt", "tender", "on"]);
    assert_eq!(
        person.json(&["prompt", "next", "--after", "P-15"])["prompt"]["id"],
        "P-16"
    );
    let own = person.id(&["prompt", "add", "Where does the soup come from?"]);
    person.json(&["prompt", "move", &own, "--before", "p-01"]);
    person.json(&["prompt", "hide", "P-01"]);
    let shown = person.text(&["prompt", "list"]);
    assert!(
        shown.starts_with(own.split_once('-').unwrap().0) && shown.contains("(hidden)"),
        "{shown}"
    );
    person.json(&["write", "--text", "From the garden.", "--prompt"]);
    person.json(&["write", "--text", "It is.", "--prompt", "P-06"]);
    person.refused(&["write", "--text", "x", "--prompt", "P-99"], 4);
    answers_are_words_in_the_order_of_time(&person, &own);
    person.refused(&["prompt", "add", " "], 3);
}

fn answers_are_words_in_the_order_of_time(person: &Person, own: &str) {
    let before = [
        "write",
        "--text",
        "From a tin.",
        "--when",
        "2026-03-01",
        "--prompt",
        own,
    ];
    let before = person.id(&before);
    let bodies = |page: &Value| -> Vec<String> {
        let entries = page["entries"].as_array().unwrap().iter();
        entries.map(|one| one["body"].as_str().unwrap().to_owned()).collect()
    };
    let all = person.json(&["prompt", "answers", own]);
    assert_eq!(bodies(&all), ["From a tin.", "From the garden."]);
    let shown = person.text(&["prompt", "answers", own, "--count", "1"]);
    let (line, more) = shown.split_once("\n\n").unwrap();
    assert!(
        line.starts_with(before.get(..8).unwrap()) && line.ends_with("From a tin."),
        "{shown}"
    );
    assert!(more.starts_with("There are more: cairn prompt answers "), "{more}");
    let last = person.json(&["prompt", "answers", own, "--after", &before]);
    assert_eq!(
        (bodies(&last), &last["next"]),
        (vec!["From the garden.".to_owned()], &Value::Null)
    );

    person.json(&["prompt", "remove", own]);
    assert_eq!(
        bodies(&person.json(&["prompt", "answers", own])),
        bodies(&all),
        "they stay"
    );
    assert_eq!(person.text(&["prompt", "answers", "P-09"]), "There is no entry here.\n");
    person.refused(&["prompt", "answers", "P-99"], 4);
    person.refused(&["prompt", "answers", own, "--count", "0"], 3);
}

#[test]
fn feelings_hopes_and_lines_are_listed_changed_and_taken_away() {
    let person = Person::with_journal();
    person.json(&["feelings", "add", "fizzy", "--lang", "en"]);
    person.json(&["feelings", "hide", "calm"]);
    person.json(&["feelings", "remove", "happy"]);
    let shown = person.text(&["feelings"]);
    assert!(
        shown.contains("excited · fizzy · frustrated") && !shown.contains("calm") && !shown.contains("happy"),
        "{shown}"
    );
    assert_eq!(person.json(&["feelings"])["feelings"].as_array().unwrap().len(), 38);

    let garden = person.id(&["hopes", "add", "a garden"]);
    let sister = person.id(&["hopes", "add", "to call my sister"]);
    person.json(&["hopes", "move", &sister, "--before", &garden]);
    person.json(&["hopes", "hold", &garden, "set-aside"]);
    let shown = person.text(&["hopes"]);
    assert!(
        shown.find("sister").unwrap() < shown.find("a garden  (set aside)").unwrap(),
        "{shown}"
    );
    person.json(&["hopes", "remove", &garden]);
    assert_eq!(person.json(&["hopes"])["hopes"].as_array().unwrap().len(), 1);

    let shown = person.text(&["lines"]);
    assert!(
        shown.contains("not checked yet") && shown.contains("check it"),
        "{shown}"
    );
    person.json(&["lines", "change", "nz-1737", "--checked", "2026-03-01"]);
    let own = person.id(&["lines", "add", "Dee", "next door", "--reach", "text"]);
    person.json(&["lines", "remove", "us-home"]);
    let lines = person.json(&["lines"]);
    let lines = lines["lines"].as_array().unwrap();
    let checked = lines.iter().find(|line| line["id"] == "nz-1737").unwrap();
    assert_eq!((lines.len(), &checked["checked_on"]), (8, &"2026-03-01".into()));
    assert!(lines.iter().any(|line| line["id"] == own.as_str()));
}

#[test]
fn a_reminder_is_written_listed_shown_when_it_rings_and_taken_away() {
    let person = Person::with_journal();
    assert_eq!(person.json(&["reminders"])["reminders"], serde_json::json!([]));
    let add = [
        "reminders",
        "add",
        "20:30",
        "--day",
        "mon",
        "--day",
        "thursday",
        "--text",
        "water the plants",
        "--prompt",
        "P-01",
    ];
    let id = person.id(&add);
    let shown = person.text(&["reminders"]);
    assert!(shown.contains("20:30  Mon Thu  water the plants"), "{shown}");
    let next = person.json(&["reminders", "next", "--count", "2"]);
    let next = next["upcoming"].as_array().unwrap();
    assert_eq!(
        (next.len(), &next[0]["words"], &next[0]["prompt"]),
        (2, &"1 reminder".into(), &"P-01".into())
    );
    person.json(&[
        "reminders",
        "change",
        &id,
        "--at",
        "08:00",
        "--show",
        "on",
        "--prompt",
        "",
    ]);
    let changed = person.json(&["reminders"]);
    let changed = &changed["reminders"][0];
    assert_eq!(
        (&changed["time"], &changed["days"], &changed["prompt"], &changed["text"]),
        (
            &"08:00".into(),
            &serde_json::json!(["mon", "thu"]),
            &Value::Null,
            &"water the plants".into()
        )
    );
    assert!(person.text(&["reminders", "next"]).contains("water the plants"));
    person.json(&["reminders", "change", &id, "--here", "off"]);
    assert_eq!(person.text(&["reminders", "next"]), "");
    for typed in [
        &["add", "25:00"][..],
        &["add", "8"],
        &["add", "08:00", "--day", "noday"],
    ] {
        let output = person.run(&[&["reminders"], typed].concat());
        assert_eq!(output.status.code(), Some(2), "{typed:?}");
    }
    person.refused(&["reminders", "add", "08:00", "--prompt", "P-99"], 4);
    person.refused(&["reminders", "change", "ffff", "--at", "09:00"], 4);
    person.json(&["reminders", "remove", &id]);
    assert_eq!(person.text(&["reminders"]), "");
}

#[test]
fn what_keeps_somebody_going_comes_up_when_it_is_asked_for() {
    let person = Person::with_journal();
    let list = ["plan", "keeps-me-going"];
    assert!(person.text(&list).starts_with("Nothing is in this list yet."));
    let add = |text: &str| person.id(&["plan", "keeps-me-going", "add", text]);
    let (sister, bread) = (add("my sister"), add("bread"));
    person.json(&["plan", "keeps-me-going", "move", &bread, "--before", &sister]);
    person.json(&["plan", "keeps-me-going", "change", &sister, "her laugh"]);
    let shown = person.text(&list);
    assert!(shown.starts_with("What keeps me going\n"), "{shown}");
    assert!(
        shown.find("bread").unwrap() < shown.find("her laugh").unwrap(),
        "{shown}"
    );
    person.json(&["plan", "without-unlock", "on"]);
    for elsewhere in [
        &["plan"][..],
        &["plan", "--open"],
        &["profile"],
        &["reminders"],
        &["list"],
    ] {
        let shown = person.text(elsewhere);
        assert!(
            !shown.contains("bread") && !shown.contains("her laugh"),
            "{elsewhere:?}"
        );
    }
    person.json(&["plan", "keeps-me-going", "remove", &bread]);
    let left = person.json(&list);
    let left = left["keeps_me_going"].as_array().unwrap();
    assert_eq!((left.len(), &left[0]["text"]), (1, &"her laugh".into()));
    person.refused(&["plan", "keeps-me-going", "remove", &bread], 4);
    person.refused(&["plan", "keeps-me-going", "add", " "], 3);
}

#[test]
fn the_plan_opens_without_the_key_of_the_journal_only_while_that_is_wanted() {
    let person = Person::with_journal();
    person.refused(&["plan", "--open"], 4);
    let line = person.id(&["plan", "add", "people-i-can-ask", "Dee, next door"]);
    person.json(&["plan", "look-after", "--pets", "Moss"]);
    person.refused(&["plan", "--open"], 4);
    person.json(&["plan", "without-unlock", "on"]);
    person.json(&["plan", "change", &line, "Dee, at number 9"]);

    // Without the key of the journal and without its database.
    let (key, db) = (person.journal().join("key"), person.journal().join("vault.db"));
    let keys = std::fs::read_to_string(&key).unwrap();
    let without: String = keys
        .lines()
        .filter(|line| !line.contains("vault-key"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&key, without).unwrap();
    std::fs::rename(&db, person.folder.path().join("away")).unwrap();
    let open = person.json(&["plan", "--open"]);
    assert_eq!(open["plan"]["items"][0]["text"], "Dee, at number 9");
    assert_eq!(
        (
            &open["plan"]["looking_after"]["pets"],
            open["lines"].as_array().unwrap().len()
        ),
        (&"Moss".into(), 8)
    );
    assert!(
        person
            .text(&["plan", "--open"])
            .contains("without unlocking your journal")
    );
    std::fs::rename(person.folder.path().join("away"), &db).unwrap();
    std::fs::write(&key, keys).unwrap();

    person.json(&["plan", "without-unlock", "off"]);
    person.refused(&["plan", "--open"], 4);
    assert!(!person.journal().join("plan.open").exists());
    assert!(person.text(&["plan"]).contains("People I can ask"));
}
