//! Challenges and sessions: in memory, bounded, for minutes. A restart ends them all and costs each device one round.
//!
//! Where several nodes share a store, it keeps the sessions too, and challenges need not be kept ([`ticket`](crate::ticket)); what is here then
//! is what this node was asked under lately.
//!
//! A token only says which key asked. Whether that key has access is looked up again when its answer is built.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cairn_wire::{Nonce, PublicKey, Signature, SpaceId, Token};
use ed25519_dalek::VerifyingKey;

use crate::limits::{CHALLENGE_MS, Limits, SESSION_S};

/// Who a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    expires_ms: u64,
    /// When all it has asked would be over had it asked evenly, in microseconds.
    even_us: u64,
}

/// What is remembered of a token: its hash, so that how long a look-up takes says nothing about the token.
pub(crate) type TokenHash = [u8; 32];

#[derive(Default)]
struct Remembered {
    challenges: BTreeMap<Nonce, (SpaceId, u64)>,
    challenges_by_age: VecDeque<Nonce>,
    sessions: BTreeMap<TokenHash, Session>,
    sessions_by_age: VecDeque<TokenHash>,
    by_key: BTreeMap<(SpaceId, PublicKey), VecDeque<TokenHash>>,
}

/// The open challenges and sessions of one relay.
pub(crate) struct Sessions {
    challenges_max: usize,
    sessions_max: usize,
    per_key_max: usize,
    /// Microseconds of one request at the rate that is allowed; 0 is no limit.
    request_us: u64,
    /// Microseconds a session may be ahead of that rate.
    ahead_us: u64,
    remembered: Mutex<Remembered>,
}

impl Sessions {
    pub(crate) fn new(limits: &Limits) -> Self {
        let rate = u64::from(limits.session_requests_per_second);
        let request_us = 1_000_000_u64.checked_div(rate).map_or(0, |us| us.max(1));
        Self {
            request_us,
            ahead_us: request_us * u64::from(limits.session_requests_burst.max(1)),
            challenges_max: limits.challenges_max,
            sessions_max: limits.sessions_max,
            per_key_max: limits.sessions_per_key_max,
            remembered: Mutex::default(),
        }
    }

    /// Remembers a challenge for a space, whether there is such a space or not.
    pub(crate) fn challenge(&self, nonce: Nonce, space: SpaceId, now_ms: u64) {
        let mut remembered = self.lock();
        remembered.forget_old_challenges(now_ms, self.challenges_max);
        remembered
            .challenges
            .insert(nonce, (space, now_ms.saturating_add(CHALLENGE_MS)));
        remembered.challenges_by_age.push_back(nonce);
    }

    /// Uses a challenge up: whether it was open, for this space, and young enough.
    pub(crate) fn take_challenge(&self, nonce: &Nonce, space: &SpaceId, now_ms: u64) -> bool {
        let taken = self.lock().challenges.remove(nonce);
        taken.is_some_and(|(of, expires_ms)| of == *space && now_ms < expires_ms)
    }

    /// Begins a session.
    pub(crate) fn begin(&self, token: &Token, space: SpaceId, key: PublicKey, now_ms: u64) {
        self.take_up(token, space, key, expires_ms(now_ms), now_ms);
    }

    /// Takes up a session that begun here or at another node.
    pub(crate) fn take_up(&self, token: &Token, space: SpaceId, key: PublicKey, expires_ms: u64, now_ms: u64) {
        let hash = hash(token);
        let mut remembered = self.lock();
        remembered.forget_old_sessions(now_ms, self.sessions_max);
        let session = Session {
            space,
            key,
            expires_ms,
            even_us: 0,
        };
        remembered.sessions.insert(hash, session);
        remembered.sessions_by_age.push_back(hash);
        let mine = remembered.by_key.entry((space, key)).or_default();
        mine.push_back(hash);
        let extra = if mine.len() > self.per_key_max {
            mine.pop_front()
        } else {
            None
        };
        if let Some(extra) = extra {
            remembered.sessions.remove(&extra);
        }
    }

