//! What two people declare and agree on; pausing and ending.

use super::people::name_of;
use super::profile::languages;
use super::relay;
use crate::args::{AgreementChange, Declare};
use crate::failure::{Exit, Failure};
use crate::find::{self, Beginning};
use crate::moments;
use crate::output::json::{Id, PreferencesValue, TermsValue};
use crate::output::{Output, bold};
use cairn_core::support::{
    Agreement, Declaration, Introduction, OpenedProfile, Proposal, RelationshipCard, Role, Terms,
};
use cairn_core::vault::Vault;
use cairn_core::words::{sharing, status, terms as said};

pub(super) fn declare(vault: &Vault, declare: Declare, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, &declare.person)?;
    let declaration = Declaration {
        version: 0,
        prior_connection: declare.prior,
        prior_words: declare.prior_words,
        confidentiality_limits: declare.limits,
        experience: declare.experience,
        introduction: Introduction {
            pronouns: declare.pronouns,
            organisation: declare.organisation,
            certification: declare.certification,
            languages: declare.languages,
        },
    };
    let id = card.relationship.id;
    vault.support().declare(id, declaration).wait()?;
    on_its_way(vault, &id.to_string(), status::SAVED.text, out)
}

pub(super) fn agreement(
    vault: &Vault,
    person: &str,
    change: Option<AgreementChange>,
    out: Output,
) -> Result<(), Failure> {
    let card = find::anybody(vault, person)?;
    let (id, who) = (card.relationship.id, name_of(&card));
    match change {
        None if out.is_json() => out.value(&TermsValue::from(&card)),
        None => show(&card, &who, out),
        Some(AgreementChange::Propose(words)) => {
            let last = card.terms.proposals.last();
            let last = last.map_or_else(Agreement::default, |last| last.agreement.clone());
            let hash = vault.support().propose(id, words.with(last)).wait()?;
            let accepted = said::ACCEPTED.with(&[("who", &who)]);
            on_its_way(vault, &find::long(hash), &accepted, out)
        }
        Some(AgreementChange::Accept { id: beginning }) => {
            let hash = proposal(&card.terms, &beginning)?.hash;
            vault.support().accept_agreement(id, hash).wait()?;
            let card = find::person(vault, &id.to_string())?;
            let is_in_force = card.terms.in_force().is_some_and(|one| one.hash == hash);
            let text = if is_in_force {
                said::IN_FORCE.text.to_owned()
            } else {
                said::ACCEPTED.with(&[("who", &who)])
            };
            on_its_way(vault, &find::long(hash), &text, out)
        }
    }
}

pub(super) fn pause(vault: &Vault, person: &str, pauses: bool, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let id = card.relationship.id;
    let text = if pauses {
        vault.support().pause(id).wait()?;
        said::PAUSED.text.to_owned()
    } else {
        vault.support().go_on(id).wait()?;
        if card.is_paused_by_other {
            said::PAUSED_BY_OTHER.with(&[("who", &name_of(&card))])
        } else {
            said::GONE_ON.text.to_owned()
        }
    };
    on_its_way(vault, &id.to_string(), &text, out)
}

pub(super) fn end(
    vault: &Vault,
    person: &str,
    words: String,
    keep: &[String],
    until: Option<&str>,
    out: Output,
) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let id = card.relationship.id;
    match until {
        None => vault.support().end(id, words).wait()?,
        Some(until) => {
            let shares = keep.iter().map(|share| Ok(find::share(vault, share)?.share.id()));
            let until = moments::parse_end(until, moments::local_zone())?.at;
            let kept = shares.collect::<Result<_, Failure>>()?;
            vault.support().end_keeping(id, words, kept, until).wait()?;
        }
    }
    let text = sharing::ENDED.with(&[("who", &name_of(&card))]);
    on_its_way(vault, &id.to_string(), &text, out)
}

pub(super) fn preferences(vault: &Vault, person: &str, out: Output) -> Result<(), Failure> {
    let card = find::person(vault, person)?;
    let who = name_of(&card);
    let opened = vault.support().open_preferences(card.relationship.id).wait()?;
    if out.is_json() {
        return out.value(&PreferencesValue::of(opened.as_ref()));
    }
    let Some(OpenedProfile { profile, is_new }) = opened else {
        return out.line(sharing::NOTHING_SHARED.text);
    };
    out.line(sharing::THEIR_WORDS_FIRST.with(&[("who", &who)]))?;
    if !profile.address.languages.is_empty() {
        out.line(languages(&profile.address.languages))?;
    }
    let mut is_new = is_new.into_iter();
    for section in &profile.sections {
        out.line(format!("\n{}", bold(&section.name)))?;
        for statement in &section.statements {
            let mark = if is_new.next() == Some(true) { "new  " } else { "" };
            out.line(format!("  {mark}{}", statement.text))?;
        }
    }
    Ok(())
}

