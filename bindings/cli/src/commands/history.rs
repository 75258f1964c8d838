//! What an entry said before, what is erased for good, and what is not finished.

use super::entries::whole;
use crate::args::DraftChange;
use crate::editor::Edited;
use crate::failure::Failure;
use crate::find;
use crate::output::json::{DraftValue, EntryValue, Id, RevisionValue};
use crate::output::{Output, in_one_line};
use crate::{moments, terminal};
use cairn_core::id::{DraftId, EntryId};
use cairn_core::journal::Draft;
use cairn_core::vault::{DraftKind, Error, KeptDraft, Vault, Version};
use cairn_core::words::status as said;
use std::collections::BTreeMap;

/// Columns that a line of a list needs beside the words.
const BESIDE_WORDS: usize = 30;

pub(super) fn run(
    vault: &Vault,
    id: &str,
    show: Option<usize>,
    back_to: Option<usize>,
    out: Output,
) -> Result<(), Failure> {
    let journal = vault.journal();
    let id = find::entry(vault, id)?;
    let history = journal.history(id).wait()?;
    if let Some(number) = show.or(back_to) {
        let revision = number
            .checked_sub(1)
            .and_then(|at| history.get(at))
            .ok_or_else(|| Failure::not_found("Nothing was changed: its history has no such number."))?;
        if back_to.is_some() {
            journal.go_back_to(id, revision.version.clone()).wait()?;
            return said_of(id, said::SAVED.text, out);
        }
        let entry = journal
            .entry_at(id, revision.version.clone())
            .wait()?
            .ok_or(Error::NotFound)?;
        return if out.is_json() {
            out.value(&EntryValue::from(&entry))
        } else {
            whole(&entry, out)
        };
    }
    let mut revisions = Vec::new();
    for (at, revision) in history.iter().enumerate() {
        let entry = journal
            .entry_at(id, revision.version.clone())
            .wait()?
            .ok_or(Error::NotFound)?;
        revisions.push(RevisionValue::new(at + 1, revision, &entry));
    }
    if out.is_json() {
        return out.value(&BTreeMap::from([("revisions", revisions)]));
    }
    let width = terminal::width().saturating_sub(BESIDE_WORDS).max(24);
    for revision in &revisions {
        let present = if revision.is_present { "  (now)" } else { "" };
        out.line(format!(
            "{:>4}  {}{present}",
            revision.number,
            in_one_line(&revision.words(), width)
        ))?;
    }
    Ok(())
}

pub(super) fn erase_drafts(vault: &Vault, id: &str, yes: bool, out: Output) -> Result<(), Failure> {
    let id = find::entry(vault, id)?;
    if !agreed(yes, said::ERASE_DRAFTS_ASK.text)? {
        return out.say(said::NOT_ERASED.text);
    }
    let is_erased = vault.journal().erase_earlier_drafts(id).wait()?;
    let sentence = if is_erased {
        said::DRAFTS_ERASED.text
    } else {
        said::NOTHING_EARLIER.text
    };
    said_of(id, sentence, out)
}

pub(super) fn erase(vault: &Vault, id: Option<&str>, yes: bool, out: Output) -> Result<(), Failure> {
    let id = id.map(|id| find::entry(vault, id)).transpose()?;
    if !agreed(yes, said::ERASE_ASK.text)? {
        return out.say(said::NOT_ERASED.text);
    }
    match id {
        Some(id) => {
            vault.journal().erase(id).wait()?;
            said_of(id, said::ERASED.text, out)
        }
        None if vault.journal().empty_trash().wait()? => out.say(said::ERASED.text),
        None => out.say("The trash is empty."),
    }
}

/// What cannot be undone is asked once, before it is done; where nobody can be asked, `--yes` says it.
fn agreed(yes: bool, question: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !terminal::can_ask() {
        return Err(Failure::invalid(
            "Nothing was erased: nobody can be asked here, and --yes says that you mean it.",
        ));
    }
    terminal::asks(question)
}

pub(super) fn drafts(vault: &Vault, change: Option<DraftChange>, out: Output) -> Result<(), Failure> {
    let journal = vault.journal();
    let kept = journal.drafts().wait()?;
    let find = |id: &str| find::draft(&kept, id);
    match change {
        None => list(&kept, out),
        Some(DraftChange::Show { id }) => {
            let draft = find(&id)?;
            if out.is_json() {
                return out.value(&DraftValue::from(draft));
            }
            if draft.kind == DraftKind::ErasedElsewhere {
                out.line(said::ERASED_ELSEWHERE.text)?;
            }
            out.line(&draft.draft.title)?;
            out.line(&draft.draft.body)
        }
        Some(DraftChange::Finish { id }) => {
            let entry = journal.finish_draft(find(&id)?.id).wait()?;
            said_of(entry, said::SAVED.text, out)
        }
        Some(DraftChange::Discard { id }) => {
            let id = find(&id)?.id;
            journal.discard_draft(id).wait()?;
            if out.is_json() {
                return out.value(&Id { id: id.to_string() });
            }
            out.line(said::DRAFT_GONE.text)
        }
    }
}

fn list(kept: &[KeptDraft], out: Output) -> Result<(), Failure> {
    if out.is_json() {
        let drafts: Vec<DraftValue> = kept.iter().map(DraftValue::from).collect();
        return out.value(&BTreeMap::from([("drafts", drafts)]));
    }
    if kept.is_empty() {
        return out.line("There are no drafts.");
    }
    let width = terminal::width().saturating_sub(BESIDE_WORDS).max(24);
    for draft in kept {
        let words = match (draft.draft.title.trim(), draft.draft.body.trim()) {
            ("", body) => body,
            (title, _) => title,
        };
        out.line(format!(
            "{}  {:16}  {}",
            find::short(draft.id),
            moments::shown(&draft.draft.happened),
            in_one_line(words, width)
        ))?;
    }
    Ok(())
}

/// Keeps what was written in an editor. What the journal cannot keep as it is stays as a draft, sealed like everything else.
pub(super) fn rescued<T>(
    vault: &Vault,
    edited: Edited,
    of: Option<(EntryId, Version)>,
    around: &Draft,
    keep: impl FnOnce(String) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let text = edited.text.clone();
    let draft = Draft {
        body: text.clone(),
        ..around.clone()
    };
    let done = if edited.ended_early {
        Err(Failure::invalid("Nothing was changed: the editor ended early."))
    } else {
        keep(text)
    };
    done.map_err(|failure| {
        let kept: Result<DraftId, Error> = vault.journal().keep_draft(None, of, draft).wait();
        match kept {
            Ok(_) => failure.and_say(said::KEPT_AS_DRAFT.text),
            // They go with their folder: the journal they were for is no more.
            Err(Error::Erased) => Error::Erased.into(),
            Err(_) => edited.left_behind(&failure),
        }
    })
}

fn said_of(id: EntryId, sentence: &str, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&Id { id: id.to_string() });
    }
    out.line(format!("{sentence}  {}", find::short(id)))
}
