//! The layout: what is written reads back, and nothing else is read.

use super::*;
use proptest::prelude::*;

#[test]
fn a_record_reads_back_with_its_digest_and_signature() {
    for inside in [untouched(), merged()] {
        let unsigned = inside.encode().unwrap();
        let (length, digest) = (unsigned.plaintext_length(), unsigned.digest(&header(7)));
        let plaintext = unsigned.signed([0x55; 64]);
        assert_eq!(plaintext.len(), length);
        assert_eq!(
            parse(&header(7), &plaintext),
            Ok(Parsed {
                inside,
                digest,
                signature: [0x55; 64]
            })
        );
    }
}

#[test]
fn the_digest_covers_the_header_and_every_byte_but_the_signature_and_the_padding() {
    let plaintext = sealed(&merged());
    let digest = parse(&header(7), &plaintext).unwrap().digest;
    assert_ne!(parse(&header(8), &plaintext).unwrap().digest, digest);
    let mut other_signature = plaintext.clone();
    let signature_at = 113 + 64 + 64;
    assert_eq!(&other_signature[signature_at..signature_at + 64], [0x55; 64]);
    other_signature[signature_at] ^= 1;
    assert_eq!(parse(&header(7), &other_signature).unwrap().digest, digest);
    for at in 2..signature_at {
        let mut mutated = plaintext.clone();
        mutated[at] ^= 1;
        if let Ok(parsed) = parse(&header(7), &mutated) {
            assert_ne!(parsed.digest, digest, "byte {at}");
        }
    }
    assert_eq!(signed_bytes(&digest).len(), 24 + 32);
}

#[test]
fn an_untouched_entry_fits_the_floor_and_lengths_tell_little() {
    assert_eq!(sealed(&untouched()).len(), 1024);
    assert_eq!(
        sealed(&Inside {
            projection: vec![0xa0],
            ..untouched()
        })
        .len(),
        1024
    );
    let incompressible: Vec<u8> = (0..20_000_u32)
        .flat_map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[..1].to_vec())
        .collect();
    let large = Inside {
        document_bytes: Some(incompressible),
        ..merged()
    };
    let length = sealed(&large).len();
    assert!(length > 20_000 && length.is_multiple_of(1024), "{length}");
}

#[test]
fn heads_and_parents_are_put_in_order_and_each_once() {
    let disorderly = Inside {
        heads: vec![[2; 32], [1; 32], [2; 32]],
        parents: [4, 3, 4, 4].map(|n| RecordHash::from_bytes([n; 32])).to_vec(),
        ..merged()
    };
    assert_eq!(sealed(&disorderly), sealed(&merged()));
    let mut plaintext = sealed(&merged());
    let heads_at = 111;
    plaintext[heads_at..heads_at + 32].fill(9);
    assert_eq!(parse(&header(7), &plaintext), Err(RecordError::NotCanonical));
}

#[test]
fn a_writer_is_held_to_the_same_bounds() {
    let error = |inside: Inside| inside.encode().map(|_| ()).unwrap_err();
    let hashes = |count: u16| (0..count).map(|n| *blake3::hash(&n.to_le_bytes()).as_bytes());
    let heads = |count| Inside {
        heads: hashes(count).collect(),
        ..merged()
    };
    assert!(heads(64).encode().is_ok());
    assert_eq!(error(heads(65)), RecordError::TooLarge);
    let parents = |count| Inside {
        parents: hashes(count).map(RecordHash::from_bytes).collect(),
        ..merged()
    };
    assert!(parents(256).encode().is_ok());
    assert_eq!(error(parents(257)), RecordError::TooLarge);
    assert_eq!(
        error(Inside {
            heads: vec![],
            ..merged()
        }),
        RecordError::Malformed
    );
    assert_eq!(
        error(Inside {
            document_bytes: None,
            ..merged()
        }),
        RecordError::Malformed
    );
    assert_eq!(
        error(Inside {
            kind: Kind::SharedView,
            ..merged()
        }),
        RecordError::Malformed
    );
    assert_eq!(
        error(Inside {
            projection: vec![0x18, 1],
            ..untouched()
        }),
        RecordError::NotCanonical
    );
    assert_eq!(
        error(Inside {
            projection: vec![],
            ..untouched()
        }),
        RecordError::Malformed
    );
    let incompressible: Vec<u8> = (0..40_000_u32)
        .flat_map(|n| *blake3::hash(&n.to_le_bytes()).as_bytes())
        .collect();
    assert_eq!(
        error(Inside {
            document_bytes: Some(incompressible),
            ..merged()
        }),
        RecordError::TooLarge
    );
}

#[test]
fn what_is_new_is_told_apart_from_what_is_broken() {
    let plaintext = sealed(&untouched());
    let with = |at: usize, byte: u8| {
        let mut plaintext = plaintext.clone();
        plaintext[at] = byte;
        parse(&header(7), &plaintext).map(|_| ())
    };
    assert_eq!(with(0, 2), Err(RecordError::TooNew), "suite");
    assert_eq!(with(1, 99), Err(RecordError::TooNew), "kind");
    assert_eq!(with(1, 0), Err(RecordError::TooNew), "kind");
    assert_eq!(with(1, 2), Ok(()), "another kind");
    assert_eq!(with(1023, 1), Err(RecordError::Malformed), "padding");
    assert_eq!(with(110, 65), Err(RecordError::TooLarge), "heads");
    assert_eq!(with(112, 2), Err(RecordError::TooLarge), "parents");
    assert_eq!(with(178, 1), Err(RecordError::Malformed), "content length");
    for length in [0, 1, 100, 1023] {
        assert_eq!(
            parse(&header(7), &plaintext[..length]),
            Err(RecordError::Malformed),
            "{length} bytes"
        );
    }
    let longer = [plaintext, vec![0; 64]].concat();
    assert_eq!(
        parse(&header(7), &longer),
        Err(RecordError::Malformed),
        "more padding than Padmé's"
    );
}

#[test]
fn every_kind_reads_back() {
    for kind in Kind::ALL {
        let inside = Inside { kind, ..untouched() };
        assert_eq!(parse(&header(7), &sealed(&inside)).unwrap().inside.kind, kind);
    }
}

#[test]
fn debug_shows_no_words() {
    let shown = format!(
        "{:?} {:?}",
        untouched(),
        parse(&header(7), &sealed(&untouched())).unwrap()
    );
    assert!(!shown.contains("bus") && !shown.contains("98, 117, 115"), "{shown}");
}

proptest! {
    #[test]
    fn no_mutation_does_harm(
        of_merged in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut plaintext = sealed(&if of_merged { merged() } else { untouched() });
        for (at, byte) in changes {
            *at.get_mut(&mut plaintext) = byte;
        }
        if let Some(cut) = cut {
            plaintext.truncate(cut.index(plaintext.len()));
        }
        if let Ok(parsed) = parse(&header(7), &plaintext) {
            // What is read can be written; no reader is more generous than the writer.
            prop_assert!(parsed.inside.encode().is_ok());
            let _ = decode_entry(parsed.inside.document, &parsed.inside.projection);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(mut bytes in proptest::collection::vec(any::<u8>(), 0..2048), pad in any::<bool>()) {
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if pad {
            bytes.resize(padded_length(bytes.len()), 0);
        }
        let _ = parse(&header(7), &bytes);
    }
}
