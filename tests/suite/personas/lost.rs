//! Whoever removes a device may be lost in the middle of it, and a relay may lose what was said: the person's other devices go on.

use super::{Pair, first_persona_opens, is_let_in, known_access_seeds, known_persona_seeds, opens_last_box, support};
use cairn_tests::{Cut, Device, Meddler, World, drive, header_of};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// More requests than a removal takes.
const REQUESTS_MAX: u32 = 60;

/// A round in which the relay takes nothing for this device's relationship.
fn sync_home_alone(world: &World, device: &mut Device) {
    let space = support(device).id;
    let line = Meddler::of_requests(world.line(), move |request| {
        if request.body.windows(16).any(|bytes| bytes == space.as_bytes()) {
            request.path = "/v1/nowhere";
        }
    });
    drop(drive(&mut device.engine, &line).unwrap());
}

#[test]
fn whoever_removes_a_device_may_be_lost_at_any_step() {
    for (at, heard) in (1..REQUESTS_MAX).flat_map(|at| [(at, false), (at, true)]) {
        let mut pair = Pair::new(30);
        pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
        let line = Cut::new(pair.world.line(), at, heard);
        let is_done = drive(&mut pair.phone.engine, &line).unwrap().failed.is_empty();
        let (line, known) = (pair.world.line(), known_persona_seeds(&pair.tablet));
        for _ in 0..3 {
            pair.laptop.sync(&pair.world);
            pair.dee.sync(&pair.world);
            drop(drive(&mut pair.tablet.engine, &line).unwrap());
        }
        let entry = pair.laptop.write("The laptop is left.");
        pair.laptop.share(pair.relationship, entry);
        pair.laptop.sync(&pair.world);
        pair.dee.sync(&pair.world);
        assert_eq!(pair.shows(&pair.dee), 1, "cut off at request {at}");
        let is_removed = pair.laptop.engine.devices().unwrap().len() == 2;
        for seed in known {
            let may_read = !is_removed || opens_last_box(&pair.laptop, seed);
            assert_eq!(may_read, !is_removed, "cut off at request {at}");
        }
        if is_done {
            assert!(is_removed && at > 5);
            return;
        }
    }
    panic!("a removal comes to its end");
}

#[test]
fn an_invitation_that_was_open_when_a_device_was_removed_begins_with_another_persona() {
    for by_specialist in [false, true] {
        let mut pair = Pair::new(31);
        let mut ann = Device::new(&pair.world, 32, "ann");
        let mut anns = Device::new(&pair.world, 33, "anns");
        ann.connect(&pair.world);
        ann.pair(&pair.world, &mut anns);
        let (id, code) = pair.phone.engine.invite("Marisol").unwrap();
        ann.engine.accept(&code, "Ann").unwrap();
        for device in [&mut pair.phone, &mut ann] {
            device.sync(&pair.world);
        }
        for device in [&mut pair.tablet, &mut anns] {
            drop(drive(&mut device.engine, &pair.world.line()).unwrap());
        }
        pair.world.clock.advance_ms(2 * DAY_MS);
        let (remover, lost) = if by_specialist {
            (&mut ann, &anns)
        } else {
            (&mut pair.phone, &pair.tablet)
        };
        let of_ann = |device: &Device| {
            let all = device.engine.relationships().unwrap();
            let persona = all.iter().max_by_key(|one| one.created).unwrap().persona.clone();
            <[u8; 32]>::try_from(&persona[32..64]).unwrap()
        };
        let seed = of_ann(lost);
        pair.world.clock.advance_ms(8 * DAY_MS);
        remover.engine.remove_device(lost.id()).unwrap();
        remover.sync(&pair.world);
        pair.phone.shake_hands(
            &pair.world,
            cairn_core::vault::Handshake::Invite,
            &mut ann,
            cairn_core::vault::Handshake::Accept,
        );
        for _ in 0..2 {
            pair.phone.sync(&pair.world);
            ann.sync(&pair.world);
        }
        pair.phone.agree(&pair.world, &mut ann, id);
        let entry = pair.phone.write("For Ann.");
        pair.phone.share(id, entry);
        pair.phone.sync(&pair.world);
        ann.sync(&pair.world);
        assert_eq!(pair.shows(&ann), 1);
        assert!(!opens_last_box(&ann, seed), "by the specialist: {by_specialist}");
    }
}

#[test]
fn a_persona_that_waits_is_not_taken_once_somebody_who_knows_it_is_removed() {
    for by_specialist in [false, true] {
        let mut pair = Pair::new(34);
        let mut other = Device::new(&pair.world, 35, "other");
        let (remover, lost) = if by_specialist {
            (&mut pair.dee, &pair.dees)
        } else {
            (&mut pair.phone, &pair.tablet)
        };
        remover.pair(&pair.world, &mut other);
        other.sync(&pair.world);
        remover.engine.remove_device(lost.id()).unwrap();
        sync_home_alone(&pair.world, remover);
        other.sync(&pair.world);
        let known = known_persona_seeds(&other);
        assert_eq!(known.len(), 2, "it has heard of the one that waits");
        remover.engine.remove_device(other.id()).unwrap();
        pair.settle();
        let entry = pair.phone.write("For those who are left.");
        pair.phone.share(pair.relationship, entry);
        pair.settle();
        assert_eq!(pair.shows(&pair.dee), 1);
        for seed in known {
            assert!(
                !opens_last_box(&pair.laptop, seed),
                "by the specialist: {by_specialist}"
            );
        }
    }
}

