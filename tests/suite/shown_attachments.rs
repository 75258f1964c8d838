//! What is shown of attachments: a copy that says nothing beside, under a key of its own, which goes wherever its view goes.

use crate::attachments::keep;
use cairn_core::id::{EntryId, ShareId};
use cairn_core::journal::{Attachment, AttachmentKind, Draft};
use cairn_core::support::{ConsentInvalid, Mask, NotShareable, RenderedAttachment, When};
use cairn_core::vault::{AttachmentError, Error, NewShare, entry_for_editing};
use cairn_tests::{Device, Two, World, draft, plain_share};
use cairn_wire::message::{BlobOp, BlobRequest};
use std::io::Read as _;

/// What a recorder wrote beside the sound, the words for it, and the name of its file.
const RECORDER: &[u8] = b"Tangerineforklift at 53.3498 N";
const CAPTION: &str = "Cobaltmarzipan, humming";
const FILE_NAME: &str = "Mulberryturbine.wav";
/// In the samples.
const SOUND: &[u8] = b"Pistachiobarometer";

fn riff(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [name.as_slice(), &length, content, &vec![0; content.len() % 2]].concat()
}

pub(crate) fn sound(samples: usize, beside: &[u8]) -> Vec<u8> {
    let mut data = SOUND.to_vec();
    data.extend((data.len()..samples).map(|at| u8::try_from(at % 251).unwrap()));
    let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0];
    let mut chunks = [b"WAVE".as_slice(), &riff(b"fmt ", &format), &riff(b"data", &data)].concat();
    if !beside.is_empty() {
        chunks.extend(riff(b"LIST", beside));
    }
    riff(b"RIFF", &chunks)
}

/// A mask that shows attachments and nothing else.
pub(crate) fn only(captions: bool) -> Mask {
    Mask {
        attachments: true,
        captions,
        ..Mask::from_bits(0, When::No).unwrap()
    }
}

struct Shown {
    two: Two,
    entry: EntryId,
    attached: Attachment,
}

impl Shown {
    /// An entry that is nothing but a sound.
    fn new(seed: u64, samples: usize) -> Self {
        let mut two = Two::agreed(seed);
        let kept = keep(&mut two.phone.engine, &sound(samples, RECORDER));
        let attached = Attachment {
            alt_text: CAPTION.to_owned(),
            original_name: FILE_NAME.to_owned(),
            ..kept
        };
        let entry = two.phone.engine.write(with(&two.world, "", &[&attached])).unwrap();
        two.settle();
        Self { two, entry, attached }
    }

    fn share(&mut self, change: impl FnOnce(NewShare) -> NewShare) -> Result<ShareId, Error> {
        let new = NewShare {
            mask: only(false),
            ..plain_share(self.two.id, self.entry)
        };
        self.two.phone.engine.share(change(new))
    }

    /// Shared, opened and fetched.
    fn fetched(&mut self, change: impl FnOnce(NewShare) -> NewShare) -> ShareId {
        let share = self.share(change).unwrap();
        self.two.settle();
        self.two.dee.engine.open_shared(share).unwrap();
        self.two.settle();
        share
    }

    fn revise(&mut self, change: impl FnOnce(Draft) -> Draft) {
        let engine = &mut self.two.phone.engine;
        let (entry, version) = entry_for_editing(engine.store().view(), self.entry).unwrap().unwrap();
        engine.revise(self.entry, &version, change(Draft::of(&entry))).unwrap();
    }

    /// Bytes of sealed files at the relay that the specialist's side of the line ever asked for or was sent: those in the support space.
    fn copies(&self) -> u64 {
        blobs(&self.two.world) - self.own_blobs()
    }

    fn own_blobs(&self) -> u64 {
        let row = self
            .two
            .phone
            .engine
            .store()
            .view()
            .attachment(self.attached.id)
            .unwrap();
        row.map_or(0, |row| row.sent)
    }
}

fn with(world: &World, body: &str, attached: &[&Attachment]) -> Draft {
    Draft {
        attachments: attached.iter().map(|&attached| attached.clone()).collect(),
        ..draft(&world.clock, body)
    }
}

fn blobs(world: &World) -> u64 {
    let folder = world.folder().join("blobs");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.metadata().unwrap().len()).sum()
}

