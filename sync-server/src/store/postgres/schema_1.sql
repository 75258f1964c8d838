-- What a relay keeps in PostgreSQL. Days, not times; sequence numbers and sealed bytes, no names.
-- Every table that grows with spaces is keyed by space first and partitioned by its hash, so that a distributed PostgreSQL can shard all of
-- them alike. `side` is 0 participant, 1 specialist.

-- One row: the relay's own key, the incarnation of this store, and where it was when a node began last. A copy that was put back is somewhere else.
CREATE TABLE relay (
    id          integer PRIMARY KEY CHECK (id = 1),
    seed        bytea NOT NULL CHECK (octet_length(seed) = 32),
    incarnation bigint NOT NULL,
    cluster     bigint NOT NULL,         -- the server's own identifier
    database    bigint NOT NULL,         -- the database's, which each that is made has of its own
    timeline    bigint NOT NULL          -- which the server counts up when it comes back from an archive or takes over from another
);

-- Numbers of blobs' files; none is given twice, whatever is undone.
CREATE SEQUENCE blob_file;

-- Files of blobs that are gone, until they are gone too.
CREATE TABLE blob_gone (
    file bigint PRIMARY KEY
);

CREATE TABLE mailbox (
    id         bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    expires_ms bigint NOT NULL
);

CREATE INDEX mailbox_expires ON mailbox (expires_ms);

CREATE TABLE mailbox_message (
    mailbox bytea NOT NULL,
    ix      integer NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (mailbox, ix)
);

CREATE TABLE space (
    id             bytea NOT NULL CHECK (octet_length(id) = 16),
    n              bigint NOT NULL,      -- sequence number of the last record; taken and committed under this row's lock
    chain          bytea NOT NULL,       -- its chain
    epoch          bigint NOT NULL,
    access_version bigint NOT NULL,
    closed         boolean NOT NULL,     -- for ever
    bytes_0        bigint NOT NULL,      -- bytes kept for the participant's side
    bytes_1        bigint NOT NULL,      -- and for the specialist's
    closes_ms      bigint,               -- when it closes by itself; NULL: not, or it is closed
    closed_day     integer,              -- when it closed, while it has kept something; else NULL
    PRIMARY KEY (id)
) PARTITION BY HASH (id);

-- Which slots keep their records when the space closes by itself.
CREATE TABLE closing_keep (
    space bytea NOT NULL,
    slot  bytea NOT NULL,
    PRIMARY KEY (space, slot)
) PARTITION BY HASH (space);

CREATE TABLE access (
    space      bytea NOT NULL,
    key        bytea NOT NULL CHECK (octet_length(key) = 32),
    side       smallint NOT NULL,
    administer boolean NOT NULL,
    PRIMARY KEY (space, key)
) PARTITION BY HASH (space);

-- What each key has acknowledged; a new key begins at 0 on the day it came.
CREATE TABLE ack (
    space bytea NOT NULL,
    key   bytea NOT NULL,
    n     bigint NOT NULL,
    day   integer NOT NULL,
    PRIMARY KEY (space, key)
) PARTITION BY HASH (space);

-- The log.
CREATE TABLE log (
    space     bytea NOT NULL,
    seq       bigint NOT NULL,
    day       integer NOT NULL,          -- when it came
    side      smallint NOT NULL,
    stub      boolean NOT NULL,          -- `body` is the hash of a body that is gone
    record_id bytea NOT NULL,            -- as in `header`, to be found by
    chain     bytea NOT NULL,
    header    bytea NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (space, seq),
    UNIQUE (space, record_id)
) PARTITION BY HASH (space);

-- Which records of a slot still have a body, and since when one is replaced.
CREATE TABLE kept (
    space        bytea NOT NULL,
    slot         bytea NOT NULL,
    side         smallint NOT NULL,
    seq          bigint NOT NULL,
    replaced_day integer,                -- NULL: live
    expires_day  integer,                -- NULL: never
    PRIMARY KEY (space, slot, side, seq)
) PARTITION BY HASH (space);

