//! The devices of one person: however they are added, all of them end with the same chain.

use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::{Error, Handshake, Next};
use cairn_tests::{Device, World, drive, texts};

/// Takes steps on both sides until the offering one has typed the digits and has made its link, but sent nothing.
fn until_typed(world: &World, offers: &mut Device, joins: &mut Device) {
    let code = offers.engine.pair().unwrap();
    joins.engine.join(&code).unwrap();
    for _ in 0..8 {
        for (device, which) in [(&mut *joins, Handshake::PairJoin), (&mut *offers, Handshake::PairOffer)] {
            if let Next::Ask(request) = device.engine.handshake_next(which).unwrap() {
                let response = world.line().send(&request).unwrap();
                device.engine.handshake_answer(which, &response).unwrap();
            }
        }
        if let Some(shown) = joins.engine.shown_digits(Handshake::PairJoin).unwrap() {
            offers.engine.type_digits(Handshake::PairOffer, &shown.digits).unwrap();
            return;
        }
    }
    panic!("the digits are shown");
}

#[test]
fn two_devices_that_each_add_one_at_once_end_with_all_four_in_the_chain() {
    let world = World::new(1);
    let mut phone = Device::new(&world, 1, "phone");
    let mut tablet = Device::new(&world, 1, "tablet");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    tablet.sync(&world);
    let (mut laptop, mut reader) = (Device::new(&world, 1, "laptop"), Device::new(&world, 1, "reader"));
    // Both make a link upon the same one before; the log decides which is first.
    until_typed(&world, &mut phone, &mut laptop);
    until_typed(&world, &mut tablet, &mut reader);
    phone.shake_hands(&world, Handshake::PairOffer, &mut laptop, Handshake::PairJoin);
    tablet.shake_hands(&world, Handshake::PairOffer, &mut reader, Handshake::PairJoin);
    let mut all = [phone, tablet, laptop, reader];
    for _ in 0..2 {
        all.iter_mut().for_each(|device| drop(device.sync(&world)));
    }
    all[3].write("From the reader, to everybody.");
    for _ in 0..2 {
        all.iter_mut().rev().for_each(|device| drop(device.sync(&world)));
    }
    for device in &all {
        assert_eq!(device.engine.devices().unwrap().len(), 4);
        assert_eq!(texts(&device.engine), ["From the reader, to everybody."]);
    }
}

#[test]
fn three_wrong_tries_end_a_pairing_and_nobody_is_let_in() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let mut stranger = Device::new(&world, 2, "stranger");
    phone.connect(&world);
    let code = phone.engine.pair().unwrap();
    stranger.engine.join(&code).unwrap();
    for _ in 0..6 {
        for (device, which) in [(&mut stranger, Handshake::PairJoin), (&mut phone, Handshake::PairOffer)] {
            if let Ok(Next::Ask(request)) = device.engine.handshake_next(which) {
                let response = world.line().send(&request).unwrap();
                device.engine.handshake_answer(which, &response).unwrap();
            }
        }
    }
    let shown = stranger.engine.shown_digits(Handshake::PairJoin).unwrap().unwrap();
    let wrong = if shown.digits == "000000" { "000001" } else { "000000" };
    for _ in 0..2 {
        assert!(matches!(
            phone.engine.type_digits(Handshake::PairOffer, wrong),
            Err(Error::WrongDigits)
        ));
    }
    assert!(matches!(
        phone.engine.type_digits(Handshake::PairOffer, wrong),
        Err(Error::CodeUsedUp)
    ));
    assert!(
        phone.engine.type_digits(Handshake::PairOffer, &shown.digits).is_err(),
        "the right ones come too late"
    );
    phone.sync(&world);
    assert_eq!(phone.engine.devices().unwrap().len(), 1);
}

#[test]
fn a_vault_that_holds_something_refuses_to_join_another() {
    let world = World::new(3);
    let mut phone = Device::new(&world, 3, "phone");
    let mut tablet = Device::new(&world, 3, "tablet");
    phone.connect(&world);
    tablet.write("I was here first.");
    let code = phone.engine.pair().unwrap();
    assert!(matches!(tablet.engine.join(&code), Err(Error::NotEmpty)));
    assert_eq!(texts(&tablet.engine), ["I was here first."]);
}

/// A way on which one relay does not answer.
struct OneIsSilent<'a> {
    line: &'a dyn Transport,
    silent: &'a str,
}

impl Transport for OneIsSilent<'_> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.origin == self.silent {
            Err(TransportError::Offline)
        } else {
            self.line.send(request)
        }
    }
}

#[test]
fn a_relay_that_is_gone_for_good_keeps_no_other_relay_from_being_heard() {
    let world = World::new(4);
    let mut phone = Device::new(&world, 4, "phone");
    let mut dee = Device::new(&world, 4, "dee");
    phone.connect(&world);
    let entry = phone.write("Only for Dee.");
    let relationship = phone.befriend(&world, &mut dee);
    dee.engine.connect("http://gone.test").unwrap();
    let share = phone.share(relationship, entry);
    phone.sync(&world);
    let line = world.line();
    let way = OneIsSilent {
        line: &line,
        silent: "http://gone.test",
    };
    let report = drive(&mut dee.engine, &way).unwrap();
    assert_eq!(report.failed.len(), 1, "the home space alone is not reached");
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    drop(drive(&mut dee.engine, &way).unwrap());
    assert!(
        dee.engine.shared_with_me().unwrap().is_empty(),
        "a stop reaches Dee all the same"
    );
}
