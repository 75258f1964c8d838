//! After a device is removed, its person speaks in each relationship with keys that it never had.

mod hostile;
mod lost;

use cairn_core::crypto::{KemSecret, Link, SigningKey, open_key_box};
use cairn_core::id::RelationshipId;
use cairn_core::store::SpaceRow;
use cairn_core::support::Relationship;
use cairn_core::sync::SyncError;
use cairn_tests::{Device, Meddler, RawSession, World, change_read, drive, header_of};
use cairn_wire::SpaceId;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Devices of a participant, and of the specialist they came to know with the first.
struct Pair {
    world: World,
    phone: Device,
    tablet: Device,
    laptop: Device,
    dee: Device,
    dees: Device,
    relationship: RelationshipId,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let new = |name| Device::new(&world, seed, name);
        let (mut phone, mut tablet, mut laptop) = (new("phone"), new("tablet"), new("laptop"));
        let (mut dee, mut dees) = (new("dee"), new("dees"));
        for (first, others) in [
            (&mut phone, vec![&mut tablet, &mut laptop]),
            (&mut dee, vec![&mut dees]),
        ] {
            first.connect(&world);
            for other in others {
                first.pair(&world, other);
            }
        }
        let relationship = phone.befriend(&world, &mut dee);
        let mut pair = Self {
            world,
            phone,
            tablet,
            laptop,
            dee,
            dees,
            relationship,
        };
        pair.settle();
        // From here on every device may remove every other.
        pair.world.clock.advance_ms(8 * DAY_MS);
        pair
    }

    /// Everybody who is let in hears of everything. The tablet and Dee's other device are those that get lost.
    fn settle(&mut self) {
        let line = self.world.line();
        for _ in 0..4 {
            for device in [&mut self.phone, &mut self.laptop, &mut self.dee] {
                device.sync(&self.world);
            }
            for device in [&mut self.tablet, &mut self.dees] {
                drop(drive(&mut device.engine, &line).unwrap());
            }
        }
    }

    fn shows(&self, device: &Device) -> usize {
        device.engine.shared_with_me().unwrap().len()
    }
}

fn support(device: &Device) -> SpaceRow {
    let spaces = device.engine.store().view().spaces().unwrap();
    spaces.into_iter().find(|space| space.relationship.is_some()).unwrap()
}

fn relationship(device: &Device) -> Relationship {
    device.engine.relationships().unwrap().remove(0)
}

/// Whether the persona with which a relationship began opens the box of the last epoch.
fn first_persona_opens(device: &Device, knows: &Device) -> bool {
    opens_last_box(device, relationship(knows).persona[32..64].try_into().unwrap())
}

/// Whether this X-Wing seed opens the box of the last epoch.
fn opens_last_box(device: &Device, seed: [u8; 32]) -> bool {
    let space = support(device).id;
    let links = device.engine.store().view().links(space).unwrap();
    let links: Vec<Link> = links.iter().map(|link| Link::parse(link).unwrap()).collect();
    let key_box = links.iter().rev().find_map(Link::key_box).unwrap();
    open_key_box(&space, &KemSecret::from_bytes(seed), key_box).is_ok()
}

#[test]
fn what_is_shared_after_a_removal_is_sealed_with_keys_that_the_removed_device_never_had() {
    let mut pair = Pair::new(1);
    let before = pair.phone.write("Shown before.");
    pair.phone.share(pair.relationship, before);
    pair.settle();
    let epoch = support(&pair.laptop).epoch;
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    // Said in the same breath: it waits until the space has turned. The epoch so far sees the link that ends it, and no more.
    let heard = pair.world.overhear();
    let after = pair.phone.write("Shown after.");
    pair.phone.share(pair.relationship, after);
    pair.phone.sync(&pair.world);
    let log = RawSession::of(&pair.world, &support(&pair.phone)).headers();
    let (turn, shown) = (&log[log.len() - 2], &log[log.len() - 1]);
    assert_eq!((turn.epoch, shown.epoch), (epoch, epoch + 1));
    let own = support(&pair.phone).id;
    let sent = heard.records().into_iter().map(|record| header_of(&record));
    assert_eq!(
        sent.filter(|header| header.space == own && header.epoch == epoch)
            .count(),
        1
    );
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 2);
    for knows in [&pair.tablet, &pair.phone] {
        assert!(
            !first_persona_opens(&pair.laptop, knows),
            "the box is for the persona of now"
        );
    }
    assert!(
        first_persona_opens(&pair.laptop, &pair.dee),
        "the specialist is who she was"
    );
    // Whoever is left goes on in the new name.
    let entry = pair.laptop.write("By the laptop.");
    let share = pair.laptop.share(pair.relationship, entry);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 3);
    pair.phone.engine.revoke(share).unwrap();
    pair.settle();
    assert_eq!((pair.shows(&pair.dee), pair.shows(&pair.dees)), (2, 2));
}

