//! `challenge` and `session`: proving an access key, for minutes.

use minicbor::{Decode, Encode};

use crate::{Nonce, PublicKey, Signature, SignedHead, SignedIncarnation, SpaceId, Token};

/// Asks for something to sign.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChallengeRequest {
    /// The space. A relay answers for spaces it does not know as for those it does.
    #[n(0)]
    pub space: SpaceId,
}

/// Something to sign: good once, for thirty seconds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChallengeAnswer {
    /// Random bytes.
    #[n(0)]
    pub nonce: Nonce,
    /// Which incarnation of its store answers, whatever space was asked for.
    #[n(1)]
    pub incarnation: SignedIncarnation,
}

/// Signs in with an access key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionRequest {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The nonce of a challenge for this space.
    #[n(1)]
    pub nonce: Nonce,
    /// The access key.
    #[n(2)]
    pub key: PublicKey,
    /// Its signature over [`session_bytes`](crate::session_bytes).
    #[n(3)]
    pub signature: Signature,
}

/// A session: what the token is for and where the space stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionAnswer {
    /// Carried by later requests. It ends when it expires, when the key loses its access, or when the relay restarts.
    #[n(0)]
    pub token: Token,
    /// Seconds until it expires.
    #[n(1)]
    pub expires_s: u32,
    /// The space's epoch.
    #[n(2)]
    pub epoch: u32,
    /// The side this key writes for.
    #[n(3)]
    pub side: super::Side,
    /// Whether this key may change access, epoch and space.
    #[n(4)]
    pub administer: bool,
    /// Where the space stands.
    #[n(5)]
    pub head: SignedHead,
}
