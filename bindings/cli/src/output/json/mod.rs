//! What `--json` prints. Keys are never taken away or given another meaning; new ones may come.
//!
//! Times are RFC 3339 in UTC; ids are UUIDs; what is not there is `null`.
//!
//! | command | prints |
//! |---|---|
//! | `attach`, `save` | an [`Id`]: of the entry, of the attachment |
//! | `attachments` | an [`AttachmentsValue`] |
//! | `init`, `connect`, `sync` | a [`Synced`] |
//! | `sync --wait` | a [`Synced`] per line, whenever something arrived or changed |
//! | `write`, `edit`, `trash`, `restore`, `share`, `revoke`, each change of `profile`, `prompt`, `feelings`, `hopes`, `plan`, `lines`, `reminders` | an [`Id`] |
//! | `list` | an [`EntryPage`] |
//! | `show` | an [`EntryValue`] |
//! | `search` | `{"hits": [`[`HitValue`]`]}` |
//! | `history` | `{"revisions": [`[`RevisionValue`]`]}`; with `--show` an [`EntryValue`] |
//! | `drafts` | `{"drafts": [`[`DraftValue`]`]}`; `drafts show` a [`DraftValue`] |
//! | `erase`, `erase-drafts`, `drafts finish`, `drafts discard` | an [`Id`] |
//! | `erase --everything`, `erase --keep` | an [`ErasureValue`] |
//! | `calendar` | a [`MonthValue`] |
//! | `day` | an [`EntryList`] |
//! | `not-yet` | an [`EntryPage`] |
//! | `memories` | a [`MemoriesValue`] |
//! | `words` | `{"words": [string]}` |
//! | `profile` | a [`ProfileValue`] |
//! | `profile history` | `{"changes": [`[`ChangeValue`]`]}` |
//! | `profile examples` | `{"examples": [text]}` |
//! | `profile erase-history --all` | nothing |
//! | `word` | `{"recovery_word": text}` |
//! | `prompt` | `{"prompt":` a [`PromptValue`] or null`}` |
//! | `self-check` | `{"questions": [{"id": text, "text": text}]}` |
//! | `prompt answers` | an [`EntryPage`] |
//! | `prompt list` | `{"prompts": [`[`PromptValue`]`]}` |
//! | `feelings`, `hopes`, `lines` | `{"feelings": [`[`FeelingValue`]`]}`, `{"hopes": [`[`HopeValue`]`]}`, `{"lines": [`[`LineValue`]`]}` |
//! | `reminders`, `reminders next` | `{"reminders": [`[`ReminderValue`]`]}`, `{"upcoming": [`[`UpcomingValue`]`]}` |
//! | `plan` | a [`PlanValue`] |
//! | `plan keeps-me-going` | `{"keeps_me_going": [`[`MainstayValue`]`]}` |
//! | `plan --open` | an [`OpenPlanValue`] |
//! | `devices` | a [`DevicesValue`] |
//! | `devices remove` | a [`Gone`] |
//! | `devices arrivals` | `{"arrivals": [`[`ArrivalValue`]`]}` |
//! | `recovery`, `recover` | a [`RecoveryValue`] |
//! | `recovery new` | a [`PhraseStep`] per line: `words`, `asked`, `done` |
//! | `people`, `people move`, `people order ORDER` | `{"people": [`[`PersonValue`]`]}` |
//! | `people order` | `{"order": text}` |
//! | `shares` | `{"shares": [`[`ShareValue`]`]}` |
//! | `shared` | `{"shared": [`[`SharedValue`]`]}` |
//! | `pair`, `invite` | a [`Step`] per line, as each is reached: `code`, `found`, `done` |
//! | `pair --join`, `accept` | a [`Step`] per line: `digits`, `done` |
//! | `import` | an [`ImportValue`] |
//! | `export` | an [`ExportValue`] |
//! | `restore-archive` | a [`RestoreValue`] |
//! | `doctor` | a [`DoctorValue`] |
//! | `repair` | a [`RepairValue`] |

mod around;
mod attachments;
mod devices;
mod erasing;
mod export;
mod finding;
mod history;
mod meetings;
mod messages;
mod people;
mod preferences;
mod profile;
mod reminders;

