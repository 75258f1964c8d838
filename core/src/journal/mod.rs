//! What a participant writes.
//!
//! This room holds pure values and their rules: an [`Entry`], its words, and the questions one can ask of a journal. It
//! knows no database, no Automerge, no keys and no network.
//!
//! **Invariant:** what a person wrote is kept exactly as written. Nothing here corrects, classifies or measures it.
//!
//! Start reading at [`Entry`] and [`Draft`].

mod around;
mod attachment;
mod entry;
#[cfg(test)]
pub(crate) mod example;
mod feeling;
mod filter;
mod query;
mod state_of_mind;

pub use around::{Asked, Earlier, Marks, Place, Position};
pub use attachment::{Attachment, AttachmentKind};
pub use entry::{Draft, Entry, ImportSource, Invalid, Unknown, Word};
pub use feeling::{ASSOCIATION_MAX, Energy, FeltFor, StateOfMind, Valence};
pub use filter::{Attached, Days, Filter, Month, When, WordKind, WordQuery};
pub use query::{Cursor, EntryQuery, Hit, Page, SearchQuery};
pub use state_of_mind::{STATE_OF_MIND_LABEL_MAX, StateOfMindSample};
