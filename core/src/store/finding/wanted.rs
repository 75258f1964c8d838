//! What is looked for, as it was typed: words, never a query language.

use super::terms::{Kind, each_term};
use crate::limits;
use std::fmt::Write as _;
use std::ops::ControlFlow;

/// What hangs on the front of a word in Arabic: "the", "and", "with", "for", "so", "like", and these together.
const ARABIC_FRONTS: [&str; 14] = [
    "ال", "و", "وال", "ب", "بال", "وب", "ل", "لل", "ول", "ف", "فال", "ك", "كال", "س",
];
/// The same in Hebrew: "the", "and", "in", "to", "from", "that", "as", and these together. Letters in their forms within a word.
const HEBREW_FRONTS: [&str; 13] = ["ה", "ו", "וה", "ב", "וב", "ל", "ול", "מ", "מה", "ומ", "ש", "שה", "כ"];

/// What one typed word asks for: one of some phrases.
#[derive(Debug)]
pub(super) struct Part {
    /// Terms that follow each other. The first phrase is the one that was typed.
    phrases: Vec<Vec<String>>,
    /// Whether the last term may be the beginning of one.
    is_open: bool,
    /// Whether the last term is one character of a script without blanks.
    ends_single: bool,
}

/// Everything that is looked for; all of it has to be there.
#[derive(Debug)]
pub(super) struct Wanted {
    parts: Vec<Part>,
}

impl Wanted {
    /// Reads what was typed; none when there is no letter and no digit in it.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        let typed: String = typed.chars().take(limits::SEARCH_CHARACTERS_MAX).collect();
        let words = typed.split(|c: char| c.is_whitespace() || c.is_control());
        let mut parts: Vec<Part> = words.filter_map(Part::of).collect();
        // The last one may still be in the making.
        parts.last_mut()?.is_open = true;
        Some(Self { parts })
    }

    /// How many words were typed.
    pub(super) const fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The same for FTS5: strings in quotes alone, so that nothing typed is an operator.
    ///
    /// `whole` answers the terms of the index that begin so, where it is better to ask for these.
    pub(super) fn expression<E>(
        &self,
        mut whole: impl FnMut(&str) -> Result<Option<Vec<String>>, E>,
    ) -> Result<String, E> {
        let mut expression = String::new();
        for part in &self.parts {
            expression.push_str(if expression.is_empty() { "(" } else { " AND (" });
            let mut or = "";
            for phrase in &part.phrases {
                let [before @ .., last] = phrase.as_slice() else {
                    continue;
                };
                let (terms, open) = match part.is_open.then(|| whole(last)).transpose()?.flatten() {
                    // One that no text holds finds nothing, as it is.
                    Some(terms) if terms.is_empty() => (vec![last.clone()], ""),
                    Some(terms) => (terms, ""),
                    None => (vec![last.clone()], if part.is_open { " *" } else { "" }),
                };
                for term in terms {
                    // Terms hold letters and digits: a quotation mark is none.
                    let words: Vec<&str> = before.iter().chain([&term]).map(String::as_str).collect();
                    let _ = write!(expression, "{or}\"{}\"{open}", words.join(" "));
                    or = " OR ";
                }
            }
            expression.push(')');
        }
        Ok(expression)
    }

    /// For every part that the terms before this place end with: its number, how many terms it takes, and whether only the first
    /// character of the last one was looked for. `term` answers the terms from the last one backwards.
    pub(super) fn ending_with<'t>(
        &self,
        term: impl Fn(usize) -> Option<&'t str>,
        mut found: impl FnMut(usize, usize, bool),
    ) {
        for (number, part) in self.parts.iter().enumerate() {
            for phrase in &part.phrases {
                let fits = phrase.iter().rev().enumerate().all(|(back, wanted)| {
                    term(back).is_some_and(|term| {
                        if back == 0 && part.is_open {
                            term.starts_with(wanted.as_str())
                        } else {
                            term == wanted
                        }
                    })
                });
                if fits {
                    found(number, phrase.len(), part.ends_single);
                    break;
                }
            }
        }
    }
}