pub(crate) use around::AroundValue;
pub(crate) use attachments::{AttachmentValue, AttachmentsValue};
pub(crate) use devices::{
    ArrivalValue, DeviceValue, DevicesValue, Gone, PhraseStep, RecoveryValue, ShreddingValue, recovery_word,
};
pub(crate) use erasing::ErasureValue;
pub(crate) use export::{ExportValue, RestoreValue};
pub(crate) use finding::{EntryList, MemoriesValue, MonthValue};
pub(crate) use history::{DraftValue, RevisionValue};
pub(crate) use meetings::MeetingValue;
pub(crate) use messages::{FeedbackValue, HoursValue, MessageValue, WishesValue};
pub(crate) use people::{
    PersonValue, PreferencesValue, ShareValue, SharedCardValue, SharedValue, Step, TermsValue, state,
};
pub(crate) use preferences::{
    FeelingValue, HopeValue, LineValue, MainstayValue, OpenPlanValue, PlanValue, PromptValue,
};
pub(crate) use profile::{ChangeValue, ProfileValue};
pub(crate) use reminders::{ReminderValue, UpcomingValue};

use super::{BOLD, PLAIN};
use crate::moments::rfc3339;
use cairn_core::exchange::{ImportFormat, Preview, SkipReason};
use cairn_core::journal::{Entry, Hit, Page, Word};
use cairn_core::moment::{Moment, Precision};
use cairn_core::vault::{Brought, Doctor, Renewing, Repaired, SyncStatus};
use serde::Serialize;

/// A thing that was made or changed.
#[derive(Debug, Serialize)]
pub(crate) struct Id {
    /// Its id.
    pub(crate) id: String,
}

/// A moment.
#[derive(Debug, Serialize)]
pub(crate) struct MomentValue {
    at: String,
    /// IANA name.
    zone: String,
    /// The civil date at that place.
    local_date: String,
    /// `exact`, `day`, `month`, `season`, `unknown`.
    precision: &'static str,
}

/// An entry.
#[derive(Debug, Serialize)]
pub(crate) struct EntryValue {
    id: String,
    title: String,
    /// Markdown, as written.
    body: String,
    happened: MomentValue,
    written: MomentValue,
    tags: Vec<String>,
    feelings: Vec<String>,
    /// When it was moved to the trash.
    trashed: Option<String>,
    /// Versions of two devices stand side by side in the body.
    both_versions: bool,
    /// The format it was imported from.
    imported_from: Option<String>,
    #[serde(flatten)]
    around: AroundValue,
}

/// A page of entries, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct EntryPage {
    entries: Vec<EntryValue>,
    /// What `--after` takes for the next page.
    next: Option<String>,
}

/// An entry that a search found.
#[derive(Debug, Serialize)]
pub(crate) struct HitValue {
    entry: EntryValue,
    /// Some words around the find, cut where a find begins or ends.
    snippet: Vec<Piece>,
}

/// A part of a snippet.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Piece {
    text: String,
    /// Whether it is what was looked for.
    found: bool,
}

/// Where sync stands.
#[derive(Debug, Serialize)]
pub(crate) struct Synced {
    relay: Option<String>,
    /// Sealed records that the relay has not got yet.
    waiting: u64,
    /// When the relay last said that this device has read everything.
    up_to_date_at: Option<String>,
    /// Records that `doctor` tells of.
    set_aside: u64,
    /// Whether the relay showed this person's devices different histories.
    relay_differs: bool,
    /// Records that the relay keeps back.
    withheld: u64,
    /// Whether this journal was put back from a backup, or copied, and is still to take a name of its own.
    put_back: bool,
    /// Whether the relay lets this device in no more, which it used to.
    is_shut_out: bool,
    /// Whether another device is to let this one in again, after the relay lost its store.
    needs_joining: bool,
    /// Whether devices are on the list that this one did not know when it was let in again.
    has_strange_devices: bool,
    /// How much is still to be sent again to a relay that lost its store.
    to_send_again: Option<u64>,
    /// Whether the relay says that it has ended this journal's place there, and no device signed why.
    is_ended: bool,
    /// Whether everything is to be erased.
    erasure: ErasureValue,
}

