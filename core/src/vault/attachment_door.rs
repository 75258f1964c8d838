//! The journal's calls for attachments. Long work runs on threads of its own, with short visits to the engine.

use super::Error;
use super::attaching::{Keeping, Prepared};
use super::attachments::{AttachmentError, AttachmentState, OpenAttachment, attachment_state, unwritable};
use super::carrying::{AttachmentPolicy, AttachmentProgress};
use super::facade::{Journal, Sync};
use super::latch::Latch;
use super::reply::Reply;
use super::shell::Writer;
use crate::id::AttachmentId;
use crate::journal::Attachment;
use crate::media::ReadSeek;
use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Journal {
    /// Keeps the file at `path` as an attachment. When this answers, it survives a loss of power; put the answer into the
    /// `attachments` of a draft, because what nothing names for thirty days is let go. The same bytes are one attachment. The file itself
    /// stays where it is.
    pub fn attach(&self, path: PathBuf, keeping: Keeping) -> Reply<Attachment> {
        let writer = self.0.0.shell.writer.clone();
        self.0.0.shell.attach(move || {
            let file = File::open(&path).map_err(|_| AttachmentError::Unreadable)?;
            // A folder opens like a file on some systems.
            if !file.metadata().is_ok_and(|file| file.is_file()) {
                return Err(AttachmentError::Unreadable.into());
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let keeping = Keeping {
                original_name: if keeping.original_name.is_empty() {
                    name.unwrap_or_default()
                } else {
                    keeping.original_name
                },
                ..keeping
            };
            attach(&writer, Box::new(file), keeping)
        })
    }

    /// Keeps these bytes as an attachment, as [`Self::attach`] does.
    pub fn attach_bytes(&self, bytes: Vec<u8>, keeping: Keeping) -> Reply<Attachment> {
        self.attach_from(Box::new(Cursor::new(bytes)), keeping)
    }

    /// Keeps what `source` holds as an attachment, as [`Self::attach`] does. It is read twice.
    pub fn attach_from(&self, source: Box<dyn ReadSeek>, keeping: Keeping) -> Reply<Attachment> {
        let writer = self.0.0.shell.writer.clone();
        self.0.0.shell.attach(move || attach(&writer, source, keeping))
    }

    /// Opens an attachment. What it answers may be read on any thread, also after a suspension, and not
    /// while the vault is locked.
    pub fn attachment(&self, id: AttachmentId) -> Reply<OpenAttachment> {
        self.0.ask(move |engine| engine.open_attachment(id))
    }

    /// Where the bytes of an attachment are.
    pub fn attachment_state(&self, id: AttachmentId) -> Reply<AttachmentState> {
        self.0.0.shell.read(move |view| attachment_state(view, id))
    }

    /// At most `count` bytes of an attachment from `offset` on; fewer at its end.
    pub fn read_attachment(&self, id: AttachmentId, offset: u64, count: usize) -> Reply<Vec<u8>> {
        let writer = self.0.0.shell.writer.clone();
        self.0.0.shell.open(move || {
            let read = writer
                .ask_for_app(move |engine| engine.open_attachment(id))
                .wait()
                .and_then(|mut open| open.read_range(offset, count));
            noting_damage(&writer, id, read)
        })
    }

    /// Writes an attachment, as anybody can read it, into a new file at `path`. A file that is there already stays as it is.
    pub fn save_attachment(&self, id: AttachmentId, path: PathBuf) -> Reply<()> {
        let writer = self.0.0.shell.writer.clone();
        self.0.0.shell.open(move || {
            let saved = writer
                .ask_for_app(move |engine| engine.open_attachment(id))
                .wait()
                .and_then(|mut open| save(&mut open, &path));
            noting_damage(&writer, id, saved)
        })
    }

    /// Keeps a small picture of an attachment, which the app made, or takes it away. It stays on this device, sealed, and goes with
    /// the attachment.
    pub fn set_thumbnail(&self, id: AttachmentId, thumbnail: Option<Vec<u8>>) -> Reply<()> {
        self.0.ask(move |engine| engine.set_thumbnail(id, thumbnail.as_deref()))
    }

    /// The small picture of an attachment, if the app has made one on this device.
    pub fn thumbnail(&self, id: AttachmentId) -> Reply<Option<Vec<u8>>> {
        self.0.0.shell.read(move |view| Ok(view.thumbnail(id)?))
    }
}

impl Journal {
    /// Asks for an attachment of another device, whatever the choice for attachments is. The next round of sync brings it.
    pub fn fetch_attachment(&self, id: AttachmentId) -> Reply<()> {
        self.0.ask(move |engine| engine.fetch_attachment(id))
    }
}

impl Sync {
    /// Which attachments a round of sync carries on this device.
    pub fn attachment_policy(&self) -> Reply<AttachmentPolicy> {
        self.0.ask(|engine| engine.attachment_policy())
    }

    /// Chooses which attachments a round of sync carries on this device.
    pub fn set_attachment_policy(&self, policy: AttachmentPolicy) -> Reply<()> {
        self.0.ask(move |engine| engine.set_attachment_policy(policy))
    }

    /// What is still to be carried.
    pub fn attachment_progress(&self) -> Reply<AttachmentProgress> {
        self.0.ask(|engine| engine.attachment_progress())
    }
}

fn attach(writer: &Writer, source: Box<dyn ReadSeek>, keeping: Keeping) -> Result<Attachment, Error> {
    let latch = Arc::clone(writer.latch());
    let kept = keep(writer, Box::new(WhileUnlocked { source, latch }), keeping);
    // What stopped the reading is said, not that it stopped.
    if kept.is_err() {
        writer.latch().pass_unseen()?;
    }
    kept
}

fn keep(writer: &Writer, source: Box<dyn ReadSeek>, keeping: Keeping) -> Result<Attachment, Error> {
    let mut prepared = Prepared::of(source, keeping)?;
    loop {
        let asked = writer.ask_for_app(move |engine| {
            let sealing = engine.begin_attachment(&prepared)?;
            Ok((prepared, sealing))
        });
        let (mut begun, sealing) = asked.wait()?;
        let sealed = sealing.map(|sealing| sealing.seal(&mut begun)).transpose()?;
        let asked = writer.ask(move |engine| {
            let finished = engine.finish_attachment(&begun, sealed)?;
            Ok((begun, finished))
        });
        match asked.wait()? {
            (_, Some(attachment)) => return Ok(attachment),
            // It was here when it was begun, and is no more.
            (begun, None) => prepared = begun,
        }
    }
}

/// A source that ends when the vault is locked: sealing a long film does not go on with its key in memory.
struct WhileUnlocked {
    source: Box<dyn ReadSeek>,
    latch: Arc<Latch>,
}

impl Read for WhileUnlocked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.latch.is_locked() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.source.read(buffer)
    }
}

impl Seek for WhileUnlocked {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

fn save(open: &mut OpenAttachment, path: &Path) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(unwritable)?;
    let saved = open
        .copy_to(&mut file)
        .and_then(|()| file.sync_all().map_err(unwritable));
    if saved.is_err() {
        // Half a photo under the name of a whole one helps nobody. It was made here a moment ago.
        drop(std::fs::remove_file(path));
    }
    saved
}

/// What does not open here is fetched again by the next sync, where the relay has it.
fn noting_damage<T>(writer: &Writer, id: AttachmentId, answer: Result<T, Error>) -> Result<T, Error> {
    if matches!(answer, Err(Error::Attachment(AttachmentError::Damaged))) {
        drop(writer.ask(move |engine| engine.attachment_did_not_open(id)).wait());
    }
    answer
}
