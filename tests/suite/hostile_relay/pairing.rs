//! Pairing, with somebody in the mailbox who knows the code.

use super::{Scene, attack, drive, home};
use cairn_core::crypto::{
    Code, EpochKey, Join, Joiner, KemSecret, LinkHash, Offer, Offerer, Purpose, SigningKey, SlotKey, SpaceKeys,
    Welcome, seal_key_box,
};
use cairn_core::sync::{Ask, Request, Response, Transport, mailbox};
use cairn_core::vault::{Error, Handshake, Next};
use cairn_tests::{Device, Meddler, RawSession, SeededEntropy};
use cairn_wire::message::{Access, AccessRequest, MailboxAnswer, MailboxOp, MailboxRequest, Side};
use cairn_wire::{Seen, decode_canonical, encode};
use minicbor::{Decoder, Encoder};
use std::sync::{Arc, Mutex};

/// Takes one step of a handshake; the error is what the step itself says.
pub(super) fn step(device: &mut Device, which: Handshake, line: &dyn Transport) -> Result<(), Error> {
    match device.engine.handshake_next(which)? {
        Next::Ask(request) => device.engine.handshake_answer(which, &line.send(&request).unwrap()),
        Next::Sync => drive(&mut device.engine, line).map(drop),
        Next::TypeDigits(_) | Next::Done => Ok(()),
    }
}

/// Whether the person is asked for the digits that the new device shows.
fn asks(device: &mut Device) -> bool {
    matches!(
        device.engine.handshake_next(Handshake::PairOffer),
        Ok(Next::TypeDigits(_))
    )
}

fn joiner(seed: u64) -> Joiner {
    let entropy = &mut SeededEntropy::new(seed, "joiner");
    Joiner {
        signing: SigningKey::random(entropy).public(),
        kem: KemSecret::random(entropy).public(),
        access: SigningKey::random(entropy).public(),
        name: "new".to_owned(),
    }
}

attack! {
    /// MS-32: somebody who saw the code joins first. The device in the person's hand shows other digits than the phone expects.
    somebody_else_joins_first, |seed| {
        let mut scene = Scene::new(seed);
        let code = scene.phone.engine.pair().unwrap();
        let mut eve = Device::new(&scene.world, seed, "eve");
        eve.engine.join(&code).unwrap();
        for _ in 0..3 {
            step(&mut eve, Handshake::PairJoin, &scene.world.line()).unwrap();
            step(&mut scene.phone, Handshake::PairOffer, &scene.world.line()).unwrap();
        }
        assert!(asks(&mut scene.phone));
        // The relay hands the person's new device the phone's reveal, and keeps its hello.
        let code = Code::from_text(&code).unwrap();
        let answer = scene.world.line().send(&mailbox::read(scene.world.origin(), code.mailbox(), 1, 0)).unwrap();
        let reveal = mailbox::messages(&answer).unwrap().remove(0);
        let mut new = Join::begin(code, joiner(seed), &mut SeededEntropy::new(seed, "join")).unwrap();
        let digits = new.hear_reveal(&reveal).unwrap().to_string();
        let typed = scene.phone.engine.type_digits(Handshake::PairOffer, &digits);
        assert!(matches!(typed, Err(Error::WrongDigits)), "{typed:?}");
        scene.phone.engine.handshake_cancel(Handshake::PairOffer).unwrap();
        scene.honest_again();
    }, without DigitsUnread
}

attack! {
    /// MS-32: a thousand guesses at the digits.
    guesses_without_end, |seed| {
        let mut scene = Scene::new(seed);
        let code = scene.phone.engine.pair().unwrap();
        let mut eve = Device::new(&scene.world, seed, "eve");
        eve.engine.join(&code).unwrap();
        while !asks(&mut scene.phone) {
            step(&mut eve, Handshake::PairJoin, &scene.world.line()).unwrap();
            step(&mut scene.phone, Handshake::PairOffer, &scene.world.line()).unwrap();
        }
        let mut entropy = SeededEntropy::new(seed, "guesses");
        let guess = |_: &u32| {
            let typed = format!("{:06}", entropy.below(1_000_000));
            matches!(scene.phone.engine.type_digits(Handshake::PairOffer, &typed), Err(Error::WrongDigits))
        };
        assert_eq!((0..1_000).filter(guess).count(), 2, "the third ends it");
        scene.honest_again();
    }, without TriesUncounted
}

