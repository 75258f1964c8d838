//! The people one shares with.

use super::locking;
use super::meeting::{self, Meeting};
use super::relay;
use crate::args::{Invite, PeopleChange};
use crate::failure::Failure;
use crate::find;
use crate::home::Home;
use crate::moments;
use crate::output::Output;
use crate::output::json::PersonValue;
use cairn_core::profile::PeopleOrder;
use cairn_core::support::{RelationshipCard, Role, Status};
use cairn_core::vault::Vault;
use cairn_core::words::{export, sharing as said, terms};
use std::collections::BTreeMap;

pub(super) fn people(home: &Home, vault: &Vault, change: Option<PeopleChange>, out: Output) -> Result<(), Failure> {
    if matches!(change, Some(PeopleChange::Unhide)) {
        home.unhide_people(vault)?;
        return out.say("Nothing lies over your people here any more.");
    }
    let old = home.show_people(vault)?;
    match change {
        Some(PeopleChange::Hide(new)) => {
            let (kind, typed) = locking::new_one(new)?;
            vault.support().set_people_lock(old, kind, typed).wait()?;
            return out.say(said::PEOPLE_HIDDEN.text);
        }
        Some(PeopleChange::Move { person, before }) => {
            let id = find::anybody(vault, &person)?.relationship.id;
            let before = before.map(|person| find::anybody(vault, &person)).transpose()?;
            let before = before.map(|card| card.relationship.id);
            vault.support().move_person(id, before).wait()?;
        }
        Some(PeopleChange::Order { order: Some(order) }) => vault.support().set_people_order(order).wait()?,
        Some(PeopleChange::Order { order: None }) => {
            let order = vault.support().people_order().wait()?;
            let code = PeopleOrder::ALL.into_iter().find(|(one, _)| *one == order);
            let code = code.map(|(_, code)| code).unwrap_or_default();
            if out.is_json() {
                return out.value(&BTreeMap::from([("order", code)]));
            }
            return out.line(code.replace('_', " "));
        }
        Some(PeopleChange::Unhide) | None => {}
    }
    list(vault, out)
}

fn list(vault: &Vault, out: Output) -> Result<(), Failure> {
    let all = vault.support().relationships().wait()?;
    if out.is_json() {
        let people: Vec<PersonValue> = all.iter().map(PersonValue::from).collect();
        return out.value(&BTreeMap::from([("people", people)]));
    }
    if all.is_empty() {
        return out.line("There is nobody here but you.");
    }
    all.iter().try_for_each(|one| {
        let relationship = &one.relationship;
        let name = name_of(one);
        let what = match (one.status, relationship.role) {
            (Status::Invited, Role::Participant) => "invited by you",
            (Status::Invited, Role::Specialist) => "not yet in",
            (Status::Declined, _) => "said not now",
            (Status::Expired, _) => "the invitation has run out",
            (Status::Agreeing, _) => "you have met; `cairn agreement` shows what is agreed on",
            (Status::Active, Role::Participant) => "you can share with them",
            (Status::Active, Role::Specialist) => "they can share with you",
            (Status::Paused, _) if one.is_paused_by_me => "you have paused",
            (Status::Paused, _) => "they have paused",
            (Status::Ended, _) => "ended",
        };
        let kept = one.kept_from.map(|at| {
            let day = moments::shown_here(at);
            export::KEPT_FROM.with(&[("day", &day)])
        });
        let what = kept.as_deref().unwrap_or(what);
        out.line(format!("{}  {name}: {what}", find::short(relationship.id)))?;
        match one.goodbye.as_deref() {
            Some(words) if !words.is_empty() => out.line(terms::GOODBYE.with(&[("who", &name), ("words", words)])),
            Some(_) => out.line(terms::GOODBYE_SILENT.with(&[("who", &name)])),
            None => Ok(()),
        }
    })?;
    if all.iter().any(|one| one.kept_from.is_some()) {
        out.line(export::KEPT_FROM_KEYS.text)?;
    }
    Ok(())
}

/// What the other person is called here, with their pronouns where they show them.
pub(super) fn name_of(card: &RelationshipCard) -> String {
    card.called().unwrap_or_else(|| "somebody".to_owned())
}

pub(super) fn invite(vault: &Vault, invite: Invite, out: Output) -> Result<(), Failure> {
    if let Some(name) = invite.name.filter(|_| !invite.resume && invite.digits.is_none()) {
        relay::be_there(vault)?;
        let (_, code) = vault.support().invite(name).wait()?;
        Meeting::Specialist.show_code(&code, out)?;
    }
    Meeting::Specialist.go_through(vault, invite.digits, out)
}

pub(super) fn decline(vault: &Vault, code: String, out: Output) -> Result<(), Failure> {
    vault.support().decline(code).wait()?;
    meeting::done(
        "Answered: not now. They learn that much, and nothing of it is kept here.",
        out,
    )
}

pub(super) fn accept(vault: &Vault, code: String, name: String, out: Output) -> Result<(), Failure> {
    let (_, shown) = vault.support().accept(code, name).wait()?;
    let sentence = format!(
        "{} invites you. Read these digits to them, where you know it is them:",
        shown.name
    );
    meeting::show_digits(&sentence, &shown.digits, &shown.name, out)?;
    vault.support().finish_accepting().wait()?;
    relay::once(vault)?;
    let met = format!(
        "You and {} have met here. `cairn shared` shows what they choose to show you.",
        shown.name
    );
    meeting::done(&met, out)?;
    out.say(said::NOTHING_SHARED.text)
}
