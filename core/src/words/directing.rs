//! Words that say what to do, as lists: a file for each language, which whoever speaks it can read and correct.
//!
//! A file has the headings `[phrases]`, `[little]`, `[measures]` and `[telling]`, each once and in this order, and below each a phrase a line; what begins with `#`, and what is empty, says
//! nothing. `directing/en.txt` says what each of them is.

use std::sync::LazyLock;

/// The lists of one language.
#[derive(Debug, Default)]
pub(super) struct Directing {
    /// What directs wherever it stands.
    pub(super) phrases: Vec<&'static str>,
    /// What directs where no measure follows and nobody tells of themselves with it.
    pub(super) little: Vec<&'static str>,
    /// What makes a measure of a little word before it.
    pub(super) measures: Vec<&'static str>,
    /// What comes before a little word where somebody tells of themselves.
    pub(super) telling: Vec<&'static str>,
}

/// The file of each language.
const FILES: [&str; 1] = [include_str!("directing/en.txt")];

/// Every language's: a text is held against all of them, since nobody says in which it is.
pub(super) static LISTS: LazyLock<Vec<Directing>> = LazyLock::new(|| FILES.iter().map(|file| read(file)).collect());

fn read(file: &'static str) -> Directing {
    let mut lists = Directing::default();
    let mut list = &mut lists.phrases;
    let lines = file.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line {
            "[phrases]" => list = &mut lists.phrases,
            "[little]" => list = &mut lists.little,
            "[measures]" => list = &mut lists.measures,
            "[telling]" => list = &mut lists.telling,
            phrase => list.push(phrase),
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::advice::directs;

    #[test]
    fn every_list_has_its_words_as_they_are_compared() {
        for (file, lists) in FILES.iter().zip(LISTS.iter()) {
            let headings: Vec<&str> = file.lines().filter(|line| line.starts_with('[')).collect();
            assert_eq!(headings, ["[phrases]", "[little]", "[measures]", "[telling]"]);
            for list in [&lists.phrases, &lists.little, &lists.measures, &lists.telling] {
                assert!(!list.is_empty());
                for (place, words) in list.iter().enumerate() {
                    assert_eq!(**words, words.to_lowercase().replace('’', "'"), "{words}");
                    assert!(
                        list.iter().skip(place + 1).all(|other| other != words),
                        "twice: {words}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_phrase_is_found_and_a_little_word_with_a_measure_is_not() {
        for lists in LISTS.iter() {
            for phrase in lists.phrases.iter().chain(&lists.little) {
                assert!(directs(&format!("And so, {phrase} breathe.")), "{phrase}");
            }
            for little in &lists.little {
                for measure in &lists.measures {
                    assert!(
                        !directs(&format!("And so, {little} {measure} walk.")),
                        "{little} {measure}"
                    );
                }
                for telling in &lists.telling {
                    assert!(
                        !directs(&format!("So {telling} {little} breathe.")),
                        "{telling} {little}"
                    );
                }
            }
        }
    }
}
