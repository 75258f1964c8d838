//! A lost phone, and a goodbye: one person's story from the train to the empty relay, told once with another device left and once with
//! the paper alone.

use cairn_core::clock::Clock;
use cairn_core::crypto::{self, EpochKey};
use cairn_core::exchange::{ExportFormat, ExportOptions};
use cairn_core::id::{DocumentId, EntryId, ShareId};
use cairn_core::journal::{Attachment, EntryQuery, SearchQuery};
use cairn_core::profile::{PlanList, Stance};
use cairn_core::record;
use cairn_core::support::{End, Mask};
use cairn_core::sync::{Report, Request, Response, Transport, TransportError};
use cairn_core::vault::{
    Error, Handshake, Keeping, KeyStore as _, MemoryKeyStore, NewShare, Shredding, VAULT_KEY, Vault, VaultConfig,
    preference_history, read_plan, read_profile,
};
use cairn_tests::{Device, KEY, Line, World, draft, drive};
use cairn_wire::HEADER_BYTES;
use std::collections::{BTreeSet, HashSet};
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use zeroize::Zeroizing;

const ENTRIES: usize = 1_200;
const ATTACHMENTS: usize = 300;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// What an entry said that is erased in the end; the index folds it.
const NIGHT: &str = "Quetzalnacht";

/// Marisol's phone and tablet, Dee's phone, and what was on them on the morning of the train.
struct Story {
    world: World,
    phone: Device,
    tablet: Device,
    dee: Device,
    photos: Vec<(Attachment, Vec<u8>)>,
    night: EntryId,
    shown: [EntryId; 2],
    phrase: String,
}

/// A line that goes dead after so many requests.
struct Cut {
    line: Line,
    left: AtomicUsize,
}

impl Transport for Cut {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map_err(|_| TransportError::Offline)?;
        self.line.send(request)
    }
}

/// Bytes that no compression and no luck could make of others.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// A round that carries attachments of any size.
fn whole_round(device: &mut Device, line: &dyn Transport) -> Report {
    device.engine.sync_begin_with(true).unwrap();
    while let Some(request) = device.engine.sync_next() {
        let answer = line.send(&request);
        device.engine.sync_answer(answer);
    }
    device.engine.sync_end().unwrap()
}

fn settle(world: &World, devices: &mut [&mut Device]) {
    for _ in 0..5 {
        for device in devices.iter_mut() {
            let report = whole_round(device, &world.line());
            assert!(report.is_complete(), "{report:?}");
        }
    }
}

impl Story {
    fn begin(seed: u64) -> Self {
        let world = World::new(seed);
        world.overhear();
        let mut phone = Device::new(&world, seed, "phone");
        let mut tablet = Device::new(&world, seed, "tablet");
        let mut dee = Device::new(&world, seed, "dee");
        phone.connect(&world);
        phone.pair(&world, &mut tablet);
        let mut photos = Vec::new();
        let mut shown = Vec::new();
        for n in 0..ENTRIES - 1 {
            let mut said = draft(&world.clock, &format!("Day {n}."));
            if n % 4 == 0 {
                let bytes = noise(n as u64, 600 + n);
                let source = Box::new(Cursor::new(bytes.clone()));
                let photo = phone.engine.keep_attachment(source, Keeping::default()).unwrap();
                said.attachments.push(photo.clone());
                photos.push((photo, bytes));
            }
            let id = phone.engine.write(said).unwrap();
            if n < 2 {
                shown.push(id);
            }
        }
        assert_eq!(photos.len(), ATTACHMENTS);
        let night = phone.write(NIGHT);
        let section = phone.engine.add_section("Evenings").unwrap();
        let statement = phone
            .engine
            .add_statement(section, "Quiet company.", Some(Stance::Want))
            .unwrap();
        phone
            .engine
            .set_statement(statement, "Company that may talk.", Some(Stance::OpenTo))
            .unwrap();
        phone
            .engine
            .add_plan_item(PlanList::ALL[0], "Walk to the harbour.")
            .unwrap();
        let phrase = phone.set_phrase(&world);
        let relationship = phone.befriend(&world, &mut dee);
        for (entry, end) in [
            (shown[0], End::UntilIStop),
            (shown[1], End::At(world.clock.now().plus_ms(40 * DAY_MS))),
        ] {
            phone
                .engine
                .share(NewShare {
                    relationship,
                    entry,
                    mask: Mask::default(),
                    purpose: String::new(),
                    wanted: None,
                    end,
                    hold_ms: 0,
                    tender_confirmed: false,
                    passages: Vec::new(),
                    follow_edits: false,
                    gated: false,
                    attachments: Vec::new(),
                    notice: cairn_core::support::NoticeChoice::default(),
                    lease_days: None,
                })
                .unwrap();
        }
        settle(&world, &mut [&mut phone, &mut tablet]);
        dee.sync(&world);
        assert_eq!(dee.engine.shared_with_me().unwrap().len(), 2);
        let shown = [shown[0], shown[1]];
        // Weeks go by, and the tablet is one of hers as much as the phone.
        world.clock.advance_ms(8 * DAY_MS);
        settle(&world, &mut [&mut phone, &mut tablet]);
        Self {
            world,
            phone,
            tablet,
            dee,
            photos,
            night,
            shown,
            phrase,
        }
    }

