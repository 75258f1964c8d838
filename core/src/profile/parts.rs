//! Things of a list, as flat fields hold them: `<list>/<id>/<part>`.
//!
//! A part is there or it is not: no words and the number 0 are the part taken away, so that what was never said and what
//! was taken back look the same.

use super::{Changes, Field, Fields};
use std::collections::BTreeSet;

/// One thing of a list, for reading.
#[derive(Clone, Copy)]
pub(super) struct Thing<'a> {
    fields: &'a Fields,
    list: &'static str,
    id: &'a str,
}

impl<'a> Thing<'a> {
    pub(super) const fn new(fields: &'a Fields, list: &'static str, id: &'a str) -> Self {
        Self { fields, list, id }
    }

    fn part(&self, part: &str) -> Option<&'a Field> {
        self.fields.get(&name(self.list, self.id, part))
    }

    /// The words of a part; empty when there are none.
    pub(super) fn text(&self, part: &str) -> String {
        self.said(part).unwrap_or_default().to_owned()
    }

    /// The words of a part.
    pub(super) fn said(&self, part: &str) -> Option<&'a str> {
        self.part(part)?.text()
    }

    pub(super) fn number(&self, part: &str) -> Option<i64> {
        self.part(part)?.number()
    }

    pub(super) fn flag(&self, part: &str) -> bool {
        self.number(part) == Some(1)
    }
}

/// The ids of a list: of everything that has this part.
pub(super) fn ids<'a>(fields: &'a Fields, list: &'static str, part: &str) -> BTreeSet<&'a str> {
    fields
        .keys()
        .filter_map(|name| {
            let (id, rest) = name.strip_prefix(list)?.strip_prefix('/')?.split_once('/')?;
            (rest == part).then_some(id)
        })
        .collect()
}

/// Changes of one thing of a list: only what differs from the fields is in them.
pub(super) struct Editing<'a> {
    fields: &'a Fields,
    list: &'static str,
    id: String,
    changes: Changes,
}

impl<'a> Editing<'a> {
    pub(super) fn new(fields: &'a Fields, list: &'static str, id: impl ToString) -> Self {
        Self {
            fields,
            list,
            id: id.to_string(),
            changes: Changes::new(),
        }
    }

    pub(super) fn put(mut self, part: &str, value: Option<Field>) -> Self {
        let name = name(self.list, &self.id, part);
        if self.fields.get(&name) != value.as_ref() {
            self.changes.insert(name, value);
        }
        self
    }

    /// Sets words; none of them takes the part away.
    pub(super) fn text(self, part: &str, text: &str) -> Self {
        self.put(part, (!text.is_empty()).then(|| Field::Text(text.to_owned())))
    }

    pub(super) fn number(self, part: &str, number: i64) -> Self {
        self.put(part, Some(Field::Number(number)))
    }

    pub(super) fn flag(self, part: &str, flag: bool) -> Self {
        self.put(part, flag.then_some(Field::Number(1)))
    }

    /// Takes every part away, those of a newer version too: half a thing is none.
    pub(super) fn removed(mut self) -> Self {
        let prefix = format!("{}/{}/", self.list, self.id);
        let names = self.fields.range(prefix.clone()..).map(|(name, _)| name);
        for name in names.take_while(|name| name.starts_with(&prefix)) {
            self.changes.insert(name.clone(), None);
        }
        self
    }

    pub(super) fn done(self) -> Changes {
        self.changes
    }
}

/// The name of one part of one thing.
pub(super) fn name(list: &str, id: &str, part: &str) -> String {
    format!("{list}/{id}/{part}")
}

/// The id in `text`, in the one spelling we write: another spelling would be a second name for one thing.
pub(super) fn id_in<T: std::str::FromStr + std::fmt::Display>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|id| id.to_string() == text)
}
