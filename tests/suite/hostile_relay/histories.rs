//! Two histories, and records that are kept back.

use super::{CANARY, Scene, attack, doctor, failures, home};
use cairn_core::sync::{SyncError, Transport};
use cairn_tests::{Device, Meddler, RawSession, change_read, drive, make_stub, texts};

attack! {
    /// MS-25: the phone and the tablet are shown different histories; the first record that crosses says so, and what it says arrives.
    two_histories, |seed| {
        let mut scene = Scene::new(seed);
        let other = scene.world.backup(seed);
        // Each goes on apart, for as long as the seed says.
        for n in 0..=seed % 3 {
            scene.phone_writes(&format!("to the one {n}"));
            scene.phone.sync(&scene.world);
        }
        for n in 0..=seed / 2 % 3 {
            scene.tablet_writes(&format!("to the other {n}"));
            scene.tablet.sync(&other);
        }
        // What the tablet seals now names the history it was shown.
        scene.tablet_writes("and across");
        let heard = other.overhear();
        scene.tablet.sync(&other);
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&heard.records());
        let failed = failures(&mut scene.phone, &scene.world.line());
        assert_eq!(failed, [SyncError::Forked]);
        let (well, said) = doctor(&mut scene.phone);
        assert!(!well && said.contains("different histories"), "{said}");
        assert!(scene.phone.engine.sync_status().unwrap().relay_differs);
        assert!(texts(&scene.phone.engine).contains(&format!("{CANARY}, and across")), "what crossed is kept");
        // It stays said, and words still go out.
        scene.phone_writes("all the same");
        assert_eq!(failures(&mut scene.phone, &scene.world.line()), []);
        assert!(scene.phone.engine.sync_status().unwrap().relay_differs);
        assert_eq!(scene.phone.engine.sync_status().unwrap().waiting, 0);
        scene.nothing_left();
    }, without ForkUnseen
}

attack! {
    /// MS-22: the relay leaves out what one device sends, for another; the first of its records that is let through tells.
    one_device_left_out, |seed| {
        let mut scene = Scene::new(seed);
        let other = scene.world.backup(seed);
        for n in 0..=seed % 3 {
            scene.tablet_writes(&format!("left out {n}"));
            scene.tablet.sync(&other);
        }
        scene.tablet_writes("let through");
        let heard = other.overhear();
        scene.tablet.sync(&other);
        RawSession::of(&scene.world, &home(&scene.tablet)).append(&heard.records());
        assert_eq!(failures(&mut scene.phone, &scene.world.line()), [SyncError::Forked]);
        assert!(!doctor(&mut scene.phone).0);
        scene.nothing_left();
    }, without ForkUnseen
}

/// A relay that passes off the record with this number as replaced.
fn keeps_back(scene: &Scene, which: u64) -> impl Transport + use<> {
    Meddler::of_answers(scene.world.line(), move |request, response| {
        change_read(request, response, |answer| {
            for page in &mut answer.pages {
                if page.first_seq == 0 {
                    page.items.clear(); // Asked for its slots it says that nothing is there.
                }
                let withheld = page
                    .items
                    .iter_mut()
                    .filter(|item| item.seq == which && item.record.is_some());
                withheld.for_each(make_stub);
            }
        });
    })
}

attack! {
    /// MS-28: the relay passes off a record that nothing replaced as one that was.
    a_live_record_called_replaced, |seed| {
        let mut scene = Scene::new(seed);
        let before = home(&scene.phone).cursor;
        for n in 0..3 {
            scene.phone_writes(&format!("live {n}"));
        }
        scene.phone.sync(&scene.world);
        scene.tablet_writes("meanwhile here");
        let line = keeps_back(&scene, before + 1 + seed % 3);
        for _ in 0..2 {
            assert_eq!(failures(&mut scene.tablet, &line), [SyncError::Withheld]);
            let (well, said) = doctor(&mut scene.tablet);
            assert!(!well && said.contains("Kept back by the relay: 1"), "{said}");
            let status = scene.tablet.engine.sync_status().unwrap();
            assert_eq!((status.withheld, status.up_to_date_at), (1, None));
            assert_eq!(status.waiting, 0, "what waited here went out");
            assert!(home(&scene.tablet).acked <= before, "nothing is acknowledged meanwhile");
        }
        assert_eq!(texts(&scene.tablet.engine).len() + 1, scene.said.len());
        scene.tablet.sync(&scene.world);
        assert!(doctor(&mut scene.tablet).0, "it came when it was asked for");
        scene.honest_again();
    }, without StubsBelieved
}

