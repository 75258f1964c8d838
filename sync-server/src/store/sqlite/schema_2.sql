-- What version 2 of the schema adds to version 1.

-- Halves of keys, until the other side has no more need of them.
CREATE TABLE gate (
    space_no    INTEGER NOT NULL,
    slot        BLOB NOT NULL,
    side        INTEGER NOT NULL,        -- of whoever put it
    gate        BLOB NOT NULL CHECK (length(gate) = 16),
    part        BLOB NOT NULL CHECK (length(part) = 32),
    expires_day INTEGER,                 -- the last day on which it can be taken; NULL: none
    PRIMARY KEY (space_no, slot, side, gate)
) STRICT, WITHOUT ROWID;

CREATE INDEX gate_expires ON gate (expires_day) WHERE expires_day IS NOT NULL;

-- When a gate of a slot was taken first. It stays when the gates have gone: whoever put them may not have asked yet.
CREATE TABLE gate_taken (
    space_no    INTEGER NOT NULL,
    slot        BLOB NOT NULL,
    side        INTEGER NOT NULL,        -- of whoever put it
    day         INTEGER NOT NULL,
    PRIMARY KEY (space_no, slot, side)
) STRICT, WITHOUT ROWID;
