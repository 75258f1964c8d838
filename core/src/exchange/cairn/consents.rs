//! `consents/<id>.json`: a consent with the fields of a receipt, how it ended, and who saw what.
//!
//! `format` `cairn-consent`, `version` 1, and
//!
//! | name | value |
//! |---|---|
//! | `id`, `relationship`, `entry` | text, an id |
//! | `consent_version`, `lease_days` | number |
//! | `participant`, `sentence`, `purpose`, `how_to_stop` | text |
//! | `recipient_key` | text, 64 digits: a public key |
//! | `parts` | list of `words title feelings tags attachments captions valence people place` |
//! | `when` | `not shown`, `month`, `day`, `exact` |
//! | `wanted` | list of what is wanted |
//! | `given`, `hold_until`, `end_at` | a time; `end_at` none unless `end` is `at` |
//! | `end` | `until_i_stop`, `at`, `with_relationship` |
//! | `follow_edits`, `excerpt`, `kept_beyond_end` | flag: it shows what is edited later, it shows passages of the words alone, it stays to its end though the relationship is over |
//! | `narrowed` | list of times: when the participant had less shown, or for a shorter time |
//! | `notice` | `{pack, text_id, version, text}` |
//! | `over` | `{how, at}`, how one of `expired ended revoked withheld`; none while it is given |
//! | `released` | a time: when it left for the relay, which is certain; none where it has not |
//! | `taken_day` | a date: when the relay first handed out what opens it, where it stood behind a gate and that is known; else absent |
//! | `opened`, `purged` | a time: when it was opened first and when it was removed there, as the other's app told; none where it told nothing |
//!
//! Earlier versions of this software did not write `excerpt`, `kept_beyond_end`, `narrowed`, `released`, `taken_day`, `opened` and `purged`.

use super::entry::{bytes32, list, read_time, text, time};
use super::people::{by_word, may_be, word_of};
use crate::exchange::export::links::hex;
use crate::support::{Consent, End, Item, Mask, Notice, Share, ShareCard, ShareState, SupportWanted, When};
use serde_json::{Value, json};

/// What the file says it is.
const FORMAT: &str = "cairn-consent";

const WHEN: [(When, &str); 4] = [
    (When::No, "not shown"),
    (When::Month, "month"),
    (When::Day, "day"),
    (When::Exact, "exact"),
];

const OVER: [(ShareState, &str); 5] = [
    (ShareState::Given, "given"),
    (ShareState::Expired, "expired"),
    (ShareState::Ended, "ended"),
    (ShareState::Revoked, "revoked"),
    (ShareState::Withheld, "withheld"),
];

/// A consent, with the fields of a receipt, and what became of it.
pub(super) fn consent(card: &ShareCard) -> Value {
    let share = &card.share;
    let Consent { item, notice, .. } = &share.consent;
    let mask = item.mask;
    let parts = [
        (mask.text, "words"),
        (mask.title, "title"),
        (mask.feelings, "feelings"),
        (mask.tags, "tags"),
        (mask.attachments, "attachments"),
        (mask.captions, "captions"),
        (mask.valence, "valence"),
        (mask.people, "people"),
        (mask.place, "place"),
    ];
    let (end, end_at) = match share.consent.end {
        End::UntilIStop => ("until_i_stop", None),
        End::At(at) => ("at", Some(time(at))),
        End::WithRelationship => ("with_relationship", None),
    };
    let wanted: Vec<&str> = share.consent.wanted.codes().collect();
    let over = |(state, at)| json!({"how": word_of(OVER, state), "at": time(at)});
    let mut value = json!({
        "format": FORMAT,
        "version": 1,
        "id": share.id().to_string(),
        "consent_version": share.consent.version,
        "relationship": card.relationship.to_string(),
        "participant": share.consent.participant,
        "recipient_key": hex(&share.consent.recipient),
        "entry": item.entry.to_string(),
        "parts": parts.iter().filter(|(shown, _)| *shown).map(|(_, part)| *part).collect::<Vec<_>>(),
        "when": word_of(WHEN, mask.when),
        "sentence": share.consent.sentence,
        "purpose": share.consent.purpose,
        "wanted": wanted,
        "given": time(share.consent.given),
        "end": end,
        "end_at": end_at,
        "how_to_stop": share.consent.how_to_stop,
        "follow_edits": share.consent.follow_edits,
        "excerpt": share.consent.is_excerpt,
        "narrowed": share.consent.narrowed.iter().map(|at| time(*at)).collect::<Vec<_>>(),
        "kept_beyond_end": share.is_kept,
        "lease_days": share.consent.lease_days,
        "notice": {"pack": notice.pack, "text_id": notice.text_id, "version": notice.version, "text": notice.text},
        "hold_until": time(share.hold_until),
        "over": share.over.map(over),
        "released": card.released.map(time),
        "opened": card.opened.map(time),
        "purged": card.purged.map(time),
    });
    if let Some(day) = card.taken {
        value["taken_day"] = Value::String(day.to_string());
    }
    value
}

