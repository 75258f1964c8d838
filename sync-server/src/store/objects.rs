//! Blobs' bytes in a bucket: each part an object of its own, written once and never over.
//!
//! | object, below the prefix | |
//! |---|---|
//! | `cairn-relay` | whose the place is ([`marker`]) |
//! | `<file>/<offset>` | the bytes of a part, from this offset of the blob on; both as 16 hexadecimal digits |
//!
//! **Invariants**
//! * A part is created, never overwritten and never removed but with all of its blob: whoever finds one at the offset where a blob stands takes it
//!   for what came first. So what a crash, a lost answer or a node that was too slow leaves behind is counted whole by the next part, or never; it
//!   cannot change what counts.
//! * The objects below what counts are the parts that counted, end to end, since every part begins where the one before ended.
//! * Nothing is written or removed where another store holds the place.
//!
//! Everything is asked on a runtime of its own, so that any thread may wait for it, and each call ends in time.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _, PutMode, PutPayload};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::blob_bytes::Whose;
use super::bucket::{Bucket, BucketError};
use super::lock;
use super::marker::{self, Marker};
use super::remover::Remover;
use crate::limits::{BUCKET_CALL_TIMEOUT, BUCKET_HELD_FOR, BUCKET_PARTS_AT_ONCE, BUCKET_REMOVE_TIMEOUT};

use cairn_wire::bounds::BLOB_PART_BYTES_MAX;

/// A place in a bucket, open.
pub(super) struct Objects {
    place: Arc<Place>,
    remover: Arc<Remover>,
    /// `None` once it is closed.
    runtime: Option<Runtime>,
}

/// What is asked there, and on whose behalf.
pub(super) struct Place {
    client: AmazonS3,
    prefix: Path,
    mine: Mutex<Option<Marker>>,
    /// When it was seen last that the place is ours.
    seen: Mutex<Option<Instant>>,
}

impl Objects {
    pub(super) fn open(bucket: &Bucket) -> Result<Self, BucketError> {
        let place = Arc::new(Place {
            client: bucket.open()?,
            prefix: bucket.prefix().clone(),
            mine: Mutex::default(),
            seen: Mutex::default(),
        });
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("cairn-bucket").enable_all();
        let runtime = builder.build().map_err(|_| BucketError::Failed)?;
        let remover = Remover::start(&runtime, &place);
        Ok(Self {
            place,
            remover,
            runtime: Some(runtime),
        })
    }

    /// Takes the place for the store that this marker names, which has blobs in a bucket or not yet.
    pub(super) fn take(&self, mine: Marker, has_blobs: bool) -> Result<(), BucketError> {
        self.wait(|place| async move { place.take(mine, has_blobs).await })
    }

    /// Takes the place from another incarnation of the same relay, whose operator said so.
    pub(super) fn take_over(&self, mine: Marker) -> Result<(), BucketError> {
        self.wait(|place| async move {
            let there = place.marker().await?;
            if there.is_some_and(|there| !there.is_of_relay(&mine)) {
                return Err(BucketError::OtherRelay);
            }
            place.write_marker(&mine).await
        })
    }

    /// Whether the place can be taken over, before anything is changed for it.
    pub(super) fn may_take_over(&self, mine: Marker) -> Result<(), BucketError> {
        self.wait(|place| async move {
            match place.marker().await? {
                Some(there) if !there.is_of_relay(&mine) => Err(BucketError::OtherRelay),
                _ => Ok(()),
            }
        })
    }

    /// Whether the place says that it is whose it has to be; `None` where it says nothing. Nothing is changed.
    pub(super) fn belongs_to(&self, mine: Marker, whose: Whose) -> Result<Option<bool>, BucketError> {
        self.wait(|place| async move {
            let there = place.marker().await?;
            Ok(there.map(|there| match whose {
                Whose::Store => there.is_of_store(&mine),
                Whose::Relay => there.is_of_relay(&mine),
            }))
        })
    }

    /// Whether the server answers and the place is still ours.
    pub(super) fn probe(&self) -> Result<(), BucketError> {
        self.wait(|place| async move { place.seen_ours().await })
    }

    /// Creates the part that begins behind the first `have` bytes, and answers how many there are with it. Where one is there already, that one
    /// counts. A blob that goes takes none any more.
    pub(super) fn append(&self, file: u64, have: u64, bytes: &[u8]) -> Result<u64, BucketError> {
        let writing = self.remover.writing(file).ok_or(BucketError::NotThere)?;
        let bytes = PutPayload::from(bytes.to_vec());
        let appended = self.wait(|place| async move { place.append(file, have, bytes).await });
        drop(writing);
        appended
    }

