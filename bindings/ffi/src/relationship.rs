//! Values of support: relationships, and what two people agree on before anything is shared.

use cairn_core::profile::PeopleOrder as CorePeopleOrder;
use cairn_core::support as core;
use uuid::Uuid;

use crate::{Timestamp, VaultError, instant, silent_debug};

/// On which side of a relationship a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Role {
    /// The person whose journal it is.
    Participant,
    /// The peer support specialist.
    Specialist,
}

/// How far a relationship has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum RelationshipStatus {
    /// Asked, not yet answered.
    Invited,
    /// Answered with not now.
    Declined,
    /// Not answered in the seven days for which an invitation holds, as far as this device knows; `wait_for_specialist` still takes an answer that came in time. Say it plainly, and draw nothing from it.
    Expired,
    /// They have met, and have not agreed yet how they work together: nothing can be shared.
    Agreeing,
    /// Things can be shared.
    Active,
    /// One of them has paused: nothing new is shared or said. What was shared stays.
    Paused,
    /// Over.
    Ended,
}

/// How somebody's people are listed. There is no other order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PeopleOrder {
    /// As they were placed by hand; whoever is new comes last.
    ByHand,
    /// By the names that are shown.
    ByName,
}

/// One relationship between a participant and a specialist, seen from this side.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Relationship {
    /// Its id, on this side.
    pub id: Uuid,
    /// One's own role in it.
    pub role: Role,
    /// How far it has come.
    pub status: RelationshipStatus,
    /// One's own name, as the other sees it.
    pub own_name: String,
    /// The other's name: the one that a participant shows to this specialist, or else the one they were met with; nothing before they have answered. Use it wherever
    /// they are spoken of.
    pub other_name: Option<String>,
    /// The other's pronouns, where a participant shows them to this specialist; empty otherwise, and then nobody's to guess.
    pub other_pronouns: String,
    /// BCP 47 tags of the other's languages in their order, where a participant shows them to this specialist: for fonts, voices and translation. Empty otherwise, and then nobody's to
    /// guess.
    pub other_languages: Vec<String>,
    /// Whether this person has paused.
    pub is_paused_by_me: bool,
    /// Whether the other has.
    pub is_paused_by_other: bool,
    /// With which words the other ended it; they may be empty. Nothing where this person did, or nobody.
    pub goodbye: Option<String>,
    /// On the participant's side: the sections of the profile that are shown.
    pub shown_sections: Vec<Uuid>,
    /// On the specialist's side: whether what the participant shows of their profile was not opened yet.
    pub has_new_preferences: bool,
    /// What the specialist declared last; nothing before they have.
    pub declaration: Option<Declaration>,
    /// Every agreement that was proposed, the last one last.
    pub agreements: Vec<ProposedAgreement>,
    /// When the export was made from which this is kept: a record of the past, over and to be read. Nothing for a relationship itself.
    pub kept_from: Option<Timestamp>,
}

/// How a specialist knows the participant from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PriorConnection {
    /// Not at all.
    Nothing,
    /// They are of one family.
    Family,
    /// They are friends.
    Friend,
    /// They work together, or one for the other.
    Work,
    /// They are in the same group.
    Group,
    /// In another way, which the words say.
    Other,
}

/// What a specialist declares before anything is shared. Show it to the participant whole.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Declaration {
    /// How they know the participant already.
    pub prior_connection: PriorConnection,
    /// What they cannot keep to themselves, at most 4,000 characters: supervision, what they have to report. Never empty.
    pub confidentiality_limits: String,
    /// How they know the participant, in their words, at most 4,000 characters; empty where there is nothing to add. Another connection takes some.
    #[uniffi(default = "")]
    pub prior_words: String,
    /// Areas of their own experience that they make known, each in a few words, at most 32 of at most 280 characters. It is theirs to say or not: show
    /// nothing where it is empty.
    #[uniffi(default = [])]
    pub experience: Vec<String>,
    /// How they want to be spoken of; empty where they don't say. At most 280 characters, as the next two.
    #[uniffi(default = "")]
    pub pronouns: String,
    /// For whom they work; empty where they don't say.
    #[uniffi(default = "")]
    pub organisation: String,
    /// What they are certified as; empty where they don't say. Show beside it that nobody checks it here.
    #[uniffi(default = "")]
    pub certification: String,
    /// The languages they speak, by their BCP 47 tags (`en`, `es-MX`), at most 16.
    #[uniffi(default = [])]
    pub languages: Vec<String>,
}

