//! Records that are refused, each for one defect.

use super::{counting, home_key, opened, phone, stranger, tablet};
use crate::crypto::{self, SigningKey};
use crate::record;
use cairn_wire::{Header, Record, SlotId};

/// What is refused, each for one defect: name, the record's space as the reader takes it, bytes, word.
pub(super) fn refused(entry: &[u8], stop: &[u8]) -> Vec<(&'static str, bool, Vec<u8>, &'static str)> {
    let flipped = |bytes: &[u8], at: usize, mask: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= mask;
        bytes
    };
    let (_, content) = opened(entry);
    let author = |key: &SigningKey| {
        let public = key.public();
        move |_: &mut Header, plaintext: &mut Vec<u8>| plaintext[2..34].copy_from_slice(public.as_bytes())
    };
    vec![
        (
            "closes its slot by a flipped bit",
            true,
            flipped(entry, 1, 1),
            "not_opened",
        ),
        (
            "a record id with a flipped bit",
            true,
            flipped(entry, 18, 0x80),
            "not_opened",
        ),
        ("a slot with a flipped bit", true, flipped(entry, 34, 1), "not_opened"),
        (
            "merged further by a flipped bit",
            true,
            flipped(entry, 58, 1),
            "not_opened",
        ),
        ("a flipped bit of the body", true, flipped(entry, 300, 1), "not_opened"),
        ("an epoch nobody has the key of", true, flipped(entry, 50, 2), "no_key"),
        (
            "a tombstone that closes nothing",
            false,
            flipped(stop, 1, 1),
            "not_opened",
        ),
        ("another space's record", true, stop.to_vec(), "misplaced"),
        ("a byte short", true, entry[..entry.len() - 1].to_vec(), "malformed"),
        (
            "sealed and signed for a slot that is not its document's",
            true,
            remade(entry, Some(&phone()), |header, _| {
                header.slot = SlotId::from_bytes(counting(0x77));
            }),
            "misplaced",
        ),
        (
            "signed for another edition than its slot is of",
            true,
            remade(entry, Some(&phone()), |_, plaintext| plaintext[102] ^= 1),
            "misplaced",
        ),
        (
            "a signature with a flipped bit",
            true,
            remade(entry, None, |_, plaintext| plaintext[content - 64] ^= 1),
            "not_signed",
        ),
        (
            "a signature under another header",
            true,
            remade(entry, None, |header, _| header.merged_upto += 1),
            "not_signed",
        ),
        (
            "a number of its author's changed after it was signed",
            true,
            remade(entry, None, |_, plaintext| plaintext[34] ^= 1),
            "not_signed",
        ),
        (
            "signed by another device than it names",
            true,
            remade(entry, Some(&tablet()), |_, _| ()),
            "not_signed",
        ),
        (
            "another author in its name",
            true,
            remade(entry, None, author(&tablet())),
            "not_signed",
        ),
        (
            "by somebody who is not of the space",
            true,
            remade(entry, Some(&stranger()), author(&stranger())),
            "stranger",
        ),
    ]
}

/// A record of the home space made from another: opened, changed, signed by `author` or not at all, and sealed as it was.
fn remade(record: &[u8], author: Option<&SigningKey>, change: impl FnOnce(&mut Header, &mut Vec<u8>)) -> Vec<u8> {
    let (mut plaintext, content) = opened(record);
    let mut header = Record::parse(record).unwrap().header;
    change(&mut header, &mut plaintext);
    if let Some(author) = author {
        let digest = record::parse(&header.encode(), &plaintext).unwrap().digest;
        let signature = author.sign(&record::signed_bytes(&digest));
        plaintext[content - 64..content].copy_from_slice(signature.as_bytes());
    }
    crypto::seal(&home_key(), &header, counting(0xf0), &plaintext).unwrap()
}
