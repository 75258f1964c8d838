//! Values of sharing: shares, and what a specialist gets to see.

use cairn_core::clock::{Clock as _, SystemClock};
use cairn_core::id::{AttachmentId, EntryId, RelationshipId};
use cairn_core::limits;
use cairn_core::support as core;
use cairn_core::vault;
use uuid::Uuid;

use crate::{AttachmentKind, SupportWanted, Timestamp, core_instant, count, instant, silent_debug};

/// How exactly the time of an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ShownTime {
    /// Not at all.
    Hidden,
    /// The month.
    Month,
    /// The day, without the time of day.
    Day,
    /// To the minute, with the zone.
    Exact,
}

/// The parts of an entry that a share shows. Nothing else of it leaves the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Parts {
    /// How exactly the time is shown. The day is what most people mean.
    pub time: ShownTime,
    /// The text.
    #[uniffi(default = true)]
    pub body: bool,
    /// The title.
    #[uniffi(default = true)]
    pub title: bool,
    /// The feelings.
    #[uniffi(default = false)]
    pub feelings: bool,
    /// The tags.
    #[uniffi(default = false)]
    pub tags: bool,
    /// Photos, sounds and files: copies without what they say of where and by whom they were made.
    #[uniffi(default = false)]
    pub attachments: bool,
    /// What attachments show, in the person's words; with `attachments` alone.
    #[uniffi(default = false)]
    pub captions: bool,
    /// How pleasant it was, where the person said it as a number.
    #[uniffi(default = false)]
    pub valence: bool,
    /// Who was there.
    #[uniffi(default = false)]
    pub people: bool,
    /// The person's word for the place; where that is on earth, never.
    #[uniffi(default = false)]
    pub place: bool,
}

/// When a share ends by itself. Stopping it is always possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ShareEnd {
    /// When the person stops it.
    UntilIStop,
    /// At a time.
    At {
        /// The time.
        at: Timestamp,
    },
    /// When the relationship ends.
    WithRelationship,
}

/// The notice that goes with what is shown, and is read before it.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum NoticeChoice {
    /// That it is the person's, and a request not to pass it on. It speaks of no law.
    Generic,
    /// The statement of 42 CFR 2.32, for what is shown to somebody who works for a program under that rule. Show it to the person before: it claims
    /// what only such a program is bound to.
    Us42Cfr2,
    /// Words of the person's own, or of those who offer the app: at most 1,000 characters.
    Own {
        /// The words.
        words: String,
    },
}

/// What the person asks for when they share.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewShare {
    /// With whom.
    pub relationship: Uuid,
    /// Which entry.
    pub entry: Uuid,
    /// Which parts of it.
    pub parts: Parts,
    /// Until when.
    pub end: ShareEnd,
    /// What for, in the person's words; a plain sentence stands there when it is empty.
    #[uniffi(default = "")]
    pub purpose: String,
    /// What of support is wanted with it; the person's standing choice when nothing is given (`Profile.wanted`), as it is when they share this.
    #[uniffi(default = [])]
    pub wanted: Vec<SupportWanted>,
    /// How long it waits on this device before it leaves, in milliseconds; a minute when nothing is given. To revoke it
    /// in that time leaves no trace.
    #[uniffi(default = None)]
    pub hold_ms: Option<i64>,
    /// Whether the person said a second time that they want to share it. Without it, to share a tender entry throws `Invalid`: ask
    /// them, then share again.
    #[uniffi(default = false)]
    pub tender_confirmed: bool,
    /// Passages of the text, each just as it stands there and in their order, where not all of it is shown; all of it when nothing is given.
    #[uniffi(default = [])]
    pub passages: Vec<String>,
    /// Whether what is edited later is shown too, each time after the same wait. Off unless the person chose it.
    #[uniffi(default = false)]
    pub follow_edits: bool,
    /// Whether it stands behind a gate: nobody opens it for the first time without the network, a stop before that makes an end of it whatever app they use, and the relay
    /// tells on which day it was opened first. Off unless the person chose it.
    #[uniffi(default = false)]
    pub gated: bool,
    /// Attachments of the entry, where not all of them are shown, and `attachments` is among the parts; all of them when nothing is given. One that is not on this
    /// device throws `NotFound`: fetch it first. A file of a kind that cannot be cleaned throws `Invalid`; photos, videos and sounds of the usual kinds can. What is
    /// attached later is shown by another share.
    #[uniffi(default = [])]
    pub attachments: Vec<Uuid>,
    /// The notice that goes with it; the generic one when nothing is given.
    #[uniffi(default = None)]
    pub notice: Option<NoticeChoice>,
    /// Days that it stays readable in the specialist's app without contact to the relay, from 0 to 30; 7 when nothing is given. With 0 it is read after contact alone, each
    /// time (`open_gated`). It is a courtesy of that app: another one may ignore it.
    #[uniffi(default = None)]
    pub lease_days: Option<i64>,
}

