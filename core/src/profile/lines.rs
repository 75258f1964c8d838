//! Lines to call, text or chat with. The core dials none of them.
//!
//! The bundled ones are no data: only what the participant made of them is kept.
//!
//! | name | value |
//! |---|---|
//! | `line/<id>/region`, `name`, `number`, `languages`, `hours`, `source` | text; absent where it is as it came, or empty |
//! | `line/<id>/reach` | text: one of the three of [`Reach`] |
//! | `line/<id>/checked` | text: the date on which somebody checked it (ISO 8601) |
//! | `line/<id>/gone` | number 1: a bundled one that was taken away |

use super::change::longer;
use super::parts::{Editing, Thing, ids};
use super::{Changes, Fields, Invalid};
use crate::limits;
use chrono::NaiveDate;
use std::fmt;

/// How a line is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// By voice.
    Call,
    /// By text message.
    Text,
    /// By chat, at an address.
    Chat,
}

impl Reach {
    /// The word it is kept under.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Text => "text",
            Self::Chat => "chat",
        }
    }

    /// The one of this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Call, Self::Text, Self::Chat]
            .into_iter()
            .find(|reach| reach.code() == code)
    }
}

/// A line to reach people by.
#[derive(Clone, PartialEq, Eq)]
pub struct SupportLine {
    /// Its name in the data.
    pub id: String,
    /// Where it works, in words or as a region code.
    pub region: String,
    /// Whom one reaches.
    pub name: String,
    /// How.
    pub reach: Reach,
    /// The number, the short code and its word, or the address.
    pub number: String,
    /// In which languages, if that is known.
    pub languages: String,
    /// When, if that is known.
    pub hours: String,
    /// When somebody checked it; none for one that nobody here has checked.
    pub checked_on: Option<NaiveDate>,
    /// Where it is from.
    pub source: String,
    /// It came with the software.
    pub is_bundled: bool,
}

impl fmt::Debug for SupportLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupportLine")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

const LINE: &str = "line";

/// Every line, by region and name: the bundled ones and the participant's own.
pub fn support_lines(fields: &Fields, bundled: &[SupportLine]) -> Vec<SupportLine> {
    let mut all: Vec<SupportLine> = bundled
        .iter()
        .filter(|line| !Thing::new(fields, LINE, &line.id).flag("gone"))
        .map(|line| read(fields, line.clone()))
        .collect();
    let own = ids(fields, LINE, "name")
        .into_iter()
        .filter(|id| bundled.iter().all(|line| line.id != *id));
    all.extend(own.map(|id| read(fields, SupportLine::new(id))));
    all.sort_by(|a, b| (&a.region, &a.name, &a.id).cmp(&(&b.region, &b.name, &b.id)));
    all
}

impl SupportLine {
    /// A line with nothing said about it yet.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            region: String::new(),
            name: String::new(),
            reach: Reach::Call,
            number: String::new(),
            languages: String::new(),
            hours: String::new(),
            checked_on: None,
            source: String::new(),
            is_bundled: false,
        }
    }

    fn texts(&self) -> [(&'static str, &str); 6] {
        [
            ("region", &self.region),
            ("name", &self.name),
            ("number", &self.number),
            ("languages", &self.languages),
            ("hours", &self.hours),
            ("source", &self.source),
        ]
    }
}

/// A line with what the participant made of it.
fn read(fields: &Fields, line: SupportLine) -> SupportLine {
    let id = line.id.clone();
    let part = Thing::new(fields, LINE, &id);
    let text = |name: &str, base: String| part.said(name).map_or(base, str::to_owned);
    SupportLine {
        region: text("region", line.region),
        name: text("name", line.name),
        reach: part.said("reach").and_then(Reach::from_code).unwrap_or(line.reach),
        number: text("number", line.number),
        languages: text("languages", line.languages),
        hours: text("hours", line.hours),
        checked_on: part
            .said("checked")
            .and_then(|date| date.parse().ok())
            .or(line.checked_on),
        source: text("source", line.source),
        ..line
    }
}

