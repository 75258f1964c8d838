//! The links that a device chain refuses: `reject` of `device_chain.json`. Each is said to come after so many of the good ones.

use super::*;

type Refused = (&'static str, usize, Vec<u8>);

/// How many good links there are before the tablet, settled to the millisecond, removes the phone; and after it.
const BEFORE_REMOVAL: usize = 10;
/// Before anything is let go of: the devices of 32 and 40 are left, the phrase of 0xc0 counts.
const END: usize = 17;
/// What is before epoch 7 is let go of, and the device of 40 has not said so yet; the device of 72 is new.
const LET_GO_OF: usize = 22;
/// The device of 32 has asked to erase everything.
const ASKED: usize = 23;
/// The device of 72 has stopped it.
const STOPPED: usize = 24;
/// After all good links: the phrase of 0xc0 has asked.
const ASKED_BY_PHRASE: usize = 28;

/// Makes links that follow some of the good ones, without asking the chain.
struct Hand<'a> {
    good: &'a [Vec<u8>],
}

impl Hand<'_> {
    fn link(&self, at: usize, author: u8, kind: u8, body: Vec<u8>, epoch: Option<u32>) -> Vec<u8> {
        let tip = (at as u64, LinkHash::of(&self.good[at - 1]));
        next(tip, &signing(author), kind, body, epoch).sign(&signing(author))
    }

    fn add(&self, at: usize, author: u8, device: &Device) -> Vec<u8> {
        self.link(at, author, ADD, add_body(device, &head(WEEK + HOUR)), None)
    }

    fn removal(&self, at: usize, author: u8, epoch: u32, removed: &[(u8, u64)], head: &SignedHead) -> Vec<u8> {
        let mut removed: Vec<(PublicKey, u64)> = removed
            .iter()
            .map(|(one, upto)| (signing(*one).public(), *upto))
            .collect();
        removed.sort_by_key(|one| one.0);
        let body = removal_body(epoch, &removed, head);
        self.link(at, author, REMOVE, body, Some(epoch))
    }

    fn rekey(&self, at: usize, author: u8, start: u8) -> Vec<u8> {
        self.link(at, author, REKEY, rekey_body(&kem(start).public()), None)
    }

    fn before(&self, at: usize, author: u8, kind: u8, epoch: u32) -> Vec<u8> {
        self.link(at, author, kind, before_body(epoch), None)
    }

    fn ending(&self, at: usize, author: u8, kind: u8, later: u64) -> Vec<u8> {
        self.link(at, author, kind, head_body(&head(later)), None)
    }

    fn phrase(&self, at: usize, author: u8, recovery: &Recovery, later: u64) -> Vec<u8> {
        self.link(at, author, RECOVERY, recovery_body(recovery, &head(later)), None)
    }
}

pub(super) fn refused(good: &[Vec<u8>]) -> Vec<Refused> {
    assert_eq!(good.len(), ASKED_BY_PHRASE);
    let hand = Hand { good };
    let mut all = refused_by_both(good, &signing(0));
    all.extend(refused_epochs(&good[2], 2, &signing(8)));
    all.extend(refused_members(good));
    all.extend(refused_heads(&hand));
    all.extend(refused_additions(&hand));
    all.extend(refused_removals(&hand));
    all.extend(refused_rekeys(&hand));
    all.extend(refused_phrases(&hand));
    all.extend(refused_authors(&hand));
    all.extend(refused_letting_go(&hand));
    all.extend(refused_endings(&hand));
    all
}

fn small_order() -> PublicKey {
    let mut key = [0; 32];
    key[0] = 1;
    PublicKey::from_bytes(key)
}

