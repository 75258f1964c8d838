//! The one place randomness comes from: nonces, tokens, and the relay's own key when its folder is new.

use std::fmt;

/// Random bytes could not be had. The operating system is at fault; nothing was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness available")]
pub struct EntropyError;

/// A source of random bytes: the system's, or a seeded one that makes a run repeatable.
pub struct Entropy(Box<Fill>);

type Fill = dyn Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync;

impl Entropy {
    /// The operating system's.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for randomness"
    )]
    pub fn system() -> Self {
        Self(Box::new(|bytes| getrandom::fill(bytes).map_err(|_| EntropyError)))
    }

    /// Whatever `fill` writes. For simulations: who knows the bytes can take over every session.
    #[must_use]
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Box::new(move |bytes| {
            fill(bytes);
            Ok(())
        }))
    }

    /// `N` random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}
