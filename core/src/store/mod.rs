//! Keeps bytes: one SQLite database per vault, encrypted whole, and a folder of sealed attachments beside it.
//!
//! The room keeps what the others hand to it and gives it back. It may not know what a document means, how a record is
//! sealed, or when anything is sent: it imports neither `document`, `crypto` nor `sync`, and no other room imports
//! `rusqlite`. Times come in as arguments.
//!
//! # Invariants
//!
//! * What [`Store::write`] answered `Ok` for is on the disk, whole; what it answered an error for is nowhere.
//! * What must be gone stands in no page: deleted bytes are overwritten (`secure_delete`), [`Tx::scrub`] makes the
//!   full-text index anew, and [`Store::checkpoint`] empties the write-ahead log. [`Store::decrypted_pages`] is there
//!   to prove it.
//! * A page that was changed from outside is not believed: SQLCipher authenticates each, and [`View`] asks it after
//!   every read. Old pages put back in their old places are *not* noticed here; the device chain and the relay's heads
//!   are hash-chained for that reason.
//! * What a person types into the search is never a query language.
//! * Nothing here deletes a database. [`set_aside`] moves it; a newer form is refused ([`StoreError::TooNew`]).
//! * No text, path or SQL is in an error.
//!
//! # Reading
//!
//! [`Store`] in `connection.rs`, `open.rs` (every pragma with its reason), then `schema/0001_vault.sql`, then the file of the
//! table at hand. [`View`] reads, [`Tx`] reads and writes; their methods stand with their tables:
//!
//! | Table | One row is | File | Written by |
//! |---|---|---|---|
//! | `document` | a document: Automerge bytes, heads, what is to publish | `documents.rs` | [`Tx::put_document`] |
//! | `field`, `field_set` | a named value of a flat document; the document's unknown fields | `fields.rs` | [`Tx::put_fields`] |
//! | `gone`, `closing` | an entry that was erased; an edition still to be closed at the relay | `gone.rs` | [`Tx::put_gone`], [`Tx::put_closing`] |
//! | `draft` | what a person was writing when they left off | `drafts.rs` | [`Tx::put_draft`] |
//! | `attempt` | an attempt at opening a document that has not ended | `documents.rs` | [`Tx::begin_attempt`] |
//! | `entry_attachment`, `flat_attachment` | an attachment that an entry, or the profile or the plan names, and whether the relay holds it for that | `naming.rs` | [`Tx::put_entry`], [`Tx::put_fields`] |
//! | `attachment` | how much of an attachment is here and at the relay; its small picture | `attachments.rs` | [`Tx::put_attachment`] |
//! | `attachment_release` | an attachment that the relay is to let go of | `naming.rs` | [`Tx::put_entry`] |
//! | `entry` | an entry as it is read | `entries.rs`, `calendar.rs`, `answers.rs` | [`Tx::put_entry`] |
//! | `entry_word` | a tag, feeling, name or area of an entry, by its folded form | `entries.rs`, `word_lists.rs` | [`Tx::put_entry`] |
//! | `entry_text`, `entry_term` | the full-text index over `entry` (FTS5); its terms | `finding/` | [`Tx::put_entry`] |
//! | `sibling` | a record whose state a document contains | `siblings.rs` | [`Tx::set_siblings`] |
//! | `unverified` | a signature still to be checked | `siblings.rs` | [`Tx::add_unverified`] |
//! | `quarantine` | a record that could not be admitted, sealed | `quarantine.rs` | [`Tx::quarantine`] |
//! | `outbox` | a sealed record on its way | `outbox.rs` | [`Tx::push_outbox`] |
//! | `space`, `epoch_key` | a space; the key of one of its epochs | `spaces.rs` | [`Tx::put_space`], [`Tx::put_epoch_key`] |
//! | `link` | a link of a space's signed chain | `spaces.rs` | [`Tx::put_link`] |
//! | `meta` | a single value by name | `spaces.rs` | [`Tx::set_meta`] |
//! | `shared` | a view that another person shows | `shared.rs` | [`Tx::put_shared`] |
//! | `shown_profile` | what is shown of a profile in a space | `shown_profile.rs` | [`Tx::put_shown_profile`] |
//! | `said` | what one of two people said to the other | `said.rs` | [`Tx::put_said`] |
//! | `share_end` | a share that ended, and the version that ended it | `shared.rs` | [`Tx::end_share`] |
//! | `hold` | a share that waits before it leaves | `shared.rs` | [`Tx::hold`] |
//!
//! `salvage/` reads what is left of a damaged database. Sealed attachments are files in `attachments/`, drawn in `files.rs`. Only this room touches them.
//!
//! Columns that hold lists are drawn in `columns.rs`. Ids and hashes are blobs of their bytes, times are milliseconds
//! since 1970. The form of the database (`user_version`) is the number of the last migration in `schema/`; each is taken
//! in a transaction of its own.

mod anew;
mod answers;
mod aside;
mod attachments;
mod calendar;
mod columns;
mod connection;
mod documents;
mod drafts;
mod entries;
mod error;
mod fields;
mod files;
mod finding;
mod gone;
mod key;
mod meetings;
mod migrate;
mod naming;
mod oldest;
mod open;
mod outbox;
mod quarantine;
mod said;
mod salvage;
mod shared;
mod shown_profile;
mod siblings;
mod spaces;
mod witness;
mod word_lists;

#[cfg(test)]
mod tests;

pub use aside::{folder_aside, is_aside, set_aside, set_aside_in};
pub use attachments::{AttachmentRow, Carried, Trouble};
pub use connection::{BUSY_TIMEOUT_MS, DATABASE_FILE, Existence, Reader, Store, StoreConfig, Tx, View};
pub use documents::{DocumentHead, DocumentRow};
pub use drafts::DraftRow;
pub use error::StoreError;
pub use files::{ATTACHMENTS_FOLDER, AttachmentFiles, NewFile, is_attachment};
pub use gone::ClosingRow;
pub use meetings::{MeetingPageRow, PageWaits};
pub use naming::{Held, NamedAttachment, Release};
pub use outbox::OutboxRow;
pub use quarantine::Quarantined;
pub use said::SaidRow;
pub use salvage::{SALT_BYTES, Salvaged, log_ends_early, log_is_damaged, salt_of};
pub use shared::SharedRow;
pub use shown_profile::ShownProfileRow;
pub use siblings::{Sibling, Unverified, author_tag};
pub use spaces::SpaceRow;
pub use witness::{LogName, StubRow};
