//! What makes a relationship, what makes a peer, and whose preferences come first.

use super::*;

pub(super) const RELATIONSHIPS: &[Row] = &[
    (
        "F002-01",
        "Outside of a relationship that both agreed to nothing is shared and nothing is said.",
        &[
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
            (
                CONVERSATION,
                "nothing_is_said_before_both_have_agreed_and_one_thing_after_the_end",
            ),
            (
                "core/src/support/relationship_tests.rs",
                "a_status_follows_from_what_both_have_said",
            ),
        ],
    ),
    (
        "F002-02",
        "What it is shown for stands above the words, with what is wanted; a share without a purpose of its own has a plain one.",
        &[
            (VIEW, "a_view_is_read_purpose_notice_words"),
            (
                CONSENT,
                "a_consent_needs_purpose_name_part_and_an_end_after_its_beginning",
            ),
            (CLI_TALKING, "a_whole_conversation_is_lived_in_two_terminals"),
        ],
    ),
    (
        "F002-03",
        "Nobody's thoughts and feelings are reacted to, rated or labelled.",
        &[
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (HERE, "what_can_be_said_is_a_closed_list_without_advice_or_reactions"),
        ],
    ),
    (
        "F002-04",
        "It works with no specialist, with one and with several, and none learns of another.",
        &[
            (TERMS, "no_relationship_learns_of_another"),
            (
                APART,
                "nothing_that_is_bound_for_one_specialist_holds_a_word_name_id_hash_or_key_of_the_other",
            ),
            (
                CLI_HOME,
                "an_entry_is_written_listed_shown_searched_edited_trashed_and_restored",
            ),
        ],
    ),
    (
        "F002-05",
        "A story is never the first thing that is said, unless it was asked for.",
        &[
            (
                CONVERSATION,
                "the_first_thing_that_is_said_shows_that_it_was_heard_unless_ideas_or_help_are_wanted",
            ),
            (CONVERSATION, "a_request_is_a_yes_for_one"),
            (MESSAGES, "a_specialist_whose_app_checks_nothing_gains_nothing"),
        ],
    ),
    (
        "F002-06",
        "Messages come in the hours and number that the participant set, which they tell nobody; none is urgent.",
        &[
            (
                MESSAGES,
                "messages_arrive_in_the_participants_hours_and_not_too_many_of_a_day",
            ),
            (
                "core/src/support/hours.rs",
                "what_comes_outside_of_the_hours_waits_for_them",
            ),
            (
                "core/src/support/hours.rs",
                "one_too_many_for_a_day_waits_for_the_next_and_the_order_stays",
            ),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (HERE, "what_can_be_said_is_a_closed_list_without_advice_or_reactions"),
        ],
    ),
    (
        "F002-07",
        "There is no applause: no likes, no hearts, no stickers.",
        &[
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (HERE, "what_can_be_said_is_a_closed_list_without_advice_or_reactions"),
        ],
    ),
    (
        "F002-08",
        "What recovery looks like for somebody stands at the top of what they show, right behind who they are.",
        &[(LIVED, "a_profile_is_shown_with_the_person_first")],
    ),
    (
        "F002-09",
        "Feedback can go with every message, and nothing ever asks for it.",
        &[
            (
                MESSAGES,
                "feedback_is_private_until_it_is_sent_and_a_response_stands_with_it",
            ),
            (
                SETTINGS,
                "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
            ),
            (GUARDS_TABLE, "an_app_is_told_what_to_read_again_and_nothing_else"),
        ],
    ),
    (
        "F002-10",
        "A pause is one step, offline and without a reason, and silence says nothing to anybody.",
        &[
            (
                TERMS,
                "a_pause_is_one_step_that_works_offline_and_says_nothing_by_itself",
            ),
            (
                MESSAGES,
                "in_a_pause_nothing_is_shown_and_nothing_leaves_and_both_go_on_after_it",
            ),
        ],
    ),
    (
        "F002-11",
        "Each section of a profile is optional and shown by itself, without a trace of the others.",
        &[
            (
                SHOWN_PROFILE,
                "a_specialist_sees_the_sections_that_are_shown_and_no_trace_of_the_others",
            ),
            (
                "core/src/support/shared_profile.rs",
                "a_section_that_is_not_shown_leaves_no_trace",
            ),
        ],
    ),
    (
        "F002-12",
        "There is no kind of message for advice or for a plan.",
        &[
            (HERE, "what_can_be_said_is_a_closed_list_without_advice_or_reactions"),
            (CLI_TALKING, "a_whole_conversation_is_lived_in_two_terminals"),
        ],
    ),
    (
        "F002-13",
        "A correction stands with what it corrects, on both sides, in exports and for good.",
        &[
            (
                MESSAGES,
                "a_correction_stands_with_what_it_corrects_and_what_is_shared_no_more_is_not_quoted",
            ),
            (
                TAKEN_OUT,
                "a_conversation_goes_out_as_it_was_shown_with_each_correction_beside_what_it_corrects",
            ),
            (CLI_TALKING, "a_conversation_comes_out_of_an_archive_to_be_read"),
        ],
    ),
    (
        "F002-14",
        "An agreement begins with what the participant wants of it and how to be of use; all of it may stay empty and be proposed anew.",
        &[
            (HERE, "an_agreement_begins_with_what_the_participant_wants"),
            (TERMS_UNIT, "an_agreement_may_be_empty_and_not_endless"),
            (TERMS, "each_says_what_is_theirs_to_say"),
            (TERMS, "of_two_proposals_at_once_the_one_counts_that_both_accept"),
        ],
    ),
    (
        "F002-15",
        "One word is an entry, whatever it is; no mood is asked for, and saving says that it is saved.",
        &[
            (LIVED, "one_rude_word_is_saved_and_nothing_is_made_of_it"),
            (LINT, "every_sentence_keeps_the_tone"),
        ],
    ),
    (
        "F002-16",
        "Ways of contact are pointed out in a message, contact outside has its place in the agreement, and nothing tells where or whether somebody is there.",
        &[
            (ADVICE, "ways_of_contact_are_noticed_and_ordinary_numbers_are_not"),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
        ],
    ),
    (
        "F002-17",
        "A specialist says how they know somebody before anything begins.",
        &[
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
            (TERMS, "each_says_what_is_theirs_to_say"),
        ],
    ),
    (
        "F002-18",
        "Nothing spans two participants, and a list of people stands by hand or by name, whatever they write, show or say.",
        &[
            (
                PEOPLE,
                "the_list_of_people_does_not_move_with_what_they_write_show_or_say",
            ),
            (
                PEOPLE,
                "a_specialist_orders_people_by_hand_or_by_name_on_all_her_devices",
            ),
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
        ],
    ),
    (
        "F002-19",
        "The plan for hard times and the lines to call open offline without the journal, if that is wanted.",
        &[
            (
                "core/src/vault/plan.rs",
                "the_plan_opens_without_the_vault_exactly_while_that_is_wanted",
            ),
            (
                CLI_PREFERENCES,
                "the_plan_opens_without_the_key_of_the_journal_only_while_that_is_wanted",
            ),
        ],
    ),
    (
        "F002-20",
        "How somebody wants to be addressed and what they need in order to take part is what a specialist reads first, if it is shown.",
        &[
            (LIVED, "a_profile_is_shown_with_the_person_first"),
            (
                "core/src/support/shared_profile.rs",
                "who_somebody_is_and_what_they_need_comes_first_wherever_it_stands",
            ),
            (
                "core/src/profile/sections.rs",
                "every_default_section_has_an_id_of_its_own_that_leads_back_to_it",
            ),
        ],
    ),
    (
        "F002-21",
        "There are questions about strengths and needs, more than enough of them, and one's own go out and come back.",
        &[
            ("core/src/vault/bundled.rs", "every_bundled_thing_is_what_its_words_say"),
            (EXPORTING, "a_journal_with_anything_in_it_goes_out_and_comes_in_equal"),
            (
                PROMPTS,
                "one_question_comes_after_another_and_there_is_always_another_one",
            ),
        ],
    ),
    (
        "F002-22",
        "Either ends it, with words or without; nothing new opens after that, and the participant says what stays readable until when, and can still stop it.",
        &[
            (TERMS, "a_participant_ends_it_without_a_word_and_everything_stops"),
            (
                TERMS,
                "a_specialist_ends_it_with_a_word_and_keeps_nothing_that_was_shown",
            ),
            (
                NARROWING,
                "what_is_kept_at_the_end_stays_until_its_day_and_all_else_is_gone",
            ),
            (NARROWING, "what_is_kept_can_be_stopped_and_narrowed_after_the_end"),
        ],
    ),
];

