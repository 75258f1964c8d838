//! `device_chain.json`.

use super::*;

#[test]
fn device_chains_are_verified_as_the_vectors_say() {
    let (phone, tablet) = (signing(0), signing(8));
    let genesis_seen = Seen::nothing(&space());
    let founded = DeviceChain::found(
        &phone,
        space(),
        device(0, "phone"),
        relay(),
        genesis_seen,
        &epoch_key(1),
        Some(key_box()),
    );
    let (mut chain, genesis) = founded.unwrap();
    let add = chain
        .add_device(&phone, device(8, "Tablet von Ümit"), seen(), None)
        .unwrap();
    chain.append(&add).unwrap();
    let epoch = chain.new_epoch(&tablet, seen(), &epoch_key(2), key_box()).unwrap();
    chain.append(&epoch).unwrap();
    let third = chain
        .add_device(&tablet, device(16, ""), seen(), Some(key_box()))
        .unwrap();
    chain.append(&third).unwrap();
    // Keys may be vouched for again, and a box may travel elsewhere: its hash alone is then in the link.
    let fourth = chain
        .add_device(&signing(16), device(24, "fourth"), seen(), None)
        .unwrap();
    let fourth = remade(&fourth, &signing(16), |p| {
        (p.commitments, p.key_box_hash) = (commitment(&[(1, 1), (2, 2)]), Some(key_box_hash(b"elsewhere")));
    });
    chain.append(&fourth).unwrap();
    let good = [genesis, add, epoch, third, fourth];

    let accept: Vec<Value> =
        (1..=good.len())
            .map(|length| {
                let chain = DeviceChain::verify(links(&good[..length])).unwrap();
                let devices: Vec<Value> = chain
                .devices()
                .values()
                .map(|device| json!({
                    "signing": hex(device.signing), "kem": hex(device.kem.as_bytes()), "access": hex(device.access),
                    "name": device.name,
                }))
                .collect();
                json!({
                    "length": length,
                    "space": hex(chain.space()),
                    "origin": chain.origin(),
                    "relay_key": hex(chain.relay_key()),
                    "genesis": hex(chain.genesis().as_bytes()),
                    "tip": hex(chain.tip().as_bytes()),
                    "devices": devices,
                    "commitments": epochs_json(&chain.commitments()),
                })
            })
            .collect();

    let mut refused = refused_by_both(&good, &phone);
    refused.extend(refused_epochs(&good[2], 2, &tablet));
    let added = |device: &Device| {
        let body = [[0xa1, 0].as_slice(), &cbor::encode(device)].concat();
        remade(&good[1], &phone, |p| p.body = body)
    };
    let tablet_device = device(8, "tablet");
    let mut small_order = [0; 32];
    small_order[0] = 1;
    let small_order = PublicKey::from_bytes(small_order);
    refused.extend([
        (
            "a device with a key of small order",
            1,
            added(&Device {
                signing: small_order,
                ..tablet_device.clone()
            }),
        ),
        (
            "a device whose access key signs too",
            1,
            added(&Device {
                access: tablet_device.signing,
                ..tablet_device.clone()
            }),
        ),
        (
            "a device with another's signing key",
            1,
            added(&Device {
                signing: phone.public(),
                ..tablet_device.clone()
            }),
        ),
        (
            "a device with another's access key",
            1,
            added(&Device {
                access: signing(2).public(),
                ..tablet_device.clone()
            }),
        ),
        (
            "a device with another's box key",
            1,
            added(&Device {
                kem: kem(1).public(),
                ..tablet_device.clone()
            }),
        ),
        (
            "a device with too long a name",
            1,
            added(&Device {
                name: "x".repeat(201),
                ..tablet_device
            }),
        ),
        (
            "a device out of range of its ring",
            1,
            remade(&good[1], &phone, |p| {
                // The first numbers of the ML-KEM key become 4095, and its modulus is 3329.
                let at = p.body.windows(3).position(|bytes| bytes == [0x59, 0x04, 0xc0]).unwrap() + 3;
                p.body[at..at + 3].fill(0xff);
            }),
        ),
        (
            "an origin with a space in it",
            0,
            remade(&good[0], &phone, |p| {
                let at = p.body.windows(5).position(|bytes| bytes == b"relay").unwrap();
                p.body[at] = b' ';
            }),
        ),
    ]);
    let reject = reject_json(&good, refused, |links| {
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
    let add = chain.add_device(&phone, device(8, "tablet"), seen(), None).unwrap();
    let before = chain.clone();
    let too_new = remade(&add, &phone, |p| p.kind = 3);
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