#[test]
fn what_waits_sealed_on_another_device_is_said_in_the_new_name() {
    let mut pair = Pair::new(2);
    let (kept, stopped) = (pair.laptop.write("Kept."), pair.laptop.write("Stopped."));
    let stopped = pair.laptop.share(pair.relationship, stopped);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 1);
    // Sealed, and cut off before it arrives.
    pair.laptop.share(pair.relationship, kept);
    pair.laptop.engine.revoke(stopped).unwrap();
    let deaf = Meddler::of_requests(pair.world.line(), |request| {
        if matches!(request.path, "/v1/append" | "/v1/erase") {
            request.path = "/v1/nowhere";
        }
    });
    drop(drive(&mut pair.laptop.engine, &deaf).unwrap());
    assert!(pair.laptop.engine.store().view().outbox_waiting().unwrap() > 0);
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.phone.sync(&pair.world);
    pair.settle();
    let shown = pair.dee.engine.shared_with_me().unwrap();
    assert_eq!(shown.len(), 1);
    assert!(shown[0].view.lines.iter().any(|line| line.text == "Kept."));
}

#[test]
fn a_stop_counts_whoever_its_author_has_become() {
    let mut pair = Pair::new(11);
    let entry = pair.phone.write("Shown and stopped.");
    let share = pair.phone.share(pair.relationship, entry);
    pair.settle();
    // The laptop's stop never reaches the log in time; the relay brings it later, of all times.
    pair.laptop.engine.revoke(share).unwrap();
    let space = support(&pair.laptop).id;
    let stop = pair
        .laptop
        .engine
        .store()
        .view()
        .outbox(space, usize::MAX, 1)
        .unwrap()
        .remove(0)
        .record;
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.phone.sync(&pair.world);
    pair.dee.sync(&pair.world);
    assert_eq!(pair.shows(&pair.dee), 1);
    let forger = pair.world.forger();
    let line = Meddler::of_answers(pair.world.line(), move |request, response| {
        change_read(request, response, |answer| {
            let pages = answer.pages.iter_mut().filter(|page| page.space == space);
            pages.for_each(|page| forger.extend(page, std::slice::from_ref(&stop)));
        });
    });
    drop(drive(&mut pair.dee.engine, &line).unwrap());
    assert_eq!(pair.shows(&pair.dee), 0);
}

#[test]
fn a_specialist_who_lost_a_device_goes_on_once_the_participant_has_heard_of_it() {
    let mut pair = Pair::new(3);
    let before = pair.phone.write("Shown before.");
    pair.phone.share(pair.relationship, before);
    pair.settle();
    assert_eq!((pair.shows(&pair.dee), pair.shows(&pair.dees)), (1, 1));
    pair.dee.engine.remove_device(pair.dees.id()).unwrap();
    pair.dee.sync(&pair.world);
    // The participant has not been there: what was shown stays to be read, and nothing new is said.
    let after = pair.phone.write("Shown after.");
    pair.phone.share(pair.relationship, after);
    let lost = drive(&mut pair.dees.engine, &pair.world.line()).unwrap();
    assert_eq!(
        lost.failed.iter().map(|(_, error)| *error).collect::<Vec<_>>(),
        [SyncError::NotAuthorised, SyncError::Impersonated],
        "its home is closed to it, and she speaks with keys that it does not have"
    );
    pair.phone.sync(&pair.world);
    let failed = drive(&mut pair.dees.engine, &pair.world.line()).unwrap().failed;
    assert_eq!(
        failed.iter().map(|(_, error)| *error).collect::<Vec<_>>(),
        [SyncError::NotAuthorised; 2]
    );
    assert_eq!(pair.shows(&pair.dees), 1);
    pair.settle();
    assert_eq!((pair.shows(&pair.dee), pair.shows(&pair.dees)), (2, 1));
    assert!(!first_persona_opens(&pair.laptop, &pair.dees));
    assert!(
        first_persona_opens(&pair.laptop, &pair.phone),
        "the participant is who they were"
    );
    // A share names her as she is now.
    let entry = pair.laptop.write("For who she is now.");
    pair.laptop.share(pair.relationship, entry);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 3);
}

