//! `cairn`, a journal in the terminal, and `cairn tour`, the whole path once.
//!
//! The program holds no rules of its own: it asks the core and says what came back. It links no relay; `tour` starts the
//! `cairn-relay` that lies beside it.
//!
//! | file | what it does |
//! |---|---|
//! | `args` | what can be typed |
//! | `home`, `key_file`, `session` | where a journal lies, the key beside it, and a key that a passphrase gave |
//! | `moments`, `find`, `editor` | times, beginnings of ids, and words as a person gives them |
//! | `phrase` | the words of a recovery phrase, typed and shown |
//! | `commands` | one file per group of commands |
//! | `output`, `terminal`, `failure` | what is said: text, JSON, pictures, questions, and what could not be done |
//! | `tour` | phone, tablet, relay and specialist, checked step by step |
//!
//! **Invariant:** a person's words reach the terminal only through `output`, which takes the controls out of them.
//!
//! Start reading at `args`, then at [`commands::run`].

mod args;
mod commands;
mod editor;
mod failure;
mod find;
mod home;
mod key_file;
mod moments;
mod output;
mod phrase;
mod session;
mod terminal;
mod tour;

use clap::Parser as _;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;

/// What is freed is wiped: a passphrase, a key, a line of the journal.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    let args = args::Args::parse();
    let output = output::Output::new(args.json);
    // What panics say is for whoever looks for the defect, and may hold what nobody else is to read.
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        set_hook(Box::new(|_| {}));
    }
    let ended = catch_unwind(AssertUnwindSafe(|| commands::run(args, output)));
    match ended.unwrap_or_else(|_| Err(cairn_core::vault::Error::Internal.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.say(),
    }
}
