//! What the vault says of itself, in words.

use super::access::doubt_who_is_out;
use super::{Engine, Error};
use crate::words;

/// What was found. Every line is a sentence for a person; none holds a word of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// Whether nothing was found that is not as it should be.
    pub is_well: bool,
    /// What was found.
    pub lines: Vec<String>,
}

impl Engine {
    /// Looks at the database, at the attachments, at what was set aside, and at what the relay was seen to do.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn doctor(&mut self) -> Result<Doctor, Error> {
        self.store.examine()?;
        self.commit(&[], doubt_who_is_out)?;
        let mut lines = Vec::new();
        for (reason, count) in self.store.view().quarantine_reasons()? {
            lines.push(words::set_aside(reason, usize::try_from(count).unwrap_or(usize::MAX)));
        }
        let (differs, withheld) = self.doubts(&self.home()?)?;
        if differs {
            lines.push(words::doctor::RELAY_DIFFERS.text.to_owned());
        }
        if withheld > 0 {
            lines.push(words::doctor::RELAY_WITHHOLDS.with(&[("count", &withheld.to_string())]));
        }
        if self.is_shut_out()? {
            lines.push(words::status::SHUT_OUT.text.to_owned());
        }
        self.examine_attachments()?;
        for (trouble, count) in self.store.view().attachment_troubles()? {
            lines.push(words::attachments_in_trouble(
                trouble,
                usize::try_from(count).unwrap_or(usize::MAX),
            ));
        }
        let is_well = lines.is_empty();
        if is_well {
            lines.push(words::ALL_WELL.to_owned());
        }
        Ok(Doctor { is_well, lines })
    }
}