/// Whether a file is a consent at all.
pub(super) fn is_consent(value: &Value) -> bool {
    value.get("format").and_then(Value::as_str) == Some(FORMAT)
}

/// The share of a file; none where it is not one that [`consent`] writes.
pub(super) fn read_consent(value: &Value) -> Option<ShareCard> {
    let of = |name: &str| value.get(name);
    let string = |name: &str| text(of(name)?);
    let mut mask = Mask::from_bits(0, by_word(WHEN, of("when")?)?)?;
    for part in of("parts")?.as_array()? {
        match part.as_str()? {
            "words" => mask.text = true,
            "title" => mask.title = true,
            "feelings" => mask.feelings = true,
            "tags" => mask.tags = true,
            "attachments" => mask.attachments = true,
            "captions" => mask.captions = true,
            "valence" => mask.valence = true,
            "people" => mask.people = true,
            "place" => mask.place = true,
            _ => return None,
        }
    }
    let wanted = list(of("wanted")?, |word| by_word(SupportWanted::ALL, word))?;
    let notice = of("notice")?;
    let consent = Consent {
        id: of("id")?.as_str()?.parse().ok()?,
        version: of("consent_version")?.as_u64()?,
        participant: string("participant")?,
        recipient: bytes32(of("recipient_key")?)?,
        item: Item {
            entry: of("entry")?.as_str()?.parse().ok()?,
            mask,
        },
        sentence: string("sentence")?,
        purpose: string("purpose")?,
        end: match of("end")?.as_str()? {
            "until_i_stop" => End::UntilIStop,
            "at" => End::At(read_time(of("end_at")?)?),
            "with_relationship" => End::WithRelationship,
            _ => return None,
        },
        given: read_time(of("given")?)?,
        notice: Notice {
            pack: text(notice.get("pack")?)?,
            text_id: text(notice.get("text_id")?)?,
            version: notice.get("version")?.as_u64()?.try_into().ok()?,
            text: text(notice.get("text")?)?,
        },
        how_to_stop: string("how_to_stop")?,
        follow_edits: of("follow_edits")?.as_bool()?,
        is_excerpt: may_be(value, "excerpt", Value::as_bool)?.unwrap_or_default(),
        narrowed: may_be(value, "narrowed", |times| list(times, read_time))?.unwrap_or_default(),
        lease_days: of("lease_days")?.as_u64()?.try_into().ok()?,
        wanted: wanted.into_iter().reduce(SupportWanted::and)?,
    };
    let over = |over: &Value| {
        let state = by_word(OVER, over.get("how")?).filter(|state| *state != ShareState::Given)?;
        Some((state, read_time(over.get("at")?)?))
    };
    Some(ShareCard {
        relationship: of("relationship")?.as_str()?.parse().ok()?,
        share: Share {
            consent,
            hold_until: read_time(of("hold_until")?)?,
            over: may_be(value, "over", over)?,
            gate: None,
            is_kept: may_be(value, "kept_beyond_end", Value::as_bool)?.unwrap_or_default(),
        },
        released: may_be(value, "released", read_time)?,
        taken: may_be(value, "taken_day", |day| day.as_str()?.parse().ok())?,
        opened: may_be(value, "opened", read_time)?,
        purged: may_be(value, "purged", read_time)?,
    })
}
