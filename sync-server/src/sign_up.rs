//! Who may begin a space: everybody, who brings an invite, or nobody.
//!
//! An invite comes in the header `Cairn-Invite` of a request to `/v1/space`, so that the messages are as they were and an
//! app that knows of none works with a relay that asks for none. It is good any number of times: people begin another space
//! with everybody they meet. A space that is there is entered and begun again without one, and so is everything else asked.
//!
//! Who is kept out is told `NotAuthorised` with the status 403; of a session that is over it has the status 401.

use std::fmt;

use blake3::Hash;
use hyper::HeaderMap;
use hyper::header::HeaderValue;

/// The header of an invite.
pub(crate) const INVITE: &str = "cairn-invite";

/// Who may begin a space.
#[derive(Clone, Debug, Default)]
pub enum SignUp {
    /// Everybody.
    #[default]
    Open,
    /// Who brings one of these.
    Invited(Invites),
    /// Nobody.
    Closed,
}

/// Invites, by their hashes.
#[derive(Clone, Default)]
pub struct Invites(Vec<Hash>);

impl Invites {
    /// Takes words in; empty ones are none.
    #[must_use]
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = words.into_iter().map(str::trim).filter(|word| !word.is_empty());
        Self(words.map(|word| blake3::hash(word.as_bytes())).collect())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one. Hashes are compared, in constant time, and all of them: how long it takes says nothing.
    fn have(&self, word: &HeaderValue) -> bool {
        let asked = blake3::hash(word.as_bytes());
        self.0.iter().fold(false, |found, hash| found | (*hash == asked))
    }
}

impl fmt::Debug for Invites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invites(…)")
    }
}

impl SignUp {
    /// Whether who sends these headers may begin a space.
    pub(crate) fn lets_in(&self, headers: &HeaderMap) -> bool {
        match self {
            Self::Open => true,
            Self::Invited(invites) => headers.get(INVITE).is_some_and(|word| invites.have(word)),
            Self::Closed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_lets_in_and_nothing_else_does() {
        let invited = SignUp::Invited(Invites::new([" first ", "", "second"]));
        let with = |word: &'static str| {
            HeaderMap::from_iter([(
                hyper::header::HeaderName::from_static(INVITE),
                HeaderValue::from_static(word),
            )])
        };
        assert!(invited.lets_in(&with("first")) && invited.lets_in(&with("second")));
        for word in ["", "firs", "first ", "third", "First"] {
            assert!(!invited.lets_in(&with(word)), "{word:?}");
        }
        assert!(!invited.lets_in(&HeaderMap::new()));
        assert!(SignUp::Open.lets_in(&HeaderMap::new()));
        assert!(!SignUp::Closed.lets_in(&with("first")));
        assert!(!SignUp::Invited(Invites::default()).lets_in(&with("")));
        assert_eq!(format!("{invited:?}"), "Invited(Invites(…))");
    }
}
