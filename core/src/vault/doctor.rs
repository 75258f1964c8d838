//! What the vault says of itself, in words.

use super::access::doubt_who_enters;
use super::{Engine, Error, Renewing};
use crate::crypto::DeviceChain;
use crate::limits;
use crate::store::SpaceRow;
use crate::words::{self, Sentence};

/// What was found. Every line is a sentence for a person; none holds a word of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doctor {
    /// Whether nothing was found that is not as it should be.
    pub is_well: bool,
    /// What was found.
    pub lines: Vec<String>,
}

impl Engine {
    /// Looks at the database, at the attachments, at the chain of devices and its keys, at what was set aside, and at what the relay
    /// was seen to do.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn doctor(&mut self) -> Result<Doctor, Error> {
        self.store.examine()?;
        self.commit(&[], doubt_who_enters)?;
        let mut lines = Vec::new();
        for (reason, count) in self.store.view().quarantine_reasons()? {
            lines.push(words::set_aside(reason, usize::try_from(count).unwrap_or(usize::MAX)));
        }
        match self.renewing()? {
            Renewing::Nothing => {}
            Renewing::UnderWay => lines.push(words::doctor::COPY.text.to_owned()),
            Renewing::ShutOut => lines.push(words::doctor::COPY_SHUT_OUT.text.to_owned()),
            Renewing::Done => lines.push(words::doctor::COPY_RENAMED.text.to_owned()),
        }
        let (differs, withheld) = self.doubts(&self.home()?)?;
        if differs {
            lines.push(words::doctor::RELAY_DIFFERS.text.to_owned());
        }
        if withheld > 0 {
            lines.push(words::doctor::RELAY_WITHHOLDS.with(&[("count", &withheld.to_string())]));
        }
        lines.extend(self.examine_chain()?.iter().map(|sentence| sentence.text.to_owned()));
        let needs_joining = self.needs_joining()?;
        if needs_joining {
            lines.push(words::status::NEEDS_JOINING.text.to_owned());
        } else if self.is_healing()? {
            lines.push(words::status::RELAY_RESTORED.text.to_owned());
        }
        if !self.strange_devices()?.is_empty() {
            lines.push(words::status::STRANGE_DEVICES.text.to_owned());
        }
        if self.is_spoken_for()? {
            lines.push(words::doctor::SPOKEN_FOR.text.to_owned());
        }
        if self.is_shut_out()? && !needs_joining {
            lines.push(words::status::SHUT_OUT.text.to_owned());
        }
        if self.is_ended()? {
            lines.push(words::status::ENDED.text.to_owned());
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
        // Being away or offline is nothing that is wrong.
        lines.extend(self.what_waits()?.iter().map(|sentence| sentence.text.to_owned()));
        lines.extend(words::erasing::of(self.erasure()?.into()).map(|sentence| sentence.text.to_owned()));
        Ok(Doctor { is_well, lines })
    }

    /// Verifies the chain of devices as it is stored, from its first link, and holds the keys here against it.
    fn examine_chain(&self) -> Result<Vec<&'static Sentence>, Error> {
        let (home, links) = (self.home()?, self.store.view().links(self.identity.home)?);
        let Some(chain) = &self.home_chain else {
            return Ok(Vec::new());
        };
        let stored = DeviceChain::verify(links.iter().map(Vec::as_slice));
        let is_whole = stored.is_ok_and(|stored| stored.tip() == chain.tip());
        if !is_whole || !self.is_pinned_by(chain, &home) {
            return Ok(vec![&words::doctor::CHAIN_BROKEN]);
        }
        if !self.is_in_chain() {
            return Ok(Vec::new()); // Not one of the devices yet, or no more: the keys of the others are not for it.
        }
        let keys = self.space_keys(&home)?;
        if keys.check(&chain.commitments()).is_err() {
            return Ok(vec![&words::doctor::KEYS_DIFFER]);
        }
        let is_there = |epoch: &u32| keys.epoch_keys.contains_key(epoch);
        let wanted = chain.let_go()..=chain.current_epoch();
        if wanted.clone().all(|epoch| is_there(&epoch)) {
            Ok(Vec::new())
        } else {
            Ok(vec![&words::doctor::KEYS_MISSING])
        }
    }

    /// Whether the chain begins at the relay that this device talks to.
    fn is_pinned_by(&self, chain: &DeviceChain, home: &SpaceRow) -> bool {
        chain.space() == home.id && chain.origin() == home.origin && *chain.relay_key().as_bytes() == home.relay_key
    }

    /// What has not reached the relay, and whether the relay was heard lately.
    fn what_waits(&self) -> Result<Vec<&'static Sentence>, Error> {
        let home = self.home()?;
        if home.origin.is_empty() {
            return Ok(Vec::new());
        }
        let mut notes: Vec<&'static Sentence> = Vec::new();
        if self.sync_status()?.waiting > 0 {
            notes.push(&words::doctor::WAITING);
        }
        let now = u64::try_from(self.now().0).unwrap_or_default();
        if home.head_time > 0 && now > home.head_time.saturating_add(limits::HEAD_OLD_MS) {
            notes.push(&words::doctor::HEAD_OLD);
        }
        Ok(notes)
    }
}
