//! `support_chain.json`.

use super::*;

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
    let good = [genesis, second, third];

    let accept: Vec<Value> = (1..=good.len())
        .map(|length| {
            let chain = SupportChain::verify(links(&good[..length])).unwrap();
            json!({
                "length": length,
                "space": hex(chain.space()),
                "origin": chain.origin(),
                "relay_key": hex(chain.relay_key()),
                "genesis": hex(chain.genesis().as_bytes()),
                "tip": hex(chain.tip().as_bytes()),
                "digits": chain.beginning().digits,
                "participant": { "signing": hex(chain.beginning().participant.signing), "name": chain.beginning().participant.name },
                "specialist": { "signing": hex(chain.beginning().specialist.signing), "name": chain.beginning().specialist.name },
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
    let reject = reject_json(&good, refused, |links| {
        SupportChain::verify(links.iter().copied()).map(drop)
    });
    let all: Vec<String> = good.iter().map(hex).collect();
    hold(
        "support_chain.json",
        &json!({ "links": all, "accept": accept, "reject": reject }),
    );
}
