//! The recovery phrase: set on one device, and used when none is left.

use cairn_core::crypto::{
    BoxPlace, EpochKey, Phrase, PhraseLength, SigningKey, SlotKey, SpaceKeys, recovery_slot, seal_key_box,
    seal_recovery_box,
};
use cairn_core::store::{SpaceRow, Store, StoreConfig};
use cairn_core::sync::{Ask, Transport as _, TransportError};
use cairn_core::vault::{Error, Handshake, Next, RecoveryState, Shredding};
use cairn_tests::{Device, KEY, RawSession, SeededEntropy, World, drive, texts};
use cairn_wire::message::{
    ChallengeAnswer, ChallengeRequest, EraseAnswer, EraseRequest, SessionAnswer, SessionRequest,
};
use cairn_wire::{CLOSES_SLOT, Header, RecordId, session_bytes};
use std::collections::BTreeMap;
use std::path::Path;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn one(seed: u64) -> (World, Device) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    phone.connect(&world);
    phone.write("Before the phrase.");
    phone.sync(&world);
    (world, phone)
}

fn recover(world: &World, new: &mut Device, phrase: &str) -> Result<(), Error> {
    new.engine.recover(world.origin(), phrase)?;
    new.alone(world, Handshake::Recover)
}

#[test]
fn a_journal_comes_back_from_its_phrase_with_every_device_gone() {
    let (world, mut phone) = one(1);
    assert_eq!(phone.engine.recovery_state().unwrap(), RecoveryState::None);
    let phrase = phone.set_phrase(&world);
    assert_eq!(phone.engine.recovery_state().unwrap(), RecoveryState::Set);
    phone.write("After the phrase.");
    phone.sync(&world);
    let lost = phone.id();
    drop(phone);
    let mut new = Device::new(&world, 11, "new phone");
    recover(&world, &mut new, &phrase.to_uppercase().replace(' ', "\n")).unwrap();
    new.sync(&world);
    assert_eq!(texts(&new.engine), ["After the phrase.", "Before the phrase."]);
    assert_eq!(new.engine.recovery_state().unwrap(), RecoveryState::Used);
    assert_eq!(new.engine.devices().unwrap().len(), 2);
    // With the phrase at hand it outranks the one that is lost, new as it is.
    new.engine.remove_device(lost).unwrap();
    new.sync(&world);
    assert_eq!(new.engine.devices().unwrap().len(), 1);
    // And the words that were typed are replaced by others.
    let second = new.set_phrase(&world);
    assert_ne!(phrase, second);
    assert_eq!(new.engine.recovery_state().unwrap(), RecoveryState::Set);
    new.write("Under the second phrase.");
    new.sync(&world);
    drop(new);
    let mut third = Device::new(&world, 12, "third");
    assert!(matches!(
        recover(&world, &mut third, &phrase),
        Err(Error::PhraseUnknown)
    ));
    recover(&world, &mut third, &second).unwrap();
    third.sync(&world);
    assert_eq!(texts(&third.engine).len(), 3);
    third.write("Back again.");
    third.sync(&world);
}

#[test]
fn words_that_are_not_the_ones_are_said_to_be_and_nothing_is_kept() {
    let (world, mut phone) = one(2);
    let phrase = phone.set_phrase(&world);
    let mut new = Device::new(&world, 21, "new");
    for (typed, is_phrase) in [
        ("", false),
        ("abandon abandon abandon", false),
        (
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
            false,
        ),
        (
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            true,
        ),
    ] {
        let error = recover(&world, &mut new, typed).unwrap_err();
        let is_expected =
            matches!(error, Error::PhraseUnknown) == is_phrase && matches!(error, Error::BadPhrase) != is_phrase;
        assert!(is_expected, "{typed}: {error:?}");
    }
    let mut words: Vec<&str> = phrase.split(' ').collect();
    words.swap(0, 11);
    assert!(recover(&world, &mut new, &words.join(" ")).is_err());
    assert!(texts(&new.engine).is_empty() && new.engine.relay().unwrap().is_none());
    new.write("Mine already.");
    assert!(matches!(recover(&world, &mut new, &phrase), Err(Error::NotEmpty)));
}

