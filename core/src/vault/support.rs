//! Relationships and shares, on both sides.
//!
//! The participant's side plans: a share is kept in the relationship's document, its view is built when it is made and
//! waits out its hold here. What leaves, leaves through the outbox of the support space. A stop works offline: it is
//! sealed at once, and sent before anything else of that space.

use super::devices::hex;
use super::engine::{SUPPORT, new_space};
use super::handshake::{Handshake, checked_code};
use super::personas::PersonaKeys;
use super::profile::read_wanted;
use super::showing::{Copied, ToShow};
use super::{Change, Engine, Error};
use crate::crypto::{Joiner, Offerer, Purpose};
use crate::id::{AttachmentId, EntryId, RelationshipId, ShareId, random_bytes};
use crate::limits;
use crate::profile::Fields;
use crate::record::{self, Kind};
use crate::store::{SharedRow, SpaceRow};
use crate::support::{
    Consent, ConsentInvalid, End, GateSecret, Item, Mask, NotShareable, Notice, NoticeChoice, Relationship, Role,
    Share, SharedView, SharedWithMe, ShownAttachment, SupportWanted, TermsInvalid, When,
};
use crate::words::{self, ShownParts, ShownTime, sharing as said};
use cairn_wire::SpaceId;

/// What the participant asks for when they share.
#[derive(Clone, PartialEq, Eq)]
pub struct NewShare {
    /// With whom.
    pub relationship: RelationshipId,
    /// Which entry.
    pub entry: EntryId,
    /// Which parts.
    pub mask: Mask,
    /// What for, in the participant's words; the default when it is empty.
    pub purpose: String,
    /// Until when.
    pub end: End,
    /// What of support is wanted with it; none for the participant's standing choice, as it is when this is shared.
    pub wanted: Option<SupportWanted>,
    /// How long it waits on this device before it leaves, in milliseconds.
    pub hold_ms: i64,
    /// Whether the participant said a second time that they want to share it: a tender entry is shared with that alone.
    pub tender_confirmed: bool,
    /// Passages of the words, each as it stands there and in their order, where not all of them are shown; none for all.
    pub passages: Vec<String>,
    /// Whether what is edited later is shown too.
    pub follow_edits: bool,
    /// Whether nothing of it can be opened without the network: until it is, a stop makes an end of it whatever app they use, and that it was opened is seen.
    pub gated: bool,
    /// Attachments of the entry, where not all of them are shown; none for all, where attachments are among the parts. What is attached later is shown
    /// by another share.
    pub attachments: Vec<AttachmentId>,
    /// The notice that goes with it.
    pub notice: NoticeChoice,
    /// Days that it stays readable in the specialist's app without contact to the relay; none for the default of 7, and 0 where it is to be read after contact alone,
    /// each time. Another app may ignore it: it is no cryptography.
    pub lease_days: Option<u16>,
}

