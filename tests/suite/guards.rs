//! No name in this house measures, ranks or diagnoses anybody (guard G-15 and its kin).
//!
//! Read are: every identifier of the Rust code (macros included) and every string of it that could be a key, the tables
//! and columns of the schema, and the names in the hand-written Kotlin, Swift and Python. A name is taken apart into its words
//! (`last_active`, `lastActive`, `LAST_ACTIVE`), so that "underscore" is no score.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// Never part of a name: what turns a person's life into a number or a verdict.
const NEVER: &[&str] = &[
    "streak",
    "score",
    "points",
    "badge",
    "level",
    "rank",
    "leaderboard",
    "percentile",
    "compliance",
    "adherence",
    "attendance",
    "completion_rate",
    "engagement",
    "retention",
    "churn",
    "inactive",
    "last_active",
    "days_since",
    "sober",
    "sober_days",
    "clean_days",
    "sober_since",
    "relapse",
    "relapse_count",
    "risk",
    "risk_level",
    "sentiment",
    "productivity",
    "progress_percent",
    "overdue",
    "missed",
    "milestone",
    "diagnosis",
    "symptom",
    "symptom_score",
    "icd",
    "dsm",
    "snomed",
    "break_glass",
    "typing_indicator",
    "last_seen",
];

/// Names that may stand, whole, in one file, each with its reason. One that is no longer there is taken off the list.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("core/src/record/content.rs", "LEVEL", "how hard zstd compresses"),
    (
        "core/src/exchange/receipt.rs",
        "inactive",
        "FHIR R4's word for a consent that is over",
    ),
    (
        "core/src/exchange/receipt_tests.rs",
        "inactive",
        "FHIR R4's word for a consent that is over",
    ),
    (
        "bindings/kotlin/src/test/kotlin/org/cairn/ScenarioTest.kt",
        "inactive",
        "FHIR R4's word for a consent that is over",
    ),
    (
        "bindings/swift/Tests/CairnTests/ScenarioTests.swift",
        "inactive",
        "FHIR R4's word for a consent that is over",
    ),
    (
        "bindings/python/test_scenario.py",
        "inactive",
        "FHIR R4's word for a consent that is over",
    ),
    (
        "core/src/exchange/receipt.rs",
        "retention_period",
        "the name that ISO/IEC TS 27560 has for how long something may be read",
    ),
    (
        "core/src/exchange/receipt_tests.rs",
        "retention_period",
        "the name that ISO/IEC TS 27560 has for how long something may be read",
    ),
    (
        "core/src/exchange/sample/mod.rs",
        "rank",
        "the place of a word in Zipf's law, for made-up prose",
    ),
    (
        "core/src/exchange/dayone/richtext.rs",
        "indentLevel",
        "Day One's name for how far a line is set in",
    ),
    (
        "core/src/exchange/dayone/tests/bodies.rs",
        "indentLevel",
        "Day One's name for how far a line is set in",
    ),
    (
        "core/src/document/tests/hostile.rs",
        "containers_within_containers_are_refused_at_the_first_level",
        "how deep containers lie in one another",
    ),
];

/// Names that may stand and need not: other people's, which come and go with their versions.
const FOREIGN: &[&str] = &[
    "cipher_log_level",
    "log_level",
    "compression_level",
    "heading_level",
    "entry_points",
    "api_level",
    "isolation_level",
    "Level",
    "level",
    "max_level",
    "with_max_level",
    "LevelFilter",
    "code_points",
    "UnicodeCodePoint",
];

/// The lists of words that may not be written have to be written somewhere.
const LISTS: &[&str] = &["core/src/words/lint.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file with one of these endings below `folder`, built and generated ones left out.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_built = ["target", "build", "generated", "Generated", "node_modules"]
                .iter()
                .any(|built| name == *built);
            if path.is_dir() && !is_built && !name.to_string_lossy().starts_with('.') {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_numeric())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if begins || !letter.is_alphabetic() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphabetic(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What of [`NEVER`] a name holds.
fn offence(name: &str) -> Option<&'static str> {
    if FOREIGN.contains(&name) {
        return None;
    }
    let words = words(name);
    let is = |word: &String, never: &str| word == never || word.strip_suffix('s') == Some(never);
    NEVER.iter().copied().find(|never| {
        let parts: Vec<&str> = never.split('_').collect();
        words
            .windows(parts.len())
            .any(|window| window.iter().zip(&parts).all(|(word, part)| is(word, part)))
    })
}

/// The names in a text of some language: its words outside comments, and its strings where they could be keys.
fn names(text: &str, comment: Option<&str>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let code = comment
            .and_then(|comment| line.split_once(comment))
            .map_or(line, |(code, _)| code);
        let code = if code.trim_start().starts_with('*') { "" } else { code };
        for (at, part) in code.split('"').enumerate() {
            if at % 2 == 0 {
                let found = part
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .filter(|name| !name.is_empty());
                names.extend(found.map(str::to_owned));
            } else if is_key(part) {
                names.insert(part.to_owned());
            }
        }
    }
    names
}

