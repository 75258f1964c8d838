//! The person's own devices, as apps and bindings ask for them.

use super::handshake::{Handshake, Shown};
use super::phrase::{PHRASE_CHECKS, RecoveryState};
use super::reply::Reply;
use super::{Arrival, DeviceCard, Erasure, Shredding, Vault};
use crate::crypto::PhraseLength;
use cairn_wire::{PublicKey, RecordHash};
use zeroize::Zeroizing;

/// The person's own devices, and the recovery phrase.
#[derive(Debug, Clone)]
pub struct Devices(pub(super) Vault);

impl Devices {
    /// The devices of the device chain.
    pub fn devices(&self) -> Reply<Vec<DeviceCard>> {
        self.0.ask(|engine| engine.devices())
    }

    /// Whether this device was removed on another one.
    pub fn is_removed(&self) -> Reply<bool> {
        self.0.ask(|engine| Ok(engine.is_removed()))
    }

    /// Begins to pair: the code to show to the new device.
    pub fn pair(&self) -> Reply<String> {
        self.0.ask(|engine| engine.pair())
    }

    /// Waits until the new device has read the code; its name.
    pub fn wait_for_device(&self) -> Reply<String> {
        self.0.wait_for_other(Handshake::PairOffer)
    }

    /// The person types the digits that the new device shows.
    pub fn confirm_device(&self, digits: String) -> Reply<()> {
        self.0.confirm(Handshake::PairOffer, digits)
    }

    /// Joins the vault whose code this is; the digits to show, and the name of the device that offers.
    pub fn join(&self, code: String) -> Reply<Shown> {
        let line = self.0.0.line.clone();
        self.0.shell().handshake(move || {
            line.writer.ask(move |engine| engine.join(&code)).wait()?;
            line.until_shown(Handshake::PairJoin)
        })
    }

    /// Waits until the digits were typed on the other device. The next round of sync brings the journal.
    pub fn finish_joining(&self) -> Reply<()> {
        let line = self.0.0.line.clone();
        self.0.shell().handshake(move || line.until_done(Handshake::PairJoin))
    }

    /// Ends whatever pairing, invitation or recovery is under way on this side.
    pub fn cancel(&self, which: Handshake) -> Reply<()> {
        self.0.ask(move |engine| {
            if matches!(which, Handshake::Invite | Handshake::Accept | Handshake::Decline) {
                engine.people_are_shown()?;
            }
            engine.handshake_cancel(which)
        })
    }

