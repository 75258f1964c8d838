//! Waking devices that sleep: what they registered is opened for a moment, waits a random while, and is posted to without a word in it.
//!
//! **What this room may not know**: records, and what is in a space. It is the only room with a cipher, and has no key for it: whoever rings hands one over
//! with the request, it opens what the devices of that space registered, and is gone with the request. The address it opened is in memory until it
//! was posted to.
//!
//! **Invariants**
//! * Nothing of this is at rest but sealed bytes. Losing a wake-up, with a restart too, costs time, never data.
//! * Nobody is posted to whom the operator did not allow: [`Push`]. What is connected to is the address that was judged ([`address`]).
//! * Of one registration at most one wake-up waits, and so many are posted in a time as the limits say; one push service is posted to a few times at once, and holds
//!   up nobody else's. At the same head of its space it is woken once.
//! * Just before one is posted the registration must still be there, as it was: what was unset, shut out, closed or left behind by an epoch is silent.
//!
//! **Where to start**: [`queue`] (who waits), [`address`] (whom may be posted to), [`post`] (what is sent).

mod address;
mod opening;
mod post;
mod queue;
mod vapid;

pub(crate) use address::Endpoint;
pub use address::{Origin, OriginError};
pub(crate) use opening::open;
pub(crate) use post::{Outcome, Poster};
pub(crate) use queue::{Place, Posting, Queue, Reading, WakeUp, Wished};
pub(crate) use vapid::{Vapid, is_contact};

/// Whom the relay posts to. It is the operator's choice: a relay as it comes makes no connections of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Push {
    /// Nobody. Devices are told so.
    #[default]
    Off,
    /// These push services alone. They may be on addresses of this machine or network, and speak plain HTTP where they are named so.
    Named(Vec<Origin>),
    /// These, and every other that speaks HTTPS on its own port, at an address that anybody on the internet could reach.
    Public(Vec<Origin>),
}

impl Push {
    /// Whether anybody is woken at all.
    pub(crate) const fn wakes(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// The push services that are named.
    pub(crate) fn named(&self) -> &[Origin] {
        match self {
            Self::Off => &[],
            Self::Named(origins) | Self::Public(origins) => origins,
        }
    }

    /// Whether an address may be posted to, wherever its name may lead.
    pub(crate) fn allows(&self, endpoint: &Endpoint) -> bool {
        let is_named = self.named().contains(endpoint.origin());
        is_named || (matches!(self, Self::Public(_)) && endpoint.origin().is_ordinary())
    }
}
