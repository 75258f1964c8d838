//! The chains of who may read a space: signed, hash-chained, never replaced.
//!
//! A home space has a **device chain** ([`DeviceChain`]), a support space a **support chain** ([`SupportChain`]). Both
//! are made of the same links ([`Link`], where the bytes are drawn) and differ in who may add which kind.
//!
//! **Invariant:** a chain only grows. [`DeviceChain::append`] and [`SupportChain::append`] either take a link that
//! continues the chain, or leave everything as it was.
//!
//! | kind | chain | link | body |
//! |---|---|---|---|
//! | 1 | device | genesis | `{0: origin tstr, 1: relay key 32, 2: device}` |
//! | 2 | device | add a device | `{0: device}` |
//! | 4 | device | new epoch | `{0: epoch u32, 1: [incarnation u32, n u64, chain 32] up to which the old one holds}` |
//! | 32 | support | genesis | `{0: participant, 1: specialist, 2: digits tstr, 3: origin tstr, 4: relay key 32}` |
//! | 34 | support | new epoch | as kind 4 |
//!
//! A device and a persona are `{0: signing key 32, 1: X-Wing public key 1,216, 2: access key 32, 3: name tstr}`.
//! Kinds 3 (remove), 5 (rekey), 6 (rotate recovery), 33 (new persona), 35 (pause) and 36 (end) are named and have no
//! rules yet: such a link by a member, or one of any other kind, is [`CryptoError::TooNew`](super::CryptoError::TooNew)
//! and the chain before it stays good.

mod device;
mod link;
mod members;
mod spine;
mod support;

pub use device::DeviceChain;
pub use link::{CHAIN_LINK_BYTES_MAX, Link, LinkHash};
pub use members::{Device, Persona};
pub use spine::Epoch;
pub use support::{Side, SupportBeginning, SupportChain};

#[cfg(test)]
pub(super) use link::{Commitments, Payload, sign_payload};
pub(super) use members::{check_name, check_origin, is_digits};
