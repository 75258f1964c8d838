//! Consent: one record for one recipient, one item and its parts, one purpose and one end.
//!
//! It holds the elements that 42 CFR 2.31 asks for, in the shape of ISO/IEC TS 27560. Both sides keep the same bytes as
//! their receipt.

use super::{Mask, Role, ShareState, SupportWanted};
use crate::clock::Timestamp;
use crate::id::{EntryId, ShareId};
use crate::limits;
use crate::profile::longer;
use std::fmt;

/// When a share ends, beside being stopped, which is always possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum End {
    /// When the participant stops it.
    UntilIStop,
    /// At a time.
    At(Timestamp),
    /// When the relationship ends.
    #[default]
    WithRelationship,
}

/// One item of a scope: an entry and which of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Item {
    /// The entry.
    pub entry: EntryId,
    /// Its parts that are shown.
    pub mask: Mask,
}

/// The notice that goes with what is shown (42 CFR 2.32): which text, and the text itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// The pack it is from: `generic`, `us_42cfr2`, or `custom` for words of the participant's own.
    pub pack: String,
    /// Its name within the pack.
    pub text_id: String,
    /// Its version.
    pub version: u32,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A participant's consent to show one thing to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Consent {
    /// Names the consent and its share.
    pub id: ShareId,
    /// Goes up with every change of this share; a reader refuses a smaller one. The first is 1.
    pub version: u64,
    /// The participant's name, as they choose to sign.
    pub participant: String,
    /// The one recipient: public key of the specialist's persona in this relationship.
    pub recipient: [u8; 32],
    /// What is shown. An explicit item: there is no consent by category, and none to what is yet to be written.
    pub item: Item,
    /// The scope as a sentence a person reads.
    pub sentence: String,
    /// What it is shown for.
    pub purpose: String,
    /// When it ends.
    pub end: End,
    /// When it was given.
    pub given: Timestamp,
    /// The notice that goes with it.
    pub notice: Notice,
    /// How the participant stops it, as a sentence.
    pub how_to_stop: String,
    /// Whether later edits are shown too. Off unless the participant chose it.
    pub follow_edits: bool,
    /// Days a view stays readable in the specialist's app without contact to the relay; 0 where it is read after contact alone, each time.
    pub lease_days: u16,
    /// What of support is wanted with it.
    pub wanted: SupportWanted,
    /// Whether passages of the words are shown, and not all of them.
    pub is_excerpt: bool,
    /// When the participant had less shown, or for a shorter time: each time once, in their order.
    pub narrowed: Vec<Timestamp>,
}

/// Shows no words.
impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("id", &self.id)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Why a consent cannot be given like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentInvalid {
    /// There is no purpose.
    #[error("a share needs a purpose")]
    NoPurpose,
    /// The purpose or another sentence is longer than it can be.
    #[error(
        "a purpose can hold {} characters: this one has more",
        limits::PURPOSE_CHARACTERS_MAX
    )]
    PurposeTooLong,
    /// A notice of one's own has no words.
    #[error("a notice of your own has words")]
    NoNotice,
    /// A notice of one's own is longer than it can be.
    #[error("a notice can hold {} characters: this one has more", limits::PURPOSE_CHARACTERS_MAX)]
    NoticeTooLong,
    /// The name is empty or longer than it can be.
    #[error("a name holds 1 to {} characters", limits::NAME_CHARACTERS_MAX)]
    Name,
    /// It shows no part of anything.
    #[error("a share shows at least one part")]
    NoPart,
    /// It ends before it begins.
    #[error("a share ends after it begins")]
    EndsBeforeItBegins,
    /// A share is to show more than it was given for, or for longer.
    #[error("a share can only come to show less: to show more, share it again")]
    Widens,
    /// It was narrowed as often as it can be.
    #[error("a share can be narrowed {} times: this one can be stopped", limits::NARROWINGS_MAX)]
    NarrowedTooOften,
    /// A passage does not stand in the words, or words that are not shown have passages.
    #[error("a passage stands in the words that are shown, just as it is written there")]
    NotAPassage,
    /// What is to be shown as an attachment does not hang on the entry, or attachments that are not shown were chosen.
    #[error("an attachment that is shown hangs on the entry, and attachments are among the parts")]
    NotAttached,
    /// More attachments than one share shows.
    #[error("a share shows at most {} attachments", limits::SHOWN_ATTACHMENTS_MAX)]
    TooManyAttached,
    /// Passages of words that change.
    #[error("a share that follows edits shows all the words: passages are shown as they are now")]
    PassagesFollow,
    /// It would stay readable for longer without contact to the relay than it can.
    #[error(
        "what is shown stays readable without contact to the relay for 0 to {} days",
        limits::LEASE_DAYS_MAX
    )]
    LeaseTooLong,
    /// It was not shown yet, or not any more: so it cannot stay readable.
    #[error("only what is shown already can stay readable")]
    NotShown,
}

