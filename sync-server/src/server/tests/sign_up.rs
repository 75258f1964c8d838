//! Who may begin a space.

use cairn_wire::message::Side;

use super::*;
use crate::sign_up::{Invites, SignUp};

fn create_bytes(n: u8, key: u8) -> Vec<u8> {
    encode(&create_request(
        space_id(n),
        key,
        vec![access(key, Side::Participant, true)],
    ))
}

#[test]
fn by_invite_who_has_one_begins_and_everybody_goes_on() {
    let running = Running::with(|config| config.sign_up = SignUp::Invited(Invites::new(["fern-and-lake"])));
    let mut stream = running.connect();
    let kept_out = Ok(Refusal::new(RefusalCode::NotAuthorised));
    for headers in ["", "cairn-invite: fern-and-lak\r\n", "cairn-invite: \r\n"] {
        let (status, body) = post_with(&mut stream, "/v1/space", headers, &create_bytes(1, 1));
        assert_eq!((status, decode_canonical(&body)), (403, kept_out));
    }
    let invite = "cairn-invite: fern-and-lake\r\n";
    assert_eq!(post_with(&mut stream, "/v1/space", invite, &create_bytes(1, 1)).0, 200);
    // The space is there: its key begins it again, and another one learns nothing that a stranger would not.
    assert_eq!(post(&mut stream, "/v1/space", &create_bytes(1, 1)).0, 200);
    assert_eq!(post(&mut stream, "/v1/space", &create_bytes(1, 2)).0, 403);
    // Who has signed wrongly is told that, whether the space is there or not.
    for n in [1, 2] {
        let mut request = create_request(space_id(n), 1, vec![access(1, Side::Participant, true)]);
        request.signature = sign(&signing(2), b"something else");
        assert_eq!(post(&mut stream, "/v1/space", &encode(&request)).0, 401);
    }
    let now = clock::system_now_ms();
    assert!(begin_session(&running.relay, 1, 1, now).is_ok());
    until_counted(&running, "cairn_relay_limited_total{limit=\"sign_up\"} 4");
}

#[test]
fn closed_nobody_begins_and_who_is_there_is_served() {
    let running = Running::with(|config| config.sign_up = SignUp::Closed);
    let (one, _) = running.space();
    let mut stream = running.connect();
    assert_eq!(post(&mut stream, "/v1/space", &create_bytes(2, 1)).0, 403);
    assert_eq!(post(&mut stream, "/v1/append", &append_bytes(one, 1)).0, 200);
    let keys = vec![
        access(1, Side::Participant, true),
        access(2, Side::Participant, false),
        access(3, Side::Specialist, false),
    ];
    let again = encode(&create_request(space_id(1), 1, keys));
    assert_eq!(post(&mut stream, "/v1/space", &again).0, 200);
}
