//! An older state of a vault, and a handle that slept while its vault was erased: neither carries on.

use super::DAY_MS;
use super::vaults::{Patient, Place, bodies, files};
use cairn_core::clock::Clock as _;
use cairn_core::sync::Transport;
use cairn_core::vault::{Erasure, Error, Vault};
use cairn_tests::{TestClock, World};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn copy(from: &Path, to: &Path) {
    for name in files(from) {
        if from.join(&name).is_file() {
            fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
}

fn put_back(backup: &Path, place: &Place) {
    for name in files(place.folder.path()) {
        let path = place.folder.path().join(name);
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    copy(backup, place.folder.path());
}

/// A place whose vault has a relay and one entry, and whose person has asked to erase everything.
fn asked_to_erase(world: &World) -> (Place, Vault) {
    let line: Arc<dyn Transport> = Arc::new(Patient(world.line()));
    let place = Place::new(&world.clock, Some(line));
    let vault = place.open("phone").unwrap();
    vault.sync().connect(world.origin().to_owned()).wait().unwrap();
    vault.sync().sync_now().wait().unwrap();
    place.write(&vault, "Quetzalnacht.");
    vault.devices().erase_everything(None).wait().unwrap();
    (place, vault)
}

#[test]
fn a_vault_put_back_from_a_backup_asks_for_nothing_that_was_stopped_since() {
    let clock = TestClock::default();
    let place = Place::new(&clock, None);
    let vault = place.open("phone").unwrap();
    place.write(&vault, "Quetzalnacht.");
    vault.devices().erase_everything(None).wait().unwrap();
    drop(vault);
    let backup = tempfile::tempdir().unwrap();
    copy(place.folder.path(), backup.path());
    let vault = place.open("phone").unwrap();
    vault.devices().keep_everything().wait().unwrap();
    drop(vault);
    put_back(backup.path(), &place);
    clock.advance_ms(30 * DAY_MS);
    let vault = place.open("phone").unwrap();
    assert_eq!(
        (bodies(&vault), vault.devices().erasure().wait().unwrap()),
        (1, Erasure::Nothing)
    );
    // Asked for again, it is as ever.
    vault.devices().erase_everything(None).wait().unwrap();
    drop(vault);
    clock.advance_ms(DAY_MS);
    assert!(matches!(place.open("phone"), Err(Error::Erased)));
}

#[test]
fn put_back_with_a_relay_it_makes_no_link_of_the_wish() {
    let world = World::new(31);
    let (place, vault) = asked_to_erase(&world);
    drop(vault);
    let backup = tempfile::tempdir().unwrap();
    copy(place.folder.path(), backup.path());
    let vault = place.open("phone").unwrap();
    vault.devices().keep_everything().wait().unwrap();
    vault.sync().sync_now().wait().unwrap();
    drop(vault);
    put_back(backup.path(), &place);
    let vault = place.open("phone").unwrap();
    for _ in 0..3 {
        vault.sync().sync_now().wait().unwrap();
    }
    assert_eq!(
        (bodies(&vault), vault.devices().erasure().wait().unwrap()),
        (1, Erasure::Nothing)
    );
}

#[test]
fn put_back_when_its_day_was_over_it_has_a_day_of_its_own() {
    let world = World::new(32);
    let (place, vault) = asked_to_erase(&world);
    vault.sync().sync_now().wait().unwrap();
    drop(vault);
    let backup = tempfile::tempdir().unwrap();
    copy(place.folder.path(), backup.path());
    drop(place.open("phone").unwrap());
    put_back(backup.path(), &place);
    world.clock.advance_ms(2 * DAY_MS);
    let vault = place.open("phone").unwrap();
    for _ in 0..3 {
        let _ = vault.sync().sync_now().wait().unwrap();
    }
    assert_eq!(
        vault.devices().erasure().wait().unwrap(),
        Erasure::Until(world.clock.now().plus_ms(DAY_MS))
    );
    vault.devices().keep_everything().wait().unwrap();
    assert_eq!(bodies(&vault), 1);
}

#[test]
fn a_handle_that_slept_while_its_vault_was_erased_begins_no_other() {
    let clock = TestClock::default();
    let place = Place::new(&clock, None);
    let asleep = place.open("phone").unwrap();
    place.write(&asleep, "Quetzalnacht.");
    asleep.suspend().wait().unwrap();
    let vault = place.open("phone").unwrap();
    vault.erase_here().wait().unwrap();
    drop(vault);
    assert!(matches!(asleep.resume().wait(), Err(Error::Erased)));
    assert!(files(place.folder.path()).is_empty());
    drop(asleep);
    // Nor does it take one for its own that somebody began since.
    let asleep = place.open("phone").unwrap();
    asleep.suspend().wait().unwrap();
    let vault = place.open("phone").unwrap();
    vault.erase_here().wait().unwrap();
    drop(vault);
    let another = place.open("tablet").unwrap();
    assert!(matches!(asleep.resume().wait(), Err(Error::Erased)));
    assert!(matches!(asleep.sync().status().wait(), Err(Error::Erased)));
    assert_eq!(bodies(&another), 0);
}
