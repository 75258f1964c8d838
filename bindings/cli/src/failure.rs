//! What is said when something could not be done: one sentence, and an exit code that scripts can rely on.

use cairn_core::exchange::ImportError;
use cairn_core::sync::SyncError;
use cairn_core::vault::{Error, Kind};
use cairn_core::words::errors as words;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Exit codes. 2 is clap's, for a command line that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// What was given does not fit.
    Invalid = 3,
    /// There is nothing of that name.
    NotFound = 4,
    /// Storage or key are not as they were left.
    Storage = 5,
    /// The relay was not reached.
    Offline = 6,
    /// The relay or the other side refused.
    Rejected = 7,
    /// The journal is locked, and was not unlocked.
    Locked = 8,
    /// A defect of this program, or a promise of the tour that was not kept.
    Internal = 70,
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core said no.
    Core(Error),
    /// This program says why itself.
    Said {
        /// How it exits.
        exit: Exit,
        /// What it says.
        sentence: String,
    },
    /// Nobody reads the output any more (`cairn list | head`): nothing is wrong and nothing is said.
    Unread,
}

impl Failure {
    pub(crate) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self::Said {
            exit,
            sentence: sentence.into(),
        }
    }

    pub(crate) fn invalid(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, sentence)
    }

    pub(crate) fn not_found(sentence: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, sentence)
    }

    /// How the program exits; none where nothing went wrong.
    pub(crate) fn code(&self) -> Option<Exit> {
        match self {
            Self::Unread => None,
            Self::Said { exit, .. } => Some(*exit),
            Self::Core(error) => Some(match error.kind() {
                Kind::Invalid => Exit::Invalid,
                Kind::NotFound | Kind::Erased => Exit::NotFound,
                Kind::StorageFull | Kind::StorageDamaged => Exit::Storage,
                Kind::Offline => Exit::Offline,
                Kind::Locked | Kind::PeopleHidden | Kind::WrongPassphrase | Kind::WaitFirst => Exit::Locked,
                Kind::Rejected => Exit::Rejected,
                _ => Exit::Internal,
            }),
        }
    }

    /// Whether the journal was erased.
    pub(crate) fn is_erased(&self) -> bool {
        matches!(self, Self::Core(error) if error.kind() == Kind::Erased)
    }

    /// The sentence: first what is safe, then what is not as it could be.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Unread => String::new(),
            Self::Said { sentence, .. } => sentence.clone(),
            Self::Core(error) => sentence(error),
        }
    }

    /// The same, said in other words.
    pub(crate) fn with(&self, sentence: String) -> Self {
        Self::Said {
            exit: self.code().unwrap_or(Exit::Internal),
            sentence,
        }
    }

    /// The same, and one sentence more.
    pub(crate) fn and_say(&self, more: &str) -> Self {
        self.with(format!("{} {more}", self.sentence()))
    }

    /// Says it, once, where errors are said.
    pub(crate) fn say(&self) -> ExitCode {
        let Some(exit) = self.code() else {
            return ExitCode::SUCCESS;
        };
        // Where nobody listens to errors either, the exit code is left.
        drop(writeln!(io::stderr(), "{}", self.sentence()));
        ExitCode::from(exit as u8)
    }
}

fn sentence(error: &Error) -> String {
    match error {
        Error::WrongKey => words::WRONG_KEY.text.to_owned(),
        Error::NotEmpty => words::NOT_EMPTY.text.to_owned(),
        Error::Export(reason) => format!("Nothing was exported: {reason}."),
        Error::Import(reason) => format!("Nothing was imported: {reason}."),
        Error::CodeUsedUp | Error::Declined | Error::Handshake | Error::BadCode => {
            format!("Nothing was shared: {error}.")
        }
        Error::Sync(reason @ SyncError::Unreachable(_)) => format!("What you saved is safe on this device: {reason}."),
        Error::Sync(SyncError::NotAuthorised) => words::NOT_LET_IN.text.to_owned(),
        Error::PhraseUnknown | Error::PhraseOvertaken | Error::NotParted | Error::Outside => {
            format!("Nothing was changed: {error}.")
        }
        Error::Sync(reason) => rejected(&reason.to_string()),
        _ => match error.kind() {
            Kind::StorageFull => words::STORAGE_FULL.text.to_owned(),
            Kind::Erased => words::ERASED.text.to_owned(),
            Kind::Internal => words::INTERNAL.text.to_owned(),
            Kind::Invalid
            | Kind::NotFound
            | Kind::Locked
            | Kind::PeopleHidden
            | Kind::WrongPassphrase
            | Kind::WaitFirst => {
                format!("Nothing was changed: {error}.")
            }
            _ => format!("Nothing was erased: {error}."),
        },
    }
}

fn rejected(reason: &str) -> String {
    words::REJECTED.with(&[("reason", reason)])
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::Core(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            kind => Self::new(
                Exit::Storage,
                format!("Nothing was erased: a file could not be used, {kind}."),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_core::exchange::ExportError;
    use cairn_core::store::StoreError;
    use cairn_core::sync::TransportError;

    #[test]
    fn every_kind_of_failure_has_its_exit_code() {
        let exits = [
            (Error::PageSize, Exit::Invalid),
            (Error::NotFound, Exit::NotFound),
            (Error::WrongKey, Exit::Storage),
            (Error::Store(StoreError::Full), Exit::Storage),
            (
                Error::Sync(SyncError::Unreachable(TransportError::Offline)),
                Exit::Offline,
            ),
            (Error::CodeUsedUp, Exit::Rejected),
            (Error::Declined, Exit::Rejected),
            (Error::Locked, Exit::Locked),
            (Error::WrongPassphrase, Exit::Locked),
            (Error::PeopleHidden, Exit::Locked),
            (Error::WaitFirst { seconds: 30 }, Exit::Locked),
            (Error::Internal, Exit::Internal),
        ];
        for (error, exit) in exits {
            assert_eq!(Failure::from(error).code(), Some(exit));
        }
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).code(), None);
    }

    #[test]
    fn every_sentence_says_first_what_is_safe() {
        let errors = [
            Error::WrongKey,
            Error::KeyMissing,
            Error::MovedAside,
            Error::NotEmpty,
            Error::NotFound,
            Error::PageSize,
            Error::Locked,
            Error::PeopleHidden,
            Error::NoPeopleLock,
            Error::WrongPassphrase,
            Error::WaitFirst { seconds: 30 },
            Error::Internal,
            Error::CodeUsedUp,
            Error::Declined,
            Error::Store(StoreError::Full),
            Error::Import(ImportError::Truncated),
            Error::Export(ExportError::Exists),
            Error::Sync(SyncError::Garbage),
            Error::Sync(SyncError::NotAuthorised),
            Error::OwnDevice,
            Error::NotSettled,
            Error::NotParted,
            Error::Outside,
            Error::Sync(SyncError::Parted),
            Error::BadPhrase,
            Error::WrongWords,
            Error::PhraseUnknown,
            Error::PhraseOvertaken,
            Error::Sync(SyncError::Unreachable(TransportError::TimedOut)),
        ];
        for error in errors {
            let sentence = Failure::from(error).sentence();
            let first = ["Nothing was", "What you saved", "Saved"];
            assert!(first.iter().any(|first| sentence.starts_with(first)), "{sentence}");
            assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{sentence}");
        }
    }
}
