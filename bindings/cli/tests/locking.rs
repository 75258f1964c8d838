//! A journal under a passphrase, at a terminal nobody sits at: files in place of typing.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const RIGHT: &str = "two stones on a third";

struct Person(TempDir);

impl Person {
    fn new() -> Self {
        let person = Self(tempfile::tempdir().unwrap());
        fs::create_dir(person.path("runtime")).unwrap();
        fs::write(person.path("right"), format!("{RIGHT}\n")).unwrap();
        fs::write(person.path("wrong"), "two stones on a fourth\n").unwrap();
        assert_eq!(person.exit(&["init", "--device", "desk"]), 0);
        assert_eq!(person.exit(&["write", "--text", "a heron", "--title", "pond"]), 0);
        person
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
        let line = line
            .iter()
            .map(|word| word.replace("@", &format!("{}/", self.0.path().display())));
        command
            .args(line)
            .env("CAIRN_HOME", self.path("vault"))
            .env("XDG_RUNTIME_DIR", self.path("runtime"))
            .env("TZ", "Europe/London")
            .env_remove("CAIRN_UNLOCK_FILE")
            .env_remove("CAIRN_PEOPLE_FILE")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &[&str]) -> Output {
        self.command(line).output().unwrap()
    }

    fn exit(&self, line: &[&str]) -> i32 {
        self.run(line).status.code().unwrap()
    }

    fn says(&self, line: &[&str]) -> String {
        let output = self.run(line);
        let out = [output.stdout, output.stderr].concat();
        String::from_utf8(out).unwrap()
    }

    /// Every file in the session's folder.
    fn kept(&self) -> Vec<PathBuf> {
        let folder = self.path("runtime").join("cairn");
        fs::read_dir(folder).map_or_else(|_| Vec::new(), |files| files.map(|file| file.unwrap().path()).collect())
    }
}

