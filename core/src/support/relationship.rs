//! One relationship, as one person keeps it on their own devices.
//!
//! | name | value |
//! |---|---|
//! | `role` | number: 0 participant, 1 specialist (one's own) |
//! | `created`, `declined`, `met`, `verified`, `ended` | number, ms: each written once, none taken away |
//! | `pause` | number: twice the number of the link of the chain by which this person pauses or goes on, counted from 1 among their own, and 1 more where it is a pause. Once the chain has as many, the chain counts |
//! | `goodbye` | text: what this person says at the end, if they do |
//! | `name` | text: one's own name, as shown to the other |
//! | `space` | bytes, 16 |
//! | `origin`, `relay_key` | text, bytes 32: the relay of the space |
//! | `persona` | bytes 96: secret seeds of one's first signing, X-Wing and access keys in this relationship |
//! | `keys/persona/<signing key in hex>` | bytes 96: those of a later persona; which one counts, the support chain says |
//! | `keys/made/<signing key in hex>` | bytes 32: the last link of one's device chain when that persona was made, the first one too |
//! | `keys/slot`, `keys/epoch/<number>`, `keys/incarnation` | bytes 32, bytes 32, number: keys of the space, and the log they began with |
//! | `invitation` | bytes: secret of an open invitation; taken away when it was used |
//! | `peer/name`, `peer/signing`, `peer/kem`, `peer/access` | text, bytes 32, bytes, bytes 32: the other person as they were met |
//! | `code` | text: the digits that both compare |
//! | `preferences/section/<id>` | number 1: this section of the profile is shown |
//! | `preferences/opened` | bytes, 16 each: names of the statements in the part of the participant's profile that this specialist has opened last |
//! | `preferences/opened_version` | number: the version of that part |
//! | `hours`, `daily_max` | see [`super::ContactHours`] |
//! | `reflection/...` | see [`super::SelfReflection`] |
//! | `feedback/...` | see [`super::KeptFeedback`] |
//! | `share/...` | see [`super::Share`] |

use super::{Role, SharedAddress, Terms};
use crate::clock::Timestamp;
use crate::id::{RelationshipId, SectionId};
use crate::limits;
use crate::profile::{Changes, Field, Fields};
use std::collections::BTreeSet;
use std::fmt;
use zeroize::Zeroizing;

/// How far a relationship has come. But for a pause it only goes forward; whoever wants to begin again makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Asked, not yet answered.
    Invited,
    /// Answered with not now. Whoever is asked again is invited anew.
    Declined,
    /// Not answered in seven days, as far as this device knows. Whoever did answer in that time can still be met.
    Expired,
    /// They have met, and have not agreed yet how they work together.
    Agreeing,
    /// Things can be shown.
    Active,
    /// One of them has paused.
    Paused,
    /// Over, by either.
    Ended,
}

impl Status {
    /// Its word in the data and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Agreeing => "agreeing",
            Self::Paused => "paused",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    /// The one with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [
            Self::Invited,
            Self::Declined,
            Self::Expired,
            Self::Agreeing,
            Self::Active,
            Self::Paused,
            Self::Ended,
        ];
        all.into_iter().find(|one| one.code() == code)
    }

    /// Whether the two have met, and neither has ended it.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Agreeing | Self::Active | Self::Paused)
    }
}

/// A decision to pause, or to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Which of this person's own links of the chain says it, counted from 1. One that the chain has already is decided anew by whoever comes later.
    pub link: u64,
    /// Whether it is a pause.
    pub is_paused: bool,
}

impl Pause {
    fn number(self) -> i64 {
        i64::try_from(self.link.saturating_mul(2)).unwrap_or(i64::MAX - 1) | i64::from(self.is_paused)
    }

    fn from_number(number: i64) -> Option<Self> {
        let number = u64::try_from(number).ok()?;
        Some(Self {
            link: number / 2,
            is_paused: number % 2 == 1,
        })
    }

    /// Whether this side has paused, where the chain has this many links of theirs and says so.
    pub fn holds(pause: Option<Self>, links: u64, by_chain: bool) -> bool {
        pause
            .filter(|pause| pause.link > links)
            .map_or(by_chain, |pause| pause.is_paused)
    }
}

