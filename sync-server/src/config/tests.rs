#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use super::*;

fn read(arguments: &[&str]) -> Result<Config, ConfigError> {
    let arguments = ["cairn-relay"].iter().chain(arguments);
    Config::read(arguments.map(OsString::from))
}

fn file(dir: &tempfile::TempDir, text: &str) -> String {
    let path = dir.path().join("relay.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn flags_go_before_the_file_and_the_file_before_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let file = file(
        &dir,
        "data = \"/from/file\"\nlisten = \"127.0.0.1:1\"\nbody_timeout_ms = 7\nmailboxes_max = 5\n",
    );
    let config = read(&["--config", &file, "--data", "/from/flag", "--mailboxes-max", "6"]).unwrap();
    assert_eq!(config.data, PathBuf::from("/from/flag"));
    assert_eq!(config.listen.port(), 1);
    assert_eq!(config.limits.body_timeout, Duration::from_millis(7));
    assert_eq!(config.limits.mailboxes_max, 6);
    assert_eq!(config.limits.header_timeout, Limits::default().header_timeout);
    assert_eq!(read(&["--data", "x"]).unwrap().listen, LISTEN);
}

#[test]
fn what_is_printed_is_what_was_read_and_can_be_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let config = read(&[
        "--data",
        "/d",
        "--origin",
        "https://relay.example",
        "--sessions-max",
        "9",
    ])
    .unwrap();
    let printed = config.to_toml();
    assert!(printed.contains("sessions_max = 9\n"), "{printed}");
    let file = file(&dir, &printed);
    assert_eq!(read(&["--config", &file]).unwrap().to_toml(), printed);
}

#[test]
fn a_task_is_named_before_or_behind_the_folder_it_is_about() {
    let task = |words: &[&str]| {
        let config = read(words).unwrap();
        assert_eq!(config.data, PathBuf::from("/d"));
        config.task
    };
    let backup = Some(Task::Backup { target: "/t".into() });
    assert_eq!(task(&["--data", "/d", "backup", "/t"]), backup);
    assert_eq!(task(&["backup", "/t", "--data", "/d"]), backup);
    assert_eq!(task(&["--data", "/d", "check"]), Some(Task::Check { show_ids: false }));
    assert_eq!(
        task(&["check", "--show-ids", "--data", "/d"]),
        Some(Task::Check { show_ids: true })
    );
    assert_eq!(task(&["--data", "/d"]), None);
    let named = read(&[
        "check",
        "--data",
        "/d",
        "--database",
        "host=/run/postgresql dbname=relay",
    ]);
    assert!(named.unwrap().store().database.is_some());
    assert!(read(&["--data", "/d", "backup"]).is_err(), "a copy has to go somewhere");
}

#[test]
fn a_database_is_named_in_any_place_and_its_password_is_printed_in_none() {
    let dir = tempfile::tempdir().unwrap();
    let text = "data = \"d\"\ndatabase = \"postgres://me:hunter2@[::1]:5433/relay\"\n";
    let config = read(&["--config", &file(&dir, text)]).unwrap();
    let printed = config.to_toml();
    let shown = printed.clone() + &format!("{config:?}");
    assert!(shown.contains('…') && !shown.contains("hunter2"), "{shown}");
    assert_eq!(read(&["--config", &file(&dir, &printed)]).unwrap().to_toml(), printed);
    let flag = ["--data", "d", "--database", "host=/run/postgresql dbname=relay"];
    assert!(read(&flag).unwrap().store().database.is_some());
    for (wrong, said) in [
        ("hunter2", "postgres://"),
        ("postgres://me:hunter2@h/r?sslmode=require", "TLS"),
    ] {
        let error = read(&["--data", "d", "--database", wrong]).unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("hunter2"), "{error}");
    }
}

/// Every setting is in the file, in the environment and on the command line, under one name; every limit is in all three.
#[test]
fn every_setting_has_one_name_everywhere_and_says_its_default() {
    let printed: toml::Table = read(&["--data", "d"]).unwrap().to_toml().parse().unwrap();
    let command = Arguments::command();
    for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
        let id = argument.get_id().as_str();
        assert_eq!(argument.get_long().unwrap().replace('-', "_"), id);
        if !["config", "put_back", "print_config", "version"].contains(&id) {
            let env = argument.get_env().unwrap().to_str().unwrap();
            assert_eq!(env, format!("CAIRN_RELAY_{}", id.to_uppercase()));
        }
    }
    for (name, figure) in &printed {
        let argument = command
            .get_arguments()
            .find(|argument| argument.get_id() == name.as_str());
        let help = argument.unwrap().get_help().unwrap().to_string();
        if let Some(figure) = figure.as_integer() {
            assert!(help.ends_with(&format!("Default {figure}")), "{name}: {help}");
        }
    }
    assert!(printed.len() > 12);
}