#[test]
fn under_a_passphrase_every_command_asks_and_nothing_is_said_without_it() {
    let person = Person::new();
    let key = fs::read_to_string(person.path("vault").join("key")).unwrap();
    assert_eq!(person.exit(&["passphrase", "change", "--new-file", "@right"]), 4);
    assert_eq!(person.exit(&["passphrase", "set", "--pin", "--new-file", "@right"]), 3);
    assert_eq!(person.exit(&["passphrase", "set", "--new-file", "@right"]), 0);
    let sealed = fs::read_to_string(person.path("vault").join("key")).unwrap();
    let hex = key
        .lines()
        .find_map(|line| line.strip_prefix("cairn.vault-key "))
        .unwrap();
    assert!(!sealed.contains(hex));

    for line in [
        &["list"][..],
        &["search", "heron"],
        &["write", "--text", "x"],
        &["doctor"],
    ] {
        let said = person.says(line);
        assert!(said.starts_with("Nothing was changed: the journal is locked"), "{said}");
        assert_eq!(person.exit(line), 8);
    }
    assert_eq!(person.exit(&["list", "--unlock-file", "@wrong"]), 8);
    assert!(person.says(&["list", "--unlock-file", "@right"]).contains("pond"));
    // The key file was only read: it is sealed as it was, and the tries are forgotten.
    let again = fs::read_to_string(person.path("vault").join("key")).unwrap();
    let line = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("cairn.vault-key"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(line(&again), line(&sealed));
    assert_eq!(
        person.exit(&["passphrase", "set", "--new-file", "@right", "--unlock-file", "@right"]),
        3
    );
    assert_eq!(
        person.exit(&[
            "passphrase",
            "change",
            "--new-file",
            "@wrong",
            "--unlock-file",
            "@right"
        ]),
        0
    );
    assert_eq!(person.exit(&["list", "--unlock-file", "@right"]), 8);
    assert_eq!(person.exit(&["passphrase", "remove", "--unlock-file", "@wrong"]), 0);
    assert!(person.says(&["list"]).contains("pond"));
}

#[test]
fn unlocking_holds_until_it_is_locked_and_the_passphrase_is_in_no_file() {
    let person = Person::new();
    assert!(person.says(&["unlock"]).contains("no passphrase"));
    assert_eq!(person.exit(&["passphrase", "set", "--new-file", "@right"]), 0);
    assert_eq!(person.exit(&["unlock"]), 8);
    assert_eq!(person.exit(&["unlock", "--for", "5", "--unlock-file", "@right"]), 0);
    let kept = person.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::metadata(&kept[0]).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::metadata(kept[0].parent().unwrap()).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert!(!fs::read_to_string(&kept[0]).unwrap().contains("stones"));
    assert!(person.says(&["list"]).contains("pond"));
    assert_eq!(person.exit(&["write", "--text", "rain"]), 0);
    // A kept key does not stand for the passphrase where that is to be changed.
    assert_eq!(person.exit(&["passphrase", "remove"]), 8);
    assert_eq!(person.says(&["lock"]), "Locked.\n");
    assert_eq!((person.kept().len(), person.exit(&["list"])), (0, 8));
    assert!(person.says(&["lock"]).starts_with("It was not unlocked."));
}

#[test]
fn a_kept_key_goes_with_the_journal_also_where_it_is_erased_by_no_command() {
    let person = Person::new();
    assert_eq!(person.exit(&["passphrase", "set", "--new-file", "@right"]), 0);
    assert_eq!(person.exit(&["unlock", "--unlock-file", "@right"]), 0);
    assert_eq!(person.kept().len(), 1);
    // As it is left where an erasing was broken off.
    fs::write(person.path("vault").join("vault.erased"), "1\ncairn.vault-key").unwrap();
    assert_eq!(person.exit(&["list"]), 4);
    assert_eq!(person.kept().len(), 0);
}

#[test]
fn a_kept_key_whose_time_is_over_is_removed_and_not_used() {
    let person = Person::new();
    assert_eq!(person.exit(&["passphrase", "set", "--new-file", "@right"]), 0);
    assert_eq!(person.exit(&["unlock", "--unlock-file", "@right"]), 0);
    let kept = person.kept().remove(0);
    let text = fs::read_to_string(&kept).unwrap();
    let over: String = text
        .lines()
        .map(|line| match line.starts_with("until ") {
            true => "until 0100000000000000\n".to_owned(),
            false => format!("{line}\n"),
        })
        .collect();
    assert_ne!(over, text);
    fs::write(&kept, over).unwrap();
    assert_eq!(person.exit(&["list"]), 8);
    assert_eq!(person.kept().len(), 0);
}

#[test]
fn without_a_folder_of_the_session_nothing_is_kept() {
    let person = Person::new();
    assert_eq!(person.exit(&["passphrase", "set", "--new-file", "@right"]), 0);
    let mut unlock = person.command(&["unlock", "--unlock-file", "@right"]);
    let output = unlock.env_remove("XDG_RUNTIME_DIR").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8(output.stderr).unwrap().contains("XDG_RUNTIME_DIR"));
    assert_eq!(person.exit(&["list"]), 8);
}

#[test]
fn people_are_hidden_behind_what_is_typed_for_them_and_the_journal_is_not() {
    let person = Person::new();
    assert_eq!(person.exit(&["people"]), 0);
    assert_eq!(person.exit(&["people", "hide", "--pin", "--new-file", "@right"]), 3);
    let said = person.says(&["people", "hide", "--new-file", "@right"]);
    assert!(said.starts_with("Set. Your people"), "{said}");
    for line in [
        &["people"][..],
        &["shares"],
        &["messages", "Dee"],
        &["invite", "--name", "Marisol"],
        &["export", "@all.zip"],
        &["people", "unhide"],
        &["people", "hide", "--new-file", "@wrong"],
    ] {
        let said = person.says(line);
        assert!(
            said.starts_with("Nothing was changed: the people here are hidden"),
            "{line:?}: {said}"
        );
        assert_eq!(person.exit(line), 8);
    }
    assert!(!person.path("all.zip").exists());
    assert!(person.says(&["list"]).contains("pond"));
    assert_eq!(person.exit(&["write", "--text", "rain"]), 0);
    assert_eq!(person.exit(&["export", "@all.zip", "--no-people"]), 0);
    assert_eq!(person.exit(&["people", "--people-file", "@wrong"]), 8);
    assert!(
        person
            .says(&["people", "--people-file", "@right"])
            .contains("nobody here but you")
    );
    let change = ["people", "hide", "--new-file", "@wrong", "--people-file", "@right"];
    assert_eq!(person.exit(&change), 0);
    assert_eq!(person.exit(&["people", "--people-file", "@right"]), 8);
    assert_eq!(person.exit(&["people", "unhide", "--people-file", "@wrong"]), 0);
    assert_eq!(person.exit(&["people"]), 0);
}
