//! Every decoder of sealed and signed bytes, over the examples of the formats, changes of them, and what once broke one.
//! The fuzzer (`make fuzz`) goes on from here.

#[path = "../fuzz/src/sealed.rs"]
#[allow(unreachable_pub, reason = "the file is a module of the fuzzer's crate too")]
mod sealed;

use cairn_core::id::Entropy as _;
use cairn_tests::SeededEntropy;
use std::path::Path;

fn house() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every run of hex in the vectors of core and wire.
fn examples() -> Vec<Vec<u8>> {
    let mut examples = Vec::new();
    for folder in ["core/vectors", "sync-server/wire/vectors"] {
        for file in std::fs::read_dir(house().join(folder)).unwrap().flatten() {
            let text = std::fs::read_to_string(file.path()).unwrap_or_default();
            for word in text.split('"') {
                let hex = word.as_bytes();
                let is_hex = hex.len() >= 40 && hex.len() % 2 == 0 && hex.iter().all(u8::is_ascii_hexdigit);
                if is_hex {
                    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
                    examples.push(hex.chunks(2).map(byte).collect());
                }
            }
        }
    }
    examples
}

#[test]
fn every_decoder_withstands_the_examples_and_changes_of_them() {
    let examples = examples();
    assert!(examples.len() > 100, "the vectors were found");
    let mut entropy = SeededEntropy::new(1, "changes");
    for (name, target) in sealed::TARGETS {
        for example in examples.iter().filter(|example| example.len() < 4_096) {
            target(example);
            for _ in 0..3 {
                let mut changed = example.clone();
                let at = usize::try_from(entropy.below(example.len() as u64)).unwrap();
                match entropy.below(4) {
                    0 => changed.truncate(at),
                    1 => entropy.fill(&mut changed[at..]),
                    2 => changed.insert(at, 0xff),
                    _ => changed[at] ^= 1 << entropy.below(8),
                }
                target(&changed);
            }
        }
        assert!(!name.is_empty());
    }
}

#[test]
fn what_once_broke_a_decoder_breaks_it_no_more() {
    for (name, target) in sealed::TARGETS {
        let fixtures = house().join("tests/fuzz/fixtures").join(name);
        for file in std::fs::read_dir(fixtures).into_iter().flatten().flatten() {
            target(&std::fs::read(file.path()).unwrap());
        }
    }
}
