//! `wake` and `ring`: devices that sleep, and whoever has written something for them.
//!
//! A device registers where a push service takes messages for it, sealed as [`crate::wake`] draws it, so that nothing at rest says where that is or that two
//! spaces have the same device. Whoever has written something may ring: it hands over the wake key of the space's epoch, the relay opens what
//! the other devices registered, and posts to each of them, after a random while, a message without a word in it. A wake-up says "ask again" and nothing else;
//! losing one costs time, never data. Nobody is told who has registered.
//!
//! A registration goes when it is dropped, with its key's access, with the epoch, with the space, and when its push service says that it is over.

use minicbor::{Decode, Encode};

use super::Sealed;
use crate::{PushKey, RegistrationId, SpaceId, Token, WakeKey};

/// What to do with a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum WakeOp {
    /// Keep it, in the place of what was kept under this name.
    #[n(0)]
    Put,
    /// Take it away. The same again changes nothing.
    #[n(1)]
    Drop,
    /// Say whether this relay wakes anybody, and by which key push services know it.
    #[n(2)]
    Look,
}

/// Keeps or takes away what wakes a device. A field its operation does not use is absent.
///
/// A put is checked in this order, and the first that fails answers: `Malformed`, `NotAuthorised`, then a relay that wakes nobody says so and keeps
/// nothing; `SpaceClosed`, `StaleEpoch`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WakeRequest<'a> {
    /// A session of the space.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// What to do.
    #[n(2)]
    pub op: WakeOp,
    /// Put, drop: the name of the registration among those of the session's key.
    #[n(3)]
    pub registration: Option<RegistrationId>,
    /// Put: the epoch it is sealed under.
    #[n(4)]
    pub epoch: Option<u32>,
    /// Put: whether no other device has this key. Then it is not woken while the key reads.
    #[n(5)]
    pub is_alone: Option<bool>,
    /// Put: [`REGISTRATION_BYTES`](crate::wake::REGISTRATION_BYTES) as [`crate::wake`] draws them.
    #[b(6)]
    pub sealed: Option<Sealed<'a>>,
}

/// What a relay does for whoever sleeps. A registration that is answered as kept survives a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WakeAnswer {
    /// Whether this relay wakes anybody. Where it does not, nothing was kept.
    #[n(0)]
    pub wakes: bool,
    /// The key by which push services know it: some let in nobody else once they were told of it. Absent where it wakes nobody.
    #[n(1)]
    pub push_key: Option<PushKey>,
}

/// Wakes the other devices of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RingRequest {
    /// A session of the space.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// The wake key of its present epoch. What it does not open is not woken.
    #[n(2)]
    pub key: WakeKey,
    /// The registration of whoever rings, which is not woken.
    #[n(3)]
    pub own: Option<RegistrationId>,
}

/// The same whether there was anybody to wake or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RingAnswer {
    /// Whether this relay wakes anybody.
    #[n(0)]
    pub wakes: bool,
}
