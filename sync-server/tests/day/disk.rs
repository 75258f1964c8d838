//! A disk of the test's own, small enough to be filled: a file system in memory, which root may mount.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk, unmounted when it goes.
pub(crate) struct Disk {
    dir: tempfile::TempDir,
    ballast: PathBuf,
}

impl Disk {
    /// Mounts one of so many MiB; where this may not be done, that is said aloud, and is a failure where nothing may be skipped.
    pub(crate) fn mount(mib: u32) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("cairn-disk-").tempdir().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=1777"), "cairn-day"])
            .arg(dir.path())
            .output();
        if !done.is_ok_and(|done| done.status.success()) {
            let said = "no file system may be mounted here: a full disk was not tested (needs root)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
            // Not by a macro, whose words nobody sees of a test that passes.
            drop(std::io::stderr().write_all(format!("!!! SKIPPED: {said}\n").as_bytes()));
            return None;
        }
        let ballast = dir.path().join("ballast");
        Some(Self { dir, ballast })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Takes all the room there is now.
    pub(crate) fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(&self.ballast).unwrap();
        let mut piece = vec![0_u8; 1 << 20];
        while !piece.is_empty() {
            match file.write(&piece) {
                Ok(written) if written > 0 => {}
                // The last bytes go in smaller pieces.
                _ => piece.truncate(piece.len() / 2),
            }
        }
    }

    /// Gives it back.
    pub(crate) fn free(&self) {
        std::fs::remove_file(&self.ballast).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What still has a file open here loses nothing by it: it is gone from the tree, and ends with its last user.
        drop(Command::new("umount").arg("-l").arg(self.dir.path()).status());
    }
}
