//! A bucket whose server, or whose relay, goes away in the middle.

use cairn_wire::Signature;
use cairn_wire::message::{SpaceAnswer, SpaceOp, SpaceRequest};

use super::*;

#[test]
fn a_bucket_that_does_not_answer_holds_up_blobs_and_erasures_and_no_records() {
    let Some(mut home) = Home::new() else { return };
    let whole = content(1, 300_000);
    assert_eq!(home.put(1, 7, &whole, 0, 100_000), Ok(100_000));
    assert_eq!(home.put(2, 8, &whole, 0, 300_000), Ok(300_000));
    home.server.stop();
    assert_eq!(home.put(1, 7, &whole, 100_000, 200_000), unavailable());
    assert_eq!(home.read(2, 0, 100), unavailable());
    assert!(home.relay().probe().is_err() || home.read(2, 0, 100).is_err());
    let kept = record(header(1, 1, 1), 100, 1);
    assert_eq!(
        append(home.relay(), home.token, 1, &[kept], NOW).unwrap().results,
        [stored(1)]
    );
    assert_eq!(
        home.erase(2, 8).map(|answer| answer.seq),
        unavailable(),
        "no receipt for what is still there"
    );
    let kept = record(header(1, 3, 1), 100, 1);
    assert_eq!(
        append(home.relay(), home.token, 1, &[kept], NOW).unwrap().results,
        [stored(3)]
    );
    home.server.again();
    assert_eq!(home.objects().len(), 2);
    // Asked again until the remover has tried again, which is soon.
    let erased = (0..4).find_map(|_| home.erase(2, 8).ok());
    assert_eq!(erased.unwrap().seq, 2);
    assert_eq!(home.objects().len(), 1);
    assert_eq!(home.put(1, 7, &whole, 100_000, 300_000), Ok(300_000));
    assert_eq!(home.read(1, 0, 400_000).unwrap(), whole);
    assert_eq!(home.findings(), [""; 0]);
}

#[test]
fn an_upload_goes_on_after_server_and_relay_were_killed() {
    let Some(mut home) = Home::new() else { return };
    let whole = content(1, 1_000);
    for from in (0..1_000).step_by(250) {
        home.server.stop();
        assert_eq!(home.put(1, 7, &whole, from, from + 250), unavailable());
        home.server.again();
        home.restart();
        assert_eq!(home.put(1, 7, &whole, from, from + 250), Ok(from as u64 + 250));
    }
    assert_eq!(home.objects().len(), 4);
    for (offset, max) in [(0_u16, 1_000_u16), (0, 250), (249, 2), (250, 1), (600, 300), (999, 10)] {
        let end = usize::from(offset + max).min(1_000);
        assert_eq!(
            home.read(1, offset.into(), max.into()).unwrap(),
            whole[usize::from(offset)..end],
            "{offset} {max}"
        );
    }
    assert_eq!(home.findings(), [""; 0]);
}

#[test]
fn a_part_that_a_crash_left_uncounted_counts_whole_with_the_next_and_is_never_mixed_with_it() {
    let Some(mut home) = Home::new() else { return };
    let whole = content(1, 300);
    let other = content(2, 300);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    // As a node that was killed between its object and its row leaves it: a longer one, and a shorter one.
    let first = home.objects().pop().unwrap();
    let bytes = BlobBytes::new(&home.config).unwrap();
    let relay = RelayRow {
        seed: seed_of(home.dir.path()),
        incarnation: 1,
    };
    let file = u64::from_str_radix(first.parent().unwrap().file_name().unwrap().to_str().unwrap(), 16).unwrap();
    assert_eq!(bytes.take(&relay, None, file).unwrap(), IN_BUCKET + (1 << 30));
    assert_eq!(bytes.append(file, 100, &whole[100..180]).unwrap(), 180);
    assert_eq!(
        bytes.append(file, 100, &other[100..300]).unwrap(),
        180,
        "what is there counts"
    );
    drop(bytes);
    home.restart();
    assert_eq!(
        home.send(&home.request(BlobOp::Stat, 1)).unwrap().0,
        100,
        "not counted yet"
    );
    assert_eq!(
        home.put(1, 7, &whole, 100, 150),
        Ok(180),
        "all of the part that is there counts"
    );
    assert_eq!(home.put(1, 7, &whole, 180, 300), Ok(300));
    assert_eq!(home.read(1, 0, 300).unwrap(), whole);
    assert_eq!(home.findings(), [""; 0]);
}

