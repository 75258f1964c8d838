//! A person's device: an engine on a real database, driven by hand.

use super::{SeededEntropy, TestClock, World};
use cairn_core::clock::Clock as _;
use cairn_core::crypto::PhraseLength;
use cairn_core::id::{EntryId, RelationshipId};
use cairn_core::journal::{Draft, EntryQuery};
use cairn_core::moment::Moment;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::support::{Agreement, Declaration, End, Mask, PriorConnection, RelationshipCard};
use cairn_core::sync::{Report, Transport};
use cairn_core::vault::{Engine, Error, Handshake, NewShare, Next};
use cairn_wire::PublicKey;
use std::path::Path;
use std::sync::Arc;

/// A device with a database in a temporary folder.
#[derive(Debug)]
pub struct Device {
    /// Its engine.
    pub engine: Engine,
    clock: TestClock,
    folder: tempfile::TempDir,
}

/// The key of every device's database.
pub const KEY: [u8; 32] = [7; 32];

/// An entry that says `body`, now.
pub fn draft(clock: &TestClock, body: &str) -> Draft {
    let happened = Moment::new(clock.now(), "Europe/London").expect("the test clock shows a time of this era");
    Draft {
        body: body.to_owned(),
        ..Draft::new(happened)
    }
}

/// The bodies of the newest entries, sorted.
pub fn texts(engine: &Engine) -> Vec<String> {
    let page = engine
        .store()
        .view()
        .entries(&EntryQuery::newest(500))
        .expect("a list of entries can be read");
    let mut texts: Vec<String> = page.entries.into_iter().map(|entry| entry.body).collect();
    texts.sort();
    texts
}

/// Runs one round of sync over `line`.
///
/// # Errors
/// What the device itself could not do.
pub fn drive(engine: &mut Engine, line: &dyn Transport) -> Result<Report, Error> {
    engine.sync_begin()?;
    while let Some(request) = engine.sync_next() {
        let answer = line.send(&request);
        engine.sync_answer(answer);
    }
    engine.sync_end()
}

/// So many rounds of these devices, whatever the relay answers some of them. A minute lies between them: so long a device waits before it sends what it merged.
///
/// # Panics
/// When a device cannot keep what arrives.
pub fn rounds(world: &World, devices: &mut [&mut Device], count: usize) -> Vec<Report> {
    let mut reports = Vec::new();
    for _ in 0..count {
        for device in devices.iter_mut() {
            reports.push(drive(&mut device.engine, &world.line()).expect("the device keeps what arrives"));
        }
        world.clock.advance_ms(61_000);
    }
    reports
}

/// Lets these devices sync until each has what the others wrote.
///
/// # Panics
/// When a round does not bring every space up to date.
pub fn converge(world: &World, devices: &mut [&mut Device]) {
    for report in rounds(world, devices, 4) {
        assert!(report.is_complete(), "every space is brought up to date: {report:?}");
    }
}

/// Lets two devices go through a whole handshake over `line`.
pub fn shake_hands(
    offerer: &mut Engine,
    which: Handshake,
    joiner: &mut Engine,
    joins: Handshake,
    line: &dyn Transport,
) {
    for _ in 0..20 {
        let theirs = step(joiner, joins, line);
        let mine = step(offerer, which, line);
        if let (Next::TypeDigits(_), Ok(Some(shown))) = (&mine, joiner.shown_digits(joins)) {
            offerer
                .type_digits(which, &shown.digits)
                .expect("the digits are the ones shown");
        }
        if matches!((theirs, mine), (Next::Done, Next::Done)) {
            return;
        }
    }
    panic!("the handshake comes to an end");
}

/// Takes one step of a handshake.
fn step(engine: &mut Engine, which: Handshake, line: &dyn Transport) -> Next {
    let next = engine.handshake_next(which).expect("a handshake is under way");
    match &next {
        Next::Ask(request) => {
            let response = line.send(request).expect("the relay answers");
            engine
                .handshake_answer(which, &response)
                .expect("the other side is honest");
        }
        Next::Sync => drop(drive(engine, line).expect("the device keeps what arrives")),
        Next::TypeDigits(_) | Next::Done => {}
    }
    next
}

