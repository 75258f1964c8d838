//! The real relay, as a child of the tour. The command line has no relay inside: it starts the program beside it.

use crate::failure::{Exit, Failure};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The name of the program.
const PROGRAM: &str = if cfg!(windows) {
    "cairn-relay.exe"
} else {
    "cairn-relay"
};

/// A running relay. It ends when this is dropped, however the tour ends.
#[derive(Debug)]
pub(super) struct Relay {
    child: Child,
    origin: String,
}

impl Relay {
    /// Starts it on a free port, with everything it keeps in `data`.
    pub(super) fn start(data: &Path) -> Result<Self, Failure> {
        let program = program().ok_or_else(|| {
            Failure::not_found(format!(
                "The tour needs the program {PROGRAM} beside this one; CAIRN_RELAY can name another place."
            ))
        })?;
        let mut child = Command::new(program)
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0", "--log", "warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|_| Failure::new(Exit::Internal, "The relay of the tour could not be started."))?;
        let said = child.stdout.take();
        // From here on the guard ends it, also when what follows does not work.
        let mut relay = Self {
            child,
            origin: String::new(),
        };
        let mut line = String::new();
        if let Some(said) = said {
            BufReader::new(said).read_line(&mut line)?;
        }
        relay.origin = origin_of(&line)
            .ok_or_else(|| Failure::new(Exit::Internal, "The relay of the tour ended before it listened."))?;
        Ok(relay)
    }

    /// The address it listens at.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn origin_of(line: &str) -> Option<String> {
    let origin = line.trim().strip_prefix("listening on ")?;
    origin.starts_with("http://").then(|| origin.to_owned())
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("CAIRN_RELAY")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let beside = || Some(std::env::current_exe().ok()?.parent()?.join(PROGRAM));
    named.or_else(beside).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_says_where_it_listens() {
        assert_eq!(
            origin_of("listening on http://127.0.0.1:80\n").as_deref(),
            Some("http://127.0.0.1:80")
        );
        assert_eq!(origin_of("cairn-relay: no room"), None);
        assert_eq!(origin_of(""), None);
    }
}