/// Shows no words.
impl std::fmt::Debug for NewShare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewShare")
            .field("relationship", &self.relationship)
            .field("entry", &self.entry)
            .field("mask", &self.mask)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Invites a specialist: answers the code to hand over.
    ///
    /// # Errors
    /// [`Error::NoRelay`], [`Error::Consent`].
    pub fn invite(&mut self, own_name: &str) -> Result<(RelationshipId, String), Error> {
        let home = self.home()?;
        if !home.created {
            return Err(Error::NoRelay);
        }
        let (id, relationship) = self.new_relationship(Role::Participant, own_name)?;
        let persona = PersonaKeys::first(&relationship)?;
        let space = SpaceId::from_bytes(random_bytes(self.entropy.as_mut()));
        let offerer = Offerer {
            signing: persona.signing.public(),
            kem: persona.kem.public(),
            space,
            tip: crate::crypto::LinkHash::NONE,
            name: relationship.name.clone(),
        };
        let invited = Relationship {
            space: Some(*space.as_bytes()),
            ..relationship
        };
        let code = self.begin_offer(Handshake::Invite, Purpose::Invite, offerer, id.as_bytes())?;
        let mut changes = invited.changes(&Fields::new());
        changes.extend(self.made_now(&persona.signing.public()));
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        Ok((id, code))
    }

    /// Begins to accept an invitation as a specialist.
    ///
    /// # Errors
    /// [`Error::BadCode`], [`Error::Consent`].
    pub fn accept(&mut self, code: &str, own_name: &str) -> Result<RelationshipId, Error> {
        let code = checked_code(code, Purpose::Invite)?;
        let (id, relationship) = self.new_relationship(Role::Specialist, own_name)?;
        let persona = PersonaKeys::first(&relationship)?;
        let joiner = Joiner {
            signing: persona.signing.public(),
            kem: persona.kem.public(),
            access: persona.access.public(),
            name: relationship.name.clone(),
        };
        self.begin_join(Handshake::Accept, code, joiner, id.as_bytes())?;
        let mut changes = relationship.changes(&Fields::new());
        changes.extend(self.made_now(&persona.signing.public()));
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        Ok(id)
    }

    fn new_relationship(&mut self, role: Role, own_name: &str) -> Result<(RelationshipId, Relationship), Error> {
        let name = own_name.trim();
        if name.is_empty() || name.chars().nth(limits::NAME_CHARACTERS_MAX).is_some() {
            return Err(Error::Consent(ConsentInvalid::Name));
        }
        let id = RelationshipId::random(self.entropy.as_mut());
        let persona = self.random_persona();
        Ok((id, Relationship::new(id, role, self.now(), name.to_owned(), persona)))
    }

    /// The relationships of this vault, in the order they began.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn relationships(&self) -> Result<Vec<Relationship>, Error> {
        let view = self.store.view();
        let mut all = Vec::new();
        for id in view.documents_of(Kind::Relationship.number())? {
            let id = RelationshipId::from_bytes(*id.as_bytes());
            let fields = self.fields(id.into())?;
            all.extend(Relationship::from_fields(id, &fields));
        }
        all.sort_by_key(|relationship| (relationship.created, relationship.id));
        Ok(all)
    }

    pub(super) fn relationship(&self, id: RelationshipId) -> Result<(Relationship, Fields), Error> {
        let fields = self.fields(id.into())?;
        match Relationship::from_fields(id, &fields) {
            Some(relationship) => Ok((relationship, fields)),
            // What is kept from an export is over, whatever is tried with it.
            None if self.past(id)?.is_some() => Err(TermsInvalid::Ended.into()),
            None => Err(Error::NotFound),
        }
    }

    /// Shares parts of one entry with one person. Nothing leaves before the hold is over. It is the whole way at once; [`Self::to_show`] and
    /// [`Self::share_with`] are its ends.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`], [`Error::Consent`], [`Error::NotShareable`], [`Error::Attachment`].
    pub fn share(&mut self, new: NewShare) -> Result<ShareId, Error> {
        let copied = self.to_show(&new)?.into_iter().map(ToShow::copied);
        let copied = copied.collect::<Result<Vec<_>, _>>()?;
        self.share_with(new, &copied)
    }

    /// Shares parts of one entry with one person, and these copies of what is attached to it.
    ///
    /// # Errors
    /// As [`Self::share`].
    pub fn share_with(&mut self, new: NewShare, copied: &[Copied]) -> Result<ShareId, Error> {
        let (relationship, _) = self.relationship(new.relationship)?;
        if relationship.role != Role::Participant {
            return Err(Error::NotFound);
        }
        if !self.is_open(new.relationship)? {
            return Err(TermsInvalid::NotActive.into());
        }
        let recipient = self.other_signing(&relationship)?.ok_or(Error::NotFound)?;
        let entry = self.store.view().entry(new.entry)?.ok_or(Error::NotFound)?;
        if entry.marks.tender && !new.tender_confirmed {
            return Err(NotShareable::Tender.into());
        }
        let now = self.now();
        let purpose = if new.purpose.trim().is_empty() {
            words::PURPOSE_DEFAULT.to_owned()
        } else {
            new.purpose
        };
        let consent = Consent::new(
            ShareId::random(self.entropy.as_mut()),
            relationship.name.clone(),
            recipient,
            Item {
                entry: new.entry,
                mask: new.mask,
            },
            scope_sentence(new.mask, !new.passages.is_empty()),
            purpose,
            new.end,
            now,
            notice_of(new.notice, &relationship.name)?,
            words::HOW_TO_STOP.to_owned(),
        );
        let consent = Consent {
            wanted: new.wanted.map_or_else(|| read_wanted(self.store.view()), Ok)?,
            follow_edits: new.follow_edits,
            lease_days: new.lease_days.unwrap_or(limits::LEASE_DAYS_DEFAULT),
            ..consent
        };
        consent.check()?;
        if copied.iter().any(|one| !one.hangs_on(&entry)) {
            return Err(ConsentInvalid::NotAttached.into()); // Taken off while it was copied.
        }
        let shown: Vec<ShownAttachment> = copied.iter().map(|one| one.shown.clone()).collect();
        let mut view = SharedView::build_with(&entry, &consent, &shown, 0, now)?;
        if !new.passages.is_empty() {
            view = view.with_passages(&new.passages)?;
        }
        let gate = new.gated.then(|| GateSecret(random_bytes(self.entropy.as_mut())));
        let share = Share {
            gate,
            ..Share::new(view.consent.clone(), now.plus_ms(new.hold_ms.max(0)))
        };
        let (id, hold_until) = (share.id(), share.hold_until);
        let mut changes = share.changes();
        changes.extend(share.copied(&copied.iter().map(Copied::source).collect::<Vec<_>>()));
        self.set_fields_with(new.relationship.into(), Kind::Relationship, &changes, |tx| {
            tx.set_meta(&held_name(id), &record::encode_view(&view))?;
            Ok(tx.hold(id, new.relationship, hold_until)?)
        })?;
        // The share stands, whatever becomes of a list that is the participant's alone: an error here would have them share it twice.
        drop(self.take_off_not_yet(&[new.entry]));
        Ok(id)
    }

    /// Every share of this person, with its relationship, in the order they were given.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn shares(&self) -> Result<Vec<(RelationshipId, Share)>, Error> {
        let mut all = Vec::new();
        for relationship in self.relationships()? {
            let fields = self.fields(relationship.id.into())?;
            all.extend(Share::all(&fields).into_iter().map(|share| (relationship.id, share)));
        }
        Ok(all)
    }

    /// A share of this person's, and the relationship it is in.
    pub(super) fn own_share(&self, id: ShareId) -> Result<(RelationshipId, Share), Error> {
        let found = self.shares()?.into_iter().find(|(_, share)| share.id() == id);
        found.ok_or(Error::NotFound)
    }

    /// What was shared with this person and is still theirs to read, word for word, without anybody being told.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn shared_with_me(&self) -> Result<Vec<SharedWithMe>, Error> {
        let views = self.readable_views()?.into_iter();
        let shared = views.map(|(row, view)| SharedWithMe {
            share: row.share,
            relationship: row.relationship,
            view: view.render(),
        });
        Ok(shared.collect())
    }

    /// What was shared with this person and is theirs to read now.
    pub(super) fn readable_views(&self) -> Result<Vec<(SharedRow, SharedView)>, Error> {
        let mut all = Vec::new();
        for row in self.store.view().shared()? {
            let Ok(view) = record::decode_view(&row.content) else {
                continue;
            };
            let is_over = view.consent.is_expired(self.time_in(row.space)?);
            if view.gated.is_none() && !is_over && !self.is_lease_over(row.space, &view.consent)? {
                all.push((row, view));
            }
        }
        Ok(all)
    }

    /// Makes the spaces of relationships that another device of this person began.
    pub(super) fn adopt_relationships(&mut self) -> Result<(), Error> {
        for relationship in self.relationships()? {
            let (Some(space), Some(relay_key)) = (relationship.space, relationship.relay_key) else {
                continue;
            };
            let space = SpaceId::from_bytes(space);
            if self.store.view().space(space)?.is_some() {
                continue;
            }
            let fields = self.fields(relationship.id.into())?;
            let Some(slot_key) = fields.get("keys/slot").and_then(crate::profile::Field::array) else {
                continue;
            };
            // Where another device has put what is no key, this one cannot enter, and everything else goes on.
            let Ok(access_seed) = self.access_seed(&relationship, &fields) else {
                continue;
            };
            let incarnation = fields.get("keys/incarnation").and_then(crate::profile::Field::number);
            let incarnation = incarnation.and_then(|number| u32::try_from(number).ok()).unwrap_or(1);
            let epochs: Vec<(u32, [u8; 32])> = fields
                .iter()
                .filter_map(|(name, key)| Some((name.strip_prefix("keys/epoch/")?.parse().ok()?, key.array()?)))
                .collect();
            let row = SpaceRow {
                origin: relationship.origin.clone(),
                relay_key,
                access_seed,
                slot_key,
                side: relationship.role.side(),
                administer: relationship.role == Role::Participant,
                created: true,
                relationship: Some(relationship.id),
                incarnation,
                ..new_space(space, SUPPORT, self.entropy.as_mut())
            };
            self.commit(&[Change::Support], |tx| {
                tx.put_space(&row)?;
                for (epoch, key) in &epochs {
                    tx.put_epoch_key(space, *epoch, key)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// The notice that was chosen, as `name` shows something.
fn notice_of(choice: NoticeChoice, name: &str) -> Result<Notice, ConsentInvalid> {
    choice.check()?;
    let (pack, text_id, text) = match choice {
        NoticeChoice::Generic => (words::NOTICE_PACK, words::NOTICE_ID, words::notice(name)),
        NoticeChoice::Us42Cfr2 => {
            let statement = said::NOTICE_42CFR2;
            (said::NOTICE_PACK_42CFR2, statement.id, statement.text.to_owned())
        }
        NoticeChoice::Own(words) => (said::NOTICE_PACK_OWN, said::NOTICE_PACK_OWN, words),
    };
    Ok(Notice {
        pack: pack.to_owned(),
        text_id: text_id.to_owned(),
        version: words::NOTICE_VERSION,
        text,
    })
}

/// What of an entry is shown, as a sentence.
pub(super) fn scope_sentence(mask: Mask, is_excerpt: bool) -> String {
    let time = match mask.when {
        When::No => ShownTime::None,
        When::Month => ShownTime::Month,
        When::Day => ShownTime::Day,
        When::Exact => ShownTime::Exact,
    };
    let Mask {
        text,
        title,
        feelings,
        tags,
        attachments,
        captions,
        valence,
        people,
        place,
        when: _,
    } = mask;
    words::scope_sentence(ShownParts {
        words: text,
        passages: is_excerpt,
        title,
        feelings,
        tags,
        attachments,
        captions,
        valence,
        people,
        place,
        time,
    })
}

/// The name under which it is kept that a view was on its way: from then on a share is stopped, not cancelled.
pub(super) fn left_name(share: ShareId) -> String {
    format!("left.{}", hex(share.as_bytes()))
}

/// The name under which a view waits out its hold.
pub(super) fn held_name(share: ShareId) -> String {
    format!("held.{}", hex(share.as_bytes()))
}