/// Where a share stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ShareState {
    /// Still on this device: it waits before it leaves.
    Held,
    /// Given.
    Given,
    /// Its time is over.
    Expired,
    /// The relationship has ended.
    Ended,
    /// The person stopped it.
    Revoked,
    /// It never left this device: when it would have, its entry was erased, in the trash, or marked never to be shared.
    Withheld,
}

/// One share of this person.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Share {
    /// Its id.
    pub id: Uuid,
    /// With whom.
    pub relationship: Uuid,
    /// Which entry.
    pub entry: Uuid,
    /// Which parts.
    pub parts: Parts,
    /// What is shown, as a sentence for a person.
    pub sentence: String,
    /// What for.
    pub purpose: String,
    /// What of support is wanted with it.
    pub wanted: Vec<SupportWanted>,
    /// When it was given.
    pub given: Timestamp,
    /// Nothing leaves the device before.
    pub hold_until: Timestamp,
    /// When it ends by itself.
    pub end: ShareEnd,
    /// Whether passages of the text are shown, and not all of it.
    pub is_excerpt: bool,
    /// Whether what is edited later is shown too.
    pub follow_edits: bool,
    /// Whether it stands behind a gate.
    pub is_gated: bool,
    /// Days that it stays readable in the specialist's app without contact to the relay; 0 where it is read after contact alone, each time.
    pub lease_days: i64,
    /// When the person had less shown, or for a shorter time.
    pub narrowed: Vec<Timestamp>,
    /// Whether it stays readable to its end though the relationship is over.
    pub is_kept: bool,
    /// Where it stands now.
    pub state: ShareState,
    /// When this device learnt that it had left: that is certain.
    pub released: Option<Timestamp>,
    /// On which day (`2026-11-28`, by the relay's clock) the relay first handed out what opens it, where it stands behind a gate. From then on it can have been read.
    pub taken_day: Option<String>,
    /// When the specialist opened it first. That is what their app told.
    pub opened: Option<Timestamp>,
    /// When it was removed from the specialist's device. That is what their app told.
    pub purged: Option<Timestamp>,
}

/// What a line of a shared view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SharedPart {
    /// What it is shown for.
    Purpose,
    /// What the reader is asked to know.
    Notice,
    /// The participant's title.
    Title,
    /// The participant's text.
    Body,
    /// When it happened.
    Time,
    /// The participant's feelings.
    Feelings,
    /// How pleasant it was, as a number that the participant set: from -1, very unpleasant, to 1, very pleasant. Show it as it is, and draw nothing from it.
    Valence,
    /// The participant's tags.
    Tags,
    /// Who was there.
    People,
    /// The participant's word for the place.
    Place,
}

/// One line of a shared view.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharedLine {
    /// What it is.
    pub part: SharedPart,
    /// What it says.
    pub text: String,
}

/// A photo, a sound or a file of what is shown. `read_shared_attachment` gives its bytes, by its place in the list. There is no call that makes a file of it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharedAttachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// Its media type, `image/jpeg`.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// Width in pixels; 0 where it is not known.
    pub width: i64,
    /// Height in pixels; 0 where it is not known.
    pub height: i64,
    /// How long it plays, in milliseconds; 0 where it does not or that is not known.
    pub duration_ms: i64,
    /// What it shows, in the participant's words; nothing where these are not shown, or there are none.
    pub caption: Option<String>,
    /// Whether it is on this device. Where it is not, a round of sync brings it after opening.
    pub is_here: bool,
}

