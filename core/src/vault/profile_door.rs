//! What apps ask of the preference profile.

use super::Vault;
use super::profile::{offered_sections, preference_history, read_profile, read_wanted};
use super::reply::Reply;
use crate::id::{RevisionId, SectionId, StatementId};
use crate::profile::{Address, PreferenceRevision, Profile, Section, Stance, StatementDraft};
use crate::support::SupportWanted;

/// What the participant prefers.
#[derive(Debug, Clone)]
pub struct ProfileDoor(pub(super) Vault);

impl ProfileDoor {
    /// The whole profile.
    pub fn read(&self) -> Reply<Profile> {
        self.0.read(read_profile)
    }

    /// The sections that every profile offers and this one does not have yet. Using, renaming or hiding one takes it over.
    pub fn offered(&self) -> Reply<Vec<Section>> {
        self.0.read(|view| Ok(offered_sections(&read_profile(view)?)))
    }

    /// Adds a section.
    pub fn add_section(&self, name: String) -> Reply<SectionId> {
        self.0.ask(move |engine| engine.add_section(&name))
    }

    /// Gives a section another name.
    pub fn rename_section(&self, id: SectionId, name: String) -> Reply<()> {
        self.0.ask(move |engine| engine.rename_section(id, &name))
    }

    /// Leaves a section out of lists, or shows it again.
    pub fn hide_section(&self, id: SectionId, hidden: bool) -> Reply<()> {
        self.0.ask(move |engine| engine.hide_section(id, hidden))
    }

    /// Moves a section to stand before another one, or last.
    pub fn move_section(&self, id: SectionId, before: Option<SectionId>) -> Reply<()> {
        self.0.ask(move |engine| engine.move_section(id, before))
    }

    /// States something at the end of a section.
    pub fn write_statement(&self, section: SectionId, draft: StatementDraft) -> Reply<StatementId> {
        self.0.ask(move |engine| engine.write_statement(section, draft))
    }

    /// Puts `draft` in the place of what a statement said.
    pub fn revise_statement(&self, id: StatementId, draft: StatementDraft) -> Reply<()> {
        self.0.ask(move |engine| engine.revise_statement(id, draft))
    }

    /// Adds a statement of words and a stance alone.
    pub fn add_statement(&self, section: SectionId, text: String, stance: Option<Stance>) -> Reply<StatementId> {
        self.0.ask(move |engine| engine.add_statement(section, &text, stance))
    }

    /// Changes the words and the stance of a statement.
    pub fn set_statement(&self, id: StatementId, text: String, stance: Option<Stance>) -> Reply<()> {
        self.0.ask(move |engine| engine.set_statement(id, &text, stance))
    }

    /// Moves a statement to stand before another one of its section, or last.
    pub fn move_statement(&self, id: StatementId, before: Option<StatementId>) -> Reply<()> {
        self.0.ask(move |engine| engine.move_statement(id, before))
    }

    /// Takes a statement away.
    pub fn remove_statement(&self, id: StatementId) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_statement(id))
    }

    /// Sets the participant's word for recovery; an empty one takes it back.
    pub fn set_recovery_word(&self, word: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_recovery_word(&word))
    }

    /// Says how the participant wants to be addressed; what is empty is taken back. It is shown to those to whom the section for it is shown.
    pub fn set_address(&self, address: Address) -> Reply<()> {
        self.0.ask(move |engine| engine.set_address(&address))
    }

    /// What of support is wanted with whatever is shared, where a share says nothing of it: to be listened to, until the participant says otherwise.
    pub fn wanted(&self) -> Reply<SupportWanted> {
        self.0.read(read_wanted)
    }

    /// Says what is wanted with whatever is shared from now on, where a share says nothing of it. What is shared already stays as it was said, and nobody
    /// is told but by what is shared.
    pub fn set_wanted(&self, wanted: SupportWanted) -> Reply<()> {
        self.0.ask(move |engine| engine.set_wanted(wanted))
    }

    /// How the profile has changed, the oldest change first.
    pub fn history(&self) -> Reply<Vec<PreferenceRevision>> {
        self.0.read(preference_history)
    }

    /// Takes one change out of the history.
    pub fn erase_revision(&self, id: RevisionId) -> Reply<()> {
        self.0.ask(move |engine| engine.erase_preference_revision(id))
    }

    /// Empties the history.
    pub fn erase_history(&self) -> Reply<()> {
        self.0.ask(super::Engine::erase_preference_history)
    }
}
