//! `device_chain.json`.

use super::device_refused::refused;
use super::*;
use crate::crypto::Link;

/// A chain as it grows, with every link it took.
struct Growing {
    chain: DeviceChain,
    links: Vec<Vec<u8>>,
}

impl Growing {
    fn take(&mut self, link: impl FnOnce(&DeviceChain) -> Result<Vec<u8>, CryptoError>) -> Link {
        let link = link(&self.chain).unwrap();
        let taken = self.chain.append(&link).unwrap();
        self.links.push(link);
        taken
    }
}

/// Two years of one person's devices in one week. The comments number the links.
pub(super) fn good_links() -> Vec<Vec<u8>> {
    let (phone, tablet, laptop, fourth) = (signing(0), signing(8), signing(16), signing(24));
    let (replacement, last) = (signing(32), signing(40));
    let (phrase, other_phrase) = (signing(0xb0), signing(0xc0));
    let genesis_seen = Seen::nothing(&space());
    // 0
    let founded = DeviceChain::found(
        &phone,
        space(),
        device(0, "phone"),
        relay(),
        genesis_seen,
        &epoch_key(1),
        Some(key_box()),
    );
    let (chain, genesis) = founded.unwrap();
    let mut all = Growing {
        chain,
        links: vec![genesis],
    };
    // 1
    all.take(|chain| chain.add_device(&phone, device(8, "Tablet von Ümit"), basis(0), None));
    // 2
    all.take(|chain| chain.new_epoch(&tablet, seen(), &epoch_key(2), key_box()));
    // 3
    all.take(|chain| chain.add_device(&tablet, device(16, ""), basis(HOUR), Some(key_box())));
    // 4: keys may be vouched for again, and a box may travel elsewhere: its hash alone is then in the link. The head is an
    // older one, so that the chain's clock stands.
    all.take(|chain| {
        let link = chain.add_device(&laptop, device(24, "fourth"), basis(0), None)?;
        Ok(remade(&link, &laptop, |p| {
            (p.commitments, p.key_box_hash) = (commitment(&[(1, 1), (2, 2)]), Some(key_box_hash(b"elsewhere")));
        }))
    });
    // 5
    all.take(|chain| chain.rekey(&tablet, kem(0x41).public(), seen()));
    // 6: nobody is older than the phone.
    all.take(|chain| chain.rotate_recovery(&phone, recovery(0xb0), basis(2 * HOUR)));
    // 7
    all.take(|chain| chain.add_device(&phrase, device(32, "by the phrase"), basis(3 * HOUR), None));
    // 8
    all.take(|chain| chain.add_device(&replacement, device(48, "lost soon"), basis(3 * HOUR), None));
    // 9: not settled, but that one is younger.
    let gone = BTreeMap::from([(signing(48).public(), 0)]);
    all.take(|chain| chain.remove_devices(&fourth, &gone, basis(4 * HOUR), &epoch_key(3), key_box()));
    // 10: a week to the millisecond after it was added.
    let gone = BTreeMap::from([(phone.public(), 300), (fourth.public(), 17)]);
    all.take(|chain| chain.remove_devices(&tablet, &gone, basis(WEEK), &epoch_key(4), key_box()));
    // 11
    all.take(|chain| chain.add_device(&replacement, device(40, "last"), basis(WEEK + HOUR), None));
    // 12: settled by the heads that others showed to the chain; its own is too old.
    let gone = BTreeMap::from([(tablet.public(), 299)]);
    all.take(|chain| chain.remove_devices(&laptop, &gone, basis(2 * HOUR), &epoch_key(5), key_box()));
    // 13
    let gone = BTreeMap::from([(laptop.public(), 300)]);
    all.take(|chain| chain.remove_devices(&phrase, &gone, basis(WEEK + HOUR), &epoch_key(6), key_box()));
    // 14: not here for a week, but those who were older are gone.
    all.take(|chain| chain.rotate_recovery(&replacement, recovery(0xc0), basis(WEEK + 2 * HOUR)));
    // 15
    all.take(|chain| chain.new_epoch(&other_phrase, seen(), &epoch_key(7), key_box()));
    // 16
    let taken = all.take(|chain| chain.rekey(&last, kem(0x42).public(), seen()));
    assert_eq!((taken.index(), taken.kind()), (16, REKEY));
    // 17
    all.take(|chain| chain.ask_to_let_go(&replacement, 6, seen()));
    // 18
    all.take(|chain| chain.say_let_go(&last, 6, seen()));
    // 19: the other one had not said so yet, and says both at once.
    all.take(|chain| chain.ask_to_let_go(&other_phrase, 7, seen()));
    // 20
    all.take(|chain| chain.say_let_go(&replacement, 7, seen()));
    // 21: whoever comes now has nothing to let go of.
    let taken = all.take(|chain| chain.add_device(&last, device(72, "new"), basis(2 * WEEK), None));
    assert_eq!((taken.index(), taken.kind()), (21, ADD));
    // 22: nobody is older than the replacement.
    all.take(|chain| chain.erase_everything(&replacement, basis(2 * WEEK + HOUR)));
    // 23: the newest may stop it, settled or not. Its head is an older one, and the chain's clock stands.
    all.take(|chain| chain.keep_everything(&signing(72), basis(2 * WEEK)));
    // 24: settled, and not the oldest: it came more than a week ago.
    all.take(|chain| chain.erase_everything(&last, basis(2 * WEEK + HOUR)));
    // 25: the phrase makes an end of the waiting.
    all.take(|chain| chain.erase_everything(&other_phrase, basis(2 * WEEK + 3 * HOUR)));
    // 26
    let taken = all.take(|chain| chain.keep_everything(&other_phrase, basis(2 * WEEK + 4 * HOUR)));
    assert_eq!((taken.index(), taken.kind()), (26, KEEP));
    // 27
    all.take(|chain| chain.erase_everything(&other_phrase, basis(2 * WEEK + 5 * HOUR)));
    all.links
}

