//! Who may say something: authors, links, access, keys that are none.

use super::{CANARY, Scene, attack, doctor, failures, home};
use cairn_core::crypto::{
    self, Device as Card, EpochKey, KemSecret, LinkHash, SigningKey, SlotKey, open_key_box, seal_key_box, slot_id,
};
use cairn_core::id::{DocumentId, EntryId, ShareId};
use cairn_core::record::{self, Inside, Kind};
use cairn_core::support::Consent;
use cairn_core::sync::{Ask, SyncError, Transport};
use cairn_tests::{Device, Meddler, RawSession, SeededEntropy, World, change_read, header_of};
use cairn_wire::message::{Access, AccessAnswer, AccessRequest, ReadAnswer, ReadRequest, ReadSpace, Side, SpaceAnswer};
use cairn_wire::{ChainHash, Header, PublicKey, SEALING_BYTES, Signature, SignedHead, decode_canonical, encode};
use minicbor::Encoder;

/// What somebody can make who holds the space's keys and is no device of it: one that was let in by mistake, or a thief of one. `author`
/// is who signs; whom the record names is part of `change`.
pub(crate) fn made_by(
    device: &Device,
    like: &[u8],
    author: &SigningKey,
    change: impl FnOnce(&mut Header, &mut Inside),
) -> Vec<u8> {
    let view = device.engine.store().view();
    let mut header = header_of(like);
    let space = view.space(header.space).unwrap().unwrap();
    let key = EpochKey::from_bytes(*view.epoch_key(space.id, header.epoch).unwrap().unwrap());
    let plaintext = crypto::open(&key, like).unwrap();
    let mut inside = record::parse(&header.encode(), &plaintext).unwrap().inside;
    inside.author = *author.public().as_bytes();
    (header.record_id, header.merged_upto) = (cairn_wire::RecordId::from_bytes([0xee; 16]), 0);
    inside.parents.clear();
    change(&mut header, &mut inside);
    if header.slot == header_of(like).slot {
        header.slot = slot_id(&SlotKey::from_bytes(space.slot_key), &inside.document, inside.edition);
    }
    let unsigned = inside.encode().unwrap();
    header.length = u32::try_from(unsigned.plaintext_length() + SEALING_BYTES - cairn_wire::HEADER_BYTES).unwrap();
    let signature = author.sign(&record::signed_bytes(&unsigned.digest(&header.encode())));
    crypto::seal(&key, &header, [0xee; 24], &unsigned.signed(*signature.as_bytes())).unwrap()
}

/// The last record of an entry that was sent: what a forgery is made of.
pub(super) fn an_entry(scene: &Scene) -> Vec<u8> {
    let keys: Vec<_> = scene
        .phone
        .engine
        .store()
        .view()
        .epoch_keys(home(&scene.phone).id)
        .unwrap();
    let is_entry = |record: &Vec<u8>| {
        keys.iter().any(|(_, key)| {
            crypto::open(&EpochKey::from_bytes(**key), record)
                .is_ok_and(|plaintext| plaintext[1] == Kind::Entry.number())
        })
    };
    scene
        .heard
        .records()
        .into_iter()
        .rfind(is_entry)
        .expect("an entry was sent")
}

fn stranger(seed: u64) -> SigningKey {
    SigningKey::random(&mut SeededEntropy::new(seed, "stranger"))
}

/// Another document than that of the record it is made of.
const fn new_document(_: &mut Header, inside: &mut Inside) {
    inside.document = DocumentId::from_bytes([0xdd; 16]);
}

fn shows(device: &Device) -> bool {
    let id = EntryId::from(DocumentId::from_bytes([0xdd; 16]));
    device.engine.store().view().entry(id).unwrap().is_some()
}

/// Whatever is in the log, both devices say that it was set aside for this cause, and show nothing of it.
fn is_set_aside(scene: &mut Scene, cause: &str) {
    for device in [&mut scene.phone, &mut scene.tablet] {
        assert_eq!(failures(device, &scene.world.line()), []);
        let (well, said) = doctor(device);
        assert!(!well && said.contains(cause), "{said}");
        assert!(!shows(device));
    }
}

attack! {
    /// MS-06: a record that names the phone as its author, and that the phone did not sign.
    a_record_in_another_name, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("really by the phone");
        scene.phone.sync(&scene.world);
        let like = an_entry(&scene);
        let plaintext = {
            let key = *scene.phone.engine.store().view().epoch_key(home(&scene.phone).id, header_of(&like).epoch).unwrap().unwrap();
            crypto::open(&EpochKey::from_bytes(key), &like).unwrap()
        };
        let phone = record::parse(&header_of(&like).encode(), &plaintext).unwrap().inside.author;
        let forged = made_by(&scene.phone, &like, &stranger(seed), |header, inside| {
            new_document(header, inside);
            inside.author = phone;
        });
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&[forged]);
        is_set_aside(&mut scene, "signature of its writer");
        scene.honest_again();
    }, without SignatureUnread
}

