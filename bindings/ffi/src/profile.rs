//! The preference profile.

use cairn_core::id::{AttachmentId, RevisionId, SectionId, StatementId};
use cairn_core::profile as core;
use cairn_core::vault::{self, ProfileDoor, offered_sections};
use uuid::Uuid;

use crate::{Moment, SupportWanted, VaultError, count, silent_debug};

/// Where the person stands towards something. None of them is better than another, and none is chosen beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Stance {
    /// Wanted.
    Want,
    /// Open to it.
    OpenTo,
    /// Not sure.
    Unsure,
    /// Not now.
    NotNow,
    /// Not for me.
    NotForMe,
}

/// One thing the person says about themselves.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Statement {
    /// Its id.
    pub id: Uuid,
    /// The person's words; empty only where an attachment says it.
    pub text: String,
    /// Where they stand; nothing when they took no stance.
    pub stance: Option<Stance>,
    /// The id of a sound or a drawing that says it.
    pub attachment: Option<Uuid>,
    /// What it is because of; empty when they said nothing, which never needs a reason.
    pub because: String,
    /// Whether the reason goes where the statement goes. It stays private otherwise.
    pub because_is_shareable: bool,
    /// When it applies, in their words; empty for always.
    pub when: String,
    /// Words of theirs to find it by.
    pub tags: Vec<String>,
    /// Whether it may be part of what others see; private until they say so.
    pub is_shareable: bool,
    /// The name of whoever said these words first, where the person kept what was said to them; empty for words of their own. Show it with the words.
    pub offered_by: String,
    /// When it last changed; nothing where that is not known.
    pub updated: Option<Moment>,
}

/// What a person gives when they state something, or state it anew.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct StatementDraft {
    /// Their words.
    pub text: String,
    /// Where they stand.
    #[uniffi(default = None)]
    pub stance: Option<Stance>,
    /// The id of a sound or a drawing that says it.
    #[uniffi(default = None)]
    pub attachment: Option<Uuid>,
    /// What it is because of; never needed.
    #[uniffi(default = "")]
    pub because: String,
    /// Whether that goes where the statement goes.
    #[uniffi(default = false)]
    pub because_is_shareable: bool,
    /// When it applies; empty for always.
    #[uniffi(default = "")]
    pub when: String,
    /// Words to find it by, one line each.
    #[uniffi(default = [])]
    pub tags: Vec<String>,
    /// Whether it may be part of what others see.
    #[uniffi(default = false)]
    pub is_shareable: bool,
    /// IANA name of the zone the person is in.
    #[uniffi(default = "UTC")]
    pub zone: String,
}

/// A part of the profile, with a name of the person's own.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Section {
    /// Its id.
    pub id: Uuid,
    /// The person's name for it.
    pub name: String,
    /// Left out of lists until it is shown again.
    pub hidden: bool,
    /// What stands in it, in the person's order.
    pub statements: Vec<Statement>,
}

/// A section that every profile offers and this one does not have yet.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct OfferedSection {
    /// Its id: using, renaming or hiding it takes it over.
    pub id: Uuid,
    /// What it is called until the person renames it.
    pub name: String,
}

/// How the person wants to be addressed. A specialist to whom the section for it (`Address`, among the offered ones) is shown reads what of it may be shown, and their app
/// uses it wherever it speaks of the person.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Address {
    /// Their name, on one line, at most 200 characters; empty where they say none.
    #[uniffi(default = "")]
    pub name: String,
    /// Whether it may be shown.
    #[uniffi(default = false)]
    pub name_is_shareable: bool,
    /// Their pronouns, in their words, on one line, at most 200 characters; empty where they say none. Offer no list to choose from.
    #[uniffi(default = "")]
    pub pronouns: String,
    /// Whether these may be shown.
    #[uniffi(default = false)]
    pub pronouns_are_shareable: bool,
    /// Their languages in their order, at most 16, each by its BCP 47 tag of at most 35 characters: language, script, region, variants (`ase`, `de-CH`, `zh-Hant`). They are kept in one
    /// spelling and each once; what is no tag is refused. For software: fonts, voices, translation. Fill in none by yourself.
    #[uniffi(default = [])]
    pub languages: Vec<String>,
    /// Whether these may be shown.
    #[uniffi(default = false)]
    pub languages_are_shareable: bool,
}

/// What the person prefers, as they said it. A new one holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Preferences {
    /// The sections, in the person's order.
    pub sections: Vec<Section>,
    /// Sections to offer beside them, in their order.
    pub offered: Vec<OfferedSection>,
    /// How the person wants to be addressed.
    pub address: Address,
    /// The person's word for recovery; empty until they chose one.
    pub recovery_word: String,
    /// Goes up with every change of what may be shown, on whichever device, and never down.
    pub shared_version: i64,
}

/// What a statement said at one time.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Said {
    /// The words.
    pub text: String,
    /// The stance, if one was taken.
    pub stance: Option<Stance>,
    /// What it was because of.
    pub because: String,
    /// When it applied.
    pub when: String,
}

