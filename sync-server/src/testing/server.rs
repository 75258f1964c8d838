//! A PostgreSQL server of one's own: started for a run of tests in a folder of its own, reached by a socket in it, and ended with the run, also
//! with one that is killed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The role that everything is done as.
const ROLE: &str = "cairn";

/// Starts the server and says so; ends it in the way that each line says, or sees whether it runs, and starts it anew; and ends it when whoever started it
/// is gone. It is out of reach of a ctrl-c, which means us. What one that was killed leaves behind goes by itself, a moment later.
const WATCH: &str = r#"
trap '' INT TERM HUP
start() { "$1/pg_ctl" -D "$2/data" -l "$2/log" -w -o "$3" start >"$2/start" 2>&1; }
begin() { for _ in $(seq 50); do start "$@" && echo ready && return; sleep 0.1; done; echo failed; }
stop() { "$1/pg_ctl" -D "$2/data" -m "$4" -w stop >/dev/null 2>&1; }
begin "$@"
while read -r how; do
    case $how in
        running) "$1/pg_ctl" -D "$2/data" status >/dev/null 2>&1 && echo ready && continue ;;
        killed) kill -9 "$(head -n 1 "$2/data/postmaster.pid")" ;;
        *) stop "$1" "$2" "$3" "$how" ;;
    esac
    begin "$@"
done
stop "$1" "$2" "$3" immediate
cd / && rm -rf "$2"
"#;

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its connections are ended, what they had open is undone, and everything is written.
    Fast,
    /// At once, as in a crash.
    Immediate,
    /// The process that all others come from gets `kill -9`.
    Killed,
}

/// What a test run needs of a server: its commits are durable as far as the disk is, which may be one in memory.
const SETTINGS: &str = "-c listen_addresses='' -c max_connections=1000 -c wal_level=minimal -c max_wal_senders=0 \
    -c checkpoint_timeout=1h -c max_wal_size=4GB -c autovacuum=off";

/// A server that runs.
pub(crate) struct DatabaseServer {
    watch: Child,
    said: BufReader<ChildStdout>,
    dir: PathBuf,
    port: Option<u16>,
}

/// A certificate and its key, PEM, for a server that speaks TLS on a port of this machine.
pub(crate) struct Certified {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl DatabaseServer {
    /// Starts one, or `None` where this machine has no PostgreSQL, which is said aloud, and is a failure where nothing may be skipped.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// The same under further settings.
    pub(crate) fn start_with(more: &str) -> Option<Self> {
        Self::start_in(&folder_in_memory(), more)
    }

    /// The same on a port of this machine too, where it speaks TLS if it is certified. There `scram` is a role that needs a password, of which it has none yet.
    pub(crate) fn start_on_network(certified: Option<&Certified>) -> Option<Self> {
        Self::start_at(&folder_in_memory(), "", Some(certified))
    }

    /// The same below a folder, whose disk is what its commits are durable on.
    pub(crate) fn start_in(folder: &Path, more: &str) -> Option<Self> {
        Self::start_at(folder, more, None)
    }

    fn start_at(folder: &Path, more: &str, network: Option<Option<&Certified>>) -> Option<Self> {
        let Some(programs) = programs() else {
            let said = "no PostgreSQL 15 or newer: what concerns it was not tested (apt-get install postgresql)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
            // Not by a macro, whose words nobody sees of a test that passes.
            let _ = std::io::stderr().write_all(format!("!!! SKIPPED: {said}\n").as_bytes());
            return None;
        };
        let dir = tempfile::Builder::new().prefix("cairn-pg-").tempdir_in(folder).unwrap();
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
        let mut socket = format!(
            "{SETTINGS} {more} -c unix_socket_directories='{}'",
            dir.path().display()
        );
        let mut port = None;
        if let Some(certified) = network {
            // Free a moment ago.
            let free = TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .unwrap()
                .port();
            socket += &format!(" -c listen_addresses=127.0.0.1 -c port={free}");
            port = Some(free);
            if let Some(Certified { certificate, key }) = certified {
                for (name, text) in [("server.crt", certificate), ("server.key", key)] {
                    let path = dir.path().join("data").join(name);
                    fs::write(&path, text).unwrap();
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
                    if let Some((user, group)) = owner {
                        chown(&path, Some(user), Some(group)).unwrap();
                    }
                }
                socket += " -c ssl=on";
            }
            let rules = dir.path().join("data/pg_hba.conf");
            let text = format!(
                "host all scram all scram-sha-256\n{}",
                fs::read_to_string(&rules).unwrap()
            );
            fs::write(&rules, text).unwrap();
        }
        let mut watch = as_owner(Path::new("/bin/sh"))
            .args(["-c", WATCH, "watch"])
            .arg(&programs)
            .arg(dir.path())
            .arg(socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(watch.stdout.take().unwrap());
        // From now on the script sees to the folder.
        let dir = dir.keep();
        let mut server = Self { watch, said, dir, port };
        server.until_ready();
        Some(server)
    }

    /// Lets the server crash and come back; what it had acknowledged is there.
    pub(crate) fn crash(&mut self) {
        self.restart(Ending::Immediate);
    }

    /// Ends the server and starts it again.
    pub(crate) fn restart(&mut self, ending: Ending) {
        self.tell(match ending {
            Ending::Fast => "fast",
            Ending::Immediate => "immediate",
            Ending::Killed => "killed",
        });
    }

    /// Starts the server if it ended by itself.
    pub(crate) fn see_that_it_runs(&mut self) {
        self.tell("running");
    }

    fn tell(&mut self, word: &str) {
        let stdin = self.watch.stdin.as_mut().unwrap();
        stdin.write_all(format!("{word}\n").as_bytes()).unwrap();
        self.until_ready();
    }

    /// Ends in any case: the script says it, or its end of the pipe is closed.
    fn until_ready(&mut self) {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        let log = || fs::read_to_string(self.dir.join("start")).unwrap_or_default();
        assert_eq!(line, "ready\n", "the server did not start: {}", log());
    }

    /// Where it is, whichever database is meant.
    pub(crate) fn place(&self) -> String {
        let port = self.port.map(|port| format!(" port={port}")).unwrap_or_default();
        format!("host={} user={ROLE}{port}", self.dir.display())
    }

    /// The same by the network, under a name that leads to this machine.
    pub(crate) fn place_as(&self, name: &str) -> String {
        format!("host={name} hostaddr=127.0.0.1 port={} user={ROLE}", self.port.unwrap())
    }
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        drop(self.watch.wait());
    }
}

fn folder_in_memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
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
