//! What a participant shows of their profile to one specialist, and what she has opened of it.
//!
//! Which sections are shown stands in the relationship. What leaves is built from the profile as it is when it leaves, from an allow-list of sections and of
//! statements that may be shown, and goes again whenever that has changed; it takes the place of what was shown before, here and at the relay. Its
//! version counts those changes in this relationship alone: a number of the whole profile would tell of what is not shown.
//!
//! The specialist's devices keep the last one, and which of its statements were opened, by name and not by word.

use super::erasing::want_empty_log;
use super::profile::read_profile;
use super::receive::{Received, SetAside};
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::id::{DocumentId, RelationshipId, SectionId};
use crate::limits;
use crate::profile::{Changes, Field, Fields};
use crate::record::{self, Kind};
use crate::store::{ShownProfileRow, SpaceRow};
use crate::support::{OpenedProfile, Relationship, Role, SharedAddress, SharedProfile, TermsInvalid};
use cairn_wire::SpaceId;
use std::collections::{BTreeMap, BTreeSet};

/// The names of the statements that were opened last.
const OPENED: &str = "preferences/opened";
const OPENED_VERSION: &str = "preferences/opened_version";

/// The document of a space in which the profile is shown.
const fn shown_document(space: SpaceId) -> DocumentId {
    DocumentId::from_bytes(*space.as_bytes())
}

