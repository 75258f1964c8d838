//! A second lock, over this person's people: whoever holds the unlocked phone does not see with whom they are, nor what was shown and said.

use cairn_core::clock::Clock;
use cairn_core::exchange::{ExportFormat, ExportOptions};
use cairn_core::id::{EntryId, RelationshipId};
use cairn_core::journal::EntryQuery;
use cairn_core::profile::PeopleOrder;
use cairn_core::support::{Agreement, Saying, Status, Wishes};
use cairn_core::sync::Transport as _;
use cairn_core::vault::{
    Error, Handshake, KeyStore, MemoryKeyStore, NewMessage, NewShare, Next, PEOPLE_LOCK, PassphraseKind, Reply,
    Support, Vault, VaultConfig,
};
use cairn_tests::{Device, World, declaration, draft, plain_share};
use std::io::Read as _;
use std::sync::Arc;
use tempfile::TempDir;
use zeroize::Zeroizing;

const PIN: &str = "271828";
const OTHER: &str = "two stones on a third";

fn typed(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn opened(world: &World, folder: &TempDir, keys: &Arc<MemoryKeyStore>) -> Vault {
    let clock = Arc::new(world.clock.clone()) as Arc<dyn Clock>;
    let config = VaultConfig::new(folder.path(), "phone");
    let keys = Arc::clone(keys) as Arc<dyn KeyStore>;
    Vault::open_with_clock(config, keys, Some(Arc::new(world.line())), clock).unwrap()
}

/// What the specialist's device asks the relay next, once.
fn step(dee: &mut Device, world: &World) {
    if let Next::Ask(request) = dee.engine.handshake_next(Handshake::Accept).unwrap() {
        let response = world.line().send(&request).unwrap();
        dee.engine.handshake_answer(Handshake::Accept, &response).unwrap();
    }
}

/// The phone of a participant who shows something and has said something, as its app has it, and the specialist's.
struct Phone {
    world: World,
    folder: TempDir,
    keys: Arc<MemoryKeyStore>,
    vault: Vault,
    dee: Device,
    id: RelationshipId,
    entry: EntryId,
}

impl Phone {
    fn new(seed: u64) -> Self {
        let (world, folder, keys) = (World::new(seed), tempfile::tempdir().unwrap(), Arc::default());
        let vault = opened(&world, &folder, &keys);
        let mut dee = Device::new(&world, seed, "dee");
        vault.sync().connect(world.origin().to_owned()).wait().unwrap();
        vault.sync().sync_now().wait().unwrap();
        let (id, code) = vault.support().invite("Marisol".to_owned()).wait().unwrap();
        let theirs = dee.engine.accept(&code, "Dee").unwrap();
        step(&mut dee, &world);
        assert_eq!(vault.support().wait_for_specialist().wait().unwrap(), "Dee");
        step(&mut dee, &world);
        let shown = dee.engine.shown_digits(Handshake::Accept).unwrap().unwrap();
        vault.support().confirm_specialist(shown.digits).wait().unwrap();
        dee.alone(&world, Handshake::Accept).unwrap();
        let mut phone = Self {
            world,
            folder,
            keys,
            vault,
            dee,
            id,
            entry: EntryId::from_bytes([0; 16]),
        };
        phone.settle();
        phone.dee.engine.declare(theirs, declaration()).unwrap();
        let agreement = phone.dee.engine.propose(theirs, Agreement::default()).unwrap();
        phone.settle();
        phone.people().accept_agreement(id, agreement).wait().unwrap();
        let entry = phone
            .vault
            .journal()
            .write(draft(&phone.world.clock, "The night."))
            .wait()
            .unwrap();
        phone.entry = entry;
        phone.people().share(plain_share(id, entry)).wait().unwrap();
        let words = NewMessage::new(Saying::Words, "It was long.");
        phone.people().say(id, words).wait().unwrap();
        phone.settle();
        phone
    }

    fn settle(&mut self) {
        for _ in 0..3 {
            self.vault.sync().sync_now().wait().unwrap();
            self.dee.sync(&self.world);
        }
    }

    /// The app is ended and begun again.
    fn again(self) -> Self {
        drop(self.vault);
        let vault = opened(&self.world, &self.folder, &self.keys);
        Self { vault, ..self }
    }

    fn people(&self) -> Support {
        self.vault.support()
    }

    fn set(&self, old: Option<&str>, new: &str) -> Result<(), Error> {
        let kind = if new == PIN {
            PassphraseKind::Pin
        } else {
            PassphraseKind::Passphrase
        };
        self.people().set_people_lock(old.map(typed), kind, typed(new)).wait()
    }

    fn is_hidden(&self) -> bool {
        let state = self.people().people_lock().wait().unwrap();
        let answered = self.people().relationships().wait();
        match &answered {
            Ok(people) => assert_eq!(people.len(), 1),
            Err(error) => assert!(matches!(error, Error::PeopleHidden), "{error}"),
        }
        assert_eq!(state.is_locked, answered.is_err());
        state.is_locked
    }
}

fn hides<T: std::fmt::Debug>(reply: Reply<T>) {
    let answered = reply.wait();
    assert!(matches!(answered, Err(Error::PeopleHidden)), "{answered:?}");
}

#[test]
fn they_are_hidden_from_every_beginning_on_until_the_right_digits_are_typed() {
    let phone = Phone::new(1);
    assert!(!phone.is_hidden());
    assert!(matches!(phone.people().hide_people().wait(), Err(Error::NoPeopleLock)));
    assert!(matches!(phone.set(None, "123"), Err(Error::Passphrase(_))));
    phone.set(None, PIN).unwrap();
    assert!(!phone.is_hidden(), "whoever set it has seen them");
    phone.people().hide_people().wait().unwrap();
    assert!(phone.is_hidden());
    assert!(matches!(
        phone.people().show_people(typed("000000")).wait(),
        Err(Error::WrongPassphrase)
    ));
    assert!(matches!(
        phone.people().show_people(typed("")).wait(),
        Err(Error::WrongPassphrase)
    ));
    phone.people().show_people(typed(PIN)).wait().unwrap();
    assert!(!phone.is_hidden());

    let phone = phone.again();
    assert!(phone.is_hidden(), "after a start");
    phone.people().show_people(typed(PIN)).wait().unwrap();
    phone.vault.lock().wait().unwrap();
    phone.vault.unlock(None).wait().unwrap();
    assert!(phone.is_hidden(), "after a lock");
    phone.people().show_people(typed(PIN)).wait().unwrap();
    phone.vault.suspend().wait().unwrap();
    phone.vault.resume().wait().unwrap();
    assert!(phone.is_hidden(), "after a sleep");
    assert!(matches!(phone.set(None, OTHER), Err(Error::PeopleHidden)));
    assert!(matches!(phone.set(Some("000000"), OTHER), Err(Error::WrongPassphrase)));
    assert!(phone.is_hidden(), "and one that was typed wrong changes nothing");
    phone.set(Some(PIN), OTHER).unwrap();
    let phone = phone.again();
    assert!(matches!(
        phone.people().show_people(typed(PIN)).wait(),
        Err(Error::WrongPassphrase)
    ));
    assert!(matches!(
        phone.people().remove_people_lock(typed(PIN)).wait(),
        Err(Error::WrongPassphrase)
    ));
    assert!(phone.is_hidden());
    phone.people().remove_people_lock(typed(OTHER)).wait().unwrap();
    let phone = phone.again();
    assert!(!phone.is_hidden());
    phone.people().show_people(typed("whatever")).wait().unwrap();
}

#[test]
fn while_they_are_hidden_the_journal_is_open_and_nothing_of_them_is_answered() {
    let mut phone = Phone::new(2);
    phone.set(None, PIN).unwrap();
    phone.people().hide_people().wait().unwrap();
    let (people, id) = (phone.people(), phone.id);
    hides(people.relationships());
    hides(people.shares());
    hides(people.shared_with_me());
    hides(people.messages(id, "UTC".to_owned(), None, 10));
    hides(people.meetings(id));
    hides(people.feedback(id));
    hides(people.wishes(id));
    hides(people.set_wishes(id, Wishes::default()));
    hides(people.say(id, NewMessage::new(Saying::Words, "x")));
    hides(people.pause(id));
    hides(people.end(id, String::new()));
    hides(people.invite("Marisol".to_owned()));
    hides(people.wait_for_specialist());
    hides(people.confirm_specialist("000000".to_owned()));
    hides(people.accept("CAIRN1".to_owned(), "Dee".to_owned()));
    hides(people.decline("CAIRN1".to_owned()));
    let entries = phone.vault.journal().entries(EntryQuery::newest(10)).wait().unwrap();
    assert_eq!(entries.entries.len(), 1);

    // An archive is whole, or says what it is without; nothing half is left behind.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.zip");
    let export = |people: bool| {
        let options = ExportOptions {
            people,
            ..ExportOptions::new(ExportFormat::Archive)
        };
        phone.vault.journal().export(path.clone(), options, |_, _| {}).wait()
    };
    assert!(matches!(export(true), Err(Error::PeopleHidden)));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    export(false).unwrap();
    let archive = std::fs::read(&path).unwrap();
    let holds = |archive: &[u8], name: &str| archive.windows(name.len()).any(|bytes| bytes == name.as_bytes());
    assert!(
        !holds(&archive, "relationships.json") && !holds(&archive, "consents/") && !holds(&archive, "conversations/")
    );
    std::fs::remove_file(&path).unwrap();
    phone.people().show_people(typed(PIN)).wait().unwrap();
    export(true).unwrap();
    let archive = std::fs::read(&path).unwrap();
    assert!(holds(&archive, "relationships.json") && holds(&archive, "consents/"));

    // What arrives meanwhile arrives.
    phone.people().hide_people().wait().unwrap();
    let asked = NewMessage::new(Saying::OpenQuestion, "What was the night like?");
    let theirs = phone.dee.card().relationship.id;
    phone.dee.engine.say_message(theirs, asked).unwrap();
    phone.settle();
    let phone = phone.again();
    phone.people().show_people(typed(PIN)).wait().unwrap();
    let messages = phone
        .people()
        .messages(phone.id, "UTC".to_owned(), None, 10)
        .wait()
        .unwrap();
    assert_eq!(messages.len(), 2);
}

#[test]
fn wrong_tries_wait_longer_and_longer_and_a_key_store_that_loses_the_lock_opens_nothing_else() {
    let phone = Phone::new(3);
    phone.set(None, PIN).unwrap();
    phone.people().hide_people().wait().unwrap();
    let mut slips = 0;
    let wait = loop {
        match phone.people().show_people(typed("000000")).wait() {
            Err(Error::WrongPassphrase) => slips += 1,
            Err(Error::WaitFirst { seconds }) => break seconds,
            other => panic!("{other:?}"),
        }
        assert!(slips < 20);
    };
    assert!(slips > 2 && wait > 0);
    assert!(phone.people().people_lock().wait().unwrap().wait_ms > 0);
    assert!(matches!(
        phone.people().show_people(typed(PIN)).wait(),
        Err(Error::WaitFirst { .. })
    ));
    // The journal itself is not kept from anybody by that.
    phone.vault.lock().wait().unwrap();
    phone.vault.unlock(None).wait().unwrap();
    phone.world.clock.advance_ms(i64::try_from(wait).unwrap() * 1_000);
    phone.people().show_people(typed(PIN)).wait().unwrap();
    // What is no lock is none that anybody could open: nobody is shown, and the journal is open all the same.
    phone.keys.save(PEOPLE_LOCK, b"rubbish").unwrap();
    let phone = phone.again();
    hides(phone.people().relationships());
    assert!(matches!(
        phone.people().show_people(typed(PIN)).wait(),
        Err(Error::KeyStore(_))
    ));
    assert!(phone.vault.journal().entries(EntryQuery::newest(10)).wait().is_ok());
    phone.people().hide_people().wait().unwrap();
    phone.people().remove_people_lock(typed("")).wait().unwrap();
    assert!(!phone.again().is_hidden(), "who can write there can take it away");
}

#[test]
fn everything_is_stopped_at_once_by_whoever_cannot_show_them() {
    let mut phone = Phone::new(4);
    let theirs = phone.dee.card().relationship.id;
    assert_eq!(phone.dee.engine.shared_with_me().unwrap().len(), 1);
    let held = NewShare {
        hold_ms: 60_000,
        ..plain_share(phone.id, phone.entry)
    };
    phone.people().share(held).wait().unwrap();
    phone.set(None, PIN).unwrap();
    phone.people().hide_people().wait().unwrap();
    phone.people().stop_everything().wait().unwrap();
    phone.people().stop_everything().wait().unwrap();
    assert!(phone.is_hidden(), "it shows nobody");
    phone.settle();
    assert!(phone.dee.engine.shared_with_me().unwrap().is_empty());
    let words = NewMessage::new(Saying::Practical, "At ten.");
    phone.dee.engine.say_message(theirs, words).unwrap();
    phone.settle();
    phone.people().show_people(typed(PIN)).wait().unwrap();
    let card = phone.people().relationships().wait().unwrap().remove(0);
    assert_eq!(card.status, Status::Paused);
    assert!(card.is_paused_by_me);
    let shares = phone.people().shares().wait().unwrap();
    assert_eq!(shares.len(), 1, "what waited has left no trace");
    assert!(shares.iter().all(|card| card.share.over.is_some()));
    let messages = phone.people().messages(phone.id, "UTC".to_owned(), None, 10);
    assert_eq!(messages.wait().unwrap().len(), 1, "what is said waits until they go on");
}

#[test]
fn an_archive_without_people_names_none_of_them() {
    let mut phone = Phone::new(5);
    let theirs = phone.dee.card().relationship.id;
    let question = NewMessage::new(Saying::OpenQuestion, "What was the night like?");
    let question = phone.dee.engine.say_message(theirs, question).unwrap();
    phone.settle();
    let people = phone.people();
    people.messages(phone.id, "UTC".to_owned(), None, 10).wait().unwrap();
    people.keep_question(phone.id, question).wait().unwrap();
    people.move_person(phone.id, None).wait().unwrap();
    people.set_people_order(PeopleOrder::ByName).wait().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = |people: bool| {
        let path = folder.path().join(people.to_string());
        let options = ExportOptions {
            people,
            ..ExportOptions::new(ExportFormat::Archive)
        };
        let exported = phone.vault.journal().export(path.clone(), options, |_, _| {});
        exported.wait().unwrap();
        let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut text = String::new();
        archive
            .by_name("settings.json")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let (whole, without) = (settings(true), settings(false));
    for of_people in ["Dee", "asked_by", "person/", "people/", &phone.id.to_string()] {
        assert!(whole.contains(of_people), "{of_people}");
        assert!(!without.contains(of_people), "{of_people}");
    }
    assert!(
        without.contains("What was the night like?"),
        "the question is their own"
    );
}
