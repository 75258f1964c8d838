//! What stands before the words of a file: YAML between `---`, TOML between `+++`, or Logseq's `key:: value`.
//!
//! What cannot be read as front matter was meant as something else or written wrongly: it stays in the text, as it was
//! written, and the entry comes in all the same. YAML is followed event by event: an anchor is never expanded (a file
//! of a few lines could become gigabytes), and depth and number of values are bounded before anything is kept.

use crate::limits;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// How deep values of front matter may lie in one another; real ones need 3.
const DEPTH_MAX: usize = 16;

/// The fields before the words, and the words.
pub(super) fn split(text: &str) -> (Map<String, Value>, &str) {
    let matter = |mark: &str, read: fn(&str) -> Option<Map<String, Value>>| {
        let (matter, body) = between(text, mark)?;
        (matter.len() <= limits::FRONT_MATTER_BYTES_MAX)
            .then(|| read(matter))
            .flatten()
            .map(|fields| (fields, body))
    };
    matter("---", yaml)
        .or_else(|| matter("+++", toml))
        .or_else(|| properties(text))
        .unwrap_or_else(|| (Map::new(), text))
}

/// What stands between a first line that is `mark` and the next one; and what follows, without the blank line between.
fn between<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let is_mark = |line: &str| line.trim_end() == mark;
    let first = text.split_inclusive('\n').next().filter(|line| is_mark(line))?;
    let start = first.len();
    let mut at = start;
    for line in text.get(start..)?.split_inclusive('\n') {
        if is_mark(line) {
            let rest = text.get(at + line.len()..)?;
            let body = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
            return Some((text.get(start..at)?, body.unwrap_or(rest)));
        }
        at += line.len();
    }
    None
}

/// Logseq's properties of a page: its first lines, as long as each is one.
fn properties(text: &str) -> Option<(Map<String, Value>, &str)> {
    let mut fields = Map::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let Some((key, value)) = line.trim_end().split_once("::") else {
            break;
        };
        let is_key = !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'));
        if !is_key || !(value.is_empty() || value.starts_with(' ')) || fields.len() >= limits::FRONT_MATTER_VALUES_MAX {
            break;
        }
        let former = fields.insert(key.to_lowercase(), Value::String(value.trim().to_owned()));
        if former.is_some() {
            return None;
        }
        at += line.len();
    }
    let rest = text.get(at..)?;
    (!fields.is_empty()).then(|| (fields, rest.strip_prefix('\n').unwrap_or(rest)))
}

fn toml(text: &str) -> Option<Map<String, Value>> {
    // The parser goes down with the brackets: what nests deeper than front matter does not reach it.
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return None;
        }
    }
    let table: toml::Table = text.parse().ok()?;
    let mut left = limits::FRONT_MATTER_VALUES_MAX;
    let fields = table
        .into_iter()
        .map(|(key, value)| Some((key, from_toml(value, &mut left)?)));
    fields.collect()
}

