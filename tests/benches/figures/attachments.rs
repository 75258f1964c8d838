//! A long video: in and out, equal to the byte, in little memory.
//!
//! It is kept and saved by processes of their own, so that the kernel's count of their memory is nobody else's. What counts is how far
//! the most there ever was lies above what an open vault holds.

use crate::Result;
use crate::child::{Child, memory_kib, say};
use crate::opening::vault;
use crate::sheet::{Limit, Sheet, exact};
use cairn_core::id::AttachmentId;
use cairn_core::vault::Keeping;
use std::fs::File;
use std::io::{BufReader, Read, Write as _};
use std::path::Path;
use std::time::Instant;

const MIB: usize = 1024 * 1024;
const LENGTH_MIB: usize = 200;
const KIB: f64 = 1024.0;

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let mut source = File::create(path("source"))?;
    for at in 0..LENGTH_MIB {
        source.write_all(&noise(at))?;
    }
    drop(source);
    let place = folder.path().to_str().ok_or("a temporary folder has a plain name")?;
    for (role, name) in [("attacher", "keep a video of 200 MiB"), ("saver", "save it as a file")] {
        let mut child = Child::start(role, &[place])?;
        let (seconds, kib): (f64, f64) = (child.hear()?.parse()?, child.hear()?.parse()?);
        child.end()?;
        sheet.add(
            &format!("memory to {name}"),
            kib / KIB,
            "MiB",
            None,
            Limit::AtMost(16.0),
        );
        sheet.add_beside(name, exact(LENGTH_MIB) / seconds, "MiB/s");
    }
    let (mut source, mut saved) = (reader(&path("source"))?, reader(&path("saved"))?);
    let (mut one, mut other) = (vec![0; MIB], vec![0; MIB]);
    for _ in 0..LENGTH_MIB {
        source.read_exact(&mut one)?;
        saved.read_exact(&mut other)?;
        if one != other {
            return Err("what comes out is what went in".into());
        }
    }
    if saved.read(&mut one)? > 0 {
        return Err("and no more than that".into());
    }
    Ok(())
}

/// The child's part: keeps the file.
pub(crate) fn attach(folder: &str) -> Result<()> {
    let folder = Path::new(folder);
    let journal = vault(folder)?.journal();
    let kept = told(|| Ok(journal.attach(folder.join("source"), Keeping::default()).wait()?))?;
    Ok(std::fs::write(folder.join("id"), kept.id.to_string())?)
}

/// The child's part: saves it.
pub(crate) fn save(folder: &str) -> Result<()> {
    let folder = Path::new(folder);
    let journal = vault(folder)?.journal();
    let id: AttachmentId = std::fs::read_to_string(folder.join("id"))?.parse()?;
    told(|| Ok(journal.save_attachment(id, folder.join("saved")).wait()?))
}

/// Does it, and says how long it took and by how much the most memory there was lies above what there was before.
fn told<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let (before, start) = (memory_kib("VmRSS")?, Instant::now());
    let done = work()?;
    say(&start.elapsed().as_secs_f64().to_string())?;
    say(&(memory_kib("VmHWM")? - before).to_string())?;
    Ok(done)
}

fn noise(seed: usize) -> Vec<u8> {
    let mut bytes = vec![0; MIB];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn reader(path: &Path) -> Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path)?))
}