impl Device {
    /// A new, empty vault.
    pub fn new(world: &World, seed: u64, name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self::within(folder, &world.clock, seed, name)
    }

    /// A new, empty vault in a folder in memory, for what asks nothing of a disk and is done many times.
    pub fn in_memory(world: &World, seed: u64, name: &str) -> Self {
        Self::with_clock(&world.clock, seed, name)
    }

    /// The same, on a device that reads this clock, which need not be everybody's.
    pub fn with_clock(clock: &TestClock, seed: u64, name: &str) -> Self {
        Self::within(super::world::memory_folder(), clock, seed, name)
    }

    fn within(folder: tempfile::TempDir, clock: &TestClock, seed: u64, name: &str) -> Self {
        let store = Store::open(&StoreConfig::new(folder.path()), &KEY).expect("a database can be made");
        Self {
            folder,
            ..Self::over_with_clock(clock, store, seed, name)
        }
    }

    /// The vault in a database that lies elsewhere.
    pub fn over(world: &World, store: Store, seed: u64, name: &str) -> Self {
        Self::over_with_clock(&world.clock, store, seed, name)
    }

    /// The same, on a device that reads this clock.
    pub fn over_with_clock(clock: &TestClock, store: Store, seed: u64, name: &str) -> Self {
        let clock = clock.clone();
        let entropy = Box::new(SeededEntropy::new(seed, name));
        let engine = Engine::new(store, name, Arc::new(clock.clone()), entropy).expect("a vault opens");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self { engine, clock, folder }
    }

    /// The folder of its database.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The whole database below its encryption.
    pub fn pages(&self) -> Vec<u8> {
        let store = self.engine.store();
        store.checkpoint().expect("nobody else reads");
        store.decrypted_pages().expect("every page opens")
    }

    /// Whether these words stand anywhere in its database, as it lies there now.
    pub fn holds(&self, words: &str) -> bool {
        let pages = self.engine.store().decrypted_pages().expect("every page opens");
        pages.windows(words.len()).any(|at| at == words.as_bytes())
    }

    /// An entry that says `body`.
    pub fn write(&mut self, body: &str) -> EntryId {
        let draft = draft(&self.clock, body);
        self.engine.write(draft).expect("an entry can be written")
    }

    /// One round of sync, in which everything succeeds.
    pub fn sync(&mut self, world: &World) -> Report {
        let report = drive(&mut self.engine, &world.line()).expect("the device keeps what arrives");
        assert!(report.is_complete(), "every space is brought up to date: {report:?}");
        report
    }

    /// Gives the vault the world's relay and begins its home space there.
    pub fn connect(&mut self, world: &World) {
        self.engine.connect(world.origin()).expect("the origin is one");
        self.sync(world);
    }

    /// Lets `joiner` and this device go through a whole handshake.
    pub fn shake_hands(&mut self, world: &World, which: Handshake, joiner: &mut Self, joins: Handshake) {
        shake_hands(&mut self.engine, which, &mut joiner.engine, joins, &world.line());
    }

    /// Pairs `new` with this device.
    pub fn pair(&mut self, world: &World, new: &mut Self) {
        let code = self.engine.pair().expect("the home space is at the relay");
        new.engine.join(&code).expect("the new vault is empty");
        self.shake_hands(world, Handshake::PairOffer, new, Handshake::PairJoin);
    }

    /// The id of this device.
    pub fn id(&self) -> PublicKey {
        let cards = self.engine.devices().expect("the devices can be read");
        let own = cards.iter().find(|card| card.is_this_one);
        own.expect("a device is one of its person's").id
    }

