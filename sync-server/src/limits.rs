//! The relay's own bounds, each with its unit and its reason. Those a device must know too stand in `cairn_wire::bounds`.

use std::time::Duration;

use cairn_wire::bounds::SPACE_BYTES_MAX;

/// What one relay allows. The defaults suit one small machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes one side of one space may keep.
    pub space_bytes_max: u64,
    /// Connections served at once; the next one waits in the accept queue.
    pub connections_max: usize,
    /// KiB of request bodies held in memory at once, over all connections.
    pub in_flight_kib_max: u32,
    /// How long a client may take to agree on TLS.
    pub handshake_timeout: Duration,
    /// How long a client may take to send a request's head, and how long a connection may idle between two.
    pub header_timeout: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
    /// How long a request may take beyond what it asked to wait.
    pub request_timeout: Duration,
    /// How long a client may take nothing of an answer before its connection is closed.
    pub stalled_write_timeout: Duration,
    /// How long requests that run at shutdown may take.
    pub drain_timeout: Duration,
    /// Challenges remembered; the oldest gives way.
    pub challenges_max: usize,
    /// Sessions remembered; the oldest gives way.
    pub sessions_max: usize,
    /// Sessions of one access key; its oldest gives way, so that one key cannot end the sessions of others.
    pub sessions_per_key_max: usize,
    /// Requests of one session in a second, and how many at once after a pause; 0 is no limit. A read of many spaces counts in each.
    pub session_requests_per_second: u32,
    /// See [`Self::session_requests_per_second`].
    pub session_requests_burst: u32,
    /// Mailboxes there may be at once.
    pub mailboxes_max: u64,
    /// How long a ring waits at least before devices are woken.
    pub push_delay_min: Duration,
    /// How long at most. When it is, is random, so that a push service learns less of when somebody writes; and what is written meanwhile needs no other one.
    pub push_delay_max: Duration,
    /// How long after a device was woken it is not woken again.
    pub push_every: Duration,
    /// Wake-ups that wait at once, of up to 2 KiB each, most of it the address; what is more is dropped.
    pub push_waiting_max: usize,
    /// Wake-ups that are posted at once, each on a thread of its own.
    pub push_at_once: usize,
    /// Proxies of the operator's own in front of the relay: so many addresses at the end of `X-Forwarded-For` are believed.
    pub trusted_proxies: u32,
    /// Whether addresses of this machine itself count as others do. They are the operator's, or a proxy nobody told of.
    pub count_loopback: bool,
    /// Bits of an IPv4 address that make a block.
    pub block_bits_v4: u32,
    /// Bits of an IPv6 address that make a block.
    pub block_bits_v6: u32,
    /// Cells that blocks are counted in: what bounds the memory of it.
    pub block_cells: u32,
    /// Connections of one block of addresses at once; 0 is no limit. Not counted behind a proxy, which connects for everybody.
    pub block_connections_max: u32,
    /// Requests of one connection in a second, and how many at once after a pause; 0 is no limit. Not counted behind a proxy.
    pub connection_requests_per_second: u32,
    /// See [`Self::connection_requests_per_second`].
    pub connection_requests_burst: u32,
    /// Requests of one block of addresses in a second, and how many at once after a pause; 0 is no limit. A mobile network
    /// has thousands of people behind one address.
    pub block_requests_per_second: u32,
    /// See [`Self::block_requests_per_second`].
    pub block_requests_burst: u32,
    /// Spaces that one block of addresses begins in a day, and at once after one; 0 is no limit.
    pub block_spaces_per_day: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            space_bytes_max: SPACE_BYTES_MAX,
            connections_max: 4_096,
            in_flight_kib_max: 256 * 1024,
            handshake_timeout: Duration::from_secs(5),
            header_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(20),
            stalled_write_timeout: Duration::from_secs(20),
            drain_timeout: Duration::from_secs(10),
            challenges_max: 65_536,
            sessions_max: 131_072,
            sessions_per_key_max: 8,
            session_requests_per_second: 200,
            session_requests_burst: 4_000,
            mailboxes_max: 100_000,
            push_delay_min: Duration::from_secs(5),
            push_delay_max: Duration::from_secs(60),
            push_every: Duration::from_secs(60),
            push_waiting_max: 16_384,
            push_at_once: 16,
            trusted_proxies: 0,
            count_loopback: false,
            block_bits_v4: 24,
            block_bits_v6: 64,
            block_cells: 65_536,
            block_connections_max: 512,
            connection_requests_per_second: 100,
            connection_requests_burst: 2_000,
            block_requests_per_second: 200,
            block_requests_burst: 4_000,
            block_spaces_per_day: 200,
        }
    }
}

