//! Between a participant and a specialist: relationships, consent, shares, and what a specialist gets to see.
//!
//! Pure values and rules. This room knows journal and profile, and never the reverse: nothing here writes to either.
//!
//! * A specialist never receives a document. They receive a [`SharedView`]: plain data, built from an **allow-list** of an
//!   entry's fields under the [`Mask`] the participant chose, with the [`Consent`] it stands on.
//! * A consent names one recipient, one item and its parts, a purpose and an end. What is not in it is not shown.
//! * Nothing is shown before the specialist has declared what they have to, and both have accepted the same words of an [`Agreement`] ([`Terms`]).
//! * A share only goes forward ([`ShareState`]): the more restrictive of two states wins, and a stop is final, also when it
//!   arrives before what it stops ([`Standing`]).
//!
//! **Invariant:** a view holds nothing outside scope and mask: no history, no time of writing, no count, no name of anything unshared.
//! **Invariant:** a specialist has no action that writes to a journal or profile, and none that asks for access ([`may`]).
//!
//! Start reading at [`Consent`] and [`SharedView::build`].

mod about;
mod access_event;
mod consent;
mod conversation;
mod feedback;
mod hours;
mod kept;
mod mask;
mod meeting;
mod message;
mod message_card;
mod notice;
mod pasted;
mod reflection;
mod relationship;
mod role;
mod share;
mod shared_profile;
mod shown_attachment;
mod standing;
mod terms;
mod view;
mod wishes;

pub use about::{About, Days};
pub use access_event::{AccessEvent, AccessKind, ShareCard, SharedCard, SharedWithMe};
pub use consent::{Consent, ConsentInvalid, ConsentStop, End, Item, Notice, Standing};
pub use conversation::{Conversation, Event, Fit, Unfit};
pub use feedback::{Feedback, FeedbackResponse, KeptFeedback};
pub use hours::{ContactHours, DAY_MINUTES, HoursInvalid, Window};
pub use kept::{KeptMessage, KeptRelationship};
pub use mask::{Mask, When};
pub use meeting::{LinePlace, Meeting, MeetingInvalid, MeetingLine, MeetingPage, MeetingPages, MeetingPart, PageLine};
pub use message::{FeltHeard, FeltPushed, Message, Offered, Resource, Saying, SupportWanted};
pub use message_card::{MessageCard, MessageState, Quoted, Responses};
pub use notice::NoticeChoice;
pub(crate) use pasted::OwnText;
pub use reflection::{Decision, SelfReflection, TheyAsked, Whose};
pub use relationship::{Pause, Peer, Relationship, RelationshipCard, Status};
pub use role::{Action, Role, may};
pub use share::{GateSecret, Share, ShareState};
pub use shared_profile::{OpenedProfile, SharedAddress, SharedProfile, SharedSection, SharedStatement};
pub use shown_attachment::{RenderedAttachment, ShownAttachment};
pub use standing::{set_standing_wanted, standing_wanted};
pub use terms::{Agreement, Declaration, Introduction, PriorConnection, Proposal, Question, Terms, TermsInvalid};
pub use view::{GatedItem, Line, NotShareable, Part, RenderedView, SharedDate, SharedItem, SharedView};
pub use wishes::{LivedExperience, Wishes};
