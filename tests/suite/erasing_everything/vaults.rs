//! The same on whole vaults, with their threads, key stores and folders.

use super::{DAY_MS, HOUR_MS};
use cairn_core::clock::Clock as _;
use cairn_core::crypto::{self, EpochKey};
use cairn_core::id::{DocumentId, EntryId};
use cairn_core::journal::EntryQuery;
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{
    Change, Erasure, Error, KeyStore, Kind, MemoryKeyStore, Observer, VAULT_KEY, Vault, VaultConfig,
};
use cairn_tests::{TestClock, World, draft};
use cairn_wire::HEADER_BYTES;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    clock: TestClock,
    line: Option<Arc<dyn Transport>>,
}

impl Place {
    pub(super) fn new(clock: &TestClock, line: Option<Arc<dyn Transport>>) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            clock: clock.clone(),
            line,
        }
    }

    pub(super) fn open(&self, name: &str) -> Result<Vault, Error> {
        Vault::open_with_clock(
            VaultConfig::new(self.folder.path(), name),
            Arc::clone(&self.keys) as Arc<dyn KeyStore>,
            self.line.clone(),
            Arc::new(self.clock.clone()),
        )
    }

    pub(super) fn write(&self, vault: &Vault, body: &str) -> EntryId {
        vault.journal().write(draft(&self.clock, body)).wait().unwrap()
    }
}

pub(super) fn bodies(vault: &Vault) -> usize {
    vault
        .journal()
        .entries(EntryQuery::newest(50))
        .wait()
        .unwrap()
        .entries
        .len()
}

