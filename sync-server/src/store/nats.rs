//! Which NATS servers, as URLs with a secret in them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use async_nats::ServerAddr;
use percent_encoding::percent_decode_str;

use crate::trust;

/// The NATS servers through which nodes tell each other that something changed: `nats://host:4222`, or `tls://host:4222` where nothing else than TLS will do;
/// those of a cluster with commas between. A user and a password, or a token, stand in front of the host. Neither `Debug` nor `Display` shows them.
#[derive(Clone)]
pub struct Nats {
    servers: Vec<ServerAddr>,
    ca: Option<PathBuf>,
}

/// Who a node says it is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Pass {
    None,
    Token(String),
    User(String, String),
}

/// What was said is no NATS server. The operator's to say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NatsError {
    /// It cannot be read. What it says is not repeated: there may be a password in it.
    #[error("NATS is not said as nats://host:4222 or tls://host:4222")]
    Malformed,
    /// There is one way in, whichever server answers.
    #[error("the NATS servers are said with different users, passwords or tokens")]
    OneSecret,
}

impl Nats {
    /// The same, believed only with a certificate from a root in this file, PEM; without it, from one that the system trusts.
    #[must_use]
    pub fn with_ca(self, ca: Option<PathBuf>) -> Self {
        Self { ca, ..self }
    }

    /// The file of roots.
    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// Whether there is a password or a token in it.
    pub(crate) fn has_secret(&self) -> bool {
        self.pass() != Pass::None
    }

    /// Whether a password or token goes over a network as it is written.
    pub(super) fn shows_its_secret(&self) -> bool {
        let is_open = |server: &ServerAddr| !server.tls_required() && !trust::is_this_machine(server.host());
        self.has_secret() && self.servers.iter().any(is_open)
    }

    pub(super) fn servers(&self) -> &[ServerAddr] {
        &self.servers
    }

    pub(super) fn pass(&self) -> Pass {
        self.servers.first().map_or(Pass::None, pass)
    }
}

fn pass(server: &ServerAddr) -> Pass {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match (server.username(), server.password()) {
        (None, None) => Pass::None,
        (Some(token), None) => Pass::Token(plain(token)),
        (user, Some(password)) => Pass::User(plain(user.unwrap_or_default()), plain(password)),
    }
}

impl FromStr for Nats {
    type Err = NatsError;

    fn from_str(text: &str) -> Result<Self, NatsError> {
        let read = |said: &str| {
            let server: ServerAddr = said.trim().parse().map_err(|_| NatsError::Malformed)?;
            // Anything with a colon in it is a URL of some kind to whoever reads URLs.
            let is_one =
                said.contains("://") && ["nats", "tls"].contains(&server.scheme()) && !server.host().is_empty();
            let url = server.as_url_str();
            let has_more = url.contains(['?', '#']) || url.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty());
            (is_one && !has_more).then_some(server).ok_or(NatsError::Malformed)
        };
        let servers = text.split(',').map(read).collect::<Result<Vec<_>, _>>()?;
        if servers.iter().any(|server| pass(server) != pass(&servers[0])) {
            return Err(NatsError::OneSecret);
        }
        Ok(Self { servers, ca: None })
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nats({self})")
    }
}

impl fmt::Display for Nats {
    /// In the words that can be read again; a password or token is `…`, and so is a user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = match self.pass() {
            Pass::None => "",
            Pass::Token(_) => "…@",
            Pass::User(..) => "…:…@",
        };
        for (at, server) in self.servers.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let host = server.host();
            let host = if host.contains(':') {
                format!("[{host}]")
            } else {
                host.to_owned()
            };
            write!(f, "{comma}{}://{secret}{host}:{}", server.scheme(), server.port())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn what_is_shown_can_be_read_again_and_has_no_secret() {
        for (said, shown) in [
            ("nats://one", "nats://one:4222"),
            ("tls://me:hunter2@[::1]:5/", "tls://…:…@[::1]:5"),
            (
                "nats://hunter2@one:1,nats://hunter2@two:2",
                "nats://…@one:1,nats://…@two:2",
            ),
        ] {
            let nats: Nats = said.parse().unwrap();
            assert_eq!(
                (nats.to_string().as_str(), format!("{nats:?}")),
                (shown, format!("Nats({shown})"))
            );
            assert_eq!(nats.to_string().parse::<Nats>().unwrap().to_string(), shown);
            assert_eq!(nats.has_secret(), said.contains('@'));
        }
    }

    #[test]
    fn what_is_no_server_is_said_without_repeating_it() {
        for wrong in [
            "",
            "hunter2",
            "hunter2:4222",
            "http://me:hunter2@h",
            "ws://me:hunter2@h",
            "nats://",
            "nats://me:hunter2@h:x",
            "nats://me:hunter2@h/path",
            "nats://me:hunter2@h?q",
            "nats://one,",
        ] {
            let error = wrong.parse::<Nats>().unwrap_err();
            assert_eq!(error, NatsError::Malformed, "{wrong}");
            assert!(!error.to_string().contains("hunter2"));
        }
        let two = "nats://a@one,nats://b@two".parse::<Nats>();
        assert_eq!(two.unwrap_err(), NatsError::OneSecret);
    }

    #[test]
    fn a_secret_is_as_it_was_before_it_was_made_fit_for_a_url() {
        let pass = |said: &str| said.parse::<Nats>().unwrap().pass();
        assert!(pass("nats://a%40b:c%2Fd@h") == Pass::User("a@b".to_owned(), "c/d".to_owned()));
        assert!(pass("nats://t%3Ak@h") == Pass::Token("t:k".to_owned()));
        let shows = |said: &str| said.parse::<Nats>().unwrap().shows_its_secret();
        assert!(shows("nats://t@nats.example"));
        assert!(!shows("tls://t@nats.example") && !shows("nats://t@127.0.0.1") && !shows("nats://nats.example"));
    }
}