#[test]
fn two_removals_at_once_end_with_one_persona_that_neither_removed_device_knows() {
    let mut pair = Pair::new(4);
    let mut other = Device::new(&pair.world, 4, "other");
    pair.phone.pair(&pair.world, &mut other);
    pair.settle();
    other.sync(&pair.world);
    // Neither has heard of the other's.
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.laptop.engine.remove_device(other.id()).unwrap();
    pair.phone.sync(&pair.world);
    other.sync(&pair.world); // Still one of them: it hears of the persona that the phone took.
    let heard = known_persona_seeds(&other);
    pair.settle();
    for device in [&pair.phone, &pair.laptop] {
        assert_eq!(device.engine.devices().unwrap().len(), 2);
    }
    for seed in heard {
        assert!(!opens_last_box(&pair.laptop, seed));
    }
    for device in [&mut pair.phone, &mut pair.laptop] {
        let entry = device.write("Still here.");
        device.share(pair.relationship, entry);
    }
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 2);
}

#[test]
fn two_removals_at_once_by_the_specialists_devices_shut_neither_out() {
    for seed in 20..24 {
        let mut pair = Pair::new(seed);
        let mut hers = Device::new(&pair.world, seed, "hers");
        pair.dee.pair(&pair.world, &mut hers);
        let mut lost = Device::new(&pair.world, seed, "lost");
        pair.dee.pair(&pair.world, &mut lost);
        for device in [&mut hers, &mut lost, &mut pair.dee] {
            device.sync(&pair.world);
        }
        pair.world.clock.advance_ms(8 * DAY_MS);
        pair.dee.engine.remove_device(pair.dees.id()).unwrap();
        hers.engine.remove_device(lost.id()).unwrap();
        for _ in 0..3 {
            drop(drive(&mut hers.engine, &pair.world.line()).unwrap());
            drop(drive(&mut pair.dee.engine, &pair.world.line()).unwrap());
        }
        pair.settle();
        hers.sync(&pair.world);
        let entry = pair.phone.write("For both of hers.");
        pair.phone.share(pair.relationship, entry);
        pair.settle();
        hers.sync(&pair.world);
        assert_eq!((pair.shows(&pair.dee), pair.shows(&hers)), (1, 1), "seed {seed}");
        for knows in [&pair.dees, &lost] {
            assert!(!first_persona_opens(&pair.laptop, knows));
        }
    }
}

/// The seeds of every persona that a device knows of: of its signing, X-Wing and access keys.
fn known_seeds(device: &Device) -> Vec<[[u8; 32]; 3]> {
    let view = device.engine.store().view();
    let (fields, _) = view.fields(relationship(device).id.into()).unwrap().unwrap();
    let personas = fields
        .iter()
        .filter(|(name, _)| name.as_str() == "persona" || name.starts_with("keys/persona/"));
    personas
        .map(|(_, field)| field.bytes().unwrap().as_chunks().0.try_into().unwrap())
        .collect()
}

/// Their X-Wing seeds.
fn known_persona_seeds(device: &Device) -> Vec<[u8; 32]> {
    known_seeds(device).into_iter().map(|[_, kem, _]| kem).collect()
}

/// The seeds of their access keys.
fn known_access_seeds(device: &Device) -> Vec<[u8; 32]> {
    known_seeds(device).into_iter().map(|[.., access]| access).collect()
}

/// Whether the relay lets the key with this seed into a space.
fn is_let_in(world: &World, space: SpaceId, seed: &[u8; 32]) -> bool {
    RawSession::try_begin(world, space, &SigningKey::from_seed(seed)).is_some()
}