    /// Removes a device: it reads and writes nothing that is made from now on. Works offline; the other devices and the relay hear
    /// of it with the next round of sync. What was on it stays on it.
    pub fn remove(&self, id: PublicKey) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_device(id))
    }

    /// Calls a device something else, on all of them; an empty name gives it back the one it was added with.
    pub fn rename(&self, id: PublicKey, name: String) -> Reply<()> {
        self.0.ask(move |engine| engine.rename_device(id, &name))
    }

    /// Begins another home space at the same relay, of which this device is the first: where the relay has lost its store and lets none of the
    /// person's devices in any more. Everything here goes there; the others are paired with this one, and bring what they have.
    pub fn begin_again(&self) -> Reply<()> {
        self.0.ask(|engine| engine.begin_again())
    }

    /// The person has looked at the list of their devices after this one was let in again, and each is theirs: what was written is sent again.
    pub fn trust(&self) -> Reply<()> {
        self.0.ask(|engine| engine.trust_devices())
    }

    /// What came from removed devices behind what they are trusted for: to be kept or left out. Nothing of it is in the journal.
    pub fn arrivals(&self) -> Reply<Vec<Arrival>> {
        self.0.ask(|engine| engine.arrivals())
    }

    /// Keeps one of [`Self::arrivals`], on every device.
    pub fn keep_arrival(&self, id: RecordHash) -> Reply<()> {
        self.0.ask(move |engine| engine.keep_arrival(id))
    }

    /// Leaves one of [`Self::arrivals`] out, on every device. It is gone for good.
    pub fn leave_out(&self, id: RecordHash) -> Reply<()> {
        self.0.ask(move |engine| engine.leave_out(id))
    }

    /// Begins to put what was erased beyond the reach of old copies of the relay's files: everything that is live is sealed again
    /// under a new key, with the next rounds of sync, and every device then destroys its old keys. What stays within reach: such a copy
    /// together with a recovery phrase that was valid then, backups of devices, and what people remember.
    pub fn shred(&self) -> Reply<()> {
        self.0.ask(|engine| engine.shred())
    }

    /// How far that has come.
    pub fn shredding(&self) -> Reply<Shredding> {
        self.0.ask(|engine| engine.shredding())
    }

    /// Asks to erase everything: journal, profile, plan, settings and relationships, on all of this person's devices and at the relay.
    /// Each device carries it out a day after it has heard of it, and until then any of them stops it ([`Self::keep_everything`]); with
    /// the words of the recovery phrase nothing waits. Works offline; it begins once the relay has heard of it, or here alone where there
    /// is none. What it does not reach: exports, backups of devices, a device that never connects again, and what people remember.
    ///
    /// The reply's errors: [`Error::NotSettled`](super::Error::NotSettled) for a device that is too new to ask without the phrase, [`BadPhrase`](super::Error::BadPhrase),
    /// [`PhraseUnknown`](super::Error::PhraseUnknown).
    pub fn erase_everything(&self, typed: Option<Zeroizing<String>>) -> Reply<()> {
        self.0
            .ask(move |engine| engine.erase_everything(typed.as_ref().map(|typed| typed.as_str())))
    }

    /// Stops that, offline too: at once here, everywhere when the other devices and the relay have heard of it.
    pub fn keep_everything(&self) -> Reply<()> {
        self.0.ask(|engine| engine.keep_everything())
    }

    /// Whether everything is to be erased, and when on this device.
    pub fn erasure(&self) -> Reply<Erasure> {
        self.0.ask(|engine| engine.erasure())
    }

    /// How it stands with the recovery phrase.
    pub fn recovery_state(&self) -> Reply<RecoveryState> {
        self.0.ask(|engine| engine.recovery_state())
    }

    /// Makes a new recovery phrase: its words, to be written down. They are shown this once and kept nowhere. It counts after
    /// [`Self::confirm_phrase`], and the one before it works until then.
    pub fn new_phrase(&self, length: PhraseLength) -> Reply<Vec<String>> {
        self.0.ask(move |engine| engine.new_phrase(length))
    }

    /// Which words of it are to be typed back, counted from 1.
    pub fn phrase_asked(&self) -> Reply<[usize; PHRASE_CHECKS]> {
        self.0.ask(|engine| engine.phrase_asked())
    }

    /// Takes the words typed back, and puts the phrase in its place. Needs the relay.
    pub fn confirm_phrase(&self, typed: Vec<String>) -> Reply<()> {
        let line = self.0.0.line.clone();
        self.0.shell().handshake(move || {
            line.writer.ask(move |engine| engine.confirm_phrase(&typed)).wait()?;
            line.until_done(Handshake::SetPhrase)
        })
    }

    /// Has the phrase at hand until this vault closes, so that this device may do what takes it. Where the relay has lost what the phrase
    /// needs there, it is put there again: that takes the relay.
    pub fn use_phrase(&self, typed: String) -> Reply<()> {
        let line = self.0.0.line.clone();
        self.0.shell().handshake(move || {
            let asked = line.writer.ask(move |engine| {
                engine.use_phrase(&typed)?;
                engine.place_again()
            });
            if asked.wait()? {
                line.until_done(Handshake::SetPhrase)?;
            }
            Ok(())
        })
    }

    /// Brings the journal of this phrase to this new, empty vault from the relay at `origin`, with every other device gone. Broken
    /// off, it can be called again.
    pub fn recover(&self, origin: String, typed: String) -> Reply<()> {
        let line = self.0.0.line.clone();
        self.0.shell().handshake(move || {
            line.writer.ask(move |engine| engine.recover(&origin, &typed)).wait()?;
            line.until_done(Handshake::Recover)
        })
    }
}
