//! One sentence, and the list of all.

use std::fmt;

/// A sentence with an id. Places for names stand in braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sentence {
    /// Its name for translations (`share.receipt`); never shown.
    pub id: &'static str,
    /// What it says, in English.
    pub text: &'static str,
}

impl Sentence {
    /// The sentence with each `{place}` filled. What is filled in is not looked at again, so that words in braces which a
    /// person wrote stay as they are.
    pub fn with(&self, values: &[(&str, &str)]) -> String {
        let mut filled = String::with_capacity(self.text.len() + 32);
        let mut rest = self.text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((place, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match values.iter().find(|(name, _)| *name == place) {
                Some((_, value)) => filled.push_str(value),
                None => filled.extend(["{", place, "}"]),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &'static str> {
        self.text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}').map(|(place, _)| place))
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Declares sentences, and the list of them.
macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $text:literal;)*) => {
        $($(#[$doc])* pub const $name: crate::words::Sentence = crate::words::Sentence { id: $id, text: $text };)*

        /// All sentences of this part.
        pub(super) const ALL: &[crate::words::Sentence] = &[$($name),*];
    };
}
pub(super) use sentences;

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Sentence = Sentence {
        id: "test.two",
        text: "{who} sees {what}.",
    };

    #[test]
    fn places_are_filled_once_and_braces_of_a_person_stay() {
        assert_eq!(TWO.with(&[("who", "Dee"), ("what", "this")]), "Dee sees this.");
        assert_eq!(
            TWO.with(&[("who", "{what}"), ("what", "{who} {")]),
            "{what} sees {who} {."
        );
        assert_eq!(TWO.with(&[("who", "Dee")]), "Dee sees {what}.");
        assert_eq!(TWO.places().collect::<Vec<_>>(), ["who", "what"]);
        let open = Sentence {
            id: "test.open",
            text: "a { b",
        };
        assert_eq!(open.with(&[]), "a { b");
    }
}
