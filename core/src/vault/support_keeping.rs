//! What arrives in a support space: links of its chain, views for the specialist, and stops.
//!
//! Everything is checked against the chain that begins with the two who compared digits. Nothing goes back: an ended share
//! stays ended, and a stop is honoured whenever it comes.

use super::erasing::want_empty_log;
use super::personas::{PersonaKeys, role_of, speaks_itself};
use super::receive::{Received, SetAside};
use super::support_access::doubt_access;
use super::support_receipts::keep_receipt;
use super::support_space::key_changes;
use super::turning::{rotate_name, rotating_name};
use super::{Change, Engine, Error};
use crate::crypto::{CryptoError, EpochKey, Link, LinkHash, SupportChain, open_key_box};
use crate::id::DocumentId;
use crate::profile::{Changes, Field};
use crate::record::{self, Kind};
use crate::store::{SharedRow, SpaceRow};
use crate::support::{Relationship, Role, SharedView, Standing};
use cairn_wire::{PublicKey, SpaceId};
use std::sync::Arc;

/// The largest version of a consent: one a database can keep.
const VERSION_MAX: u64 = i64::MAX as u64;

impl Engine {
    /// The chain of a support space: verified once for each link that it ends with.
    pub(super) fn support_chain(&self, space: SpaceId) -> Result<Option<Arc<SupportChain>>, Error> {
        let Some((index, hash)) = self.store.view().last_link(space)? else {
            return Ok(None);
        };
        let mut known = self.support_chains.borrow_mut();
        let is_last = |chain: &&Arc<SupportChain>| chain.length() == index + 1 && *chain.tip().as_bytes() == hash;
        if let Some(chain) = known.get(&space).filter(is_last) {
            return Ok(Some(Arc::clone(chain)));
        }
        let links = self.store.view().links(space)?;
        let chain = Arc::new(SupportChain::verify(links.iter().map(Vec::as_slice))?);
        known.insert(space, Arc::clone(&chain));
        Ok(Some(chain))
    }

    /// The chain of a relationship's space; none before it has begun.
    pub(super) fn chain_of(&self, relationship: &Relationship) -> Result<Option<Arc<SupportChain>>, Error> {
        match relationship.space.map(SpaceId::from_bytes) {
            Some(space) => self.support_chain(space),
            None => Ok(None),
        }
    }

