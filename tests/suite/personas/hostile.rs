//! Whoever was removed, and whoever reads an old phrase, has no way back into a relationship; nor does what waited too long do harm.

use super::{Pair, is_let_in, known_access_seeds, known_persona_seeds, opens_last_box, support};
use cairn_core::crypto::SigningKey;
use cairn_core::sync::{Ask, Request, Response, Transport, TransportError};
use cairn_tests::{Device, Line, Meddler, RawSession, World, drive};
use cairn_wire::SpaceId;
use cairn_wire::message::{Access, AccessRequest, Side};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A line on which these paths of one space lead nowhere.
fn without(world: &World, space: SpaceId, paths: &'static [&'static str]) -> Meddler<Line> {
    Meddler::of_requests(world.line(), move |request| {
        if paths.contains(&request.path) && request.body.windows(16).any(|bytes| bytes == space.as_bytes()) {
            request.path = "/v1/nowhere";
        }
    })
}

/// A line that is cut where an epoch is begun.
struct NoEpoch(Line);

impl Transport for NoEpoch {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.path == "/v1/epoch" {
            return Err(TransportError::Offline);
        }
        self.0.send(request)
    }
}

/// The participant stops a share, and the link that begins the next epoch waits; the specialist takes another persona before it is sent.
fn with_a_link_that_waits(seed: u64, loses: bool) -> Pair {
    let mut pair = Pair::new(seed);
    let shown = pair.phone.write("Stopped.");
    let shown = pair.phone.share(pair.relationship, shown);
    pair.settle();
    if loses {
        pair.world = pair.world.with_nothing_but_its_key(seed);
        pair.world.clock.advance_ms(DAY_MS);
        pair.settle();
        pair.settle();
    }
    pair.phone.engine.revoke(shown).unwrap();
    drop(drive(&mut pair.phone.engine, &NoEpoch(pair.world.line())));
    pair.dee.engine.remove_device(pair.dees.id()).unwrap();
    pair.dee.sync(&pair.world);
    pair
}

#[test]
fn a_link_that_waited_while_the_other_spoke_is_made_anew() {
    for (seed, loses) in [(60, false), (61, true)] {
        let mut pair = with_a_link_that_waits(seed, loses);
        for _ in 0..2 {
            pair.settle();
        }
        let entry = pair.laptop.write("Shown after.");
        pair.laptop.share(pair.relationship, entry);
        pair.settle();
        assert_eq!(pair.shows(&pair.dee), 1, "after a loss: {loses}");
        let mut newest = Device::new(&pair.world, 61, "newest");
        pair.phone.pair(&pair.world, &mut newest);
        newest.sync(&pair.world);
        newest.sync(&pair.world);
        assert_eq!(support(&newest).epoch, support(&pair.phone).epoch);
    }
}

#[test]
fn no_link_that_stands_gives_way_to_one_that_waited() {
    let mut pair = with_a_link_that_waits(80, true);
    let known = known_persona_seeds(&pair.dees);
    let entry = pair.phone.write("Shown after.");
    pair.phone.share(pair.relationship, entry);
    for _ in 0..2 {
        drop(drive(&mut pair.phone.engine, &pair.world.line()).unwrap());
        let log = RawSession::of(&pair.world, &support(&pair.phone)).headers();
        let shown = log.last().unwrap().epoch == support(&pair.phone).epoch && log.len() > 4;
        let opens = support(&pair.phone).epoch > 1 && opens_last_box(&pair.phone, known[0]);
        assert!(!shown || !opens, "what is shown is not for her removed device");
    }
    pair.settle();
    assert!(!opens_last_box(&pair.phone, known[0]));
    assert_eq!(pair.shows(&pair.dee), 1);
}

#[test]
fn a_persona_that_was_let_in_and_never_spoke_is_kept_out() {
    let mut pair = Pair::new(62);
    let mut watch = Device::new(&pair.world, 63, "watch");
    pair.phone.pair(&pair.world, &mut watch);
    pair.settle();
    let space = support(&pair.phone).id;
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.world.clock.advance_ms(8 * DAY_MS);
    pair.tablet.engine.remove_device(watch.id()).unwrap();
    drop(drive(
        &mut pair.tablet.engine,
        &without(&pair.world, space, &["/v1/epoch"]),
    ));
    let known = known_access_seeds(&pair.tablet);
    assert_eq!(known.len(), 2);
    pair.settle();
    pair.settle();
    let entry = pair.phone.write("For those who are left.");
    pair.phone.share(pair.relationship, entry);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 1);
    for seed in known {
        assert!(!is_let_in(&pair.world, space, &seed));
    }
}

#[test]
fn a_key_that_a_removed_device_let_in_is_kept_out() {
    let mut pair = Pair::new(64);
    let row = support(&pair.tablet);
    let own = SigningKey::from_seed(&[9; 32]);
    let by = SigningKey::from_seed(&row.access_seed);
    let is_taken = (0..6).any(|version| {
        let session = RawSession::begin(&pair.world, row.id, &by);
        let message = AccessRequest {
            token: session.token(),
            space: row.id,
            version,
            add: vec![Access {
                key: own.public(),
                side: Side::Participant,
                administer: true,
            }],
            remove: Vec::new(),
            only: None,
        };
        let request = Ask::request(pair.world.origin(), "/v1/access", &message, 0);
        pair.world.line().send(&request).unwrap().status == 200
    });
    assert!(is_taken && is_let_in(&pair.world, row.id, &[9; 32]));
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.settle();
    pair.settle();
    assert!(!is_let_in(&pair.world, row.id, &[9; 32]));
    for device in [&pair.phone, &pair.laptop, &pair.dee] {
        assert!(is_let_in(&pair.world, row.id, &support(device).access_seed));
    }
}

