//! A server of buckets of one's own: `versitygw`, S3 over a folder, started for a run of tests and ended with it, also with one that is killed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use crate::{Bucket, StoreConfig};

/// Names the server whose buckets blobs lie in, where this process's tests run so, and the folder it keeps them in; see `store::bucket_tests`.
pub(crate) const BUCKETS: &str = "CAIRN_TEST_BUCKETS";

/// The one bucket there is.
const NAME: &str = "blobs";

/// Starts the server; ends it and starts it anew for each line that is said; and ends it when whoever started it is gone.
const WATCH: &str = r#"
trap '' INT TERM HUP
start() {
    versitygw --quiet --port "127.0.0.1:$1" --access tester --secret hunter2 posix --sidecar "$2/beside" "$2/buckets" >"$2/log" 2>&1 & server=$!
}
stop() { kill -9 $server; wait $server; }
while read -r word; do
    case $word in start) start "$@" ;; stop) stop 2>/dev/null ;; esac
    echo done
done
kill -9 $server 2>/dev/null
cd / && rm -rf "$2"
"#;

static SAID: OnceLock<Option<String>> = OnceLock::new();

/// A server that runs.
pub(crate) struct BucketServer {
    watch: Child,
    said: BufReader<ChildStdout>,
    dir: PathBuf,
    port: u16,
}

impl BucketServer {
    /// Starts one, or `None` where this machine has none, which is said aloud, and is a failure where nothing may be skipped.
    pub(crate) fn start() -> Option<Self> {
        let is_there = |folder: PathBuf| folder.join("versitygw").is_file();
        if !std::env::split_paths(&std::env::var_os("PATH")?).any(is_there) {
            let said = "no versitygw on PATH: blobs in buckets were not tested (scripts/setup-versitygw.sh)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
            let _ = std::io::stderr().write_all(format!("!!! SKIPPED: {said}\n").as_bytes());
            return None;
        }
        let dir = tempfile::Builder::new().prefix("cairn-s3-").tempdir().unwrap().keep();
        fs::create_dir_all(dir.join("buckets").join(NAME)).unwrap();
        fs::create_dir_all(dir.join("beside")).unwrap();
        // Free a moment ago; were it taken meanwhile, the server would say so and the test fail.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut watch = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch", &port.to_string()])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(watch.stdout.take().unwrap());
        let mut server = Self { watch, said, dir, port };
        server.again();
        Some(server)
    }

    /// Kills it.
    pub(crate) fn stop(&mut self) {
        self.say("stop\n");
    }

    /// Starts it again where it was.
    pub(crate) fn again(&mut self) {
        self.say("start\n");
        // It says nothing when it is ready.
        for _ in 0..3_000 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!(
            "the server did not start: {:?}",
            fs::read_to_string(self.dir.join("log"))
        );
    }

    fn say(&mut self, word: &str) {
        self.watch.stdin.as_mut().unwrap().write_all(word.as_bytes()).unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }

    /// A place in its bucket.
    pub(crate) fn place(&self, prefix: &str) -> Bucket {
        place_at(&format!("http://127.0.0.1:{}", self.port), prefix)
    }

    /// Where it keeps what lies there.
    pub(crate) fn folder(&self, prefix: &str) -> PathBuf {
        self.dir.join("buckets").join(NAME).join(prefix)
    }

    /// Where it is, as [`BUCKETS`] says it.
    pub(crate) fn said(&self) -> String {
        format!("http://127.0.0.1:{} {}", self.port, self.dir.display())
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        drop(self.watch.wait());
    }
}

/// The place in a bucket that a folder's blobs lie in, where tests run so in this process.
pub(crate) fn bucket_of(dir: &Path) -> Option<Bucket> {
    let (endpoint, _) = said()?.split_once(' ')?;
    Some(place_at(endpoint, &prefix_of(dir)))
}

/// The folder that a folder's blobs lie in, one of its own for each, where tests run so in this process.
pub(crate) fn bucket_folder_of(dir: &Path) -> Option<PathBuf> {
    let (_, folder) = said()?.split_once(' ')?;
    Some(Path::new(folder).join("buckets").join(NAME).join(prefix_of(dir)))
}

/// Whether blobs lie in buckets in this process.
pub(crate) fn is_in_bucket() -> bool {
    said().is_some()
}

/// A store whose blobs lie in a place.
pub(crate) fn with_bucket(store: StoreConfig, bucket: Bucket) -> StoreConfig {
    StoreConfig {
        bucket: Some(bucket),
        ..store
    }
}

fn place_at(endpoint: &str, prefix: &str) -> Bucket {
    let mut bucket = Bucket::new(&format!("s3://{NAME}/{prefix}")).unwrap();
    bucket.endpoint = Some(endpoint.to_owned());
    bucket.region = Some("us-east-1".to_owned());
    bucket.plain_http = true;
    bucket.credentials = Some(("tester".to_owned(), "hunter2".to_owned()));
    bucket
}

fn prefix_of(dir: &Path) -> String {
    let hash = blake3::hash(dir.as_os_str().as_encoded_bytes()).to_hex();
    format!("t{}", hash.split_at(24).0)
}

fn said() -> Option<&'static str> {
    SAID.get_or_init(|| std::env::var(BUCKETS).ok()).as_deref()
}
