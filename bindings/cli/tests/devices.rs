//! A device that is removed: on the command line, over the real relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod stage;

use serde_json::Value;
use stage::{Relay, bodies, json, meet, refused, run, write};
use tempfile::TempDir;

/// A phone, the first device, and the others, paired with it.
fn paired<const N: usize>(relay: &Relay, others: [&str; N]) -> (TempDir, [TempDir; N]) {
    let phone = tempfile::tempdir().unwrap();
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    let homes = others.map(|name| {
        let home = tempfile::tempdir().unwrap();
        meet(
            (&phone, &["devices", "add"]),
            (&home, &["devices", "add", "--join", "CODE", "--device", name]),
        );
        home
    });
    (phone, homes)
}

fn device(home: &TempDir, name: &str) -> Option<Value> {
    let devices = json(home, &["devices"]);
    let all = devices["devices"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).cloned()
}

#[test]
fn a_removed_device_gets_nothing_more_and_what_it_sent_late_is_kept_or_left_out() {
    let relay = Relay::start();
    let (phone, [tablet, laptop]) = paired(&relay, ["tablet", "laptop"]);
    write(&tablet, "Mine after all.");
    write(&tablet, "Not by me.");
    json(&tablet, &["sync"]);
    let found = device(&phone, "phone").unwrap();
    assert_eq!(
        (&found["is_this_one"], &found["added"]),
        (&Value::Bool(true), &Value::Null)
    );
    // `devices` has read what the tablet sent; what comes after it is not trusted.
    assert_eq!(bodies(&phone).len(), 2);
    let late = ["Late, by me.", "Late, by a stranger."].map(|text| write(&tablet, text));
    json(&tablet, &["sync"]);
    json(&laptop, &["sync"]);
    assert_eq!(bodies(&laptop).len(), 4, "nobody has told the laptop yet");

    let id = device(&laptop, "tablet").unwrap()["id"].as_str().unwrap().to_owned();
    let gone = json(&phone, &["devices", "remove", id.get(..12).unwrap(), "--yes"]);
    assert_eq!(
        (&gone["id"], &gone["is_going"]),
        (&Value::String(id), &Value::Bool(false))
    );
    assert!(device(&phone, "tablet").is_none());
    write(&phone, "After the tablet.");
    for home in [&phone, &laptop] {
        json(home, &["sync"]);
    }
    assert_eq!(bodies(&laptop), ["After the tablet.", "Mine after all.", "Not by me."]);

    // The removed one is told plainly, and what is written on it stays on it.
    for line in [["sync"].as_slice(), &["sync", "--wait"]] {
        refused(
            &run(&tablet, line),
            7,
            "removed on another of your devices, or the relay lost its store",
        );
    }
    let listed = run(&tablet, &["devices"]);
    assert!(listed.status.success());
    assert!(String::from_utf8_lossy(&listed.stdout).contains("What is written here stays here."));
    assert_eq!(json(&tablet, &["devices"])["is_let_in"], false);
    assert_eq!(json(&phone, &["devices"])["is_let_in"], true);
    write(&tablet, "For nobody else.");
    assert_eq!(bodies(&tablet).len(), 5);

    let arrivals = json(&phone, &["devices", "arrivals"]);
    let arrivals = arrivals["arrivals"].as_array().unwrap();
    assert_eq!(arrivals.len(), 2);
    let arrival = |of: &str| {
        let one = arrivals.iter().find(|one| one["entry"]["id"] == of).unwrap();
        assert_eq!(
            (&one["device"], &one["is_known"]),
            (&Value::from("tablet"), &Value::Bool(false))
        );
        one["id"].as_str().unwrap()
    };
    let (kept, left) = (arrival(&late[0]), arrival(&late[1]));
    refused(&run(&phone, &["devices", "keep", "kitchen"]), 3, "an id is made of");
    refused(&run(&phone, &["devices", "keep", &"0".repeat(64)]), 4, "no arrival");
    refused(&run(&phone, &["devices", "leave-out", left]), 3, "--yes");
    json(&phone, &["devices", "keep", kept]);
    json(&phone, &["devices", "leave-out", left, "--yes"]);
    refused(&run(&phone, &["devices", "keep", left]), 4, "no arrival");
    for home in [&phone, &laptop] {
        json(home, &["sync"]);
        assert_eq!(
            bodies(home),
            ["After the tablet.", "Late, by me.", "Mine after all.", "Not by me."]
        );
        assert_eq!(json(home, &["devices", "arrivals"])["arrivals"], serde_json::json!([]));
    }
}

