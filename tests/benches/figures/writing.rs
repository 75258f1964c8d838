//! Writing an entry, and editing one.
//!
//! A device makes an entry durable when it is written and seals it when it is about to leave, once for however many edits there were
//! until then. The floor seals at once and commits row, sealed bytes and full-text index together. So `write an entry` is what a
//! person waits for, and `write an entry and seal it` adds what sealing costs later: entries are written one by one, then sealed as sync
//! seals them, a page at a time, durable in the outbox before they are sent; each entry is charged its share. It is held to the same
//! limit, although every entry is made durable twice. One that is sent at once, alone, pays for the whole page: told beside.
//!
//! `edit an entry` is the edit of one that has a history: its document is loaded. The first edit of an entry makes the document, from
//! nothing, character by character; that is told beside.

use crate::Result;
use crate::floor::Floor;
use crate::journal::{drafts, engine, imported, sync};
use crate::relay::Relay;
use crate::sheet::{Limit, Sheet, median, us_each};
use cairn_core::id::EntryId;
use cairn_core::journal::Draft;
use cairn_core::vault::{Engine, entry_for_editing};
use cairn_http::HttpTransport;
use std::path::Path;
use std::time::{Duration, Instant};

/// Entries in both journals before anything is measured.
const BEFORE: usize = 2_000;
/// Rounds, each a part of the floor's work and a part of ours.
const ROUNDS: usize = 30;
/// Entries written, and entries edited, in one round.
const EACH: usize = 40;
/// Entries of a round that are written and sent one by one.
const ALONE: usize = 4;
/// What an edit adds.
const SENTENCE: &str = "And then, of all things, it began to snow. ";

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut floor = Floor::new(folder.path(), [5; 32])?;
    let mut ours = Ours::new(folder.path())?;
    floor.fill(&drafts(1, BEFORE))?;
    ours.engine.import(imported(1, BEFORE))?;
    ours.sync(BEFORE)?;
    writing(sheet, &mut floor, &mut ours)?;
    editing(sheet, &mut floor, &mut ours)
}

/// The engine, and the relay that it syncs with.
struct Ours {
    engine: Engine,
    line: HttpTransport,
    relay: Relay,
}

impl Ours {
    fn new(folder: &Path) -> Result<Self> {
        let mut ours = Self {
            engine: engine(folder, "phone")?,
            line: HttpTransport::default(),
            relay: Relay::start()?,
        };
        ours.engine.connect(&ours.relay.origin)?;
        ours.sync(1)?;
        Ok(ours)
    }

    /// Sends what waits, so many records; answers how long sealing them took.
    fn sync(&mut self, count: usize) -> Result<Duration> {
        let synced = sync(&mut self.engine, &self.line)?;
        if synced.report.sent != u64::try_from(count)? {
            return Err("what was written is sent, each once".into());
        }
        Ok(synced.sealing)
    }
}

fn writing(sheet: &mut Sheet, floor: &mut Floor, ours: &mut Ours) -> Result<()> {
    let (mut floors, mut writes, mut seals, mut alone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let drafts = drafts(100 + u64::try_from(round)?, EACH);
        let start = Instant::now();
        for draft in &drafts {
            floor.write(draft)?;
        }
        floors.push(us_each(start.elapsed(), EACH));
        let mine = drafts.clone();
        let start = Instant::now();
        for draft in mine {
            ours.engine.write(draft)?;
        }
        writes.push(us_each(start.elapsed(), EACH));
        seals.push(us_each(ours.sync(EACH)?, EACH));
        for draft in drafts.into_iter().take(ALONE) {
            let start = Instant::now();
            ours.engine.write(draft)?;
            let wrote = start.elapsed();
            alone.push(us_each(wrote + ours.sync(1)?, 1));
        }
    }
    let both = median(writes.iter().zip(&seals).map(|(write, seal)| write + seal));
    let floor_us = median(floors);
    let limit = Limit::TimesFloorAtMost(1.6);
    sheet.add("write an entry", median(writes), "us", Some(floor_us), limit);
    sheet.add(
        "write an entry and seal it, its share of a page",
        both,
        "us",
        Some(floor_us),
        limit,
    );
    sheet.add_beside("write an entry and seal it at once, alone", median(alone), "us");
    sheet.add_beside("seal an entry, its share of a page", median(seals), "us");
    Ok(())
}

/// An entry that both sides have, at its place in each.
struct Pair {
    n: i64,
    id: EntryId,
    draft: Draft,
}

fn editing(sheet: &mut Sheet, floor: &mut Floor, ours: &mut Ours) -> Result<()> {
    let (mut floors, mut edits, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut pairs = Vec::new();
        for mut draft in drafts(1_000 + u64::try_from(round)?, EACH) {
            let n = floor.write(&draft)?;
            let id = ours.engine.write(draft.clone())?;
            // The first edit makes our document; the floor is given one.
            draft.body.insert_str(0, "A morning like this one. ");
            firsts.push(revise(&mut ours.engine, id, &draft)?);
            floor.put_document(n, &draft.body)?;
            pairs.push(Pair { n, id, draft });
        }
        ours.sync(EACH)?;
        let places: Vec<usize> = pairs.iter().map(|pair| middle(&pair.draft.body)).collect();
        for (pair, byte) in pairs.iter_mut().zip(&places) {
            pair.draft.body.insert_str(*byte, SENTENCE);
        }
        let start = Instant::now();
        for (pair, byte) in pairs.iter().zip(&places) {
            // The sample journal is in ASCII but for a dash or two: characters before a byte are counted as in any editor.
            let at = pair.draft.body.get(..*byte).map_or(0, |before| before.chars().count());
            floor.edit(pair.n, &pair.draft, at, SENTENCE)?;
        }
        floors.push(us_each(start.elapsed(), EACH));
        let mut took = Duration::ZERO;
        for pair in &pairs {
            took += Duration::from_secs_f64(revise(&mut ours.engine, pair.id, &pair.draft)? / 1e6);
        }
        edits.push(us_each(took, EACH));
        ours.sync(EACH)?;
    }
    sheet.add(
        "edit an entry",
        median(edits),
        "us",
        Some(median(floors)),
        Limit::TimesFloorAtMost(1.6),
    );
    sheet.add_beside("edit an entry for the first time", median(firsts), "us");
    Ok(())
}

/// Puts `draft` in the place of what the entry says; answers the microseconds it took. What an app read before is not counted.
fn revise(engine: &mut Engine, id: EntryId, draft: &Draft) -> Result<f64> {
    let (_, version) = entry_for_editing(engine.store().view(), id)?.ok_or("the entry is there")?;
    let draft = draft.clone();
    let start = Instant::now();
    engine.revise(id, &version, draft)?;
    Ok(us_each(start.elapsed(), 1))
}

/// The byte after the sentence in the middle of a text.
fn middle(body: &str) -> usize {
    let ends = body.match_indices(". ").map(|(at, _)| at + 2);
    ends.min_by_key(|at| at.abs_diff(body.len() / 2)).unwrap_or(0)
}