    /// Who asks, if the token is of this space and has not ended.
    pub(crate) fn find(&self, token: &Token, space: &SpaceId, now_ms: u64) -> Option<PublicKey> {
        let session = *self.lock().sessions.get(&hash(token))?;
        (session.space == *space && now_ms < session.expires_ms).then_some(session.key)
    }

    /// Counts a request; a token of no session counts nowhere. By the relay's clock and not by the machine's, so that a run can
    /// be repeated.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn count(&self, token: &Token, now_ms: u64) -> Result<(), u64> {
        self.count_as(1, token, now_ms)
    }

    /// Counts one that is as much work as so many, or as all that may be asked at once.
    ///
    /// # Errors
    /// The seconds to wait.
    pub(crate) fn count_as(&self, requests: u32, token: &Token, now_ms: u64) -> Result<(), u64> {
        if self.request_us == 0 {
            return Ok(());
        }
        let used_us = self.request_us.saturating_mul(requests.into()).min(self.ahead_us);
        let mut remembered = self.lock();
        let Some(session) = remembered.sessions.get_mut(&hash(token)) else {
            return Ok(());
        };
        let now_us = now_ms.saturating_mul(1_000);
        let even_us = session.even_us.max(now_us).saturating_add(used_us);
        let too_early_us = even_us.saturating_sub(now_us).saturating_sub(self.ahead_us);
        if too_early_us > 0 {
            return Err(too_early_us.div_ceil(1_000_000));
        }
        session.even_us = even_us;
        Ok(())
    }

    /// Ends every session of a key in a space.
    pub(crate) fn end(&self, space: SpaceId, key: PublicKey) {
        let mut remembered = self.lock();
        for hash in remembered.by_key.remove(&(space, key)).unwrap_or_default() {
            remembered.sessions.remove(&hash);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    /// Forgets what is used up, over, or too much; leaves room for one more.
    fn forget_old_challenges(&mut self, now_ms: u64, max: usize) {
        while let Some(oldest) = self.challenges_by_age.front() {
            let over = self
                .challenges
                .get(oldest)
                .is_none_or(|(_, expires_ms)| *expires_ms <= now_ms);
            if !over && self.challenges_by_age.len() < max {
                break;
            }
            self.challenges.remove(oldest);
            self.challenges_by_age.pop_front();
        }
    }

    /// The same for sessions.
    fn forget_old_sessions(&mut self, now_ms: u64, max: usize) {
        while let Some(oldest) = self.sessions_by_age.front().copied() {
            let over = self
                .sessions
                .get(&oldest)
                .is_none_or(|session| session.expires_ms <= now_ms);
            if !over && self.sessions_by_age.len() < max {
                break;
            }
            self.sessions_by_age.pop_front();
            if let Some(session) = self.sessions.remove(&oldest) {
                let of = (session.space, session.key);
                if let Some(mine) = self.by_key.get_mut(&of) {
                    mine.retain(|hash| *hash != oldest);
                    if mine.is_empty() {
                        self.by_key.remove(&of);
                    }
                }
            }
        }
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions(…)")
    }
}

/// Whether `signature` is `key`'s over `bytes`; strict, so that no key of small order signs everything.
pub(crate) fn verifies(key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    VerifyingKey::from_bytes(key.as_bytes()).is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
}

/// When a session that begins now ends.
pub(crate) const fn expires_ms(now_ms: u64) -> u64 {
    now_ms.saturating_add(SESSION_S as u64 * 1000)
}

pub(crate) fn hash(token: &Token) -> TokenHash {
    *blake3::hash(token.as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(max: usize) -> Sessions {
        Sessions::new(&Limits {
            challenges_max: max,
            sessions_max: max,
            sessions_per_key_max: 2,
            ..Limits::default()
        })
    }

    fn nonce(n: u8) -> Nonce {
        Nonce::from_bytes([n; 32])
    }

    fn space(n: u8) -> SpaceId {
        SpaceId::from_bytes([n; 16])
    }

    #[test]
    fn a_session_asks_so_often_and_others_are_not_touched() {
        let sessions = Sessions::new(&Limits {
            session_requests_per_second: 10,
            session_requests_burst: 3,
            ..Limits::default()
        });
        let (one, two) = (Token::from_bytes([1; 32]), Token::from_bytes([2; 32]));
        for token in [one, two] {
            sessions.begin(&token, space(1), PublicKey::from_bytes([1; 32]), 5_000);
        }
        for _ in 0..3 {
            assert_eq!(sessions.count(&one, 5_000), Ok(()));
        }
        assert_eq!(sessions.count(&one, 5_000), Err(1));
        assert_eq!(sessions.count(&two, 5_000), Ok(()));
        assert_eq!(sessions.count(&one, 5_099), Err(1), "being refused costs nothing");
        assert_eq!(sessions.count(&one, 5_100), Ok(()));
        assert_eq!(sessions.count(&one, 5_100), Err(1));
        assert_eq!(sessions.count(&Token::from_bytes([3; 32]), 5_000), Ok(()));
    }

    #[test]
    fn a_challenge_is_good_once_for_its_space_for_thirty_seconds() {
        let sessions = sessions(8);
        for n in 0..4 {
            sessions.challenge(nonce(n), space(1), 1_000);
        }
        assert!(!sessions.take_challenge(&nonce(0), &space(2), 1_000));
        assert!(
            !sessions.take_challenge(&nonce(0), &space(1), 1_000),
            "used up by the wrong space"
        );
        assert!(sessions.take_challenge(&nonce(1), &space(1), 30_999));
        assert!(!sessions.take_challenge(&nonce(1), &space(1), 30_999), "twice");
        assert!(!sessions.take_challenge(&nonce(2), &space(1), 31_000), "too late");
        assert!(!sessions.take_challenge(&nonce(9), &space(1), 1_000), "never given");
    }

    #[test]
    fn challenges_beyond_the_limit_push_out_the_oldest() {
        for (asked, first_is_open) in [(3, true), (4, true), (5, false)] {
            let sessions = sessions(4);
            for n in 0..asked {
                sessions.challenge(nonce(n), space(1), 0);
            }
            assert_eq!(
                sessions.take_challenge(&nonce(0), &space(1), 1),
                first_is_open,
                "{asked}"
            );
        }
    }

    #[test]
    fn a_key_that_opens_many_sessions_ends_only_its_own() {
        let sessions = sessions(100);
        let (mine, other) = (PublicKey::from_bytes([1; 32]), PublicKey::from_bytes([2; 32]));
        let token = |n: u8| Token::from_bytes([n; 32]);
        sessions.begin(&token(100), space(1), other, 0);
        for n in 0..50 {
            sessions.begin(&token(n), space(1), mine, 0);
        }
        assert_eq!(sessions.find(&token(100), &space(1), 1), Some(other));
        assert_eq!(sessions.find(&token(49), &space(1), 1), Some(mine));
        assert_eq!(sessions.find(&token(48), &space(1), 1), Some(mine));
        assert_eq!(sessions.find(&token(47), &space(1), 1), None);
        assert_eq!(sessions.find(&token(49), &space(2), 1), None, "of another space");
        sessions.end(space(1), mine);
        assert_eq!(sessions.find(&token(49), &space(1), 1), None);
        assert_eq!(sessions.find(&token(100), &space(1), 1), Some(other));
        let end = u64::from(SESSION_S) * 1000;
        assert_eq!(sessions.find(&token(100), &space(1), end - 1), Some(other));
        assert_eq!(sessions.find(&token(100), &space(1), end), None);
    }

    #[test]
    fn what_is_remembered_stays_bounded() {
        let sessions = sessions(10);
        for n in 0..=255u8 {
            sessions.challenge(nonce(n), space(n), u64::from(n));
            sessions.begin(&Token::from_bytes([n; 32]), space(n), PublicKey::from_bytes([n; 32]), 0);
        }
        let remembered = sessions.lock();
        assert!(remembered.challenges.len() <= 10 && remembered.challenges_by_age.len() <= 10);
        assert!(remembered.sessions.len() <= 10 && remembered.sessions_by_age.len() <= 10);
        assert!(remembered.by_key.len() <= 10);
    }
}
