//! What a specialist may look at again before they send something: closed and leading questions, language that directs, ways of contact.
//!
//! Advice, and no more: whoever wrote it decides. Only what tells of one's own experience does not leave while it directs, where the participant has not said otherwise. English alone in
//! this version; in other languages nothing is found. Where in the text it stands is said in bytes, for a mark.

use super::Sentence;
use super::directing::{Directing, LISTS};
use std::ops::Range;

/// What was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// A question that is answered with yes or no.
    Closed,
    /// A question that asks for reasons, and so for a justification.
    AsksWhy,
    /// A question that says what to answer.
    Leads,
    /// More than one question at once.
    Several,
    /// Language that directs.
    Directs,
    /// A telephone number, an address, a name on another service.
    Contact,
}

impl Notice {
    /// All of them, with their words in the data and on the command line.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Closed, "closed"),
        (Self::AsksWhy, "asks_why"),
        (Self::Leads, "leads"),
        (Self::Several, "several"),
        (Self::Directs, "directs"),
        (Self::Contact, "contact"),
    ];

    /// Its word in the data and on the command line.
    pub fn code(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(one, _)| *one == self);
        found.map_or("", |(_, code)| code)
    }
}

/// One thing that was noticed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What.
    pub notice: Notice,
    /// Where, in bytes of the text.
    pub at: Range<usize>,
}

/// What makes a good acknowledgement, in the order in which it is read. It is shown beside what a specialist writes, and none of it goes into that.
pub const fn on_acknowledging() -> &'static [Sentence] {
    super::acknowledging::ALL
}

/// Words with which a question that is answered with yes or no begins.
const CLOSED: &[&str] = &[
    "am",
    "are",
    "aren't",
    "can",
    "can't",
    "could",
    "couldn't",
    "did",
    "didn't",
    "do",
    "does",
    "doesn't",
    "don't",
    "had",
    "has",
    "hasn't",
    "have",
    "haven't",
    "is",
    "isn't",
    "may",
    "might",
    "must",
    "shall",
    "should",
    "shouldn't",
    "was",
    "wasn't",
    "were",
    "weren't",
    "will",
    "won't",
    "would",
    "wouldn't",
];

/// What says what to answer.
const LEADING: &[&str] = &[
    "don't you",
    "didn't you",
    "isn't it",
    "aren't you",
    "wasn't it",
    "wouldn't you",
    "couldn't you",
    "shouldn't you",
    "right?",
    "surely",
    "wouldn't it be",
];

/// What may be looked at again in a text; in the order of where it stands. `is_question` where the whole is meant to be one open question.
pub fn advise(text: &str, is_question: bool) -> Vec<Advice> {
    let plain: String = text.chars().map(plain_letter).collect();
    let mut found = notices(&plain, is_question);
    if plain.len() != text.len() {
        // The marks are moved by what a curly apostrophe is longer than a straight one.
        let moved = |at: usize| at + 2 * curly_before(text, at);
        for advice in &mut found {
            advice.at = moved(advice.at.start)..moved(advice.at.end);
        }
    }
    found.sort_by_key(|advice| (advice.at.start, advice.notice));
    found.dedup();
    found
}

/// Whether a text holds language that directs.
pub fn directs(text: &str) -> bool {
    advise(text, false)
        .iter()
        .any(|advice| advice.notice == Notice::Directs)
}

/// A letter as it is compared: in lower case, where that is as long. Of a few letters it is not, and what is found behind them would be marked in the wrong place.
fn plain_letter(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (c, lower.next(), lower.next()) {
        ('’', ..) => '\'',
        (_, Some(one), None) if one.len_utf8() == c.len_utf8() => one,
        _ => c,
    }
}

/// Curly apostrophes before a place in the text in which they are straight.
fn curly_before(text: &str, at: usize) -> usize {
    let mut straight = 0;
    let mut curly = 0;
    for c in text.chars() {
        if straight >= at {
            break;
        }
        if c == '’' {
            curly += 1;
            straight += 1;
        } else {
            straight += c.len_utf8();
        }
    }
    curly
}

fn notices(text: &str, is_question: bool) -> Vec<Advice> {
    let mut found = Vec::new();
    found.extend(phrases(text, LEADING, Notice::Leads));
    for lists in LISTS.iter() {
        found.extend(phrases(text, &lists.phrases, Notice::Directs));
        found.extend(little(text, lists));
    }
    found.extend(contacts(text));
    let mut questions = 0;
    let mut start = 0;
    for (at, end) in text.match_indices(['.', '!', '?', '\n']) {
        let sentence = start..at + end.len();
        start = sentence.end;
        if end == "?" {
            questions += 1;
            found.extend(of_question(text, sentence.clone()));
            if questions > 1 {
                found.push(Advice {
                    notice: Notice::Several,
                    at: at..at + 1,
                });
            }
        }
    }
    if is_question && questions == 0 {
        found.extend(of_question(text, 0..text.len()));
    }
    found
}

