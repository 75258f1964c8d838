//! What becomes of attachments when the entry that names them is erased, begins anew, or is not finished.

use super::{files_below, holds, keep, noise, read};
use cairn_core::journal::{Attachment, Draft};
use cairn_core::vault::AttachmentState;
use cairn_tests::{Device, World, draft};

pub(super) fn with(world: &World, attachment: &Attachment) -> Draft {
    Draft {
        attachments: vec![attachment.clone()],
        ..draft(&world.clock, "Look.")
    }
}

pub(super) fn agree(world: &World, phone: &mut Device, tablet: &mut Device) {
    for _ in 0..3 {
        phone.sync(world);
        tablet.sync(world);
        world.clock.advance_ms(120_000);
    }
    phone.sync(world);
}

pub(super) fn blobs(world: &World) -> u64 {
    let folder = world.folder().join("blobs");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.metadata().unwrap().len()).sum()
}

pub(super) fn pair(world: &World, seed: u64) -> (Device, Device) {
    let (mut phone, mut tablet) = (Device::new(world, seed, "phone"), Device::new(world, seed, "tablet"));
    phone.connect(world);
    phone.pair(world, &mut tablet);
    tablet.sync(world);
    (phone, tablet)
}

#[test]
fn an_erased_entry_takes_its_attachments_along_everywhere_but_not_what_another_entry_names() {
    let world = World::new(91);
    let (mut phone, mut tablet) = pair(&world, 91);
    let (alone, shared) = (
        keep(&mut phone.engine, &noise(1, 90_000)),
        keep(&mut phone.engine, &noise(2, 70_000)),
    );
    let both = Draft {
        attachments: vec![alone.clone(), shared.clone()],
        ..draft(&world.clock, "Look.")
    };
    let id = phone.engine.write(both).unwrap();
    phone.engine.write(with(&world, &shared)).unwrap();
    agree(&world, &mut phone, &mut tablet);
    assert_eq!(read(&tablet.engine, &alone), noise(1, 90_000));
    assert!(blobs(&world) > 160_000);
    phone.engine.trash(id).unwrap();
    phone.engine.erase(id).unwrap();
    agree(&world, &mut phone, &mut tablet);
    for device in [&phone, &tablet] {
        assert!(device.engine.open_attachment(alone.id).is_err());
        assert_eq!(read(&device.engine, &shared), noise(2, 70_000));
        let sealed = files_below(&device.folder().join("attachments")).len();
        assert!((70_000..90_000).contains(&sealed), "{sealed}");
    }
    assert!((70_000..90_000).contains(&blobs(&world)), "{}", blobs(&world));
}

#[test]
fn an_entry_that_begins_anew_keeps_its_attachments_at_the_relay() {
    let world = World::new(92);
    let (mut phone, mut tablet) = pair(&world, 92);
    let photo = keep(&mut phone.engine, &noise(3, 50_000));
    let id = phone.engine.write(with(&world, &photo)).unwrap();
    agree(&world, &mut phone, &mut tablet);
    phone.engine.trash(id).unwrap();
    phone.engine.restore(id).unwrap();
    assert!(phone.engine.erase_earlier_drafts(id).unwrap());
    agree(&world, &mut phone, &mut tablet);
    assert!(blobs(&world) > 50_000);
    let mut laptop = Device::new(&world, 92, "laptop");
    phone.pair(&world, &mut laptop);
    laptop.sync(&world);
    laptop.sync(&world);
    assert_eq!(read(&laptop.engine, &photo), noise(3, 50_000));
}

#[test]
fn what_a_draft_names_is_kept_as_long_as_the_draft_is() {
    let world = World::new(93);
    let mut phone = Device::new(&world, 93, "phone");
    let photo = keep(&mut phone.engine, &noise(4, 20_000));
    let draft = phone.engine.keep_draft(None, None, with(&world, &photo)).unwrap();
    world.clock.advance_ms(40 * 86_400_000);
    phone.engine.sweep_attachments().unwrap();
    assert_eq!(phone.engine.attachment_state(photo.id).unwrap(), AttachmentState::Here);
    phone.engine.discard_draft(draft).unwrap();
    phone.engine.sweep_attachments().unwrap();
    assert_eq!(phone.engine.attachment_state(photo.id).unwrap(), AttachmentState::Here);
    world.clock.advance_ms(40 * 86_400_000);
    phone.engine.sweep_attachments().unwrap();
    assert!(phone.engine.open_attachment(photo.id).is_err());
    let sealed = files_below(&phone.folder().join("attachments"));
    assert!(!holds(&sealed, &noise(4, 64)) && sealed.is_empty());
}
