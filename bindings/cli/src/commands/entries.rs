//! Writing, reading and changing entries.

use crate::args::{List, Words};
use crate::editor::{self, given_text};
use crate::failure::Failure;
use crate::home::{Home, Opened};
use crate::output::json::{EntryPage, EntryValue, HitValue, Id};
use crate::output::{Output, bold, in_one_line};
use crate::{find, moments, terminal};
use cairn_core::id::EntryId;
use cairn_core::journal::{Asked, Cursor, Draft, Entry, EntryQuery, Hit, SearchQuery, Word};
use cairn_core::vault::{Error, Vault};
use cairn_core::words::status as said;
use std::collections::BTreeMap;

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
        ..
    } = words;
    let title = title.unwrap_or_default();
    let asked = match words.prompt.as_deref() {
        Some(id) => super::preferences::question(&opened.vault, id)?,
        None => None,
    };
    if let (Some(asked), true) = (&asked, out.is_terminal()) {
        out.line(&asked.text)?;
    }
    let draft = Draft {
        asked: asked.map(|prompt| Asked {
            prompt: prompt.id,
            text: prompt.text,
        }),
        title,
        tags,
        feelings,
        ..Draft::new(happened)
    };
    let keep = |body| Ok(opened.vault.journal().write(Draft { body, ..draft.clone() }).wait()?);
    let id = match text {
        Some(text) => keep(given_text(text)?)?,
        None => {
            let edited = opened.let_others_in(|| editor::edit(home.directory(), ""))??;
            if edited.text.trim().is_empty() && draft.is_empty() {
                return out.say("Nothing was kept: there are no words in it.");
            }
            edited.keep_with(keep)?
        }
    };
    saved(id, said::SAVED.text, out)
}

pub(super) fn edit(home: &Home, opened: &Opened, id: &str, words: Words, out: Output) -> Result<(), Failure> {
    let journal = opened.vault.journal();
    let id = find::entry(&opened.vault, id)?;
    let (entry, version) = journal.entry_for_editing(id).wait()?.ok_or(Error::NotFound)?;
    let before = Draft::of(&entry);
    let revise = |after: Draft| Ok(journal.revise(id, version.clone(), after).wait()?);
    if words.is_empty() {
        let edited = opened.let_others_in(|| editor::edit(home.directory(), &before.body))??;
        if edited.text == before.body {
            return out.say("Nothing was changed.");
        }
        edited.keep_with(|body| revise(Draft { body, ..before }))?;
        return saved(id, said::SAVED.text, out);
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
    revise(Draft {
        title: words.title.unwrap_or(before.title),
        body: words.text.map(given_text).transpose()?.unwrap_or(before.body),
        happened,
        tags: or(words.tags, before.tags),
        feelings: or(words.feelings, before.feelings),
        ..before
    })?;
    saved(id, said::SAVED.text, out)
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

pub(super) fn list(vault: &Vault, list: &List, out: Output) -> Result<(), Failure> {
    let after = match &list.after {
        None => None,
        Some(id) => {
            let id = find::entry(vault, id)?;
            let entry = vault.journal().entry(id).wait()?.ok_or(Error::NotFound)?;
            Some(Cursor {
                at: entry.happened.at,
                id,
            })
        }
    };
    let page = vault
        .journal()
        .entries(EntryQuery {
            count: list.count,
            after,
            trashed: list.trash,
        })
        .wait()?;
    if out.is_json() {
        return out.value(&EntryPage::from(&page));
    }
    if page.entries.is_empty() && after.is_none() {
        return out.line(if list.trash {
            "The trash is empty."
        } else {
            said::WELCOME.text
        });
    }
    let width = terminal::width();
    for entry in &page.entries {
        out.line(in_a_list(entry, width))?;
    }
    match page.next {
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

pub(super) fn show(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, id)?;
    let entry = vault.journal().entry(id).wait()?.ok_or(Error::NotFound)?;
    if out.is_json() {
        return out.value(&EntryValue::from(&entry));
    }
    if !entry.title.is_empty() {
        out.line(bold(&entry.title))?;
    }
    out.line(format!("{}  {}", moments::shown(&entry.happened), entry.happened.zone))?;
    for (name, words) in [("Feelings", &entry.feelings), ("Tags", &entry.tags)] {
        if !words.is_empty() {
            out.line(format!("{name}: {}", written(words).join(" · ")))?;
        }
    }
    if !entry.body.is_empty() {
        out.line(format!("\n{}", entry.body))?;
    }
    if entry.both_versions {
        out.line(format!("\n{}", said::BOTH_VERSIONS))?;
    }
    if entry.trashed.is_some() {
        out.line("\nThis entry is in the trash.")?;
    }
    Ok(())
}

pub(super) fn search(vault: &Vault, words: String, count: usize, out: Output) -> Result<(), Failure> {
    let hits = vault.journal().search(SearchQuery { words, count }).wait()?;
    if out.is_json() {
        let hits: Vec<HitValue> = hits.iter().map(HitValue::from).collect();
        return out.value(&BTreeMap::from([("hits", hits)]));
    }
    if hits.is_empty() {
        return out.line("No entry holds all of these words.");
    }
    let width = terminal::width();
    for Hit { entry, snippet } in &hits {
        out.line(in_a_list(entry, width))?;
        // The marks take no place on the screen, so the line may hold some more.
        out.line(format!(
            "          {}",
            in_one_line(snippet, width.saturating_sub(10).max(40))
        ))?;
    }
    Ok(())
}

fn written(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.written.clone()).collect()
}

/// `2f3a9c01  2026-03-01 21:30  its title, or its first words`
fn in_a_list(entry: &Entry, width: usize) -> String {
    let (id, when) = (find::short(entry.id), moments::shown(&entry.happened));
    let words = match (entry.title.trim(), entry.body.trim()) {
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
