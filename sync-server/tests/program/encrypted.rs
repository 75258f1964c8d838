//! A database, and NATS, over a network: TLS that is really spoken, and one clear sentence where it cannot be.

use std::path::Path;
use std::process::{Command, Output};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_postgres::NoTls;

use super::nats::NatsServer;
use super::nodes::{Node, ask};
use super::server::{Certified, DatabaseServer};
use super::*;

/// The name that certificates are for; it leads nowhere but where `hostaddr` says.
const NAME: &str = "db.test";

/// Somebody who makes certificates, with the file that says so.
struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
    _dir: tempfile::TempDir,
    file: String,
}

impl Ca {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        std::fs::write(&file, issuer.pem()).unwrap();
        Self {
            issuer,
            file: file.to_str().unwrap().to_owned(),
            _dir: dir,
        }
    }

    fn certify(&self, name: &str) -> Certified {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Certified {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// Asks the database itself, by its socket.
fn asked(server: &DatabaseServer, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let at = format!("{} dbname=postgres", server.place());
        let (client, connection) = tokio_postgres::connect(&at, NoTls).await.unwrap();
        tokio::spawn(connection);
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    })
}

/// How a relay ends that does not begin.
fn refused(dir: &Path, environment: &[(&str, &str)]) -> String {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
        .env_clear()
        .envs(environment.iter().copied())
        .args([
            "--listen",
            "127.0.0.1:0",
            "--origin",
            ORIGIN,
            "--log",
            "error",
            "--data",
        ])
        .arg(dir)
        .output()
        .unwrap();
    assert!(stdout.is_empty(), "it never said that it listens");
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    said
}

#[test]
fn every_connection_to_a_database_that_asks_for_tls_is_encrypted_also_the_one_that_listens() {
    let ca = Ca::new();
    let Some(server) = DatabaseServer::start_on_network(Some(&ca.certify(NAME))) else {
        return;
    };
    let database = format!("{} dbname=postgres sslmode=verify-full", server.place_as(NAME));
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start_with(&database, dir.path(), &[("CAIRN_RELAY_DATABASE_CA", &ca.file)]);
    let token = enter_by(&|name, body| ask(&node.address, name, body).unwrap());
    assert_eq!(ask(&node.address, "append", &append(token, &content())).unwrap().0, 200);
    let sql = |what: &str| {
        format!(
            "SELECT count(*)::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
             WHERE application_name = 'cairn-relay' AND {what}"
        )
    };
    let count = |what: &str| asked(&server, &sql(what))[0].parse::<u32>().unwrap();
    assert!(
        count("ssl AND version IN ('TLSv1.2', 'TLSv1.3')") >= 3,
        "readers, writers, and who listens"
    );
    assert_eq!(count("ssl AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%')"), 1);
    assert_eq!(count("NOT ssl"), 0);
}