    /// Runs a handshake with the relay alone to its end.
    ///
    /// # Errors
    /// What the device or the relay says.
    pub fn alone(&mut self, world: &World, which: Handshake) -> Result<(), Error> {
        for _ in 0..40 {
            match self.engine.handshake_next(which)? {
                Next::Ask(request) => {
                    let response = world.line().send(&request).expect("the relay answers");
                    self.engine.handshake_answer(which, &response)?;
                }
                Next::Sync => drop(self.sync(world)),
                Next::TypeDigits(_) => panic!("nobody types digits here"),
                Next::Done => return Ok(()),
            }
        }
        panic!("the handshake comes to an end");
    }

    /// Sets a recovery phrase of twelve words, as a person does who writes it down; the words.
    pub fn set_phrase(&mut self, world: &World) -> String {
        let words = self
            .engine
            .new_phrase(PhraseLength::Twelve)
            .expect("this device is settled");
        let asked = self.engine.phrase_asked().expect("a phrase was made");
        let typed = asked.map(|at| words[at - 1].clone());
        self.engine.confirm_phrase(&typed).expect("the words are right");
        self.alone(world, Handshake::SetPhrase)
            .expect("the relay takes the kit");
        words.join(" ")
    }

    /// Shares a whole entry in a relationship until that is stopped, at once.
    pub fn share(&mut self, relationship: RelationshipId, entry: EntryId) -> cairn_core::id::ShareId {
        let share = plain_share(relationship, entry);
        self.engine.share(share).expect("the entry can be shared")
    }

    /// Invites `specialist`, who accepts.
    pub fn befriend(&mut self, world: &World, specialist: &mut Self) -> RelationshipId {
        let id = self.meet(world, specialist);
        self.agree(world, specialist, id);
        id
    }

    /// Meets a specialist, and goes no further; answers the relationship's id on this side.
    ///
    /// # Panics
    /// When they do not come together.
    pub fn meet(&mut self, world: &World, specialist: &mut Self) -> RelationshipId {
        let (id, code) = self.engine.invite("Marisol").expect("the home space is at the relay");
        specialist.engine.accept(&code, "Dee").expect("the code is right");
        self.shake_hands(world, Handshake::Invite, specialist, Handshake::Accept);
        id
    }

    /// The relationship that began last, on this side.
    ///
    /// # Panics
    /// Without any.
    pub fn card(&self) -> RelationshipCard {
        let cards = self.engine.relationship_cards().expect("relationships can be read");
        let last = cards
            .into_iter()
            .max_by_key(|card| (card.relationship.created, card.relationship.id));
        last.expect("there is a relationship")
    }

    /// Agrees with a specialist that was met last on how they work together.
    ///
    /// # Panics
    /// When they do not come to an agreement.
    pub fn agree(&mut self, world: &World, specialist: &mut Self, id: RelationshipId) {
        let theirs = specialist.card().relationship.id;
        let engine = &mut specialist.engine;
        engine.declare(theirs, declaration()).expect("they may declare");
        let hash = engine.propose(theirs, Agreement::default()).expect("they may propose");
        specialist.sync(world);
        self.sync(world);
        self.engine.accept_agreement(id, &hash).expect("it was proposed");
        self.sync(world);
        specialist.sync(world);
    }
}

/// A share of a whole entry, at once and until it is stopped.
pub fn plain_share(relationship: RelationshipId, entry: EntryId) -> NewShare {
    NewShare {
        relationship,
        entry,
        mask: Mask::default(),
        purpose: String::new(),
        wanted: None,
        end: End::UntilIStop,
        hold_ms: 0,
        tender_confirmed: false,
        passages: Vec::new(),
        follow_edits: false,
        gated: false,
        attachments: Vec::new(),
        notice: cairn_core::support::NoticeChoice::default(),
        lease_days: None,
    }
}

/// What a specialist declares who has nothing to declare.
pub fn declaration() -> Declaration {
    Declaration {
        version: 0,
        prior_connection: PriorConnection::None,
        prior_words: String::new(),
        confidentiality_limits: "Nothing but what the law asks.".to_owned(),
        experience: Vec::new(),
        introduction: cairn_core::support::Introduction::default(),
    }
}
