//! Files that are no journal, through `cairn import`: one sentence each, and everything as it was.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Output};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A word that stands in every one of these files, and that no sentence may repeat.
const CANARY: &str = "Canary";

fn run(folder: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cairn"))
        .args(line)
        .env("CAIRN_HOME", folder.join("vault"))
        .env("TZ", "Europe/London")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// All that can be listed of the journal in `folder`.
fn everything(folder: &Path) -> Vec<Vec<u8>> {
    [
        &["list", "--count", "200", "--json"][..],
        &["list", "--trash", "--json"],
        &["attachments", "--json"],
        &["words", "tags", "--json"],
        &["doctor", "--json"],
    ]
    .into_iter()
    .map(|line| {
        let output = run(folder, line);
        assert!(output.status.success(), "{line:?}: {}", text(&output.stderr));
        output.stdout
    })
    .collect()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A zip with a link in it.
fn linked() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("Canary.jpg", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap().into_inner()
}

/// A zip whose first file unpacks to 40 MiB of one letter.
fn bomb(name: &str) -> Vec<u8> {
    let packed = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, packed).unwrap();
    for _ in 0..40 {
        zip.write_all(&vec![b'a'; 1024 * 1024]).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A zip whose middle was changed by a disk or a cable.
fn rotten(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip_of(&[(name, bytes)]);
    let at = zip.len() / 3;
    if let Some(byte) = zip.get_mut(at) {
        *byte ^= 0x40;
    }
    zip
}

/// What no kind of journal that comes as a zip can be: `name` is a file it looks for, `sound` its contents.
fn zips(name: &str, sound: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let whole = zip_of(&[(name, sound), ("Canary.jpg", &[7; 64])]);
    vec![
        ("empty", Vec::new()),
        ("a letter", b"Dear Canary,".to_vec()),
        ("zeros", vec![0; 512]),
        ("only the beginning", whole.get(..whole.len() / 2).unwrap().to_vec()),
        ("without its last byte", whole.get(..whole.len() - 1).unwrap().to_vec()),
        ("without a journal", zip_of(&[("Canary.bin", b"x")])),
        (
            "leads out of its folder",
            zip_of(&[(name, sound), ("../Canary.md", b"x")]),
        ),
        ("leads to the root", zip_of(&[(name, sound), ("/etc/Canary", b"x")])),
        ("a link", linked()),
        ("a bomb", bomb(name)),
    ]
}

fn json_files() -> Vec<(&'static str, Vec<u8>)> {
    let deep = format!("{{\"entries\":[{}\"Canary\"{}]}}", "[".repeat(5_000), "]".repeat(5_000));
    vec![
        ("json that ends early", b"{\"entries\":[{\"text\":\"Canary\"".to_vec()),
        ("json with more behind it", b"{\"entries\":[]} Canary".to_vec()),
        ("not UTF-8", b"{\"entries\":[{\"text\":\"Canary\xff\"}]}".to_vec()),
        ("nested", deep.into_bytes()),
        ("another kind of value", b"[\"Canary\"]".to_vec()),
        ("entries that are none", b"{\"entries\":\"Canary\"}".to_vec()),
    ]
}

fn malformed(format: &str) -> Vec<(&'static str, Vec<u8>)> {
    let packed = |name: &'static str| {
        json_files()
            .into_iter()
            .map(move |(what, json)| (what, zip_of(&[(name, &json)])))
    };
    match format {
        "dayone" => {
            let sound = br#"{"entries":[{"uuid":"00000000000000000000000000000001","creationDate":"2024-05-01T10:00:00Z","text":"Canary"}]}"#;
            let mut all = zips("Journal.json", sound);
            all.push(("rotten", rotten("Journal.json", sound)));
            all.extend(packed("Journal.json"));
            all
        }
        "journey" => {
            let sound = br#"{"id":"1","date_journal":1714557600000,"text":"Canary"}"#;
            let mut all = zips("1.json", sound);
            all.push(("rotten", rotten("1.json", sound)));
            all.extend(packed("1.json"));
            all
        }
        "daylio" => vec![
            ("empty", Vec::new()),
            ("a letter", b"Dear Canary,".to_vec()),
            ("zeros", vec![0; 512]),
            ("UTF-16", b"\xff\xfef\0u\0l\0l\0".to_vec()),
            ("ragged rows", b"full_date,mood\n1,2,Canary\n4\n".to_vec()),
            ("other columns", b"Canary,feeling\n2024-05-01,ok\n".to_vec()),
            (
                "a column twice",
                b"full_date,mood,mood\n2024-05-01,ok,Canary\n".to_vec(),
            ),
            (
                "neither moods nor notes",
                b"full_date,weekday\n2024-05-01,Canary\n".to_vec(),
            ),
            ("semicolons", b"full_date;mood;note\n2024-05-01;ok;Canary\n".to_vec()),
            ("json", b"{\"full_date\":\"Canary\"}".to_vec()),
            ("a zip", zip_of(&[("Canary.csv", b"full_date,mood\n2024-05-01,ok\n")])),
        ],
        "jrnl" => {
            let mut all = json_files();
            all.extend([
                ("empty", Vec::new()),
                ("a letter", b"Dear Canary,".to_vec()),
                ("zeros", vec![0; 512]),
                ("a zip", zip_of(&[("Canary.json", b"{\"entries\":[]}")])),
                ("no entries", b"{\"tags\":{\"Canary\":1}}".to_vec()),
                (
                    "entries that are numbers",
                    b"{\"entries\":[1,2,3],\"a\":\"Canary\"}".to_vec(),
                ),
            ]);
            all
        }
        _ => {
            let mut all = zips("2024-05-01.md", b"Canary");
            all.push((
                "rotten",
                rotten("2024-05-01.md", b"Canary, and a long day by the water"),
            ));
            all
        }
    }
}

#[test]
fn what_is_no_journal_gets_one_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(run(folder, &["init"]).status.success());
    let kept = ["write", "--text", "Soup again.", "--tag", "kitchen", "--json"];
    assert!(run(folder, &kept).status.success());
    let before = everything(folder);
    let path = folder.join("journal");
    let file = path.to_str().unwrap();
    for format in ["dayone", "journey", "daylio", "jrnl", "markdown"] {
        let files = malformed(format);
        assert!(files.len() >= 10, "{format}");
        for (what, bytes) in files {
            fs::write(&path, &bytes).unwrap();
            let line = ["import", file, "--format", format, "--zone", "Europe/London", "--yes"];
            let output = run(folder, &line);
            let said = text(&output.stderr);
            let all = format!("{said}{}", text(&output.stdout));
            assert_eq!(output.status.code(), Some(3), "{format}, {what}: {all}");
            assert!(
                said.lines().count() == 1 && said.trim_end().ends_with('.') && said.starts_with("Nothing was imported"),
                "{format}, {what}: {said}"
            );
            assert!(!all.contains(CANARY) && !all.contains(file), "{format}, {what}: {all}");
            assert!(output.stdout.is_empty(), "{format}, {what}: {all}");
        }
    }
    assert_eq!(everything(folder), before);
}

#[test]
fn a_journal_of_which_nothing_can_be_taken_says_so_for_each_entry_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(run(folder, &["init"]).status.success());
    let before = everything(folder);
    let path = folder.join("journal");
    let zip = |page: &[u8]| zip_of(&[("2024-05-01.md", page)]);
    let table = b"full_date,mood,note\nsoon,ok,Canary\n".to_vec();
    let endless = format!("full_date,mood,note\n2024-05-01,ok,\"{}", "Canary\n".repeat(40_000));
    for (format, reason, bytes) in [
        ("markdown", "it is not readable text", zip(b"Canary\xff\xfe")),
        ("markdown", "there is nothing in it", zip(b"---\na: Canary\n---\n")),
        ("daylio", "it has no date", table),
        ("daylio", "it is longer than an entry can be", endless.into_bytes()),
    ] {
        fs::write(&path, &bytes).unwrap();
        let line = [
            "import",
            path.to_str().unwrap(),
            "--format",
            format,
            "--zone",
            "Europe/London",
            "--yes",
        ];
        let output = run(folder, &line);
        let told = text(&output.stdout);
        assert!(output.status.success(), "{format}: {}", text(&output.stderr));
        assert!(
            told.contains(reason) && told.ends_with("Nothing was imported.\n") && !told.contains(CANARY),
            "{format}: {told}"
        );
    }
    assert_eq!(everything(folder), before);
}