/// An offer of a device under the code of another.
fn offer_under_pairing(code: &str, scene: &Scene, seed: u64) -> Offer {
    let (entropy, space) = (&mut SeededEntropy::new(seed, "evil"), home(&scene.phone));
    let links = scene.phone.engine.store().view().links(space.id).unwrap();
    let offerer = Offerer {
        signing: SigningKey::random(entropy).public(),
        kem: KemSecret::random(entropy).public(),
        space: space.id,
        tip: LinkHash::of(links.last().unwrap()),
        name: "phone".to_owned(),
    };
    offer_under(code, Purpose::Pair, offerer, entropy)
}

/// An offer under the code of another, as whoever has seen the code can make it: with a reveal of their own.
pub(super) fn offer_under(code: &str, purpose: Purpose, offerer: Offerer, entropy: &mut SeededEntropy) -> Offer {
    let code = Code::from_text(code).unwrap();
    let own = Offer::begin(purpose, offerer, (code.origin(), code.relay_key()), entropy)
        .unwrap()
        .to_bytes();
    let mut read = Decoder::new(&own);
    assert_eq!(read.map().unwrap(), Some(4));
    let mut write = Encoder::new(Vec::new());
    write
        .map(4)
        .unwrap()
        .u8(read.u8().unwrap())
        .unwrap()
        .u8(read.u8().unwrap())
        .unwrap();
    write.u8(read.u8().unwrap()).unwrap().bytes(&code.encode()).unwrap();
    read.bytes().unwrap();
    write.writer_mut().extend_from_slice(&own[read.position()..]);
    Offer::from_bytes(&write.into_writer()).unwrap()
}

/// A mailbox in which somebody else writes the message at `index`, once they have read the hello.
pub(super) fn message_at(
    line: impl Transport,
    index: u32,
    offer: Offer,
    make: impl Fn(&mut Offer, &[u8]) -> Vec<u8> + Send + Sync + 'static,
) -> impl Transport {
    let hello: Arc<Mutex<Vec<u8>>> = Arc::default();
    let offer = Mutex::new(offer);
    Meddler::of_answers(line, move |request: &Request, response: &mut Response| {
        if request.path != "/v1/mailbox" {
            return;
        }
        let asked: MailboxRequest<'_> = decode_canonical(&request.body).unwrap();
        match (asked.op, asked.bytes) {
            (MailboxOp::Post, Some(bytes)) if asked.index == 0 => *hello.lock().unwrap() = bytes.into_vec(),
            (MailboxOp::Read, _) if asked.index == index => {
                let message = make(&mut offer.lock().unwrap(), &hello.lock().unwrap());
                response.body = encode(&MailboxAnswer {
                    messages: vec![message.into()],
                    count: index + 1,
                });
            }
            _ => {}
        }
    })
}

attack! {
    /// MS-32, MS-33: whoever saw the code puts a reveal of their own in the mailbox, so that the new device joins them.
    another_reveal, |seed| {
        let mut scene = Scene::new(seed);
        let code = scene.phone.engine.pair().unwrap();
        let offer = offer_under_pairing(&code, &scene, seed);
        let line = message_at(scene.world.line(), 1, offer, move |offer, hello| {
            offer.hear_hello(hello, &mut SeededEntropy::new(seed, "reveal")).unwrap().bytes
        });
        let mut new = Device::new(&scene.world, seed, "new");
        new.engine.join(&code).unwrap();
        step(&mut new, Handshake::PairJoin, &line).unwrap();
        let heard = step(&mut new, Handshake::PairJoin, &line);
        assert!(matches!(heard, Err(Error::Handshake)), "{heard:?}");
        assert!(!matches!(new.engine.shown_digits(Handshake::PairJoin), Ok(Some(_))), "no digits are shown for it");
        scene.phone.engine.handshake_cancel(Handshake::PairOffer).unwrap();
        scene.honest_again();
    }, without RevealUnread
}