/// One change of one statement. Nobody but the person sees it, whatever is shared.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PreferenceRevision {
    /// Its id.
    pub id: Uuid,
    /// The statement, which may be gone since.
    pub statement: Uuid,
    /// What it said before; nothing when it was new.
    pub before: Option<Said>,
    /// What it said then; nothing when it was taken away.
    pub after: Option<Said>,
    /// The name of the device it was changed on.
    pub by: String,
    /// When.
    pub at: Moment,
}

silent_debug!(
    Statement,
    StatementDraft,
    Section,
    OfferedSection,
    Address,
    Said,
    PreferenceRevision
);

/// Words that a section can begin with: paths have some, and everything else has none. Show them as they come, in the order of the alphabet, with a
/// field for words of the person's own that is as near; choose none beforehand. Whichever is taken up is stated like any other words.
#[uniffi::export]
pub fn section_examples(section: Uuid) -> Result<Vec<String>, VaultError> {
    Ok(vault::section_examples(section_id(section)))
}

/// What the person prefers. Only they write here. Safe from any thread.
#[derive(Debug, uniffi::Object)]
pub struct Profile(pub(crate) ProfileDoor);

#[uniffi::export]
impl Profile {
    /// The whole profile.
    pub async fn read(&self) -> Result<Preferences, VaultError> {
        Ok(self.0.read().await?.into())
    }

