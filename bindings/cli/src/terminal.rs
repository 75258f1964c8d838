//! What only a terminal can do: pictures, bars, questions.
//!
//! Bars and questions go to standard error, so that output stays clean; without a terminal there are none.

use crate::failure::Failure;
use dialoguer::console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use qrcode::{Color, QrCode};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes of a passphrase that is read from a file.
const PASSPHRASE_BYTES_MAX: u64 = 4_096;
/// Light modules around a code, so that cameras find it.
const QUIET: usize = 4;

/// Columns of the terminal; 80 where there is none.
pub(crate) fn width() -> usize {
    Term::stdout()
        .size_checked()
        .map_or(80, |(_, columns)| usize::from(columns))
}

/// A code as a picture of half blocks, two modules per character. Light modules are drawn and dark ones left out, for the
/// dark ground of most terminals; cameras read it on a light ground too.
pub(crate) fn qr(code: &str) -> Option<String> {
    let qr = QrCode::new(code).ok()?;
    let (side, colors) = (qr.width(), qr.to_colors());
    let is_light = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors.get(y * side + x) == Some(&Color::Light),
            _ => true,
        }
    };
    let edge = side + 2 * QUIET;
    let mut picture = String::new();
    for y in (0..edge).step_by(2) {
        for x in 0..edge {
            // Below the last line of an odd number there is nothing.
            picture.push(match (is_light(x, y), y + 1 < edge && is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        picture.push('\n');
    }
    Some(picture)
}

/// A bar for a long copy, on standard error; hidden where nobody sees it.
pub(crate) fn bar(steps: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("    {msg} {bar:40} {pos} of {len}") {
        bar.set_style(style.progress_chars("█▌ "));
    }
    bar.with_message(what)
}

/// A bar for bytes that come and go, on standard error; hidden where nobody sees it.
pub(crate) fn bytes_bar(bytes: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("    {msg} {bar:40} {bytes} of {total_bytes}") {
        bar.set_style(style.progress_chars("█▌ "));
    }
    bar.with_message(what)
}

/// Whether somebody can be asked.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a yes; anything else is a no.
pub(crate) fn asks(question: &str) -> Result<bool, Failure> {
    dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact()
        .map_err(unasked)
}

/// Says these sentences, and whether the person then typed this word.
pub(crate) fn types(sentences: &[&str], question: &str, word: &str) -> Result<bool, Failure> {
    let term = Term::stderr();
    sentences.iter().try_for_each(|sentence| term.write_line(sentence))?;
    let typed = dialoguer::Input::<String>::new()
        .with_prompt(question)
        .allow_empty(true)
        .interact_text()
        .map_err(unasked)?;
    Ok(typed.trim() == word)
}

/// Asks for digits at a terminal; reads a line of standard input elsewhere. None at its end.
pub(crate) fn digits(question: &str) -> Result<Option<String>, Failure> {
    if can_ask() {
        return dialoguer::Input::<String>::new()
            .with_prompt(question)
            .interact_text()
            .map(Some)
            .map_err(unasked);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let line = line.trim().to_owned();
    Ok((!line.is_empty()).then_some(line))
}

/// Asks for a passphrase, without showing it; `twice` for a new one, which a slip of a finger would lock away.
pub(crate) fn passphrase(twice: bool) -> Result<Zeroizing<String>, Failure> {
    let mut question = dialoguer::Password::new().with_prompt("Passphrase");
    if twice {
        question = question.with_confirmation("The same again", "These are two passphrases. Type one twice.");
    }
    question.interact().map(Zeroizing::new).map_err(unasked)
}

/// The passphrase in the first line of a file; `-` is standard input.
pub(crate) fn passphrase_in(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path)?)
    };
    let mut line = Zeroizing::new(String::new());
    BufReader::new(source.take(PASSPHRASE_BYTES_MAX)).read_line(&mut line)?;
    let passphrase = Zeroizing::new(line.trim_end_matches(['\n', '\r']).to_owned());
    if passphrase.is_empty() {
        return Err(Failure::invalid(
            "Nothing was changed: there is no passphrase in that file.",
        ));
    }
    Ok(passphrase)
}

/// Why a question has no answer.
pub(crate) fn unasked(_: dialoguer::Error) -> Failure {
    Failure::invalid("Nothing was changed: the question was not answered.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    const CODE: &str = "CAIRN1AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4Q";

    /// The modules of a picture, read off its half blocks.
    fn modules(picture: &str) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in picture.lines() {
            rows.push(line.chars().map(|c| c == '█' || c == '▀').collect());
            rows.push(line.chars().map(|c| c == '█' || c == '▄').collect());
        }
        rows
    }

    #[test]
    fn a_drawn_code_is_the_code_with_a_quiet_frame() {
        let (picture, qr) = (qr(CODE).unwrap(), QrCode::new(CODE).unwrap());
        let rows = modules(&picture);
        let side = qr.width();
        assert!(rows.iter().all(|row| row.len() == side + 2 * QUIET));
        for (at, color) in qr.to_colors().iter().enumerate() {
            let (x, y) = (at % side + QUIET, at / side + QUIET);
            assert_eq!(rows[y][x], *color == Color::Light, "{x} {y}");
        }
        assert!(rows[..QUIET].iter().flatten().all(|light| *light));
    }

    #[test]
    fn the_longest_pairing_code_still_fits_a_narrow_terminal_and_a_longer_text_is_none() {
        let longest = format!(
            "CAIRN1{}",
            "A".repeat((1 + 1 + 16 + 32 + 32 + 200_usize).div_ceil(5) * 8)
        );
        assert!(qr(&longest).unwrap().lines().next().unwrap().chars().count() <= 100);
        assert_eq!(qr(&"A".repeat(5_000)), None);
    }
}
