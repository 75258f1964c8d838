//! `cairn` as a person and a script meet it: what it prints, and how it exits.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A person with a folder of their own.
struct Person {
    folder: TempDir,
}

impl Person {
    /// Someone who has not begun a journal.
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Someone with an empty journal.
    fn with_journal() -> Self {
        let person = Self::new();
        assert_eq!(code(&person.run(&["init", "--device", "desk"])), 0);
        person
    }

    fn vault(&self) -> PathBuf {
        self.folder.path().join("vault")
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
        command
            .args(line)
            .env("CAIRN_HOME", self.vault())
            .env("TZ", "Europe/London")
            .env_remove("VISUAL")
            .env_remove("EDITOR");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, line: &[&str]) -> Output {
        self.command(line).output().unwrap()
    }

    fn run_with(&self, line: &[&str], input: &[u8]) -> Output {
        let mut child = self
            .command(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that has read enough hangs up.
        drop(child.stdin.take().unwrap().write_all(input));
        child.wait_with_output().unwrap()
    }

    fn json(&self, line: &[&str]) -> Value {
        let output = self.run(&[line, &["--json"]].concat());
        assert_eq!(code(&output), 0, "{line:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Writes an entry; its id.
    fn write(&self, text: &str) -> String {
        self.json(&["write", "--text", text])["id"].as_str().unwrap().to_owned()
    }

    fn bodies(&self, line: &[&str]) -> Vec<String> {
        let page = self.json(line);
        page["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["body"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What was said on standard error.
fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Asserts an exit code, and that one sentence was said, once, and nothing on standard output.
fn refused(output: &Output, exit: i32, words: &str) {
    let sentence = said(output);
    assert_eq!(code(output), exit, "{sentence}");
    assert!(sentence.contains(words) && sentence.lines().count() == 1, "{sentence}");
    assert!(output.stdout.is_empty(), "{}", text(output));
}

fn sample_export(folder: &Path, entries: usize) -> PathBuf {
    let path = folder.join("export.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    zip.start_file("Journal.json", zip::write::SimpleFileOptions::default())
        .unwrap();
    let entries: Vec<Value> = (0..entries)
        .map(|nth| {
            serde_json::json!({
                "uuid": format!("{nth:032X}"),
                "creationDate": "2026-03-01T08:00:00Z",
                "timeZone": "Europe/London",
                "text": format!("Imported entry {nth}."),
            })
        })
        .collect();
    serde_json::to_writer(
        &mut zip,
        &serde_json::json!({"metadata": {"version": "1.0"}, "entries": entries}),
    )
    .unwrap();
    zip.finish().unwrap();
    path
}

#[test]
fn an_entry_is_written_listed_shown_searched_edited_trashed_and_restored() {
    let person = Person::with_journal();
    let id = person.write("Marmalade soup on the bus.");
    person.write("Nothing much.");
    assert_eq!(
        person.bodies(&["list"]),
        ["Nothing much.", "Marmalade soup on the bus."]
    );

    let short: String = id.chars().take(6).collect();
    assert_eq!(person.json(&["show", &short])["id"], id.as_str());
    let hits = person.json(&["search", "marmal"]);
    assert_eq!(hits["hits"].as_array().unwrap().len(), 1);
    assert_eq!(
        hits["hits"][0]["snippet"][0],
        serde_json::json!({"text": "Marmalade", "found": true})
    );
    assert!(text(&person.run(&["search", "bus"])).contains("Marmalade soup on the bus."));

    let edited = [
        "edit",
        &id,
        "--text",
        "Quince soup on the bus.",
        "--feeling",
        "fizzy",
        "--when",
        "2026-03-01",
    ];
    assert_eq!(code(&person.run(&edited)), 0);
    let shown = text(&person.run(&["show", &id]));
    assert!(
        shown.contains("Quince soup") && shown.contains("Feelings: fizzy") && shown.contains("2026-03-01"),
        "{shown}"
    );
    assert_eq!(person.json(&["show", &id])["happened"]["precision"], "day");
    // What is not named stays: this changes the title alone.
    assert_eq!(code(&person.run(&["edit", &id, "--title", "Bus"])), 0);
    let entry = person.json(&["show", &id]);
    assert_eq!(
        (&entry["title"], &entry["body"]),
        (&Value::from("Bus"), &Value::from("Quince soup on the bus."))
    );
    assert_eq!(entry["feelings"], serde_json::json!(["fizzy"]));

    assert!(text(&person.run(&["trash", &id])).contains("restore it"));
    assert_eq!(person.bodies(&["list"]), ["Nothing much."]);
    assert_eq!(person.bodies(&["list", "--trash"]), ["Quince soup on the bus."]);
    assert_eq!(code(&person.run(&["restore", &id])), 0);
    assert_eq!(person.bodies(&["list"]).len(), 2);
    assert!(text(&person.run(&["doctor"])).contains("whole"));
}

#[test]
fn pages_follow_each_other() {
    let person = Person::with_journal();
    for day in 1..=5 {
        person.json(&[
            "write",
            "--text",
            &format!("Day {day}."),
            "--when",
            &format!("2026-03-0{day}"),
        ]);
    }
    let first = person.json(&["list", "--count", "2"]);
    let next = first["next"].as_str().unwrap();
    assert_eq!(person.bodies(&["list", "--count", "2"]), ["Day 5.", "Day 4."]);
    assert_eq!(
        person.bodies(&["list", "--count", "2", "--after", next]),
        ["Day 3.", "Day 2."]
    );
    assert!(person.json(&["list", "--count", "5"])["next"].is_null());
    refused(&person.run(&["list", "--count", "0"]), 3, "a page holds");
    refused(&person.run(&["list", "--count", "501"]), 3, "a page holds");
}

#[cfg(unix)]
#[test]
fn an_editor_writes_what_it_was_given_and_what_cannot_be_kept_stays_in_its_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let person = Person::with_journal();
    let editor = person.folder.path().join("editor");
    let with = |script: &str, line: &[&str]| {
        fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).unwrap();
        person.command(line).env("EDITOR", &editor).output().unwrap()
    };
    assert_eq!(code(&with("echo 'From the editor.' > \"$1\"", &["write"])), 0);
    assert_eq!(person.bodies(&["list"]), ["From the editor."]);
    let id = person.json(&["list"])["entries"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(code(&with("sed -i 's/editor/desk/' \"$1\"", &["edit", &id])), 0);
    assert_eq!(person.bodies(&["list"]), ["From the desk."]);
    assert!(text(&with("true", &["edit", &id])).contains("Nothing was changed"));
    assert!(text(&with("true", &["write"])).contains("Nothing was kept"));
    let folders = || {
        fs::read_dir(person.vault())
            .unwrap()
            .flatten()
            .filter(|file| file.path().is_dir())
            .count()
    };
    assert_eq!(folders(), 0, "no text is left behind");

    refused(&with("exit 1", &["write"]), 3, "ended without saving");
    let kept = with("head -c 200000 /dev/zero | tr '\\0' a > \"$1\"", &["write"]);
    refused(&kept, 3, "What you wrote is in");
    assert!(text(&person.run(&["doctor"])).contains("Words that were not kept yet lie in"));
    assert_eq!(folders(), 1, "words that no draft can hold are still there");
    // A hand on Ctrl-C reaches both programs; the words of the one are the other's to keep.
    let interrupted = with("echo 'In the middle of' > \"$1\"; kill -INT $PPID", &["write"]);
    assert_eq!(code(&interrupted), 0, "{}", said(&interrupted));
    assert!(person.bodies(&["list"]).contains(&"In the middle of".to_owned()));
    assert_eq!(folders(), 1);
    // What a draft can hold is sealed like everything else.
    let broken = with("echo 'Half a sent' > \"$1\"; exit 1", &["write"]);
    refused(&broken, 3, "kept here as a draft");
    assert_eq!(folders(), 1);
    let drafts = person.json(&["drafts"]);
    assert_eq!(drafts["drafts"][0]["body"], "Half a sent");
    let draft = drafts["drafts"][0]["id"].as_str().unwrap().to_owned();
    person.json(&["drafts", "finish", &draft]);
    assert!(person.bodies(&["list"]).contains(&"Half a sent".to_owned()));
    assert_eq!(person.json(&["drafts"])["drafts"].as_array().unwrap().len(), 0);
    refused(&person.run(&["write"]), 3, "--text takes the words");
}

#[test]
fn what_an_entry_said_before_is_listed_gone_back_to_and_erased() {
    let person = Person::with_journal();
    let id = person.json(&[
        "write",
        "--text",
        "One.",
        "--person",
        "Dee",
        "--remember",
        "--place",
        "the bus",
    ])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    person.json(&["edit", &id, "--text", "Two.", "--remember=false", "--tender"]);
    let entry = person.json(&["show", &id]);
    assert_eq!(
        (entry["people"][0].as_str(), entry["place"]["label"].as_str()),
        (Some("Dee"), Some("the bus"))
    );
    assert_eq!(
        (entry["remember"].as_bool(), entry["tender"].as_bool()),
        (Some(false), Some(true))
    );
    let history = person.json(&["history", &id]);
    let bodies: Vec<&str> = history["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|revision| revision["body"].as_str().unwrap())
        .collect();
    assert_eq!(bodies, ["One.", "Two."]);
    assert_eq!(person.json(&["history", &id, "--show", "1"])["body"], "One.");
    person.json(&["history", &id, "--back-to", "1"]);
    assert_eq!(person.bodies(&["list"]), ["One."]);
    refused(&person.run(&["history", &id, "--show", "9"]), 4, "no such number");
    refused(&person.run(&["erase-drafts", &id]), 3, "--yes");
    person.json(&["erase-drafts", &id, "--yes"]);
    assert_eq!(person.json(&["history", &id])["revisions"].as_array().unwrap().len(), 1);
    refused(&person.run(&["erase", &id, "--yes"]), 3, "in the trash");
    person.json(&["trash", &id]);
    person.json(&["erase", &id, "--yes"]);
    refused(&person.run(&["show", &id]), 4, "no entry");
    assert!(text(&person.run(&["erase", "--trash", "--yes"])).contains("empty"));
}

#[test]
fn a_profile_is_said_and_taken_back() {
    let person = Person::with_journal();
    let section = person.json(&["profile", "add-section", "How I like to be supported"]);
    let said = person.json(&[
        "profile",
        "say",
        "how i like to be supported",
        "Ask before hugs",
        "--stance",
        "open-to",
    ]);
    let profile = person.json(&["profile"]);
    assert_eq!(profile["sections"][0]["id"], section["id"]);
    assert_eq!(profile["sections"][0]["statements"][0]["stance"], "open_to");
    let id = said["id"].as_str().unwrap();
    person.json(&["profile", "change", id, "--text", "No hugs", "--stance", "not-for-me"]);
    person.json(&["profile", "rename", section["id"].as_str().unwrap(), "Support"]);
    let shown = text(&person.run(&["profile"]));
    assert!(
        shown.contains("Support") && shown.contains("No hugs  (not for me)"),
        "{shown}"
    );
    person.json(&["profile", "remove", id]);
    assert_eq!(
        person.json(&["profile"])["sections"][0]["statements"],
        serde_json::json!([])
    );
    refused(&person.run(&["profile", "say", "elsewhere", "x"]), 4, "section");
    refused(&person.run(&["profile", "remove", id]), 4, "statement");
}

#[test]
fn importing_twice_is_importing_once() {
    let person = Person::with_journal();
    let path = sample_export(person.folder.path(), 450);
    let export = path.to_str().unwrap();
    let preview = person.json(&["import", export, "--preview"]);
    assert_eq!(
        (&preview["entries"], &preview["new"]),
        (&Value::from(450), &Value::Null)
    );
    assert_eq!(person.bodies(&["list"]).len(), 0);
    let first = text(&person.run(&["import", export]));
    assert!(
        first.contains("Imported.") && first.contains("New here: 450."),
        "{first}"
    );
    let again = text(&person.run(&["import", export, "--yes"]));
    assert!(again.contains("All of it was here already."), "{again}");
    assert_eq!(person.bodies(&["list", "--count", "500"]).len(), 450);
}

#[test]
fn a_file_that_is_no_export_is_refused_whole() {
    let person = Person::with_journal();
    let path = sample_export(person.folder.path(), 3);
    let whole = fs::read(&path).unwrap();
    let half = whole.get(..whole.len() / 2).unwrap();
    for (bytes, words) in [
        (half, "Nothing was imported"),
        (&b"a letter"[..], "not a journal"),
        (&b""[..], "empty"),
    ] {
        fs::write(&path, bytes).unwrap();
        refused(&person.run(&["import", path.to_str().unwrap()]), 3, words);
    }
    refused(&person.run(&["import", "/nowhere.zip"]), 3, "Nothing was imported");
    assert_eq!(person.bodies(&["list"]).len(), 0);
}

#[test]
fn journals_of_other_kinds_come_in_by_what_they_hold_or_as_they_are_named() {
    let person = Person::with_journal();
    let place = |name: &str, text: &str| {
        let path = person.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let table = place(
        "daylio.csv",
        "full_date,time,mood,note\n2024-05-01,8:30 pm,fizzy,Soup from a table.\nsoon,1,ok,x\n",
    );
    let preview = person.json(&["import", &table, "--preview", "--zone", "Asia/Tokyo"]);
    assert_eq!(
        (&preview["format"], &preview["entries"]),
        (&Value::from("daylio"), &Value::from(1))
    );
    assert_eq!(preview["skipped"][0]["reason"], "no_date");
    let said = text(&person.run(&["import", &table, "--preview", "--zone", "Asia/Tokyo"]));
    assert!(
        said.contains("Asia/Tokyo") && said.contains("it has no date") && said.contains("Nothing was imported."),
        "{said}"
    );
    assert_eq!(person.bodies(&["list"]).len(), 0, "a preview changes nothing");
    refused(&person.run(&["import", &table, "--zone", "Mars/Olympus"]), 3, "zone");
    refused(
        &person.run(&["import", &table, "--format", "jrnl"]),
        3,
        "Nothing was imported",
    );

    let jrnl = place(
        "jrnl.json",
        r#"{"tags":{},"entries":[{"date":"2024-05-02","time":"07:00","title":"T","body":"Soup from jrnl.","tags":[]}]}"#,
    );
    let diary = person.folder.path().join("diary");
    fs::create_dir(&diary).unwrap();
    fs::write(diary.join("2024-05-03.md"), "Soup from a folder.").unwrap();
    for path in [table.as_str(), &jrnl, diary.to_str().unwrap()] {
        for new in [1, 0] {
            let result = person.json(&["import", path, "--yes", "--zone", "Europe/London"]);
            assert_eq!(result["new"], new, "{path}");
        }
    }
    assert_eq!(
        person.bodies(&["list"]),
        ["Soup from a folder.", "Soup from jrnl.", "Soup from a table."]
    );
}

#[test]
fn an_entry_of_ten_megabytes_is_refused_and_nothing_is_changed() {
    let person = Person::with_journal();
    let output = person.run_with(&["write", "--text", "-"], &vec![b'a'; 10_000_000]);
    refused(&output, 3, "characters");
    assert_eq!(person.bodies(&["list"]).len(), 0);
    let longest = "ж".repeat(100_000);
    assert_eq!(code(&person.run_with(&["write", "--text", "-"], longest.as_bytes())), 0);
    refused(
        &person.run_with(&["write", "--text", "-"], format!("{longest}ж").as_bytes()),
        3,
        "characters",
    );
    refused(&person.run_with(&["write", "--text", "-"], b"\xff\xfe"), 3, "UTF-8");
}

#[test]
fn a_shell_completes_the_commands_and_needs_no_journal_for_that() {
    let nobody = Person::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = nobody.run(&["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}: {}", said(&output));
        assert!(text(&output).contains("restore-archive"), "{shell}");
    }
    assert_eq!(code(&nobody.run(&["completions", "abacus"])), 2);
    assert!(!nobody.vault().exists(), "completing makes no journal");
    if let Ok(bash) = Command::new("bash").arg("--version").output()
        && bash.status.success()
    {
        let script = nobody.folder.path().join("cairn.bash");
        fs::write(&script, nobody.run(&["completions", "bash"]).stdout).unwrap();
        let asked = r#". "$0"; COMP_WORDS=(cairn rest); COMP_CWORD=1; _cairn cairn rest cairn; echo "${COMPREPLY[@]}""#;
        let answer = Command::new("bash")
            .args(["--norc", "-c", asked])
            .arg(&script)
            .output()
            .unwrap();
        assert_eq!(text(&answer).trim(), "restore restore-archive");
    }
}

#[test]
fn what_is_not_there_is_said_so() {
    let nobody = Person::new();
    refused(&nobody.run(&["list"]), 4, "cairn init");
    assert!(!nobody.vault().exists(), "asking makes nothing");
    let person = Person::with_journal();
    refused(&person.run(&["init"]), 3, "already");
    refused(&person.run(&["show", "ab"]), 4, "no entry");
    refused(
        &person.run(&["edit", "00000000-0000-4000-8000-000000000000", "--text", "x"]),
        4,
        "no entry",
    );
    refused(&person.run(&["show", "?"]), 3, "an id");
    refused(&person.run(&["revoke", "ab"]), 4, "no share");
    let id = person.write("Soup.");
    refused(&person.run(&["share", &id, "--with", "Dee"]), 4, "no specialist");
    refused(&person.run(&["write", "--text", ""]), 3, "needs a word");
    refused(
        &person.run(&["write", "--text", "x", "--when", "soon"]),
        3,
        "a time looks like",
    );
    refused(
        &person.run(&["write", "--text", "x", "--zone", "Mars/Olympus"]),
        3,
        "zone",
    );
    refused(&person.run(&["sync"]), 3, "no relay");
    refused(&person.run(&["pair"]), 3, "no relay");
    refused(&person.run(&["connect", "gopher://relay"]), 3, "address of a relay");
    refused(&person.run(&["pair", "--join", "CAIRN1NONSENSE"]), 3, "not a code");
    refused(
        &person.run(&["connect", "http://127.0.0.1:1"]),
        6,
        "Saved on this device",
    );
    refused(&person.run(&["sync"]), 6, "Saved on this device");
    let usage = person.run(&["sing"]);
    assert_eq!(code(&usage), 2);
    assert!(usage.stdout.is_empty());
}

#[test]
fn a_key_of_another_journal_opens_nothing_and_changes_nothing() {
    let (person, other) = (Person::with_journal(), Person::with_journal());
    person.write("Mine.");
    let (key, wrong) = (person.vault().join("key"), other.vault().join("key"));
    let right = fs::read(&key).unwrap();
    fs::copy(wrong, &key).unwrap();
    refused(&person.run(&["list"]), 5, "another journal");
    fs::remove_file(&key).unwrap();
    refused(&person.run(&["list"]), 5, "its key is missing");
    assert!(!key.exists(), "no key is made over a journal");
    fs::write(&key, right).unwrap();
    #[cfg(unix)]
    make_private(&key);
    assert_eq!(person.bodies(&["list"]), ["Mine."]);
}

#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_not_used_until_that_has_changed() {
    use std::os::unix::fs::PermissionsExt as _;
    let person = Person::with_journal();
    let key = person.vault().join("key");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&key), mode(&person.vault())), (0o600, 0o700));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&person.run(&["list"]), 5, "chmod 600");
    make_private(&key);
    assert_eq!(code(&person.run(&["list"])), 0);
}

#[test]
fn a_damaged_database_is_moved_aside_and_not_deleted() {
    let person = Person::with_journal();
    person.write("Soup.");
    let database = person.vault().join("vault.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes.iter_mut().take(4096).for_each(|byte| *byte ^= 0x55);
    fs::write(&database, &bytes).unwrap();
    refused(&person.run(&["list"]), 5, "moved aside");
    let aside: Vec<PathBuf> = fs::read_dir(person.vault())
        .unwrap()
        .flatten()
        .map(|file| file.path().join("vault.db"))
        .filter(|file| file.is_file())
        .collect();
    assert_eq!(
        aside.iter().map(|file| fs::read(file).unwrap()).collect::<Vec<_>>(),
        [bytes]
    );
    refused(&person.run(&["list"]), 5, "a repair");
    let repaired = person.json(&["repair"]);
    assert_eq!(
        (&repaired["was_damaged"], &repaired["is_whole"]),
        (&true.into(), &true.into())
    );
    assert_eq!(person.bodies(&["list"]), ["Soup."]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let person = Person::with_journal();
    for _ in 0..3 {
        person.write(&"soup ".repeat(10_000));
    }
    let mut child = person
        .command(&["list", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), said(&output).as_str()), (0, ""));
}

#[test]
fn a_photo_is_attached_shown_and_saved_as_it_was_and_says_nothing_of_where_it_was_made() {
    let person = Person::with_journal();
    let photo = person.folder.path().join("stone.png");
    let header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x07\0\0\0\x05\x08\x02\0\0\0....".as_slice();
    let (place, rest) = (
        b"\0\0\0\x09tEXtMarmalade....".as_slice(),
        b"\0\0\0\0IEND....".as_slice(),
    );
    fs::write(&photo, [header, place, rest].concat()).unwrap();
    let path = photo.to_str().unwrap();
    let id = person.json(&["write", "--text", "Look.", "--attach", path])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        code(&person.run(&["attach", &id, path, "--keep-metadata", "--alt", "A stone"])),
        0
    );
    let shown = text(&person.run(&["show", &id]));
    assert!(
        shown.contains("1. ") && shown.contains("image/png") && shown.contains("A stone"),
        "{shown}"
    );
    let attachments = person.json(&["show", &id])["attachments"].clone();
    assert_eq!(
        (attachments[0]["width"].as_u64(), attachments[1]["alt_text"].as_str()),
        (Some(7), Some("A stone"))
    );

    let saved = |which: &str, name: &str| {
        let target = person.folder.path().join(name);
        let output = person.run(&["save", &id, which, target.to_str().unwrap()]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        fs::read(target).unwrap()
    };
    assert_eq!(saved("1", "one.png"), [header, rest].concat());
    let second: String = attachments[1]["id"].as_str().unwrap().chars().take(8).collect();
    assert_eq!(saved(&second, "two.png"), [header, place, rest].concat());
    let there = person.folder.path().join("one.png");
    refused(
        &person.run(&["save", &id, "1", there.to_str().unwrap()]),
        3,
        "the name is taken",
    );
    refused(
        &person.run(&["save", &id, "999999999", "nine.png"]),
        4,
        "there is no attachment",
    );
    refused(&person.run(&["attach", &id, "not there.png"]), 3, "cannot be read");
}

#[test]
fn what_is_carried_when_is_chosen_and_said() {
    let person = Person::with_journal();
    assert_eq!(person.json(&["attachments"])["carry"], "small");
    assert_eq!(person.json(&["attachments", "--carry", "later"])["carry"], "later");
    let said = text(&person.run(&["attachments"]));
    assert!(said.contains("sync --attachments now"), "{said}");
}
