//! A process that unlocks a journal, lives with it, locks it, and then looks for what it knew in its own memory.
//!
//! The needles come from the parent process with every bit turned over, and are turned back one byte at a time: the scan finds no
//! copy of its own.

use cairn_core::clock::{Clock as _, SystemClock};
use cairn_core::id::EntryId;
use cairn_core::journal::{Draft, EntryQuery, SearchQuery};
use cairn_core::moment::Moment;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::vault::{KeyStore, KeyStoreError, PassphraseKind, VAULT_KEY, Vault, VaultConfig};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Words that nobody writes by chance.
const BODY: &str = "Zeppelinmarmalade quixotapricot";
const PASSPHRASE: &str = "Harpsichordrhubarb obsidianteacup";
const FOLDER: &str = "CAIRN_MEMORY_FOLDER";
const LOCKS: &str = "CAIRN_MEMORY_LOCKS";
const PIECE: usize = 1 << 20;

/// Secrets in files of a folder.
struct Files(PathBuf);

impl KeyStore for Files {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(fs::read(self.0.join(name)).ok().map(Zeroizing::new))
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        fs::write(self.0.join(name), secret).map_err(|_| KeyStoreError::Failed)
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(KeyStoreError::Failed),
            _ => Ok(()),
        }
    }
}

fn opened(folder: &Path) -> Vault {
    let config = VaultConfig::new(folder.join("vault"), "phone");
    fs::create_dir_all(folder.join("keys")).unwrap();
    Vault::open(config, Arc::new(Files(folder.join("keys"))), None).unwrap()
}

fn draft(body: String) -> Draft {
    let now = Moment::new(SystemClock.now(), "Europe/London").unwrap();
    Draft {
        body,
        ..Draft::new(now)
    }
}

/// How often the process below holds each of what it knew, by name; once it has locked the journal, or while it is open.
pub(crate) fn found(locks: bool) -> BTreeMap<String, usize> {
    let folder = tempfile::tempdir().unwrap();
    let vault = opened(folder.path());
    vault.journal().write(draft(BODY.to_owned())).wait().unwrap();
    let key: [u8; 32] = Files(folder.path().join("keys"))
        .load(VAULT_KEY)
        .unwrap()
        .unwrap()
        .as_slice()
        .try_into()
        .unwrap();
    let new = Zeroizing::new(PASSPHRASE.to_owned());
    vault
        .set_passphrase(None, PassphraseKind::Passphrase, new)
        .wait()
        .unwrap();
    drop(vault);
    let store = Store::open(&StoreConfig::new(folder.path().join("vault")), &key).unwrap();
    let view = store.view();
    let identity = view.meta("identity").unwrap().unwrap();
    let space = view.spaces().unwrap().remove(0);
    let epoch_key = view.epoch_key(space.id, 1).unwrap().unwrap();
    let needles: Vec<(&str, Vec<u8>)> = vec![
        ("vault-key", key.to_vec()),
        // Two bytes of CBOR stand before each of the two seeds: version, number, length.
        ("signing-seed", identity[6..38].to_vec()),
        ("epoch-key", epoch_key.to_vec()),
        ("slot-key", space.slot_key.to_vec()),
        ("access-seed", space.access_seed.to_vec()),
        (
            "vault-key-in-hex",
            key.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        ),
        ("passphrase", PASSPHRASE.as_bytes().to_vec()),
        ("body", BODY.as_bytes().to_vec()),
        ("word", BODY.split(' ').next().unwrap().to_lowercase().into_bytes()),
    ];
    drop(store);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["life", "--exact", "--nocapture"])
        .env(FOLDER, folder.path());
    if locks {
        child.env(LOCKS, "1");
    }
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = String::new();
    // The first two are what the child types and writes.
    for (name, needle) in [("text", BODY.as_bytes()), ("typed", PASSPHRASE.as_bytes())]
        .into_iter()
        .chain(needles.iter().map(|(name, needle)| (*name, needle.as_slice())))
    {
        lines.push_str(name);
        for byte in needle {
            lines.push_str(&format!(" {}", !byte));
        }
        lines.push('\n');
    }
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let found: BTreeMap<String, usize> = output
        .lines()
        .filter_map(|line| line.strip_prefix("found ")?.split_once(' '))
        .map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
        .collect();
    assert_eq!(found.len(), needles.len());
    found
}

