//! Every bound of the core, with its unit and its reason. Bounds that both sides of the wire read stand in [`cairn_wire`].

/// Characters (Unicode scalar values) in the body of one entry. The longest entry of a six-year diary has 12,817.
pub const BODY_CHARACTERS_MAX: usize = 100_000;
/// Characters in a title, a section's name, a name of a person or a device.
pub const TITLE_CHARACTERS_MAX: usize = 500;
/// Characters in one tag or one feeling.
pub const WORD_CHARACTERS_MAX: usize = 100;
/// Tags on one entry, and feelings on one entry, each.
pub const WORDS_MAX: usize = 100;
/// Drafts kept on one device.
pub const DRAFTS_MAX: usize = 100;
/// Attachments on one entry.
pub const ATTACHMENTS_MAX: usize = 200;
/// Bytes of one attachment: an hour of video from a phone is somewhat less.
pub const ATTACHMENT_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of an attachment's small picture, which the app makes and which stays on the device.
pub const THUMBNAIL_BYTES_MAX: usize = 64 * 1024;
/// How long an attachment that nothing names is kept, in milliseconds: somebody may be about to write the entry for it, or go back to what
/// one said before.
pub const ATTACHMENT_GRACE_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Bytes of an attachment that one call hands to an app.
pub const ATTACHMENT_READ_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of an attachment that is carried without asking where the person has said nothing: most photos, no videos.
pub const SMALL_ATTACHMENT_BYTES: u64 = 2 * 1024 * 1024;
/// Bytes of attachments that one round of sync carries in each direction, so that a round ends.
pub const ROUND_ATTACHMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Segments, chunks or boxes of one photo or video that are followed. A photo of 50 megapixels in PNG has some ten thousand.
pub const MEDIA_PARTS_MAX: usize = 65_536;
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
/// Bytes of all changes of statements that are remembered, so that a profile of long statements has room for what it says.
pub const REVISIONS_BYTES_MAX: usize = 128 * 1024;
/// Things in one list of the settings or the plan: words for feelings, questions, hopes, support lines, lines of the plan, what keeps
/// somebody going.
pub const LIST_THINGS_MAX: usize = 1_000;
/// Reminders: as many notifications as iOS keeps waiting for one app.
pub const REMINDERS_MAX: usize = 64;
/// Times at which reminders ring that are told in one go; for the same reason.
pub const RINGS_MAX: usize = 64;
/// Languages that somebody says of themselves: more than anybody is read to in.
pub const LANGUAGES_MAX: usize = 16;
/// Characters of a language's tag: what RFC 5646 (4.4.1) asks every reader to have room for.
pub const LANGUAGE_CHARACTERS_MAX: usize = 35;
/// Characters in the purpose of a share.
pub const PURPOSE_CHARACTERS_MAX: usize = 1_000;
/// Bytes of what an importer keeps of a source's unknown fields, per entry.
pub const IMPORT_EXTRA_BYTES_MAX: usize = 64 * 1024;

/// Gates of one space of which a round asks whether they were taken; the next round goes on.
pub const GATE_LOOKS_MAX: usize = 16;

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

/// Memory in MiB that trying a passphrase takes, at least and as it is written: what a phone can spare, and what whoever tries many
/// has to spend for each.
pub const UNLOCK_MEMORY_MIB: u16 = 64;
/// The same, at most: bytes that somebody else wrote cannot take more.
pub const UNLOCK_MEMORY_MIB_MAX: u16 = 256;
/// How often that memory is gone over, at least and as it is written: a tenth of a second of one core, half a second of an old phone's.
pub const UNLOCK_PASSES: u8 = 3;
/// The same, at most: some seconds.
pub const UNLOCK_PASSES_MAX: u8 = 16;
/// Characters of a passphrase, at least and at most.
pub const PASSPHRASE_CHARACTERS: (usize, usize) = (8, 1_000);
/// Digits of a PIN, at least: as many as phones ask for. The tries of whoever holds the device are slowed down by the delays below.
pub const PIN_DIGITS_MIN: usize = 6;
/// Wrong tries in a row before the first delay: a person types badly when it matters.
pub const UNLOCK_FREE_TRIES: u32 = 4;
/// The shortest delay before the next try, and the longest, in milliseconds. Each is twice the one before.
pub const UNLOCK_DELAY_MS: (i64, i64) = (30_000, 3_600_000);
/// How long a vault may be left alone before it locks itself, at least and at most, in milliseconds.
pub const AUTO_LOCK_MS: (i64, i64) = (1_000, 24 * 60 * 60 * 1000);
/// The same where a passphrase is set and nobody has chosen: long enough to read a long entry, too short to forget a device in.
pub const AUTO_LOCK_MS_DEFAULT: i64 = 5 * 60 * 1000;
/// Records of a space whose chain is remembered as this device computed it, the newest: more than a device misses that lay in a drawer
/// for a year, in a quarter of a MiB. A head that an author saw before them is not compared.
pub const CHAINS_KEPT: u64 = 8_192;
/// Records of a space that are watched at once because only a stub of them was shown: a long journal sealed anew. More are not watched.
pub const STUBS_MAX: u64 = 200_000;