#[test]
fn what_is_not_understood_is_said_in_one_sentence_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    for (text, said) in [
        ("data = \"d\"\nheader_timeout = 5\n", "the key \"header_timeout\""),
        ("data = \"d\"\n[limits]\nmailboxes_max = 5\n", "the key \"limits\""),
        ("data = \"d\"\nbody_timeout_ms = \"soon\"\n", "\"body_timeout_ms\""),
        ("data = \"d\"\nmailboxes_max = -1\n", "\"mailboxes_max\""),
        ("data = \"d\"\nlisten = \"here\"\n", "\"listen\""),
        ("data = \"d\"\nmailboxes_max = 0\n", "mailboxes_max cannot be 0"),
        (
            "data = \"d\"\nbody_timeout_ms = 5000000000\n",
            "body_timeout_ms cannot be 5000000000",
        ),
        ("data = \"d\"\nblock_bits_v4 = 33\n", "block_bits_v4 cannot be 33"),
        ("data = \"d\"\ncount_loopback = 2\n", "count_loopback cannot be 2"),
        ("data = d\n", "is not TOML"),
        ("", "--data DIR"),
        ("data = \"d\"\nblobs = \"https://hunter2\"\n", "s3://BUCKET"),
        ("data = \"d\"\nblobs_region = \"r\"\n", "none is named"),
        (
            "data = \"d\"\nblobs = \"s3://b\"\nblobs_secret = \"hunter2\"\n",
            "an id and a secret",
        ),
        (
            "data = \"d\"\nblobs = \"s3://b\"\nblobs_endpoint = \"http://h\"\n",
            "where plain HTTP is allowed",
        ),
    ] {
        let error = read(&["--config", &file(&dir, text)]).unwrap_err().to_string();
        assert!(error.contains(said), "{text:?} gave {error:?}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert!(matches!(
        read(&["--data", "d", "--config", "/nowhere/relay.toml"]),
        Err(ConfigError::Unreadable(..))
    ));
    assert!(matches!(read(&["--datum", "d"]), Err(ConfigError::Arguments(_))));
}

#[test]
fn invites_are_asked_for_or_refused_and_never_printed() {
    let dir = tempfile::tempdir().unwrap();
    let words = dir.path().join("invites");
    std::fs::write(&words, "one\n\ntwo\n").unwrap();
    let text = format!("data = \"d\"\nsign_up = \"invited\"\ninvites = [\"three-words\"]\ninvites_file = {words:?}\n");
    let config = read(&["--config", &file(&dir, &text)]).unwrap();
    assert!(matches!(&config.sign_up, SignUp::Invited(invites) if invites.len() == 3));
    let shown = config.to_toml() + &format!("{config:?}");
    assert!(shown.contains('…') && !shown.contains("three-words"), "{shown}");
    for (text, said) in [
        ("data = \"d\"\nsign_up = \"invited\"\n", "needs an invite"),
        ("data = \"d\"\ninvites = [\"a\"]\n", "--sign-up invited"),
        ("data = \"d\"\nsign_up = \"maybe\"\n", "\"sign_up\""),
        ("data = \"d\"\ntls_key = \"k\"\n", "certificate and a key"),
    ] {
        let error = read(&["--config", &file(&dir, text)]).unwrap_err().to_string();
        assert!(error.contains(said), "{text:?} gave {error:?}");
    }
}

#[test]
fn a_bucket_is_read_and_printed_without_its_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let text = "data = \"d\"\nblobs = \"s3://b/of/a\"\nblobs_endpoint = \"http://127.0.0.1:7070\"\nblobs_plain_http = true\n\
        blobs_key_id = \"hunter1\"\nblobs_secret = \"hunter2\"\n";
    let config = read(&["--config", &file(&dir, text)]).unwrap();
    let shown = config.to_toml() + &format!("{config:?}");
    assert!(shown.contains('…') && !shown.contains("hunter"), "{shown}");
    let again = read(&["--config", &file(&dir, &config.to_toml())]).unwrap();
    assert_eq!(again.to_toml(), config.to_toml());
    let bucket = config.store().bucket.unwrap();
    assert_eq!(bucket.to_string(), "s3://b/of/a");
    assert_eq!(bucket.credentials, Some(("hunter1".to_owned(), "hunter2".to_owned())));
}

/// What the papers for operators name is there: the example is read, and no flag or setting in them is made up.
#[test]
fn what_operators_are_told_is_so() {
    let dir = tempfile::tempdir().unwrap();
    let invites = dir.path().join("invites");
    std::fs::write(&invites, "one").unwrap();
    let example = include_str!("../../contrib/relay.toml");
    let example = example.replace("/etc/cairn-relay/invites", invites.to_str().unwrap());
    let config = read(&["--config", &file(&dir, &example)]).unwrap();
    assert!(matches!(config.sign_up, SignUp::Invited(_)) && config.tls.is_some() && config.operations.is_some());

    let command = Arguments::command();
    let of_tasks = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let flags: Vec<_> = command
        .get_arguments()
        .chain(of_tasks)
        .filter_map(clap::Arg::get_long)
        .collect();
    let is_flag = |word: &str| flags.contains(&word) || word == "help";
    let is_name = |word: &str| flags.contains(&word.to_lowercase().replace('_', "-").as_str());
    let guide = include_str!("../../OPERATING.md");
    let unit = include_str!("../../contrib/cairn-relay.service");
    let container = include_str!("../../contrib/Containerfile");
    let mut seen = 0;
    // In the guide every word of code; elsewhere what stands behind the program.
    let code = guide.split('`').skip(1).step_by(2);
    let calls = unit.lines().chain(container.lines());
    let calls = calls.filter_map(|line| line.split_once("cairn-relay --").map(|(_, flags)| format!("--{flags}")));
    for text in code.map(str::to_owned).chain(calls) {
        for word in text.split_whitespace() {
            if let Some(flag) = word.strip_prefix("--") {
                assert!(is_flag(flag), "{word}");
            } else if word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                let foreign = [
                    "_timeout_ms",
                    "client_max_body_size",
                    "synchronous_commit",
                    "full_page_writes",
                    "pg_dump",
                    "blobs_key_id",
                    "blobs_secret",
                ];
                let is_foreign = foreign.contains(&word) || word.starts_with("cairn_relay_");
                assert!(is_foreign || is_name(word), "{word}");
            } else {
                continue;
            }
            seen += 1;
        }
    }
    for setting in container.split("CAIRN_RELAY_").skip(1) {
        assert!(is_name(setting.split('=').next().unwrap()), "{setting}");
        seen += 1;
    }
    assert!(seen > 25, "the papers were not read: {seen}");
}
