//! The longest legal entry.

use super::kit::{ID, body, edited, entry, first, merged, revise};
use crate::document::{Bounds, admit, prescan};
use crate::limits;

/// Exactly as many characters as a body may have, in sentences that say which version they are of.
fn longest(version: char) -> String {
    let sentences = (0_u32..).map(|n| format!("{version} sentence number {n} of a long day. "));
    let mut body = String::new();
    for sentence in sentences {
        body.push_str(&sentence);
        if body.len() > limits::BODY_CHARACTERS_MAX {
            break;
        }
    }
    body.truncate(limits::BODY_CHARACTERS_MAX);
    body
}

#[test]
fn the_longest_entry_rewritten_wholly_twice_is_within_the_bounds() {
    let from = entry(&longest('A'));
    assert_eq!(from.check(), Ok(()));
    let mut document = first(&from);
    for version in ['B', 'C'] {
        revise(&mut document, 1, &longest(version));
    }
    assert_eq!(body(&document), longest('C'));
    let bytes = document.save().unwrap();
    let scan = prescan(&bytes, &Bounds::default()).unwrap();
    // But for the last few words, which the cut left alike.
    assert!((199_900..=200_000).contains(&scan.removals), "{scan:?}");
    assert!((299_900..300_020).contains(&scan.rows), "{scan:?}");
    assert!(bytes.len() < limits::CONTENT_BYTES_MAX / 2, "{}", bytes.len());
    assert!(admit(&bytes, &document.heads(), &Bounds::default()).is_ok());
}

#[test]
fn a_small_edit_of_the_longest_entry_costs_a_sentence() {
    let from = entry(&longest('A'));
    let one = edited(&from, 1, &from.body.replace("number 700 of", "number seven hundred of"));
    let other = edited(&from, 2, &from.body.replace("number 900 of", "number nine hundred of"));
    let added =
        |document: &crate::document::Document| prescan(&document.save().unwrap(), &Bounds::default()).unwrap().rows;
    assert!(added(&one) - added(&first(&from)) < 60);
    let both = merged(&one, &other).entry(ID).unwrap();
    assert!(!both.both_versions && both.body.contains("seven hundred") && both.body.contains("nine hundred"));
}

#[test]
#[ignore = "measures: run alone, with --nocapture"]
#[allow(clippy::print_stderr, reason = "a measurement is for reading")]
fn measured() {
    let timed = |name: &str, work: &mut dyn FnMut()| {
        let begun = std::time::Instant::now();
        work();
        eprintln!("{name}: {:?}", begun.elapsed());
    };
    let from = entry(&longest('A'));
    let mut document = first(&from);
    timed("first change", &mut || drop(first(&from)));
    timed("revised wholly", &mut || revise(&mut document, 1, &longest('B')));
    timed("revised wholly again", &mut || revise(&mut document, 1, &longest('C')));
    timed("one sentence revised", &mut || {
        revise(&mut document, 1, &longest('C').replace("number 700 of", "7 of"))
    });
    let bytes = document.save().unwrap();
    timed("saved", &mut || drop(document.save().unwrap()));
    timed("prescan", &mut || assert!(prescan(&bytes, &Bounds::default()).is_ok()));
    timed("loaded", &mut || drop(crate::document::Document::load(&bytes).unwrap()));
    timed("admitted", &mut || {
        drop(admit(&bytes, &document.heads(), &Bounds::default()).unwrap())
    });
    timed("read", &mut || drop(document.entry(ID).unwrap()));
    let other = edited(&from, 2, &longest('D'));
    let mut both = merged(&document, &other);
    timed("merged", &mut || both = merged(&document, &other));
    timed("both read", &mut || assert!(both.entry(ID).unwrap().both_versions));
    let packed = zstd::encode_all(&bytes[..], 3).unwrap();
    eprintln!(
        "{:?}, {} bytes, {} with zstd",
        prescan(&bytes, &Bounds::default()),
        bytes.len(),
        packed.len()
    );
    let scan = prescan(&both.save().unwrap(), &Bounds::default());
    eprintln!("both: {scan:?}, {} bytes", both.save().unwrap().len());
}
