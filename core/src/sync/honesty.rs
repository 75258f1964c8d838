//! Recomputes what the relay claims.

use super::{Place, SyncError};
use cairn_wire::message::{Item, Page};
use cairn_wire::{ChainHash, Header, PublicKey, Record, RecordHash, Signature, SignedHead, chain_next, stub_hash};

/// The largest number a database keeps; no honest relay comes near it.
pub(super) const NUMBER_MAX: u64 = i64::MAX as u64;

/// One record of a page, its hash recomputed here.
#[derive(Clone, Copy)]
pub struct VerifiedItem<'a> {
    /// Its sequence number.
    pub seq: u64,
    /// Its hash.
    pub hash: RecordHash,
    /// The chain up to it.
    pub chain: ChainHash,
    /// Its header.
    pub header: Header,
    /// Header and body; none where the relay keeps only a stub of a replaced record.
    pub record: Option<&'a [u8]>,
}

impl std::fmt::Debug for VerifiedItem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedItem")
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// A page that continues the device's chain and agrees with a signed head.
#[derive(Debug)]
pub struct VerifiedPage<'a> {
    /// The records, contiguous from the cursor on.
    pub items: Vec<VerifiedItem<'a>>,
    /// The sequence number the cursor moves to.
    pub cursor: u64,
    /// The chain there.
    pub chain: ChainHash,
    /// The relay's present head.
    pub head: SignedHead,
    /// The relay's present epoch.
    pub epoch: u32,
}

/// Checks the signature of `head` and that it does not fall behind what was seen before.
///
/// # Errors
/// [`SyncError::Garbage`] for another space, [`SyncError::HeadForged`], [`SyncError::ResyncRequired`] for another
/// incarnation, [`SyncError::Rollback`], and [`SyncError::Forked`] when it stands at the cursor with another chain.
pub fn verify_head(
    place: &Place,
    head: &SignedHead,
    is_signed: &dyn Fn(&PublicKey, &[u8], &Signature) -> bool,
) -> Result<(), SyncError> {
    let key = place.relay_key.as_ref().ok_or(SyncError::HeadForged)?;
    if head.space != place.space {
        return Err(SyncError::Garbage);
    }
    if (head.n > NUMBER_MAX || head.time_ms > NUMBER_MAX) && !planted!(NumbersUnbounded) {
        return Err(SyncError::Garbage);
    }
    if !is_signed(key, &head.signed_bytes(), &head.signature) && !planted!(ForgedHead) {
        return Err(SyncError::HeadForged);
    }
    if head.incarnation != place.incarnation && !planted!(IncarnationUnread) {
        return Err(SyncError::ResyncRequired {
            incarnation: head.incarnation,
        });
    }
    if (head.n < place.cursor || head.n < place.head) && !planted!(RollbackFollowed) {
        return Err(SyncError::Rollback);
    }
    let differs = |n: u64, chain: ChainHash| head.n == n && head.chain != chain;
    if differs(place.cursor, place.chain) || differs(place.head, place.head_chain) {
        return Err(SyncError::Forked);
    }
    Ok(())
}

/// Recomputes the chain over `page` from the device's cursor on and holds it against the relay's signature.
///
/// # Errors
/// As [`verify_head`]; [`SyncError::Garbage`] when items are not contiguous or not records, [`SyncError::Forked`] when
/// the recomputed chain is not the signed one.
pub fn verify_page<'a>(
    place: &Place,
    page: &'a Page<'_>,
    is_signed: &dyn Fn(&PublicKey, &[u8], &Signature) -> bool,
) -> Result<VerifiedPage<'a>, SyncError> {
    let head = page.head.as_ref().ok_or(SyncError::Garbage)?;
    verify_head(place, head, is_signed)?;
    let mut chain = place.chain;
    let mut cursor = place.cursor;
    let mut items = Vec::with_capacity(page.items.len());
    for item in &page.items {
        cursor += 1;
        if item.seq != cursor && !planted!(NumbersUnread) {
            return Err(SyncError::Garbage);
        }
        let (hash, header, record) = hash_of(item)?;
        chain = chain_next(&chain, &hash);
        if cursor == place.head && chain != place.head_chain {
            return Err(SyncError::Forked);
        }
        items.push(VerifiedItem {
            seq: cursor,
            hash,
            chain,
            header,
            record,
        });
    }
    let at_end = if cursor == head.n {
        head
    } else {
        let at_end = page.page_head.as_ref().ok_or(SyncError::Garbage)?;
        verify_head(
            &Place {
                head: place.cursor,
                head_chain: place.chain,
                ..place.clone()
            },
            at_end,
            is_signed,
        )?;
        at_end
    };
    if (at_end.n != cursor || at_end.chain != chain) && !planted!(ChainUnread) {
        return Err(SyncError::Forked);
    }
    Ok(VerifiedPage {
        items,
        cursor,
        chain,
        head: *head,
        epoch: page.epoch,
    })
}

fn hash_of<'a>(item: &'a Item<'_>) -> Result<(RecordHash, Header, Option<&'a [u8]>), SyncError> {
    match (&item.record, &item.header, &item.body_hash) {
        (Some(record), None, None) => {
            let parts = Record::parse(record).map_err(|_| SyncError::Garbage)?;
            Ok((parts.hash(), parts.header, Some(record)))
        }
        (None, Some(bytes), Some(body_hash)) => {
            let header = Header::decode(bytes.as_bytes()).map_err(|_| SyncError::Garbage)?;
            Ok((stub_hash(bytes.as_bytes(), body_hash), header, None))
        }
        _ => Err(SyncError::Garbage),
    }
}