/// A working agreement. Each answer may be empty, and holds at most 4,000 characters.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Agreement {
    /// What the participant wants from this.
    #[uniffi(default = "")]
    pub want_from_this: String,
    /// How the specialist can support them.
    #[uniffi(default = "")]
    pub how_support: String,
    /// How often.
    #[uniffi(default = "")]
    pub how_often: String,
    /// What the specialist offers.
    #[uniffi(default = "")]
    pub specialist_offers: String,
    /// What the specialist needs.
    #[uniffi(default = "")]
    pub specialist_needs: String,
    /// Contact outside of this.
    #[uniffi(default = "")]
    pub outside_contact: String,
    /// What they do when they disagree.
    #[uniffi(default = "")]
    pub if_we_disagree: String,
    /// How they end.
    #[uniffi(default = "")]
    pub how_we_end: String,
    /// When the two look at it again, as `2027-03-31`, if they said so. Nothing happens by itself then.
    #[uniffi(default = None)]
    pub review_on: Option<String>,
    /// Whether the specialist may say one thing more after the end.
    #[uniffi(default = false)]
    pub closing_words: bool,
}

/// An agreement that one of the two proposed.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProposedAgreement {
    /// What it is accepted by: 32 bytes that follow from its words.
    pub digest: Vec<u8>,
    /// Its number, from 1 on.
    pub version: u64,
    /// Who proposed it.
    pub by: Role,
    /// What it says.
    pub agreement: Agreement,
    /// Whether the participant has accepted it.
    pub is_accepted_by_participant: bool,
    /// Whether the specialist has.
    pub is_accepted_by_specialist: bool,
    /// Whether it is the one that counts.
    pub is_in_force: bool,
}

/// One statement of a profile that is shown.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ShownStatement {
    /// The participant's words.
    pub text: String,
    /// Where they stand, if they took a stance.
    pub stance: Option<crate::Stance>,
    /// What it is because of, where they show that; empty otherwise.
    pub because: String,
    /// When it applies; empty for always.
    pub when: String,
    /// Whether it is new since the specialist opened this last; nothing is when it is opened for the first time.
    pub is_new: bool,
}

/// One section of a profile that is shown.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ShownSection {
    /// The participant's name for it.
    pub name: String,
    /// Its statements, in the participant's order.
    pub statements: Vec<ShownStatement>,
}

silent_debug!(
    Relationship,
    ShownStatement,
    ShownSection,
    Declaration,
    Agreement,
    ProposedAgreement
);

impl From<core::Role> for Role {
    fn from(role: core::Role) -> Self {
        match role {
            core::Role::Participant => Self::Participant,
            core::Role::Specialist => Self::Specialist,
        }
    }
}

impl From<CorePeopleOrder> for PeopleOrder {
    fn from(order: CorePeopleOrder) -> Self {
        match order {
            CorePeopleOrder::ByHand => Self::ByHand,
            CorePeopleOrder::ByName => Self::ByName,
        }
    }
}

impl From<PeopleOrder> for CorePeopleOrder {
    fn from(order: PeopleOrder) -> Self {
        match order {
            PeopleOrder::ByHand => Self::ByHand,
            PeopleOrder::ByName => Self::ByName,
        }
    }
}

impl From<core::RelationshipCard> for Relationship {
    fn from(card: core::RelationshipCard) -> Self {
        let other_name = card.name().map(str::to_owned);
        let core::RelationshipCard {
            relationship, terms, ..
        } = card;
        let status = match card.status {
            core::Status::Invited => RelationshipStatus::Invited,
            core::Status::Declined => RelationshipStatus::Declined,
            core::Status::Expired => RelationshipStatus::Expired,
            core::Status::Agreeing => RelationshipStatus::Agreeing,
            core::Status::Active => RelationshipStatus::Active,
            core::Status::Paused => RelationshipStatus::Paused,
            core::Status::Ended => RelationshipStatus::Ended,
        };
        let proposals = terms.proposals.iter();
        Self {
            id: Uuid::from_bytes(*relationship.id.as_bytes()),
            role: relationship.role.into(),
            status,
            own_name: relationship.name,
            other_name,
            other_pronouns: card.address.pronouns,
            other_languages: card.address.languages,
            is_paused_by_me: card.is_paused_by_me,
            is_paused_by_other: card.is_paused_by_other,
            goodbye: card.goodbye,
            shown_sections: relationship
                .shown_sections
                .iter()
                .map(|section| Uuid::from_bytes(*section.as_bytes()))
                .collect(),
            has_new_preferences: card.has_new_preferences,
            declaration: terms.declaration().map(Declaration::from),
            agreements: proposals.map(|one| ProposedAgreement::of(&terms, one)).collect(),
            kept_from: card.kept_from.map(instant),
        }
    }
}