#[test]
fn a_device_is_named_and_only_the_one_that_is_meant_is_removed() {
    let relay = Relay::start();
    let (phone, [tablet, laptop]) = paired(&relay, ["tablet", "laptop"]);
    json(&laptop, &["devices", "rename", "TABLET", "Kitchen"]);
    json(&laptop, &["devices", "rename", "laptop", "kitchen"]);
    for home in [&laptop, &phone, &tablet] {
        json(home, &["sync"]);
    }
    assert!(device(&tablet, "Kitchen").is_some());
    let remove = |home: &TempDir, name: &str| run(home, &["devices", "remove", name, "--yes", "--json"]);
    refused(
        &remove(&phone, "kitchen"),
        3,
        "more than one of your devices has this name",
    );
    refused(&remove(&phone, "attic"), 4, "no device of this name");
    refused(&remove(&phone, ""), 4, "no device of this name");
    refused(&remove(&phone, "phone"), 3, "the device in hand");
    refused(&run(&phone, &["devices", "remove", "phone"]), 3, "the device in hand");
    // A device that is new here removes no older one; the phrase that would let it does not exist.
    refused(&remove(&tablet, "phone"), 3, "--with-phrase");
    let long = "x".repeat(500);
    refused(
        &run(&phone, &["devices", "rename", "phone", &long]),
        3,
        "Nothing was changed",
    );
    assert_eq!(json(&phone, &["devices"])["devices"].as_array().unwrap().len(), 3);
    // With its own name back, it is the one that is meant.
    json(
        &laptop,
        &[
            "devices",
            "rename",
            device(&laptop, "kitchen").unwrap()["id"].as_str().unwrap(),
            "",
        ],
    );
    for home in [&laptop, &phone] {
        json(home, &["sync"]);
    }
    let asked = run(&phone, &["devices", "remove", "kitchen"]);
    assert_eq!(asked.status.code(), Some(3), "nobody can be asked here");
    assert!(String::from_utf8_lossy(&asked.stdout).contains("What was on Kitchen stays on it"));
    assert!(remove(&phone, "kitchen").status.success());
    assert!(device(&phone, "Kitchen").is_none() && device(&phone, "laptop").is_some());
}

#[test]
fn a_device_removed_offline_goes_when_the_relay_is_back() {
    let mut relay = Relay::start();
    let (phone, [tablet]) = paired(&relay, ["tablet"]);
    relay.stop();
    let gone = run(&phone, &["devices", "remove", "tablet", "--yes"]);
    assert!(gone.status.success());
    assert!(String::from_utf8_lossy(&gone.stdout).contains("goes when the relay has heard of it"));
    let listed = json(&phone, &["devices"]);
    assert_eq!(listed["is_let_in"], Value::Null);
    assert_eq!(device(&phone, "tablet").unwrap()["is_going"], true);
    write(&phone, "Not for the tablet.");
    relay.start_again();
    json(&phone, &["sync"]);
    json(&phone, &["sync"]);
    assert!(device(&phone, "tablet").is_none());
    refused(&run(&tablet, &["sync"]), 7, "no more");
    assert!(bodies(&tablet).is_empty());
    // And it goes on saying so, without asking.
    let doctor = run(&tablet, &["doctor"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("lets this device in no more"));
}

#[test]
fn where_a_device_is_woken_is_said_without_the_relay_which_hears_of_it_later() {
    let mut relay = Relay::start();
    let (phone, []) = paired(&relay, []);
    assert_eq!(json(&phone, &["wake"])["waking"], "off");
    let address = "https://push.example/up";
    assert_eq!(json(&phone, &["wake", "--at", address])["waking"], "relay_wakes_nobody");
    relay.stop();
    let said = json(&phone, &["wake", "--at", "https://push.example/other"]);
    assert_eq!(
        (&said["waking"], &said["relay_wakes"]),
        (&Value::from("waits"), &Value::Null)
    );
    let off = run(&phone, &["wake", "--off"]);
    let said = String::from_utf8_lossy(&off.stdout).into_owned();
    assert!(
        off.status.success() && said.contains("once the relay was told"),
        "{said}"
    );
    relay.start_again();
    let said = json(&phone, &["wake"]);
    assert_eq!(
        (&said["waking"], &said["relay_wakes"]),
        (&Value::from("off"), &Value::from(false))
    );
}