/// Bytes of records set aside that are kept; of what comes beyond it only the name is. A relay that appends garbage cannot
/// fill a phone.
pub const QUARANTINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Entries on one page of a list.
pub const PAGE_ENTRIES_MAX: usize = 500;
/// Hits of one search.
pub const SEARCH_HITS_MAX: usize = 500;
/// Characters in a search.
pub const SEARCH_CHARACTERS_MAX: usize = 1_000;
/// Entries that are looked up one by one and put in order. Of more than this, the list is walked instead, newest first, which then
/// soon has a page together.
pub const FINDS_SORTED_MAX: usize = 500;
/// Days with entries that are put in order for a span of dates; a longer span is walked newest first. Some ten years.
pub const DAYS_SORTED_MAX: usize = 4_000;
/// Entries that are looked at in one go while a list is walked for a frequent word, first and last: what is at hand soon costs
/// little, and what is far costs few questions.
pub const WALK_ENTRIES: (usize, usize) = (64, 4_096);
/// Words that may begin as what was typed, each then asked for by itself: FTS5 finds a whole word step by step, and puts all finds of a
/// beginning together before it answers the first. Of more words than this the beginning is asked for.
pub const SEARCH_ENDINGS_MAX: usize = 32;
/// Words of the text that a search shows around its finds, about a line or two. A character of a script without blanks is half of one.
pub const SNIPPET_WORDS: usize = 24;
/// Bytes of one term of the full-text index: a longer run of letters is cut, as no word is. FTS5 itself cuts at 32 KiB.
pub const TERM_BYTES_MAX: usize = 1_024;
/// Words on one page of a list of tags, feelings, people or areas of life.
pub const PAGE_WORDS_MAX: usize = 1_000;
/// Years that "on this day" looks back: longer than anybody keeps a diary, or remembers.
pub const MEMORY_YEARS_MAX: i32 = 120;

