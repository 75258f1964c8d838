//! Writing, reading and changing entries.

use super::{attachments, history};
use crate::args::{List, Words};
use crate::editor::{self, given_text};
use crate::failure::Failure;
use crate::home::{Home, Opened};
use crate::output::json::{EntryPage, EntryValue, Id};
use crate::output::{Output, bold, in_one_line};
use crate::{find, moments, terminal};
use cairn_core::id::EntryId;
use cairn_core::journal::{Draft, Entry, EntryQuery, Filter, Word};
use cairn_core::vault::{Error, Vault};
use cairn_core::words::sharing::HOLDS_SHARED_WORDS;
use cairn_core::words::status as said;

pub(super) fn write(home: &Home, opened: &Opened, words: Words, out: Output) -> Result<(), Failure> {
    let zone = moments::zone(words.zone.as_deref())?;
    let happened = match &words.when {
        Some(when) => moments::parse(when, zone)?,
        None => moments::now(zone)?,
    };
    let Words {
        text,
        title,
        tags,
        feelings,
        around,
        files,
        ..
    } = words;
    let title = title.unwrap_or_default();
    let asked = match words.prompt.as_deref() {
        Some(id) => super::preferences::asked(&opened.vault, id)?,
        None => None,
    };
    if let (Some(asked), true) = (&asked, out.is_terminal()) {
        out.line(&asked.text)?;
    }
    let draft = Draft {
        asked,
        title,
        tags,
        feelings,
        attachments: attachments::sealed(&opened.vault, files)?,
        ..Draft::new(happened)
    };
    let draft = super::around::with(&opened.vault, around, draft)?;
    let keep = |body| Ok(opened.vault.journal().write(Draft { body, ..draft.clone() }).wait()?);
    let id = match text {
        Some(text) => keep(given_text(text)?)?,
        None => {
            let edited = opened.let_others_in(|| editor::edit(home.directory(), ""))??;
            if edited.text.trim().is_empty() && draft.is_empty() && !edited.ended_early {
                return out.say("Nothing was kept: there are no words in it.");
            }
            history::rescued(&opened.vault, edited, None, &draft, keep)?
        }
    };
    kept(&opened.vault, id, out)
}

/// It is saved; a specialist hears, after that, where it holds words that somebody shows them. It holds back nothing, also where it cannot be looked at.
fn kept(vault: &Vault, id: EntryId, out: Output) -> Result<(), Failure> {
    saved(id, said::SAVED.text, out)?;
    if out.is_json() {
        return Ok(());
    }
    let Ok(Some(entry)) = vault.journal().entry(id).wait() else {
        return Ok(());
    };
    let text = format!("{}\n\n{}", entry.title, entry.body);
    match vault.support().holds_shared_words(text).wait() {
        Ok(true) => out.line(HOLDS_SHARED_WORDS.text),
        _ => Ok(()),
    }
}

pub(super) fn edit(home: &Home, opened: &Opened, id: &str, words: Words, out: Output) -> Result<(), Failure> {
    let journal = opened.vault.journal();
    let id = find::entry(&opened.vault, id)?;
    let (entry, version) = journal.entry_for_editing(id).wait()?.ok_or(Error::NotFound)?;
    let before = Draft::of(&entry);
    let revise = |after: Draft| Ok(journal.revise(id, version.clone(), after).wait()?);
    if words.is_empty() {
        let edited = opened.let_others_in(|| editor::edit(home.directory(), &before.body))??;
        if edited.text == before.body && !edited.ended_early {
            return out.say("Nothing was changed.");
        }
        let of = Some((id, version.clone()));
        history::rescued(&opened.vault, edited, of, &before, |body| {
            revise(Draft { body, ..before.clone() })
        })?;
        return kept(&opened.vault, id, out);
    }
    if words.prompt.is_some() {
        return Err(Failure::invalid(
            "Nothing was changed: the question an entry answers stays the one it was asked.",
        ));
    }
    let happened = match (&words.when, &words.zone) {
        (Some(when), zone) => {
            let same = before.happened.zone.as_str();
            moments::parse(when, moments::zone(Some(zone.as_deref().unwrap_or(same)))?)?
        }
        (None, Some(_)) => {
            return Err(Failure::invalid(
                "Nothing was changed: a zone goes together with --when.",
            ));
        }
        (None, None) => before.happened.clone(),
    };
    let or = |given: Vec<String>, before| if given.is_empty() { before } else { given };
    let added = attachments::sealed(&opened.vault, words.files)?;
    let before = attachments::with(before, added);
    let after = Draft {
        title: words.title.unwrap_or(before.title),
        body: words.text.map(given_text).transpose()?.unwrap_or(before.body),
        happened,
        tags: or(words.tags, before.tags),
        feelings: or(words.feelings, before.feelings),
        ..before
    };
    revise(super::around::with(&opened.vault, words.around, after)?)?;
    kept(&opened.vault, id, out)
}

