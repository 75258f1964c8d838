//! The vault: everything one person owns on one device, and the only room that sees all others.
//!
//! Apps hold a [`Vault`]; it answers from threads of its own. Inside works an [`Engine`]: single-threaded, without I/O
//! but its database, a command or an answer in and changes out, so that a simulator can drive dozens of them.
//!
//! | file | what it does |
//! |---|---|
//! | `facade`, `profile_door`, `shell`, `writing`, `readers`, `reply`, `observe`, `editing` | what apps hold; the threads; answers on their way; changes, and quiet while somebody writes |
//! | `lock_door`, `latch`, `passphrase` | locking and unlocking; judged before every call; the passphrase over the key, and the tries |
//! | `opening`, `key_store`, `config`, `identity` | opens or begins a vault; keys |
//! | `settings`, `settings_door`, `reminders`, `plan`, `bundled` | settings, questions, words, hopes, lines; when to remind; the plan and its open copy; what comes with the software |
//! | `not_yet` | what the participant may want to show later, known to nobody else |
//! | `engine`, `entries`, `profile`, `documents` | commands; documents between database and Automerge |
//! | `attachment_door`, `attaching`, `attachments`, `carrying` | attachments: the calls for apps; kept; read and let go; carried by sync |
//! | `receive`, `merging`, `sealing`, `space`, `syncing` | what arrives, what leaves, and sync's view of the device |
//! | `history`, `editions`, `flat_editions`, `erasing`, `drafts` | earlier states, beginning anew, what is gone for good, what is not finished |
//! | `devices`, `handshake`, `support`, `support_space` | device chain, pairing and invitation, relationships and shares |
//! | `epochs`, `removing`, `access`, `judging` | new keys; a device that goes; who may enter at the relay; what was set aside, judged again |
//! | `phrase`, `phrase_keeping`, `recovering`, `visiting` | the recovery phrase: made, kept at the relay, used |
//! | `shredding`, `witness` | sealing everything again and letting go of keys; what the relay is held to |
//! | `ending`, `ending_relay`, `destroying` | everything is to be erased, on all devices or on this one: asked, stopped, carried out |
//! | `people`, `support_listing`, `support_messages` | in which order people stand; messages listed, written and sent |
//! | `support_terms`, `support_saying` | declaration, agreement, pausing, ending; what is said, on its way and as it arrives |
//! | `support_seeing` | who saw what: opening, and what the other's app tells |
//! | `support_profile` | what of the profile is shown to one specialist, and what she has opened |
//! | `support_pasting` | whether one's own text holds words that another shows |
//! | `support_narrowing` | what a share shows by now |
//! | `support_gates`, `support_asking` | words that open with the network alone; what the relay is asked for that |
//! | `showing`, `showing_carrying` | copies of attachments that are shown; carried by sync |
//! | `support_sending`, `support_keeping`, `support_ending` | what leaves for a support space, what arrives in one, how shares end |
//! | `personas`, `turning`, `support_access`, `support_healing` | who a person is in each relationship, and becomes after a removal; with which key they enter; a relay that lost its store |
//! | `exporting`, `restoring` | the journal out into a file, and an archive of our own in again |
//! | `importing` | a journal from elsewhere, in, with its photos and recordings |
//! | `healing`, `parting` | a relay that lost its store: what it misses is sent to it again; devices that no longer agree on who they are |
//! | `renewing` | a backup that was put back, and a copy: noticed, and made a device of its own |
//! | `repairing` | a damaged database: what can be read of it, in a new one |
//! | `doctor`, `error` | what is said when something is not as it should be |
//!
//! **Invariants.** What a command acknowledged survives a loss of power. Nothing is read through Automerge: it is opened
//! to edit or to merge, and dropped. No bytes from outside reach it before `receive` has opened, checked and pre-scanned
//! them, nor without an attempt marker on disk. No key is made over an existing vault, and nothing is deleted because of
//! an error.
//!
//! Start reading at [`Vault`], then at [`Engine`].

