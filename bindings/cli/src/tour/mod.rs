//! `cairn tour`: the whole path once, with the real relay, and every promise on the way looked at.
//!
//! Marisol writes on a phone; a tablet agrees with it; everything goes out into an archive and in again; Dee, a specialist,
//! reads one entry and then no longer can. All are vaults of this process, as an app holds them, each with a line of its own to
//! a relay that is a program of its own. A promise that is not kept ends the tour, and the program answers so.
//!
//! | file | what it does |
//! |---|---|
//! | `chapters` | the story, step by step |
//! | `story` | how a step is told, and what happens when a promise is not kept |
//! | `device`, `line`, `clock` | a vault in a folder; what crosses; a clock that can be turned on |
//! | `relay` | the child process, which never outlives the tour |
//! | `scan`, `frame` | the search in the relay's files, and the picture at the end |
//!
//! **Invariant:** nothing is asked of a vault that an app could not ask. Only to look at what must be gone is a database
//! opened below its vault, while that sleeps.

mod chapters;
mod clock;
mod device;
mod frame;
mod line;
mod relay;
mod scan;
mod story;

use crate::args::Tour;
use crate::failure::Failure;
use crate::key_file::make_private_folder;
use crate::output::Output;
use chapters::Stage;
use std::path::PathBuf;
use std::time::Instant;
use tempfile::TempDir;

/// The folder of the tour: kept where that was asked for, else gone at the end.
#[derive(Debug)]
enum Place {
    Kept(PathBuf),
    Passing(TempDir),
}

/// Takes the tour.
pub(crate) fn run(tour: Tour, out: Output) -> Result<(), Failure> {
    let begun = Instant::now();
    let place = Place::new(tour.keep)?;
    let folder = match &place {
        Place::Kept(folder) => folder.clone(),
        Place::Passing(folder) => folder.path().to_owned(),
    };
    let mut stage = Stage::set(&folder, out)?;
    let phone = stage.a_journal(tour.journal.as_deref())?;
    let tablet = stage.a_second_device(&phone)?;
    let sealed = stage.apart_and_together(&phone, &tablet)?;
    stage.everything_out_and_in_again(&phone)?;
    stage.somebody_reads_along(&phone)?;
    stage.what_the_relay_holds(&phone, &sealed)?;
    out.line(format!(
        "\nEvery promise on this tour was kept. It took {}.",
        story::seconds(begun.elapsed())
    ))?;
    match place {
        Place::Kept(folder) => out.line(format!("All of it lies in {}, to look at.", folder.display())),
        Place::Passing(_) => Ok(()),
    }
}

impl Place {
    fn new(keep: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(folder) = keep else {
            return Ok(Self::Passing(tempfile::Builder::new().prefix("cairn-tour-").tempdir()?));
        };
        make_private_folder(&folder)?;
        if std::fs::read_dir(&folder)?.next().is_some() {
            return Err(Failure::invalid(
                "Nothing was changed: the tour keeps what it makes in an empty folder, and this one is not.",
            ));
        }
        Ok(Self::Kept(folder.canonicalize()?))
    }
}