attack! {
    /// MS-02, MS-07: a record by somebody whom no link of the chain names, properly signed.
    a_record_by_a_stranger, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("by the phone");
        scene.phone.sync(&scene.world);
        let forged = made_by(&scene.phone, &an_entry(&scene), &stranger(seed), new_document);
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&[forged]);
        is_set_aside(&mut scene, "not from one of the people or devices here");
        scene.honest_again();
    }, without StrangerHeard
}

/// A link that adds `card`, signed by whoever; everything else about it is right.
fn link(device: &Device, author: &SigningKey, card: &Card) -> Vec<u8> {
    let (space, view) = (home(device), device.engine.store().view());
    let links = view.links(space.id).unwrap();
    let head = SignedHead {
        space: space.id,
        incarnation: space.incarnation,
        n: space.head_n,
        chain: ChainHash::from_bytes(space.head_chain),
        time_ms: space.head_time,
        signature: Signature::from_bytes(space.head_signature),
    };
    let body = [&[0xa2, 0][..], &encode(card), &[1], &encode(&head)].concat();
    let mut payload = Encoder::new(Vec::new());
    payload
        .map(8)
        .unwrap()
        .u8(0)
        .unwrap()
        .u8(1)
        .unwrap()
        .u8(1)
        .unwrap()
        .u8(2)
        .unwrap();
    payload.u8(2).unwrap().bytes(space.id.as_bytes()).unwrap();
    payload.u8(3).unwrap().u64(links.len() as u64).unwrap();
    payload
        .u8(4)
        .unwrap()
        .bytes(LinkHash::of(links.last().unwrap()).as_bytes())
        .unwrap();
    payload.u8(5).unwrap().bytes(author.public().as_bytes()).unwrap();
    payload
        .u8(6)
        .unwrap()
        .array(3)
        .unwrap()
        .u32(space.incarnation)
        .unwrap()
        .u64(space.cursor)
        .unwrap();
    payload.bytes(&space.chain).unwrap();
    payload.u8(7).unwrap().bytes(&body).unwrap();
    let payload = payload.into_writer();
    let signature = author.sign(&[b"cairn chain link 1".as_slice(), &payload].concat());
    let mut link = Encoder::new(Vec::new());
    link.array(2)
        .unwrap()
        .bytes(&payload)
        .unwrap()
        .bytes(signature.as_bytes())
        .unwrap();
    link.into_writer()
}

attack! {
    /// MS-02: a link that adds a device, signed by that device itself.
    a_device_that_adds_itself, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("for two devices");
        scene.phone.sync(&scene.world);
        let key = stranger(seed);
        let card = Card {
            signing: key.public(),
            kem: KemSecret::random(&mut SeededEntropy::new(seed, "kem")).public(),
            access: stranger(seed + 100).public(),
            name: "tablet".to_owned(),
        };
        let link = link(&scene.phone, &key, &card);
        assert!(crypto::Link::parse(&link).is_ok(), "the link itself is well made");
        let forged = made_by(&scene.phone, &an_entry(&scene), &key, |_, inside| {
            let mut id = [0; 16];
            id.copy_from_slice(&LinkHash::of(&link).as_bytes()[..16]);
            (inside.kind, inside.document, inside.projection) = (Kind::DeviceLink, DocumentId::from_bytes(id), link.clone());
            (inside.schema, inside.genesis, inside.edition) = (1, 0, 0);
            (inside.heads, inside.document_bytes) = (Vec::new(), None);
        });
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&[forged]);
        is_set_aside(&mut scene, "not from one of the people or devices here");
        scene.honest_again();
    }, without StrangerLinks
}

attack! {
    /// MS-03: the relay lets somebody into the space whom nobody invited. They read what opens for nobody, and what they write is set aside.
    a_guest_of_the_relay, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("not for guests");
        scene.phone.sync(&scene.world);
        let (space, guest) = (home(&scene.phone), stranger(seed));
        let host = RawSession::of(&scene.world, &space);
        let add = vec![Access { key: guest.public(), side: Side::Participant, administer: true }];
        let message = AccessRequest { token: host.token(), space: space.id, version: space.access_version, add, remove: Vec::new(), only: None };
        let answer = scene.world.line().send(&Ask::request(&space.origin, "/v1/access", &message, 0)).unwrap();
        Ask::answer::<AccessAnswer>(&answer).unwrap();
        let guest = RawSession::begin(&scene.world, space.id, &guest);
        let read = ReadSpace { token: guest.token(), space: space.id, since: Some(0), until: None, slots: None };
        let message = ReadRequest { spaces: vec![read], bytes_max: 1 << 20, wait_ms: 0 };
        let answer = scene.world.line().send(&Ask::request(&space.origin, "/v1/read", &message, 0)).unwrap();
        let pages: ReadAnswer<'_> = Ask::answer(&answer).unwrap();
        let mut garbage = pages.pages[0].items.iter().rev().find_map(|item| item.record.clone()).unwrap().into_vec();
        assert!(!answer.body.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
        garbage[18..34].copy_from_slice(&[0xaa; 16]); // Another record id, or the relay would know it.
        guest.append(&[garbage]);
        is_set_aside(&mut scene, "changed on its way");
        scene.honest_again();
    }
}

