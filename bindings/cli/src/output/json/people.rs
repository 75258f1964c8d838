//! Values of meeting and sharing.

use crate::find;
use crate::moments::rfc3339;
use cairn_core::clock::Timestamp;
use cairn_core::support::{
    OpenedProfile, Part, Proposal, Question, RelationshipCard, Role, Share, ShareCard, ShareState, SharedCard,
    SharedStatement, SharedWithMe, Terms,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Someone this person shares with, or who shares with them.
#[derive(Debug, Serialize)]
pub(crate) struct PersonValue {
    /// Of the relationship.
    id: String,
    /// None before an invitation was answered.
    name: Option<String>,
    /// Their pronouns, where they show them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pronouns: String,
    /// BCP 47 tags of their languages, where they show them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    languages: Vec<String>,
    /// This person's own role in it: `participant`, `specialist`.
    role: &'static str,
    /// `invited`, `agreeing`, `active`, `paused`, `ended`.
    status: &'static str,
    /// Who has paused: `participant`, `specialist`.
    paused_by: Vec<&'static str>,
    /// With which words the other ended it; nothing where they did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    goodbye: Option<String>,
    /// When the export was made from which this is kept to be read; nothing for a relationship itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_from: Option<String>,
}

/// What two people declared and agreed on.
#[derive(Debug, Serialize)]
pub(crate) struct TermsValue {
    /// Of the relationship.
    relationship: String,
    declaration: Option<DeclarationValue>,
    /// Every agreement that was proposed, the last one last.
    agreements: Vec<AgreementValue>,
}

/// What a participant shows of their profile.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PreferencesValue {
    /// Their name, where they show it.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    /// Their pronouns, where they show them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pronouns: String,
    /// BCP 47 tags of their languages, where they show them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    languages: Vec<String>,
    sections: Vec<ShownSectionValue>,
}

#[derive(Debug, Serialize)]
struct ShownSectionValue {
    name: String,
    statements: Vec<ShownStatementValue>,
}

#[derive(Debug, Serialize)]
struct ShownStatementValue {
    text: String,
    /// `want`, `open_to`, `unsure`, `not_now`, `not_for_me`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stance: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    because: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    when: String,
    /// Whether it was not there when this was opened last.
    new: bool,
}

