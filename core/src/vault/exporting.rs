//! The journal out into a file.
//!
//! An export runs on a thread of its own and asks the readers for one page after another, so that writing, reading and going to sleep
//! wait for no export: a vault that is suspended ends it. The file is written beside its place under a name that nobody else has,
//! `cairn-<16 digits>.part`, made durable, and only then given its name: what has the name is whole. Nothing that is there is ever
//! removed, so what a killed export leaves stays for a person to remove.

use super::attachments::{AttachmentError, OpenAttachment};
use super::facade::{Journal, Vault};
use super::profile::fields_of;
use super::reply::{Reply, reply};
use super::{Engine, Error};
use crate::exchange::{ExportError, ExportOptions, Exported, FlatDocument, Outgoing, Sink, export};
use crate::id::{AttachmentId, EntryId, RelationshipId, random_bytes};
use crate::journal::{Attachment, Entry};
use crate::media;
use crate::profile::{Profile, says_who};
use crate::record::Kind;
use crate::store::View;
use crate::support::{KeptMessage, KeptRelationship, ShareCard};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Told how far a long work has come: what is done, and what there is.
pub(super) type TellHowFar = Box<dyn FnMut(usize, usize) + Send>;

impl Journal {
    /// Writes the journal, or one entry of it, to `path`. Nothing about the vault, its age or its state keeps it from being
    /// written, and no network is asked.
    ///
    /// `told` hears how far it has come, in entries written and entries in all; some forms go over them twice.
    pub fn export(
        &self,
        path: PathBuf,
        options: ExportOptions,
        told: impl FnMut(usize, usize) + Send + 'static,
    ) -> Reply<Exported> {
        let vault = self.0.clone();
        on_its_own("cairn-export", move || {
            let mut told = told;
            to_file(&vault, &path, &options, &mut told)
        })
    }
}

/// Runs long work on a thread of its own, which is gone when it is done.
pub(super) fn on_its_own<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Reply<T> {
    let (answer, reply) = reply();
    // Where no thread can be made the answer is dropped, and says so.
    drop(
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || answer.give(work())),
    );
    reply
}

fn to_file(
    vault: &Vault,
    path: &Path,
    options: &ExportOptions,
    told: &mut dyn FnMut(usize, usize),
) -> Result<Exported, Error> {
    options.check()?;
    refuse_existing(path, options)?;
    let asked = vault.ask(|engine| Ok((engine.now(), random_bytes(engine.entropy.as_mut()))));
    let (made, number) = asked.wait()?;
    let part = path.with_file_name(format!("cairn-{:016x}.part", u64::from_le_bytes(number)));
    let file = begin_private(&part, options.folder).map_err(ExportError::from)?;
    let mut outgoing = FromVault {
        vault: vault.clone(),
        people: options.people,
        cause: None,
    };
    let written = (|| {
        let exported = match file {
            None => export(&mut outgoing, options, made, Sink::Folder(&part), told)?,
            Some(file) => {
                let mut file = BufWriter::new(file);
                let exported = export(&mut outgoing, options, made, Sink::File(&mut file), told)?;
                file.flush()?;
                file.get_ref().sync_all()?;
                exported
            }
        };
        refuse_existing(path, options)?;
        fs::rename(&part, path)?;
        make_name_durable(path)?;
        Ok(exported)
    })();
    written.map_err(|error: ExportError| {
        // It was made here a moment ago. A part that cannot be removed either does not have the name of a whole one.
        drop(if options.folder {
            fs::remove_dir_all(&part)
        } else {
            fs::remove_file(&part)
        });
        match outgoing.cause.take() {
            Some(cause) if error == ExportError::Interrupted => cause,
            _ => error.into(),
        }
    })
}

/// A folder that is there is never replaced: it may hold other things.
fn refuse_existing(path: &Path, options: &ExportOptions) -> Result<(), ExportError> {
    match fs::symlink_metadata(path) {
        Ok(there) if options.replace && there.is_file() && !options.folder => Ok(()),
        Ok(_) => Err(ExportError::Exists),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes a new folder, or opens a new file, that its owner alone can read, where the system knows owners.
fn begin_private(path: &Path, is_folder: bool) -> io::Result<Option<File>> {
    if is_folder {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "only there a folder has a mode"))]
        let mut folder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        return folder.create(path).map(|()| None);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(Some)
}

