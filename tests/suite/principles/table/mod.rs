//! What each row and each invariant asks for, in our words, and the tests that show it.

mod invariants;
mod support;
mod ways;

/// An id, what it asks for, and who shows it: file and test.
pub(super) type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The whole table, section by section.
pub(super) const SHOWN: &[&[Row]] = &[
    support::EFFECTIVE,
    support::AUTONOMY,
    ways::RELATIONSHIPS,
    ways::PEERS,
    ways::PREFERENCES,
    invariants::INVARIANTS,
];

// Where the tests stand.
const ADVICE: &str = "core/src/words/advice_tests.rs";
const APART: &str = "tests/suite/apart/mod.rs";
const BAD_ANSWERS: &str = "tests/suite/bad_input/answers.rs";
const CLI_EXPORT: &str = "bindings/cli/tests/export.rs";
const CLI_HOME: &str = "bindings/cli/tests/home.rs";
const CLI_PREFERENCES: &str = "bindings/cli/tests/preferences.rs";
const CLI_TALKING: &str = "bindings/cli/tests/talking.rs";
const CLI_TOGETHER: &str = "bindings/cli/tests/together.rs";
const CODE: &str = "tests/suite/guards_code.rs";
const CONSENT: &str = "core/src/support/consent_tests.rs";
const CONVERSATION: &str = "core/src/support/conversation_tests.rs";
const EXPORTING: &str = "core/src/vault/exporting_tests.rs";
const FINDING: &str = "tests/suite/finding.rs";
const GUARDS: &str = "tests/suite/guards.rs";
const GUARDS_TABLE: &str = "tests/suite/guards_table.rs";
const HERE: &str = "tests/suite/principles/mod.rs";
const HISTORY: &str = "tests/suite/history.rs";
const HOPES: &str = "core/src/profile/hopes.rs";
const LANGUAGES: &str = "tests/suite/languages.rs";
const LEAST: &str = "tests/suite/taking_out/least.rs";
const LINT: &str = "core/src/words/lint.rs";
const LIVED: &str = "tests/suite/principles/lived.rs";
const LOCK: &str = "core/src/vault/lock_tests.rs";
const MEETING: &str = "core/src/support/meeting_tests.rs";
const MEETINGS: &str = "tests/suite/meetings.rs";
const MESSAGES: &str = "tests/suite/messages.rs";
const NARROWING: &str = "tests/suite/narrowing.rs";
const OWN: &str = "tests/suite/principles/own.rs";
const PASTED: &str = "core/src/support/pasted.rs";
const PASTING: &str = "tests/suite/pasting.rs";
const PEOPLE: &str = "tests/suite/people.rs";
const PRIVACY: &str = "tests/suite/privacy.rs";
const PROFILE: &str = "tests/suite/profile.rs";
const PROFILE_CHANGES: &str = "core/src/profile/change_tests.rs";
const PROMPTS: &str = "core/src/profile/prompts.rs";
const ROLE: &str = "core/src/support/role.rs";
const SEEING: &str = "tests/suite/seeing.rs";
const SETTINGS: &str = "tests/suite/settings.rs";
const SHARES: &str = "core/src/support/share.rs";
const SHARING: &str = "tests/suite/sharing.rs";
const SHOWN_ATTACHMENTS: &str = "tests/suite/shown_attachments.rs";
const SHOWN_PROFILE: &str = "tests/suite/shown_profile.rs";
const STOPPED_AGAIN: (&str, &str) = ("tests/suite/hostile_relay/erasures.rs", "a_stopped_share_served_again");
const STRENGTHS: &str = "tests/suite/strengths.rs";
const TAKEN_IN: &str = "tests/suite/taking_out/again.rs";
const TAKEN_OUT: &str = "tests/suite/taking_out/out.rs";
const STORIES: &str = "core/src/exchange/export/tests/stories.rs";
const TERMS: &str = "tests/suite/terms.rs";
const TERMS_UNIT: &str = "core/src/support/terms_tests.rs";
const VIEW: &str = "core/src/support/view_tests.rs";
const VIEW_BYTES: &str = "core/src/record/tests/view.rs";
const WANTED: &str = "tests/suite/wanted.rs";

/// What is not built yet, or built in part, and what exactly is missing. A row goes from here into the table when a test shows all of it.
pub(super) const NOT_YET: &[(&str, &str)] = &[];
