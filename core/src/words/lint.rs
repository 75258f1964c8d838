//! The tone of every sentence: what never stands in one, and that the lint would notice.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::{Sentence, all};
use std::collections::BTreeSet;

/// Never in a sentence, whole words, any case. Clinical, moral, martial, parental, measuring, urging, or untrue.
const NEVER: &[&str] = &[
    "should",
    "must",
    "need to",
    "have to",
    "don't forget",
    "remember to",
    "keep it up",
    "great job",
    "well done",
    "proud of you",
    "streak",
    "goal met",
    "missed",
    "failed",
    "fail",
    "fails",
    "behind",
    "on track",
    "back on track",
    "progress",
    "compliance",
    "adherence",
    "non-compliant",
    "resistant",
    "patient",
    "client",
    "user",
    "addict",
    "alcoholic",
    "clean",
    "dirty",
    "sober days",
    "relapse",
    "fall off",
    "suffering from",
    "victim",
    "battle",
    "fight",
    "journey",
    "just",
    "simply",
    "obviously",
    "at least",
    "urgent",
    "immediately",
    "we noticed",
    "it's been a while",
    "are you sure you want to stop",
    "others like you",
    "most people",
    // the same rules in words of their own: no "we" and no "I", no "why", no promise that cannot be kept, no alarm
    "we",
    "our",
    "us",
    "why",
    "completely secure",
    "nobody can ever",
    "safe with us",
    "forgotten",
    "invalid",
    "illegal",
    "fatal",
    "error",
    "danger",
    "warning",
    "oops",
    "sorry",
    "please wait",
    "congratulations",
    "subject",
    "case",
    // the never-list of identifiers, as words
    "score",
    "points",
    "badge",
    "level",
    "rank",
    "leaderboard",
    "percentile",
    "attendance",
    "engagement",
    "retention",
    "churn",
    "inactive",
    "sentiment",
    "productivity",
    "overdue",
    "percent",
    "complete",
    "remaining",
    "completion rate",
    "last active",
    "days since",
    "clean days",
    "relapse count",
    "risk level",
    "progress percent",
];

/// Words of one sentence at most. Fifteen are aimed at; a name may take some.
const WORDS_MAX: usize = 20;

/// Sentences in the voice of the participant: the purpose of a share, and names of what is theirs.
const THEIR_VOICE: &[&str] = &["share.purpose_default", "section.", "plan."];

/// What is wrong with a sentence.
fn offences(sentence: &Sentence) -> Vec<String> {
    let plain = sentence.text.to_lowercase().replace('’', "'");
    let words: Vec<&str> = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-' || c == '{' || c == '}'))
        .collect();
    let padded = format!(
        " {} ",
        words
            .iter()
            .filter(|word| !word.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" ")
    );
    // "Just before" says when; "just" alone says that something is little.
    let padded = padded.replace(" just before ", " before ");
    let mut found: Vec<String> = NEVER
        .iter()
        .filter(|never| padded.contains(&format!(" {never} ")))
        .map(|never| (*never).to_owned())
        .collect();
    let is_theirs = THEIR_VOICE.iter().any(|theirs| sentence.id.starts_with(theirs));
    if !is_theirs && [" i ", " my ", " me "].iter().any(|word| padded.contains(word)) {
        found.push("the app speaks of itself".to_owned());
    }
    if sentence.text.contains('!') {
        found.push("an exclamation mark".to_owned());
    }
    if sentence.text.contains('%') {
        found.push("a percentage".to_owned());
    }
    if sentence.text.chars().any(|c| !(c.is_ascii() || "’“”…·".contains(c))) {
        found.push("a picture or a sign".to_owned());
    }
    if sentence.text.matches('?').count() > 1 {
        found.push("more than one question".to_owned());
    }
    let long = sentence
        .text
        .split_inclusive(['.', '?'])
        .any(|part| part.split_whitespace().count() > WORDS_MAX);
    if long {
        found.push(format!("more than {WORDS_MAX} words"));
    }
    found
}