    /// Reads up to `length` bytes from `offset` on, at least one; `None` if nothing is there.
    pub(super) fn read(&self, file: u64, offset: u64, length: usize) -> Result<Option<Vec<u8>>, BucketError> {
        self.wait(|place| async move { place.read(file, offset, length).await })
    }

    /// How many bytes there are end to end, or `None` if nothing is there.
    pub(super) fn length(&self, file: u64) -> Result<Option<u64>, BucketError> {
        self.wait(|place| async move {
            let mut lengths = Lengths::default();
            let mut parts = place.client.list(Some(&place.folder(file)));
            while let Some(part) = parts.try_next().await? {
                lengths.add(&place, &part);
            }
            Ok(lengths.of.get(&file).copied())
        })
    }

    /// The length of every blob there is, as [`Self::length`] answers it, and how many objects are none of ours. Takes as long as it takes: for what is done
    /// beside a relay.
    pub(super) fn lengths(&self) -> Result<Lengths, BucketError> {
        let place = Arc::clone(&self.place);
        self.wait_for(async move {
            let mut lengths = Lengths::default();
            let mut parts = place.client.list(Some(&place.prefix));
            while let Some(part) = timeout(BUCKET_CALL_TIMEOUT, parts.try_next())
                .await
                .map_err(|_| BucketError::Unreachable)??
            {
                lengths.add(&place, &part);
            }
            Ok(lengths)
        })
    }

    /// What removes.
    pub(super) fn remover(&self) -> &Remover {
        &self.remover
    }

    /// Waits until what is going is removed; whether it is, in time.
    pub(super) fn settle(&self) -> bool {
        let remover = Arc::clone(&self.remover);
        self.wait_for(async move { Ok(remover.settle().await) })
            .unwrap_or(false)
    }

    fn wait<T, F>(&self, ask: impl FnOnce(Arc<Place>) -> F) -> Result<T, BucketError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, BucketError>> + Send + 'static,
    {
        let asked = ask(Arc::clone(&self.place));
        self.wait_for(async move {
            let answered = timeout(BUCKET_CALL_TIMEOUT, asked).await;
            answered.unwrap_or(Err(BucketError::Unreachable))
        })
    }

    /// On a channel, because whoever waits may be a thread of another runtime.
    fn wait_for<T: Send + 'static>(
        &self,
        asked: impl Future<Output = Result<T, BucketError>> + Send + 'static,
    ) -> Result<T, BucketError> {
        let Some(runtime) = &self.runtime else {
            return Err(BucketError::Failed);
        };
        let (answer, answered) = mpsc::sync_channel(1);
        runtime.spawn(async move { drop(answer.send(asked.await)) });
        answered.recv().unwrap_or(Err(BucketError::Failed))
    }
}

impl Drop for Objects {
    /// Whoever drops it may be asynchronous, and what is under way is found again.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The lengths of blobs, from their parts in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    /// Bytes end to end, by file.
    pub(super) of: HashMap<u64, u64>,
    /// Objects that are none of ours.
    pub(super) strange: u64,
}

impl Lengths {
    fn add(&mut self, place: &Place, part: &ObjectMeta) {
        match place.name_of(&part.location) {
            Some(Name::Part(file, offset)) => {
                let length = self.of.entry(file).or_default();
                if *length == offset {
                    *length += part.size;
                }
            }
            Some(Name::Marker) => {}
            None => self.strange += 1,
        }
    }
}

/// What an object is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Marker,
    Part(u64, u64),
}

impl Place {
    async fn take(&self, mine: Marker, has_blobs: bool) -> Result<(), BucketError> {
        let text = || PutPayload::from(mine.text());
        match self.marker().await? {
            None if has_blobs => return Err(BucketError::Lost),
            None => match self.create(&self.marker_path(), text()).await? {
                true => {}
                // Another node was first, or another relay.
                false if self.marker().await?.is_some_and(|there| there.is_of_store(&mine)) => {}
                false => return Err(BucketError::OtherRelay),
            },
            Some(there) if !there.is_of_relay(&mine) => return Err(BucketError::OtherRelay),
            Some(there) if !there.is_of_store(&mine) => return Err(BucketError::OtherIncarnation),
            Some(there) if there != mine => self.write_marker(&mine).await?,
            Some(_) => {}
        }
        if self.create(&self.marker_path(), text()).await? {
            return Err(BucketError::WritesOver);
        }
        *lock(&self.mine) = Some(mine);
        Ok(())
    }

