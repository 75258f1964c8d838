//! Bringing flat documents together without changing what is here.

use super::{Changes, Fields};

/// The changes that bring in what `there` has and `here` has not. A thing that is here already stays as it is, whatever is
/// known of it there: a section that was renamed since, a statement whose stance was taken away.
///
/// A thing is what shares the first two parts of its names (`section/<id>/…`); a name of one or two parts is a thing alone.
pub fn additions(here: &Fields, there: &Fields) -> Changes {
    let is_here = |name: &str| match thing(name) {
        Some(prefix) => here
            .range(prefix.to_owned()..)
            .next()
            .is_some_and(|(known, _)| known.starts_with(prefix)),
        None => here.contains_key(name),
    };
    there
        .iter()
        .filter(|(name, _)| !is_here(name))
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
    fn an_empty_document_becomes_the_other_one() {
        let there = fields(&[("section/a/name", 7), ("word", 7)]);
        let mut here = Fields::new();
        apply(&mut here, &additions(&Fields::new(), &there));
        assert_eq!(here, there);
    }
}
