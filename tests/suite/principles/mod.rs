//! What peer support asks of this software, row by row, and what holds whatever happens: which test shows it, and what is not built yet.
//!
//! A test that is renamed or gone takes its row with it, noisily. `lived.rs` shows what no other test does, `own.rs` what
//! stays with the participant.

mod lived;
mod own;
mod table;

use cairn_core::id::MessageId;
use cairn_core::support::{FeltHeard, FeltPushed, Offered, Question, Resource, Saying, SupportWanted};
use cairn_core::words;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use table::{NOT_YET, SHOWN};

/// Each section with how many rows it has.
const SECTIONS: [(&str, usize); 6] = [
    ("F000", 25),
    ("F001", 15),
    ("F002", 22),
    ("F003", 22),
    ("F004", 22),
    ("I", 32),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether a source holds this test: a function that is one, or an attack of the hostile relay.
fn is_test_of(source: &str, test: &str) -> bool {
    let function = format!("fn {test}(");
    let is_function = source.match_indices(&function).any(|(at, _)| {
        let before = source.get(..at).unwrap_or_default().trim_end();
        before.ends_with("#[test]")
    });
    is_function || (source.contains("attack! {") && source.contains(&format!("\n    {test}, |seed|")))
}

#[test]
fn every_row_and_every_invariant_is_shown_or_said_not_to_be_there_yet() {
    let expected = SECTIONS
        .into_iter()
        .flat_map(|(section, rows)| (1..=rows).map(move |row| format!("{section}-{row:02}")));
    let expected: BTreeMap<String, usize> = expected.map(|id| (id, 1)).collect();
    let mut found = BTreeMap::new();
    let shown = SHOWN.iter().flat_map(|rows| rows.iter()).map(|(id, ..)| *id);
    for id in shown.chain(NOT_YET.iter().map(|(id, _)| *id)) {
        *found.entry(id.to_owned()).or_insert(0) += 1;
    }
    assert_eq!(found, expected, "each once, in the table or in what is not there yet");
    assert_eq!(expected.len(), 106 + 32);
}

#[test]
fn each_says_something_and_each_row_has_a_test() {
    let shown = SHOWN.iter().flat_map(|rows| rows.iter());
    for (id, sentence, tests) in shown {
        assert!(sentence.len() > 20 && sentence.ends_with('.'), "{id}");
        assert!(!tests.is_empty(), "{id}");
    }
    for (id, missing) in NOT_YET {
        assert!(missing.len() > 20 && missing.ends_with('.'), "{id}");
    }
}

#[test]
fn every_test_of_the_table_is_there() {
    let mut sources: BTreeMap<&str, String> = BTreeMap::new();
    for (id, _, tests) in SHOWN.iter().flat_map(|rows| rows.iter()) {
        for (file, test) in *tests {
            let source = sources
                .entry(file)
                .or_insert_with(|| fs::read_to_string(root().join(file)).unwrap_or_default());
            assert!(is_test_of(source, test), "{id}: {test} is no test in {file}");
        }
    }
}

#[test]
fn a_test_that_is_gone_is_noticed() {
    let source = "#[test]\nfn it_holds() {}\n\nfn helper() {}\n// it_held before\nattack! {\n    a_lie, |seed| {}\n}\n";
    assert!(is_test_of(source, "it_holds") && is_test_of(source, "a_lie"));
    for gone in ["it_held", "holds", "helper", "it_hold", "lie", ""] {
        assert!(!is_test_of(source, gone), "{gone}");
    }
}

/// Never between two people: what assigns, falls due, rates, reacts, approves, watches, hurries, or makes a crowd of them.
const NEVER: [&str; 52] = [
    "alert",
    "applause",
    "approved",
    "assign",
    "assigned",
    "auto",
    "badge",
    "canned",
    "celebrate",
    "celebration",
    "certified",
    "checklist",
    "community",
    "deadline",
    "due",
    "email",
    "emoji",
    "feed",
    "flag",
    "form",
    "gender",
    "heart",
    "homework",
    "label",
    "likes",
    "location",
    "mandatory",
    "note",
    "notes",
    "online",
    "overdue",
    "pending",
    "phone",
    "post",
    "presence",
    "priority",
    "publish",
    "quick",
    "rating",
    "reaction",
    "required",
    "risk",
    "severity",
    "sex",
    "sticker",
    "supervisor",
    "task",
    "template",
    "typing",
    "unanswered",
    "unread",
    "urgent",
];

/// The words of a name, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphabetic() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphabetic(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn offence(name: &str) -> Option<&'static str> {
    let words = words_of(name);
    NEVER.into_iter().find(|never| words.iter().any(|word| word == never))
}

