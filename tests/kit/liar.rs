//! What a relay can do that lies and has its own key: sign anything, and answer with pages of its own making.

use super::world::{Line, World};
use cairn_core::crypto;
use cairn_core::store::SpaceRow;
use cairn_core::sync::{Ask, Request, Response, Transport as _};
use cairn_wire::message::{
    AccessAnswer, AckAnswer, AppendAnswer, AppendRequest, ChallengeAnswer, ChallengeRequest, EpochAnswer, EraseAnswer,
    Item, OutcomeCode, Page, ReadAnswer, ReadRequest, ReadSpace, SessionAnswer, SessionRequest, SpaceAnswer,
};
use cairn_wire::{
    Header, Receipt, Record, Signature, SignedHead, SignedIncarnation, SpaceId, Token, chain_next, decode_canonical,
    encode, header, session_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey};

/// The key of a relay, in the hands of a liar.
#[derive(Debug, Clone)]
pub struct Forger(SigningKey);

impl Forger {
    pub(crate) const fn new(key: SigningKey) -> Self {
        Self(key)
    }

    /// Somebody else's key.
    pub fn stranger() -> Self {
        Self(SigningKey::from_bytes(&[0x5a; 32]))
    }

    /// The head, signed by this key.
    #[must_use]
    pub fn sign(&self, head: SignedHead) -> SignedHead {
        let signature = Signature::from_bytes(self.0.sign(&head.signed_bytes()).to_bytes());
        SignedHead { signature, ..head }
    }

    /// The receipt, signed by this key.
    #[must_use]
    pub fn sign_receipt(&self, receipt: Receipt) -> Receipt {
        let signature = Signature::from_bytes(self.0.sign(&receipt.signed_bytes()).to_bytes());
        Receipt { signature, ..receipt }
    }

    /// The relay's word for its incarnation, signed by this key.
    #[must_use]
    pub fn sign_incarnation(&self, incarnation: SignedIncarnation) -> SignedIncarnation {
        let signature = Signature::from_bytes(self.0.sign(&incarnation.signed_bytes()).to_bytes());
        SignedIncarnation {
            signature,
            ..incarnation
        }
    }

    /// Adds records to the end of a page that reaches the head, and moves the head behind them.
    ///
    /// # Panics
    /// When the page has no head, or a record is none.
    pub fn extend(&self, page: &mut Page<'_>, records: &[Vec<u8>]) {
        let mut head = page.head.expect("the page was not refused");
        if page.page_head.is_some() {
            return; // It does not reach the head; a later one will.
        }
        for record in records {
            head.n += 1;
            head.chain = chain_next(&head.chain, &Record::parse(record).expect("it is a record").hash());
            page.items.push(Item {
                record: Some(record.clone().into()),
                header: None,
                body_hash: None,
                seq: head.n,
            });
        }
        page.head = Some(self.sign(head));
    }
}

/// Changes every head of an answer, whatever it answers.
pub fn change_heads(request: &Request, response: &mut Response, change: impl Fn(&mut SignedHead)) {
    if response.status != 200 {
        return;
    }
    let body = std::mem::take(&mut response.body);
    macro_rules! changed {
        ($answer:ty) => {{
            let mut answer: $answer = decode_canonical(&body).expect("the relay's answers can be read");
            change(&mut answer.head);
            encode(&answer)
        }};
    }
    response.body = match request.path {
        "/v1/read" => {
            let mut answer: ReadAnswer<'_> = decode_canonical(&body).expect("the relay's pages can be read");
            for page in &mut answer.pages {
                page.head.iter_mut().chain(&mut page.page_head).for_each(&change);
            }
            encode(&answer)
        }
        "/v1/session" => changed!(SessionAnswer),
        "/v1/space" => changed!(SpaceAnswer),
        "/v1/append" => changed!(AppendAnswer),
        "/v1/ack" => changed!(AckAnswer),
        "/v1/access" => changed!(AccessAnswer),
        "/v1/erase" => changed!(EraseAnswer),
        "/v1/epoch" => changed!(EpochAnswer),
        _ => body,
    };
}

