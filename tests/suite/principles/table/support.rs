//! What makes a specialist of use, and what leaves people their autonomy.

use super::*;

pub(super) const EFFECTIVE: &[Row] = &[
    (
        "F000-01",
        "A journal and a profile are changed by their person's devices alone; what a specialist signs is set aside.",
        &[
            (LIVED, "what_a_specialist_signs_is_no_word_of_a_journal"),
            (PRIVACY, "a_specialist_has_no_call_that_writes_to_the_journal"),
        ],
    ),
    (
        "F000-02",
        "A specialist's own experience is a kind of its own: first a look at oneself, then a yes, or nothing leaves.",
        &[
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
            (MESSAGES, "a_specialist_opens_then_listens_and_only_then_offers"),
        ],
    ),
    (
        "F000-03",
        "Nothing can be assigned to a participant, scheduled for them, or fall due.",
        &[(HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches")],
    ),
    (
        "F000-04",
        "What is written is seen by nobody until it is shared, one entry with one person; nothing shares everything.",
        &[
            (LIVED, "an_entry_that_was_just_written_is_shown_to_nobody"),
            (SETTINGS, "everything_is_off_in_a_new_journal"),
        ],
    ),
    (
        "F000-05",
        "That something felt like pressure is kept in one step, and stories can be switched off from there.",
        &[
            (
                MESSAGES,
                "feedback_is_private_until_it_is_sent_and_a_response_stands_with_it",
            ),
            (
                MESSAGES,
                "what_the_participant_wishes_of_messages_holds_whatever_app_sends_them",
            ),
            (CLI_TALKING, "a_whole_conversation_is_lived_in_two_terminals"),
        ],
    ),
    (
        "F000-06",
        "What was not asked for is an offer: its content stays back until a yes, and not now says nothing more.",
        &[
            (
                CONVERSATION,
                "what_was_not_asked_for_waits_for_a_yes_and_so_does_what_is_not_for_them",
            ),
            (MESSAGES, "a_specialist_whose_app_checks_nothing_gains_nothing"),
            (
                LIVED,
                "what_is_not_for_them_waits_for_a_yes_and_not_now_tells_nothing_more",
            ),
        ],
    ),
    (
        "F000-07",
        "Nothing counts a specialist's time in recovery, and nothing sets two people side by side.",
        &[
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (CODE, "no_function_takes_more_than_one_person"),
        ],
    ),
    (
        "F000-08",
        "One section of one's own, and an entry that is nothing but a sound, are kept, synced, shown, and come out and in like anything else.",
        &[
            (
                LEAST,
                "one_section_and_an_entry_of_a_sound_are_kept_synced_shown_and_come_out_and_in_unchanged",
            ),
            (
                SHOWN_ATTACHMENTS,
                "an_entry_that_is_only_a_sound_is_shown_and_heard_and_goes_with_its_share",
            ),
            (
                SHOWN_ATTACHMENTS,
                "nothing_beside_the_sound_ever_leaves_and_its_caption_only_where_it_is_shown",
            ),
        ],
    ),
    (
        "F000-09",
        "Hopes are the participant's own, and none of their states means failure.",
        &[
            (HOPES, "a_hope_is_written_held_set_aside_moved_and_taken_away"),
            (HOPES, "no_state_of_a_hope_blames_anybody"),
            (ROLE, "each_role_may_exactly_what_the_table_says"),
        ],
    ),
    (
        "F000-10",
        "No software judges or rewords what somebody writes, and nobody else writes into an entry.",
        &[
            (CODE, "nothing_here_reports_to_anybody_or_makes_up_words"),
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (PRIVACY, "a_specialist_has_no_call_that_writes_to_the_journal"),
        ],
    ),
    (
        "F000-11",
        "Whatever was changed can be gone back to, whatever was trashed comes back as it was, and what was shown can be taken back.",
        &[
            (LIVED, "an_entry_that_was_trashed_and_restored_is_what_it_was"),
            (HISTORY, "every_state_is_there_on_every_device_and_one_can_go_back"),
            (LIVED, "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist"),
            (
                SHARING,
                "a_shared_entry_is_read_with_its_purpose_and_gone_after_it_was_stopped",
            ),
        ],
    ),
    (
        "F000-12",
        "A specialist's side has no reaction, no rating, no flag and no note about a participant.",
        &[
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (HERE, "what_can_be_said_is_a_closed_list_without_advice_or_reactions"),
        ],
    ),
    (
        "F000-13",
        "The participant can always read what left and what was opened, and nobody changes or drops a part of it unnoticed.",
        &[
            (
                SEEING,
                "the_participant_learns_when_it_left_when_it_was_opened_and_when_it_was_removed",
            ),
            (SEEING, "every_device_of_both_knows_and_nothing_is_told_twice"),
            (LIVED, "an_opening_can_neither_be_left_out_nor_changed_unnoticed"),
        ],
    ),
    (
        "F000-14",
        "An acknowledgement is about one thing that was opened before.",
        &[
            (
                CONVERSATION,
                "what_is_shared_is_opened_before_anything_is_said_about_it",
            ),
            (MESSAGES, "a_specialist_opens_then_listens_and_only_then_offers"),
        ],
    ),
    (
        "F000-15",
        "The participant's words stand exactly as written, before any reply, and are quoted only while they are shared.",
        &[
            (VIEW, "a_view_is_read_purpose_notice_words"),
            (LIVED, "words_are_read_by_everybody_exactly_as_they_were_written"),
            (
                MESSAGES,
                "a_correction_stands_with_what_it_corrects_and_what_is_shared_no_more_is_not_quoted",
            ),
        ],
    ),
    (
        "F000-16",
        "Nobody answers what they have not opened, and there are no ready-made or automatic replies.",
        &[
            (MESSAGES, "a_specialist_opens_then_listens_and_only_then_offers"),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (CODE, "nothing_here_reports_to_anybody_or_makes_up_words"),
        ],
    ),
    (
        "F000-17",
        "Closed questions are pointed out before they are sent, and a question may stay without an answer and is never brought up again.",
        &[
            (ADVICE, "closed_questions_are_noticed_and_open_ones_are_not"),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
            (GUARDS_TABLE, "an_app_is_told_what_to_read_again_and_nothing_else"),
        ],
    ),
    (
        "F000-18",
        "Before a story a specialist asks themselves whom it is for; the answers never leave them, and keeping it is suggested where it is for themselves.",
        &[(
            MESSAGES,
            "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
        )],
    ),
    (
        "F000-19",
        "A specialist can see how often they told of themselves; it is counted when they ask, and kept and sent nowhere.",
        &[
            (LIVED, "how_often_somebody_told_of_themselves_is_kept_nowhere"),
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
        ],
    ),
    (
        "F000-20",
        "Language that directs is pointed out, and holds back nothing but a story.",
        &[
            (ADVICE, "language_that_directs_is_noticed"),
            (LIVED, "words_that_direct_hold_back_nothing_but_a_story"),
        ],
    ),
    (
        "F000-21",
        "There is a section for where somebody belongs. The name and pronouns that they show are in what a specialist reads, change there within one round, and are guessed by nobody.",
        &[
            (
                SHOWN_PROFILE,
                "a_participant_is_called_as_they_show_it_from_one_round_to_the_next_and_nothing_is_guessed",
            ),
            (SHOWN_PROFILE, "in_a_pause_a_name_is_taken_back_and_another_one_waits"),
            (SHOWN_PROFILE, "what_changes_goes_again_by_itself_and_says_what_is_new"),
            (PEOPLE, "by_name_people_stand_by_the_name_that_they_show"),
            (
                CLI_TOGETHER,
                "a_specialists_sentences_call_the_participant_as_they_show_it",
            ),
        ],
    ),
    (
        "F000-22",
        "A feeling is any word in any language, or none; none is sorted into good or bad.",
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
                CLI_HOME,
                "an_entry_is_written_listed_shown_searched_edited_trashed_and_restored",
            ),
        ],
    ),
    (
        "F000-23",
        "A story is short, can be wished shorter and not endlessly longer, and is shown folded.",
        &[
            (CONVERSATION, "ones_own_experience_is_no_longer_than_is_wished"),
            (
                MESSAGES,
                "what_the_participant_wishes_of_messages_holds_whatever_app_sends_them",
            ),
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
        ],
    ),
    (
        "F000-24",
        "A specialist's own journal is theirs alone; words of another in it are pointed out to them, and that holds back nothing and is told to nobody.",
        &[
            (
                PASTED,
                "forty_characters_in_a_row_are_the_same_words_and_thirty_nine_are_not",
            ),
            (
                PASTING,
                "words_that_are_shown_are_pointed_out_in_a_specialists_own_and_nobody_is_told",
            ),
            (
                PASTING,
                "every_part_that_is_shown_counts_and_what_is_not_shown_does_not",
            ),
            (PASTING, "what_is_stopped_over_or_locked_is_compared_with_nothing"),
            (PASTING, "a_shown_profile_counts_until_it_is_taken_back"),
            (
                CLI_TALKING,
                "a_specialist_is_told_after_saving_that_words_of_another_stand_in_it",
            ),
        ],
    ),
    (
        "F000-25",
        "Stories are asked for first unless the participant says otherwise, and what is off limits is not brought up.",
        &[
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
            (
                MESSAGES,
                "what_the_participant_wishes_of_messages_holds_whatever_app_sends_them",
            ),
            (CONVERSATION, "what_is_off_limits_is_not_brought_up_whatever_it_is_in"),
        ],
    ),
];