/// The public names of a source.
#[derive(Default)]
struct Public(Vec<String>);

impl Public {
    fn add(&mut self, visibility: &syn::Visibility, ident: Option<&syn::Ident>) {
        if matches!(visibility, syn::Visibility::Public(_)) {
            self.0.extend(ident.map(ToString::to_string));
        }
    }
}

impl<'ast> Visit<'ast> for Public {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.vis, Some(&item.sig.ident));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.vis, Some(&item.sig.ident));
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.vis, Some(&item.ident));
        visit::visit_item_struct(self, item);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        self.add(&field.vis, field.ident.as_ref());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.vis, Some(&item.ident));
        if matches!(item.vis, syn::Visibility::Public(_)) {
            for variant in &item.variants {
                self.0.push(variant.ident.to_string());
                let fields = variant.fields.iter().filter_map(|field| field.ident.as_ref());
                self.0.extend(fields.map(ToString::to_string));
            }
        }
    }
}

fn public_names(source: &str) -> Vec<String> {
    let mut names = Public::default();
    names.visit_file(&syn::parse_file(source).unwrap());
    names.0
}

#[test]
fn nothing_between_two_people_assigns_rates_reacts_or_watches() {
    let planted = "pub enum Kind { Words { due_date: u8 } } pub struct A { pub risk: u8, note: u8 } fn post() {} pub fn unread() {}";
    let planted = public_names(planted);
    let offences: Vec<_> = planted.iter().filter_map(|name| offence(name)).collect();
    assert_eq!(offences, ["due", "risk", "unread"]);
    let mut names = Vec::new();
    for folder in ["core/src/support", "core/src/vault", "bindings/ffi/src"] {
        for file in fs::read_dir(root().join(folder)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // Of the rooms that hold more than two people, what is about the two.
            let is_theirs = folder.ends_with("support")
                || ["support", "messages", "relationship", "conversation", "share"]
                    .iter()
                    .any(|theirs| name.starts_with(theirs));
            if is_theirs && name.ends_with(".rs") {
                let public = public_names(&fs::read_to_string(&path).unwrap());
                names.extend(public.into_iter().map(|one| (name.clone(), one)));
            }
        }
    }
    assert!(names.len() > 300, "{}", names.len());
    assert!(names.iter().any(|(_, name)| name == "say_message"));
    // What both write on one page, and the participant takes back with everything on it, is no note of one about the other.
    let both_write = |file: &str, name: &str| file == "meeting.rs" && name.eq_ignore_ascii_case("notes");
    let found: Vec<_> = names
        .iter()
        .filter(|(file, name)| offence(name).is_some() && !both_write(file, name))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    // Nor does the whole of what an app can call: a participant is handed nothing to do.
    let app = fs::read_to_string(root().join("bindings/api.txt")).unwrap();
    let called: Vec<&str> = app.split(|letter: char| !letter.is_alphanumeric()).collect();
    assert!(
        called.contains(&"sayMessage") || called.contains(&"write"),
        "it was read"
    );
    let handed = [
        "assign",
        "assigned",
        "due",
        "deadline",
        "mandatory",
        "overdue",
        "task",
        "reaction",
        "rating",
        "unread",
    ];
    let found = called
        .iter()
        .filter(|name| words_of(name).iter().any(|word| handed.contains(&word.as_str())));
    assert_eq!(found.count(), 0);
}