/// Where these phrases stand.
fn phrases(text: &str, phrases: &[&str], notice: Notice) -> Vec<Advice> {
    let places = phrases.iter().flat_map(|phrase| {
        let places = text.match_indices(phrase).map(|(at, phrase)| at..at + phrase.len());
        places.filter(|at| is_whole(text, at.start, at.len()))
    });
    places.map(|at| Advice { notice, at }).collect()
}

/// What of one question may be looked at again.
fn of_question(text: &str, sentence: Range<usize>) -> Vec<Advice> {
    let whole = text.get(sentence.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let word = |part: &str| {
        part.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'')
            .to_owned()
    };
    let words: Vec<String> = whole
        .split_whitespace()
        .map(word)
        .filter(|word| !word.is_empty())
        .collect();
    // "And do you …", "So, is it …": the word before says nothing.
    let lead = words
        .iter()
        .position(|word| !["and", "so", "but", "then", "well", "or"].contains(&word.as_str()));
    let first = lead
        .and_then(|at| words.get(at))
        .map(String::as_str)
        .unwrap_or_default();
    if CLOSED.contains(&first) {
        found.push(Advice {
            notice: Notice::Closed,
            at: sentence.clone(),
        });
    }
    let asks_why = words.iter().any(|word| word == "why") || whole.contains("how come");
    if asks_why {
        found.push(Advice {
            notice: Notice::AsksWhy,
            at: sentence.clone(),
        });
    }
    let is_double = [
        " or what",
        " and what",
        " and how",
        " or how",
        " and when",
        " and where",
    ];
    if is_double.iter().any(|double| whole.contains(double)) {
        found.push(Advice {
            notice: Notice::Several,
            at: sentence,
        });
    }
    found
}

/// Little words that direct.
fn little(text: &str, lists: &Directing) -> Vec<Advice> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '\'';
    let mut found = Vec::new();
    for (words, at) in lists
        .little
        .iter()
        .flat_map(|words| text.match_indices(words).map(|(at, words)| (words, at)))
    {
        let end = at + words.len();
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        if before.ends_with(is_letter) || after.starts_with(is_letter) {
            continue;
        }
        // A word that a comma or the end of a sentence parts from it says nothing of it.
        let last = before
            .trim_end_matches(' ')
            .rsplit(|c| !is_letter(c))
            .next()
            .unwrap_or_default();
        let next = after
            .trim_start_matches(' ')
            .split(|c| !is_letter(c))
            .next()
            .unwrap_or_default();
        let is_measure = lists.measures.contains(&next) || next.starts_with(|c: char| c.is_ascii_digit());
        if !is_measure && !lists.telling.contains(&last) {
            found.push(Advice {
                notice: Notice::Directs,
                at: at..end,
            });
        }
    }
    found
}

/// Whether a phrase at a place is not part of longer words.
fn is_whole(text: &str, at: usize, length: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text.get(at + length..).and_then(|after| after.chars().next());
    let begins = !before.is_some_and(char::is_alphanumeric);
    let ends_open = !text.get(at..at + length).is_some_and(|phrase| phrase.ends_with('?'));
    let ends = !ends_open || !after.is_some_and(char::is_alphanumeric);
    begins && ends
}

/// Telephone numbers, e-mail addresses, names on other services.
fn contacts(text: &str) -> Vec<Advice> {
    let mut found = Vec::new();
    let mut mark = |at: Range<usize>| {
        found.push(Advice {
            notice: Notice::Contact,
            at,
        });
    };
    let mut start = 0;
    for part in text.split(|c: char| c.is_whitespace() || ",;()<>".contains(c)) {
        let trimmed = part.trim_end_matches(['.', '!', '?', ':']);
        let at = start..start + trimmed.len();
        start += part.len()
            + text
                .get(start + part.len()..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        let (name, host) = trimmed.split_once('@').unwrap_or_default();
        let is_address = !name.is_empty() && host.contains('.') && !host.starts_with('.');
        let is_handle = trimmed.len() > 2 && trimmed.starts_with('@');
        let is_place = ["http://", "https://", "www.", "wa.me/", "t.me/"]
            .iter()
            .any(|begin| trimmed.starts_with(begin));
        if is_address || is_handle || is_place {
            mark(at);
        }
    }
    // A run of digits and what stands between them, with seven digits at least.
    let mut run: Option<(usize, usize, u32)> = None;
    for (at, c) in text.char_indices().chain([(text.len(), 'x')]) {
        run = match (run, c) {
            (Some((from, _, digits)), c) if c.is_ascii_digit() => Some((from, at + 1, digits + 1)),
            (None, c) if c.is_ascii_digit() || c == '+' => Some((at, at + 1, u32::from(c != '+'))),
            (Some(run), ' ' | '-' | '(' | ')' | '/' | '.') => Some(run),
            (Some((from, until, digits)), _) => {
                if digits >= 7 {
                    mark(from..until);
                }
                None
            }
            (None, _) => None,
        };
    }
    found
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
