//! Front matter: a few lines between two rules of three hyphens, on top of a Markdown file.
//!
//! We write a small part of YAML: one key a line, and behind its colon a value of JSON, on that same line. JSON's lists, objects and
//! quoted words are YAML's as well, so every reader of YAML reads it; and what reads it here is a reader of JSON. A YAML crate would
//! bring anchors, tags and six ways to write a word, and those we looked at do not bring every character back. Characters that a
//! reader of YAML refuses, folds or hides (controls, line separators, marks of direction, U+FEFF, U+FFFE, U+FFFF) are escaped.

use serde_json::Value;

/// What stands before and behind the lines.
const RULE: &str = "---\n";

/// Lines of front matter under way.
pub(in crate::exchange) struct Front(String);

impl Front {
    pub(in crate::exchange) fn new() -> Self {
        Self(RULE.to_owned())
    }

    /// A line. What says nothing (`null`, an empty word, list or object) is left out.
    pub(in crate::exchange) fn line(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        let says_nothing = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !says_nothing {
            self.0.push_str(key);
            self.0.push_str(": ");
            write_value(&mut self.0, &value);
            self.0.push('\n');
        }
    }

    /// The lines between their rules, a blank line, the text, and the end of its last line.
    pub(in crate::exchange) fn over(mut self, text: &str) -> String {
        self.0.push_str(RULE);
        self.0.push('\n');
        self.0.push_str(text);
        self.0.push('\n');
        self.0
    }
}

/// The lines and the text of what [`Front::over`] wrote; none where it is of another form.
pub(in crate::exchange) fn read(file: &str) -> Option<(Vec<(&str, Value)>, &str)> {
    let mut rest = file.strip_prefix(RULE)?;
    let mut lines = Vec::new();
    loop {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        if line == "---" {
            let text = rest.strip_prefix('\n')?.strip_suffix('\n')?;
            return Some((lines, text));
        }
        let (key, value) = line.split_once(": ")?;
        lines.push((key, serde_json::from_str(value).ok()?));
    }
}

fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => write_text(out, text),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                write_value(out, value);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                write_text(out, key);
                out.push_str(": ");
                write_value(out, value);
            }
            out.push('}');
        }
        // YAML 1.1 takes `1e-7` for a word: a number is written out, and has a point.
        Value::Number(number) if number.is_f64() => {
            let digits = number.as_f64().unwrap_or_default().to_string();
            out.push_str(&digits);
            out.push_str(if digits.contains('.') { "" } else { ".0" });
        }
        other => out.push_str(&other.to_string()),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_hidden(c) => {
                // All of them lie below U+10000, where JSON and YAML escape alike.
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Characters that a reader of YAML refuses or folds, or that a person cannot see.
const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                any::<char>(),
                proptest::sample::select(vec![
                    '\0',
                    '\r',
                    '\n',
                    '\u{85}',
                    '\u{2028}',
                    '\u{202e}',
                    '\u{feff}',
                    '"',
                    '\\',
                    ':',
                    '-',
                    '#',
                    '\u{ffff}',
                    '\u{1f600}',
                ]),
            ],
            0..40,
        )
        .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn every_text_and_number_reads_back(key_text in any_text(), body in any_text(), number in any::<f64>(), whole in any::<i64>()) {
            prop_assume!(number.is_finite());
            let value = json!({"a": [key_text.clone(), number], key_text: whole});
            let mut front = Front::new();
            front.line("key", value.clone());
            let file = front.over(&body);
            let (lines, text) = read(&file).unwrap();
            prop_assert_eq!(text, body);
            prop_assert_eq!(lines, [("key", value)]);
        }

        #[test]
        fn nothing_makes_the_reader_panic(file in "(---\n|: |\"|\\[|\\]|a|\n){0,30}") {
            let _ = read(&file);
        }
    }

    #[test]
    fn a_line_is_json_that_every_reader_of_yaml_reads() {
        let mut front = Front::new();
        front.line("tags", json!(["home", "e\u{301}\u{2028}"]));
        front.line("none", "");
        front.line("small", 1e-7);
        front.line("one", 1.0);
        assert_eq!(
            front.over("words"),
            "---\ntags: [\"home\", \"e\u{301}\\u2028\"]\nsmall: 0.0000001\none: 1.0\n---\n\nwords\n"
        );
    }
}