/// What an import brought, or would bring.
#[derive(Debug, Serialize)]
pub(crate) struct ImportValue {
    /// `dayone`, `journey`, `daylio`, `jrnl`, `markdown`.
    format: &'static str,
    /// Names of the journals in the file.
    journals: Vec<String>,
    /// Entries in the file.
    entries: usize,
    /// The first and the last local date.
    first: Option<String>,
    /// See `first`.
    last: Option<String>,
    /// Photos and the like that entries name.
    attachments: usize,
    /// Bytes of those that are there.
    attachments_bytes: u64,
    /// Those that are named and are not there.
    attachments_missing: usize,
    /// Entries with a place.
    with_places: usize,
    /// Entries with particulars of a device.
    with_devices: usize,
    /// Entries that cannot be taken.
    skipped: Vec<SkippedValue>,
    /// Entries that were not here before; null for a preview.
    new: Option<u64>,
    /// Photos and the like that came along with those; null for a preview.
    media: Option<u64>,
    /// Those that could not be taken; null for a preview.
    media_left_out: Option<u64>,
}

/// An entry that cannot be taken.
#[derive(Debug, Serialize)]
pub(crate) struct SkippedValue {
    journal: String,
    /// Its place in that journal, counted from 1.
    number: usize,
    /// `no_date`, `too_long`, `empty`, `same_id`, `encrypted`, `not_text`, `not_an_entry`, `other`.
    reason: &'static str,
}

/// How the vault is.
#[derive(Debug, Serialize)]
pub(crate) struct DoctorValue {
    is_well: bool,
    lines: Vec<String>,
}

/// What became of a journal that was damaged.
#[derive(Debug, Serialize)]
pub(crate) struct RepairValue {
    /// Whether there was anything to repair.
    was_damaged: bool,
    /// Whether everything that was in the damaged file is here.
    is_whole: bool,
    /// Whether this device is to be added again before it syncs.
    is_to_join: bool,
    lines: Vec<String>,
}

impl From<&Moment> for MomentValue {
    fn from(moment: &Moment) -> Self {
        Self {
            at: rfc3339(moment.at),
            zone: moment.zone.clone(),
            local_date: moment.local_date.to_string(),
            precision: match moment.precision {
                Precision::Exact => "exact",
                Precision::Day => "day",
                Precision::Month => "month",
                Precision::Season => "season",
                Precision::Unknown => "unknown",
            },
        }
    }
}

impl From<&Entry> for EntryValue {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            title: entry.title.clone(),
            body: entry.body.clone(),
            happened: (&entry.happened).into(),
            written: (&entry.written).into(),
            tags: written(&entry.tags),
            feelings: written(&entry.feelings),
            trashed: entry.trashed.map(rfc3339),
            both_versions: entry.both_versions,
            imported_from: entry.import.as_ref().map(|import| import.source.clone()),
            around: entry.into(),
        }
    }
}

/// Words, as they were written.
fn written(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.written.clone()).collect()
}

impl From<&Page> for EntryPage {
    fn from(page: &Page) -> Self {
        Self {
            entries: page.entries.iter().map(EntryValue::from).collect(),
            next: page.next.map(|next| next.id.to_string()),
        }
    }
}

impl From<&Hit> for HitValue {
    fn from(hit: &Hit) -> Self {
        Self {
            entry: (&hit.entry).into(),
            snippet: pieces(&hit.snippet),
        }
    }
}

/// A snippet, cut at its marks.
fn pieces(snippet: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut found = false;
    for part in snippet.split_inclusive([BOLD, PLAIN]) {
        let text = part.trim_end_matches([BOLD, PLAIN]);
        if !text.is_empty() {
            pieces.push(Piece {
                text: text.to_owned(),
                found,
            });
        }
        found = part.ends_with(BOLD);
    }
    pieces
}

impl From<&SyncStatus> for Synced {
    fn from(status: &SyncStatus) -> Self {
        Self {
            relay: status.relay.clone(),
            waiting: status.waiting,
            up_to_date_at: status.up_to_date_at.map(rfc3339),
            set_aside: status.set_aside,
            relay_differs: status.relay_differs,
            withheld: status.withheld,
            put_back: matches!(status.renewing, Renewing::UnderWay | Renewing::ShutOut),
            is_shut_out: status.is_shut_out,
            needs_joining: status.needs_joining,
            has_strange_devices: status.has_strange_devices,
            to_send_again: status.to_send_again,
            is_ended: status.is_ended,
            erasure: status.erasure.into(),
        }
    }
}

