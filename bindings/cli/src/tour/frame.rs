//! The same entry twice: as its writer reads it, and as it lies in the relay's files.

use crate::failure::Failure;
use crate::output::{Output, bold, coloured};

/// Columns that two sides and the frame around them take at least.
const WIDTH_MIN: usize = 100;
const WIDTH_MAX: usize = 130;
/// Columns of a line of bytes: eight of place, sixteen bytes in hex, and what of them are letters.
const HEX: usize = 8 + 2 + 16 * 3 + 1 + 16;
/// Lines of bytes.
pub(super) const LINES: usize = 12;

/// What is put side by side.
#[derive(Debug)]
pub(super) struct Sides<'a> {
    /// Above the words.
    pub(super) reader: &'a str,
    /// The words.
    pub(super) words: &'a str,
    /// Above the bytes.
    pub(super) file: &'a str,
    /// Where they lie in the file.
    pub(super) offset: usize,
    /// The bytes.
    pub(super) bytes: &'a [u8],
}

/// Draws both sides, beside each other where the terminal is wide enough, else one below the other.
pub(super) fn draw(sides: &Sides<'_>, width: usize, out: Output) -> Result<(), Failure> {
    let dump = hex(sides.bytes, sides.offset);
    if width < WIDTH_MIN {
        out.line(bold(sides.reader))?;
        for line in wrapped(sides.words, width.saturating_sub(4).max(20)) {
            out.line(format!("  {line}"))?;
        }
        out.line(format!("\n{}", bold(sides.file)))?;
        return dump
            .iter()
            .try_for_each(|line| out.line(format!("  {}", coloured(line))));
    }
    for line in columns(sides, &dump, width.min(WIDTH_MAX)) {
        out.line(line)?;
    }
    Ok(())
}

fn columns(sides: &Sides<'_>, dump: &[String], width: usize) -> Vec<String> {
    let left = width - HEX - 7;
    let words = wrapped(sides.words, left);
    let bar = |begin, middle, end| format!("{begin}{}{middle}{}{end}", "─".repeat(left + 2), "─".repeat(HEX + 2));
    let row = |one: &str, other: &str| format!("│ {}{} │ {}{} │", one, gap(one, left), other, gap(other, HEX));
    let mut lines = vec![bar('┌', '┬', '┐')];
    lines.push(row(&bold(&cut(sides.reader, left)), &bold(&cut(sides.file, HEX))));
    lines.push(bar('├', '┼', '┤'));
    for at in 0..words.len().max(dump.len()) {
        let side = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
        lines.push(row(&side(&words), &coloured(&side(dump))));
    }
    lines.push(bar('└', '┴', '┘'));
    lines
}

/// The blank that fills `text` up to `width` columns. Marks take no column.
fn gap(text: &str, width: usize) -> String {
    let columns = text.chars().filter(|c| !c.is_control()).count();
    " ".repeat(width.saturating_sub(columns))
}

fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// `text` in lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&cut(word, width));
        }
        lines.push(line);
    }
    lines
}

/// Lines of `place  hex  letters`, as a reader of files shows them.
fn hex(bytes: &[u8], offset: usize) -> Vec<String> {
    let line = |(nth, sixteen): (usize, &[u8])| {
        let mut line = format!("{:08x} ", offset + nth * 16);
        for byte in sixteen {
            line.push_str(&format!(" {byte:02x}"));
        }
        let letters: String = sixteen
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() {
                    char::from(*byte)
                } else {
                    '·'
                }
            })
            .collect();
        format!("{line:HEX_LETTERS$}{letters}")
    };
    bytes.chunks(16).take(LINES).enumerate().map(line).collect()
}

/// Columns before the letters of a line of bytes.
const HEX_LETTERS: usize = HEX - 16;

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: Sides<'_> = Sides {
        reader: "What Marisol sees",
        words: "On the bus\n\nNobody looked up, and that was fine with me, all the way to the harbour.",
        file: "relay.db",
        offset: 4096,
        bytes: &[0x41; 40],
    };

    #[test]
    fn every_line_of_the_frame_is_as_wide_as_the_others() {
        let dump = hex(SIDES.bytes, SIDES.offset);
        for width in [WIDTH_MIN, 117, WIDTH_MAX] {
            let lines = columns(&SIDES, &dump, width);
            let widths: Vec<usize> = lines
                .iter()
                .map(|line| line.chars().filter(|c| !c.is_control()).count())
                .collect();
            assert!(widths.iter().all(|columns| *columns == width), "{widths:?}");
        }
    }

    #[test]
    fn bytes_are_shown_with_their_place_and_their_letters() {
        let dump = hex(b"cairn\0\xff", 255);
        assert_eq!(dump.len(), 1);
        assert!(
            dump.iter()
                .all(|line| line.starts_with("000000ff  63 61 69 72 6e 00 ff") && line.ends_with("cairn··"))
        );
        assert_eq!(hex(&[0; 1_000], 0).len(), LINES);
    }

    #[test]
    fn words_are_broken_between_words_and_paragraphs_stay() {
        assert_eq!(wrapped("one two three\n\nfour", 8), ["one two", "three", "", "four"]);
        assert!(wrapped(&"a".repeat(50), 8).iter().all(|line| line.len() <= 8));
    }
}
