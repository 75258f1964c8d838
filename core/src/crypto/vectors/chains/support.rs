//! `support_chain.json`.

use super::*;
use crate::crypto::Side;

#[test]
fn support_chains_are_verified_as_the_vectors_say() {
    let (participant, specialist) = (signing(0), signing(8));
    let beginning = SupportBeginning {
        participant: persona(0, "A. (since 2019)"),
        specialist: persona(8, "Dee"),
        digits: "004711".to_owned(),
        origin: ORIGIN.to_owned(),
        relay_key: relay().1,
    };
    let first_seen = Seen::nothing(&space());
    let founded = SupportChain::found(
        &participant,
        space(),
        &beginning,
        first_seen,
        &epoch_key(1),
        Some(key_box()),
    );
    let (mut chain, genesis) = founded.unwrap();
    let second = chain.new_epoch(&participant, seen(), &epoch_key(2), key_box()).unwrap();
    chain.append(&second).unwrap();
    let third = chain.new_epoch(&participant, seen(), &epoch_key(3), key_box()).unwrap();
    chain.append(&third).unwrap();
    // Each side takes another persona: the participant with an epoch of its own, the specialist before one.
    let (later, other) = (signing(0x20), signing(0x28));
    let persona_and_epoch =
        chain.new_persona_and_epoch(&participant, persona(0x20, "A."), seen(), &epoch_key(4), key_box());
    let fourth = persona_and_epoch.unwrap();
    chain.append(&fourth).unwrap();
    let fifth = chain.new_persona(&specialist, persona(0x28, "Dee"), seen()).unwrap();
    chain.append(&fifth).unwrap();
    assert!(chain.needs_epoch());
    let sixth = chain.new_epoch(&later, seen(), &epoch_key(5), key_box()).unwrap();
    chain.append(&sixth).unwrap();
    assert!(!chain.needs_epoch());
    assert_eq!(chain.side_ever(&specialist.public()), Some(Side::Specialist));
    assert_eq!(chain.side(&specialist.public()), None);
    // One pauses and goes on, the other pauses and ends it.
    let pause = |chain: &SupportChain, author: &SigningKey, paused| chain.pause(author, paused, seen()).unwrap();
    let mut good = vec![genesis, second, third, fourth, fifth, sixth];
    for (author, paused) in [(&later, true), (&other, true), (&later, false)] {
        good.push(pause(&chain, author, paused));
        chain.append(good.last().unwrap()).unwrap();
    }
    good.push(
        chain
            .end(&other, "I leave this job in May.".to_owned(), seen())
            .unwrap(),
    );
    chain.append(good.last().unwrap()).unwrap();
    assert_eq!(chain.goodbye().map(|goodbye| goodbye.by), Some(Side::Specialist));
    // Keys go on changing after it: what was shown may still be.
    good.push(chain.new_epoch(&later, seen(), &epoch_key(6), key_box()).unwrap());
    chain.append(good.last().unwrap()).unwrap();

    let accept: Vec<Value> = (1..=good.len())
        .map(|length| {
            let chain = SupportChain::verify(links(&good[..length])).unwrap();
            let paused = [Side::Participant, Side::Specialist].map(|side| chain.is_paused_by(side));
            json!({
                "length": length,
                "space": hex(chain.space()),
                "origin": chain.origin(),
                "relay_key": hex(chain.relay_key()),
                "genesis": hex(chain.genesis().as_bytes()),
                "tip": hex(chain.tip().as_bytes()),
                "digits": chain.beginning().digits,
                "participant": person(chain.persona(Side::Participant)),
                "specialist": person(chain.persona(Side::Specialist)),
                "needs_epoch": chain.needs_epoch(),
                "paused": paused,
                "goodbye": chain.goodbye().map(|goodbye| goodbye.words.clone()),
                "commitments": epochs_json(&chain.commitments()),
            })
        })
        .collect();

    let mut refused = refused_by_both(&good, &participant);
    refused.extend(refused_epochs(&good[1], 1, &participant));
    let begun = |beginning: &SupportBeginning| remade(&good[0], &participant, |p| p.body = cbor::encode(beginning));
    refused.extend([
        (
            "an epoch begun by the specialist",
            1,
            remade(&good[1], &specialist, |p| p.author = specialist.public()),
        ),
        (
            "begun by the specialist",
            0,
            remade(&good[0], &specialist, |p| p.author = specialist.public()),
        ),
        (
            "both sides the same person",
            0,
            begun(&SupportBeginning {
                specialist: persona(0, "Dee"),
                ..beginning.clone()
            }),
        ),
        (
            "five digits",
            0,
            begun(&SupportBeginning {
                digits: "04711".to_owned(),
                ..beginning.clone()
            }),
        ),
        (
            "digits that are none",
            0,
            begun(&SupportBeginning {
                digits: "00471a".to_owned(),
                ..beginning.clone()
            }),
        ),
        (
            "no origin",
            0,
            begun(&SupportBeginning {
                origin: String::new(),
                ..beginning.clone()
            }),
        ),
        (
            "a link of a device chain",
            1,
            remade(&good[1], &participant, |p| p.kind = 4),
        ),
    ]);
    refused.extend(refused_personas(&good, [&participant, &specialist, &later, &other]));
    refused.extend(refused_standing(&good, &participant, &later, &other));
    let reject = reject_json(&good, refused, |links| {
        SupportChain::verify(links.iter().copied()).map(drop)
    });
    let all: Vec<String> = good.iter().map(hex).collect();
    hold(
        "support_chain.json",
        &json!({ "links": all, "accept": accept, "reject": reject }),
    );
}

