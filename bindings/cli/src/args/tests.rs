//! What the command line takes, and how its help speaks.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use clap::CommandFactory as _;
use clap::error::ErrorKind;

fn parsed(line: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(line.split_whitespace())
}

/// Every help text of the program.
fn help() -> Vec<String> {
    let mut command = Args::command();
    command.build();
    let mut open = vec![command];
    let mut texts = Vec::new();
    while let Some(mut command) = open.pop() {
        texts.push(command.render_long_help().to_string());
        open.extend(command.get_subcommands().cloned());
    }
    texts
}

#[test]
fn the_command_line_contradicts_itself_nowhere() {
    Args::command().debug_assert();
}

#[test]
fn every_command_is_there() {
    let names: Vec<String> = Args::command()
        .get_subcommands()
        .map(|one| one.get_name().to_owned())
        .collect();
    assert_eq!(
        names.join(" "),
        "init connect passphrase unlock lock write list show search calendar day memories not-yet words edit attach save attachments trash restore \
         history erase-drafts shred erase drafts profile word prompt feelings hopes reminders plan lines pair devices recovery recover invite accept decline people declare agreement preferences receipt messages say unsay keep-strength keep-question keep-proposal wishes hours reflect own-stories self-check feedback meetings stop-everything pause go-on end share shares \
         shared narrow as-shown revoke sync wake import export restore-archive doctor repair tour completions"
    );
}

#[test]
fn options_reach_their_command() {
    let args =
        parsed("cairn write --text soup --tag a --tag b --feeling fizzy --when 2026-03-01 --json --vault /v").unwrap();
    assert!(args.json && args.vault == Some(PathBuf::from("/v")));
    let Command::Write(words) = args.command else {
        panic!("write")
    };
    assert_eq!(
        (words.tags.len(), words.feelings.len(), words.when.as_deref()),
        (2, 1, Some("2026-03-01"))
    );
    let Command::Share(share) = parsed("cairn share ab --with Dee --show words,feelings --hold 0")
        .unwrap()
        .command
    else {
        panic!("share")
    };
    assert_eq!((share.parts, share.hold), (vec![PartArg::Words, PartArg::Feelings], 0));
    let Command::Share(share) = parsed("cairn share ab --with Dee").unwrap().command else {
        panic!("share")
    };
    assert_eq!(share.parts, [PartArg::Words, PartArg::Title, PartArg::Day]);
    let Command::Search(search) =
        parsed("cairn search soup bus --tag a --person Dee --with-attachment=audio --from 2026-03-01")
            .unwrap()
            .command
    else {
        panic!("search")
    };
    assert_eq!(search.words, ["soup", "bus"]);
    let filter = cairn_core::journal::Filter::from(search.filters);
    assert_eq!((filter.tags.len(), filter.people.len(), filter.remember), (1, 1, None));
    assert_eq!(
        filter.attached,
        Some(cairn_core::journal::Attached::Kind(
            cairn_core::journal::AttachmentKind::Audio
        ))
    );
    let Command::Write(words) = parsed("cairn write --text -").unwrap().command else {
        panic!("write")
    };
    assert_eq!(words.text.as_deref(), Some("-"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (line, kind) in [
        ("cairn", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
        ("cairn sing", ErrorKind::InvalidSubcommand),
        ("cairn search", ErrorKind::MissingRequiredArgument),
        ("cairn accept CODE", ErrorKind::MissingRequiredArgument),
        ("cairn invite", ErrorKind::MissingRequiredArgument),
        ("cairn share ab", ErrorKind::MissingRequiredArgument),
        ("cairn pair --join C --digits 1", ErrorKind::ArgumentConflict),
        ("cairn list --count many", ErrorKind::ValueValidation),
        ("cairn list --from soon", ErrorKind::ValueValidation),
        ("cairn list --with-attachment=letter", ErrorKind::InvalidValue),
        ("cairn memories maybe", ErrorKind::InvalidValue),
        ("cairn devices remove", ErrorKind::MissingRequiredArgument),
        ("cairn devices rename phone", ErrorKind::MissingRequiredArgument),
        ("cairn devices sing", ErrorKind::InvalidSubcommand),
        ("cairn recovery new --words 13", ErrorKind::InvalidValue),
        ("cairn recover", ErrorKind::MissingRequiredArgument),
        // Words of a phrase have no place on a command line, where others can read them.
        ("cairn recover http://relay legal winner", ErrorKind::UnknownArgument),
        ("cairn recovery new legal winner", ErrorKind::UnknownArgument),
        ("cairn words", ErrorKind::MissingRequiredArgument),
        ("cairn profile say a b --stance maybe", ErrorKind::InvalidValue),
        ("cairn profile wanted ideas advice", ErrorKind::ValueValidation),
    ] {
        assert_eq!(parsed(line).unwrap_err().kind(), kind, "{line}");
    }
}

#[test]
fn help_says_where_the_key_is_and_keeps_the_tone() {
    let all = help().join("\n").to_lowercase();
    assert!(all.contains("which only you can read") && all.contains("cairn_home"));
    let words: Vec<&str> = all
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    for never in [
        "should",
        "must",
        "failed",
        "fail",
        "behind",
        "progress",
        "patient",
        "client",
        "user",
        "addict",
        "clean",
        "journey",
        "just",
        "simply",
        "obviously",
        "urgent",
        "immediately",
        "we",
        "our",
        "why",
        "error",
        "warning",
        "invalid",
        "danger",
        "sorry",
    ] {
        // "left behind" is what an import says of places, and Journey is a journal that can be brought in.
        let may_stand = |before: &str| match never {
            "behind" => before == "left",
            "journey" => ["one", "dayone"].contains(&before),
            _ => false,
        };
        let found = words.windows(2).any(|two| two[1] == never && !may_stand(two[0]));
        assert!(!found, "{never}");
    }
    assert!(!all.contains('!'));
}