attack! {
    /// MS-28: the record that the relay keeps back is this device's own. Its words are here, and are published again.
    an_own_record_called_replaced, |seed| {
        let mut scene = Scene::new(seed);
        // An answer that is lost makes the phone read back what it sent.
        scene.phone_writes("stored and kept back");
        let lost = Meddler::of_answers(scene.world.line(), |request, response| {
            if request.path == "/v1/append" {
                response.body.clear();
            }
        });
        assert_eq!(failures(&mut scene.phone, &lost), [SyncError::Garbage]);
        let which = home(&scene.phone).cursor + 1;
        let line = keeps_back(&scene, which);
        assert_eq!(failures(&mut scene.phone, &line), [SyncError::Withheld]);
        assert_eq!(failures(&mut scene.phone, &line), []);
        let again = scene.heard.records();
        let slots: Vec<_> = again.iter().map(|record| cairn_tests::header_of(record).slot).collect();
        assert_eq!(slots.iter().filter(|slot| Some(*slot) == slots.last()).count(), 2, "sealed twice, in one slot");
        // The tablet is shown the stub by the same relay, and the record that now replaces it.
        assert_eq!(failures(&mut scene.tablet, &line), []);
        scene.honest_again();
    }
}

/// MS-28: the relay keeps back a link of the chain and shows those behind it. No other chain is made meanwhile, and all of them count when it comes.
#[test]
fn a_link_that_was_kept_back_brings_those_behind_it_along() {
    for seed in super::SEEDS {
        let mut scene = Scene::new(seed);
        let which = home(&scene.phone).cursor + 1;
        let mut laptop = Device::new(&scene.world, seed, "laptop");
        scene.phone.pair(&scene.world, &mut laptop);
        laptop.sync(&scene.world);
        scene.phone.engine.remove_device(laptop.id()).unwrap();
        scene.phone_writes("under the next key");
        scene.phone.sync(&scene.world);
        let line = keeps_back(&scene, which);
        for _ in 0..2 {
            assert!(failures(&mut scene.tablet, &line).contains(&SyncError::Withheld));
        }
        scene.tablet.sync(&scene.world);
        scene.tablet.sync(&scene.world);
        scene.phone.sync(&scene.world);
        assert_eq!(home(&scene.tablet).epoch, home(&scene.phone).epoch);
        let links = |device: &Device| device.engine.store().view().links(home(device).id).unwrap();
        assert_eq!(links(&scene.tablet), links(&scene.phone));
        scene.tablet_writes("under the same key");
        scene.honest_again();
    }
}

#[test]
fn an_honest_relay_that_forgets_what_was_replaced_or_erased_is_not_doubted() {
    for seed in super::SEEDS {
        let mut scene = Scene::new(seed);
        let entry = scene.phone_writes("first form");
        let erased = scene.phone.write("to be erased");
        for n in 0..4 {
            scene.phone.sync(&scene.world);
            scene.phone_revises(entry, &format!("form {n}"));
            if seed % 2 == 0 {
                scene.tablet.sync(&scene.world);
                scene.tablet_writes(&format!("between {n}"));
            }
        }
        scene.phone.sync(&scene.world);
        scene.phone.engine.trash(erased).unwrap();
        scene.phone.engine.erase(erased).unwrap();
        scene.phone.sync(&scene.world);
        scene.world.clock.advance_ms(121 * 24 * 60 * 60 * 1000);
        scene.world.sweep();
        scene.phone_writes("a season later");
        scene.phone.sync(&scene.world);
        let mut new = Device::new(&scene.world, seed, "new");
        scene.phone.pair(&scene.world, &mut new);
        for device in [&mut scene.tablet, &mut new] {
            for _ in 0..2 {
                let report = drive(&mut device.engine, &scene.world.line()).unwrap();
                assert!(report.is_complete(), "{report:?}");
            }
            assert!(doctor(device).0);
            let status = device.engine.sync_status().unwrap();
            assert!(!status.relay_differs && status.withheld == 0);
        }
        scene.phone.sync(&scene.world);
        assert_eq!(texts(&new.engine), texts(&scene.phone.engine));
    }
}