fn person(persona: &Persona) -> Value {
    json!({
        "signing": hex(persona.signing),
        "kem_blake3": hex(blake3::hash(persona.kem.as_bytes()).as_bytes()),
        "access": hex(persona.access),
        "name": persona.name,
    })
}

/// What nobody may say of another persona, where the fourth link is the participant's and the fifth the specialist's.
fn refused_personas(
    good: &[Vec<u8>],
    [participant, specialist, later, other]: [&SigningKey; 4],
) -> Vec<(&'static str, usize, Vec<u8>)> {
    let of_participant = |persona: &Persona| remade(&good[3], participant, |p| p.body = persona_body(Some(4), persona));
    let of_specialist = |persona: &Persona| remade(&good[4], specialist, |p| p.body = persona_body(None, persona));
    let dee = persona(0x28, "Dee");
    vec![
        (
            "an epoch begun by whom the participant was",
            4,
            remade(&good[5], participant, |p| {
                (p.index, p.previous, p.author) = (4, LinkHash::of(&good[3]), participant.public());
            }),
        ),
        (
            "another persona by whom the specialist was",
            5,
            remade(&good[4], specialist, |p| {
                (p.index, p.previous) = (5, LinkHash::of(&good[4]));
                p.body = persona_body(None, &persona(0x38, "Dee"));
            }),
        ),
        (
            "another persona by a stranger",
            4,
            remade(&good[4], &signing(0x77), |p| p.author = signing(0x77).public()),
        ),
        (
            "another persona of the participant without an epoch",
            3,
            remade(&good[3], participant, |p| {
                p.body = persona_body(None, &persona(0x20, "A."))
            }),
        ),
        (
            "another persona of the participant without a box",
            3,
            remade(&good[3], participant, |p| (p.key_box, p.key_box_hash) = (None, None)),
        ),
        (
            "with an epoch that is none",
            3,
            remade(&good[3], participant, |p| {
                p.body = persona_body(Some(5), &persona(0x20, "A."))
            }),
        ),
        (
            "with half an epoch",
            3,
            remade(&good[3], participant, |p| {
                let mut body = Encoder::new(Vec::new());
                body.map(2).unwrap().u8(0).unwrap().u32(4).unwrap();
                body.u8(2).unwrap().encode(persona(0x20, "A.")).unwrap();
                p.body = body.into_writer();
            }),
        ),
        (
            "another persona of the specialist with an epoch",
            4,
            remade(&good[4], specialist, |p| {
                p.body = persona_body(Some(5), &dee);
                (p.key_box, p.key_box_hash) = (Some(key_box()), Some(key_box_hash(&key_box())));
                p.commitments = commitment(&[(5, 5)]);
            }),
        ),
        (
            "another persona of the specialist with a box",
            4,
            remade(&good[4], specialist, |p| {
                (p.key_box, p.key_box_hash) = (Some(key_box()), Some(key_box_hash(&key_box())));
            }),
        ),
        (
            "a persona that signs with a key of the other's",
            3,
            of_participant(&Persona {
                signing: specialist.public(),
                ..persona(0x20, "A.")
            }),
        ),
        (
            "a persona that enters with a key of before",
            4,
            of_specialist(&Persona {
                access: participant.public(),
                ..dee.clone()
            }),
        ),
        (
            "a persona with a box key of before",
            4,
            of_specialist(&Persona {
                kem: persona(8, "").kem,
                ..dee.clone()
            }),
        ),
        ("a persona that was there before", 4, of_specialist(&persona(8, "Dee"))),
        (
            "a persona that signs with the key it enters with",
            4,
            of_specialist(&Persona {
                access: dee.signing,
                ..dee.clone()
            }),
        ),
        (
            "a persona with a long name",
            4,
            of_specialist(&Persona {
                name: "n".repeat(201),
                ..dee.clone()
            }),
        ),
        (
            "the specialist's persona begins an epoch",
            5,
            remade(&good[5], other, |p| p.author = other.public()),
        ),
        (
            "a second time by the participant without an epoch",
            5,
            remade(&good[4], later, |p| {
                (p.index, p.previous, p.author) = (5, LinkHash::of(&good[4]), later.public());
                p.body = persona_body(None, &persona(0x38, "A."));
            }),
        ),
    ]
}