/// The other person as they were met: their name and the public keys of their first persona. Who they are now, the support chain says.
#[derive(Clone, PartialEq, Eq)]
pub struct Peer {
    /// Their name, as they gave it.
    pub name: String,
    /// Ed25519 public key.
    pub signing: [u8; 32],
    /// X-Wing public key.
    pub kem: Vec<u8>,
    /// Ed25519 public key they show to the relay.
    pub access: [u8; 32],
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peer(…)")
    }
}

/// One relationship between a participant and a specialist.
#[derive(Clone, PartialEq, Eq)]
pub struct Relationship {
    /// Its name, on this side.
    pub id: RelationshipId,
    /// One's own role in it.
    pub role: Role,
    /// When it began here.
    pub created: Timestamp,
    /// When the invitation was declined, where it was.
    pub declined: Option<Timestamp>,
    /// When both were in.
    pub met: Option<Timestamp>,
    /// When this person said that the digits are the same.
    pub verified: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What this person decided last about pausing.
    pub pause: Option<Pause>,
    /// What this person says at the end.
    pub goodbye: String,
    /// One's own name, as shown to the other.
    pub name: String,
    /// The support space.
    pub space: Option<[u8; 16]>,
    /// Origin of the relay the space is kept at.
    pub origin: String,
    /// Key of that relay's signatures.
    pub relay_key: Option<[u8; 32]>,
    /// Secret seeds of one's own first keys in this relationship.
    pub persona: Zeroizing<Vec<u8>>,
    /// Secret of an open invitation.
    pub invitation: Option<Zeroizing<Vec<u8>>>,
    /// The other person, once known.
    pub peer: Option<Peer>,
    /// The digits that both compare.
    pub code: String,
    /// Sections of the profile that are shown.
    pub shown_sections: BTreeSet<SectionId>,
}