fn refused_members(good: &[Vec<u8>]) -> Vec<Refused> {
    let phone = signing(0);
    let added = |device: &Device| remade(&good[1], &phone, |p| p.body = add_body(device, &head(0)));
    let tablet = device(8, "tablet");
    vec![
        (
            "a device with a key of small order",
            1,
            added(&Device {
                signing: small_order(),
                ..tablet.clone()
            }),
        ),
        (
            "a device whose access key signs too",
            1,
            added(&Device {
                access: tablet.signing,
                ..tablet.clone()
            }),
        ),
        (
            "a device with another's signing key",
            1,
            added(&Device {
                signing: phone.public(),
                ..tablet.clone()
            }),
        ),
        (
            "a device with another's access key",
            1,
            added(&Device {
                access: signing(2).public(),
                ..tablet.clone()
            }),
        ),
        (
            "a device that signs with another's access key",
            1,
            added(&Device {
                signing: signing(2).public(),
                ..tablet.clone()
            }),
        ),
        (
            "a device with another's box key",
            1,
            added(&Device {
                kem: kem(1).public(),
                ..tablet.clone()
            }),
        ),
        (
            "a device with too long a name",
            1,
            added(&Device {
                name: "x".repeat(201),
                ..tablet
            }),
        ),
        (
            "a device out of range of its ring",
            1,
            remade(&good[1], &phone, |p| out_of_range(&mut p.body)),
        ),
        (
            "an origin with a space in it",
            0,
            remade(&good[0], &phone, |p| {
                let at = p.body.windows(5).position(|bytes| bytes == b"relay").unwrap();
                p.body[at] = b' ';
            }),
        ),
    ]
}

/// The first numbers of the ML-KEM key become 4095, and its modulus is 3329.
fn out_of_range(body: &mut [u8]) {
    let at = body.windows(3).position(|bytes| bytes == [0x59, 0x04, 0xc0]).unwrap() + 3;
    body[at..at + 3].fill(0xff);
}

/// Every link that carries a head refuses one that the relay did not sign for this space.
fn refused_heads(hand: &Hand<'_>) -> Vec<Refused> {
    let relay = signing(0xf0);
    let elsewhere = signed_head(
        &relay,
        SignedHead {
            space: SpaceId::from_bytes(counting(0x11)),
            ..head(WEEK)
        },
    );
    let by_another = signed_head(&signing(0xf1), head(WEEK));
    let made_younger = SignedHead {
        time_ms: head(WEEK).time_ms + 1,
        ..head(WEEK)
    };
    let at = BEFORE_REMOVAL;
    let add = |head: &SignedHead| hand.link(at, 8, ADD, add_body(&device(56, "x"), head), None);
    let removal = |head: &SignedHead| hand.removal(at, 8, 4, &[(0, 300)], head);
    let phrase = |head: &SignedHead| hand.link(at, 8, RECOVERY, recovery_body(&recovery(0xc0), head), None);
    let mut without_head = add_body(&device(56, "x"), &head(WEEK));
    without_head.truncate(1 + 1 + cbor::encode(&device(56, "x")).len());
    without_head[0] = 0xa1;
    vec![
        ("an addition with a head of another space", at, add(&elsewhere)),
        ("an addition with a head by another relay", at, add(&by_another)),
        ("an addition with a head made younger", at, add(&made_younger)),
        (
            "an addition without a head",
            at,
            hand.link(at, 8, ADD, without_head, None),
        ),
        ("a removal with a head of another space", at, removal(&elsewhere)),
        ("a removal with a head by another relay", at, removal(&by_another)),
        ("a removal with a head made younger", at, removal(&made_younger)),
        ("a phrase with a head of another space", at, phrase(&elsewhere)),
        ("a phrase with a head by another relay", at, phrase(&by_another)),
        ("a phrase with a head made younger", at, phrase(&made_younger)),
    ]
}

fn refused_additions(hand: &Hand<'_>) -> Vec<Refused> {
    let new = device(56, "new");
    let add = |device: Device| hand.add(END, 32, &device);
    let phrase = |start: u8| Device {
        signing: signing(start).public(),
        ..new.clone()
    };
    vec![
        ("a removed device again", END, add(device(8, "Tablet von Ümit"))),
        (
            "a device with a removed device's signing key",
            END,
            add(Device {
                signing: signing(8).public(),
                ..new.clone()
            }),
        ),
        (
            "a device with a removed device's access key",
            END,
            add(Device {
                access: signing(10).public(),
                ..new.clone()
            }),
        ),
        (
            "a device with a removed device's last box key",
            END,
            add(Device {
                kem: kem(0x41).public(),
                ..new.clone()
            }),
        ),
        (
            "a device with a box key that a removed device had put away",
            END,
            add(Device {
                kem: kem(9).public(),
                ..new.clone()
            }),
        ),
        (
            "a device with a box key that another one has put away",
            END,
            add(Device {
                kem: kem(41).public(),
                ..new.clone()
            }),
        ),
        ("a device with the phrase's signing key", END, add(phrase(0xc0))),
        (
            "a device with the signing key of an earlier phrase",
            END,
            add(phrase(0xb0)),
        ),
        (
            "a device with the phrase's access key",
            END,
            add(Device {
                access: signing(0xc2).public(),
                ..new.clone()
            }),
        ),
        (
            "a device with the phrase's box key",
            END,
            add(Device {
                kem: kem(0xc1).public(),
                ..new
            }),
        ),
    ]
}

