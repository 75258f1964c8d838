//! Pairing another device of the same person.

use super::meeting::{self, Meeting};
use super::relay;
use crate::args::Pair;
use crate::failure::Failure;
use crate::home::Home;
use crate::output::Output;

pub(super) fn run(home: &Home, pair: Pair, out: Output) -> Result<(), Failure> {
    if let Some(code) = pair.join {
        return join(home, code, &pair.device, out);
    }
    let opened = home.open()?;
    let vault = &opened.vault;
    if !pair.resume && pair.digits.is_none() {
        relay::be_there(vault)?;
        let code = vault.devices().pair().wait()?;
        Meeting::Device.show_code(&code, out)?;
    }
    Meeting::Device.go_through(vault, pair.digits, out)
}

fn join(home: &Home, code: String, device: &str, out: Output) -> Result<(), Failure> {
    let opened = if home.holds_journal() {
        home.open()?
    } else {
        home.begin(device)?
    };
    let vault = &opened.vault;
    let shown = vault.devices().join(code).wait()?;
    let sentence = format!(
        "This device will join the journal on {}. Type these digits there:",
        shown.name
    );
    meeting::show_digits(&sentence, &shown.digits, &shown.name, out)?;
    vault.devices().finish_joining().wait()?;
    relay::once(vault)?;
    meeting::done("Your journal is here.", out)
}