/// Devices of one person at a time that a device may bring together: each is an access key at the relay, of which a space has 64, and
/// an entry in every key box. One more is not paired until one is removed, which is always possible; devices that are gone do not count.
pub const DEVICES_MAX: usize = 32;
/// Devices of one person at a time with those that a recovery phrase adds: whoever has lost 32 of them comes back with another, and
/// removes them. Beyond it the phrase lets no further device in until one is removed.
pub const DEVICES_BY_PHRASE_MAX: usize = 40;
/// Personas that one side of a relationship has in turn, one more with each device that is removed; each is 1.3 KiB in memory while a chain is
/// verified. Beyond it nothing more is shared, and the two begin another relationship.
pub const PERSONAS_MAX: usize = 256;
/// What a specialist's app tells of shares in one relationship, opened and removed: two for each of 10,000 shares.
pub const ACCESS_EVENTS_MAX: usize = 20_000;
/// How often one side of a relationship pauses or goes on: each is a link of its chain.
pub const PAUSES_MAX: u64 = 1_000;
/// Characters of one message.
pub const MESSAGE_CHARACTERS_MAX: usize = 4_000;
/// Characters of a message in which a specialist tells of their own experience, where the participant sets nothing.
pub const LIVED_EXPERIENCE_CHARACTERS: u16 = 600;
/// The same, whatever the participant sets.
pub const LIVED_EXPERIENCE_CHARACTERS_MAX: usize = 1_200;
/// Characters of a strength that a specialist names.
pub const STRENGTH_CHARACTERS_MAX: usize = 280;
/// Characters of one part of something that may be of use.
pub const RESOURCE_CHARACTERS_MAX: usize = 1_000;
/// Topics of one message, and topics that a participant does not want brought up.
pub const TOPICS_MAX: usize = 32;
/// Characters of one topic.
pub const TOPIC_CHARACTERS_MAX: usize = 100;
/// Messages of one side in one relationship: each is kept, for both.
pub const MESSAGES_MAX: usize = 10_000;
/// How far this device's clock and a relay's are apart at most where what is shown leaves a device for good at its end, in milliseconds: two days.
pub const CLOCKS_APART_MS: i64 = 48 * 60 * 60 * 1000;
/// Meetings of one relationship that have a page, or had one.
pub const MEETINGS_MAX: usize = 500;
/// Bytes of what one person writes on the page of a meeting, [`MEETING_LINE_BYTES`] for each line among them.
pub const MEETING_PAGE_BYTES_MAX: usize = 96 * 1024;
/// The same of what two of a person's devices wrote apart: a record holds that of both people.
pub const MEETING_PAGE_JOINED_BYTES_MAX: usize = 2 * MEETING_PAGE_BYTES_MAX;
/// What a line takes on a page beside its words: its names and its place.
pub const MEETING_LINE_BYTES: usize = 64;
/// Characters of one line on the page of a meeting.
pub const MEETING_LINE_CHARACTERS_MAX: usize = 1_000;
/// Feedback that a participant keeps in one relationship, and looks at oneself that a specialist keeps. They lie in one document with what must always have room: stopping, pausing, ending.
pub const KEPT_MAX: usize = 100;
/// Characters of the words of one of these.
pub const KEPT_CHARACTERS_MAX: usize = 1_000;
/// How often one share is narrowed: nine times by a part or by how exactly the time is shown, and else by an earlier end.
pub const NARROWINGS_MAX: usize = 64;
/// Passages of an entry in one share.
pub const PASSAGES_MAX: usize = 32;
/// Attachments of an entry in one share.
pub const SHOWN_ATTACHMENTS_MAX: usize = 32;
/// Characters in a row that stand just so in one's own text and in what another shows: a sentence, and more than a turn of phrase that two people have in common.
pub const PASTED_CHARACTERS: usize = 40;
/// Beginnings of so many characters that are looked at in one's own text: all of the longest title, an empty line and the longest body.
pub const PASTED_WINDOWS_MAX: usize = TITLE_CHARACTERS_MAX + 2 + BODY_CHARACTERS_MAX;
/// Messages in one page of a list.
pub const MESSAGES_PAGE_MAX: usize = 200;
/// Versions of the shown preferences of which a device remembers where in the log they began to count.
pub const SHOWN_VERSIONS_MAX: usize = 256;
/// Windows in which a participant takes messages.
pub const WINDOWS_MAX: usize = 28;
/// Characters of the words with which somebody ends a relationship.
pub const GOODBYE_CHARACTERS_MAX: usize = 2_000;
/// Characters of one answer of a working agreement, and of each part of a declaration.
pub const TERMS_CHARACTERS_MAX: usize = 4_000;
/// Areas of their own experience that a specialist makes known to one participant.
pub const EXPERIENCES_MAX: usize = 32;
/// Characters of one of these: a few words.
pub const EXPERIENCE_CHARACTERS_MAX: usize = 280;
/// Declarations and proposals of an agreement that one side makes in one relationship: each is kept, for both.
pub const TERMS_MAX: usize = 500;
/// Epochs whose keys a home space keeps before it seals everything again by itself, so that older ones can be let go of: a key box for a
/// new device travels in a mailbox of 16 KiB, which holds some twenty. Each removal and each new phrase begins one.
pub const EPOCHS_KEPT_MAX: usize = 12;
/// Bytes of the key box in a link that begins an epoch, beside which the link has to fit 256 KiB. It holds the newest epochs that find
/// room, 122 for 40 recipients, and at least the one that begins: whoever is a device has the others from the links before.
pub const LINK_BOX_BYTES_MAX: usize = 240 * 1024;
/// Bytes of the key box for a recovery phrase: the newest 1,024 epochs, all that a box may have. What is sealed under an older one is for
/// other devices to seal again.
pub const PHRASE_BOX_BYTES_MAX: usize = 512 * 1024;
/// Documents that one ordinary round of sync seals again under a new epoch, so that a phone on a bus is not busy with it: some 400 KiB.
pub const AGAIN_DOCUMENTS_MAX: usize = 200;
/// How long a device goes along with no further incarnation of a relay's store, in milliseconds: each has everything compared, and may
/// have all of it sent again.
pub const ANEW_WAITS_MS: u64 = 24 * 60 * 60 * 1000;
/// How much later than the kept one a relay's head of the same records has to be to be kept, in milliseconds.
pub const HEAD_TIME_MS: u64 = 60 * 60 * 1000;
/// How long ago the relay signed the newest head before `doctor` says so, in milliseconds: a day, so that an evening offline is none.
pub const HEAD_OLD_MS: u64 = 24 * 60 * 60 * 1000;
/// How long a device is with a person before it may remove an older one or set another recovery phrase without the phrase that
/// counts, in milliseconds by the relay's clock: whoever holds an unlocked phone for an evening has only that evening.
pub const DEVICE_SETTLES_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// How long everything stays after somebody asked to erase it, on each device from when it has heard of it, in milliseconds: a day and
/// a night, so that whoever has any of the person's devices in hand can stop it. The recovery phrase does not wait.
pub const ERASING_WAITS_MS: u64 = 24 * 60 * 60 * 1000;
/// How long a device whose time has come still tries to hear from the relay whether somebody stopped it, in milliseconds since the first
/// round that did not reach it: a day on which the relay is down, or a phone is on a train, is no reason to erase unheard.
pub const ERASING_LOOKS_MS: u64 = 24 * 60 * 60 * 1000;
/// How many rounds at least have to end without an answer meanwhile: one that was asleep for all of that time has not tried.
pub const ERASING_TRIES: u64 = 3;
/// Pages of what a closed space has kept that a device reads: some 16 MiB, thousands of links of a chain.
pub const CLOSED_PAGES_MAX: u32 = 32;

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
/// Files in an archive of our own: [`IMPORT_ENTRIES_MAX`] entries, and attachments.
pub const ARCHIVE_FILES_MAX: usize = 500_000;
/// Bytes of one entry's file, and of one document's, in an archive of our own: the longest words with everything around them.
pub const ARCHIVE_TEXT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// People in an archive of our own, and receipts of what was shown to them.
pub const ARCHIVE_PEOPLE_MAX: usize = 1_000;
/// The same, of all of them.
pub const ARCHIVE_SHARES_MAX: usize = 100_000;
/// Bytes of the file of one such receipt: its words, each character written as six.
pub const ARCHIVE_SHARE_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of the line of one message in an archive of our own: its words and topics, each character written as six.
pub const ARCHIVE_MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of what is kept from an export in one document: a few dozen messages, so that a long conversation is several records.
pub const KEPT_PART_BYTES_MAX: usize = 256 * 1024;
/// Memory that sealing an export with a passphrase takes is 1 KiB times two to this power: 128 MiB for about half a second, which
/// a phone has, and which whoever tries passphrases has to spend for each.
pub const EXPORT_SCRYPT_LOG2: u8 = 17;
/// The same, at most, for opening a sealed file: 256 MiB, what the `age` tool itself asks for.
pub const IMPORT_SCRYPT_LOG2_MAX: u8 = 18;
/// Bytes of pictures that one page to print holds within itself. Beyond it browsers fail to open it, so the rest is named in words.
pub const PAGE_PICTURES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of a table that is imported: ten rows a day for ten years, each with a page of notes.
pub const IMPORT_TABLE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of the front matter of one Markdown file; what is longer stays in the text.
pub const FRONT_MATTER_BYTES_MAX: usize = 64 * 1024;
/// Values in the front matter of one Markdown file, and how deep they may lie in one another.
pub const FRONT_MATTER_VALUES_MAX: usize = 5_000;
/// Bytes of one photo or recording that an import takes in: it is held whole while it is cleaned, in an app's memory.
pub const IMPORT_MEDIA_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Entries of one import.
pub const IMPORT_ENTRIES_MAX: usize = 200_000;

