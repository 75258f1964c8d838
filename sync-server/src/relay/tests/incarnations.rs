//! A store that was put back from a copy, or is lost: the same key, another incarnation.

use cairn_wire::SignedIncarnation;
use cairn_wire::message::{
    ChallengeAnswer, ChallengeRequest, OutcomeCode, RefusalCode, Side, SpaceAnswer, SpaceRequest,
};
use ed25519_dalek::VerifyingKey;

use crate::relay::{Relay, RelayConfig};
use crate::store::{StoreConfig, StoreError};
use crate::testing::*;

/// The number that the relay says, whoever asks, once its signature is checked.
fn said(relay: &Relay, space: u8) -> u32 {
    let request = ChallengeRequest { space: space_id(space) };
    let ChallengeAnswer { incarnation, .. } = ask(relay, "challenge", &request, NOW).unwrap();
    let SignedIncarnation {
        incarnation: number,
        signature,
    } = incarnation;
    let key = VerifyingKey::from_bytes(relay.public_key().as_bytes()).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
    key.verify_strict(&incarnation.signed_bytes(), &signature).unwrap();
    number
}

fn asked_again(epoch: Option<u32>) -> SpaceRequest {
    let mut request = SpaceRequest {
        epoch,
        ..create_request(space_id(1), 1, vec![access(1, Side::Participant, true)])
    };
    request.signature = sign(&signing(1), &request.signed_bytes(ORIGIN));
    request
}

#[test]
fn a_store_that_was_put_back_says_so_for_spaces_it_knows_and_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let config = threaded_in(dir.path());
    let relay = Relay::open(&RelayConfig::new(config.clone(), ORIGIN), counted_entropy()).unwrap();
    opened(&relay, 1);
    assert_eq!((said(&relay, 1), said(&relay, 9)), (1, 1));
    let key = relay.public_key();
    assert!(matches!(Relay::begin_incarnation(&config), Err(StoreError::InUse)));
    drop(relay);
    let next = Relay::begin_incarnation(&StoreConfig {
        begins_ms: Some(NOW),
        ..config.clone()
    });
    let now_s = u32::try_from(NOW / 1_000).unwrap();
    assert_eq!(next.unwrap(), now_s);
    let relay = relay_in(dir.path());
    assert_eq!(relay.public_key(), key);
    assert_eq!((said(&relay, 1), said(&relay, 9)), (now_s, now_s));
    drop(relay);
    let later = Relay::begin_incarnation(&StoreConfig {
        begins_ms: Some(0),
        ..config
    });
    assert_eq!(later.unwrap(), now_s + 1, "never down, whatever the clock says");
}

#[test]
fn a_store_that_is_made_anew_under_the_key_that_is_left_is_the_same_relay_in_a_later_incarnation() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    let key = relay.public_key();
    drop(relay);
    lose(dir.path());
    let relay = relay_in(dir.path());
    assert_eq!(relay.public_key(), key);
    assert!(said(&relay, 1) > 1);
    assert_eq!(
        begin_session(&relay, 1, 1, NOW).unwrap_err().code,
        RefusalCode::NotAuthorised
    );
}

#[test]
fn where_there_is_no_store_none_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let config = StoreConfig::new(dir.path().join("not there"));
    assert!(matches!(Relay::begin_incarnation(&config), Err(StoreError::Folder(_))));
    assert!(!config.dir.exists());
}

#[test]
fn a_forgotten_space_begins_in_the_epoch_that_is_asked_for_and_one_that_is_there_goes_up_to_it() {
    let (_dir, relay) = relay();
    let ask_again = |epoch| ask::<_, SpaceAnswer>(&relay, "space", &asked_again(epoch), NOW).map(|answer| answer.epoch);
    assert_eq!(ask_again(Some(0)), Err(refused(RefusalCode::Malformed)));
    assert_eq!(ask_again(Some(3)), Ok(3));
    assert_eq!(ask_again(None), Ok(3), "never down");
    assert_eq!(ask_again(Some(2)), Ok(3));
    assert_eq!(ask_again(Some(5)), Ok(5));
    let token = begin_session(&relay, 1, 1, NOW).unwrap().token;
    let under = |epoch| cairn_wire::Header {
        epoch,
        ..header(1, epoch, 1)
    };
    let records = [record(under(3), 100, 1), record(under(5), 100, 1)];
    let outcomes = append(&relay, token, 1, &records, NOW).unwrap().results;
    assert_eq!(outcomes[0].code, OutcomeCode::StaleEpoch);
    assert_eq!(outcomes[1], stored(1));
    assert_eq!(
        ask_again(Some(9)),
        Ok(5),
        "something came under this one: it goes up by its own call"
    );
    let stranger = SpaceRequest {
        epoch: Some(9),
        ..create_request(space_id(1), 2, vec![access(2, Side::Participant, true)])
    };
    let signature = sign(&signing(2), &stranger.signed_bytes(ORIGIN));
    let stranger = SpaceRequest { signature, ..stranger };
    let answer: Result<SpaceAnswer, _> = ask(&relay, "space", &stranger, NOW);
    assert_eq!(answer.unwrap_err().code, RefusalCode::Conflict);
    assert_eq!(ask_again(None), Ok(5), "whoever may not say so changes nothing");
}
