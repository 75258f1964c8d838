//! A share: a consent on its way from held to given to over, kept on the participant's own devices.
//!
//! Kept as fields of the relationship, under `share/<id>/`:
//!
//! | name | value |
//! |---|---|
//! | `given` | number, ms: the share is there while this is |
//! | `hold` | number, ms: nothing leaves the device before |
//! | `version`, `parts`, `when`, `lease_days` | number |
//! | `wanted` | number, bits of [`SupportWanted`]; absent for listening alone |
//! | `entry`, `recipient` | bytes, 16 and 32 |
//! | `participant`, `sentence`, `purpose`, `how_to_stop` | text |
//! | `end` | text `until_i_stop`, `at`, `with_relationship`; `end_at` number, ms |
//! | `notice/pack`, `notice/text_id`, `notice/text` | text; `notice/version` number |
//! | `follow` | number 1; absent for a snapshot |
//! | `excerpt` | number 1 where passages of the words are shown; else absent |
//! | `copy/<attachment>` | bytes, 32: what the copy of this attachment of the entry is sealed under |
//! | `less/text`, `less/title`, `less/feelings`, `less/tags`, `less/attachments`, `less/captions`, `less/valence`, `less/people`, `less/place` | number, ms: since when this part is shown no more |
//! | `less/exact`, `less/day`, `less/month` | number, ms: since when the time is shown less exactly than this |
//! | `until/<ms>` | number, ms: when it was decided that it ends by then; the earliest counts |
//! | `gate` | bytes, 32: from what the halves of its gate's keys follow; absent without a gate |
//! | `kept` | number 1 where it stays to its end though the relationship is over |
//! | `expired`, `ended`, `revoked`, `withheld` | number, ms: each written once; of several the most restrictive counts |
//!
//! What narrows a share is written beside what was agreed to, each under a name of its own, and never taken back: whatever devices decide apart, all of it
//! counts. The version of the consent is that of the first, and one more for each of them.

use super::{Consent, ConsentInvalid, End, Item, Mask, Notice, SupportWanted, When};
use crate::clock::Timestamp;
use crate::id::{AttachmentId, EntryId, ShareId};
use crate::limits;
use crate::profile::{Changes, Field, Fields};

/// Where a share stands. The order is from open to most restrictive; a share only moves that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ShareState {
    /// Given, and not over.
    Given = 0,
    /// The time it was given for is over.
    Expired = 1,
    /// The relationship it was part of has ended.
    Ended = 2,
    /// The participant stopped it.
    Revoked = 3,
    /// It never left: when it would have, its entry was erased, in the trash, or marked never to be shared. Nobody is told.
    Withheld = 4,
}

impl ShareState {
    /// All of them, from open to most restrictive.
    pub const ALL: [Self; 5] = [Self::Given, Self::Expired, Self::Ended, Self::Revoked, Self::Withheld];

    /// Its number in the data.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The state with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| u64::from(state.number()) == number)
    }

    /// The name its time is kept under; none for [`Self::Given`], which is kept by the consent.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Given => None,
            Self::Expired => Some("expired"),
            Self::Ended => Some("ended"),
            Self::Revoked => Some("revoked"),
            Self::Withheld => Some("withheld"),
        }
    }
}

/// From what the halves of the keys follow behind which a share stands. The participant's devices have it, and nobody else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GateSecret(pub [u8; 32]);

/// Shows nothing.
impl std::fmt::Debug for GateSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GateSecret(…)")
    }
}

/// One share of a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What was agreed to.
    pub consent: Consent,
    /// Nothing leaves the device before this time.
    pub hold_until: Timestamp,
    /// Whether it stays to its end though the relationship is over.
    pub is_kept: bool,
    /// Where nothing of it can be read before the relay has handed out half of its key.
    pub gate: Option<GateSecret>,
    /// How and when it ended, once it has.
    pub over: Option<(ShareState, Timestamp)>,
}

