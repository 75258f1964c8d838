//! Commands of the preference profile.

use super::devices::hex;
use super::{Engine, Error};
use crate::crypto::import_id;
use crate::id::{DocumentId, RevisionId, SectionId, StatementId};
use crate::moment::Moment;
use crate::profile::{
    self, Address, Changes, DefaultSection, Fields, Invalid, PreferenceRevision, Profile, Said, Section, Stance,
    Statement, StatementDraft, apply,
};
use crate::record::Kind;
use crate::store::View;
use crate::support::{SharedProfile, SupportWanted, set_standing_wanted, standing_wanted};
use crate::words::sections::section_name;
use std::collections::BTreeSet;

/// The document of the profile. It is derived from the home space, so that two devices that begin it apart begin the same one.
fn profile_document(engine: &Engine) -> Result<DocumentId, Error> {
    Ok(import_id(&engine.slot_key(engine.identity.home)?, "cairn", "profile"))
}

/// The fields of the one document of a kind; none when it was never written.
pub(super) fn fields_of(view: View<'_>, kind: Kind) -> Result<Fields, Error> {
    let Some(id) = view.documents_of(kind.number())?.into_iter().next() else {
        return Ok(Fields::new());
    };
    Ok(view.fields(id)?.map(|(fields, _)| fields).unwrap_or_default())
}

/// The profile as it is stored, every section with its name.
///
/// # Errors
/// [`Error::Store`].
pub fn read_profile(view: View<'_>) -> Result<Profile, Error> {
    Ok(named(Profile::from_fields(&fields_of(view, Kind::Profile)?)))
}

/// How the profile has changed, the oldest change first.
///
/// # Errors
/// [`Error::Store`].
pub fn preference_history(view: View<'_>) -> Result<Vec<PreferenceRevision>, Error> {
    Ok(profile::revisions(&fields_of(view, Kind::Profile)?))
}

/// What is wanted with whatever is shared, where a share says nothing of it.
///
/// # Errors
/// [`Error::Store`].
pub fn read_wanted(view: View<'_>) -> Result<SupportWanted, Error> {
    Ok(standing_wanted(&fields_of(view, Kind::Profile)?))
}

/// The sections that could be used next: those that every profile offers and this one does not have yet.
pub fn offered_sections(profile: &Profile) -> Vec<Section> {
    profile
        .offered()
        .map(|default| Section {
            id: default.id(),
            name: section_name(default.code(), &profile.recovery_word).unwrap_or_default(),
            order: 0,
            hidden: false,
        })
        .collect()
}

/// Gives default sections their names, in the participant's word for recovery.
fn named(mut profile: Profile) -> Profile {
    for section in profile.sections.iter_mut().filter(|section| section.name.is_empty()) {
        let name = DefaultSection::from_id(section.id)
            .and_then(|default| section_name(default.code(), &profile.recovery_word));
        section.name = name.unwrap_or_default();
    }
    profile
}

/// All that may be shown of a profile, whatever of it is shown to whom.
fn shareable(fields: &Fields) -> SharedProfile {
    let profile = named(Profile::from_fields(fields));
    let all: BTreeSet<SectionId> = profile.sections.iter().map(|section| section.id).collect();
    SharedProfile::build(&profile, &all, 0)
}

impl Engine {
    /// Carries out a change, keeps what it changed in the participant's history, and counts it where it touches what may
    /// be shown: all of it or nothing.
    fn change_profile(
        &mut self,
        zone: &str,
        change: impl FnOnce(&Profile, &Fields) -> Result<Changes, Invalid>,
    ) -> Result<(), Error> {
        let id = profile_document(self)?;
        let before = self.fields(id)?;
        let changes = change(&Profile::from_fields(&before), &before)?;
        if changes.is_empty() {
            return Ok(());
        }
        let mut after = before.clone();
        apply(&mut after, &changes);
        for revision in self.revisions_between(&before, &after, zone)? {
            let kept = profile::add_revision(&after, &revision);
            apply(&mut after, &kept);
        }
        if shareable(&before) != shareable(&after) {
            let counted = profile::count_shared(&after, &hex(self.identity.actor.as_bytes()));
            apply(&mut after, &counted);
        }
        self.set_fields(id, Kind::Profile, &profile::difference(&before, &after))
    }

