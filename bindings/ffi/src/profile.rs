//! The preference profile.

use cairn_core::id::{SectionId, StatementId};
use cairn_core::profile as core;
use cairn_core::vault::ProfileDoor;
use uuid::Uuid;

use crate::{VaultError, silent_debug};

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
    /// The person's words.
    pub text: String,
    /// Where they stand; nothing when they took no stance.
    pub stance: Option<Stance>,
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

/// What the person prefers, as they said it. A new one holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Preferences {
    /// The sections, in the person's order.
    pub sections: Vec<Section>,
}

silent_debug!(Statement, Section);

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
        Ok(self
            .0
            .rename_section(SectionId::from_bytes(id.into_bytes()), name)
            .await?)
    }

    /// Adds a statement at the end of a section; answers its id.
    #[uniffi::method(default(stance = None))]
    pub async fn add_statement(&self, section: Uuid, text: String, stance: Option<Stance>) -> Result<Uuid, VaultError> {
        let section = SectionId::from_bytes(section.into_bytes());
        let id = self.0.add_statement(section, text, stance.map(Into::into)).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Changes what a statement says, and the stance it takes.
    pub async fn set_statement(&self, id: Uuid, text: String, stance: Option<Stance>) -> Result<(), VaultError> {
        Ok(self
            .0
            .set_statement(StatementId::from_bytes(id.into_bytes()), text, stance.map(Into::into))
            .await?)
    }

    /// Takes a statement away.
    pub async fn remove_statement(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self
            .0
            .remove_statement(StatementId::from_bytes(id.into_bytes()))
            .await?)
    }
}

impl From<core::Profile> for Preferences {
    fn from(profile: core::Profile) -> Self {
        let sections = profile.sections.iter().map(|section| Section {
            id: Uuid::from_bytes(*section.id.as_bytes()),
            name: section.name.clone(),
            hidden: section.hidden,
            statements: profile.statements_of(section.id).map(Statement::from).collect(),
        });
        Self {
            sections: sections.collect(),
        }
    }
}

impl From<&core::Statement> for Statement {
    fn from(statement: &core::Statement) -> Self {
        Self {
            id: Uuid::from_bytes(*statement.id.as_bytes()),
            text: statement.text.clone(),
            stance: statement.stance.map(Stance::from),
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