#[test]
fn a_phrase_counts_only_once_its_words_were_typed_back() {
    let (world, mut phone) = one(3);
    let words = phone.engine.new_phrase(PhraseLength::TwentyFour).unwrap();
    assert_eq!(words.len(), 24);
    let asked = phone.engine.phrase_asked().unwrap();
    assert!(asked.windows(2).all(|pair| pair[0] < pair[1]) && asked.iter().all(|at| (1..=24).contains(at)));
    let wrong = asked.map(|at| words[at % 24].clone());
    assert!(matches!(phone.engine.confirm_phrase(&wrong), Err(Error::WrongWords)));
    assert!(matches!(phone.engine.confirm_phrase(&[]), Err(Error::WrongWords)));
    assert!(phone.alone(&world, Handshake::SetPhrase).is_err());
    phone.sync(&world);
    assert_eq!(phone.engine.recovery_state().unwrap(), RecoveryState::None);
    let right = asked.map(|at| format!(" {} ", words[at - 1].to_uppercase()));
    phone.engine.confirm_phrase(&right).unwrap();
    // The network went away just then: the words on the paper are not to be in vain.
    phone.engine.handshake_next(Handshake::SetPhrase).unwrap();
    phone.engine.confirm_phrase(&right).unwrap();
    phone.alone(&world, Handshake::SetPhrase).unwrap();
    assert_eq!(phone.engine.recovery_state().unwrap(), RecoveryState::Set);
    let mut new = Device::new(&world, 31, "new");
    recover(&world, &mut new, &words.join(" ")).unwrap();
}

#[test]
fn a_phrase_stays_good_through_removals_and_new_devices() {
    let (world, mut phone) = one(4);
    let phrase = phone.set_phrase(&world);
    let mut tablet = Device::new(&world, 41, "tablet");
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    phone.engine.remove_device(tablet.id()).unwrap();
    phone.write("In the third epoch.");
    for _ in 0..2 {
        phone.sync(&world);
    }
    assert_eq!(phone.engine.recovery_state().unwrap(), RecoveryState::Set);
    drop(phone);
    let mut new = Device::new(&world, 42, "new");
    recover(&world, &mut new, &phrase).unwrap();
    new.sync(&world);
    assert_eq!(texts(&new.engine), ["Before the phrase.", "In the third epoch."]);
    // The removed one finds the relay closed, and knows no phrase.
    assert_eq!(drive(&mut tablet.engine, &world.line()).unwrap().failed.len(), 1);
}

#[test]
fn a_recovery_that_breaks_off_begins_again_with_the_words() {
    let (world, mut phone) = one(5);
    let phrase = phone.set_phrase(&world);
    drop(phone);
    for steps in 0..12 {
        let mut new = Device::new(&world, 500 + steps, &format!("new {steps}"));
        new.engine.recover(world.origin(), &phrase).unwrap();
        let mut line = StepsThenSilence {
            world: &world,
            left: steps,
        };
        new.engine = break_off(new.engine, &mut line);
        match recover(&world, &mut new, &phrase) {
            Ok(()) => {}
            // It was in already.
            Err(Error::NotEmpty) => assert!(steps > 6, "after {steps} steps"),
            Err(error) => panic!("after {steps} steps: {error:?}"),
        }
        new.sync(&world);
        assert_eq!(texts(&new.engine), ["Before the phrase."], "after {steps} steps");
        assert!(new.engine.devices().unwrap().iter().any(|card| card.is_this_one));
    }
}

struct StepsThenSilence<'a> {
    world: &'a World,
    left: u64,
}

