//! Bringing flat documents together without changing what is here.

use super::{Changes, EARLIER, Fields};

/// What the names of switches and of the history of a profile begin with.
const LEFT_THERE: [&str; 3] = ["switch/", "open/", "revision/"];

/// The changes that bring in what `there` has and `here` has not. A thing that is here already stays as it is, whatever is
/// known of it there: a section that was renamed since, a statement whose stance was taken away.
///
/// A thing is what shares the first two parts of its names (`section/<id>/…`); a name of one or two parts is a thing alone.
///
/// Where something is here already, two kinds of names stay there: switches, because what is switched off is a name that is not
/// there; and the history of a profile, because nothing tells what was erased of it from what was never known.
pub fn additions(here: &Fields, there: &Fields) -> Changes {
    let stays = |name: &str| {
        name.starts_with(EARLIER) || !here.is_empty() && LEFT_THERE.iter().any(|left| name.starts_with(left))
    };
    let is_here = |name: &str| match thing(name) {
        Some(prefix) => here
            .range(prefix.to_owned()..)
            .next()
            .is_some_and(|(known, _)| known.starts_with(prefix)),
        None => here.contains_key(name),
    };
    there
        .iter()
        .filter(|(name, _)| !is_here(name) && !stays(name))
        .map(|(name, value)| (name.clone(), Some(value.clone())))
        .collect()
}

/// What the names of one thing begin with.
fn thing(name: &str) -> Option<&str> {
    let (at, _) = name.match_indices('/').nth(1)?;
    name.get(..=at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Field, apply};

    fn fields(names: &[(&str, i64)]) -> Fields {
        names
            .iter()
            .map(|(name, number)| ((*name).to_owned(), Field::Number(*number)))
            .collect()
    }

    #[test]
    fn what_is_here_stays_and_what_is_not_comes_whole() {
        let mut here = fields(&[("section/a/name", 1), ("word", 2)]);
        let there = fields(&[
            ("section/a/name", 7),
            ("section/a/hidden", 7),
            ("section/ab/name", 7),
            ("section/ab/order", 7),
            ("word", 7),
            ("other", 7),
        ]);
        let changes = additions(&here, &there);
        apply(&mut here, &changes);
        let expected = fields(&[
            ("section/a/name", 1),
            ("section/ab/name", 7),
            ("section/ab/order", 7),
            ("word", 2),
            ("other", 7),
        ]);
        assert_eq!(here, expected);
        assert!(additions(&here, &there).is_empty(), "twice is once");
    }

    #[test]
    fn what_was_switched_off_or_erased_here_is_not_brought_back() {
        let there = fields(&[
            ("switch/receipts", 1),
            ("open/without_unlock", 1),
            ("revision/a/at", 1),
            ("statement/a/text", 1),
        ]);
        let here = fields(&[("recovery/word", 1)]);
        let expected: Changes = [("statement/a/text".to_owned(), Some(Field::Number(1)))].into();
        assert_eq!(additions(&here, &there), expected);
        assert_eq!(additions(&Fields::new(), &there).len(), 4);
    }

    #[test]
    fn an_empty_document_becomes_the_other_one() {
        let there = fields(&[("section/a/name", 7), ("word", 7)]);
        let mut here = Fields::new();
        apply(&mut here, &additions(&Fields::new(), &there));
        assert_eq!(here, there);
    }
}
