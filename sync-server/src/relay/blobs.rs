//! `blob`: reading the request, and answers.

use cairn_wire::bounds::{BLOB_BYTES_MAX, BLOB_PART_BYTES_MAX};
use cairn_wire::message::{BlobAnswer, BlobOp, BlobRequest, RefusalCode, Sealed};
use cairn_wire::{BlobId, PublicKey, SpaceId};
use hyper::body::Bytes;

use super::lookup::{Lookup, unavailable};
use super::{Answer, Prepared, Relay, decode, range_in, too_large};
use crate::store::{BlobNow, Command, PutBlob, Refused, ReleaseBlob};

/// A part on its way into a blob.
pub(super) struct BlobPart {
    put: PutBlob,
    range: std::ops::Range<usize>,
    request: Bytes,
}

/// A blob asked after, and which bytes of it.
pub(super) struct BlobWanted {
    space: SpaceId,
    key: PublicKey,
    blob: BlobId,
    bytes: Option<(u64, usize)>,
}

impl Relay {
    pub(super) fn blob(&self, body: &Bytes, now_ms: u64) -> Result<Prepared, Refused> {
        let request: BlobRequest<'_> = decode(body)?;
        let key = self.asks(&request.token, &request.space, now_ms)?;
        let (space, blob) = (request.space, request.blob);
        let wanted = |bytes| {
            Prepared::Read(Lookup::Blob(BlobWanted {
                space,
                key,
                blob,
                bytes,
            }))
        };
        match (request.op, request.slot) {
            (BlobOp::Put, Some(slot)) if request.bytes_max == 0 => {
                within_bounds(&request)?;
                let put = PutBlob {
                    space,
                    key,
                    blob,
                    slot,
                    offset: request.offset,
                    total: request.total,
                    written: None,
                    now_ms,
                };
                Ok(Prepared::Put(BlobPart {
                    put,
                    range: range_in(body, &request.bytes),
                    request: body.clone(),
                }))
            }
            (BlobOp::Stat, None) if puts_nothing(&request) && reads_nothing(&request) => Ok(wanted(None)),
            (BlobOp::Read, None) if puts_nothing(&request) => {
                let max = usize::try_from(request.bytes_max).unwrap_or(BLOB_PART_BYTES_MAX);
                Ok(wanted(Some((request.offset, max.min(BLOB_PART_BYTES_MAX)))))
            }
            (BlobOp::Release, Some(slot)) if puts_nothing(&request) && reads_nothing(&request) => {
                let release = ReleaseBlob { space, key, blob, slot };
                Ok(Prepared::Write(Command::ReleaseBlob(release)))
            }
            _ => Err(Refused::MALFORMED),
        }
    }

    /// Puts a part. Waits for the disk.
    pub(super) fn put_blob(&self, part: &BlobPart) -> Answer {
        let bytes = part.request.get(part.range.clone()).unwrap_or_default();
        match self.0.store.put_blob(part.put, bytes) {
            Ok(now) => stands(now, Vec::new()),
            Err(refused) => Answer::refused(refused),
        }
    }

    pub(super) fn blob_wanted(&self, wanted: &BlobWanted, now_ms: u64) -> Result<Answer, Refused> {
        let store = &self.0.store;
        let view = store.rows().view(&wanted.space, &wanted.key);
        self.close_if_due(&wanted.space, &view.map_err(|error| unavailable(&error))??, now_ms)?;
        let look = || {
            let looked = store.rows().blob(&wanted.space, &wanted.key, &wanted.blob);
            looked.map_err(|error| unavailable(&error))?
        };
        let now = look()?;
        let Some((offset, max)) = wanted.bytes.filter(|_| now.is_complete()) else {
            return Ok(stands(now, Vec::new()));
        };
        let bytes = store
            .blob_bytes(now, offset, max)
            .map_err(|error| unavailable(&error))?;
        if let Some(bytes) = bytes {
            return Ok(stands(now, bytes));
        }
        // It went between the row and the file; a row that is still there has lost its file.
        let again = look()?;
        if again == now {
            tracing::error!("the file of a blob is not there");
            return Err(Refused::UNAVAILABLE);
        }
        Ok(stands(again, Vec::new()))
    }
}

/// Whether what only a put uses says nothing.
fn puts_nothing(request: &BlobRequest<'_>) -> bool {
    request.total == 0 && request.bytes.is_empty()
}

/// Whether what a read uses says nothing.
const fn reads_nothing(request: &BlobRequest<'_>) -> bool {
    request.offset == 0 && request.bytes_max == 0
}

/// Checks what a put says by itself.
fn within_bounds(request: &BlobRequest<'_>) -> Result<(), Refused> {
    if request.bytes.len() > BLOB_PART_BYTES_MAX {
        return Err(too_large(BLOB_PART_BYTES_MAX));
    }
    if request.total > BLOB_BYTES_MAX {
        return Err(Refused::with(RefusalCode::TooLarge, BLOB_BYTES_MAX));
    }
    let end = request.offset.checked_add(request.bytes.len() as u64);
    if request.total == 0 || end.is_none_or(|end| end > request.total) {
        return Err(Refused::MALFORMED);
    }
    Ok(())
}

/// The answer that a blob stands so.
pub(super) fn stands(now: BlobNow, bytes: Vec<u8>) -> Answer {
    Answer::ok(&BlobAnswer {
        have: now.have,
        total: now.total,
        complete: now.is_complete(),
        bytes: Sealed::from(bytes),
    })
}