/// How long a challenge may be answered.
pub(crate) const CHALLENGE_MS: u64 = 30_000;

/// How long a session lasts.
pub(crate) const SESSION_S: u32 = 15 * 60;

/// How long a mailbox lives when its first message does not ask for days: as long as two people stand side by side.
pub(crate) const MAILBOX_MS: u64 = 15 * 60 * 1000;

/// A device that has not acknowledged anything for so many days no longer holds replaced bodies back.
pub(crate) const LIVE_DEVICE_DAYS: u64 = 90;

/// Replaced bodies stay at least so many days.
pub(crate) const REPLACED_DAYS_MIN: u64 = 30;

/// Replaced bodies go after so many days, whoever has not read them.
pub(crate) const REPLACED_DAYS_MAX: u64 = 120;

/// An unfinished blob stays at least so many days after its last part: a phone that sends only where the net costs nothing
/// comes to such a place once a week.
pub(crate) const UNFINISHED_BLOB_DAYS: u64 = 7;

/// Bytes that each slot holding a blob counts for beside the blob's own: rows, and a file that takes a block of the disk
/// however short it is.
pub(crate) const BLOB_HOLD_BYTES: u64 = 4 * 1024;

/// Connections that may wait to be accepted: where all devices come at once, as after a restart, the system makes one that finds no room try
/// again a second later.
pub(crate) const ACCEPT_QUEUE_MAX: u32 = 4_096;

/// Records of a space that are found by reading the log's end instead of an index; see `store::tail`.
pub(crate) const TAIL_RECORDS_MAX: u64 = 2_048;

/// Pages of 8 KiB that a copy of the store takes over in one step: two megabytes, some milliseconds.
pub(crate) const BACKUP_STEP_PAGES: i32 = 256;

/// Bytes of a blob's file that a copy of the store holds in memory at once.
pub(crate) const BACKUP_PIECE_BYTES: usize = 1024 * 1024;

/// Findings that a check tells of one space. Whoever has so many needs no more of them to know what to do.
pub(crate) const CHECK_FINDINGS_MAX: u64 = 100;

/// Blobs that a check looks at together.
pub(crate) const CHECK_BLOBS_AT_ONCE: usize = 256;

/// Numbers of blobs' files that a check looks at together, one bit each: 16 MiB. Where more were ever given, it goes through the files again.
pub(crate) const CHECK_FILES_AT_ONCE: u64 = 1 << 27;

/// Files without a row, of 8 bytes each, that a check looks at once more before it counts them; what is more is counted at once.
pub(crate) const CHECK_LEFT_OVER_AT_ONCE: usize = 1 << 20;

/// Problems that SQLite's own check tells before it stops.
pub(crate) const CHECK_SQLITE_LINES: u32 = 100;

/// Records that were looked for in vain before the writer remembers the names of a space.
pub(crate) const NAMES_WORTH_IT: u32 = 64;

/// Records of a space whose names the writer reads at once to remember them: some milliseconds, in which others wait.
pub(crate) const NAMES_RECORDS_MAX: u64 = 32_768;

/// Bytes that remembered names of all spaces take together at most.
pub(crate) const NAMES_BYTES_TOTAL_MAX: usize = 16 * 1024 * 1024;

/// Looks into the store that are made at once. Each takes a thread and, of SQLite, a connection with its cache, some hundred KiB that do not all come
/// back; each is over in a moment, and more of them than there are processors, or connections to PostgreSQL, only wait for each other.
pub(crate) const READS_AT_ONCE: usize = 16;

/// Messages of other nodes, of up to 8 kB (through NATS, of what its server lets strangers say), that wait to be heard; what is more is found like what was not told.
pub(crate) const HEARD_MAX: usize = 256;

/// How long to connect to one NATS server may take, until what a node says there comes back to it. So long does a start wait for one that is silent.
pub(crate) const NATS_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long one message to other nodes may take to be on its way before its line counts as lost.
pub(crate) const TELL_TIMEOUT: Duration = Duration::from_secs(15);