/// Days for which an invitation holds: the relay forgets its mailbox then.
pub const INVITATION_DAYS: u8 = 7;
/// How long a share waits on the device before it leaves, in milliseconds, where the participant sets nothing.
pub const HOLD_MS_DEFAULT: i64 = 60_000;
/// Days that something shown stays readable in the other's app without contact to the relay, where the participant sets nothing.
pub const LEASE_DAYS_DEFAULT: u16 = 7;
/// The most of these that a participant can set: whoever hears nothing of a stop for longer has it no more.
pub const LEASE_DAYS_MAX: u16 = 30;
/// How long after contact with the relay something can be opened that is shown for 0 of these days, in milliseconds: five minutes, to read it and look at its photos.
pub const LEASE_OPENING_MS: i64 = 5 * 60 * 1000;
/// Characters in the name a person shows to the other one.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// Bytes of a flat document from which on it begins anew by itself, if that is twice what it says: former words are kept for merging
/// and not for reading, and what a screen shows would else one day be refused for them.
pub const FLAT_HISTORY_BYTES: usize = 512 * 1024;
/// Bytes of one saved document, uncompressed; with its projection it fits [`CONTENT_BYTES_MAX`].
pub const DOCUMENT_BYTES_MAX: usize = 3 * 1024 * 1024;
