//! Honest documents with a few bytes changed, and the checksum made right again.

use super::kit::{Dice, ID, PROJECTION, chunk, data_of, device, edited, entry, first, merged, revise};
use crate::document::{Bounds, Document, Refused, admit};
use crate::id::DocumentId;
use crate::profile::{Field, Fields};
use std::time::{Duration, Instant};

const MUTANTS: usize = 20_000;
/// Far more than any of these small documents needs, and far less than a bomb takes.
const LONGEST: Duration = Duration::from_secs(5);

fn honest() -> Vec<Document> {
    let from = entry("The bus was full. 雨。 I asked for a quiet seat.");
    let (a, b) = (
        edited(&from, 1, "The bus was full. I sat. 雨。"),
        edited(&from, 2, "Full. 👩‍👩‍👧‍👦!"),
    );
    let mut both = merged(&a, &b);
    revise(&mut both, 3, "All of it.");
    let mut flat = Document::genesis_fields(1, DocumentId::from(ID), 0, PROJECTION, &Fields::new()).unwrap();
    let field = |n: i64| (format!("statement/{n}/text"), Some(Field::Number(n)));
    flat.set_fields(device(1), &(0..9).map(field).collect()).unwrap();
    vec![first(&from), a, both, flat]
}

#[test]
fn no_mutant_escapes_or_takes_long() {
    let documents: Vec<(Vec<u8>, Vec<[u8; 32]>)> = honest()
        .iter()
        .map(|document| (document.save().unwrap(), document.heads()))
        .collect();
    let mut dice = Dice(0x5eed);
    let mut reasons = std::collections::BTreeMap::<u8, usize>::new();
    for _ in 0..MUTANTS {
        let (bytes, heads) = &documents[dice.roll(documents.len())];
        let mut data = data_of(bytes).to_vec();
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(data.len());
            data[at] = dice.roll(256) as u8;
        }
        let mutant = chunk(0, &data);
        let begun = Instant::now();
        match admit(&mutant, heads, &Bounds::default()) {
            Err(reason) => *reasons.entry(reason.number()).or_default() += 1,
            // Changed where it does not matter, or not changed at all: the hashes hold, so it reads as it did.
            Ok(document) => {
                assert_eq!(document.heads(), *heads);
                let honest = Document::load(bytes).unwrap();
                assert!(document.entry(ID) == honest.entry(ID) && document.fields() == honest.fields());
            }
        }
        assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
    }
    // The test is worth something only if mutants get as far as Automerge.
    for reached in [Refused::Disagree, Refused::Unreadable] {
        assert!(
            reasons.contains_key(&reached.number()),
            "{reached:?} never came: {reasons:?}"
        );
    }
}
