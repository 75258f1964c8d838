//! What a view shows, and what it never does. That unshared fields are absent from the bytes is tested where bytes are made.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::super::consent::tests::consent;
use super::super::mask::tests::some_bits;
use super::*;
use crate::id::EntryId;
use crate::journal::{AttachmentKind, ImportSource, Place, Position};
use proptest::prelude::*;

fn entry() -> Entry {
    let moment = |ms| Moment::new(Timestamp(ms), "Europe/Dublin").unwrap();
    Entry {
        title: "Tuesday".to_owned(),
        body: "Soup, and the long way home.".to_owned(),
        happened: moment(1_793_503_800_000),
        tags: vec![Word::new("home")],
        feelings: vec![Word::new("fizzy"), Word::new("さみしい")],
        people: vec![Word::new("Ōtsuka")],
        valence: Valence::new(-0.25),
        place: Some(Place {
            label: "the kitchen".to_owned(),
            position: Position::from_e7(515_073_510, -1_277_580),
        }),
        import: Some(ImportSource {
            source: "s".to_owned(),
            source_id: "i".to_owned(),
            extra: "x".to_owned(),
        }),
        ..Entry::blank(EntryId::from_bytes([1; 16]), moment(1_793_600_000_000))
    }
}

fn photo() -> ShownAttachment {
    ShownAttachment {
        kind: AttachmentKind::Photo,
        media_type: "image/jpeg".to_owned(),
        bytes: 2_000,
        sha256: [3; 32],
        key: [4; 32],
        width: 3,
        height: 2,
        duration_ms: 0,
        caption: Some("The river".to_owned()),
    }
}

fn built(mask: Mask) -> Result<SharedView, NotShareable> {
    SharedView::build(&entry(), &consent(entry().id, mask), 3, Timestamp(2_000))
}

#[test]
fn by_default_a_view_shows_the_words_and_the_day() {
    let view = built(Mask::default()).unwrap();
    assert_eq!(view.item.title.as_deref(), Some("Tuesday"));
    assert_eq!(view.item.body.as_deref(), Some("Soup, and the long way home."));
    assert_eq!(
        view.item.when,
        NaiveDate::from_ymd_opt(2026, 11, 1).map(SharedDate::Day)
    );
    assert!(view.item.feelings.is_empty() && view.item.tags.is_empty());
    assert_eq!(view.preference_version, 3);
}

#[test]
fn passages_stand_in_the_words_in_their_order() {
    let passages = |passages: &[&str]| {
        let passages: Vec<String> = passages.iter().map(|&passage| passage.to_owned()).collect();
        built(Mask::default()).unwrap().with_passages(&passages)
    };
    let shown = passages(&["Soup", "way home"]).unwrap();
    assert_eq!(shown.item.body.as_deref(), Some("Soup\n[…]\nway home"));
    assert!(shown.consent.is_excerpt);
    for not in [
        &["soup"][..],
        &["way home", "Soup"],
        &["Soup", "Soup"],
        &[" "],
        &[],
        &["Soup"; 33],
    ] {
        assert_eq!(passages(not).unwrap_err(), ConsentInvalid::NotAPassage, "{not:?}");
    }
    let mut follows = built(Mask::default()).unwrap();
    follows.consent.follow_edits = true;
    let refused = follows.with_passages(&["Soup".to_owned()]);
    assert_eq!(refused.unwrap_err(), ConsentInvalid::PassagesFollow);
}

#[test]
fn a_narrowed_view_shows_what_the_mask_would_have_shown() {
    let every = |when| some_bits().filter_map(move |bits| Mask::from_bits(bits, when));
    let masks: Vec<Mask> = [When::No, When::Month, When::Day, When::Exact]
        .into_iter()
        .flat_map(every)
        .collect();
    for wide in &masks {
        for narrow in masks.iter().filter(|narrow| narrow.is_within(*wide)) {
            let of = |mask| SharedItem::of(&entry(), mask).with_attachments(&[photo()], mask);
            assert_eq!(of(*wide).narrowed(*narrow), of(*narrow));
        }
    }
}

#[test]
fn a_view_is_read_purpose_notice_words() {
    let all = Mask {
        attachments: false,
        captions: false,
        ..Mask::from_bits(511, When::Day).unwrap()
    };
    let rendered = built(all).unwrap().render();
    let order: Vec<Part> = rendered.lines.iter().map(|line| line.part).collect();
    assert_eq!(
        order,
        [
            Part::Purpose,
            Part::Notice,
            Part::Title,
            Part::Body,
            Part::When,
            Part::Feelings,
            Part::Valence,
            Part::Tags,
            Part::People,
            Part::Place
        ]
    );
    assert_eq!(rendered.text(Part::Valence), Some("-0.25"));
    assert_eq!(rendered.text(Part::People), Some("Ōtsuka"));
    assert_eq!(
        rendered.text(Part::Place),
        Some("the kitchen"),
        "and not where on earth it is"
    );
    assert_eq!(rendered.text(Part::Body), Some("Soup, and the long way home."));
    assert_eq!(rendered.text(Part::Feelings), Some("fizzy · さみしい"));
    assert_eq!(rendered.from, "Marisol");
    let words = built(Mask {
        title: false,
        when: When::No,
        ..Mask::default()
    })
    .unwrap()
    .render();
    let order: Vec<Part> = words.lines.iter().map(|line| line.part).collect();
    assert_eq!(order, [Part::Purpose, Part::Notice, Part::Body]);
}