    /// The phone lies on a train. Its stranger writes with it before anybody but the tablet knows; then the tablet finds the network.
    fn lose_the_phone(&mut self) {
        let Self {
            world, phone, tablet, ..
        } = self;
        tablet.engine.remove_device(phone.id()).unwrap();
        let forged = phone.write("I am fine, give the finder money.");
        phone.sync(world);
        let after = tablet.write("Written after the train.");
        settle(world, &mut [tablet]);
        assert!(!said(tablet).contains("I am fine, give the finder money."));
        let arrivals = tablet.engine.arrivals().unwrap();
        assert_eq!(arrivals.len(), 1);
        assert_eq!(arrivals[0].entry.as_ref().map(|entry| entry.id), Some(forged));
        tablet.engine.leave_out(arrivals[0].id).unwrap();
        settle(world, &mut [tablet]);
        // The phone is let in no more, and what it has opens nothing new.
        assert!(!drive(&mut phone.engine, &world.line()).unwrap().is_complete());
        let heard = world.overhear().records();
        assert_eq!(opened(&heard, &keys(phone), after), 0);
        assert!(opened(&heard, &keys(tablet), after) > 0);
    }

    /// Everything that was on the phone is on this one, once, and to the byte.
    fn is_all_there(&self, device: &Device) {
        let view = device.engine.store().view();
        let ids = view.ids_oldest_first(true).unwrap();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(ids.len(), ENTRIES + 1);
        for (photo, bytes) in &self.photos {
            let mut here = Vec::new();
            let mut opened = device.engine.open_attachment(photo.id).unwrap();
            opened.read_to_end(&mut here).unwrap();
            assert_eq!(here, *bytes);
        }
        let history = preference_history(view).unwrap();
        assert_eq!(history.len(), 2, "{history:?}");
        assert_eq!(device.engine.shares().unwrap().len(), 2);
        assert_eq!(read_plan(view).unwrap().items.len(), 1);
    }

    /// From the new phone on, however it came to be one of hers.
    fn goes_on(mut self, mut new: Device) {
        // Her word for it, and what she wants now.
        let section = read_profile(new.engine.store().view()).unwrap().sections[0].id;
        new.engine
            .add_statement(section, "Nobody who hurries.", Some(Stance::Want))
            .unwrap();
        new.engine.set_recovery_word("mending").unwrap();
        settle(&self.world, &mut [&mut new, &mut self.tablet]);
        for device in [&new, &self.tablet] {
            let view = device.engine.store().view();
            assert_eq!(read_profile(view).unwrap().recovery_word, "mending");
            assert_eq!(preference_history(view).unwrap().len(), 3);
        }
        self.dee.sync(&self.world);
        let pages = self.dee.pages();
        assert!(!holds(&pages, "Quiet company."), "what she wanted before is hers alone");

        // A goodbye: one entry stays readable until its day, the other stops.
        let stopped = share_of(&new, self.shown[0]);
        new.engine.revoke(stopped).unwrap();
        settle(&self.world, &mut [&mut new]);
        self.dee.sync(&self.world);
        let left = self.dee.engine.shared_with_me().unwrap();
        assert_eq!(left.len(), 1);
        self.world.clock.advance_ms(40 * DAY_MS);
        assert!(self.dee.engine.shared_with_me().unwrap().is_empty());
        self.dee.sync(&self.world);
        assert!(!holds(&self.dee.pages(), "Day 1."), "what was shown is gone from there");

        // She takes everything out.
        self.takes_everything_out(&new);

        // "Night" is erased: here, there, and from every copy.
        assert!(holds(&new.pages(), NIGHT));
        new.engine.trash(self.night).unwrap();
        new.engine.erase(self.night).unwrap();
        settle(&self.world, &mut [&mut new, &mut self.tablet]);
        let before = self.world.overhear().records();
        assert!(opened(&before, &keys(&new), self.night) > 0);
        new.engine.shred().unwrap();
        settle(&self.world, &mut [&mut new, &mut self.tablet]);
        for device in [&mut new, &mut self.tablet] {
            assert_eq!(device.engine.shredding().unwrap(), Shredding::Done);
            assert!(!holds(&device.pages(), NIGHT));
            let found = device
                .engine
                .store()
                .view()
                .search(&SearchQuery::newest(NIGHT, 5))
                .unwrap();
            assert!(found.is_empty());
            assert_eq!(opened(&before, &keys(device), self.night), 0);
            let doctor = device.engine.doctor().unwrap();
            assert!(doctor.is_well, "{doctor:?}");
        }
        self.erases_everything(new);
    }

