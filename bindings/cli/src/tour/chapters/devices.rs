//! A phone, a tablet, and what both of them write.

use super::Stage;
use crate::failure::Failure;
use crate::terminal;
use crate::tour::device::Device;
use crate::tour::story::promised;
use cairn_core::exchange::{DayOne, ImportError, Imported, Keep, SampleJournal};
use cairn_core::journal::Entry;
use cairn_core::vault::Vault;
use cairn_core::wire::Header;
use std::path::Path;

/// Entries of a journal that the tour makes up, and its seed.
const MADE_UP: (u64, usize) = (20_260_301, 500);
/// Entries that become durable together.
const BATCH: usize = 200;
/// Rounds in which two devices agree: the first carries, the second answers; some are to spare.
const ROUNDS_MAX: usize = 6;

const BUS: &str =
    "The bus was late again. I asked for a quiet seat. Nobody looked up, and it rained all the way to the harbour.";
const ASKED: &str = "I asked for a quiet seat.";
const BY_THE_DOOR: &str = "I took the place by the door.";
const STOOD: &str = "I stood, and that was fine.";
const MARKET: &str = "There was rhubarb at the market. I bought nothing. On the way back I hummed.";
const RHUBARB: &str = "There was rhubarb at the market, the first of the year.";
const HUMMED: &str = "On the way back I hummed the song from the kitchen.";

impl Stage {
    /// Marisol's phone, its journal, and the relay.
    pub(in crate::tour) fn a_journal(&mut self, journal: Option<&Path>) -> Result<Device, Failure> {
        let phone = self.device("phone")?;
        self.story
            .step("Marisol begins a journal on a phone. It takes no account and no network.")?;
        let mut offered = Vec::new();
        let mut note = |next: &Result<Imported, ImportError>| {
            offered.extend(
                next.iter()
                    .map(|one| (one.draft.happened.clone(), one.draft.body.clone())),
            );
        };
        let new = match journal {
            Some(path) => {
                let mut export = DayOne::open(path)?;
                let total = export.preview().entries;
                bring_in(&phone.vault, total, export.entries(Keep::default()).inspect(&mut note))?
            }
            None => bring_in(&phone.vault, MADE_UP.1, made_up().inspect(&mut note))?,
        };
        let mut held: Vec<_> = phone
            .entries()?
            .into_iter()
            .map(|entry| (entry.happened, entry.body))
            .collect();
        for list in [&mut offered, &mut held] {
            list.sort_by(|one, other| (one.0.at, &one.1).cmp(&(other.0.at, &other.1)));
        }
        promised(
            new > 0 && offered == held,
            "everything that was brought in is in the journal, byte for byte",
        )?;
        let from = if journal.is_some() {
            "A journal from elsewhere"
        } else {
            "A made-up journal"
        };
        self.story.step(&format!("{from} comes in: {new} entries."))?;
        phone.vault.sync().connect(self.relay.origin().to_owned()).wait()?;
        phone.sync()?;
        self.story
            .step("The phone finds the relay and sends it the journal, each entry sealed by itself.")?;
        phone.line.copy();
        let bus = phone.vault.journal().write(phone.draft("On the bus", BUS)?).wait()?;
        phone.sync()?;
        let first = phone.line.appended();
        self.slot = first.iter().find_map(|record| Some(Header::decode(record).ok()?.slot));
        let market = phone.vault.journal().write(phone.draft("", MARKET)?).wait()?;
        phone.sync()?;
        self.written = Some((bus, market));
        self.story
            .step("Marisol writes two entries on the bus. They leave the phone sealed, too.")?;
        Ok(phone)
    }

    /// A tablet joins.
    pub(in crate::tour) fn a_second_device(&mut self, phone: &Device) -> Result<Device, Failure> {
        self.story.chapter("A second device")?;
        let tablet = self.device("tablet")?;
        let code = phone.vault.devices().pair().wait()?;
        let other = phone.vault.devices().wait_for_device();
        let shown = tablet.vault.devices().join(code).wait()?;
        promised(
            other.wait()? == "tablet" && shown.name == "phone",
            "each device says who the other is",
        )?;
        let joined = tablet.vault.devices().finish_joining();
        phone.vault.devices().confirm_device(shown.digits).wait()?;
        joined.wait()?;
        self.story
            .step("A tablet reads a code off the phone and shows six digits. Marisol types them in.")?;
        tablet.sync()?;
        self.story
            .step("The tablet fetches the journal and opens it, with keys that the phone sealed for it.")?;
        let (here, there) = (phone.entries()?, tablet.entries()?);
        let same = here.len() == there.len() && here.iter().zip(&there).all(|(here, there)| are_same(here, there));
        promised(same, "every entry is the same on both devices")?;
        self.story
            .step("Title, text, tags, feelings, time: every entry is the same on both, byte for byte.")?;
        Ok(tablet)
    }

