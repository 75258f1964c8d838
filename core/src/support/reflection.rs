//! What a specialist asks themselves before they tell of their own experience. It stays on their devices: a message says no more than that it was done.
//!
//! Kept in their own side of the relationship, under `reflection/<id>/`: `at` number, ms; `for_whom`, `decided` text; `words` text; `asked` text and `shortest` number 1,
//! where they were said. One that a message has used has `used`, the bytes of its name.

use crate::clock::Timestamp;
use crate::id::{MessageId, ThingId};
use crate::profile::{Changes, Field, Fields};
use std::fmt;

/// Whom it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// For them.
    Theirs,
    /// For both.
    Both,
    /// For oneself.
    Mine,
    /// Not sure.
    Unsure,
}

/// Whether the participant asked to hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TheyAsked {
    /// They did.
    Yes,
    /// They were asked first.
    IAskedFirst,
    /// They did not.
    No,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// To tell it.
    Share,
    /// To make it shorter first.
    Shorten,
    /// To keep it.
    KeepToMyself,
}

impl Whose {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Theirs, "theirs"),
        (Self::Both, "both"),
        (Self::Mine, "mine"),
        (Self::Unsure, "unsure"),
    ];
}

impl TheyAsked {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Yes, "yes"),
        (Self::IAskedFirst, "i_asked_first"),
        (Self::No, "no"),
    ];
}

impl Decision {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Share, "share"),
        (Self::Shorten, "shorten"),
        (Self::KeepToMyself, "keep_to_myself"),
    ];
}

/// One such look at oneself.
#[derive(Clone, PartialEq, Eq)]
pub struct SelfReflection {
    /// Whom it would be for.
    pub for_whom: Whose,
    /// Whether it gives them strength or weighs on them, in one's own words; may be empty.
    pub words: String,
    /// Whether they asked to hear it, where that was said.
    pub did_they_ask: Option<TheyAsked>,
    /// Whether it is the shortest that it can be told in.
    pub is_shortest: bool,
    /// What was decided.
    pub decided: Decision,
}

impl fmt::Debug for SelfReflection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SelfReflection(…)")
    }
}

impl SelfReflection {
    /// One that says whom it is for and what was decided, and no more.
    pub const fn new(for_whom: Whose, decided: Decision) -> Self {
        Self {
            for_whom,
            words: String::new(),
            did_they_ask: None,
            is_shortest: false,
            decided,
        }
    }

    /// What to do is offered first: where it is more for oneself, to keep it.
    pub const fn suggestion(for_whom: Whose) -> Decision {
        match for_whom {
            Whose::Theirs | Whose::Both => Decision::Share,
            Whose::Mine | Whose::Unsure => Decision::KeepToMyself,
        }
    }

    /// The changes that keep it.
    pub fn changes(&self, id: ThingId, at: Timestamp) -> Changes {
        let code = |found: Option<&'static str>| Some(Field::Text(found.unwrap_or_default().to_owned()));
        let for_whom = Whose::ALL.iter().find(|(one, _)| *one == self.for_whom);
        let decided = Decision::ALL.iter().find(|(one, _)| *one == self.decided);
        let mut changes = Changes::from([
            (named(id, "at"), Some(Field::Number(at.0))),
            (named(id, "for_whom"), code(for_whom.map(|(_, code)| *code))),
            (named(id, "decided"), code(decided.map(|(_, code)| *code))),
            (named(id, "words"), Some(Field::Text(self.words.clone()))),
        ]);
        if let Some((_, asked)) = TheyAsked::ALL.iter().find(|(one, _)| Some(*one) == self.did_they_ask) {
            changes.insert(named(id, "asked"), code(Some(asked)));
        }
        if self.is_shortest {
            changes.insert(named(id, "shortest"), Some(Field::Number(1)));
        }
        changes
    }

    /// Whether this one was made, decided to tell, and no message has used it.
    pub fn is_free(fields: &Fields, id: ThingId) -> bool {
        let decided = fields.get(&named(id, "decided")).and_then(Field::text);
        decided == Some("share") && !fields.contains_key(&named(id, "used"))
    }

    /// The changes that forget the oldest of those that a message has used, so that there is room for one more of so many.
    pub fn forgotten(fields: &Fields, most: usize) -> Changes {
        let made = fields
            .iter()
            .filter_map(|(name, at)| Some((name.strip_prefix("reflection/")?.strip_suffix("/at")?, at.number()?)));
        let mut made: Vec<(i64, &str)> = made.map(|(id, at)| (at, id)).collect();
        made.sort_unstable();
        let over = (made.len() + 1).saturating_sub(most);
        let used = made
            .into_iter()
            .filter(|(_, id)| fields.contains_key(&format!("reflection/{id}/used")));
        let gone: Vec<String> = used.take(over).map(|(_, id)| format!("reflection/{id}/")).collect();
        let names = fields
            .keys()
            .filter(|name| gone.iter().any(|gone| name.starts_with(gone)));
        names.map(|name| (name.clone(), None)).collect()
    }

    /// The changes that free the one which a message has used that was taken back.
    pub fn freed(fields: &Fields, message: MessageId) -> Changes {
        let is_of = |value: &Field| value.bytes() == Some(message.as_bytes());
        let used = fields
            .iter()
            .filter(|(name, value)| name.starts_with("reflection/") && name.ends_with("/used") && is_of(value));
        used.map(|(name, _)| (name.clone(), None)).collect()
    }

    /// The changes that use it for a message.
    pub fn used(id: ThingId, message: MessageId) -> Changes {
        Changes::from([(named(id, "used"), Some(Field::Bytes(message.as_bytes().to_vec())))])
    }
}

fn named(id: ThingId, part: &str) -> String {
    format!("reflection/{id}/{part}")
}
