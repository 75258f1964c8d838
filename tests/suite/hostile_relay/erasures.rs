//! What is over comes back, or is not over.

use super::authors::an_entry;
use super::{Scene, attack, failures};
use cairn_core::crypto::{self, EpochKey};
use cairn_core::record::Kind;
use cairn_core::sync::SyncError;
use cairn_tests::{Device, Forger, Meddler, change_read, header_of, texts};
use cairn_wire::message::EraseAnswer;
use cairn_wire::{decode_canonical, encode};

attack! {
    /// MS-27: the relay says that an entry is erased, keeps it, and serves it later.
    an_erased_entry_served_again, |seed| {
        let mut scene = Scene::new(seed);
        let erased = scene.phone.write("said and taken back");
        scene.phone.sync(&scene.world);
        scene.tablet.sync(&scene.world);
        let kept = an_entry(&scene);
        scene.phone.engine.trash(erased).unwrap();
        scene.phone.engine.erase(erased).unwrap();
        scene.settle();
        let (forger, before) = (scene.world.forger(), texts(&scene.tablet.engine));
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            let kept = vec![kept.clone()];
            change_read(request, response, |answer| answer.pages.iter_mut().for_each(|page| forger.extend(page, &kept)));
        });
        drop(failures(&mut scene.tablet, &line));
        assert_eq!(texts(&scene.tablet.engine), before);
        assert!(scene.tablet.engine.store().view().entry(erased).unwrap().is_none());
        // It signed for a record that the honest log does not have.
        assert_eq!(failures(&mut scene.tablet, &scene.world.line()), [SyncError::Rollback]);
        scene.nothing_left();
    }, without GoneForgotten
}

attack! {
    /// MS-27: a receipt for an erasure by another key, or for another slot.
    a_receipt_that_is_none, |seed| {
        let mut scene = Scene::new(seed);
        let erased = scene.phone.write("said and taken back");
        scene.phone.sync(&scene.world);
        scene.phone.engine.trash(erased).unwrap();
        scene.phone.engine.erase(erased).unwrap();
        let line = Meddler::of_answers(scene.world.line(), |request, response| {
            if request.path == "/v1/erase" && response.status == 200 {
                let mut answer: EraseAnswer = decode_canonical(&response.body).unwrap();
                answer.receipt = Forger::stranger().sign_receipt(answer.receipt);
                response.body = encode(&answer);
            }
        });
        assert_eq!(failures(&mut scene.phone, &line), [SyncError::HeadForged]);
        assert!(scene.phone.engine.store().view().entry(erased).unwrap().is_none(), "it is erased here all the same");
        scene.honest_again();
    }, without ReceiptUnread
}

attack! {
    /// MS-26: what was shared and stopped is served to the specialist once more.
    a_stopped_share_served_again, |seed| {
        let mut scene = Scene::new(seed);
        let mut dee = Device::new(&scene.world, seed, "dee");
        let relationship = scene.phone.befriend(&scene.world, &mut dee);
        let entry = scene.phone_writes("shown for a while");
        let share = scene.phone.share(relationship, entry);
        scene.phone.sync(&scene.world);
        dee.sync(&scene.world);
        assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
        scene.phone.engine.revoke(share).unwrap();
        scene.phone.sync(&scene.world);
        dee.sync(&scene.world);
        let shown: Vec<Vec<u8>> = {
            let view = dee.engine.store().view();
            let keys: Vec<_> = view.spaces().unwrap().iter().flat_map(|space| view.epoch_keys(space.id).unwrap()).collect();
            let is_view = |record: &Vec<u8>| {
                keys.iter().any(|(_, key)| {
                    crypto::open(&EpochKey::from_bytes(**key), record)
                        .is_ok_and(|plaintext| plaintext[1] == Kind::SharedView.number())
                })
            };
            scene.heard.records().into_iter().filter(is_view).collect()
        };
        assert!(!shown.is_empty());
        let forger = scene.world.forger();
        let line = Meddler::of_answers(scene.world.line(), move |request, response| {
            change_read(request, response, |answer| {
                let space = header_of(&shown[0]).space;
                let pages = answer.pages.iter_mut().filter(|page| page.space == space);
                pages.for_each(|page| forger.extend(page, &shown));
            });
        });
        drop(failures(&mut dee, &line));
        assert!(dee.engine.shared_with_me().unwrap().is_empty(), "what ended stays ended");
        scene.honest_again();
    }, without EndedShareShown
}