/// Goes some steps on the way back in, then forgets everything that was in memory.
fn break_off(mut engine: cairn_core::vault::Engine, line: &mut StepsThenSilence<'_>) -> cairn_core::vault::Engine {
    use cairn_core::sync::Transport as _;
    use cairn_core::vault::Next;
    while line.left > 0 {
        line.left -= 1;
        match engine.handshake_next(Handshake::Recover).unwrap() {
            Next::Ask(request) => {
                let response = line.world.line().send(&request).unwrap();
                engine.handshake_answer(Handshake::Recover, &response).unwrap();
            }
            Next::Sync => drop(drive(&mut engine, &line.world.line()).unwrap()),
            Next::TypeDigits(_) | Next::Done => break,
        }
    }
    engine.handshake_cancel(Handshake::Recover).unwrap();
    engine.forget_phrase();
    engine
}

#[test]
fn a_young_device_does_not_set_a_phrase_and_one_with_the_phrase_does() {
    let (world, mut phone) = one(6);
    let phrase = phone.set_phrase(&world);
    let mut tablet = Device::new(&world, 61, "tablet");
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    assert!(matches!(
        tablet.engine.new_phrase(PhraseLength::Twelve),
        Err(Error::NotSettled)
    ));
    assert!(matches!(
        tablet.engine.remove_device(phone.id()),
        Err(Error::NotSettled)
    ));
    assert!(matches!(
        tablet
            .engine
            .use_phrase("legal winner thank year wave sausage worth useful legal winner thank yellow"),
        Err(Error::PhraseUnknown)
    ));
    tablet.engine.use_phrase(&phrase).unwrap();
    tablet.engine.remove_device(phone.id()).unwrap();
    tablet.sync(&world);
    assert_eq!(tablet.engine.devices().unwrap().len(), 1);
    let second = tablet.set_phrase(&world);
    let mut new = Device::new(&world, 62, "new");
    assert!(recover(&world, &mut new, &phrase).is_err());
    recover(&world, &mut new, &second).unwrap();
}

#[test]
fn no_word_of_a_phrase_is_kept_anywhere() {
    let (world, mut phone) = one(7);
    let phrase = phone.set_phrase(&world);
    let pages = phone.pages();
    let at_rest = world.bytes_at_rest();
    for pair in phrase.split(' ').collect::<Vec<_>>().windows(2) {
        let two = pair.join(" ");
        for place in [&pages, &at_rest] {
            assert!(
                !place
                    .windows(two.len())
                    .any(|bytes| bytes.eq_ignore_ascii_case(two.as_bytes()))
            );
        }
    }
}

fn home(device: &Device) -> SpaceRow {
    device.engine.store().view().spaces().unwrap().remove(0)
}

/// A phone and a tablet, old enough to set a phrase.
fn two(seed: u64) -> (World, Device, Device) {
    let (world, mut phone) = one(seed);
    let mut tablet = Device::new(&world, seed, "tablet");
    phone.pair(&world, &mut tablet);
    for _ in 0..3 {
        tablet.sync(&world);
        phone.sync(&world);
    }
    world.clock.advance_ms(8 * DAY_MS);
    tablet.sync(&world);
    phone.sync(&world);
    (world, phone, tablet)
}

/// Words that were shown and typed back; they are to be put in their place.
fn typed_back(device: &mut Device) -> String {
    let words = device.engine.new_phrase(PhraseLength::Twelve).unwrap();
    let asked = device.engine.phrase_asked().unwrap();
    device
        .engine
        .confirm_phrase(&asked.map(|at| words[at - 1].clone()))
        .unwrap();
    words.join(" ")
}

/// Takes the steps of setting a phrase up to where everything that is left is sync.
fn place_kit(world: &World, device: &mut Device) {
    while let Next::Ask(request) = device.engine.handshake_next(Handshake::SetPhrase).unwrap() {
        let response = world.line().send(&request).unwrap();
        device.engine.handshake_answer(Handshake::SetPhrase, &response).unwrap();
    }
}

/// A round whose every request of this path is lost.
fn drive_without(world: &World, device: &mut Device, path: &str) {
    device.engine.sync_begin().unwrap();
    while let Some(request) = device.engine.sync_next() {
        let answer = if request.path == path {
            Err(TransportError::Offline)
        } else {
            world.line().send(&request)
        };
        device.engine.sync_answer(answer);
    }
    device.engine.sync_end().unwrap();
}

