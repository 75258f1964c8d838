//! The relay and who reads: 10,000 records beside a bare server, an append on its way to somebody who waits, and ten thousand who wait.
//!
//! A reader's time is that between its requests and the last byte of their answers: what it does with them is measured elsewhere. Bytes
//! are those of HTTP, heads included. Memory is the kernel's count of the relay's process: the most there was while one reader read, above
//! what was held before.

use crate::Result;
use crate::load::{self, RECORD_BYTES, Shape};
use crate::relay::{Device, Served, all_stored};
use crate::sheet::{Limit, Sheet, exact, median, quantile};
use cairn_http::HttpTransport;
use cairn_wire::message::{ReadAnswer, ReadRequest, ReadSpace};
use cairn_wire::{decode_canonical, encode};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// 10,240 records in a space: what a full journal has.
const JOURNAL: Shape = Shape {
    connections: 1,
    batch: 64,
    requests: 160,
};
const ROUNDS: usize = 9;
/// Appends to somebody who waits.
const WAKES: usize = 300;
/// Who waits at once, and in how many spaces, each with a session of its own.
const WAITING: usize = 10_000;
const SPACES: usize = 100;
/// How long it takes until threads that have nothing to do are gone, and how long those who wait are watched then: shorter than they wait.
const SETTLED: Duration = Duration::from_secs(14);
const WATCHED: Duration = Duration::from_secs(5);
const WAIT_MS: u32 = 30_000;

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let mut relay = Served::start("relay")?;
    let mut bare = Served::start("bare")?;
    let line = HttpTransport::default();
    let origin = relay.origin();
    let device = Device::enter(&line, &origin)?;
    let ran = load::run(relay.address, "/v1/append", &[device.bodies(JOURNAL, 0)?])?;
    all_stored(JOURNAL, &ran)?;
    load::run(bare.address, "/", &crate::relay::bare_bodies(JOURNAL, 0)?)?;
    catching_up(sheet, &mut relay, &mut bare, &device)?;
    waking(sheet, &relay, &device)?;
    drop(bare);
    let devices = (0..SPACES).map(|_| Device::enter(&line, &origin));
    let devices: Vec<_> = devices.collect::<Result<_>>()?;
    waiting(sheet, &relay, &devices)
}

/// One reader from the first record to the last.
struct Fetched {
    took: Duration,
    records: usize,
    wire_bytes: usize,
    peak_kib: f64,
}

fn catching_up(sheet: &mut Sheet, relay: &mut Served, bare: &mut Served, device: &Device) -> Result<()> {
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let floor = fetch(
            bare,
            |records| bare_read(JOURNAL, records),
            "/read",
            |body| Ok(body.len() / RECORD_BYTES),
        )?;
        let turn = fetch(
            relay,
            |records| Ok(read(device, records, 0)),
            "/v1/read",
            |body| {
                let answer: ReadAnswer<'_> = decode_canonical(body)?;
                Ok(answer.pages.iter().map(|page| page.items.len()).sum())
            },
        )?;
        if (turn.records, floor.records) != (JOURNAL.records(), JOURNAL.records()) {
            return Err("a reader gets every record".into());
        }
        // The first round only fills the caches.
        if round > 0 {
            floors.push(floor);
            ours.push(turn);
        }
    }
    let of = |all: &[Fetched], figure: fn(&Fetched) -> f64| median(all.iter().map(figure));
    let time = |fetched: &Fetched| fetched.took.as_secs_f64() * 1e3;
    sheet.add(
        "relay, a reader of 10,240 records",
        of(&ours, time),
        "ms",
        Some(of(&floors, time)),
        Limit::TimesFloorAtMost(2.5),
    );
    sheet.add(
        "relay, a reader of 10,240 records: bytes on the wire",
        of(&ours, |fetched| exact(fetched.wire_bytes)) / 1024.0,
        "KiB",
        Some(exact(JOURNAL.records() * RECORD_BYTES) / 1024.0),
        Limit::TimesFloorAtMost(1.02),
    );
    sheet.add(
        "relay, a reader of 10,240 records: memory",
        of(&ours, |fetched| fetched.peak_kib),
        "KiB",
        None,
        Limit::AtMost(1024.0),
    );
    sheet.add_beside(
        "bare, a reader of 10,240 records: memory",
        of(&floors, |fetched| fetched.peak_kib),
        "KiB",
    );
    Ok(())
}

fn fetch(
    served: &mut Served,
    request: impl Fn(usize) -> Result<Vec<u8>>,
    path: &str,
    count: impl Fn(&[u8]) -> Result<usize>,
) -> Result<Fetched> {
    let mut stream = connect(served.address)?;
    served.child.forget_peak()?;
    let before = served.child.memory_kib("VmRSS")?;
    let mut fetched = Fetched {
        took: Duration::ZERO,
        records: 0,
        wire_bytes: 0,
        peak_kib: 0.0,
    };
    loop {
        let request = load::request(served.address, path, &request(fetched.records)?);
        let start = Instant::now();
        stream.write_all(&request)?;
        let (body, bytes) = read_answer(&mut stream)?;
        fetched.took += start.elapsed();
        let records = count(&body)?;
        if records == 0 {
            break;
        }
        fetched.records += records;
        fetched.wire_bytes += bytes;
    }
    fetched.peak_kib = served.child.memory_kib("VmHWM")? - before;
    Ok(fetched)
}

