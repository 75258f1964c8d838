//! Not now, said to an invitation; and an invitation that nobody answered.

use cairn_core::crypto::Code;
use cairn_core::support::{Status, TermsInvalid};
use cairn_core::sync::Transport as _;
use cairn_core::vault::{Error, Handshake, Next};
use cairn_tests::{Device, World, plain_share};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A participant's phone that is at the relay, and somebody else's.
fn apart(seed: u64) -> (World, Device, Device) {
    let world = World::new(seed);
    let mut phone = Device::new(&world, seed, "phone");
    phone.connect(&world);
    let dee = Device::new(&world, seed, "dee");
    (world, phone, dee)
}

/// Asks the relay what comes next in a handshake, once.
fn step(device: &mut Device, which: Handshake, world: &World) -> Result<(), Error> {
    let Next::Ask(request) = device.engine.handshake_next(which)? else {
        panic!("it waits for an answer");
    };
    let response = world.line().send(&request).unwrap();
    device.engine.handshake_answer(which, &response)
}

fn listen(phone: &mut Device, world: &World) -> Result<(), Error> {
    step(phone, Handshake::Invite, world)
}

#[test]
fn whoever_is_invited_says_not_now_and_nothing_of_it_is_kept_with_them() {
    let (world, mut phone, mut dee) = apart(1);
    let (id, code) = phone.engine.invite("Marisol").unwrap();
    dee.engine.decline(&code).unwrap();
    dee.engine.decline(&code).unwrap();
    dee.alone(&world, Handshake::Decline).unwrap();
    dee.engine.handshake_cancel(Handshake::Decline).unwrap();
    assert!(dee.engine.relationships().unwrap().is_empty());
    let known = Code::from_text(&code).unwrap().encode();
    assert!(!dee.pages().windows(known.len()).any(|bytes| bytes == known.as_slice()));
    assert!(matches!(
        dee.engine.handshake_next(Handshake::Decline),
        Err(Error::NotFound)
    ));

    assert!(matches!(listen(&mut phone, &world), Err(Error::Declined)));
    let card = phone.card();
    assert_eq!((card.relationship.id, card.status), (id, Status::Declined));
    assert_eq!(card.name(), None, "by whom nobody says");
    assert!(matches!(
        phone.engine.handshake_next(Handshake::Invite),
        Err(Error::NotFound)
    ));
    let entry = phone.write("for the one I meant");
    assert!(matches!(
        phone.engine.share(plain_share(id, entry)),
        Err(Error::Terms(TermsInvalid::NotActive))
    ));

    // It is final, on every device of theirs; they invite whom they like, who they like.
    phone.sync(&world);
    let mut tablet = Device::new(&world, 2, "tablet");
    phone.pair(&world, &mut tablet);
    for _ in 0..2 {
        phone.sync(&world);
        tablet.sync(&world);
    }
    assert_eq!(tablet.card().status, Status::Declined);
    let again = phone.befriend(&world, &mut dee);
    assert_ne!(again, id);
    let all = phone.engine.relationship_cards().unwrap();
    let statuses: Vec<Status> = all.iter().map(|card| card.status).collect();
    assert_eq!(statuses, [Status::Declined, Status::Active]);
    phone.engine.end_relationship(id, "").unwrap();
    let all = phone.engine.relationship_cards().unwrap();
    assert!(
        all.iter()
            .any(|card| card.relationship.id == id && card.status == Status::Ended)
    );
}

#[test]
fn what_was_answered_is_not_declined_any_more_and_what_was_declined_not_accepted() {
    let (world, mut phone, mut dee) = apart(3);
    let (_, code) = phone.engine.invite("Marisol").unwrap();
    dee.engine.accept(&code, "Dee").unwrap();
    let mut eve = Device::new(&world, 4, "eve");
    step(&mut dee, Handshake::Accept, &world).unwrap();
    eve.engine.decline(&code).unwrap();
    assert!(matches!(eve.alone(&world, Handshake::Decline), Err(Error::CodeUsedUp)));
    phone.shake_hands(&world, Handshake::Invite, &mut dee, Handshake::Accept);
    assert_eq!(phone.card().status, Status::Agreeing);

    let (_, code) = phone.engine.invite("Marisol").unwrap();
    eve.engine.decline(&code).unwrap();
    eve.alone(&world, Handshake::Decline).unwrap();
    let mut late = Device::new(&world, 5, "late");
    late.engine.accept(&code, "Late").unwrap();
    assert!(matches!(late.alone(&world, Handshake::Accept), Err(Error::CodeUsedUp)));
    assert!(matches!(listen(&mut phone, &world), Err(Error::Declined)));
    for code in ["CAIRN1NOTHING", ""] {
        assert!(matches!(eve.engine.decline(code), Err(Error::BadCode)));
    }
    let pairing = phone.engine.pair().unwrap();
    assert!(
        matches!(eve.engine.decline(&pairing), Err(Error::BadCode)),
        "a device is not an invitation"
    );
}

#[test]
fn an_invitation_that_nobody_answered_runs_out_and_says_no_more_than_that() {
    let (world, mut phone, mut dee) = apart(6);
    let (id, code) = phone.engine.invite("Marisol").unwrap();
    dee.engine.accept(&code, "Dee").unwrap();
    world.clock.advance_ms(7 * DAY_MS - 1);
    assert_eq!(phone.card().status, Status::Invited);
    world.clock.advance_ms(1);
    for device in [&phone, &dee] {
        assert_eq!(device.card().status, Status::Expired);
    }
    assert_eq!(
        phone.engine.relationship_cards().unwrap().len(),
        1,
        "nothing goes by itself"
    );
    let entry = phone.write("for nobody");
    assert!(matches!(
        phone.engine.share(plain_share(id, entry)),
        Err(Error::Terms(TermsInvalid::NotActive))
    ));
    let again = phone.befriend(&world, &mut dee);
    assert_ne!(again, id);
}