/// The child: nothing where nobody asked for it.
pub(crate) fn live() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let needles: Vec<(String, Vec<u8>)> = std::io::stdin()
        .lines()
        .map(|line| {
            let line = line.unwrap();
            let (name, bytes) = line.split_once(' ').unwrap();
            let bytes = bytes.split(' ').map(|byte| byte.parse().unwrap()).collect();
            (name.to_owned(), bytes)
        })
        .collect();
    // On a thread that ends: what an app's own stack keeps is the app's.
    let vault = std::thread::scope(|scope| {
        let life = scope.spawn(|| use_journal(Path::new(&folder), &needles[0].1, &needles[1].1));
        life.join().unwrap()
    });
    if std::env::var_os(LOCKS).is_some() {
        vault.lock().wait().unwrap();
    }
    for (name, needle) in &needles[2..] {
        println!("\nfound {name} {}", count(needle));
    }
    drop(vault);
}

fn turned(masked: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(masked.len()));
    for byte in masked {
        text.push(char::from(!byte));
    }
    text
}

/// Unlocks, reads, searches, writes, revises, keeps a draft, trashes and sleeps.
fn use_journal(folder: &Path, body: &[u8], passphrase: &[u8]) -> Vault {
    let vault = opened(folder);
    assert!(vault.is_locked());
    vault.unlock(Some(turned(passphrase))).wait().unwrap();
    let journal = vault.journal();
    for _ in 0..3 {
        let id: EntryId = journal.write(draft(turned(body).to_string())).wait().unwrap();
        let (entry, version) = journal.entry_for_editing(id).wait().unwrap().unwrap();
        let revised = draft(format!("{} again", entry.body));
        journal.revise(id, version, revised).wait().unwrap();
        assert!(!journal.history(id).wait().unwrap().is_empty());
        journal.trash(id).wait().unwrap();
        journal.restore(id).wait().unwrap();
    }
    journal
        .keep_draft(None, None, draft(turned(body).to_string()))
        .wait()
        .unwrap();
    assert_eq!(journal.entries(EntryQuery::newest(50)).wait().unwrap().entries.len(), 4);
    let word = turned(&body[..8]);
    let query = SearchQuery::newest(word.as_str(), 10);
    assert_eq!(journal.search(query).wait().unwrap().len(), 4);
    vault.suspend().wait().unwrap();
    vault.resume().wait().unwrap();
    assert_eq!(journal.drafts().wait().unwrap().len(), 1);
    assert!(vault.doctor().wait().unwrap().is_well);
    vault
}

/// How often what `masked` is of stands in what this process may write to.
fn count(masked: &[u8]) -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut piece = vec![0; PIECE];
    let own = piece.as_ptr() as usize..piece.as_ptr() as usize + PIECE;
    let mut found = 0;
    for line in maps.lines() {
        let mut parts = line.split_whitespace();
        let (range, rights) = (parts.next().unwrap(), parts.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let (from, to) = (
            usize::from_str_radix(from, 16).unwrap(),
            usize::from_str_radix(to, 16).unwrap(),
        );
        let mut at = from;
        while at < to {
            let length = PIECE.min(to - at);
            let Ok(read) = memory.read_at(&mut piece[..length], at as u64) else {
                break;
            };
            if read < masked.len() {
                break;
            }
            for start in 0..=read - masked.len() {
                let is_here = masked
                    .iter()
                    .zip(&piece[start..read])
                    .all(|(masked, byte)| !masked == *byte);
                if is_here && !own.contains(&(at + start)) {
                    found += 1;
                }
            }
            if read == to - at {
                break;
            }
            at += read - masked.len() + 1;
        }
    }
    found
}
