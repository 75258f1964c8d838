//! What the relay is told: by a file, by its environment and on its command line, in that order of strength rising.
//!
//! Every setting has one name everywhere: `header_timeout_ms` in the file (TOML, no sections), `CAIRN_RELAY_HEADER_TIMEOUT_MS`
//! in the environment, `--header-timeout-ms` on the command line; secrets stand in files alone, because everybody on a machine
//! can read its command lines. What is not said anywhere has the default that `--help` names. A name in the file, or in the
//! environment, that the relay does not know is refused: a limit that was misspelt would otherwise not be there.
//!
//! `--print-config` shows what counts in the end, as a file that can be used again; secrets in it are `…`.

mod settings;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::push::{Origin, OriginError, Push, is_contact};
use crate::server::TlsFiles;
use crate::sign_up::{Invites, SignUp};
use crate::store::{Bucket, BucketError, Database, DatabaseError, Nats, NatsError, StoreConfig};
use settings::{LimitSettings, PushWord, Secret, Settings, SignUpWord};

/// What the relay listens on when nobody says.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8730);

/// Why the relay does not know what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The command line or the environment is not understood, or asks for help.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// A file that is named cannot be read.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file is not TOML. The message is one line: nothing of the file is shown.
    #[error("{} is not TOML: {}", .0.display(), .1)]
    NotToml(PathBuf, String),
    /// The file has a name in it that the relay does not know.
    #[error("{} has the key {:?}, which is none the relay knows", .0.display(), .1)]
    UnknownKey(PathBuf, String),
    /// The environment has a name that begins as ours do, and is none.
    #[error("the environment has {0:?}, which is none the relay knows")]
    UnknownVariable(String),
    /// A key of the file has a value of another kind.
    #[error("{} has a value for {:?} that does not fit: {}", .0.display(), .1, .2)]
    BadValue(PathBuf, &'static str, String),
    /// A limit is nothing, or more than it can be.
    #[error("{0} cannot be {1}")]
    OutOfRange(&'static str, u64),
    /// The bucket that is named is none.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The database that is named is none.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The NATS server that is named is none.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// A push service that is named is none.
    #[error(transparent)]
    PushService(#[from] OriginError),
    /// Something has to be said that is not.
    #[error("{0}")]
    Incomplete(&'static str),
}

/// Stores sealed records, hands them on, forgets them. It can read none of them.
///
/// Everything below can also stand in a file (--config) under its name without dashes in front and with `_` for `-`, and in the
/// environment; what is said here goes before the environment, and that before the file.
#[derive(Clone, Debug, Parser)]
#[command(name = "cairn-relay", version)]
struct Arguments {
    /// A file of settings, in TOML. Names in it that the relay does not know are refused.
    #[arg(long, value_name = "FILE", env = "CAIRN_RELAY_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Says once that the data folder was put back from a copy, or has lost what came after it, and ends. Devices then send again
    /// what is missing. Not for every start: each time costs them everything they have to compare.
    #[arg(long)]
    put_back: bool,
    /// Prints what counts in the end of file, environment and command line, as a file of settings, and ends. Secrets are "…".
    #[arg(long)]
    print_config: bool,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitSettings,
    #[command(subcommand)]
    task: Option<Task>,
}

/// What to do instead of serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
#[non_exhaustive]
pub enum Task {
    /// Copies everything into a folder, while the relay runs or not, and ends; of a store in SQLite. A relay that is started on the copy begins
    /// anew by itself, and devices send again what came after it.
    Backup {
        /// The folder to copy into: a new one, or an empty one.
        target: PathBuf,
    },
    /// Carries the store in the data folder into the PostgreSQL database that --database names, which must be empty, and ends; no relay may have
    /// either open. Devices go on as if nothing had happened, once the relay is started again with --database and the same --data: the key and
    /// the files of blobs stay there. Without --database no relay is started on that folder any more.
    Carry,
    /// Looks for damage in everything that is stored, in SQLite or in PostgreSQL, while relays run or not; tells one line for each thing it
    /// finds, and ends. The exit code is 1 if there is any.
    Check {
        /// Names spaces as their devices do, for a list that nobody else will read. Without it they have numbers of this store alone; in
        /// PostgreSQL of this check alone.
        #[arg(long)]
        show_ids: bool,
    },
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogDetail {
    /// What the operator has to look at.
    Error,
    /// And what they may want to.
    Warn,
    /// And what the relay does as a whole.
    #[default]
    Info,
    /// And what single connections do.
    Debug,
}

/// What counts in the end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The folder to keep everything in. Made when it is not there; readable by its owner only.
    pub data: PathBuf,
    /// The PostgreSQL database to keep rows in; without one they are in the folder.
    pub database: Option<Database>,
    /// The NATS servers through which nodes over one database tell each other that something changed; without, through the database.
    pub nats: Option<Nats>,
    /// The bucket to put blobs in; without one they are files in the folder.
    pub bucket: Option<Bucket>,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The origin devices reach this relay by, if it is not the address it listens on. Devices sign it.
    pub origin: Option<String>,
    /// Begin another incarnation of the store, and end.
    pub put_back: bool,
    /// Print [`Self::to_toml`], and end.
    pub print_config: bool,
    /// Do this, and end.
    pub task: Option<Task>,
    /// The address of the operator's port, if there is to be one.
    pub operations: Option<SocketAddr>,
    /// Who may begin a space.
    pub sign_up: SignUp,
    /// The file that some of its invites come from.
    pub invites_file: Option<PathBuf>,
    /// Whom to wake devices through.
    pub push: Push,
    /// Whom a push service can write to about this relay.
    pub push_contact: Option<String>,
    /// What to serve TLS with; without, it is plain HTTP.
    pub tls: Option<TlsFiles>,
    /// How much is logged.
    pub log: LogDetail,
    /// Whether log lines are JSON.
    pub log_json: bool,
    /// What the relay allows.
    pub limits: Limits,
}

impl Config {
    /// A relay in `data` on a free port of this machine, for tests: one session may ask as often as it likes.
    #[must_use]
    pub fn on_free_port(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            database: None,
            nats: None,
            bucket: None,
            listen: SocketAddr::new(LISTEN.ip(), 0),
            origin: None,
            put_back: false,
            print_config: false,
            task: None,
            operations: None,
            sign_up: SignUp::Open,
            invites_file: None,
            push: Push::Off,
            push_contact: None,
            tls: None,
            log: LogDetail::default(),
            log_json: false,
            limits: Limits {
                session_requests_per_second: 0,
                ..Limits::default()
            },
        }
    }

    /// Reads the command line, whose first word is the program's name, the environment, and the file that either names.
    ///
    /// # Errors
    /// [`ConfigError`]; of it [`ConfigError::Arguments`] knows how to say itself and whether that is an error at all.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, ConfigError> {
        let Arguments {
            config,
            put_back,
            print_config,
            mut settings,
            mut limits,
            task,
        } = {
            let matches = Arguments::command().try_get_matches_from(arguments)?;
            no_secret_on_the_command_line(&matches)?;
            Arguments::from_arg_matches(&matches)?
        };
        if let Some(unknown) = unknown_variable() {
            return Err(ConfigError::UnknownVariable(unknown));
        }
        if let Some(file) = config {
            let (weaker_settings, weaker_limits) = settings::read_file(&file)?;
            settings = settings.or(weaker_settings);
            limits = limits.or(weaker_limits);
        }
        let bucket = bucket(&mut settings)?;
        let data = settings.data.ok_or(ConfigError::Incomplete(
            "no folder to keep everything in is named: say --data DIR",
        ))?;
        let tls = match (settings.tls_certificate, settings.tls_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(TlsFiles::new(certificate, key)),
            _ => {
                return Err(ConfigError::Incomplete(
                    "TLS needs a certificate and a key: say both, --tls-certificate FILE and --tls-key FILE",
                ));
            }
        };
        let words = settings.invites.unwrap_or_default();
        let sign_up = sign_up(settings.sign_up, &words, settings.invites_file.as_deref())?;
        let database: Option<Database> = settings.database.map(|Secret(text)| text.parse()).transpose()?;
        let nats: Option<Nats> = settings.nats.map(|Secret(text)| text.parse()).transpose()?;
        if settings.database_ca.is_some() && !database.as_ref().is_some_and(Database::speaks_tls) {
            return Err(ConfigError::Incomplete(
                "there is a CA of a database that no TLS is spoken to: say sslmode=verify-full in --database URL, or leave --database-ca out",
            ));
        }
        if nats.is_some() && database.is_none() {
            return Err(ConfigError::Incomplete(
                "relays tell each other through NATS only where they share a database: say --database URL, or leave --nats out",
            ));
        }
        if settings.nats_ca.is_some() && nats.is_none() {
            return Err(ConfigError::Incomplete(
                "there is a CA of NATS and no NATS: say --nats URL, or leave --nats-ca out",
            ));
        }
        let push = push(settings.push, settings.push_services.as_deref())?;
        if settings
            .push_contact
            .as_deref()
            .is_some_and(|contact| !is_contact(contact))
        {
            return Err(ConfigError::Incomplete(
                "whom a push service can write to is said as mailto:… or https://…",
            ));
        }
        Ok(Self {
            data,
            database: database.map(|database| database.with_ca(settings.database_ca)),
            nats: nats.map(|nats| nats.with_ca(settings.nats_ca)),
            bucket,
            listen: settings.listen.unwrap_or(LISTEN),
            origin: settings.origin,
            put_back,
            print_config,
            task,
            operations: settings.operations,
            sign_up,
            invites_file: settings.invites_file,
            push,
            push_contact: settings.push_contact,
            tls,
            log: settings.log.unwrap_or_default(),
            log_json: settings.log_json.unwrap_or_default(),
            limits: limits.applied()?,
        })
    }

    /// Where and how to keep the store.
    #[must_use]
    pub fn store(&self) -> StoreConfig {
        StoreConfig {
            database: self.database.clone(),
            nats: self.nats.clone(),
            bucket: self.bucket.clone(),
            ..StoreConfig::new(&self.data)
        }
    }

    /// Itself as a file of settings, without its secrets.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let (sign_up, invites) = match &self.sign_up {
            SignUp::Open => (SignUpWord::Open, 0),
            SignUp::Invited(invites) => (SignUpWord::Invited, invites.len()),
            SignUp::Closed => (SignUpWord::Closed, 0),
        };
        let bucket = self.bucket.as_ref();
        let has_credentials = bucket.is_some_and(|bucket| bucket.credentials.is_some());
        let push = match &self.push {
            Push::Off => PushWord::Off,
            Push::Named(_) => PushWord::Named,
            Push::Public(_) => PushWord::Public,
        };
        let services: Vec<_> = self.push.named().iter().map(Origin::to_string).collect();
        let settings = Settings {
            blobs: bucket.map(ToString::to_string),
            blobs_endpoint: bucket.and_then(|bucket| bucket.endpoint.clone()),
            blobs_region: bucket.and_then(|bucket| bucket.region.clone()),
            blobs_plain_http: bucket.map(|bucket| bucket.plain_http),
            blobs_key_id: has_credentials.then(|| "…".to_owned()),
            blobs_secret: has_credentials.then(|| Secret::from("…")),
            data: Some(self.data.clone()),
            database: self.database.as_ref().map(|database| Secret(database.to_string())),
            database_ca: self.database.as_ref().and_then(Database::ca).map(Path::to_owned),
            nats: self.nats.as_ref().map(|nats| Secret(nats.to_string())),
            nats_ca: self.nats.as_ref().and_then(Nats::ca).map(Path::to_owned),
            listen: Some(self.listen),
            origin: self.origin.clone(),
            operations: self.operations,
            sign_up: Some(sign_up),
            invites_file: self.invites_file.clone(),
            push: Some(push),
            push_services: (!services.is_empty()).then(|| services.join(",")),
            push_contact: self.push_contact.clone(),
            tls_certificate: self.tls.as_ref().map(|tls| tls.certificate.clone()),
            tls_key: self.tls.as_ref().map(|tls| tls.key.clone()),
            log: Some(self.log),
            log_json: Some(self.log_json),
            invites: (invites > 0).then(|| vec!["…".to_owned(); invites]),
        };
        let mut table = toml::Table::new();
        settings.put(&mut table);
        LimitSettings::of(&self.limits).put(&mut table);
        table.to_string()
    }
}