fn refused_removals(hand: &Hand<'_>) -> Vec<Refused> {
    let at = BEFORE_REMOVAL;
    let (almost, week) = (head(WEEK - 1), head(WEEK));
    let (phone, fourth) = (signing(0).public(), signing(24).public());
    let by_tablet = |removed: &[(PublicKey, u64)]| hand.link(at, 8, REMOVE, removal_body(4, removed, &week), Some(4));
    let mut ordered = [(phone, 300), (fourth, 17)];
    ordered.sort_by_key(|one| one.0);
    let [first, second] = ordered;
    let good = hand.removal(at, 8, 4, &[(0, 300), (24, 17)], &week);
    assert_eq!(good, hand.good[at]);
    let tablet = signing(8);
    let also = |change: fn(&mut Payload)| remade(&good, &tablet, change);
    let more_keys = {
        let mut body = removal_body(4, &ordered, &week);
        body[0] = 0xa5;
        body.extend([4, 0]);
        hand.link(at, 8, REMOVE, body, Some(4))
    };
    vec![
        (
            "a removal of an older device, a millisecond short of a week",
            at,
            hand.removal(at, 8, 4, &[(0, 300), (24, 17)], &almost),
        ),
        (
            "a removal of an older device by one that is not settled",
            at,
            hand.removal(at, 16, 4, &[(0, 300)], &week),
        ),
        (
            "a removal of a younger and of an older device by one that is not settled",
            at,
            hand.removal(at, 16, 4, &[(24, 300), (8, 300)], &week),
        ),
        (
            "a removal of an older device by one that the phrase added just now",
            at,
            hand.removal(at, 32, 4, &[(24, 300)], &week),
        ),
        ("a removal of oneself", at, hand.removal(at, 8, 4, &[(8, 300)], &week)),
        (
            "a removal of oneself and another",
            at,
            hand.removal(at, 8, 4, &[(0, 300), (8, 300)], &week),
        ),
        (
            "a removal of everybody, by the phrase",
            at,
            hand.removal(at, 0xb0, 4, &[(0, 1), (8, 1), (16, 1), (24, 1), (32, 1)], &week),
        ),
        (
            "a removal of everybody else and oneself",
            at,
            hand.removal(at, 8, 4, &[(0, 1), (8, 1), (16, 1), (24, 1), (32, 1)], &week),
        ),
        (
            "a removal of a stranger",
            at,
            hand.removal(at, 8, 4, &[(0x77, 300)], &week),
        ),
        (
            "a removal of a device and a stranger",
            at,
            hand.removal(at, 8, 4, &[(0, 300), (0x77, 300)], &week),
        ),
        (
            "a removal of a device that is removed already",
            at,
            hand.removal(at, 8, 4, &[(48, 0)], &week),
        ),
        (
            "a removal of the phrase",
            at,
            hand.removal(at, 8, 4, &[(0xb0, 300)], &week),
        ),
        ("a removal of nobody", at, by_tablet(&[])),
        ("a removal in another order", at, by_tablet(&[second, first])),
        ("a removal of the same device twice", at, by_tablet(&[first, first])),
        (
            "a removal that trusts beyond the end of the epoch",
            at,
            hand.removal(at, 8, 4, &[(0, 301)], &week),
        ),
        (
            "a removal without a box",
            at,
            also(|p| (p.key_box, p.key_box_hash) = (None, None)),
        ),
        ("a removal without a commitment", at, also(|p| p.commitments = None)),
        (
            "a removal that commits to another epoch",
            at,
            also(|p| p.commitments = commitment(&[(5, 5)])),
        ),
        (
            "a removal that contradicts a commitment",
            at,
            also(|p| p.commitments = commitment(&[(1, 9), (4, 4)])),
        ),
        (
            "a removal that leaves an epoch out",
            at,
            hand.removal(at, 8, 5, &[(0, 300)], &week),
        ),
        (
            "a removal in the epoch that is",
            at,
            hand.removal(at, 8, 3, &[(0, 300)], &week),
        ),
        (
            "a removal with the body of a new epoch",
            at,
            hand.link(at, 8, REMOVE, epoch_body(4), Some(4)),
        ),
        ("a removal with a key that it does not have", at, more_keys),
    ]
}

