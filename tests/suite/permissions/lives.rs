//! Two people who have met and agreed, as their apps have them: vaults with doors, and what is in them.

use cairn_core::clock::Clock;
use cairn_core::id::{
    AttachmentId, DraftId, EntryId, HopeId, MainstayId, MeetingId, MessageId, PlanItemId, RelationshipId, ReminderId,
    RevisionId, SectionId, ShareId, StatementId, ThingId,
};
use cairn_core::journal::Draft;
use cairn_core::profile::{PlanList, Reminder, StatementDraft, Weekdays};
use cairn_core::store::{Store, StoreConfig};
use cairn_core::support::{About, Mask, Saying};
use cairn_core::vault::{
    Keeping, KeyStore as _, MemoryKeyStore, NewMessage, NewShare, VAULT_KEY, Vault, VaultConfig, Version,
};
use cairn_tests::{Device, World, draft, plain_share};
use cairn_wire::PublicKey;
use chrono::{NaiveDate, NaiveTime};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

pub(super) const ZONE: &str = "Europe/London";

/// The day of a meeting.
pub(super) const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();

/// A vault in a folder, as an app has it.
pub(super) struct Place {
    folder: tempfile::TempDir,
    keys: Arc<MemoryKeyStore>,
    name: &'static str,
}

impl Place {
    fn new(world: &World, name: &'static str) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            keys: Arc::default(),
            name,
        };
        drop(place.vault(world));
        place
    }

    fn vault(&self, world: &World) -> Vault {
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let config = VaultConfig::new(self.folder.path(), self.name);
        Vault::open_with_clock(config, self.keys.clone(), None, clock).unwrap()
    }

    fn key(&self) -> [u8; 32] {
        self.keys
            .load(VAULT_KEY)
            .unwrap()
            .unwrap()
            .as_slice()
            .try_into()
            .unwrap()
    }

    /// Its engine, to be driven by hand.
    fn device(&self, world: &World, seed: u64) -> Device {
        let store = Store::open(&StoreConfig::new(self.folder.path()), &self.key()).unwrap();
        let mut device = Device::over(world, store, seed, self.name);
        device.engine.keep_mark(self.keys.as_ref()).unwrap();
        device
    }

    /// Every row of every table.
    pub(super) fn rows(&self) -> Vec<String> {
        rows(self.folder.path(), &self.key())
    }
}

fn rows(folder: &Path, key: &[u8; 32]) -> Vec<String> {
    let raw = rusqlite::Connection::open(folder.join("vault.db")).unwrap();
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    raw.pragma_update(None, "key", format!("x'{key}'")).unwrap();
    let mut tables = raw
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = Vec::new();
    for name in names {
        let mut every = raw.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = every.column_count();
        let mut read = every.query([]).unwrap();
        while let Some(row) = read.next().unwrap() {
            let values: Vec<String> = (0..columns)
                .map(|at| format!("{:?}", row.get_ref(at).unwrap()))
                .collect();
            all.push(format!("{name}: {}", values.join(" ")));
        }
    }
    all
}

/// Two people who have met and agreed, what there is of each, and their vaults.
pub(super) struct Lives {
    pub(super) world: World,
    pub(super) phone: Vault,
    pub(super) dee: Vault,
    pub(super) places: [Place; 2],
    /// The relationship, on the participant's side and on the specialist's.
    pub(super) ids: [RelationshipId; 2],
    pub(super) share: ShareId,
    pub(super) message: MessageId,
    pub(super) proposal: MessageId,
    pub(super) feedback: ThingId,
    pub(super) meeting: MeetingId,
    /// An entry of each.
    pub(super) entries: [EntryId; 2],
    pub(super) version: Version,
    pub(super) own: Own,
}

/// What the participant has of their own.
pub(super) struct Own {
    pub(super) section: SectionId,
    pub(super) statement: StatementId,
    pub(super) hope: HopeId,
    pub(super) plan_item: PlanItemId,
    pub(super) mainstay: MainstayId,
    pub(super) reminder: ReminderId,
    pub(super) draft: DraftId,
    pub(super) attachment: AttachmentId,
    pub(super) revision: RevisionId,
    pub(super) device: PublicKey,
}

