//! Records: flipped, moved, named otherwise, replayed.

use super::authors::{an_entry, made_by};
use super::{Scene, attack, doctor, failures, home};
use cairn_core::crypto::{self, EpochKey, SigningKey};
use cairn_core::record::{Kind, signed_bytes};
use cairn_core::sync::SyncError;
use cairn_tests::{Device, Meddler, RawSession, SeededEntropy, change_read, header_of, texts};
use cairn_wire::{HEADER_BYTES, Nonce, PublicKey, Receipt, Signature, SignedHead, SlotId, session_bytes};
use std::collections::BTreeMap;

/// A record of every kind that the scene makes, each with the key that opens it.
fn one_of_each_kind(scene: &mut Scene, seed: u64) -> Vec<(Vec<u8>, EpochKey)> {
    let mut dee = Device::new(&scene.world, seed, "dee");
    let relationship = scene.phone.befriend(&scene.world, &mut dee);
    let entry = scene.phone_writes("shown and stopped");
    let share = scene.phone.share(relationship, entry);
    let erased = scene.phone.write("erased");
    scene.phone.sync(&scene.world);
    dee.sync(&scene.world);
    scene.phone.engine.revoke(share).unwrap();
    scene.phone.engine.trash(erased).unwrap();
    scene.phone.engine.erase(erased).unwrap();
    scene.phone.sync(&scene.world);
    let mut keys = Vec::new();
    for device in [&scene.phone, &dee] {
        let view = device.engine.store().view();
        for space in view.spaces().unwrap() {
            keys.extend(view.epoch_keys(space.id).unwrap().into_iter().map(|(_, key)| *key));
        }
    }
    let mut kinds = BTreeMap::new();
    for record in scene.heard.records() {
        for key in &keys {
            if let Ok(plaintext) = crypto::open(&EpochKey::from_bytes(*key), &record) {
                kinds.insert(plaintext[1], (record.clone(), EpochKey::from_bytes(*key)));
            }
        }
    }
    for kind in [
        Kind::Entry,
        Kind::Tombstone,
        Kind::DeviceLink,
        Kind::SharedView,
        Kind::Relationship,
    ] {
        assert!(kinds.contains_key(&kind.number()), "{kind:?} was sent");
    }
    kinds.into_values().collect()
}

attack! {
    /// MS-10, MS-14: any bit of a record of any kind is flipped, those of its header among them. The seeds share the bits.
    a_flipped_bit, |seed| {
        let mut scene = Scene::new(seed);
        for (record, key) in one_of_each_kind(&mut scene, seed) {
            let bits = record.len() * 8;
            for bit in (0..bits).filter(|bit| *bit as u64 % 3 == seed % 3 || *bit < HEADER_BYTES * 8) {
                let mut changed = record.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(crypto::open(&key, &changed).is_err(), "bit {bit}");
            }
        }
        scene.honest_again();
    }, without HeaderUnbound
}

attack! {
    /// MS-11, MS-08: the body of any record under the header of any other, ids of one kind in the place of another.
    a_body_in_another_place, |seed| {
        let mut scene = Scene::new(seed);
        let records = one_of_each_kind(&mut scene, seed);
        for (one, _) in &records {
            for (other, key) in &records {
                let mut moved = one[..HEADER_BYTES].to_vec();
                moved.extend_from_slice(&other[HEADER_BYTES..]);
                moved[68..72].copy_from_slice(&other[68..72]); // As long as it says.
                assert!(one == other || crypto::open(key, &moved).is_err());
            }
            let mut swapped = one.clone();
            swapped[18..50].rotate_left(16); // Record id and slot.
            assert!(records.iter().all(|(_, key)| crypto::open(key, &swapped).is_err()));
        }
        scene.honest_again();
    }, without HeaderUnbound
}

attack! {
    /// MS-17: a record that commits to another key than the one it opens under.
    a_commitment_to_another_key, |seed| {
        let mut scene = Scene::new(seed);
        for (record, key) in one_of_each_kind(&mut scene, seed) {
            for at in HEADER_BYTES + 24..HEADER_BYTES + 56 {
                let mut changed = record.clone();
                changed[at] ^= 1 << (seed % 8);
                assert!(crypto::open(&key, &changed).is_err(), "byte {at}");
            }
        }
        scene.honest_again();
    }, without CommitmentUnread
}