fn opens(world: &World, seed: u64, phrase: &str, expected: &[String]) {
    let mut new = Device::new(world, seed, "new");
    recover(world, &mut new, phrase).unwrap();
    new.sync(world);
    assert_eq!(texts(&new.engine), expected);
}

/// Whether the relay lets whoever has this key into a space.
fn is_let_in(world: &World, space: &SpaceRow, key: &SigningKey) -> bool {
    let (space, origin) = (space.id, world.origin());
    let challenge = Ask::request(origin, "/v1/challenge", &ChallengeRequest { space }, 0);
    let ChallengeAnswer { nonce, .. } = Ask::answer(&world.line().send(&challenge).unwrap()).unwrap();
    let proof = SessionRequest {
        space,
        nonce,
        key: key.public(),
        signature: key.sign(&session_bytes(origin, &space, &nonce, &key.public())),
    };
    let session = world
        .line()
        .send(&Ask::request(origin, "/v1/session", &proof, 0))
        .unwrap();
    Ask::answer::<SessionAnswer>(&session).is_ok()
}

fn opens_nothing(world: &World, seed: u64, phrase: &str) {
    let mut new = Device::new(world, seed, "new");
    let error = recover(world, &mut new, phrase).unwrap_err();
    assert!(matches!(error, Error::PhraseUnknown), "{error:?}");
}

#[test]
fn a_box_whose_slot_somebody_closes_or_fills_is_put_again_and_the_state_says_what_stands() {
    let (world, mut phone) = one(8);
    let phrase = phone.set_phrase(&world);
    let kem = Phrase::parse(&phrase).unwrap().keys().kem.public();
    for round in 0..3_u32 {
        let row = home(&phone);
        let session = RawSession::of(&world, &row);
        let place = |edition, flags, merged_upto| BoxPlace {
            edition,
            flags,
            epoch: row.epoch,
            incarnation: row.incarnation,
            merged_upto,
        };
        let mut entropy = SeededEntropy::new(u64::from(round), "somebody");
        if round < 2 {
            // Whoever is let in can close it, one slot after the other.
            let record = seal_recovery_box(&kem, row.id, &[], place(round, CLOSES_SLOT, 0), &mut entropy).unwrap();
            let message = EraseRequest {
                token: session.token(),
                space: row.id,
                record: record.as_slice().into(),
            };
            let answer = world
                .line()
                .send(&Ask::request(world.origin(), "/v1/erase", &message, 0));
            let _receipt: EraseAnswer = Ask::answer(&answer.unwrap()).unwrap();
        } else {
            // Or put something else there that replaces it; the relay itself can do that.
            let body = vec![0x5a; 2_048];
            let header = Header {
                flags: 0,
                space: row.id,
                record_id: RecordId::from_bytes([0x5a; 16]),
                slot: recovery_slot(&kem, row.id, 2),
                epoch: row.epoch,
                incarnation: row.incarnation,
                merged_upto: row.cursor,
                expires_day: 0,
                length: 2_048,
            };
            session.append(&[[header.encode().as_slice(), &body].concat()]);
        }
        drive_without(&world, &mut phone, "/v1/append");
        assert_eq!(
            phone.engine.recovery_state().unwrap(),
            RecoveryState::OnItsWay,
            "round {round}"
        );
        phone.sync(&world);
        assert_eq!(
            phone.engine.recovery_state().unwrap(),
            RecoveryState::Set,
            "round {round}"
        );
        opens(&world, 80 + u64::from(round), &phrase, &texts(&phone.engine));
        phone.sync(&world);
    }
}

