//! Engines on real folders, filled with the sample journal, and their rounds of sync.

use crate::Result;
use cairn_core::clock::SystemClock;
use cairn_core::exchange::{Imported, SampleJournal};
use cairn_core::id::SystemEntropy;
use cairn_core::journal::Draft;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::{Report, Transport};
use cairn_core::vault::Engine;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Entries of a full journal: five years of daily writing.
pub(crate) const MANY: usize = 10_000;
/// Entries on a first screen.
pub(crate) const SCREEN: usize = 50;
/// The key of every database here.
pub(crate) const KEY: [u8; 32] = [7; 32];

/// An engine in `folder`, as an app has it but for the threads.
pub(crate) fn engine(folder: &Path, name: &str) -> Result<Engine> {
    let store = Store::open(&StoreConfig::new(folder), &KEY)?;
    Ok(Engine::new(
        store,
        name,
        Arc::new(SystemClock),
        Box::new(SystemEntropy),
    )?)
}

/// Drafts that nobody has written yet.
pub(crate) fn drafts(seed: u64, count: usize) -> Vec<Draft> {
    SampleJournal::new(seed, count).map(|(draft, _)| draft).collect()
}

/// The sample journal as an import brings it, `count` entries in the order of time.
pub(crate) fn imported(seed: u64, count: usize) -> Vec<Imported> {
    let numbered = SampleJournal::new(seed, count).enumerate();
    let import = numbered.map(|(number, (draft, written))| Imported {
        source: "bench",
        source_id: format!("{seed}-{number}"),
        draft,
        written,
        modified: None,
        extra: String::new(),
        media: Vec::new(),
    });
    import.collect()
}

/// A round of sync that came to its end.
pub(crate) struct Synced {
    pub(crate) report: Report,
    /// What it took to have the next records ready to be sent: they are sealed then, and put in the outbox.
    pub(crate) sealing: Duration,
}

/// One round of sync over `line`.
pub(crate) fn sync(engine: &mut Engine, line: &dyn Transport) -> Result<Synced> {
    let mut sealing = Duration::ZERO;
    engine.sync_begin()?;
    loop {
        let start = Instant::now();
        let Some(request) = engine.sync_next() else { break };
        if request.path == "/v1/append" {
            sealing += start.elapsed();
        }
        let answer = line.send(&request);
        engine.sync_answer(answer);
    }
    let report = engine.sync_end()?;
    if report.is_complete() {
        Ok(Synced { report, sealing })
    } else {
        Err("every space is brought up to date".into())
    }
}