#[test]
fn a_device_that_comes_later_has_the_keys_of_whoever_spoke_too_late_to_count() {
    for is_lost in [false, true] {
        let mut pair = Pair::new(65);
        let mut watch = Device::new(&pair.world, 66, "watch");
        pair.phone.pair(&pair.world, &mut watch);
        pair.settle();
        pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
        pair.world.clock.advance_ms(8 * DAY_MS);
        pair.tablet.engine.remove_device(watch.id()).unwrap();
        pair.tablet.sync(&pair.world);
        pair.settle();
        pair.settle();
        if is_lost {
            pair.world = pair.world.with_nothing_but_its_key(65);
            pair.world.clock.advance_ms(DAY_MS);
            pair.settle();
            pair.settle();
        } else {
            for device in [&mut pair.phone, &mut pair.laptop] {
                for one in device.engine.arrivals().unwrap() {
                    device.engine.leave_out(one.id).unwrap();
                }
            }
        }
        for _ in 0..3 {
            pair.world.clock.advance_ms(200 * DAY_MS);
            let entry = pair.phone.write("Still here.");
            pair.phone.share(pair.relationship, entry);
            pair.settle();
            pair.world.sweep();
        }
        let mut newest = Device::new(&pair.world, 67, "newest");
        pair.phone.pair(&pair.world, &mut newest);
        for _ in 0..2 {
            newest.sync(&pair.world);
        }
        assert_eq!(support(&newest).epoch, support(&pair.phone).epoch);
    }
}

#[test]
fn whoever_read_the_journal_with_the_phrase_of_before_opens_nothing_that_is_shown_later() {
    let mut pair = Pair::new(68);
    pair.phone.set_phrase(&pair.world);
    pair.settle();
    let (known, seeds) = (known_persona_seeds(&pair.phone), known_access_seeds(&pair.phone));
    let links = |pair: &Pair| {
        let space = support(&pair.phone).id;
        pair.phone.engine.store().view().links(space).unwrap().len()
    };
    assert_eq!(links(&pair), 1, "a first phrase shuts nobody out");
    pair.world.clock.advance_ms(DAY_MS);
    pair.phone.set_phrase(&pair.world);
    pair.settle();
    let entry = pair.laptop.write("Shown.");
    pair.laptop.share(pair.relationship, entry);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 1);
    assert!(!known.iter().any(|seed| opens_last_box(&pair.laptop, *seed)));
    let space = support(&pair.phone).id;
    assert!(!seeds.iter().any(|seed| is_let_in(&pair.world, space, seed)));
}

#[test]
fn a_wish_for_a_persona_that_was_given_up_lets_nobody_in() {
    let mut pair = Pair::new(69);
    let mut hers = Device::new(&pair.world, 70, "hers");
    pair.dee.pair(&pair.world, &mut hers);
    hers.sync(&pair.world);
    pair.settle();
    pair.world.clock.advance_ms(8 * DAY_MS);
    let space = support(&pair.phone).id;
    pair.dee.engine.remove_device(pair.dees.id()).unwrap();
    pair.dee.sync(&pair.world);
    hers.sync(&pair.world);
    let known = known_access_seeds(&hers);
    let deaf = without(&pair.world, space, &["/v1/access", "/v1/append", "/v1/epoch"]);
    drop(drive(&mut pair.laptop.engine, &deaf));
    pair.dee.engine.remove_device(hers.id()).unwrap();
    drop(drive(&mut pair.dee.engine, &pair.world.line()));
    pair.world = pair.world.with_nothing_but_its_key(69);
    pair.world.clock.advance_ms(DAY_MS);
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    let line = pair.world.line();
    for _ in 0..3 {
        for device in [&mut pair.phone, &mut pair.laptop, &mut pair.dee] {
            drop(drive(&mut device.engine, &line));
        }
    }
    pair.settle();
    let entry = pair.laptop.write("Shown after.");
    pair.laptop.share(pair.relationship, entry);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 1);
    for seed in known {
        assert!(!is_let_in(&pair.world, space, &seed));
    }
}

#[test]
fn nothing_is_shown_while_the_removal_itself_cannot_be_said() {
    let mut pair = Pair::new(71);
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    let entry = pair.phone.write("Not for the tablet.");
    pair.phone.share(pair.relationship, entry);
    let home = pair.phone.engine.store().view().spaces().unwrap()[0].id;
    let deaf = without(&pair.world, home, &["/v1/append", "/v1/epoch", "/v1/access"]);
    for _ in 0..2 {
        drop(drive(&mut pair.phone.engine, &deaf));
    }
    pair.dee.sync(&pair.world);
    assert_eq!(pair.shows(&pair.dee), 0);
    pair.settle();
    assert_eq!(pair.shows(&pair.dee), 1);
    assert_eq!(
        known_persona_seeds(&pair.tablet)
            .iter()
            .filter(|seed| opens_last_box(&pair.laptop, **seed))
            .count(),
        0
    );
    let links = pair
        .laptop
        .engine
        .store()
        .view()
        .links(support(&pair.laptop).id)
        .unwrap();
    assert_eq!(links.len(), 2, "one persona more, and no other");
}

#[test]
fn who_enters_is_said_only_after_the_log_was_read() {
    let mut pair = Pair::new(72);
    let space = support(&pair.phone).id;
    let heard = pair.world.overhear();
    pair.phone.engine.remove_device(pair.tablet.id()).unwrap();
    pair.phone.sync(&pair.world);
    let of_space = |path| {
        heard
            .requests()
            .into_iter()
            .position(|request| request.path == path && request.body.windows(16).any(|bytes| bytes == space.as_bytes()))
    };
    let (read, access) = (of_space("/v1/read").unwrap(), of_space("/v1/access").unwrap());
    assert!(read < access);
}
