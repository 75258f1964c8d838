//! Who may do what, as one table: every call of the vault's doors, every kind of record, every operation of the wire.
//!
//! Three take part: the participant's devices, the specialist's, and the relay. A call, a kind or an operation without a row makes a test fail. What a role is
//! refused is really tried by it, in a relationship of two people who have met and agreed, and has to change nothing. What the relay can do, it does with what is
//! sealed and signed: a record that neither of the two has signed counts nowhere ([`records`]), and the rest of its attacks stand in `hostile_relay`.
//!
//! There is no row "ask for access": no call, no kind of record and no kind of message speaks of what is not shown.

mod asking;
mod calls;
mod doing;
mod lives;
mod records;
mod refused;
mod states;
mod wire;

use calls::CALLS;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    /// Write, revise, trash or erase an entry, the profile, the plan, a hope, a word, a question.
    WriteOwn,
    /// Read any of that, or learn that it is there.
    ReadOwn,
    /// Build and release what is shown, and stop it.
    Show,
    /// Read what is shown.
    ReadShown,
    /// Say something, and set what is wished of that.
    Say,
    /// Declare, propose, accept.
    Propose,
    /// Write on the page of a meeting, each their own lines.
    Write,
    /// Pause, go on, end.
    Stand,
    /// Meet somebody.
    Meet,
    /// Feedback.
    Feedback,
    /// See who saw what.
    WhoSaw,
    /// Let own devices in and out.
    OwnDevices,
    /// Delete everything.
    Delete,
    /// Carry to and from the relay.
    Carry,
    /// Opening, locking and looking after the vault itself.
    Beside,
}

/// For whom a call is there in a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// It names nothing of a relationship: whoever calls it reaches their own vault, and nobody else's.
    Own,
    /// Both.
    Both,
    /// The participant; a specialist is refused.
    Participant,
    /// The specialist; a participant is refused.
    Specialist,
    /// The participant; a specialist is answered as if there were nothing.
    Silent,
}

/// The doors, by the name of their type.
const DOORS: [&str; 8] = [
    "Vault",
    "Journal",
    "ProfileDoor",
    "Support",
    "Devices",
    "Sync",
    "Subscription",
    "Editing",
];

/// Types that name something of a relationship.
const OF_TWO: [&str; 7] = [
    "RelationshipId",
    "ShareId",
    "MessageId",
    "MeetingId",
    "LineId",
    "ThingId",
    "NewShare",
];

/// Types that name something of somebody's own.
const OF_ONE: [&str; 12] = [
    "EntryId",
    "DraftId",
    "AttachmentId",
    "SectionId",
    "StatementId",
    "RevisionId",
    "HopeId",
    "PlanItemId",
    "MainstayId",
    "ReminderId",
    "PublicKey",
    "RecordHash",
];

/// The public calls of the doors, each with the names of all types in its parameters.
#[derive(Default)]
struct Calls {
    door: Option<String>,
    found: BTreeMap<String, BTreeSet<String>>,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(path) = &*item.self_ty else { return };
        let name = path.path.segments.last().unwrap().ident.to_string();
        self.door = (item.trait_.is_none() && DOORS.contains(&name.as_str())).then_some(name);
        visit::visit_item_impl(self, item);
        self.door = None;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if let (syn::Visibility::Public(_), Some(door)) = (&item.vis, &self.door) {
            let mut types = Types::default();
            item.sig.inputs.iter().for_each(|input| types.visit_fn_arg(input));
            self.found.insert(format!("{door}::{}", item.sig.ident), types.0);
        }
    }
}

#[derive(Default)]
struct Types(BTreeSet<String>);

impl<'ast> Visit<'ast> for Types {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0
            .extend(path.segments.iter().map(|segment| segment.ident.to_string()));
        visit::visit_path(self, path);
    }
}

fn calls() -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/vault");
    let mut calls = Calls::default();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        if file.path().extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(file.path()).unwrap();
            calls.visit_file(&syn::parse_file(&text).unwrap());
        }
    }
    calls.found
}

