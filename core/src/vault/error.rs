//! What an app is told when something could not be done.

use super::{AttachmentError, KeyStoreError};
use crate::crypto::{CryptoError, PassphraseInvalid};
use crate::document::{DocumentError, Refused};
use crate::exchange::{ExportError, ImportError};
use crate::record::RecordError;
use crate::store::StoreError;
use crate::sync::SyncError;
use crate::{journal, profile, support};
use std::io::ErrorKind;

/// What the app does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Call `resume` first.
    Suspended,
    /// Let the person unlock, then call again.
    Locked,
    /// Show that the journal is gone from this device, let go of the vault, and open the folder again for a new one.
    Erased,
    /// Ask for the passphrase once more.
    WrongPassphrase,
    /// Too many wrong tries: wait, then ask for the passphrase once more.
    WaitFirst,
    /// This person's people are hidden: let them type what shows them.
    PeopleHidden,
    /// The input does not fit; nothing was changed.
    Invalid,
    /// There is nothing of that name.
    NotFound,
    /// No room left on the device; nothing was changed.
    StorageFull,
    /// The storage or its key is not as it was left; nothing was erased.
    StorageDamaged,
    /// No connection; what was written is safe here and will be sent later.
    Offline,
    /// The relay or the other side refused.
    Rejected,
    /// A defect of this software; please report it.
    Internal,
}

