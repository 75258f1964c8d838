//! What Day One's app does to a text when it exports it, taken back.
//!
//! The app escapes punctuation with backslashes, puts zero-width spaces beside emphasis, line separators (U+2028) inside
//! list items, and a fence around each line of code. All that is undone where, read as Markdown, it changes nothing; an
//! escape that holds a meaning back (`\*not emphasis\*`, `1986\. A good year` at the start of a line) stays.
//!
//! Only a text that names the app's device is treated so: any other was made by a person or another program, who meant
//! what they wrote.

/// The text without the app's traces.
pub(super) fn plain(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut in_code = false;
    for line in text.split('\n') {
        let is_fence = line.trim_start().starts_with("```");
        if is_fence && !in_code && line.trim() == "```" && lines.last().is_some_and(|last| last.trim() == "```") {
            // A fence that opens where one has just closed: the next line of the same code.
            lines.pop();
            in_code = true;
            continue;
        }
        if is_fence {
            in_code = !in_code;
            lines.push(line.to_owned());
        } else if in_code {
            lines.push(line.to_owned());
        } else {
            lines.push(prose(line));
        }
    }
    lines.join("\n")
}

fn prose(line: &str) -> String {
    let indent = continuation(line);
    let line = if line.contains('\u{2028}') {
        line.replace('\u{2028}', &format!("\n{indent}"))
    } else {
        line.to_owned()
    };
    let line = without_zero_width(&line);
    if line.contains('\\') { unescaped(&line) } else { line }
}

/// Blanks that keep a further line inside the list item which `line` begins; none for another line.
fn continuation(line: &str) -> String {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match rest.as_bytes().get(digits..) {
        Some([b'-' | b'*' | b'+', b' ', ..]) if digits == 0 => 2,
        Some([b'.' | b')', b' ', ..]) if digits > 0 => digits + 2,
        _ => return String::new(),
    };
    " ".repeat(indent + marker)
}

/// Leaves out zero-width spaces that touch a mark of emphasis; others (Thai, Khmer) part words and stay.
fn without_zero_width(line: &str) -> String {
    if !line.contains('\u{200B}') {
        return line.to_owned();
    }
    let marks = |c: Option<&char>| c.is_some_and(|c| matches!(c, '*' | '_' | '~' | '`'));
    let characters: Vec<char> = line.chars().collect();
    characters
        .iter()
        .enumerate()
        .filter(|&(at, c)| {
            let before = at.checked_sub(1).and_then(|before| characters.get(before));
            *c != '\u{200B}' || !(marks(before) || marks(characters.get(at + 1)))
        })
        .map(|(_, c)| *c)
        .collect()
}

/// Takes out the backslashes that change nothing.
fn unescaped(line: &str) -> String {
    let characters: Vec<char> = line.chars().collect();
    let mut plain = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        if c == '`' {
            let end = code_end(&characters, at);
            plain.extend(characters.get(at..end).unwrap_or_default());
            at = end;
            continue;
        }
        at += 1;
        match characters.get(at) {
            Some(&escaped) if c == '\\' && escaped.is_ascii_punctuation() => {
                if holds_back(escaped, &plain, characters.get(at + 1).copied()) {
                    plain.push('\\');
                }
                plain.push(escaped);
                at += 1;
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// The end of the code span that begins at `start`, or of the backticks alone when none does.
fn code_end(characters: &[char], start: usize) -> usize {
    let run = |from: usize| characters.iter().skip(from).take_while(|c| **c == '`').count();
    let ticks = run(start);
    let mut at = start + ticks;
    while at < characters.len() {
        let found = run(at);
        if found == ticks {
            return at + found;
        }
        at += found.max(1);
    }
    start + ticks
}

/// Whether `c`, after the text `before` and before `next`, would mean something without its backslash.
fn holds_back(c: char, before: &str, next: Option<char>) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    let starts_line = line.is_empty();
    let ends_marker = next.is_none_or(|next| next.is_whitespace() || next == c || next == '\\');
    let previous = before.chars().next_back();
    match c {
        ',' | ';' | ':' | '\'' | '"' | '?' | '%' | '$' | '@' | '^' | '/' | '{' | '}' => false,
        '.' | ')' => !starts_line && line.len() <= 9 && line.bytes().all(|byte| byte.is_ascii_digit()),
        '#' | '-' | '+' => (starts_line || line.bytes().all(|byte| byte == c as u8)) && ends_marker,
        '=' | '>' => starts_line,
        '!' => next == Some('['),
        '(' => previous == Some(']') && !before.ends_with("\\]"),
        '*' => !(previous.is_none_or(char::is_whitespace) && next.is_some_and(char::is_whitespace)) || starts_line,
        '_' => !(previous.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_that_change_nothing_go_and_those_that_do_stay() {
        for (written, read) in [
            (
                r"Well\. Yes\! \(really\) 5\-6, a \+ b",
                "Well. Yes! (really) 5-6, a + b",
            ),
            (r"1986\. A good year", r"1986\. A good year"),
            (r"In 1986\. it rained", "In 1986. it rained"),
            (r"\- no list", r"\- no list"),
            (r"\-5 degrees", "-5 degrees"),
            (r"\# no heading, \#tag", r"\# no heading, #tag"),
            (r"\*not emphasis\*", r"\*not emphasis\*"),
            (r"snake\_case", "snake_case"),
            (r"\!\[x\]\(y\)", r"!\[x\](y)"),
            (r"see `a\.b` and C:\dir", r"see `a\.b` and C:\dir"),
            (r"lone ` tick\.", "lone ` tick."),
            (r"back\\slash", r"back\\slash"),
            ("~~~\\.", "~~~."),
        ] {
            assert_eq!(plain(written), read, "{written}");
        }
    }

    #[test]
    fn zero_width_spaces_go_beside_emphasis_only() {
        assert_eq!(plain("a \u{200B}**b**\u{200B} c"), "a **b** c");
        assert_eq!(plain("ภาษา\u{200B}ไทย"), "ภาษา\u{200B}ไทย");
    }

    #[test]
    fn a_line_separator_stays_inside_its_list_item() {
        assert_eq!(
            plain("- one\u{2028}more\n12. two\u{2028}more\nx\u{2028}y"),
            "- one\n  more\n12. two\n    more\nx\ny"
        );
    }

    #[test]
    fn code_split_into_one_fence_a_line_is_one_block_again_and_keeps_its_backslashes() {
        assert_eq!(plain("```\na\\.\n```\n```\nb\n```\nc\\."), "```\na\\.\nb\n```\nc.");
        assert_eq!(plain("```\na\n```\n\n```\nb\n```"), "```\na\n```\n\n```\nb\n```");
    }
}