impl Engine {
    /// Shows these sections of the profile in a relationship, and no others: of each the statements that may be shown. None takes them all back. What
    /// was read by then can be remembered.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such relationship or section; [`Error::Terms`] where it is over.
    pub fn show_sections(&mut self, id: RelationshipId, sections: &BTreeSet<SectionId>) -> Result<(), Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Participant {
            return Err(Error::NotFound);
        }
        if relationship.ended.is_some() {
            return Err(TermsInvalid::Ended.into());
        }
        let profile = read_profile(self.store.view())?;
        let is_there = |id: &SectionId| profile.sections.iter().any(|section| section.id == *id);
        if !sections.iter().all(is_there) {
            return Err(Error::NotFound);
        }
        let shown = Relationship {
            shown_sections: sections.clone(),
            ..relationship
        };
        let changes = shown.changes(&fields);
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(id.into(), Kind::Relationship, &changes)
    }

    /// What waits to be shown of the profile is built anew in each round: the participant may have changed their mind.
    pub(super) fn take_back_profiles(&mut self) -> Result<(), Error> {
        for space in self.store.view().spaces()? {
            if space.relationship.is_some() {
                self.take_back_sealed(space.id, shown_document(space.id))?;
            }
        }
        Ok(())
    }

    /// What waits sealed of a document goes out of the outbox, to be sealed anew. A round that finds nothing writes nothing.
    pub(super) fn take_back_sealed(&mut self, space: SpaceId, document: DocumentId) -> Result<(), Error> {
        if self.store.view().outbox_has_state(document)? {
            self.commit(&[], |tx| Ok(tx.remove_appends(space, document).map(drop)?))?;
        }
        Ok(())
    }

    /// Seals what is to be shown of the profile, where it is not what is shown already; nothing that is not shown already where it may not `add`. After the
    /// end that is nothing. Which sections are shown, other devices may have changed: the home space is read first.
    pub(super) fn seal_profile(&mut self, space: &SpaceRow, add: bool) -> Result<(), Error> {
        let Some(id) = space.relationship else { return Ok(()) };
        let (relationship, _) = self.relationship(id)?;
        let document = shown_document(space.id);
        let is_ready = self.read_to_end.contains(&self.identity.home);
        if relationship.role != Role::Participant || !is_ready || self.store.view().outbox_has_state(document)? {
            return Ok(());
        }
        let before = self.shown_before(space.id)?;
        let known = self.store.view().shown_profile(space.id)?;
        let replaced = known.map_or(0, |known| known.seq);
        let stands = replaced > 0;
        let mut shown = SharedProfile::nothing(before.version.saturating_add(1));
        if relationship.ended.is_none() {
            shown = SharedProfile::build(
                &read_profile(self.store.view())?,
                &relationship.shown_sections,
                shown.version,
            );
        }
        if !add {
            let names: BTreeSet<[u8; 16]> = before
                .statements()
                .map(|(section, one)| record::statement_name(section, one))
                .collect();
            for section in &mut shown.sections {
                let name = section.name.clone();
                section
                    .statements
                    .retain(|one| names.contains(&record::statement_name(&name, one)));
            }
            shown.sections.retain(|section| !section.statements.is_empty());
            let address = &mut shown.address;
            for (text, known) in [
                (&mut address.name, &before.address.name),
                (&mut address.pronouns, &before.address.pronouns),
            ] {
                if *text != *known {
                    text.clear();
                }
            }
            // Another order would say something new too.
            let mut languages = before.address.languages.clone();
            languages.retain(|tag| address.languages.contains(tag));
            address.languages = languages;
        }
        if shown.shows_as(&before) && (stands || before.version == 0) {
            return Ok(());
        }
        let plan = Plan {
            // One's own record, and not how far this device has read: that would tell whether the other's words were fetched.
            merged_upto: replaced,
            ..Plan::plain(Kind::SharedProfile, document, record::encode_shared_profile(&shown))
        };
        self.push_support(space, 0, plan, Some(document))
    }

    /// What is shown in a space by now; nothing where nothing ever was.
    pub(super) fn shown_before(&self, space: SpaceId) -> Result<SharedProfile, Error> {
        let row = self.store.view().shown_profile(space)?;
        row.map_or(Ok(SharedProfile::nothing(0)), |row| {
            Ok(record::decode_shared_profile(&row.content)?)
        })
    }

    /// What the participant shows of their profile is in the log: one's own, from whichever device, or the other's.
    pub(super) fn keep_shown_profile(
        &mut self,
        space: &SpaceRow,
        one: &Received,
        author: Role,
    ) -> Result<Result<(), SetAside>, Error> {
        if (author != Role::Participant && !planted!(SideUnread)) || one.document() != shown_document(space.id) {
            return Ok(Err(SetAside::Misplaced));
        }
        let Ok(profile) = record::decode_shared_profile(&one.inside.projection) else {
            return Ok(Err(SetAside::Malformed));
        };
        let is_long = profile.statements().nth(limits::STATEMENTS_MAX).is_some();
        if profile.version == 0 || profile.version > i64::MAX as u64 || is_long {
            return Ok(Err(SetAside::Malformed));
        }
        self.take_shown_profile(space, profile.version, one.seq, &one.inside.projection)
            .map(Ok)
    }

    /// A later version takes the place of the one before it, on every page of the database; of two at once the one that stands later in the log.
    pub(super) fn take_shown_profile(
        &mut self,
        space: &SpaceRow,
        version: u64,
        seq: u64,
        content: &[u8],
    ) -> Result<(), Error> {
        let known = self.store.view().shown_profile(space.id)?;
        if known.is_some_and(|known| (known.version, known.seq) >= (version, seq)) && !planted!(OlderShown) {
            return Ok(());
        }
        let row = ShownProfileRow {
            version,
            seq,
            content: content.to_vec(),
        };
        let places = match Role::from_side(space.side) {
            Some(Role::Participant) => Some(self.note_shown(space.id, version, seq)?),
            _ => None,
        };
        self.commit(&[Change::Support], |tx| {
            tx.put_shown_profile(space.id, &row)?;
            if let Some(places) = &places {
                super::support_judging::put_shown(tx, space.id, places)?;
            }
            want_empty_log(tx)
        })?;
        self.scrub_if_wanted()
    }

    /// One's own is in the log.
    pub(super) fn shown_profile_landed(&mut self, space: &SpaceRow, one: &Received, seq: u64) -> Result<(), Error> {
        let profile = record::decode_shared_profile(&one.inside.projection)?;
        self.take_shown_profile(space, profile.version, seq, &one.inside.projection)
    }

    /// Opens, as the specialist, what the participant shows of their profile, and notes that it was opened; none where nothing is shown.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn open_preferences(&mut self, id: RelationshipId) -> Result<Option<OpenedProfile>, Error> {
        let (relationship, fields) = self.relationship(id)?;
        if relationship.role != Role::Specialist {
            return Err(Error::NotFound);
        }
        let Some(space) = relationship.space.map(SpaceId::from_bytes) else {
            return Ok(None);
        };
        let profile = self.shown_before(space)?;
        let names: Vec<[u8; 16]> = profile
            .statements()
            .map(|(section, one)| record::statement_name(section, one))
            .collect();
        let opened = fields.get(OPENED).and_then(Field::bytes);
        let opened: Option<BTreeSet<&[u8; 16]>> = opened.map(|opened| opened.as_chunks::<16>().0.iter().collect());
        let is_new = |name: &[u8; 16]| opened.as_ref().is_some_and(|opened| !opened.contains(name));
        let is_new = names.iter().map(is_new).collect();
        if self.has_new_preferences(&relationship)? {
            let version = i64::try_from(profile.version).unwrap_or(i64::MAX);
            let changes = Changes::from([
                (OPENED.to_owned(), Some(Field::Bytes(names.concat()))),
                (OPENED_VERSION.to_owned(), Some(Field::Number(version))),
            ]);
            self.set_fields(id.into(), Kind::Relationship, &changes)?;
        }
        Ok(Some(OpenedProfile { profile, is_new }).filter(|opened| !opened.profile.is_empty()))
    }

    /// How the other person wants to be addressed: the one place from which lists, cards and sentences have it. A specialist is called as they were met; a participant as
    /// they show it, from when that was read.
    pub(super) fn address_in(&self, relationship: &Relationship) -> Result<SharedAddress, Error> {
        match (relationship.role, relationship.space) {
            (Role::Specialist, Some(space)) => Ok(self.shown_before(SpaceId::from_bytes(space))?.address),
            _ => Ok(SharedAddress::default()),
        }
    }

    /// The same of everybody.
    pub(super) fn addresses(&self) -> Result<BTreeMap<RelationshipId, SharedAddress>, Error> {
        let all = self.relationships()?.into_iter();
        all.map(|one| Ok((one.id, self.address_in(&one)?))).collect()
    }

    /// The version of the shown preferences that a specialist has opened; 0 for none, and for a participant.
    pub(super) fn preferences_opened(&self, relationship: &Relationship, fields: &Fields) -> Result<u64, Error> {
        let opened = fields.get(OPENED_VERSION).and_then(Field::number).unwrap_or_default();
        let opened = u64::try_from(opened).unwrap_or_default();
        Ok(if relationship.role == Role::Specialist {
            opened
        } else {
            0
        })
    }

    /// Whether the participant shows something of their profile that this specialist has not opened.
    pub(super) fn has_new_preferences(&self, relationship: &Relationship) -> Result<bool, Error> {
        let (Role::Specialist, Some(space)) = (relationship.role, relationship.space) else {
            return Ok(false);
        };
        let shown = self.store.view().shown_profile(SpaceId::from_bytes(space))?;
        let fields = self.fields(relationship.id.into())?;
        let opened = self.preferences_opened(relationship, &fields)?;
        Ok(shown.is_some_and(|shown| shown.version > opened))
    }
}
