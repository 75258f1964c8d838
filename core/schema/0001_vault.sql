-- The first form of a vault's database. The tables are described in the documentation of the room `store`.
-- Long columns stand last in their tables: SQLite then reads the short ones without touching the pages behind them.

-- Documents: what is merged. One row per document, its Automerge bytes only once it has been edited.
CREATE TABLE document (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind          INTEGER NOT NULL,
    edition       INTEGER NOT NULL,
    schema        INTEGER NOT NULL,
    genesis       INTEGER NOT NULL,
    admitted      INTEGER NOT NULL,
    dirty         INTEGER NOT NULL,
    publish_after INTEGER,
    read_only     INTEGER NOT NULL,
    space         BLOB,
    heads         BLOB    NOT NULL,
    bytes         BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX document_dirty ON document (publish_after) WHERE dirty = 1;
-- Entries are nearly all documents and are never asked for by kind: they stay out of this index.
CREATE INDEX document_kind ON document (kind) WHERE kind > 1;

-- Entries: what is read. `n` never changes while the entry lives; the full-text index knows entries by it.
CREATE TABLE entry (
    n                 INTEGER PRIMARY KEY,
    id                BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    at                INTEGER NOT NULL,
    date              INTEGER NOT NULL,
    precision         INTEGER NOT NULL,
    zone              TEXT    NOT NULL,
    written_at        INTEGER NOT NULL,
    written_date      INTEGER NOT NULL,
    written_precision INTEGER NOT NULL,
    written_zone      TEXT    NOT NULL,
    trashed           INTEGER,
    both_versions     INTEGER NOT NULL,
    marks             INTEGER NOT NULL,
    valence           REAL,
    energy            REAL,
    state_of_mind     BLOB,
    replies_to        BLOB,
    latitude_e7       INTEGER,
    longitude_e7      INTEGER,
    tags              BLOB    NOT NULL,
    feelings          BLOB    NOT NULL,
    people            BLOB    NOT NULL,
    life_areas        BLOB    NOT NULL,
    place             TEXT,
    prompt            TEXT,
    question          TEXT,
    earlier           BLOB,
    title             TEXT    NOT NULL,
    body              TEXT    NOT NULL,
    attachments       BLOB    NOT NULL,
    weather           TEXT    NOT NULL,
    import_source     TEXT,
    import_id         TEXT,
    import_extra      TEXT,
    unknown           BLOB    NOT NULL
) STRICT;
CREATE INDEX entry_newest ON entry (at DESC, id, date) WHERE trashed IS NULL;
CREATE INDEX entry_trash ON entry (at DESC, id) WHERE trashed IS NOT NULL;
-- The place of an entry in lists, by the number under which the full-text index knows it: without the pages of its texts.
CREATE INDEX entry_place ON entry (n, at, id, trashed);
-- The calendar.
CREATE INDEX entry_date ON entry (date, precision, at, id) WHERE trashed IS NULL;
CREATE INDEX entry_remember ON entry (at DESC, id) WHERE trashed IS NULL AND marks & 1;
CREATE INDEX entry_answer ON entry (prompt, at, id) WHERE trashed IS NULL AND prompt IS NOT NULL;
CREATE INDEX entry_reply ON entry (replies_to) WHERE replies_to IS NOT NULL;

-- Which entries hang on an attachment's bytes. The entry's own row says what each is. `held` is one more than the edition of the
-- entry under whose slot the relay holds the bytes; 0 while it does not.
CREATE TABLE entry_attachment (
    attachment BLOB    NOT NULL CHECK (length(attachment) = 16),
    n          INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    held       INTEGER NOT NULL,
    PRIMARY KEY (attachment, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_attachment_entry ON entry_attachment (n);
CREATE INDEX entry_attachment_kind ON entry_attachment (kind, n);

-- Attachments: how much of each sealed file is on this device (`have`) and at the relay (`sent`), of `sealed_bytes`. Its key is
-- kept nowhere: it follows from `sha256`, `bytes` and the slot key of the home space. `unnamed` is since when a sweep has found that nothing
-- names it; `pinned`, that it was attached and nothing has named it since.
CREATE TABLE attachment (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    blob         BLOB    NOT NULL UNIQUE CHECK (length(blob) = 32),
    sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes        INTEGER NOT NULL,
    sealed_bytes INTEGER NOT NULL,
    have         INTEGER NOT NULL,
    sent         INTEGER NOT NULL,
    wanted       INTEGER NOT NULL,
    kept         INTEGER NOT NULL,
    trouble      INTEGER NOT NULL,
    unnamed      INTEGER,
    pinned       INTEGER NOT NULL DEFAULT 0,
    thumbnail    BLOB
) STRICT, WITHOUT ROWID;
-- The same for flat documents that name attachments, profile and plan; what each is they say themselves.
CREATE TABLE flat_attachment (
    attachment BLOB    NOT NULL CHECK (length(attachment) = 16),
    document   BLOB    NOT NULL CHECK (length(document) = 16),
    sha256     BLOB    NOT NULL CHECK (length(sha256) = 32),
    bytes      INTEGER NOT NULL,
    held       INTEGER NOT NULL,
    PRIMARY KEY (attachment, document)
) STRICT, WITHOUT ROWID;
-- Whatever names an attachment: which document, and when it was about. What a profile or a plan names goes before all entries.
CREATE VIEW named_attachment AS
    SELECT attachment, entry.id AS document, held, at, trashed
    FROM entry_attachment JOIN entry ON entry.n = entry_attachment.n
    UNION ALL
    SELECT attachment, document, held, 9223372036854775807 AS at, NULL AS trashed FROM flat_attachment;
-- What a document named and names no more: the relay is asked to let go of it when this device has.
CREATE TABLE attachment_release (
    blob     BLOB    NOT NULL CHECK (length(blob) = 32),
    document BLOB    NOT NULL CHECK (length(document) = 16),
    edition  INTEGER NOT NULL,
    PRIMARY KEY (blob, document, edition)
) STRICT, WITHOUT ROWID;

-- Tags, feelings, people and areas of life by their folded form, for lists of "everything tagged so". The entry's own row has
-- them in order.
CREATE TABLE entry_word (
    kind   INTEGER NOT NULL,
    folded TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (kind, folded, n)
) STRICT, WITHOUT ROWID;

-- Terms of titles and bodies, as `store/finding` cuts and folds them, with blanks between: FTS5 has nothing left to decide. The texts
-- themselves stand in `entry` only. Taking an entry out asks for its number alone, so an index that another Unicode table
-- filled is never at odds with a text.
-- Not with FTS5's `secure-delete`: in a journal of 10,000 entries it makes one revision 40 times slower, because every
-- page that holds one of the old words is written again. What must be gone goes with a rebuild (`Tx::scrub`).
CREATE VIRTUAL TABLE entry_text USING fts5 (
    title, body,
    content = '', contentless_delete = 1,
    tokenize = 'ascii', prefix = '2 3'
);
-- What the index holds, term by term: for its examination, and to see which words begin as what is typed. It keeps nothing.
CREATE VIRTUAL TABLE entry_term USING fts5vocab ('entry_text', 'instance');

-- Flat documents (profile, settings, relationships), one row per name; the type of `value` is the type of the field.
CREATE TABLE field (
    document BLOB NOT NULL CHECK (length(document) = 16),
    name     TEXT NOT NULL,
    value    ANY  NOT NULL,
    PRIMARY KEY (document, name)
) STRICT, WITHOUT ROWID;
-- One row per flat document, also for one that has no field yet.
CREATE TABLE field_set (
    document BLOB NOT NULL PRIMARY KEY CHECK (length(document) = 16),
    unknown  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Records whose state a document contains.
CREATE TABLE sibling (
    document BLOB    NOT NULL CHECK (length(document) = 16),
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    seq      INTEGER NOT NULL,
    tip      INTEGER NOT NULL,
    author   INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    PRIMARY KEY (document, hash)
) STRICT, WITHOUT ROWID;
-- What of the newest states is sealed under which epoch: looked up while everything is sealed again.
CREATE INDEX sibling_epoch ON sibling (epoch, document) WHERE tip = 1;

-- Records that could not be admitted, sealed as they came.
CREATE TABLE quarantine (
    hash     BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    space    BLOB    NOT NULL CHECK (length(space) = 16),
    seq      INTEGER NOT NULL,
    document BLOB,
    slot     BLOB,
    reason   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    record   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_document ON quarantine (document, seq) WHERE document IS NOT NULL;
CREATE INDEX quarantine_slot ON quarantine (space, slot, seq) WHERE slot IS NOT NULL;

-- Records whose author's signature is still to be checked, after a catch-up, in the order in which they came: kept by their random
-- hashes, every page of a catch-up would write nearly all of this table again.
CREATE TABLE unverified (
    n         INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    document  BLOB NOT NULL CHECK (length(document) = 16),
    author    BLOB NOT NULL CHECK (length(author) = 32),
    digest    BLOB NOT NULL CHECK (length(digest) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- Attempts at opening a document that have begun and not ended: a marker that outlives a crash.
CREATE TABLE attempt (
    document BLOB    NOT NULL PRIMARY KEY CHECK (length(document) = 16),
    count    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Entries that were erased for good: nothing that arrives brings one back. What is kept is what a tombstone says: the id, the edition,
-- and the hashes of the records that were closed (32 bytes each), for a relay that has lost the tombstone.
CREATE TABLE gone (
    document BLOB    NOT NULL PRIMARY KEY CHECK (length(document) = 16),
    parents  BLOB    NOT NULL,
    edition  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Editions whose slot is to be closed at the relay, once nothing of the document waits to be sent before.
CREATE TABLE closing (
    document BLOB    NOT NULL CHECK (length(document) = 16),
    edition  INTEGER NOT NULL,
    why      INTEGER NOT NULL,
    parents  BLOB    NOT NULL,
    PRIMARY KEY (document, edition)
) STRICT, WITHOUT ROWID;

-- What a person was writing when they left off. Drafts stay on this device.
CREATE TABLE draft (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    entry   BLOB,
    version BLOB    NOT NULL,
    why     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    content BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Sealed bytes on their way to the relay. AUTOINCREMENT: an answer that comes late must not hit another record.
CREATE TABLE outbox (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    space     BLOB    NOT NULL CHECK (length(space) = 16),
    purpose   INTEGER NOT NULL,
    record_id BLOB    NOT NULL CHECK (length(record_id) = 16),
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),
    document  BLOB,
    sent      INTEGER NOT NULL,
    record    BLOB    NOT NULL
) STRICT;
CREATE INDEX outbox_space ON outbox (space);

-- Spaces, and what this device knows of each.
CREATE TABLE space (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind           INTEGER NOT NULL,
    side           INTEGER NOT NULL,
    administer     INTEGER NOT NULL,
    origin         TEXT    NOT NULL,
    relay_key      BLOB    NOT NULL CHECK (length(relay_key) = 32),
    access_seed    BLOB    NOT NULL CHECK (length(access_seed) = 32),
    slot_key       BLOB    NOT NULL CHECK (length(slot_key) = 32),
    incarnation    INTEGER NOT NULL,
    epoch          INTEGER NOT NULL,
    cursor         INTEGER NOT NULL,
    chain          BLOB    NOT NULL CHECK (length(chain) = 32),
    head_n         INTEGER NOT NULL,
    head_chain     BLOB    NOT NULL CHECK (length(head_chain) = 32),
    head_time      INTEGER NOT NULL,
    head_signature BLOB    NOT NULL CHECK (length(head_signature) = 64),
    acked          INTEGER NOT NULL,
    writer_seq     INTEGER NOT NULL,
    created        INTEGER NOT NULL,
    relationship   BLOB,
    access_version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE epoch_key (
    space BLOB    NOT NULL CHECK (length(space) = 16),
    epoch INTEGER NOT NULL,
    key   BLOB    NOT NULL CHECK (length(key) = 32),
    PRIMARY KEY (space, epoch)
) STRICT, WITHOUT ROWID;
-- The signed chain of each space: devices at home, consent in support.
CREATE TABLE link (
    space BLOB    NOT NULL CHECK (length(space) = 16),
    n     INTEGER NOT NULL,
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    bytes BLOB    NOT NULL,
    PRIMARY KEY (space, n)
) STRICT, WITHOUT ROWID;

-- The chain of a space as this device computed it, in the stretches in which it was read: 32 bytes a record, up to record `last`. Every record
-- names a head that its author verified; what was computed here tells whether the relay showed both the same. Old ones go.
CREATE TABLE stretch (
    space       BLOB    NOT NULL CHECK (length(space) = 16),
    incarnation INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    chains      BLOB    NOT NULL,
    PRIMARY KEY (space, incarnation, last)
) STRICT, WITHOUT ROWID;
-- Records of which the relay showed no body, as if another had replaced them, until a record comes that did.
CREATE TABLE stub (
    space       BLOB    NOT NULL CHECK (length(space) = 16),
    incarnation INTEGER NOT NULL,
    slot        BLOB    NOT NULL CHECK (length(slot) = 16),
    seq         INTEGER NOT NULL,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (space, incarnation, slot, seq)
) STRICT, WITHOUT ROWID;

-- What another person shows to this one.
CREATE TABLE shared (
    share        BLOB    NOT NULL PRIMARY KEY CHECK (length(share) = 16),
    relationship BLOB    NOT NULL CHECK (length(relationship) = 16),
    space        BLOB    NOT NULL CHECK (length(space) = 16),
    slot         BLOB    NOT NULL CHECK (length(slot) = 16),
    version      INTEGER NOT NULL,
    received     INTEGER NOT NULL,
    content      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
-- Shares that have ended, and the version that ended them: an older version that arrives late is not shown again.
CREATE TABLE share_end (
    share   BLOB    NOT NULL PRIMARY KEY CHECK (length(share) = 16),
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL DEFAULT 0 -- where in the log its stop stands; 0 where that is not known, or that log is lost
) STRICT, WITHOUT ROWID;
-- What is shown of a profile in a space: on the participant's devices what they showed last, on the specialist's what they are shown.
CREATE TABLE shown_profile (
    space   BLOB    NOT NULL PRIMARY KEY CHECK (length(space) = 16),
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL, -- its number in the log; 0 where that log is lost
    content BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
-- What two people said to each other, beside what is shown: each side's words, whole. Both keep it.
CREATE TABLE said (
    space    BLOB    NOT NULL CHECK (length(space) = 16),
    document BLOB    NOT NULL CHECK (length(document) = 16),
    kind     INTEGER NOT NULL,
    side     INTEGER NOT NULL CHECK (side IN (0, 1)), -- 0 participant, 1 specialist
    seq      INTEGER NOT NULL,                        -- its number in the log; 0: one's own, and not there yet
    received INTEGER NOT NULL,                        -- ms since 1970 by this device's clock
    place    INTEGER NOT NULL,                        -- what came to this device first, or was said here first, has the smaller one
    content  BLOB    NOT NULL,
    verdict  INTEGER,                                 -- of a message: how it fits what was agreed; none before that was looked at
    shown    INTEGER,                                 -- of a message: when it was shown here first, ms since 1970 by this device's clock
    PRIMARY KEY (space, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX said_kind ON said (space, kind, side);
CREATE INDEX said_place ON said (space, place);
CREATE INDEX said_waits ON said (space, place) WHERE seq = 0;
-- The pages of meetings: of each meeting what either side has written, whole.
CREATE TABLE meeting_page (
    space   BLOB    NOT NULL CHECK (length(space) = 16),
    meeting BLOB    NOT NULL CHECK (length(meeting) = 16),
    side    INTEGER NOT NULL CHECK (side IN (0, 1)),  -- 0 participant, 1 specialist
    seq     INTEGER NOT NULL,                         -- the last record of the log that is part of it; 0: none, or that log is lost
    waits   INTEGER NOT NULL CHECK (waits BETWEEN 0 AND 2), -- what of one's own that record does not say: 0 nothing, 1 words, 2 that something was taken away
    content BLOB    NOT NULL,
    PRIMARY KEY (space, meeting, side)
) STRICT, WITHOUT ROWID;
-- Shares that wait on this device before they leave.
CREATE TABLE hold (
    share        BLOB    NOT NULL PRIMARY KEY CHECK (length(share) = 16),
    relationship BLOB    NOT NULL CHECK (length(relationship) = 16),
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Single values of the vault, by name.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- How terms are cut and folded; where the program does it otherwise, it makes the index anew when it opens.
INSERT INTO meta (name, value) VALUES ('index_form', x'01');
