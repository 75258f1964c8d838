//! The relay: stores sealed records, hands them on, forgets them.
//!
//! **What this crate may not know**: anything a record means. It has no edge to the core, no cipher and no key but its own
//! signing key; it reads 72 bytes of header and carries the rest.
//!
//! **Invariants**
//! * What is answered as stored, erased or changed is durable.
//! * Bad bytes get a typed refusal, never a panic, never a partial write.
//! * No signature is verified per record: a session proves the key, the record's own signature is sealed inside it.
//! * Logs carry no ids, no addresses and no content; time stays by the day.
//! * Time and randomness come in through [`clock`] and [`Entropy`], so a run of [`Relay::handle`] can be repeated.
//!
//! **Where to start**: [`rule`] (what becomes of a record), `relay` ([`Relay::handle`]: bytes in, bytes out), `store`
//! (group commit), `server` (sockets and their time limits).

pub mod clock;
mod config;
mod entropy;
mod head;
mod http;
mod limits;
mod operations;
mod relay;
pub mod rule;
mod server;
mod session;
mod sign_up;
mod store;
#[cfg(test)]
mod testing;
mod ticket;
mod wake;

pub use config::{Config, ConfigError, LogDetail, Task};
pub use entropy::{Entropy, EntropyError};
pub use limits::Limits;
pub use relay::{Answer, Relay, RelayConfig};
pub use server::{Server, ServerError, TlsError, TlsFiles};
pub use sign_up::{Invites, SignUp};
pub use store::{
    BackupError, Bucket, BucketError, Checked, Copied, Danger, Database, DatabaseError, Finding, StoreConfig,
    StoreError,
};
