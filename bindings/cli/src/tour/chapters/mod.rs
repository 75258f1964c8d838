//! The story, chapter by chapter. A step ends when what it says was looked at.

mod devices;
mod relay_files;
mod sharing;
mod taking_out;

use super::clock::StoryClock;
use super::device::Device;
use super::line::Crossed;
use super::relay::Relay;
use super::story::Story;
use crate::failure::Failure;
use crate::output::Output;
use cairn_core::id::EntryId;
use cairn_core::wire::SlotId;
use std::path::{Path, PathBuf};

/// What the chapters share.
#[derive(Debug)]
pub(super) struct Stage {
    out: Output,
    folder: PathBuf,
    relay_data: PathBuf,
    relay: Relay,
    clock: StoryClock,
    crossed: Crossed,
    story: Story,
    /// The entry of the bus and the one of the market.
    written: Option<(EntryId, EntryId)>,
    /// The name under which the relay knows the entry of the bus.
    slot: Option<SlotId>,
}

impl Stage {
    /// Starts the relay.
    pub(super) fn set(folder: &Path, out: Output) -> Result<Self, Failure> {
        let crossed = Crossed::default();
        let mut story = Story::begin(out, &crossed)?;
        story.chapter("A journal")?;
        let relay_data = folder.join("relay");
        let relay = Relay::start(&relay_data)?;
        story.step("A relay starts. It will keep sealed records, and it holds the key to none of them.")?;
        let (folder, clock) = (folder.to_owned(), StoryClock::default());
        Ok(Self {
            out,
            folder,
            relay_data,
            relay,
            clock,
            crossed,
            story,
            written: None,
            slot: None,
        })
    }

    fn device(&self, name: &str) -> Result<Device, Failure> {
        Device::new(&self.folder, name, &self.clock, &self.crossed)
    }

    fn written(&self) -> Result<(EntryId, EntryId), Failure> {
        self.written.ok_or_else(|| cairn_core::vault::Error::Internal.into())
    }
}
