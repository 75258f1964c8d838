//! A clock that is set by hand, and randomness that repeats.

use cairn_core::clock::{Clock, Timestamp};
use cairn_core::id::Entropy;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that stands still until it is moved. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct TestClock {
    time: Arc<AtomicI64>,
    ahead_ms: i64,
}

impl Default for TestClock {
    /// 2026-03-01T08:00:00Z.
    fn default() -> Self {
        Self {
            time: Arc::new(AtomicI64::new(1_772_352_000_000)),
            ahead_ms: 0,
        }
    }
}

impl TestClock {
    /// Moves the clock on.
    pub fn advance_ms(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::SeqCst);
    }

    /// The same clock as somebody reads it whose own is set wrong by so much.
    #[must_use]
    pub fn ahead_by(&self, ms: i64) -> Self {
        Self {
            time: Arc::clone(&self.time),
            ahead_ms: self.ahead_ms + ms,
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.time.load(Ordering::SeqCst) + self.ahead_ms)
    }
}

/// Random bytes from a seed: BLAKE3 of a counter. Not secret, and not meant to be.
#[derive(Debug, Clone)]
pub struct SeededEntropy {
    seed: [u8; 32],
    drawn: u64,
}

impl SeededEntropy {
    /// The stream of this seed and this name.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes()).update(name.as_bytes());
        Self {
            seed: *hasher.finalize().as_bytes(),
            drawn: 0,
        }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound.max(1)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.drawn += 1;
        blake3::Hasher::new_keyed(&self.seed)
            .update(&self.drawn.to_le_bytes())
            .finalize_xof()
            .fill(bytes);
    }
}