pub(super) const PEERS: &[Row] = &[
    (
        "F003-01",
        "A specialist names areas of their own experience or none, in their words; the participant reads them before anything is agreed, and nothing they tell adds one.",
        &[
            (
                TERMS,
                "a_specialist_names_areas_of_experience_or_none_and_the_participant_reads_them_before_they_agree",
            ),
            (
                MESSAGES,
                "what_a_specialist_tells_of_their_own_life_is_no_area_of_experience_that_they_named",
            ),
            (TERMS_UNIT, "areas_of_experience_are_named_or_not_and_have_words"),
        ],
    ),
    (
        "F003-02",
        "A participant may have several people beside them and a private list of their own; there is no feed, no group, no post.",
        &[
            (TERMS, "no_relationship_learns_of_another"),
            (
                APART,
                "nothing_that_is_bound_for_one_specialist_holds_a_word_name_id_hash_or_key_of_the_other",
            ),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (LIVED, "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist"),
        ],
    ),
    (
        "F003-03",
        "The first reply says that it was heard or asks openly, whatever is wanted, unless ideas or help are.",
        &[(
            CONVERSATION,
            "the_first_thing_that_is_said_shows_that_it_was_heard_unless_ideas_or_help_are_wanted",
        )],
    ),
    (
        "F003-04",
        "Nothing measures whether somebody complies, attends or completes.",
        &[
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (GUARDS, "the_guard_notices_a_name_in_every_dress"),
            (LINT, "every_sentence_keeps_the_tone"),
        ],
    ),
    (
        "F003-05",
        "Two years away change nothing: no lock, no expiry, nothing to catch up with.",
        &[(
            SETTINGS,
            "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
        )],
    ),
    (
        "F003-06",
        "What is done can be undone. Only the trash is erased, after a question; erasing everything waits a day and can be stopped.",
        &[
            (LIVED, "an_entry_that_was_trashed_and_restored_is_what_it_was"),
            (
                HISTORY,
                "only_the_trash_is_erased_and_then_it_is_gone_from_every_page_and_the_relay",
            ),
            (
                "tests/suite/erasing_everything/mod.rs",
                "asked_on_the_phone_and_stopped_on_the_tablet_within_the_day_nothing_is_lost_anywhere",
            ),
            (
                LINT,
                "a_question_is_only_asked_before_what_cannot_be_undone_or_about_what_one_likes",
            ),
        ],
    ),
    (
        "F003-07",
        "Nobody hands a participant lists, forms or templates.",
        &[
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (PRIVACY, "a_specialist_has_no_call_that_writes_to_the_journal"),
        ],
    ),
    (
        "F003-08",
        "An acknowledgement can name a strength in at most 280 characters, and the participant can keep it.",
        &[
            (STRENGTHS, "a_strength_is_named_in_few_words"),
            (
                STRENGTHS,
                "a_strength_is_kept_once_with_whose_words_it_is_and_it_is_private",
            ),
        ],
    ),
    (
        "F003-09",
        "An empty journal offers company and claims nothing, and nothing rings but what the person wrote for themselves.",
        &[
            (HERE, "an_empty_journal_offers_company_and_claims_nothing"),
            (LINT, "every_sentence_keeps_the_tone"),
            (
                SETTINGS,
                "a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written",
            ),
        ],
    ),
    (
        "F003-10",
        "Feelings are the person's own words, and nothing labels them.",
        &[
            (
                "core/src/journal/entry.rs",
                "a_feeling_alone_is_an_entry_and_nothing_at_all_is_not",
            ),
            (
                "core/src/profile/feelings.rs",
                "words_stand_in_the_order_of_the_alphabet_and_can_be_added_hidden_and_taken_away",
            ),
            (
                "core/src/exchange/tests/mod.rs",
                "no_journal_marks_its_entries_for_anybody_or_makes_a_figure_of_a_mood",
            ),
        ],
    ),
    (
        "F003-11",
        "What keeps somebody going is a list of their own beside their plan, which comes up when they ask for it and nowhere else.",
        &[
            (
                "core/src/profile/mainstays.rs",
                "what_keeps_somebody_going_is_written_moved_changed_and_taken_away",
            ),
            (
                "core/src/vault/plan.rs",
                "the_plan_opens_without_the_vault_exactly_while_that_is_wanted",
            ),
            (
                OWN,
                "what_keeps_somebody_going_is_read_by_the_call_that_asks_for_it_and_by_nothing_else",
            ),
            (OWN, "what_keeps_somebody_going_reaches_nobody"),
            (
                CLI_PREFERENCES,
                "what_keeps_somebody_going_comes_up_when_it_is_asked_for",
            ),
        ],
    ),
    (
        "F003-12",
        "A bundled question can be reworded, hidden and taken back, and stays hidden on every device.",
        &[
            (LIVED, "a_question_that_was_hidden_stays_hidden_on_every_device"),
            (
                PROMPTS,
                "one_question_comes_after_another_and_there_is_always_another_one",
            ),
            (
                PROMPTS,
                "asking_leaves_no_trace_and_a_bundled_question_in_own_words_comes_back_as_it_was",
            ),
        ],
    ),
    (
        "F003-13",
        "How pleasant something felt is said by the person or not at all; by default no share holds feelings, and none ever holds that.",
        &[
            ("core/src/support/mask.rs", "the_default_shows_words_and_day_only"),
            (VIEW, "by_default_a_view_shows_the_words_and_the_day"),
            (
                "core/src/exchange/tests/mod.rs",
                "no_journal_marks_its_entries_for_anybody_or_makes_a_figure_of_a_mood",
            ),
            (LIVED, "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist"),
        ],
    ),
    (
        "F003-14",
        "An entry needs no words, scripts of every direction are read and found, and every sentence has an id to translate it by.",
        &[
            (LIVED, "an_entry_without_words_is_an_entry_on_every_device"),
            (LIVED, "words_are_read_by_everybody_exactly_as_they_were_written"),
            (
                "tests/suite/finding.rs",
                "what_one_device_writes_and_revises_is_found_on_the_other_in_any_script",
            ),
            (LINT, "ids_are_unique_and_places_are_known"),
        ],
    ),
    (
        "F003-15",
        "Who sees what is decided on the participant's devices; a relay that brings back what was stopped shows nothing.",
        &[
            STOPPED_AGAIN,
            (CONSENT, "a_stop_holds_whatever_comes_after_it"),
            (CONSENT, "joining_has_no_order_and_never_goes_back"),
        ],
    ),
    (
        "F003-16",
        "A specialist reads what is shared, answers, proposes, pauses and ends, and nothing else.",
        &[
            (ROLE, "each_role_may_exactly_what_the_table_says"),
            (CONVERSATION, "each_says_what_is_theirs"),
            (TERMS, "each_says_what_is_theirs_to_say"),
            (SHOWN_PROFILE, "each_shows_what_is_theirs_to_show"),
            (PRIVACY, "a_specialist_has_no_call_that_writes_to_the_journal"),
            ("tests/suite/permissions/mod.rs", "every_call_of_the_doors_has_a_row"),
            (
                "tests/suite/permissions/refused.rs",
                "whatever_is_the_participants_alone_a_specialist_is_refused_and_nothing_changes",
            ),
            (
                "tests/suite/permissions/records.rs",
                "a_record_by_the_wrong_one_of_the_two_is_set_aside_and_changes_nothing",
            ),
            (
                "tests/suite/permissions/wire.rs",
                "a_specialist_does_at_the_relay_what_is_theirs_and_nothing_to_what_is_the_participants",
            ),
        ],
    ),
    (
        "F003-17",
        "What makes a good acknowledgement is read beside an empty field, holds nothing to be sent, and none of it is put into one.",
        &[
            (
                "core/src/words/acknowledging.rs",
                "what_is_said_about_acknowledging_holds_nothing_to_be_sent",
            ),
            (LINT, "every_sentence_keeps_the_tone"),
            (CLI_TALKING, "a_whole_conversation_is_lived_in_two_terminals"),
        ],
    ),
    (
        "F003-18",
        "What became of something is said in words: somebody's own question comes back when they set that, its answers are entries in the order of time, and no specialist is shown that it was asked.",
        &[
            (
                FINDING,
                "what_two_devices_answer_to_one_question_is_one_timeline_of_words_and_outlives_the_question",
            ),
            (
                "core/src/store/tests/calendar.rs",
                "answers_to_one_question_come_in_the_order_of_time_and_in_pages",
            ),
            (
                SETTINGS,
                "a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written",
            ),
            (LIVED, "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist"),
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
        ],
    ),
    (
        "F003-19",
        "There is no place for a diagnosis, a symptom or a risk.",
        &[
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (GUARDS, "the_guard_reads_identifiers_macros_keys_columns_and_fields"),
        ],
    ),
    (
        "F003-20",
        "Nothing says how complete anybody is, or how much remains.",
        &[
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (LINT, "every_sentence_keeps_the_tone"),
            (LINT, "the_lint_notices_what_it_is_there_for"),
        ],
    ),
    (
        "F003-21",
        "The tone is warm, and friendship outside of the role stays outside.",
        &[
            (LINT, "every_sentence_keeps_the_tone"),
            (ADVICE, "ways_of_contact_are_noticed_and_ordinary_numbers_are_not"),
        ],
    ),
    (
        "F003-22",
        "A specialist learns in a journal of their own, and by what a participant sends them in free words, if they send any.",
        &[
            (
                PASTING,
                "words_that_are_shown_are_pointed_out_in_a_specialists_own_and_nobody_is_told",
            ),
            (
                MESSAGES,
                "feedback_is_private_until_it_is_sent_and_a_response_stands_with_it",
            ),
        ],
    ),
];

