//! Reads this crate's own source, and holds it to the rules of the surface.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::Path;

/// Names that Kotlin, Swift or Python keep for themselves, or that the generator uses.
const RESERVED: [&str; 8] = [
    "close",
    "default",
    "description",
    "destroy",
    "hash",
    "in",
    "init",
    "message",
];

/// The signatures that cross: every public function, and every method of a trait that an app implements.
fn signatures(source: &str) -> Vec<String> {
    let code = source.split_once("\nmod tests {").map_or(source, |(code, _)| code);
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let mut signatures = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let is_public = line.starts_with("pub fn ") || line.starts_with("pub async fn ");
        let from_here = lines.iter().skip(number).copied().collect::<Vec<_>>().join(" ");
        let Some(end) = from_here.chars().find(|one| ['{', ';'].contains(one)) else {
            continue;
        };
        if is_public || (line.starts_with("fn ") && end == ';') {
            signatures.extend(from_here.split(end).next().map(str::to_owned));
        }
    }
    signatures
}

/// What breaks a rule in one signature.
fn faults(signature: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !signature.contains("-> Result<") {
        faults.push(format!("no result, so a panic ends a Swift process: {signature}"));
    }
    let mut words = signature
        .split(|part: char| !part.is_alphanumeric() && part != '_')
        .filter(|word| !word.is_empty());
    if let Some(word) = words.clone().find(|word| ["u16", "u32", "u64", "usize"].contains(word)) {
        faults.push(format!("{word} is unsigned: {signature}"));
    }
    if let Some(word) = words.find(|word| RESERVED.contains(word)) {
        faults.push(format!("{word} is a reserved name: {signature}"));
    }
    faults
}

#[test]
fn every_call_that_crosses_can_fail_and_has_a_name_and_numbers_of_every_language() {
    let mut seen = 0;
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = file.unwrap().path();
        if path.ends_with("surface.rs") {
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        for signature in signatures(&source) {
            seen += 1;
            assert_eq!(faults(&signature), Vec::<String>::new());
        }
    }
    assert!(seen > 40, "only {seen} signatures were found");
}

#[test]
fn a_call_that_breaks_a_rule_is_found() {
    let source = "
        pub fn length(&self) -> Result<u32, VaultError> {}
        pub async fn close(&self) -> Result<(), VaultError> {}
        pub fn name(&self) -> String {}
        pub(crate) fn free(&self) {}
        fn told(&self);
        fn inner() {}
    ";
    let found = signatures(source);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|signature| faults(signature).len() == 1), "{found:?}");
}
