//! `recovery.json`: phrases, what grows from them, the kit and the box.

use bip39::{Language, Mnemonic};
use cairn_wire::{CLOSES_SLOT, Header, PublicKey, Record, RecordId, SpaceId};
use minicbor::Encoder;
use serde_json::{Value, json};

use super::{Counting, counting, flipped, hex, hold, kem, refusal, signing, splice};
use crate::crypto::{
    BoxPlace, CryptoError, EpochKey, Kit, LinkHash, Phrase, PhraseLength, RecoveryKeys, SlotKey, SpaceKeys,
    open_key_box, open_recovery_box, recovery_slot, seal, seal_key_box, seal_recovery_box,
};
use crate::id::Entropy;

/// The words of 7f..7f, one of the entropies that every implementation of BIP-39 is tested with.
const LEGAL: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

struct Same(u8);

impl Entropy for Same {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn words(phrase: &Phrase) -> String {
    phrase.words().collect::<Vec<_>>().join(" ")
}

fn seed(phrase: &Phrase) -> [u8; 64] {
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words(phrase)).unwrap();
    mnemonic.to_seed_normalized("")
}

/// The kit's key, from the format's description: nobody but the kit has it.
fn kit_key(phrase: &Phrase) -> EpochKey {
    EpochKey::from_bytes(blake3::derive_key("cairn recovery kit key 1", &seed(phrase)))
}

fn space() -> SpaceId {
    SpaceId::from_bytes(counting(0x10))
}

fn legal() -> Phrase {
    Phrase::parse(LEGAL).unwrap()
}

#[test]
fn recovery_phrases_kits_and_boxes_are_as_the_vectors_say() {
    let (kits, kits_refused) = kits();
    let (boxes, boxes_refused) = boxes();
    hold(
        "recovery.json",
        &json!({
            "phrases": { "accept": phrases(), "typed": typed(), "reject": phrases_refused() },
            "kits": { "accept": kits, "reject": kits_refused },
            "boxes": { "accept": boxes, "reject": boxes_refused },
        }),
    );
}

fn phrases() -> Vec<Value> {
    let (twelve, many) = (PhraseLength::Twelve, PhraseLength::TwentyFour);
    let mut entropies: [(&str, PhraseLength, &mut dyn Entropy); 6] = [
        ("twelve words of zeros", twelve, &mut Same(0)),
        ("twelve words of 7f", twelve, &mut Same(0x7f)),
        ("twelve words that count", twelve, &mut Counting::from(0x20)),
        ("twenty-four words of zeros", many, &mut Same(0)),
        ("twenty-four words of 7f", many, &mut Same(0x7f)),
        ("twenty-four words that count", many, &mut Counting::from(0x20)),
    ];
    let all = entropies.iter_mut().map(|(name, length, entropy)| {
        let phrase = Phrase::random(*length, *entropy);
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words(&phrase)).unwrap();
        let keys = phrase.keys();
        let public = keys.public();
        json!({
            "name": name,
            "entropy": hex(mnemonic.to_entropy()),
            "words": words(&phrase),
            "seed": hex(seed(&phrase)),
            "signing": hex(public.signing),
            "kem": hex(public.kem.as_bytes()),
            "access": hex(public.access),
            "kit_space": hex(keys.kit_space),
            "kit_access": hex(keys.kit_access.public()),
            "kit_key": hex(kit_key(&phrase).as_bytes()),
        })
    });
    all.collect()
}

