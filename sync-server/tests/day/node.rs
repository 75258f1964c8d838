//! A node: the relay's server in a process of its own, by the day's clock, until it is killed.
//!
//! It differs from the program in three things alone: it asks another clock, it sweeps by the hours of that clock, and it may have a defect.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cairn_relay::clock::Clock;
use cairn_relay::{Config, Server};

use crate::time::{HOUR_MS, shown};
use crate::{ORIGIN, PATIENCE};

/// What the node is told, a word a line.
const WORDS: &str = "CAIRN_DAY_NODE";
/// The file of its clock.
const CLOCK: &str = "CAIRN_DAY_CLOCK";
/// Said where it answers before what it answers is durable.
const HASTY: &str = "CAIRN_DAY_HASTY";

/// How often a node looks whether an hour has passed.
const LOOK: Duration = Duration::from_millis(5);

/// How a node is started, each time.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) data: PathBuf,
    pub(crate) database: Option<String>,
    pub(crate) clock: PathBuf,
    pub(crate) is_hasty: bool,
}

impl Recipe {
    pub(crate) fn new(data: &Path, clock: &Path) -> Self {
        Self {
            data: data.to_owned(),
            database: None,
            clock: clock.to_owned(),
            is_hasty: false,
        }
    }

    /// The settings, as the program reads them.
    fn words(&self) -> String {
        let data = self.data.to_str().unwrap();
        let mut words = vec!["--data", data, "--listen", "127.0.0.1:0", "--origin", ORIGIN];
        words.extend(["--connection-requests-per-second", "0"]);
        words.extend(["--session-requests-per-second", "0"]);
        if let Some(database) = &self.database {
            words.extend(["--database", database]);
        }
        words.join("\n")
    }
}

/// A node that runs; killed when it goes.
pub(crate) struct Node {
    child: Process,
    pub(crate) address: String,
    /// Kept open: who writes where nobody reads is ended.
    _lines: Lines<BufReader<ChildStdout>>,
}

/// A process that does not outlive whoever started it.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Node {
    /// Starts one, or learns that it cannot begin now.
    pub(crate) fn start(recipe: &Recipe) -> Option<Self> {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([
                "--exact",
                "node::the_process_that_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(WORDS, recipe.words())
            .env(CLOCK, &recipe.clock)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if recipe.is_hasty {
            command.env(HASTY, "yes");
        }
        let mut child = Process(command.spawn().unwrap());
        let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
        // Before it listens there is what every test says.
        let listening = lines.by_ref().map_while(Result::ok);
        let mut addresses = listening.filter_map(|line| Some(line.strip_prefix("listening on http://")?.to_owned()));
        let address = addresses.next()?;
        Some(Self {
            child,
            address,
            _lines: lines,
        })
    }

    /// As [`Self::start`], and again until it can begin.
    pub(crate) fn start_at_last(recipe: &Recipe) -> Self {
        let began = std::time::Instant::now();
        loop {
            if let Some(node) = Self::start(recipe) {
                return node;
            }
            assert!(began.elapsed() < PATIENCE, "a node does not begin");
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(self) {
        drop(self.child);
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.0.try_wait().unwrap().is_some()
    }
}

#[test]
#[ignore = "a node of the tests here; alone it does nothing"]
fn the_process_that_is_killed() {
    let Ok(words) = std::env::var(WORDS) else { return };
    // Nobody's node is nobody's business.
    std::thread::spawn(|| {
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
    let file = Arc::new(File::open(std::env::var_os(CLOCK).unwrap()).unwrap());
    let words = std::iter::once("cairn-relay").chain(words.split('\n'));
    let config = Config::read(words.map(Into::into)).unwrap();
    let mut store = config.store();
    if std::env::var_os(HASTY).is_some() {
        store.exclusive = true;
        store.danger.acknowledge_before_commit = true;
    }
    let asked = Arc::clone(&file);
    let clock = Clock::from_fn(move || shown(&asked));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async move {
        let mut hour = shown(&file) / HOUR_MS;
        let server = Server::bind_under(config, store, clock).await.unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "\nlistening on {}", server.url()).unwrap();
        out.flush().unwrap();
        loop {
            tokio::time::sleep(LOOK).await;
            let now_ms = shown(&file);
            if now_ms / HOUR_MS > hour {
                let relay = server.relay().clone();
                let swept = tokio::task::spawn_blocking(move || relay.sweep(now_ms)).await;
                // One that could not be made is made as soon as it can be, as a node that is started again does.
                if matches!(swept, Ok(Ok(()))) {
                    hour = now_ms / HOUR_MS;
                }
            }
        }
    });
}