    /// A record of a support space arrived.
    pub(super) fn keep_shared(&mut self, space: &SpaceRow, one: &Received) -> Result<Result<(), SetAside>, Error> {
        if !one.is_signed() {
            return Ok(Err(SetAside::NotSigned));
        }
        if one.inside.kind == Kind::SupportLink {
            let taken = self.take_support_link(space, &one.inside.projection)?;
            self.note_over(space.id, one.seq)?;
            return Ok(taken);
        }
        let Some(chain) = self.support_chain(space.id)? else {
            return Ok(Err(SetAside::Stranger));
        };
        let author = PublicKey::from_bytes(one.inside.author);
        let Some(side) = chain.side_ever(&author) else {
            return Ok(Err(SetAside::Stranger));
        };
        let is_former = chain.side(&author).is_none() && !planted!(FormerPersona);
        let author = role_of(side);
        let own = author.side() == space.side;
        let (own, author) = match Role::from_side(space.side) {
            Some(role) if planted!(Reflected) => (true, role),
            _ => (own, author),
        };
        let is_said = matches!(one.inside.kind, Kind::Declaration | Kind::Agreement | Kind::Acceptance);
        if own {
            // What a former persona says is not this person's any more.
            if is_former && (is_said || matches!(one.inside.kind, Kind::Message | Kind::Wishes | Kind::MeetingPage)) {
                return Ok(Err(SetAside::Stranger));
            }
            return match one.inside.kind {
                Kind::ConsentStop => self.note_own_stop(one, one.seq).map(Ok),
                Kind::SharedProfile => self.keep_shown_profile(space, one, author),
                Kind::SharedView => self.keep_given(space, one, one.seq).map(Ok),
                Kind::AccessEvent => self.keep_access_event(space, one, author),
                Kind::Message => self.keep_message(space, one, author),
                Kind::Wishes => self.keep_wishes(space, one, author),
                Kind::MeetingPage => self.keep_meeting_page(space, one, author, one.seq),
                _ if is_said => self.keep_said(space, one, author),
                _ => Ok(Ok(())),
            };
        }
        match (one.inside.kind, author) {
            // A stop counts whoever its author was when it was made; nothing else does of one who has another persona by now.
            (Kind::SharedView, _) if is_former => Ok(Err(SetAside::Stranger)),
            (Kind::SharedProfile, _) if is_former => Ok(Err(SetAside::Stranger)),
            (Kind::SharedProfile, _) if self.has_ended(space)? => Ok(Ok(())),
            (Kind::SharedProfile, author) => self.keep_shown_profile(space, one, author),
            (Kind::AccessEvent, _) if is_former => Ok(Err(SetAside::Stranger)),
            (Kind::AccessEvent, author) => self.keep_access_event(space, one, author),
            (Kind::Message | Kind::Wishes | Kind::MeetingPage, _) if is_former => Ok(Err(SetAside::Stranger)),
            (Kind::Message, author) => self.keep_message(space, one, author),
            (Kind::Wishes, author) => self.keep_wishes(space, one, author),
            // After the end nothing is written.
            (Kind::MeetingPage, _) if self.has_ended(space)? => Ok(Ok(())),
            (Kind::MeetingPage, author) => self.keep_meeting_page(space, one, author, one.seq),
            _ if is_said && is_former => Ok(Err(SetAside::Stranger)),
            // After the end nothing is said.
            _ if is_said && self.has_ended(space)? => Ok(Ok(())),
            _ if is_said => self.keep_said(space, one, author),
            (Kind::SharedView, Role::Participant) => self.keep_view(space, one, &chain),
            (Kind::ConsentStop, author) => self.keep_stop(space, one, author),
            _ => Ok(Err(SetAside::TooNew)),
        }
    }

    fn keep_view(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        chain: &SupportChain,
    ) -> Result<Result<(), SetAside>, Error> {
        let Ok(view) = record::decode_view(&one.inside.projection) else {
            return Ok(Err(SetAside::Malformed));
        };
        let share = view.share();
        let recipient = PublicKey::from_bytes(view.consent.recipient);
        let is_for_me =
            chain.side_ever(&recipient) == Some(crate::crypto::Side::Specialist) || planted!(RecipientUnread);
        if one.document() != DocumentId::from(share)
            || !is_for_me
            || view.consent.check().is_err()
            || view.consent.version >= VERSION_MAX
        {
            return Ok(Err(SetAside::Misplaced));
        }
        let known = self.store.view().shared_view(share)?;
        let is_anothers = known
            .as_ref()
            .is_some_and(|row| Some(row.relationship) != space.relationship);
        if is_anothers && !planted!(OthersReplaced) {
            return Ok(Err(SetAside::Misplaced)); // Nobody takes the place of what another person shows.
        }
        let shown = known
            .as_ref()
            .map(|row| record::decode_view(&row.content))
            .transpose()?;
        // Nothing goes back: an ended share stays ended, an older version stays old.
        let is_over = self.store.view().share_ended(share)?.is_some() && !planted!(EndedShareShown);
        let is_older = shown.as_ref().is_some_and(|shown| shown.is_newer(&view)) && !planted!(OlderShown);
        // What was opened here already is not shut again.
        let is_opened = |shown: &SharedView| shown.gated.is_none() && !view.is_newer(shown);
        let is_open = view.gated.is_some() && shown.as_ref().is_some_and(is_opened);
        if is_over || is_older || is_open {
            return Ok(Ok(()));
        }
        let row = SharedRow {
            share,
            relationship: space.relationship.ok_or(Error::Internal)?,
            space: space.id,
            slot: *one.header.slot.as_bytes(),
            version: view.consent.version,
            content: one.inside.projection.clone(),
            received: self.now(),
        };
        self.commit(&[Change::Support], |tx| {
            keep_receipt(tx, &view.consent)?;
            if known.is_some() {
                want_empty_log(tx)?; // What is shown no more leaves every page of the database.
            }
            Ok(tx.put_shared(&row)?)
        })?;
        self.forget_copies(&known.iter().collect::<Vec<_>>())?;
        self.scrub_if_wanted().map(Ok)
    }

