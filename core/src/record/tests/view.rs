//! What crosses a support space, and that nothing else does.

use super::*;
use crate::id::AttachmentId;
use crate::id::ShareId;
use crate::journal::{Asked, Attachment, AttachmentKind, Earlier, Energy, Place, Position, Valence};
use crate::profile::Stance;
use crate::support::*;
use chrono::NaiveDate;
use proptest::prelude::*;

pub(super) fn consent(mask: Mask) -> Consent {
    Consent::new(
        ShareId::from_bytes([0x99; 16]),
        "Marisol".to_owned(),
        [0x77; 32],
        Item {
            entry: full_entry().id,
            mask,
        },
        "One entry: words only".to_owned(),
        "Because I want you to see it".to_owned(),
        End::WithRelationship,
        Timestamp(1_794_000_000_000),
        Notice {
            pack: "generic".to_owned(),
            text_id: "n".to_owned(),
            version: 1,
            text: "Please keep this.".to_owned(),
        },
        "Choose Stop sharing.".to_owned(),
    )
}

/// An entry with a word of its own in every field that a share could leak.
fn canaries() -> (Entry, Vec<(&'static str, &'static str)>) {
    let mut entry = full_entry();
    entry.trashed = None;
    entry.title = "canary-title".to_owned();
    entry.body = "canary-body".to_owned();
    entry.happened.zone = "Canary/Happened".to_owned();
    // Instants whose bytes are ASCII, so that they can be looked for as the rest.
    entry.happened.at = Timestamp(0x1234_5678_5a5b);
    entry.written = Moment::new(Timestamp(0x2234_5678_5a5b), "Canary/Written").unwrap();
    entry.tags = vec![Word {
        folded: "canary-tag-folded".to_owned(),
        written: "canary-tag-written".to_owned(),
    }];
    entry.feelings = vec![Word {
        folded: "canary-feeling-folded".to_owned(),
        written: "canary-feeling-written".to_owned(),
    }];
    let text = |text: &str| text.to_owned();
    entry.import = Some(ImportSource {
        source: text("canary-source"),
        source_id: text("canary-id"),
        extra: text("canary-extra"),
    });
    entry.unknown = Unknown::from([(33, b"\x6ecanary-unknown".to_vec())]);
    let word = |name: &str| Word {
        folded: format!("canary-{name}-folded"),
        written: format!("canary-{name}-written"),
    };
    entry.people = vec![word("person")];
    entry.life_areas = vec![word("area")];
    entry.attachments = vec![Attachment {
        id: AttachmentId::from_bytes(*b"canary-attached-"),
        media_type: text("canary/media"),
        sha256: *b"canary-sha-of-a-photo-32-bytes-!",
        original_name: text("canary-file"),
        alt_text: text("canary-alt"),
        transcript: text("canary-transcript"),
        ..crate::journal::example::hung(1)
    }];
    // Numbers whose bytes are ASCII, too.
    entry.valence = Valence::new(f64::from_be_bytes(*b"?Vvalen!"));
    entry.energy = Energy::new(f64::from_be_bytes(*b"?Wenerg!"));
    entry.place = Some(Place {
        label: text("canary-place"),
        position: Position::from_e7(0x1a5a_5b5c, 0x2a5a_5b5c),
    });
    entry.weather = text("{\"sky\":\"canary-weather\"}");
    entry.asked = Some(Asked {
        prompt: text("canary-prompt"),
        text: text("canary-question"),
    });
    entry.replies_to = Some(EntryId::from_bytes(*b"canary-replies-!"));
    entry.earlier = Some(Earlier {
        edition: 6,
        heads: vec![*b"canary-heads-of-an-edition-32-b!"],
    });
    let fields = vec![
        ("title", "canary-title"),
        ("body", "canary-body"),
        ("feelings", "canary-feeling-written"),
        ("tags", "canary-tag-written"),
        ("zone", "Canary/Happened"),
        ("time of day", "\u{12}4VxZ["),
        ("", "\u{22}4VxZ["),
        ("", "Canary/Written"),
        ("", "canary-tag-folded"),
        ("", "canary-feeling-folded"),
        ("", "canary-source"),
        ("", "canary-id"),
        ("", "canary-extra"),
        ("", "canary-unknown"),
        ("people", "canary-person-written"),
        ("", "canary-person-folded"),
        ("", "canary-area-written"),
        ("", "canary-area-folded"),
        ("", "canary-attached-"),
        ("", "canary/media"),
        ("", "canary-sha-of-a-photo-32-bytes-!"),
        ("", "canary-file"),
        ("", "canary-alt"),
        ("", "canary-transcript"),
        ("valence", "?Vvalen!"),
        ("", "?Wenerg!"),
        ("place", "canary-place"),
        ("", "\u{1a}Z[\\"),
        ("", "*Z[\\"),
        ("", "canary-weather"),
        ("", "canary-prompt"),
        ("", "canary-question"),
        ("", "canary-replies-!"),
        ("", "canary-heads-of-an-edition-32-b!"),
    ];
    (entry, fields)
}

