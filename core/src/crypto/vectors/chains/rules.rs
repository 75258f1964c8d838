//! Who may say what in a device chain, against a second account of the rules: random links by random authors.

use proptest::prelude::*;
use std::sync::LazyLock;

use super::*;
use crate::crypto::{Added, Epoch, Found, NotStanding, Removed};
use crate::limits::{DEVICE_SETTLES_MS, DEVICES_BY_PHRASE_MAX, DEVICES_MAX};

const DEVICES: usize = 9;
const PHRASES: usize = 3;
const SPARE_KEMS: usize = 4;
const STRANGER: usize = DEVICES + PHRASES;

/// Keys that are made once: first those of the devices, then those of the phrases, then spare ones.
static KEMS: LazyLock<Vec<KemPublic>> = LazyLock::new(|| {
    let numbers = 0..u8::try_from(DEVICES + PHRASES + SPARE_KEMS).unwrap();
    numbers.map(|number| kem(100 + number).public()).collect()
});

/// The key that one signs with: a device, then a phrase, then a stranger.
fn key(who: usize) -> SigningKey {
    signing(u8::try_from(who * 2).unwrap())
}

fn access(who: usize) -> PublicKey {
    signing(u8::try_from(who * 2 + 1).unwrap()).public()
}

fn device_of(who: usize) -> Device {
    Device {
        signing: key(who).public(),
        kem: KEMS[who].clone(),
        access: access(who),
        name: String::new(),
    }
}

fn phrase_of(number: usize) -> Recovery {
    let Device {
        signing, kem, access, ..
    } = device_of(DEVICES + number);
    Recovery { signing, kem, access }
}

#[derive(Debug, Clone, Copy)]
enum Author {
    /// One of the devices that are there, by age.
    Present(usize),
    Anybody(usize),
    Phrase,
}

#[derive(Debug, Clone, Copy)]
enum Time {
    /// So much after the newest head, or before it.
    Later(i64),
    /// A week after its author was added, and so much.
    Settling(i64),
}

#[derive(Debug, Clone)]
enum Says {
    Add(usize),
    /// By age, or anybody.
    Remove(Vec<Author>, u64),
    NewEpoch(u32),
    Rekey(usize),
    Phrase(usize),
    LetGo(u32),
    Gone(u32),
    Erase,
    Keep,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Right,
    OtherIndex,
    OtherPrevious,
    Flipped,
}

fn author() -> impl Strategy<Value = Author> {
    prop_oneof![
        6 => (0..DEVICES).prop_map(Author::Present),
        1 => (0..=STRANGER).prop_map(Author::Anybody),
        1 => Just(Author::Phrase),
    ]
}

fn time() -> impl Strategy<Value = Time> {
    let week = i64::try_from(WEEK).unwrap();
    prop_oneof![
        3 => prop::sample::select(vec![-week, -1, 0, 1, week / 7, week / 3]).prop_map(Time::Later),
        1 => (-1_i64..=1).prop_map(Time::Settling),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        6 => (0..DEVICES).prop_map(Says::Add),
        4 => (prop::collection::vec(author(), 0..4), prop_oneof![9 => 0..=300_u64, 1 => Just(301)])
            .prop_map(|(removed, upto)| Says::Remove(removed, upto)),
        1 => prop_oneof![4 => Just(1_u32), 1 => 0..3_u32].prop_map(Says::NewEpoch),
        2 => (0..KEMS.len()).prop_map(Says::Rekey),
        2 => (0..PHRASES).prop_map(Says::Phrase),
        2 => (0..5_u32).prop_map(Says::LetGo),
        2 => (0..5_u32).prop_map(Says::Gone),
        2 => Just(Says::Erase),
        1 => Just(Says::Keep),
        1 => Just(Says::Unknown),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        20 => Just(Place::Right),
        1 => Just(Place::OtherIndex),
        1 => Just(Place::OtherPrevious),
        1 => Just(Place::Flipped),
    ]
}

