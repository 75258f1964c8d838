//! Reading a log as a device does: page after page, the chain computed anew and held against what the relay has signed.

use std::time::Instant;

use cairn_wire::message::{ReadAnswer, ReadRequest, ReadSpace, RefusalCode};
use cairn_wire::{
    ChainHash, Header, RecordHash, chain_0, chain_next, decode_canonical, encode, record_hash, stub_hash,
};

use crate::PATIENCE;
use crate::client::{Client, NobodyAnswers};
use crate::world::{Space, World};

/// Bytes of a page: several to a log.
const PAGE_BYTES: u32 = 64 * 1024;

/// A record as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    pub(crate) seq: u64,
    pub(crate) header: Header,
    pub(crate) hash: RecordHash,
    /// The whole record; `None` of a stub.
    pub(crate) whole: Option<Vec<u8>>,
}

/// How far a log was read.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) n: u64,
    pub(crate) chain: ChainHash,
}

impl Cursor {
    pub(crate) fn begin(space: &Space) -> Self {
        Self {
            n: 0,
            chain: chain_0(&space.id),
        }
    }

    /// Reads on to the head, and moves; whatever does not fit is said to be wrong. Answers what was read, or `None` where the space cannot be read at all.
    pub(crate) fn read_on(
        &mut self,
        world: &World,
        client: &mut Client,
        space: &Space,
    ) -> Result<Option<Vec<Here>>, NobodyAnswers> {
        let mut read = Vec::new();
        loop {
            let Some(body) = page(client, space, self.n)? else {
                return Ok(None);
            };
            let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
            let page = &answer.pages[0];
            let head = page.head.unwrap();
            world.witness(space, &head);
            if head.n < self.n {
                space.wrong(format!("the head went back from {} to {}", self.n, head.n));
                return Ok(None);
            }
            for item in &page.items {
                let Some(here) = here(item) else {
                    space.wrong(format!("number {} is no record", item.seq));
                    return Ok(None);
                };
                if here.seq != self.n + 1 {
                    space.wrong(format!("number {} comes after {}", here.seq, self.n));
                    return Ok(None);
                }
                self.n = here.seq;
                self.chain = chain_next(&self.chain, &here.hash);
                read.push(here);
            }
            let at_the_end = page.page_head.unwrap_or(head);
            world.witness(space, &at_the_end);
            if (at_the_end.n, at_the_end.chain) != (self.n, self.chain) {
                space.wrong(format!("the chain up to {} is not the one that is signed", self.n));
                return Ok(None);
            }
            if self.n == head.n {
                return Ok(Some(read));
            }
        }
    }
}

fn here(item: &cairn_wire::message::Item<'_>) -> Option<Here> {
    if let Some(record) = &item.record {
        let (head, body) = record.split_first_chunk()?;
        return Some(Here {
            seq: item.seq,
            header: Header::decode(head).ok()?,
            hash: record_hash(head, body),
            whole: Some(record.to_vec()),
        });
    }
    let (header, body_hash) = (item.header.as_ref()?, item.body_hash.as_ref()?);
    Some(Here {
        seq: item.seq,
        header: Header::decode(header.as_bytes()).ok()?,
        hash: stub_hash(header.as_bytes(), body_hash),
        whole: None,
    })
}

/// One page, as it came; `None` where the space is refused.
fn page(client: &mut Client, space: &Space, since: u64) -> Result<Option<Vec<u8>>, NobodyAnswers> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let read = |token| {
            let space = ReadSpace {
                token,
                space: space.id,
                since: Some(since),
                until: None,
                slots: None,
            };
            encode(&ReadRequest {
                spaces: vec![space],
                bytes_max: PAGE_BYTES,
                wait_ms: 0,
            })
        };
        let Ok(body) = client.ask_in(&space.id, "read", read)?.result else {
            return Ok(None);
        };
        let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
        match answer.pages[0].refusal {
            None => return Ok(Some(body)),
            Some(RefusalCode::Unavailable) => client.unavailable(),
            // Ended by the clock: the next one is asked for when it is missed, and whoever has no access is refused one.
            Some(RefusalCode::NotAuthorised) => client.end_session(&space.id),
            Some(_) => return Ok(None),
        }
    }
    Err(NobodyAnswers)
}
