//! TLS with certificates made here, over real sockets.

use std::path::Path;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;

type Client = StreamOwned<ClientConnection, TcpStream>;

/// Makes a certificate for `relay.test` and puts it into the files of `dir`.
fn certify(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["relay.test".to_owned()]).unwrap();
    std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(dir.join("certificate.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

fn files(dir: &Path) -> TlsFiles {
    TlsFiles::new(dir.join("certificate.pem"), dir.join("key.pem"))
}

fn running(dir: &Path, limits: Limits) -> Running {
    let tls = files(dir);
    Running::with(|config| {
        config.tls = Some(tls);
        config.limits = limits;
    })
}

/// Connects as one who trusts `root` alone.
fn client(running: &Running, root: &CertificateDer<'static>) -> Client {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("relay.test").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, running.connect())
}

fn ask(client: &mut Client) -> std::io::Result<u16> {
    client.write_all(&request_bytes("/v1/unknown", &[]))?;
    Ok(answer(client).0)
}

fn renew(running: &Running) {
    let server = running.server.as_ref().unwrap();
    running.runtime.block_on(server.renew_certificate());
}

#[test]
fn a_new_certificate_is_taken_without_cutting_anybody_and_a_bad_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let old = certify(dir.path());
    let running = running(
        dir.path(),
        Limits {
            header_timeout: PATIENCE,
            ..Limits::default()
        },
    );
    assert!(running.server.as_ref().unwrap().url().starts_with("https://127.0.0.1:"));
    let mut before = client(&running, &old);
    assert_eq!(ask(&mut before).unwrap(), 400);

    let new = certify(dir.path());
    renew(&running);
    assert_eq!(ask(&mut before).unwrap(), 400, "the connection goes on");
    assert_eq!(ask(&mut client(&running, &new)).unwrap(), 400);
    assert!(ask(&mut client(&running, &old)).is_err(), "the old one is over");

    // A key of another certificate, rubbish, and nothing at all: what was stays.
    let key = std::fs::read(dir.path().join("key.pem")).unwrap();
    let certificate = std::fs::read(dir.path().join("certificate.pem")).unwrap();
    certify(dir.path());
    std::fs::write(dir.path().join("key.pem"), &key).unwrap();
    renew(&running);
    std::fs::write(dir.path().join("certificate.pem"), "no certificate").unwrap();
    renew(&running);
    std::fs::remove_file(dir.path().join("certificate.pem")).unwrap();
    renew(&running);
    assert_eq!(ask(&mut client(&running, &new)).unwrap(), 400);
    assert_eq!(ask(&mut before).unwrap(), 400);
    std::fs::write(dir.path().join("certificate.pem"), certificate).unwrap();
}

#[test]
fn files_that_changed_are_noticed_and_files_that_did_not_are_left() {
    let dir = tempfile::tempdir().unwrap();
    certify(dir.path());
    let tls = Tls::open(files(dir.path())).unwrap();
    let config = |tls: &Tls| Arc::as_ptr(tls.acceptor().config());
    let first = config(&tls);
    tls.renew(false);
    assert_eq!(config(&tls), first);
    certify(dir.path());
    // Whatever the file system's clock can tell apart.
    let later = std::time::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    let file = std::fs::File::options()
        .append(true)
        .open(dir.path().join("key.pem"))
        .unwrap();
    file.set_modified(later).unwrap();
    tls.renew(false);
    assert_ne!(config(&tls), first);
}

#[test]
fn who_does_not_agree_on_tls_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    certify(dir.path());
    let limits = Limits {
        handshake_timeout: Duration::from_millis(150),
        ..Limits::default()
    };
    let running = running(dir.path(), limits);
    for beginning in [b"".as_slice(), b"\x16\x03\x01\x02\x00", b"POST /v1/read HTTP/1.1\r\n"] {
        let mut stream = running.connect();
        stream.write_all(beginning).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP"));
    }
    until_counted(&running, "cairn_relay_connections 0");
}

#[test]
fn a_relay_does_not_begin_with_files_it_cannot_use() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Tls::open(files(dir.path())).unwrap_err();
    assert!(matches!(open(), TlsError::File(..)));
    certify(dir.path());
    std::fs::write(dir.path().join("certificate.pem"), "").unwrap();
    assert!(matches!(open(), TlsError::Empty(_) | TlsError::File(..)));
    let made = certify(dir.path());
    std::fs::write(dir.path().join("key.pem"), "rubbish").unwrap();
    let error = open().to_string();
    assert!(
        error.contains("key.pem") && error.lines().count() == 1,
        "{error} {made:?}"
    );
}
