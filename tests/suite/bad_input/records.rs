//! A relay in the middle edits records on their way to it, so that what it stores and signs is not what was sealed.

use super::{failures, settle, two_devices};
use cairn_core::sync::SyncError;
use cairn_core::vault::Kind;
use cairn_tests::{Device, Meddler, World, change_appended, change_read, draft, texts};
use cairn_wire::HEADER_BYTES;

/// Where a sealed record is cut into its regions: name, offset of a byte in it.
const REGIONS: [(&str, usize); 14] = [
    ("version", 0),
    ("flags", 1),
    ("space", 2),
    ("record id", 18),
    ("slot", 34),
    ("epoch", 50),
    ("incarnation", 54),
    ("merged_upto", 58),
    ("expires_day", 66),
    ("length", 68),
    ("nonce", HEADER_BYTES),
    ("commitment", HEADER_BYTES + 24),
    ("ciphertext", HEADER_BYTES + 56 + 100),
    ("tag", usize::MAX),
];

fn flip(record: &mut [u8], at: usize) {
    let at = at.min(record.len() - 1);
    record[at] ^= 1;
}

/// Whether the device says that something was set aside, in words that name nothing of it.
fn is_said(device: &mut Device) -> bool {
    let said = device.engine.doctor().unwrap();
    said.lines.iter().any(|line| line.contains("kept sealed")) && !said.is_well
}

fn write_over(
    world: &World,
    phone: &mut Device,
    text: &str,
    change: impl Fn(&mut Vec<Vec<u8>>) + Send + Sync + 'static,
) -> Vec<SyncError> {
    phone.engine.write(draft(&world.clock, text)).unwrap();
    let line = Meddler::of_requests(world.line(), move |request| change_appended(request, &change));
    failures(phone, &line)
}

#[test]
fn a_bit_flipped_on_the_way_down_is_noticed_and_the_record_is_read_whole_later() {
    for (n, (region, at)) in REGIONS.into_iter().enumerate() {
        let (world, mut phone, mut tablet) = two_devices(60 + n as u64);
        phone.write("Arrives in the end.");
        phone.sync(&world);
        let line = Meddler::of_answers(world.line(), move |request, response| {
            change_read(request, response, |answer| {
                for record in answer
                    .pages
                    .iter_mut()
                    .flat_map(|page| &mut page.items)
                    .filter_map(|item| item.record.as_mut())
                {
                    let mut changed = record.to_vec();
                    flip(&mut changed, at);
                    *record = changed.into();
                }
            });
        });
        let failed = failures(&mut tablet, &line);
        assert!(
            matches!(failed[..], [SyncError::Forked | SyncError::Garbage]),
            "{region}: {failed:?}"
        );
        assert_eq!(texts(&tablet.engine), ["From before."], "{region}");
        assert_eq!(settle(&world, &mut [&mut phone, &mut tablet]).len(), 2, "{region}");
        assert!(tablet.engine.doctor().unwrap().is_well, "{region}");
    }
}

#[test]
fn a_bit_flipped_on_the_way_up_is_set_aside_and_the_words_arrive_all_the_same() {
    for (n, (region, at)) in REGIONS.into_iter().enumerate() {
        let (world, mut phone, mut tablet) = two_devices(80 + n as u64);
        write_over(&world, &mut phone, "Arrives in the end.", move |records| {
            records.iter_mut().for_each(|record| flip(record, at));
        });
        assert!(
            texts(&phone.engine).contains(&"Arrives in the end.".to_owned()),
            "{region}"
        );
        let held = settle(&world, &mut [&mut phone, &mut tablet]);
        assert_eq!(held, ["Arrives in the end.", "From before."], "{region}");
    }
}

#[test]
fn what_was_sealed_for_one_place_is_not_read_in_another() {
    let (world, mut phone, mut tablet) = two_devices(95);
    phone.write("Sealed beside it.");
    // The slot of one record on the other: both headers are ones the relay could have been given.
    write_over(&world, &mut phone, "Sealed for its own slot.", |records| {
        if let [first, second] = records.as_mut_slice() {
            first[34..50].swap_with_slice(&mut second[34..50]);
        }
    });
    tablet.sync(&world);
    assert!(is_said(&mut tablet));
    let held = settle(&world, &mut [&mut phone, &mut tablet]);
    assert_eq!(held, ["From before.", "Sealed beside it.", "Sealed for its own slot."]);
}

#[test]
fn what_was_sealed_for_one_space_is_not_read_in_another() {
    let (world, mut phone, mut tablet) = two_devices(96);
    let mut dee = Device::new(&world, 96, "dee");
    let entry = phone.write("Shown to one person.");
    let relationship = phone.befriend(&world, &mut dee);
    phone.share(relationship, entry);
    let home = std::sync::Mutex::new(None::<Vec<u8>>);
    phone.write("For the home space alone.");
    let line = Meddler::of_requests(world.line(), move |request| {
        change_appended(request, |records| {
            let mut home = home.lock().unwrap();
            match home.take() {
                None => *home = records.first().cloned(),
                Some(moved) => {
                    for record in records {
                        let space = record[2..18].to_vec();
                        record.clone_from(&moved);
                        record[2..18].copy_from_slice(&space);
                    }
                }
            }
        });
    });
    drop(failures(&mut phone, &line));
    drop(failures(&mut dee, &world.line()));
    assert!(
        dee.engine
            .shared_with_me()
            .unwrap()
            .iter()
            .all(|shown| { shown.view.lines.iter().all(|line| !line.text.contains("home space")) })
    );
    settle(&world, &mut [&mut phone, &mut tablet]);
    dee.sync(&world);
    assert_eq!(
        dee.engine.shared_with_me().unwrap().len(),
        1,
        "what was meant for them arrives"
    );
}

#[test]
fn a_record_set_aside_is_kept_sealed_and_said_without_a_word_of_it() {
    let (world, mut phone, mut tablet) = two_devices(97);
    write_over(&world, &mut phone, "Arrives in the end.", |records| {
        records.iter_mut().for_each(|record| flip(record, usize::MAX));
    });
    tablet.sync(&world);
    assert!(is_said(&mut tablet));
    let aside = tablet.engine.store().view().quarantined().unwrap();
    assert_eq!(aside.len(), 1);
    assert!(aside[0].record.len() > HEADER_BYTES, "its sealed bytes are kept");
    assert_eq!(tablet.engine.sync_status().unwrap().set_aside, 1);
    let again = tablet.engine.sync_begin().map(|()| tablet.engine.sync_end());
    assert!(again.is_ok_and(|ended| ended.is_ok()));
    assert_eq!(cairn_core::vault::Error::MovedAside.kind(), Kind::StorageDamaged);
}
