//! Where the bytes of blobs lie: in files of a folder, or as objects of a bucket. The number of a blob says which.
//!
//! | number | lies |
//! |---|---|
//! | below 2^62 | in a file ([`files`](super::files)) |
//! | 2^62 + incarnation * 2^30 + n | in a bucket ([`objects`](super::objects)) |
//!
//! A store that is told of a bucket goes on from the lowest number of its incarnation there: what it has in files stays in them as long as it lives,
//! and no number is ever given twice, whatever was put back or lost, because incarnations only go up.

use cairn_wire::BlobId;

use super::bucket::BucketError;
use super::files::Files;
use super::marker::Marker;
use super::objects::Objects;
use super::{RelayRow, StoreConfig, StoreError};

/// The first number that lies in a bucket.
pub(super) const IN_BUCKET: u64 = 1 << 62;

/// Whether the blob of this number lies in a bucket.
pub(super) const fn is_far(file: u64) -> bool {
    file >= IN_BUCKET
}

/// Bits of a number that count within an incarnation.
const COUNT_BITS: u32 = 30;

/// Says of a blob, by its number and with what counts of it, how much is left, where that is less.
pub(super) type Left<'a> = dyn FnMut(u64, u64) -> Option<u64> + 'a;

/// Whose the place in a bucket has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The store's that is checked, in its incarnation.
    Store,
    /// Its relay's: a store that is on its way takes it over when it gets there.
    Relay,
}

/// The bytes of every blob of a store.
pub(super) struct BlobBytes {
    files: Files,
    objects: Option<Objects>,
}

impl BlobBytes {
    pub(super) fn new(config: &StoreConfig) -> Result<Self, StoreError> {
        Ok(Self {
            files: Files::new(config),
            objects: config.bucket.as_ref().map(Objects::open).transpose()?,
        })
    }

    /// Takes the place in the bucket for a store, of which one relay has `holder`, and whose blobs have numbers up to `begun`. Answers what that has to be at least from
    /// now on.
    pub(super) fn take(&self, relay: &RelayRow, holder: Option<[u8; 16]>, begun: u64) -> Result<u64, StoreError> {
        let has_blobs = begun >= IN_BUCKET;
        let Some(objects) = &self.objects else {
            return if has_blobs {
                Err(BucketError::NotNamed.into())
            } else {
                Ok(0)
            };
        };
        let mine = holder.map_or_else(|| Marker::shared(relay), |holder| Marker::held(relay, holder));
        objects.take(mine, has_blobs)?;
        Ok(IN_BUCKET + (u64::from(relay.incarnation) << COUNT_BITS))
    }

    /// Before a store begins another incarnation: whether the place can be taken over with it.
    pub(super) fn may_take_over(&self, relay: &RelayRow, begun: u64) -> Result<(), StoreError> {
        match &self.objects {
            None if begun >= IN_BUCKET => Err(BucketError::NotNamed.into()),
            None => Ok(()),
            Some(objects) => Ok(objects.may_take_over(Marker::shared(relay))?),
        }
    }

    /// After it: says of each blob in the bucket, with what counts of it, how much is there, where that is less; then takes the place over.
    pub(super) fn take_over(
        &self,
        relay: &RelayRow,
        blobs: &mut dyn FnMut(&mut Left<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(objects) = &self.objects else { return Ok(()) };
        let lengths = objects.lengths()?;
        blobs(&mut |file, have| {
            let there = lengths.of.get(&file).copied().unwrap_or(0);
            (is_far(file) && there < have).then_some(there)
        })?;
        Ok(objects.take_over(Marker::shared(relay))?)
    }

    /// Whether the place in the bucket is whose it has to be, for this store, whose blobs have numbers up to `begun`; true where there need not be one.
    pub(super) fn belongs_to(&self, relay: &RelayRow, begun: u64, whose: Whose) -> Result<bool, StoreError> {
        let has_blobs = begun >= IN_BUCKET;
        match &self.objects {
            None if has_blobs => Err(BucketError::NotNamed.into()),
            None => Ok(true),
            Some(objects) => {
                let belongs = objects.belongs_to(Marker::shared(relay), whose)?;
                Ok(belongs.unwrap_or(!has_blobs))
            }
        }
    }

    /// See [`Files::writing`].
    pub(super) fn writing(&self, blob: &BlobId) -> std::sync::MutexGuard<'_, ()> {
        self.files.writing(blob)
    }