fn refused_rekeys(hand: &Hand<'_>) -> Vec<Refused> {
    let mut bad = rekey_body(&kem(0x50).public());
    out_of_range(&mut bad);
    vec![
        ("a rekey by the phrase", END, hand.rekey(END, 0xc0, 0x50)),
        ("a rekey to the key that one has", END, hand.rekey(END, 32, 33)),
        ("a rekey to a key that one has put away", END, hand.rekey(END, 40, 41)),
        ("a rekey to the key of another device", END, hand.rekey(END, 32, 0x42)),
        ("a rekey to the key of a removed device", END, hand.rekey(END, 32, 0x41)),
        ("a rekey to the key of the phrase", END, hand.rekey(END, 32, 0xc1)),
        (
            "a rekey to the key of an earlier phrase",
            END,
            hand.rekey(END, 32, 0xb1),
        ),
        (
            "a rekey to a key out of range of its ring",
            END,
            hand.link(END, 32, REKEY, bad, None),
        ),
    ]
}

fn refused_phrases(hand: &Hand<'_>) -> Vec<Refused> {
    let new = recovery(0xd0);
    let later = WEEK + 2 * HOUR;
    let set = |recovery: Recovery| hand.phrase(END, 32, &recovery, later);
    vec![
        (
            "a phrase set by a device that is not settled",
            BEFORE_REMOVAL,
            hand.phrase(BEFORE_REMOVAL, 16, &new, WEEK),
        ),
        (
            "a phrase set by a device a millisecond short of a week",
            BEFORE_REMOVAL,
            hand.phrase(BEFORE_REMOVAL, 8, &new, WEEK - 1),
        ),
        ("the phrase that counts, set again", END, set(recovery(0xc0))),
        ("a phrase that was there before", END, set(recovery(0xb0))),
        (
            "a phrase with the box key of an earlier one",
            END,
            set(Recovery {
                kem: kem(0xb1).public(),
                ..new.clone()
            }),
        ),
        (
            "a phrase with the signing key of an earlier one",
            END,
            set(Recovery {
                signing: signing(0xb0).public(),
                ..new.clone()
            }),
        ),
        (
            "a phrase with the signing key of a device",
            END,
            set(Recovery {
                signing: signing(40).public(),
                ..new.clone()
            }),
        ),
        (
            "a phrase with the access key of a removed device",
            END,
            set(Recovery {
                access: signing(10).public(),
                ..new.clone()
            }),
        ),
        (
            "a phrase with a box key that a removed device had put away",
            END,
            set(Recovery {
                kem: kem(9).public(),
                ..new.clone()
            }),
        ),
        (
            "a phrase whose access key signs too",
            END,
            set(Recovery {
                access: new.signing,
                ..new.clone()
            }),
        ),
        (
            "a phrase with a key of small order",
            END,
            set(Recovery {
                signing: small_order(),
                ..new
            }),
        ),
    ]
}

fn refused_authors(hand: &Hand<'_>) -> Vec<Refused> {
    let epoch = |at, author| hand.link(at, author, NEW_EPOCH, epoch_body(8), Some(8));
    let new = device(56, "new");
    vec![
        (
            "an addition by a phrase that is not set yet",
            6,
            hand.add(6, 0xb0, &new),
        ),
        (
            "an addition by a phrase that counts no more",
            END,
            hand.add(END, 0xb0, &new),
        ),
        ("an addition by a removed device", END, hand.add(END, 0, &new)),
        ("an addition by an access key", END, hand.add(END, 34, &new)),
        ("a new epoch by a phrase that counts no more", END, epoch(END, 0xb0)),
        ("a new epoch by a removed device", END, epoch(END, 8)),
        (
            "a removal by a removed device",
            END,
            hand.removal(END, 16, 8, &[(40, 300)], &head(2 * WEEK)),
        ),
        ("a rekey by a removed device", END, hand.rekey(END, 16, 0x50)),
        (
            "another phrase by a phrase that counts no more",
            END,
            hand.phrase(END, 0xb0, &recovery(0xd0), 2 * WEEK),
        ),
        (
            "an unknown kind by a removed device",
            END,
            hand.link(END, 0, 36, vec![0xa0], None),
        ),
        (
            "an unknown kind by the phrase",
            END,
            hand.link(END, 0xc0, 36, vec![0xa0], None),
        ),
    ]
}

