//! A PostgreSQL server of one's own: started for a run of tests in a folder of its own, reached by a socket in it, and ended with the run, also
//! with one that is killed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The role that everything is done as.
const ROLE: &str = "cairn";

/// Starts the server, says so, waits until whoever started it is gone, and ends the server. It is out of reach of a ctrl-c, which means us.
const WATCH: &str = r#"
trap '' INT TERM HUP
"$1/pg_ctl" -D "$2/data" -l "$2/log" -w -o "$3" start >"$2/start" 2>&1 && echo ready
read -r _
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;

/// What a test run needs of a server: its commits are durable as far as the disk is, which may be one in memory.
const SETTINGS: &str = "-c listen_addresses='' -c max_connections=300 -c wal_level=minimal -c max_wal_senders=0 \
    -c checkpoint_timeout=1h -c max_wal_size=4GB -c autovacuum=off";

/// A server that runs.
pub(crate) struct DatabaseServer {
    watch: Child,
    dir: PathBuf,
}

impl DatabaseServer {
    /// Starts one, or `None` where this machine has no PostgreSQL, which is said aloud, and is a failure where nothing may be skipped.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// The same under further settings.
    pub(crate) fn start_with(more: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            let said = "no PostgreSQL 15 or newer: what concerns it was not tested (apt-get install postgresql)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
            // Not by a macro, whose words nobody sees of a test that passes.
            let _ = std::io::stderr().write_all(format!("!!! SKIPPED: {said}\n").as_bytes());
            return None;
        };
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("cairn-pg-");
        let dir = if memory.is_dir() {
            builder.tempdir_in(memory)
        } else {
            builder.tempdir()
        };
        let dir = dir.unwrap();
        let owner = ordinary_user();
        if let Some((user, group)) = owner {
            chown(dir.path(), Some(user), Some(group)).unwrap();
        }
        let as_owner = |program: &Path| {
            let mut command = Command::new(program);
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
                .current_dir(dir.path())
                .env_clear()
                .env("LC_ALL", "C")
                .env("PATH", "/usr/bin:/bin");
            command
        };
        let made = as_owner(&programs.join("initdb"))
            .args(["--no-sync", "-A", "trust", "-U", ROLE, "-E", "UTF8", "-D"])
            .arg(dir.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let socket = format!(
            "{SETTINGS} {more} -c unix_socket_directories='{}'",
            dir.path().display()
        );
        let mut watch = as_owner(Path::new("/bin/sh"))
            .args(["-c", WATCH, "watch"])
            .arg(&programs)
            .arg(dir.path())
            .arg(socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        // Ends in any case: the script says it, or its end of the pipe is closed.
        BufReader::new(watch.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let log = || fs::read_to_string(dir.path().join("start")).unwrap_or_default();
        assert_eq!(line, "ready\n", "the server did not start: {}", log());
        // From now on the script sees to it.
        let dir = dir.keep();
        Some(Self { watch, dir })
    }

    /// Where it is, whichever database is meant.
    pub(crate) fn place(&self) -> String {
        format!("host={} user={ROLE}", self.dir.display())
    }
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        drop(self.watch.wait());
    }
}

/// The folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut versions: Vec<u32> = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|version| *version >= 15)
        .collect();
    versions.sort_unstable();
    let programs = Path::new("/usr/lib/postgresql")
        .join(versions.pop()?.to_string())
        .join("bin");
    programs.join("initdb").is_file().then_some(programs)
}

/// Whom to be, where we are root, as whom the server does not run: the one that Debian's package made, or nobody.
fn ordinary_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse);
        Some((ids.next()?.ok()?, ids.next()?.ok()?))
    };
    find("postgres").or_else(|| find("nobody"))
}
