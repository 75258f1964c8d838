//! Two devices, or two people, find each other by a code: what pairing and inviting have in common.

use super::relay;
use crate::failure::Failure;
use crate::output::json::Step;
use crate::output::{Output, bold};
use crate::terminal;
use cairn_core::sync::{SyncError, TransportError};
use cairn_core::vault::{Error, Reply, Vault};

/// The side that shows the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// With another device of this person.
    Device,
    /// With a specialist.
    Specialist,
}

impl Meeting {
    fn wait_for_other(self, vault: &Vault) -> Reply<String> {
        match self {
            Self::Device => vault.devices().wait_for_device(),
            Self::Specialist => vault.support().wait_for_specialist(),
        }
    }

    fn confirm(self, vault: &Vault, digits: String) -> Reply<()> {
        match self {
            Self::Device => vault.devices().confirm_device(digits),
            Self::Specialist => vault.support().confirm_specialist(digits),
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Device => "cairn pair",
            Self::Specialist => "cairn invite",
        }
    }

    /// How long a code lives.
    const fn lifetime(self) -> &'static str {
        match self {
            Self::Device => "fifteen minutes",
            Self::Specialist => "seven days",
        }
    }

    /// Shows the code, as text and on a terminal as a picture too.
    pub(super) fn show_code(self, code: &str, out: Output) -> Result<(), Failure> {
        if out.is_json() {
            return out.value(&Step {
                step: "code",
                code: Some(code.to_owned()),
                ..Step::default()
            });
        }
        if out.is_terminal() {
            out.line(terminal::qr(code).unwrap_or_default())?;
        }
        out.line(code)?;
        out.line(match self {
            Self::Device => "\nOn the new device: cairn pair --join CODE. Whoever has this code can ask to join, so show it to nobody else.",
            Self::Specialist => "\nThey use: cairn accept CODE --name THEIR-NAME. Whoever has this code can answer in their place, so send it to them alone.",
        })?;
        out.line(format!("This waits for them. The code lives {}.", self.lifetime()))
    }

    /// Waits for the other side, takes the digits, and finishes. With digits given nothing is asked.
    pub(super) fn go_through(self, vault: &Vault, given: Option<String>, out: Output) -> Result<(), Failure> {
        let name = self.wait_for_other(vault).wait().map_err(|error| match error {
            Error::Sync(SyncError::Unreachable(TransportError::TimedOut)) => {
                let command = self.command();
                Failure::from(error).with(format!(
                    "Nobody has used the code yet; `{command} --resume` goes on waiting."
                ))
            }
            error => error.into(),
        })?;
        if out.is_json() {
            out.value(&Step {
                step: "found",
                name: Some(name.clone()),
                ..Step::default()
            })?;
        } else {
            out.line(format!("{} is there.", bold(&name)))?;
        }
        let asked = given.is_none();
        let mut typed = given;
        loop {
            let digits = match typed.take() {
                Some(digits) => digits,
                None => {
                    match terminal::digits(&format!("The six digits that {} shows", crate::output::harmless(&name)))? {
                        Some(digits) => digits,
                        None => {
                            let command = self.command();
                            return out.say(format!(
                                "It waits for the six digits: {command} --digits 123456 goes on."
                            ));
                        }
                    }
                }
            };
            match self.confirm(vault, digits).wait() {
                Ok(()) => break,
                Err(Error::WrongDigits) if asked && terminal::can_ask() => {
                    out.say("These are not the digits. You can look again and type them once more.")?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        relay::once(vault)?;
        done(&self.sentence(&name), out)
    }

    fn sentence(self, name: &str) -> String {
        match self {
            Self::Device => cairn_core::words::status::PAIRED.with(&[("device", name)]),
            Self::Specialist => format!("You and {name} have met here. They see nothing until you share it."),
        }
    }
}

/// Shows the digits on the side that was given the code.
pub(super) fn show_digits(sentence: &str, digits: &str, name: &str, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        let (digits, name) = (Some(digits.to_owned()), Some(name.to_owned()));
        return out.value(&Step {
            step: "digits",
            digits,
            name,
            ..Step::default()
        });
    }
    out.line(sentence)?;
    let spaced: Vec<String> = digits.chars().map(String::from).collect();
    out.line(format!("\n    {}\n", bold(&spaced.join(" "))))
}

/// The last step.
pub(super) fn done(sentence: &str, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&Step {
            step: "done",
            ..Step::default()
        });
    }
    out.line(sentence)
}