fn refused_letting_go(hand: &Hand<'_>) -> Vec<Refused> {
    let at = LET_GO_OF;
    vec![
        ("letting go of nothing more", at, hand.before(at, 40, LET_GO, 7)),
        ("letting go of less than before", at, hand.before(at, 40, LET_GO, 6)),
        (
            "letting go for an epoch that is to come",
            at,
            hand.before(at, 40, LET_GO, 8),
        ),
        ("letting go for the first epoch", END, hand.before(END, 40, LET_GO, 1)),
        ("letting go by a removed device", END, hand.before(END, 16, LET_GO, 7)),
        (
            "letting go by a phrase that counts no more",
            END,
            hand.before(END, 0xb0, LET_GO, 7),
        ),
        (
            "letting go with the body of a new epoch",
            END,
            hand.link(END, 32, LET_GO, epoch_body(7), None),
        ),
        ("gone, said by the phrase", at, hand.before(at, 0xc0, GONE, 7)),
        ("gone, said twice", at, hand.before(at, 32, GONE, 7)),
        ("gone, and less than before", at, hand.before(at, 32, GONE, 6)),
        ("gone, and more than was asked for", at, hand.before(at, 40, GONE, 8)),
        ("gone, before anybody asked", END, hand.before(END, 32, GONE, 7)),
        ("gone, said by a removed device", at, hand.before(at, 8, GONE, 7)),
    ]
}

fn refused_endings(hand: &Hand<'_>) -> Vec<Refused> {
    let later = 2 * WEEK + 6 * HOUR;
    let elsewhere = signed_head(
        &signing(0xf0),
        SignedHead {
            space: SpaceId::from_bytes(counting(0x11)),
            ..head(later)
        },
    );
    vec![
        (
            "erasing, asked by a device that is not settled",
            LET_GO_OF,
            hand.ending(LET_GO_OF, 72, ERASE, 3 * WEEK - 1),
        ),
        (
            "erasing, asked by a removed device",
            LET_GO_OF,
            hand.ending(LET_GO_OF, 16, ERASE, later),
        ),
        (
            "erasing, asked by a phrase that counts no more",
            LET_GO_OF,
            hand.ending(LET_GO_OF, 0xb0, ERASE, later),
        ),
        (
            "erasing, by the head of another space",
            LET_GO_OF,
            hand.link(LET_GO_OF, 32, ERASE, head_body(&elsewhere), None),
        ),
        (
            "erasing with the body of another kind",
            LET_GO_OF,
            hand.link(LET_GO_OF, 32, ERASE, before_body(7), None),
        ),
        (
            "keeping where nothing is to be erased",
            LET_GO_OF,
            hand.ending(LET_GO_OF, 32, KEEP, later),
        ),
        ("erasing, asked twice", ASKED, hand.ending(ASKED, 40, ERASE, later)),
        (
            "keeping, said by a removed device",
            ASKED,
            hand.ending(ASKED, 16, KEEP, later),
        ),
        (
            "keeping, said by a phrase that counts no more",
            ASKED,
            hand.ending(ASKED, 0xb0, KEEP, later),
        ),
        ("keeping, said twice", STOPPED, hand.ending(STOPPED, 40, KEEP, later)),
        (
            "erasing, asked twice by the phrase",
            ASKED_BY_PHRASE,
            hand.ending(ASKED_BY_PHRASE, 0xc0, ERASE, later),
        ),
        (
            "erasing, asked by a device after the phrase",
            ASKED_BY_PHRASE,
            hand.ending(ASKED_BY_PHRASE, 32, ERASE, later),
        ),
    ]
}