CREATE TABLE slot_closed (
    space bytea NOT NULL,
    slot  bytea NOT NULL,
    side  smallint NOT NULL,
    seq   bigint NOT NULL,               -- of the tombstone
    PRIMARY KEY (space, slot, side)
) PARTITION BY HASH (space);

-- Sealed bytes too large for a record, in a file each; see store/files.rs. What counts is said here.
CREATE TABLE blob (
    space bytea NOT NULL,
    id    bytea NOT NULL CHECK (octet_length(id) = 32),
    side  smallint NOT NULL,
    file  bigint NOT NULL,               -- names its file
    total bigint NOT NULL,               -- bytes it will have
    have  bigint NOT NULL,               -- bytes of its file that count
    day   integer NOT NULL,              -- of its last part
    PRIMARY KEY (space, id)
) PARTITION BY HASH (space);

-- Which slots hold a blob. With the last one it goes.
CREATE TABLE blob_hold (
    space bytea NOT NULL,
    slot  bytea NOT NULL,
    side  smallint NOT NULL,
    blob  bytea NOT NULL,
    PRIMARY KEY (space, slot, side, blob)
) PARTITION BY HASH (space);

-- Halves of keys, until the other side has no more need of them.
CREATE TABLE gate (
    space       bytea NOT NULL,
    slot        bytea NOT NULL,
    side        smallint NOT NULL,       -- of whoever put it
    gate        bytea NOT NULL CHECK (octet_length(gate) = 16),
    part        bytea NOT NULL CHECK (octet_length(part) = 32),
    expires_day integer,                 -- the last day on which it can be taken; NULL: none
    PRIMARY KEY (space, slot, side, gate)
) PARTITION BY HASH (space);

-- When a gate of a slot was taken first. It stays when the gates have gone.
CREATE TABLE gate_taken (
    space bytea NOT NULL,
    slot  bytea NOT NULL,
    side  smallint NOT NULL,             -- of whoever put it
    day   integer NOT NULL,
    PRIMARY KEY (space, slot, side)
) PARTITION BY HASH (space);

-- Sessions, by the hash of their token, so that any node knows them, and challenges that were answered.
CREATE TABLE session (
    space      bytea NOT NULL,
    token      bytea NOT NULL,
    key        bytea NOT NULL,
    expires_ms bigint NOT NULL,
    PRIMARY KEY (space, token)
) PARTITION BY HASH (space);

CREATE TABLE challenge_used (
    nonce      bytea PRIMARY KEY,
    expires_ms bigint NOT NULL
);

-- What is sealed does not shrink.
ALTER TABLE log ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE mailbox_message ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Eight of each: enough for tables of a hundred gigabytes, few enough to be planned and locked in no time.
DO $$
DECLARE
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['space', 'closing_keep', 'access', 'ack', 'log', 'kept', 'slot_closed', 'blob', 'blob_hold', 'gate', 'gate_taken', 'session'] LOOP
        FOR part IN 0..7 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 8, REMAINDER %s)', parent || '_' || part, parent, part);
        END LOOP;
    END LOOP;
END
$$;

CREATE INDEX space_closes ON space (closes_ms) WHERE closes_ms IS NOT NULL;
CREATE INDEX space_closed ON space (closed_day) WHERE closed_day IS NOT NULL;
CREATE INDEX kept_replaced ON kept (replaced_day, space, slot, side, seq) WHERE replaced_day IS NOT NULL;
CREATE INDEX kept_expires ON kept (expires_day) WHERE expires_day IS NOT NULL;
CREATE INDEX blob_unfinished ON blob (day) WHERE have < total;
CREATE INDEX blob_hold_blob ON blob_hold (space, blob);
CREATE INDEX gate_expires ON gate (expires_day) WHERE expires_day IS NOT NULL;
CREATE INDEX session_expires ON session (expires_ms);
CREATE INDEX challenge_used_expires ON challenge_used (expires_ms);