    /// Whether asking for bytes may take long.
    pub(super) const fn are_far(&self) -> bool {
        self.objects.is_some()
    }

    /// Whether the bucket answers, where there is one.
    pub(super) fn probe(&self) -> Result<(), StoreError> {
        Ok(self.objects.as_ref().map_or(Ok(()), Objects::probe)?)
    }

    /// Makes what a blob needs before its first part, if it is not there.
    pub(super) fn begin(&self, file: u64) -> Result<(), StoreError> {
        match self.far(file)? {
            None => self.files.begin(file),
            Some(_) => Ok(()),
        }
    }

    /// Writes `bytes` behind the first `have`, durably, and answers how many there are then: where a part of a write that was cut off lies there already, those of that part.
    pub(super) fn append(&self, file: u64, have: u64, bytes: &[u8]) -> Result<u64, StoreError> {
        match self.far(file)? {
            None => {
                self.files.append(file, have, bytes)?;
                Ok(have + bytes.len() as u64)
            }
            Some(objects) => Ok(objects.append(file, have, bytes)?),
        }
    }

    /// Reads bytes from `offset` on, or `None` if they are gone: `length` of them, of a bucket at least one.
    pub(super) fn read(&self, file: u64, offset: u64, length: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.far(file)? {
            None => self.files.read(file, offset, length),
            Some(objects) => Ok(objects.read(file, offset, length)?),
        }
    }

    /// How many bytes there are, or `None` if none are.
    pub(super) fn length(&self, file: u64) -> Result<Option<u64>, StoreError> {
        match self.far(file)? {
            None => self.files.length(file),
            Some(objects) => Ok(objects.length(file)?),
        }
    }

    /// Calls `each` with the number of every blob there are bytes of, in no order; with `None` for a file or an object that is none.
    pub(super) fn each(&self, each: &mut dyn FnMut(Option<u64>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.files.each(each)?;
        let Some(objects) = &self.objects else { return Ok(()) };
        let lengths = objects.lengths()?;
        for file in lengths.of.keys() {
            each(Some(*file))?;
        }
        for _ in 0..lengths.strange {
            each(None)?;
        }
        Ok(())
    }

    /// Removes blobs, durably, and answers which are gone for good. Those in a bucket are noted, and gone once [`Self::settle`] says so; see
    /// [`remover`](super::remover).
    pub(super) fn remove(&self, files: &[u64]) -> Result<Vec<u64>, StoreError> {
        let (far, near): (Vec<u64>, Vec<u64>) = files.iter().partition(|file| is_far(**file));
        // First, so that a folder that fails does not keep them.
        let mut gone = match &self.objects {
            Some(objects) => objects.remover().remove(&far),
            None if far.is_empty() => Vec::new(),
            None => return Err(BucketError::NotNamed.into()),
        };
        if !near.is_empty() {
            self.files.remove(&near)?;
            gone.extend(near);
        }
        Ok(gone)
    }

    /// A part was written of a blob that went meanwhile.
    pub(super) fn came_late(&self, file: u64) {
        if let Some(objects) = self.objects.as_ref().filter(|_| is_far(file)) {
            objects.remover().came_late(file);
        }
    }

    /// A part was written of a blob that no row names, nor will.
    pub(super) fn is_nobodys(&self, file: u64) {
        if let Some(objects) = self.objects.as_ref().filter(|_| is_far(file)) {
            objects.remover().is_nobodys(file);
        }
    }

    /// Whether nothing that was noted as removed is still there, as far as this relay knows.
    pub(super) fn is_settled(&self) -> bool {
        self.objects
            .as_ref()
            .is_none_or(|objects| objects.remover().is_settled())
    }

    /// Waits until what was noted as removed is; whether it is, in time.
    pub(super) async fn settle(&self) -> bool {
        match &self.objects {
            None => true,
            Some(objects) => objects.remover().settle().await,
        }
    }

    /// The same, on this thread.
    pub(super) fn settle_blocking(&self) -> bool {
        self.objects.as_ref().is_none_or(Objects::settle)
    }

    /// The bucket, if this number lies in it.
    fn far(&self, file: u64) -> Result<Option<&Objects>, StoreError> {
        if !is_far(file) {
            return Ok(None);
        }
        let objects = self.objects.as_ref().ok_or(BucketError::NotNamed)?;
        Ok(Some(objects))
    }
}