attack! {
    /// MS-05: a relay whose key is a point of small order, under which one signature holds for everything.
    a_key_that_signs_anything, |seed| {
        let world = World::new(seed);
        let mut phone = Device::new(&world, seed, "phone");
        let mut point = [0; 32];
        point[0] = 1;
        let mut anything = [0; 64];
        anything[..32].copy_from_slice(&point);
        let (weak, anything) = (PublicKey::from_bytes(point), Signature::from_bytes(anything));
        assert!(crypto::verify(&weak, b"whatever this says", &anything).is_err());
        let line = Meddler::of_answers(world.line(), move |request, response| {
            if request.path == "/v1/space" {
                let mut answer: SpaceAnswer = decode_canonical(&response.body).unwrap();
                (answer.relay_key, answer.head.signature) = (weak, anything);
                response.body = encode(&answer);
            }
        });
        phone.engine.connect(world.origin()).unwrap();
        assert_eq!(failures(&mut phone, &line), [SyncError::HeadForged]);
        assert!(!home(&phone).created, "no space begins under it");
        phone.sync(&world);
    }, without WeakKeys
}

attack! {
    /// MS-04, MS-05: a key box with a byte of its encapsulated key, its recipients or its content changed, or for another space.
    a_key_box_that_was_changed, |seed| {
        let scene = Scene::new(seed);
        let (space, entropy) = (home(&scene.phone), &mut SeededEntropy::new(seed, "box"));
        let secret = KemSecret::random(entropy);
        let keys = crypto::SpaceKeys {
            slot_key: SlotKey::from_bytes([1; 32]),
            epoch_keys: [(1, EpochKey::from_bytes([2; 32]))].into(),
        };
        let sealed = seal_key_box(&space.id, &[secret.public()], &keys, entropy).unwrap();
        assert!(open_key_box(&space.id, &secret, &sealed).is_ok());
        for at in (usize::try_from(seed % 7).unwrap()..sealed.len()).step_by(7) {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << (at % 8);
            // What fills the box up to eight recipients says nothing: there a change is none.
            if let Ok(opened) = open_key_box(&space.id, &secret, &changed) {
                assert!(opened.slot_key.as_bytes() == keys.slot_key.as_bytes(), "byte {at}");
            }
        }
        for length in (0..sealed.len()).step_by(101) {
            assert!(open_key_box(&space.id, &secret, &sealed[..length]).is_err());
        }
        assert!(open_key_box(&cairn_wire::SpaceId::from_bytes([9; 16]), &secret, &sealed).is_err());
        scene.honest_again();
    }
}

attack! {
    /// MS-02: whoever has a phone that was removed shows something in the participant's name, with the keys of before, and the relay helps.
    a_view_by_whom_the_participant_was, |seed| {
        let mut scene = Scene::new(seed);
        let mut dee = Device::new(&scene.world, seed, "dee");
        dee.connect(&scene.world);
        let relationship = scene.phone.befriend(&scene.world, &mut dee);
        let entry = scene.phone_writes("shown");
        scene.phone.share(relationship, entry);
        scene.settle();
        dee.sync(&scene.world);
        let space = scene.phone.engine.store().view().spaces().unwrap().swap_remove(1).id;
        let like = scene.heard.records().into_iter().rfind(|record| header_of(record).space == space).unwrap();
        let seeds = scene.phone.engine.relationships().unwrap()[0].persona[..32].try_into().unwrap();
        let forged = made_by(&scene.phone, &like, &SigningKey::from_seed(&seeds), |_, inside| {
            let mut view = record::decode_view(&inside.projection).unwrap();
            let id = ShareId::from_bytes([0xdd; 16]);
            view.consent = Consent { id, ..view.consent };
            (inside.document, inside.projection) = (id.into(), record::encode_view(&view));
        });
        scene.world.clock.advance_ms(8 * 24 * 60 * 60 * 1000);
        let phone = scene.phone.id();
        scene.tablet.engine.remove_device(phone).unwrap();
        for _ in 0..3 {
            scene.tablet.sync(&scene.world);
        }
        dee.sync(&scene.world);
        assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
        let forger = scene.world.forger();
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            change_read(request, response, |answer| {
                let pages = answer.pages.iter_mut().filter(|page| page.space == space);
                pages.for_each(|page| forger.extend(page, std::slice::from_ref(&forged)));
            });
        });
        drop(failures(&mut dee, &line));
        assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1, "what was shown is shown, and nothing else");
        let (well, said) = doctor(&mut dee);
        assert!(!well && said.contains("not from one of the people or devices here"), "{said}");
    }, without FormerPersona
}
