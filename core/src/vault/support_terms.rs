//! How a relationship stands: what the specialist declares, what both agree on, pausing and ending.
//!
//! What is said is kept beside the support space's other contents and sent with the next round; pausing and ending count here at once, and the
//! support chain says them to the other side. They stand in the relationship until the chain has them, so that each of the person's devices
//! sees to it. What the chain says that the other person did, counts as soon as it is read.

use super::people::listed;
use super::personas::side_of;
use super::support_saying::NewWords;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{Side, SupportChain};
use crate::id::{DocumentId, RelationshipId, ShareId};
use crate::limits;
use crate::profile::{Changes, Field, longer};
use crate::record::{self, Kind};
use crate::store::SpaceRow;
use crate::support::{
    Agreement, ConsentInvalid, Declaration, Pause, Proposal, Relationship, RelationshipCard, Role, Share, Status,
    Terms, TermsInvalid,
};
use crate::words::terms::CALLED_OFF;
use cairn_wire::SpaceId;

impl Engine {
    /// The relationships of this vault and how they stand, in the order of the people, those of the past that an export brought among them.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn relationship_cards(&self) -> Result<Vec<RelationshipCard>, Error> {
        let all = self.relationships()?.into_iter();
        let mut cards: Vec<RelationshipCard> = all
            .map(|relationship| self.card_of(relationship))
            .collect::<Result<_, _>>()?;
        cards.extend(self.pasts()?.iter().map(|past| past.kept.card()));
        let places = self.places_of(
            cards
                .iter()
                .map(|card| listed(&card.relationship, &card.address))
                .collect(),
        )?;
        cards.sort_by_key(|card| places.get(&card.relationship.id).copied());
        Ok(cards)
    }

    pub(super) fn card_of(&self, relationship: Relationship) -> Result<RelationshipCard, Error> {
        let terms = match relationship.space.map(SpaceId::from_bytes) {
            Some(space) => self.terms_of(space)?,
            None => Terms::default(),
        };
        let chain = self.chain_of(&relationship)?;
        let chain = chain.as_deref();
        let [is_paused_by_me, is_paused_by_other] = paused_by(&relationship, chain);
        let (goodbye, other) = (
            chain.and_then(SupportChain::goodbye),
            side_of(relationship.role.other()),
        );
        let status = match goodbye {
            Some(_) => Status::Ended,
            None => relationship.status(&terms, is_paused_by_me || is_paused_by_other, self.now()),
        };
        Ok(RelationshipCard {
            status,
            is_paused_by_me,
            is_paused_by_other,
            has_new_preferences: self.has_new_preferences(&relationship)?,
            address: self.address_in(&relationship)?,
            goodbye: goodbye
                .filter(|goodbye| goodbye.by == other)
                .map(|goodbye| goodbye.words.clone()),
            terms,
            kept_from: None,
            relationship,
        })
    }

    /// A relationship that is under way, with the space it has.
    pub(super) fn open_card(&self, id: RelationshipId) -> Result<(RelationshipCard, SpaceRow), Error> {
        let card = self.card_of(self.relationship(id)?.0)?;
        match card.relationship.space {
            _ if card.status == Status::Ended => Err(TermsInvalid::Ended.into()),
            Some(space) if card.status.is_under_way() => Ok((card, self.space_row(SpaceId::from_bytes(space))?)),
            _ => Err(TermsInvalid::NotActive.into()),
        }
    }

    /// What both said about how they work together.
    fn terms_of(&self, space: SpaceId) -> Result<Terms, Error> {
        let mut terms = Terms::default();
        let kinds = [Kind::Declaration, Kind::Agreement, Kind::Acceptance].map(Kind::number);
        for row in self.store.view().said_of(space, &kinds)? {
            let Some(by) = Role::from_side(row.side) else { continue };
            // What a newer version of this software said, this one cannot read: it waits for an update.
            match Kind::from_number(row.kind) {
                Ok(Kind::Declaration) => terms.declarations.extend(record::decode_declaration(&row.content)),
                Ok(Kind::Agreement) => {
                    if let Ok(agreement) = record::decode_agreement(&row.content) {
                        terms.proposals.push(Proposal {
                            hash: record::agreement_hash(&row.content),
                            by,
                            received: row.received,
                            agreement,
                        });
                    }
                }
                Ok(Kind::Acceptance) => {
                    let accepted = record::decode_acceptance(&row.content);
                    terms.accepted.extend(accepted.map(|hash| (hash, by)));
                }
                _ => {}
            }
        }
        terms.declarations.sort_by_key(|declaration| declaration.version);
        terms.proposals.sort_by_key(|one| (one.agreement.version, one.hash));
        Ok(terms)
    }

    /// Says, as the specialist, how this person is known already and what cannot be kept confidential. Said again, the last one counts; the
    /// version is given here.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`].
    pub fn declare(&mut self, id: RelationshipId, mut declaration: Declaration) -> Result<(), Error> {
        let (card, space) = self.open_card(id)?;
        if card.relationship.role != Role::Specialist {
            return Err(TermsInvalid::NotTheSpecialist.into());
        }
        let last = card.terms.declaration().map_or(0, |last| last.version);
        declaration.version = last.saturating_add(1);
        let tags = std::mem::take(&mut declaration.introduction.languages);
        declaration.introduction = declaration.introduction.with_languages(&tags)?;
        declaration.check()?;
        let document = DocumentId::random(self.entropy.as_mut());
        let content = record::encode_declaration(&declaration);
        self.say(&space, &[NewWords::of(Kind::Declaration, document, content)])
    }

    /// Proposes an agreement, and accepts it for this person. The version is given here. Answers the hash by which the other accepts it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`].
    pub fn propose(&mut self, id: RelationshipId, mut agreement: Agreement) -> Result<[u8; 32], Error> {
        let (card, space) = self.open_card(id)?;
        if card.relationship.role == Role::Participant && card.terms.declaration().is_none() {
            return Err(TermsInvalid::DeclarationMissing.into());
        }
        agreement.version = card.terms.next_version();
        agreement.check()?;
        let content = record::encode_agreement(&agreement);
        let hash = record::agreement_hash(&content);
        let document = DocumentId::random(self.entropy.as_mut());
        let proposed = NewWords::of(Kind::Agreement, document, content);
        self.say(&space, &[proposed, acceptance(&hash, card.relationship.role)])?;
        Ok(hash)
    }

    /// Accepts an agreement that was proposed: these words, and no others.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Terms`].
    pub fn accept_agreement(&mut self, id: RelationshipId, hash: &[u8; 32]) -> Result<(), Error> {
        let (card, space) = self.open_card(id)?;
        let role = card.relationship.role;
        if card.terms.proposals.iter().all(|one| one.hash != *hash) && !planted!(UnproposedAccepted) {
            return Err(TermsInvalid::NoSuchAgreement.into());
        }
        if role == Role::Participant && card.terms.declaration().is_none() {
            return Err(TermsInvalid::DeclarationMissing.into());
        }
        if card.terms.is_accepted_by(hash, role) {
            return Ok(());
        }
        self.say(&space, &[acceptance(hash, role)])
    }

    /// Pauses a relationship, or goes on after one's own pause: at once here, and for the other side when it is next reached. Asks for no reason.
    /// During a pause nothing is shown and nothing is said; what was shown stays, and stopping works as ever.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Terms`] where it is over.
    pub fn pause_relationship(&mut self, id: RelationshipId, pauses: bool) -> Result<(), Error> {
        let (relationship, fields) = self.relationship(id)?;
        let chain = self.chain_of(&relationship)?;
        if is_over(&relationship, chain.as_deref()) {
            return Err(TermsInvalid::Ended.into());
        }
        let [is_paused_by_me, _] = paused_by(&relationship, chain.as_deref());
        if is_paused_by_me == pauses {
            return Ok(());
        }
        let links = chain.map_or(0, |chain| chain.pauses(side_of(relationship.role)));
        let decided = Relationship {
            pause: Some(Pause {
                link: links + 1,
                is_paused: pauses,
            }),
            ..relationship
        };
        let changes = decided.changes(&fields);
        self.set_fields(id.into(), Kind::Relationship, &changes)
    }

    /// Ends a relationship for good: at once here, and for the other side when it is next reached. Everything that is shown in it stops. A participant
    /// owes no word; a specialist says some. What either keeps of it stays theirs.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Terms`].
    pub fn end_relationship(&mut self, id: RelationshipId, words: &str) -> Result<(), Error> {
        self.end_with(id, words, Changes::new())
    }

    /// Ends a relationship as [`Engine::end_relationship`] does, and leaves these shares readable until a time, or to their own end where that comes first. The participant
    /// alone can, and stops each of them before that as any other.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a share that is not of this relationship; [`Error::Consent`] for one that is not shown, or a time that is over; [`Error::Terms`].
    pub fn end_keeping(
        &mut self,
        id: RelationshipId,
        words: &str,
        kept: &[ShareId],
        until: Timestamp,
    ) -> Result<(), Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Err(Error::NotFound);
        }
        if relationship.ended.is_some() {
            return Err(TermsInvalid::Ended.into());
        }
        let (now, mut changes) = (self.now(), Changes::new());
        for share in kept {
            let share = Share::from_fields(&fields, *share).ok_or(Error::NotFound)?;
            if self.waits_here(share.id())? {
                return Err(ConsentInvalid::NotShown.into());
            }
            changes.extend(share.kept(until, now)?);
        }
        self.end_with(id, words, changes)
    }

    fn end_with(&mut self, id: RelationshipId, words: &str, kept: Changes) -> Result<(), Error> {
        let (relationship, _) = self.relationship(id)?;
        if relationship.ended.is_some() {
            return Ok(());
        }
        if relationship.role == Role::Specialist && relationship.met.is_some() && words.trim().is_empty() {
            return Err(TermsInvalid::NoGoodbye.into());
        }
        if longer(words, limits::GOODBYE_CHARACTERS_MAX) {
            return Err(TermsInvalid::GoodbyeTooLong.into());
        }
        let mut changes = kept;
        changes.insert("ended".to_owned(), Some(Field::Number(self.now().0)));
        if !words.trim().is_empty() {
            changes.insert("goodbye".to_owned(), Some(Field::Text(words.to_owned())));
        }
        self.set_fields(id.into(), Kind::Relationship, &changes)?;
        self.cancel_invitation(id)?;
        self.after_end(id)
    }

    /// What an end brings with it: what was shown stops, and what was shown to this person leaves every page of the database.
    fn after_end(&mut self, id: RelationshipId) -> Result<(), Error> {
        let now = self.now();
        self.end_what_is_over(now)?;
        let (relationship, _) = self.relationship(id)?;
        if relationship.role == Role::Specialist {
            self.forget_shown_in(id)?;
            self.forget_profile_in(&relationship)?;
        }
        Ok(())
    }

    fn forget_profile_in(&mut self, relationship: &Relationship) -> Result<(), Error> {
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(());
        };
        self.commit(&[Change::Support], |tx| {
            tx.forget_shown_profile(space)?;
            super::erasing::want_empty_log(tx)
        })?;
        self.scrub_if_wanted()
    }

    /// The chain says that the other person has ended it.
    pub(super) fn note_goodbye(&mut self, id: RelationshipId, ended_by: Side) -> Result<(), Error> {
        let (relationship, _) = self.relationship(id)?;
        if relationship.ended.is_none() {
            let changes = Changes::from([("ended".to_owned(), Some(Field::Number(self.now().0)))]);
            self.set_fields(id.into(), Kind::Relationship, &changes)?;
        }
        if ended_by == Side::Participant && relationship.role == Role::Specialist {
            // What the participant leaves to be read stays: what they stopped, they stopped one by one.
            return self.forget_profile_in(&relationship);
        }
        self.after_end(id)
    }

    /// Seals the link of the chain that says what this person has decided: that they pause, go on, or end it. One at a time.
    pub(super) fn seal_standing(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let (Some(id), Some(chain)) = (space.relationship, self.support_chain(space.id)?) else {
            return Ok(());
        };
        if chain.goodbye().is_some() || self.store.view().outbox_has_link(space.id)? {
            return Ok(());
        }
        let (relationship, fields) = self.relationship(id)?;
        let [pauses, _] = paused_by(&relationship, Some(&chain));
        let is_said = chain.is_paused_by(side_of(relationship.role)) == pauses;
        if relationship.ended.is_none() && is_said {
            return Ok(());
        }
        let Some(now) = self.own_persona(&relationship, &fields, Some(&chain))? else {
            return Ok(());
        };
        let seen = self.own_head(space)?;
        let link = if relationship.ended.is_some() {
            let mut words = relationship.goodbye;
            if words.trim().is_empty() && relationship.role == Role::Specialist {
                CALLED_OFF.text.clone_into(&mut words); // On a device that did not know yet that they had met.
            }
            chain.end(&now.signing, words, seen)?
        } else {
            chain.pause(&now.signing, pauses, seen)?
        };
        self.push_support_link(space, 0, link)
    }

    /// Whether either has paused or ended it: what waits sealed is decided again.
    pub(super) fn is_halted(&self, space: &SpaceRow) -> Result<bool, Error> {
        let Some(id) = space.relationship else { return Ok(false) };
        let (relationship, chain) = (self.relationship(id)?.0, self.support_chain(space.id)?);
        let chain = chain.as_deref();
        Ok(is_over(&relationship, chain) || paused_by(&relationship, chain).contains(&true))
    }

    /// Whether either has paused.
    pub(super) fn is_pausing(&self, relationship: &Relationship) -> Result<bool, Error> {
        let chain = self.chain_of(relationship)?;
        let is_paused = paused_by(relationship, chain.as_deref()).contains(&true);
        // What is over is paused no more: the last words are read.
        Ok(is_paused && !is_over(relationship, chain.as_deref()))
    }

    /// Whether anything new may be shown or said in a relationship now.
    pub(super) fn is_open(&self, id: RelationshipId) -> Result<bool, Error> {
        let card = self.card_of(self.relationship(id)?.0)?;
        Ok(matches!(card.status, Status::Active))
    }

    fn forget_shown_in(&mut self, id: RelationshipId) -> Result<(), Error> {
        let shown = self.store.view().shared()?.into_iter();
        let shown: Vec<_> = shown.filter(|one| one.relationship == id).collect();
        let over = self.over_with(&shown)?;
        self.commit(&[Change::Support], |tx| {
            over.iter().try_for_each(|one| one.put(tx))?;
            for one in &shown {
                tx.remove_shared(one.share)?;
                tx.end_share(one.share, one.version)?;
            }
            super::erasing::want_empty_log(tx)
        })?;
        self.forget_copies(&shown.iter().collect::<Vec<_>>())?;
        self.scrub_if_wanted()
    }
}

/// Whether this person has paused, and whether the other has.
fn paused_by(relationship: &Relationship, chain: Option<&SupportChain>) -> [bool; 2] {
    let [own, other] = [relationship.role, relationship.role.other()].map(side_of);
    let by_chain = |side: Side| chain.is_some_and(|chain| chain.is_paused_by(side));
    let links = chain.map_or(0, |chain| chain.pauses(own));
    [Pause::holds(relationship.pause, links, by_chain(own)), by_chain(other)]
}

/// Whether either has ended it.
fn is_over(relationship: &Relationship, chain: Option<&SupportChain>) -> bool {
    relationship.ended.is_some() || chain.is_some_and(|chain| chain.goodbye().is_some())
}

fn acceptance(hash: &[u8; 32], role: Role) -> NewWords {
    let document = record::acceptance_document(hash, role);
    NewWords::of(Kind::Acceptance, document, record::encode_acceptance(hash))
}
