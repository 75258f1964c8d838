//! Two people who have met and agreed, as their apps have them: vaults with doors, and what is in them.

use super::doing::Names;
use cairn_core::clock::Clock;
use cairn_core::crypto::{SlotKey, slot_id};
use cairn_core::id::{
    AttachmentId, DraftId, EntryId, HopeId, LineId, MainstayId, MeetingId, MessageId, PlanItemId, ReminderId,
    RevisionId, SectionId, ShareId, StatementId, ThingId,
};
use cairn_core::journal::Draft;
use cairn_core::profile::{Address, DefaultSection, PlanList, Reminder, StatementDraft, Weekdays};
use cairn_core::store::{Store, StoreConfig};
use cairn_core::support::{
    About, Agreement, ContactHours, Feedback, FeltHeard, FeltPushed, Mask, MeetingPart, Question, Saying, Status,
    Wishes,
};
use cairn_core::sync::Transport;
use cairn_core::vault::{
    Handshake, Keeping, KeyStore, KeyStoreError, NewMessage, NewShare, VAULT_KEY, Vault, VaultConfig, Version,
};
use cairn_tests::{Device, RawSession, World, declaration, draft, memory_folder, plain_share};
use cairn_wire::PublicKey;
use chrono::{NaiveDate, NaiveTime};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

pub(super) const ZONE: &str = "Europe/London";

/// The day of a meeting.
pub(super) const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();

/// What a device keeps its keys in: copied with the device.
#[derive(Default)]
struct Keys(Mutex<BTreeMap<String, Vec<u8>>>);

impl KeyStore for Keys {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

/// A vault in a folder, as an app has it.
pub(super) struct Place {
    folder: tempfile::TempDir,
    keys: Arc<Keys>,
    name: &'static str,
}

impl Place {
    fn new(world: &World, name: &'static str) -> Self {
        let place = Self {
            folder: memory_folder(),
            keys: Arc::default(),
            name,
        };
        drop(place.vault(world, None));
        place
    }

    /// The same device once more, which lives on by itself from here. Nobody has it open.
    pub(super) fn copied(&self) -> Self {
        let folder = memory_folder();
        copy(self.folder.path(), folder.path());
        let keys = self.keys.0.lock().unwrap().clone();
        Self {
            folder,
            keys: Arc::new(Keys(Mutex::new(keys))),
            name: self.name,
        }
    }

