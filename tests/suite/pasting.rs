//! A specialist writes for themselves, and what they paste from what is shown to them is pointed out: to them alone, and it holds back nothing.

use cairn_core::journal::Draft;
use cairn_core::profile::StatementDraft;
use cairn_core::support::{End, Mask};
use cairn_tests::{Device, Two, draft, header_of, plain_share};
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const SHOWN: &str = "We sat on the wet bench until the zeppelin had gone, and I was quiet.";
const PASTED: &str = "Today I read: on the wet bench until the zeppelin had gone, and I have been thinking.";

fn holds(device: &Device, text: &str) -> bool {
    device.engine.holds_shared_words(text).unwrap()
}

#[test]
fn words_that_are_shown_are_pointed_out_in_a_specialists_own_and_nobody_is_told() {
    let mut two = Two::agreed(1);
    assert!(!holds(&two.dee, PASTED), "nothing is shown");
    let entry = two.phone.write(SHOWN);
    two.phone.share(two.id, entry);
    two.settle();
    assert!(
        holds(&two.dee, PASTED),
        "it is shown to her, whether she has opened it or not"
    );
    assert!(!holds(&two.dee, "I too sat on the wet bench once."), "a turn of phrase");
    assert!(!holds(
        &two.dee,
        "What I learned: to wait, and to say nothing for as long as it takes."
    ));
    assert!(!holds(&two.phone, PASTED), "one's own words are one's own");
    // It is asked again and again while she types, and nothing leaves for it; what she writes is kept as it is.
    let heard = two.world.overhear();
    let space = two.dee.card().relationship.space.unwrap();
    let before = two.dee.engine.store().decrypted_pages().unwrap();
    assert!((0..20).all(|_| holds(&two.dee, PASTED)));
    assert!(
        two.dee.engine.store().decrypted_pages().unwrap() == before,
        "nothing is kept of it"
    );
    two.settle();
    assert!(heard.records().is_empty());
    let own = two.dee.write(PASTED);
    two.settle();
    let kept = two.dee.engine.store().view().entry(own).unwrap().unwrap();
    assert_eq!(kept.body, PASTED);
    assert!(!heard.records().is_empty(), "it goes to her own devices");
    let sent = heard.records();
    assert!(sent.iter().all(|record| *header_of(record).space.as_bytes() != space));
    assert!(!two.phone.holds("Today I read"));
}

#[test]
fn every_part_that_is_shown_counts_and_what_is_not_shown_does_not() {
    let mut two = Two::agreed(2);
    let part = |of: &str| format!("{of} is a word of the participant's own, and a long one of these.");
    let written = Draft {
        title: part("Title"),
        tags: vec![part("Tag")],
        feelings: vec![part("Feeling")],
        ..draft(&two.world.clock, &part("Body"))
    };
    let words = [
        written.title.clone(),
        written.body.clone(),
        part("Tag"),
        part("Feeling"),
    ];
    let entry = two.phone.engine.write(written).unwrap();
    let nothing = Mask {
        title: false,
        text: false,
        tags: false,
        feelings: false,
        ..Mask::default()
    };
    let masks = [
        Mask { title: true, ..nothing },
        Mask { text: true, ..nothing },
        Mask { tags: true, ..nothing },
        Mask {
            feelings: true,
            ..nothing
        },
    ];
    // The first words tell the parts apart: the rest of each stands in some of the others too.
    for (shown, mask) in masks.into_iter().enumerate() {
        let mut share = plain_share(two.id, entry);
        share.mask = mask;
        let share = two.phone.engine.share(share).unwrap();
        two.settle();
        for (at, words) in words.iter().enumerate() {
            let beginning: String = words.chars().take(40).collect();
            assert_eq!(holds(&two.dee, &beginning), at == shown, "{shown} {at}");
        }
        two.phone.engine.revoke(share).unwrap();
        two.settle();
    }
}

#[test]
fn what_is_stopped_over_or_locked_is_compared_with_nothing() {
    let mut two = Two::agreed(3);
    let entry = two.phone.write(SHOWN);
    let share = two.phone.share(two.id, entry);
    two.settle();
    assert!(holds(&two.dee, PASTED));
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    assert!(!holds(&two.dee, PASTED), "stopped");
    let mut dated = plain_share(two.id, entry);
    dated.end = End::At(two.phone.engine.now().plus_ms(2 * DAY_MS));
    two.phone.engine.share(dated).unwrap();
    two.settle();
    assert!(holds(&two.dee, PASTED));
    two.world.clock.advance_ms(3 * DAY_MS);
    assert!(!holds(&two.dee, PASTED), "it came to its time");
    two.phone.share(two.id, entry);
    two.settle();
    assert!(holds(&two.dee, PASTED));
    two.world.clock.advance_ms(8 * DAY_MS);
    assert!(!holds(&two.dee, PASTED), "locked until the relay was reached");
    two.dee.sync(&two.world);
    assert!(holds(&two.dee, PASTED));
}

#[test]
fn a_shown_profile_counts_until_it_is_taken_back() {
    let mut two = Two::agreed(4);
    let section = two.phone.engine.add_section("What helps").unwrap();
    let said = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new(SHOWN)
    };
    two.phone.engine.write_statement(section, said).unwrap();
    two.settle();
    assert!(!holds(&two.dee, PASTED));
    two.phone
        .engine
        .show_sections(two.id, &BTreeSet::from([section]))
        .unwrap();
    two.settle();
    assert!(holds(&two.dee, PASTED));
    assert!(!holds(&two.phone, PASTED), "one's own words are one's own");
    two.phone.engine.show_sections(two.id, &BTreeSet::new()).unwrap();
    two.settle();
    assert!(!holds(&two.dee, PASTED));
}