/// Keeps a line, or what the participant makes of one that is there.
///
/// # Errors
/// [`Invalid`] for bounds.
pub fn set_support_line(fields: &Fields, bundled: &[SupportLine], line: &SupportLine) -> Result<Changes, Invalid> {
    if line.name.trim().is_empty() || line.number.trim().is_empty() {
        return Err(Invalid::TextEmpty);
    }
    if line
        .texts()
        .into_iter()
        .any(|(_, text)| longer(text, limits::TITLE_CHARACTERS_MAX))
    {
        return Err(Invalid::NameTooLong);
    }
    let all = support_lines(fields, bundled);
    if all.len() >= limits::LIST_THINGS_MAX && all.iter().all(|one| one.id != line.id) {
        return Err(Invalid::ListFull);
    }
    let base = bundled.iter().find(|one| one.id == line.id).cloned();
    let base = base.unwrap_or_else(|| SupportLine::new(""));
    let mut editing = Editing::new(fields, LINE, &line.id).flag("gone", false);
    for ((part, text), (_, base)) in line.texts().into_iter().zip(base.texts()) {
        // What was emptied is kept as empty words: without them it would be as it came again.
        let value = (text != base).then(|| super::Field::Text(text.to_owned()));
        editing = editing.put(part, value);
    }
    let checked = line.checked_on.filter(|date| base.checked_on != Some(*date));
    Ok(editing
        .text(
            "reach",
            if line.reach == base.reach {
                ""
            } else {
                line.reach.code()
            },
        )
        .text("checked", &checked.map(|date| date.to_string()).unwrap_or_default())
        .done())
}

/// Takes a line away.
pub fn remove_support_line(fields: &Fields, bundled: &[SupportLine], id: &str) -> Changes {
    let mut changes = Editing::new(fields, LINE, id).removed().done();
    if bundled.iter().any(|line| line.id == id) {
        changes.extend(Editing::new(&Fields::new(), LINE, id).flag("gone", true).done());
    }
    changes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::super::apply;
    use super::*;

    fn bundled() -> Vec<SupportLine> {
        vec![SupportLine {
            region: "Elsewhere".to_owned(),
            name: "A line".to_owned(),
            reach: Reach::Text,
            number: "000".to_owned(),
            hours: "always".to_owned(),
            source: "made up".to_owned(),
            is_bundled: true,
            ..SupportLine::new("x-1")
        }]
    }

    #[test]
    fn a_line_can_be_changed_added_and_taken_away_and_comes_back_as_it_was() {
        let mut fields = Fields::new();
        assert_eq!(support_lines(&fields, &bundled()), bundled());
        let changed = SupportLine {
            hours: String::new(),
            reach: Reach::Call,
            checked_on: NaiveDate::from_ymd_opt(2026, 3, 1),
            ..bundled()[0].clone()
        };
        let own = SupportLine {
            name: "My neighbour".to_owned(),
            number: "next door".to_owned(),
            ..SupportLine::new("own")
        };
        for line in [&changed, &own] {
            let changes = set_support_line(&fields, &bundled(), line).unwrap();
            apply(&mut fields, &changes);
        }
        assert_eq!(support_lines(&fields, &bundled()), [own.clone(), changed.clone()]);
        for line in [&changed, &own] {
            let changes = remove_support_line(&fields, &bundled(), &line.id);
            apply(&mut fields, &changes);
        }
        assert_eq!(support_lines(&fields, &bundled()), []);
        let changes = set_support_line(&fields, &bundled(), &bundled()[0]).unwrap();
        apply(&mut fields, &changes);
        assert_eq!((support_lines(&fields, &bundled()), fields), (bundled(), Fields::new()));
        let nobody = set_support_line(&Fields::new(), &bundled(), &SupportLine::new("own"));
        assert_eq!(nobody, Err(Invalid::TextEmpty));
    }
}