    /// The last goodbye: nothing is left on any device, and at the relay what tells a device that comes late.
    fn erases_everything(mut self, mut new: Device) {
        new.engine.erase_everything(None).unwrap();
        settle(&self.world, &mut [&mut new, &mut self.tablet]);
        assert!(self.kept_at_the_relay() >= ENTRIES);
        self.world.clock.advance_ms(DAY_MS + 1);
        for device in [&mut new, &mut self.tablet] {
            drop(whole_round(device, &self.world.line()));
            assert!(device.engine.is_over().unwrap());
        }
        let links = self.kept_at_the_relay();
        assert!(links < 60, "{links}");
        drop(drive(&mut self.dee.engine, &self.world.line()).unwrap());
        assert!(self.dee.engine.relationships().unwrap()[0].ended.is_some());
        self.world.clock.advance_ms(120 * DAY_MS);
        self.world.sweep();
        assert!(
            self.kept_at_the_relay() <= 2,
            "the kits of two phrases, which open nothing any more"
        );
    }

    /// How many of the records that ever went to the relay are whole in its files.
    fn kept_at_the_relay(&self) -> usize {
        const NONCE: usize = 24;
        let bytes = self.world.backup(77).bytes_at_rest();
        let found: HashSet<&[u8]> = bytes.windows(NONCE).collect();
        let records = self.world.overhear().records();
        let nonce = |record: &'_ Vec<u8>| record.get(HEADER_BYTES..HEADER_BYTES + NONCE).map(<[u8]>::to_vec);
        let nonces: BTreeSet<Vec<u8>> = records.iter().filter_map(nonce).collect();
        nonces.iter().filter(|nonce| found.contains(nonce.as_slice())).count()
    }

