//! The settings by name: one table, from which the command line, the environment, the file and `--print-config` come.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{ConfigError, LogDetail, text_of};
use crate::limits::Limits;

/// Makes a struct of settings, each of which may be said or not.
macro_rules! settings {
    ($(#[$outer:meta])* $struct:ident { $($(#[$attr:meta])* $name:ident: $ty:ty,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Debug, Default, Args)]
        pub(super) struct $struct {
            $($(#[$attr])* pub(super) $name: Option<$ty>,)*
        }

        impl $struct {
            /// What is said here, and for the rest what is said there.
            pub(super) fn or(self, weaker: Self) -> Self {
                Self { $($name: self.$name.or(weaker.$name),)* }
            }

            /// Takes its keys out of a file.
            fn take(table: &mut Table, file: &Path) -> Result<Self, ConfigError> {
                Ok(Self { $($name: take(table, file, stringify!($name))?,)* })
            }

            /// Puts what is said into a file.
            pub(super) fn put(&self, table: &mut Table) {
                $(put(table, stringify!($name), self.$name.as_ref());)*
            }
        }
    };
}

settings! {
    /// Everything but the limits.
    Settings {
        /// The folder to keep everything in. Made when it is not there; readable by its owner only.
        #[arg(long, value_name = "DIR", env = "CAIRN_RELAY_DATA", global = true)]
        data: PathBuf,
        /// The PostgreSQL database to keep records in, which other relays may share: postgres://USER@HOST/NAME. Without one they are in the folder.
        /// A password in it belongs into a file of settings.
        #[arg(long, value_name = "URL", env = "CAIRN_RELAY_DATABASE", hide_env_values = true, global = true)]
        database: Secret,
        /// A file of the roots, PEM, one of which the database's certificate has to come from. Without it they are those the system trusts. TLS is
        /// spoken to every database that is not on this machine, and with sslmode=require or verify-full to one that is; sslmode=disable says otherwise.
        #[arg(long, value_name = "FILE", env = "CAIRN_RELAY_DATABASE_CA", global = true)]
        database_ca: PathBuf,
        /// The NATS servers through which relays over one database tell each other that something came: nats://HOST:4222, or tls://; several with
        /// commas between. Without it they tell each other through the database. A user and password (USER:PASSWORD@HOST) or a token (TOKEN@HOST)
        /// stand in a file of settings or the environment alone.
        #[arg(long, value_name = "URL", env = "CAIRN_RELAY_NATS", hide_env_values = true)]
        nats: Secret,
        /// A file of the roots, PEM, one of which the certificates of NATS have to come from. Without it they are those the system trusts.
        #[arg(long, value_name = "FILE", env = "CAIRN_RELAY_NATS_CA")]
        nats_ca: PathBuf,
        /// The bucket of an S3-compatible server to put attachments in: s3://BUCKET or s3://BUCKET/PREFIX. Without one they are files in the folder. Once there,
        /// always there: see OPERATING.md. Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a file of settings.
        #[arg(long, value_name = "URL", env = "CAIRN_RELAY_BLOBS", global = true)]
        blobs: String,
        /// The server of the bucket, where it is not that of AWS: https://HOST.
        #[arg(long, value_name = "URL", env = "CAIRN_RELAY_BLOBS_ENDPOINT", global = true)]
        blobs_endpoint: String,
        /// The region of the bucket. Default what AWS_REGION says, else us-east-1.
        #[arg(long, value_name = "NAME", env = "CAIRN_RELAY_BLOBS_REGION", global = true)]
        blobs_region: String,
        /// Whether the server of the bucket may be spoken to without TLS, on this machine or a network of your own: true or false. Default false.
        #[arg(long, value_name = "BOOL", env = "CAIRN_RELAY_BLOBS_PLAIN_HTTP", num_args = 0..=1, default_missing_value = "true", global = true)]
        blobs_plain_http: bool,
        /// The address to listen on; port 0 takes a free one. Default 127.0.0.1:8730.
        #[arg(long, value_name = "ADDR", env = "CAIRN_RELAY_LISTEN")]
        listen: SocketAddr,
        /// The origin devices reach this relay by, if it is not the address it listens on. Devices sign it.
        #[arg(long, value_name = "URL", env = "CAIRN_RELAY_ORIGIN")]
        origin: String,
        /// The address of the operator's port, with /healthz, /readyz and /metrics: for this machine, or a network of your own.
        /// There is none unless it is said.
        #[arg(long, value_name = "ADDR", env = "CAIRN_RELAY_OPERATIONS")]
        operations: SocketAddr,
        /// Who may begin a space. Default open.
        #[arg(long, value_name = "open|invited|closed", env = "CAIRN_RELAY_SIGN_UP")]
        sign_up: SignUpWord,
        /// A file of invites, one a line, for --sign-up invited. Who has one sends it in the header Cairn-Invite.
        #[arg(long, value_name = "FILE", env = "CAIRN_RELAY_INVITES_FILE")]
        invites_file: PathBuf,
        /// Whom to wake devices through, which sleep: off, named (the push services of --push-services alone) or public (any on the internet
        /// too). Default off.
        #[arg(long, value_name = "off|named|public", env = "CAIRN_RELAY_PUSH")]
        push: PushWord,
        /// Push services of your own, as https://HOST or http://HOST:PORT, with commas between them: they may be on this machine or network.
        #[arg(long, value_name = "ORIGINS", env = "CAIRN_RELAY_PUSH_SERVICES")]
        push_services: String,
        /// Whom a push service can write to about this relay, which some demand: mailto:… or https://….
        #[arg(long, value_name = "URL", env = "CAIRN_RELAY_PUSH_CONTACT")]
        push_contact: String,
        /// The certificate to serve TLS with, PEM, its own first; taken anew when the file changes. Without one it is plain HTTP, for
        /// this machine or behind a proxy.
        #[arg(long, value_name = "FILE", env = "CAIRN_RELAY_TLS_CERTIFICATE")]
        tls_certificate: PathBuf,
        /// Its private key, PEM.
        #[arg(long, value_name = "FILE", env = "CAIRN_RELAY_TLS_KEY")]
        tls_key: PathBuf,
        /// What is logged to the standard error: error, warn, info or debug. None of it names anybody. Default info.
        #[arg(long, value_name = "DETAIL", env = "CAIRN_RELAY_LOG")]
        log: LogDetail,
        /// Log lines as JSON: true or false. Default false.
        #[arg(long, value_name = "BOOL", env = "CAIRN_RELAY_LOG_JSON", num_args = 0..=1, default_missing_value = "true")]
        log_json: bool,
        /// Invites, beside those of the file. In a file of settings alone: command lines can be read by everybody on a machine.
        #[arg(skip)]
        invites: Vec<String>,
        /// The id of the access key to the bucket. In a file of settings alone.
        #[arg(skip)]
        blobs_key_id: String,
        /// Its secret. In a file of settings alone.
        #[arg(skip)]
        blobs_secret: Secret,
    }
}

/// A word that nothing shows, or a database or NATS as it is said: not read yet, so that whoever says what is wrong with it can do so without a
/// password in it.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Secret(pub(super) String);

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who may begin a space, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SignUpWord {
    Open,
    Invited,
    Closed,
}

/// Whom to wake devices through, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PushWord {
    Off,
    Named,
    Public,
}

/// Makes the settings that are limits, and the way from and to [`Limits`]: a limit that is not named here does not compile.
macro_rules! limits {
    ($($(#[$attr:meta])* $name:ident = $field:ident,)*) => {
        settings! {
            /// What the relay allows, in figures: bytes, numbers, or milliseconds where the name ends so.
            LimitSettings { $($(#[$attr])* $name: u64,)* }
        }

        impl LimitSettings {
            /// Limits as figures.
            pub(super) fn of(limits: &Limits) -> Self {
                let Limits { $($field,)* } = limits;
                Self { $($name: Some($field.figure()),)* }
            }

            /// The default limits, but for what is said.
            pub(super) fn applied(&self) -> Result<Limits, ConfigError> {
                let mut limits = Limits::default();
                $(if let Some(figure) = self.$name {
                    let name = stringify!($name);
                    let limit = Figure::of_figure(figure).filter(|_| figure > 0 || MAY_BE_NONE.contains(&name));
                    limits.$field = limit.ok_or(ConfigError::OutOfRange(name, figure))?;
                })*
                for (name, bits, most) in [("block_bits_v4", limits.block_bits_v4, 32), ("block_bits_v6", limits.block_bits_v6, 128)] {
                    if bits > most {
                        return Err(ConfigError::OutOfRange(name, bits.into()));
                    }
                }
                Ok(limits)
            }
        }
    };
}

/// Limits that 0 takes away. Of any other it would stop the relay.
const MAY_BE_NONE: &[&str] = &[
    "session_requests_per_second",
    "push_delay_min_ms",
    "push_delay_max_ms",
    "push_every_ms",
    "trusted_proxies",
    "count_loopback",
    "block_connections_max",
    "connection_requests_per_second",
    "block_requests_per_second",
    "block_spaces_per_day",
];

limits! {
    /// Bytes one side of one space may keep. Default 1073741824.
    #[arg(long, value_name = "BYTES", env = "CAIRN_RELAY_SPACE_BYTES_MAX")]
    space_bytes_max = space_bytes_max,
    /// Connections served at once; the next one waits until one ends. Default 4096.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_CONNECTIONS_MAX")]
    connections_max = connections_max,
    /// KiB of request bodies held in memory at once, over all connections. Default 262144.
    #[arg(long, value_name = "KIB", env = "CAIRN_RELAY_IN_FLIGHT_KIB_MAX")]
    in_flight_kib_max = in_flight_kib_max,
    /// Milliseconds for agreeing on TLS. Default 5000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_HANDSHAKE_TIMEOUT_MS")]
    handshake_timeout_ms = handshake_timeout,
    /// Milliseconds for a request's head, and for idling between two requests. Default 5000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_HEADER_TIMEOUT_MS")]
    header_timeout_ms = header_timeout,
    /// Milliseconds for a request's body. Default 10000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_BODY_TIMEOUT_MS")]
    body_timeout_ms = body_timeout,
    /// Milliseconds for an answer, beyond what the request asked to wait. Default 20000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_REQUEST_TIMEOUT_MS")]
    request_timeout_ms = request_timeout,
    /// Milliseconds a client may take nothing of its answer. Default 20000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_STALLED_WRITE_TIMEOUT_MS")]
    stalled_write_timeout_ms = stalled_write_timeout,
    /// Milliseconds that requests running at shutdown may take. Default 10000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_DRAIN_TIMEOUT_MS")]
    drain_timeout_ms = drain_timeout,
    /// Challenges remembered; the oldest gives way. Default 65536.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_CHALLENGES_MAX")]
    challenges_max = challenges_max,
    /// Sessions remembered; the oldest gives way. Default 131072.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_SESSIONS_MAX")]
    sessions_max = sessions_max,
    /// Sessions of one access key; its oldest gives way. Default 8.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_SESSIONS_PER_KEY_MAX")]
    sessions_per_key_max = sessions_per_key_max,
    /// Requests of one session in a second; 0 is no limit. Default 200.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_SESSION_REQUESTS_PER_SECOND")]
    session_requests_per_second = session_requests_per_second,
    /// Requests of one session at once, after a pause. Default 4000.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_SESSION_REQUESTS_BURST")]
    session_requests_burst = session_requests_burst,
    /// Mailboxes there may be at once. Default 100000.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_MAILBOXES_MAX")]
    mailboxes_max = mailboxes_max,
    /// Milliseconds that a ring waits at least before devices are woken. Default 5000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_PUSH_DELAY_MIN_MS")]
    push_delay_min_ms = push_delay_min,
    /// Milliseconds that a ring waits at most; how long is random. Default 60000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_PUSH_DELAY_MAX_MS")]
    push_delay_max_ms = push_delay_max,
    /// Milliseconds after which a device that was woken is woken again at the earliest. Default 60000.
    #[arg(long, value_name = "MS", env = "CAIRN_RELAY_PUSH_EVERY_MS")]
    push_every_ms = push_every,
    /// Wake-ups that wait at once; what is more is dropped. Default 16384.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_PUSH_WAITING_MAX")]
    push_waiting_max = push_waiting_max,
    /// Wake-ups that are posted at once. Default 16.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_PUSH_AT_ONCE")]
    push_at_once = push_at_once,
    /// Proxies of your own in front of the relay: so many addresses at the end of X-Forwarded-For are believed. Default 0.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_TRUSTED_PROXIES")]
    trusted_proxies = trusted_proxies,
    /// 1: addresses of this machine count towards the limits of blocks, as others do. Default 0.
    #[arg(long, value_name = "0|1", env = "CAIRN_RELAY_COUNT_LOOPBACK")]
    count_loopback = count_loopback,
    /// Bits of an IPv4 address that make a block. Default 24.
    #[arg(long, value_name = "BITS", env = "CAIRN_RELAY_BLOCK_BITS_V4")]
    block_bits_v4 = block_bits_v4,
    /// Bits of an IPv6 address that make a block. Default 64.
    #[arg(long, value_name = "BITS", env = "CAIRN_RELAY_BLOCK_BITS_V6")]
    block_bits_v6 = block_bits_v6,
    /// Cells that blocks are counted in, of about 50 bytes each. Default 65536.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_BLOCK_CELLS")]
    block_cells = block_cells,
    /// Connections of one block of addresses at once; 0 is no limit. Default 512.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_BLOCK_CONNECTIONS_MAX")]
    block_connections_max = block_connections_max,
    /// Requests of one connection in a second; 0 is no limit. Default 100.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_CONNECTION_REQUESTS_PER_SECOND")]
    connection_requests_per_second = connection_requests_per_second,
    /// Requests of one connection at once, after a pause. Default 2000.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_CONNECTION_REQUESTS_BURST")]
    connection_requests_burst = connection_requests_burst,
    /// Requests of one block of addresses in a second; 0 is no limit. Default 200.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_BLOCK_REQUESTS_PER_SECOND")]
    block_requests_per_second = block_requests_per_second,
    /// Requests of one block of addresses at once, after a pause. Default 4000.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_BLOCK_REQUESTS_BURST")]
    block_requests_burst = block_requests_burst,
    /// Spaces one block of addresses begins in a day; 0 is no limit. Default 200.
    #[arg(long, value_name = "N", env = "CAIRN_RELAY_BLOCK_SPACES_PER_DAY")]
    block_spaces_per_day = block_spaces_per_day,
}

/// A limit as a figure, as it stands in a file.
trait Figure: Sized {
    fn figure(&self) -> u64;
    /// `None` where it is more than such a limit can be.
    fn of_figure(figure: u64) -> Option<Self>;
}

impl Figure for u64 {
    fn figure(&self) -> u64 {
        *self
    }

    /// TOML has no greater numbers.
    fn of_figure(figure: u64) -> Option<Self> {
        i64::try_from(figure).ok().map(|_| figure)
    }
}

impl Figure for u32 {
    fn figure(&self) -> u64 {
        Self::into(*self)
    }

    fn of_figure(figure: u64) -> Option<Self> {
        figure.try_into().ok()
    }
}

impl Figure for usize {
    fn figure(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }

    fn of_figure(figure: u64) -> Option<Self> {
        u64::of_figure(figure)?.try_into().ok()
    }
}

impl Figure for bool {
    fn figure(&self) -> u64 {
        u64::from(*self)
    }

    fn of_figure(figure: u64) -> Option<Self> {
        (figure <= 1).then_some(figure == 1)
    }
}

impl Figure for Duration {
    fn figure(&self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }

    fn of_figure(figure: u64) -> Option<Self> {
        u32::try_from(figure).ok().map(|ms| Self::from_millis(u64::from(ms)))
    }
}

/// Reads a file of settings. What it names and the relay does not know is an error.
pub(super) fn read_file(file: &Path) -> Result<(Settings, LimitSettings), ConfigError> {
    let mut table: Table = text_of(file)?
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::NotToml(file.to_owned(), error.message().to_owned()))?;
    let settings = Settings::take(&mut table, file)?;
    let limits = LimitSettings::take(&mut table, file)?;
    match table.into_iter().next() {
        Some((unknown, _)) => Err(ConfigError::UnknownKey(file.to_owned(), unknown)),
        None => Ok((settings, limits)),
    }
}

fn take<T: DeserializeOwned>(table: &mut Table, file: &Path, name: &'static str) -> Result<Option<T>, ConfigError> {
    let Some(value) = table.remove(name) else {
        return Ok(None);
    };
    let taken = value.try_into::<T>();
    taken
        .map(Some)
        .map_err(|error| ConfigError::BadValue(file.to_owned(), name, error.message().to_owned()))
}

/// What cannot be written, a path that is no text, is left out.
fn put<T: Serialize>(table: &mut Table, name: &str, value: Option<&T>) {
    if let Some(Ok(value)) = value.map(Value::try_from) {
        table.insert(name.to_owned(), value);
    }
}