/// Makes the name of a file survive a loss of power, where a folder can be asked for that.
fn make_name_durable(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// The vault, as an export sees it.
struct FromVault {
    vault: Vault,
    /// Whether what is between people goes out too.
    people: bool,
    /// Why it could not be read on.
    cause: Option<Error>,
}

impl FromVault {
    fn keep<T>(&mut self, answer: Result<T, Error>) -> Result<T, ExportError> {
        answer.map_err(|error| {
            self.cause = Some(error);
            ExportError::Interrupted
        })
    }

    fn read<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(View<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ExportError> {
        let answer = self.vault.shell().read(work).wait();
        self.keep(answer)
    }

    /// An attachment of which every byte was read once: what fails in the middle of a file that is being written would take the rest
    /// of the export with it. None where it is not here, or is damaged, which the vault then knows.
    fn open_whole(&mut self, id: AttachmentId) -> Result<Option<OpenAttachment>, ExportError> {
        let opened = self.vault.journal().attachment(id).wait();
        let whole = opened.and_then(|mut open| open.copy_to(&mut io::sink()).map(|()| open));
        match whole {
            Ok(mut open) => match open.seek(SeekFrom::Start(0)) {
                Ok(_) => Ok(Some(open)),
                Err(_) => Err(ExportError::Interrupted),
            },
            // An export says which ones it could not hold, and goes on.
            Err(Error::Attachment(why)) => {
                if why == AttachmentError::Damaged {
                    drop(self.vault.ask(move |engine| engine.attachment_did_not_open(id)).wait());
                }
                Ok(None)
            }
            Err(error) => self.keep(Err(error)),
        }
    }
}

/// Pictures that `media` cleans whole.
const CLEANED: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/avif"];

impl Outgoing for FromVault {
    fn ids(&mut self, trash: bool) -> Result<Vec<EntryId>, ExportError> {
        self.read(move |view| Ok(view.ids_oldest_first(trash)?))
    }

    fn entries(&mut self, ids: &[EntryId]) -> Result<Vec<Entry>, ExportError> {
        let ids = ids.to_vec();
        self.read(move |view| {
            let entries = ids.into_iter().map(|id| view.entry(id));
            let entries: Result<Vec<Option<Entry>>, _> = entries.collect();
            Ok(entries?.into_iter().flatten().collect())
        })
    }

    fn open_attachment(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
        let whole = self.open_whole(attachment.id)?;
        Ok(whole.map(|open| Box::new(open) as Box<dyn Read>))
    }

    fn open_picture(&mut self, attachment: &Attachment) -> Result<Option<Box<dyn Read>>, ExportError> {
        let Some(open) = self.open_whole(attachment.id)? else {
            return Ok(None);
        };
        // Kept with or without what it says of where and with what it was made: to others it goes without.
        let (look, pieces) = media::look(Box::new(open), true).map_err(|_| ExportError::Interrupted)?;
        let is_cleaned = CLEANED.contains(&look.media_type.as_str());
        Ok(is_cleaned.then(|| Box::new(pieces) as Box<dyn Read>))
    }

    fn documents(&mut self) -> Result<Vec<FlatDocument>, ExportError> {
        let mut fields = self.read(|view| fields_of(view, Kind::Profile))?;
        let mut settings = self.read(|view| fields_of(view, Kind::Settings))?;
        if !self.people {
            for fields in [&mut fields, &mut settings] {
                fields.retain(|name, _| !says_who(name));
            }
        }
        let profile = Profile::from_fields(&fields);
        let plan = self.read(|view| fields_of(view, Kind::Plan))?;
        let all = [
            FlatDocument::profile(fields, &profile),
            FlatDocument::settings(settings),
            FlatDocument::plan(plan),
        ];
        Ok(all.into_iter().filter(|document| !document.fields.is_empty()).collect())
    }

    fn relationships(&mut self) -> Result<Vec<KeptRelationship>, ExportError> {
        if !self.people {
            return Ok(Vec::new());
        }
        let answer = self.vault.support().ask(|engine| engine.people_to_export()).wait();
        self.keep(answer)
    }

    fn shares(&mut self) -> Result<Vec<ShareCard>, ExportError> {
        if !self.people {
            return Ok(Vec::new());
        }
        let answer = self.vault.support().ask(|engine| engine.shares_to_export()).wait();
        self.keep(answer)
    }

    fn conversation(&mut self, relationship: RelationshipId) -> Result<Vec<KeptMessage>, ExportError> {
        let conversation = move |engine: &mut Engine| engine.conversation_to_export(relationship);
        let answer = self.vault.support().ask(conversation).wait();
        self.keep(answer)
    }
}