impl fmt::Debug for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relationship")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Relationship {
    /// A relationship that begins now.
    pub const fn new(
        id: RelationshipId,
        role: Role,
        created: Timestamp,
        name: String,
        persona: Zeroizing<Vec<u8>>,
    ) -> Self {
        Self {
            id,
            role,
            created,
            declined: None,
            met: None,
            verified: None,
            ended: None,
            pause: None,
            goodbye: String::new(),
            name,
            space: None,
            origin: String::new(),
            relay_key: None,
            persona,
            invitation: None,
            peer: None,
            code: String::new(),
            shown_sections: BTreeSet::new(),
        }
    }

    /// How far it has come by now, where somebody has paused it or not. An invitation holds for [`limits::INVITATION_DAYS`].
    pub fn status(&self, terms: &Terms, is_paused: bool, now: Timestamp) -> Status {
        if self.ended.is_some() {
            Status::Ended
        } else if self.met.is_none() {
            self.invitation_by(now)
        } else if is_paused {
            Status::Paused
        } else if terms.are_agreed() {
            Status::Active
        } else {
            Status::Agreeing
        }
    }

    fn invitation_by(&self, now: Timestamp) -> Status {
        const HOLDS_MS: i64 = limits::INVITATION_DAYS as i64 * 24 * 60 * 60 * 1000;
        if self.declined.is_some() {
            Status::Declined
        } else if now.0.saturating_sub(self.created.0) >= HOLDS_MS {
            Status::Expired
        } else {
            Status::Invited
        }
    }

    /// Reads a relationship; none where the fields hold none that this version can read.
    pub fn from_fields(id: RelationshipId, fields: &Fields) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(Field::text).unwrap_or_default().to_owned();
        let number = |name: &str| fields.get(name).and_then(Field::number);
        let time = |name: &str| number(name).map(Timestamp);
        let bytes = |name: &str| {
            fields
                .get(name)
                .and_then(Field::bytes)
                .map(|bytes| Zeroizing::new(bytes.to_vec()))
        };
        let peer = || {
            Some(Peer {
                name: text("peer/name"),
                signing: fields.get("peer/signing")?.array()?,
                kem: fields.get("peer/kem")?.bytes()?.to_vec(),
                access: fields.get("peer/access")?.array()?,
            })
        };
        Some(Self {
            id,
            role: Role::from_side(number("role")?.try_into().ok()?)?,
            created: time("created")?,
            declined: time("declined"),
            met: time("met"),
            verified: time("verified"),
            ended: time("ended"),
            pause: number("pause").and_then(Pause::from_number),
            goodbye: text("goodbye"),
            name: text("name"),
            space: fields.get("space").and_then(Field::array),
            origin: text("origin"),
            relay_key: fields.get("relay_key").and_then(Field::array),
            persona: bytes("persona")?,
            invitation: bytes("invitation"),
            peer: peer(),
            code: text("code"),
            shown_sections: fields
                .keys()
                .filter_map(|name| name.strip_prefix("preferences/section/")?.parse().ok())
                .collect(),
        })
    }

    /// The other person's name, with what they show of how to address them; none before they were met.
    pub fn name_of_other<'a>(&'a self, address: &'a SharedAddress) -> Option<&'a str> {
        let peer = self.peer.as_ref()?;
        Some(if address.name.is_empty() {
            &peer.name
        } else {
            &address.name
        })
    }

    /// The changes that turn what is kept (`before`) into this. What only goes forward is never taken away.
    pub fn changes(&self, before: &Fields) -> Changes {
        let now = self.fields();
        let gone = |name: &&String| {
            (name.starts_with("preferences/section/") || *name == "invitation") && !now.contains_key(*name)
        };
        let mut changes: Changes = before.keys().filter(gone).map(|name| (name.clone(), None)).collect();
        for (name, value) in now {
            if before.get(&name) != Some(&value) {
                changes.insert(name, Some(value));
            }
        }
        changes
    }

    fn fields(&self) -> Fields {
        let number = |value: u64| Field::Number(i64::try_from(value).unwrap_or(i64::MAX));
        let mut fields = Fields::new();
        let mut set = |name: &str, value| fields.insert(name.to_owned(), value);
        set("role", number(self.role.side().into()));
        set("created", Field::Number(self.created.0));
        for (name, time) in [
            ("declined", self.declined),
            ("met", self.met),
            ("verified", self.verified),
            ("ended", self.ended),
        ] {
            if let Some(time) = time {
                set(name, Field::Number(time.0));
            }
        }
        for (name, text) in [
            ("name", &self.name),
            ("origin", &self.origin),
            ("code", &self.code),
            ("goodbye", &self.goodbye),
        ] {
            if !text.is_empty() {
                set(name, Field::Text(text.clone()));
            }
        }
        if let Some(pause) = self.pause {
            set("pause", Field::Number(pause.number()));
        }
        set("persona", Field::Bytes(self.persona.to_vec()));
        if let Some(space) = self.space {
            set("space", Field::Bytes(space.to_vec()));
        }
        if let Some(relay_key) = self.relay_key {
            set("relay_key", Field::Bytes(relay_key.to_vec()));
        }
        if let Some(invitation) = &self.invitation {
            set("invitation", Field::Bytes(invitation.to_vec()));
        }
        if let Some(peer) = &self.peer {
            set("peer/name", Field::Text(peer.name.clone()));
            set("peer/signing", Field::Bytes(peer.signing.to_vec()));
            set("peer/kem", Field::Bytes(peer.kem.clone()));
            set("peer/access", Field::Bytes(peer.access.to_vec()));
        }
        for section in &self.shown_sections {
            set(&format!("preferences/section/{section}"), Field::Number(1));
        }
        fields
    }
}

/// A relationship, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipCard {
    /// The relationship, as this person keeps it.
    pub relationship: Relationship,
    /// How far it has come.
    pub status: Status,
    /// Whether this person has paused.
    pub is_paused_by_me: bool,
    /// Whether the other person has.
    pub is_paused_by_other: bool,
    /// Whether what the participant shows of their profile is new to this specialist.
    pub has_new_preferences: bool,
    /// How the other person wants to be addressed, as far as they show it to this specialist.
    pub address: SharedAddress,
    /// With which words the other person ended it, which may be none; nothing where this one did, or nobody.
    pub goodbye: Option<String>,
    /// What both said about how they work together.
    pub terms: Terms,
    /// When the export was made from which this was taken in: it is a record of the past, to be read and nothing more. None for a relationship itself.
    pub kept_from: Option<Timestamp>,
}

impl RelationshipCard {
    /// The other person's name: the one that they show, or else the one they were met with; none before they were met.
    pub fn name(&self) -> Option<&str> {
        self.relationship.name_of_other(&self.address)
    }

    /// What the other person is called in sentences: their name, and their pronouns where they show them.
    pub fn called(&self) -> Option<String> {
        let met = self.relationship.peer.as_ref()?;
        Some(self.address.called(&met.name))
    }
}

#[cfg(test)]
#[path = "relationship_tests.rs"]
mod tests;
