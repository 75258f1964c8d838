//! The recovery phrase: set on one device, and used when none is left.

use cairn_core::crypto::PhraseLength;
use cairn_core::vault::{Error, Handshake, RecoveryState};
use cairn_tests::{Device, World, drive, texts};

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
