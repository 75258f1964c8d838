//! Words in a person's own editor.

use crate::failure::{Exit, Failure};
use cairn_core::journal::Invalid;
use cairn_core::limits::BODY_CHARACTERS_MAX;
use cairn_core::vault::Error;
#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT},
    flag::register_conditional_default,
};
use std::fs;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// Bytes that the longest body can have.
const BODY_BYTES_MAX: u64 = BODY_CHARACTERS_MAX as u64 * 4;

/// What the folders of files that are edited are called, and the file in each.
const PREFIX: &str = "draft-";
const FILE: &str = "entry.md";

/// Text that was edited, and the file it lies in until it is kept.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) text: String,
    /// Whether the editor ended as one that broke down does: the words are there, and nobody said that they are finished.
    pub(crate) ended_early: bool,
    folder: TempDir,
    file: PathBuf,
}

/// Opens `text` in the person's editor and waits until they are done.
///
/// The file lies in a folder of its own inside `directory`, the journal's, which nobody else can enter; with it goes what
/// an editor leaves beside its files.
pub(crate) fn edit(directory: &Path, text: &str) -> Result<Edited, Failure> {
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(directory)?;
    let file = folder.path().join(FILE);
    // Editors want a line to end; the one that is added is taken off again.
    fs::write(&file, format!("{text}\n"))?;
    let chosen = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let usual = || io::stdin().is_terminal().then(|| "vi".to_owned());
    let editor = chosen("VISUAL")
        .or_else(|| chosen("EDITOR"))
        .or_else(usual)
        .ok_or_else(|| {
            Failure::invalid(
                "Nothing was changed: there is no terminal for an editor here, and --text takes the words.",
            )
        })?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let _interrupts = Interrupts::left_to_the_editor();
    let ended = Command::new(program).args(words).arg(&file).status().map_err(|_| {
        Failure::invalid(
            "Nothing was changed: the editor could not be started, and EDITOR or --text can name another way.",
        )
    })?;
    let after = read_text(fs::File::open(&file)?);
    let edited = Edited {
        text: String::new(),
        ended_early: !ended.success(),
        folder,
        file,
    };
    match after {
        Ok(after) if edited.ended_early && after.strip_suffix('\n') == Some(text) => Err(Failure::invalid(
            "Nothing was changed: the editor ended without saving.",
        )),
        Ok(after) => {
            let text = after.strip_suffix('\n').unwrap_or(&after).to_owned();
            Ok(Edited { text, ..edited })
        }
        Err(failure) => Err(edited.left_behind(&failure)),
    }
}

/// While this is held, Ctrl-C and a terminal that goes away are the editor's affair, and not this program's, which has the words to
/// look after.
struct Interrupts(Arc<AtomicBool>);

impl Interrupts {
    fn left_to_the_editor() -> Self {
        let is_mine = Arc::new(AtomicBool::new(false));
        // What is caught here is as ever for the editor: only what is ignored is handed on to it.
        #[cfg(unix)]
        for signal in [SIGINT, SIGQUIT, SIGHUP] {
            // Where one cannot be caught it ends both, as ever.
            let _ = register_conditional_default(signal, Arc::clone(&is_mine));
        }
        Self(is_mine)
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Words that an earlier command could not keep, each in its file, as it told the person then.
pub(crate) fn left_from_before(directory: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = folders
        .filter(|folder| folder.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|folder| folder.path().join(FILE))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    files
}

/// Removes words that an earlier command could not keep, and what editors left beside them: the journal they were for is erased.
pub(crate) fn remove_left(directory: &Path) -> io::Result<()> {
    for file in left_from_before(directory) {
        fs::remove_dir_all(file.parent().unwrap_or(&file))?;
    }
    Ok(())
}

impl Edited {
    /// The words could not be kept in the journal: they stay in their file, and the person is told where.
    pub(crate) fn left_behind(self, failure: &Failure) -> Failure {
        let Self { folder, file, .. } = self;
        drop(folder.keep());
        let exit = failure.code().unwrap_or(Exit::Internal);
        Failure::new(
            exit,
            format!("{} What you wrote is in {}.", failure.sentence(), file.display()),
        )
    }
}

/// A body from elsewhere, as long as a body can be.
pub(crate) fn read_text(from: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(BODY_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BODY_BYTES_MAX {
        return Err(Error::Entry(Invalid::BodyTooLong).into());
    }
    String::from_utf8(bytes).map_err(|_| {
        Failure::invalid("Nothing was changed: this text is not UTF-8, which every letter here is written in.")
    })
}

/// The text that `--text` gave; `-` reads it from standard input.
pub(crate) fn given_text(text: String) -> Result<String, Failure> {
    if text == "-" {
        read_text(io::stdin().lock())
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn words_that_were_left_go_with_the_journal_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["draft-a1b2", "draft-", "drafts"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("draft-a1b2/entry.md"), "Quetzalnacht.").unwrap();
        fs::write(at("draft-a1b2/.entry.md.swp"), "Quetzal").unwrap();
        fs::write(at("drafts/entry.md"), "not ours").unwrap();
        remove_left(folder.path()).unwrap();
        assert!(!at("draft-a1b2").exists());
        assert!(at("drafts/entry.md").exists());
    }

    #[test]
    fn a_text_longer_than_any_entry_is_not_read_to_its_end() {
        let mut endless = io::repeat(b'a');
        assert!(read_text(&mut endless).unwrap_err().sentence().contains("characters"));
        assert_eq!(read_text(&b"soup"[..]).unwrap(), "soup");
        assert!(read_text(&b"\xff"[..]).unwrap_err().sentence().contains("UTF-8"));
    }
}
