//! The relay's floor: the same HTTP stack and the same group commit, and no more.
//!
//! A request is the number of a space and records of one length, one after the other, without a frame; each becomes a row under the
//! space's next number, as a log has to be kept that is read by space. Nobody is asked who they are, nothing is known again, there is
//! no chain and nothing is signed. Read are the records after a number, of one space, one after the other, as many as a page of
//! the relay holds. One thread writes, many requests share a commit with
//! `synchronous = FULL`, and none is answered before it. Checkpoints are made beside the writer, as the relay makes them.

use crate::Result;
use crate::child::{answer_lines, say};
use crate::load::RECORD_BYTES;
use cairn_simdisk::{count_syncs, syncs_counted};
use cairn_wire::bounds::PAGE_BYTES_MAX;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Requests that share a commit at most.
const GROUP_MAX: usize = 1_024;
/// Pages that the log of changes grows by before a checkpoint is made beside the writer.
const CHECKPOINT_PAGES: i32 = 4_096;
/// Pages in it from which the writer stops to start it anew.
const RESTART_PAGES: i32 = 8_192;

/// A request and where its first number goes.
type Job = (Bytes, oneshot::Sender<u64>);

/// The child's part: serves until nobody asks any more.
pub(crate) fn serve(folder: &str) -> Result<()> {
    count_syncs(true);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (jobs, queue) = channel();
    let (mut connection, checkpointer) = (open(Path::new(folder))?, open(Path::new(folder))?);
    let reader = Arc::new(Mutex::new(open(Path::new(folder))?));
    std::thread::spawn(move || write(&mut connection, checkpointer, &queue));
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    say(&listener.local_addr()?.to_string())?;
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connected(stream, jobs.clone(), Arc::clone(&reader)));
        }
    });
    answer_lines(|| syncs_counted().to_string())
}

async fn connected(stream: TcpStream, jobs: Sender<Job>, reader: Arc<Mutex<Connection>>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request| respond(request, jobs.clone(), Arc::clone(&reader)));
    // Who hangs up has what they came for.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

async fn respond(
    request: Request<Incoming>,
    jobs: Sender<Job>,
    reader: Arc<Mutex<Connection>>,
) -> std::result::Result<Response<Full<Bytes>>, hyper::Error> {
    let reads = request.uri().path() == "/read";
    let body = request.into_body().collect().await?.to_bytes();
    if reads {
        let read = tokio::task::spawn_blocking(move || read(&lock(&reader), &body).ok()).await;
        let mut response = Response::default();
        match read {
            Ok(Some(page)) => *response.body_mut() = Full::new(Bytes::from(page)),
            _ => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
        }
        return Ok(response);
    }
    let (reply, first) = oneshot::channel();
    let sent = jobs.send((body, reply));
    let mut response = Response::default();
    match (sent, first.await) {
        (Ok(()), Ok(first)) => *response.body_mut() = Full::new(Bytes::copy_from_slice(&first.to_le_bytes())),
        _ => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
    }
    Ok(response)
}

fn lock(reader: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    reader.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The records of a space after a number: as many as fit into a page.
fn read(reader: &Connection, body: &[u8]) -> Result<Vec<u8>> {
    let (space, after) = body.split_first_chunk::<8>().ok_or("a request names its space")?;
    let first = u64::from_le_bytes(*space) << 40;
    let after = u64::from_le_bytes(after.try_into()?);
    let mut statement = reader.prepare_cached("SELECT record FROM log WHERE n > ?1 AND n < ?2 ORDER BY n")?;
    let mut rows = statement.query((first + after, first + (1 << 40)))?;
    let mut page = Vec::with_capacity(PAGE_BYTES_MAX);
    while page.len() + RECORD_BYTES <= PAGE_BYTES_MAX
        && let Some(row) = rows.next()?
    {
        page.extend_from_slice(row.get_ref(0)?.as_blob()?);
    }
    Ok(page)
}

fn open(folder: &Path) -> Result<Connection> {
    let connection = Connection::open(folder.join("bare.db"))?;
    connection.pragma_update(None, "page_size", 8_192)?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("wal_autocheckpoint", "0"),
        ("cache_size", "-65536"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    connection.execute_batch("CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT")?;
    Ok(connection)
}

fn write(connection: &mut Connection, checkpointer: Connection, queue: &Receiver<Job>) {
    let pages = Arc::new(AtomicI32::new(0));
    let seen = Arc::clone(&pages);
    let counted = connection.wal_hook(Some(move |_: &mut Wal, count| {
        seen.store(count, Ordering::Relaxed);
        Ok(())
    }));
    if counted.is_err() {
        return;
    }
    let (wanted, checkpoints) = sync_channel::<()>(1);
    std::thread::spawn(move || {
        while checkpoints.recv().is_ok() {
            checkpoint(&checkpointer, "PASSIVE");
        }
    });
    let mut spaces = BTreeMap::new();
    let mut asked_at = 0;
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(job) = queue.try_recv() else { break };
            group.push(job);
        }
        // A request that is not kept is not answered, which the one who asked notices.
        let Ok(firsts) = keep(connection, &mut spaces, &group) else {
            return;
        };
        for ((_, reply), first) in group.into_iter().zip(firsts) {
            let _ = reply.send(first);
        }
        let pages = pages.load(Ordering::Relaxed);
        if pages >= RESTART_PAGES {
            checkpoint(connection, "RESTART");
            asked_at = 0;
            continue;
        }
        if pages < asked_at {
            asked_at = 0;
        }
        if pages >= asked_at + CHECKPOINT_PAGES {
            asked_at = pages;
            let _ = wanted.try_send(());
        }
    }
}

fn keep(connection: &Connection, spaces: &mut BTreeMap<[u8; 8], u64>, group: &[Job]) -> Result<Vec<u64>> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut firsts = Vec::with_capacity(group.len());
    let mut insert = connection.prepare_cached("INSERT INTO log (n, record) VALUES (?1, ?2)")?;
    for (body, _) in group {
        let (space, records) = body.split_first_chunk::<8>().ok_or("a request names its space")?;
        let n = spaces.entry(*space).or_insert_with(|| u64::from_le_bytes(*space) << 40);
        firsts.push(*n + 1);
        for record in records.chunks_exact(RECORD_BYTES) {
            *n += 1;
            insert.execute((*n, record))?;
        }
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(firsts)
}

fn checkpoint(connection: &Connection, mode: &str) {
    // One that fails is made again after the next commit.
    drop(connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())));
}
