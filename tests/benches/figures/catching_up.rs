//! A new device catches up on a whole journal, over loopback.
//!
//! The relay is a process of its own. The phone has put 10,000 entries there in one go, as after an import; a tablet was paired and its
//! folder kept as it was then, so that it can catch up as often as one likes. Ours is a whole round of sync: it asks, recomputes the
//! relay's chain, opens, decodes, keeps, and answers that it has everything. Signatures of authors are looked at afterwards, in the
//! background; how long that takes is told beside.
//!
//! The floor has the same pages in memory already: it opens, decodes and keeps them, one transaction for each. Memory is that of a
//! process that does nothing else: the most it ever held, less what it held before it began.

use crate::Result;
use crate::child::{Child, memory_kib, say};
use crate::floor::Floor;
use crate::journal::{MANY, SCREEN, engine, imported, sync};
use crate::relay::Relay;
use crate::sheet::{Limit, Sheet, median};
use cairn_core::id::EntryId;
use cairn_core::journal::EntryQuery;
use cairn_core::sync::{Host as _, Request, Response, Transport, TransportError};
use cairn_core::vault::{Engine, Handshake, Next};
use cairn_http::HttpTransport;
use cairn_wire::message::{MailboxRequest, ReadAnswer};
use cairn_wire::{decode_canonical, encode};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use zstd::bulk::Decompressor;

const ROUNDS: usize = 5;
const KIB: f64 = 1024.0;
/// Steps that pairing takes, and some.
const STEPS_MAX: usize = 20;

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let relay = Relay::start()?;
    let line = HttpTransport::default();
    let newest = put_there(folder, &relay, &line)?;

    let recorded = recorded(folder, &newest)?;
    let (mut floors, mut times, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut waits, mut verified) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(floor_ms(&recorded)?);
        let mut tablet = engine(&copy_of_tablet(folder)?, "tablet")?;
        let took = catch_up(&mut tablet, &line, &newest)?;
        times.push(took.whole_ms);
        firsts.push(took.newest_ms);
        waits.push(took.waited_ms);
        let start = Instant::now();
        while tablet.verify_some(64)? > 0 {}
        verified.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let mut grown = Vec::new();
    for _ in 0..ROUNDS {
        let copy = copy_of_tablet(folder)?;
        std::fs::write(
            copy.join("newest"),
            newest.iter().flat_map(|id| *id.as_bytes()).collect::<Vec<u8>>(),
        )?;
        let mut child = Child::start("joiner", &[copy.to_str().ok_or("a temporary folder has a plain name")?])?;
        grown.push(child.hear()?.parse::<f64>()? / KIB);
        child.end()?;
    }
    let limit = Limit::TimesFloorAtMost(2.0);
    sheet.add(
        "catch up on 10,000 entries",
        median(times),
        "ms",
        Some(median(floors)),
        limit,
    );
    sheet.add(
        "memory grown by catching up",
        median(grown),
        "MiB",
        None,
        Limit::AtMost(64.0),
    );
    sheet.add_beside("the newest 50 can be read after", median(firsts), "ms");
    sheet.add_beside("waiting for the relay, of the whole", median(waits), "ms");
    sheet.add_beside("signatures looked at afterwards", median(verified), "ms");
    Ok(())
}

/// The child's part: says how many KiB its memory grew.
pub(crate) fn catch_up_alone(folder: &str) -> Result<()> {
    let folder = Path::new(folder);
    let newest = std::fs::read(folder.join("newest"))?;
    let newest: Vec<EntryId> = newest.as_chunks().0.iter().map(|id| EntryId::from_bytes(*id)).collect();
    let mut tablet = engine(folder, "tablet")?;
    let before = memory_kib("VmRSS")?;
    catch_up(&mut tablet, &HttpTransport::default(), &newest)?;
    say(&(memory_kib("VmHWM")? - before).to_string())
}

/// The least that catching up takes, in milliseconds.
pub(crate) fn floor_ms(recorded: &Recorded) -> Result<f64> {
    let there = tempfile::tempdir()?;
    let floor = Floor::new(there.path(), recorded.epoch_key)?;
    let mut decompressor = Decompressor::new()?;
    let start = Instant::now();
    for page in &recorded.pages {
        floor.keep_page(&mut decompressor, page)?;
    }
    let took = start.elapsed().as_secs_f64() * 1e3;
    if floor.count()? == MANY {
        Ok(took)
    } else {
        Err("the floor keeps every entry".into())
    }
}

/// The pages of a whole journal, and the key they are sealed with.
pub(crate) struct Recorded {
    pages: Vec<Vec<Vec<u8>>>,
    epoch_key: [u8; 32],
}

/// One tablet more, whose answers become the floor's pages.
pub(crate) fn recorded(folder: &Path, newest: &[EntryId]) -> Result<Recorded> {
    let recording = Recording {
        line: HttpTransport::default(),
        answers: Mutex::default(),
    };
    let mut first = engine(&copy_of_tablet(folder)?, "tablet")?;
    catch_up(&mut first, &recording, newest)?;
    let home = first.spaces().first().copied().ok_or("there is a home space")?;
    let key = first.store().view().epoch_key(home, 1)?;
    Ok(Recorded {
        pages: pages(&recording)?,
        epoch_key: *key.ok_or("the journal has a key")?,
    })
}