/// What a person may type for the same words.
fn typed() -> Vec<Value> {
    let one_a_line = |number: bool, end: &str| {
        let line = |(at, word): (usize, &str)| match number {
            true => format!("{:>2}. {word}{end}", at + 1),
            false => format!("{word}{end}"),
        };
        LEGAL.split(' ').enumerate().map(line).collect::<String>()
    };
    let forms = [
        ("as it was shown", LEGAL.to_owned()),
        ("in capitals", LEGAL.to_ascii_uppercase()),
        ("with a capital as a phone writes it", LEGAL.replacen('l', "L", 1)),
        ("one word in a line", one_a_line(false, "\n")),
        ("one word in a line, of another system", one_a_line(false, "\r\n")),
        ("a numbered list", one_a_line(true, "\n")),
        (
            "a numbered list in capitals",
            one_a_line(true, "\n").to_ascii_uppercase(),
        ),
        ("numbers in brackets", one_a_line(true, " ").replace(". ", ") ")),
        ("commas and a full stop", LEGAL.replace(' ', ", ") + "."),
        (
            "wide spaces and tabs",
            format!("\t {} \u{a0}", LEGAL.replace(' ', " \u{2003}\t")),
        ),
    ];
    let all = forms.map(|(name, typed)| {
        let phrase = Phrase::parse(&typed).expect(name);
        assert_eq!(words(&phrase), LEGAL, "{name}");
        json!({ "name": name, "typed": typed, "words": LEGAL })
    });
    all.into()
}

fn phrases_refused() -> Vec<Value> {
    let of_entropy = |bytes: usize| {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, &vec![0x7f; bytes]).unwrap();
        mnemonic.words().collect::<Vec<_>>().join(" ")
    };
    let but_last = |last: &str| LEGAL.replace("yellow", last).trim().to_owned();
    let forms = [
        ("nothing", String::new()),
        ("numbers alone", "1 2 3 4 5 6 7 8 9 10 11 12".to_owned()),
        ("eleven words", but_last("")),
        ("thirteen words", but_last("yellow yellow")),
        ("fifteen words with their checksum", of_entropy(20)),
        ("eighteen words with their checksum", of_entropy(24)),
        ("twenty-one words with their checksum", of_entropy(28)),
        ("twenty-three words", of_entropy(32).replace(" title", "")),
        ("twenty-five words", of_entropy(32) + " title"),
        ("the same twelve words twice", format!("{LEGAL} {LEGAL}")),
        ("another checksum", but_last("zoo")),
        (
            "two words changed over",
            LEGAL.replacen("legal winner", "winner legal", 1),
        ),
        ("a word that is not on the list", but_last("yellowish")),
        ("a word cut to four letters", but_last("yell")),
        ("a word with an accent", but_last("y\u{e9}llow")),
        (
            "two words run together",
            LEGAL.replacen("legal winner", "legalwinner", 1),
        ),
        ("a word cut in two", but_last("yel-low")),
    ];
    let all = forms.map(|(name, typed)| {
        let error = Phrase::parse(&typed).expect_err(name);
        json!({ "name": name, "typed": typed, "refusal": refusal(error) })
    });
    all.into()
}

fn kit() -> Kit {
    Kit {
        space: space(),
        relay_key: signing(0xf0).public(),
        genesis: LinkHash::from_bytes(counting(0x30)),
    }
}

fn header_json(record: &[u8]) -> Value {
    let Header {
        flags,
        space,
        record_id,
        slot,
        epoch,
        incarnation,
        merged_upto,
        expires_day,
        ..
    } = Record::parse(record).unwrap().header;
    json!({
        "flags": flags, "space": hex(space), "record_id": hex(record_id), "slot": hex(slot), "epoch": epoch,
        "incarnation": incarnation, "merged_upto": merged_upto, "expires_day": expires_day,
    })
}

/// `length || inside || padding` to so many bytes.
fn plaintext(inside: &[u8], bytes: usize) -> Vec<u8> {
    let mut plaintext = u32::try_from(inside.len()).unwrap().to_le_bytes().to_vec();
    plaintext.extend(inside);
    plaintext.resize(bytes, 0);
    plaintext
}