fn own_of(world: &World, phone: &Vault) -> Own {
    let profile = phone.profile();
    let section = profile.add_section("Evenings".to_owned()).wait().unwrap();
    let item = profile.add_plan_item(PlanList::WhenOk, "I sing.".to_owned());
    let reminder = Reminder {
        id: ReminderId::from_bytes([0; 16]),
        time: NaiveTime::from_hms_opt(20, 0, 0).unwrap(),
        days: Weekdays::ALL,
        text: String::new(),
        is_shown: false,
        prompt: None,
        is_here: true,
    };
    Own {
        section,
        statement: profile
            .write_statement(section, StatementDraft::new("Not too late."))
            .wait()
            .unwrap(),
        hope: profile
            .add_hope("A garden.".to_owned(), ZONE.to_owned())
            .wait()
            .unwrap(),
        plan_item: item.wait().unwrap(),
        mainstay: profile.add_mainstay("The harbour.".to_owned()).wait().unwrap(),
        reminder: profile.add_reminder(reminder).wait().unwrap(),
        draft: phone
            .journal()
            .keep_draft(None, None, draft(&world.clock, "Half"))
            .wait()
            .unwrap(),
        attachment: phone
            .journal()
            .attach_bytes(b"A note beside it.".to_vec(), Keeping::default())
            .wait()
            .unwrap()
            .id,
        revision: profile.history().wait().unwrap()[0].id,
        device: phone.devices().devices().wait().unwrap()[0].id,
    }
}

pub(super) fn lives(seed: u64) -> Lives {
    let world = World::new(seed);
    let places = ["phone", "dee"].map(|name| Place::new(&world, name));
    let mut phone = places[0].device(&world, 2 * seed);
    let mut dee = places[1].device(&world, 2 * seed + 1);
    let beside = Box::new(Cursor::new(b"A line beside it.".to_vec()));
    let beside = phone.engine.keep_attachment(beside, Keeping::default()).unwrap();
    let mine = Draft {
        attachments: vec![beside],
        ..draft(&world.clock, "Mine.")
    };
    let entries = [phone.engine.write(mine).unwrap(), dee.write("Hers.")];
    phone.connect(&world);
    dee.connect(&world);
    let id = phone.meet(&world, &mut dee);
    let theirs = dee.card().relationship.id;
    phone.agree(&world, &mut dee, id);
    let shown = NewShare {
        mask: Mask {
            attachments: true,
            ..Mask::default()
        },
        ..plain_share(id, entries[0])
    };
    let share = phone.engine.share(shown).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    dee.engine.open_shared(share).unwrap();
    let heard = Saying::Acknowledgement {
        strength: "You asked.".to_owned(),
    };
    let heard = NewMessage::new(heard, "Heard.").about(About::Share(share));
    let message = dee.engine.say_message(theirs, heard).unwrap();
    let asks = NewMessage::new(Saying::AskForProposal, "");
    let asked = phone.engine.say_message(id, asks).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    let proposes = NewMessage::new(Saying::Proposal { asked }, "Mornings are slow.");
    let proposal = dee.engine.say_message(theirs, proposes).unwrap();
    dee.sync(&world);
    phone.sync(&world);
    let feedback = phone.engine.felt_like_pressure(id, message).unwrap();
    let meeting = phone.engine.begin_meeting(id, DAY).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    drop((phone, dee));
    let [phone, dee] = [&places[0], &places[1]].map(|place| place.vault(&world));
    let version = phone.journal().entry_for_editing(entries[0]).wait().unwrap().unwrap().1;
    Lives {
        own: own_of(&world, &phone),
        world,
        phone,
        dee,
        places,
        ids: [id, theirs],
        share,
        message,
        proposal,
        feedback,
        meeting,
        entries,
        version,
    }
}
