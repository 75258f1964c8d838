//! Two specialists beside one participant, and nothing of the one in what is bound for the other.
//!
//! What is bound for a specialist is every record of the space that they share with the participant, as it was before it was sealed, with its header; what is shown of attachments;
//! and whatever is in the database of their device in the end. In none of it stands a word, a name, an id, a hash or a key of the other relationship, in any spelling, nor of what is
//! the participant's alone. And who else there is changes nothing of it but what is random: not its order, its kinds, its lengths.

mod belongings;
mod lived;

use belongings::{Belongings, spellings};
use cairn_core::crypto::{self, EpochKey};
use cairn_core::record::{self, Inside, Kind};
use cairn_tests::{Overheard, header_of};
use cairn_wire::Header;
use lived::{Beside, Lives};
use std::collections::{BTreeSet, HashMap};

/// A record of a space, as it was before it was sealed.
pub(super) struct Opened {
    header: Header,
    hash: [u8; 32],
    plaintext: Vec<u8>,
    inside: Inside,
}

/// Every record that was ever sent to a relationship's space.
fn opened(overheard: &Overheard, beside: &Beside) -> Vec<Opened> {
    let space = beside.space();
    let view = beside.device.engine.store().view();
    let records = overheard.records().into_iter();
    records
        .filter(|record| header_of(record).space == space.id)
        .map(|sealed| {
            let header = header_of(&sealed);
            let key = view
                .epoch_key(space.id, header.epoch)
                .unwrap()
                .expect("the specialist has every key");
            let plaintext = crypto::open(&EpochKey::from_bytes(*key), &sealed).unwrap();
            let inside = record::parse(&header.encode(), &plaintext).unwrap().inside;
            let hash = *cairn_wire::Record::parse(&sealed).unwrap().hash().as_bytes();
            Opened {
                header,
                hash,
                plaintext: plaintext.to_vec(),
                inside,
            }
        })
        .collect()
}

/// Everything that was bound for a specialist, each with what it is.
fn bound_for(lives: &mut Lives, who: usize) -> Vec<(String, Vec<u8>)> {
    let mut buffers = Vec::new();
    for (at, one) in opened(&lives.overheard, &lives.besides[who]).into_iter().enumerate() {
        let what = format!("record {at}, {:?}", one.inside.kind);
        buffers.push((format!("{what}: header"), one.header.encode().to_vec()));
        // Twice: as it was sealed, where words are squeezed together, and as it is read.
        buffers.push((format!("{what}: plaintext"), one.plaintext));
        buffers.push((format!("{what}: projection"), one.inside.projection));
    }
    let beside = &mut lives.besides[who];
    buffers.extend(
        beside
            .shown_files()
            .into_iter()
            .map(|bytes| ("what is attached".to_owned(), bytes)),
    );
    buffers.push(("the device in the end".to_owned(), beside.device.pages()));
    buffers
}

/// Which of these stand in a buffer, by what they are.
fn found<'a>(belongings: &'a Belongings, buffer: &[u8]) -> BTreeSet<&'a str> {
    let folded = buffer.to_ascii_lowercase();
    let holds = |word: &str| folded.windows(word.len()).any(|at| at == word.as_bytes());
    let words = belongings.words.iter().filter(|word| holds(word)).map(String::as_str);
    let mut found: BTreeSet<&str> = words.collect();
    let mut by_beginning: HashMap<&[u8], Vec<(&[u8], &str)>> = HashMap::new();
    for (spelling, what) in &belongings.spellings {
        by_beginning.entry(&spelling[..8]).or_default().push((spelling, what));
    }
    for (at, beginning) in buffer.windows(8).enumerate() {
        let Some(some) = by_beginning.get(beginning) else {
            continue;
        };
        found.extend(
            some.iter()
                .filter(|(spelling, _)| buffer[at..].starts_with(spelling))
                .map(|(_, what)| *what),
        );
    }
    found
}

#[test]
fn nothing_that_is_bound_for_one_specialist_holds_a_word_name_id_hash_or_key_of_the_other() {
    let mut lives = lived::lives(1, 2);
    let kinds = |lives: &Lives, who: usize| -> BTreeSet<Kind> {
        opened(&lives.overheard, &lives.besides[who])
            .iter()
            .map(|one| one.inside.kind)
            .collect()
    };
    let of_two = Kind::ALL
        .into_iter()
        .filter(|kind| lived::IS_OF_TWO.contains(kind))
        .collect::<BTreeSet<_>>();
    for who in [0, 1] {
        assert_eq!(
            kinds(&lives, who),
            of_two,
            "everything that two people say to each other is said"
        );
    }
    let all = [0, 1].map(|who| Belongings::of(&lives, who));
    let own = Belongings::of_the_participant_alone(&lives);
    for who in [0, 1] {
        let buffers = bound_for(&mut lives, who);
        assert!(buffers.len() > 150, "{}", buffers.len());
        let mut seen = BTreeSet::new();
        for (what, buffer) in &buffers {
            assert_eq!(
                found(&all[1 - who], buffer),
                BTreeSet::new(),
                "of the other relationship, in {what}"
            );
            assert_eq!(
                found(&own, buffer),
                BTreeSet::new(),
                "of the participant's own, in {what}"
            );
            seen.extend(found(&all[who], buffer));
        }
        // Were the search blind, it would not find where they are what is of this relationship itself.
        let missing: Vec<&str> = Belongings::WHAT
            .into_iter()
            .filter(|what| !seen.contains(what))
            .collect();
        assert_eq!(missing, [""; 0]);
        assert!(
            all[who].words.iter().all(|word| seen.contains(word.as_str())),
            "{seen:?}"
        );
    }
}

#[test]
fn an_id_is_noticed_in_every_spelling() {
    let id = *uuid::Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef).as_bytes();
    let belongings = Belongings {
        words: BTreeSet::from(["dotterel".to_owned()]),
        spellings: spellings(&id).into_iter().map(|spelling| (spelling, "an id")).collect(),
    };
    for spelled in [
        "0123456789ab4def8123456789abcdef",
        "01234567-89AB-4DEF-8123-456789ABCDEF",
        "ASNFZ4mrTe-BI0VniavN7w",
        "1512366075204171000",
    ] {
        let is_found = !found(&belongings, format!("xx{spelled}yy").as_bytes()).is_empty();
        assert_eq!(is_found, spelled.len() > 20, "{spelled}");
    }
    let reversed: Vec<u8> = id.iter().rev().copied().collect();
    assert_eq!(found(&belongings, &reversed), BTreeSet::from(["an id"]));
    assert_eq!(found(&belongings, b"a DOTTEREL, or two"), BTreeSet::from(["dotterel"]));
    assert_eq!(found(&belongings, &id[..15]), BTreeSet::new());
}

/// What there is to see of a record without knowing any of its random bytes.
fn shape(one: &Opened) -> (Kind, u32, u64, u16, u32, usize) {
    let header = &one.header;
    (
        one.inside.kind,
        header.epoch,
        header.merged_upto,
        header.expires_day,
        header.length,
        one.inside.projection.len(),
    )
}

#[test]
fn what_is_bound_for_a_specialist_has_the_same_shape_whoever_else_there_is() {
    let shapes = |count: usize| {
        let lives = lived::lives(2, count);
        let all = opened(&lives.overheard, &lives.besides[0]);
        all.iter().map(shape).collect::<Vec<_>>()
    };
    let [alone, beside_another] = [1, 2].map(shapes);
    assert!(alone.len() > 40, "{}", alone.len());
    assert_eq!(beside_another, alone);
}