fn kit_cbor(version: u8, relay_key: &PublicKey) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::new());
    let map = cbor.map(4).unwrap().u8(0).unwrap().u8(version).unwrap();
    map.u8(1).unwrap().bytes(space().as_bytes()).unwrap();
    cbor.u8(2).unwrap().bytes(relay_key.as_bytes()).unwrap();
    cbor.u8(3).unwrap().bytes(&counting::<32>(0x30)).unwrap();
    cbor.into_writer()
}

fn kits() -> (Vec<Value>, Vec<Value>) {
    let (phrase, keys) = (legal(), legal().keys());
    let long = Phrase::random(PhraseLength::TwentyFour, &mut Same(0));
    let seal_of = |keys: &RecoveryKeys, incarnation| {
        let mut entropy = Counting::from(0x40);
        keys.seal_kit(&kit(), incarnation, &mut entropy).unwrap()
    };
    let record = seal_of(&keys, 7);
    let accepted = |name: &str, phrase: &Phrase, record: &[u8]| {
        assert_eq!(phrase.keys().open_kit(record).unwrap(), kit());
        let cbor = kit_cbor(1, &kit().relay_key);
        json!({
            "name": name, "words": words(phrase), "space": hex(kit().space), "relay_key": hex(kit().relay_key),
            "genesis": hex(kit().genesis.as_bytes()), "header": header_json(record), "nonce": hex(&record[72..96]),
            "plaintext": hex(plaintext(&cbor, 1024)), "record": hex(record),
        })
    };
    let accept = vec![
        accepted("of twelve words", &phrase, &record),
        accepted("of twenty-four words", &long, &seal_of(&long.keys(), 0)),
    ];

    let header = Record::parse(&record).unwrap().header;
    let sealed = |plaintext: &[u8]| seal(&kit_key(&phrase), &header, counting(0x60), plaintext).unwrap();
    let good = kit_cbor(1, &kit().relay_key);
    let mut small_order = [0; 32];
    small_order[0] = 1;
    let longer = [&[0xa4, 0, 0x18, 1], &good[3..]].concat();
    let more_keys = [&[0xa5], &good[1..], &[4, 0]].concat();
    let fewer_keys = [&[0xa3], &good[1..good.len() - 35]].concat();
    let mut padding = plaintext(&good, 1024);
    padding[1023] = 1;
    let mut beyond = plaintext(&good, 1024);
    beyond[..4].copy_from_slice(&1021_u32.to_le_bytes());
    let n = record.len();
    let forms = [
        ("of another phrase", &long, record.clone()),
        ("moved to another space", &phrase, flipped(&record, 2, 1)),
        ("another record id", &phrase, flipped(&record, 18, 1)),
        ("a changed nonce", &phrase, flipped(&record, 72, 1)),
        ("a changed commitment", &phrase, flipped(&record, 96, 1)),
        ("a changed ciphertext", &phrase, flipped(&record, 128, 1)),
        ("a changed tag", &phrase, flipped(&record, n - 1, 0x80)),
        ("a byte short", &phrase, record[..n - 1].to_vec()),
        (
            "another version",
            &phrase,
            sealed(&plaintext(&kit_cbor(2, &kit().relay_key), 1024)),
        ),
        (
            "another version that says more",
            &phrase,
            sealed(&plaintext(&flipped(&more_keys, 2, 3), 1024)),
        ),
        (
            "a byte after the map",
            &phrase,
            sealed(&plaintext(&[good.as_slice(), &[0]].concat(), 1024)),
        ),
        (
            "a byte short of the map",
            &phrase,
            sealed(&plaintext(&good[..good.len() - 1], 1024)),
        ),
        ("nothing inside", &phrase, sealed(&plaintext(&[], 1024))),
        (
            "version not in its shortest form",
            &phrase,
            sealed(&plaintext(&longer, 1024)),
        ),
        (
            "a key that it does not have",
            &phrase,
            sealed(&plaintext(&more_keys, 1024)),
        ),
        ("a key left out", &phrase, sealed(&plaintext(&fewer_keys, 1024))),
        (
            "a relay's key of small order",
            &phrase,
            sealed(&plaintext(&kit_cbor(1, &PublicKey::from_bytes(small_order)), 1024)),
        ),
        ("padding that is not zeros", &phrase, sealed(&padding)),
        ("a length beyond the end", &phrase, sealed(&beyond)),
        ("padding of another kilobyte", &phrase, sealed(&plaintext(&good, 2048))),
        ("no padding", &phrase, sealed(&plaintext(&good, good.len() + 4))),
        ("no length", &phrase, sealed(&[0; 3])),
    ];
    let reject = forms.map(|(name, phrase, bytes)| {
        let error = phrase.keys().open_kit(&bytes).expect_err(name);
        json!({
            "name": name, "words": words(phrase), "record": splice("of twelve words", &record, &bytes),
            "refusal": refusal(error),
        })
    });
    (accept, reject.into())
}

