//! The recovery phrase: words on paper that bring the journal back when every device is lost.

use cairn_core::crypto::PhraseLength as CoreLength;
use cairn_core::vault::RecoveryState as CoreState;

use crate::{Devices, VaultError};

/// How it stands with the recovery phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum RecoveryState {
    /// There is none: a journal whose every device is lost is lost.
    NotSet,
    /// One was chosen, and works once the relay has heard of it: with the next round of sync.
    OnItsWay,
    /// One was chosen on a device that is too new for that, and the phrase that counts is not at hand any more: have its words typed
    /// once more (`use_phrase`). Until then the phrase before it counts.
    NeedsPhrase,
    /// Words were typed back that do not count: this device ended before the relay had heard of them, or another device had set a
    /// phrase meanwhile. Their paper can go; a phrase that was set before goes on to work. Offer to make another one.
    InVain,
    /// The relay has lost its store, and with it what the phrase needs there: have its words typed once more (`use_phrase`), or offer to
    /// make another one. Until then it brings nothing back.
    Lost,
    /// One is set.
    Set,
    /// One is set and was used: whoever saw the words then can use them again. Offer to make another one.
    Used,
}

/// How long a recovery phrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PhraseLength {
    /// 12 words: as hard to guess as any key here needs.
    Twelve,
    /// 24 words.
    TwentyFour,
}

#[uniffi::export]
impl Devices {
    /// How it stands with the recovery phrase.
    pub async fn recovery_state(&self) -> Result<RecoveryState, VaultError> {
        Ok(self.0.recovery_state().await?.into())
    }

    /// Makes a new recovery phrase: its words, to be written down on paper. They are shown this once and kept nowhere.
    /// The phrase counts after `confirm_phrase`; the one before it works until then. Throws `Invalid` where this device is
    /// too new to do it: then an older one does, or `use_phrase` comes before it.
    pub async fn new_phrase(&self, length: PhraseLength) -> Result<Vec<String>, VaultError> {
        Ok(self.0.new_phrase(length.into()).await?)
    }

    /// Which three words of it are to be typed back, counted from 1.
    pub async fn phrase_asked(&self) -> Result<Vec<i32>, VaultError> {
        let asked = self.0.phrase_asked().await?;
        Ok(asked
            .into_iter()
            .map(|place| i32::try_from(place).unwrap_or(i32::MAX))
            .collect())
    }

    /// Takes the three words typed back, in the order they were asked for, and puts the phrase in its place. Needs the
    /// relay. Wrong words throw `Invalid`, and may be typed again. Where another device has set a phrase meanwhile, it throws
    /// `Rejected`: these words do not count.
    pub async fn confirm_phrase(&self, words: Vec<String>) -> Result<(), VaultError> {
        Ok(self.0.confirm_phrase(words).await?)
    }

    /// Has the phrase at hand until this vault closes, so that a new device may remove an older one or make another phrase.
    /// The words as the person typed them, with anything blank between them. What is no phrase throws `Invalid`, one that
    /// does not count (any more) throws `Rejected`. Where the state is `Lost`, it puts what the phrase needs at the relay again, and
    /// needs the relay.
    pub async fn use_phrase(&self, phrase: String) -> Result<(), VaultError> {
        Ok(self.0.use_phrase(phrase).await?)
    }

    /// Brings the journal of this phrase into this new, empty vault, from the relay at `origin`. The next round of sync
    /// brings its words. Broken off, it can be called again. What is no phrase throws `Invalid`; one that opens nothing at
    /// this relay throws `Rejected`.
    pub async fn recover(&self, origin: String, phrase: String) -> Result<(), VaultError> {
        Ok(self.0.recover(origin, phrase).await?)
    }
}

impl From<CoreState> for RecoveryState {
    fn from(state: CoreState) -> Self {
        match state {
            CoreState::None => Self::NotSet,
            CoreState::OnItsWay => Self::OnItsWay,
            CoreState::NeedsPhrase => Self::NeedsPhrase,
            CoreState::InVain => Self::InVain,
            CoreState::Lost => Self::Lost,
            CoreState::Set => Self::Set,
            CoreState::Used => Self::Used,
        }
    }
}

impl From<PhraseLength> for CoreLength {
    fn from(length: PhraseLength) -> Self {
        match length {
            PhraseLength::Twelve => Self::Twelve,
            PhraseLength::TwentyFour => Self::TwentyFour,
        }
    }
}