/// The rules once more, in other words.
struct Model {
    /// The devices that are there, the oldest first, and when each came.
    here: Vec<(usize, u64)>,
    gone: BTreeMap<usize, u64>,
    phrases: Vec<usize>,
    kems: Vec<usize>,
    clock: u64,
    epoch: u32,
    let_go: u32,
    said_gone: BTreeMap<usize, u32>,
    /// Who asked to erase everything, and when by the chain's clock.
    asked: Option<(usize, u64)>,
}

impl Model {
    fn new() -> Self {
        Self {
            here: vec![(0, 0)],
            gone: BTreeMap::new(),
            phrases: Vec::new(),
            kems: vec![0],
            clock: 0,
            epoch: 1,
            let_go: 1,
            said_gone: BTreeMap::new(),
            asked: None,
        }
    }

    fn who(&self, author: Author) -> usize {
        match author {
            Author::Present(age) => self.here[age % self.here.len()].0,
            Author::Anybody(who) => who,
            Author::Phrase => self.phrases.last().map_or(STRANGER, |phrase| DEVICES + phrase),
        }
    }

    fn age(&self, who: usize) -> Option<usize> {
        self.here.iter().position(|one| one.0 == who)
    }

    fn is_phrase(&self, who: usize) -> bool {
        self.phrases.last().is_some_and(|phrase| DEVICES + phrase == who)
    }

    fn time(&self, time: Time, who: usize) -> u64 {
        let newest = self.clock.max(START);
        match time {
            Time::Later(later) => newest.saturating_add_signed(later),
            Time::Settling(later) => match self.age(who) {
                Some(age) if self.here[age].1 > 0 => (self.here[age].1 + WEEK).saturating_add_signed(later),
                _ => newest,
            },
        }
    }

    fn is_settled(&self, who: usize, time: u64) -> bool {
        match self.age(who) {
            Some(0) => true,
            Some(age) => self.clock.max(time) >= self.here[age].1 + WEEK,
            None => self.is_phrase(who),
        }
    }

    /// Whether the chain takes this. If so, it is done.
    fn takes(&mut self, who: usize, says: &Says, removed: &[usize], time: u64) -> bool {
        if self.age(who).is_none() && !self.is_phrase(who) {
            return false;
        }
        let is_settled = self.is_settled(who, time);
        match says {
            Says::Add(new) => {
                if self.age(*new).is_some() || self.gone.contains_key(new) || self.kems.contains(new) {
                    return false;
                }
                self.clock = self.clock.max(time);
                self.here.push((*new, self.clock));
                self.kems.push(*new);
            }
            Says::Remove(_, upto) => {
                let may = |other: &usize| match (self.age(*other), self.age(who)) {
                    (None, _) => false,
                    (Some(age), Some(own)) => age != own && (age > own || is_settled),
                    (Some(_), None) => true,
                };
                let rest = self.here.iter().filter(|one| !removed.contains(&one.0)).count();
                if removed.is_empty() || rest == 0 || *upto > 300 || !removed.iter().all(may) {
                    return false;
                }
                self.here.retain(|one| !removed.contains(&one.0));
                self.gone.extend(removed.iter().map(|one| (*one, *upto)));
                self.clock = self.clock.max(time);
                self.epoch += 1;
            }
            Says::NewEpoch(more) => {
                if *more != 1 {
                    return false;
                }
                self.epoch += 1;
            }
            Says::Rekey(kem) => {
                if self.is_phrase(who) || self.kems.contains(kem) {
                    return false;
                }
                self.kems.push(*kem);
            }
            Says::Phrase(number) => {
                let kem = DEVICES + number;
                if !is_settled || self.phrases.contains(number) || self.kems.contains(&kem) {
                    return false;
                }
                self.phrases.push(*number);
                self.kems.push(kem);
                self.clock = self.clock.max(time);
            }
            Says::LetGo(epoch) => {
                if *epoch <= self.let_go || *epoch > self.epoch {
                    return false;
                }
                self.let_go = *epoch;
            }
            Says::Gone(epoch) => {
                let said = self.said_gone.get(&who).is_some_and(|said| said >= epoch);
                if self.is_phrase(who) || said || *epoch > self.let_go {
                    return false;
                }
                self.said_gone.insert(who, *epoch);
            }
            Says::Erase => {
                let stands = match self.asked {
                    None => false,
                    Some((asker, _)) => !self.is_phrase(who) || asker >= DEVICES,
                };
                if stands || !is_settled {
                    return false;
                }
                self.clock = self.clock.max(time);
                self.asked = Some((who, self.clock));
            }
            Says::Keep => {
                if self.asked.is_none() {
                    return false;
                }
                self.clock = self.clock.max(time);
                self.asked = None;
            }
            Says::Unknown => return false,
        }
        true
    }
}

