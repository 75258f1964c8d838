//! What the code cannot do, because nothing in it could (guards G-17, G-21, G-31 and G-36).

use cairn_core::profile::PlanList;
use cairn_core::vault::{MemoryKeyStore, Vault, VaultConfig};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use syn::visit::{self, Visit};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every package of the lock file, with those it depends on. Those that only tests and builds need are among them.
fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let name = package.split('"').nth(1).unwrap().to_owned();
        let needs = package.split_once("dependencies = [").map_or("", |(_, list)| list);
        let needs = needs
            .split(']')
            .next()
            .unwrap_or_default()
            .split('"')
            .skip(1)
            .step_by(2);
        // Where there are two versions of one, the version follows the name.
        let needs = needs.filter_map(|need| need.split(' ').next()).map(str::to_owned);
        packages.entry(name).or_default().extend(needs);
    }
    packages
}

/// A package and everything below it.
fn below(package: &str, packages: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let (mut found, mut next) = (BTreeSet::new(), vec![package.to_owned()]);
    while let Some(name) = next.pop() {
        if found.insert(name.clone()) {
            next.extend(packages.get(&name).into_iter().flatten().cloned());
        }
    }
    found
}

#[test]
fn the_core_has_no_code_to_reach_a_network_with() {
    let packages = packages();
    let networks = [
        "hyper", "mio", "quinn", "reqwest", "rustls", "socket2", "tokio", "ureq", "curl", "openssl",
    ];
    let reached = |package: &str| -> Vec<&str> {
        let below = below(package, &packages);
        networks.into_iter().filter(|name| below.contains(*name)).collect()
    };
    assert_eq!(reached("cairn-core"), [""; 0]);
    assert!(reached("cairn-http").contains(&"ureq"), "the search notices a network");
}

#[test]
fn nothing_here_reports_to_anybody_or_makes_up_words() {
    const NEVER: [&str; 28] = [
        "amplitude",
        "appcenter",
        "bugsnag",
        "burn",
        "candle",
        "crashpad",
        "datadog",
        "firebase",
        "honeycomb",
        "langchain",
        "linfa",
        "llama",
        "llm",
        "matomo",
        "mixpanel",
        "newrelic",
        "onnx",
        "openai",
        "opentelemetry",
        "ort",
        "posthog",
        "prometheus-push",
        "rollbar",
        "segment",
        "sentry",
        "telemetry",
        "tensorflow",
        "torch",
    ];
    let is_one = |name: &str| {
        let words: BTreeSet<&str> = name.split(['-', '_']).collect();
        NEVER
            .iter()
            .any(|never| words.contains(never) || name.starts_with(&format!("{never}-")))
    };
    assert!(is_one("sentry-core") && is_one("candle-nn") && is_one("async-openai"));
    let mut names: BTreeSet<String> = packages().into_keys().collect();
    for (file, before) in [
        ("bindings/kotlin/pom.xml", "<artifactId>"),
        ("bindings/swift/Package.swift", ".package("),
    ] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let named = text
            .split(before)
            .skip(1)
            .filter_map(|rest| rest.split(['<', ')']).next());
        names.extend(named.map(str::to_lowercase));
    }
    assert!(
        names.contains("kotlinx-coroutines-core-jvm"),
        "what Kotlin needs is looked at too"
    );
    let found: Vec<&String> = names.iter().filter(|name| is_one(name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

/// Public functions that take more than one person.
#[derive(Default)]
struct Takers(Vec<String>);

impl Takers {
    fn look(&mut self, signature: &syn::Signature) {
        let people = signature.inputs.iter().filter(|input| {
            let mut types = Types(0);
            types.visit_fn_arg(input);
            // `self` of a person's own methods is a person too, and is not counted: it is whose call it is.
            types.0 > 0
        });
        if people.count() > 1 {
            self.0.push(signature.ident.to_string());
        }
    }
}

/// Counts what holds everything of one participant.
struct Types(usize);

impl<'ast> Visit<'ast> for Types {
    fn visit_path_segment(&mut self, segment: &'ast syn::PathSegment) {
        if ["Vault", "Engine", "Store"].contains(&segment.ident.to_string().as_str()) {
            self.0 += 1;
        }
        visit::visit_path_segment(self, segment);
    }
}

impl<'ast> Visit<'ast> for Takers {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.look(&item.sig);
        visit::visit_impl_item_fn(self, item);
    }
}

fn takers(source: &str) -> Vec<String> {
    let mut takers = Takers::default();
    takers.visit_file(&syn::parse_file(source).unwrap());
    takers.0
}

#[test]
fn no_function_takes_more_than_one_person() {
    assert_eq!(
        takers("fn beside(one: &Vault, other: Arc<Vault>) {} fn of(one: &Vault, n: u8) {}"),
        ["beside"]
    );
    let mut folders = vec![root().join("core/src"), root().join("bindings/ffi/src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("exporting_tests.rs") {
                assert_eq!(
                    takers(&fs::read_to_string(&path).unwrap()),
                    [""; 0],
                    "{}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "the house was looked at");
}

#[test]
fn no_file_of_a_vault_is_named_after_what_is_in_it_or_what_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let config = VaultConfig::new(folder.path().join("here"), "Canary's phone");
    let vault = Vault::open(config, Arc::new(MemoryKeyStore::default()), None).unwrap();
    let moment = cairn_core::moment::Moment::new(cairn_core::clock::Timestamp(0), "Europe/London").unwrap();
    let keeping = cairn_core::vault::Keeping {
        original_name: "Canary.png".to_owned(),
        ..Default::default()
    };
    let photo = vault.journal().attach_bytes(vec![7; 100_000], keeping).wait().unwrap();
    let draft = cairn_core::journal::Draft {
        title: "Canary".to_owned(),
        tags: vec!["Canary".to_owned()],
        attachments: vec![photo],
        ..cairn_core::journal::Draft::new(moment)
    };
    vault.journal().write(draft).wait().unwrap();
    vault.profile().add_section("Canary".to_owned()).wait().unwrap();
    vault
        .profile()
        .add_plan_item(PlanList::EverydayThings, "Canary".to_owned())
        .wait()
        .unwrap();
    vault.profile().set_plan_opens(true).wait().unwrap();
    let (mut names, mut folders) = (Vec::new(), vec![folder.path().join("here")]);
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let file = file.unwrap();
            names.push(file.file_name().to_string_lossy().to_lowercase());
            if file.path().is_dir() {
                folders.push(file.path());
            }
        }
    }
    assert!(names.len() > 4, "{names:?}");
    for name in &names {
        for never in [
            "canary", "journal", "diary", "recovery", "sober", "mood", "feeling", "health", "support", "crisis",
            "hard", "peer",
        ] {
            assert!(!name.contains(never), "{name}");
        }
    }
}
