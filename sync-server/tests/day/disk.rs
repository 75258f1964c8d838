//! A disk of the test's own, small enough to be filled: a file system in memory, which root may mount.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Mounts and says so, and unmounts when whoever asked for it is gone, also where that was killed. What still has a file open there loses nothing by it.
const WATCH: &str = r#"
trap '' INT TERM HUP
mount -t tmpfs -o "size=$2m,mode=1777" cairn-day "$1" 2>/dev/null && echo mounted || exit
read -r _
umount -l "$1" && rmdir "$1"
"#;

/// A disk, unmounted when it goes.
pub(crate) struct Disk {
    watch: Child,
    dir: PathBuf,
}

impl Disk {
    /// Mounts one of so many MiB; where this may not be done, that is said aloud, and is a failure where nothing may be skipped.
    pub(crate) fn mount(mib: u32) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("cairn-disk-").tempdir().unwrap();
        let mut watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch"])
            .arg(dir.path())
            .arg(mib.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let out = watch.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut said).unwrap();
        if said != "mounted\n" {
            watch.wait().unwrap();
            let said = "no file system may be mounted here: a full disk was not tested (needs root)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
            // Not by a macro, whose words nobody sees of a test that passes.
            drop(std::io::stderr().write_all(format!("!!! SKIPPED: {said}\n").as_bytes()));
            return None;
        }
        // From now on the script sees to the folder.
        let dir = dir.keep();
        Some(Self { watch, dir })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    fn ballast(&self) -> PathBuf {
        self.dir.join("ballast")
    }

    /// Takes all the room there is now.
    pub(crate) fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.ballast()).unwrap();
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
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        drop(self.watch.wait());
    }
}
