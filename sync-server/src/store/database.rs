//! Which PostgreSQL database, as a URL with a secret in it.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::config::{Host, SslMode};

/// A PostgreSQL database: `postgres://user@host:5432/name`, or `host=/run/postgresql dbname=name`, as libpq writes them. Neither `Debug`
/// nor `Display` shows a password.
#[derive(Clone)]
pub struct Database {
    config: tokio_postgres::Config,
}

/// What was said is no database. The operator's to say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// It cannot be read. What it says is not repeated: there may be a password in it.
    #[error("the database is not said as postgres://user@host/name")]
    Malformed,
    /// It asks for TLS, which the relay does not speak to a database.
    #[error("TLS to the database is not spoken: use a socket of this machine, or a network of your own")]
    Tls,
}

impl Database {
    pub(crate) const fn config(&self) -> &tokio_postgres::Config {
        &self.config
    }
}

impl FromStr for Database {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, DatabaseError> {
        let config: tokio_postgres::Config = text.parse().map_err(|_| DatabaseError::Malformed)?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(DatabaseError::Tls);
        }
        Ok(Self { config })
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
        None => "connection".to_owned(),
    }
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
        let tls = "postgres://me@host/relay?sslmode=require".parse::<Database>();
        assert_eq!(tls.unwrap_err(), DatabaseError::Tls);
    }
}