/// Connections to PostgreSQL that write, each a thread of its own: as many groups, of as many spaces, are on their way to the disk at once.
/// With those that read and one that listens a node takes 17 of the 100 that a server has as it comes.
pub(crate) const DATABASE_WRITERS: usize = 8;

/// How often a node that shares its store looks whether something came that it was not told of: what a lost wake-up costs at most.
pub(crate) const LOOK_AROUND_EVERY: Duration = Duration::from_secs(2);

/// How long a node waits before it tries again to listen to the others.
pub(crate) const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Changes that wait to be told to other nodes; what is more is found by them when they look around.
pub(crate) const UNTOLD_MAX: usize = 8_192;

/// How long to connect to the server of a bucket may take.
pub(crate) const BUCKET_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long one request to it may take: a part of 1 MiB over a slow line.
pub(crate) const BUCKET_REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

/// How often such a request is tried again, within [`BUCKET_CALL_TIMEOUT`].
pub(crate) const BUCKET_RETRIES: usize = 2;

/// How long what is asked of a bucket may take with all its requests: less than a part may hold its lock in PostgreSQL, and than a request may take.
pub(crate) const BUCKET_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it may take to remove one blob: up to 4,104 parts of it, and more where they are small.
pub(crate) const BUCKET_REMOVE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long who erases waits for objects to be removed before they are told to ask again.
pub(crate) const BUCKET_SETTLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long after a removal that failed it is tried again.
pub(crate) const BUCKET_REMOVE_AGAIN: Duration = Duration::from_secs(5);

/// Blobs that are removed from a bucket at once.
pub(crate) const BUCKET_REMOVALS_AT_ONCE: usize = 16;

/// When a part that was on its way while its blob was removed can have arrived at last: several times what its request may take.
pub(crate) const BUCKET_LATE_AFTER: Duration = Duration::from_secs(60);

/// For how long it is believed that the place in a bucket is ours, once it was seen. Before anything is removed it is looked at anew.
pub(crate) const BUCKET_HELD_FOR: Duration = Duration::from_secs(5);

/// How long a part waits for those that are on their way to a bucket. It is put again, and what is slow there is to hold up no records.
pub(crate) const PART_PATIENCE: Duration = Duration::from_secs(1);

/// How old what a row said of a blob may be when a part of it is put: less than [`BUCKET_LATE_AFTER`] by what putting it takes.
pub(crate) const PART_ROW_AGE_MAX: Duration = Duration::from_secs(20);

/// Parts that one answer is put together from at most; what it misses is asked for next. Only who sends small parts has so many.
pub(crate) const BUCKET_PARTS_AT_ONCE: usize = 64;

/// Parts on their way to a bucket at once, and as many on their way back. Fewer than [`DATABASE_READERS`], because each that is put holds one of those connections.
pub(crate) const BUCKET_ASKED_AT_ONCE: usize = 6;

/// Connections to PostgreSQL that read. A question takes well under a millisecond of one.
pub(crate) const DATABASE_READERS: usize = 8;

/// How long to connect to PostgreSQL may take.
pub(crate) const DATABASE_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait for a connection to PostgreSQL that is free.
pub(crate) const DATABASE_WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one statement may take, and how long a node may say nothing within a transaction: so long can a node that stopped keep others
/// from a space. Less than a request may take.
pub(crate) const DATABASE_STATEMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a group waits for another node's group of the same space.
pub(crate) const DATABASE_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long posting to a push service may take, from looking its name up to its answer.
pub(crate) const POST_TIMEOUT: Duration = Duration::from_secs(10);

/// Seconds that a push service may put a wake-up off for; what is to wait for longer is dropped.
pub(crate) const POST_LATER_S_MAX: u64 = 15 * 60;

/// Seconds that a push service keeps a wake-up for a phone that is off: a day. A phone that comes back later reads by itself.
pub(crate) const PUSH_KEPT_S: u32 = 24 * 60 * 60;

/// Posts to one push service at once: one that takes its time leaves the threads that post to the others.
pub(crate) const ORIGIN_POSTS_MAX: usize = 4;

/// Registrations of one space, and wake-ups of one that wait at once.
pub(crate) const SPACE_REGISTRATIONS_MAX: usize = 64;

/// A registration that was not told again for more than so many days is over. Devices tell theirs again every week.
pub(crate) const REGISTRATION_DAYS: u64 = 30;

/// How many requests one ring counts as: it makes the relay open what others registered and connect to strangers.
pub(crate) const RING_REQUESTS: u32 = 20;