fn boxes() -> (Vec<Value>, Vec<Value>) {
    let keys = legal().keys();
    let public = keys.kem.public();
    let space_keys = SpaceKeys {
        slot_key: SlotKey::from_bytes(counting(0x80)),
        epoch_keys: [(2, EpochKey::from_bytes(counting(2)))].into(),
    };
    let key_box = seal_key_box(
        &space(),
        std::slice::from_ref(&public),
        &space_keys,
        &mut Counting::from(0xa0),
    )
    .unwrap();
    let seal_in = |edition, key_box: &[u8], flags, epoch, merged_upto| {
        let mut entropy = Counting::from(0x40);
        let place = BoxPlace {
            edition,
            flags,
            epoch,
            incarnation: 7,
            merged_upto,
        };
        seal_recovery_box(&public, space(), key_box, place, &mut entropy).unwrap()
    };
    let seal_of = |key_box: &[u8], flags, epoch, merged_upto| seal_in(0, key_box, flags, epoch, merged_upto);
    let accepted_in = |edition, name: &str, inside: &[u8], record: &[u8]| {
        let opened = open_recovery_box(&public, space(), record).unwrap();
        assert_eq!(opened, inside, "{name}");
        let header = Record::parse(record).unwrap().header;
        assert_eq!(header.slot, recovery_slot(&public, space(), edition));
        json!({
            "name": name, "words": LEGAL, "space": hex(space()), "header": header_json(record),
            "nonce": hex(&record[72..96]), "key_box": hex(inside), "record": hex(record),
        })
    };
    let accepted = |name: &str, inside: &[u8], record: &[u8]| accepted_in(0, name, inside, record);
    let record = seal_of(&key_box, 0, 2, 299);
    assert_eq!(open_key_box(&space(), &keys.kem, &key_box).unwrap(), space_keys);
    let (fills, over) = (counting::<1020>(0x70), counting::<1021>(0x70));
    let full = seal_of(&fills, 0, 1, 0);
    let mut whole = accepted("a key box", &key_box, &record);
    whole["slot_key"] = json!(hex(space_keys.slot_key.as_bytes()));
    whole["epoch_keys"] = json!([[2, hex(space_keys.epoch_keys[&2].as_bytes())]]);
    let mut in_another_slot = accepted_in(
        7,
        "in the last slot of its phrase",
        &fills,
        &seal_in(7, &fills, 0, 1, 0),
    );
    in_another_slot["edition"] = json!(7);
    let accept = vec![
        whole,
        accepted("that fills a kilobyte", &fills, &full),
        accepted("a byte over a kilobyte", &over, &seal_of(&over, 0, 1, 0)),
        accepted("empty, and closes its slot", &[], &seal_of(&[], CLOSES_SLOT, 3, 0)),
        in_another_slot,
    ];

    let key = {
        let mut hasher = blake3::Hasher::new_derive_key("cairn recovery box 1");
        hasher.update(public.as_bytes()).update(space().as_bytes());
        EpochKey::from_bytes(*hasher.finalize().as_bytes())
    };
    let header = Header {
        record_id: RecordId::from_bytes(counting(0x41)),
        slot: recovery_slot(&public, space(), 0),
        ..Record::parse(&full).unwrap().header
    };
    let sealed = |plaintext: &[u8]| seal(&key, &header, counting(0x60), plaintext).unwrap();
    let mut padding = plaintext(b"box", 1024);
    padding[7] = 1;
    let mut beyond = plaintext(&fills, 1024);
    beyond[0] += 1;
    let mut far_beyond = plaintext(&fills, 1024);
    far_beyond[..4].fill(0xff);
    let (own, elsewhere) = (space(), SpaceId::from_bytes(counting(0x11)));
    let other = kem(0).public();
    let n = full.len();
    let forms = [
        ("of another phrase", &other, own, full.clone()),
        ("looked for in another space", &public, elsewhere, full.clone()),
        ("moved to another space", &public, own, flipped(&full, 2, 1)),
        ("moved to another slot", &public, own, flipped(&full, 34, 1)),
        ("another epoch", &public, own, flipped(&full, 50, 1)),
        ("merged further", &public, own, flipped(&full, 58, 1)),
        ("the flag that closes the slot set", &public, own, flipped(&full, 1, 1)),
        ("a changed ciphertext", &public, own, flipped(&full, 128, 1)),
        ("a changed tag", &public, own, flipped(&full, n - 1, 0x80)),
        ("a byte short", &public, own, full[..n - 1].to_vec()),
        ("padding that is not zeros", &public, own, sealed(&padding)),
        ("a length beyond the end", &public, own, sealed(&beyond)),
        ("a length far beyond the end", &public, own, sealed(&far_beyond)),
        (
            "padding of another kilobyte",
            &public,
            own,
            sealed(&plaintext(&fills, 2048)),
        ),
        ("no padding", &public, own, sealed(&plaintext(b"box", 7))),
        ("no length", &public, own, sealed(&[0; 3])),
        ("nothing", &public, own, sealed(&[])),
    ];
    let reject = forms.map(|(name, kem, space, bytes)| {
        let error = open_recovery_box(kem, space, &bytes).expect_err(name);
        json!({
            "name": name, "kem": if *kem == public { "own".to_owned() } else { hex(kem.as_bytes()) }, "space": hex(space),
            "record": splice("that fills a kilobyte", &full, &bytes), "refusal": refusal(error),
        })
    });
    (accept, reject.into())
}

