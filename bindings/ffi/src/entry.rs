//! Values of the journal.

use cairn_core::id::EntryId;
use cairn_core::journal as core;
use uuid::Uuid;

use crate::around::{core_place, core_state};
use crate::finding::core_filter;
use crate::{
    Asked, Attachment, EntryFilter, Moment, Place, StateOfMind, Timestamp, VaultError, core_instant, instant,
    silent_debug,
};

/// One entry of the journal.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct Entry {
    /// Its id. Random: it tells nothing.
    pub id: Uuid,
    /// Its title; empty when there is none.
    pub title: String,
    /// Its text, Markdown, exactly as it was written.
    pub body: String,
    /// When it happened.
    pub happened: Moment,
    /// When it was first saved. Only the person themselves ever sees it.
    pub written: Moment,
    /// Tags as written, in their order.
    pub tags: Vec<String>,
    /// Feelings as written, in the person's order.
    pub feelings: Vec<String>,
    /// People it is about, as written.
    pub people: Vec<String>,
    /// Areas of life it belongs to, as written.
    pub life_areas: Vec<String>,
    /// What hangs on it, in the person's order.
    pub attachments: Vec<Attachment>,
    /// How pleasant it felt, -1 to 1, if they set that by hand.
    pub valence: Option<f64>,
    /// How much energy there was, 0 to 1, if they set that by hand.
    pub energy: Option<f64>,
    /// What State of Mind holds beside, if they brought it.
    pub state_of_mind: Option<StateOfMind>,
    /// Where, if they said so.
    pub place: Option<Place>,
    /// The weather, JSON, as another journal kept it; empty when there is none.
    pub weather: String,
    /// The question it answers, as it was asked.
    pub asked: Option<Asked>,
    /// The entry of their own it replies to.
    pub replies_to: Option<Uuid>,
    /// They want to remember this.
    pub remember: bool,
    /// Never brought back by "on this day".
    pub keep_from_memories: bool,
    /// Tender: show no preview of it, and ask a second time before it is shared.
    pub tender: bool,
    /// Cannot be shared until this is taken off.
    pub never_share: bool,
    /// When it was moved to the trash; nothing when it was not.
    pub trashed: Option<Timestamp>,
    /// Two devices rewrote the same sentence: both versions stand in the text. Say so quietly, until it is revised.
    pub both_versions: bool,
}

/// An entry that the person is about to edit, and what it said when it was read.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct EntryForEditing {
    /// The entry.
    pub entry: Entry,
    /// What to hand to `revise`. It means nothing to an app. With it, a revision changes what the person saw, and what
    /// arrived from another device in between stays too.
    pub version: Vec<u8>,
}

/// What a person gives when they write or revise an entry. A word, a feeling, a tag or an attachment is enough.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct Draft {
    /// Its text, Markdown.
    pub body: String,
    /// When it happened.
    pub happened: Moment,
    /// Its title.
    #[uniffi(default = "")]
    pub title: String,
    /// Tags as typed.
    #[uniffi(default = [])]
    pub tags: Vec<String>,
    /// Feelings as typed, in any language.
    #[uniffi(default = [])]
    pub feelings: Vec<String>,
    /// People as typed.
    #[uniffi(default = [])]
    pub people: Vec<String>,
    /// Areas of life as typed.
    #[uniffi(default = [])]
    pub life_areas: Vec<String>,
    /// What hangs on it: attachments that the vault keeps already.
    #[uniffi(default = [])]
    pub attachments: Vec<Attachment>,
    /// How pleasant it felt, -1 to 1, only if they set that by hand.
    #[uniffi(default = None)]
    pub valence: Option<f64>,
    /// How much energy there was, 0 to 1, only if they set that by hand.
    #[uniffi(default = None)]
    pub energy: Option<f64>,
    /// What State of Mind holds beside.
    #[uniffi(default = None)]
    pub state_of_mind: Option<StateOfMind>,
    /// Where.
    #[uniffi(default = None)]
    pub place: Option<Place>,
    /// The weather, JSON, as another journal kept it.
    #[uniffi(default = "")]
    pub weather: String,
    /// The question it answers, as it was asked.
    #[uniffi(default = None)]
    pub asked: Option<Asked>,
    /// The entry of their own it replies to.
    #[uniffi(default = None)]
    pub replies_to: Option<Uuid>,
    /// They want to remember this.
    #[uniffi(default = false)]
    pub remember: bool,
    /// Never brought back by "on this day".
    #[uniffi(default = false)]
    pub keep_from_memories: bool,
    /// Tender: no previews, and a second question before it is shared.
    #[uniffi(default = false)]
    pub tender: bool,
    /// Cannot be shared until this is taken off.
    #[uniffi(default = false)]
    pub never_share: bool,
}

/// Where a page of entries ended: hand it back for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Cursor {
    /// When the last entry of the page happened.
    pub at: Timestamp,
    /// The last entry of the page.
    pub entry: Uuid,
}

/// Which entries to read, newest first.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EntryQuery {
    /// Entries on the page, 1 to 500.
    #[uniffi(default = 50)]
    pub count: i32,
    /// The end of the page before; nothing for the first page.
    #[uniffi(default = None)]
    pub after: Option<Cursor>,
    /// The trash in place of the journal.
    #[uniffi(default = false)]
    pub trashed: bool,
    /// What the entries have to be; nothing lets every entry through.
    #[uniffi(default = None)]
    pub filter: Option<EntryFilter>,
}