/// Whether a string could be the name of a field, a column or a command.
fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.0.insert(ident.to_string());
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.0.extend(Some(text.value()).filter(|text| is_key(text)));
    }

    fn visit_macro(&mut self, makro: &'ast syn::Macro) {
        self.0.extend(names(&makro.tokens.to_string(), None));
        visit::visit_macro(self, makro);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if !attribute.path().is_ident("doc") {
            visit::visit_attribute(self, attribute);
        }
    }
}

fn rust_names(source: &str) -> Option<BTreeSet<String>> {
    let mut names = Names::default();
    names.visit_file(&syn::parse_file(source).ok()?);
    Some(names.0)
}

/// Every name of the house, with the file it stands in.
fn house() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for folder in ["core/src", "bindings", "sync-server", "tests/kit"] {
        for path in files(folder, &["rs"]) {
            let place = path
                .strip_prefix(root())
                .unwrap_or(&path)
                .display()
                .to_string()
                .replace('\\', "/");
            if LISTS.contains(&place.as_str()) {
                continue;
            }
            let source = fs::read_to_string(&path).unwrap_or_default();
            let names = rust_names(&source);
            assert!(names.is_some(), "{place} cannot be read as Rust");
            all.extend(names.into_iter().flatten().map(|name| (place.clone(), name)));
        }
    }
    for (folder, ending, comment) in [
        ("core/schema", "sql", "--"),
        ("sync-server", "sql", "--"),
        ("bindings/kotlin", "kt", "//"),
        ("bindings/swift", "swift", "//"),
        ("bindings/python", "py", "#"),
    ] {
        for path in files(folder, &[ending]) {
            let place = path
                .strip_prefix(root())
                .unwrap_or(&path)
                .display()
                .to_string()
                .replace('\\', "/");
            let source = fs::read_to_string(&path).unwrap_or_default();
            all.extend(
                names(&source, Some(comment))
                    .into_iter()
                    .map(|name| (place.clone(), name)),
            );
        }
    }
    all
}

#[test]
fn no_name_measures_ranks_or_diagnoses_anybody() {
    let house = house();
    assert!(house.len() > 3_000, "the house was not read: {} names", house.len());
    assert!(
        house
            .iter()
            .any(|(place, name)| place.ends_with(".sql") && name == "entry"),
        "the schema was not read"
    );
    let found: Vec<String> = house
        .iter()
        .filter(|(place, name)| {
            !ALLOWED
                .iter()
                .any(|(file, allowed, _)| file == place && allowed == name)
        })
        .filter_map(|(place, name)| offence(name).map(|never| format!("{place}: {name} ({never})")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_allowed_is_still_there() {
    let house = house();
    for (file, allowed, reason) in ALLOWED {
        assert!(
            house.iter().any(|(place, name)| place == file && name == allowed),
            "{file}: {allowed} ({reason}) is gone"
        );
    }
}

#[test]
fn the_guard_notices_a_name_in_every_dress() {
    for planted in [
        "streak",
        "streak_days",
        "currentStreak",
        "STREAKS",
        "Score",
        "entry_score",
        "lastActive",
        "LAST_ACTIVE",
        "last-active",
        "daysSinceEntry",
        "riskLevel",
        "badgeCount",
        "completionRate",
        "soberDays",
        "HTMLScore",
        "level2",
    ] {
        assert!(offence(planted).is_some(), "{planted}");
    }
    for fine in [
        "underscore",
        "pointer",
        "code_point",
        "last",
        "active",
        "rankle",
        "days",
        "leveled",
        "classic",
        "dismissed",
    ] {
        assert_eq!(offence(fine), None, "{fine}");
    }
}

#[test]
fn the_guard_reads_identifiers_macros_keys_columns_and_fields() {
    let source = "/// A streak in words is no name.\n// nor is a score\nstruct A { user_rank: u8 }\n\
                  fn f() { let _ = json!({\"days_since\": churn(\"a streak in a sentence\")}); g(\"badge\"); }";
    let Some(found) = rust_names(source) else {
        panic!("this is Rust")
    };
    let offences: Vec<_> = found.iter().filter_map(|name| offence(name)).collect();
    assert_eq!(offences, ["badge", "churn", "days_since", "rank"]);
    let sql = names(
        "CREATE TABLE entry ( -- the score is a comment\n id BLOB, missed INTEGER)",
        Some("--"),
    );
    assert_eq!(
        sql.iter().filter_map(|name| offence(name)).collect::<Vec<_>>(),
        ["missed"]
    );
}
