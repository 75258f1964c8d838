//! A repair for which there is no room, and one in a folder that nothing may be written to.
//!
//! Each test is a process of its own, in which a small file system in memory is mounted in the place of the vault's folder (`unshare`, `mount`).
//! Where the machine lets nobody do that, the test says so and proves nothing.

use super::{PAGE, Place, Story, again, story};
use cairn_core::vault::Kind;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Set in a process that may mount.
const MAY_MOUNT: &str = "CAIRN_TEST_MAY_MOUNT";
const KIB: u64 = 1024;

/// Runs this test in a process that may mount, and there `test`.
fn may_mount(name: &str, test: impl FnOnce()) {
    if std::env::var_os(MAY_MOUNT).is_some() {
        return test();
    }
    let probe = "mount -t tmpfs -o size=64k tmpfs /tmp";
    let is_let = |how: &'static [&'static str]| {
        let probed = Command::new("unshare")
            .args(how)
            .args(["sh", "-c", probe])
            .stderr(Stdio::null())
            .status();
        probed.is_ok_and(|status| status.success())
    };
    let ways: [&'static [&'static str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];
    let Some(way) = ways.into_iter().find(|way| is_let(way)) else {
        let _ = std::io::Write::write_all(
            &mut std::io::stdout(),
            b"nothing may be mounted here: what happens without room was not tried\n",
        );
        return;
    };
    let own = std::env::current_exe().unwrap();
    let status = Command::new("unshare")
        .args(way)
        .arg(own)
        .args(["--exact", name, "--nocapture"])
        .env(MAY_MOUNT, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

fn mount(options: &str, folder: &Path) {
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(folder)
        .status()
        .unwrap();
    assert!(status.success(), "{options}");
}

/// The phone's folder moved onto a file system with so much room beside its files, its database damaged.
fn on_a_small_disk(story: &Story, room: u64) -> u64 {
    let place = &story.phone;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for file in fs::read_dir(place.folder.path()).unwrap().flatten() {
        if file.path().is_file() {
            files.push((file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()));
        }
    }
    let used: u64 = files
        .iter()
        .map(|(_, bytes)| (bytes.len() as u64).next_multiple_of(PAGE as u64))
        .sum();
    mount(&format!("size={}", used + room), place.folder.path());
    for (name, mut bytes) in files {
        if name == "vault.db" {
            let middle = bytes.len() / PAGE / 2 * PAGE;
            bytes[700] ^= 1;
            bytes[middle + 700] ^= 1;
        }
        fs::write(place.file(&name), bytes).unwrap();
    }
    used
}

/// Every byte of the damaged database, wherever it lies now.
fn damaged(place: &Place) -> Vec<u8> {
    let aside = place.aside().remove("vault.db");
    aside.unwrap_or_else(|| fs::read(place.file("vault.db")).unwrap())
}

#[test]
fn a_repair_without_room_says_so_loses_nothing_and_goes_on_when_there_is_some() {
    may_mount(
        "damaged::no_room::a_repair_without_room_says_so_loses_nothing_and_goes_on_when_there_is_some",
        || {
            let first = story(620);
            let mut refused = 0;
            for room in [4 * KIB, 16 * KIB, 64 * KIB, 160 * KIB] {
                let story = again(&first, 620);
                let used = on_a_small_disk(&story, room);
                let before = damaged(&story.phone);
                for _ in 0..2 {
                    match story.phone.try_repair(&story.world) {
                        Ok(_) => break,
                        Err(error) => {
                            assert_eq!(error.kind(), Kind::StorageFull, "{room}: {error:?}");
                            refused += 1;
                        }
                    }
                    assert_eq!(damaged(&story.phone), before, "{room}: what was damaged is all there");
                }
                let more = format!("remount,size={}", used + room + 8192 * KIB);
                mount(&more, story.phone.folder.path());
                if story.phone.vault(&story.world).is_err() {
                    let (_, lost) = story.repaired(&format!("{room}"));
                    assert!(lost.len() < 3, "{room}: {}", lost.len());
                }
                assert_eq!(story.phone.aside()["vault.db"], before, "{room}");
            }
            assert!(refused >= 4, "{refused} had no room");
        },
    );
}

#[test]
fn in_a_folder_that_nothing_may_be_written_to_a_repair_says_so_and_changes_nothing() {
    may_mount(
        "damaged::no_room::in_a_folder_that_nothing_may_be_written_to_a_repair_says_so_and_changes_nothing",
        || {
            let story = story(621);
            on_a_small_disk(&story, 8192 * KIB);
            let before = damaged(&story.phone);
            mount("remount,ro", story.phone.folder.path());
            for _ in 0..2 {
                let error = story.phone.try_repair(&story.world).unwrap_err();
                assert_eq!(error.to_string(), "the database cannot be written here");
                assert_eq!(fs::read(story.phone.file("vault.db")).unwrap(), before);
            }
            mount("remount,rw", story.phone.folder.path());
            let (_, lost) = story.repaired("written to again");
            assert!(lost.len() < 3);
        },
    );
}
