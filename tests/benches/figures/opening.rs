//! Opening a journal: to the newest entries on the screen.
//!
//! Each opening is a process of its own, as when an app is started: what it took is told by its own clock, from the call that opens to
//! the list in hand, and by the kernel's account of its memory. The files are in the system's cache, as they mostly are.

use crate::Result;
use crate::child::{Child, memory_kib, say};
use crate::journal::{MANY, SCREEN, imported};
use crate::sheet::{Limit, Sheet, median};
use cairn_core::clock::SystemClock;
use cairn_core::journal::EntryQuery;
use cairn_core::vault::{KeyStore, KeyStoreError, Vault, VaultConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use zeroize::Zeroizing;

const FEW: usize = 100;
const OPENINGS: usize = 15;
const KIB: f64 = 1024.0;

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let (few, many) = (tempfile::tempdir()?, tempfile::tempdir()?);
    for (folder, count) in [(&few, FEW), (&many, MANY)] {
        let vault = vault(folder.path())?;
        vault.journal().import(imported(1, count)).wait()?;
        vault.suspend().wait()?;
    }
    let (mut times, mut few_kib, mut many_kib) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..OPENINGS {
        few_kib.push(opened(few.path())?.1);
        let (ms, kib) = opened(many.path())?;
        times.push(ms);
        many_kib.push(kib);
    }
    let more = (median(many_kib) - median(few_kib)) / KIB;
    sheet.add(
        "open 10,000 entries and list the newest 50",
        median(times),
        "ms",
        None,
        Limit::AtMost(25.0),
    );
    sheet.add(
        "memory of that beside a vault of 100",
        more,
        "MiB",
        None,
        Limit::AtMost(8.0),
    );
    Ok(())
}

/// Milliseconds and KiB of one opening.
fn opened(folder: &Path) -> Result<(f64, f64)> {
    let mut child = Child::start(
        "opener",
        &[folder.to_str().ok_or("a temporary folder has a plain name")?],
    )?;
    let figures = (child.hear()?.parse()?, child.hear()?.parse()?);
    child.end()?;
    Ok(figures)
}

/// The child's part.
pub(crate) fn open_and_list(folder: &str) -> Result<()> {
    let start = Instant::now();
    let vault = vault(Path::new(folder))?;
    let page = vault.journal().entries(EntryQuery::newest(SCREEN)).wait()?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    if page.entries.len() != SCREEN {
        return Err("a screen is full".into());
    }
    say(&ms.to_string())?;
    say(&memory_kib("VmHWM")?.to_string())
}

/// The vault in this folder, with a key that outlives its process.
pub(crate) fn vault(folder: &Path) -> Result<Vault> {
    let keys = Arc::new(KeyFiles(folder.to_path_buf()));
    Ok(Vault::open_with_clock(
        VaultConfig::new(folder.join("vault"), "phone"),
        keys,
        None,
        Arc::new(SystemClock),
    )?)
}

/// A key store that outlives its process.
struct KeyFiles(PathBuf);

impl KeyStore for KeyFiles {
    fn load(&self, name: &str) -> std::result::Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(std::fs::read(self.0.join(name)).ok().map(Zeroizing::new))
    }

    fn save(&self, name: &str, secret: &[u8]) -> std::result::Result<(), KeyStoreError> {
        std::fs::write(self.0.join(name), secret).map_err(|_| KeyStoreError::Failed)
    }

    fn forget(&self, name: &str) -> std::result::Result<(), KeyStoreError> {
        std::fs::remove_file(self.0.join(name)).map_err(|_| KeyStoreError::Failed)
    }
}
