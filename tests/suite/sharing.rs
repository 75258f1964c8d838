//! A specialist reads what was shared, and no longer when it is stopped.

use cairn_core::clock::Timestamp;
use cairn_core::support::{End, Mask, ShareState};
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::NewShare;
use cairn_tests::{Device, Meddler, World, drive};
use std::sync::atomic::{AtomicU32, Ordering};

#[test]
fn a_shared_entry_is_read_with_its_purpose_and_gone_after_it_was_stopped() {
    let world = World::new(1);
    let mut phone = Device::new(&world, 1, "phone");
    let mut dee = Device::new(&world, 1, "dee");
    let canary = "Marmalade zeppelin on the night bus.";
    let entry = phone.write(canary);
    phone.connect(&world);
    let relationship = phone.befriend(&world, &mut dee);
    let share = phone
        .engine
        .share(NewShare {
            relationship,
            entry,
            mask: Mask::default(),
            purpose: "just so someone knows".to_owned(),
            end: End::UntilIStop,
            hold_ms: 60_000,
        })
        .unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(
        dee.engine.shared_with_me().unwrap().is_empty(),
        "nothing leaves inside the hold"
    );
    world.clock.advance_ms(60_000);
    phone.sync(&world);
    dee.sync(&world);
    let seen = dee.engine.shared_with_me().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(
        dee.engine
            .store()
            .decrypted_pages()
            .unwrap()
            .windows(canary.len())
            .any(|at| at == canary.as_bytes())
    );
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    assert!(
        !dee.engine
            .store()
            .decrypted_pages()
            .unwrap()
            .windows(canary.len())
            .any(|at| at == canary.as_bytes())
    );
}

/// A way on which the first records arrive, those of the home space, and no others.
struct OnlyHome {
    line: cairn_tests::Line,
    appends: AtomicU32,
}

impl Transport for OnlyHome {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let is_late = request.path == "/v1/append" && self.appends.fetch_add(1, Ordering::SeqCst) > 0;
        if is_late {
            Err(TransportError::Offline)
        } else {
            self.line.send(request)
        }
    }
}

#[test]
fn what_was_stopped_before_it_left_never_leaves() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let mut dee = Device::new(&world, 2, "dee");
    let entry = phone.write("Stopped on the way.");
    phone.connect(&world);
    let relationship = phone.befriend(&world, &mut dee);
    let new = NewShare {
        relationship,
        entry,
        mask: Mask::default(),
        purpose: String::new(),
        end: End::UntilIStop,
        hold_ms: 0,
    };
    let share = phone.engine.share(new).unwrap();
    // The view is sealed and handed to the network, which drops it; then the participant stops.
    let way = OnlyHome {
        line: world.line(),
        appends: AtomicU32::new(0),
    };
    assert_eq!(drive(&mut phone.engine, &way).unwrap().failed.len(), 1);
    phone.engine.revoke(share).unwrap();
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
    let states: Vec<ShareState> = phone
        .engine
        .shares()
        .unwrap()
        .iter()
        .map(|(_, share)| share.state(Timestamp(0)))
        .collect();
    assert_eq!(states, [ShareState::Revoked]);
    assert_eq!(
        phone.engine.sync_status().unwrap().waiting,
        0,
        "the stop itself has arrived"
    );
}

#[test]
fn a_stop_is_carried_out_by_the_persons_other_device_when_the_one_that_made_it_never_comes_back() {
    let world = World::new(2);
    let mut phone = Device::new(&world, 2, "phone");
    let mut tablet = Device::new(&world, 2, "tablet");
    let mut dee = Device::new(&world, 2, "dee");
    let entry = phone.write("Shown for a while.");
    phone.connect(&world);
    phone.pair(&world, &mut tablet);
    let relationship = phone.befriend(&world, &mut dee);
    let new = NewShare {
        relationship,
        entry,
        mask: Mask::default(),
        purpose: String::new(),
        end: End::UntilIStop,
        hold_ms: 0,
    };
    let share = phone.engine.share(new).unwrap();
    phone.sync(&world);
    tablet.sync(&world);
    dee.sync(&world);
    assert_eq!(dee.engine.shared_with_me().unwrap().len(), 1);
    tablet.engine.revoke(share).unwrap();
    // The home space hears of the stop; the tablet falls into a river before the support space does.
    let line = Meddler::of_requests(world.line(), |request| {
        if request.path == "/v1/erase" {
            request.path = "/v1/river";
        }
    });
    assert!(!drive(&mut tablet.engine, &line).unwrap().is_complete());
    drop(tablet);
    phone.sync(&world);
    phone.sync(&world);
    dee.sync(&world);
    assert!(dee.engine.shared_with_me().unwrap().is_empty());
}