/// What everybody on this machine can read holds no way into NATS.
fn no_secret_on_the_command_line(matches: &ArgMatches) -> Result<(), ConfigError> {
    let is_said_there = matches.value_source("nats") == Some(ValueSource::CommandLine);
    let said = matches.get_one::<Secret>("nats").filter(|_| is_said_there);
    match said.map(|Secret(text)| text.parse::<Nats>()) {
        Some(Ok(nats)) if nats.has_secret() => Err(ConfigError::Incomplete(
            "command lines can be read by everybody on a machine: say --nats with a password or token in a file of settings or the environment",
        )),
        _ => Ok(()),
    }
}

/// The bucket that is named, with everything that is said about it.
fn bucket(settings: &mut Settings) -> Result<Option<Bucket>, ConfigError> {
    let (endpoint, region) = (settings.blobs_endpoint.take(), settings.blobs_region.take());
    let (id, secret) = (settings.blobs_key_id.take(), settings.blobs_secret.take());
    let Some(url) = settings.blobs.take() else {
        if endpoint.is_some() || region.is_some() || id.is_some() || secret.is_some() {
            return Err(ConfigError::Incomplete(
                "something is said about a bucket, and none is named: say --blobs s3://BUCKET/PREFIX",
            ));
        }
        return Ok(None);
    };
    let mut bucket = Bucket::new(&url)?;
    bucket.endpoint = endpoint;
    bucket.region = region;
    bucket.plain_http = settings.blobs_plain_http.unwrap_or(false);
    bucket.credentials = match (id, secret) {
        (None, None) => None,
        (Some(id), Some(Secret(secret))) => Some((id, secret)),
        _ => {
            return Err(ConfigError::Incomplete(
                "credentials of a bucket are an id and a secret: say both, blobs_key_id and blobs_secret, in a file of settings",
            ));
        }
    };
    bucket.check()?;
    Ok(Some(bucket))
}