#[test]
fn an_upload_that_was_left_goes_with_its_objects_after_seven_days() {
    let Some(mut home) = Home::new() else { return };
    let whole = content(1, 300);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    assert_eq!(home.put(2, 7, &whole, 0, 300), Ok(300));
    for (days, left) in [(7, 2), (8, 1), (400, 1)] {
        home.relay().sweep(NOW + days * DAY_MS).unwrap();
        // Whoever lets something go waits for what goes.
        let release = BlobRequest {
            slot: Some(SlotId::from_bytes([7; 16])),
            ..home.request(BlobOp::Release, 9)
        };
        assert_eq!(home.send(&release), Ok((0, vec![])));
        assert_eq!(home.objects().len(), left, "after {days} days");
    }
    assert_eq!(home.read(2, 0, 300).unwrap(), whole);
    // What a node that was ended had not removed yet goes at the next start.
    change(
        home.dir.path(),
        "INSERT INTO blob_gone SELECT file FROM blob; DELETE FROM blob; DELETE FROM blob_hold",
    );
    home.restart();
    let release = BlobRequest {
        slot: Some(SlotId::from_bytes([7; 16])),
        ..home.request(BlobOp::Release, 9)
    };
    home.send(&release).unwrap();
    assert!(home.objects().is_empty());
}

#[test]
fn a_late_part_of_a_blob_that_went_is_removed_too() {
    let Some(home) = Home::new() else { return };
    let whole = content(1, 300);
    assert_eq!(home.put(1, 7, &whole, 0, 100), Ok(100));
    let first = home.objects().pop().unwrap();
    home.erase(1, 7).unwrap();
    assert!(home.objects().is_empty());
    // As the server would take it that was on its way.
    fs::create_dir_all(first.parent().unwrap()).unwrap();
    fs::write(first.with_file_name(name_of(100)), &whole[100..]).unwrap();
    let file = u64::from_str_radix(first.parent().unwrap().file_name().unwrap().to_str().unwrap(), 16).unwrap();
    home.relay().blob_came_late(file);
    assert!(home.objects().is_empty());
}

/// The seed of a store in SQLite.
fn seed_of(dir: &Path) -> [u8; 32] {
    let rows = rusqlite::Connection::open(dir.join("relay.db")).unwrap();
    rows.query_row("SELECT seed FROM relay", [], |row| row.get(0)).unwrap()
}

#[test]
fn nobody_is_told_that_a_closed_space_is_empty_while_its_objects_are_there() {
    let Some(mut home) = Home::new() else { return };
    assert_eq!(home.put(1, 7, &content(1, 1_000), 0, 1_000), Ok(1_000));
    let close = SpaceRequest {
        op: SpaceOp::Close,
        space: space_id(1),
        access: vec![],
        signature: Signature::from_bytes([0; 64]),
        token: Some(home.token),
        keep: None,
        at_ms: None,
        epoch: None,
    };
    let closed = |home: &Home| ask::<_, SpaceAnswer>(home.relay(), "space", &close, NOW);
    let read = |home: &Home| {
        let page = read_page(home.relay(), since(home.token, 1, 0), 1_000, NOW);
        assert_eq!(page.refusal, Some(RefusalCode::SpaceClosed));
        page.closed.is_some()
    };
    home.server.stop();
    assert_eq!(closed(&home).map(|answer| answer.epoch), unavailable());
    assert!(!read(&home), "its rows are gone, and its objects are not");
    home.server.again();
    assert_eq!(home.objects().len(), 1);
    // Asked again until the remover has tried again, which is soon.
    let answer = (0..4).find_map(|_| closed(&home).ok());
    assert!(answer.unwrap().closed.is_some());
    assert!(read(&home));
    assert!(home.objects().is_empty());
}
