//! `pairing_code.json`, `pairing_messages.json`.

use cairn_wire::{ChainHash, PublicKey, Seen, SpaceId};
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Counting, counting, flipped, hex, hold, kem, refusal, signing, splice};
use crate::crypto::pairing::message::{declined, is_declined, open_message, seal_message};
use crate::crypto::{
    Answer, Code, CryptoError, Digits, Hello, Join, Joiner, LinkHash, Offer, Offerer, Purpose, Reveal, Welcome, cbor,
};

fn code(purpose: Purpose, origin: &str) -> Code {
    let (secret, commitment) = (Zeroizing::new(counting(0x10)), counting(0x20));
    Code::new(purpose, secret, commitment, signing(0xf0).public(), origin.to_owned()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    format!("CAIRN1{}", BASE32_NOPAD.encode(bytes))
}

#[test]
fn codes_are_read_as_the_vectors_say() {
    let pair = code(Purpose::Pair, "https://relay.example");
    let bytes = pair.encode().to_vec();
    let head = &bytes[..82];
    let with_origin = |origin: &[u8]| text(&[head, origin].concat());
    let longest = "h".repeat(200);
    let invite = code(Purpose::Invite, &longest);
    let umlaut = code(Purpose::Invite, "https://gärten.example:8443");

    let lower = pair.to_text().to_lowercase();
    let text_of_pair = pair.to_text();
    let (first_line, second_line) = text_of_pair.split_at(30);
    let wrapped = format!(" {first_line}\r\n{second_line}\t");
    let cases = [
        ("pair", &pair, pair.to_text()),
        ("invite, longest origin", &invite, invite.to_text()),
        ("an origin beyond ASCII", &umlaut, umlaut.to_text()),
        ("lower case", &pair, lower),
        ("white space", &pair, wrapped),
    ];
    let accept = cases.map(|(name, code, text)| {
        assert_eq!(&Code::from_text(&text).unwrap(), code, "{name}");
        json!({
            "name": name,
            "purpose": match code.purpose() { Purpose::Pair => 1, Purpose::Invite => 2 },
            "secret": hex(counting::<16>(0x10)),
            "commitment": hex(counting::<32>(0x20)),
            "relay_key": hex(code.relay_key()),
            "origin": code.origin(),
            "bytes": hex(code.encode().as_slice()),
            "text": text,
            "canonical_text": code.to_text(),
            "mailbox": hex(code.mailbox()),
        })
    });

    let good = pair.to_text();
    let mut small_order = [0; 32];
    small_order[0] = 1;
    let reject: Vec<Value> = [
        ("empty", String::new()),
        ("prefix alone", "CAIRN1".to_owned()),
        ("another prefix", good.replacen("CAIRN1", "CAIRN2", 1)),
        ("without prefix", good.replacen("CAIRN1", "", 1)),
        (
            "a character outside Base32",
            good.replacen('A', "1", 5).replacen("C1IRN1", "CAIRN1", 1),
        ),
        ("padded", format!("{good}=")),
        ("unused bits set", format!("{}B", good.split_at(good.len() - 1).0)),
        ("version 2", text(&flipped(&bytes, 0, 3))),
        ("purpose 0", text(&flipped(&bytes, 1, 1))),
        ("purpose 3", text(&flipped(&bytes, 1, 2))),
        ("cut in the relay's key", text(&bytes[..80])),
        ("no origin", text(head)),
        ("too long an origin", with_origin("h".repeat(201).as_bytes())),
        ("an origin with a space", with_origin(b"https://relay example")),
        ("an origin with a control", with_origin(b"https://relay\x07example")),
        ("an origin that is no UTF-8", with_origin(&[b'h', 0xff])),
        (
            "a relay key of small order",
            text(&[&bytes[..50], &small_order, b"https://relay.example"].concat()),
        ),
    ]
    .into_iter()
    .map(|(name, text)| {
        let error = Code::from_text(&text).expect_err(name);
        json!({ "name": name, "text": text, "refusal": refusal(error) })
    })
    .collect();
    hold("pairing_code.json", &json!({ "accept": accept, "reject": reject }));
}

struct Transcript {
    code: Code,
    hello: Vec<u8>,
    reveal: Vec<u8>,
    welcome: Vec<u8>,
    sealed: [Vec<u8>; 3],
    digits: Digits,
}

fn transcript() -> Transcript {
    let space = SpaceId::from_bytes(counting(0x10));
    let offerer = Offerer {
        signing: signing(0).public(),
        kem: kem(1).public(),
        space,
        tip: LinkHash::from_bytes(counting(0x50)),
        name: "Ana's journal".to_owned(),
    };
    let joiner = Joiner {
        signing: signing(8).public(),
        kem: kem(9).public(),
        access: signing(10).public(),
        name: "Tablet von Ümit".to_owned(),
    };
    let seen = Seen {
        incarnation: 1,
        n: 300,
        chain: ChainHash::from_bytes(counting(0x60)),
    };
    let genesis = LinkHash::from_bytes(counting(0x70));
    let welcome = Welcome {
        key_box: counting::<40>(0x90).to_vec(),
        genesis,
        seen,
        space,
    };
    let relay: PublicKey = signing(0xf0).public();

    let mut offer = Offer::begin(
        Purpose::Pair,
        offerer,
        ("https://relay.example", relay),
        &mut Counting::from(0xa0),
    )
    .unwrap();
    let code = Code::from_text(&offer.code().to_text()).unwrap();
    let mut join = Join::begin(code.clone(), joiner, &mut Counting::from(0xb0)).unwrap();
    let reveal = offer
        .hear_hello(&join.hello().bytes, &mut Counting::from(0xc0))
        .unwrap();
    let digits = join.hear_reveal(&reveal.bytes).unwrap();
    offer.type_digits(&digits.to_string()).unwrap();
    let answer = offer.welcome(welcome.clone(), &mut Counting::from(0xd0)).unwrap();
    assert_eq!(join.hear_answer(&answer.bytes).unwrap(), welcome);

    let sealed = [join.hello().bytes, reveal.bytes, answer.bytes];
    let plain = |index: u32| open_message(&code, index, &sealed[index as usize]).unwrap().to_vec();
    let (hello, reveal, welcome) = (plain(0), plain(1), plain(2));
    Transcript {
        code,
        hello,
        reveal,
        welcome,
        sealed,
        digits,
    }
}

/// What opening and reading one message says.
fn read(code: &Code, index: u32, sealed: &[u8]) -> Result<(), CryptoError> {
    let plain = open_message(code, index, sealed)?;
    match index {
        0 if is_declined(&plain) => Ok(()),
        0 => Hello::decode(&plain).map(drop),
        1 if Reveal::commitment(&plain) != *code.commitment() => Err(CryptoError::PairingAltered),
        1 => Reveal::decode(&plain).map(drop),
        _ => Answer::decode(&plain).map(drop),
    }
}

#[test]
fn pairing_messages_are_sealed_as_the_vectors_say() {
    let Transcript {
        code,
        hello,
        reveal,
        welcome,
        sealed,
        digits,
    } = transcript();
    let refused = seal_message(&code, 2, &Answer::Refused.encode(), &mut Counting::from(0xe0))
        .unwrap()
        .bytes;
    let not_now = seal_message(&code, 0, &declined(), &mut Counting::from(0xe8))
        .unwrap()
        .bytes;
    let text = code.to_text();
    let message = |name: &str, kind: &str, index: u32, plain: &[u8], sealed: &[u8]| {
        assert_eq!(read(&code, index, sealed), Ok(()), "{name}");
        json!({ "name": name, "kind": kind, "code": text, "index": index, "plaintext": hex(plain), "sealed": hex(sealed) })
    };
    let accept = [
        message("hello", "hello", 0, &hello, &sealed[0]),
        message("reveal", "reveal", 1, &reveal, &sealed[1]),
        message("welcome", "welcome", 2, &welcome, &sealed[2]),
        message("refused", "refused", 2, &Answer::Refused.encode(), &refused),
        message("declined", "declined", 0, &declined(), &not_now),
    ];

    let mut other_hello: Hello = cbor::decode(&hello).unwrap();
    other_hello.signing = signing(0x77).public();
    let other_hello = cbor::encode(&other_hello);
    let mut other_reveal: Reveal = cbor::decode(&reveal).unwrap();
    other_reveal.nonce = counting(1);
    let other_reveal = cbor::encode(&other_reveal);
    let invite = code.encode().to_vec();
    let invite = Code::decode(&flipped(&invite, 1, 3)).unwrap();
    let digits_of = |name: &str, code: &Code, hello: &[u8], reveal: &[u8]| {
        let digits = Digits::of(code, hello, reveal).to_string();
        json!({ "name": name, "code": code.to_text(), "hello": hex(hello), "reveal": hex(reveal), "digits": digits })
    };
    let all_digits = [
        digits_of("both sides of an honest pairing", &code, &hello, &reveal),
        digits_of("somebody between put in their own hello", &code, &other_hello, &reveal),
        digits_of("somebody between put in their own reveal", &code, &hello, &other_reveal),
        digits_of("the same as an invitation", &invite, &hello, &reveal),
    ];
    assert_eq!(all_digits[0]["digits"], digits.to_string());
    for (i, one) in all_digits.iter().enumerate() {
        assert!(all_digits[..i].iter().all(|other| other["digits"] != one["digits"]));
    }

    let sealed_as = |index: u32, plain: &[u8]| {
        seal_message(&code, index, plain, &mut Counting::from(0xe0))
            .unwrap()
            .bytes
    };
    let other_secret = Code::decode(&flipped(&code.encode(), 2, 1)).unwrap();
    let long_key = [&[hello[0], 0x18, 0], &hello[2..]].concat();
    let short_nonce = [&[hello[0], 0, 0x58, 31], &hello[5..]].concat();
    let of_small_order = {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        let mut hello: Hello = cbor::decode(&hello).unwrap();
        hello.signing = PublicKey::from_bytes(bytes);
        cbor::encode(&hello)
    };
    let reject: Vec<Value> = [
        ("under another secret", &other_secret, 0, sealed[0].clone()),
        ("hello at the reveal's index", &code, 1, sealed[0].clone()),
        ("welcome at another index", &code, 3, sealed[2].clone()),
        ("a changed nonce", &code, 0, flipped(&sealed[0], 0, 1)),
        ("a changed ciphertext", &code, 0, flipped(&sealed[0], 30, 1)),
        ("a changed tag", &code, 0, flipped(&sealed[0], sealed[0].len() - 1, 1)),
        ("a byte short", &code, 0, sealed[0][..sealed[0].len() - 1].to_vec()),
        ("a byte more", &code, 0, [sealed[0].as_slice(), &[0]].concat()),
        ("nonce alone", &code, 0, sealed[0][..24].to_vec()),
        (
            "hello with a key not in its shortest form",
            &code,
            0,
            sealed_as(0, &long_key),
        ),
        ("hello with too short a nonce", &code, 0, sealed_as(0, &short_nonce)),
        (
            "hello with a key of small order",
            &code,
            0,
            sealed_as(0, &of_small_order),
        ),
        (
            "reveal that the code does not commit to",
            &code,
            1,
            sealed_as(1, &other_reveal),
        ),
        ("refused that is not", &code, 2, sealed_as(2, &[0xa1, 9, 0xf4])),
        ("an answer that is empty", &code, 2, sealed_as(2, &[0xa0])),
        ("declined that is shorter", &code, 0, sealed_as(0, &[0xa1, 9, 0xf5])),
        (
            "welcome with bytes after it",
            &code,
            2,
            sealed_as(2, &[welcome.as_slice(), &[0]].concat()),
        ),
    ]
    .into_iter()
    .map(|(name, code, index, bytes)| {
        let error = read(code, index, &bytes).expect_err(name);
        let like = if index == 2 || index == 3 {
            ("welcome", &sealed[2])
        } else {
            ("hello", &sealed[0])
        };
        let bytes = splice(like.0, like.1, &bytes);
        json!({ "name": name, "code": code.to_text(), "index": index, "sealed": bytes, "refusal": refusal(error) })
    })
    .collect();
    hold(
        "pairing_messages.json",
        &json!({ "accept": accept, "digits": all_digits, "reject": reject }),
    );
}
