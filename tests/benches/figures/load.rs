//! Connections that send records and wait for the answer, each its next request as soon as it has one.
//!
//! One thread carries them all, on plain sockets with the little of HTTP that it takes: what is measured is who answers. Requests are
//! made before the clock runs, and answers are looked at after it stopped.

use crate::Result;
use crate::sheet::quantile;
use cairn_wire::{HEADER_BYTES, Header, RecordId, SlotId, SpaceId};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Bytes of a record whose inside is 1 KiB.
pub(crate) const RECORD_BYTES: usize = 1024 + HEADER_BYTES + 72;

/// How many connections, and what each sends.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) connections: usize,
    /// Records in one request.
    pub(crate) batch: usize,
    /// Requests of one connection.
    pub(crate) requests: usize,
}

impl Shape {
    pub(crate) const fn records(self) -> usize {
        self.connections * self.batch * self.requests
    }
}

/// What came of it.
pub(crate) struct Ran {
    pub(crate) took: Duration,
    /// How long each request waited for its answer, in milliseconds.
    pub(crate) waits_ms: Vec<f64>,
    /// The bodies of the answers, by connection.
    pub(crate) answers: Vec<Vec<Vec<u8>>>,
}

impl Ran {
    pub(crate) fn slowest_ms(&self) -> f64 {
        quantile(self.waits_ms.iter().copied(), 0.99)
    }
}

/// Records that nobody has seen before, of this space.
pub(crate) fn records(space: SpaceId, seed: u64, count: usize) -> Result<Vec<Vec<u8>>> {
    let mut random = blake3::Hasher::new()
        .update(space.as_bytes())
        .update(&seed.to_le_bytes())
        .finalize_xof();
    let mut records = Vec::with_capacity(count);
    for _ in 0..count {
        let mut names = [0; 32];
        random.fill(&mut names);
        let (id, slot) = names.split_at(16);
        let header = Header {
            flags: 0,
            space,
            record_id: RecordId::from_bytes(id.try_into()?),
            slot: SlotId::from_bytes(slot.try_into()?),
            epoch: 1,
            incarnation: 1,
            merged_upto: 0,
            expires_day: 0,
            length: u32::try_from(RECORD_BYTES - HEADER_BYTES)?,
        };
        let mut record = header.encode().to_vec();
        record.resize(RECORD_BYTES, 0);
        random.fill(record.get_mut(HEADER_BYTES..).unwrap_or_default());
        records.push(record);
    }
    Ok(records)
}

/// Sends what each connection has to send, one request after the other, all connections at once.
pub(crate) fn run(address: SocketAddr, path: &str, bodies: &[Vec<Vec<u8>>]) -> Result<Ran> {
    let requests: Vec<Vec<Vec<u8>>> = bodies
        .iter()
        .map(|bodies| bodies.iter().map(|body| request(address, path, body)).collect())
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut streams = Vec::new();
        for _ in &requests {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let start = Instant::now();
        let connections: Vec<_> = streams
            .into_iter()
            .zip(requests)
            .map(|(stream, requests)| tokio::task::spawn_local(send(stream, requests)))
            .collect();
        let mut ran = Ran {
            took: Duration::ZERO,
            waits_ms: Vec::new(),
            answers: Vec::new(),
        };
        for connection in connections {
            let (waits, answers) = connection.await??;
            ran.waits_ms.extend(waits);
            ran.answers.push(answers);
        }
        ran.took = start.elapsed();
        Ok(ran)
    })
}

/// A request as its bytes.
pub(crate) fn request(address: SocketAddr, path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/cbor\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn send(stream: TcpStream, requests: Vec<Vec<u8>>) -> io::Result<(Vec<f64>, Vec<Vec<u8>>)> {
    let (mut waits, mut answers) = (Vec::new(), Vec::new());
    let mut buffer = Vec::with_capacity(16 * 1024);
    for request in requests {
        let start = Instant::now();
        write_all(&stream, &request).await?;
        answers.push(read_answer(&stream, &mut buffer).await?);
        waits.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok((waits, answers))
}

async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads one answer with a length and answers its body; anything but success is an error.
async fn read_answer(stream: &TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    buffer.clear();
    loop {
        if let Some((from, length)) = head(buffer)?
            && let Some(body) = buffer.get(from..from + length)
        {
            return Ok(body.to_vec());
        }
        let mut piece = [0; 4096];
        match stream.try_read(&mut piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => buffer.extend(piece.iter().take(read)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.readable().await?,
            Err(error) => return Err(error),
        }
    }
}

/// Where the body begins and how long it is, once the head is there.
pub(crate) fn head(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = bytes
        .get(..end)
        .and_then(|head| str::from_utf8(head).ok())
        .unwrap_or_default();
    let mut lines = text.split("\r\n");
    if !lines.next().is_some_and(|status| status.starts_with("HTTP/1.1 200")) {
        return Err(io::Error::other("a request was refused"));
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    length
        .map(|length| Some((end + 4, length)))
        .ok_or_else(|| io::Error::other("an answer has a length"))
}
