//! Between the devices of one person, through the relay.

use super::{holds, keep, noise, read};
use cairn_core::journal::{Attachment, Draft};
use cairn_core::store::{Store, StoreConfig};
use cairn_core::sync::{Report, Request, Response, Transport, TransportError};
use cairn_core::vault::{AttachmentPolicy, AttachmentState, Engine};
use cairn_core::wire::message::{BlobAnswer, BlobRequest, Refusal, RefusalCode};
use cairn_core::wire::{decode_canonical, encode};
use cairn_tests::{Device, KEY, Line, SeededEntropy, World, draft, drive};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const MIB: usize = 1024 * 1024;

fn phone_and_tablet(world: &World, seed: u64) -> (Device, Device) {
    let (mut phone, mut tablet) = (Device::new(world, seed, "phone"), Device::new(world, seed, "tablet"));
    phone.connect(world);
    phone.pair(world, &mut tablet);
    tablet.sync(world);
    (phone, tablet)
}

fn with(world: &World, attachments: &[&Attachment]) -> Draft {
    Draft {
        attachments: attachments.iter().map(|one| (*one).clone()).collect(),
        ..draft(&world.clock, "Look.")
    }
}

/// A round that carries attachments of any size.
fn drive_with(engine: &mut Engine, line: &dyn Transport) -> Report {
    engine.sync_begin_with(true).unwrap();
    while let Some(request) = engine.sync_next() {
        let answer = line.send(&request);
        engine.sync_answer(answer);
    }
    engine.sync_end().unwrap()
}

type Meddle = Box<dyn Fn(&BlobRequest<'_>, &mut BlobAnswer<'_>) + Send + Sync>;

/// A way to the relay that counts what it carries of blobs, and may be cut or meddled with.
struct Watched {
    line: Line,
    up: AtomicUsize,
    asked: AtomicUsize,
    /// Requests for blobs that still go through.
    left: AtomicUsize,
    meddle: Option<Meddle>,
}

impl Watched {
    fn new(world: &World) -> Self {
        Self::cut_after(world, usize::MAX)
    }

    fn cut_after(world: &World, requests: usize) -> Self {
        Self {
            line: world.line(),
            up: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            left: AtomicUsize::new(requests),
            meddle: None,
        }
    }

    fn meddling(world: &World, meddle: impl Fn(&BlobRequest<'_>, &mut BlobAnswer<'_>) + Send + Sync + 'static) -> Self {
        Self {
            meddle: Some(Box::new(meddle)),
            ..Self::new(world)
        }
    }

    /// Bytes of blobs that went up.
    fn up(&self) -> usize {
        self.up.load(Ordering::Relaxed)
    }

    /// Requests for blobs.
    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Transport for Watched {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.path != "/v1/blob" {
            return self.line.send(request);
        }
        let left = self
            .left
            .load(Ordering::Relaxed)
            .checked_sub(1)
            .ok_or(TransportError::Offline)?;
        self.left.store(left, Ordering::Relaxed);
        let message: BlobRequest<'_> = decode_canonical(&request.body).unwrap();
        self.up.fetch_add(message.bytes.len(), Ordering::Relaxed);
        self.asked.fetch_add(1, Ordering::Relaxed);
        let response = self.line.send(request)?;
        let (Some(meddle), 200) = (&self.meddle, response.status) else {
            return Ok(response);
        };
        let mut answer: BlobAnswer<'_> = decode_canonical(&response.body).unwrap();
        meddle(&message, &mut answer);
        let body = encode(&answer);
        Ok(Response { status: 200, body })
    }
}

#[test]
fn what_one_device_attaches_the_other_shows_to_the_byte() {
    let world = World::new(21);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 21);
    for length in [1, 70_000, 1_900_000] {
        let bytes = noise(length as u64, length);
        let attachment = keep(&mut phone.engine, &bytes);
        phone.engine.write(with(&world, &[&attachment])).unwrap();
        phone.sync(&world);
        tablet.sync(&world);
        assert_eq!(
            tablet.engine.attachment_state(attachment.id).unwrap(),
            AttachmentState::Here
        );
        assert_eq!(read(&tablet.engine, &attachment), bytes);
    }
    assert_eq!(
        tablet.engine.attachment_progress().unwrap(),
        phone.engine.attachment_progress().unwrap()
    );
    // The tablet makes sure that the relay holds them, and sends nothing of them.
    let watched = Watched::new(&world);
    for _ in 0..2 {
        drive(&mut tablet.engine, &watched).unwrap();
    }
    assert_eq!(
        (watched.up(), watched.asked()),
        (0, 1),
        "the two before, it did in the rounds before"
    );
}