impl ProposedAgreement {
    fn of(terms: &core::Terms, proposal: &core::Proposal) -> Self {
        Self {
            digest: proposal.hash.to_vec(),
            version: proposal.agreement.version,
            by: proposal.by.into(),
            agreement: Agreement::from(&proposal.agreement),
            is_accepted_by_participant: terms.is_accepted_by(&proposal.hash, core::Role::Participant),
            is_accepted_by_specialist: terms.is_accepted_by(&proposal.hash, core::Role::Specialist),
            is_in_force: terms.in_force() == Some(proposal),
        }
    }
}

impl From<&core::Declaration> for Declaration {
    fn from(declaration: &core::Declaration) -> Self {
        let prior_connection = match declaration.prior_connection {
            core::PriorConnection::None => PriorConnection::Nothing,
            core::PriorConnection::Family => PriorConnection::Family,
            core::PriorConnection::Friend => PriorConnection::Friend,
            core::PriorConnection::Work => PriorConnection::Work,
            core::PriorConnection::Group => PriorConnection::Group,
            core::PriorConnection::Other => PriorConnection::Other,
        };
        Self {
            prior_connection,
            prior_words: declaration.prior_words.clone(),
            confidentiality_limits: declaration.confidentiality_limits.clone(),
            experience: declaration.experience.clone(),
            pronouns: declaration.introduction.pronouns.clone(),
            organisation: declaration.introduction.organisation.clone(),
            certification: declaration.introduction.certification.clone(),
            languages: declaration.introduction.languages.clone(),
        }
    }
}

impl From<Declaration> for core::Declaration {
    fn from(declaration: Declaration) -> Self {
        let prior_connection = match declaration.prior_connection {
            PriorConnection::Nothing => core::PriorConnection::None,
            PriorConnection::Family => core::PriorConnection::Family,
            PriorConnection::Friend => core::PriorConnection::Friend,
            PriorConnection::Work => core::PriorConnection::Work,
            PriorConnection::Group => core::PriorConnection::Group,
            PriorConnection::Other => core::PriorConnection::Other,
        };
        Self {
            version: 0,
            prior_connection,
            prior_words: declaration.prior_words,
            confidentiality_limits: declaration.confidentiality_limits,
            experience: declaration.experience,
            introduction: core::Introduction {
                pronouns: declaration.pronouns,
                organisation: declaration.organisation,
                certification: declaration.certification,
                languages: declaration.languages,
            },
        }
    }
}

impl From<&core::Agreement> for Agreement {
    fn from(agreement: &core::Agreement) -> Self {
        let [
            want_from_this,
            how_support,
            how_often,
            specialist_offers,
            specialist_needs,
            outside_contact,
            if_we_disagree,
            how_we_end,
        ] = agreement.answers.clone();
        Self {
            want_from_this,
            how_support,
            how_often,
            specialist_offers,
            specialist_needs,
            outside_contact,
            if_we_disagree,
            how_we_end,
            review_on: agreement.review_on.map(|day| day.to_string()),
            closing_words: agreement.closing_words,
        }
    }
}

impl TryFrom<Agreement> for core::Agreement {
    type Error = VaultError;

    fn try_from(agreement: Agreement) -> Result<Self, VaultError> {
        let review_on = agreement
            .review_on
            .as_deref()
            .map(crate::finding::core_date)
            .transpose()?;
        Ok(Self {
            version: 0,
            answers: [
                agreement.want_from_this,
                agreement.how_support,
                agreement.how_often,
                agreement.specialist_offers,
                agreement.specialist_needs,
                agreement.outside_contact,
                agreement.if_we_disagree,
                agreement.how_we_end,
            ],
            review_on,
            closing_words: agreement.closing_words,
        })
    }
}

/// The sections of an opened profile.
pub(crate) fn sections_of(opened: core::OpenedProfile) -> Vec<ShownSection> {
    let mut is_new = opened.is_new.into_iter();
    let sections = opened.profile.sections.into_iter();
    sections
        .map(|section| ShownSection {
            name: section.name,
            statements: section
                .statements
                .into_iter()
                .map(|one| ShownStatement {
                    text: one.text,
                    stance: one.stance.map(Into::into),
                    because: one.because,
                    when: one.when,
                    is_new: is_new.next().unwrap_or_default(),
                })
                .collect(),
        })
        .collect()
}