mod access;
mod attaching;
mod attachment_door;
mod attachments;
mod bundled;
mod carrying;
mod config;
mod declining;
mod destroying;
mod devices;
mod devices_door;
mod doctor;
mod documents;
mod drafts;
mod editing;
mod editions;
mod ending;
mod ending_relay;
mod engine;
mod entries;
mod epochs;
mod erasing;
mod error;
mod exporting;
#[cfg(test)]
mod exporting_attachments_tests;
#[cfg(test)]
mod exporting_people_tests;
#[cfg(test)]
mod exporting_tests;
mod facade;
mod finding;
mod flat_editions;
mod handshake;
mod healing;
mod history;
mod identity;
mod importing;
mod judging;
mod key_store;
mod latch;
mod lock_door;
#[cfg(test)]
mod lock_tests;
mod meetings_door;
mod merging;
mod messages_door;
mod not_yet;
mod observe;
mod opening;
mod parting;
mod passphrase;
mod people;
mod people_lock;
mod personas;
mod phrase;
mod phrase_keeping;
mod plan;
mod profile;
mod profile_door;
mod readers;
mod receive;
mod recovering;
mod reminders;
mod removing;
mod renewing;
mod repairing;
mod reply;
mod restoring;
mod restoring_people;
mod sealing;
mod settings;
mod settings_door;
mod shell;
mod showing;
mod showing_carrying;
mod shredding;
#[cfg(test)]
mod shredding_tests;
mod space;
mod support;
mod support_access;
mod support_asking;
mod support_door;
mod support_ending;
mod support_feedback;
mod support_gates;
mod support_healing;
mod support_judging;
mod support_keeping;
mod support_kept;
mod support_lease;
mod support_listing;
mod support_meetings;
mod support_messages;
mod support_narrowing;
mod support_pasting;
mod support_profile;
mod support_receipts;
mod support_saying;
mod support_seeing;
mod support_sending;
mod support_space;
mod support_strengths;
mod support_terms;
mod syncing;
mod tries;
mod turning;
#[cfg(test)]
mod vectors;
mod visiting;
mod waking;
mod witness;
mod writing;

pub use crate::crypto::{PassphraseInvalid, PassphraseKind};
pub use attaching::{Keeping, Prepared, SealedAttachment, Sealing};
pub use attachments::{AttachmentError, AttachmentState, OpenAttachment};
pub use bundled::section_examples;
pub use carrying::{AttachmentPolicy, AttachmentProgress};
pub use config::VaultConfig;
pub use devices::DeviceCard;
pub use devices_door::Devices;
pub use doctor::Doctor;
pub use drafts::{DraftKind, KeptDraft, draft, drafts};
pub use editing::Editing;
pub use ending::Erasure;
pub use engine::Engine;
pub use entries::{Version, entry_for_editing};
pub use error::{Error, Kind};
pub use facade::{Journal, Subscription, Sync, Vault};
pub use handshake::{Handshake, Next, Shown};
pub use history::Revision;
pub use importing::Brought;
pub use key_store::{KeyStore, KeyStoreError, MemoryKeyStore};
pub use not_yet::read_not_yet;
pub use observe::{Change, Observer};
pub use opening::VAULT_KEY;
pub use passphrase::{LockState, UNLOCK_TRIES};
pub use people_lock::{PEOPLE_LOCK, PEOPLE_TRIES};
pub use phrase::{PHRASE_CHECKS, RecoveryState};
pub use plan::{OpenPlan, PLAN_KEY, read_mainstays, read_open_plan, read_plan};
pub use profile::{offered_sections, preference_history, read_profile, read_wanted};
pub use profile_door::ProfileDoor;
pub use reminders::Upcoming;
pub use removing::Arrival;
pub use renewing::Renewing;
pub use repairing::Repaired;
pub use reply::Reply;
pub use restoring::Restored;
pub use settings::{
    read_feelings, read_hopes, read_next_prompt, read_prompts, read_settings, read_state_of_mind, read_support_lines,
    state_of_mind_sample,
};
pub use showing::{Copied, ToShow};
pub use shredding::Shredding;
pub use support::NewShare;
pub use support_door::Support;
pub use support_messages::NewMessage;
pub use syncing::SyncStatus;
pub use waking::Waking;
