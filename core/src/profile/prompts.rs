//! Questions to write from: one at a time, in the participant's order, and none is ever due.
//!
//! The bundled ones are no data: only what the participant made of them is kept.
//!
//! | name | value | |
//! |---|---|---|
//! | `prompt/<id>/text` | text | a question of the participant's own, or their words for a bundled one |
//! | `prompt/<id>/order` | number | its place, once it was moved; an own one has it from the beginning |
//! | `prompt/<id>/hidden` | number 1 | absent when it is asked |
//! | `prompt/<id>/asked_by` | text | the name of the specialist who asked it, where it is a question that was kept from a message |
//!
//! `<id>` is the bundled one's stable id (`P-07`) or the random id of an own one. **Invariant:** that a question was asked, or
//! passed over, leaves no trace; which one comes next follows from the one before, which the asker names.

use super::change::longer;
use super::order::{STEP, after, moved};
use super::parts::{Editing, Thing, ids};
use super::{Changes, Fields, Invalid};
use crate::limits;
use std::fmt;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromptGroup {
    /// Right now.
    Arriving,
    /// What matters.
    Matters,
    /// What helps, and what one is made of.
    Helps,
    /// Hard stretches.
    HardStretches,
    /// People and belonging.
    People,
    /// Support, and working together.
    Support,
    /// Looking back.
    LookingBack,
    /// The participant's own.
    Own,
}

impl PromptGroup {
    /// The word it is known by.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Arriving => "arriving",
            Self::Matters => "matters",
            Self::Helps => "helps",
            Self::HardStretches => "hard_stretches",
            Self::People => "people",
            Self::Support => "support",
            Self::LookingBack => "looking_back",
            Self::Own => "own",
        }
    }

    /// The group of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [
            Self::Arriving,
            Self::Matters,
            Self::Helps,
            Self::HardStretches,
            Self::People,
            Self::Support,
            Self::LookingBack,
            Self::Own,
        ];
        all.into_iter().find(|group| group.code() == code)
    }
}

/// A question to write from.
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its name: `P-07`, or the random id of an own one.
    pub id: String,
    /// The question, with the participant's word for recovery in it.
    pub text: String,
    /// What it is about.
    pub group: PromptGroup,
    /// Asked only where the participant switched the tender ones on.
    pub is_tender: bool,
    /// Never asked until it is shown again.
    pub hidden: bool,
    /// The participant wrote it, or kept it.
    pub is_own: bool,
    /// Who asked it, where it was kept from a message.
    pub asked_by: Option<String>,
    /// Its place.
    pub order: i64,
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt").field("id", &self.id).finish_non_exhaustive()
    }
}

const PROMPT: &str = "prompt";

/// All questions, in the participant's order: the bundled ones, given in theirs, and their own.
pub fn prompts(fields: &Fields, bundled: &[Prompt]) -> Vec<Prompt> {
    let places = (1..).map(|n: i64| n.saturating_mul(STEP));
    let mut all: Vec<Prompt> = bundled
        .iter()
        .zip(places)
        .map(|(prompt, place)| {
            let part = Thing::new(fields, PROMPT, &prompt.id);
            Prompt {
                text: part.said("text").unwrap_or(&prompt.text).to_owned(),
                hidden: part.flag("hidden"),
                order: part.number("order").unwrap_or(place),
                ..prompt.clone()
            }
        })
        .collect();
    let own = ids(fields, PROMPT, "text")
        .into_iter()
        .filter(|id| bundled.iter().all(|prompt| prompt.id != *id));
    all.extend(own.filter_map(|id| {
        let part = Thing::new(fields, PROMPT, id);
        Some(Prompt {
            id: id.to_owned(),
            text: part.said("text")?.to_owned(),
            group: PromptGroup::Own,
            is_tender: false,
            hidden: part.flag("hidden"),
            is_own: true,
            asked_by: part.said("asked_by").map(str::to_owned),
            order: part.number("order").unwrap_or(0),
        })
    }));
    all.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
    all
}

/// The question to ask after the one of this name, or the first one. After the last comes the first again, so that there is
/// always another one. None where all are hidden.
pub fn next_prompt<'a>(all: &'a [Prompt], tender: bool, after: Option<&str>) -> Option<&'a Prompt> {
    let is_asked = |prompt: &&Prompt| !prompt.hidden && (tender || !prompt.is_tender);
    let from = after
        .and_then(|after| all.iter().position(|prompt| prompt.id == after))
        .map_or(0, |place| place + 1);
    let (before, rest) = all.split_at_checked(from)?;
    rest.iter().chain(before).find(is_asked)
}

/// Keeps a question of the participant's own at the end, or changes the words of one that is there, bundled or own.
///
/// # Errors
/// [`Invalid::Question`], [`Invalid::ListFull`].
pub fn set_prompt(fields: &Fields, bundled: &[Prompt], id: &str, text: &str) -> Result<Changes, Invalid> {
    let text = text.trim();
    if text.is_empty() || longer(text, limits::PROMPT_CHARACTERS_MAX) {
        return Err(Invalid::Question);
    }
    let all = prompts(fields, bundled);
    let editing = Editing::new(fields, PROMPT, id);
    if let Some(prompt) = all.iter().find(|prompt| prompt.id == id) {
        return Ok(if prompt.text == text {
            Changes::new()
        } else {
            // Other words are the participant's own.
            editing.text("text", text).text("asked_by", "").done()
        });
    }
    if all.len() >= limits::LIST_THINGS_MAX {
        return Err(Invalid::ListFull);
    }
    let order = after(all.last().map(|prompt| prompt.order));
    Ok(editing.text("text", text).number("order", order).done())
}