impl PreferencesValue {
    pub(crate) fn of(opened: Option<&OpenedProfile>) -> Self {
        let Some(OpenedProfile { profile, is_new }) = opened else {
            return Self::default();
        };
        let mut is_new = is_new.iter();
        let statement = |one: &SharedStatement, new: Option<&bool>| ShownStatementValue {
            text: one.text.clone(),
            stance: one.stance.map(|stance| stance.code()),
            because: one.because.clone(),
            when: one.when.clone(),
            new: new.copied().unwrap_or_default(),
        };
        let sections = profile.sections.iter();
        Self {
            name: profile.address.name.clone(),
            pronouns: profile.address.pronouns.clone(),
            languages: profile.address.languages.clone(),
            sections: sections
                .map(|section| ShownSectionValue {
                    name: section.name.clone(),
                    statements: section
                        .statements
                        .iter()
                        .map(|one| statement(one, is_new.next()))
                        .collect(),
                })
                .collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct DeclarationValue {
    /// `none`, `family`, `friend`, `work`, `group`, `other`.
    prior_connection: &'static str,
    prior_words: String,
    confidentiality_limits: String,
    /// Areas of experience that are named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experience: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pronouns: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    organisation: String,
    /// As they say it; nobody checks it.
    #[serde(skip_serializing_if = "String::is_empty")]
    certification: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    languages: Vec<String>,
}

#[derive(Debug, Serialize)]
struct AgreementValue {
    /// What it is accepted by.
    id: String,
    version: u64,
    proposed_by: &'static str,
    accepted_by: Vec<&'static str>,
    in_force: bool,
    /// By question; those that are empty are left out.
    answers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review_on: Option<String>,
    closing_words: bool,
}

/// One's own share.
#[derive(Debug, Serialize)]
pub(crate) struct ShareValue {
    id: String,
    relationship: String,
    with: Option<String>,
    entry: String,
    /// Which parts, as a sentence.
    scope: String,
    purpose: String,
    /// `listening`, `ideas`, `company`, `practical_help`, `questions`, `just_reading`, `their_story`.
    wanted: Vec<&'static str>,
    /// `held`, `given`, `expired`, `ended`, `revoked`.
    state: &'static str,
    /// Whether later edits are shown too.
    follows_edits: bool,
    /// Whether it stands behind a gate.
    gated: bool,
    /// Days that the other's app lets it be read without the network; 0 where it opens after reaching it alone.
    lease_days: u16,
    /// When less was shown, or for a shorter time.
    narrowed: Vec<String>,
    /// Whether it stays to its end though the relationship is over.
    kept: bool,
    /// When it was given.
    given: String,
    /// Nothing leaves the device before.
    held_until: String,
    /// When this device learnt that it had left: certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<String>,
    /// On which day the relay first handed out what opens it, where it stands behind a gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_day: Option<String>,
    /// When it was opened first, as their app told.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<String>,
    /// When it was removed from their device, as their app told.
    #[serde(skip_serializing_if = "Option::is_none")]
    purged: Option<String>,
}

/// What somebody shared, before it is opened.
#[derive(Debug, Serialize)]
pub(crate) struct SharedCardValue {
    share: String,
    relationship: String,
    from: String,
    received: String,
    opened: bool,
    /// Whether it opens with the network alone.
    behind_gate: bool,
    /// Until the relay was reached.
    locked: bool,
}

impl From<&SharedCard> for SharedCardValue {
    fn from(card: &SharedCard) -> Self {
        Self {
            share: card.share.to_string(),
            relationship: card.relationship.to_string(),
            from: card.from.clone(),
            received: rfc3339(card.received),
            opened: card.is_opened,
            behind_gate: card.is_behind_gate,
            locked: card.is_locked,
        }
    }
}

/// What somebody shared.
#[derive(Debug, Serialize)]
pub(crate) struct SharedValue {
    share: String,
    relationship: String,
    from: String,
    /// What of support is wanted with it.
    wanted: Vec<&'static str>,
    /// Purpose, notice, then their words.
    lines: Vec<LineValue>,
    /// Photos, sounds and files; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<SharedAttachmentValue>,
}

/// A photo, a sound or a file that somebody shared, and no byte of it.
#[derive(Debug, Serialize)]
struct SharedAttachmentValue {
    /// `photo`, `audio`, `video`, `drawing`, `file`.
    kind: &'static str,
    media_type: String,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
}

/// A line of what somebody shared.
#[derive(Debug, Serialize)]
pub(crate) struct LineValue {
    /// `purpose`, `notice`, `title`, `body`, `when`, `feelings`, `tags`.
    part: &'static str,
    text: String,
}

/// A step of pairing or of an invitation.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Step {
    /// `code`, `found`, `digits`, `done`.
    pub(crate) step: &'static str,
    /// With `code`: the code to hand over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// With `digits`: the six digits to read out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digits: Option<String>,
    /// With `found` and `digits`: what the other side calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// One's own role in a relationship, as a word.
const fn role(role: Role) -> &'static str {
    match role {
        Role::Participant => "participant",
        Role::Specialist => "specialist",
    }
}

impl From<&RelationshipCard> for PersonValue {
    fn from(card: &RelationshipCard) -> Self {
        let one = &card.relationship;
        let mut paused_by = Vec::new();
        if card.is_paused_by_me {
            paused_by.push(role(one.role));
        }
        if card.is_paused_by_other {
            paused_by.push(role(one.role.other()));
        }
        Self {
            id: one.id.to_string(),
            name: card.name().map(str::to_owned),
            pronouns: card.address.pronouns.clone(),
            languages: card.address.languages.clone(),
            role: role(one.role),
            status: card.status.code(),
            paused_by,
            goodbye: card.goodbye.clone(),
            kept_from: card.kept_from.map(rfc3339),
        }
    }
}

impl From<&RelationshipCard> for TermsValue {
    fn from(card: &RelationshipCard) -> Self {
        let terms = &card.terms;
        Self {
            relationship: card.relationship.id.to_string(),
            declaration: terms.declaration().map(|declared| DeclarationValue {
                prior_connection: declared.prior_connection.code(),
                prior_words: declared.prior_words.clone(),
                confidentiality_limits: declared.confidentiality_limits.clone(),
                experience: declared.experience.clone(),
                pronouns: declared.introduction.pronouns.clone(),
                organisation: declared.introduction.organisation.clone(),
                certification: declared.introduction.certification.clone(),
                languages: declared.introduction.languages.clone(),
            }),
            agreements: terms
                .proposals
                .iter()
                .map(|one| AgreementValue::of(terms, one))
                .collect(),
        }
    }
}

impl AgreementValue {
    fn of(terms: &Terms, proposal: &Proposal) -> Self {
        let agreement = &proposal.agreement;
        let answers = Question::ALL.map(|question| (question.code(), agreement.answer(question).to_owned()));
        let sides = [Role::Participant, Role::Specialist].into_iter();
        Self {
            id: find::long(proposal.hash),
            version: agreement.version,
            proposed_by: role(proposal.by),
            accepted_by: sides
                .filter(|side| terms.is_accepted_by(&proposal.hash, *side))
                .map(role)
                .collect(),
            in_force: terms.in_force() == Some(proposal),
            answers: answers.into_iter().filter(|(_, answer)| !answer.is_empty()).collect(),
            review_on: agreement.review_on.map(|day| day.to_string()),
            closing_words: agreement.closing_words,
        }
    }
}

/// Where a share stands, as a word.
pub(crate) fn state(share: &Share, now: Timestamp) -> &'static str {
    match share.state(now) {
        ShareState::Given if share.is_held(now) => "held",
        ShareState::Given => "given",
        ShareState::Expired => "expired",
        ShareState::Ended => "ended",
        ShareState::Revoked => "revoked",
        ShareState::Withheld => "withheld",
    }
}

impl ShareValue {
    pub(crate) fn new(card: &ShareCard, with: Option<String>, now: Timestamp) -> Self {
        let (share, consent) = (&card.share, &card.share.consent);
        Self {
            id: share.id().to_string(),
            relationship: card.relationship.to_string(),
            with,
            entry: consent.item.entry.to_string(),
            scope: consent.sentence.clone(),
            purpose: consent.purpose.clone(),
            wanted: consent.wanted.codes().collect(),
            state: state(share, now),
            follows_edits: consent.follow_edits,
            gated: share.gate.is_some(),
            lease_days: consent.lease_days,
            narrowed: consent.narrowed.iter().map(|at| rfc3339(*at)).collect(),
            kept: share.is_kept,
            given: rfc3339(consent.given),
            held_until: rfc3339(share.hold_until),
            released: card.released.map(rfc3339),
            taken_day: card.taken.map(|day| day.to_string()),
            opened: card.opened.map(rfc3339),
            purged: card.purged.map(rfc3339),
        }
    }
}

impl From<&SharedWithMe> for SharedValue {
    fn from(shared: &SharedWithMe) -> Self {
        let word = |part| match part {
            Part::Purpose => "purpose",
            Part::Notice => "notice",
            Part::Title => "title",
            Part::Body => "body",
            Part::When => "when",
            Part::Feelings => "feelings",
            Part::Valence => "valence",
            Part::Tags => "tags",
            Part::People => "people",
            Part::Place => "place",
        };
        let lines = shared.view.lines.iter();
        Self {
            share: shared.share.to_string(),
            relationship: shared.relationship.to_string(),
            wanted: shared.view.wanted.codes().collect(),
            from: shared.view.from.clone(),
            lines: lines
                .map(|line| LineValue {
                    part: word(line.part),
                    text: line.text.clone(),
                })
                .collect(),
            attachments: shared
                .view
                .attachments
                .iter()
                .map(|one| SharedAttachmentValue {
                    kind: one.kind.code(),
                    media_type: one.media_type.clone(),
                    bytes: one.bytes,
                    caption: one.caption.clone(),
                })
                .collect(),
        }
    }
}
