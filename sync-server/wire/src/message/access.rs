//! `access` and `epoch`: who may use a space, and under which key it goes on.

use minicbor::{Decode, Encode};

use super::{Access, Sealed};
use crate::{PublicKey, SignedHead, SpaceId, Token};

/// Changes who may use a space, if nobody changed it meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AccessRequest {
    /// A session with the right to administer.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// The version this change was made for: 1 for a new space. Another one answers `Conflict` with the current version.
    #[n(2)]
    pub version: u64,
    /// Keys to add; a key that is there gets the new side and right.
    #[n(3)]
    pub add: Vec<Access>,
    /// Keys to remove. Their sessions and waiting reads end at once. The last key that administers stays.
    #[n(4)]
    pub remove: Vec<PublicKey>,
    /// True only: the keys to add are all there are from now on, and every other one is removed, whoever let it in.
    #[n(5)]
    pub only: Option<bool>,
}

/// Changed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AccessAnswer {
    /// The new version.
    #[n(0)]
    pub version: u64,
    /// Where the space stands.
    #[n(1)]
    pub head: SignedHead,
}

/// Begins a new epoch, if the space still stands where its author saw it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochRequest<'a> {
    /// A session with the right to administer.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// The incarnation its author saw.
    #[n(2)]
    pub incarnation: u32,
    /// The epoch that ends.
    #[n(3)]
    pub epoch: u32,
    /// The head's `n` its author has read to. Another one answers `Conflict` with the current `n`.
    #[n(4)]
    pub n: u64,
    /// The chain link that says so, sealed under the epoch that ends.
    #[b(5)]
    pub record: Sealed<'a>,
}

/// The new epoch has begun.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochAnswer {
    /// The record's sequence number.
    #[n(0)]
    pub seq: u64,
    /// The new epoch.
    #[n(1)]
    pub epoch: u32,
    /// Where the space stands.
    #[n(2)]
    pub head: SignedHead,
}