#[test]
fn the_relay_has_no_word_of_it_and_another_length() {
    let world = World::new(22);
    let (mut phone, _) = phone_and_tablet(&world, 22);
    let heard = world.overhear();
    let words = b"Marmalade on the bus, said softly. ".repeat(3_000);
    let attachment = keep(&mut phone.engine, &words);
    phone.engine.write(with(&world, &[&attachment])).unwrap();
    phone.sync(&world);
    for bytes in [world.bytes_at_rest(), heard.bytes()] {
        assert!(bytes.len() > words.len());
        assert!(!holds(&bytes, b"Marmalade") && !holds(&bytes, &attachment.sha256) && !holds(&bytes, b"text/plain"));
        assert!(!holds(&bytes, attachment.id.as_bytes()));
    }
}

#[test]
fn an_upload_that_was_cut_goes_on_without_sending_again_what_is_there() {
    let world = World::new(23);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 23);
    let bytes = noise(23, 5 * MIB);
    let attachment = keep(&mut phone.engine, &bytes);
    phone.engine.write(with(&world, &[&attachment])).unwrap();
    // One question, then two parts of five: forty per cent.
    let cut = Watched::cut_after(&world, 3);
    assert!(!drive_with(&mut phone.engine, &cut).is_complete());
    assert_eq!(cut.up(), 2 * MIB);
    tablet.sync(&world);
    assert_eq!(
        tablet.engine.attachment_state(attachment.id).unwrap(),
        AttachmentState::Elsewhere
    );
    let rest = Watched::new(&world);
    assert!(drive_with(&mut phone.engine, &rest).is_complete());
    let row = phone.engine.store().view().attachment(attachment.id).unwrap().unwrap();
    assert_eq!((cut.up() + rest.up()) as u64, row.sealed_bytes);
    assert!(drive_with(&mut tablet.engine, &world.line()).is_complete());
    assert_eq!(read(&tablet.engine, &attachment), bytes);
}

#[test]
fn a_device_that_dies_after_any_part_goes_on_from_there() {
    let world = World::new(24);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 24);
    let bytes = noise(24, 4 * MIB + 5);
    let attachment = keep(&mut phone.engine, &bytes);
    phone.engine.write(with(&world, &[&attachment])).unwrap();
    drive_with(&mut phone.engine, &world.line());
    tablet.sync(&world);
    let folder = tablet.folder().to_owned();
    let reopened = |tablet: Engine, part: u64| {
        drop(tablet);
        let store = Store::open(&StoreConfig::new(&folder), &KEY).unwrap();
        let entropy = Box::new(SeededEntropy::new(part, "tablet"));
        Engine::new(store, "tablet", Arc::new(world.clock.clone()), entropy).unwrap()
    };
    let spare = Device::new(&world, 99, "spare");
    let mut engine = std::mem::replace(&mut tablet.engine, spare.engine);
    let mut states = Vec::new();
    for part in 0..8 {
        // What was written and not noted is what a crash in between leaves.
        if let AttachmentState::Partly { have, .. } = engine.attachment_state(attachment.id).unwrap() {
            let row = engine.store().view().attachment(attachment.id).unwrap().unwrap();
            engine
                .store()
                .attachment_files()
                .write_part(&row.blob, have, b"rubbish")
                .unwrap();
        }
        engine = reopened(engine, part);
        engine.sweep_attachments().unwrap();
        drive_with(&mut engine, &Watched::cut_after(&world, 1));
        states.push(engine.attachment_state(attachment.id).unwrap());
    }
    let partly = states
        .iter()
        .filter(|state| matches!(state, AttachmentState::Partly { .. }))
        .count();
    assert!(partly >= 3, "{states:?}");
    assert_eq!(read(&engine, &attachment), bytes);
}

