//! Letting a new device or a new person in.
//!
//! The trusted side **offers**: it shows a [`Code`] (a QR, or a link's text). The new side **joins**: it reads the code.
//! Both meet in a mailbox at the relay, whose name and keys come from the secret in the code, and exchange three sealed
//! messages. The new side shows six [`Digits`], the person types them on the trusted one.
//!
//! ```text
//! Offer                                      mailbox                                      Join
//!   code = purpose, secret, commitment(Reveal), relay    ---- shown, read by the camera --->
//!                                            0: Hello  <-------------------------------- its keys and a nonce
//!                                               (or Declined: not now, to an invitation, and that is the end)
//!   its keys, space, chain tip, a nonce ---> 1: Reveal
//!                                                                   checks the commitment, shows the digits
//!   the person types the digits, 3 tries
//!   keys of the space, or no --------------> 2: Welcome or Refused
//! ```
//!
//! **Why so.** The offerer is bound to its nonce before it hears the joiner, and the joiner sends its keys before it
//! hears that nonce. So whoever stands between them cannot try keys until the digits fit: they have one chance in a
//! million per typed try, three in all.
//!
//! [`Offer`] and [`Join`] send nothing and keep nothing: bytes of the mailbox in, [`Post`]s out. [`Offer::to_bytes`] and
//! [`Join::to_bytes`] carry a pairing over a restart.

mod code;
mod digits;
mod join;
pub(in crate::crypto) mod message;
mod offer;

pub use code::{Code, Purpose};
pub use digits::Digits;
pub use join::{Join, Joiner, decline};
pub(in crate::crypto) use message::read_messages;
pub use message::{Answer, Hello, Post, Reveal, Welcome};
pub use offer::{Offer, Offerer, PAIRING_TRIES};

#[cfg(test)]
mod tests;