pub(super) fn files(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

struct Heard(Sender<Vec<Change>>);

impl Observer for Heard {
    fn changed(&self, changes: &[Change]) {
        drop(self.0.send(changes.to_vec()));
    }
}

fn paired(phone: &Vault, tablet: &Vault) {
    let code = phone.devices().pair().wait().unwrap();
    let (shown, waiting) = (tablet.devices().join(code), phone.devices().wait_for_device());
    waiting.wait().unwrap();
    let digits = shown.wait().unwrap().digits;
    let (confirmed, finished) = (
        phone.devices().confirm_device(digits),
        tablet.devices().finish_joining(),
    );
    confirmed.wait().unwrap();
    finished.wait().unwrap();
    for vault in [tablet, phone, tablet] {
        vault.sync().sync_now().wait().unwrap();
    }
}

/// Two places with a relay, whose vaults are paired.
fn two_places(world: &World) -> [(Place, Vault); 2] {
    let line: Arc<dyn Transport> = Arc::new(Patient(world.line()));
    let (here, there) = (
        Place::new(&world.clock, Some(Arc::clone(&line))),
        Place::new(&world.clock, Some(line)),
    );
    let (phone, tablet) = (here.open("phone").unwrap(), there.open("tablet").unwrap());
    phone.sync().connect(world.origin().to_owned()).wait().unwrap();
    phone.sync().sync_now().wait().unwrap();
    paired(&phone, &tablet);
    [(here, phone), (there, tablet)]
}

#[test]
fn this_device_alone_is_erased_at_once_and_offline_and_the_others_go_on() {
    let world = World::new(11);
    let [(here, phone), (_there, tablet)] = two_places(&world);
    here.write(&phone, "Quetzalnacht.");
    phone.sync().sync_now().wait().unwrap();
    tablet.sync().sync_now().wait().unwrap();
    let (told, hears) = channel();
    let subscription = phone.observe(Arc::new(Heard(told)));
    let erased = phone.erase_here();
    erased.wait().unwrap();
    assert!(files(here.folder.path()).is_empty());
    assert!(here.keys.load(VAULT_KEY).unwrap().is_none());
    // Whatever is asked from now on.
    let refusals: Vec<Error> = vec![
        phone.journal().entries(EntryQuery::newest(1)).wait().unwrap_err(),
        phone.journal().write(draft(&world.clock, "No.")).wait().unwrap_err(),
        phone.sync().sync_now().wait().unwrap_err(),
        phone.sync().status().wait().unwrap_err(),
        phone.devices().keep_everything().wait().unwrap_err(),
        phone.unlock(None).wait().unwrap_err(),
        phone.resume().wait().unwrap_err(),
        phone.lock_state().wait().unwrap_err(),
        phone.erase_here().wait().unwrap_err(),
    ];
    for error in refusals {
        assert!(matches!(error, Error::Erased), "{error:?}");
        assert_eq!(error.kind(), Kind::Erased);
    }
    let everything = std::iter::from_fn(|| hears.recv_timeout(Duration::from_secs(10)).ok());
    assert!(
        everything
            .take(20)
            .any(|changes| changes.contains(&Change::Journal) && changes.contains(&Change::Lock))
    );
    drop((subscription, phone));
    let phone = here.open("phone").unwrap();
    assert_eq!(bodies(&phone), 0, "a new vault");
    tablet.sync().sync_now().wait().unwrap();
    assert_eq!(
        (bodies(&tablet), tablet.devices().erasure().wait().unwrap()),
        (1, Erasure::Nothing)
    );
}

#[test]
fn without_a_relay_it_waits_a_day_by_the_clock_of_the_device_and_can_be_stopped() {
    let clock = TestClock::default();
    let place = Place::new(&clock, None);
    let vault = place.open("phone").unwrap();
    place.write(&vault, "Quetzalnacht.");
    let devices = vault.devices();
    devices.erase_everything(None).wait().unwrap();
    assert_eq!(
        devices.erasure().wait().unwrap(),
        Erasure::Until(clock.now().plus_ms(DAY_MS))
    );
    clock.advance_ms(DAY_MS - 1);
    assert_eq!(bodies(&vault), 1);
    devices.keep_everything().wait().unwrap();
    clock.advance_ms(DAY_MS);
    assert_eq!(
        (bodies(&vault), devices.erasure().wait().unwrap()),
        (1, Erasure::Nothing)
    );
    devices.erase_everything(None).wait().unwrap();
    drop((devices, vault));
    // The app was closed when the time came.
    clock.advance_ms(DAY_MS);
    assert!(matches!(place.open("phone"), Err(Error::Erased)));
    assert!(files(place.folder.path()).is_empty());
    assert_eq!(bodies(&place.open("phone").unwrap()), 0);
}

/// A line whose mailboxes are asked again after a while, as over a network: two people do not answer at once.
pub(super) struct Patient(pub(super) cairn_tests::Line);

impl Transport for Patient {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.wait_ms > 0 {
            std::thread::sleep(Duration::from_millis(40));
        }
        self.0.send(request)
    }
}

/// A line that can be cut.
struct Cut(Patient, Arc<AtomicBool>);

impl Transport for Cut {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if self.1.load(Ordering::SeqCst) {
            return Err(TransportError::Offline);
        }
        self.0.send(request)
    }
}

#[test]
fn a_phone_that_lay_in_a_drawer_first_hears_whether_somebody_stopped_it() {
    let world = World::new(12);
    let cut = Arc::new(AtomicBool::new(false));
    let line: Arc<dyn Transport> = Arc::new(Cut(Patient(world.line()), Arc::clone(&cut)));
    let (here, there) = (
        Place::new(&world.clock, Some(line)),
        Place::new(&world.clock, Some(Arc::new(Patient(world.line())))),
    );
    let (phone, tablet) = (here.open("phone").unwrap(), there.open("tablet").unwrap());
    phone.sync().connect(world.origin().to_owned()).wait().unwrap();
    phone.sync().sync_now().wait().unwrap();
    paired(&phone, &tablet);
    here.write(&phone, "Quetzalnacht.");
    phone.devices().erase_everything(None).wait().unwrap();
    phone.sync().sync_now().wait().unwrap();
    drop(phone);
    tablet.sync().sync_now().wait().unwrap();
    tablet.devices().keep_everything().wait().unwrap();
    tablet.sync().sync_now().wait().unwrap();
    world.clock.advance_ms(30 * DAY_MS);
    let phone = here.open("phone").unwrap();
    assert_eq!(bodies(&phone), 1, "due, and not before it has looked");
    phone.sync().sync_now().wait().unwrap();
    assert_eq!(
        (bodies(&phone), phone.devices().erasure().wait().unwrap()),
        (1, Erasure::Nothing)
    );
    // Where the relay is not reached it does not wait for ever.
    phone.devices().erase_everything(None).wait().unwrap();
    phone.sync().sync_now().wait().unwrap();
    cut.store(true, Ordering::SeqCst);
    world.clock.advance_ms(DAY_MS);
    assert!(!phone.sync().sync_now().wait().unwrap().is_complete());
    assert_eq!(bodies(&phone), 1);
    world.clock.advance_ms(DAY_MS + HOUR_MS);
    assert_eq!(bodies(&phone), 1, "never without a round");
    drop(phone);
    let phone = here.open("phone").unwrap();
    assert_eq!(bodies(&phone), 1, "nor while it is opened");
    for _ in 0..2 {
        let _ = phone.sync().sync_now().wait();
    }
    assert!(matches!(phone.devices().erasure().wait(), Err(Error::Erased)));
    assert!(files(here.folder.path()).is_empty());
}