#[test]
fn bytes_that_a_lying_relay_changes_are_thrown_away_and_asked_for_again() {
    let world = World::new(25);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 25);
    let bytes = noise(25, 150_000);
    let attachment = keep(&mut phone.engine, &bytes);
    phone.engine.write(with(&world, &[&attachment])).unwrap();
    phone.sync(&world);
    let liar = Watched::meddling(&world, |_, answer| {
        let mut bytes = std::mem::replace(&mut answer.bytes, [].as_slice().into()).into_vec();
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
        }
        answer.bytes = bytes.into();
    });
    assert!(drive(&mut tablet.engine, &liar).unwrap().is_complete());
    assert_ne!(
        tablet.engine.attachment_state(attachment.id).unwrap(),
        AttachmentState::Here
    );
    assert!(!tablet.engine.doctor().unwrap().is_well);
    tablet.sync(&world);
    assert_eq!(read(&tablet.engine, &attachment), bytes);
    assert!(tablet.engine.doctor().unwrap().is_well);
}

#[test]
fn an_answer_that_cannot_be_true_ends_the_round_for_the_space_and_changes_nothing() {
    let world = World::new(26);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 26);
    let attachment = keep(&mut phone.engine, &noise(26, 150_000));
    phone.engine.write(with(&world, &[&attachment])).unwrap();
    let liar = Watched::meddling(&world, |_, answer| answer.have = answer.total + 1);
    assert!(!drive(&mut phone.engine, &liar).unwrap().is_complete());
    phone.sync(&world);
    let liar = Watched::meddling(&world, |_, answer| answer.total += 1);
    assert!(!drive(&mut tablet.engine, &liar).unwrap().is_complete());
    assert_eq!(
        tablet.engine.attachment_state(attachment.id).unwrap(),
        AttachmentState::Elsewhere
    );
    // One that never has what it was given comes to an end.
    let another = keep(&mut phone.engine, &noise(27, 3 * MIB));
    phone.engine.write(with(&world, &[&another])).unwrap();
    let forgetful = Watched::meddling(&world, |_, answer| (answer.have, answer.complete) = (0, false));
    assert!(drive_with(&mut phone.engine, &forgetful).is_complete());
    assert!(forgetful.up() < 8 * MIB);
}

#[test]
fn words_do_not_wait_for_a_video() {
    let world = World::new(28);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 28);
    let video = keep(&mut phone.engine, &noise(28, 6 * MIB));
    phone.engine.write(with(&world, &[&video])).unwrap();
    phone.engine.sync_begin_with(true).unwrap();
    let line = world.line();
    let mut parts = 0;
    while let Some(request) = phone.engine.sync_next() {
        let answer = line.send(&request);
        phone.engine.sync_answer(answer);
        parts += u32::from(request.path == "/v1/blob");
        if parts == 3 {
            phone.write("Written while it went.");
            parts += 100;
        }
        if parts == 104 {
            tablet.sync(&world);
            assert!(cairn_tests::texts(&tablet.engine).contains(&"Written while it went.".to_owned()));
        }
    }
    assert!(phone.engine.sync_end().unwrap().is_complete() && parts > 104);
}

