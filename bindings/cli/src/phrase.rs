//! A recovery phrase between a person and the terminal: typed, shown once, and typed back.
//!
//! The words are never taken from the command line, where other programs could read them, and never written to a file.

use crate::failure::Failure;
use crate::output::json::PhraseStep;
use crate::output::{Output, bold};
use crate::terminal::{can_ask, unasked};
use cairn_core::crypto::Phrase;
use cairn_core::vault::Error;
use cairn_core::words::devices as said;
use dialoguer::Input;
use std::io::{self, BufRead as _, Read as _, Write as _};
use zeroize::Zeroizing;

/// Bytes of a line that is read; 24 words of the list and their blanks have fewer.
const LINE_MAX: u64 = 1_024;
/// Words beside each other.
const COLUMNS: usize = 4;

/// The words of a phrase: asked for at a terminal, read as one line of standard input elsewhere. What is no phrase is said to be
/// none before anything is begun with it.
pub(crate) fn read() -> Result<Zeroizing<String>, Failure> {
    let typed = if can_ask() {
        let question = Input::<String>::new().with_prompt(said::PHRASE_ASK.text);
        Zeroizing::new(question.report(false).interact_text().map_err(unasked)?)
    } else {
        line()?.ok_or_else(|| Failure::invalid("Nothing was changed: the words of the phrase were not given."))?
    };
    Phrase::parse(&typed).map_err(|_| Error::BadPhrase)?;
    Ok(typed)
}

/// Shows the words, this once; on a terminal until they are on paper.
pub(crate) fn show(words: &[String], out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&PhraseStep::words(words));
    }
    out.line(said::PHRASE_SHOWN.text)?;
    out.line("")?;
    for (row, some) in words.chunks(COLUMNS).enumerate() {
        let numbered = some.iter().enumerate().map(|(column, word)| {
            let place = row * COLUMNS + column + 1;
            format!("{place:>3}. {}", bold(&format!("{word:<9}")))
        });
        out.line(numbered.collect::<Vec<_>>().concat())?;
    }
    out.line("")?;
    if can_ask() && out.is_terminal() {
        let question = Input::<String>::new().with_prompt(said::PHRASE_ON_PAPER.text);
        question
            .allow_empty(true)
            .report(false)
            .interact_text()
            .map_err(unasked)?;
        wipe()?;
    }
    Ok(())
}

/// Takes what is on the terminal from it, and what scrolled by where the terminal lets go of it.
fn wipe() -> Result<(), Failure> {
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    write!(out, "\u{1b}[2J\u{1b}[3J\u{1b}[H")?;
    Ok(out.flush()?)
}

/// The words that are asked for: one question each at a terminal; elsewhere read from standard input, on as many lines as one
/// likes. None where they are not given.
pub(crate) fn typed_back(asked: &[usize], out: Output) -> Result<Option<Vec<String>>, Failure> {
    if !can_ask() {
        let mut typed = Vec::new();
        while typed.len() < asked.len() {
            let Some(line) = line()? else { return Ok(None) };
            typed.extend(line.split_whitespace().map(str::to_owned));
        }
        return Ok(Some(typed));
    }
    out.say(said::PHRASE_CHECK.text)?;
    let mut typed = Vec::new();
    for place in asked {
        let question = said::PHRASE_WORD.with(&[("count", &place.to_string())]);
        let word: String = Input::new()
            .with_prompt(question)
            .allow_empty(true)
            .report(false)
            .interact_text()
            .map_err(unasked)?;
        if word.trim().is_empty() {
            return Ok(None);
        }
        typed.push(word);
    }
    Ok(Some(typed))
}

/// A line of standard input; none at its end.
fn line() -> Result<Option<Zeroizing<String>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    let mut input = io::stdin().lock().take(LINE_MAX);
    if input.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    // What is no text holds no words.
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::BadPhrase)?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}