    /// A stop is honoured whenever it comes: what it ends leaves every page of the database now.
    fn keep_stop(&mut self, space: &SpaceRow, one: &Received, author: Role) -> Result<Result<(), SetAside>, Error> {
        let Ok(stop) = record::decode_stop(&one.inside.projection) else {
            return Ok(Err(SetAside::Malformed));
        };
        if one.document() != DocumentId::from(stop.id) || !stop.can_come_from(author) || stop.version > VERSION_MAX {
            return Ok(Err(SetAside::Misplaced));
        }
        // What a participant shows only they stop: else their own stop would be taken for one that stands in the log already.
        if author != Role::Participant && !planted!(SpecialistStops) {
            return Ok(Err(SetAside::Misplaced));
        }
        let known = self.store.view().shared_view(stop.id)?;
        let was_here = known.is_some();
        if known
            .as_ref()
            .is_some_and(|row| Some(row.relationship) != space.relationship)
        {
            return Ok(Err(SetAside::Misplaced)); // Nobody stops what another person shows.
        }
        let version = Standing::of(&stop).version;
        let over = match was_here {
            true => self.over(stop.id, stop.state, stop.at)?,
            false => None,
        };
        self.commit(&[Change::Support], |tx| {
            if let Some(over) = &over {
                over.put(tx)?;
            }
            if !planted!(StoppedStays) {
                tx.remove_shared(stop.id)?;
            }
            tx.end_share(stop.id, version)?;
            tx.place_stop(stop.id, one.seq)?;
            want_empty_log(tx)
        })?;
        self.forget_copies(&known.iter().collect::<Vec<_>>())?;
        self.scrub_if_wanted()?;
        if was_here {
            self.tell_purged(space.relationship.ok_or(Error::Internal)?, stop.id)?;
        }
        Ok(Ok(()))
    }

