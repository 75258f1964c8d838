//! A client of the relay that knows nothing but the wire: keys by number, records that are no sealed words.

use cairn_relay::{Answer, Relay};
use cairn_wire::message::{
    Access, AppendAnswer, AppendRequest, ChallengeAnswer, ChallengeRequest, OutcomeCode, ReadAnswer, ReadRequest,
    ReadSpace, SessionAnswer, SessionRequest, Side, SpaceOp, SpaceRequest,
};
use cairn_wire::{HEADER_BYTES, Header, PublicKey, Signature, SpaceId, Token, decode_canonical, encode, session_bytes};
use ed25519_dalek::{Signer as _, SigningKey};

/// A client of one space.
#[derive(Debug)]
pub struct RawClient {
    space: SpaceId,
    key: SigningKey,
    token: Option<Token>,
}

impl RawClient {
    /// The origin its relay must have.
    pub const ORIGIN: &'static str = "http://relay.test";
    /// The time it lives at, in milliseconds: a day in 2026.
    pub const NOW: u64 = 20_500 * 86_400_000;

    /// The client with key `key` of space `space`.
    pub fn new(space: u8, key: u8) -> Self {
        Self {
            space: SpaceId::from_bytes([space; 16]),
            key: SigningKey::from_bytes(&[key; 32]),
            token: None,
        }
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.key.verifying_key().to_bytes())
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::from_bytes(self.key.sign(bytes).to_bytes())
    }

    /// Begins the space.
    ///
    /// # Panics
    /// When the relay refuses.
    pub fn create(&self, relay: &Relay) {
        let mut request = SpaceRequest {
            op: SpaceOp::Create,
            space: self.space,
            access: vec![Access {
                key: self.public(),
                side: Side::Participant,
                administer: true,
            }],
            signature: Signature::from_bytes([0; 64]),
            token: None,
            epoch: None,
            keep: None,
            at_ms: None,
        };
        request.signature = self.sign(&request.signed_bytes(Self::ORIGIN));
        assert_eq!(
            relay.handle("/v1/space", &encode(&request), Self::NOW).status,
            200,
            "the space begins"
        );
    }

    /// Proves who this is. None when the relay does not answer.
    pub fn sign_in(&mut self, relay: &Relay) -> Option<()> {
        let challenge = relay.handle(
            "/v1/challenge",
            &encode(&ChallengeRequest { space: self.space }),
            Self::NOW,
        );
        let ChallengeAnswer { nonce, .. } = decode_canonical(&challenge.body)
            .ok()
            .filter(|_| challenge.status == 200)?;
        let key = self.public();
        let signature = self.sign(&session_bytes(Self::ORIGIN, &self.space, &nonce, &key));
        let request = SessionRequest {
            space: self.space,
            nonce,
            key,
            signature,
        };
        let session = relay.handle("/v1/session", &encode(&request), Self::NOW);
        let answer: SessionAnswer = decode_canonical(&session.body).ok().filter(|_| session.status == 200)?;
        self.token = Some(answer.token);
        Some(())
    }

    fn token(&self) -> Token {
        self.token.expect("the client has signed in")
    }

    /// A record that carries a number, in a slot of its own, with a body of this many bytes that follow from the number.
    pub fn record(&self, number: u64, body: usize) -> Vec<u8> {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        let header = Header {
            flags: 0,
            space: self.space,
            record_id: id.into(),
            slot: id.into(),
            epoch: 1,
            incarnation: 1,
            merged_upto: 0,
            expires_day: 0,
            length: u32::try_from(body).expect("a body is short"),
        };
        let mut record = header.encode().to_vec();
        record.resize(HEADER_BYTES + body, 0);
        blake3::Hasher::new()
            .update(&id)
            .finalize_xof()
            .fill(&mut record[HEADER_BYTES..]);
        record
    }

    /// The body of a request to append.
    pub fn append(&self, records: &[Vec<u8>]) -> Vec<u8> {
        let records = records.iter().map(|record| record.as_slice().into()).collect();
        encode(&AppendRequest {
            token: self.token(),
            space: self.space,
            records,
        })
    }

    /// Which records an answer says are stored.
    pub fn stored(answer: &Answer) -> Vec<bool> {
        if answer.status != 200 {
            return Vec::new();
        }
        let answer: AppendAnswer = decode_canonical(&answer.body).expect("an append is answered as one");
        answer
            .results
            .iter()
            .map(|outcome| outcome.code == OutcomeCode::Stored)
            .collect()
    }

    /// The numbers of all records of the space.
    ///
    /// # Errors
    /// What is wrong with a page, or with a body that does not follow from its number.
    pub fn read_all(&self, relay: &Relay) -> Result<Vec<u64>, String> {
        let (mut numbers, mut since) = (Vec::new(), 0);
        loop {
            let space = ReadSpace {
                token: self.token(),
                space: self.space,
                since: Some(since),
                until: None,
                slots: None,
            };
            let request = ReadRequest {
                spaces: vec![space],
                bytes_max: 1 << 20,
                wait_ms: 0,
            };
            let answer = relay.handle("/v1/read", &encode(&request), Self::NOW);
            let read: ReadAnswer<'_> = decode_canonical(&answer.body).map_err(|error| error.to_string())?;
            let page = read.pages.first().ok_or("no page")?;
            for item in &page.items {
                let record = item.record.as_ref().ok_or("a body is gone")?;
                let number = u64::from_le_bytes(record[18..26].try_into().map_err(|_| "a short record")?);
                if record.as_slice() != self.record(number, record.len() - HEADER_BYTES) {
                    return Err(format!("record {number} is not what was sent"));
                }
                numbers.push(number);
                since = item.seq;
            }
            if page.items.is_empty() || page.head.as_ref().is_none_or(|head| head.n == since) {
                return Ok(numbers);
            }
        }
    }
}