impl ImportValue {
    /// The same after the import.
    pub(crate) fn with(self, brought: &Brought) -> Self {
        Self {
            new: Some(brought.added),
            media: Some(brought.media),
            media_left_out: Some(brought.media_left_out),
            ..self
        }
    }
}

impl ImportValue {
    /// What an import would bring.
    pub(crate) fn of(format: ImportFormat, preview: &Preview) -> Self {
        let reason = |reason| match reason {
            SkipReason::NoDate => "no_date",
            SkipReason::TooLong => "too_long",
            SkipReason::Empty => "empty",
            SkipReason::SameId => "same_id",
            SkipReason::Encrypted => "encrypted",
            SkipReason::NotText => "not_text",
            SkipReason::NotAnEntry => "not_an_entry",
            _ => "other",
        };
        Self {
            format: format.code(),
            journals: preview.journals.iter().map(|journal| journal.name.clone()).collect(),
            entries: preview.entries,
            first: preview.first.map(|date| date.to_string()),
            last: preview.last.map(|date| date.to_string()),
            attachments: preview.attachments,
            attachments_bytes: preview.attachments_bytes,
            attachments_missing: preview.attachments_missing,
            with_places: preview.with_location,
            with_devices: preview.with_device,
            skipped: preview
                .skipped
                .iter()
                .map(|one| SkippedValue {
                    journal: one.journal.clone(),
                    number: one.number,
                    reason: reason(one.reason),
                })
                .collect(),
            new: None,
            media: None,
            media_left_out: None,
        }
    }
}

impl From<&Repaired> for RepairValue {
    fn from(repaired: &Repaired) -> Self {
        Self {
            was_damaged: repaired.was_damaged,
            is_whole: repaired.is_whole,
            is_to_join: repaired.is_to_join,
            lines: repaired.lines.clone(),
        }
    }
}

impl From<&Doctor> for DoctorValue {
    fn from(doctor: &Doctor) -> Self {
        Self {
            is_well: doctor.is_well,
            lines: doctor.lines.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use cairn_core::clock::Timestamp;
    use cairn_core::id::EntryId;
    use cairn_core::journal::Draft;

    #[test]
    fn an_entry_has_these_keys_and_no_others() {
        let at = Moment::new(Timestamp(1_772_352_000_000), "Europe/London").unwrap();
        let draft = Draft {
            title: "Bus".to_owned(),
            body: "Soup.".to_owned(),
            tags: vec!["Home".to_owned()],
            feelings: vec!["fizzy".to_owned()],
            ..Draft::new(at.clone())
        };
        let entry = draft.into_entry(EntryId::from_bytes([1; 16]), at).unwrap();
        let value = serde_json::to_string(&EntryValue::from(&entry)).unwrap();
        let moment =
            r#"{"at":"2026-03-01T08:00:00.000Z","zone":"Europe/London","local_date":"2026-03-01","precision":"exact"}"#;
        let expected = format!(
            r#"{{"id":"01010101-0101-0101-0101-010101010101","title":"Bus","body":"Soup.","happened":{moment},"written":{moment},"tags":["Home"],"feelings":["fizzy"],"trashed":null,"both_versions":false,"imported_from":null,"people":[],"life_areas":[],"attachments":[],"valence":null,"energy":null,"state_of_mind":null,"place":null,"asked":null,"replies_to":null,"remember":false,"keep_from_memories":false,"tender":false,"never_share":false}}"#
        );
        assert_eq!(value, expected);
    }

    #[test]
    fn a_snippet_is_cut_at_its_finds() {
        let piece = |text: &str, found| Piece {
            text: text.to_owned(),
            found,
        };
        assert_eq!(
            pieces("a \u{2}soup\u{3} b"),
            [piece("a ", false), piece("soup", true), piece(" b", false)]
        );
        assert_eq!(pieces("\u{2}soup\u{3}"), [piece("soup", true)]);
        assert_eq!(pieces("soup"), [piece("soup", false)]);
        assert_eq!(pieces(""), []);
    }
}