fn accepted(good: &[Vec<u8>], length: usize) -> Value {
    let chain = DeviceChain::verify(links(&good[..length])).unwrap();
    let of = |device: &Device| {
        let added = chain.added(&device.signing).unwrap();
        json!({
            "signing": hex(device.signing), "kem_blake3": hex(blake3::hash(device.kem.as_bytes()).as_bytes()),
            "access": hex(device.access), "name": device.name, "added": [added.index, added.time_ms],
        })
    };
    let removed = chain.removed().values().map(|gone| {
        let mut value = of(&gone.device);
        value["trusted_upto"] = json!(gone.trusted_upto);
        value
    });
    let recoveries = chain.recoveries().iter().map(|recovery| {
        json!({
            "signing": hex(recovery.signing), "kem_blake3": hex(blake3::hash(recovery.kem.as_bytes()).as_bytes()),
            "access": hex(recovery.access), "counts": chain.recovery() == Some(recovery),
        })
    });
    let upto = |(number, epoch): (&u32, &crate::crypto::Epoch)| {
        let upto = epoch.old_upto?;
        Some(json!([number, upto.incarnation, upto.n, hex(upto.chain)]))
    };
    let ending = chain
        .ending()
        .map(|ending| json!([ending.index, ending.asked_at_ms, ending.at_once, hex(ending.author)]));
    json!({
        "length": length,
        "ending": ending,
        "space": hex(chain.space()),
        "origin": chain.origin(),
        "relay_key": hex(chain.relay_key()),
        "genesis": hex(chain.genesis().as_bytes()),
        "tip": hex(chain.tip().as_bytes()),
        "devices": chain.devices().values().map(of).collect::<Vec<_>>(),
        "removed": removed.collect::<Vec<_>>(),
        "recoveries": recoveries.collect::<Vec<_>>(),
        "commitments": epochs_json(&chain.commitments()),
        "old_upto": chain.epochs().iter().filter_map(upto).collect::<Vec<_>>(),
        "let_go": chain.let_go(),
        "have_let_go": chain.devices().keys().filter(|one| chain.has_let_go(one)).map(hex).collect::<Vec<_>>(),
    })
}

#[test]
fn device_chains_are_verified_as_the_vectors_say() {
    let good = good_links();
    let accept: Vec<Value> = (1..=good.len()).map(|length| accepted(&good, length)).collect();
    let reject = reject_json(&good, refused(&good), |links| {
        DeviceChain::verify(links.iter().copied()).map(drop)
    });
    let all: Vec<String> = good.iter().map(hex).collect();
    hold(
        "device_chain.json",
        &json!({ "links": all, "accept": accept, "reject": reject }),
    );
}

#[test]
fn a_refused_link_leaves_the_chain_as_it_was() {
    let phone = signing(0);
    let founded = DeviceChain::found(
        &phone,
        space(),
        device(0, "phone"),
        relay(),
        seen(),
        &epoch_key(1),
        None,
    );
    let (mut chain, _) = founded.unwrap();
    let add = chain.add_device(&phone, device(8, "tablet"), basis(0), None).unwrap();
    let before = chain.clone();
    let too_new = remade(&add, &phone, |p| p.kind = 36);
    assert_eq!(chain.append(&too_new).unwrap_err(), CryptoError::TooNew);
    let epoch = chain.new_epoch(&phone, seen(), &epoch_key(2), key_box()).unwrap();
    let lying = remade(&epoch, &phone, |p| p.commitments = commitment(&[(1, 9), (2, 2)]));
    assert_eq!(chain.append(&lying).unwrap_err(), CryptoError::ChainRefused);
    assert_eq!((chain.tip(), chain.commitments()), (before.tip(), before.commitments()));
    assert_eq!(chain.devices(), before.devices());
    chain.append(&add).unwrap();
    assert_eq!(chain.length(), 2);
    // The other device lost the race: its link no longer continues the chain.
    assert_eq!(chain.append(&epoch).unwrap_err(), CryptoError::ChainRefused);
    assert!(chain.contains(&before.tip()));
}
