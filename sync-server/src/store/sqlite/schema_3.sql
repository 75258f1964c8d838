-- What version 3 of the schema adds to version 2.

-- What wakes a device that sleeps, sealed: nothing here says where, or whose it is beyond the key, which others may have too.
CREATE TABLE wake (
    space_no     INTEGER NOT NULL,
    key          BLOB NOT NULL CHECK (length(key) = 32),
    registration BLOB NOT NULL CHECK (length(registration) = 16),
    alone        INTEGER NOT NULL,       -- 1: no other device has the key
    day          INTEGER NOT NULL,       -- of its registration
    sealed       BLOB NOT NULL CHECK (length(sealed) = 1065),
    PRIMARY KEY (space_no, key, registration)
) STRICT, WITHOUT ROWID;

CREATE INDEX wake_day ON wake (day);