fn from_toml(value: toml::Value, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    Some(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Number::from_f64(number).map_or(Value::String(number.to_string()), Value::Number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(values) => {
            let values = values.into_iter().map(|value| from_toml(value, left));
            Value::Array(values.collect::<Option<_>>()?)
        }
        toml::Value::Table(table) => {
            let fields = table
                .into_iter()
                .map(|(key, value)| Some((key, from_toml(value, left)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
    })
}

/// What is being filled while events come.
enum Open {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Fields(Map<String, Value>, Option<String>),
}

fn yaml(text: &str) -> Option<Map<String, Value>> {
    let mut open: Vec<Open> = Vec::new();
    let mut whole: Option<Value> = None;
    let mut left = limits::FRONT_MATTER_VALUES_MAX;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.ok()?;
        let value = match event {
            Event::Scalar(text, style, 0, tag) => {
                let is_text = style != ScalarStyle::Plain || tag.is_some();
                if is_text {
                    Value::String(text.into_owned())
                } else {
                    plain(&text)
                }
            }
            Event::SequenceStart(0, _) => {
                open.push(Open::List(Vec::new()));
                if open.len() > DEPTH_MAX {
                    return None;
                }
                continue;
            }
            Event::MappingStart(0, _) => {
                open.push(Open::Fields(Map::new(), None));
                if open.len() > DEPTH_MAX {
                    return None;
                }
                continue;
            }
            Event::SequenceEnd => match open.pop()? {
                Open::List(values) => Value::Array(values),
                Open::Fields(..) => return None,
            },
            Event::MappingEnd => match open.pop()? {
                Open::Fields(fields, None) => Value::Object(fields),
                _ => return None,
            },
            // An anchor or an alias: what it stands for is not looked up.
            Event::Alias(_) | Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) => return None,
            _ => continue,
        };
        left = left.checked_sub(1)?;
        match open.last_mut() {
            Some(Open::List(values)) => values.push(value),
            Some(Open::Fields(fields, key)) => match key.take() {
                Some(key) => {
                    if fields.insert(key, value).is_some() {
                        return None;
                    }
                }
                None => *key = Some(as_key(value)?),
            },
            None if whole.is_none() => whole = Some(value),
            None => return None,
        }
    }
    match whole? {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

fn as_key(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null => Some("null".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a plain scalar means in YAML's core schema. A number that would not be written back as it stands stays text, so that
/// no digit of it is lost.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    match serde_json::from_str::<Number>(text) {
        Ok(number) if begins && number.to_string() == text => Value::Number(number),
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use serde_json::json;

    fn fields(text: &str) -> Value {
        Value::Object(split(text).0)
    }

    #[test]
    fn yaml_toml_and_properties_are_read_and_the_words_follow() {
        for (text, read) in [
            ("---\ntitle: A: day\n---\nwords", json!({})),
            (
                "---\ntitle: \"A: day\"\ntags: [a, b]\n---\n\nwords",
                json!({"title": "A: day", "tags": ["a", "b"]}),
            ),
            (
                "---\r\na: 1\r\nb: 1.50\r\nc: yes\r\nd: ~\r\n---\r\nwords",
                json!({"a": 1, "b": "1.50", "c": "yes", "d": null}),
            ),
            (
                "---\ntags:\n  - x\n  - y: {z: true}\n---\nwords",
                json!({"tags": ["x", {"y": {"z": true}}]}),
            ),
            (
                "+++\ndate = 2024-05-01\nn = [1, {x = 2.5}]\n+++\nwords",
                json!({"date": "2024-05-01", "n": [1, {"x": 2.5}]}),
            ),
            (
                "tags:: a, b\nmood:: calm\n\nwords",
                json!({"tags": "a, b", "mood": "calm"}),
            ),
            ("std::string is not a property", json!({})),
        ] {
            assert_eq!(fields(text), read, "{text}");
            assert!(split(text).1.ends_with("words") || read == json!({}), "{text}");
        }
        assert_eq!(split("---\na: b\n---\n\nwords\n---\n").1, "words\n---\n");
    }

    #[test]
    fn what_is_no_front_matter_stays_in_the_text() {
        for text in [
            "---\nno end",
            "--- \nwords only\n---\nx",
            "---\n- a list\n---\nx",
            "---\na: 1\na: 2\n---\nx",
            "---\na: [1\n---\nx",
            "---\n? [a]\n: b\n---\nx",
            "+++\na = \n+++\nx",
            "+++\na = 1\na = 2\n+++\nx",
            "a:: 1\na:: 2\nx",
            "----\na: b\n----\n",
            " ---\na: b\n---\n",
            "---\na: &x 1\nb: *x\n---\nx",
            "---\na: !!binary x\n--\n",
        ] {
            assert_eq!((fields(text), split(text).1), (json!({}), text), "{text}");
        }
    }

    #[test]
    fn a_billion_laughs_and_a_deep_well_stay_text() {
        let mut laughs = "---\na: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (one, other) in ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
        {
            laughs += &format!("{other}: &{other} [{}]\n", vec![format!("*{one}"); 9].join(", "));
        }
        laughs += "---\nwords";
        assert_eq!(fields(&laughs), json!({}));
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let deep = format!("---\na: {}{}\n---\nx", open.repeat(5_000), close.repeat(5_000));
            assert_eq!(fields(&deep), json!({}));
        }
        let deep = format!("+++\na = {}{}\n+++\nx", "[".repeat(5_000), "]".repeat(5_000));
        assert_eq!(fields(&deep), json!({}));
        let many = format!(
            "---\na: [{}]\n---\nx",
            "1, ".repeat(limits::FRONT_MATTER_VALUES_MAX + 1)
        );
        assert_eq!(fields(&many), json!({}));
        let large = format!("---\na: {}\n---\nx", "y".repeat(limits::FRONT_MATTER_BYTES_MAX));
        assert_eq!(fields(&large), json!({}));
    }
}
