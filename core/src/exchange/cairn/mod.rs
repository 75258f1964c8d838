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
//! | `consents/<id>.json` | a consent, with the fields of a receipt, and how it ended | no: it is a receipt |
//! | `relationships.json` | names, roles and times, what was declared and agreed on; no key | no: without keys there is nothing to go on with |
//! | anything else | a later version's: held against the manifest, and left where it is | |
//!
//! YYYY and MM are the local date on which an entry happened. An entry in the trash lies with the others and says `trashed`.
//!
//! **What is read is refused whole or taken whole**: names, links, sizes and ratios of the zip, the sum of every file and the form of
//! every entry are looked at before the first entry is handed out. A newer `version` is refused; further files and further lines of
//! front matter are not a newer version, and an older app passes over them.
//!
//! **Taking it in is additive**: an entry or a thing in a document whose id is here already stays as it is.
//!
//! Start reading at [`write()`] and [`Archive`].

mod entry;
mod manifest;
mod parts;
mod read;
mod write;

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
/// From an entry's file to the folder of the archive.
const UP: &str = "../../../";