impl Share {
    /// A share that waits until `hold_until`.
    pub const fn new(consent: Consent, hold_until: Timestamp) -> Self {
        Self {
            consent,
            hold_until,
            is_kept: false,
            gate: None,
            over: None,
        }
    }

    /// Its name.
    pub const fn id(&self) -> ShareId {
        self.consent.id
    }

    /// Where it stands at a time.
    pub fn state(&self, now: Timestamp) -> ShareState {
        match self.over {
            Some((state, _)) => state,
            None if self.consent.is_expired(now) => ShareState::Expired,
            None => ShareState::Given,
        }
    }

    /// Whether it still waits on the device, and can be cancelled without a trace.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.over.is_none() && now < self.hold_until
    }

    /// Whether a view of it may leave the device.
    pub fn may_leave(&self, now: Timestamp) -> bool {
        now >= self.hold_until && self.state(now) == ShareState::Given
    }

    /// All shares of a relationship, in the order in which they were given. What cannot be read here is left where it is.
    pub fn all(fields: &Fields) -> Vec<Self> {
        let given = fields
            .keys()
            .filter_map(|name| name.strip_prefix("share/")?.strip_suffix("/given"));
        let mut shares: Vec<Self> = given
            .filter_map(|id| id.parse().ok())
            .filter_map(|id| Self::from_fields(fields, id))
            .collect();
        shares.sort_by_key(|share| (share.consent.given, share.id()));
        shares
    }

    /// One share of a relationship, if it is there.
    pub fn from_fields(fields: &Fields, id: ShareId) -> Option<Self> {
        let part = |part: &str| fields.get(&named(id, part));
        let text = |name: &str| part(name)?.text().map(str::to_owned);
        let number = |name: &str| part(name)?.number();
        let unsigned = |name: &str| number(name).and_then(|number| u64::try_from(number).ok());
        let when = When::from_number(unsigned("when")?)?;
        let consent = Consent {
            id,
            version: unsigned("version")?,
            participant: text("participant")?,
            recipient: part("recipient")?.array()?,
            item: Item {
                entry: EntryId::from_bytes(part("entry")?.array()?),
                mask: Mask::from_bits(unsigned("parts")?, when)?,
            },
            sentence: text("sentence")?,
            purpose: text("purpose")?,
            end: match text("end")?.as_str() {
                "until_i_stop" => End::UntilIStop,
                "at" => End::At(Timestamp(number("end_at")?)),
                "with_relationship" => End::WithRelationship,
                _ => return None,
            },
            given: Timestamp(number("given")?),
            notice: Notice {
                pack: text("notice/pack")?,
                text_id: text("notice/text_id")?,
                version: unsigned("notice/version").and_then(|version| u32::try_from(version).ok())?,
                text: text("notice/text")?,
            },
            how_to_stop: text("how_to_stop")?,
            follow_edits: number("follow") == Some(1),
            lease_days: unsigned("lease_days").and_then(|days| u16::try_from(days).ok())?,
            wanted: match unsigned("wanted") {
                None => SupportWanted::default(),
                Some(bits) => SupportWanted::from_bits(bits)?,
            },
            is_excerpt: number("excerpt") == Some(1),
            narrowed: Vec::new(),
        };
        let consent = narrowed(fields, consent);
        let over = ShareState::ALL
            .into_iter()
            .rev()
            .find_map(|state| state.name().and_then(number).map(|at| (state, Timestamp(at))));
        Some(Self {
            consent,
            hold_until: Timestamp(number("hold")?),
            is_kept: number("kept") == Some(1),
            gate: part("gate").and_then(Field::array).map(GateSecret),
            over,
        })
    }

    /// The changes that keep a new share.
    pub fn changes(&self) -> Changes {
        let consent = &self.consent;
        let text = |text: &str| Some(Field::Text(text.to_owned()));
        let number = |number: i64| Some(Field::Number(number));
        let (end, end_at) = match consent.end {
            End::UntilIStop => ("until_i_stop", None),
            End::At(at) => ("at", number(at.0)),
            End::WithRelationship => ("with_relationship", None),
        };
        let mut parts = vec![
            ("given", number(consent.given.0)),
            ("hold", number(self.hold_until.0)),
            ("version", number(i64::try_from(consent.version).unwrap_or(i64::MAX))),
            ("participant", text(&consent.participant)),
            ("recipient", Some(Field::Bytes(consent.recipient.to_vec()))),
            ("entry", Some(Field::Bytes(consent.item.entry.as_bytes().to_vec()))),
            ("parts", number(consent.item.mask.bits().into())),
            ("when", number(consent.item.mask.when.number().into())),
            ("sentence", text(&consent.sentence)),
            ("purpose", text(&consent.purpose)),
            ("end", text(end)),
            ("notice/pack", text(&consent.notice.pack)),
            ("notice/text_id", text(&consent.notice.text_id)),
            ("notice/version", number(consent.notice.version.into())),
            ("notice/text", text(&consent.notice.text)),
            ("how_to_stop", text(&consent.how_to_stop)),
            ("lease_days", number(consent.lease_days.into())),
        ];
        parts.extend(end_at.map(|at| ("end_at", Some(at))));
        parts.extend(consent.follow_edits.then(|| ("follow", number(1))));
        parts.extend(self.gate.map(|gate| ("gate", Some(Field::Bytes(gate.0.to_vec())))));
        parts.extend(consent.is_excerpt.then(|| ("excerpt", number(1))));
        let has_wanted = consent.wanted != SupportWanted::default();
        parts.extend(has_wanted.then(|| ("wanted", number(consent.wanted.bits().into()))));
        parts
            .into_iter()
            .map(|(part, value)| (named(self.id(), part), value))
            .collect()
    }

    /// The changes that keep what the copies of these attachments are sealed under, with a new share.
    pub fn copied(&self, copies: &[(AttachmentId, [u8; 32])]) -> Changes {
        let copies = copies.iter();
        copies
            .map(|(attachment, key)| {
                let name = named(self.id(), &format!("copy/{attachment}"));
                (name, Some(Field::Bytes(key.to_vec())))
            })
            .collect()
    }

    /// Of which attachments of its entry a share shows copies, and what each of these is sealed under.
    pub fn copies(fields: &Fields, id: ShareId) -> Vec<(AttachmentId, [u8; 32])> {
        let prefix = named(id, "copy/");
        let found = fields
            .iter()
            .filter_map(|(name, key)| Some((name.strip_prefix(&prefix)?.parse().ok()?, key.array()?)));
        found.collect()
    }

    /// The changes after which it shows these parts, and ends by this time; none where it is so already.
    ///
    /// # Errors
    /// [`ConsentInvalid::Widens`], [`ConsentInvalid::NoPart`], [`ConsentInvalid::EndsBeforeItBegins`], [`ConsentInvalid::NarrowedTooOften`].
    pub fn narrowed(&self, mask: Mask, until: Option<Timestamp>, now: Timestamp) -> Result<Changes, ConsentInvalid> {
        let (shown, consent) = (self.consent.item.mask, &self.consent);
        if !mask.is_within(shown) || matches!((consent.end, until), (End::At(at), Some(until)) if until > at) {
            return Err(ConsentInvalid::Widens);
        }
        if mask.is_empty() {
            return Err(ConsentInvalid::NoPart);
        }
        if until.is_some_and(|until| until <= now) {
            return Err(ConsentInvalid::EndsBeforeItBegins);
        }
        let mut names: Vec<String> = LESS
            .into_iter()
            .filter(|(_, less)| mask.is_within(less(shown)) && less(shown) != shown)
            .map(|(name, _)| name.to_owned())
            .collect();
        names.extend(
            until
                .filter(|until| consent.end != End::At(*until))
                .map(|until| format!("until/{}", until.0)),
        );
        if !names.is_empty() && consent.narrowed.len() >= limits::NARROWINGS_MAX {
            return Err(ConsentInvalid::NarrowedTooOften);
        }
        let at = |name: String| (named(self.id(), &name), Some(Field::Number(now.0)));
        Ok(names.into_iter().map(at).collect())
    }

    /// The changes after which it stays readable until a time though the relationship ends.
    ///
    /// # Errors
    /// [`ConsentInvalid::NotShown`] where nothing is shown; those of [`Share::narrowed`].
    pub fn kept(&self, until: Timestamp, now: Timestamp) -> Result<Changes, ConsentInvalid> {
        if !self.may_leave(now) {
            return Err(ConsentInvalid::NotShown);
        }
        // What ends before that ends then.
        let until = match self.consent.end {
            End::At(at) => until.min(at),
            End::UntilIStop | End::WithRelationship => until,
        };
        let mut changes = self.narrowed(self.consent.item.mask, Some(until), now)?;
        changes.insert(named(self.id(), "kept"), Some(Field::Number(1)));
        Ok(changes)
    }

    /// The changes that end it. None when it is over in this way, or in a more restrictive one: nothing goes back.
    pub fn over(&self, state: ShareState, at: Timestamp) -> Changes {
        let is_news = self.over.is_none_or(|(known, _)| state > known);
        let name = state.name().filter(|_| is_news);
        name.map(|name| (named(self.id(), name), Some(Field::Number(at.0))))
            .into_iter()
            .collect()
    }

    /// The changes that take a held share away whole: it was never given. None when it no longer waits.
    pub fn cancelled(fields: &Fields, id: ShareId, now: Timestamp) -> Option<Changes> {
        Self::from_fields(fields, id).filter(|share| share.is_held(now))?;
        let prefix = named(id, "");
        Some(
            fields
                .keys()
                .filter(|name| name.starts_with(&prefix))
                .map(|name| (name.clone(), None))
                .collect(),
        )
    }
}