/// Keeps a question that somebody asked, at the end; where it is there already it stays as it is.
///
/// # Errors
/// As [`set_prompt`].
pub fn keep_prompt(fields: &Fields, bundled: &[Prompt], id: &str, text: &str, by: &str) -> Result<Changes, Invalid> {
    if prompts(fields, bundled).iter().any(|prompt| prompt.id == id) {
        return Ok(Changes::new());
    }
    let mut changes = set_prompt(fields, bundled, id, text)?;
    if !by.is_empty() {
        changes.extend(Editing::new(fields, PROMPT, id).text("asked_by", by).done());
    }
    Ok(changes)
}

/// Leaves a question out, or asks it again.
///
/// # Errors
/// [`Invalid::NoSuchThing`].
pub fn hide_prompt(fields: &Fields, bundled: &[Prompt], id: &str, hidden: bool) -> Result<Changes, Invalid> {
    let all = prompts(fields, bundled);
    all.iter().find(|prompt| prompt.id == id).ok_or(Invalid::NoSuchThing)?;
    Ok(Editing::new(fields, PROMPT, id).flag("hidden", hidden).done())
}

/// Moves a question to stand before another one, or last.
///
/// # Errors
/// [`Invalid::NoSuchThing`].
pub fn move_prompt(fields: &Fields, bundled: &[Prompt], id: &str, before: Option<&str>) -> Result<Changes, Invalid> {
    let all = prompts(fields, bundled);
    let list: Vec<(&str, i64)> = all.iter().map(|prompt| (prompt.id.as_str(), prompt.order)).collect();
    let places = moved(&list, id, before).ok_or(Invalid::NoSuchThing)?;
    Ok(places
        .into_iter()
        .flat_map(|(id, order)| Editing::new(fields, PROMPT, id).number("order", order).done())
        .collect())
}

/// Takes an own question away; a bundled one is as it came again.
pub fn remove_prompt(fields: &Fields, id: &str) -> Changes {
    Editing::new(fields, PROMPT, id).removed().done()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn bundled() -> Vec<Prompt> {
        let prompt = |id: &str, is_tender| Prompt {
            id: id.to_owned(),
            text: format!("What about {id}?"),
            group: PromptGroup::Arriving,
            is_tender,
            hidden: false,
            is_own: false,
            asked_by: None,
            order: 0,
        };
        vec![prompt("P-01", false), prompt("P-02", true), prompt("P-03", false)]
    }

    fn made(fields: &mut Fields, changes: Result<Changes, Invalid>) {
        apply(fields, &changes.unwrap());
    }

    fn asked(fields: &Fields, tender: bool, count: usize) -> Vec<String> {
        let all = prompts(fields, &bundled());
        let mut ids: Vec<String> = Vec::new();
        for _ in 0..count {
            let after = ids.last().map(String::as_str);
            ids.push(next_prompt(&all, tender, after).unwrap().id.clone());
        }
        ids
    }

    #[test]
    fn one_question_comes_after_another_and_there_is_always_another_one() {
        let mut fields = Fields::new();
        assert_eq!(asked(&fields, false, 3), ["P-01", "P-03", "P-01"]);
        assert_eq!(asked(&fields, true, 4), ["P-01", "P-02", "P-03", "P-01"]);
        let changes = set_prompt(&fields, &bundled(), "own", " Where does the soup come from? ");
        made(&mut fields, changes);
        let changes = hide_prompt(&fields, &bundled(), "P-01", true);
        made(&mut fields, changes);
        assert_eq!(asked(&fields, false, 3), ["P-03", "own", "P-03"]);
        let changes = move_prompt(&fields, &bundled(), "own", Some("P-01"));
        made(&mut fields, changes);
        assert_eq!(asked(&fields, true, 3), ["own", "P-02", "P-03"]);
        for id in ["P-02", "P-03", "own"] {
            let changes = hide_prompt(&fields, &bundled(), id, true);
            made(&mut fields, changes);
        }
        assert_eq!(next_prompt(&prompts(&fields, &bundled()), true, None), None);
    }

    #[test]
    fn asking_leaves_no_trace_and_a_bundled_question_in_own_words_comes_back_as_it_was() {
        let mut fields = Fields::new();
        drop(asked(&fields, true, 9));
        assert_eq!(fields, Fields::new());
        let changes = set_prompt(&fields, &bundled(), "P-01", "What is there?");
        made(&mut fields, changes);
        let all = prompts(&fields, &bundled());
        assert_eq!(
            (all[0].text.as_str(), all[0].is_own, all.len()),
            ("What is there?", false, 3)
        );
        let changes = remove_prompt(&fields, "P-01");
        apply(&mut fields, &changes);
        assert_eq!(prompts(&fields, &bundled())[0].text, "What about P-01?");
        assert_eq!(fields, Fields::new());
        assert_eq!(set_prompt(&fields, &bundled(), "own", " "), Err(Invalid::Question));
        assert_eq!(hide_prompt(&fields, &bundled(), "own", true), Err(Invalid::NoSuchThing));
    }
}
