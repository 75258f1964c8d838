//! TLS by rustls: a certificate and its key from files, taken anew when they change.
//!
//! Connections that are open keep what they began with; the next one gets the new. A file that cannot be used changes nothing
//! but the log: a renewal that went wrong must not take a relay down that still has weeks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The files of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsFiles {
    /// The certificate and what leads to its root, PEM, its own first.
    pub certificate: PathBuf,
    /// Its private key, PEM. The relay reads it and writes it nowhere.
    pub key: PathBuf,
}

impl TlsFiles {
    /// A certificate and its key.
    #[must_use]
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
        }
    }
}

/// Why a certificate cannot be used. Nothing of the files is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is no PEM of its kind.
    #[error("cannot use {}: {}", .0.display(), .1)]
    File(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The certificate file holds none.
    #[error("{} holds no certificate", .0.display())]
    Empty(PathBuf),
    /// The two do not belong together, or are of a kind that rustls does not take.
    #[error("the certificate and its key cannot be used together: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate that counts now.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
    /// What the files looked like when they were last taken or refused.
    seen: Mutex<Seen>,
}

/// When each file was changed, and its length.
type Seen = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads the files.
    pub(crate) fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let seen = files.seen();
        let current = RwLock::new(files.read()?);
        Ok(Self {
            files,
            current,
            seen: Mutex::new(seen),
        })
    }

    /// Whoever begins a connection now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current).into()
    }

    /// Reads the files again if they look otherwise than last time, or `anyway`. Blocks for the disk.
    pub(crate) fn renew(&self, anyway: bool) {
        let seen = self.files.seen();
        {
            let mut last = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *last == seen && !anyway {
                return;
            }
            *last = seen;
        }
        match self.files.read() {
            Ok(new) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
                tracing::info!("another certificate is used from now on");
            }
            Err(error) => tracing::error!(%error, "the new certificate cannot be used; the old one stays"),
        }
    }
}

impl TlsFiles {
    fn read(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let (certificate, key) = (self.certificate.as_path(), self.key.as_path());
        let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
        let chain: Vec<_> = chain.map_err(|error| TlsError::File(certificate.to_owned(), error))?;
        if chain.is_empty() {
            return Err(TlsError::Empty(certificate.to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::File(key.to_owned(), error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn seen(&self) -> Seen {
        [&self.certificate, &self.key].map(|path| seen(path))
    }
}

fn seen(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
