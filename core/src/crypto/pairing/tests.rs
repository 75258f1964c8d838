//! What a pairing withstands.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use cairn_wire::{Seen, SpaceId};

use super::message::{declined, open_message, seal_message};
use super::*;
use crate::crypto::vectors::{Counting, Seeded, counting, kem, signing};
use crate::crypto::{CryptoError, LinkHash, cbor};
use crate::id::Entropy;

fn offer() -> Offer {
    offer_of(Purpose::Pair)
}

fn offer_of(purpose: Purpose) -> Offer {
    let space = SpaceId::from_bytes(counting(0x10));
    let offerer = Offerer {
        signing: signing(0).public(),
        kem: kem(1).public(),
        space,
        tip: LinkHash::NONE,
        name: "Ana".to_owned(),
    };
    let relay = ("https://relay.example", signing(0xf0).public());
    Offer::begin(purpose, offerer, relay, &mut Counting::from(0)).unwrap()
}

fn joiner(start: u8) -> Joiner {
    Joiner {
        signing: signing(start).public(),
        kem: kem(start).public(),
        access: signing(start + 1).public(),
        name: "tablet".to_owned(),
    }
}

fn join(offer: &Offer, start: u8) -> Join {
    Join::begin(offer.code().clone(), joiner(start), &mut Counting::from(start)).unwrap()
}

fn welcome(space: u8) -> Welcome {
    let space = SpaceId::from_bytes(counting(space));
    Welcome {
        key_box: vec![1, 2, 3],
        genesis: LinkHash::from_bytes([1; 32]),
        seen: Seen::nothing(&space),
        space,
    }
}

#[test]
fn an_honest_pairing_survives_a_restart_after_every_step() {
    let entropy = &mut Counting::from(0x55);
    let reopened = |offer: Offer| Offer::from_bytes(&offer.to_bytes()).unwrap();
    let mut offer = reopened(offer());
    let mut join = Join::from_bytes(&join(&offer, 8).to_bytes()).unwrap();
    let reveal = offer.hear_hello(&join.hello().bytes, entropy).unwrap();
    let mut offer = reopened(offer);
    assert_eq!(
        offer.hear_hello(&join.hello().bytes, entropy).unwrap(),
        reveal,
        "the same answer again"
    );
    assert_eq!(offer.joiner().unwrap().name, "tablet");
    let digits = join.hear_reveal(&reveal.bytes).unwrap();
    let join = Join::from_bytes(&join.to_bytes()).unwrap();
    assert_eq!(join.digits(), Some(digits));
    assert_eq!(join.offerer().unwrap().name, "Ana");
    assert_eq!(offer.digits(), Some(digits));
    let spoken = digits.to_string();
    let (left, right) = spoken.split_at(3);
    offer.type_digits(&format!("{left} {right}\n")).unwrap();
    let mut offer = reopened(offer);
    let answer = offer.welcome(welcome(0x10), entropy).unwrap();
    assert_eq!((answer.index, offer.has_ended()), (2, true));
    assert_eq!(join.hear_answer(&answer.bytes).unwrap(), welcome(0x10));
}

#[test]
fn the_third_wrong_try_ends_the_pairing_even_over_restarts() {
    let mut offer = offer();
    let join = join(&offer, 8);
    offer.hear_hello(&join.hello().bytes, &mut Counting::from(1)).unwrap();
    let right = offer.digits().unwrap().to_string();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for tries_left in [2, 1, 0] {
        assert_eq!(
            offer.type_digits("12345"),
            Err(CryptoError::Malformed),
            "a slip costs no try"
        );
        assert_eq!(offer.type_digits(wrong), Err(CryptoError::DigitsDiffer { tries_left }));
        offer = Offer::from_bytes(&offer.to_bytes()).unwrap();
    }
    assert_eq!(offer.type_digits(&right), Err(CryptoError::PairingEnded));
    assert_eq!(
        offer.welcome(welcome(0x10), &mut Counting::from(1)),
        Err(CryptoError::PairingEnded)
    );
    let refused = offer.refuse(&mut Counting::from(1)).unwrap();
    assert_eq!(join.hear_answer(&refused.bytes), Err(CryptoError::PairingRefused));
}

#[test]
fn nothing_is_handed_over_before_the_digits_match() {
    let mut offer = offer();
    assert_eq!(offer.type_digits("000000"), Err(CryptoError::OutOfOrder));
    assert_eq!(
        offer.welcome(welcome(0x10), &mut Counting::from(1)),
        Err(CryptoError::OutOfOrder)
    );
    let join = join(&offer, 8);
    offer.hear_hello(&join.hello().bytes, &mut Counting::from(1)).unwrap();
    assert_eq!(
        offer.welcome(welcome(0x10), &mut Counting::from(1)),
        Err(CryptoError::OutOfOrder)
    );
}

#[test]
fn an_invitation_that_is_declined_has_ended_and_looks_like_any_other_answer() {
    let mut invitation = offer_of(Purpose::Invite);
    let not_now = decline(invitation.code(), &mut Counting::from(1)).unwrap();
    let hello = |name: &str| {
        let joiner = Joiner {
            name: name.to_owned(),
            ..joiner(8)
        };
        let join = Join::begin(invitation.code().clone(), joiner, &mut Counting::from(8)).unwrap();
        join.hello()
    };
    let answered = hello("Dee Dee.");
    assert_eq!(not_now.index, answered.index);
    assert_eq!(not_now.bytes.len(), answered.bytes.len(), "its length tells nothing");
    assert_eq!(
        invitation.hear_hello(&not_now.bytes, &mut Counting::from(2)),
        Err(CryptoError::PairingDeclined)
    );
    assert!(invitation.has_ended() && invitation.joiner().is_none());
    let mut invitation = Offer::from_bytes(&invitation.to_bytes()).unwrap();
    assert_eq!(
        invitation.hear_hello(&answered.bytes, &mut Counting::from(2)),
        Err(CryptoError::PairingEnded)
    );
}

