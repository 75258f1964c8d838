//! Meeting a specialist, with somebody in the mailbox who knows the code of the invitation.

use super::pairing::{message_at, offer_under, step};
use super::{Scene, attack};
use cairn_core::crypto::{Code, Join, Joiner, KemSecret, LinkHash, Offerer, Purpose, SigningKey};
use cairn_core::id::RelationshipId;
use cairn_core::support::Status;
use cairn_core::sync::{Transport as _, mailbox};
use cairn_core::vault::{Error, Handshake, Next};
use cairn_tests::{Device, SeededEntropy, plain_share};
use cairn_wire::SpaceId;

fn asks(device: &mut Device) -> bool {
    matches!(device.engine.handshake_next(Handshake::Invite), Ok(Next::TypeDigits(_)))
}

/// Nobody is let in by an invitation that was called off: nothing can be shown in it.
fn nothing_came_of_it(mut scene: Scene, id: RelationshipId) {
    scene.phone.engine.handshake_cancel(Handshake::Invite).unwrap();
    let entry = scene.phone_writes("for the one I meant");
    let cards = scene.phone.engine.relationship_cards().unwrap();
    assert!(
        cards
            .iter()
            .all(|card| card.status == Status::Invited && card.relationship.met.is_none())
    );
    assert!(matches!(
        scene.phone.engine.share(plain_share(id, entry)),
        Err(Error::Terms(_))
    ));
    scene.honest_again();
}

/// Somebody accepts it, as far as their app goes by itself.
fn accepted_by(scene: &mut Scene, code: &str, seed: u64) -> Device {
    let mut eve = Device::new(&scene.world, seed, "eve");
    eve.engine.accept(code, "Dee").unwrap();
    for _ in 0..8 {
        if asks(&mut scene.phone) {
            break;
        }
        step(&mut eve, Handshake::Accept, &scene.world.line()).unwrap();
        step(&mut scene.phone, Handshake::Invite, &scene.world.line()).unwrap();
    }
    assert!(asks(&mut scene.phone));
    eve
}

attack! {
    /// MS-01, MS-32: somebody who saw the code accepts first, under the specialist's name. What the specialist reads out is not what the participant's phone expects.
    somebody_else_accepts_first, |seed| {
        let mut scene = Scene::new(seed);
        let (id, code) = scene.phone.engine.invite("Marisol").unwrap();
        let mut eve = accepted_by(&mut scene, &code, seed);
        let code = Code::from_text(&code).unwrap();
        let answer = scene.world.line().send(&mailbox::read(scene.world.origin(), code.mailbox(), 1, 0)).unwrap();
        let reveal = mailbox::messages(&answer).unwrap().remove(0);
        let entropy = &mut SeededEntropy::new(seed, "dee");
        let joiner = Joiner {
            signing: SigningKey::random(entropy).public(),
            kem: KemSecret::random(entropy).public(),
            access: SigningKey::random(entropy).public(),
            name: "Dee".to_owned(),
        };
        let mut dee = Join::begin(code, joiner, entropy).unwrap();
        let digits = dee.hear_reveal(&reveal).unwrap().to_string();
        let typed = scene.phone.engine.type_digits(Handshake::Invite, &digits);
        assert!(matches!(typed, Err(Error::WrongDigits)), "{typed:?}");
        assert!(step(&mut eve, Handshake::Accept, &scene.world.line()).is_ok());
        assert!(eve.engine.relationships().unwrap().iter().all(|one| one.met.is_none()));
        nothing_came_of_it(scene, id);
    }, without DigitsUnread
}

attack! {
    /// MS-32: a thousand guesses at the digits of an invitation.
    guesses_at_an_invitation, |seed| {
        let mut scene = Scene::new(seed);
        let (id, code) = scene.phone.engine.invite("Marisol").unwrap();
        drop(accepted_by(&mut scene, &code, seed));
        let mut entropy = SeededEntropy::new(seed, "guesses");
        let guess = |_: &u32| {
            let typed = format!("{:06}", entropy.below(1_000_000));
            matches!(scene.phone.engine.type_digits(Handshake::Invite, &typed), Err(Error::WrongDigits))
        };
        assert_eq!((0..1_000).filter(guess).count(), 2, "the third ends it");
        nothing_came_of_it(scene, id);
    }, without TriesUncounted
}

attack! {
    /// MS-01, MS-32: whoever saw the code puts a reveal of their own in the mailbox, so that the specialist meets them for the participant.
    another_participant, |seed| {
        let mut scene = Scene::new(seed);
        let (id, code) = scene.phone.engine.invite("Marisol").unwrap();
        let entropy = &mut SeededEntropy::new(seed, "evil");
        let offerer = Offerer {
            signing: SigningKey::random(entropy).public(),
            kem: KemSecret::random(entropy).public(),
            space: SpaceId::from_bytes([7; 16]),
            tip: LinkHash::NONE,
            name: "Marisol".to_owned(),
        };
        let offer = offer_under(&code, Purpose::Invite, offerer, entropy);
        let line = message_at(scene.world.line(), 1, offer, move |offer, hello| {
            offer.hear_hello(hello, &mut SeededEntropy::new(seed, "reveal")).unwrap().bytes
        });
        let mut dee = Device::new(&scene.world, seed, "dee");
        dee.engine.accept(&code, "Dee").unwrap();
        step(&mut dee, Handshake::Accept, &line).unwrap();
        let heard = step(&mut dee, Handshake::Accept, &line);
        assert!(matches!(heard, Err(Error::Handshake)), "{heard:?}");
        assert!(!matches!(dee.engine.shown_digits(Handshake::Accept), Ok(Some(_))), "no digits are shown for it");
        nothing_came_of_it(scene, id);
    }, without RevealUnread
}