#[test]
fn the_canaries_can_be_found() {
    let (entry, fields) = canaries();
    let bytes = encode_entry(&entry);
    for (_, canary) in fields {
        assert!(
            bytes.windows(canary.len()).any(|window| window == canary.as_bytes()),
            "{canary}"
        );
    }
}

proptest! {
    #[test]
    fn no_byte_of_an_unshared_field_is_ever_in_a_view(bits in 1_u64..512, when in 0_u64..4) {
        let mask = Mask::from_bits(bits, When::from_number(when).unwrap()).unwrap();
        let (entry, fields) = canaries();
        // Of attachments copies are shown, and here are none.
        let shows_nothing = Mask { attachments: false, captions: false, ..mask }.is_empty();
        prop_assume!(!shows_nothing);
        let view = SharedView::build(&entry, &consent(mask), 2, Timestamp(5)).unwrap();
        let bytes = encode_view(&view);
        for (field, canary) in fields {
            let shown = match field {
                "title" => mask.title,
                "body" => mask.text,
                "feelings" => mask.feelings,
                "tags" => mask.tags,
                "people" => mask.people,
                "valence" => mask.valence,
                "place" => mask.place,
                "zone" | "time of day" => mask.when == When::Exact,
                _ => false,
            };
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            prop_assert_eq!(found, shown, "{}", canary);
        }
        let date = bytes.windows(10).any(|window| window == entry.happened.local_date.to_string().as_bytes());
        prop_assert_eq!(date, matches!(mask.when, When::Day | When::Exact));
        prop_assert_eq!(decode_view(&bytes), Ok(view));
    }

    #[test]
    fn no_mutation_of_a_view_does_harm(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (entry, _) = canaries();
        let everything = Mask::from_bits(0b1_1111_1111, When::Exact).unwrap();
        let mut bytes = encode_view(&SharedView::build(&entry, &consent(everything), 2, Timestamp(5)).unwrap());
        *at.get_mut(&mut bytes) = byte;
        if let Ok(view) = decode_view(&bytes) {
            prop_assert_eq!(encode_view(&view), bytes);
        }
    }
}

#[test]
fn a_consent_reads_back_with_every_end() {
    for end in [
        End::UntilIStop,
        End::At(Timestamp(1_800_000_000_000)),
        End::WithRelationship,
    ] {
        for follow_edits in [false, true] {
            let consent = Consent {
                end,
                follow_edits,
                lease_days: 0,
                wanted: SupportWanted::LISTENING,
                is_excerpt: !follow_edits,
                narrowed: (0..i64::from(follow_edits)).map(Timestamp).collect(),
                ..consent(Mask::default())
            };
            let bytes = encode_consent(&consent);
            assert_eq!(check_canonical(&bytes), Ok(()));
            assert_eq!(decode_consent(&bytes), Ok(consent));
        }
    }
}

#[test]
fn what_may_restrict_a_view_is_not_passed_over() {
    let consent = encode_consent(&consent(Mask::default()));
    assert_eq!(consent[0], 0xac);
    let with = |added: &[u8]| decode_consent(&[&[0xad], &consent[1..], added].concat()).map(|_| ());
    assert_eq!(with(&[0x0d, 0x01]), Err(RecordError::NotCanonical), "what is not said");
    assert_eq!(with(&[0x0d, 0x03]), Ok(()));
    assert_eq!(with(&[0x0d, 0x18, 0x80]), Err(RecordError::TooNew));
    assert_eq!(with(&[0x0e, 0x01]), Err(RecordError::TooNew));
    assert_eq!(with(&[0x18, 0x1f, 0x01]), Err(RecordError::TooNew));
    assert_eq!(with(&[0x18, 0x20, 0xf5]), Ok(()));
    assert_eq!(
        with(&[0x18, 0x20, 0xf4]),
        Err(RecordError::NotCanonical),
        "what is not said"
    );
    assert_eq!(with(&[0x18, 0x21, 0x82, 0x01, 0x02]), Ok(()));
    for not in [
        &[0x18, 0x21, 0x80][..],
        &[0x18, 0x21, 0x82, 0x02, 0x02],
        &[0x18, 0x21, 0x82, 0x02, 0x01],
    ] {
        assert_eq!(with(not), Err(RecordError::NotCanonical), "{not:?}");
    }
    assert_eq!(with(&[0x18, 0x21, 0x98, 65]), Err(RecordError::TooLarge));
    assert_eq!(with(&[0x18, 0x22, 0x01]), Ok(()));
}

