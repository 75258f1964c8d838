//! Words of another journal, brought within the bounds of an entry here.

use crate::journal::Place;
use crate::limits;
use serde_json::{Map, Value};

/// Bytes of a source id that another app made.
const SOURCE_ID_BYTES_MAX: usize = 200;

/// Whether `text` has more than `max` characters, without counting further than that.
pub(super) fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

/// Those words that can be one here, and whether that is all of them.
pub(super) fn words<'a>(given: impl Iterator<Item = &'a str>) -> (Vec<String>, bool) {
    let mut all = true;
    let mut words: Vec<String> = Vec::new();
    for word in given.map(str::trim) {
        let fits = !word.is_empty() && !longer(word, limits::WORD_CHARACTERS_MAX) && words.len() < limits::WORDS_MAX;
        if fits {
            words.push(word.to_owned());
        } else {
            all = false;
        }
    }
    (words, all)
}

/// A title that can be one here; a longer one is put before the body, so that no word of it is lost.
pub(super) fn title_and_body(title: String, body: String) -> (String, String) {
    if !longer(&title, limits::TITLE_CHARACTERS_MAX) {
        return (title, body);
    }
    let between = if body.is_empty() { "" } else { "\n\n" };
    (String::new(), format!("{title}{between}{body}"))
}

/// The id the source gave, if one can be kept as it is.
pub(super) fn source_id(given: &str) -> Option<String> {
    let given = given.trim();
    (!given.is_empty() && given.len() <= SOURCE_ID_BYTES_MAX).then(|| given.to_owned())
}

/// An id for an entry that has none: a hash of what it says. Each part is closed off, so that no two lists of parts are one.
pub(super) fn id_of_content(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher
            .update(&(part.len() as u64).to_le_bytes())
            .update(part.as_bytes());
    }
    format!("content-{}", hasher.finalize().to_hex())
}

/// A place with the first of these names that can be one.
pub(super) fn place<'a>(labels: impl IntoIterator<Item = &'a str>, degrees: Option<(f64, f64)>) -> Option<Place> {
    let label = labels
        .into_iter()
        .map(str::trim)
        .find(|label| !label.is_empty() && !longer(label, limits::TITLE_CHARACTERS_MAX))
        .unwrap_or_default()
        .to_owned();
    let position =
        degrees.and_then(|(latitude, longitude)| crate::journal::Position::from_degrees(latitude, longitude));
    (!label.is_empty() || position.is_some()).then_some(Place { label, position })
}

/// Takes a text out of the fields; another kind of value stays where it is.
pub(super) fn take_text(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    match fields.get(key)? {
        Value::String(_) => match fields.remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Takes a flag out of the fields; another kind of value stays where it is.
pub(super) fn take_flag(fields: &mut Map<String, Value>, key: &str) -> bool {
    let flag = fields.get(key).and_then(Value::as_bool);
    if flag.is_some() {
        fields.remove(key);
    }
    flag.unwrap_or(false)
}

/// Takes those texts of a list that can be words here; the list stays among the fields when it holds anything else.
pub(super) fn take_words(fields: &mut Map<String, Value>, key: &str) -> Vec<String> {
    let Some(Value::Array(list)) = fields.get(key) else {
        return Vec::new();
    };
    let (words, all) = words(list.iter().filter_map(Value::as_str));
    if all && words.len() == list.len() {
        fields.remove(key);
    }
    words
}