    pub(super) fn vault(&self, world: &World, transport: Option<Arc<dyn Transport>>) -> Vault {
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let config = VaultConfig::new(self.folder.path(), self.name);
        Vault::open_with_clock(config, self.keys.clone(), transport, clock).unwrap()
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

    /// How many records the log of the two has, but for what is said in this message, as far as this person has a space with the other.
    pub(super) fn log(&self, world: &World, but_for: MessageId) -> usize {
        let store = Store::open(&StoreConfig::new(self.folder.path()), &self.key()).unwrap();
        let spaces = store.view().spaces().unwrap();
        let space = spaces
            .iter()
            .find(|space| space.relationship.is_some() && space.created);
        space.map_or(0, |space| {
            let slot = slot_id(&SlotKey::from_bytes(space.slot_key), &but_for.into(), 0);
            let headers = RawSession::of(world, space).headers();
            headers.iter().filter(|header| header.slot != slot).count()
        })
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
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

/// Two people, and how far they have come. Nobody has a vault open.
pub(super) struct Ground {
    pub(super) world: World,
    /// The participant's device and the specialist's.
    pub(super) places: [Place; 2],
    /// What there is between them, as each of them names it.
    pub(super) names: [Names; 2],
    /// Something that is left to be read after the end.
    pub(super) kept: ShareId,
    /// An entry of each.
    pub(super) entries: [EntryId; 2],
}

/// Two people who have met and agreed, what there is of each, and their vaults.
pub(super) struct Lives {
    pub(super) ground: Ground,
    pub(super) phone: Vault,
    pub(super) dee: Vault,
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
    let ground = ground(seed, Status::Active);
    let [phone, dee] = [0, 1].map(|at| ground.places[at].vault(&ground.world, None));
    let version = phone
        .journal()
        .entry_for_editing(ground.entries[0])
        .wait()
        .unwrap()
        .unwrap()
        .1;
    Lives {
        own: own_of(&ground.world, &phone),
        ground,
        phone,
        dee,
        version,
    }
}

/// Two devices while they get so far.
struct Two<'a> {
    world: &'a World,
    phone: Device,
    dee: Device,
    names: [Names; 2],
    kept: ShareId,
}

impl Two<'_> {
    fn settle(&mut self) {
        for _ in 0..2 {
            self.phone.sync(self.world);
            self.dee.sync(self.world);
        }
    }

    fn agrees(&mut self, answer: &str) -> [[u8; 32]; 2] {
        let [id, theirs] = [0, 1].map(|at| self.names[at].id);
        let mut agreement = Agreement::default();
        agreement.answers[Question::HowOften as usize] = answer.to_owned();
        let hers = self.dee.engine.propose(theirs, agreement.clone()).unwrap();
        agreement.answers[Question::HowWeEnd as usize] = answer.to_owned();
        self.settle();
        let theirs = self.phone.engine.propose(id, agreement).unwrap();
        self.settle();
        (self.names[0].agreement, self.names[1].agreement) = (hers, theirs);
        [theirs, hers]
    }

    /// They agree, and say and show each other something of every kind.
    fn live(&mut self) {
        let [id, theirs] = [0, 1].map(|at| self.names[at].id);
        self.phone
            .engine
            .accept_agreement(id, &self.names[0].agreement)
            .unwrap();
        self.settle();
        self.agrees("Tuesdays.");
        let engine = &mut self.phone.engine;
        let address = Address {
            name: "Mari".to_owned(),
            name_is_shareable: true,
            ..Address::default()
        };
        engine.set_address(&address).unwrap();
        engine
            .show_sections(id, &BTreeSet::from([DefaultSection::Address.id()]))
            .unwrap();
        let wishes = Wishes {
            when_quiet: "Write once.".to_owned(),
            ..Wishes::default()
        };
        engine.set_wishes(id, wishes).unwrap();
        let hours = ContactHours {
            daily_max: Some(9),
            ..ContactHours::default()
        };
        engine.set_contact_hours(id, &hours).unwrap();
        let shown = NewShare {
            mask: Mask {
                attachments: true,
                ..Mask::default()
            },
            ..plain_share(id, self.names[0].entry)
        };
        self.kept = engine.share(shown.clone()).unwrap();
        let share = engine.share(shown).unwrap();
        self.settle();
        let engine = &mut self.dee.engine;
        engine.open_preferences(theirs).unwrap();
        engine.open_shared(share).unwrap();
        let heard = Saying::Acknowledgement {
            strength: "You asked.".to_owned(),
        };
        let heard = NewMessage::new(heard, "Heard.").about(About::Share(share));
        let message = engine.say_message(theirs, heard).unwrap();
        let asked = NewMessage::new(Saying::OpenQuestion, "How was the bus?").about(About::Share(share));
        let question = engine.say_message(theirs, asked).unwrap();
        let asks = NewMessage::new(Saying::AskForProposal, "");
        let asked = self.phone.engine.say_message(id, asks).unwrap();
        self.settle();
        let proposes = NewMessage::new(Saying::Proposal { asked }, "Mornings are slow.");
        let proposal = self.dee.engine.say_message(theirs, proposes).unwrap();
        self.settle();
        self.settle();
        let engine = &mut self.phone.engine;
        let felt = Feedback {
            about: Some(About::Message(message)),
            heard: FeltHeard::Fully,
            pushed: FeltPushed::Unsaid,
            words: "Thank you.".to_owned(),
        };
        let sent = engine.keep_feedback(id, felt).unwrap();
        engine.send_feedback(id, sent).unwrap();
        let feedback = engine.felt_like_pressure(id, message).unwrap();
        let meeting = engine.begin_meeting(id, DAY).unwrap();
        self.settle();
        let mine = self
            .phone
            .engine
            .write_line(id, meeting, MeetingPart::Agenda, "Sleep.", None)
            .unwrap();
        let hers = self
            .dee
            .engine
            .write_line(theirs, meeting, MeetingPart::Notes, "Slept.", None)
            .unwrap();
        self.settle();
        for (names, line) in self.names.iter_mut().zip([mine, hers]) {
            *names = Names {
                share,
                message,
                proposal,
                question,
                feedback,
                meeting,
                line,
                ..names.clone()
            };
        }
        // What was shown to the participant can be kept.
        let shown = self.phone.engine.messages(id, chrono_tz::Tz::UTC, None, 9).unwrap();
        assert_eq!(shown.len(), 5);
        self.names[0].waiting = self.phone.engine.say_message(id, self.names[0].says.clone()).unwrap();
        self.names[1].waiting = self.dee.engine.say_message(theirs, self.names[1].says.clone()).unwrap();
    }
}

/// Two people who have come so far with each other: paused and ended by the participant.
pub(super) fn ground(seed: u64, status: Status) -> Ground {
    let world = World::in_memory(seed);
    let places = ["phone", "dee"].map(|name| Place::new(&world, name));
    let mut phone = places[0].device(&world, 2 * seed);
    let mut dee = places[1].device(&world, 2 * seed + 1);
    let beside = Box::new(Cursor::new(b"A line beside it.".to_vec()));
    let beside = phone.engine.keep_attachment(beside, Keeping::default()).unwrap();
    let mine = Draft {
        title: "Mine".to_owned(),
        attachments: vec![beside],
        ..draft(&world.clock, "Mine.")
    };
    let entries = [phone.engine.write(mine).unwrap(), dee.write("Hers.")];
    phone.connect(&world);
    dee.connect(&world);
    let (id, code) = phone.engine.invite("Marisol").unwrap();
    let theirs = dee.engine.accept(&code, "Dee").unwrap();
    let names = |id, entry, saying| Names {
        id,
        entry,
        share: ShareId::from_bytes([0xe1; 16]),
        message: MessageId::from_bytes([0xe2; 16]),
        waiting: MessageId::from_bytes([0xe3; 16]),
        proposal: MessageId::from_bytes([0xe4; 16]),
        question: MessageId::from_bytes([0xe9; 16]),
        feedback: ThingId::from_bytes([0xe5; 16]),
        meeting: MeetingId::from_bytes([0xe6; 16]),
        line: LineId::from_bytes([0xe7; 16]),
        agreement: [0xe8; 32],
        says: NewMessage::new(saying, "Later."),
    };
    let names = [
        names(id, entries[0], Saying::Words),
        names(theirs, entries[1], Saying::Practical),
    ];
    let kept = ShareId::from_bytes([0xe9; 16]);
    let mut two = Two {
        world: &world,
        phone,
        dee,
        names,
        kept,
    };
    if !matches!(status, Status::Invited | Status::Expired) {
        two.phone
            .shake_hands(&world, Handshake::Invite, &mut two.dee, Handshake::Accept);
        two.dee.engine.declare(theirs, declaration()).unwrap();
        two.agrees("Mondays.");
    }
    if !matches!(status, Status::Invited | Status::Expired | Status::Agreeing) {
        two.live();
    }
    match status {
        Status::Invited | Status::Agreeing | Status::Active => {}
        Status::Expired => world.clock.advance_ms(7 * 24 * 60 * 60 * 1000),
        Status::Declined => panic!("nobody has accepted it then: `declining` tells of that"),
        Status::Paused => two.phone.engine.pause_relationship(id, true).unwrap(),
        Status::Ended => {
            let until = two.phone.engine.now().plus_ms(100 * 24 * 60 * 60 * 1000);
            two.phone
                .engine
                .end_keeping(id, "Go well.", &[two.kept], until)
                .unwrap();
        }
    }
    if matches!(status, Status::Paused | Status::Ended) {
        two.settle();
    }
    for (device, id) in [(&two.phone, id), (&two.dee, theirs)] {
        let cards = device.engine.relationship_cards().unwrap();
        let card = cards.iter().find(|card| card.relationship.id == id).unwrap();
        assert_eq!(card.status, status);
    }
    let (names, kept) = (two.names, two.kept);
    drop((two.phone, two.dee));
    Ground {
        world,
        places,
        names,
        kept,
        entries,
    }
}
