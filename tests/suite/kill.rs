//! `kill -9`, two hundred times: of a process with a vault, and of the real relay.
//!
//! A killed process loses nothing that the operating system has; these show that what was acknowledged had been handed to
//! it, and that nothing a process leaves behind keeps the next one from opening. The power goes in `power_loss.rs`.

use cairn_core::id::DocumentId;
use cairn_core::journal::EntryQuery;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::{Request, Response, SyncError, Transport, TransportError};
use cairn_core::vault::{Error, KeyStore, KeyStoreError, Vault, VaultConfig, entry_for_editing};
use cairn_http::HttpTransport;
use cairn_tests::{Device, KEY, SeededEntropy, TestClock, World, draft, drive, shake_hands, texts};
use cairn_wire::message::MailboxRequest;
use cairn_wire::{decode_canonical, encode};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const VAULT_KILLS: u64 = 100;
const RELAY_KILLS: u64 = 100;

/// Names the folder of the vault for the process that is killed.
const FOLDER: &str = "CAIRN_KILL_FOLDER";
/// Where that process begins to count.
const FROM: &str = "CAIRN_KILL_FROM";

/// Keys in a file each, as the command line keeps them.
struct FileKeys(PathBuf);

impl KeyStore for FileKeys {
    fn load(&self, name: &str) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, KeyStoreError> {
        match std::fs::read(self.0.join(name)) {
            Ok(secret) => Ok(Some(secret.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(KeyStoreError::Failed),
        }
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        std::fs::write(self.0.join(name), secret).map_err(|_| KeyStoreError::Failed)
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        match std::fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(KeyStoreError::Failed),
            _ => Ok(()),
        }
    }
}

fn open(folder: &Path) -> Vault {
    let keys = Arc::new(FileKeys(folder.to_owned()));
    Vault::open(VaultConfig::new(folder.join("vault"), "phone"), keys, None).expect("the vault opens after any kill")
}

#[test]
#[ignore = "the process that the test below kills; alone it does nothing"]
fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut number: u64 = std::env::var(FROM).unwrap().parse().unwrap();
    let vault = open(Path::new(&folder));
    let clock = TestClock::default();
    let mut out = std::io::stdout();
    let mut last = None;
    loop {
        let body = format!("Thought {number}.");
        // Now and then an old entry is written on: its acknowledgement counts like a new one's.
        match last.filter(|_| number.is_multiple_of(3)) {
            None => last = Some(vault.journal().write(draft(&clock, &body)).wait().unwrap()),
            Some(id) => {
                let (entry, version) = vault.journal().entry_for_editing(id).wait().unwrap().unwrap();
                let body = format!("{} {body}", entry.body);
                vault
                    .journal()
                    .revise(id, version, draft(&clock, &body))
                    .wait()
                    .unwrap();
            }
        }
        writeln!(out, "\nkept {number}").unwrap();
        out.flush().unwrap();
        number += 1;
    }
}

