//! Finding entries with `cairn`: filters, scripts, the calendar, "on this day" and the words in use.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use serde_json::Value;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A person with a journal.
struct Person(TempDir);

impl Person {
    fn new() -> Self {
        let person = Self(tempfile::tempdir().unwrap());
        assert_eq!(code(&person.run(&["init", "--device", "desk"])), 0);
        person
    }

    fn run(&self, line: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cairn"))
            .args(line)
            .env("CAIRN_HOME", self.0.path().join("vault"))
            .env("TZ", "Europe/London")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn text(&self, line: &[&str]) -> String {
        let output = self.run(line);
        assert_eq!(code(&output), 0, "{line:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, line: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[line, &["--json"]].concat())).unwrap()
    }

    fn write(&self, text: &str, when: &str, more: &[&str]) -> String {
        let line = [&["write", "--text", text, "--when", when], more].concat();
        self.json(&line)["id"].as_str().unwrap().to_owned()
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The bodies of the entries in a list of them.
fn bodies(page: &Value) -> Vec<&str> {
    let entries = page["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["body"].as_str().unwrap()).collect()
}

#[test]
fn words_are_found_in_scripts_without_blanks_and_stand_out() {
    let person = Person::new();
    person.write("今日は東京駅で古い友達に会った。", "2026-03-01", &[]);
    person.write("Soup on the bus.", "2026-03-02", &[]);
    let hits = person.json(&["search", "友達"]);
    assert_eq!(
        hits["hits"][0]["snippet"],
        serde_json::json!([
            {"text": "今日は東京駅で古い", "found": false},
            {"text": "友達", "found": true},
            {"text": "に会った。", "found": false},
        ])
    );
    assert_eq!(person.json(&["search", "京都"])["hits"], serde_json::json!([]));
}

#[test]
fn filters_narrow_lists_and_searches_and_pages_follow_each_other() {
    let person = Person::new();
    for day in 1..=4 {
        let tags: &[&str] = if day % 2 == 0 { &["--tag", "Even"] } else { &[] };
        person.write(&format!("Soup {day}"), &format!("2026-03-0{day}"), tags);
    }
    person.write("Bread", "2026-03-09", &["--feeling", "calm", "--tag", "even"]);
    let listed = |line: &[&str]| {
        let page = person.json(&[&["list"], line].concat());
        bodies(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed(&["--tag", "EVEN"]), ["Bread", "Soup 4", "Soup 2"]);
    assert_eq!(listed(&["--tag", "even", "--feeling", "calm"]), ["Bread"]);
    assert_eq!(
        listed(&["--from", "2026-03-02", "--to", "2026-03-03"]),
        ["Soup 3", "Soup 2"]
    );
    assert_eq!(listed(&["--with-attachment"]), [""; 0]);
    assert_eq!(listed(&["--remember"]), [""; 0]);
    assert!(person.text(&["list", "--person", "Dee"]).contains("no such entry"));

    let more = person.text(&["list", "--tag", "even", "--count", "1"]);
    let after = more.rsplit(' ').next().unwrap().trim();
    assert_eq!(listed(&["--tag", "even", "--count", "1", "--after", after]), ["Soup 4"]);

    let searched = |line: &[&str]| person.json(&[&["search", "soup"], line].concat())["hits"].clone();
    assert_eq!(searched(&["--tag", "even"]).as_array().unwrap().len(), 2);
    let first = searched(&["--count", "1"]);
    let id = first[0]["entry"]["id"].as_str().unwrap();
    assert_eq!(searched(&["--count", "1", "--after", id])[0]["entry"]["body"], "Soup 3");
}

#[test]
fn a_calendar_marks_days_alike_and_a_day_lists_its_entries_in_the_order_of_time() {
    let person = Person::new();
    person.write("Evening", "2026-03-01 21:00", &[]);
    person.write("Morning", "2026-03-01 08:00", &[]);
    person.write("Later", "2026-03-31", &[]);
    let gone = person.write("Gone", "2026-03-20", &[]);
    person.json(&["trash", &gone]);
    let grid = person.text(&["calendar", "2026-03"]);
    assert!(
        grid.starts_with("March 2026\nMo") && grid.contains(" 1·\n") && grid.contains("31·"),
        "{grid}"
    );
    assert!(!grid.contains("20·"), "{grid}");
    assert!(person.text(&["calendar", "2026-03", "--sunday"]).contains("\nSu"));
    assert_eq!(
        person.json(&["calendar", "2026-03"]),
        serde_json::json!({"month": "2026-03", "days": ["2026-03-01", "2026-03-31"], "has_undated": false})
    );
    assert_eq!(bodies(&person.json(&["day", "2026-03-01"])), ["Morning", "Evening"]);
    assert_eq!(bodies(&person.json(&["day", "2026-03"])), [""; 0]);
    assert_eq!(bodies(&person.json(&["day"])), [""; 0]);
    for wrong in [["calendar", "March"], ["day", "soon"]] {
        assert_eq!(code(&person.run(&wrong)), 3);
    }
}

#[test]
fn nothing_old_comes_back_until_it_is_asked_for() {
    let person = Person::new();
    let today = person.json(&["write", "--text", "Today"])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let date = person.json(&["show", &today])["happened"]["local_date"]
        .as_str()
        .unwrap()
        .to_owned();
    let (year, rest) = date.split_once('-').unwrap();
    // Four years ago there was this day too, whatever day it is.
    let before = format!("{}-{rest}", year.parse::<i32>().unwrap() - 4);
    person.write("Soup", &before, &[]);
    assert_eq!(
        person.json(&["memories"]),
        serde_json::json!({"on": false, "entries": []})
    );
    assert!(person.text(&["memories"]).contains("is off"));
    let on = person.json(&["memories", "on"]);
    assert_eq!((&on["on"], bodies(&on)), (&Value::from(true), vec!["Soup"]));
    assert!(person.text(&["memories"]).contains("Soup"));
    assert_eq!(person.json(&["memories", "off"])["on"], false);
}

#[test]
fn what_may_be_shown_later_is_listed_until_it_is_taken_off() {
    let person = Person::new();
    assert_eq!(person.text(&["not-yet"]), "There is no entry here.\n");
    let soup = person.write("Soup", "2026-03-01", &[]);
    let bread = person.write("Bread", "2026-03-02", &[]);
    for id in [&soup, &bread] {
        person.json(&["not-yet", "add", id]);
    }
    assert_eq!(bodies(&person.json(&["not-yet"])), ["Bread", "Soup"]);
    let shown = person.text(&["not-yet", "--count", "1"]);
    assert!(
        shown.contains("Bread") && shown.contains("There are more: cairn not-yet --after "),
        "{shown}"
    );
    assert_eq!(bodies(&person.json(&["not-yet", "--after", &bread])), ["Soup"]);
    person.json(&["not-yet", "remove", &soup]);
    person.json(&["trash", &bread]);
    assert_eq!(bodies(&person.json(&["not-yet"])), [""; 0]);
    person.json(&["restore", &bread]);
    assert_eq!(bodies(&person.json(&["not-yet"])), ["Bread"]);
}

#[test]
fn the_words_in_use_are_listed_in_order_without_a_number() {
    let person = Person::new();
    person.write(
        "Soup",
        "2026-03-01",
        &["--tag", "Kitchen", "--tag", "bus", "--feeling", "calm"],
    );
    person.write("Bread", "2026-03-02", &["--tag", "kitchen"]);
    assert_eq!(person.text(&["words", "tags"]), "bus\nkitchen\n");
    assert_eq!(
        person.json(&["words", "tags", "KIT"]),
        serde_json::json!({"words": ["kitchen"]})
    );
    assert_eq!(
        person.json(&["words", "feelings"])["words"],
        serde_json::json!(["calm"])
    );
    assert!(person.text(&["words", "people"]).contains("no such words"));
}