/// The place of a kind in the list of all. Whoever adds one has to say here where it stands.
const fn place(saying: &Saying) -> usize {
    match saying {
        Saying::Acknowledgement { .. } => 0,
        Saying::OpenQuestion => 1,
        Saying::Offer(Offered::LivedExperience) => 2,
        Saying::Offer(Offered::Resource) => 3,
        Saying::Resource { .. } => 4,
        Saying::LivedExperience { .. } => 5,
        Saying::Practical => 6,
        Saying::ResponseToFeedback { .. } => 7,
        Saying::Closing => 8,
        Saying::Words => 9,
        Saying::Ask(_) => 10,
        Saying::Correction => 11,
        Saying::Yes => 12,
        Saying::NotNow => 13,
        Saying::Feedback { .. } => 14,
        Saying::Proposal { .. } => 15,
        Saying::AskForProposal => 16,
    }
}

/// Every kind of message.
fn kinds() -> Vec<Saying> {
    let none: Option<MessageId> = None;
    vec![
        Saying::Acknowledgement {
            strength: String::new(),
        },
        Saying::OpenQuestion,
        Saying::Offer(Offered::LivedExperience),
        Saying::Offer(Offered::Resource),
        Saying::Resource {
            resource: Resource::default(),
            accepted: none,
        },
        Saying::LivedExperience {
            accepted: none,
            ask_back: String::new(),
        },
        Saying::Practical,
        Saying::ResponseToFeedback {
            differently: String::new(),
        },
        Saying::Closing,
        Saying::Words,
        Saying::Ask(SupportWanted::LISTENING),
        Saying::Correction,
        Saying::Yes,
        Saying::NotNow,
        Saying::Feedback {
            heard: FeltHeard::Unsaid,
            pushed: FeltPushed::Unsaid,
        },
        Saying::Proposal {
            asked: MessageId::from_bytes([1; 16]),
        },
        Saying::AskForProposal,
    ]
}

#[test]
fn what_can_be_said_is_a_closed_list_without_advice_or_reactions() {
    let kinds = kinds();
    assert!(kinds.iter().map(place).eq(0..17));
    let of_specialists: Vec<&str> = kinds
        .iter()
        .filter(|kind| kind.is_specialists())
        .map(Saying::code)
        .collect();
    assert_eq!(
        of_specialists,
        [
            "acknowledgement",
            "open_question",
            "offer_lived_experience",
            "offer_resource",
            "resource",
            "lived_experience",
            "practical",
            "response_to_feedback",
            "closing",
            "proposal",
        ]
    );
    for kind in &kinds {
        for never in [
            "advice", "plan", "reaction", "like", "urgent", "reminder", "task", "warning",
        ] {
            assert!(!kind.code().contains(never), "{}", kind.code());
        }
    }
}

#[test]
fn an_agreement_begins_with_what_the_participant_wants() {
    let first = [Question::ALL[0], Question::ALL[1]].map(Question::code);
    assert_eq!(first, ["want_from_this", "how_support"]);
    let asked = words::terms::QUESTIONS.map(|(code, question)| (code, question.text));
    assert_eq!([asked[0].0, asked[1].0], first);
    assert!(asked.iter().all(|(_, question)| question.ends_with('?')));
}

#[test]
fn an_empty_journal_offers_company_and_claims_nothing() {
    let said = words::status::WELCOME.text;
    assert!(said.contains("your space") && said.contains("or not"), "{said}");
    for sentence in words::all() {
        for claim in ["not alone", "never alone", "always here", "here for you"] {
            assert!(!sentence.text.to_lowercase().contains(claim), "{}", sentence.id);
        }
    }
}
