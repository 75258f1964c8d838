//! Whom the relay believes as a client, of a database or of NATS: who can show a certificate for the name that was asked for, from a root that is trusted.
//! There is no other way: TLS that verifies nobody hides from nobody but those who only listen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Why nobody can be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file cannot be read, or is no PEM.
    #[error("cannot use {}: {}", .0.display(), .1)]
    File(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The file holds no certificate of a root.
    #[error("{} holds no certificate to trust", .0.display())]
    Empty(PathBuf),
    /// The system trusts nobody.
    #[error("this system has no certificates to trust: install ca-certificates, or name a file")]
    NoRoots,
    /// rustls takes no such configuration.
    #[error("TLS cannot be set up: {0}")]
    Unusable(#[from] rustls::Error),
}

/// TLS to somebody whose certificate comes from a root in `file`, PEM, or where none is named, from one that the system trusts.
pub(crate) fn client_config(file: Option<&Path>) -> Result<ClientConfig, TrustError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = file {
        let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        let found: Vec<_> = found.map_err(|error| TrustError::File(path.to_owned(), error))?;
        roots.add_parsable_certificates(found);
        if roots.is_empty() {
            return Err(TrustError::Empty(path.to_owned()));
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TrustError::NoRoots);
        }
    }
    with_roots(roots)
}

/// TLS that believes nobody, where none is spoken.
pub(crate) fn nobody() -> Result<ClientConfig, TrustError> {
    with_roots(RootCertStore::empty())
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, TrustError> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Whether a host, as it is written, is this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_file_without_a_root_is_said_in_one_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        assert!(matches!(client_config(Some(&file)), Err(TrustError::File(..))));
        std::fs::write(&file, "no certificate").unwrap();
        let error = client_config(Some(&file)).unwrap_err();
        assert!(matches!(error, TrustError::Empty(_)), "{error}");
        assert!(error.to_string().contains("ca.pem") && error.to_string().lines().count() == 1);
        let made = rcgen::generate_simple_self_signed(vec!["db.test".to_owned()]).unwrap();
        std::fs::write(&file, made.cert.pem()).unwrap();
        assert!(client_config(Some(&file)).is_ok());
    }

    #[test]
    fn this_machine_is_what_the_network_does_not_lead_to() {
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["db", "localhost.example.org", "10.0.0.1", "::2", "0.0.0.0", ""] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
