//! Ids of the foreign languages as the core's.

use cairn_core::id::{LineId, MeetingId, MessageId, RelationshipId, ShareId, ThingId};
use uuid::Uuid;

pub(crate) const fn id_of(relationship: Uuid) -> RelationshipId {
    RelationshipId::from_bytes(relationship.into_bytes())
}

pub(crate) const fn share_id(id: Uuid) -> ShareId {
    ShareId::from_bytes(id.into_bytes())
}

pub(crate) const fn message_id(id: Uuid) -> MessageId {
    MessageId::from_bytes(id.into_bytes())
}

pub(crate) const fn meeting_id(id: Uuid) -> MeetingId {
    MeetingId::from_bytes(id.into_bytes())
}

pub(crate) const fn line_id(id: Uuid) -> LineId {
    LineId::from_bytes(id.into_bytes())
}

pub(crate) const fn thing_id(id: Uuid) -> ThingId {
    ThingId::from_bytes(id.into_bytes())
}