/// Takes something from what is shown.
type Less = fn(Mask) -> Mask;

/// What can be taken from what is shown, by the names it is kept under.
const LESS: [(&str, Less); 12] = [
    ("less/text", |mask| Mask { text: false, ..mask }),
    ("less/title", |mask| Mask { title: false, ..mask }),
    ("less/feelings", |mask| Mask {
        feelings: false,
        ..mask
    }),
    ("less/tags", |mask| Mask { tags: false, ..mask }),
    ("less/attachments", |mask| Mask {
        attachments: false,
        ..mask
    }),
    ("less/captions", |mask| Mask {
        captions: false,
        ..mask
    }),
    ("less/valence", |mask| Mask { valence: false, ..mask }),
    ("less/people", |mask| Mask { people: false, ..mask }),
    ("less/place", |mask| Mask { place: false, ..mask }),
    ("less/exact", |mask| at_most(mask, When::Day)),
    ("less/day", |mask| at_most(mask, When::Month)),
    ("less/month", |mask| at_most(mask, When::No)),
];

fn at_most(mask: Mask, when: When) -> Mask {
    Mask {
        when: mask.when.min(when),
        ..mask
    }
}

/// A consent after all that narrows it.
fn narrowed(fields: &Fields, first: Consent) -> Consent {
    let (id, mut consent) = (first.id, first);
    let mut found = Vec::new();
    for (name, less) in LESS {
        if let Some(at) = fields.get(&named(id, name)).and_then(Field::number) {
            consent.item.mask = less(consent.item.mask);
            found.push(Timestamp(at));
        }
    }
    let prefix = named(id, "until/");
    for (name, at) in fields {
        let until = name.strip_prefix(&prefix).and_then(|until| until.parse().ok());
        if let (Some(until), Some(at)) = (until, at.number()) {
            consent.end = match consent.end {
                End::At(end) => End::At(end.min(Timestamp(until))),
                End::UntilIStop | End::WithRelationship => End::At(Timestamp(until)),
            };
            found.push(Timestamp(at));
        }
    }
    consent.version = consent.version.saturating_add(found.len() as u64);
    found.sort_unstable();
    found.dedup();
    found.truncate(limits::NARROWINGS_MAX);
    consent.narrowed = found;
    consent
}