/// Something that was shared with this person and is still theirs to read. `open_shared` gives its words.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharedCard {
    /// The share.
    pub share: Uuid,
    /// The relationship.
    pub relationship: Uuid,
    /// Whom it is from: the participant's name, with their pronouns in parentheses where they show them.
    pub from_name: String,
    /// When it came to this device.
    pub received: Timestamp,
    /// Whether it was opened, on any device of this person.
    pub is_opened: bool,
    /// Whether it stands behind a gate, and this device has not opened it yet: `open_gated` opens it, with the network.
    pub is_behind_gate: bool,
    /// Whether it is locked until this device has reached the relay: nothing was heard from it for the days that the participant chose (7 when they chose none). `open_gated`
    /// reaches it, and opens it.
    pub is_locked: bool,
}

/// Something that was shared with this person and that they opened. Show the lines in their order, all of them.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct SharedWithMe {
    /// The share.
    pub share: Uuid,
    /// The relationship.
    pub relationship: Uuid,
    /// Whom it is from: the participant's name, with their pronouns in parentheses where they show them.
    pub from_name: String,
    /// What of support is wanted with it. Show it with the purpose.
    pub wanted: Vec<SupportWanted>,
    /// Purpose, notice, then the participant's words.
    pub lines: Vec<SharedLine>,
    /// Photos, sounds and files: show them below the words.
    pub attachments: Vec<SharedAttachment>,
}

silent_debug!(
    NoticeChoice,
    SharedAttachment,
    SharedCard,
    NewShare,
    Share,
    SharedLine,
    SharedWithMe
);

impl From<NewShare> for vault::NewShare {
    fn from(new: NewShare) -> Self {
        Self {
            relationship: RelationshipId::from_bytes(new.relationship.into_bytes()),
            entry: EntryId::from_bytes(new.entry.into_bytes()),
            mask: new.parts.into(),
            purpose: new.purpose,
            wanted: SupportWanted::said(&new.wanted),
            end: new.end.into(),
            hold_ms: new.hold_ms.unwrap_or(limits::HOLD_MS_DEFAULT),
            tender_confirmed: new.tender_confirmed,
            passages: new.passages,
            follow_edits: new.follow_edits,
            gated: new.gated,
            attachments: new
                .attachments
                .into_iter()
                .map(|id| AttachmentId::from_bytes(id.into_bytes()))
                .collect(),
            notice: new.notice.map(core::NoticeChoice::from).unwrap_or_default(),
            // What no such number holds is more than can be chosen, and refused as that.
            lease_days: new.lease_days.map(|days| u16::try_from(days).unwrap_or(u16::MAX)),
        }
    }
}

impl From<NoticeChoice> for core::NoticeChoice {
    fn from(choice: NoticeChoice) -> Self {
        match choice {
            NoticeChoice::Generic => Self::Generic,
            NoticeChoice::Us42Cfr2 => Self::Us42Cfr2,
            NoticeChoice::Own { words } => Self::Own(words),
        }
    }
}

impl Share {
    pub(crate) fn of(card: core::ShareCard) -> Self {
        let core::ShareCard {
            relationship, share, ..
        } = card;
        let now = SystemClock.now();
        let state = match share.state(now) {
            core::ShareState::Given if share.is_held(now) => ShareState::Held,
            core::ShareState::Given => ShareState::Given,
            core::ShareState::Expired => ShareState::Expired,
            core::ShareState::Ended => ShareState::Ended,
            core::ShareState::Revoked => ShareState::Revoked,
            core::ShareState::Withheld => ShareState::Withheld,
        };
        Self {
            id: Uuid::from_bytes(*share.id().as_bytes()),
            relationship: Uuid::from_bytes(*relationship.as_bytes()),
            entry: Uuid::from_bytes(*share.consent.item.entry.as_bytes()),
            parts: share.consent.item.mask.into(),
            sentence: share.consent.sentence,
            purpose: share.consent.purpose,
            wanted: SupportWanted::of(share.consent.wanted),
            given: instant(share.consent.given),
            hold_until: instant(share.hold_until),
            end: share.consent.end.into(),
            is_excerpt: share.consent.is_excerpt,
            follow_edits: share.consent.follow_edits,
            is_gated: share.gate.is_some(),
            lease_days: share.consent.lease_days.into(),
            narrowed: share.consent.narrowed.iter().map(|at| instant(*at)).collect(),
            is_kept: share.is_kept,
            state,
            released: card.released.map(instant),
            taken_day: card.taken.map(|day| day.to_string()),
            opened: card.opened.map(instant),
            purged: card.purged.map(instant),
        }
    }
}

