//! Asking, as a client does: whichever node answers, with the same words until one does.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cairn_wire::message::{ChallengeAnswer, ChallengeRequest, Refusal, RefusalCode, SessionAnswer, SessionRequest};
use cairn_wire::{Signature, SpaceId, Token, decode_canonical, encode, session_bytes};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::world::{World, public};
use crate::{ORIGIN, PATIENCE};

/// How long a client waits after an answer that did not come, or that nothing can be done, before it asks again.
const PAUSE: Duration = Duration::from_millis(3);

/// How often a session is begun until it is believed that there is none to be had. The clock moves fast, and nodes come and go: a challenge may be over before
/// it is answered, or a session as it begins.
const TRIES: usize = 50;

/// Where the nodes are; `None` is one that does not run.
#[derive(Clone, Default)]
pub(crate) struct Places(Arc<Mutex<Vec<Option<String>>>>);

impl Places {
    pub(crate) fn set(&self, node: usize, address: Option<String>) {
        let mut places = self.0.lock().unwrap();
        if places.len() <= node {
            places.resize(node + 1, None);
        }
        places[node] = address;
    }

    fn of(&self, at: usize) -> Option<String> {
        let places = self.0.lock().unwrap();
        places.get(at % places.len().max(1)).cloned().flatten()
    }
}

/// Nobody answered for longer than anything here takes.
#[derive(Debug)]
pub(crate) struct NobodyAnswers;

/// What came back in the end.
pub(crate) struct Answered {
    pub(crate) result: Result<Vec<u8>, Refusal>,
    /// Whether it was asked before, and nobody knows what became of that.
    pub(crate) was_unclear: bool,
}

/// Somebody with a key.
pub(crate) struct Client {
    world: Arc<World>,
    places: Places,
    key: SigningKey,
    at: usize,
    stream: Option<TcpStream>,
    tokens: BTreeMap<SpaceId, Token>,
}

impl Client {
    pub(crate) fn new(world: &Arc<World>, places: &Places, key: SigningKey, at: usize) -> Self {
        Self {
            world: Arc::clone(world),
            places: places.clone(),
            key,
            at,
            stream: None,
            tokens: BTreeMap::new(),
        }
    }

    /// Goes on with another node.
    fn next_node(&mut self) {
        self.stream = None;
        self.at += 1;
    }

    /// Asks once; `None` if no answer came.
    fn once(&mut self, name: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let answer = self.exchange(name, body);
        if answer.is_none() {
            self.world.lost.fetch_add(1, Ordering::Relaxed);
            self.next_node();
            std::thread::sleep(PAUSE);
        }
        answer
    }

    fn exchange(&mut self, name: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.places.of(self.at)?).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut()?;
        let length = body.len();
        let mut request = format!(
            "POST /v1/{name} HTTP/1.1\r\nhost: relay\r\ncontent-type: application/cbor\r\ncontent-length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        stream.write_all(&request).ok()?;
        let (mut bytes, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = std::str::from_utf8(&bytes[..at]).ok()?.to_lowercase();
                let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
                if bytes.len() >= at + 4 + length {
                    let status = head.split(' ').nth(1)?.parse().ok()?;
                    return Some((status, bytes.split_off(at + 4)));
                }
            }
            match stream.read(&mut chunk).ok()? {
                0 => return None,
                read => bytes.extend_from_slice(&chunk[..read]),
            }
        }
    }

    /// Asks until somebody can say; a refusal is one, but for that nothing can be done at this moment.
    pub(crate) fn ask(&mut self, name: &str, body: &[u8]) -> Result<Answered, NobodyAnswers> {
        let began = Instant::now();
        let mut was_unclear = false;
        while began.elapsed() < PATIENCE {
            if let Some((status, body)) = self.once(name, body) {
                let result = if status == 200 {
                    Ok(body)
                } else {
                    let refusal: Refusal = decode_canonical(&body).expect("every refusal is typed");
                    assert_eq!(refusal.code.http_status(), status);
                    Err(refusal)
                };
                if result.as_ref().err().map(|refusal| refusal.code) != Some(RefusalCode::Unavailable) {
                    return Ok(Answered { result, was_unclear });
                }
                self.unavailable();
            }
            was_unclear = true;
        }
        Err(NobodyAnswers)
    }

    /// What to do when a node says that it can do nothing now: another one may.
    pub(crate) fn unavailable(&mut self) {
        self.world.unavailable.fetch_add(1, Ordering::Relaxed);
        self.next_node();
        std::thread::sleep(PAUSE);
    }

    /// Asks with a session of a space, and with another one where that has ended.
    pub(crate) fn ask_in(
        &mut self,
        space: &SpaceId,
        name: &str,
        make: impl Fn(Token) -> Vec<u8>,
    ) -> Result<Answered, NobodyAnswers> {
        let mut was_unclear = false;
        for _ in 0..TRIES {
            let token = match self.tokens.get(space) {
                Some(token) => *token,
                None => match self.sign_in(space, TRIES)? {
                    Ok(session) => session.token,
                    Err(refusal) => {
                        return Ok(Answered {
                            result: Err(refusal),
                            was_unclear,
                        });
                    }
                },
            };
            self.tokens.insert(*space, token);
            let answered = self.ask(name, &make(token))?;
            was_unclear |= answered.was_unclear;
            match answered.result {
                Err(refusal) if refusal.code == RefusalCode::NotAuthorised => self.end_session(space),
                result => return Ok(Answered { result, was_unclear }),
            }
        }
        let result = Err(Refusal::new(RefusalCode::NotAuthorised));
        Ok(Answered { result, was_unclear })
    }

    /// Asks with another session from now on.
    pub(crate) fn end_session(&mut self, space: &SpaceId) {
        self.tokens.remove(space);
    }

    /// Begins a session, or is refused more often than the passing of time explains.
    pub(crate) fn sign_in(
        &mut self,
        space: &SpaceId,
        tries: usize,
    ) -> Result<Result<SessionAnswer, Refusal>, NobodyAnswers> {
        let mut refused = None;
        for _ in 0..tries {
            let challenge = self.ask("challenge", &encode(&ChallengeRequest { space: *space }))?;
            let challenge = match challenge.result {
                Ok(body) => body,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let ChallengeAnswer { nonce, .. } = decode_canonical(&challenge).unwrap();
            let key = public(&self.key);
            let signature = self.key.sign(&session_bytes(ORIGIN, space, &nonce, &key));
            let request = SessionRequest {
                space: *space,
                nonce,
                key,
                signature: Signature::from_bytes(signature.to_bytes()),
            };
            // Another node may be asked where one goes away; the answer to a challenge counts once.
            match self.ask("session", &encode(&request))?.result {
                Ok(body) => return Ok(Ok(decode_canonical(&body).unwrap())),
                Err(refusal) => refused = Some(refusal),
            }
        }
        Ok(Err(refused.unwrap()))
    }
}
