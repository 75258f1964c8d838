//! In which order this person's people are listed, on all of their devices.

use super::{Engine, Error};
use crate::id::RelationshipId;
use crate::profile::{self, Listed, PeopleOrder};
use crate::support::{Relationship, SharedAddress, SharedCard};
use std::collections::BTreeMap;

impl Engine {
    /// How this person's people are listed.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn people_order(&self) -> Result<PeopleOrder, Error> {
        Ok(profile::people_order(&self.fields(self.settings_document()?)?))
    }

    /// Lists them in another way, on all of this person's devices.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn set_people_order(&mut self, order: PeopleOrder) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::set_people_order(fields, order)))
    }

    /// Places somebody before another one, or last. From then on they are listed as they were placed.
    ///
    /// # Errors
    /// [`Error::Profile`] where one of the two is not in the list.
    pub fn move_person(&mut self, id: RelationshipId, before: Option<RelationshipId>) -> Result<(), Error> {
        let people = self.relationship_cards()?;
        let people = people
            .iter()
            .map(|card| listed(&card.relationship, &card.address))
            .collect();
        self.change_settings(|fields| profile::move_person(fields, people, id, before))
    }

    /// The place of each of these people in their order.
    pub(super) fn places_of(&self, people: Vec<Listed>) -> Result<BTreeMap<RelationshipId, usize>, Error> {
        let fields = self.fields(self.settings_document()?)?;
        let ids = profile::in_order(&fields, people).into_iter();
        Ok(ids.enumerate().map(|(place, id)| (id, place)).collect())
    }

    /// What is shared with this person, by the person it is of, in the order of the people: whoever shares much pushes nobody down.
    pub(super) fn by_people(&self, cards: &mut [SharedCard]) -> Result<(), Error> {
        let people = self.relationships()?.into_iter();
        let people: Result<Vec<Listed>, Error> = people.map(|one| Ok(listed(&one, &self.address_in(&one)?))).collect();
        let places = self.places_of(people?)?;
        cards.sort_by_key(|card| places.get(&card.relationship).copied());
        Ok(())
    }
}

/// All that an order may know of somebody.
pub(super) fn listed(relationship: &Relationship, address: &SharedAddress) -> Listed {
    Listed {
        id: relationship.id,
        name: relationship.name_of_other(address).unwrap_or_default().to_owned(),
        began: relationship.created,
    }
}