pub(super) fn trash(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, id)?;
    vault.journal().trash(id).wait()?;
    saved(id, said::TRASHED.text, out)
}

pub(super) fn restore(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, id)?;
    vault.journal().restore(id).wait()?;
    saved(id, said::RESTORED.text, out)
}

pub(super) fn list(vault: &Vault, list: List, out: Output) -> Result<(), Failure> {
    let after = super::finding::after(vault, list.after.as_deref())?;
    let filter = Filter::from(list.filters);
    let is_filtered = !filter.is_none();
    let page = vault
        .journal()
        .entries(EntryQuery {
            count: list.count,
            after,
            trashed: list.trash,
            filter,
        })
        .wait()?;
    if out.is_json() {
        return out.value(&EntryPage::from(&page));
    }
    if page.entries.is_empty() && after.is_none() {
        return out.line(match (is_filtered, list.trash) {
            (true, _) => "There is no such entry.",
            (false, true) => "The trash is empty.",
            (false, false) => said::WELCOME.text,
        });
    }
    let width = terminal::width();
    for entry in &page.entries {
        out.line(in_a_list(entry, width))?;
    }
    match page.next {
        Some(next) if is_filtered => out.line(format!(
            "\nThere are more: the same with --after {}",
            find::short(next.id)
        )),
        Some(next) => {
            let trash = if list.trash { " --trash" } else { "" };
            out.line(format!(
                "\nThere are more: cairn list{trash} --after {}",
                find::short(next.id)
            ))
        }
        None => Ok(()),
    }
}

/// One entry, as it is read.
pub(super) fn show(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, id)?;
    let entry = vault.journal().entry(id).wait()?.ok_or(Error::NotFound)?;
    if out.is_json() {
        return out.value(&EntryValue::from(&entry));
    }
    whole(&entry, out)
}

/// An entry with everything around it.
pub(super) fn whole(entry: &Entry, out: Output) -> Result<(), Failure> {
    if !entry.title.is_empty() {
        out.line(bold(&entry.title))?;
    }
    out.line(format!("{}  {}", moments::shown(&entry.happened), entry.happened.zone))?;
    for line in super::around::lines(entry) {
        out.line(line)?;
    }
    if !entry.body.is_empty() {
        out.line(format!("\n{}", entry.body))?;
    }
    if !entry.attachments.is_empty() {
        out.line("")?;
        let lines = attachments::lines(entry, terminal::width());
        lines.iter().try_for_each(|line| out.line(line))?;
    }
    if entry.both_versions {
        out.line(format!("\n{}", said::BOTH_VERSIONS))?;
    }
    if entry.trashed.is_some() {
        out.line("\nThis entry is in the trash.")?;
    }
    Ok(())
}

fn written(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.written.clone()).collect()
}

/// `2f3a9c01  2026-03-01 21:30  its title, or its first words`
pub(super) fn in_a_list(entry: &Entry, width: usize) -> String {
    let (id, when) = (find::short(entry.id), moments::shown(&entry.happened));
    let words = match (entry.title.trim(), entry.body.trim()) {
        _ if entry.marks.tender => "(tender)".to_owned(),
        ("", "") => written(&entry.feelings).join(" · "),
        ("", body) => body.to_owned(),
        (title, _) => title.to_owned(),
    };
    format!(
        "{id}  {when:16}  {}",
        in_one_line(&words, width.saturating_sub(28).max(24))
    )
}

fn saved(id: EntryId, sentence: &str, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&Id { id: id.to_string() });
    }
    out.line(format!("{sentence}  {}", find::short(id)))
}