/// What nobody may say of pausing and ending, where links 6 to 8 pause and go on and 9 ends it.
fn refused_standing(
    good: &[Vec<u8>],
    participant: &SigningKey,
    later: &SigningKey,
    other: &SigningKey,
) -> Vec<(&'static str, usize, Vec<u8>)> {
    let at = |index: usize, link: usize, author: &SigningKey, body: Vec<u8>| {
        remade(&good[link], author, |p| {
            (p.index, p.previous) = (index as u64, LinkHash::of(&good[index - 1]));
            (p.author, p.body) = (author.public(), body);
        })
    };
    let paused = |paused: bool| {
        let mut body = Encoder::new(Vec::new());
        body.map(1).unwrap().u8(0).unwrap().bool(paused).unwrap();
        body.into_writer()
    };
    let words = |words: &str| {
        let mut body = Encoder::new(Vec::new());
        body.map(1).unwrap().u8(0).unwrap().str(words).unwrap();
        body.into_writer()
    };
    let with_box = |link: usize, author: &SigningKey| {
        remade(&good[link], author, |p| {
            (p.key_box, p.key_box_hash) = (Some(key_box()), Some(key_box_hash(&key_box())));
        })
    };
    vec![
        (
            "a pause by whom the participant was",
            6,
            at(6, 6, participant, paused(true)),
        ),
        ("goes on without a pause", 6, at(6, 6, later, paused(false))),
        ("pauses twice", 7, at(7, 6, later, paused(true))),
        ("goes on for the other", 8, at(8, 8, &signing(0x77), paused(false))),
        ("a pause with a box", 6, with_box(6, later)),
        (
            "the specialist ends it without a word",
            9,
            at(9, 9, other, words(" \t")),
        ),
        (
            "ended with too many words",
            9,
            at(9, 9, later, words(&"n".repeat(2001))),
        ),
        ("ended with a box", 9, with_box(9, other)),
        ("ended twice", 10, at(10, 9, later, words(""))),
        ("a pause after the end", 10, at(10, 6, later, paused(true))),
    ]
}

fn persona_body(epoch: Option<u32>, persona: &Persona) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    body.map(if epoch.is_some() { 3 } else { 1 }).unwrap();
    if let Some(epoch) = epoch {
        body.u8(0).unwrap().u32(epoch).unwrap();
        body.u8(1).unwrap().encode(seen()).unwrap();
    }
    body.u8(2).unwrap().encode(persona).unwrap();
    body.into_writer()
}