    /// A link of the support chain: it begins the chain, continues it, or is known already.
    pub(super) fn take_support_link(&mut self, space: &SpaceRow, bytes: &[u8]) -> Result<Result<(), SetAside>, Error> {
        let hash = LinkHash::of(bytes);
        let Some(id) = space.relationship else {
            return Ok(Err(SetAside::Stranger));
        };
        let (relationship, fields) = self.relationship(id)?;
        let mut gives_up = false;
        let continued = match self.support_chain(space.id)? {
            Some(chain) if chain.contains(&hash) => {
                self.note_standing(space.id, chain.position(&hash))?;
                return Ok(Ok(()));
            }
            Some(chain) if Link::parse(bytes).is_ok_and(|link| chain.is_overtaken(&link)) => {
                match self.without_lost_tail(space, &chain, bytes)? {
                    Some((chain, link)) => {
                        gives_up = true;
                        Ok((chain, Some(link)))
                    }
                    // Another device of the same person was first, and whoever wanted this one makes it anew.
                    None => return Ok(Ok(())),
                }
            }
            Some(chain) => {
                let mut chain = Arc::unwrap_or_clone(chain);
                chain.append(bytes).map(|link| (chain, Some(link)))
            }
            None => SupportChain::begin(bytes).map(|chain| (chain, None)),
        };
        let (chain, link) = match continued {
            Ok(continued) => continued,
            Err(CryptoError::TooNew) => return Ok(Err(SetAside::TooNew)),
            Err(_) => return Ok(Err(SetAside::Stranger)),
        };
        if !self.is_the_agreed(&chain, &relationship, &fields) {
            return Ok(Err(SetAside::Stranger));
        }
        let Some(persona) = self.own_persona(&relationship, &fields, Some(&chain))? else {
            return Err(self.note_spoken_for(space.id)?);
        };
        let mut found = Changes::new();
        if !PersonaKeys::all(&relationship, &fields)
            .iter()
            .any(|keys| keys.is(&persona))
        {
            // A device took it before it was removed, too late to count: from here on it is kept as the others are, as one that others know.
            found.insert(persona.field_name(), Some(persona.field()));
        }
        let opened = link
            .as_ref()
            .and_then(|link| link.key_box())
            .map(|key_box| open_key_box(&space.id, &persona.kem, key_box));
        let keys = match opened {
            Some(Ok(keys)) if keys.check(&chain.commitments()).is_ok() => Some(keys),
            Some(_) => return Ok(Err(SetAside::NotOpened)),
            None => None,
        };
        let epoch = chain.current_epoch();
        let row = SpaceRow {
            epoch,
            ..self.space_row(space.id)?
        };
        let mut changes = Changes::new();
        if let Some(keys) = &keys {
            let epochs: Vec<(u32, &EpochKey)> = keys.epoch_keys.iter().map(|(epoch, key)| (*epoch, key)).collect();
            changes = key_changes(&keys.slot_key, &epochs);
        }
        if relationship.code.is_empty() {
            let digits = chain.beginning().digits.clone();
            changes.insert("code".to_owned(), Some(Field::Text(digits)));
        }
        changes.extend(found);
        changes.retain(|name, value| fields.get(name) != value.as_ref());
        if !changes.is_empty() {
            self.set_fields(id.into(), Kind::Relationship, &changes)?;
        }
        let index = chain.length() - 1;
        let changes_who = [crate::crypto::Side::Participant, crate::crypto::Side::Specialist]
            .into_iter()
            .any(|side| chain.persona_link(side) == Some(index));
        self.commit(&[Change::Support], |tx| {
            for (epoch, key) in keys.iter().flat_map(|keys| &keys.epoch_keys) {
                tx.put_epoch_key(space.id, *epoch, key.as_bytes())?;
            }
            tx.put_space(&row)?;
            // A stop made since this link was sealed has a wish of its own, and gets an epoch of its own.
            if epoch > space.epoch && tx.meta(&rotate_name(space.id))? == tx.meta(&rotating_name(space.id))? {
                tx.remove_meta(&rotate_name(space.id))?;
            }
            speaks_itself(tx, space.id)?;
            if changes_who || gives_up {
                doubt_access(tx, &row)?;
            }
            tx.give_up_links(space.id, index)?;
            Ok(tx.put_link(space.id, index, hash.as_bytes(), bytes)?)
        })?;
        self.note_standing(space.id, Some(index))?;
        let chain = Arc::new(chain);
        self.support_chains.borrow_mut().insert(space.id, Arc::clone(&chain));
        if let Some(goodbye) = chain.goodbye() {
            self.note_goodbye(id, goodbye.by)?;
        }
        Ok(Ok(()))
    }

    fn has_ended(&self, space: &SpaceRow) -> Result<bool, Error> {
        let id = space.relationship.ok_or(Error::Internal)?;
        Ok(self.relationship(id)?.0.ended.is_some())
    }

    /// Whether the chain begins with the two who compared digits, at the relay they met at.
    fn is_the_agreed(
        &self,
        chain: &SupportChain,
        relationship: &Relationship,
        fields: &crate::profile::Fields,
    ) -> bool {
        let pinned = fields.get("genesis").and_then(Field::array::<32>);
        let (participant, specialist) = (&chain.beginning().participant, &chain.beginning().specialist);
        let (me, them) = match relationship.role {
            Role::Participant => (participant, specialist),
            Role::Specialist => (specialist, participant),
        };
        let Ok(persona) = PersonaKeys::first(relationship) else {
            return false;
        };
        let is_me = me.signing == persona.signing.public();
        let is_them = relationship
            .peer
            .as_ref()
            .is_some_and(|peer| peer.signing == *them.signing.as_bytes());
        is_me
            && is_them
            && pinned.is_none_or(|genesis| genesis == *chain.genesis().as_bytes())
            && Some(*chain.relay_key().as_bytes()) == relationship.relay_key
    }
}
