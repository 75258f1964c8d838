//! Which PostgreSQL database, as a URL with a secret in it, and whether TLS is spoken to it.
//!
//! | `sslmode` | a socket | an address of this machine | any other host |
//! |---|---|---|---|
//! | not said, or `prefer` | no TLS | no TLS | TLS |
//! | `disable` | no TLS | no TLS | no TLS, which is said in the log |
//! | `require`, `verify-full` | no TLS | TLS | TLS |
//!
//! TLS means that the server's certificate is verified, its name too, and that nothing is said to a server that cannot. Where libpq verifies nobody (`prefer`, `require`)
//! somebody in between could be the server, and be given the password.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustls::CertificateError;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, SslMode, SslNegotiation};

use crate::trust;

/// A PostgreSQL database: `postgres://user@host:5432/name`, or `host=/run/postgresql dbname=name`, as libpq writes them. Neither `Debug`
/// nor `Display` shows a password.
#[derive(Clone)]
pub struct Database {
    config: Config,
    ca: Option<PathBuf>,
}

/// What was said is no database. The operator's to say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// It cannot be read. What it says is not repeated: there may be a password in it.
    #[error("the database is not said as postgres://user@host/name")]
    Malformed,
    /// What it says of TLS is not known here.
    #[error("sslmode of the database is none of disable, prefer, require and verify-full")]
    SslMode,
}

impl Database {
    /// The same, believed only with a certificate from a root in this file, PEM; without it, from one that the system trusts.
    #[must_use]
    pub fn with_ca(self, ca: Option<PathBuf>) -> Self {
        Self { ca, ..self }
    }

    /// The file of roots.
    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether TLS is spoken to it.
    pub(crate) fn speaks_tls(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Require
    }

    fn mode(&self) -> &'static str {
        if self.speaks_tls() { "verify-full" } else { "disable" }
    }

    /// Whether everything goes over a network as it is.
    pub(crate) fn is_open(&self) -> bool {
        !self.speaks_tls() && !is_near(&self.config)
    }
}

/// Whether all of it is on this machine.
fn is_near(config: &Config) -> bool {
    // Where there is an address, it is asked and not the host of the same place.
    let addresses = config.get_hostaddrs();
    let mut hosts = config.get_hosts().iter().enumerate();
    hosts.all(|(at, host)| match (addresses.get(at), host) {
        (Some(address), _) => trust::is_this_machine(&address.to_string()),
        (None, Host::Tcp(name)) => trust::is_this_machine(name),
        #[cfg(unix)]
        (None, Host::Unix(_)) => true,
    })
}

/// Whether all of it are sockets, over which nobody speaks TLS.
fn is_sockets(config: &Config) -> bool {
    config.get_hostaddrs().is_empty() && !config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)))
}

/// Reads what libpq writes, `verify-full` too, which the library does not know.
fn read(text: &str) -> Result<Config, DatabaseError> {
    let error = match text.parse::<Config>() {
        Ok(config) => return Ok(config),
        Err(error) => error,
    };
    // Of all the words that may be meant, some of which may stand in a password, the one that the library stumbles over.
    for (at, word) in text.match_indices("sslmode=") {
        let (before, value) = text.split_at(at + word.len());
        let value = value.trim_start_matches('\'');
        if let Some(after) = value.strip_prefix("verify-full") {
            let after = after.strip_prefix('\'').unwrap_or(after);
            if let Ok(config) = format!("{before}require{after}").parse() {
                return Ok(config);
            }
        }
    }
    let is_of_tls = error
        .source()
        .is_some_and(|source| source.to_string().contains("`sslmode`"));
    Err(if is_of_tls {
        DatabaseError::SslMode
    } else {
        DatabaseError::Malformed
    })
}

impl FromStr for Database {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, DatabaseError> {
        let mut config = read(text)?;
        if config.get_hosts().is_empty() {
            // A certificate is for a name, or for the address as one.
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        let mode = match config.get_ssl_mode() {
            _ if is_sockets(&config) => SslMode::Disable,
            SslMode::Prefer if is_near(&config) => SslMode::Disable,
            SslMode::Prefer => SslMode::Require,
            said => said,
        };
        config.ssl_mode(mode);
        Ok(Self { config, ca: None })
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

impl fmt::Display for Database {
    /// In the words that can be read again; a password is `…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.config;
        let join = |words: Vec<String>| (!words.is_empty()).then(|| words.join(","));
        let hosts = config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.to_string_lossy().into_owned(),
        });
        let is_direct = config.get_ssl_negotiation() == SslNegotiation::Direct;
        let binding = match config.get_channel_binding() {
            ChannelBinding::Disable => Some("disable"),
            ChannelBinding::Require => Some("require"),
            _ => None,
        };
        let said = [
            ("host", join(hosts.collect())),
            (
                "hostaddr",
                join(config.get_hostaddrs().iter().map(ToString::to_string).collect()),
            ),
            (
                "port",
                join(config.get_ports().iter().map(ToString::to_string).collect()),
            ),
            ("user", config.get_user().map(str::to_owned)),
            ("password", config.get_password().map(|_| "…".to_owned())),
            ("dbname", config.get_dbname().map(str::to_owned)),
            ("options", config.get_options().map(str::to_owned)),
            ("application_name", config.get_application_name().map(str::to_owned)),
            ("sslmode", (!is_sockets(config)).then(|| self.mode().to_owned())),
            ("sslnegotiation", is_direct.then(|| "direct".to_owned())),
            ("channel_binding", binding.map(str::to_owned)),
        ];
        let said = said.into_iter().filter_map(|(name, value)| {
            let value = value?.replace('\\', "\\\\").replace('\'', "\\'");
            Some(format!("{name}='{value}'"))
        });
        f.write_str(&said.collect::<Vec<_>>().join(" "))
    }
}