/// One page of entries, newest first.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page starts; nothing when this is the last.
    pub next: Option<Cursor>,
}

/// One entry that a search found.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct SearchHit {
    /// The entry.
    pub entry: Entry,
    /// Some words around the finds. Each find stands between the characters U+0002 and U+0003: mark it as you like.
    pub snippet: String,
}

silent_debug!(Entry, EntryForEditing, Draft, SearchHit);

impl From<core::Entry> for Entry {
    fn from(entry: core::Entry) -> Self {
        let written = |words: Vec<core::Word>| words.into_iter().map(|word| word.written).collect();
        Self {
            id: Uuid::from_bytes(*entry.id.as_bytes()),
            title: entry.title,
            body: entry.body,
            happened: entry.happened.into(),
            written: entry.written.into(),
            tags: written(entry.tags),
            feelings: written(entry.feelings),
            people: written(entry.people),
            life_areas: written(entry.life_areas),
            attachments: entry.attachments.into_iter().map(Attachment::from).collect(),
            valence: entry.valence.map(core::Valence::number),
            energy: entry.energy.map(core::Energy::number),
            state_of_mind: entry.state_of_mind.map(StateOfMind::from),
            place: entry.place.map(Place::from),
            weather: entry.weather,
            asked: entry.asked.map(Asked::from),
            replies_to: entry.replies_to.map(|id| Uuid::from_bytes(*id.as_bytes())),
            remember: entry.marks.remember,
            keep_from_memories: entry.marks.keep_from_memories,
            tender: entry.marks.tender,
            never_share: entry.marks.never_share,
            trashed: entry.trashed.map(instant),
            both_versions: entry.both_versions,
        }
    }
}

impl TryFrom<Draft> for core::Draft {
    type Error = VaultError;

    fn try_from(draft: Draft) -> Result<Self, VaultError> {
        let by_hand = |made: bool, what: &str| made.then_some(()).ok_or_else(|| VaultError::invalid(what));
        let valence = draft.valence.and_then(core::Valence::new);
        by_hand(
            valence.is_some() == draft.valence.is_some(),
            "a valence lies between -1 and 1",
        )?;
        let energy = draft.energy.and_then(core::Energy::new);
        by_hand(
            energy.is_some() == draft.energy.is_some(),
            "an energy lies between 0 and 1",
        )?;
        Ok(Self {
            title: draft.title,
            body: draft.body,
            tags: draft.tags,
            feelings: draft.feelings,
            people: draft.people,
            life_areas: draft.life_areas,
            attachments: draft
                .attachments
                .into_iter()
                .map(core::Attachment::try_from)
                .collect::<Result<_, _>>()?,
            valence,
            energy,
            state_of_mind: draft.state_of_mind.map(core_state).transpose()?,
            place: draft.place.map(core_place).transpose()?,
            weather: draft.weather,
            asked: draft.asked.map(core::Asked::from),
            replies_to: draft.replies_to.map(|id| EntryId::from_bytes(id.into_bytes())),
            marks: core::Marks {
                remember: draft.remember,
                keep_from_memories: draft.keep_from_memories,
                tender: draft.tender,
                never_share: draft.never_share,
            },
            ..Self::new(draft.happened.try_into()?)
        })
    }
}

impl From<core::Draft> for Draft {
    fn from(draft: core::Draft) -> Self {
        Self {
            body: draft.body,
            happened: draft.happened.into(),
            title: draft.title,
            tags: draft.tags,
            feelings: draft.feelings,
            people: draft.people,
            life_areas: draft.life_areas,
            attachments: draft.attachments.into_iter().map(Attachment::from).collect(),
            valence: draft.valence.map(core::Valence::number),
            energy: draft.energy.map(core::Energy::number),
            state_of_mind: draft.state_of_mind.map(StateOfMind::from),
            place: draft.place.map(Place::from),
            weather: draft.weather,
            asked: draft.asked.map(Asked::from),
            replies_to: draft.replies_to.map(|id| Uuid::from_bytes(*id.as_bytes())),
            remember: draft.marks.remember,
            keep_from_memories: draft.marks.keep_from_memories,
            tender: draft.marks.tender,
            never_share: draft.marks.never_share,
        }
    }
}

impl From<Cursor> for core::Cursor {
    fn from(cursor: Cursor) -> Self {
        Self {
            at: core_instant(cursor.at),
            id: EntryId::from_bytes(cursor.entry.into_bytes()),
        }
    }
}

impl TryFrom<EntryQuery> for core::EntryQuery {
    type Error = VaultError;

    fn try_from(query: EntryQuery) -> Result<Self, VaultError> {
        Ok(Self {
            count: core_count(query.count),
            after: query.after.map(core::Cursor::from),
            trashed: query.trashed,
            filter: core_filter(query.filter)?,
        })
    }
}

impl From<core::Page> for EntryPage {
    fn from(page: core::Page) -> Self {
        let next = page.next.map(|cursor| Cursor {
            at: instant(cursor.at),
            entry: Uuid::from_bytes(*cursor.id.as_bytes()),
        });
        Self {
            entries: page.entries.into_iter().map(Entry::from).collect(),
            next,
        }
    }
}

impl From<core::Hit> for SearchHit {
    fn from(hit: core::Hit) -> Self {
        Self {
            entry: hit.entry.into(),
            snippet: hit.snippet,
        }
    }
}

/// How many are asked for; a number below zero is none, which the core refuses.
pub(crate) fn core_count(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}