struct Took {
    whole_ms: f64,
    /// When a screen of the newest entries could be read.
    newest_ms: f64,
    /// What of it was waiting for the relay.
    waited_ms: f64,
}

/// One round of sync of a device that has nothing yet. Fails unless the newest entries are there before the rest is.
fn catch_up(engine: &mut Engine, line: &dyn Transport, newest: &[EntryId]) -> Result<Took> {
    let start = Instant::now();
    let (mut newest_ms, mut waited_ms) = (None, 0.0);
    engine.sync_begin()?;
    while let Some(request) = engine.sync_next() {
        let asked = Instant::now();
        let answer = line.send(&request);
        waited_ms += asked.elapsed().as_secs_f64() * 1e3;
        engine.sync_answer(answer);
        if newest_ms.is_none() {
            let listed = listed(engine)?;
            if listed.is_empty() {
                continue;
            }
            if listed != newest || engine.store().view().entry_count()? >= u64::try_from(MANY)? {
                return Err("the newest 50 can be read before the rest has arrived".into());
            }
            newest_ms = Some(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    let report = engine.sync_end()?;
    let whole_ms = start.elapsed().as_secs_f64() * 1e3;
    if !report.is_complete() || engine.store().view().entry_count()? != u64::try_from(MANY)? {
        return Err("the device has every entry".into());
    }
    Ok(Took {
        whole_ms,
        newest_ms: newest_ms.ok_or("there was a first page")?,
        waited_ms,
    })
}

fn listed(engine: &Engine) -> Result<Vec<EntryId>> {
    let page = engine.store().view().entries(&EntryQuery::newest(SCREEN))?;
    Ok(page.entries.iter().map(|entry| entry.id).collect())
}

/// Fills a phone, puts everything at the relay and pairs a tablet; answers the newest entries.
pub(crate) fn put_there(folder: &Path, relay: &Relay, line: &HttpTransport) -> Result<Vec<EntryId>> {
    for name in ["phone", "tablet"] {
        std::fs::create_dir(folder.join(name))?;
    }
    let mut phone = engine(&folder.join("phone"), "phone")?;
    phone.import(imported(1, MANY))?;
    phone.connect(&relay.origin)?;
    let mut tablet = engine(&folder.join("tablet"), "tablet")?;
    sync(&mut phone, line)?;
    if phone.sync_status()?.waiting > 0 {
        return Err("one round puts everything at the relay".into());
    }
    pair(&mut phone, &mut tablet, line)?;
    listed(&phone)
}

pub(crate) fn pair(phone: &mut Engine, tablet: &mut Engine, line: &HttpTransport) -> Result<()> {
    let code = phone.pair()?;
    tablet.join(&code)?;
    for _ in 0..STEPS_MAX {
        let joined = step(tablet, Handshake::PairJoin, line)?;
        let offered = step(phone, Handshake::PairOffer, line)?;
        if let (Next::TypeDigits(_), Some(shown)) = (&offered, tablet.shown_digits(Handshake::PairJoin)?) {
            phone.type_digits(Handshake::PairOffer, &shown.digits)?;
        }
        if matches!((joined, offered), (Next::Done, Next::Done)) {
            return Ok(());
        }
    }
    Err("pairing comes to an end".into())
}

fn step(engine: &mut Engine, which: Handshake, line: &HttpTransport) -> Result<Next> {
    let next = engine.handshake_next(which)?;
    match &next {
        Next::Ask(request) => {
            // Both sides take turns here: who waits for the other would wait for ever.
            let mut message: MailboxRequest<'_> = decode_canonical(&request.body)?;
            message.wait_ms = 0;
            let answer = line.send(&Request {
                body: encode(&message),
                wait_ms: 0,
                ..request.clone()
            })?;
            engine.handshake_answer(which, &answer)?;
        }
        Next::Sync => drop(sync(engine, line)?),
        Next::TypeDigits(_) | Next::Done => {}
    }
    Ok(next)
}

/// A new copy of the tablet's folder as it was right after pairing.
fn copy_of_tablet(folder: &Path) -> Result<std::path::PathBuf> {
    let copy = tempfile::Builder::new().prefix("tablet-").tempdir_in(folder)?.keep();
    for file in std::fs::read_dir(folder.join("tablet"))? {
        let file = file?;
        std::fs::copy(file.path(), copy.join(file.file_name()))?;
    }
    Ok(copy)
}

/// A line that remembers what was answered to reads.
struct Recording {
    line: HttpTransport,
    answers: Mutex<Vec<Vec<u8>>>,
}

impl Transport for Recording {
    fn send(&self, request: &Request) -> std::result::Result<Response, TransportError> {
        let response = self.line.send(request)?;
        if request.path == "/v1/read" {
            self.answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(response.body.clone());
        }
        Ok(response)
    }
}

/// The records of every page that was read forward. The first answer is the newest page, which is read again in its place.
fn pages(recording: &Recording) -> Result<Vec<Vec<Vec<u8>>>> {
    let answers = recording.answers.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pages = Vec::new();
    for body in answers.iter().skip(1) {
        let answer: ReadAnswer<'_> = decode_canonical(body)?;
        for page in answer.pages {
            pages.push(
                page.items
                    .into_iter()
                    .filter_map(|item| Some(item.record?.into_vec()))
                    .collect(),
            );
        }
    }
    Ok(pages)
}
