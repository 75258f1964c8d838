//! Parts of blobs on their way: put and read beside the writer, which says what counts.

use std::time::Instant;

use cairn_wire::SpaceId;

use super::command::Written;
use super::{BlobNow, Command, Done, PutBlob, Refused, Store, StoreError};
use crate::limits::PART_ROW_AGE_MAX;

impl Store {
    /// Puts a part of a blob, beside the writer but for its rows. Blocks until it is durable.
    ///
    /// The writer says first whether the part is allowed and where the blob stands, and takes it up once it is durable
    /// in the file, under the same checks again: what happened meanwhile is told as if the part came after it.
    pub(crate) fn put_blob(&self, put: PutBlob, part: &[u8]) -> Result<BlobNow, Refused> {
        let _writing = self.files.writing(&put.blob);
        let _elsewhere = self.backend.writing(&put.blob).map_err(|error| {
            tracing::error!(%error, "a blob could not be locked");
            Refused::UNAVAILABLE
        })?;
        let asked = Instant::now();
        let now = self.put_row(put)?;
        let skip = now
            .have
            .checked_sub(put.offset)
            .and_then(|skip| usize::try_from(skip).ok());
        let Some(new) = skip.and_then(|skip| part.get(skip..)).filter(|new| !new.is_empty()) else {
            return Ok(now);
        };
        // Who was held up for so long might write after the blob went and everything of it was removed.
        if self.has_far_blobs() && asked.elapsed() > PART_ROW_AGE_MAX {
            return Err(Refused::UNAVAILABLE);
        }
        let upto = match self.files.append(now.file, now.have, new) {
            Ok(upto) => upto,
            Err(error) => {
                // Where the blob went meanwhile, the writer says so.
                self.put_row(put)?;
                tracing::error!(%error, "a part of a blob could not be stored");
                return Err(Refused::UNAVAILABLE);
            }
        };
        let written = Written {
            file: now.file,
            from: now.have,
            upto,
        };
        let taken_up = self.put_row(PutBlob {
            written: Some(written),
            ..put
        });
        match taken_up {
            Ok(now) if now.file == written.file => {}
            // Another blob has the name now: this number is nobody's any more.
            Ok(_) => self.files.is_nobodys(written.file),
            Err(_) => self.files.came_late(written.file),
        }
        taken_up
    }

    /// Whether blobs lie where asking for them may take long.
    pub(crate) fn has_far_blobs(&self) -> bool {
        self.files.are_far()
    }

    /// Whether a closed space is empty where blobs lie far away, too, so that this may be signed. What another node dropped is noted first.
    pub(crate) fn is_empty_of_blobs(&self, space: &SpaceId, now_ms: u64) -> bool {
        if !self.has_far_blobs() {
            return true;
        }
        let noted = self.backend.run(vec![Command::CloseDue { space: *space, now_ms }]);
        noted.iter().all(Result::is_ok) && self.files.is_settled()
    }

    /// Waits until blobs that went are gone where they lay, so that somebody may be told so; whether they are, in time.
    pub(crate) async fn settle(&self) -> bool {
        self.files.settle().await
    }

    /// The same, on this thread.
    pub(crate) fn settle_blocking(&self) -> bool {
        self.files.settle_blocking()
    }

    /// See [`BlobBytes::came_late`].
    #[cfg(test)]
    pub(crate) fn blob_came_late(&self, file: u64) {
        self.files.came_late(file);
        self.files.settle_blocking();
    }

    fn put_row(&self, put: PutBlob) -> Result<BlobNow, Refused> {
        match self.backend.run(vec![Command::PutBlob(put)]).pop() {
            Some(Ok(Done::Blob(now))) => Ok(now),
            Some(Err(refused)) => Err(refused),
            _ => Err(Refused::UNAVAILABLE),
        }
    }

    /// Bytes of a blob's file, or `None` if the blob went meanwhile.
    pub(crate) fn blob_bytes(&self, now: BlobNow, offset: u64, max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let left = usize::try_from(now.have.saturating_sub(offset)).unwrap_or(usize::MAX);
        match left.min(max) {
            // Not asked of the file, which knows no such place.
            0 => Ok(Some(Vec::new())),
            length => self.files.read(now.file, offset, length),
        }
    }
}
