//! Commands of the preference profile.

use super::{Engine, Error};
use crate::crypto::import_id;
use crate::id::{DocumentId, SectionId, StatementId};
use crate::profile::{Changes, Fields, Profile, Stance, Statement};
use crate::record::Kind;
use crate::store::View;

/// The document of the profile. It is derived from the home space, so that two devices that begin it apart begin the same one.
pub(super) fn profile_document(engine: &Engine) -> Result<DocumentId, Error> {
    Ok(import_id(&engine.slot_key(engine.identity.home)?, "cairn", "profile"))
}

/// The profile as it is stored.
///
/// # Errors
/// [`Error::Store`].
pub fn read_profile(view: View<'_>) -> Result<Profile, Error> {
    Ok(profile_fields(view)?
        .map(|fields| Profile::from_fields(&fields))
        .unwrap_or_default())
}

/// All fields of the profile's document; none when it was never written.
pub(super) fn profile_fields(view: View<'_>) -> Result<Option<Fields>, Error> {
    let Some(id) = view.documents_of(Kind::Profile.number())?.into_iter().next() else {
        return Ok(None);
    };
    Ok(view.fields(id)?.map(|(fields, _)| fields))
}

impl Engine {
    fn change_profile(
        &mut self,
        change: impl FnOnce(&Profile) -> Result<Changes, crate::profile::Invalid>,
    ) -> Result<(), Error> {
        let id = profile_document(self)?;
        let profile = Profile::from_fields(&self.fields(id)?);
        let changes = change(&profile)?;
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(id, Kind::Profile, &changes)
    }

    /// Adds a section of this name at the end.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn add_section(&mut self, name: &str) -> Result<SectionId, Error> {
        let id = SectionId::random(self.entropy.as_mut());
        self.change_profile(|profile| profile.add_section(id, name))?;
        Ok(id)
    }

    /// Gives a section another name.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn rename_section(&mut self, id: SectionId, name: &str) -> Result<(), Error> {
        self.change_profile(|profile| profile.rename_section(id, name))
    }

    /// Adds a statement at the end of a section.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn add_statement(
        &mut self,
        section: SectionId,
        text: &str,
        stance: Option<Stance>,
    ) -> Result<StatementId, Error> {
        let id = StatementId::random(self.entropy.as_mut());
        self.change_profile(|profile| {
            let order = profile.last_place(section);
            profile.set_statement(&Statement {
                id,
                section,
                text: text.to_owned(),
                stance,
                order,
            })
        })?;
        Ok(id)
    }

    /// Changes what a statement says and the stance it takes.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Profile`], [`Error::Store`].
    pub fn set_statement(&mut self, id: StatementId, text: &str, stance: Option<Stance>) -> Result<(), Error> {
        let profile = Profile::from_fields(&self.fields(profile_document(self)?)?);
        let before = profile.statement(id).ok_or(Error::NotFound)?;
        let after = Statement {
            text: text.to_owned(),
            stance,
            ..before.clone()
        };
        self.change_profile(|profile| profile.set_statement(&after))
    }

    /// Takes a statement away.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_statement(&mut self, id: StatementId) -> Result<(), Error> {
        self.change_profile(|profile| Ok(profile.remove_statement(id)))
    }
}
