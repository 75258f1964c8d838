//! Which notice goes with what is shown.

use super::ConsentInvalid;
use crate::limits;
use crate::profile::longer;
use std::fmt;

/// The notice that a participant, or the app that they use, chooses for a share. Its words travel with the view and are read before it.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum NoticeChoice {
    /// That it is the participant's, and a request not to pass it on. It speaks of no law.
    #[default]
    Generic,
    /// The statement of 42 CFR 2.32, for what is shown to somebody who works for a program under that rule.
    Us42Cfr2,
    /// These words.
    Own(String),
}

impl NoticeChoice {
    /// Checks that words of one's own can be a notice.
    ///
    /// # Errors
    /// [`ConsentInvalid::NoNotice`], [`ConsentInvalid::NoticeTooLong`].
    pub fn check(&self) -> Result<(), ConsentInvalid> {
        match self {
            Self::Own(words) if words.trim().is_empty() => Err(ConsentInvalid::NoNotice),
            Self::Own(words) if longer(words, limits::PURPOSE_CHARACTERS_MAX) => Err(ConsentInvalid::NoticeTooLong),
            _ => Ok(()),
        }
    }
}

/// Shows no words.
impl fmt::Debug for NoticeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generic => "Generic",
            Self::Us42Cfr2 => "Us42Cfr2",
            Self::Own(_) => "Own(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ones_own_are_there_and_have_an_end() {
        let own = |words: &str| NoticeChoice::Own(words.to_owned()).check();
        assert_eq!(own(" \n"), Err(ConsentInvalid::NoNotice));
        assert_eq!(own("Between us."), Ok(()));
        assert_eq!(own(&"さ".repeat(1_000)), Ok(()));
        assert_eq!(own(&"a".repeat(1_001)), Err(ConsentInvalid::NoticeTooLong));
        assert_eq!(NoticeChoice::default().check(), Ok(()));
        assert_eq!(format!("{:?}", NoticeChoice::Own("canary".to_owned())), "Own(…)");
    }
}
