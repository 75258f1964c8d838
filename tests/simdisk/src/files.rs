//! Files and their directory, each with what the process sees (*live*), what a power loss cannot take (*durable*), and what lies between.
//!
//! | what is not synced | after a power loss |
//! |---|---|
//! | a write | whole, gone, or torn: each 512-byte sector of it new or old |
//! | a truncation | done or not |
//! | names made and deleted | per name, the first few of its changes in order |
//!
//! A file's own sync keeps its data and its newest name (as ext4, XFS and APFS do); a deletion is kept only by a sync of the directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lock::Locks;
use crate::random::Random;

/// The unit that a disk writes whole or not at all, in bytes.
const SECTOR_BYTES: usize = 512;

/// A change of a file's content that no sync has covered yet.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Write(u64, Arc<[u8]>),
    Truncate(u64),
}

/// How kind a power loss is. Independent draws alone would almost never lose, or keep, everything at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Nothing,
    Everything,
    Mixed,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    durable: Arc<Vec<u8>>,
    live: Arc<Vec<u8>>,
    pending: Vec<Op>,
    locks: Locks,
    handles: u32,
}

#[derive(Clone, Debug)]
struct NameChange {
    name: String,
    inode: Option<u64>,
}

/// All files of a disk. Cloning is cheap: images are shared until written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    inodes: BTreeMap<u64, Inode>,
    live: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
    pending: Vec<NameChange>,
    created: u64,
}

impl Files {
    pub(crate) fn find(&self, name: &str) -> Option<u64> {
        self.live.get(name).copied()
    }

    pub(crate) const fn names(&self) -> &BTreeMap<String, u64> {
        &self.live
    }

    /// Bytes of everything a process can see, deleted but open files included.
    pub(crate) fn bytes(&self) -> u64 {
        self.inodes.values().map(|inode| inode.live.len() as u64).sum()
    }

    pub(crate) fn live(&self, inode: u64) -> &[u8] {
        self.inodes.get(&inode).map_or(&[], |inode| inode.live.as_slice())
    }

    /// Makes an empty file; one without a name is temporary and gone when closed.
    pub(crate) fn create(&mut self, name: Option<&str>) -> u64 {
        self.created += 1;
        self.inodes.insert(self.created, Inode::default());
        if let Some(name) = name {
            self.live.insert(name.to_owned(), self.created);
            self.pending.push(NameChange {
                name: name.to_owned(),
                inode: Some(self.created),
            });
        }
        self.created
    }

    pub(crate) fn delete(&mut self, name: &str) -> bool {
        let existed = self.live.remove(name).is_some();
        if existed {
            self.pending.push(NameChange {
                name: name.to_owned(),
                inode: None,
            });
        }
        existed
    }

    pub(crate) fn hold(&mut self, inode: u64) {
        if let Some(inode) = self.inodes.get_mut(&inode) {
            inode.handles += 1;
        }
    }

    pub(crate) fn release(&mut self, inode: u64, deletes: bool) {
        if let Some(held) = self.inodes.get_mut(&inode) {
            held.handles = held.handles.saturating_sub(1);
        }
        if deletes {
            let name = self
                .live
                .iter()
                .find(|&(_, &named)| named == inode)
                .map(|(name, _)| name.clone());
            if let Some(name) = name {
                self.delete(&name);
            }
        }
        self.sweep();
    }

    pub(crate) fn locks(&mut self, inode: u64) -> Option<&mut Locks> {
        self.inodes.get_mut(&inode).map(|inode| &mut inode.locks)
    }

    pub(crate) fn apply(&mut self, inode: u64, op: Op) {
        if let Some(inode) = self.inodes.get_mut(&inode) {
            write_whole(Arc::make_mut(&mut inode.live), &op);
            inode.pending.push(op);
        }
    }

    pub(crate) fn sync(&mut self, inode: u64, syncs_directory: bool) {
        if let Some(synced) = self.inodes.get_mut(&inode) {
            let durable = Arc::make_mut(&mut synced.durable);
            for op in synced.pending.drain(..) {
                write_whole(durable, &op);
            }
        }
        let name = self
            .live
            .iter()
            .find(|&(_, &named)| named == inode)
            .map(|(name, _)| name.clone());
        if let Some(name) = name {
            if syncs_directory {
                self.sync_directory_of(&name);
            } else {
                self.sync_names(|changed| changed == name);
            }
        }
    }

    /// Some of what was pending reaches the disk, the rest never will, and nobody is told.
    pub(crate) fn fail_sync(&mut self, inode: u64, random: &mut Random) {
        if let Some(synced) = self.inodes.get_mut(&inode) {
            let durable = Arc::make_mut(&mut synced.durable);
            for op in synced.pending.drain(..) {
                if random.coin() {
                    write_whole(durable, &op);
                }
            }
        }
    }