#[test]
fn a_full_copy_of_the_relay_from_before_and_all_folders_from_after_open_nothing() {
    let world = World::new(13);
    let heard = world.overhear();
    let [(here, phone), (there, tablet)] = two_places(&world);
    let entry = here.write(&phone, "Quetzalnacht.");
    for vault in [&phone, &tablet] {
        vault.sync().sync_now().wait().unwrap();
    }
    // What the copy opens with, as long as a device has it: the probe below can find something.
    let key = *here.keys.load(VAULT_KEY).unwrap().unwrap().first_chunk::<32>().unwrap();
    let copied = tempfile::tempdir().unwrap();
    phone.suspend().wait().unwrap();
    for name in files(here.folder.path()) {
        let (from, to) = (here.folder.path().join(&name), copied.path().join(&name));
        if from.is_file() {
            std::fs::copy(from, to).unwrap();
        }
    }
    phone.resume().wait().unwrap();
    let epochs = {
        let config = cairn_core::store::StoreConfig::new(copied.path());
        let store = cairn_core::store::Store::open(&config, &key).unwrap();
        let home = store.view().spaces().unwrap()[0].id;
        store.view().epoch_keys(home).unwrap()
    };
    let epochs: Vec<EpochKey> = epochs.into_iter().map(|(_, key)| EpochKey::from_bytes(*key)).collect();
    assert!(opens(&heard.records(), &epochs, entry));

    phone.devices().erase_everything(None).wait().unwrap();
    phone.sync().sync_now().wait().unwrap();
    tablet.sync().sync_now().wait().unwrap();
    world.clock.advance_ms(DAY_MS);
    for vault in [&phone, &tablet] {
        let _ = vault.sync().sync_now().wait();
        assert!(matches!(vault.sync().status().wait(), Err(Error::Erased)));
    }
    for place in [&here, &there] {
        assert!(files(place.folder.path()).is_empty());
        assert!(place.keys.load(VAULT_KEY).unwrap().is_none());
    }
    // What is left anywhere: a copy of everything that ever went to the relay, and no key.
    assert!(!opens(&heard.records(), &[], entry));
    assert!(matches!(
        Vault::open(
            VaultConfig::new(copied.path(), "phone"),
            Arc::clone(&here.keys) as Arc<dyn KeyStore>,
            None
        ),
        Err(Error::KeyMissing)
    ));
}

/// Whether a state of this entry opens with one of these keys.
fn opens(records: &[Vec<u8>], keys: &[EpochKey], entry: EntryId) -> bool {
    records.iter().any(|record| {
        let plaintext = keys.iter().find_map(|key| crypto::open(key, record).ok());
        let header = record[..HEADER_BYTES].try_into().unwrap();
        let inside = plaintext.and_then(|plaintext| Some(cairn_core::record::parse(&header, &plaintext).ok()?.inside));
        inside.is_some_and(|inside| inside.document == DocumentId::from(entry))
    })
}