fn thoughts(vault: &Vault) -> BTreeSet<u64> {
    let mut query = EntryQuery::newest(500);
    let mut found = BTreeSet::new();
    loop {
        let page = vault.journal().entries(query.clone()).wait().unwrap();
        let words = page.entries.iter().flat_map(|entry| entry.body.split([' ', '.']));
        found.extend(words.filter_map(|word| word.parse::<u64>().ok()));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

#[test]
fn a_vault_whose_process_is_killed_a_hundred_times_has_every_acknowledged_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = SeededEntropy::new(1, "kills");
    let (mut acknowledged, mut next) = (BTreeSet::new(), 1);
    for kill in 0..VAULT_KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kill::the_process_that_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .env(FROM, next.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wanted = 1 + dice.below(12);
        let mut kept = 0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while kept < wanted {
            let line = lines.next().expect("the process goes on until it is killed").unwrap();
            if let Some(number) = line.strip_prefix("kept ") {
                acknowledged.insert(number.parse::<u64>().unwrap());
                kept += 1;
            }
        }
        // It is in the middle of the next one, at a moment nobody chose.
        for _ in 0..dice.below(20_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between the last line read and its death counts too.
        let rest = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok());
        acknowledged.extend(rest);
        next = acknowledged.last().unwrap() + 2;
        let vault = open(folder.path());
        let found = thoughts(&vault);
        let lost: Vec<_> = acknowledged.difference(&found).collect();
        assert!(
            lost.is_empty(),
            "kill {kill}: {lost:?} of {} are lost",
            acknowledged.len()
        );
        assert!(vault.doctor().wait().unwrap().is_well, "kill {kill}");
    }
}

/// The real relay, as a process of its own.
struct RealRelay {
    process: Child,
}

impl RealRelay {
    fn start(data: &Path, listen: &str) -> Self {
        let mut process = Command::new(relay_binary())
            .args(["--listen", listen, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(
            said.starts_with("listening on http://"),
            "the relay starts after any kill: {said:?}"
        );
        Self { process }
    }
}

impl Drop for RealRelay {
    fn drop(&mut self) {
        // SIGKILL on Unix.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The relay's binary: beside this one's folder, where `cargo build` puts it, or where `CAIRN_RELAY` says.
fn relay_binary() -> PathBuf {
    let beside = || {
        let mut path = std::env::current_exe().unwrap();
        path.pop();
        path.pop();
        path.join(format!("cairn-relay{}", std::env::consts::EXE_SUFFIX))
    };
    let path = std::env::var_os("CAIRN_RELAY").map_or_else(beside, PathBuf::from);
    assert!(
        path.exists(),
        "the relay's binary is not built: run `cargo build -p cairn-relay` first, or set CAIRN_RELAY"
    );
    path
}

/// Counts requests on their way, so that the relay is killed in the middle of one.
struct Counting(HttpTransport, Arc<AtomicU64>);

impl Transport for Counting {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        if request.path != "/v1/mailbox" {
            return self.0.send(request);
        }
        // Both sides of the pairing take turns in one thread here: neither waits for the other within a request.
        let mut message: MailboxRequest<'_> = decode_canonical(&request.body).unwrap();
        message.wait_ms = 0;
        self.0.send(&Request {
            body: encode(&message),
            ..request.clone()
        })
    }
}

#[test]
fn a_relay_killed_a_hundred_times_has_every_record_it_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (listen, origin) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}"));
    let world = World::new(71); // For its clock alone.
    let sent = Arc::new(AtomicU64::new(0));
    let line = Counting(HttpTransport::default(), Arc::clone(&sent));
    let mut phone = Device::new(&world, 71, "phone");
    let mut tablet = Device::new(&world, 71, "tablet");
    let mut dice = SeededEntropy::new(71, "kills");

    let mut relay = RealRelay::start(data.path(), &listen);
    phone.engine.connect(&origin).unwrap();
    assert!(drive(&mut phone.engine, &line).unwrap().is_complete());
    let code = phone.engine.pair().unwrap();
    tablet.engine.join(&code).unwrap();
    let (offers, joins) = (
        cairn_core::vault::Handshake::PairOffer,
        cairn_core::vault::Handshake::PairJoin,
    );
    shake_hands(&mut phone.engine, offers, &mut tablet.engine, joins, &line);

    let mut in_the_middle = 0;
    for kill in 0..RELAY_KILLS {
        let batch = (0..=dice.below(20))
            .map(|n| imported(&format!("Before kill {kill}, {n}.")))
            .collect();
        phone.engine.import(batch).unwrap();
        let (after, spins) = (sent.load(Ordering::SeqCst) + 1 + dice.below(6), dice.below(300_000));
        let rounds = std::thread::scope(|scope| {
            let killer = scope.spawn(|| {
                while sent.load(Ordering::SeqCst) < after {
                    std::hint::spin_loop();
                }
                for _ in 0..spins {
                    std::hint::spin_loop();
                }
                drop(relay);
            });
            let mut rounds = Vec::new();
            while !killer.is_finished() {
                rounds.push(drive(&mut phone.engine, &line).unwrap());
                phone
                    .engine
                    .import(vec![imported(&format!("During kill {kill}, {}.", rounds.len()))])
                    .unwrap();
            }
            rounds
        });
        for (_, error) in rounds.iter().flat_map(|round| &round.failed) {
            assert!(matches!(error, SyncError::Unreachable(_)), "kill {kill}: {error:?}");
        }
        in_the_middle += u64::from(rounds.iter().any(|round| !round.is_complete()));
        relay = RealRelay::start(data.path(), &listen);
        // The phone's round checks that the relay's log still extends every head the phone has seen.
        catch_up(&mut phone, &line, kill);
        if kill % 10 == 9 {
            catch_up(&mut tablet, &line, kill);
            assert_eq!(all_texts(&tablet), all_texts(&phone), "kill {kill}");
        }
    }
    assert!(
        in_the_middle > RELAY_KILLS / 4,
        "only {in_the_middle} kills met a round under way"
    );
    drop(relay);
}

fn catch_up(device: &mut Device, line: &dyn Transport, kill: u64) {
    let round = drive(&mut device.engine, line).unwrap();
    assert!(round.is_complete(), "kill {kill}: {:?}", round.failed);
}

/// An entry that is kept together with others, in one transaction.
fn imported(body: &str) -> cairn_core::exchange::Imported {
    let draft = draft(&TestClock::default(), body);
    cairn_core::exchange::Imported {
        source: "dayone",
        source_id: body.to_owned(),
        written: draft.happened.clone(),
        modified: None,
        draft,
        extra: String::new(),
        media: Vec::new(),
    }
}

fn all_texts(device: &Device) -> BTreeSet<String> {
    let mut query = EntryQuery::newest(500);
    let mut found = BTreeSet::new();
    loop {
        let page = device.engine.store().view().entries(&query).unwrap();
        found.extend(page.entries.into_iter().map(|entry| entry.body));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

/// A process died twice while it opened what another device had written (MS-39 of the attacks of a relay that lies).
#[test]
fn a_document_that_killed_the_process_twice_is_left_alone_and_everything_else_goes_on() {
    let world = World::new(3);
    let (mut phone, mut tablet) = (Device::new(&world, 3, "phone"), Device::new(&world, 3, "tablet"));
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let (deadly, harmless) = (phone.write("Soup."), phone.write("Bread."));
    let revise = |device: &mut Device, id, body: &str| {
        let (_, version) = entry_for_editing(device.engine.store().view(), id).unwrap().unwrap();
        device.engine.revise(id, &version, draft(&world.clock, body))
    };
    for (id, body) in [(deadly, "Soup, twice."), (harmless, "Bread, twice.")] {
        revise(&mut phone, id, body).unwrap();
    }
    phone.sync(&world);
    tablet.sync(&world);
    // What the two deaths left on the disk.
    let mut beside = Store::open(&StoreConfig::new(tablet.folder()), &KEY).unwrap();
    for (id, deaths) in [(deadly, 2), (harmless, 1)] {
        for _ in 0..deaths {
            beside
                .write(|tx| tx.begin_attempt(DocumentId::from(id)).map(drop))
                .unwrap();
        }
    }
    drop(beside);
    assert!(matches!(
        revise(&mut tablet, deadly, "Soup, again."),
        Err(Error::ReadOnly)
    ));
    revise(&mut tablet, harmless, "Bread, again.").unwrap();
    assert_eq!(texts(&tablet.engine), ["Bread, again.", "Soup, twice."]);
    tablet.sync(&world);
    phone.sync(&world);
    assert_eq!(texts(&phone.engine), ["Bread, again.", "Soup, twice."]);
}
