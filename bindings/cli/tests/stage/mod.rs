//! What tests over the real relay play on: a relay, homes, and programs that say steps.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tempfile::TempDir;

/// The relay, until this is dropped.
pub(crate) struct Relay {
    child: Child,
    pub origin: String,
    folder: TempDir,
}

pub(crate) fn relay_program() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_cairn")).with_file_name("cairn-relay");
    assert!(
        program.is_file(),
        "cairn-relay is not built: cargo build -p cairn-relay"
    );
    program
}

impl Relay {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, origin) = listening(folder.path(), "127.0.0.1:0");
        Self { child, origin, folder }
    }

    /// Lets it go, with its store left behind.
    pub(crate) fn stop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// It loses everything but its key, and starts where it was.
    pub(crate) fn lose_its_store(&mut self) {
        self.stop();
        for file in std::fs::read_dir(self.folder.path()).unwrap().flatten() {
            if file.file_name().to_string_lossy().starts_with("relay.db") {
                std::fs::remove_file(file.path()).unwrap();
            }
        }
        self.start_again();
    }

    /// Starts it where it was.
    pub(crate) fn start_again(&mut self) {
        let place = self.origin.strip_prefix("http://").unwrap().to_owned();
        (self.child, self.origin) = listening(self.folder.path(), &place);
    }
}

fn listening(folder: &Path, place: &str) -> (Child, String) {
    let mut child = Command::new(relay_program())
        .args(["--listen", place, "--data"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let origin = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    (child, origin)
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn cairn(home: &TempDir, line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
    command
        .args(line)
        .env("CAIRN_HOME", home.path().join("vault"))
        .env("TZ", "Europe/London")
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(home: &TempDir, line: &[&str]) -> Output {
    cairn(home, line).output().unwrap()
}

pub(crate) fn json(home: &TempDir, line: &[&str]) -> Value {
    let output = run(home, &[line, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A program that says steps, a JSON value per line.
pub(crate) struct Talk {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Talk {
    pub(crate) fn start(home: &TempDir, line: &[&str]) -> Self {
        let line = [line, &["--json"]].concat();
        let mut child = cairn(home, &line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    pub(crate) fn hear(&mut self, step: &str) -> Value {
        let value = self.next();
        assert_eq!(value["step"], step);
        value
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next value, whatever it is.
    pub(crate) fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub(crate) fn hang_up(&mut self) {
        drop(self.child.stdin.take());
    }

    pub(crate) fn stop(mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    pub(crate) fn end(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

/// Lets one side show a code and the other side use it, and carries the digits over.
pub(crate) fn meet(offers: (&TempDir, &[&str]), joins: (&TempDir, &[&str])) {
    let mut offer = Talk::start(offers.0, offers.1);
    let code = offer.hear("code")["code"].as_str().unwrap().to_owned();
    let line: Vec<&str> = joins
        .1
        .iter()
        .map(|word| if *word == "CODE" { code.as_str() } else { word })
        .collect();
    let mut join = Talk::start(joins.0, &line);
    let digits = join.hear("digits")["digits"].as_str().unwrap().to_owned();
    offer.hear("found");
    offer.say(&digits);
    offer.hear("done");
    join.hear("done");
    assert_eq!((offer.end(), join.end()), (0, 0));
}

pub(crate) fn body(home: &TempDir, id: &str) -> String {
    json(home, &["show", id])["body"].as_str().unwrap().to_owned()
}

/// Runs a command with something on its standard input.
pub(crate) fn run_with(home: &TempDir, line: &[&str], input: &[u8]) -> Output {
    let mut child = cairn(home, line)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has read enough hangs up.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

/// What was said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts an exit code, and that one sentence was said for it, once.
#[track_caller]
pub(crate) fn refused(output: &Output, exit: i32, words: &str) {
    let sentence = said(output);
    assert_eq!(output.status.code(), Some(exit), "{sentence}");
    assert!(sentence.contains(words) && sentence.lines().count() == 1, "{sentence}");
}

/// Writes an entry; its id.
pub(crate) fn write(home: &TempDir, text: &str) -> String {
    json(home, &["write", "--text", text])["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The words of every entry, sorted.
pub(crate) fn bodies(home: &TempDir) -> Vec<String> {
    let page = json(home, &["list"]);
    let entries = page["entries"].as_array().unwrap();
    let mut bodies: Vec<String> = entries
        .iter()
        .map(|entry| entry["body"].as_str().unwrap().to_owned())
        .collect();
    bodies.sort();
    bodies
}