    async fn marker(&self) -> Result<Option<Marker>, BucketError> {
        let there = match self.client.get(&self.marker_path()).await {
            Err(object_store::Error::NotFound { .. }) => {
                // A bucket that is not there is told by the same status.
                let listed = self.client.list(Some(&self.prefix)).next().await.transpose();
                return match listed.map_err(BucketError::from) {
                    // The server has just answered.
                    Err(BucketError::Unreachable) => Err(BucketError::NotThere),
                    listed => listed.map(|_| None),
                };
            }
            there => there?,
        };
        let version = there.meta.version.as_deref();
        if version.is_some_and(|version| version != "null") {
            return Err(BucketError::KeepsVersions);
        }
        let there = there.bytes().await?;
        Marker::read(&there).map(Some).ok_or(BucketError::OtherRelay)
    }

    async fn write_marker(&self, marker: &Marker) -> Result<(), BucketError> {
        self.client.put(&self.marker_path(), marker.text().into()).await?;
        Ok(())
    }

    /// Whether the place is ours, asked now.
    pub(super) async fn is_ours(&self) -> Result<(), BucketError> {
        *lock(&self.seen) = None;
        let there = self.marker().await?;
        if there.is_none() || there != *lock(&self.mine) {
            return Err(BucketError::OtherIncarnation);
        }
        *lock(&self.seen) = Some(Instant::now());
        Ok(())
    }

    /// The same, as it was seen a moment ago.
    async fn seen_ours(&self) -> Result<(), BucketError> {
        let seen = *lock(&self.seen);
        if seen.is_some_and(|seen| seen.elapsed() < BUCKET_HELD_FOR) {
            return Ok(());
        }
        self.is_ours().await
    }

    /// Creates an object; whether it was not there.
    async fn create(&self, path: &Path, bytes: PutPayload) -> Result<bool, BucketError> {
        match self.client.put_opts(path, bytes, PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn append(&self, file: u64, have: u64, bytes: PutPayload) -> Result<u64, BucketError> {
        self.seen_ours().await?;
        let path = self.part(file, have);
        let length = bytes.content_length() as u64;
        if self.create(&path, bytes).await? {
            return Ok(have + length);
        }
        match self.client.head(&path).await?.size {
            0 => Err(BucketError::Failed),
            length => Ok(have + length),
        }
    }

    async fn read(&self, file: u64, offset: u64, length: usize) -> Result<Option<Vec<u8>>, BucketError> {
        let end = offset + length as u64;
        // No part is longer: the one that has the first byte begins after this.
        let mut parts = match offset.checked_sub(BLOB_PART_BYTES_MAX as u64) {
            Some(after) => self
                .client
                .list_with_offset(Some(&self.folder(file)), &self.part(file, after)),
            None => self.client.list(Some(&self.folder(file))),
        };
        let mut read = Vec::new();
        let mut asked = 0;
        while let Some(part) = parts.try_next().await? {
            let at = offset + read.len() as u64;
            let begins = match self.name_of(&part.location) {
                Some(Name::Part(_, begins)) if begins + part.size > at => begins,
                _ => continue,
            };
            if begins >= end || asked == BUCKET_PARTS_AT_ONCE {
                break;
            }
            if begins > at {
                return Err(BucketError::NotThere);
            }
            let range = at - begins..part.size.min(end - begins);
            read.extend_from_slice(&self.client.get_range(&part.location, range).await?);
            asked += 1;
            if read.len() >= length {
                break;
            }
        }
        Ok((!read.is_empty()).then_some(read))
    }

    /// Removes every part of a blob. One that is not there is removed already.
    pub(super) async fn remove(&self, file: u64) -> Result<(), BucketError> {
        let remove = async {
            self.is_ours().await?;
            let parts = self.client.list(Some(&self.folder(file)));
            let paths = parts.map_ok(|part| part.location).boxed();
            self.client.delete_stream(paths).try_for_each(async |_| Ok(())).await?;
            Ok(())
        };
        let removed = timeout(BUCKET_REMOVE_TIMEOUT, remove).await;
        removed.unwrap_or(Err(BucketError::Unreachable))
    }

    fn marker_path(&self) -> Path {
        self.prefix.clone().join(marker::NAME)
    }

    fn folder(&self, file: u64) -> Path {
        self.prefix.clone().join(super::files::name_of(file))
    }

    fn part(&self, file: u64, offset: u64) -> Path {
        self.folder(file).join(super::files::name_of(offset))
    }

    fn name_of(&self, path: &Path) -> Option<Name> {
        if *path == self.marker_path() {
            return Some(Name::Marker);
        }
        let mut names = path.prefix_match(&self.prefix)?;
        let (file, offset) = (names.next()?, names.next()?);
        let number = |name: &str| {
            let number = u64::from_str_radix(name, 16).ok()?;
            (super::files::name_of(number) == name).then_some(number)
        };
        let part = Name::Part(number(file.as_ref())?, number(offset.as_ref())?);
        names.next().is_none().then_some(part)
    }
}
