//! What of sealing again shows without a relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::shredding::note_link;
use super::{Engine, Shredding};
use crate::clock::{SystemClock, Timestamp};
use crate::crypto::DeviceChain;
use crate::id::{DocumentId, Entropy as _, SystemEntropy};
use crate::journal::Draft;
use crate::moment::Moment;
use crate::store::{DocumentRow, SpaceRow, Store, StoreConfig};
use crate::vault::devices::seen;
use cairn_wire::{PublicKey, bounds};
use std::sync::Arc;

#[test]
fn a_document_that_cannot_be_sealed_again_holds_up_itself_alone_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreConfig::new(folder.path()), &[7; 32]).unwrap();
    let mut engine = Engine::new(store, "phone", Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap();
    let mut ids = Vec::new();
    for body in ["Day.", "Night."] {
        let happened = Moment::new(Timestamp(0), "UTC").unwrap();
        let body = body.to_owned();
        let draft = Draft {
            body,
            ..Draft::new(happened)
        };
        ids.push(engine.write(draft).unwrap());
    }
    // They stand at a relay under the first key, as far as this device knows.
    let home = SpaceRow {
        origin: "http://relay.test".to_owned(),
        relay_key: *engine.identity.signing.public().as_bytes(),
        created: true,
        ..engine.home().unwrap()
    };
    let relay = ("http://relay.test", PublicKey::from_bytes(home.relay_key));
    let (own, key) = (engine.own_device(&home), engine.epoch_key(&home).unwrap());
    let (chain, link) =
        DeviceChain::found(&engine.identity.signing, home.id, own, relay, seen(&home), &key, None).unwrap();
    engine
        .commit(&[], |tx| {
            tx.put_space(&home)?;
            Ok(tx.put_link(home.id, 0, chain.tip().as_bytes(), &link)?)
        })
        .unwrap();
    engine.follow(chain);
    engine.seal_waiting(Timestamp(i64::MAX)).unwrap();
    // The first of them has become larger than a record can be.
    let failing = ids.iter().copied().map(DocumentId::from).min().unwrap();
    let row = engine.store.view().document(failing).unwrap().unwrap();
    let mut noise = vec![0; bounds::RECORD_BYTES_MAX];
    SystemEntropy.fill(&mut noise);
    let heads = vec![[1; 32]];
    let bytes = Some(noise);
    engine
        .commit(&[], |tx| {
            for out in tx.outbox(home.id, usize::MAX, 10)? {
                tx.remove_outbox(out.n)?;
            }
            tx.put_document(&DocumentRow { bytes, heads, ..row })?;
            tx.put_epoch_key(home.id, 2, &[2; 32])?;
            tx.put_space(&SpaceRow {
                epoch: 2,
                ..home.clone()
            })?;
            tx.set_meta("shred", &2_u32.to_le_bytes())?;
            note_link(tx, 0, 2)
        })
        .unwrap();
    engine.again_left = 1;
    engine.seal_again().unwrap();
    let out = engine.store.view().outbox(home.id, usize::MAX, 10).unwrap();
    let sealed: Vec<DocumentId> = out.into_iter().filter_map(|out| out.document).collect();
    assert_eq!(sealed.len(), 1);
    assert_ne!(sealed[0], failing);
    assert_eq!(engine.shredding().unwrap(), Shredding::HeldUpBy(vec![failing.into()]));
}
