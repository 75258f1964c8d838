//! What it takes to remove a device, and to seal a whole journal again under a new key, over loopback.
//!
//! The phone has 10,000 entries at the relay and a tablet beside it. Removing is complete when the relay keeps the tablet out and the
//! new epoch has begun. Sealing again is one round that does all of it: every live state opened, sealed and sent; it is held against
//! the floor of catching up, which opens and keeps as many.

use crate::Result;
use crate::catching_up::{floor_ms, put_there, recorded};
use crate::journal::{MANY, engine};
use crate::relay::Relay;
use crate::sheet::{Limit, Sheet, median};
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{Engine, Shredding};
use cairn_http::HttpTransport;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const ROUNDS: usize = 3;
const KIB: f64 = 1024.0;

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let relay = Relay::start()?;
    let newest = put_there(folder, &relay, &HttpTransport::default())?;
    let recorded = recorded(folder, &newest)?;
    let mut phone = engine(&folder.join("phone"), "phone")?;

    let line = Counting::default();
    let other = phone
        .devices()?
        .into_iter()
        .find(|card| !card.is_this_one)
        .ok_or("there is a tablet")?;
    let start = Instant::now();
    phone.remove_device(other.id)?;
    round(&mut phone, &line)?;
    let took = start.elapsed().as_secs_f64() * 1e3;
    let mut tablet = engine(&folder.join("tablet"), "tablet")?;
    tablet.sync_begin()?;
    while let Some(request) = tablet.sync_next() {
        let answer = HttpTransport::default().send(&request);
        tablet.sync_answer(answer);
    }
    if phone.devices()?.len() != 1 || tablet.sync_end()?.is_complete() {
        return Err("the tablet is one of the devices no more".into());
    }
    sheet.add("remove a device", took, "ms", None, Limit::AtMost(2_000.0));
    let sent = line.sent.load(Ordering::SeqCst) as f64 / KIB;
    sheet.add("bytes sent to remove a device", sent, "KiB", None, Limit::AtMost(64.0));

    let (mut times, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(floor_ms(&recorded)?);
        phone.shred()?;
        let start = Instant::now();
        while matches!(phone.shredding()?, Shredding::Beginning | Shredding::Sealing { .. }) {
            round(&mut phone, &line)?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let limit = Limit::TimesFloorAtMost(2.0);
    sheet.add(
        &format!("seal {MANY} entries again"),
        median(times),
        "ms",
        Some(median(floors)),
        limit,
    );
    Ok(())
}

fn round(engine: &mut Engine, line: &Counting) -> Result<()> {
    engine.sync_begin_with(true)?;
    while let Some(request) = engine.sync_next() {
        let answer = line.send(&request);
        engine.sync_answer(answer);
    }
    if engine.sync_end()?.is_complete() {
        Ok(())
    } else {
        Err("every space is brought up to date".into())
    }
}

/// A line that counts what is sent.
#[derive(Default)]
struct Counting {
    line: HttpTransport,
    sent: AtomicUsize,
}

impl Transport for Counting {
    fn send(&self, request: &Request) -> std::result::Result<Response, TransportError> {
        self.sent.fetch_add(request.body.len(), Ordering::SeqCst);
        self.line.send(request)
    }
}