    /// Both devices are offline, and edit the same entries. Answers the sealed record of what they agreed on.
    pub(in crate::tour) fn apart_and_together(&mut self, phone: &Device, tablet: &Device) -> Result<Vec<u8>, Failure> {
        self.story.chapter("Apart, and together again")?;
        let (bus, market) = self.written()?;
        let both = [phone, tablet];
        both.iter().for_each(|device| device.line.cut(true));
        promised(
            both.iter().all(|device| device.is_offline()),
            "without a network nothing crosses",
        )?;
        self.story
            .step("Both devices lose the network. For the one who writes nothing changes.")?;
        phone.rewrite(bus, ASKED, BY_THE_DOOR)?;
        tablet.rewrite(bus, ASKED, STOOD)?;
        phone.rewrite(market, "There was rhubarb at the market.", RHUBARB)?;
        tablet.rewrite(market, "On the way back I hummed.", HUMMED)?;
        self.story
            .step("Both edit the same two entries. In one, both rewrite the very same sentence.")?;
        both.iter().for_each(|device| device.line.cut(false));
        tablet.line.copy();
        phone.line.copy();
        let agree = || -> Result<bool, Failure> {
            let same = |id| Ok::<_, Failure>(phone.entry(id)? == tablet.entry(id)?);
            Ok(same(bus)? && same(market)?)
        };
        for _ in 0..ROUNDS_MAX {
            both.iter().try_for_each(|device| device.sync())?;
            if agree()? {
                break;
            }
            // A merge waits up to a minute, so that of several devices one is first.
            self.clock.turn_on(61_000);
        }
        promised(agree()?, "two devices that hear of each other agree")?;
        let (bus, market) = (phone.entry(bus)?, phone.entry(market)?);
        let holds = |entry: &Entry, words: &[&str]| words.iter().all(|words| entry.body.contains(words));
        promised(
            holds(&market, &[RHUBARB, HUMMED]),
            "what two devices changed in one entry is all there",
        )?;
        let kept = holds(
            &bus,
            &[BY_THE_DOOR, STOOD, "The bus was late again.", "it rained all the way"],
        );
        promised(
            kept && bus.both_versions,
            "of one sentence rewritten twice both versions are there",
        )?;
        self.story
            .step("The network is back, and both agree by themselves. Both versions stand side by side.")?;
        let of_the_bus = |record: &Vec<u8>| Header::decode(record).is_ok_and(|header| Some(header.slot) == self.slot);
        let sealed = [phone, tablet]
            .iter()
            .flat_map(|device| device.line.appended())
            .rfind(of_the_bus);
        promised(sealed.is_some(), "what the devices agreed on is at the relay, sealed")?;
        Ok(sealed.unwrap_or_default())
    }
}

/// Whether two devices hold the same entry: the name, the words and the time of it.
fn are_same(here: &Entry, there: &Entry) -> bool {
    here.id == there.id
        && here.title == there.title
        && here.body == there.body
        && here.tags == there.tags
        && here.feelings == there.feelings
        && here.happened == there.happened
}

/// The journal of nobody, as an import brings one in.
fn made_up() -> impl Iterator<Item = Result<Imported, ImportError>> {
    let (seed, count) = MADE_UP;
    SampleJournal::new(seed, count)
        .enumerate()
        .map(|(nth, (draft, written))| {
            let source_id = nth.to_string();
            Ok(Imported {
                source: "sample",
                source_id,
                draft,
                written,
                modified: None,
                extra: String::new(),
                media: Vec::new(),
            })
        })
}

/// Keeps entries in batches, with a bar where somebody sees it; answers how many are new.
fn bring_in(
    vault: &Vault,
    total: usize,
    entries: impl Iterator<Item = Result<Imported, ImportError>>,
) -> Result<u64, Failure> {
    let bar = terminal::bar(total, "copied");
    let mut entries = entries.fuse();
    let mut new = 0;
    loop {
        let batch = entries.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>()?;
        if batch.is_empty() {
            bar.finish_and_clear();
            return Ok(new);
        }
        let size = batch.len() as u64;
        new += vault.journal().import(batch).wait()?;
        bar.inc(size);
    }
}