    /// Adds a section at the end; answers its id.
    pub async fn add_section(&self, name: String) -> Result<Uuid, VaultError> {
        let id = self.0.add_section(name).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Gives a section another name.
    pub async fn rename_section(&self, id: Uuid, name: String) -> Result<(), VaultError> {
        Ok(self.0.rename_section(section_id(id), name).await?)
    }

    /// Leaves a section out of lists, or shows it again. What it holds stays.
    pub async fn hide_section(&self, id: Uuid, hidden: bool) -> Result<(), VaultError> {
        Ok(self.0.hide_section(section_id(id), hidden).await?)
    }

    /// Moves a section to stand before another one, or last.
    #[uniffi::method(default(before = None))]
    pub async fn move_section(&self, id: Uuid, before: Option<Uuid>) -> Result<(), VaultError> {
        Ok(self.0.move_section(section_id(id), before.map(section_id)).await?)
    }

    /// States something at the end of a section; answers the statement's id.
    pub async fn write_statement(&self, section: Uuid, draft: StatementDraft) -> Result<Uuid, VaultError> {
        let id = self.0.write_statement(section_id(section), draft.into()).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Puts the draft in the place of what a statement said.
    pub async fn revise_statement(&self, id: Uuid, draft: StatementDraft) -> Result<(), VaultError> {
        Ok(self.0.revise_statement(statement_id(id), draft.into()).await?)
    }

    /// Adds a statement of words and a stance alone at the end of a section; answers its id.
    #[uniffi::method(default(stance = None))]
    pub async fn add_statement(&self, section: Uuid, text: String, stance: Option<Stance>) -> Result<Uuid, VaultError> {
        let section = section_id(section);
        let id = self.0.add_statement(section, text, stance.map(Into::into)).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Changes what a statement says, and the stance it takes.
    pub async fn set_statement(&self, id: Uuid, text: String, stance: Option<Stance>) -> Result<(), VaultError> {
        Ok(self
            .0
            .set_statement(statement_id(id), text, stance.map(Into::into))
            .await?)
    }

    /// Moves a statement to stand before another one of its section, or last.
    #[uniffi::method(default(before = None))]
    pub async fn move_statement(&self, id: Uuid, before: Option<Uuid>) -> Result<(), VaultError> {
        Ok(self
            .0
            .move_statement(statement_id(id), before.map(statement_id))
            .await?)
    }

    /// Takes a statement away.
    pub async fn remove_statement(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.remove_statement(statement_id(id)).await?)
    }

    /// Sets the person's word for recovery; an empty one takes it back.
    pub async fn set_recovery_word(&self, word: String) -> Result<(), VaultError> {
        Ok(self.0.set_recovery_word(word).await?)
    }

    /// Says how the person wants to be addressed; what is empty is taken back. It answers the id of the section for it, to show that to somebody.
    pub async fn set_address(&self, address: Address) -> Result<Uuid, VaultError> {
        self.0.set_address(address.into()).await?;
        Ok(Uuid::from_bytes(*core::DefaultSection::Address.id().as_bytes()))
    }

    /// What of support is wanted with whatever is shared, where a share says nothing of it: to be listened to, until the person says otherwise. Begin with it
    /// where something is shared; the person's choice there goes before it.
    pub async fn wanted(&self) -> Result<Vec<SupportWanted>, VaultError> {
        Ok(SupportWanted::of(self.0.wanted().await?))
    }

    /// Says what is wanted with whatever is shared from now on, where a share says nothing of it; nothing given is to be listened to. What is shared already
    /// stays as it was said.
    pub async fn set_wanted(&self, wanted: Vec<SupportWanted>) -> Result<(), VaultError> {
        Ok(self.0.set_wanted(SupportWanted::all(&wanted)).await?)
    }

    /// How the profile has changed, the oldest change first. It is the person's alone.
    pub async fn history(&self) -> Result<Vec<PreferenceRevision>, VaultError> {
        let history = self.0.history().await?;
        Ok(history.into_iter().map(PreferenceRevision::from).collect())
    }

    /// Takes one change out of the history, on all the person's devices.
    pub async fn erase_revision(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.erase_revision(RevisionId::from_bytes(id.into_bytes())).await?)
    }

    /// Empties the history, on all the person's devices. What the profile says now stays.
    pub async fn erase_history(&self) -> Result<(), VaultError> {
        Ok(self.0.erase_history().await?)
    }
}

const fn section_id(id: Uuid) -> SectionId {
    SectionId::from_bytes(id.into_bytes())
}

const fn statement_id(id: Uuid) -> StatementId {
    StatementId::from_bytes(id.into_bytes())
}

impl From<core::Profile> for Preferences {
    fn from(profile: core::Profile) -> Self {
        let sections = profile.sections.iter().map(|section| Section {
            id: Uuid::from_bytes(*section.id.as_bytes()),
            name: section.name.clone(),
            hidden: section.hidden,
            statements: profile.statements_of(section.id).map(Statement::from).collect(),
        });
        let offered = offered_sections(&profile).into_iter().map(|section| OfferedSection {
            id: Uuid::from_bytes(*section.id.as_bytes()),
            name: section.name,
        });
        Self {
            sections: sections.collect(),
            offered: offered.collect(),
            address: profile.address.clone().into(),
            recovery_word: profile.recovery_word.clone(),
            shared_version: count(profile.shared_version),
        }
    }
}

impl From<core::Address> for Address {
    fn from(address: core::Address) -> Self {
        Self {
            name: address.name,
            name_is_shareable: address.name_is_shareable,
            pronouns: address.pronouns,
            pronouns_are_shareable: address.pronouns_are_shareable,
            languages: address.languages,
            languages_are_shareable: address.languages_are_shareable,
        }
    }
}

impl From<Address> for core::Address {
    fn from(address: Address) -> Self {
        Self {
            name: address.name,
            name_is_shareable: address.name_is_shareable,
            pronouns: address.pronouns,
            pronouns_are_shareable: address.pronouns_are_shareable,
            languages: address.languages,
            languages_are_shareable: address.languages_are_shareable,
        }
    }
}

impl From<&core::Statement> for Statement {
    fn from(statement: &core::Statement) -> Self {
        let statement = statement.clone();
        Self {
            id: Uuid::from_bytes(*statement.id.as_bytes()),
            text: statement.text,
            stance: statement.stance.map(Stance::from),
            attachment: statement.attachment.map(|id| Uuid::from_bytes(*id.as_bytes())),
            because: statement.because,
            because_is_shareable: statement.because_is_shareable,
            when: statement.when,
            tags: statement.tags,
            is_shareable: statement.is_shareable,
            offered_by: statement.offered_by,
            updated: statement.updated.map(Moment::from),
        }
    }
}

impl From<StatementDraft> for core::StatementDraft {
    fn from(draft: StatementDraft) -> Self {
        Self {
            text: draft.text,
            attachment: draft.attachment.map(|id| AttachmentId::from_bytes(id.into_bytes())),
            stance: draft.stance.map(core::Stance::from),
            because: draft.because,
            because_is_shareable: draft.because_is_shareable,
            when: draft.when,
            tags: draft.tags,
            is_shareable: draft.is_shareable,
            zone: draft.zone,
        }
    }
}

impl From<core::Said> for Said {
    fn from(said: core::Said) -> Self {
        Self {
            text: said.text,
            stance: said.stance.map(Stance::from),
            because: said.because,
            when: said.when,
        }
    }
}

impl From<core::PreferenceRevision> for PreferenceRevision {
    fn from(revision: core::PreferenceRevision) -> Self {
        Self {
            id: Uuid::from_bytes(*revision.id.as_bytes()),
            statement: Uuid::from_bytes(*revision.statement.as_bytes()),
            before: revision.from.map(Said::from),
            after: revision.to.map(Said::from),
            by: revision.by,
            at: revision.at.into(),
        }
    }
}

impl From<core::Stance> for Stance {
    fn from(stance: core::Stance) -> Self {
        match stance {
            core::Stance::Want => Self::Want,
            core::Stance::OpenTo => Self::OpenTo,
            core::Stance::Unsure => Self::Unsure,
            core::Stance::NotNow => Self::NotNow,
            core::Stance::NotForMe => Self::NotForMe,
        }
    }
}

impl From<Stance> for core::Stance {
    fn from(stance: Stance) -> Self {
        match stance {
            Stance::Want => Self::Want,
            Stance::OpenTo => Self::OpenTo,
            Stance::Unsure => Self::Unsure,
            Stance::NotNow => Self::NotNow,
            Stance::NotForMe => Self::NotForMe,
        }
    }
}