#[test]
fn a_stop_reads_back_and_a_newer_one_still_stops() {
    for state in [ShareState::Expired, ShareState::Ended, ShareState::Revoked] {
        let stop = consent(Mask::default()).stop(state, Timestamp(-1));
        assert_eq!(decode_stop(&encode_stop(&stop)), Ok(stop));
    }
    let stop = consent(Mask::default()).stop(ShareState::Revoked, Timestamp(7));
    let bytes = encode_stop(&stop);
    let state_at = bytes.len() - 3;
    assert_eq!(bytes[state_at], 3);
    let with = |state: u8| {
        let mut bytes = bytes.clone();
        bytes[state_at] = state;
        decode_stop(&bytes)
    };
    assert_eq!(with(9), Ok(stop));
    // Nobody is told of a share that never left.
    assert_eq!(with(ShareState::Withheld.number()), Ok(stop));
    assert_eq!(with(0), Err(RecordError::Malformed));
}

#[test]
fn a_season_and_a_month_read_back() {
    let date = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let (entry, _) = canaries();
    for when in [SharedDate::Season(date), SharedDate::Month(date), SharedDate::Day(date)] {
        let mut view = SharedView::build(&entry, &consent(Mask::default()), 2, Timestamp(5)).unwrap();
        view.item.when = Some(when);
        assert_eq!(decode_view(&encode_view(&view)), Ok(view));
    }
}

#[test]
fn a_shared_profile_reads_back_and_an_unknown_stance_is_none() {
    let statement = |text: &str, stance| SharedStatement {
        text: text.to_owned(),
        stance,
        because: String::new(),
        when: String::new(),
    };
    let section = SharedSection {
        name: "Paths".to_owned(),
        statements: vec![
            statement("meditation", Some(Stance::NotForMe)),
            statement("walks", None),
        ],
    };
    let profile = SharedProfile {
        version: 4,
        address: SharedAddress::default(),
        sections: vec![
            section,
            SharedSection {
                name: "さ".to_owned(),
                statements: vec![],
            },
        ],
    };
    let bytes = encode_shared_profile(&profile);
    assert_eq!(check_canonical(&bytes), Ok(()));
    assert_eq!(decode_shared_profile(&bytes), Ok(profile));
    let mut newer = bytes.clone();
    let at = bytes.windows(10).position(|window| window == b"not_for_me").unwrap();
    newer[at..at + 10].copy_from_slice(b"for_nobody");
    assert_eq!(
        decode_shared_profile(&newer).unwrap().sections[0].statements[0].stance,
        None
    );
}

#[test]
fn a_shown_reason_and_a_time_read_back_and_stand_only_where_there_are_statements_for_them() {
    let statement = |text: &str, because: &str, when: &str| SharedStatement {
        text: text.to_owned(),
        stance: None,
        because: because.to_owned(),
        when: when.to_owned(),
    };
    let section = |name: &str, statements| SharedSection {
        name: name.to_owned(),
        statements,
    };
    let profile = SharedProfile {
        version: 1,
        address: SharedAddress::default(),
        sections: vec![
            section(
                "Paths",
                vec![statement("walks", "", "in the mornings"), statement("sewing", "", "")],
            ),
            section("Reach", vec![statement("no calls", "they frighten me", "")]),
        ],
    };
    let bytes = encode_shared_profile(&profile);
    assert_eq!(check_canonical(&bytes), Ok(()));
    assert_eq!(decode_shared_profile(&bytes), Ok(profile));
    // The last array of pairs has one pair; with none it fits no statement.
    let mut cut = bytes.clone();
    let pair = cut.windows(2).rposition(|window| window == [0x81, 0x82]).unwrap();
    cut[pair] = 0x80;
    cut.truncate(pair + 1);
    assert_eq!(decode_shared_profile(&cut), Err(RecordError::Malformed));
}

