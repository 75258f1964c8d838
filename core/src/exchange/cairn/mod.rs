//! Our own archive: everything a person owns, in files that anybody can read with no app, and that come in again as they went out.
//!
//! A zip, or a zip sealed with a passphrase as the `age` tool does it (what lies inside is the same):
//!
//! | file | holds | comes in again |
//! |---|---|---|
//! | `README.txt` | what each file is, in plain words | |
//! | `manifest.json` | `format` `cairn-archive`, `version` 1, `generator`, `made`, and every other file with its bytes and SHA-256 | is held against every file |
//! | `entries/YYYY/MM/<id>.md` | an entry: front matter (see [`entry`]), its words | yes, all of it |
//! | `attachments/<sha256>.<ending>` | the bytes of an attachment | yes, where attachments are kept |
//! | `attachments/not-on-this-device.txt` | the attachments that entries name and whose bytes were elsewhere | |
//! | `profile.json`, and one such file for every other flat document | `format` `cairn-document`, `version` 1, `fields`: name to text, number, or `{"base64"}` | yes, field by field |
//! | `profile.md`, and so on | the same, for a person | |
//! | `relationships.json` | people: names, roles and times, what was declared, agreed on, wished and kept for oneself; no key (see [`people`]) | to be read: without keys there is nothing to go on with |
//! | `consents/<id>.json` | a consent with the fields of a receipt, how it ended, and who saw what (see [`consents`]) | to be read |
//! | `conversations/<id>.jsonl` | what was said in a relationship, a message a line (see [`conversation`]) | to be read |
//! | `conversations/<id>.md` | the same with what was agreed on, shown and kept, for a person | |
//! | anything else | a later version's: held against the manifest, and left where it is | |
//!
//! YYYY and MM are the local date on which an entry happened. An entry in the trash lies with the others and says `trashed`.
//!
//! **What is read is refused whole or taken whole**: names, links, sizes and ratios of the zip, the sum of every file and the form of
//! every entry are looked at before the first entry is handed out. A newer `version` is refused; further files and further lines of
//! front matter are not a newer version, and an older app passes over them.
//!
//! **Taking it in is additive**: an entry or a thing in a document whose id is here already stays as it is. What was between two people is a record of the past from then on
//! ([`KeptRelationship`](crate::support::KeptRelationship)), beside a relationship of the same name that is here, which is left alone.
//!
//! **What a participant said to a specialist** is in no export of the specialist's: of such a relationship there are the specialist's own words in `relationships.json`, no consent and
//! no conversation. What was withheld from the participant is in theirs neither.
//!
//! Start reading at [`write()`] and [`Archive`].

mod consents;
mod conversation;
mod entry;
mod manifest;
mod parts;
mod people;
mod read;
mod read_people;
mod write;

#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;

pub(super) use parts::{plan_words, profile_words, settings_words};
pub(super) use read::is_ours;
pub use read::{Archive, ArchiveEntries, ArchivePreview};
pub(super) use write::write;

/// What `manifest.json` says it is.
const FORMAT: &str = "cairn-archive";
/// The form of an archive that this version writes, and the newest it reads.
const VERSION: u64 = 1;
/// The file that names all others.
const MANIFEST: &str = "manifest.json";
/// The folder of entries.
const ENTRIES: &str = "entries/";
/// The folder of attachments.
const ATTACHMENTS: &str = "attachments/";
/// The folder of receipts.
const CONSENTS: &str = "consents/";
/// The folder of what was said.
const CONVERSATIONS: &str = "conversations/";
/// The file of people.
const RELATIONSHIPS: &str = "relationships.json";
/// From an entry's file to the folder of the archive.
const UP: &str = "../../../";