/// Who may begin a space. An invite that nobody asks for would not be there when it is missed.
fn sign_up(said: Option<SignUpWord>, words: &[String], file: Option<&Path>) -> Result<SignUp, ConfigError> {
    let text = file.map(text_of).transpose()?.unwrap_or_default();
    let words = words.iter().map(String::as_str);
    let invites = Invites::new(words.chain(text.lines()));
    match (said.unwrap_or(SignUpWord::Open), invites.is_empty()) {
        (SignUpWord::Invited, false) => Ok(SignUp::Invited(invites)),
        (SignUpWord::Invited, true) => Err(ConfigError::Incomplete(
            "signing up by invite needs an invite: name some in invites or in --invites-file FILE",
        )),
        (_, false) => Err(ConfigError::Incomplete(
            "there are invites, and nobody asks for them: say --sign-up invited",
        )),
        (SignUpWord::Open, true) => Ok(SignUp::Open),
        (SignUpWord::Closed, true) => Ok(SignUp::Closed),
    }
}

/// Whom to wake devices through. A service that nobody is woken through would not be there when it is missed.
fn push(said: Option<PushWord>, services: Option<&str>) -> Result<Push, ConfigError> {
    let services = services
        .into_iter()
        .flat_map(|services| services.split(','))
        .map(str::trim);
    let services = services.map(str::parse).collect::<Result<Vec<Origin>, _>>()?;
    match (said.unwrap_or(PushWord::Off), services.is_empty()) {
        (PushWord::Off, true) => Ok(Push::Off),
        (PushWord::Off, false) => Err(ConfigError::Incomplete(
            "push services are named, and nobody is woken through them: say --push named or public",
        )),
        (PushWord::Named, true) => Err(ConfigError::Incomplete(
            "waking through named push services needs one: say --push-services https://HOST",
        )),
        (PushWord::Named, false) => Ok(Push::Named(services)),
        (PushWord::Public, _) => Ok(Push::Public(services)),
    }
}

/// What the environment says to a relay and none understands.
fn unknown_variable() -> Option<String> {
    let command = Arguments::command();
    let known: Vec<_> = command.get_arguments().filter_map(clap::Arg::get_env).collect();
    let ours = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut ours = ours.filter(|name| name.starts_with("CAIRN_RELAY_"));
    ours.find(|name| !known.iter().any(|known| *known == name.as_str()))
}

/// A file as text.
fn text_of(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))
}