#[test]
fn the_person_chooses_what_is_carried_when() {
    let world = World::new(29);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 29);
    let (small, large) = (
        keep(&mut phone.engine, &noise(1, 9_000)),
        keep(&mut phone.engine, &noise(2, 3 * MIB)),
    );
    phone.engine.write(with(&world, &[&small, &large])).unwrap();
    let here = |device: &Device| {
        [&small, &large].map(|one| device.engine.attachment_state(one.id).unwrap() == AttachmentState::Here)
    };
    phone.sync(&world);
    tablet.sync(&world);
    assert_eq!(here(&tablet), [true, false], "small ones at once");
    assert_eq!(phone.engine.attachment_progress().unwrap().up.count, 1);
    drive_with(&mut phone.engine, &world.line());
    assert_eq!(phone.engine.attachment_progress().unwrap().up.count, 0);
    tablet.engine.set_attachment_policy(AttachmentPolicy::OnDemand).unwrap();
    drive_with(&mut tablet.engine, &world.line());
    assert_eq!(here(&tablet), [true, false], "nobody asked for it");
    assert_eq!(tablet.engine.attachment_progress().unwrap().down.count, 1);
    tablet.engine.fetch_attachment(large.id).unwrap();
    tablet.sync(&world);
    assert_eq!(here(&tablet), [true, true]);
    assert_eq!(tablet.engine.attachment_progress().unwrap().down.count, 0);

    phone.engine.set_attachment_policy(AttachmentPolicy::Later).unwrap();
    let later = keep(&mut phone.engine, &noise(3, 9_000));
    phone.engine.write(with(&world, &[&later])).unwrap();
    phone.sync(&world);
    assert_eq!(phone.engine.attachment_progress().unwrap().up.count, 1);
    phone.engine.set_attachment_policy(AttachmentPolicy::Now).unwrap();
    phone.sync(&world);
    assert_eq!(phone.engine.attachment_progress().unwrap().up.count, 0);
}

/// A relay that refuses every put.
struct Full(Line);

impl Transport for Full {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        if request.path != "/v1/blob" {
            return self.0.send(request);
        }
        let refusal = Refusal::with(RefusalCode::OverQuota, 9);
        Ok(Response {
            status: RefusalCode::OverQuota.http_status(),
            body: encode(&refusal),
        })
    }
}

#[test]
fn a_relay_without_room_is_a_state_that_is_said_and_no_failure() {
    let world = World::new(30);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 30);
    let attachment = keep(&mut phone.engine, &noise(30, 9_000));
    phone.engine.write(with(&world, &[&attachment])).unwrap();
    assert!(drive(&mut phone.engine, &Full(world.line())).unwrap().is_complete());
    let progress = phone.engine.attachment_progress().unwrap();
    assert!(progress.relay_is_full && progress.up.count == 1);
    let doctor = phone.engine.doctor().unwrap();
    assert!(doctor.lines.iter().any(|line| line.contains("no room")), "{doctor:?}");
    phone.sync(&world);
    assert!(!phone.engine.attachment_progress().unwrap().relay_is_full);
    tablet.sync(&world);
    assert_eq!(read(&tablet.engine, &attachment), noise(30, 9_000));
}

fn files_of_length(folder: &Path, length: u64) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let count = |entry: std::fs::DirEntry| {
        if entry.path().is_dir() {
            files_of_length(&entry.path(), length)
        } else {
            usize::from(entry.metadata().unwrap().len() == length)
        }
    };
    entries.map(count).sum()
}

#[test]
fn what_an_entry_names_no_more_the_relay_lets_go_and_what_another_names_it_keeps() {
    let world = World::new(31);
    let (mut phone, mut tablet) = phone_and_tablet(&world, 31);
    let (one, both) = (
        keep(&mut phone.engine, &noise(1, 40_000)),
        keep(&mut phone.engine, &noise(2, 40_000)),
    );
    let first = phone.engine.write(with(&world, &[&one, &both])).unwrap();
    phone.engine.write(with(&world, &[&both])).unwrap();
    phone.sync(&world);
    let row = phone.engine.store().view().attachment(one.id).unwrap().unwrap();
    let kept = || files_of_length(world.folder(), row.sealed_bytes);
    assert_eq!(kept(), 2);
    let (_, version) = cairn_core::vault::entry_for_editing(phone.engine.store().view(), first)
        .unwrap()
        .unwrap();
    phone.engine.revise(first, &version, with(&world, &[])).unwrap();
    phone.sync(&world);
    assert_eq!(kept(), 2, "whoever goes back to it finds it there");
    world.clock.advance_ms(cairn_core::limits::ATTACHMENT_GRACE_MS + 1);
    phone.sync(&world);
    assert_eq!(kept(), 1);
    tablet.sync(&world);
    assert_eq!(read(&tablet.engine, &both), noise(2, 40_000));
    assert!(tablet.engine.open_attachment(one.id).is_err());
}
