//! What stands around an entry's words, as it is typed and as it is shown.

use crate::args::Around;
use crate::failure::Failure;
use crate::find;
use cairn_core::journal::{Draft, Energy, Entry, Marks, Place, Valence, Word};
use cairn_core::vault::Vault;

/// `draft` with what was typed in the place of what it had.
pub(super) fn with(vault: &Vault, around: Around, draft: Draft) -> Result<Draft, Failure> {
    let or = |typed: Vec<String>, before| if typed.is_empty() { before } else { typed };
    let valence = match around.valence {
        Some(number) => Some(Valence::new(number).ok_or_else(|| outside("a valence lies between -1 and 1"))?),
        None => draft.valence,
    };
    let energy = match around.energy {
        Some(number) => Some(Energy::new(number).ok_or_else(|| outside("an energy lies between 0 and 1"))?),
        None => draft.energy,
    };
    let place = match around.place {
        Some(label) if label.trim().is_empty() => None,
        Some(label) => Some(Place { label, position: None }),
        None => draft.place,
    };
    let replies_to = match around.reply_to {
        Some(id) => Some(find::entry(vault, &id)?),
        None => draft.replies_to,
    };
    let before = draft.marks;
    Ok(Draft {
        people: or(around.people, draft.people),
        life_areas: or(around.areas, draft.life_areas),
        valence,
        energy,
        place,
        replies_to,
        marks: Marks {
            remember: around.remember.unwrap_or(before.remember),
            keep_from_memories: around.keep_from_memories.unwrap_or(before.keep_from_memories),
            tender: around.tender.unwrap_or(before.tender),
            never_share: around.never_share.unwrap_or(before.never_share),
        },
        ..draft
    })
}

fn outside(what: &str) -> Failure {
    Failure::invalid(format!("Nothing was changed: {what}."))
}

/// The lines that say what stands around an entry.
pub(super) fn lines(entry: &Entry) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(asked) = &entry.asked {
        lines.push(format!("Asked: {}", asked.text));
    }
    let written = |words: &[Word]| {
        words
            .iter()
            .map(|word| word.written.as_str())
            .collect::<Vec<_>>()
            .join(" · ")
    };
    for (name, words) in [
        ("Feelings", &entry.feelings),
        ("Tags", &entry.tags),
        ("People", &entry.people),
        ("Areas of life", &entry.life_areas),
    ] {
        if !words.is_empty() {
            lines.push(format!("{name}: {}", written(words)));
        }
    }
    if let Some(place) = &entry.place {
        lines.push(format!("Place: {}", place.label));
    }
    let numbers = [
        ("Valence", entry.valence.map(Valence::number)),
        ("Energy", entry.energy.map(Energy::number)),
    ];
    for (name, number) in numbers {
        lines.extend(number.map(|number| format!("{name}: {number}, set by you")));
    }
    lines.extend(entry.replies_to.map(|id| format!("Replies to: {}", find::short(id))));
    let marks = [
        (entry.marks.remember, "to remember"),
        (entry.marks.keep_from_memories, "kept from memories"),
        (entry.marks.tender, "tender"),
        (entry.marks.never_share, "never to be shared"),
    ];
    let set: Vec<&str> = marks
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, mark)| *mark)
        .collect();
    if !set.is_empty() {
        lines.push(format!("Marked: {}", set.join(" · ")));
    }
    lines
}