#[test]
fn an_old_phrase_ends_though_the_device_that_set_the_new_one_is_lost() {
    let (world, mut phone, mut tablet) = two(9);
    let first = phone.set_phrase(&world);
    tablet.sync(&world);
    let second = typed_back(&mut phone);
    place_kit(&world, &mut phone);
    // The link that says so arrives, and the phone falls into the sea.
    phone.engine.sync_begin().unwrap();
    while let Some(request) = phone.engine.sync_next() {
        let answer = world.line().send(&request);
        if request.path == "/v1/append" {
            break;
        }
        phone.engine.sync_answer(answer);
    }
    drop(phone);
    let access = Phrase::parse(&first).unwrap().keys().access;
    assert!(is_let_in(&world, &home(&tablet), &access));
    for _ in 0..4 {
        tablet.sync(&world);
    }
    assert!(!is_let_in(&world, &home(&tablet), &access));
    assert_eq!(tablet.engine.recovery_state().unwrap(), RecoveryState::Set);
    opens_nothing(&world, 91, &first);
    tablet.write("Since then.");
    tablet.sync(&world);
    opens(&world, 92, &second, &texts(&tablet.engine));
}

#[test]
fn of_two_phrases_made_at_once_the_first_counts_and_the_other_device_says_that_its_words_do_not() {
    let (world, mut phone, mut tablet) = two(10);
    let first = typed_back(&mut phone);
    let second = typed_back(&mut tablet);
    place_kit(&world, &mut tablet);
    phone.alone(&world, Handshake::SetPhrase).unwrap();
    let error = tablet.alone(&world, Handshake::SetPhrase).unwrap_err();
    assert!(matches!(error, Error::PhraseOvertaken), "{error:?}");
    for _ in 0..3 {
        tablet.sync(&world);
        phone.sync(&world);
    }
    for device in [&phone, &tablet] {
        assert_eq!(device.engine.recovery_state().unwrap(), RecoveryState::Set);
    }
    opens_nothing(&world, 101, &second);
    opens(&world, 102, &first, &texts(&phone.engine));
}

#[test]
fn a_phrase_at_hand_that_was_replaced_is_at_hand_no_more_and_sync_goes_on() {
    let (world, mut phone) = one(11);
    let first = phone.set_phrase(&world);
    let mut tablet = Device::new(&world, 11, "tablet");
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    tablet.engine.use_phrase(&first).unwrap();
    let second = phone.set_phrase(&world);
    tablet.engine.shred().unwrap();
    for _ in 0..6 {
        tablet.sync(&world);
        phone.sync(&world);
    }
    assert_eq!(tablet.engine.shredding().unwrap(), Shredding::Done);
    let error = tablet.engine.remove_device(phone.id()).unwrap_err();
    assert!(matches!(error, Error::NotSettled), "{error:?}");
    tablet.engine.use_phrase(&second).unwrap();
    tablet.engine.remove_device(phone.id()).unwrap();
    tablet.sync(&world);
    assert_eq!(tablet.engine.devices().unwrap().len(), 1);
}

#[test]
fn a_recovery_that_got_half_in_goes_on_with_the_phrase_that_counts_now() {
    let (world, mut phone) = one(12);
    let first = phone.set_phrase(&world);
    let mut new = Device::new(&world, 121, "new");
    new.engine.recover(world.origin(), &first).unwrap();
    // Up to where the box was opened.
    while let Next::Ask(request) = new.engine.handshake_next(Handshake::Recover).unwrap() {
        let response = world.line().send(&request).unwrap();
        new.engine.handshake_answer(Handshake::Recover, &response).unwrap();
    }
    let second = phone.set_phrase(&world);
    phone.write("Meanwhile.");
    phone.sync(&world);
    new.engine.handshake_cancel(Handshake::Recover).unwrap();
    new.engine.forget_phrase();
    assert!(recover(&world, &mut new, &first).is_err());
    recover(&world, &mut new, &second).unwrap();
    new.sync(&world);
    assert_eq!(texts(&new.engine), texts(&phone.engine));
    assert_eq!(new.engine.recovery_state().unwrap(), RecoveryState::Used);
}

