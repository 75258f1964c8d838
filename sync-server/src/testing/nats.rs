//! A NATS server of one's own: on a port of this machine, and ended with whoever started it, also with one that is killed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs the server until its own input ends, and lets it end at once, as a crash does. It is out of reach of a ctrl-c, which means us.
const WATCH: &str = r#"
trap '' INT TERM HUP
"$@" </dev/null >/dev/null 2>&1 &
read -r _
kill -9 $!
wait $!
"#;

/// Longer than a start takes.
const PATIENCE: Duration = Duration::from_secs(25);

/// A server that runs, or is down for now.
pub(crate) struct NatsServer {
    program: PathBuf,
    dir: tempfile::TempDir,
    watch: Option<Child>,
    port: u16,
}

impl NatsServer {
    /// Starts one, or `None` where this machine has no NATS, which is said aloud, and is a failure where nothing may be skipped.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("", &[])
    }

    /// The same with more in its configuration, and with files beside it, whose folder that calls `$DIR`.
    pub(crate) fn start_with(more: &str, files: &[(&str, String)]) -> Option<Self> {
        let Some(program) = program() else {
            let said = "no nats-server: what concerns it was not tested (apt-get install nats-server)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
            // Not by a macro, whose words nobody sees of a test that passes.
            let _ = std::io::stderr().write_all(format!("!!! SKIPPED: {said}\n").as_bytes());
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let folder = dir.path().to_str().unwrap();
        let text = format!("ports_file_dir: \"{folder}\"\n{more}\n").replace("$DIR", folder);
        fs::write(dir.path().join("server.conf"), text).unwrap();
        let mut server = Self {
            program,
            dir,
            watch: None,
            port: 0,
        };
        server.begin();
        Some(server)
    }

    /// Starts it, at the port that it had before.
    pub(crate) fn begin(&mut self) {
        let port = if self.port == 0 {
            "-1".to_owned()
        } else {
            self.port.to_string()
        };
        let watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch"])
            .arg(&self.program)
            .arg("-c")
            .arg(self.dir.path().join("server.conf"))
            .args(["-a", "127.0.0.1", "-p", &port])
            .env_clear()
            .stdin(Stdio::piped())
            // Where the shell says that its server was killed.
            .stderr(Stdio::null())
            .spawn();
        self.watch = Some(watch.unwrap());
        let began = Instant::now();
        loop {
            if self.port == 0 {
                self.port = self.said_port().unwrap_or_default();
            }
            if self.port != 0 && self.greets() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "the server did not start");
            std::thread::yield_now();
        }
    }

    /// Lets it crash; it is down when this returns.
    pub(crate) fn crash(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            drop(watch.wait());
        }
    }

    /// Where it is, `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Publishes bytes on a subject, as a stranger does.
    pub(crate) fn publish(&self, subject: &str, bytes: &[u8]) {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut said = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        let head = format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {}\r\n", bytes.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(bytes).unwrap();
        stream.write_all(b"\r\nPING\r\n").unwrap();
        let mut line = String::new();
        while !line.starts_with("PONG") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it hung up");
            assert!(!line.starts_with("-ERR"), "{line}");
        }
    }

    /// Hears whatever is said from now on, as whoever runs the server can.
    pub(crate) fn hears_everything(&self) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(b"CONNECT {\"verbose\":false}\r\nSUB > 1\r\nPING\r\n")
            .unwrap();
        let mut said = BufReader::new(stream);
        let mut line = String::new();
        while !line.starts_with("PONG") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "it hung up");
        }
        said
    }

    fn said_port(&self) -> Option<u16> {
        let files = fs::read_dir(self.dir.path()).ok()?.flatten();
        let ports = files
            .map(|file| file.path())
            .find(|path| path.extension().is_some_and(|kind| kind == "ports"))?;
        let text = fs::read_to_string(ports).ok()?;
        text.split("127.0.0.1:").nth(1)?.split('"').next()?.parse().ok()
    }

    fn greets(&self) -> bool {
        let Ok(stream) = TcpStream::connect(self.address()) else {
            return false;
        };
        let mut line = String::new();
        let read = stream
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| BufReader::new(stream).read_line(&mut line));
        read.is_ok() && line.starts_with("INFO ")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.crash();
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/bin".into()]);
    folders
        .map(|folder| folder.join("nats-server"))
        .find(|program| program.is_file())
}
