//! The plan for hard times. It is shown when it is asked for, never by itself.

use super::preferences::show_lines;
use crate::args::{MainstayCommand, OnOff, PlanChange};
use crate::failure::Failure;
use crate::find::{self, Beginning};
use crate::home::Home;
use crate::output::json::{MainstayValue, OpenPlanValue, PlanValue};
use crate::output::{Output, bold};
use cairn_core::id::{MainstayId, PlanItemId};
use cairn_core::profile::{LookingAfter, Plan, PlanList};
use cairn_core::vault::Vault;
use cairn_core::words::plan as said;
use std::collections::BTreeMap;

/// Reads the plan without the key of the journal, where that is allowed.
pub(super) fn open(home: &Home, out: Output) -> Result<(), Failure> {
    let Some(open) = home.open_plan()? else {
        return Err(Failure::not_found(
            "There is no plan here that opens without unlocking; `cairn plan` shows the one in the journal.",
        ));
    };
    if out.is_json() {
        return out.value(&OpenPlanValue::from(&open));
    }
    out.line(said::OPENS_HERE.text)?;
    show(&open.plan, out)?;
    out.line("")?;
    show_lines(&open.lines, out)
}

pub(super) fn run(vault: &Vault, change: Option<PlanChange>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let plan = door.plan().wait()?;
    let item = |text: &str| -> Result<PlanItemId, Failure> {
        let unknown = || Failure::not_found("Nothing was changed: there is no line with this id.");
        let beginning = Beginning::parse(text).ok_or_else(unknown)?;
        find::only(&beginning, plan.items.iter().map(|item| item.id), "line")
    };
    let id = match change {
        None if out.is_json() => return out.value(&PlanValue::from(&plan)),
        None => return show(&plan, out),
        Some(PlanChange::Lists) => {
            return PlanList::ALL.iter().try_for_each(|list| {
                let name = said::plan_part(list.code()).unwrap_or_default();
                out.line(format!("{}  {name}", list.code()))
            });
        }
        Some(PlanChange::Add { list, text }) => door.add_plan_item(list, text).wait()?.to_string(),
        Some(PlanChange::Change { id, text }) => {
            let id = item(&id)?;
            let list = plan
                .items
                .iter()
                .find(|one| one.id == id)
                .map_or(PlanList::WhenOk, |one| one.list);
            door.set_plan_item(id, list, text).wait()?;
            id.to_string()
        }
        Some(PlanChange::Move { id, before }) => {
            let (id, before) = (item(&id)?, before.map(|before| item(&before)).transpose()?);
            door.move_plan_item(id, before).wait()?;
            id.to_string()
        }
        Some(PlanChange::Remove { id }) => {
            let id = item(&id)?;
            door.remove_plan_item(id).wait()?;
            id.to_string()
        }
        Some(PlanChange::LookAfter {
            children,
            pets,
            home,
            work,
        }) => {
            let before = plan.looking_after;
            let after = LookingAfter {
                children: children.unwrap_or(before.children),
                pets: pets.unwrap_or(before.pets),
                home: home.unwrap_or(before.home),
                work: work.unwrap_or(before.work),
            };
            door.set_looking_after(after).wait()?;
            "plan".to_owned()
        }
        Some(PlanChange::KeepsMeGoing { change }) => return keeps_me_going(vault, change, out),
        Some(PlanChange::WithoutUnlock { state }) => {
            door.set_plan_opens(state == OnOff::On).wait()?;
            "plan".to_owned()
        }
    };
    super::saved(&id, out)
}

/// What keeps somebody going. Nothing but this command shows it.
fn keeps_me_going(vault: &Vault, change: Option<MainstayCommand>, out: Output) -> Result<(), Failure> {
    let door = vault.profile();
    let all = door.mainstays().wait()?;
    let find = |text: &str| -> Result<MainstayId, Failure> {
        let unknown = || Failure::not_found("Nothing was changed: there is no line with this id.");
        let beginning = Beginning::parse(text).ok_or_else(unknown)?;
        find::only(&beginning, all.iter().map(|one| one.id), "line")
    };
    let id = match change {
        None if out.is_json() => {
            let all: Vec<MainstayValue> = all.iter().map(MainstayValue::from).collect();
            return out.value(&BTreeMap::from([("keeps_me_going", all)]));
        }
        None if all.is_empty() => return out.line(said::KEEPS_EMPTY.text),
        None => {
            out.line(bold(said::KEEPS_ME_GOING.text))?;
            return all
                .iter()
                .try_for_each(|one| out.line(format!("{}    {}", find::short(one.id), one.text)));
        }
        Some(MainstayCommand::Add { text }) => door.add_mainstay(text).wait()?,
        Some(MainstayCommand::Change { id, text }) => {
            let id = find(&id)?;
            door.set_mainstay(id, text).wait()?;
            id
        }
        Some(MainstayCommand::Move { id, before }) => {
            let (id, before) = (find(&id)?, before.map(|before| find(&before)).transpose()?);
            door.move_mainstay(id, before).wait()?;
            id
        }
        Some(MainstayCommand::Remove { id }) => {
            let id = find(&id)?;
            door.remove_mainstay(id).wait()?;
            id
        }
    };
    super::saved(&id.to_string(), out)
}

fn show(plan: &Plan, out: Output) -> Result<(), Failure> {
    let after = &plan.looking_after;
    let parts = [
        ("children", &after.children),
        ("pets", &after.pets),
        ("home", &after.home),
        ("work", &after.work),
    ];
    let said_parts: Vec<(&str, &String)> = parts.into_iter().filter(|(_, text)| !text.is_empty()).collect();
    if plan.items.is_empty() && said_parts.is_empty() {
        return out.line(said::EMPTY.text);
    }
    for list in PlanList::ALL {
        let mut items = plan.of(list).peekable();
        if items.peek().is_some() {
            out.line(bold(said::plan_part(list.code()).unwrap_or_default()))?;
        }
        for item in items {
            out.line(format!("{}    {}", find::short(item.id), item.text))?;
        }
    }
    said_parts.into_iter().try_for_each(|(part, text)| {
        out.line(bold(said::plan_part(part).unwrap_or_default()))?;
        out.line(format!("    {text}"))
    })
}