    pub(crate) fn sync_directory_of(&mut self, name: &str) {
        let folder = folder(name).to_owned();
        self.sync_names(|changed| self::folder(changed) == folder);
    }

    fn sync_names(&mut self, is_synced: impl Fn(&str) -> bool) {
        let (synced, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change| is_synced(&change.name));
        self.pending = kept;
        for change in synced {
            self.keep_name(change);
        }
        self.sweep();
    }

    fn keep_name(&mut self, change: NameChange) {
        match change.inode {
            Some(inode) => self.durable.insert(change.name, inode),
            None => self.durable.remove(&change.name),
        };
    }

    /// Everything reaches the disk: an honest sync of all files and folders.
    pub(crate) fn settle(&mut self) {
        for inode in self.inodes.values_mut() {
            inode.pending.clear();
            inode.durable = Arc::clone(&inode.live);
        }
        self.pending.clear();
        self.durable = self.live.clone();
        self.sweep();
    }

    /// Draws the disk that is found after the lights come back. Live and durable are one again.
    pub(crate) fn lose_power(&mut self, mood: Mood, random: &mut Random) {
        let mut by_name: BTreeMap<String, Vec<NameChange>> = BTreeMap::new();
        for change in std::mem::take(&mut self.pending) {
            by_name.entry(change.name.clone()).or_default().push(change);
        }
        for changes in by_name.into_values() {
            let count = changes.len() as u64;
            let kept = match mood {
                Mood::Nothing => 0,
                Mood::Everything => count,
                Mood::Mixed => random.below(count + 1),
            };
            for (_, change) in (0..kept).zip(changes) {
                self.keep_name(change);
            }
        }
        self.live = self.durable.clone();
        for inode in self.inodes.values_mut() {
            if !inode.pending.is_empty() {
                let image = Arc::make_mut(&mut inode.durable);
                for op in inode.pending.drain(..) {
                    match (mood, &op) {
                        (Mood::Nothing, _) => {}
                        (Mood::Everything, op) => write_whole(image, op),
                        (Mood::Mixed, op) => match (random.below(3), op) {
                            (0, op) => write_whole(image, op),
                            (2, Op::Write(offset, bytes)) => write_torn(image, *offset, bytes, random),
                            _ => {}
                        },
                    }
                }
            }
            inode.live = Arc::clone(&inode.durable);
        }
    }

    /// No handle is open any more: locks are free and files without a name are gone.
    pub(crate) fn forget_handles(&mut self) {
        for inode in self.inodes.values_mut() {
            inode.handles = 0;
            inode.locks = Locks::default();
        }
        self.sweep();
    }

    /// Changes an image behind everybody's back, durable and live alike.
    pub(crate) fn tamper(&mut self, name: &str, with: impl Fn(&mut Vec<u8>)) -> bool {
        let Some(inode) = self.live.get(name).and_then(|inode| self.inodes.get_mut(inode)) else {
            return false;
        };
        with(Arc::make_mut(&mut inode.live));
        with(Arc::make_mut(&mut inode.durable));
        true
    }

    fn sweep(&mut self) {
        let Self {
            inodes,
            live,
            durable,
            pending,
            ..
        } = self;
        inodes.retain(|inode, content| {
            content.handles > 0
                || live.values().any(|named| named == inode)
                || durable.values().any(|named| named == inode)
                || pending.iter().any(|change| change.inode == Some(*inode))
        });
    }
}

fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn write_whole(image: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Write(offset, bytes) => write_at(image, usize::try_from(*offset).unwrap_or(usize::MAX), bytes),
        Op::Truncate(length) => {
            image.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0);
        }
    }
}

/// Writes each sector of the range or leaves it. Sectors lie where the disk has them, not where the write begins.
fn write_torn(image: &mut Vec<u8>, offset: u64, bytes: &[u8], random: &mut Random) {
    let mut at = usize::try_from(offset).unwrap_or(usize::MAX);
    let mut rest = bytes;
    while !rest.is_empty() {
        let room = SECTOR_BYTES - at % SECTOR_BYTES;
        let (sector, after) = rest.split_at(room.min(rest.len()));
        if random.coin() {
            write_at(image, at, sector);
        }
        at += sector.len();
        rest = after;
    }
}

fn write_at(image: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset.saturating_add(bytes.len());
    if image.len() < end {
        image.resize(end, 0);
    }
    if let Some(target) = image.get_mut(offset..end) {
        target.copy_from_slice(bytes);
    }
}