attack! {
    /// MS-04, MS-07, MS-32: after honest digits, somebody who knows the code welcomes the new device with keys of their own.
    a_welcome_with_other_keys, |seed| {
        let mut scene = Scene::new(seed);
        let code = scene.phone.engine.pair().unwrap();
        let offer = offer_under_pairing(&code, &scene, seed);
        let row = home(&scene.phone);
        let genesis = LinkHash::of(&scene.phone.engine.store().view().links(row.id).unwrap()[0]);
        let line = message_at(scene.world.line(), 2, offer, move |offer, hello| {
            let entropy = &mut SeededEntropy::new(seed, "welcome");
            offer.hear_hello(hello, entropy).unwrap();
            let digits = offer.digits().unwrap().to_string();
            offer.type_digits(&digits).unwrap();
            let kem = offer.joiner().unwrap().kem;
            let keys = SpaceKeys {
                slot_key: SlotKey::from_bytes([6; 32]),
                epoch_keys: [(1, EpochKey::from_bytes([6; 32]))].into(),
            };
            let key_box = seal_key_box(&row.id, &[kem], &keys, entropy).unwrap();
            let seen = Seen { incarnation: row.incarnation, n: row.cursor, chain: cairn_wire::ChainHash::from_bytes(row.chain) };
            offer.welcome(Welcome { key_box, genesis, seen, space: row.id }, entropy).unwrap().bytes
        });
        let mut new = Device::new(&scene.world, seed, "new");
        new.engine.join(&code).unwrap();
        let mut digits = None;
        for _ in 0..12 {
            if home(&new).id == home(&scene.phone).id {
                break;
            }
            step(&mut new, Handshake::PairJoin, &line).unwrap();
            step(&mut scene.phone, Handshake::PairOffer, &scene.world.line()).unwrap();
            if let (None, true, Ok(Some(shown))) =
                (&digits, asks(&mut scene.phone), new.engine.shown_digits(Handshake::PairJoin))
            {
                scene.phone.engine.type_digits(Handshake::PairOffer, &shown.digits).unwrap();
                digits = Some(shown.digits);
            }
        }
        assert!(digits.is_some() && home(&new).id == home(&scene.phone).id, "it took the welcome");
        scene.phone.sync(&scene.world);
        new.write("for whoever that is");
        let sent = scene.heard.records().len();
        let refused = drive(&mut new.engine, &scene.world.line());
        assert!(matches!(refused, Err(Error::Handshake)), "{refused:?}");
        assert_eq!(scene.heard.records().len(), sent, "nothing is sealed under those keys");
    }, without WelcomeUnproven
}

attack! {
    /// MS-33: a stranger's code, read by a phone that holds words: it stays the person's own.
    a_code_that_leads_to_strangers, |seed| {
        let mut scene = Scene::new(seed);
        let mut eve = Device::new(&scene.world, seed, "eve");
        eve.connect(&scene.world);
        let code = eve.engine.pair().unwrap();
        let mut alone = Device::new(&scene.world, seed, "alone");
        alone.write("never sent anywhere");
        for device in [&mut scene.phone, &mut scene.tablet, &mut alone] {
            assert!(matches!(device.engine.join(&code), Err(Error::NotEmpty)));
        }
        scene.honest_again();
    }, without JoinsWithWords
}

attack! {
    /// MS-34: what a code holds is in no request, in no form; the mailbox is named by what follows from it.
    a_secret_that_is_sent, |seed| {
        let mut scene = Scene::new(seed);
        let code = scene.phone.engine.pair().unwrap();
        let mut new = Device::new(&scene.world, seed, "new");
        new.engine.join(&code).unwrap();
        scene.phone.shake_hands(&scene.world, Handshake::PairOffer, &mut new, Handshake::PairJoin);
        let secret = &Code::from_text(&code).unwrap().encode()[2..18];
        let heard = scene.heard.bytes();
        let has = |wanted: &[u8]| heard.windows(wanted.len()).any(|window| window == wanted);
        assert!(!has(secret) && !has(code.as_bytes()));
    }, without SecretSent
}

#[test]
fn a_message_of_the_mailbox_that_was_changed_ends_the_pairing_and_lets_nobody_in() {
    for seed in super::SEEDS {
        for index in 0..3 {
            let mut scene = Scene::new(seed);
            let at = usize::try_from(seed).unwrap() * 31;
            let line = Meddler::of_answers(scene.world.line(), move |request, response| {
                if request.path == "/v1/mailbox" {
                    let asked: MailboxRequest<'_> = decode_canonical(&request.body).unwrap();
                    let mut answer: MailboxAnswer<'_> = decode_canonical(&response.body).unwrap();
                    if asked.op == MailboxOp::Read
                        && asked.index == index
                        && let Some(message) = answer.messages.first_mut()
                    {
                        let mut changed = message.to_vec();
                        changed[at] ^= 1;
                        *message = changed.into();
                        response.body = encode(&answer);
                    }
                }
            });
            let mut new = Device::new(&scene.world, seed, "new");
            let code = scene.phone.engine.pair().unwrap();
            new.engine.join(&code).unwrap();
            let mut ended = false;
            for _ in 0..12 {
                let results = [
                    step(&mut new, Handshake::PairJoin, &line),
                    step(&mut scene.phone, Handshake::PairOffer, &line),
                ];
                ended |= results.iter().any(|result| matches!(result, Err(Error::Handshake)));
                if let (true, Ok(Some(shown))) = (asks(&mut scene.phone), new.engine.shown_digits(Handshake::PairJoin))
                {
                    scene
                        .phone
                        .engine
                        .type_digits(Handshake::PairOffer, &shown.digits)
                        .unwrap();
                }
            }
            assert!(ended, "message {index}");
            assert!(home(&new).id != home(&scene.phone).id, "nobody joined");
        }
    }
}

