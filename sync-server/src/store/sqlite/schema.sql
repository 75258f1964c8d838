-- What a relay keeps. Days, not times; sequence numbers and sealed bytes, no names.
-- A table that grows with records is keyed by space first. `side` is 0 participant, 1 specialist.

-- One row: the relay's own key and the incarnation of this store.
CREATE TABLE relay (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    seed        BLOB NOT NULL CHECK (length(seed) = 32),
    incarnation INTEGER NOT NULL,
    files       INTEGER NOT NULL         -- blobs' files ever begun; a number is never given twice
) STRICT;

CREATE TABLE space (
    no             INTEGER PRIMARY KEY,
    id             BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    n              INTEGER NOT NULL,     -- sequence number of the last record
    chain          BLOB NOT NULL,        -- its chain
    epoch          INTEGER NOT NULL,
    access_version INTEGER NOT NULL,
    closed         INTEGER NOT NULL,     -- 1: for ever
    bytes_0        INTEGER NOT NULL,     -- bytes kept for the participant's side
    bytes_1        INTEGER NOT NULL,     -- and for the specialist's
    indexed_upto   INTEGER NOT NULL,     -- records up to this are in `known` and `kept`
    closes_ms      INTEGER,              -- when it closes by itself; NULL: not, or it is closed
    closed_day     INTEGER               -- when it closed, while it has kept something; else NULL
) STRICT;

CREATE INDEX space_closes ON space (closes_ms) WHERE closes_ms IS NOT NULL;
CREATE INDEX space_closed ON space (closed_day) WHERE closed_day IS NOT NULL;

-- Which slots keep their records when the space closes by itself.
CREATE TABLE closing_keep (
    space_no INTEGER NOT NULL,
    slot     BLOB NOT NULL,
    PRIMARY KEY (space_no, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE access (
    space_no   INTEGER NOT NULL,
    key        BLOB NOT NULL CHECK (length(key) = 32),
    side       INTEGER NOT NULL,
    administer INTEGER NOT NULL,
    PRIMARY KEY (space_no, key)
) STRICT, WITHOUT ROWID;

-- What each key has acknowledged; a new key begins at 0 on the day it came.
CREATE TABLE ack (
    space_no INTEGER NOT NULL,
    key      BLOB NOT NULL,
    n        INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    PRIMARY KEY (space_no, key)
) STRICT, WITHOUT ROWID;

-- The log. `key` is space number << 40 | sequence number, so a page is one range. The body stands last: what looks
-- only at headers never reads it.
CREATE TABLE log (
    key    INTEGER PRIMARY KEY,
    day    INTEGER NOT NULL,             -- when it came
    side   INTEGER NOT NULL,
    stub   INTEGER NOT NULL,             -- 1: `body` is the hash of a body that is gone
    chain  BLOB NOT NULL,
    header BLOB NOT NULL,
    body   BLOB NOT NULL
) STRICT;

-- Where a record of an id stands. Written many at a time; the end of the log is searched without it.
CREATE TABLE known (
    space_no  INTEGER NOT NULL,
    record_id BLOB NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (space_no, record_id)
) STRICT, WITHOUT ROWID;

-- Which records of a slot still have a body, and since when one is replaced. Written like `known`.
CREATE TABLE kept (
    space_no     INTEGER NOT NULL,
    slot         BLOB NOT NULL,
    side         INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    replaced_day INTEGER,                -- NULL: live
    expires_day  INTEGER,                -- NULL: never
    PRIMARY KEY (space_no, slot, side, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_replaced ON kept (replaced_day) WHERE replaced_day IS NOT NULL;
CREATE INDEX kept_expires ON kept (expires_day) WHERE expires_day IS NOT NULL;

CREATE TABLE slot_closed (
    space_no INTEGER NOT NULL,
    slot     BLOB NOT NULL,
    side     INTEGER NOT NULL,
    seq      INTEGER NOT NULL,           -- of the tombstone
    PRIMARY KEY (space_no, slot, side)
) STRICT, WITHOUT ROWID;

-- Sealed bytes too large for a record, in a file each; see store/files.rs. What counts is said here.
CREATE TABLE blob (
    space_no INTEGER NOT NULL,
    id       BLOB NOT NULL CHECK (length(id) = 32),
    side     INTEGER NOT NULL,
    file     INTEGER NOT NULL,           -- names its file
    total    INTEGER NOT NULL,           -- bytes it will have
    have     INTEGER NOT NULL,           -- bytes of its file that count
    day      INTEGER NOT NULL,           -- of its last part
    PRIMARY KEY (space_no, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_unfinished ON blob (day) WHERE have < total;

-- Which slots hold a blob. With the last one it goes.
CREATE TABLE blob_hold (
    space_no INTEGER NOT NULL,
    slot     BLOB NOT NULL,
    side     INTEGER NOT NULL,
    blob     BLOB NOT NULL,
    PRIMARY KEY (space_no, slot, side, blob)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_hold_blob ON blob_hold (space_no, blob);

-- Files of blobs that are gone, until they are gone too.
CREATE TABLE blob_gone (
    file INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE mailbox (
    id         BLOB PRIMARY KEY CHECK (length(id) = 32),
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX mailbox_expires ON mailbox (expires_ms);

CREATE TABLE mailbox_message (
    mailbox BLOB NOT NULL,
    ix      INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    PRIMARY KEY (mailbox, ix)
) STRICT, WITHOUT ROWID;
