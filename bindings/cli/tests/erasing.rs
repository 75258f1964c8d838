//! The whole journal erased: asked for, stopped, and on one device alone, over the real relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod stage;

use serde_json::Value;
use stage::{Relay, bodies, json, meet, refused, run, write};

fn text(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn everything_is_asked_for_on_one_device_and_stopped_on_the_other() {
    let relay = Relay::start();
    let (phone, tablet) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    json(&phone, &["init", "--device", "phone", "--relay", &relay.origin]);
    meet(
        (&phone, &["devices", "add"]),
        (&tablet, &["devices", "add", "--join", "CODE", "--device", "tablet"]),
    );
    write(&phone, "Still here.");
    for home in [&phone, &tablet] {
        json(home, &["sync"]);
    }
    refused(&run(&phone, &["erase", "--everything"]), 3, "--yes");
    refused(&run(&tablet, &["erase", "--everything", "--yes"]), 3, "--with-phrase");
    assert_eq!(json(&phone, &["erase", "--keep"])["state"], "nothing");
    let asked = json(&phone, &["erase", "--everything", "--yes"]);
    assert_eq!(
        (&asked["state"], asked["at"].is_string()),
        (&Value::from("under_way"), true)
    );
    assert_eq!(json(&tablet, &["sync"])["erasure"]["state"], "under_way");
    assert!(text(&run(&tablet, &["sync"])).contains("any of your devices stops it"));
    assert!(text(&run(&tablet, &["doctor"])).contains("any of your devices stops it"));
    assert!(text(&run(&tablet, &["erase", "--keep"])).contains("Everything stays"));
    assert_eq!(json(&phone, &["sync"])["erasure"]["state"], "nothing");
    assert_eq!((bodies(&phone).len(), bodies(&tablet).len()), (1, 1));
}

#[test]
fn one_device_is_erased_alone_at_once_and_without_a_network() {
    let phone = tempfile::tempdir().unwrap();
    json(&phone, &["init", "--device", "phone"]);
    write(&phone, "Quetzalnacht.");
    let refusal = run(&phone, &["erase", "--everything", "--here"]);
    refused(&refusal, 3, "--yes");
    // Words that an editor's command could not keep lie in a file of this program.
    let left = phone.path().join("vault/draft-a1b2");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("entry.md"), "Quetzalnacht.").unwrap();
    let done = json(&phone, &["erase", "--everything", "--here", "--yes"]);
    assert_eq!(done["state"], "done");
    let left: Vec<String> = std::fs::read_dir(phone.path().join("vault"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["lock"], "no key, no database, nothing that names it");
    refused(&run(&phone, &["list"]), 4, "no journal");
    json(&phone, &["init", "--device", "phone"]);
    assert!(bodies(&phone).is_empty());
}

#[test]
fn an_erasing_that_was_broken_off_is_ended_by_the_next_command_whatever_it_is() {
    let phone = tempfile::tempdir().unwrap();
    json(&phone, &["init", "--device", "phone"]);
    write(&phone, "Quetzalnacht.");
    let folder = phone.path().join("vault");
    let left = folder.join("draft-a1b2");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("entry.md"), "Quetzalnacht.").unwrap();
    std::fs::write(folder.join("vault.erased"), "1\ncairn.vault-key").unwrap();
    std::fs::remove_file(folder.join("vault.id")).unwrap();
    refused(&run(&phone, &["list"]), 4, "erased");
    let files: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        files.iter().all(|file| file == "lock" || file == "key"),
        "no journal, and none begun: {files:?}"
    );
    refused(&run(&phone, &["list"]), 4, "no journal");
}