#[test]
fn a_view_that_was_cut_off_before_a_removal_is_shown_under_the_next_epoch_alone() {
    let mut pair = Pair::new(36);
    let entry = pair.phone.write("Cut off.");
    pair.phone.share(pair.relationship, entry);
    // The home space has it, the support space does not.
    let space = support(&pair.phone).id;
    let half = Meddler::of_requests(pair.world.line(), move |request| {
        if request.path == "/v1/append" && request.body.windows(16).any(|bytes| bytes == space.as_bytes()) {
            request.path = "/v1/nowhere";
        }
    });
    drop(drive(&mut pair.phone.engine, &half).unwrap());
    let waiting = pair.phone.engine.store().view().outbox(space, usize::MAX, 9).unwrap();
    assert_eq!(waiting.len(), 1, "the view is sealed");
    let (epoch, heard) = (support(&pair.phone).epoch, pair.world.overhear());
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.settle();
    let sent = heard.records().into_iter().map(|record| header_of(&record));
    let under_old = sent.filter(|header| header.space == space && header.epoch == epoch);
    assert_eq!(under_old.count(), 1, "the link that ends it");
    assert_eq!(pair.shows(&pair.dee), 1);
}

#[test]
fn nobody_who_spoke_before_is_let_in() {
    let mut pair = Pair::new(37);
    let mut other = Device::new(&pair.world, 38, "other");
    pair.phone.pair(&pair.world, &mut other);
    let mut hers = Device::new(&pair.world, 39, "hers");
    pair.dee.pair(&pair.world, &mut hers);
    pair.settle();
    other.sync(&pair.world);
    hers.sync(&pair.world);
    // Removals at once on both sides, by devices that had not heard of each other's.
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.laptop.engine.remove_device(other.id()).unwrap();
    pair.dee.engine.remove_device(pair.dees.id()).unwrap();
    for _ in 0..2 {
        pair.settle();
        hers.sync(&pair.world);
    }
    let space = support(&pair.phone).id;
    for device in [&pair.phone, &pair.laptop, &pair.dee, &hers] {
        let now = support(device).access_seed;
        for seed in known_access_seeds(device) {
            assert_eq!(is_let_in(&pair.world, space, &seed), seed == now);
        }
    }
    assert_eq!(support(&pair.phone).access_seed, support(&pair.laptop).access_seed);
    assert_eq!(support(&pair.dee).access_seed, support(&hers).access_seed);
}

#[test]
fn a_persona_that_a_removed_device_took_too_late_locks_nobody_out() {
    let mut pair = Pair::new(40);
    let mut watch = Device::new(&pair.world, 41, "watch");
    pair.phone.pair(&pair.world, &mut watch);
    pair.settle();
    // On the phone, offline: what the tablet says from now on does not count.
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.world.clock.advance_ms(8 * DAY_MS);
    pair.tablet.engine.remove_device(watch.id()).unwrap();
    pair.tablet.sync(&pair.world);
    let known = known_persona_seeds(&pair.tablet);
    assert_eq!(known.len(), 2);
    assert!(opens_last_box(&pair.tablet, known[1]) || opens_last_box(&pair.tablet, known[0]));
    pair.settle();
    pair.settle();
    for device in [&mut pair.phone, &mut pair.laptop] {
        let entry = device.write("Still here.");
        device.share(pair.relationship, entry);
    }
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 2);
    for seed in known {
        assert!(!opens_last_box(&pair.laptop, seed));
    }
}

#[test]
fn what_a_specialist_said_and_nobody_read_gives_way_after_a_loss_and_is_said_anew() {
    for removals in [1, 2] {
        let mut pair = Pair::new(42);
        let mut hers = Device::new(&pair.world, 43, "hers");
        pair.dee.pair(&pair.world, &mut hers);
        hers.sync(&pair.world);
        pair.world.clock.advance_ms(8 * DAY_MS);
        // Two links of hers that the participant has not read.
        let known = known_persona_seeds(&pair.dees);
        pair.dee.engine.remove_device(pair.dees.id()).unwrap();
        pair.dee.sync(&pair.world);
        hers.sync(&pair.world);
        pair.dee.engine.remove_device(hers.id()).unwrap();
        pair.dee.sync(&pair.world);
        let length = |device: &Device| {
            let links = device.engine.store().view().links(support(device).id);
            links.unwrap().len()
        };
        assert_eq!((length(&pair.dee), length(&pair.phone)), (3, 1));
        pair.world = pair.world.with_nothing_but_its_key(42);
        pair.world.clock.advance_ms(DAY_MS);
        if removals == 2 {
            // The participant goes on without them, in their place.
            pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
        }
        for _ in 0..3 {
            pair.settle();
        }
        let entry = pair.laptop.write("Shown after.");
        pair.laptop.share(pair.relationship, entry);
        pair.settle();
        assert_eq!(pair.shows(&pair.dee), 1, "{removals} removals");
        for seed in known.iter().copied().chain(known_persona_seeds(&hers)) {
            assert!(!opens_last_box(&pair.laptop, seed), "{removals} removals");
        }
        assert_eq!(first_persona_opens(&pair.laptop, &pair.phone), removals == 1);
        assert!(pair.dee.engine.doctor().unwrap().is_well);
    }
}