    /// Brings in what the profile of an archive has and this one has not; what that lets be shown counts as a change of it.
    ///
    /// # Errors
    /// As [`Self::add_section`].
    pub(super) fn bring_in_preferences(&mut self, there: &Fields) -> Result<(), Error> {
        let id = profile_document(self)?;
        let before = self.fields(id)?;
        let mut changes = profile::additions(&before, there);
        let mut after = before.clone();
        apply(&mut after, &changes);
        let version = |fields: &Fields| Profile::from_fields(fields).shared_version;
        // The counts of the archive's devices come along; where they are known here, this device counts.
        if shareable(&before) != shareable(&after) && version(&before) == version(&after) {
            changes.extend(profile::count_shared(&after, &hex(self.identity.actor.as_bytes())));
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(id, Kind::Profile, &changes)
    }

    /// What a change did to statements, as the participant's history keeps it.
    fn revisions_between(
        &mut self,
        before: &Fields,
        after: &Fields,
        zone: &str,
    ) -> Result<Vec<PreferenceRevision>, Error> {
        let (before, after) = (Profile::from_fields(before), Profile::from_fields(after));
        let ids: BTreeSet<StatementId> = before
            .statements
            .iter()
            .chain(&after.statements)
            .map(|statement| statement.id)
            .collect();
        let at = self.moment(zone)?;
        let mut revisions = Vec::new();
        for statement in ids {
            let [from, to] = [&before, &after].map(|profile| profile.statement(statement).map(Said::by));
            if from != to {
                revisions.push(PreferenceRevision {
                    id: RevisionId::random(self.entropy.as_mut()),
                    statement,
                    from,
                    to,
                    by: self.identity.name.clone(),
                    at: at.clone(),
                });
            }
        }
        Ok(revisions)
    }

    fn moment(&self, zone: &str) -> Result<Moment, Error> {
        Moment::new(self.now(), zone).map_err(|_| Error::Entry(crate::journal::Invalid::Moment))
    }

    /// Adds a section of this name at the end.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn add_section(&mut self, name: &str) -> Result<SectionId, Error> {
        let id = SectionId::random(self.entropy.as_mut());
        self.change_profile(UTC, |profile, _| profile.add_section(id, name))?;
        Ok(id)
    }

