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
//! | 2 | device | add a device | `{0: device, 1: head}` |
//! | 3 | device | remove devices, and a new epoch with it | `{0: epoch u32, 1: [incarnation u32, n u64, chain 32] up to which the old one holds, 2: [[signing key 32, n u64 up to which it is trusted]...] by ascending key, 3: head}` |
//! | 4 | device | new epoch | `{0: epoch u32, 1: [incarnation u32, n u64, chain 32] up to which the old one holds}` |
//! | 5 | device | rekey: the author's next X-Wing key | `{0: X-Wing public key 1,216}` |
//! | 6 | device | another recovery phrase | `{0: recovery, 1: head}` |
//! | 7 | device | let go: every live state is sealed under this epoch or a later one, and keys before it are to be destroyed | `{0: epoch u32}` |
//! | 8 | device | gone: the author has destroyed the keys of epochs before this one | `{0: epoch u32}` |
//! | 9 | device | erase everything | `{0: head}` |
//! | 10 | device | keep everything: withdraws kind 9 | `{0: head}` |
//! | 32 | support | genesis | `{0: participant, 1: specialist, 2: digits tstr, 3: origin tstr, 4: relay key 32}` |
//! | 33 | support | another persona: the participant's, and a new epoch with it; or the specialist's | `{0: epoch u32, 1: [incarnation u32, n u64, chain 32] up to which the old one holds, 2: persona}`; `{2: persona}` |
//! | 34 | support | new epoch | as kind 4 |
//! | 35 | support | the author pauses, or goes on | `{0: paused bool}` |
//! | 36 | support | the author ends it | `{0: words tstr}` |
//!
//! A device and a persona are `{0: signing key 32, 1: X-Wing public key 1,216, 2: access key 32, 3: name tstr}`, the recovery
//! phrase is `{0: signing key 32, 1: X-Wing public key 1,216, 2: access key 32}`. A head is the relay's
//! [`SignedHead`](cairn_wire::SignedHead) as the author last verified it, `{0: space 16, 1: incarnation u32, 2: n u64, 3: chain
//! 32, 4: time in ms u64, 5: signature 64}`, signed with the relay key of the genesis for this space. The newest time of all the
//! heads so far, that of the link itself among them, is the chain's only clock: 0 at genesis, and it never goes back.
//!
//! A link that begins an epoch (kinds 3, 4, 34, and 33 of the participant) names the number after the newest one, has a commitment to that epoch and the
//! hash of a key box (keys 9 and 8 of the payload). Every commitment in any link agrees with those before it. By incarnation and `n`, no
//! epoch ends before the one before it did.
//!
//! **Who may say what, in a device chain.** Every device may add one, begin an epoch, rekey itself and let go of epochs. A device that is
//! *settled* may remove any other and set another recovery phrase; it is settled when no device that is left is older (by the index of
//! the link that added it), or when it was added 604,800,000 ms before, or more, by the chain's clock at this link. One that is not may
//! remove only those younger than itself. The recovery phrase that was set last signs as a settled device does, but does not
//! rekey and says nothing of keys that are gone; those before it sign nothing. Nobody removes itself, and one device stays. Whoever is removed is trusted for no more than
//! the old epoch holds (`n` of key 1), and each is named once. A device adds one
//! up to 32, the phrase up to 40.
//!
//! **Letting go.** Kind 7 names a later epoch than the one before it did, and none that is still to come; kind 8 names at most that
//! one, and each time a later one than its author did before.
//!
//! **Erasing everything.** Kind 9 is for whoever is settled, and asks from the chain's clock at this link on. While one stands, another is
//! taken only of the phrase, and only where the one that stands is not by a phrase: it takes its place. Kind 10 is for every device and
//! for the phrase that counts, while a kind 9 stands; after it none does. A kind 9 stands until then, whatever becomes of its author.
//!
//! **No key comes twice.** A signing, access or X-Wing key that a link brings (kinds 2, 5 and 6) is none that a device or a recovery
//! phrase of this chain has or ever had, whether it was removed, replaced or put away by a rekey. Signing and access keys are of
//! one kind here: one's access key is not another's signing key.
//!
//! **Who may say what, in a support chain.** The participant alone begins epochs. Either may take another persona, signed by the one so far, which signs
//! nothing from then on; the participant does so with a new epoch, the specialist without one and without a key box. No key of the new persona stood
//! in this chain before, and each side has at most 256 in turn.
//!
//! **Pausing and ending.** Either pauses for themselves and goes on for themselves: kind 35 changes what its author said last, and nobody
//! has paused at first. Each side says kind 35 at most 1,000 times. Kind 36 is said once, by either; the specialist's has words that are not blank, and no words are longer than 2,000
//! characters (Unicode scalar values). After it there is no kind 35. Neither has a key box.
//!
//! A link of any other kind by a member is [`CryptoError::TooNew`](super::CryptoError::TooNew) and the chain before it stays good.

mod device;
mod device_links;
mod link;
mod members;
mod spine;
mod support;

pub use device::{Added, DeviceChain, Ending, Found, NotStanding, Removed};
pub use device_links::Basis;
pub use link::{CHAIN_LINK_BYTES_MAX, Link, LinkHash};
pub use members::{Device, Persona, Recovery};
pub use spine::Epoch;
pub use support::{Goodbye, Side, SupportBeginning, SupportChain};

#[cfg(test)]
pub(super) use link::{Commitments, Payload, sign_payload};
pub(super) use members::{check_name, check_origin, is_digits};
