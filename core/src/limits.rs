//! Every bound of the core, with its unit and its reason. Bounds that both sides of the wire read stand in [`cairn_wire`].

/// Characters (Unicode scalar values) in the body of one entry. The longest entry of a six-year diary has 12,817.
pub const BODY_CHARACTERS_MAX: usize = 100_000;
/// Characters in a title, a section's name, a name of a person or a device.
pub const TITLE_CHARACTERS_MAX: usize = 500;
/// Characters in one tag or one feeling.
pub const WORD_CHARACTERS_MAX: usize = 100;
/// Tags on one entry, and feelings on one entry, each.
pub const WORDS_MAX: usize = 100;
/// Attachments on one entry.
pub const ATTACHMENTS_MAX: usize = 200;
/// Bytes of one attachment: an hour of video from a phone is somewhat less.
pub const ATTACHMENT_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Characters in the words for what an attachment shows.
pub const ALT_CHARACTERS_MAX: usize = 2_000;
/// Characters in the words for what is said in an attachment: an hour of speech.
pub const TRANSCRIPT_CHARACTERS_MAX: usize = 60_000;
/// Characters in a question.
pub const PROMPT_CHARACTERS_MAX: usize = 1_000;
/// Bytes of the weather that another journal kept with an entry.
pub const WEATHER_BYTES_MAX: usize = 8 * 1024;

/// Characters in one statement of the profile.
pub const STATEMENT_CHARACTERS_MAX: usize = 10_000;
/// Statements in the profile, and sections, each.
pub const STATEMENTS_MAX: usize = 1_000;
/// Revisions of statements that are kept, the newest; older ones go first. A profile rewritten once a week fills them in
/// four years.
pub const REVISIONS_MAX: usize = 200;
/// Things in one list of the settings or the plan: words for feelings, questions, hopes, support lines, lines of the plan.
pub const LIST_THINGS_MAX: usize = 1_000;
/// Characters in the purpose of a share.
pub const PURPOSE_CHARACTERS_MAX: usize = 1_000;
/// Bytes of what an importer keeps of a source's unknown fields, per entry.
pub const IMPORT_EXTRA_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one record's content after decompression: projection and document together.
pub const CONTENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows an Automerge column may claim. A row is one character ever typed. Loading half a million of them takes about a
/// tenth of a GiB and a second; the longest entry can be written anew four times over.
pub const DOCUMENT_ROWS_MAX: u64 = 500_000;
/// Changes in one document: each is one pause in writing. Automerge keeps about 3 KB for each that is claimed.
pub const DOCUMENT_CHANGES_MAX: u64 = 10_000;
/// Containers in one document (the body, and one more for every merged first change). Bounds the depth too.
pub const DOCUMENT_OBJECTS_MAX: u64 = 16;
/// Devices that may have written in one document.
pub const DOCUMENT_ACTORS_MAX: u64 = 256;
/// Stack of the thread that opens a document for the first time, in bytes.
pub const ADMIT_STACK_BYTES: usize = 8 * 1024 * 1024;
/// Attempts at opening one document before it is set aside unopened: two deaths in a row are no accident.
pub const ADMIT_ATTEMPTS_MAX: u32 = 2;

/// Bytes of records set aside that are kept; of what comes beyond it only the name is. A relay that appends garbage cannot
/// fill a phone.
pub const QUARANTINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Entries on one page of a list.
pub const PAGE_ENTRIES_MAX: usize = 500;
/// Hits of one search.
pub const SEARCH_HITS_MAX: usize = 500;
/// Characters in a search.
pub const SEARCH_CHARACTERS_MAX: usize = 1_000;

/// Sealed bytes that one append carries, so that a slow network still finishes it.
pub const PUSH_BYTES_MAX: usize = 512 * 1024;
/// Sealed bytes one page of reading asks for.
pub const PULL_BYTES_MAX: u32 = 512 * 1024;
/// Bytes of the first page a new device reads, newest first: about the newest 50 entries and more.
pub const NEWEST_BYTES_MAX: u32 = 128 * 1024;
/// The shortest and the longest wait before a merge is published, in milliseconds: of several devices one is first.
pub const MERGE_WAIT_MS: (u64, u64) = (5_000, 60_000);
/// Requests one round of sync may take: a relay that never comes to an end is left for the next round.
pub const ROUND_REQUESTS_MAX: u32 = 100_000;

/// Bytes of an import file's directory, entries of a zip, and bytes of one unpacked file.
pub const IMPORT_FILES_MAX: usize = 100_000;
/// Bytes of one unpacked journal file of an import.
pub const IMPORT_FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Entries of one import.
pub const IMPORT_ENTRIES_MAX: usize = 200_000;

/// How long a share waits on the device before it leaves, in milliseconds, where the participant sets nothing.
pub const HOLD_MS_DEFAULT: i64 = 60_000;
/// Characters in the name a person shows to the other one.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// Bytes of one saved document, uncompressed; with its projection it fits [`CONTENT_BYTES_MAX`].
pub const DOCUMENT_BYTES_MAX: usize = 3 * 1024 * 1024;
