-- What version 2 of the schema adds to version 1.

-- What wakes a device that sleeps, sealed: nothing here says where, or whose it is beyond the key, which others may have too.
CREATE TABLE wake (
    space        bytea NOT NULL,
    key          bytea NOT NULL CHECK (octet_length(key) = 32),
    registration bytea NOT NULL CHECK (octet_length(registration) = 16),
    alone        boolean NOT NULL,       -- no other device has the key
    day          integer NOT NULL,       -- of its registration
    sealed       bytea NOT NULL CHECK (octet_length(sealed) = 1065),
    PRIMARY KEY (space, key, registration)
) PARTITION BY HASH (space);

ALTER TABLE wake ALTER COLUMN sealed SET STORAGE EXTERNAL;

DO $$
BEGIN
    FOR part IN 0..7 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF wake FOR VALUES WITH (MODULUS 8, REMAINDER %s)', 'wake_' || part, part);
    END LOOP;
END
$$;

CREATE INDEX wake_day ON wake (day);