    /// Gives a section another name; one that was only offered is used from then on.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn rename_section(&mut self, id: SectionId, name: &str) -> Result<(), Error> {
        self.change_profile(UTC, |profile, _| profile.rename_section(id, name))
    }

    /// Leaves a section out of lists, or shows it again. What it holds stays.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn hide_section(&mut self, id: SectionId, hidden: bool) -> Result<(), Error> {
        self.change_profile(UTC, |profile, _| profile.hide_section(id, hidden))
    }

    /// Moves a section to stand before another one, or last.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn move_section(&mut self, id: SectionId, before: Option<SectionId>) -> Result<(), Error> {
        self.change_profile(UTC, |profile, _| profile.move_section(id, before))
    }

    /// States something at the end of a section; one that was only offered is used from then on.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Entry`] for a zone that is no name, [`Error::Store`].
    pub fn write_statement(&mut self, section: SectionId, draft: StatementDraft) -> Result<StatementId, Error> {
        let id = StatementId::random(self.entropy.as_mut());
        let (updated, zone) = (self.moment(&draft.zone)?, draft.zone.clone());
        self.change_profile(&zone, |profile, _| {
            let fresh = Statement {
                order: profile.last_place(section),
                ..Statement::new(id, section, "")
            };
            profile.set_statement(&draft.put_into(fresh, updated))
        })?;
        Ok(id)
    }

    /// Keeps what somebody said to the participant in a section of their profile, with whose words they are: private, as every new statement. Kept again, it stays as it is.
    pub(super) fn keep_offered(
        &mut self,
        id: StatementId,
        section: SectionId,
        text: &str,
        offered_by: String,
    ) -> Result<(), Error> {
        let updated = self.moment(UTC)?;
        self.change_profile(UTC, |profile, _| {
            if profile.statement(id).is_some() {
                return Ok(Changes::new());
            }
            profile.set_statement(&Statement {
                offered_by,
                updated: Some(updated),
                order: profile.last_place(section),
                ..Statement::new(id, section, text)
            })
        })
    }

    /// Puts `draft` in the place of what a statement said.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Self::write_statement`].
    pub fn revise_statement(&mut self, id: StatementId, draft: StatementDraft) -> Result<(), Error> {
        let before = self.statement(id)?;
        let (updated, zone) = (self.moment(&draft.zone)?, draft.zone.clone());
        let after = draft.put_into(before, updated);
        self.change_profile(&zone, |profile, _| profile.set_statement(&after))
    }

    fn statement(&self, id: StatementId) -> Result<Statement, Error> {
        let profile = Profile::from_fields(&self.fields(profile_document(self)?)?);
        profile.statement(id).cloned().ok_or(Error::NotFound)
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
        let draft = StatementDraft {
            stance,
            ..StatementDraft::new(text)
        };
        self.write_statement(section, draft)
    }

    /// Changes what a statement says and the stance it takes.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Profile`], [`Error::Store`].
    pub fn set_statement(&mut self, id: StatementId, text: &str, stance: Option<Stance>) -> Result<(), Error> {
        let draft = StatementDraft {
            text: text.to_owned(),
            stance,
            ..StatementDraft::of(&self.statement(id)?)
        };
        self.revise_statement(id, draft)
    }

    /// Moves a statement to stand before another one of its section, or last.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn move_statement(&mut self, id: StatementId, before: Option<StatementId>) -> Result<(), Error> {
        self.change_profile(UTC, |profile, _| profile.move_statement(id, before))
    }

    /// Takes a statement away.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_statement(&mut self, id: StatementId) -> Result<(), Error> {
        self.change_profile(UTC, |_, fields| Ok(profile::remove_statement(fields, id)))
    }

    /// Sets the participant's word for recovery; an empty one takes it back.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn set_recovery_word(&mut self, word: &str) -> Result<(), Error> {
        self.change_profile(UTC, |profile, _| profile.set_recovery_word(word))
    }

    /// Says how the participant wants to be addressed, by those to whom the section for it is shown; what is empty is taken back.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn set_address(&mut self, address: &Address) -> Result<(), Error> {
        self.change_profile(UTC, |profile, fields| profile.set_address(fields, address))
    }

    /// Says what is wanted with whatever is shared from now on, where a share says nothing of it. What is shared already stays as it was said.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn set_wanted(&mut self, wanted: SupportWanted) -> Result<(), Error> {
        self.change_profile(UTC, |_, fields| Ok(set_standing_wanted(fields, wanted)))
    }

    /// Takes one change out of the participant's history, on all their devices.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn erase_preference_revision(&mut self, id: RevisionId) -> Result<(), Error> {
        self.change_profile(UTC, |_, fields| Ok(profile::erase_revision(fields, id)))?;
        let document = profile_document(self)?;
        self.begin_fields_anew(document).map(drop)
    }

    /// Empties the participant's history, on all their devices and at the relay, and lets go of every word that profile, settings and
    /// plan do not say any more. What they say now stays.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::ReadOnly`] where one of them could not be opened.
    pub fn erase_preference_history(&mut self) -> Result<(), Error> {
        self.change_profile(UTC, |_, fields| Ok(profile::erase_revisions(fields)))?;
        for document in [
            profile_document(self)?,
            self.settings_document()?,
            self.plan_document()?,
        ] {
            self.begin_fields_anew(document)?;
        }
        Ok(())
    }
}

/// The zone of a change that no draft names one for.
const UTC: &str = "UTC";