impl Part {
    /// What one typed word asks for; none when it holds neither letter nor digit.
    fn of(word: &str) -> Option<Self> {
        let (mut phrase, mut kinds) = (Vec::new(), Vec::new());
        each_term(word, |term, spot| {
            phrase.push(term.to_owned());
            kinds.push(spot.kind);
            ControlFlow::Continue(())
        });
        // The last pair of a run says all; that the run ends there was not typed.
        if let [.., Kind::Pair, Kind::Single] = kinds.as_slice() {
            phrase.pop();
            kinds.pop();
        }
        let ends_single = *kinds.last()? == Kind::Single;
        let mut phrases = fronted(&phrase);
        phrases.insert(0, phrase);
        Some(Self {
            phrases,
            is_open: ends_single,
            ends_single,
        })
    }
}

/// The same word with what Arabic and Hebrew write onto its front. Nothing is taken off: who types more means more.
fn fronted(phrase: &[String]) -> Vec<Vec<String>> {
    let [word] = phrase else { return Vec::new() };
    let fronts: &[&str] = match word.chars().next() {
        Some('\u{621}'..='\u{6ff}') => &ARABIC_FRONTS,
        Some('\u{5d0}'..='\u{5ea}') => &HEBREW_FRONTS,
        _ => return Vec::new(),
    };
    // One letter is the front of too much.
    if word.chars().nth(1).is_none() {
        return Vec::new();
    }
    fronts.iter().map(|front| vec![format!("{front}{word}")]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use std::convert::Infallible;

    /// The expression for an index that is asked for beginnings.
    fn expression(typed: &str) -> String {
        let Ok(expression) = Wanted::parse(typed).unwrap().expression(|_| Ok::<_, Infallible>(None));
        expression
    }

    #[test]
    fn a_beginning_is_asked_for_by_the_words_that_begin_so() {
        let whole = |term: &str| {
            Ok::<_, Infallible>(match term {
                "kitch" => Some(vec!["kitchen".to_owned(), "kitchens".to_owned()]),
                "nowhere" => Some(Vec::new()),
                _ => None,
            })
        };
        for (typed, expected) in [
            ("old kitch", "(\"old\") AND (\"kitchen\" OR \"kitchens\")"),
            ("old-kitch", "(\"old kitchen\" OR \"old kitchens\")"),
            ("nowhere", "(\"nowhere\")"),
            ("kit", "(\"kit\" *)"),
        ] {
            let Ok(expression) = Wanted::parse(typed).unwrap().expression(whole);
            assert_eq!(expression, expected);
        }
    }

    #[test]
    fn what_is_typed_becomes_strings_and_no_operators() {
        for (typed, expected) in [
            ("bus late", "(\"bus\") AND (\"late\" *)"),
            ("a NOT \"b", "(\"a\") AND (\"not\") AND (\"b\" *)"),
            ("don't", "(\"don t\" *)"),
            ("東京", "(\"東京\" *)"),
            ("東京で 猫", "(\"東京 京で\") AND (\"猫\" *)"),
            ("猫 bus", "(\"猫\" *) AND (\"bus\" *)"),
            ("東京tower", "(\"東京 京 tower\" *)"),
        ] {
            assert_eq!(expression(typed), expected, "{typed}");
        }
        for nothing in ["", " ", "\"*\"", "… 😀", "\u{301}"] {
            assert!(Wanted::parse(nothing).is_none(), "{nothing}");
        }
    }

    #[test]
    fn a_word_of_arabic_is_also_looked_for_behind_what_is_written_onto_it() {
        let arabic = expression("بيت");
        assert!(arabic.starts_with("(\"بيت\" * OR \"البيت\" *"), "{arabic}");
        assert!(!expression("و").contains("OR"));
    }
}
