//! Who may import whom: the table of ARCHITECTURE.md, held against every path of every file of the core.
//!
//! Code that is compiled for tests alone may use what tests use; everything else follows the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// What every room may use.
const EVERYWHERE: [&str; 14] = [
    "clock",
    "id",
    "moment",
    "limits",
    "padme",
    "planted",
    "std",
    "serde",
    "chrono",
    "chrono_tz",
    "uuid",
    "thiserror",
    "tracing",
    "zeroize",
];

/// A room, and what it may use beside that.
const TABLE: [(&str, &[&str]); 12] = [
    ("journal", &[]),
    ("profile", &["unic_langid"]),
    ("words", &[]),
    ("support", &["journal", "profile"]),
    (
        "record",
        &["journal", "profile", "support", "cairn_wire", "zstd", "blake3"],
    ),
    (
        "document",
        &[
            "journal",
            "profile",
            "automerge",
            "unicode_segmentation",
            "blake3",
            "minicbor",
        ],
    ),
    (
        "crypto",
        &[
            "cairn_wire",
            "minicbor",
            "hpke",
            "chacha20poly1305",
            "ed25519_dalek",
            "blake3",
            "bip39",
            "data_encoding",
            "sha2",
            "argon2",
            "unicode_normalization",
        ],
    ),
    ("media", &["journal", "imagesize", "infer"]),
    (
        "store",
        &[
            "journal",
            "profile",
            "support",
            "cairn_wire",
            "rusqlite",
            "libsqlite3_sys",
            "unicode_normalization",
            "unicode_script",
        ],
    ),
    ("sync", &["cairn_wire", "minicbor"]),
    (
        "exchange",
        &[
            "journal",
            "profile",
            "support",
            "words",
            "zip",
            "serde_json",
            "blake3",
            "sha2",
            "md5",
            "data_encoding",
            "age",
            "pulldown_cmark",
            "csv",
            "html5gum",
            "saphyr_parser",
            "toml",
        ],
    ),
    (
        "vault",
        &[
            "journal",
            "profile",
            "words",
            "support",
            "record",
            "document",
            "crypto",
            "store",
            "sync",
            "exchange",
            "media",
            "cairn_wire",
            "minicbor",
            "data_encoding",
        ],
    ),
];

fn core_src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src")
}

/// The names of the crates the core depends on, as paths write them.
fn dependencies() -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(core_src().join("../Cargo.toml")).unwrap();
    let section = manifest
        .split("[dependencies]")
        .nth(1)
        .unwrap()
        .split("\n[")
        .next()
        .unwrap();
    section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(|name| name.replace('-', "_"))
        .collect()
}

/// Everything a file names: rooms behind `crate::`, and crates.
#[derive(Default)]
struct Names {
    rooms: BTreeSet<String>,
    crates: BTreeSet<String>,
    modules: Vec<String>,
    known: BTreeSet<String>,
}

impl Names {
    fn take(&mut self, segments: &[String]) {
        match segments {
            [first, room, ..] if first == "crate" => {
                self.rooms.insert(room.clone());
            }
            [first, ..] if self.known.contains(first) => {
                self.crates.insert(first.clone());
            }
            _ => {}
        }
    }

    fn take_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.take_tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.take_tree(tree, before)),
            syn::UseTree::Name(name) => self.take(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.take(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.take(before),
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if is_for_tests(&module.attrs) {
            return;
        }
        if module.content.is_none() {
            self.modules.push(module.ident.to_string());
        }
        visit::visit_item_mod(self, module);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.take_tree(&item.tree, &[]);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.take(&segments);
        visit::visit_path(self, path);
    }
}

/// What one file and the files it declares name, with the file in which each stands.
fn names_below(file: &Path, folder: &Path, known: &BTreeSet<String>, found: &mut BTreeMap<String, PathBuf>) {
    let parsed = syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut names = Names {
        known: known.clone(),
        ..Names::default()
    };
    names.visit_file(&parsed);
    for name in names.rooms.iter().chain(&names.crates) {
        found.entry(name.clone()).or_insert_with(|| file.to_owned());
    }
    for module in names.modules {
        let (leaf, below) = (folder.join(format!("{module}.rs")), folder.join(&module));
        let file = if leaf.exists() { leaf } else { below.join("mod.rs") };
        names_below(&file, &below, known, found);
    }
}

fn strays(allowed: &dyn Fn(&str) -> Vec<&'static str>) -> Vec<String> {
    let known = dependencies();
    let mut strays = Vec::new();
    for (room, _) in TABLE {
        let mut found = BTreeMap::new();
        let folder = core_src().join(room);
        names_below(&folder.join("mod.rs"), &folder, &known, &mut found);
        let allowed: BTreeSet<&str> = EVERYWHERE.into_iter().chain(allowed(room)).chain([room]).collect();
        strays.extend(
            found
                .into_iter()
                .filter(|(name, _)| !allowed.contains(name.as_str()))
                .map(|(name, file)| format!("{room} imports {name} in {}", file.display())),
        );
    }
    strays
}

fn table(room: &str) -> Vec<&'static str> {
    TABLE
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| allowed.to_vec())
        .unwrap_or_default()
}

#[test]
fn every_room_imports_only_what_the_table_allows() {
    assert_eq!(strays(&table), Vec::<String>::new());
}

#[test]
fn a_smaller_table_is_noticed() {
    let smaller = |room: &str| table(room).into_iter().filter(|name| *name != "automerge").collect();
    assert_eq!(
        strays(&smaller).len(),
        1,
        "the document room is seen to import automerge"
    );
}

#[test]
fn every_room_of_the_core_is_in_the_table() {
    let rooms: BTreeSet<String> = std::fs::read_dir(core_src())
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(rooms, TABLE.iter().map(|(room, _)| (*room).to_owned()).collect());
}

#[test]
fn the_relay_has_no_edge_to_the_core() {
    for manifest in ["../sync-server/Cargo.toml", "../sync-server/wire/Cargo.toml"] {
        let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
        assert!(
            !manifest.contains("cairn-core"),
            "the relay has no code to read an entry with"
        );
    }
}