fn named(id: ShareId, part: &str) -> String {
    format!("share/{id}/{part}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::consent::tests::consent;
    use super::*;
    use crate::profile::apply;
    use proptest::prelude::*;

    fn share() -> Share {
        Share::new(
            consent(EntryId::from_bytes([1; 16]), Mask::default()),
            Timestamp(61_000),
        )
    }

    fn kept(share: &Share) -> Fields {
        let mut fields = Fields::new();
        apply(&mut fields, &share.changes());
        fields
    }

    #[test]
    fn a_share_reads_back_whole() {
        for end in [End::UntilIStop, End::At(Timestamp(99_000)), End::WithRelationship] {
            for follow_edits in [false, true] {
                let mut share = share();
                share.consent.end = end;
                share.consent.follow_edits = follow_edits;
                assert_eq!(Share::all(&kept(&share)), [share]);
            }
        }
        assert_eq!(Share::all(&Fields::new()), []);
    }

    #[test]
    fn what_narrows_a_share_adds_up_whoever_decided_it_in_whatever_order() {
        let mut wide = share();
        wide.consent.item.mask = Mask {
            feelings: true,
            when: When::Exact,
            ..Mask::default()
        };
        let words = Mask {
            text: true,
            ..Mask::from_bits(0, When::Month).unwrap()
        };
        let no_feelings = Mask {
            feelings: false,
            ..wide.consent.item.mask
        };
        let one = wide
            .narrowed(words, Some(Timestamp(90_000)), Timestamp(70_000))
            .unwrap();
        let other = wide
            .narrowed(no_feelings, Some(Timestamp(80_000)), Timestamp(71_000))
            .unwrap();
        for order in [[&one, &other], [&other, &one]] {
            let mut fields = kept(&wide);
            order.into_iter().for_each(|changes| apply(&mut fields, changes));
            let now = Share::all(&fields).remove(0).consent;
            assert_eq!((now.item.mask, now.end), (words, End::At(Timestamp(80_000))));
            // Title, feelings, exact, day; and two ends.
            assert_eq!(now.version, 1 + 6);
            assert!(now.narrowed == [Timestamp(70_000), Timestamp(71_000)] || now.narrowed.len() == 2);
        }
    }

    #[test]
    fn a_share_comes_to_show_less_and_never_more() {
        let share = share();
        let (now, mask) = (Timestamp(70_000), Mask::default());
        let more = Mask { tags: true, ..mask };
        let exact = Mask {
            when: When::Exact,
            ..mask
        };
        for wider in [more, exact] {
            assert_eq!(share.narrowed(wider, None, now), Err(ConsentInvalid::Widens));
        }
        let nothing = Mask::from_bits(0, When::Day).unwrap();
        assert_eq!(share.narrowed(nothing, None, now), Err(ConsentInvalid::NoPart));
        let past = share.narrowed(mask, Some(now), now);
        assert_eq!(past, Err(ConsentInvalid::EndsBeforeItBegins));
        assert!(share.narrowed(mask, None, now).unwrap().is_empty());
        let mut dated = share;
        dated.consent.end = End::At(Timestamp(99_000));
        let later = dated.narrowed(mask, Some(Timestamp(99_001)), now);
        assert_eq!(later, Err(ConsentInvalid::Widens));
        dated.consent.narrowed = (0..64).map(Timestamp).collect();
        let again = dated.narrowed(mask, Some(Timestamp(98_000)), now);
        assert_eq!(again, Err(ConsentInvalid::NarrowedTooOften));
    }

    #[test]
    fn what_is_kept_beyond_the_end_has_a_date_and_keeps_an_earlier_one() {
        let share = share();
        let (now, until) = (Timestamp(70_000), Timestamp(99_000));
        assert_eq!(
            share.kept(until, Timestamp(60_999)),
            Err(ConsentInvalid::NotShown),
            "it waits still"
        );
        for (end, expected) in [
            (End::WithRelationship, until),
            (End::UntilIStop, until),
            (End::At(Timestamp(80_000)), Timestamp(80_000)),
        ] {
            let mut share = share.clone();
            share.consent.end = end;
            let mut fields = kept(&share);
            apply(&mut fields, &share.kept(until, now).unwrap());
            let found = Share::all(&fields).remove(0);
            assert_eq!((found.is_kept, found.consent.end), (true, End::At(expected)));
        }
    }

    #[test]
    fn nothing_leaves_before_the_hold_ends_and_cancelling_inside_it_leaves_no_trace() {
        let share = share();
        assert!(share.is_held(Timestamp(60_999)) && !share.may_leave(Timestamp(60_999)));
        assert!(!share.is_held(Timestamp(61_000)) && share.may_leave(Timestamp(61_000)));
        let mut fields = kept(&share);
        fields.insert("name".to_owned(), Field::Text("Dee".to_owned()));
        assert_eq!(Share::cancelled(&fields, share.id(), Timestamp(61_000)), None);
        let changes = Share::cancelled(&fields, share.id(), Timestamp(60_999)).unwrap();
        apply(&mut fields, &changes);
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["name"]);
    }

    #[test]
    fn a_dated_share_expires_by_itself_and_is_never_given_again() {
        let mut share = share();
        share.consent.end = End::At(Timestamp(99_000));
        assert_eq!(share.state(Timestamp(98_999)), ShareState::Given);
        assert_eq!(share.state(Timestamp(99_000)), ShareState::Expired);
        let mut fields = kept(&share);
        apply(&mut fields, &share.over(ShareState::Expired, Timestamp(99_000)));
        // A clock that is set back does not open it again.
        assert_eq!(Share::all(&fields)[0].state(Timestamp(0)), ShareState::Expired);
        assert!(!Share::all(&fields)[0].may_leave(Timestamp(70_000)));
    }

    #[test]
    fn ending_it_twice_changes_nothing() {
        let mut fields = kept(&share());
        apply(&mut fields, &share().over(ShareState::Revoked, Timestamp(5)));
        let over = Share::all(&fields).remove(0);
        assert_eq!(over.over, Some((ShareState::Revoked, Timestamp(5))));
        assert!(over.over(ShareState::Revoked, Timestamp(6)).is_empty());
        assert!(over.over(ShareState::Expired, Timestamp(6)).is_empty());
        assert!(over.over(ShareState::Given, Timestamp(6)).is_empty());
    }

    proptest! {
        #[test]
        fn a_share_only_goes_forward_in_whatever_order_devices_end_it(
            ends in proptest::collection::vec((0_usize..5, 0_i64..100), 0..12),
        ) {
            let (mut fields, mut last) = (kept(&share()), ShareState::Given);
            for (state, at) in ends {
                // Each device acts on what it has read last, which may be the beginning.
                for read in [share(), Share::all(&fields).remove(0)] {
                    apply(&mut fields, &read.over(ShareState::ALL[state], Timestamp(at)));
                    let now = Share::all(&fields).remove(0).state(Timestamp(0));
                    prop_assert!(now >= last && now >= ShareState::ALL[state]);
                    last = now;
                }
            }
        }

        #[test]
        fn reading_is_total(part in "[a-z_/]{0,14}", number in any::<i64>()) {
            let mut fields = kept(&share());
            fields.insert(named(share().id(), &part), Field::Number(number));
            let _ = Share::all(&fields);
        }
    }
}
