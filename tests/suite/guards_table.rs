//! Which test keeps which guard, every one of them: on authorship, sharing, conduct, measuring, attention, consent, privacy, safety, endings and words. A test
//! that is renamed or gone takes its row with it, noisily.

use std::collections::BTreeSet;
use std::path::Path;

/// Guard, file, and the test in it that keeps the guard.
const KEPT: &[(&str, &str, &str)] = &[
    // Authorship and ownership
    (
        "G-01",
        "tests/suite/privacy.rs",
        "a_specialist_has_no_call_that_writes_to_the_journal",
    ),
    (
        "G-01",
        "core/src/support/role.rs",
        "each_role_may_exactly_what_the_table_says",
    ),
    (
        "G-02",
        "core/src/exchange/dayone/tests/round_trip.rs",
        "a_sample_journal_comes_back_word_for_word",
    ),
    (
        "G-02",
        "core/src/document/tests/prose.rs",
        "each_new_sentence_is_there_word_for_word",
    ),
    (
        "G-03",
        "bindings/cli/tests/home.rs",
        "an_entry_is_written_listed_shown_searched_edited_trashed_and_restored",
    ),
    (
        "G-04",
        "tests/suite/privacy.rs",
        "no_word_a_person_writes_reaches_the_relay_or_is_heard_on_the_way",
    ),
    (
        "G-04",
        "tests/suite/architecture.rs",
        "the_relay_has_no_edge_to_the_core",
    ),
    (
        "G-05",
        "bindings/cli/tests/export.rs",
        "a_journal_goes_out_in_every_form_and_a_file_that_is_there_stays",
    ),
    (
        "G-05",
        "core/src/vault/exporting_tests.rs",
        "a_journal_with_anything_in_it_goes_out_and_comes_in_equal",
    ),
    // Sharing
    (
        "G-06",
        "tests/suite/principles/lived.rs",
        "an_entry_that_was_just_written_is_shown_to_nobody",
    ),
    (
        "G-07",
        "tests/suite/principles/lived.rs",
        "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist",
    ),
    (
        "G-07",
        "core/src/record/tests/view.rs",
        "no_byte_of_an_unshared_field_is_ever_in_a_view",
    ),
    (
        "G-08",
        "core/src/support/role.rs",
        "each_role_may_exactly_what_the_table_says",
    ),
    (
        "G-09",
        "tests/suite/permissions/mod.rs",
        "what_is_shown_is_read_and_there_is_no_call_that_passes_it_on",
    ),
    (
        "G-09",
        "tests/suite/taking_out/out.rs",
        "what_a_participant_said_to_a_specialist_is_in_no_export_of_the_specialists",
    ),
    ("G-10", "tests/suite/narrowing.rs", "it_only_ever_shows_less"),
    (
        "G-10",
        "tests/suite/narrowing.rs",
        "a_snapshot_stays_and_what_follows_edits_follows_them_once_they_rested",
    ),
    (
        "G-11",
        "core/src/words/sharing.rs",
        "a_receipt_says_who_what_until_when_and_what_cannot_be_undone",
    ),
    // Conduct
    (
        "G-12",
        "tests/suite/messages.rs",
        "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
    ),
    (
        "G-12",
        "tests/suite/messages.rs",
        "a_specialist_whose_app_checks_nothing_gains_nothing",
    ),
    (
        "G-13",
        "tests/suite/messages.rs",
        "nothing_is_said_in_ignorance_of_the_preferences_and_what_waited_comes_back",
    ),
    (
        "G-14",
        "tests/suite/messages.rs",
        "messages_arrive_in_the_participants_hours_and_not_too_many_of_a_day",
    ),
    (
        "G-14",
        "tests/suite/messages.rs",
        "in_a_pause_nothing_is_shown_and_nothing_leaves_and_both_go_on_after_it",
    ),
    // No measuring, no competing
    (
        "G-15",
        "tests/suite/guards.rs",
        "no_name_measures_ranks_or_diagnoses_anybody",
    ),
    ("G-15", "core/src/words/lint.rs", "every_sentence_keeps_the_tone"),
    (
        "G-16",
        "tests/suite/guards.rs",
        "the_guard_notices_a_name_in_every_dress",
    ),
    (
        "G-18",
        "tests/suite/guards.rs",
        "no_name_measures_ranks_or_diagnoses_anybody",
    ),
    (
        "G-19",
        "tests/suite/settings.rs",
        "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
    ),
    (
        "G-17",
        "tests/suite/guards_code.rs",
        "no_function_takes_more_than_one_person",
    ),
    // Attention
    (
        "G-20",
        "tests/suite/settings.rs",
        "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
    ),
    (
        "G-20",
        "core/src/profile/prompts.rs",
        "asking_leaves_no_trace_and_a_bundled_question_in_own_words_comes_back_as_it_was",
    ),
    (
        "G-23",
        "core/src/profile/settings.rs",
        "everything_is_off_in_a_new_journal",
    ),
    (
        "G-24",
        "tests/suite/guards_table.rs",
        "an_app_is_told_what_to_read_again_and_nothing_else",
    ),
    (
        "G-20",
        "tests/suite/settings.rs",
        "a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written",
    ),
    (
        "G-21",
        "core/src/profile/reminders.rs",
        "a_reminder_is_kept_changed_and_taken_away_and_rings_where_that_was_chosen",
    ),
    (
        "G-21",
        "tests/suite/guards_code.rs",
        "no_file_of_a_vault_is_named_after_what_is_in_it_or_what_it_is_for",
    ),
    (
        "G-22",
        "tests/suite/history.rs",
        "what_arrives_while_somebody_writes_changes_no_word_of_what_they_write",
    ),
    // Consent without tricks
    ("G-26", "tests/suite/settings.rs", "everything_is_off_in_a_new_journal"),
    (
        "G-27",
        "core/src/words/lint.rs",
        "the_lint_notices_what_it_is_there_for",
    ),
    (
        "G-28",
        "core/src/words/lint.rs",
        "a_question_is_only_asked_before_what_cannot_be_undone_or_about_what_one_likes",
    ),
    (
        "G-30",
        "core/src/words/sharing.rs",
        "a_receipt_says_who_what_until_when_and_what_cannot_be_undone",
    ),
    ("G-25", "core/src/words/lint.rs", "every_sentence_keeps_the_tone"),
    ("G-29", "core/src/words/lint.rs", "a_thing_has_one_name"),
    (
        "G-31",
        "tests/suite/guards_code.rs",
        "the_core_has_no_code_to_reach_a_network_with",
    ),
    (
        "G-31",
        "tests/suite/guards_code.rs",
        "nothing_here_reports_to_anybody_or_makes_up_words",
    ),
    // Privacy
    (
        "G-32",
        "core/src/profile/settings.rs",
        "everything_is_off_in_a_new_journal",
    ),
    (
        "G-33",
        "tests/suite/privacy.rs",
        "no_error_repeats_a_word_of_what_was_given",
    ),
    (
        "G-33",
        "tests/suite/privacy.rs",
        "no_value_shows_its_words_when_it_is_printed_for_a_developer",
    ),
    (
        "G-34",
        "tests/suite/privacy.rs",
        "no_word_a_person_writes_reaches_the_relay_or_is_heard_on_the_way",
    ),
    (
        "G-35",
        "core/src/exchange/dayone/tests/mod.rs",
        "place_and_device_stay_behind_at_any_depth_unless_asked_for",
    ),
    (
        "G-36",
        "tests/suite/guards_code.rs",
        "nothing_here_reports_to_anybody_or_makes_up_words",
    ),
    // Safety
    (
        "G-38",
        "core/src/vault/plan.rs",
        "the_plan_opens_without_the_vault_exactly_while_that_is_wanted",
    ),
    (
        "G-39",
        "core/src/vault/bundled.rs",
        "every_bundled_thing_is_what_its_words_say",
    ),
    (
        "G-40",
        "core/src/words/lint.rs",
        "the_lint_of_questions_notices_what_it_is_there_for",
    ),
    (
        "G-40",
        "core/src/profile/prompts.rs",
        "one_question_comes_after_another_and_there_is_always_another_one",
    ),
    (
        "G-37",
        "core/src/words/lint.rs",
        "where_somebody_might_think_so_it_is_said_that_nobody_watches",
    ),
    (
        "G-41",
        "core/src/vault/lock_tests.rs",
        "a_locked_vault_answers_nothing_until_it_is_unlocked_and_sleep_changes_nothing_about_that",
    ),
    (
        "G-41",
        "tests/suite/removing.rs",
        "a_removed_device_reads_and_writes_nothing_any_more_and_the_others_go_on",
    ),
    (
        "G-41",
        "tests/locked/hidden_people.rs",
        "while_they_are_hidden_the_journal_is_open_and_nothing_of_them_is_answered",
    ),
    // Ending, and words
    (
        "G-42",
        "tests/suite/terms.rs",
        "a_participant_ends_it_without_a_word_and_everything_stops",
    ),
    (
        "G-42",
        "tests/suite/terms.rs",
        "a_pause_is_one_step_that_works_offline_and_says_nothing_by_itself",
    ),
    (
        "G-43",
        "tests/suite/terms.rs",
        "a_specialist_ends_it_with_a_word_and_keeps_nothing_that_was_shown",
    ),
    (
        "G-45",
        "tests/suite/settings.rs",
        "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
    ),
    (
        "G-44",
        "tests/suite/history.rs",
        "only_the_trash_is_erased_and_then_it_is_gone_from_every_page_and_the_relay",
    ),
    (
        "G-46",
        "tests/suite/history.rs",
        "erased_earlier_drafts_are_gone_everywhere_and_the_entry_stays_as_it_is",
    ),
    (
        "G-46",
        "tests/suite/attachments/gone.rs",
        "an_erased_entry_takes_its_attachments_along_everywhere_but_not_what_another_entry_names",
    ),
    ("G-47", "core/src/words/lint.rs", "every_sentence_keeps_the_tone"),
    ("G-48", "core/src/profile/hopes.rs", "no_state_of_a_hope_blames_anybody"),
    (
        "G-49",
        "core/src/words/lint.rs",
        "when_something_goes_wrong_the_first_words_say_what_is_safe",
    ),
    (
        "G-50",
        "core/src/words/lint.rs",
        "every_bundled_question_is_one_open_question_that_leads_nowhere",
    ),
];