fn read(device: &Device, since: usize, wait_ms: u32) -> Vec<u8> {
    encode(&ReadRequest {
        spaces: vec![ReadSpace {
            token: device.token,
            space: device.space,
            since: Some(since as u64),
            until: None,
            slots: None,
        }],
        bytes_max: 1 << 20,
        wait_ms,
    })
}

fn bare_read(shape: Shape, after: usize) -> Result<Vec<u8>> {
    let number = u64::try_from(shape.connections * 1_000)?;
    Ok([number.to_le_bytes(), u64::try_from(after)?.to_le_bytes()].concat())
}

/// An append, from before it is sent until somebody who waits has it.
fn waking(sheet: &mut Sheet, relay: &Served, device: &Device) -> Result<()> {
    let address = relay.address;
    let shape = Shape {
        connections: 1,
        batch: 1,
        requests: WAKES,
    };
    let appends = device.bodies(shape, 1)?;
    let (start_waiting, told) = mpsc::channel::<usize>();
    let (woken, arrivals) = mpsc::channel();
    let (space, token) = (device.space, device.token);
    let waiter = std::thread::spawn(move || {
        let device = Device { space, token };
        let Ok(mut stream) = connect(address) else { return };
        while let Ok(since) = told.recv() {
            let request = load::request(address, "/v1/read", &read(&device, since, WAIT_MS));
            let answer = stream
                .write_all(&request)
                .map_err(Into::into)
                .and_then(|()| read_answer(&mut stream));
            let Ok((body, _)) = answer else { return };
            let _ = woken.send((Instant::now(), body));
        }
    });
    let mut sender = connect(address)?;
    // Written over and over in one place, as a log of changes is: a file that grows costs more.
    let beside = File::create(relay.folder.path().join("beside"))?;
    beside.write_all_at(&[0; 4096], 0)?;
    beside.sync_all()?;
    let (mut took, mut fsyncs) = (Vec::new(), Vec::new());
    for (count, append) in appends.iter().enumerate() {
        start_waiting.send(JOURNAL.records() + count)?;
        // That somebody waits shows in nothing. Who comes a little late finds the record there, and is counted as slower than they were.
        std::thread::sleep(Duration::from_millis(4));
        let start = Instant::now();
        beside.write_all_at(&[7; 4096], 0)?;
        beside.sync_data()?;
        fsyncs.push(start.elapsed().as_secs_f64() * 1e3);
        let request = load::request(address, "/v1/append", append);
        let start = Instant::now();
        sender.write_all(&request)?;
        read_answer(&mut sender)?;
        let (at, body) = arrivals.recv_timeout(Duration::from_secs(30))?;
        let answer: ReadAnswer<'_> = decode_canonical(&body)?;
        if answer.pages.iter().map(|page| page.items.len()).sum::<usize>() != 1 {
            return Err("who waits gets the record".into());
        }
        took.push(at.duration_since(start).as_secs_f64() * 1e3);
    }
    drop(start_waiting);
    drop(waiter.join());
    for (name, part, more) in [("half", 0.5, 0.5), ("99 of 100", 0.99, 3.0)] {
        let value = quantile(took.iter().copied(), part);
        let floor = quantile(fsyncs.iter().copied(), part);
        let name = format!("relay, an append to who waits: {name} within");
        sheet.add(&name, value, "ms", Some(floor), Limit::AtMost(floor + more));
    }
    Ok(())
}

/// Ten thousand who wait and hear nothing.
fn waiting(sheet: &mut Sheet, relay: &Served, devices: &[Device]) -> Result<()> {
    let before = relay.child.memory_kib("VmRSS")?;
    let mut streams = Vec::with_capacity(WAITING);
    for device in devices.iter().cycle().take(WAITING) {
        streams.push((connect(relay.address)?, device));
    }
    for (stream, device) in &mut streams {
        stream.write_all(&load::request(relay.address, "/v1/read", &read(device, 0, WAIT_MS)))?;
    }
    // Threads that looked for them have nothing to do now, and go.
    std::thread::sleep(SETTLED);
    let each = (relay.child.memory_kib("VmRSS")? - before) / exact(WAITING);
    let (woke, used) = (relay.child.woken()?, relay.child.processor_us()?);
    std::thread::sleep(WATCHED);
    let woken = relay.child.woken()? - woke;
    let used = relay.child.processor_us()? - used;
    for (stream, _) in &mut streams {
        stream.set_nonblocking(true)?;
        let answered = stream.read(&mut [0]);
        if !answered.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock) {
            return Err("who waits still waits: this machine is too busy to measure it".into());
        }
    }
    sheet.add(
        "relay, 10,000 who wait: memory",
        each,
        "KiB each",
        None,
        Limit::AtMost(15.0),
    );
    // For all ten thousand together: one wake-up of each in half a minute would be 333.
    sheet.add(
        "relay, 10,000 who wait: wake-ups of all of it",
        woken / WATCHED.as_secs_f64(),
        "each second",
        None,
        Limit::AtMost(20.0),
    );
    sheet.add_beside(
        "relay, 10,000 who wait: processor",
        used / 1e3 / WATCHED.as_secs_f64(),
        "ms each second",
    );
    Ok(())
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

/// One answer's body, and how many bytes it took with its head.
fn read_answer(stream: &mut TcpStream) -> Result<(Vec<u8>, usize)> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    let mut piece = vec![0; 256 * 1024];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err("the connection ended early".into());
        }
        bytes.extend(piece.iter().take(read));
        if let Some((from, length)) = load::head(&bytes)?
            && bytes.len() >= from + length
        {
            let all = bytes.len();
            return Ok((bytes.split_off(from), all));
        }
    }
}