pub(super) const PREFERENCES: &[Row] = &[
    (
        "F004-01",
        "A specialist opens what is shown of the preferences, and once more after each change, before they say anything.",
        &[
            (
                MESSAGES,
                "nothing_is_said_in_ignorance_of_the_preferences_and_what_waited_comes_back",
            ),
            (SHOWN_PROFILE, "what_changes_goes_again_by_itself_and_says_what_is_new"),
        ],
    ),
    (
        "F004-02",
        "Nothing is assigned, and there is no kind of message that dictates.",
        &[
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (HERE, "what_can_be_said_is_a_closed_list_without_advice_or_reactions"),
        ],
    ),
    (
        "F004-03",
        "A new profile is empty; sections are added, renamed and hidden, and that reaches devices and exports.",
        &[
            (PROFILE_CHANGES, "a_fresh_profile_holds_nothing"),
            (
                PROFILE_CHANGES,
                "a_default_section_is_an_offer_until_it_is_used_renamed_hidden_or_moved",
            ),
            (
                PROFILE,
                "two_devices_that_use_one_default_section_apart_get_one_section",
            ),
            (EXPORTING, "a_journal_with_anything_in_it_goes_out_and_comes_in_equal"),
        ],
    ),
    (
        "F004-04",
        "In one's own words comes first, as text, sound or drawing.",
        &[
            (LIVED, "a_profile_is_shown_with_the_person_first"),
            (
                PROFILE_CHANGES,
                "own_sections_stand_behind_those_that_are_offered_and_in_my_own_words_comes_first",
            ),
            (
                "tests/suite/attachments/unnamed.rs",
                "what_the_plan_and_a_statement_name_comes_to_the_other_devices",
            ),
        ],
    ),
    (
        "F004-05",
        "Each path has one of five stances, and what is not for somebody waits when it is offered.",
        &[
            (
                PROFILE_CHANGES,
                "every_stance_reads_back_and_an_unknown_one_is_none_and_stays_in_the_fields",
            ),
            (
                LIVED,
                "what_is_not_for_them_waits_for_a_yes_and_not_now_tells_nothing_more",
            ),
            (
                CONVERSATION,
                "what_was_not_asked_for_waits_for_a_yes_and_so_does_what_is_not_for_them",
            ),
        ],
    ),
    (
        "F004-06",
        "Preferences keep what they were, and which device changed them; a specialist sees what they are now.",
        &[
            (
                PROFILE,
                "the_history_holds_both_of_two_concurrent_changes_and_is_erased_on_both_devices",
            ),
            (
                PROFILE,
                "no_word_of_the_history_or_of_what_is_private_is_in_a_shared_profile",
            ),
        ],
    ),
    (
        "F004-07",
        "Only the participant writes their preferences. What another proposes was asked for, and changes nothing until it is kept.",
        &[
            (
                "tests/suite/proposals.rs",
                "what_is_proposed_changes_nothing_before_the_participant_keeps_it_and_nobody_is_told_that_they_did",
            ),
            (
                CONVERSATION,
                "words_for_the_preferences_are_proposed_where_they_were_asked_for_and_once",
            ),
        ],
    ),
    (
        "F004-08",
        "To set a hope aside is as good as to hold it.",
        &[
            (HOPES, "no_state_of_a_hope_blames_anybody"),
            (HOPES, "a_hope_is_written_held_set_aside_moved_and_taken_away"),
            (LINT, "every_sentence_keeps_the_tone"),
        ],
    ),
    (
        "F004-09",
        "Who has not read the newest preferences can't send; with a look at what is new it goes.",
        &[
            (
                MESSAGES,
                "nothing_is_said_in_ignorance_of_the_preferences_and_what_waited_comes_back",
            ),
            (
                CONVERSATION,
                "what_was_written_before_the_preferences_that_stand_before_it_does_not_fit",
            ),
        ],
    ),
    (
        "F004-10",
        "Nothing another person has sent is told while somebody writes, nobody sees who is there or types, and nothing is said about what is not shown.",
        &[
            (
                "tests/suite/lifecycle.rs",
                "nothing_another_person_sent_is_told_while_somebody_writes_and_all_else_is",
            ),
            (
                "core/src/vault/editing.rs",
                "what_others_send_waits_until_the_last_editor_is_closed_and_all_else_does_not",
            ),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
        ],
    ),
    (
        "F004-11",
        "A journal can be locked, and what shows outside of it says nothing of what it is.",
        &[
            (
                LOCK,
                "a_locked_vault_answers_nothing_until_it_is_unlocked_and_sleep_changes_nothing_about_that",
            ),
            (
                SETTINGS,
                "a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written",
            ),
            (
                CODE,
                "no_file_of_a_vault_is_named_after_what_is_in_it_or_what_it_is_for",
            ),
        ],
    ),
    (
        "F004-12",
        "Before anything begins a specialist says what they can't keep to themselves.",
        &[
            (TERMS_UNIT, "a_declaration_says_what_keeps_a_person_safe"),
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
        ],
    ),
    (
        "F004-13",
        "Stories are short and folded, and their teller can see how many there were.",
        &[
            (CONVERSATION, "ones_own_experience_is_no_longer_than_is_wished"),
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
            (LIVED, "how_often_somebody_told_of_themselves_is_kept_nowhere"),
        ],
    ),
    (
        "F004-14",
        "What is shown, of what, and when is the participant's: part by part, after a wait in which it never went anywhere, as it was at one moment and with a day no more exact than they want; and what they may show later is known to them alone.",
        &[
            (VIEW, "a_part_is_shown_exactly_when_the_mask_says_so"),
            (LIVED, "what_is_cancelled_within_its_wait_never_went_anywhere"),
            (SHARING, "what_was_stopped_before_it_left_never_leaves"),
            (
                NARROWING,
                "a_snapshot_stays_and_what_follows_edits_follows_them_once_they_rested",
            ),
            (VIEW, "a_date_is_shown_no_more_exactly_than_it_is_known"),
            (
                OWN,
                "what_is_not_shown_yet_is_known_on_ones_own_devices_and_nowhere_else",
            ),
            (
                OWN,
                "what_is_not_shown_yet_is_read_by_the_call_that_asks_for_it_and_by_nothing_else",
            ),
            (OWN, "what_was_erased_is_on_no_list_whichever_device_heard_of_it_first"),
        ],
    ),
    (
        "F004-15",
        "What recovery is called the participant says, and every sentence and every shown section follows.",
        &[
            (
                PROFILE,
                "a_changed_word_for_recovery_changes_every_name_that_speaks_of_it",
            ),
            (LINT, "every_sentence_about_recovery_uses_the_participants_word_for_it"),
            (CLI_PREFERENCES, "the_word_for_recovery_is_the_persons_own"),
            (LIVED, "a_profile_is_shown_with_the_person_first"),
        ],
    ),
    (
        "F004-16",
        "What of support is wanted is said in the profile, with each share and with each request; listening until then, and the rules read it.",
        &[
            (
                "core/src/support/standing.rs",
                "a_standing_choice_is_read_back_and_listening_leaves_nothing_behind",
            ),
            (
                WANTED,
                "what_is_wanted_as_a_rule_goes_with_a_share_that_says_nothing_and_a_word_of_its_own_goes_before_it",
            ),
            (
                WANTED,
                "what_a_specialist_says_is_judged_by_what_was_wanted_as_a_rule_when_it_was_shared",
            ),
            (
                WANTED,
                "what_is_wanted_as_a_rule_is_the_same_on_ones_own_devices_and_goes_to_nobody_else",
            ),
            (
                CONVERSATION,
                "the_first_thing_that_is_said_shows_that_it_was_heard_unless_ideas_or_help_are_wanted",
            ),
            (
                CONVERSATION,
                "what_was_not_asked_for_waits_for_a_yes_and_so_does_what_is_not_for_them",
            ),
        ],
    ),
    (
        "F004-17",
        "A response says what will be different, the participant can say later whether it was, and it all stands in its order.",
        &[(LIVED, "feedback_its_response_and_what_came_of_it_stand_in_their_order")],
    ),
    (
        "F004-18",
        "Languages are kept by tags that software can read, and shown where the participant shows them. Interpreter, access, culture, faith and identity are said in free words, and there is no list of genders.",
        &[
            (
                LANGUAGES,
                "what_somebody_needs_and_who_they_are_stands_in_their_words_and_their_languages_beside_it",
            ),
            (
                LANGUAGES,
                "languages_are_read_by_software_where_they_are_shown_and_by_nobody_where_they_are_not",
            ),
            (
                LANGUAGES,
                "a_name_and_languages_said_apart_both_stand_and_of_two_lists_one_does_whole",
            ),
            ("core/src/profile/languages.rs", "a_tag_has_one_spelling"),
            (
                "core/src/profile/languages.rs",
                "what_is_no_tag_is_refused_and_not_read",
            ),
            (
                "tests/suite/bad_input/sizes.rs",
                "a_language_that_is_no_tag_or_one_too_many_is_refused_and_nothing_is_changed",
            ),
            ("tests/suite/hostile_relay/shown.rs", "a_language_that_is_no_tag"),
            (EXPORTING, "a_journal_with_anything_in_it_goes_out_and_comes_in_equal"),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
        ],
    ),
    (
        "F004-19",
        "One entry goes out as a file without anything about when, where and who; nothing publishes or asks to.",
        &[
            (
                STORIES,
                "a_story_is_its_words_and_nothing_of_when_where_who_and_what_it_is_called_inside",
            ),
            (STORIES, "what_the_writer_chose_goes_along_and_nothing_else"),
            (CLI_EXPORT, "a_story_is_its_words_unless_more_is_asked_for"),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
        ],
    ),
    (
        "F004-20",
        "An agreement may be all empty, but for what the specialist declares beside it.",
        &[
            (TERMS_UNIT, "an_agreement_may_be_empty_and_not_endless"),
            (TERMS_UNIT, "a_declaration_says_what_keeps_a_person_safe"),
            (TERMS, "each_says_what_is_theirs_to_say"),
        ],
    ),
    (
        "F004-21",
        "Paths are in somebody's own words; the examples stand in the order of the alphabet, none is chosen, and one of them is no label.",
        &[
            (
                "core/src/words/paths.rs",
                "examples_of_paths_stand_in_the_order_of_the_alphabet_and_one_of_them_is_no_label",
            ),
            (PROFILE, "a_path_of_ones_own_is_kept_as_one_of_the_examples_is"),
            (
                CLI_PREFERENCES,
                "examples_of_paths_are_shown_by_the_alphabet_and_chosen_by_nobody",
            ),
        ],
    ),
    (
        "F004-22",
        "Each message is signed by a device of one of the two; the relay is no author.",
        &[
            (LIVED, "a_message_that_a_stranger_signed_is_nobodys"),
            ("tests/suite/architecture.rs", "the_relay_has_no_edge_to_the_core"),
        ],
    ),
];