#[test]
fn no_guard_is_without_a_test() {
    let kept: BTreeSet<&str> = KEPT.iter().map(|(guard, ..)| *guard).collect();
    let all: Vec<String> = (1..=50).map(|number| format!("G-{number:02}")).collect();
    let missing: Vec<&String> = all.iter().filter(|guard| !kept.contains(guard.as_str())).collect();
    assert!(missing.is_empty() && kept.len() == all.len(), "{missing:?}");
}

#[test]
fn every_guard_of_the_table_has_the_test_that_keeps_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (guard, file, test) in KEPT {
        let source = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let place = source.find(&format!("fn {test}("));
        assert!(place.is_some(), "{guard}: {test} is not in {file}");
        let before = source.get(..place.unwrap()).unwrap();
        assert!(
            before.trim_end().ends_with("#[test]"),
            "{guard}: {test} in {file} is no test"
        );
    }
}

#[test]
fn an_app_is_told_what_to_read_again_and_nothing_else() {
    use cairn_core::vault::Change;
    for change in Change::ALL {
        let told = format!("{change:?}").to_lowercase();
        for never in [
            "remind", "reward", "celebrat", "nudge", "timer", "sound", "unread", "quiet", "absen",
        ] {
            assert!(!told.contains(never), "{told}");
        }
    }
}
