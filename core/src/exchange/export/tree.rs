//! Many files in one place: a zip, or a folder.

use crate::exchange::ExportError;
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Takes files one after another. A path's parts are joined by `/`.
pub(in crate::exchange) trait Tree {
    /// Begins a file. One that is packed already is stored as it is.
    fn begin(&mut self, path: &str, is_packed: bool, bytes: u64) -> Result<(), ExportError>;

    /// Goes on with the file that was begun last.
    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError>;
}

/// Writes a whole file.
pub(in crate::exchange) fn put(tree: &mut dyn Tree, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
    tree.begin(path, false, bytes.len() as u64)?;
    tree.write(bytes)
}

/// Bytes of an attachment or a further file that are held at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Hands what `from` holds to `to`, a piece at a time. Only reading fails with [`ExportError::Interrupted`].
pub(in crate::exchange) fn in_pieces(
    from: &mut dyn Read,
    mut to: impl FnMut(&[u8]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => to(chunk.get(..read).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(ExportError::Interrupted),
        }
    }
}

/// A zip that is written from its beginning to its end, so that it can go through a cipher: sizes and sums stand behind each
/// file and in the directory at the end, as every reader of zips knows them.
pub(super) struct Zip<'a> {
    writer: ZipWriter<StreamWriter<Once<'a>>>,
    failed: Rc<Cell<Option<io::ErrorKind>>>,
}

impl<'a> Zip<'a> {
    pub(super) fn new(sink: &'a mut dyn Write) -> Self {
        let failed = Rc::default();
        let once = Once {
            sink,
            failed: Rc::clone(&failed),
        };
        Self {
            writer: ZipWriter::new_stream(once),
            failed,
        }
    }

    /// Writes the directory. Without it what was written is no zip.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        self.writer.finish()?;
        match self.failed.get() {
            None => Ok(()),
            Some(kind) => Err(ExportError::Unwritable { kind }),
        }
    }
}

/// A sink that fails once and is silent from then on: a zip that is dropped tries to write its end, and would tell the world by
/// standard error that it cannot.
struct Once<'a> {
    sink: &'a mut dyn Write,
    failed: Rc<Cell<Option<io::ErrorKind>>>,
}

impl Once<'_> {
    fn attempt<T>(&mut self, silent: T, work: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
        if self.failed.get().is_some() {
            return Ok(silent);
        }
        let answer = work(self.sink);
        if let Err(error) = &answer
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed.set(Some(error.kind()));
        }
        answer
    }
}

impl Write for Once<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(bytes.len(), |sink| sink.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt((), |sink| sink.flush())
    }
}

impl Tree for Zip<'_> {
    fn begin(&mut self, path: &str, is_packed: bool, bytes: u64) -> Result<(), ExportError> {
        let method = if is_packed {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        // A body may grow a little by being packed.
        let is_large = bytes > u64::from(u32::MAX) - 1024 * 1024;
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .large_file(is_large);
        Ok(self.writer.start_file(path, options)?)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        Ok(self.writer.write_all(bytes)?)
    }
}

/// A folder of files. Each is durable before the next begins.
pub(super) struct Folder {
    root: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            file: None,
        }
    }

    /// Makes the last file durable.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), ExportError> {
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        Ok(())
    }
}

impl Tree for Folder {
    fn begin(&mut self, path: &str, _: bool, _: u64) -> Result<(), ExportError> {
        self.end()?;
        let path = self.root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        self.file = Some(BufWriter::new(File::create_new(path)?));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        match &mut self.file {
            Some(file) => Ok(file.write_all(bytes)?),
            None => Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
        }
    }
}
