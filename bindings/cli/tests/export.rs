//! `cairn export` and `cairn restore-archive` as a script meets them.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs a command on the journal `name` in `folder`, with `input` on standard input.
fn run_with(folder: &Path, name: &str, line: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cairn"))
        .args(line)
        .env("CAIRN_HOME", folder.join(name))
        .env("TZ", "Europe/London")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads nothing hangs up.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn run(folder: &Path, name: &str, line: &[&str]) -> Output {
    run_with(folder, name, line, "")
}

fn json(folder: &Path, name: &str, line: &[&str]) -> Value {
    let output = run(folder, name, &[line, &["--json"]].concat());
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with the journals `one`, which holds two entries, and `other`, which is empty; and the id of the first entry.
fn journals() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "other"] {
        assert!(run(folder.path(), name, &["init"]).status.success());
    }
    let soup = [
        "write",
        "--title",
        "Soup",
        "--text",
        "with bread",
        "--feeling",
        "fizzy",
        "--when",
        "2026-03-01",
    ];
    let id = json(folder.path(), "one", &soup)["id"].as_str().unwrap().to_owned();
    let gone = json(folder.path(), "one", &["write", "--text", "thrown"]);
    json(folder.path(), "one", &["trash", gone["id"].as_str().unwrap()]);
    (folder, id)
}

#[test]
fn a_journal_goes_out_in_every_form_and_a_file_that_is_there_stays() {
    let (folder, _) = journals();
    for format in ["archive", "dayone", "jrnl", "jrnl-text", "markdown", "html"] {
        let line = ["export", format, "--format", format];
        let exported = json(folder.path(), "one", &line);
        assert_eq!(
            (&exported["entries"], &exported["sealed"]),
            (&1.into(), &false.into()),
            "{format}"
        );
        let again = run(folder.path(), "one", &line);
        assert_eq!(again.status.code(), Some(3));
        assert_eq!(
            said(&again),
            "Nothing was exported: there is a file of this name already.\n"
        );
    }
    assert!(folder.path().join("markdown/2026").is_dir());
    assert_eq!(
        json(folder.path(), "one", &["export", "archive", "--force", "--trash"])["entries"],
        2
    );
}

#[test]
fn an_archive_comes_in_again_and_says_what_was_new() {
    let (folder, id) = journals();
    let out = run(folder.path(), "one", &["export", "journal.zip", "--trash"]);
    assert_eq!(text(&out), "Exported. Whoever has this file can read it.\n");
    let imported = run(folder.path(), "other", &["import", "journal.zip"]);
    assert!(
        said(&imported).contains("it is restored, not imported"),
        "{}",
        said(&imported)
    );
    let first = run(folder.path(), "other", &["restore-archive", "journal.zip"]);
    assert_eq!(
        text(&first),
        "Your archive is here now. What was here before is unchanged.\nNew here: 2.\n"
    );
    assert_eq!(
        json(folder.path(), "other", &["show", &id]),
        json(folder.path(), "one", &["show", &id])
    );
    let again = run(folder.path(), "other", &["restore-archive", "journal.zip"]);
    assert!(text(&again).ends_with("All of it was here already.\n"));
}

#[test]
fn a_passphrase_comes_from_a_file_and_never_from_the_command_line() {
    let (folder, _) = journals();
    fs::write(folder.path().join("words"), "soup on the bus\n").unwrap();
    let sealed = run(folder.path(), "one", &["export", "j.age", "--passphrase-file", "words"]);
    assert!(
        text(&sealed).contains("opens with its passphrase alone"),
        "{}",
        said(&sealed)
    );
    assert!(
        fs::read(folder.path().join("j.age"))
            .unwrap()
            .starts_with(b"age-encryption.org/v1")
    );

    let refused = |line: &[&str], input: &str, words: &str| {
        let output = run_with(folder.path(), "other", line, input);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(
            said(&output).contains(words) && said(&output).lines().count() == 1,
            "{}",
            said(&output)
        );
    };
    refused(&["restore-archive", "j.age"], "", "it needs its passphrase");
    refused(
        &["restore-archive", "j.age", "--passphrase"],
        "",
        "asked for at a terminal",
    );
    let from_input = ["restore-archive", "j.age", "--passphrase-file", "-"];
    refused(&from_input, "another\n", "this passphrase does not open this file");
    refused(&from_input, "\n", "there is no passphrase in that file");
    let opened = run_with(folder.path(), "other", &from_input, "soup on the bus\n");
    assert!(text(&opened).contains("New here: 1."), "{}", said(&opened));
    refused(&["restore-archive", "words"], "", "this file is not a zip archive");
}

#[test]
fn a_story_is_its_words_unless_more_is_asked_for() {
    let (folder, id) = journals();
    let page = |name: &str, more: &[&str]| {
        let line = [&["export", name, "--entry", id.as_str()], more].concat();
        json(folder.path(), "one", &line);
        fs::read_to_string(folder.path().join(name)).unwrap()
    };
    assert_eq!(page("a.md", &["--format", "markdown"]), "# Soup\n\nwith bread\n");
    let some = page("b.html", &["--format", "html", "--with", "day"]);
    assert!(some.contains("2026-03-01") && !some.contains("fizzy"));
    assert!(page("c.html", &["--format", "html", "--whole"]).contains("fizzy"));
    let nothing = run(folder.path(), "one", &["export", "d.html", "--with", "day"]);
    assert_eq!(nothing.status.code(), Some(2), "--with is of one entry");
}
