//! What each command does: it asks the core, and says what came back.

mod around;
mod attachments;
mod devices;
mod entries;
mod erasing;
mod export;
mod finding;
mod history;
mod import;
mod locking;
mod meeting;
mod meetings;
mod messages;
mod pair;
mod people;
mod plan;
mod preferences;
mod profile;
mod recovery;
mod relay;
mod reminders;
mod sharing;
mod shredding;
mod terms;

pub(crate) use relay::once as sync_once;

use crate::args::{Args, Command, DeviceCommand, Erase};
use crate::failure::Failure;
use crate::find;
use crate::home::Home;
use crate::output::Output;
use crate::output::json::{DoctorValue, Id, RepairValue};
use cairn_core::vault::Error;
use cairn_core::words;
use clap::CommandFactory as _;

/// Does what was asked for.
pub(crate) fn run(args: Args, out: Output) -> Result<(), Failure> {
    let Args {
        vault,
        unlock_file,
        people_file,
        command,
        ..
    } = args;
    let command = match command {
        Command::Tour(tour) => return crate::tour::run(tour, out),
        Command::Completions { shell } => return completions(shell),
        command => command,
    };
    let home = Home::at(vault, unlock_file, people_file)?;
    if home.end_erasing()? && !matches!(command, Command::Init(_) | Command::Pair(_) | Command::Recover(_)) {
        return Err(Error::Erased.into());
    }
    let ended = carry_out(&home, command, out);
    if home.was_erased() || ended.as_ref().is_err_and(Failure::is_erased) {
        home.remove_own()?;
    }
    ended
}

