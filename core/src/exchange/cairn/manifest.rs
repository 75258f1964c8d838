//! `manifest.json`: every file of the archive, with its bytes and its sum.

use super::{FORMAT, VERSION};
use crate::exchange::ImportError;
use crate::exchange::export::links::hex;
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;

/// What a file holds, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
}

/// Adds up a file as it goes by.
#[derive(Default)]
pub(super) struct Adding {
    bytes: u64,
    sha256: Sha256,
}

impl Adding {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
    }

    pub(super) fn sum(self) -> Sum {
        Sum {
            bytes: self.bytes,
            sha256: self.sha256.finalize().into(),
        }
    }
}

/// The files of an archive that is being written, in the order of their paths.
#[derive(Default)]
pub(super) struct Listing(BTreeMap<String, Sum>);

impl Listing {
    pub(super) fn add(&mut self, path: &str, sum: Sum) {
        self.0.insert(path.to_owned(), sum);
    }

    pub(super) fn holds(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The manifest, a line a file.
    pub(super) fn lines(&self, made: &str) -> impl Iterator<Item = String> {
        let head = json!({
            "format": FORMAT,
            "version": VERSION,
            "generator": concat!("cairn-core ", env!("CARGO_PKG_VERSION")),
            "made": made,
        })
        .to_string();
        let files = self.0.iter().enumerate().map(|(at, (path, sum))| {
            let file = json!({"path": path, "bytes": sum.bytes, "sha256": hex(&sum.sha256)});
            format!("{}\n{file}", if at > 0 { "," } else { "" })
        });
        let head = format!("{},\n\"files\":[", head.trim_end_matches('}'));
        [head].into_iter().chain(files).chain(["\n]}\n".to_owned()])
    }
}

#[derive(Deserialize)]
struct Written {
    format: String,
    version: u64,
    #[serde(default)]
    made: String,
    #[serde(default)]
    files: Vec<WrittenFile>,
}

#[derive(Deserialize)]
struct WrittenFile {
    path: String,
    bytes: u64,
    sha256: String,
}

/// The manifest of an archive that is read: its files, and when it was made.
pub(super) struct Manifest {
    pub(super) files: BTreeMap<String, Sum>,
    pub(super) made: String,
}

impl Manifest {
    /// Reads it, and the `format` and `version` first: what is not ours, or newer, says so.
    pub(super) fn read(mut reader: impl Read) -> Result<Self, ImportError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let written: Written = serde_json::from_slice(&bytes).map_err(|_| ImportError::NoJournal)?;
        if written.format != FORMAT {
            return Err(ImportError::NoJournal);
        }
        if written.version > VERSION {
            return Err(ImportError::TooNew);
        }
        let mut files = BTreeMap::new();
        for file in written.files {
            let sha256 = HEXLOWER.decode(file.sha256.as_bytes()).ok();
            let sum = Sum {
                bytes: file.bytes,
                sha256: sha256.and_then(|sum| sum.try_into().ok()).ok_or(ImportError::Damaged)?,
            };
            if files.insert(file.path, sum).is_some() {
                return Err(ImportError::Damaged);
            }
        }
        Ok(Self {
            files,
            made: written.made,
        })
    }
}
