//! Pages of a log, and where they are cut: the same in every store.

use cairn_wire::bounds::{PAGE_ITEMS_MAX, STUB_BYTES};
use cairn_wire::message::Side;
use cairn_wire::{BodyHash, ChainHash, HEADER_BYTES, PublicKey, SlotId, SpaceId};

use super::StoreError;

/// A space, as one of its keys sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpaceView {
    /// Closed for ever: what it has kept can be read, and nothing else be done.
    pub(crate) is_closed: bool,
    /// When it closes by itself.
    pub(crate) closes_ms: Option<u64>,
    pub(crate) n: u64,
    pub(crate) chain: ChainHash,
    pub(crate) epoch: u32,
    pub(crate) side: Side,
    pub(crate) administer: bool,
}

/// What to read of a space.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode<'a> {
    /// Everything after a number, oldest first.
    Since(u64),
    /// The newest up to a number.
    Until(u64),
    /// The live records of slots.
    Slots(&'a [SlotId]),
}

/// A page wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageQuery<'a> {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) mode: Mode<'a>,
}

/// A row of the log.
#[derive(Debug)]
pub(crate) enum RawItem {
    /// Header and body.
    Whole { seq: u64, record: Vec<u8> },
    /// What is left of a record.
    Stub {
        seq: u64,
        header: [u8; HEADER_BYTES],
        body_hash: BodyHash,
    },
}

/// A page, not signed yet.
#[derive(Debug)]
pub(crate) struct RawPage {
    pub(crate) view: SpaceView,
    pub(crate) first_seq: u64,
    pub(crate) items: Vec<RawItem>,
    /// With [`Mode::Since`], the number and chain of the last item.
    pub(crate) last: Option<(u64, ChainHash)>,
}

/// What is left for the pages of one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    bytes: usize,
    items: usize,
    nothing_taken: bool,
}

impl Budget {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self {
            bytes,
            items: PAGE_ITEMS_MAX,
            nothing_taken: true,
        }
    }

    /// Whether so many items are more than there is room for.
    pub(super) fn is_passed_by(&self, items: &[impl Measured]) -> bool {
        let cost: usize = items.iter().map(Measured::cost).sum();
        cost > self.bytes && !items.is_empty()
    }

    /// Takes room for an item. The first item of all has room whatever its length.
    const fn take(&mut self, bytes: usize) -> bool {
        if self.items == 0 || (bytes > self.bytes && !self.nothing_taken) {
            return false;
        }
        self.items -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.nothing_taken = false;
        true
    }
}

impl RawItem {
    /// An item of what a row of the log holds.
    pub(super) fn of_row(seq: u64, is_stub: bool, header: &[u8], body: &[u8]) -> Result<Self, StoreError> {
        let header: [u8; HEADER_BYTES] = header.try_into().map_err(|_| StoreError::Damaged)?;
        if is_stub {
            return Ok(Self::Stub {
                seq,
                header,
                body_hash: BodyHash::from_slice(body).ok_or(StoreError::Damaged)?,
            });
        }
        let mut record = Vec::with_capacity(HEADER_BYTES + body.len());
        record.extend_from_slice(&header);
        record.extend_from_slice(body);
        Ok(Self::Whole { seq, record })
    }
}

/// A row of the log, as far as cutting looks at it.
pub(super) trait Measured {
    fn seq(&self) -> u64;

    fn is_stub(&self) -> bool;

    /// What it counts against the budget.
    fn cost(&self) -> usize;
}

impl Measured for RawItem {
    fn seq(&self) -> u64 {
        match self {
            Self::Whole { seq, .. } | Self::Stub { seq, .. } => *seq,
        }
    }

    fn is_stub(&self) -> bool {
        matches!(self, Self::Stub { .. })
    }

    fn cost(&self) -> usize {
        match self {
            Self::Whole { record, .. } => record.len(),
            Self::Stub { .. } => STUB_BYTES,
        }
    }
}

/// Takes rows, oldest first, as long as there is room.
pub(super) fn cut<T: Measured>(
    rows: impl IntoIterator<Item = Result<T, StoreError>>,
    budget: &mut Budget,
) -> Result<Vec<T>, StoreError> {
    let mut taken = Vec::new();
    for row in rows {
        let row = row?;
        if !budget.take(row.cost()) {
            break;
        }
        taken.push(row);
    }
    Ok(taken)
}

/// Takes rows, newest first from `until` down, as long as there is room: the lowest number that was looked at, and what was taken, oldest first.
pub(super) fn cut_newest<T: Measured>(
    rows: impl IntoIterator<Item = Result<T, StoreError>>,
    until: u64,
    budget: &mut Budget,
) -> Result<(u64, Vec<T>), StoreError> {
    let mut taken: Vec<T> = Vec::new();
    // Stubs below the oldest body so far: they go along only if another body follows them.
    let mut stubs = Vec::new();
    let mut first_seq = until.saturating_add(1);
    for row in rows {
        let row = row?;
        let seq = row.seq();
        if row.is_stub() {
            if !taken.is_empty() {
                stubs.push(row);
            }
        } else {
            if !budget.take(row.cost() + stubs.len() * STUB_BYTES) {
                // What lies between here and the oldest item was looked at, the body here was not.
                first_seq = taken.last().map_or(seq.saturating_add(1), Measured::seq);
                break;
            }
            taken.append(&mut stubs);
            taken.push(row);
        }
        first_seq = seq;
    }
    taken.reverse();
    Ok((first_seq, taken))
}