/// Shows a record without its body, as if another had replaced it.
///
/// # Panics
/// When the item holds no record.
pub fn make_stub(item: &mut Item<'_>) {
    let record = item.record.take().expect("the item is whole").into_vec();
    let parts = Record::parse(&record).expect("it is a record");
    item.header = Some((*parts.header_bytes).into());
    item.body_hash = Some(header::body_hash(parts.body));
}

/// The header of a record.
///
/// # Panics
/// When it is none.
pub fn header_of(record: &[u8]) -> Header {
    Record::parse(record).expect("it is a record").header
}

/// A session at a relay: what the relay itself could do in the name of somebody whom it lets in.
#[derive(Debug)]
pub struct RawSession {
    line: Line,
    origin: String,
    space: SpaceId,
    token: Token,
}

impl RawSession {
    /// In the name of the device that keeps this row.
    pub fn of(world: &World, row: &SpaceRow) -> Self {
        Self::begin(world, row.id, &crypto::SigningKey::from_seed(&row.access_seed))
    }

    /// In the name of whoever has this access key.
    ///
    /// # Panics
    /// When the relay does not let it in.
    pub fn begin(world: &World, space: SpaceId, key: &crypto::SigningKey) -> Self {
        Self::try_begin(world, space, key).expect("a session")
    }

    /// In the name of whoever has this access key; none where the relay does not let it in.
    ///
    /// # Panics
    /// When the relay does not answer.
    pub fn try_begin(world: &World, space: SpaceId, key: &crypto::SigningKey) -> Option<Self> {
        let (line, origin) = (world.line(), world.origin().to_owned());
        let challenge = Ask::request(&origin, "/v1/challenge", &ChallengeRequest { space }, 0);
        let ChallengeAnswer { nonce, .. } =
            Ask::answer(&line.send(&challenge).expect("it answers")).expect("a challenge");
        let proof = SessionRequest {
            space,
            nonce,
            key: key.public(),
            signature: key.sign(&session_bytes(&origin, &space, &nonce, &key.public())),
        };
        let session = line.send(&Ask::request(&origin, "/v1/session", &proof, 0));
        let SessionAnswer { token, .. } = Ask::answer(&session.expect("it answers")).ok()?;
        Some(Self {
            line,
            origin,
            space,
            token,
        })
    }

    /// The session's token.
    pub const fn token(&self) -> Token {
        self.token
    }

    /// The headers of everything that stands in the log, stubs too, in its order.
    ///
    /// # Panics
    /// When the relay does not show it.
    pub fn headers(&self) -> Vec<Header> {
        let mut headers = Vec::new();
        loop {
            let read = ReadSpace {
                token: self.token,
                space: self.space,
                since: Some(headers.len() as u64),
                until: None,
                slots: None,
            };
            let message = ReadRequest {
                spaces: vec![read],
                bytes_max: 1 << 20,
                wait_ms: 0,
            };
            let answer = self.line.send(&Ask::request(&self.origin, "/v1/read", &message, 0));
            let answer = answer.expect("it answers");
            let answer: ReadAnswer<'_> = Ask::answer(&answer).expect("a page");
            let items = &answer.pages[0].items;
            if items.is_empty() {
                return headers;
            }
            headers.extend(items.iter().map(|item| match (&item.record, &item.header) {
                (Some(record), _) => header_of(record),
                (None, Some(header)) => Header::decode(header.as_bytes()).expect("a header"),
                (None, None) => panic!("an item is a record or a stub"),
            }));
        }
    }

    /// Puts records in the log.
    ///
    /// # Panics
    /// When the relay does not store one of them.
    pub fn append(&self, records: &[Vec<u8>]) {
        let message = AppendRequest {
            token: self.token,
            space: self.space,
            records: records.iter().map(|record| record.as_slice().into()).collect(),
        };
        let answer = self.line.send(&Ask::request(&self.origin, "/v1/append", &message, 0));
        let answer: AppendAnswer = Ask::answer(&answer.expect("it answers")).expect("an append");
        assert!(
            answer.results.iter().all(|one| one.code == OutcomeCode::Stored),
            "it is stored: {:?}",
            answer.results
        );
    }
}
