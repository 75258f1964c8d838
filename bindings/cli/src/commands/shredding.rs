//! Erasing beyond the reach of old copies of the relay's files.

use super::devices::agreed;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::json::ShreddingValue;
use cairn_core::vault::{Shredding, Vault};
use cairn_core::words::devices as said;

/// Rounds that are run at once: a new key, everything sealed again, the word that old keys may go, and the word that they are gone.
const ROUNDS_MAX: usize = 6;

pub(super) fn run(vault: &Vault, only_status: bool, yes: bool, out: Output) -> Result<(), Failure> {
    let devices = vault.devices();
    if !only_status {
        if !agreed(yes, said::SHRED_ASK.text)? {
            return out.line(said::NOT_SHREDDED.text);
        }
        devices.shred().wait()?;
        for _ in 0..ROUNDS_MAX {
            let report = vault.sync().sync_with_attachments().wait()?;
            let is_here = matches!(
                devices.shredding().wait()?,
                Shredding::Done | Shredding::WaitingFor(_) | Shredding::HeldUpBy(_) | Shredding::Nothing
            );
            if is_here || !report.is_complete() {
                break;
            }
        }
    }
    let state = devices.shredding().wait()?;
    if out.is_json() {
        return out.value(&ShreddingValue::of(&state));
    }
    match state {
        Shredding::Nothing => out.line(said::SHRED_NOTHING.text),
        Shredding::Beginning | Shredding::Sealing { .. } => out.line(said::SHRED_GOING_ON.text),
        Shredding::HeldUpBy(entries) => {
            out.line(said::SHRED_HELD_UP.text)?;
            entries.iter().try_for_each(|entry| out.line(entry.to_string()))
        }
        Shredding::WaitingFor(devices) => out.line(said::SHRED_WAITING.with(&[("device", &devices.join(", "))])),
        Shredding::Done => out.line(said::SHRED_DONE.text),
    }
}