/// Why a command could not be carried out. What the vault holds is as it was before.
///
/// **Invariant:** no variant carries a word a person wrote, a path, or a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The vault is suspended: the app lets it sleep, and wakes it with `resume`.
    #[error("the vault is asleep: wake it first")]
    Suspended,
    /// Everything here was erased, as it was asked for. Opening the folder again begins a new, empty vault.
    #[error("the journal on this device was erased, as it was asked for")]
    Erased,
    /// The vault is locked: nothing is read or written until `unlock`.
    #[error("the journal is locked: unlock it first")]
    Locked,
    /// This is not the passphrase or the PIN.
    #[error("this does not unlock the journal: look at it again and type it once more")]
    WrongPassphrase,
    /// Several wrong tries in a row: the next one has to wait.
    #[error("the next try can be made in {seconds} seconds; nothing is lost meanwhile")]
    WaitFirst {
        /// How long, in whole seconds.
        seconds: u64,
    },
    /// This cannot be a new passphrase or PIN.
    #[error("{0}")]
    Passphrase(#[from] PassphraseInvalid),
    /// A time for locking by itself is out of bounds.
    #[error(
        "a journal can lock itself after {} seconds at least, and {} hours at most",
        crate::limits::AUTO_LOCK_MS.0 / 1000,
        crate::limits::AUTO_LOCK_MS.1 / 3_600_000
    )]
    AutoLock,
    /// What was written passes a bound.
    #[error("{0}")]
    Entry(#[from] journal::Invalid),
    /// What was stated in the profile passes a bound.
    #[error("{0}")]
    Profile(#[from] profile::Invalid),
    /// A consent lacks something, or holds too much.
    #[error("{0}")]
    Consent(#[from] support::ConsentInvalid),
    /// This entry, or these parts of it, cannot be shared.
    #[error("{0}")]
    NotShareable(#[from] support::NotShareable),
    /// Something cannot be said or done in a relationship as it stands.
    #[error("{0}")]
    Terms(#[from] support::TermsInvalid),
    /// Something cannot be written on the page of a meeting.
    #[error("{0}")]
    Meeting(#[from] support::MeetingInvalid),
    /// A message, or what is wished of messages, does not keep to what was agreed.
    #[error("{0}")]
    Message(#[from] support::Unfit),
    /// The hours for messages cannot be these.
    #[error("{0}")]
    Hours(#[from] support::HoursInvalid),
    /// A page or a search asks for more than one answer holds.
    #[error("a page holds between 1 and {} entries", crate::limits::PAGE_ENTRIES_MAX)]
    PageSize,
    /// A list of messages asks for more than one answer holds.
    #[error("a list holds between 1 and {} messages", crate::limits::MESSAGES_PAGE_MAX)]
    MessagesPage,
    /// What is shown is locked until this device has reached the relay.
    #[error("this can be read again once this device has reached the relay")]
    LeaseOver,
    /// What is shown stands behind a gate, and the relay was not asked for what opens it, or has nothing for it.
    #[error("this can be opened once this device has reached the relay, while it is still shown")]
    GateShut,
    /// A time zone that is not known.
    #[error("this is no time zone that is known here")]
    Zone,
    /// What was given to be woken at is no address of a push service.
    #[error(
        "a device can be woken at an address that begins with https:// and has at most {} characters",
        cairn_wire::bounds::ENDPOINT_BYTES_MAX
    )]
    PushAddress,
    /// A filter names more words than one can.
    #[error("a filter can name {} words: this one has more", crate::limits::WORDS_MAX)]
    FilterTooLong,
    /// No entry, share or relationship has this id.
    #[error("there is nothing with this id")]
    NotFound,
    /// The entry was written by a newer version of this software, or could not be opened: it can be read, not changed.
    #[error("this can be read here, not changed: a newer version wrote it, or it could not be opened whole")]
    ReadOnly,
    /// Only what lies in the trash can be erased for good.
    #[error("only what lies in the trash can be erased for good")]
    NotInTrash,
    /// More drafts than are kept on one device.
    #[error(
        "{} drafts are kept on one device: finish or discard one first",
        crate::limits::DRAFTS_MAX
    )]
    TooManyDrafts,
    /// The history of this entry has reached the size one record can carry.
    #[error(
        "this entry was rewritten as often as one entry can hold: what you have now is safe, and can go on in a new entry"
    )]
    HistoryFull,
    /// The key does not belong to this vault. Nothing was moved or changed.
    #[error("this key does not belong to this vault; nothing was changed")]
    WrongKey,
    /// There is a vault here and no key for it. No new key was made.
    #[error("there is a vault here, and its key is missing; nothing was changed")]
    KeyMissing,
    /// `vault.id` is not readable: without it a wrong key cannot be told from damage.
    #[error("the file that names this vault is damaged; nothing was changed")]
    IdDamaged,
    /// A newer version of this software made this vault.
    #[error("a newer version of this software made this vault; nothing was changed")]
    TooNew,
    /// The database was damaged. It was moved aside, not deleted. [`Vault::repair`](super::Vault::repair) brings back what can be read.
    #[error(
        "the journal's file is damaged: it was moved aside, not deleted, and a repair brings back what can be read"
    )]
    MovedAside,
    /// The database failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The key store failed.
    #[error("{0}")]
    KeyStore(#[from] KeyStoreError),
    /// Sealing or opening failed.
    #[error("{0}")]
    Crypto(#[from] CryptoError),
    /// A record could not be made or read.
    #[error("{0}")]
    Record(#[from] RecordError),
    /// A document could not be made or read.
    #[error("{0}")]
    Document(#[from] DocumentError),
    /// A document from outside was refused.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The relay could not be used.
    #[error("{0}")]
    Sync(#[from] SyncError),
    /// An import could not be read.
    #[error("{0}")]
    Import(#[from] ImportError),
    /// An attachment could not be kept, or not be read.
    #[error("{0}")]
    Attachment(#[from] AttachmentError),
    /// An export could not be written. Nothing in the vault was changed, and no file was left that looks like one.
    #[error("{0}")]
    Export(#[from] ExportError),
    /// This vault has no relay yet.
    #[error("this vault has no relay yet: connect it to one first")]
    NoRelay,
    /// This vault already has another relay.
    #[error("this vault already has a relay")]
    OtherRelay,
    /// The address is not one of a relay.
    #[error("this is not the address of a relay: it begins with http:// or https:// and ends with the host or port")]
    BadOrigin,
    /// This vault holds something: only an empty one can join another.
    #[error("this vault already holds something: only an empty vault can join another")]
    NotEmpty,
    /// This person's people are hidden until what lies over them is typed.
    #[error("the people here are hidden: type what shows them first")]
    PeopleHidden,
    /// Nothing lies over this person's people.
    #[error("nothing lies over the people here: set a passphrase or PIN for them first")]
    NoPeopleLock,
    /// The code is not one of pairing or invitation.
    #[error("this is not a code for this: copy all of it, from the first letter to the last")]
    BadCode,
    /// The digits are not the ones the other device shows.
    #[error("these are not the digits the other device shows")]
    WrongDigits,
    /// Three times the wrong digits, or the other side ended it. A new code is needed.
    #[error("this code is used up: make a new one")]
    CodeUsedUp,
    /// Whoever was invited has said not now.
    #[error("the answer to this invitation is not now")]
    Declined,
    /// The other side did not answer as it should.
    #[error("the other device did not answer as it should: make a new code")]
    Handshake,
    /// The device in hand is not removed by itself.
    #[error("this is the device in hand: it can be removed on another one of yours")]
    OwnDevice,
    /// This device has been with the person for too short a time to do this to an older one, or to the recovery phrase.
    #[error(
        "this device has been one of yours for less than a week: this takes an older device, or the recovery phrase that counts now"
    )]
    NotSettled,
    /// This device has to be let in again itself before it lets another one in.
    #[error("this device has to be let in again itself first, from another one of yours or with the recovery phrase")]
    Outside,
    /// There is nothing to begin again: the relay lets this device in.
    #[error("the relay lets this device in")]
    NotParted,
    /// The text is no recovery phrase.
    #[error("this is not a recovery phrase: it has 12 or 24 words, and one of them is not as it was")]
    BadPhrase,
    /// The words are not those of the phrase that was shown.
    #[error("these are not the words of this phrase: look at what you wrote down, and type them again")]
    WrongWords,
    /// The relay knows no journal for this phrase.
    #[error(
        "this phrase opens no journal at this relay: another one may have taken its place, or the relay is another one"
    )]
    PhraseUnknown,
    /// Another device set a recovery phrase while this one was being made.
    #[error(
        "another of your devices has set a recovery phrase meanwhile, and that one counts: the words that were shown here open nothing, and their paper can go"
    )]
    PhraseOvertaken,
    /// A defect of this software.
    #[error("something went wrong inside: what you wrote is safe")]
    Internal,
}

impl Error {
    /// What the app does next.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Suspended => Kind::Suspended,
            Self::Locked => Kind::Locked,
            Self::PeopleHidden => Kind::PeopleHidden,
            Self::Erased => Kind::Erased,
            Self::WrongPassphrase => Kind::WrongPassphrase,
            Self::WaitFirst { .. } => Kind::WaitFirst,
            Self::Export(ExportError::NoEntry) => Kind::NotFound,
            Self::Export(ExportError::Unwritable {
                kind: ErrorKind::StorageFull | ErrorKind::QuotaExceeded,
            }) => Kind::StorageFull,
            Self::Entry(_)
            | Self::Passphrase(_)
            | Self::AutoLock
            | Self::Profile(_)
            | Self::Consent(_)
            | Self::NotShareable(_)
            | Self::Terms(_)
            | Self::Meeting(_)
            | Self::Message(_)
            | Self::Hours(_)
            | Self::PageSize
            | Self::MessagesPage
            | Self::Zone
            | Self::PushAddress
            | Self::LeaseOver
            | Self::GateShut
            | Self::FilterTooLong
            | Self::ReadOnly
            | Self::NotInTrash
            | Self::TooManyDrafts
            | Self::HistoryFull
            | Self::Import(_)
            | Self::Export(_)
            | Self::NoRelay
            | Self::NoPeopleLock
            | Self::OtherRelay
            | Self::BadOrigin
            | Self::NotEmpty
            | Self::BadCode
            | Self::OwnDevice
            | Self::NotSettled
            | Self::NotParted
            | Self::Outside
            | Self::BadPhrase
            | Self::WrongWords
            | Self::WrongDigits => Kind::Invalid,
            Self::Attachment(AttachmentError::Elsewhere) | Self::NotFound => Kind::NotFound,
            Self::Attachment(AttachmentError::Damaged) => Kind::StorageDamaged,
            Self::Attachment(_) => Kind::Invalid,
            Self::Store(StoreError::Full) => Kind::StorageFull,
            Self::WrongKey
            | Self::KeyMissing
            | Self::IdDamaged
            | Self::TooNew
            | Self::MovedAside
            | Self::Store(_)
            | Self::KeyStore(_) => Kind::StorageDamaged,
            Self::Sync(SyncError::Unreachable(_)) => Kind::Offline,
            Self::Sync(_)
            | Self::CodeUsedUp
            | Self::Declined
            | Self::Handshake
            | Self::PhraseUnknown
            | Self::PhraseOvertaken => Kind::Rejected,
            Self::Crypto(_) | Self::Record(_) | Self::Document(_) | Self::Refused(_) | Self::Internal => Kind::Internal,
        }
    }
}