/// Everything that a chain shows.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    debug: String,
    devices: BTreeMap<PublicKey, Device>,
    removed: BTreeMap<PublicKey, Removed>,
    added: Vec<Option<Added>>,
    recoveries: Vec<Recovery>,
    epochs: BTreeMap<u32, Epoch>,
    place: (LinkHash, LinkHash, u64),
}

fn shown(chain: &DeviceChain) -> Shown {
    Shown {
        debug: format!("{chain:?}"),
        devices: chain.devices().clone(),
        removed: chain.removed().clone(),
        added: (0..=STRANGER).map(|who| chain.added(&key(who).public())).collect(),
        recoveries: chain.recoveries().to_vec(),
        epochs: chain.epochs().clone(),
        place: (chain.genesis(), chain.tip(), chain.length()),
    }
}

fn link(chain: &DeviceChain, model: &Model, who: usize, says: &Says, removed: &[usize], time: u64) -> Payload {
    let mut head = head(0);
    head.time_ms = time;
    let head = signed_head(&signing(0xf0), head);
    let (kind, body, epoch) = match says {
        Says::Add(new) => (ADD, add_body(&device_of(*new), &head), None),
        Says::Remove(_, upto) => {
            let mut removed: Vec<_> = removed.iter().map(|one| (key(*one).public(), *upto)).collect();
            removed.sort();
            let epoch = model.epoch + 1;
            (REMOVE, removal_body(epoch, &removed, &head), Some(epoch))
        }
        Says::NewEpoch(more) => {
            let epoch = model.epoch + more;
            (NEW_EPOCH, epoch_body(epoch), Some(epoch))
        }
        Says::Rekey(kem) => (REKEY, rekey_body(&KEMS[*kem]), None),
        Says::Phrase(number) => (RECOVERY, recovery_body(&phrase_of(*number), &head), None),
        Says::LetGo(epoch) => (LET_GO, before_body(*epoch), None),
        Says::Gone(epoch) => (GONE, before_body(*epoch), None),
        Says::Erase => (ERASE, head_body(&head), None),
        Says::Keep => (KEEP, head_body(&head), None),
        Says::Unknown => (36, vec![0xa0], None),
    };
    next((chain.length(), chain.tip()), &key(who), kind, body, epoch)
}

