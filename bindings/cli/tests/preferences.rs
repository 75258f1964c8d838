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
fn the_word_for_recovery_is_the_persons_own() {
    let person = Person::with_journal();
    assert_eq!(person.text(&["word"]), "recovery\n");
    assert_eq!(person.text(&["word", "getting by"]), "getting by\n");
    assert!(person.text(&["profile"]).contains("What getting by looks like for me"));
    assert_eq!(person.json(&["word", ""])["recovery_word"], "recovery");
}