attack! {
    /// MS-15: a record of a suite that this version does not know is kept for later, never read as if it were an old one.
    another_suite, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("of the first suite");
        scene.phone.sync(&scene.world);
        let (like, space) = (an_entry(&scene), home(&scene.phone));
        let mut header = header_of(&like);
        let key = *scene.phone.engine.store().view().epoch_key(space.id, header.epoch).unwrap().unwrap();
        let key = EpochKey::from_bytes(key);
        let mut plaintext = crypto::open(&key, &like).unwrap();
        plaintext[0] += 1 + u8::try_from(seed).unwrap();
        header.record_id = cairn_wire::RecordId::from_bytes([0xcc; 16]);
        let record = crypto::seal(&key, &header, [0xcc; 24], &plaintext).unwrap();
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&[record]);
        scene.tablet.sync(&scene.world);
        let (well, said) = doctor(&mut scene.tablet);
        assert!(!well && said.contains("A newer version wrote it"), "{said}");
        scene.honest_again();
    }, without SuiteUnread
}

attack! {
    /// MS-08: a document in the slot of another, sealed by somebody who could.
    a_document_in_a_slot_that_is_not_its_own, |seed| {
        let mut scene = Scene::new(seed);
        scene.phone_writes("in its own slot");
        scene.phone.sync(&scene.world);
        let author = SigningKey::random(&mut SeededEntropy::new(seed, "author"));
        let record = made_by(&scene.phone, &an_entry(&scene), &author, |header, _| {
            header.slot = SlotId::from_bytes([0xab; 16]);
        });
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&[record]);
        scene.tablet.sync(&scene.world);
        let (well, said) = doctor(&mut scene.tablet);
        assert!(!well && said.contains("does not belong where it was found"), "{said}");
        scene.honest_again();
    }, without SlotUnread
}

#[test]
fn a_signature_for_one_purpose_holds_for_no_other() {
    // MS-08: whatever is signed under the same key, with the same bytes wherever they fit.
    let (key, space) = (
        SigningKey::from_seed(&[3; 32]),
        cairn_wire::SpaceId::from_bytes([7; 16]),
    );
    let none = Signature::from_bytes([0; 64]);
    let (chain, slot) = (cairn_wire::ChainHash::from_bytes([7; 32]), SlotId::from_bytes([7; 16]));
    let number = u64::from_le_bytes([7; 8]);
    let head = SignedHead {
        space,
        incarnation: 0x0707_0707,
        n: number,
        chain,
        time_ms: number,
        signature: none,
    };
    let receipt = Receipt {
        space,
        slot,
        seq: number,
        time_ms: number,
        signature: none,
    };
    let (nonce, public) = (Nonce::from_bytes([7; 32]), PublicKey::from_bytes([7; 32]));
    let purposes = [
        head.signed_bytes(),
        receipt.signed_bytes(),
        session_bytes("http://relay.test", &space, &nonce, &public),
        cairn_wire::space_bytes("http://relay.test", &[7; 64]),
        signed_bytes(&[7; 32]),
        [b"cairn chain link 1".as_slice(), &[7; 64]].concat(),
    ];
    for (one, bytes) in purposes.iter().enumerate() {
        let signature = key.sign(bytes);
        for (other, others) in purposes.iter().enumerate() {
            assert_eq!(crypto::verify(&key.public(), others, &signature).is_ok(), one == other);
            let words = bytes.len().min(others.len()).min(12);
            assert!(
                one == other || bytes[..words] != others[..words],
                "{one} and {other} begin alike"
            );
        }
    }
}

attack! {
    /// MS-24: an old state of an entry, and its newest one, once more under new numbers.
    an_old_record_under_a_new_number, |seed| {
        let mut scene = Scene::new(seed);
        let entry = scene.phone_writes("as it was");
        scene.phone.sync(&scene.world);
        // Of each author the first record stays known for good; this is not the first.
        scene.phone_revises(entry, "as it was then");
        scene.phone.sync(&scene.world);
        let old = an_entry(&scene);
        scene.tablet.sync(&scene.world);
        for n in 0..=seed % 2 {
            scene.phone_revises(entry, &format!("as it is {n}"));
            scene.phone.sync(&scene.world);
        }
        scene.settle();
        let replayed = vec![an_entry(&scene), old.clone(), old];
        let (forger, before) = (scene.world.forger(), texts(&scene.tablet.engine));
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            change_read(request, response, |answer| answer.pages.iter_mut().for_each(|page| forger.extend(page, &replayed)));
        });
        drop(failures(&mut scene.tablet, &line));
        assert_eq!(texts(&scene.tablet.engine), before);
        // The relay has signed that there is more than there is: it is not believed without it.
        assert_eq!(failures(&mut scene.tablet, &scene.world.line()), [SyncError::Rollback]);
        assert_eq!(texts(&scene.tablet.engine), before);
        scene.nothing_left();
    }, without AncestryUnread
}