fn carry_out(home: &Home, command: Command, out: Output) -> Result<(), Failure> {
    match command {
        Command::Init(init) => return relay::init(home, init, out),
        Command::Pair(pair)
        | Command::Devices {
            command: Some(DeviceCommand::Add(pair)),
        } => return pair::run(home, pair, out),
        Command::Recover(recover) => return recovery::recover(home, recover, out),
        Command::Passphrase { command } => return locking::passphrase(home, command, out),
        Command::Unlock { minutes } => return locking::unlock(home, minutes, out),
        Command::Lock => return locking::lock(home, out),
        Command::Repair => return repair(home, out),
        Command::Plan(ref plan) if plan.open => return plan::open(home, out),
        _ => {}
    }
    let opened = home.open()?;
    let vault = &opened.vault;
    if command.is_about_people() {
        home.show_people(vault)?;
    }
    match command {
        Command::Connect { url } => relay::connect(vault, url, out),
        Command::Write(words) => entries::write(home, &opened, words, out),
        Command::List(list) => entries::list(vault, list, out),
        Command::Show { id } => entries::show(vault, &id, out),
        Command::Search(search) => finding::search(vault, search, out),
        Command::Calendar(calendar) => finding::calendar(vault, &calendar, out),
        Command::Day { date } => finding::day(vault, date.as_deref(), out),
        Command::Memories { switch } => finding::memories(vault, switch, out),
        Command::NotYet(asked) => finding::not_yet(vault, asked, out),
        Command::Words(list) => finding::words(vault, &list, out),
        Command::Edit { id, words } => entries::edit(home, &opened, &id, words, out),
        Command::Attach(attach) => attachments::attach(vault, attach, out),
        Command::Save(save) => attachments::save(vault, &save, out),
        Command::Attachments { carry } => attachments::carrying(vault, carry, out),
        Command::Trash { id } => entries::trash(vault, &id, out),
        Command::Restore { id } => entries::restore(vault, &id, out),
        Command::History { id, show, back_to } => history::run(vault, &id, show, back_to, out),
        Command::EraseDrafts { id, yes } => history::erase_drafts(vault, &id, yes, out),
        Command::Shred { status, yes } => shredding::run(vault, status, yes, out),
        Command::Erase(Erase { keep: true, .. }) => erasing::keep(vault, out),
        Command::Erase(erase) if erase.everything => erasing::everything(home, vault, &erase, out),
        Command::Erase(Erase { id, yes, .. }) => history::erase(vault, id.as_deref(), yes, out),
        Command::Drafts { change } => history::drafts(vault, change, out),
        Command::Profile { change } => profile::run(vault, change, out),
        Command::Prompt { command } => preferences::prompts(vault, command, out),
        Command::Feelings { command } => preferences::feelings(vault, command, out),
        Command::Reminders { command } => reminders::run(vault, command, out),
        Command::Hopes { command } => preferences::hopes(vault, command, out),
        Command::Plan(plan) => plan::run(vault, plan.change, out),
        Command::Lines { command } => preferences::lines(vault, command, out),
        Command::Word { word } => profile::word(vault, word, out),
        Command::Devices { command } => devices::run(vault, command, out),
        Command::Recovery { command } => recovery::run(vault, command, out),
        Command::People { change } => people::people(home, vault, change, out),
        Command::Declare(declare) => terms::declare(vault, declare, out),
        Command::Agreement { person, change } => terms::agreement(vault, &person, change, out),
        Command::Preferences { person } => terms::preferences(vault, &person, out),
        Command::Receipt { id, shape } => sharing::receipt(vault, &id, &shape, out),
        Command::Messages { person, count } => messages::messages(vault, &person, count, out),
        Command::Say(say) => messages::say(vault, *say, out),
        Command::Unsay { person, id } => messages::unsay(vault, &person, &id, out),
        Command::KeepProposal { person, id, section } => messages::keep_proposal(vault, &person, &id, &section, out),
        Command::KeepQuestion { person, id } => messages::keep_question(vault, &person, &id, out),
        Command::KeepStrength { person, id } => messages::keep_strength(vault, &person, &id, out),
        Command::Wishes(args) => messages::wishes(vault, args, out),
        Command::Hours(args) => messages::hours(vault, args, out),
        Command::Reflect(args) => messages::reflect(vault, args, out),
        Command::OwnStories { person } => messages::own_stories(vault, &person, out),
        Command::SelfCheck => preferences::self_check(out),
        Command::Feedback { person, change } => messages::feedback(vault, &person, change, out),
        Command::Meetings { person, change } => meetings::run(vault, &person, change, out),
        Command::Pause { person } => terms::pause(vault, &person, true, out),
        Command::GoOn { person } => terms::pause(vault, &person, false, out),
        Command::End {
            person,
            words,
            keep,
            until,
        } => terms::end(vault, &person, words, &keep, until.as_deref(), out),
        Command::Invite(invite) => people::invite(vault, invite, out),
        Command::Accept { code, name } => people::accept(vault, code, name, out),
        Command::Decline { code } => people::decline(vault, code, out),
        Command::Share(share) => sharing::share(vault, share, out),
        Command::StopEverything => sharing::stop_everything(vault, out),
        Command::Shares => sharing::shares(vault, out),
        Command::Shared { id: None } => sharing::shared(vault, out),
        Command::Shared { id: Some(id) } => sharing::open(vault, &id, out),
        Command::Narrow(narrow) => sharing::narrow(vault, &narrow, out),
        Command::AsShown { share } => sharing::as_shown(vault, &share, out),
        Command::Revoke { share } => sharing::revoke(vault, &share, out),
        Command::Sync { wait, attachments } => relay::sync(&opened, wait, attachments, out),
        Command::Wake { at, off } => relay::wake(vault, at, off, out),
        Command::Import(import) => import::run(vault, import, out),
        Command::Export(export) => export::export(vault, export, out),
        Command::RestoreArchive(restore) => export::restore(vault, &restore, out),
        Command::Doctor => doctor(home, vault, out),
        Command::Init(_)
        | Command::Pair(_)
        | Command::Recover(_)
        | Command::Passphrase { .. }
        | Command::Unlock { .. }
        | Command::Lock
        | Command::Repair
        | Command::Tour(_)
        | Command::Completions { .. } => Ok(()),
    }
}

/// Says that a change is kept, and the name of what it changed.
fn saved(id: &str, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&Id { id: id.to_owned() });
    }
    out.line(format!("{}  {}", words::status::SAVED, find::short(id)))
}

/// Prints the completions of a shell. They know the commands and their options, and no word of any journal.
fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "cairn", &mut script);
    Ok(std::io::Write::write_all(&mut std::io::stdout(), &script)?)
}

fn repair(home: &Home, out: Output) -> Result<(), Failure> {
    let repaired = home.repair()?;
    if out.is_json() {
        return out.value(&RepairValue::from(&repaired));
    }
    repaired.lines.iter().try_for_each(|line| out.line(line))
}

fn doctor(home: &Home, vault: &cairn_core::vault::Vault, out: Output) -> Result<(), Failure> {
    let mut found = vault.doctor().wait()?;
    for file in crate::editor::left_from_before(home.directory()) {
        found
            .lines
            .push(format!("Words that were not kept yet lie in {}.", file.display()));
    }
    if out.is_json() {
        return out.value(&DoctorValue::from(&found));
    }
    found.lines.iter().try_for_each(|line| out.line(line))
}