#[test]
fn a_shown_name_and_pronouns_read_back_and_stand_in_the_middle_of_sentences() {
    let address = |name: &str, pronouns: &str| SharedProfile {
        address: SharedAddress {
            name: name.to_owned(),
            pronouns: pronouns.to_owned(),
            languages: Vec::new(),
        },
        ..SharedProfile::nothing(3)
    };
    for profile in [
        address("Mari", ""),
        address("", "sie/ihr"),
        address("Mari さ", "they/them"),
    ] {
        let bytes = encode_shared_profile(&profile);
        assert_eq!(check_canonical(&bytes), Ok(()));
        assert_eq!(decode_shared_profile(&bytes), Ok(profile));
    }
    // Who shows neither says it as they did before there were any.
    assert_eq!(encode_shared_profile(&address("", "")), [0xa2, 0x00, 0x03, 0x01, 0x80]);
    for bad in [address("Mari\n", ""), address("", &"x".repeat(201))] {
        assert_eq!(
            decode_shared_profile(&encode_shared_profile(&bad)),
            Err(RecordError::Malformed)
        );
    }
    let empty = [0xa3, 0x00, 0x03, 0x01, 0x80, 0x18, 33, 0x60];
    assert_eq!(decode_shared_profile(&empty), Err(RecordError::NotCanonical));
}

#[test]
fn shown_languages_read_back_and_only_tags_in_their_one_spelling_do() {
    let languages = |tags: &[&str]| SharedProfile {
        address: SharedAddress {
            languages: tags.iter().map(|&tag| tag.to_owned()).collect(),
            ..SharedAddress::default()
        },
        ..SharedProfile::nothing(3)
    };
    let profile = languages(&["ase", "de-CH"]);
    let bytes = encode_shared_profile(&profile);
    assert_eq!(check_canonical(&bytes), Ok(()));
    assert_eq!(decode_shared_profile(&bytes), Ok(profile));
    for bad in [&["DE-ch"][..], &["Deutsch"], &["und"], &[""], &["ase", "ase"]] {
        assert_eq!(
            decode_shared_profile(&encode_shared_profile(&languages(bad))),
            Err(RecordError::Malformed),
            "{bad:?}"
        );
    }
    let many: Vec<String> = (b'a'..b'r').map(|letter| format!("q{}", char::from(letter))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(decode_shared_profile(&encode_shared_profile(&languages(&many[1..]))).is_ok());
    assert_eq!(
        decode_shared_profile(&encode_shared_profile(&languages(&many))),
        Err(RecordError::TooLarge)
    );
    let empty = [0xa3, 0x00, 0x03, 0x01, 0x80, 0x18, 35, 0x80];
    assert_eq!(decode_shared_profile(&empty), Err(RecordError::NotCanonical));
}

fn shown(caption: Option<&str>) -> ShownAttachment {
    ShownAttachment {
        kind: AttachmentKind::Audio,
        media_type: "audio/mp4".to_owned(),
        bytes: 40_000,
        sha256: [3; 32],
        key: [4; 32],
        width: 0,
        height: 0,
        duration_ms: 2_500,
        caption: caption.map(str::to_owned),
    }
}

fn with_attachments(attachments: Vec<ShownAttachment>) -> SharedView {
    let mask = Mask {
        attachments: true,
        captions: true,
        ..Mask::from_bits(0, When::No).unwrap()
    };
    SharedView {
        gated: None,
        consent: consent(mask),
        preference_version: 0,
        built: Timestamp(5),
        item: SharedItem {
            attachments,
            ..SharedItem::default()
        },
    }
}

#[test]
fn attachments_read_back_and_those_beyond_their_bounds_are_refused() {
    let photo = ShownAttachment {
        kind: AttachmentKind::Photo,
        width: 4_000,
        height: 3_000,
        duration_ms: 0,
        ..shown(Some("The river"))
    };
    let view = with_attachments(vec![shown(None), photo]);
    let bytes = encode_view(&view);
    assert_eq!(check_canonical(&bytes), Ok(()));
    assert_eq!(decode_view(&bytes), Ok(view));
    let refused = |attachments| decode_view(&encode_view(&with_attachments(attachments))).map(|_| ());
    assert_eq!(refused(vec![shown(None); 32]), Ok(()));
    assert_eq!(refused(vec![shown(None); 33]), Err(RecordError::TooLarge));
    let long = "a".repeat(2_001);
    for too_large in [
        ShownAttachment {
            bytes: crate::limits::ATTACHMENT_BYTES_MAX + 1,
            ..shown(None)
        },
        ShownAttachment {
            media_type: String::new(),
            ..shown(None)
        },
        ShownAttachment {
            media_type: "m".repeat(501),
            ..shown(None)
        },
        shown(Some("")),
        shown(Some(&long)),
    ] {
        assert_eq!(refused(vec![too_large]), Err(RecordError::TooLarge));
    }
}

proptest! {
    #[test]
    fn no_mutation_of_attachments_does_harm(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode_view(&with_attachments(vec![shown(Some("The river")), shown(None)]));
        *at.get_mut(&mut bytes) = byte;
        if let Ok(view) = decode_view(&bytes) {
            prop_assert_eq!(encode_view(&view), bytes);
        }
    }
}