/// The calls of the table, each with who it is there for.
fn rows() -> BTreeMap<&'static str, Who> {
    let all = CALLS
        .iter()
        .flat_map(|(_, who, calls)| calls.iter().map(|call| (*call, *who)));
    let count = all.clone().count();
    let rows: BTreeMap<&str, Who> = all.collect();
    assert_eq!(rows.len(), count, "no call has two rows");
    rows
}

/// The calls that are there for these.
fn there_for(wanted: Who) -> BTreeSet<&'static str> {
    let rows = rows().into_iter();
    rows.filter(|(_, who)| *who == wanted).map(|(call, _)| call).collect()
}

/// The calls that name something of somebody's own, and nothing of a relationship.
fn that_name_ones_own() -> BTreeSet<String> {
    let own = there_for(Who::Own);
    let names = |types: &BTreeSet<String>| OF_ONE.iter().any(|name| types.contains(*name));
    let calls = calls().into_iter();
    calls
        .filter(|(call, types)| own.contains(call.as_str()) && names(types))
        .map(|(call, _)| call)
        .collect()
}

#[test]
fn every_call_of_the_doors_has_a_row() {
    let (calls, rows) = (calls(), rows());
    assert!(calls.len() > 150, "the sources can be read");
    let without: Vec<&String> = calls.keys().filter(|call| !rows.contains_key(call.as_str())).collect();
    let gone: Vec<&&str> = rows.keys().filter(|call| !calls.contains_key(**call)).collect();
    assert!(
        without.is_empty() && gone.is_empty(),
        "no row: {without:?}; no call: {gone:?}"
    );
}

#[test]
fn what_is_called_over_ones_own_vault_names_nothing_of_a_relationship_and_the_rest_does() {
    let rows = rows();
    for (call, types) in calls() {
        let is_of_two = OF_TWO.iter().any(|name| types.contains(*name));
        assert_eq!(is_of_two, rows[call.as_str()] != Who::Own, "{call}");
    }
}

/// Whoever is shown something reads it on a screen: no call makes a file of it, prints it, copies it, forwards it or finds it among the words of one's own. That somebody can
/// photograph a screen, the words say.
#[test]
fn what_is_shown_is_read_and_there_is_no_call_that_passes_it_on() {
    let rows = CALLS.iter().filter(|(row, ..)| *row == Row::ReadShown);
    let shown: BTreeSet<&str> = rows.flat_map(|(_, _, calls)| calls.iter().copied()).collect();
    let read = [
        "Support::holds_shared_words",
        "Support::open_gated",
        "Support::open_preferences",
        "Support::open_shared",
        "Support::read_shared_attachment",
        "Support::shared_with_me",
    ];
    assert_eq!(shown, read.into());
    let passes_on = |name: &str| {
        ["export", "print", "copy", "forward", "save_shared", "search", "clip"]
            .into_iter()
            .any(|word| name.contains(word))
    };
    let all = calls();
    let found: Vec<&String> = all
        .keys()
        .filter(|name| name.starts_with("Support::") && passes_on(name))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(passes_on("Support::export_shared"));
}

#[test]
fn rows_agree_with_what_each_role_may_do() {
    use cairn_core::support::{Action, Role, may};
    let action = |row: Row| match row {
        Row::WriteOwn => Some(Action::UseJournal),
        Row::Show => Some(Action::Share),
        Row::ReadShown => Some(Action::ReadShared),
        Row::Stand => Some(Action::End),
        _ => None,
    };
    for (row, who, calls) in CALLS.iter().filter(|(_, who, _)| *who != Who::Own) {
        let Some(action) = action(*row) else { continue };
        let by_specialist = matches!(who, Who::Both | Who::Specialist);
        assert_eq!(may(Role::Specialist, action), by_specialist, "{calls:?}");
    }
    // A specialist has no call for the participant's journal, profile or log: what they call reaches their own vault.
    for action in [Action::UseJournal, Action::UseProfile, Action::ReadAccessLog] {
        assert!(!may(Role::Specialist, action));
    }
}