#[test]
fn a_view_of_an_attachment_alone_is_one_and_its_caption_is_another_part() {
    let only = |captions| Mask {
        attachments: true,
        captions,
        ..Mask::from_bits(0, When::No).unwrap()
    };
    let build = |mask| {
        let consent = consent(entry().id, mask);
        SharedView::build_with(&entry(), &consent, &[photo()], 3, Timestamp(2_000))
    };
    let shown = build(only(true)).unwrap().render();
    assert_eq!(shown.attachments[0].caption.as_deref(), Some("The river"));
    assert!(
        shown
            .lines
            .iter()
            .all(|line| matches!(line.part, Part::Purpose | Part::Notice))
    );
    assert_eq!(build(only(false)).unwrap().render().attachments[0].caption, None);
    let without = Mask::from_bits(1 | 32, When::No).unwrap();
    assert!(build(without).unwrap().item.attachments.is_empty());
    assert_eq!(built(only(true)).unwrap_err(), NotShareable::NothingToShow);
}

#[test]
fn a_date_is_shown_no_more_exactly_than_it_is_known() {
    let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let mut moment = entry().happened;
    moment.local_date = date(2027, 1, 17);
    let shown = |moment: &Moment, when| SharedDate::of(moment, when);
    assert_eq!(shown(&moment, When::Exact), Some(SharedDate::Exact(moment.clone())));
    assert_eq!(shown(&moment, When::Day), Some(SharedDate::Day(date(2027, 1, 17))));
    assert_eq!(shown(&moment, When::Month), Some(SharedDate::Month(date(2027, 1, 1))));
    assert_eq!(shown(&moment, When::No), None);
    moment.precision = Precision::Month;
    assert_eq!(shown(&moment, When::Exact), Some(SharedDate::Month(date(2027, 1, 1))));
    moment.precision = Precision::Season;
    assert_eq!(shown(&moment, When::Day), Some(SharedDate::Season(date(2026, 12, 1))));
    moment.local_date = date(2026, 12, 31);
    assert_eq!(shown(&moment, When::Day), Some(SharedDate::Season(date(2026, 12, 1))));
    moment.local_date = date(2026, 8, 31);
    assert_eq!(shown(&moment, When::Day), Some(SharedDate::Season(date(2026, 6, 1))));
    moment.precision = Precision::Unknown;
    assert_eq!(shown(&moment, When::Exact), None);
}

#[test]
fn no_view_is_built_of_another_entry_of_the_trash_or_of_nothing() {
    let consent = consent(entry().id, Mask::default());
    let build = |entry: &Entry| SharedView::build(entry, &consent, 0, Timestamp(0)).map(|_| ());
    assert_eq!(
        build(&Entry {
            id: EntryId::from_bytes([2; 16]),
            ..entry()
        }),
        Err(NotShareable::OtherEntry)
    );
    assert_eq!(
        build(&Entry {
            trashed: Some(Timestamp(1)),
            ..entry()
        }),
        Err(NotShareable::Trashed)
    );
    let empty = Entry {
        title: String::new(),
        body: String::new(),
        ..entry()
    };
    assert_eq!(build(&empty), Err(NotShareable::NothingToShow));
    let nothing = built(Mask {
        text: false,
        title: false,
        ..Mask::default()
    })
    .map(|_| ());
    assert_eq!(nothing, Err(NotShareable::Consent(ConsentInvalid::NoPart)));
}

proptest! {
    #[test]
    fn a_part_is_shown_exactly_when_the_mask_says_so(bits in 1_u64..512, when in 0_u64..4) {
        let mask = Mask::from_bits(bits, When::from_number(when).unwrap()).unwrap();
        let item = SharedItem::of(&entry(), mask);
        prop_assert_eq!(item.body.is_some(), mask.text);
        prop_assert_eq!(item.title.is_some(), mask.title);
        prop_assert_eq!(!item.feelings.is_empty(), mask.feelings);
        prop_assert_eq!(!item.tags.is_empty(), mask.tags);
        prop_assert_eq!(item.valence.is_some(), mask.valence);
        prop_assert_eq!(!item.people.is_empty(), mask.people);
        prop_assert_eq!(item.place.is_some(), mask.place);
        prop_assert_eq!(item.when.is_some(), mask.when != When::No);
    }
}