#[test]
fn every_sentence_keeps_the_tone() {
    let found: Vec<_> = all()
        .map(|sentence| (sentence.id, offences(sentence)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_lint_notices_what_it_is_there_for() {
    let with = |text: &'static str| offences(&Sentence { id: "test", text });
    for never in NEVER {
        let planted: &'static str = Box::leak(format!("Saved, {never}, here.").into_boxed_str());
        assert!(!with(planted).is_empty(), "{never}");
        let capital: &'static str = Box::leak(format!("{}.", never.to_uppercase()).into_boxed_str());
        assert!(!with(capital).is_empty(), "{never}");
    }
    for planted in [
        "Saved!",
        "I saved it.",
        "Saved 🙂",
        "40% there",
        "a b c d e f g h i2 j k l m n o p q r s t u",
    ] {
        assert!(!with(planted).is_empty(), "{planted}");
    }
    for fine in [
        "Adjust this.",
        "It can be remembered.",
        "Cleaned, unjustly",
        "Anyone who already read it may remember it.",
    ] {
        assert_eq!(with(fine), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn ids_are_unique_and_places_are_known() {
    let known = [
        "who", "what", "until", "parts", "day", "time", "digits", "device", "reason", "count", "cause", "recovery",
        "limits", "words",
    ];
    let mut ids = BTreeSet::new();
    for sentence in all() {
        assert!(ids.insert(sentence.id), "{} twice", sentence.id);
        assert!(sentence.id.split('.').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        }));
        for place in sentence.places() {
            assert!(known.contains(&place), "{place} in {}", sentence.id);
        }
    }
    assert!(ids.len() > 60);
}

#[test]
fn every_sentence_about_recovery_uses_the_participants_word_for_it() {
    for sentence in all().filter(|sentence| sentence.id != "word.recovery_default") {
        // A recovery phrase is words for getting a journal back: another thing, with a name of its own.
        let ours = sentence
            .text
            .to_lowercase()
            .replace("recovery phrase", "")
            .replace("{recovery}", "");
        assert!(!ours.contains("recover"), "{}: {}", sentence.id, sentence.text);
    }
    let uses = all().filter(|sentence| sentence.places().any(|place| place == "recovery"));
    for sentence in uses {
        let said = sentence.with(&[("recovery", "mending")]);
        assert!(said.contains("mending") && !said.contains("recovery"), "{said}");
    }
}

#[test]
fn a_question_is_only_asked_before_what_cannot_be_undone_or_about_what_one_likes() {
    let questions: Vec<&str> = all()
        .filter(|sentence| sentence.text.contains('?') && !sentence.id.starts_with("prompt."))
        .filter(|sentence| !sentence.id.starts_with("self_check."))
        .filter(|sentence| {
            !super::terms::QUESTIONS
                .iter()
                .any(|(_, question)| question.id == sentence.id)
        })
        .map(|sentence| sentence.id)
        .collect();
    assert_eq!(
        questions,
        [
            "status.erase_ask",
            "status.erase_drafts_ask",
            "status.profile_empty",
            "devices.remove_ask",
            "devices.leave_out_ask",
            "devices.shred_ask",
            "devices.begin_again_ask",
            "erasing.all_ask",
            "erasing.here_ask"
        ]
    );
}

/// Other names of what has one here already: whoever reads two names looks for two things.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("entry", &["log", "post", "submission", "check-in"]),
    (
        "specialist",
        &["provider", "counselor", "coach", "therapist", "supporter"],
    ),
    ("stop", &["revoke", "unshare", "block", "disable"]),
    ("erase", &["delete", "deleted", "purge", "wipe"]),
    ("trash", &["bin", "recycle"]),
    ("share", &["publish", "submit"]),
    ("relay", &["server", "cloud"]),
    ("device", &["machine", "hardware", "handset"]),
    ("passphrase", &["password", "passcode"]),
    ("hopes", &["goal", "goals", "target", "objective", "outcome"]),
    ("plan for hard times", &["safety plan", "risk plan", "crisis plan"]),
    ("agreed", &["contract", "opt-in", "terms"]),
    ("preferences", &["assessment", "intake"]),
    ("draft", &["autosave"]),
];

#[test]
fn a_thing_has_one_name() {
    for (name, others) in OTHER_NAMES {
        for sentence in all() {
            let words: Vec<String> = sentence
                .text
                .to_lowercase()
                .split(|c: char| !(c.is_alphanumeric() || c == '-'))
                .map(str::to_owned)
                .collect();
            let padded = format!(" {} ", words.join(" "));
            let other = others.iter().find(|other| padded.contains(&format!(" {other} ")));
            assert!(other.is_none(), "{}: {other:?} is called {name} here", sentence.id);
        }
    }
}

#[test]
fn where_somebody_might_think_so_it_is_said_that_nobody_watches() {
    let said = |id: &str| all().find(|sentence| sentence.id == id).unwrap().text;
    assert_eq!(said("status.nobody_watches"), "No one sees this unless you share it.");
    assert!(said("lines.nobody_calls").starts_with("Nothing here calls or sends by itself."));
}

/// How an open question begins.
const OPENERS: &[&str] = &["what", "how", "which", "where", "who", "when"];

/// Never in a question: what asks for a reason, counts, leads, judges, or brings up what hurts out of the blue.
const NEVER_ASKED: &[&str] = &[
    "why",
    "how come",
    "what made you",
    "for what reason",
    "how many",
    "how much",
    "how often",
    "how long",
    "rate",
    "scale",
    "out of ten",
    "don't you",
    "isn't it",
    "aren't you",
    "wouldn't you",
    "surely",
    "of course",
    "agree",
    "admit",
    "better than",
    "worse than",
    "or",
    "still not",
    "wrong with",
    "suicide",
    "suicidal",
    "self-harm",
    "kill",
    "hurt yourself",
    "overdose",
    "abuse",
    "abused",
    "trauma",
    "traumatic",
    "violence",
    "violent",
    "die",
];

/// What is wrong with a question, beside what can be wrong with any sentence (guards G-40 and G-50).
fn question_offences(text: &str) -> Vec<String> {
    let plain = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let padded = format!(" {} ", words.join(" "));
    let mut found: Vec<String> = NEVER_ASKED
        .iter()
        .filter(|never| padded.contains(&format!(" {never} ")))
        .map(|never| (*never).to_owned())
        .collect();
    if !text.ends_with('?') || text.matches('?').count() != 1 || text.trim_end_matches('?').contains(['.', ';', ':']) {
        found.push("not one question".to_owned());
    }
    if !words.first().is_some_and(|first| OPENERS.contains(first)) {
        found.push("closed, or no question".to_owned());
    }
    let again = |word: &str| padded.contains(&format!(" and {word} ")) || plain.contains(&format!(", {word} "));
    if OPENERS.iter().any(|opener| again(opener)) {
        found.push("two questions in one".to_owned());
    }
    found
}

#[test]
fn every_bundled_question_is_one_open_question_that_leads_nowhere() {
    for (id, _, _, question) in super::prompts::PROMPTS {
        assert_eq!(question_offences(question.text), Vec::<String>::new(), "{id}");
    }
    let in_the_list: BTreeSet<&str> = super::prompts::PROMPTS
        .iter()
        .map(|(_, _, _, question)| question.id)
        .collect();
    let declared: BTreeSet<&str> = all().map(|one| one.id).filter(|id| id.starts_with("prompt.")).collect();
    assert_eq!(in_the_list, declared);
}

#[test]
fn every_question_that_a_specialist_puts_to_themselves_is_open_and_has_one_name_for_good() {
    use super::self_check::{QUESTIONS, question};
    for ((id, asked), n) in QUESTIONS.iter().zip(1..) {
        assert_eq!(*id, format!("S-{n:02}"));
        assert_eq!(question(id), Some(*asked));
        assert_eq!(question_offences(asked.text), Vec::<String>::new(), "{id}");
    }
    assert_eq!(question("S-08"), None);
}

#[test]
fn the_lint_of_questions_notices_what_it_is_there_for() {
    for bad in [
        "Why did you stop?",
        "Did you sleep?",
        "Are you feeling better today?",
        "Do you want to talk about it?",
        "Have you been outside?",
        "Is this what you wanted?",
        "How much did it hurt?",
        "How many days was that?",
        "How often do you write?",
        "What happened? How was it?",
        "What did you do and how did it feel?",
        "What helps, what does not?",
        "What went wrong with you?",
        "What made you do that?",
        "How come you are here?",
        "How is it, good or bad?",
        "Tell me about your day.",
        "What about the trauma?",
        "What would you rate this day?",
        "What are you grateful for. Think of three things?",
        "What is better, don't you think?",
        "Where did the violence begin?",
    ] {
        assert!(!question_offences(bad).is_empty(), "{bad}");
    }
    for fine in [
        "What is there?",
        "Where do you feel at home?",
        "How would you like that?",
    ] {
        assert_eq!(question_offences(fine), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn when_something_goes_wrong_the_first_words_say_what_is_safe() {
    let first = [
        "Nothing",
        "Saved",
        "What you saved",
        "Everything is saved",
        "Your journal is locked",
        "That isn't here",
    ];
    for sentence in super::errors::ALL
        .iter()
        .filter(|sentence| !sentence.id.starts_with("error.reason."))
    {
        assert!(
            first.iter().any(|first| sentence.text.starts_with(first)),
            "{}: {}",
            sentence.id,
            sentence.text
        );
    }
}