fn founded() -> DeviceChain {
    let founded = DeviceChain::found(
        &key(0),
        space(),
        device_of(0),
        relay(),
        Seen::nothing(&space()),
        &epoch_key(1),
        Some(key_box()),
    );
    founded.unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn a_chain_takes_exactly_the_links_that_the_rules_allow(
        attempts in prop::collection::vec((author(), says(), time(), place()), 1..40),
    ) {
        let (mut chain, mut model) = (founded(), Model::new());
        for (author, says, time, place) in attempts {
            let who = model.who(author);
            let time = model.time(time, who);
            let mut removed = match &says {
                Says::Remove(removed, _) => removed.iter().map(|one| model.who(*one)).collect(),
                _ => Vec::new(),
            };
            removed.sort_unstable();
            removed.dedup();
            let mut payload = link(&chain, &model, who, &says, &removed, time);
            match place {
                Place::OtherIndex => payload.index += 1,
                Place::OtherPrevious => payload.previous = LinkHash::from_bytes([7; 32]),
                Place::Right | Place::Flipped => (),
            }
            let mut bytes = payload.sign(&key(who));
            if place == Place::Flipped {
                bytes = flipped(&bytes, bytes.len() - 1, 1);
            }
            let (before, shown_before) = (chain.clone(), shown(&chain));
            for other in 0..=STRANGER {
                let is_settled = chain.is_settled(&key(other).public(), time);
                prop_assert_eq!(is_settled, model.is_settled(other, time), "{} at {}", other, time);
            }
            let ages: Vec<usize> = model.here.iter().map(|one| one.0).collect();
            let was_settled = model.is_settled(who, time);
            let taken = chain.append(&bytes).is_ok();
            let allowed = place == Place::Right && model.takes(who, &says, &removed, time);
            prop_assert_eq!(taken, allowed, "{:?} by {} at {}", says, who, time);
            if !taken {
                prop_assert_eq!(shown(&chain), shown_before);
                continue;
            }
            // Whatever the model believes: these hold for every link that was taken.
            prop_assert_eq!(chain.length(), before.length() + 1);
            prop_assert!(!chain.devices().is_empty() && chain.devices().len() <= DEVICES_BY_PHRASE_MAX);
            prop_assert!(chain.devices().keys().all(|one| !before.removed().contains_key(one)));
            prop_assert!(before.removed().iter().all(|(one, gone)| chain.removed().get(one) == Some(gone)));
            let age = |who: usize| ages.iter().position(|one| *one == who);
            for one in ages.iter().filter(|one| chain.device(&key(**one).public()).is_none()) {
                prop_assert_ne!(*one, who);
                prop_assert!(was_settled || age(who) < age(*one));
            }
            // And the two agree.
            let here: Vec<PublicKey> = chain.devices().keys().copied().collect();
            let mut expected: Vec<PublicKey> = model.here.iter().map(|one| key(one.0).public()).collect();
            expected.sort();
            prop_assert_eq!(here, expected);
            for (one, time_ms) in &model.here {
                prop_assert_eq!(chain.added(&key(*one).public()).map(|added| added.time_ms), Some(*time_ms));
            }
            let recoveries: Vec<Recovery> = model.phrases.iter().map(|number| phrase_of(*number)).collect();
            prop_assert_eq!(chain.recoveries(), recoveries.as_slice());
            prop_assert_eq!((chain.current_epoch(), chain.let_go()), (model.epoch, model.let_go));
            let ending = chain.ending().map(|ending| (ending.author, ending.asked_at_ms, ending.at_once));
            let asked = model.asked.map(|(who, at)| (key(who).public(), at, who >= DEVICES));
            prop_assert_eq!(ending, asked);
            for (one, said) in model.said_gone.iter().filter(|(one, _)| model.age(**one).is_some()) {
                prop_assert!(*said < model.let_go || chain.has_let_go(&key(*one).public()));
            }
        }
    }
}

#[test]
fn a_person_has_so_many_devices_and_room_for_another_once_one_is_gone() {
    assert_eq!(DEVICES_MAX, 32);
    let device = |number: usize| {
        let number = u8::try_from(number).unwrap();
        let mut seed = [0x55; 32];
        seed[0] = number;
        let signing = SigningKey::from_seed(&seed);
        seed[1] = 1;
        let access = SigningKey::from_seed(&seed).public();
        let kem = crate::crypto::KemSecret::from_bytes(seed).public();
        Device {
            signing: signing.public(),
            kem,
            access,
            name: String::new(),
        }
    };
    let mut chain = founded();
    for number in 1..DEVICES_MAX {
        let link = chain.add_device(&key(0), device(number), basis(0), None).unwrap();
        chain.append(&link).unwrap();
    }
    let one_more = chain.add_device(&key(0), device(DEVICES_MAX), basis(0), None);
    assert_eq!(one_more.unwrap_err(), CryptoError::ChainRefused);
    recovered_beyond(&chain, &device);
    let gone = BTreeMap::from([(device(1).signing, 0)]);
    let removal = chain.remove_devices(&key(0), &gone, basis(0), &epoch_key(2), key_box());
    chain.append(&removal.unwrap()).unwrap();
    let one_more = chain.add_device(&key(0), device(DEVICES_MAX), basis(0), None);
    chain.append(&one_more.unwrap()).unwrap();
    assert_eq!(chain.devices().len(), DEVICES_MAX);
}