/// As published with BIP-39 by its first implementation: the seed of these words without a passphrase.
#[test]
fn the_seed_is_the_one_that_the_world_knows() {
    let phrase = Phrase::random(PhraseLength::Twelve, &mut Same(0));
    assert!(words(&phrase).ends_with("abandon abandon about"));
    let known = concat!(
        "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1",
        "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4",
    );
    assert_eq!(hex(seed(&phrase)), known);
    let grown = blake3::derive_key("cairn recovery signing 1", &seed(&phrase));
    let signing = crate::crypto::SigningKey::from_seed(&grown);
    assert_eq!(phrase.keys().public().signing, signing.public());
}

#[test]
fn a_phrase_is_never_printed() {
    assert_eq!(format!("{:?}", legal()), "Phrase(…)");
    let printed = format!("{:?}", legal().keys());
    assert!(!printed.contains("legal") && !printed.contains(&hex(kit_key(&legal()).as_bytes())));
}

#[test]
fn a_box_too_large_for_a_record_is_not_sealed() {
    let public = kem(0).public();
    let huge = vec![0; cairn_wire::bounds::RECORD_BYTES_MAX];
    let place = BoxPlace {
        edition: 0,
        flags: 0,
        epoch: 1,
        incarnation: 0,
        merged_upto: 0,
    };
    let sealed = seal_recovery_box(&public, space(), &huge, place, &mut Counting::from(0));
    assert_eq!(sealed.unwrap_err(), CryptoError::TooLarge);
}