#[test]
fn a_recovery_that_got_half_in_opens_the_epoch_that_began_while_its_phrase_was_away() {
    let (world, mut phone) = one(14);
    let phrase = phone.set_phrase(&world);
    let mut new = Device::new(&world, 141, "new");
    new.engine.recover(world.origin(), &phrase).unwrap();
    while let Next::Ask(request) = new.engine.handshake_next(Handshake::Recover).unwrap() {
        let response = world.line().send(&request).unwrap();
        new.engine.handshake_answer(Handshake::Recover, &response).unwrap();
    }
    // The relay lets it in by itself from now on; it is not in the chain when the app ends.
    drive_without(&world, &mut new, "/v1/read");
    new.engine.handshake_cancel(Handshake::Recover).unwrap();
    new.engine.forget_phrase();
    phone.engine.shred().unwrap();
    for _ in 0..3 {
        phone.sync(&world);
    }
    phone.write("Under another key.");
    phone.sync(&world);
    drop(drive(&mut new.engine, &world.line()).unwrap());
    recover(&world, &mut new, &phrase).unwrap();
    new.sync(&world);
    phone.sync(&world);
    assert_eq!(texts(&new.engine), texts(&phone.engine));
    new.write("Written by both.");
    new.sync(&world);
    phone.sync(&world);
    assert_eq!(texts(&new.engine), texts(&phone.engine));
}

#[test]
fn a_box_that_claims_a_later_epoch_than_there_is_does_not_take_the_place_of_the_right_one() {
    let (world, mut phone) = one(15);
    let phrase = phone.set_phrase(&world);
    let kem = Phrase::parse(&phrase).unwrap().keys().kem.public();
    let row = home(&phone);
    let keys = SpaceKeys {
        slot_key: SlotKey::from_bytes(row.slot_key),
        epoch_keys: BTreeMap::from([(1 << 31, EpochKey::from_bytes([9; 32]))]),
    };
    let mut entropy = SeededEntropy::new(15, "somebody");
    let key_box = seal_key_box(&row.id, std::slice::from_ref(&kem), &keys, &mut entropy).unwrap();
    let place = BoxPlace {
        edition: 7,
        flags: 0,
        epoch: row.epoch,
        incarnation: row.incarnation,
        merged_upto: 0,
    };
    let record = seal_recovery_box(&kem, row.id, &key_box, place, &mut entropy).unwrap();
    RawSession::of(&world, &row).append(&[record]);
    phone.sync(&world);
    opens(&world, 151, &phrase, &texts(&phone.engine));
}

fn opened(world: &World, folder: &Path, seed: u64, name: &str) -> Device {
    let store = Store::open(&StoreConfig::new(folder), &KEY).unwrap();
    Device::over(world, store, seed, name)
}

#[test]
fn a_new_phrase_is_not_dropped_in_silence_when_this_device_ends() {
    let (world, mut phone) = one(13);
    let first = phone.set_phrase(&world);
    let folder = tempfile::tempdir().unwrap();
    let mut tablet = opened(&world, folder.path(), 131, "tablet");
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    // The words were typed back where there is no relay, and nobody has them when the app is opened again.
    tablet.engine.use_phrase(&first).unwrap();
    let lost = typed_back(&mut tablet);
    drop(tablet);
    let mut tablet = opened(&world, folder.path(), 132, "tablet");
    assert_eq!(tablet.engine.recovery_state().unwrap(), RecoveryState::InVain);
    tablet.sync(&world);
    assert_eq!(tablet.engine.recovery_state().unwrap(), RecoveryState::InVain);
    opens_nothing(&world, 133, &lost);
    // The kit is in its place, and the phrase that may say so is not at hand any more.
    tablet.engine.use_phrase(&first).unwrap();
    let second = typed_back(&mut tablet);
    place_kit(&world, &mut tablet);
    drop(tablet);
    let mut tablet = opened(&world, folder.path(), 134, "tablet");
    for _ in 0..2 {
        tablet.sync(&world);
        assert_eq!(tablet.engine.recovery_state().unwrap(), RecoveryState::NeedsPhrase);
    }
    opens(&world, 135, &first, &texts(&tablet.engine));
    tablet.engine.use_phrase(&first).unwrap();
    for _ in 0..3 {
        tablet.sync(&world);
    }
    assert_eq!(tablet.engine.recovery_state().unwrap(), RecoveryState::Set);
    opens_nothing(&world, 136, &first);
    opens(&world, 137, &second, &texts(&tablet.engine));
}