/// The code of an error, or what kind it is.
pub(super) fn code(error: &tokio_postgres::Error) -> String {
    match error.code() {
        Some(code) => code.code().to_owned(),
        None if error.is_closed() => "connection closed".to_owned(),
        None => tls_fault(error).unwrap_or("connection").to_owned(),
    }
}

/// What is wrong with TLS, if that is what is.
fn tls_fault(error: &tokio_postgres::Error) -> Option<&'static str> {
    let source = error.source()?;
    if source.to_string() == "server does not support TLS" {
        return Some(
            "it speaks no TLS, and without it a password would be read on the way: say sslmode=disable if the network is your own",
        );
    }
    let fault = source
        .downcast_ref::<io::Error>()?
        .get_ref()?
        .downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(fault) = fault else {
        return Some("TLS was not agreed on");
    };
    Some(match fault {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate comes from nobody who is trusted: name the file of its CA in database_ca"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name than the host's"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => "its certificate is not valid today",
        _ => "its certificate cannot be verified",
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn what_is_shown_can_be_read_again_and_has_no_password() {
        for said in [
            "postgres://me:hunter2@[::1]:5433/relay",
            "postgresql://me:hunter2@one,two:1,2/relay?application_name=a",
            "host=/run/postgresql user=me password='hunter2 hunter2' dbname='it\\'s' options='-c geqo=off'",
            "host=a hostaddr=127.0.0.1 password=hunter2",
        ] {
            let database: Database = said.parse().unwrap();
            let shown = format!("{database} {database:?}");
            assert!(!shown.contains("hunter") && shown.contains('…'), "{shown}");
            let again: Database = database.to_string().parse().unwrap();
            assert_eq!(again.to_string(), database.to_string());
            let (config, other) = (database.config(), again.config());
            assert_eq!(config.get_hosts(), other.get_hosts());
            assert_eq!(
                (config.get_ports(), config.get_user()),
                (other.get_ports(), other.get_user())
            );
            assert_eq!(
                (config.get_dbname(), config.get_options()),
                (other.get_dbname(), other.get_options())
            );
        }
    }

    #[test]
    fn what_is_no_database_is_said_without_repeating_it() {
        for wrong in [
            "mysql://me:hunter2@host/relay",
            "hunter2",
            "postgres://me:hunter2@host:x/",
        ] {
            let error = wrong.parse::<Database>().unwrap_err();
            assert_eq!(error, DatabaseError::Malformed);
            assert!(!error.to_string().contains("hunter2"));
        }
        for mode in ["verify-ca", "allow", "hunter2"] {
            let error = format!("postgres://me@host/relay?sslmode={mode}").parse::<Database>();
            assert_eq!(error.unwrap_err(), DatabaseError::SslMode, "{mode}");
        }
    }

    #[test]
    fn tls_is_spoken_wherever_a_network_is_in_between_unless_it_is_said_outright() {
        let no_tls = (false, false);
        let tls = (true, false);
        let open = (false, true);
        for (said, expected) in [
            ("host=/run/postgresql", no_tls),
            ("host=/run/postgresql sslmode=verify-full", no_tls),
            ("host=localhost", no_tls),
            ("postgres://me@127.0.0.1/relay?sslmode=prefer", no_tls),
            ("postgres://me@127.0.0.1/relay?sslmode=require", tls),
            ("host=::1 sslmode='verify-full' user=me", tls),
            ("host=db.example hostaddr=127.0.0.1", no_tls),
            ("host=localhost hostaddr=10.0.0.1", tls),
            ("hostaddr=10.0.0.1", tls),
            ("host=/run/postgresql,db.example", tls),
            ("postgres://me@db.example/relay", tls),
            ("postgres://me@db.example/relay?sslmode=prefer", tls),
            (
                "postgres://me@db.example/relay?sslmode=verify-full&application_name=a",
                tls,
            ),
            (
                "postgres://me@db.example/relay?application_name=a&sslmode=disable",
                open,
            ),
            // A password may say what it likes.
            ("host=db.example password='sslmode=verify-full' sslmode=disable", open),
            ("host=localhost password='sslmode=verify-full' sslmode=verify-full", tls),
        ] {
            let database: Database = said.parse().unwrap();
            assert_eq!((database.speaks_tls(), database.is_open()), expected, "{said}");
            let again: Database = database.to_string().parse().unwrap();
            assert_eq!((again.speaks_tls(), again.is_open()), expected, "{database}");
            assert_eq!(again.to_string(), database.to_string());
            if said.contains("password") {
                assert_eq!(
                    database.config().get_password(),
                    Some(&b"sslmode=verify-full"[..]),
                    "{said}"
                );
            }
        }
        let bound: Database = "host=a channel_binding=require sslmode=require sslnegotiation=direct"
            .parse()
            .unwrap();
        assert!(
            bound
                .to_string()
                .ends_with("sslmode='verify-full' sslnegotiation='direct' channel_binding='require'")
        );
    }
}
