//! What a relay is told of where a device is woken, and how often, without a relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use crate::clock::SystemClock;
use crate::id::{RelationshipId, SystemEntropy};
use crate::store::{Store, StoreConfig};
use crate::sync::Host;
use crate::vault::engine::new_space;
use std::sync::Arc;

const TOLD: Told = Told {
    registration: RegistrationId::from_bytes([7; 16]),
    access: [2; 32],
    address: [3; 32],
    epoch: 4,
    incarnation: 5,
    day: 20_000,
    said: Said::Stands,
};

#[test]
fn what_was_told_is_read_back_and_told_again_where_it_is_another() {
    for said in [Said::Nothing, Said::Stands, Said::WakesNobody] {
        let one = Told { said, ..TOLD };
        assert!(Told::read(&one.bytes()).is_some_and(|read| read == one));
    }
    assert!(Told::read(&TOLD.bytes()[1..]).is_none());
    for other in [
        Told { epoch: 5, ..TOLD },
        Told { incarnation: 6, ..TOLD },
        Told {
            access: [9; 32],
            ..TOLD
        },
        Told {
            address: [9; 32],
            ..TOLD
        },
    ] {
        assert!(!TOLD.says(&other) && !TOLD.is_as(&other));
    }
}

#[test]
fn a_relay_is_told_again_after_days_that_are_each_registrations_own() {
    let days = |told: Told| {
        let is_again = |days: &u32| {
            let day = told.day + days;
            !told.is_as(&Told { day, ..told })
        };
        (0..100).find(is_again)
    };
    for byte in 0..=255 {
        let registration = RegistrationId::from_bytes([byte; 16]);
        assert_eq!(days(Told { registration, ..TOLD }), Some(4 + u32::from(byte) % 7));
    }
    let said = |said| Told { said, ..TOLD };
    assert_eq!(days(said(Said::WakesNobody)), Some(1), "tomorrow it may wake somebody");
    assert_eq!(
        days(said(Said::Nothing)),
        Some(0),
        "what was not answered is told once more"
    );
    assert!(!TOLD.is_as(&Told { day: 19_990, ..TOLD }), "a clock that was put back");
}

#[test]
fn an_address_is_one_of_http() {
    for address in ["https://push.example/up?token=1", "http://127.0.0.1:8080/x"] {
        assert!(is_address(address), "{address}");
    }
    let long = format!("https://push.example/{}", "a".repeat(bounds::ENDPOINT_BYTES_MAX));
    for address in [
        "",
        "https://",
        "https:///x",
        "push.example",
        "ftp://push.example",
        "https://push.example/a b",
        "https://p\u{e4}",
        &long,
    ] {
        assert!(!is_address(address), "{address}");
    }
}

#[test]
fn what_goes_wrong_with_waking_is_no_matter_to_whoever_never_asked_for_it_and_stops_no_round() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreConfig::new(folder.path()), &[7; 32]).unwrap();
    let mut engine = Engine::new(store, "phone", Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap();
    // The space of a relationship that cannot be read.
    let id = SpaceId::from_bytes([1; 16]);
    let row = SpaceRow {
        relationship: Some(RelationshipId::from_bytes([2; 16])),
        ..new_space(id, SUPPORT, engine.entropy.as_mut())
    };
    engine.commit(&[], |tx| Ok(tx.put_space(&row)?)).unwrap();
    assert!(matches!(engine.ask_waking(id), Ok(None)), "nothing is looked at");
    engine.wake_me_at(Some("https://push.example/up")).unwrap();
    assert!(engine.ask_waking(id).is_err());
    assert!(Host::waking(&mut engine, id).is_ok_and(|ask| ask.is_none()));
    let nowhere = SpaceId::from_bytes([3; 16]);
    assert!(engine.ask_to_ring(nowhere).is_err());
    assert!(Host::ring(&mut engine, nowhere).is_ok_and(|ask| ask.is_none()));
    assert!(engine.host_error.is_none());
}
