//! Characters as they are compared: without case, accents, widths, and the ways of writing that people do not tell apart.
//!
//! The full-text index holds folded text, so what this file answers is part of the form of the index: a change here, or of the
//! Unicode tables below it, takes a new [`super::INDEX_FORM`], and every index is made anew when it is opened.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_script::{Script, UnicodeScript as _};

/// Nukta: the dot below letters of Indian scripts, which many leave out.
const NUKTAS: [char; 6] = ['\u{93c}', '\u{9bc}', '\u{a3c}', '\u{abc}', '\u{b3c}', '\u{cbc}'];
/// The zeros of the digits that are read as digits of ASCII: Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Kannada,
/// Malayalam, Thai, Lao, Tibetan, Myanmar, Khmer.
const ZEROS: [char; 15] = [
    '٠', '۰', '०', '০', '੦', '૦', '௦', '౦', '೦', '൦', '๐', '໐', '༠', '၀', '០',
];

/// Whether a character stands within words without being part of one: joiners, soft hyphens, marks of direction, the Arabic tatweel.
pub(super) const fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// Whether a word can hold this character.
pub(super) fn is_of_words(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether a folded character is of a script whose words stand without blanks between them, or, in Korean, hang together with what follows
/// them. Such text is known by its pairs of characters.
pub(super) fn is_dense(c: char) -> bool {
    if c < '\u{e00}' {
        return false;
    }
    // Marks that are of no one script, and stand with Japanese alone.
    matches!(c, 'ー' | '〆' | '〼' | '\u{3031}'..='\u{3035}')
        || matches!(
            c.script(),
            Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Bopomofo
                | Script::Hangul
                | Script::Thai
                | Script::Lao
                | Script::Khmer
                | Script::Myanmar
                | Script::Tai_Le
                | Script::New_Tai_Lue
                | Script::Tai_Tham
                | Script::Tai_Viet
                | Script::Javanese
                | Script::Balinese
                | Script::Yi
        )
}

/// Calls `take` with every folded character of `c`: none for a mark that is not compared.
pub(super) fn fold(c: char, mut take: impl FnMut(char)) {
    if c.is_ascii() {
        return take(c.to_ascii_lowercase());
    }
    // A syllable of Korean is one character, and stays one.
    if ('\u{ac00}'..='\u{d7a3}').contains(&c) {
        return take(c);
    }
    decompose_compatible(c, |part| part.to_lowercase().for_each(|lower| letter(lower, &mut take)));
}

/// One character in its smallest form.
fn letter(c: char, take: &mut impl FnMut(char)) {
    let one = match c {
        'ß' => return "ss".chars().for_each(take),
        'æ' => return "ae".chars().for_each(take),
        'œ' => return "oe".chars().for_each(take),
        'ø' => 'o',
        'ł' => 'l',
        'đ' => 'd',
        'ı' => 'i',
        'ς' => 'σ',
        // Arabic as Persian and Urdu write it, and endings that are written either way. Alef, waw and ya with a hamza lose it as a mark.
        '\u{671}' => '\u{627}',
        '\u{649}' | '\u{6cc}' => '\u{64a}',
        '\u{629}' | '\u{6be}' | '\u{6c1}' | '\u{6d5}' => '\u{647}',
        '\u{6a9}' => '\u{643}',
        // Hebrew's forms for the end of a word.
        'ך' => 'כ',
        'ם' => 'מ',
        'ן' => 'נ',
        'ף' => 'פ',
        'ץ' => 'צ',
        _ => digit(c),
    };
    if is_of_words(one) && !is_left_out(one) {
        take(one);
    }
}

fn digit(c: char) -> char {
    let place = |zero: char| u32::from(c).checked_sub(u32::from(zero)).filter(|place| *place < 10);
    let found = ZEROS.into_iter().find_map(place);
    found.and_then(|place| char::from_digit(place, 10)).unwrap_or(c)
}

/// Whether a mark is not compared. Marks of the scripts of India and of the south-east of Asia are vowels, and those of kana make other syllables.
fn is_left_out(c: char) -> bool {
    is_combining_mark(c)
        && !is_voicing(c)
        && (NUKTAS.contains(&c)
            || matches!(
                c.script(),
                Script::Inherited | Script::Hebrew | Script::Arabic | Script::Syriac
            ))
}

/// The marks that make another kana of the one before.
pub(super) const fn is_voicing(c: char) -> bool {
    matches!(c, '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut folded = String::new();
        text.chars().for_each(|c| fold(c, |c| folded.push(c)));
        folded
    }

    #[test]
    fn what_people_do_not_tell_apart_is_the_same() {
        for (one, other) in [
            ("Café", "cafe\u{301}"),
            ("STRASSE", "straße"),
            ("Ｆｕｌｌ　", "full"),
            ("İstanbul", "istanbul"),
            ("Ærø", "aero"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσεύς"),
            ("ёлка", "елка"),
            ("أَحْمَد", "احمد"),
            ("مدرسة", "مدرسه"),
            ("کتاب", "كتاب"),
            ("שָׁלוֹם", "שלומ"),
            ("क़लम", "कलम"),
            ("٢٠٢٦", "2026"),
            ("ﷲ", "الله"),
            ("đường", "duong"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn what_are_other_words_stays_so() {
        for (one, other) in [("か", "が"), ("हिन्दी", "हन्द"), ("มา", "ม้า"), ("배", "빼"), ("ハ", "パ")]
        {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn scripts_without_blanks_are_dense_and_no_others() {
        for dense in ["東", "ひ", "カ", "ー", "々", "한", "ก", "ກ", "ក", "က", "ㄅ"] {
            assert!(dense.chars().all(is_dense), "{dense}");
        }
        for spaced in ["a", "я", "ع", "ש", "ह", "த", "2", "é", "ა", "ሀ", "ཀ"] {
            assert!(!spaced.chars().any(is_dense), "{spaced}");
        }
    }
}