pub(super) const AUTONOMY: &[Row] = &[
    (
        "F001-01",
        "Everything about journal, profile and consent begins with the participant; a specialist has no step there.",
        &[
            (ROLE, "each_role_may_exactly_what_the_table_says"),
            (CONSENT, "only_the_participant_revokes"),
            (PRIVACY, "a_specialist_has_no_call_that_writes_to_the_journal"),
            (SHOWN_PROFILE, "each_shows_what_is_theirs_to_show"),
        ],
    ),
    (
        "F001-02",
        "A journal works whole without account, relay and specialist, and goes out and comes in again.",
        &[
            (
                CLI_HOME,
                "an_entry_is_written_listed_shown_searched_edited_trashed_and_restored",
            ),
            (CLI_EXPORT, "an_archive_comes_in_again_and_says_what_was_new"),
            (CODE, "the_core_has_no_code_to_reach_a_network_with"),
        ],
    ),
    (
        "F001-03",
        "Sharing, reminders, places, feelings in shares, receipts and contact in silence are off at the beginning.",
        &[
            ("core/src/profile/settings.rs", "everything_is_off_in_a_new_journal"),
            (SETTINGS, "everything_is_off_in_a_new_journal"),
            (
                SETTINGS,
                "a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written",
            ),
            ("core/src/support/mask.rs", "the_default_shows_words_and_day_only"),
        ],
    ),
    (
        "F001-04",
        "Text is kept and shown exactly as it was written, in every script.",
        &[
            (LIVED, "words_are_read_by_everybody_exactly_as_they_were_written"),
            ("core/src/record/tests/projection.rs", "every_entry_reads_back"),
            (EXPORTING, "a_journal_with_anything_in_it_goes_out_and_comes_in_equal"),
        ],
    ),
    (
        "F001-05",
        "Stopping, pausing, ending and not now need no reason, and a reason for a preference is private.",
        &[
            (CLI_TOGETHER, "pausing_and_ending_take_one_command_and_no_reason"),
            (TERMS, "a_participant_ends_it_without_a_word_and_everything_stops"),
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
            (
                PROFILE,
                "the_shared_version_goes_up_with_what_may_be_shown_and_with_nothing_else",
            ),
        ],
    ),
    (
        "F001-06",
        "There are two roles and a relay that can read nothing; nobody supervises, administers or looks in.",
        &[
            (ROLE, "a_side_is_one_of_two"),
            (
                PRIVACY,
                "no_word_a_person_writes_reaches_the_relay_or_is_heard_on_the_way",
            ),
            ("tests/suite/architecture.rs", "the_relay_has_no_edge_to_the_core"),
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
        ],
    ),
    (
        "F001-07",
        "No badge, no rank, and nobody approves of another's choices.",
        &[
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (HERE, "nothing_between_two_people_assigns_rates_reacts_or_watches"),
        ],
    ),
    (
        "F001-08",
        "An agreement counts once both accepted the same words, and the participant ends it alone.",
        &[
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
            (TERMS, "of_two_proposals_at_once_the_one_counts_that_both_accept"),
            (TERMS, "a_participant_ends_it_without_a_word_and_everything_stops"),
        ],
    ),
    (
        "F001-09",
        "Nothing moves on by itself, but what the participant gave an end.",
        &[
            (
                SETTINGS,
                "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
            ),
            (
                TERMS,
                "a_pause_is_one_step_that_works_offline_and_says_nothing_by_itself",
            ),
            (
                SEEING,
                "what_came_to_its_time_is_told_to_be_gone_though_nobody_stopped_it",
            ),
        ],
    ),
    (
        "F001-10",
        "A strength that was named to a participant is theirs to keep in one step or not, with whose words it is; nobody is told.",
        &[
            (
                STRENGTHS,
                "a_strength_is_kept_once_with_whose_words_it_is_and_it_is_private",
            ),
            (
                STRENGTHS,
                "no_sign_of_a_kept_strength_reaches_the_specialist_and_two_devices_keep_one",
            ),
        ],
    ),
    (
        "F001-11",
        "How it was is kept offline for the participant alone, and sent only if they say so.",
        &[(
            MESSAGES,
            "feedback_is_private_until_it_is_sent_and_a_response_stands_with_it",
        )],
    ),
    (
        "F001-12",
        "Feedback that was sent waits for a response, and both of the two see whether there is one; the specialist's list begins with what has none.",
        &[
            (
                MESSAGES,
                "both_see_whether_feedback_has_a_response_and_what_has_none_comes_first",
            ),
            (CLI_TALKING, "a_whole_conversation_is_lived_in_two_terminals"),
        ],
    ),
    (
        "F001-13",
        "An agreement, an agenda and the notes of a meeting are written by both; what they write at once merges, and no entry is written so.",
        &[
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
            (
                MEETINGS,
                "what_both_write_apart_at_once_stands_on_one_page_and_no_entry_can_be_written_so",
            ),
            (MEETING, "a_page_joins_in_any_order_and_any_number_of_times_to_the_same"),
            (CLI_TALKING, "the_page_of_a_meeting_is_written_in_two_terminals"),
        ],
    ),
    (
        "F001-14",
        "What is worth remembering the participant marks; the app makes nothing of days and counts.",
        &[
            (LIVED, "an_entry_that_was_trashed_and_restored_is_what_it_was"),
            (
                "core/src/store/tests/filters.rs",
                "every_filter_answers_what_reading_every_entry_would_in_pages_of_any_length",
            ),
            (GUARDS, "no_name_measures_ranks_or_diagnoses_anybody"),
            (GUARDS_TABLE, "an_app_is_told_what_to_read_again_and_nothing_else"),
        ],
    ),
    (
        "F001-15",
        "A specialist can put questions to themselves from time to time; skipping them leaves no row, and an answer is theirs alone.",
        &[
            (
                LIVED,
                "a_specialist_who_skips_the_questions_to_themselves_leaves_no_row_and_an_answer_is_theirs_alone",
            ),
            (
                LINT,
                "every_question_that_a_specialist_puts_to_themselves_is_open_and_has_one_name_for_good",
            ),
        ],
    ),
];