    /// An archive, out and in again, with its passphrase; and a vault that is locked meanwhile.
    fn takes_everything_out(&self, device: &Device) {
        device.engine.store().checkpoint().unwrap();
        let (place, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let fresh = tempfile::tempdir().unwrap();
        let clean = self.vault(fresh.path());
        // A device of the kit is a database alone; beside it belongs the file that knows its key.
        copy_folder(device.folder(), place.path());
        let vault_id = crypto::make_vault_id(&crypto::VaultKey::from_bytes(KEY), [1; 16]);
        std::fs::write(place.path().join("vault.id"), vault_id).unwrap();
        let vault = self.vault(place.path());
        let (phrase, path) = (
            Zeroizing::new("two stones on a third".to_owned()),
            elsewhere.path().join("all.age"),
        );
        let options = ExportOptions {
            passphrase: Some(phrase.clone()),
            attachments: true,
            ..ExportOptions::new(ExportFormat::Archive)
        };
        let exported = vault.journal().export(path.clone(), options, |_, _| {}).wait().unwrap();
        assert_eq!(exported.entries, ENTRIES + 1);
        let restored = clean
            .journal()
            .restore_archive(path, Some(phrase), |_, _| {})
            .wait()
            .unwrap();
        assert_eq!((restored.added, restored.attachments_left_out), (ENTRIES as u64 + 1, 0));

        // Somebody takes the tablet out of her hands.
        vault.lock().wait().unwrap();
        let query = SearchQuery::newest("Day", 5);
        assert!(matches!(vault.journal().search(query).wait(), Err(Error::Locked)));
        assert!(matches!(vault.journal().entry(self.night).wait(), Err(Error::Locked)));
        assert!(matches!(vault.profile().history().wait(), Err(Error::Locked)));
        vault.unlock(None).wait().unwrap();
        assert!(vault.journal().entry(self.night).wait().unwrap().is_some());
    }

    fn vault(&self, folder: &Path) -> Vault {
        let keys = MemoryKeyStore::default();
        keys.save(VAULT_KEY, &KEY).unwrap();
        let clock = Arc::new(self.world.clock.clone()) as Arc<dyn Clock>;
        Vault::open_with_clock(VaultConfig::new(folder, "phone"), Arc::new(keys), None, clock).unwrap()
    }
}

#[test]
fn with_the_tablet_left_everything_comes_to_a_new_phone_and_goes_on() {
    let mut story = Story::begin(1);
    story.lose_the_phone();
    let mut new = Device::new(&story.world, 11, "new phone");
    story.tablet.pair(&story.world, &mut new);
    // Interrupted again and again on the way.
    for _ in 0..20 {
        let cut = Cut {
            line: story.world.line(),
            left: AtomicUsize::new(40),
        };
        drop(whole_round(&mut new, &cut));
    }
    let Story { world, tablet, .. } = &mut story;
    settle(world, &mut [&mut new, tablet]);
    story.is_all_there(&new);
    story.is_all_there(&story.tablet);
    story.goes_on(new);
}

#[test]
fn with_the_tablet_broken_too_the_paper_brings_everything_to_a_new_phone() {
    let mut story = Story::begin(2);
    // Nobody but the stranger is left.
    let (lost, broken) = (story.phone.id(), story.tablet.id());
    let mut new = Device::new(&story.world, 21, "new phone");
    new.engine.recover(story.world.origin(), &story.phrase).unwrap();
    new.alone(&story.world, Handshake::Recover).unwrap();
    for _ in 0..20 {
        let cut = Cut {
            line: story.world.line(),
            left: AtomicUsize::new(40),
        };
        drop(whole_round(&mut new, &cut));
    }
    new.engine.remove_device(lost).unwrap();
    new.engine.remove_device(broken).unwrap();
    settle(&story.world, &mut [&mut new]);
    let phrase = new.set_phrase(&story.world);
    assert_ne!(phrase, story.phrase);
    let after = new.write("Written after the train.");
    settle(&story.world, &mut [&mut new]);
    story.is_all_there(&new);
    let heard = story.world.overhear().records();
    for gone in [&story.phone, &story.tablet] {
        assert_eq!(opened(&heard, &keys(gone), after), 0);
    }
    assert!(opened(&heard, &keys(&new), after) > 0);
    // A tablet again, one day.
    story.tablet = Device::new(&story.world, 22, "tablet");
    new.pair(&story.world, &mut story.tablet);
    let Story { world, tablet, .. } = &mut story;
    settle(world, &mut [tablet, &mut new]);
    story.goes_on(new);
}

fn said(device: &Device) -> String {
    let page = device.engine.store().view().entries(&EntryQuery::newest(10)).unwrap();
    page.entries.into_iter().map(|entry| entry.body).collect()
}

fn share_of(device: &Device, entry: EntryId) -> ShareId {
    let shares = device.engine.shares().unwrap();
    let of = shares.into_iter().find(|(_, share)| share.consent.item.entry == entry);
    of.unwrap().1.id()
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|at| at == words.as_bytes())
}

fn copy_folder(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

/// Every key of the home space that a device has.
fn keys(device: &Device) -> Vec<EpochKey> {
    let view = device.engine.store().view();
    let home = view.spaces().unwrap()[0].id;
    let keys = view.epoch_keys(home).unwrap();
    keys.into_iter().map(|(_, key)| EpochKey::from_bytes(*key)).collect()
}

/// How many of the records hold a state of this entry that opens with one of these keys.
fn opened(records: &[Vec<u8>], keys: &[EpochKey], entry: EntryId) -> usize {
    let is_of_it = |record: &&Vec<u8>| {
        let plaintext = keys.iter().find_map(|key| crypto::open(key, record).ok());
        let header = record[..HEADER_BYTES].try_into().unwrap();
        let inside = plaintext.and_then(|plaintext| Some(record::parse(&header, &plaintext).ok()?.inside));
        inside.is_some_and(|inside| inside.document == DocumentId::from(entry))
    };
    records.iter().filter(is_of_it).count()
}