/// Whoever lost them all comes back with the phrase and removes them.
fn recovered_beyond(full: &DeviceChain, device: &impl Fn(usize) -> Device) {
    let phrase = key(60);
    let spare = device(0xf1);
    let recovery = Recovery {
        signing: phrase.public(),
        kem: spare.kem,
        access: spare.access,
    };
    let mut chain = full.clone();
    let link = chain.rotate_recovery(&key(0), recovery, basis(0)).unwrap();
    chain.append(&link).unwrap();
    for number in DEVICES_MAX..DEVICES_BY_PHRASE_MAX {
        let link = chain.add_device(&phrase, device(number), basis(0), None).unwrap();
        chain.append(&link).unwrap();
    }
    let one_more = chain.add_device(&phrase, device(DEVICES_BY_PHRASE_MAX), basis(0), None);
    assert_eq!(one_more.unwrap_err(), CryptoError::ChainRefused);
    let gone: BTreeMap<PublicKey, u64> = (1..DEVICES_MAX).map(|number| (device(number).signing, 0)).collect();
    let removal = chain.remove_devices(&phrase, &gone, basis(0), &epoch_key(2), key_box());
    chain.append(&removal.unwrap()).unwrap();
}

#[test]
fn no_epoch_ends_before_the_one_before_it_did() {
    let mut chain = founded();
    let at = |n: u64, incarnation: u32| Seen {
        n,
        incarnation,
        ..basis(0).seen
    };
    let (n, incarnation) = (basis(0).seen.n + 5, basis(0).seen.incarnation);
    let link = chain.new_epoch(&key(0), at(n, incarnation), &epoch_key(2), key_box());
    chain.append(&link.unwrap()).unwrap();
    let before = chain.new_epoch(&key(0), at(n - 1, incarnation), &epoch_key(3), key_box());
    assert_eq!(before.unwrap_err(), CryptoError::ChainRefused);
    for good in [at(n, incarnation), at(0, incarnation + 1)] {
        chain.new_epoch(&key(0), good, &epoch_key(3), key_box()).unwrap();
    }
}

#[test]
fn what_a_removed_device_is_trusted_for_ends_with_the_log_in_which_it_was_said() {
    let mut chain = founded();
    let (gone, incarnation, n) = (key(9), basis(0).seen.incarnation, basis(0).seen.n);
    let device = Device {
        signing: gone.public(),
        kem: crate::crypto::KemSecret::from_bytes([9; 32]).public(),
        access: key(10).public(),
        name: String::new(),
    };
    let added = chain.add_device(&key(0), device, basis(0), None).unwrap();
    chain.append(&added).unwrap();
    let removed = BTreeMap::from([(gone.public(), n)]);
    let removal = chain.remove_devices(&key(0), &removed, basis(0), &epoch_key(2), key_box());
    chain.append(&removal.unwrap()).unwrap();
    let found = |incarnation, log, seq| Found {
        epoch: 1,
        incarnation,
        log,
        seq,
    };
    let (there, later) = (incarnation, incarnation + 1);
    assert_eq!(chain.stands(&gone.public(), found(there, there, n)), Ok(()));
    let after = Err(NotStanding::AfterRemoval);
    for place in [
        found(there, there, n + 1),
        found(there, later, 1),
        found(later, later, 1),
        found(later, there, 1),
    ] {
        assert_eq!(chain.stands(&gone.public(), place), after, "{place:?}");
    }
    // One that is left and had not heard of the epoch that was over is late in that log alone.
    let left = key(0).public();
    assert_eq!(
        chain.stands(&left, found(there, there, n + 1)),
        Err(NotStanding::OldEpoch)
    );
    assert_eq!(chain.stands(&left, found(later, later, n + 1)), Ok(()));
    assert_eq!(
        chain.stands(&key(30).public(), found(there, there, 1)),
        Err(NotStanding::Stranger)
    );
}

#[test]
fn the_week_of_the_vectors_is_the_one_that_counts() {
    assert_eq!(WEEK, DEVICE_SETTLES_MS);
}