#[test]
fn what_pairs_a_device_is_not_declined() {
    let mut offer = offer();
    assert_eq!(
        decline(offer.code(), &mut Counting::from(1)),
        Err(CryptoError::PairingAltered)
    );
    let post = seal_message(offer.code(), 0, &declined(), &mut Counting::from(1)).unwrap();
    assert_eq!(
        offer.hear_hello(&post.bytes, &mut Counting::from(1)),
        Err(CryptoError::Malformed)
    );
    assert!(!offer.has_ended());
}

#[test]
fn a_second_joiner_is_never_heard() {
    let mut offer = offer();
    offer
        .hear_hello(&join(&offer, 8).hello().bytes, &mut Counting::from(1))
        .unwrap();
    let second = join(&offer, 0x20).hello();
    assert_eq!(
        offer.hear_hello(&second.bytes, &mut Counting::from(1)),
        Err(CryptoError::PairingAltered)
    );
    assert_eq!(offer.joiner().unwrap().signing, signing(8).public());
}

#[test]
fn who_stands_between_with_own_keys_gets_other_digits() {
    // The attacker has photographed the code, so the mailbox is open to them. They answer the offerer with a hello of
    // their own, before the reveal is out; the joiner's hello is another, and so are its digits.
    let mut offer = offer();
    let code = offer.code().clone();
    let mut honest = join(&offer, 8);
    let attacker = join(&offer, 0x20);
    let reveal = offer
        .hear_hello(&attacker.hello().bytes, &mut Counting::from(1))
        .unwrap();
    let shown = honest.hear_reveal(&reveal.bytes).unwrap();
    assert!(matches!(
        offer.type_digits(&shown.to_string()),
        Err(CryptoError::DigitsDiffer { tries_left: 2 })
    ));

    // Nor can they put a reveal of their own before the joiner: the code commits to the real one.
    let plain = open_message(&code, 1, &reveal.bytes).unwrap();
    let mut own: Reveal = cbor::decode(&plain).unwrap();
    own.signing = signing(0x20).public();
    let own = seal_message(&code, 1, &cbor::encode(&own), &mut Counting::from(2)).unwrap();
    assert_eq!(honest.hear_reveal(&own.bytes), Err(CryptoError::PairingAltered));
}

#[test]
fn standing_between_succeeds_once_in_a_million_and_without_the_commitment_always() {
    let offer = offer();
    let code = offer.code();
    let reveal = b"a reveal, committed to".as_slice();
    let nonce = |seed: u64| {
        let mut nonce = [0; 32];
        Seeded::new(seed).fill(&mut nonce);
        nonce
    };
    // Each try is one pairing: the attacker's hello is fixed before the reveal is known, so its digits are a lottery.
    let tries = 200_000;
    let hits = (0..tries)
        .filter(|seed| Digits::of(code, &nonce(2 * seed), reveal) == Digits::of(code, &nonce(2 * seed + 1), reveal))
        .count();
    assert!(
        hits <= 3,
        "{hits} of {tries}; one in five is to be expected, four or more once in 10,000 seeds"
    );

    // The planted defect: were the reveal chosen after the hello, one pairing would do.
    let shown = Digits::of(code, b"the joiner's hello", reveal);
    let found = (0..20_000_000_u64).any(|seed| Digits::of(code, b"the attacker's hello", &nonce(seed)) == shown);
    assert!(found);
}

#[test]
fn a_welcome_to_another_space_than_was_offered_is_refused() {
    let mut offer = offer();
    let mut join = join(&offer, 8);
    let reveal = offer.hear_hello(&join.hello().bytes, &mut Counting::from(1)).unwrap();
    let digits = join.hear_reveal(&reveal.bytes).unwrap();
    offer.type_digits(&digits.to_string()).unwrap();
    let answer = offer.welcome(welcome(0x11), &mut Counting::from(1)).unwrap();
    assert_eq!(join.hear_answer(&answer.bytes), Err(CryptoError::PairingAltered));
}

#[test]
fn a_key_box_that_does_not_fit_the_mailbox_keeps_the_pairing_open() {
    let mut offer = offer();
    let join = join(&offer, 8);
    offer.hear_hello(&join.hello().bytes, &mut Counting::from(1)).unwrap();
    let digits = offer.digits().unwrap().to_string();
    offer.type_digits(&digits).unwrap();
    let large = Welcome {
        key_box: vec![0; 17_000],
        ..welcome(0x10)
    };
    assert_eq!(offer.welcome(large, &mut Counting::from(1)), Err(CryptoError::TooLarge));
    assert!(offer.welcome(welcome(0x10), &mut Counting::from(1)).is_ok());
}

#[test]
fn debug_shows_no_secret_and_no_name() {
    let offer = offer();
    let join = join(&offer, 8);
    let shown = format!("{offer:?} {join:?} {:?} {:?}", offer.code(), join.digits());
    let shown = format!("{shown} {:?} {:?}", signing(0), kem(0));
    assert!(!shown.contains("tablet") && !shown.contains("Ana"), "{shown}");
    assert!(!shown.contains("[0, 1, 2") && !shown.contains("000102"), "{shown}");
}