fn files(device: &Device) -> usize {
    std::fs::read_dir(device.folder().join("attachments")).map_or(0, Iterator::count)
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn read(device: &mut Device, share: ShareId) -> Result<Vec<u8>, Error> {
    let mut open = device.engine.open_shared_attachment(share, 0)?;
    let mut bytes = Vec::new();
    open.read_to_end(&mut bytes).unwrap();
    Ok(bytes)
}

fn rendered(device: &mut Device, share: ShareId) -> Vec<RenderedAttachment> {
    device.engine.open_shared(share).unwrap().view.attachments
}

/// Whether any part of a sealed file passed in the support space: requests for blobs of a space that is not the phone's home.
fn parts_in(two: &Two, heard: &cairn_tests::Overheard) -> usize {
    let support = two.dee.engine.store().view().spaces().unwrap();
    let support = support.iter().find(|space| space.relationship.is_some()).unwrap().id;
    let all = heard.requests();
    let blobs = all.iter().filter(|request| request.path == "/v1/blob");
    blobs
        .filter(|request| {
            let asked: BlobRequest<'_> = cairn_wire::decode_canonical(&request.body).unwrap();
            asked.space == support && asked.op == BlobOp::Put
        })
        .count()
}

#[test]
fn an_entry_that_is_only_a_sound_is_shown_and_heard_and_goes_with_its_share() {
    let mut shown = Shown::new(901, 3_000_000);
    let share = shown.share(|new| new).unwrap();
    let Shown { two, .. } = &mut shown;
    two.settle();
    assert!(files(&two.dee) == 0, "nothing comes before it is opened");
    let found = rendered(&mut two.dee, share).remove(0);
    assert_eq!(
        (found.kind, found.media_type.as_str()),
        (AttachmentKind::Audio, "audio/x-wav")
    );
    assert!(!found.is_here && found.caption.is_none());
    let early = read(&mut two.dee, share);
    assert!(matches!(early, Err(Error::Attachment(AttachmentError::Elsewhere))));
    // Larger than what goes by itself: both choose when.
    two.settle();
    assert!(!rendered(&mut two.dee, share).remove(0).is_here);
    for device in [&mut two.phone, &mut two.dee] {
        device
            .engine
            .set_attachment_policy(cairn_core::vault::AttachmentPolicy::Now)
            .unwrap();
    }
    two.settle();
    assert!(rendered(&mut two.dee, share).remove(0).is_here);
    assert_eq!(read(&mut two.dee, share).unwrap(), sound(3_000_000, b""));
    let opened = two.phone.engine.share_cards().unwrap().remove(0).opened;
    assert!(opened.is_some());
    assert!(shown.copies() > 3_000_000);
    let Shown { two, .. } = &mut shown;
    two.phone.engine.revoke(share).unwrap();
    two.settle();
    assert!(matches!(read(&mut two.dee, share), Err(Error::NotFound)));
    assert_eq!(files(&two.dee), 0);
    assert_eq!(shown.copies(), 0);
}

#[test]
fn nothing_beside_the_sound_ever_leaves_and_its_caption_only_where_it_is_shown() {
    for captions in [false, true] {
        let mut shown = Shown::new(902 + u64::from(captions), 3_000);
        let unshown = keep(&mut shown.two.phone.engine, &sound(4_000, b"Heliotropedustbin"));
        let first = shown.attached.clone();
        shown.revise(|draft| Draft {
            attachments: vec![
                first.clone(),
                Attachment {
                    alt_text: "Heliotropedustbin".to_owned(),
                    ..unshown
                },
            ],
            ..draft
        });
        let chosen = shown.attached.id;
        let share = shown.fetched(|new| NewShare {
            mask: only(captions),
            attachments: vec![chosen],
            ..new
        });
        let two = &mut shown.two;
        let bytes = read(&mut two.dee, share).unwrap();
        assert!(holds(&bytes, SOUND) && !holds(&bytes, RECORDER));
        let pages = two.dee.pages();
        assert_eq!(holds(&pages, CAPTION.as_bytes()), captions);
        assert_eq!(rendered(&mut two.dee, share).len(), 1);
        assert_eq!(rendered(&mut two.dee, share)[0].caption.is_some(), captions);
        for canary in [
            RECORDER,
            FILE_NAME.as_bytes(),
            b"Heliotropedustbin",
            chosen.as_bytes().as_slice(),
        ] {
            assert!(!holds(&pages, canary));
        }
        let at_rest = two.world.bytes_at_rest();
        assert!(!holds(&at_rest, SOUND) && !holds(&at_rest, CAPTION.as_bytes()));
        assert_eq!(files(&two.dee), 1);
    }
}

#[test]
fn no_byte_of_a_copy_leaves_before_the_hold_is_over_nor_after_it_was_cancelled() {
    let mut shown = Shown::new(904, 3_000);
    let heard = shown.two.world.overhear();
    let share = shown.share(|new| NewShare { hold_ms: 60_000, ..new }).unwrap();
    shown.two.settle();
    assert_eq!(parts_in(&shown.two, &heard), 0);
    shown.two.phone.engine.revoke(share).unwrap();
    shown.two.world.clock.advance_ms(60_000);
    shown.two.settle();
    assert_eq!(parts_in(&shown.two, &heard), 0);
    let share = shown.share(|new| NewShare { hold_ms: 60_000, ..new }).unwrap();
    shown.two.world.clock.advance_ms(60_000);
    shown.two.phone.engine.trash(shown.entry).unwrap();
    shown.two.settle();
    assert_eq!(
        parts_in(&shown.two, &heard),
        0,
        "what was trashed while it waited never leaves"
    );
    assert!(matches!(read(&mut shown.two.dee, share), Err(Error::NotFound)));
}

#[test]
fn a_share_that_comes_to_show_less_takes_the_copy_from_device_and_relay() {
    let mut shown = Shown::new(905, 3_000);
    shown.revise(|draft| Draft {
        body: "Listen.".to_owned(),
        ..draft
    });
    let share = shown.fetched(|new| NewShare {
        mask: Mask {
            attachments: true,
            captions: true,
            ..Mask::default()
        },
        ..new
    });
    assert!(read(&mut shown.two.dee, share).is_ok() && shown.copies() > 3_000);
    let engine = &mut shown.two.phone.engine;
    engine
        .narrow(
            share,
            Mask {
                attachments: true,
                ..Mask::default()
            },
            None,
        )
        .unwrap();
    shown.two.settle();
    assert!(!holds(&shown.two.dee.pages(), CAPTION.as_bytes()));
    assert!(read(&mut shown.two.dee, share).is_ok(), "the copy is the same");
    shown.two.phone.engine.narrow(share, Mask::default(), None).unwrap();
    shown.two.settle();
    assert!(rendered(&mut shown.two.dee, share).is_empty());
    assert_eq!((files(&shown.two.dee), shown.copies()), (0, 0));
    let sentence = shown
        .two
        .phone
        .engine
        .share_cards()
        .unwrap()
        .remove(0)
        .share
        .consent
        .sentence;
    assert_eq!(sentence, "One entry: words, title, the day");
}

#[test]
fn a_copy_ends_with_its_time_and_with_the_relationship_and_with_the_entry() {
    let day = 24 * 60 * 60 * 1000;
    let mut dated = Shown::new(906, 3_000);
    let until = dated.two.phone.engine.now().plus_ms(day);
    let share = dated.fetched(|new| NewShare {
        end: cairn_core::support::End::At(until),
        ..new
    });
    assert!(read(&mut dated.two.dee, share).is_ok());
    dated.two.world.clock.advance_ms(day);
    assert!(
        matches!(read(&mut dated.two.dee, share), Err(Error::NotFound)),
        "at once, offline"
    );
    dated.two.settle();
    assert_eq!((files(&dated.two.dee), dated.copies()), (0, 0));

    let mut ended = Shown::new(907, 3_000);
    let share = ended.fetched(|new| new);
    ended.two.phone.engine.end_relationship(ended.two.id, "").unwrap();
    ended.two.settle();
    assert!(matches!(read(&mut ended.two.dee, share), Err(Error::NotFound)));
    assert_eq!((files(&ended.two.dee), ended.copies()), (0, 0));

    let mut erased = Shown::new(908, 3_000);
    let share = erased.fetched(|new| new);
    erased.two.phone.engine.trash(erased.entry).unwrap();
    erased.two.phone.engine.erase(erased.entry).unwrap();
    erased.two.settle();
    assert!(matches!(read(&mut erased.two.dee, share), Err(Error::NotFound)));
    assert_eq!((files(&erased.two.dee), blobs(&erased.two.world)), (0, 0));
}

#[test]
fn a_lease_that_is_over_locks_the_copy_too() {
    let mut shown = Shown::new(909, 3_000);
    let share = shown.fetched(|new| new);
    shown.two.world.clock.advance_ms(8 * 24 * 60 * 60 * 1000);
    assert!(matches!(read(&mut shown.two.dee, share), Err(Error::LeaseOver)));
    shown.two.settle();
    assert!(read(&mut shown.two.dee, share).is_ok());
}

#[test]
fn what_follows_edits_follows_the_caption_and_what_was_taken_off_and_shows_nothing_new() {
    let mut shown = Shown::new(910, 3_000);
    let share = shown.fetched(|new| NewShare {
        mask: Mask {
            attachments: true,
            captions: true,
            ..Mask::default()
        },
        follow_edits: true,
        ..new
    });
    let added = keep(&mut shown.two.phone.engine, &sound(5_000, b""));
    let first = shown.attached.clone();
    shown.revise(|draft| Draft {
        body: "Two by now.".to_owned(),
        attachments: vec![
            Attachment {
                alt_text: "Humming".to_owned(),
                ..first
            },
            added.clone(),
        ],
        ..draft
    });
    shown.two.settle();
    let found = rendered(&mut shown.two.dee, share);
    assert_eq!(found.len(), 1, "what is attached later is another share");
    assert_eq!(found[0].caption.as_deref(), Some("Humming"));
    assert!(read(&mut shown.two.dee, share).is_ok(), "and is fetched no second time");
    shown.revise(|draft| Draft {
        attachments: vec![added],
        ..draft
    });
    shown.two.settle();
    assert!(rendered(&mut shown.two.dee, share).is_empty());
    assert_eq!(files(&shown.two.dee), 0);
}

#[test]
fn another_device_of_the_participant_sends_what_the_first_could_not() {
    let mut shown = Shown::new(911, 3_000);
    let mut tablet = Device::new(&shown.two.world, 912, "tablet");
    shown.two.phone.pair(&shown.two.world, &mut tablet);
    tablet.sync(&shown.two.world);
    tablet.sync(&shown.two.world);
    shown
        .two
        .phone
        .engine
        .set_attachment_policy(cairn_core::vault::AttachmentPolicy::Later)
        .unwrap();
    let share = shown.share(|new| new).unwrap();
    shown.two.settle();
    rendered(&mut shown.two.dee, share);
    shown.two.settle();
    assert!(read(&mut shown.two.dee, share).is_err(), "the phone waits");
    tablet.sync(&shown.two.world);
    shown.two.settle();
    assert_eq!(read(&mut shown.two.dee, share).unwrap(), sound(3_000, b""));
}

#[test]
fn what_cannot_be_cleaned_or_does_not_hang_on_the_entry_is_refused() {
    let mut shown = Shown::new(913, 3_000);
    let strange = keep(&mut shown.two.phone.engine, b"%PDF-1.7 /Author (Tangerineforklift)");
    let stray = keep(&mut shown.two.phone.engine, b"Milk, bread");
    let first = shown.attached.clone();
    shown.revise(|draft| Draft {
        attachments: vec![first, strange],
        ..draft
    });
    let refused = shown.share(|new| new).unwrap_err();
    assert!(
        matches!(refused, Error::NotShareable(NotShareable::SaysTooMuch)),
        "{refused:?}"
    );
    let chosen = |shown: &mut Shown, id, mask| {
        shown.share(|new| NewShare {
            attachments: vec![id],
            mask,
            ..new
        })
    };
    let not_attached = |answer: Result<ShareId, Error>| {
        assert!(
            matches!(answer, Err(Error::Consent(ConsentInvalid::NotAttached))),
            "{answer:?}"
        );
    };
    not_attached(chosen(&mut shown, stray.id, only(false)));
    let attached = shown.attached.id;
    not_attached(chosen(&mut shown, attached, Mask::default()));
    assert!(
        chosen(&mut shown, attached, only(false)).is_ok(),
        "what can be shown is shown without the other"
    );
    assert_eq!(shown.two.phone.engine.share_cards().unwrap().len(), 1);
}

#[test]
fn a_relay_that_lost_its_store_is_given_the_copy_again() {
    let mut shown = Shown::new(914, 3_000);
    let share = shown.share(|new| new).unwrap();
    shown.two.settle();
    rendered(&mut shown.two.dee, share);
    let world = shown.two.world.with_nothing_but_its_key(914);
    assert_eq!(blobs(&world), 0);
    let two = &mut shown.two;
    for _ in 0..3 {
        two.phone.sync(&world);
        two.dee.sync(&world);
    }
    assert_eq!(read(&mut two.dee, share).unwrap(), sound(3_000, b""));
    two.phone.engine.revoke(share).unwrap();
    two.phone.sync(&world);
    two.dee.sync(&world);
    assert!(matches!(read(&mut two.dee, share), Err(Error::NotFound)));
    assert_eq!(files(&two.dee), 0);
}
