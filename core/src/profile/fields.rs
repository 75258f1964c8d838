//! A flat set of named values: the form in which profile and relationships are kept and merged.

use std::collections::BTreeMap;
use std::fmt;

/// One value.
#[derive(Clone, PartialEq, Eq)]
pub enum Field {
    /// Words.
    Text(String),
    /// A number.
    Number(i64),
    /// Bytes whose meaning belongs to the room that wrote them.
    Bytes(Vec<u8>),
}

impl Field {
    /// The words, where it holds words.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, where it holds one.
    pub const fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The bytes, where it holds bytes.
    pub fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    /// The bytes, where it holds exactly `N` of them.
    pub fn array<const N: usize>(&self) -> Option<[u8; N]> {
        self.bytes()?.try_into().ok()
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field(…)")
    }
}

/// Named values. A name is a path of ASCII parts (`statement/<id>/text`); the last writer of one name wins.
pub type Fields = BTreeMap<String, Field>;

/// Names and their new values; `None` takes the name away.
pub type Changes = BTreeMap<String, Option<Field>>;

/// What the names begin with under which a flat document says what it began anew from. They belong to the document, not to what it
/// says: nothing else reads them, and they go into no other document.
///
/// | name | value | |
/// |---|---|---|
/// | `earlier/edition` | number | the edition before |
/// | `earlier/heads` | bytes | the newest changes it held then, its heads among them, 32 bytes each, ascending |
pub const EARLIER: &str = "earlier/";

/// What makes `after` of `before`.
pub fn difference(before: &Fields, after: &Fields) -> Changes {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let set = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
    gone.map(|name| (name.clone(), None))
        .chain(set.map(|(name, value)| (name.clone(), Some(value.clone()))))
        .collect()
}

/// Carries `changes` out on `fields`.
pub fn apply(fields: &mut Fields, changes: &Changes) {
    for (name, value) in changes {
        match value {
            Some(value) => fields.insert(name.clone(), value.clone()),
            None => fields.remove(name),
        };
    }
}