#[test]
fn a_persona_is_named_only_once_its_keys_have_reached_the_home_space() {
    for seed in [9, 10] {
        let mut pair = Pair::new(seed);
        let (remover, lost) = if seed == 9 {
            (&mut pair.phone, &pair.tablet)
        } else {
            (&mut pair.dee, &pair.dees)
        };
        remover.engine.remove_device(lost.id()).unwrap();
        let home = remover.engine.store().view().spaces().unwrap()[0].id;
        let full = Meddler::of_requests(pair.world.line(), move |request| {
            if request.path == "/v1/append" && request.body.windows(16).any(|bytes| bytes == home.as_bytes()) {
                request.path = "/v1/nowhere";
            }
        });
        let links = |device: &Device| device.engine.store().view().links(support(device).id).unwrap().len();
        for _ in 0..2 {
            assert_eq!(
                drive(&mut remover.engine, &full).unwrap().failed.len(),
                1,
                "its home takes nothing"
            );
            assert_eq!(links(remover), 1);
        }
        remover.sync(&pair.world);
        assert_eq!(links(remover), 2);
    }
}

#[test]
fn a_device_that_has_not_heard_of_the_new_persona_waits_for_its_home_space() {
    let mut pair = Pair::new(5);
    let spaces = |device: &Device| device.engine.store().view().spaces().unwrap();
    for (by_specialist, refused) in [(false, SyncError::NotAuthorised), (true, SyncError::Impersonated)] {
        let mut third = Device::new(&pair.world, 5, "third");
        let (remover, lost) = if by_specialist {
            (&mut pair.dee, &pair.dees)
        } else {
            (&mut pair.phone, &pair.tablet)
        };
        remover.pair(&pair.world, &mut third);
        for device in [&mut third, &mut *remover] {
            device.sync(&pair.world);
        }
        remover.engine.remove_device(lost.id()).unwrap();
        remover.sync(&pair.world);
        let home = spaces(&third)[0].id;
        let deaf = Meddler::of_requests(pair.world.line(), move |request| {
            if request.path == "/v1/read" && request.body.windows(16).any(|bytes| bytes == home.as_bytes()) {
                request.path = "/v1/nowhere";
            }
        });
        let failed = drive(&mut third.engine, &deaf).unwrap().failed;
        assert_eq!(failed.last().unwrap(), &(support(&third).id, refused), "{failed:?}");
        let says = |device: &mut Device| device.engine.doctor().unwrap().lines.concat();
        assert_eq!(
            says(&mut third).contains("you speak with keys now that this device does not have"),
            by_specialist
        );
        third.sync(&pair.world);
        pair.settle();
        third.sync(&pair.world);
        assert!(third.engine.doctor().unwrap().is_well, "{}", says(&mut third));
        assert_eq!(support(&third).epoch, support(&pair.phone).epoch);
    }
}

#[test]
fn a_device_that_comes_later_goes_through_every_persona() {
    let mut pair = Pair::new(6);
    let before = pair.phone.write("Shown before.");
    let before = pair.phone.share(pair.relationship, before);
    pair.settle();
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.dee.engine.remove_device(pair.dees.id()).unwrap();
    pair.settle();
    let (mut newest, mut hers) = (
        Device::new(&pair.world, 6, "newest"),
        Device::new(&pair.world, 6, "hers"),
    );
    pair.phone.pair(&pair.world, &mut newest);
    pair.dee.pair(&pair.world, &mut hers);
    for _ in 0..2 {
        newest.sync(&pair.world);
        hers.sync(&pair.world);
    }
    assert_eq!(pair.shows(&hers), 1);
    newest.engine.revoke(before).unwrap();
    let entry = newest.write("By the newest.");
    newest.share(pair.relationship, entry);
    newest.sync(&pair.world);
    hers.sync(&pair.world);
    pair.settle();
    assert_eq!((pair.shows(&hers), pair.shows(&pair.dee)), (1, 1));
}

#[test]
fn a_relay_that_loses_its_store_hears_of_every_persona_again() {
    let mut pair = Pair::new(7);
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.settle();
    let entry = pair.phone.write("Shown before.");
    pair.phone.share(pair.relationship, entry);
    pair.settle();
    // The specialist takes another persona, of which the participant has not read when everything is lost.
    pair.dee.engine.remove_device(pair.dees.id()).unwrap();
    pair.dee.sync(&pair.world);
    pair.world = pair.world.with_nothing_but_its_key(7);
    pair.world.clock.advance_ms(DAY_MS);
    pair.settle();
    pair.settle();
    let entry = pair.laptop.write("Shown after.");
    pair.laptop.share(pair.relationship, entry);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 2);
    assert!(!first_persona_opens(&pair.laptop, &pair.dees));
    assert!(!first_persona_opens(&pair.laptop, &pair.phone));
}
