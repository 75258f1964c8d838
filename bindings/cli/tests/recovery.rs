//! The recovery phrase on the command line, over the real relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod stage;

use stage::{Relay, Talk, bodies, cairn, json, refused, run, run_with, said, write};
use tempfile::TempDir;

/// A phrase that is one, and nobody's.
const STRANGE: &[u8] = b"legal winner thank year wave sausage worth useful legal winner thank yellow\n";

/// Makes a phrase, with the one before it where that is wanted; its words.
fn set_phrase(home: &TempDir, options: &[&str], before: Option<&[String]>) -> Vec<String> {
    let mut talk = Talk::start(home, &[&["recovery", "new"], options].concat());
    if let Some(before) = before {
        talk.say(&before.join(" "));
    }
    let words = shown(&mut talk);
    for place in asked(&mut talk) {
        talk.say(&words[place - 1]);
    }
    talk.hear("done");
    assert_eq!(talk.end(), 0);
    words
}

fn shown(talk: &mut Talk) -> Vec<String> {
    serde_json::from_value(talk.hear("words")["words"].clone()).unwrap()
}

fn asked(talk: &mut Talk) -> [usize; 3] {
    serde_json::from_value(talk.hear("asked")["asked"].clone()).unwrap()
}

fn state(home: &TempDir) -> String {
    json(home, &["recovery"])["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_journal_comes_back_by_its_phrase_and_the_lost_phone_is_removed_with_it() {
    let relay = Relay::start();
    let [phone, new, third] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    write(&phone, "Before.");
    assert_eq!(state(&phone), "none");
    let first = set_phrase(&phone, &[], None);
    assert_eq!((first.len(), state(&phone).as_str()), (12, "set"));
    write(&phone, "After.");
    json(&phone, &["sync"]);

    let recover = ["recover", relay.origin.as_str(), "--device", "new phone"];
    let typed = format!("{}\n", first.join("  ").to_uppercase());
    let back = run_with(&new, &recover, typed.as_bytes());
    assert!(back.status.success(), "{}", said(&back));
    assert!(String::from_utf8_lossy(&back.stdout).contains("Your journal is here again."));
    assert_eq!(bodies(&new), ["After.", "Before."]);
    assert_eq!(state(&new), "used");

    // New as it is, it removes the phone with the phrase alone; the one that counts, and no other.
    refused(
        &run(&new, &["devices", "remove", "phone", "--yes", "--json"]),
        3,
        "--with-phrase",
    );
    refused(&run(&new, &["recovery", "new"]), 3, "--with-phrase");
    let remove = ["devices", "remove", "phone", "--yes", "--json", "--with-phrase"];
    refused(&run_with(&new, &remove, STRANGE), 7, "opens no journal");
    refused(&run_with(&new, &remove, b"not words\n"), 3, "not a recovery phrase");
    refused(&run_with(&new, &remove, b""), 3, "were not given");
    let removed = run_with(&new, &remove, typed.as_bytes());
    assert!(removed.status.success(), "{}", said(&removed));
    refused(&run(&phone, &["sync"]), 7, "no more");
    assert_eq!(json(&new, &["devices"])["devices"].as_array().unwrap().len(), 1);

    let second = set_phrase(&new, &["--words", "24", "--with-phrase"], Some(&first));
    assert_eq!((second.len(), state(&new).as_str()), (24, "set"));
    write(&new, "Under the second phrase.");
    json(&new, &["sync"]);
    let recover = ["recover", relay.origin.as_str(), "--json"];
    refused(&run_with(&third, &recover, typed.as_bytes()), 7, "opens no journal");
    let typed = format!("{}\n", second.join(" "));
    let back = run_with(&third, &recover, typed.as_bytes());
    assert!(back.status.success(), "{}", said(&back));
    assert_eq!(bodies(&third).len(), 3);
}

#[test]
fn a_phrase_counts_only_once_three_of_its_words_were_typed_back() {
    let relay = Relay::start();
    let phone = tempfile::tempdir().unwrap();
    json(&phone, &["init"]);
    refused(&run(&phone, &["recovery", "new"]), 3, "no relay yet");
    json(&phone, &["connect", &relay.origin]);
    // In words: how it stands, and the phrase as it is shown.
    let none = run(&phone, &["recovery"]);
    assert!(String::from_utf8_lossy(&none.stdout).starts_with("There is no recovery phrase."));
    let unanswered = run(&phone, &["recovery", "new"]);
    refused(&unanswered, 3, "The words that were shown open nothing");
    let text = String::from_utf8_lossy(&unanswered.stdout).into_owned();
    assert!(
        text.contains("in this order") && text.contains("  1. ") && text.contains(" 12. "),
        "{text}"
    );
    for wrong in [
        "",
        "one two",
        "legal winner thank year",
        "legal\nwinner\nthank",
        "\u{1b}[2J a b",
    ] {
        let output = run_with(&phone, &["recovery", "new", "--json"], wrong.as_bytes());
        assert_eq!(output.status.code(), Some(3), "{wrong:?}: {}", said(&output));
        assert!(said(&output).starts_with("Nothing was changed"), "{wrong:?}");
    }
    let output = run_with(&phone, &["recovery", "new", "--json"], &[0xff; 100_000]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_eq!(state(&phone), "none");
    // The three words, but not in the order they were asked for.
    let mut talk = Talk::start(&phone, &["recovery", "new"]);
    let words = shown(&mut talk);
    let [a, b, c] = asked(&mut talk);
    assert!(a < b && b < c && c <= 12);
    talk.say(&format!("{} {} {}", words[b - 1], words[c - 1], words[a - 1]));
    assert_eq!(talk.end(), 3);
    assert_eq!(state(&phone), "none");
    // All three on one line, in any case.
    let mut talk = Talk::start(&phone, &["recovery", "new"]);
    let words = shown(&mut talk);
    let line = asked(&mut talk).map(|place| words[place - 1].to_uppercase()).join(" ");
    talk.say(&line);
    talk.hear("done");
    assert_eq!((talk.end(), state(&phone).as_str()), (0, "set"));
    let set = run(&phone, &["recovery"]);
    assert!(String::from_utf8_lossy(&set.stdout).starts_with("Your recovery phrase is set."));
}

#[test]
fn what_brings_no_journal_back_leaves_none_behind() {
    let relay = Relay::start();
    let [new, own] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let recover = ["recover", relay.origin.as_str()];
    refused(&run(&new, &recover), 3, "were not given");
    let bad: [&[u8]; 5] = [
        b"\n",
        b"abandon abandon abandon\n",
        b"legal winner thank year wave sausage worth useful legal winner thank thank\n",
        &[0xff, 0xfe, b'\n'],
        &[b'a'; 1_000_000],
    ];
    for typed in bad {
        refused(&run_with(&new, &recover, typed), 3, "not a recovery phrase");
    }
    assert!(!new.path().join("vault").exists(), "nothing was begun");
    refused(&run_with(&new, &["recover", "relay"], STRANGE), 3, "address of a relay");
    refused(&run_with(&new, &recover, STRANGE), 7, "opens no journal");
    refused(
        &run_with(&new, &["recover", "http://127.0.0.1:1"], STRANGE),
        6,
        "safe on this device",
    );
    assert!(bodies(&new).is_empty());
    json(&own, &["init"]);
    write(&own, "Mine already.");
    refused(&run_with(&own, &recover, STRANGE), 3, "entries here already");
    // The words have no place on a command line.
    let on_the_line = cairn(&own, &["recover", &relay.origin, "legal", "winner"])
        .output()
        .unwrap();
    assert_eq!(on_the_line.status.code(), Some(2));
}

#[test]
fn what_was_erased_goes_beyond_the_reach_of_old_copies() {
    let relay = Relay::start();
    let phone = tempfile::tempdir().unwrap();
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    write(&phone, "Day.");
    json(&phone, &["sync"]);
    assert_eq!(json(&phone, &["shred", "--status"])["state"], "nothing");
    refused(&run(&phone, &["shred"]), 3, "nobody can be asked here");
    assert_eq!(json(&phone, &["shred", "--yes"])["state"], "done");
    let told = run(&phone, &["shred", "--status"]);
    assert!(String::from_utf8_lossy(&told.stdout).contains("destroyed its old keys"));
    assert_eq!(bodies(&phone), ["Day."]);
}

#[test]
fn a_relay_that_lost_its_store_has_everything_again_and_the_phrase_once_its_words_are_typed() {
    let mut relay = Relay::start();
    let [phone, new] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    write(&phone, "Before the loss.");
    let words = set_phrase(&phone, &[], None);
    relay.lose_its_store();
    write(&phone, "After the loss.");
    let synced = json(&phone, &["sync"]);
    assert_eq!(synced["needs_joining"], false);
    assert!(synced["to_send_again"].is_null(), "{synced}");
    assert_eq!(state(&phone), "lost");
    let typed = format!("{}\n", words.join(" "));
    refused(
        &run_with(&phone, &["recovery", "again"], STRANGE),
        7,
        "opens no journal",
    );
    let placed = run_with(&phone, &["recovery", "again"], typed.as_bytes());
    assert!(placed.status.success(), "{}", said(&placed));
    assert!(String::from_utf8_lossy(&placed.stdout).contains("works again"));
    assert_eq!(state(&phone), "set");
    let back = run_with(
        &new,
        &["recover", relay.origin.as_str(), "--device", "new phone"],
        typed.as_bytes(),
    );
    assert!(back.status.success(), "{}", said(&back));
    assert_eq!(bodies(&new), ["After the loss.", "Before the loss."]);
    refused(
        &run(&phone, &["devices", "begin-again", "--yes"]),
        3,
        "lets this device in",
    );
}