impl From<core::SharedCard> for SharedCard {
    fn from(card: core::SharedCard) -> Self {
        Self {
            share: Uuid::from_bytes(*card.share.as_bytes()),
            relationship: Uuid::from_bytes(*card.relationship.as_bytes()),
            from_name: card.from,
            received: instant(card.received),
            is_opened: card.is_opened,
            is_behind_gate: card.is_behind_gate,
            is_locked: card.is_locked,
        }
    }
}

impl From<core::SharedWithMe> for SharedWithMe {
    fn from(shared: core::SharedWithMe) -> Self {
        let lines = shared.view.lines.into_iter();
        Self {
            share: Uuid::from_bytes(*shared.share.as_bytes()),
            relationship: Uuid::from_bytes(*shared.relationship.as_bytes()),
            from_name: shared.view.from,
            wanted: SupportWanted::of(shared.view.wanted),
            lines: lines
                .map(|line| SharedLine {
                    part: line.part.into(),
                    text: line.text,
                })
                .collect(),
            attachments: shared
                .view
                .attachments
                .into_iter()
                .map(SharedAttachment::from)
                .collect(),
        }
    }
}

impl From<core::RenderedAttachment> for SharedAttachment {
    fn from(shown: core::RenderedAttachment) -> Self {
        Self {
            kind: shown.kind.into(),
            media_type: shown.media_type,
            bytes: count(shown.bytes),
            width: shown.width.into(),
            height: shown.height.into(),
            duration_ms: count(shown.duration_ms),
            caption: shown.caption,
            is_here: shown.is_here,
        }
    }
}

impl From<core::Part> for SharedPart {
    fn from(part: core::Part) -> Self {
        match part {
            core::Part::Purpose => Self::Purpose,
            core::Part::Notice => Self::Notice,
            core::Part::Title => Self::Title,
            core::Part::Body => Self::Body,
            core::Part::When => Self::Time,
            core::Part::Feelings => Self::Feelings,
            core::Part::Valence => Self::Valence,
            core::Part::Tags => Self::Tags,
            core::Part::People => Self::People,
            core::Part::Place => Self::Place,
        }
    }
}

impl From<core::Mask> for Parts {
    fn from(mask: core::Mask) -> Self {
        let core::Mask {
            text,
            title,
            feelings,
            tags,
            attachments,
            captions,
            valence,
            people,
            place,
            when,
        } = mask;
        let time = match when {
            core::When::No => ShownTime::Hidden,
            core::When::Month => ShownTime::Month,
            core::When::Day => ShownTime::Day,
            core::When::Exact => ShownTime::Exact,
        };
        Self {
            time,
            body: text,
            title,
            feelings,
            tags,
            attachments,
            captions,
            valence,
            people,
            place,
        }
    }
}

impl From<Parts> for core::Mask {
    fn from(parts: Parts) -> Self {
        let Parts {
            time,
            body,
            title,
            feelings,
            tags,
            attachments,
            captions,
            valence,
            people,
            place,
        } = parts;
        let when = match time {
            ShownTime::Hidden => core::When::No,
            ShownTime::Month => core::When::Month,
            ShownTime::Day => core::When::Day,
            ShownTime::Exact => core::When::Exact,
        };
        Self {
            text: body,
            title,
            feelings,
            tags,
            attachments,
            captions,
            valence,
            people,
            place,
            when,
        }
    }
}

impl From<core::End> for ShareEnd {
    fn from(end: core::End) -> Self {
        match end {
            core::End::UntilIStop => Self::UntilIStop,
            core::End::At(at) => Self::At { at: instant(at) },
            core::End::WithRelationship => Self::WithRelationship,
        }
    }
}

impl From<ShareEnd> for core::End {
    fn from(end: ShareEnd) -> Self {
        match end {
            ShareEnd::UntilIStop => Self::UntilIStop,
            ShareEnd::At { at } => Self::At(core_instant(at)),
            ShareEnd::WithRelationship => Self::WithRelationship,
        }
    }
}
