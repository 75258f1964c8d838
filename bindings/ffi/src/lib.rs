//! Cairn for Kotlin, Swift and Python.
//!
//! This room turns the values of the core into values that a foreign language can hold, and back: conversions, nothing
//! else. It decides nothing, keeps nothing and knows no rule of the journal. Its documentation is copied into the
//! generated layers, so it speaks to the developer of an app, in plain words and without links.
//!
//! **Invariants.** Every exported call returns a `Result`: a panic in one that does not would end a Swift process. No
//! call works on the thread that polls it; it asks the vault and waits for the [reply](cairn_core::vault::Reply). No
//! error carries a word a person wrote, and what a foreign callback threw is dropped unread. No unsigned number crosses,
//! and no name a target language keeps for itself (`close`, `destroy`, `message`, `description`, `hash`, `default`).
//!
//! | file | what it holds |
//! |---|---|
//! | `vault`, `journal`, `profile`, `support`, `devices`, `sync` | the six objects |
//! | `locking` | locking, and the passphrase or PIN |
//! | `history` | earlier states, erasing, drafts: the rest of the journal |
//! | `removing`, `recovery` | the rest of `Devices`: a device that goes, and the recovery phrase |
//! | `prompts`, `settings`, `reminders`, `plan` | more of `Journal` and `Profile`: questions, words, hopes, lines, reminders, the plan |
//! | `entry`, `around`, `moment`, `share`, `relationship` | values of the journal and of support |
//! | `attachments` | the calls of the journal and of sync for attachments |
//! | `finding` | filters, words in use, calendar, "on this day" |
//! | `importing` | bringing a journal in from elsewhere |
//! | `key_store`, `transport`, `observer` | what an app lends to the vault |
//! | `export` | the journal out into a file, and an archive in again |
//! | `error`, `background` | the one error; work that is done on a thread of its own |
//!
//! Start reading at [`Vault`].

mod about;
mod around;
mod attachments;
mod background;
mod conversation;
mod devices;
mod entry;
mod erasing;
mod error;
mod export;
mod feedback;
mod finding;
mod history;
mod ids;
mod importing;
mod journal;
mod key_store;
mod locking;
mod meetings;
mod messages;
mod moment;
mod observer;
mod plan;
mod profile;
mod prompts;
mod recovery;
mod reflection;
mod relationship;
mod reminders;
mod removing;
mod settings;
mod share;
mod shredding;
mod support;
#[cfg(test)]
mod surface;
mod sync;
mod transport;
mod vault;
mod waking;

pub use about::About;
pub use around::{Asked, Attachment, AttachmentKind, FeltFor, Place, StateOfMind};
pub use attachments::{AttachOptions, AttachmentPolicy, AttachmentProgress, AttachmentState, Carried};
pub use devices::{Device, Devices, Handshake, ShownDigits};
pub use entry::{Cursor, Draft, Entry, EntryForEditing, EntryPage, EntryQuery, SearchHit};
pub use erasing::Erasure;
pub use error::VaultError;
pub use export::{ExportFormat, ExportOptions, ExportResult, RestoreResult, Story};
pub use feedback::{Feedback, FeedbackResponse, FeltHeard, FeltPushed, KeptFeedback};
pub use finding::{Attached, CalendarMonth, EntryFilter, WordKind};
pub use history::{DraftKind, KeptDraft, Revision};
pub use importing::{ImportFormat, ImportOptions, ImportPreview, ImportResult, ImportSkip, SkippedEntry};
pub use journal::Journal;
pub use key_store::{KeyStore, KeyStoreError};
pub use locking::{LockState, PassphraseKind};
pub use meetings::{Meeting, MeetingLine, MeetingPart};
pub use messages::{
    Advice, ContactHours, ContactWindow, LivedExperience, Message, MessageKind, MessageState, NewMessage, Notice,
    Resource, SupportWanted, Wishes, advice_on_acknowledging, advise,
};
pub use moment::{Moment, Precision};
pub use observer::{Change, Editing, Observer, ObserverError, ProgressObserver, Subscription};
pub use plan::{LookingAfter, Mainstay, OpenPlan, Plan, PlanItem, PlanList, open_plan};
pub use profile::{
    Address, OfferedSection, PreferenceRevision, Preferences, Profile, Said, Section, Stance, Statement,
    StatementDraft, section_examples,
};
pub use prompts::{AddedBy, FeelingWord, Prompt, PromptGroup, StateOfMindSample, self_check};
pub use recovery::{PhraseLength, RecoveryState};
pub use reflection::{ForWhom, OwnStories, ReflectionDecision, SelfReflection, TheyAsked};
pub use relationship::{
    Agreement, Declaration, PeopleOrder, PriorConnection, ProposedAgreement, Relationship, RelationshipStatus, Role,
    ShownSection, ShownStatement,
};
pub use reminders::{Reminder, UpcomingReminder, Weekday};
pub use removing::Arrival;
pub use settings::{Hope, HopeState, Reach, Settings, SupportLine, Switch};
pub use share::{
    NewShare, Parts, Share, ShareEnd, ShareState, SharedCard, SharedLine, SharedPart, SharedWithMe, ShownTime,
};
pub use shredding::Shredding;
pub use support::{Acceptance, Invitation, ReceiptShape, Support};
pub use sync::{Sync, SyncOutcome, SyncReport, SyncStatus};
pub use transport::{Transport, TransportError, TransportRequest, TransportResponse, http_transport};
pub use vault::{Doctor, Repaired, Vault, VaultConfig, repair};
pub use waking::{WakeOffer, Waking};

use uniffi::deps::anyhow;
use uuid::Uuid;

/// What this library frees is wiped: a locked journal leaves nothing in it. Memory of the foreign language is not ours to wipe.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// An instant, to the millisecond: `java.time.Instant`, `Date`, an aware `datetime`.
pub(crate) type Timestamp = chrono::DateTime<chrono::Utc>;

uniffi::setup_scaffolding!();

uniffi::custom_type!(Uuid, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(Self::try_parse(&text)?),
});

uniffi::custom_type!(Timestamp, i64, {
    remote,
    lower: |at| at.timestamp_millis(),
    try_lift: |ms| Timestamp::from_timestamp_millis(ms).ok_or_else(|| anyhow::anyhow!("no calendar holds this instant")),
});

/// Gives types a `Debug` that shows their name and none of their words.
macro_rules! silent_debug {
    ($($name:ident),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
pub(crate) use silent_debug;

/// Pairs of values that say the same on both sides.
macro_rules! same {
    ($($ours:ident, $theirs:path { $($one:ident),* };)*) => {$(
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                match value {
                    $(<$theirs>::$one => Self::$one,)*
                }
            }
        }

        impl From<$ours> for $theirs {
            fn from(value: $ours) -> Self {
                match value {
                    $($ours::$one => Self::$one,)*
                }
            }
        }
    )*};
}
pub(crate) use same;

/// A count as the foreign languages hold it.
pub(crate) fn count<N>(number: N) -> i64
where
    i64: TryFrom<N>,
{
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An instant as the foreign languages hold it; one outside their calendar is shown as the nearest inside.
pub(crate) fn instant(at: cairn_core::clock::Timestamp) -> Timestamp {
    let outside = if at.0 < 0 {
        Timestamp::MIN_UTC
    } else {
        Timestamp::MAX_UTC
    };
    Timestamp::from_timestamp_millis(at.0).unwrap_or(outside)
}

/// An instant as the core holds it.
pub(crate) const fn core_instant(at: Timestamp) -> cairn_core::clock::Timestamp {
    cairn_core::clock::Timestamp(at.timestamp_millis())
}
