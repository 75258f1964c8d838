//! Languages, by tags that software can read: which letters to draw, which voice to read with, what to translate into.
//!
//! A tag is a Unicode language identifier, as BCP 47 has them: a language of two or three letters and, where they are said, a script, a region and variants
//! (`de-CH`, `ase`, `zh-Hant`, `ca-valencia`). It is kept in one spelling, so that one language is not two. No list of languages is asked: any tag of this
//! shape is somebody's to say, and which words they write in stays theirs.

use super::{Invalid, longer};
use crate::limits;
use unic_langid::LanguageIdentifier;

/// The tags in their one spelling and their order; one that was said twice stands where it was said first.
///
/// # Errors
/// [`Invalid::Language`] for what is no tag, [`Invalid::TooManyLanguages`].
pub(crate) fn languages_in(tags: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<String>, Invalid> {
    let mut languages = Vec::new();
    for tag in tags {
        let tag = language(tag.as_ref()).ok_or(Invalid::Language)?;
        if languages.contains(&tag) {
            continue;
        }
        if languages.len() == limits::LANGUAGES_MAX {
            return Err(Invalid::TooManyLanguages);
        }
        languages.push(tag);
    }
    Ok(languages)
}

/// What of these lines are tags. Total: another version may keep what this one cannot read.
pub(super) fn languages_read(lines: &str) -> Vec<String> {
    let mut languages: Vec<String> = Vec::new();
    for tag in lines.lines().filter_map(language) {
        if languages.len() < limits::LANGUAGES_MAX && !languages.contains(&tag) {
            languages.push(tag);
        }
    }
    languages
}

/// Whether these are languages as they are kept: each in its one spelling, none twice, no more than there can be.
pub(crate) fn are_languages(tags: &[String]) -> bool {
    languages_in(tags).is_ok_and(|kept| kept == tags)
}

/// The one spelling of a tag; none for what is no tag.
fn language(tag: &str) -> Option<String> {
    let tag = tag.trim();
    if longer(tag, limits::LANGUAGE_CHARACTERS_MAX) {
        return None;
    }
    let tag: LanguageIdentifier = tag.parse().ok()?;
    // "und" is no language, and none is longer than three letters: "english" is a name for one.
    let is_one = !tag.language.is_empty() && tag.language.as_str().len() <= 3;
    is_one.then(|| tag.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_spelling() {
        for (said, kept) in [
            ("DE-ch", "de-CH"),
            ("de_CH", "de-CH"),
            (" ase ", "ase"),
            ("zh-hANT-tw", "zh-Hant-TW"),
            ("ES-419", "es-419"),
            ("CA-Valencia", "ca-valencia"),
            ("tlh", "tlh"),
        ] {
            assert_eq!(languages_in([said]), Ok(vec![kept.to_owned()]), "{said}");
            assert_eq!(languages_in([kept]), Ok(vec![kept.to_owned()]), "{kept}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused_and_not_read() {
        let long = format!("de{}", "-abcdefgh".repeat(4));
        for bad in [
            "",
            "d",
            "Deutsch",
            "English",
            "und",
            "und-Latn",
            "de-",
            "-de",
            "de CH",
            "de\nCH",
            "de-CH-x-home",
            "de-u-co-phonebk",
            "dé",
            "日本語",
            "de\u{202e}",
            "de, ase",
            long.as_str(),
        ] {
            assert_eq!(languages_in(["ase", bad]), Err(Invalid::Language), "{bad}");
        }
        assert_eq!(long.len(), limits::LANGUAGE_CHARACTERS_MAX + 3);
        assert_eq!(languages_read("DE-ch\nDeutsch\n\nase\nde-CH"), ["de-CH", "ase"]);
    }

    #[test]
    fn one_that_was_said_twice_is_one_and_more_than_there_can_be_are_refused() {
        assert_eq!(
            languages_in(["ase", "DE-ch", "de-CH", "ASE"]).as_deref(),
            Ok(&["ase".to_owned(), "de-CH".to_owned()][..])
        );
        let most: Vec<String> = (b'a'..)
            .map(|letter| format!("q{}", char::from(letter)))
            .take(limits::LANGUAGES_MAX)
            .collect();
        assert_eq!(languages_in(&most), Ok(most.clone()));
        assert_eq!(
            languages_in(most.iter().chain(&most)),
            Ok(most.clone()),
            "each counts once"
        );
        let more = [most.as_slice(), &["ase".to_owned()]].concat();
        assert_eq!(languages_in(&more), Err(Invalid::TooManyLanguages));
        assert_eq!(languages_read(&more.join("\n")), most);
    }

    #[test]
    fn languages_are_as_they_are_kept_or_they_are_none() {
        let are = |tags: &[&str]| are_languages(&tags.iter().map(|&tag| tag.to_owned()).collect::<Vec<_>>());
        assert!(are(&[]) && are(&["de-CH", "ase"]));
        for bad in [&["DE-ch"][..], &["de-CH", "de-CH"], &["Deutsch"], &[" ase"], &["de_CH"]] {
            assert!(!are(bad), "{bad:?}");
        }
    }
}