/// A removed device still has its keys, and what it had read. It shows the way into the journal it was in, under a code of its own.
#[test]
fn a_device_that_was_removed_shows_nobody_the_way() {
    for seed in super::SEEDS {
        let mut scene = Scene::new(seed);
        scene.phone.engine.remove_device(scene.tablet.id()).unwrap();
        for _ in 0..3 {
            scene.phone.sync(&scene.world);
        }
        let row = home(&scene.phone);
        let view = scene.phone.engine.store().view();
        let links = view.links(row.id).unwrap();
        let entropy = &mut SeededEntropy::new(seed, "removed");
        let offerer = Offerer {
            signing: scene.tablet.id(),
            kem: KemSecret::random(entropy).public(),
            space: row.id,
            tip: LinkHash::of(&links[1]),
            name: "tablet".to_owned(),
        };
        let relay = cairn_wire::PublicKey::from_bytes(row.relay_key);
        let offer = Offer::begin(Purpose::Pair, offerer, (&row.origin, relay), entropy).unwrap();
        let code = offer.code().to_text();
        // Keys as the chain vouches for them: whoever else is in it may be on their side.
        let epoch_keys = view.epoch_keys(row.id).unwrap();
        let keys = SpaceKeys {
            slot_key: SlotKey::from_bytes(row.slot_key),
            epoch_keys: epoch_keys
                .into_iter()
                .map(|(epoch, key)| (epoch, EpochKey::from_bytes(*key)))
                .collect(),
        };
        let (genesis, space) = (LinkHash::of(&links[0]), row.clone());
        let (offer, hello) = (Mutex::new(offer), Mutex::new(Vec::new()));
        let line = Meddler::of_answers(scene.world.line(), move |request: &Request, response: &mut Response| {
            if request.path != "/v1/mailbox" {
                return;
            }
            let asked: MailboxRequest<'_> = decode_canonical(&request.body).unwrap();
            let entropy = &mut SeededEntropy::new(seed, "way");
            let mut offer = offer.lock().unwrap();
            let message = match (asked.op, asked.bytes) {
                (MailboxOp::Post, Some(bytes)) if asked.index == 0 => {
                    *hello.lock().unwrap() = bytes.into_vec();
                    return;
                }
                (MailboxOp::Read, _) if asked.index == 1 => {
                    offer.hear_hello(&hello.lock().unwrap(), entropy).unwrap().bytes
                }
                (MailboxOp::Read, _) if asked.index == 2 => {
                    let digits = offer.digits().unwrap().to_string();
                    offer.type_digits(&digits).unwrap();
                    let kem = offer.joiner().unwrap().kem;
                    let key_box = seal_key_box(&space.id, &[kem], &keys, entropy).unwrap();
                    let chain = cairn_wire::ChainHash::from_bytes(space.chain);
                    let seen = Seen {
                        incarnation: space.incarnation,
                        n: space.cursor,
                        chain,
                    };
                    offer
                        .welcome(
                            Welcome {
                                key_box,
                                genesis,
                                seen,
                                space: space.id,
                            },
                            entropy,
                        )
                        .unwrap()
                        .bytes
                }
                _ => return,
            };
            let (messages, count) = (vec![message.into()], asked.index + 1);
            response.body = encode(&MailboxAnswer { messages, count });
            response.status = 200;
        });
        let mut new = Device::new(&scene.world, seed, "new");
        new.engine.join(&code).unwrap();
        for _ in 0..6 {
            if home(&new).id != row.id {
                step(&mut new, Handshake::PairJoin, &line).unwrap();
            }
        }
        assert_eq!(home(&new).id, row.id, "it took the welcome");
        let key = SigningKey::from_seed(&home(&new).access_seed).public();
        let message = AccessRequest {
            token: RawSession::of(&scene.world, &row).token(),
            space: row.id,
            version: row.access_version,
            add: vec![Access {
                key,
                side: Side::Participant,
                administer: false,
            }],
            remove: Vec::new(),
            only: None,
        };
        let answer = scene
            .world
            .line()
            .send(&Ask::request(&row.origin, "/v1/access", &message, 0))
            .unwrap();
        assert_eq!(answer.status, 200);
        new.write("for whoever that is");
        let refused = drive(&mut new.engine, &scene.world.line());
        assert!(matches!(refused, Err(Error::Handshake)), "{refused:?}");
    }
}