impl Consent {
    /// The first version of a consent, with what a participant sets nothing about: snapshot, lease of 7 days.
    #[expect(
        clippy::too_many_arguments,
        reason = "a consent names all of this, and none of it has a default worth hiding"
    )]
    pub const fn new(
        id: ShareId,
        participant: String,
        recipient: [u8; 32],
        item: Item,
        sentence: String,
        purpose: String,
        end: End,
        given: Timestamp,
        notice: Notice,
        how_to_stop: String,
    ) -> Self {
        Self {
            id,
            version: 1,
            participant,
            recipient,
            item,
            sentence,
            purpose,
            end,
            given,
            notice,
            how_to_stop,
            follow_edits: false,
            lease_days: limits::LEASE_DAYS_DEFAULT,
            wanted: SupportWanted::LISTENING,
            is_excerpt: false,
            narrowed: Vec::new(),
        }
    }

    /// Checks what makes it a consent: a purpose, a name, a part, a lease it can have, an end after its beginning.
    ///
    /// # Errors
    /// The first of these that is missing.
    pub fn check(&self) -> Result<(), ConsentInvalid> {
        if self.purpose.trim().is_empty() {
            return Err(ConsentInvalid::NoPurpose);
        }
        let sentences = [&self.purpose, &self.sentence, &self.how_to_stop, &self.notice.text];
        if sentences
            .into_iter()
            .any(|sentence| longer(sentence, limits::PURPOSE_CHARACTERS_MAX))
        {
            return Err(ConsentInvalid::PurposeTooLong);
        }
        if self.participant.trim().is_empty() || longer(&self.participant, limits::NAME_CHARACTERS_MAX) {
            return Err(ConsentInvalid::Name);
        }
        if self.item.mask.is_empty() {
            return Err(ConsentInvalid::NoPart);
        }
        if self.lease_days > limits::LEASE_DAYS_MAX {
            return Err(ConsentInvalid::LeaseTooLong);
        }
        match self.end {
            End::At(at) if at <= self.given => Err(ConsentInvalid::EndsBeforeItBegins),
            _ => Ok(()),
        }
    }

    /// Whether the time it was given for is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        matches!(self.end, End::At(at) if now >= at)
    }

    /// The day after which the relay may forget the view, for the header of its record; 0 when the end is no day.
    pub fn expires_day(&self) -> u16 {
        match self.end {
            End::At(at) => u16::try_from(at.days().saturating_add(1)).unwrap_or(if at.0 < 0 { 1 } else { 0 }),
            End::UntilIStop | End::WithRelationship => 0,
        }
    }

    /// The stop of this share: the version after this one.
    pub const fn stop(&self, state: ShareState, at: Timestamp) -> ConsentStop {
        ConsentStop {
            id: self.id,
            version: self.version.saturating_add(1),
            state,
            at,
        }
    }
}

/// The end of a share, as the other side is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentStop {
    /// The share.
    pub id: ShareId,
    /// One more than the version it ends.
    pub version: u64,
    /// How it ended; never [`ShareState::Given`] nor [`ShareState::Withheld`].
    pub state: ShareState,
    /// When.
    pub at: Timestamp,
}

/// What a reader knows of one share: the newest version, and whether it was ended.
///
/// Joining two of them is the larger of each, so the order of arrival does not matter, nothing goes back, and a stop
/// that comes before what it stops still stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The largest version seen.
    pub version: u64,
    /// The most restrictive state seen.
    pub state: ShareState,
}

impl Standing {
    /// What a view or a consent says.
    pub const fn given(version: u64) -> Self {
        Self {
            version,
            state: ShareState::Given,
        }
    }

    /// What a stop says.
    pub const fn of(stop: &ConsentStop) -> Self {
        Self {
            version: stop.version,
            state: stop.state,
        }
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            version: self.version.max(other.version),
            state: self.state.max(other.state),
        }
    }

    /// Whether a view of this version may be shown: nothing was ended, and nothing newer is known.
    pub fn admits(self, version: u64) -> bool {
        self.state == ShareState::Given && version >= self.version
    }
}

impl ConsentStop {
    /// Whether someone in `role` can have said this: only the participant ends one share; either may end the relationship.
    pub const fn can_come_from(&self, role: Role) -> bool {
        match self.state {
            ShareState::Given | ShareState::Withheld => false,
            ShareState::Ended => true,
            ShareState::Expired | ShareState::Revoked => matches!(role, Role::Participant),
        }
    }
}

#[cfg(test)]
#[path = "consent_tests.rs"]
pub(super) mod tests;