/// What was decided is kept; it goes out at once where there is a connection, and with a later round where there is none.
pub(super) fn on_its_way(vault: &Vault, id: &str, text: &str, out: Output) -> Result<(), Failure> {
    match relay::once(vault) {
        Ok(_) => {}
        Err(failure) if matches!(failure.code(), Some(Exit::Offline | Exit::Invalid)) => {}
        Err(failure) => return Err(failure),
    }
    if out.is_json() {
        return out.value(&Id { id: id.to_owned() });
    }
    out.line(text)
}

/// The proposal whose id begins so.
fn proposal<'t>(terms: &'t Terms, text: &str) -> Result<&'t Proposal, Failure> {
    let unknown = || Failure::not_found("Nothing was changed: there is no agreement with this id.");
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    let ids: Vec<String> = terms.proposals.iter().map(|one| find::long(one.hash)).collect();
    let id = find::only(&beginning, ids.iter().map(String::as_str), "agreement")?;
    let found = terms.proposals.iter().find(|one| find::long(one.hash) == id);
    found.ok_or_else(unknown)
}

fn show(card: &RelationshipCard, who: &str, out: Output) -> Result<(), Failure> {
    let (terms, role) = (&card.terms, card.relationship.role);
    let specialist = match role {
        Role::Participant => who,
        Role::Specialist => card.relationship.name.as_str(),
    };
    match terms.declaration() {
        Some(declared) => {
            if role == Role::Specialist {
                out.line(said::DECLARED.with(&[("who", who)]))?;
            }
            out.line(said::prior_connection(declared.prior_connection.code(), specialist))?;
            if !declared.prior_words.is_empty() {
                out.line(&declared.prior_words)?;
            }
            let limits = declared.confidentiality_limits.as_str();
            out.line(said::LIMITS.with(&[("who", specialist), ("limits", limits)]))?;
            show_introduction(&declared.introduction, specialist, out)?;
            if !declared.experience.is_empty() {
                out.line(said::EXPERIENCE.with(&[("who", specialist)]))?;
            }
            for area in &declared.experience {
                out.line(format!("  {area}"))?;
            }
        }
        None => out.line(said::NOT_DECLARED.with(&[("who", specialist)]))?,
    }
    if terms.proposals.is_empty() {
        return out.line(said::NO_AGREEMENT.text);
    }
    for proposal in terms.in_force().into_iter().chain(terms.open()) {
        out.line("")?;
        show_proposal(terms, proposal, role, who, out)?;
    }
    Ok(())
}

/// What somebody says of themselves, each on a line of its own.
fn show_introduction(introduction: &Introduction, who: &str, out: Output) -> Result<(), Failure> {
    let languages = introduction.languages.join(", ");
    let [pronouns, organisation, certification] = introduction.texts();
    for (sentence, said) in [
        (said::PRONOUNS, pronouns),
        (said::ORGANISATION, organisation),
        (said::CERTIFICATION, certification),
        (said::LANGUAGES, languages.as_str()),
    ] {
        if !said.is_empty() {
            out.line(sentence.with(&[("who", who), ("words", said)]))?;
        }
    }
    Ok(())
}

fn show_proposal(terms: &Terms, proposal: &Proposal, role: Role, who: &str, out: Output) -> Result<(), Failure> {
    let (by_me, by_them) = [role, role.other()]
        .map(|side| terms.is_accepted_by(&proposal.hash, side))
        .into();
    let standing = match (by_me, by_them) {
        (true, true) => said::IN_FORCE.text.to_owned(),
        (true, false) => said::ACCEPTED.with(&[("who", who)]),
        (false, _) => said::TO_ACCEPT.with(&[("who", who)]),
    };
    let agreement = &proposal.agreement;
    let id = find::short(find::long(proposal.hash));
    out.line(bold(&format!("{id}  version {}", agreement.version)))?;
    out.line(standing)?;
    for ((_, question), answer) in said::QUESTIONS.iter().zip(&agreement.answers) {
        if !answer.is_empty() {
            out.line(format!("\n{}\n{answer}", question.text))?;
        }
    }
    if let Some(day) = agreement.review_on {
        out.line(format!("\n{}", said::REVIEW_ON.with(&[("day", &day.to_string())])))?;
    }
    if agreement.closing_words {
        out.line(format!("\n{}", said::CLOSING_WORDS.text))?;
    }
    Ok(())
}