#[test]
fn a_password_is_bound_to_the_channel_it_goes_by() {
    let ca = Ca::new();
    let Some(server) = DatabaseServer::start_on_network(Some(&ca.certify(NAME))) else {
        return;
    };
    asked(&server, "CREATE ROLE scram SUPERUSER LOGIN PASSWORD 'hunter2'");
    let place = server
        .place_as(NAME)
        .replace("user=cairn", "user=scram password=hunter2");
    let database = format!("{place} dbname=postgres sslmode=require channel_binding=require");
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start_with(&database, dir.path(), &[("CAIRN_RELAY_DATABASE_CA", &ca.file)]);
    enter_by(&|name, body| ask(&node.address, name, body).unwrap());
    // Without TLS there is no channel to be bound to.
    let open = format!("{place} dbname=postgres sslmode=disable channel_binding=require");
    let said = refused(dir.path(), &[("CAIRN_RELAY_DATABASE", &open)]);
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_database_that_is_not_who_it_should_be_is_refused_in_one_sentence() {
    let (ca, stranger) = (Ca::new(), Ca::new());
    let Some(server) = DatabaseServer::start_on_network(Some(&ca.certify(NAME))) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let said = |name: &str, file: Option<&str>| {
        let place = server.place_as(name);
        let database = format!("{place} password=hunter2 dbname=postgres sslmode=require");
        let mut environment = vec![("CAIRN_RELAY_DATABASE", database.as_str())];
        environment.extend(file.map(|file| ("CAIRN_RELAY_DATABASE_CA", file)));
        let said = refused(dir.path(), &environment);
        assert!(!said.contains("hunter2"), "{said}");
        said
    };
    let nobody = said(NAME, Some(&stranger.file));
    assert!(
        nobody.contains("nobody who is trusted") && nobody.contains("database_ca"),
        "{nobody}"
    );
    let system = said(NAME, None);
    assert!(
        system.contains("trust"),
        "the system trusts no such certificate either: {system}"
    );
    let other = said("other.test", Some(&ca.file));
    assert!(other.contains("another name"), "{other}");
    let none = said(NAME, Some("/nowhere/ca.pem"));
    assert!(none.contains("/nowhere/ca.pem"), "{none}");
    let tables = asked(
        &server,
        "SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public'",
    );
    assert_eq!(tables, ["0"], "nothing was written");
}

#[test]
fn a_database_without_tls_is_refused_unless_it_is_said_outright() {
    let Some(server) = DatabaseServer::start_on_network(None) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::new();
    let place = format!("{} dbname=postgres", server.place_as(NAME));
    let demanded = format!("{place} sslmode=require");
    let said = refused(
        dir.path(),
        &[
            ("CAIRN_RELAY_DATABASE", &demanded),
            ("CAIRN_RELAY_DATABASE_CA", &ca.file),
        ],
    );
    assert!(
        said.contains("speaks no TLS") && said.contains("sslmode=disable"),
        "{said}"
    );
    let node = Node::start_with(&format!("{place} sslmode=disable"), dir.path(), &[]);
    enter_by(&|name, body| ask(&node.address, name, body).unwrap());
}

#[test]
fn nodes_hear_each_other_through_nats_over_tls_with_a_password_that_no_log_has() {
    let Some(database) = DatabaseServer::start() else {
        return;
    };
    let ca = Ca::new();
    let Certified { certificate, key } = ca.certify("localhost");
    let more = "tls { cert_file: \"$DIR/server.crt\", key_file: \"$DIR/server.key\" }\n\
        authorization { user: \"relay\", password: \"hunter2@\" }";
    let Some(server) = NatsServer::start_with(more, &[("server.crt", certificate), ("server.key", key)]) else {
        return;
    };
    let at = server.address().replace("127.0.0.1", "localhost");
    let place = format!("{} dbname=postgres", database.place());
    let nats = format!("tls://relay:hunter2%40@{at}");
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let told = [
        ("CAIRN_RELAY_NATS", nats.as_str()),
        ("CAIRN_RELAY_NATS_CA", ca.file.as_str()),
    ];
    let one = Node::start_with(&place, dir.path(), &told);
    let two = Node::start_with(&place, other.path(), &told);
    let token = enter_by(&|name, body| ask(&one.address, name, body).unwrap());
    assert_eq!(ask(&one.address, "append", &append(token, &content())).unwrap().0, 200);
    two.until_heard(1);
    two.until("nodes_heard 1");
    // Somebody who shows no certificate that is trusted is told nothing.
    let third = tempfile::tempdir().unwrap();
    let deaf = Node::start_with(&place, third.path(), &told[..1]);
    deaf.until("nodes_heard 0");
    let log = one.ended() + &two.ended() + &deaf.ended();
    assert!(log.contains("TLS was not agreed on"), "{log}");
    for text in ["hunter2", "127.0.0.1", "localhost", at.split(':').nth(1).unwrap()] {
        assert!(!log.contains(text), "{text} in {log}");
    }
}
