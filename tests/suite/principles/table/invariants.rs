//! What holds whatever happens.

use super::*;

pub(super) const INVARIANTS: &[Row] = &[
    (
        "I-01",
        "Every change of a journal verifies against a device that is on its person's list.",
        &[
            (LIVED, "what_a_specialist_signs_is_no_word_of_a_journal"),
            ("tests/suite/hostile_relay/authors.rs", "a_record_by_a_stranger"),
            ("tests/suite/hostile_relay/authors.rs", "a_record_in_another_name"),
            (
                "tests/suite/removing.rs",
                "what_a_removed_device_sent_before_anybody_knew_is_offered_and_left_out",
            ),
        ],
    ),
    (
        "I-02",
        "Whatever a specialist or a relay sends, no byte of a journal changes by it.",
        &[
            (LIVED, "whatever_a_specialist_does_no_byte_of_the_journal_changes"),
            (LIVED, "what_a_specialist_signs_is_no_word_of_a_journal"),
            (
                BAD_ANSWERS,
                "garbage_in_place_of_any_answer_ends_the_round_and_costs_nothing",
            ),
            (
                "tests/suite/hostile_relay/records.rs",
                "an_old_record_under_a_new_number",
            ),
        ],
    ),
    (
        "I-03",
        "A view holds what the share names, and no byte beside it.",
        &[
            (VIEW, "a_part_is_shown_exactly_when_the_mask_says_so"),
            (VIEW_BYTES, "no_byte_of_an_unshared_field_is_ever_in_a_view"),
            (LIVED, "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist"),
        ],
    ),
    (
        "I-04",
        "A view tells nothing of earlier words, devices, times of writing or other entries.",
        &[
            (LIVED, "nothing_but_what_is_shown_of_an_entry_reaches_a_specialist"),
            (VIEW_BYTES, "no_byte_of_an_unshared_field_is_ever_in_a_view"),
        ],
    ),
    (
        "I-05",
        "What is marked never to be shared is not shared, and what is tender only when that was said twice.",
        &[
            (LIVED, "what_is_never_to_be_shared_is_refused_until_the_mark_is_off"),
            (
                SHARING,
                "an_entry_that_is_trashed_or_marked_while_its_share_waits_never_leaves_and_the_share_says_so",
            ),
            (SHARING, "a_tender_entry_is_shared_only_when_that_was_said_twice"),
        ],
    ),
    (
        "I-06",
        "Nothing of a share leaves before its wait is over, and what is cancelled before was never there.",
        &[
            (LIVED, "what_is_cancelled_within_its_wait_never_went_anywhere"),
            (
                SHARES,
                "nothing_leaves_before_the_hold_ends_and_cancelling_inside_it_leaves_no_trace",
            ),
            (
                SHARING,
                "a_shared_entry_is_read_with_its_purpose_and_gone_after_it_was_stopped",
            ),
        ],
    ),
    (
        "I-07",
        "A consent is signed once by the participant, names one recipient, a purpose and an end.",
        &[
            (
                CONSENT,
                "a_consent_needs_purpose_name_part_and_an_end_after_its_beginning",
            ),
            (VIEW_BYTES, "a_consent_reads_back_with_every_end"),
            (
                "core/src/record/tests/inside.rs",
                "a_record_reads_back_with_its_digest_and_signature",
            ),
            (
                "tests/suite/hostile_relay/authors.rs",
                "a_view_by_whom_the_participant_was",
            ),
        ],
    ),
    (
        "I-08",
        "Versions of a consent only go up, and a lower one is refused.",
        &[
            (CONSENT, "joining_has_no_order_and_never_goes_back"),
            (CONSENT, "a_stop_holds_whatever_comes_after_it"),
            (
                "core/src/store/tests/spaces.rs",
                "shared_views_come_newest_first_and_an_end_never_goes_back",
            ),
            STOPPED_AGAIN,
            ("tests/suite/hostile_relay/shown.rs", "an_older_view_after_a_newer_one"),
        ],
    ),
    (
        "I-09",
        "After a stop, an end or an expiry nothing new opens, what was shown goes at the next contact, and without one it locks.",
        &[
            (
                "tests/suite/scenarios/too_close/mod.rs",
                "on_the_third_day_the_other_connects_and_it_is_gone_with_what_was_said_of_it",
            ),
            (
                "tests/suite/interleavings/mod.rs",
                "what_a_specialist_reads_is_always_what_was_consented_to_at_the_last_contact",
            ),
            (
                "tests/suite/scenarios/too_close/mod.rs",
                "a_week_offline_locks_it_until_the_relay_was_reached",
            ),
            (
                "tests/suite/leases.rs",
                "a_lease_is_as_long_as_the_participant_chose_and_a_week_where_they_chose_none",
            ),
            ("tests/suite/hostile_relay/shown.rs", "a_stop_before_its_view"),
            ("tests/suite/hostile_relay/shown.rs", "a_hidden_stop"),
        ],
    ),
    (
        "I-10",
        "To share is one call and to stop is one call, which asks for nothing.",
        &[
            (
                SHARING,
                "a_shared_entry_is_read_with_its_purpose_and_gone_after_it_was_stopped",
            ),
            (CLI_TOGETHER, "two_devices_and_a_specialist_go_the_whole_path"),
        ],
    ),
    (
        "I-11",
        "To stop one share changes no other share, no message and not the relationship.",
        &[
            (LIVED, "stopping_one_share_stops_nothing_else"),
            (
                MESSAGES,
                "a_correction_stands_with_what_it_corrects_and_what_is_shared_no_more_is_not_quoted",
            ),
        ],
    ),
    (
        "I-12",
        "An end ends every share, but for what the participant leaves readable until a day.",
        &[
            (
                NARROWING,
                "what_is_kept_at_the_end_stays_until_its_day_and_all_else_is_gone",
            ),
            (NARROWING, "only_the_participant_keeps_something_and_only_what_is_shown"),
        ],
    ),
    (
        "I-13",
        "Nothing begins without a declared connection, declared limits, and one agreement accepted by both.",
        &[
            (
                TERMS,
                "nothing_is_shown_before_the_specialist_has_declared_and_both_have_accepted_the_same_words",
            ),
            (TERMS_UNIT, "a_declaration_says_what_keeps_a_person_safe"),
            (TERMS_UNIT, "an_agreement_counts_once_both_have_accepted_the_same_words"),
            (
                "core/src/support/relationship_tests.rs",
                "a_status_follows_from_what_both_have_said",
            ),
        ],
    ),
    (
        "I-14",
        "A specialist's message is held against every rule on the participant's device; an honest one that crossed a change arrives.",
        &[
            (MESSAGES, "what_was_stopped_is_spoken_of_no_more_whatever_app_is_used"),
            (MESSAGES, "what_is_over_by_its_date_is_spoken_of_no_more"),
            (MESSAGES, "a_specialist_whose_app_checks_nothing_gains_nothing"),
            (
                "tests/suite/scenarios/on_the_bus/mod.rs",
                "what_was_done_on_the_way_arrives_as_it_was_meant_and_silence_says_nothing",
            ),
            (
                MESSAGES,
                "nothing_is_said_in_ignorance_of_the_preferences_and_what_waited_comes_back",
            ),
            (
                MESSAGES,
                "an_honest_message_that_crossed_a_change_of_preferences_arrives",
            ),
            (
                MESSAGES,
                "what_the_participant_wishes_of_messages_holds_whatever_app_sends_them",
            ),
            (LIVED, "a_message_that_a_stranger_signed_is_nobodys"),
            (
                "tests/suite/hostile_relay/talking.rs",
                "a_message_kept_back_until_preferences_changed",
            ),
            (
                "tests/suite/hostile_relay/talking.rs",
                "a_message_by_whom_the_specialist_was",
            ),
        ],
    ),
    (
        "I-15",
        "The first reply says that it was heard or asks openly, unless ideas or practical help are wanted.",
        &[
            (
                CONVERSATION,
                "the_first_thing_that_is_said_shows_that_it_was_heard_unless_ideas_or_help_are_wanted",
            ),
            (MESSAGES, "a_specialist_whose_app_checks_nothing_gains_nothing"),
        ],
    ),
    (
        "I-16",
        "A story keeps to its length, is not unwelcome, follows a look at oneself, and uses up one yes.",
        &[
            (MESSAGES, "a_story_that_directs_is_shown_to_nobody_whatever_app_sent_it"),
            (
                CONVERSATION,
                "ones_own_experience_is_told_once_for_each_yes_and_as_the_participant_wishes",
            ),
            (CONVERSATION, "ones_own_experience_is_no_longer_than_is_wished"),
            (CONVERSATION, "a_request_is_a_yes_for_one"),
            (
                MESSAGES,
                "ones_own_experience_waits_for_a_yes_for_a_look_at_oneself_and_for_words_that_do_not_direct",
            ),
        ],
    ),
    (
        "I-17",
        "One can always read, write, find and export, without relay, specialist or account, and whatever the clock says.",
        &[
            (
                LIVED,
                "with_a_clock_that_is_wrong_everything_is_written_found_and_restored",
            ),
            (
                CLI_HOME,
                "an_entry_is_written_listed_shown_searched_edited_trashed_and_restored",
            ),
            (
                CLI_EXPORT,
                "a_journal_goes_out_in_every_form_and_a_file_that_is_there_stays",
            ),
            (CODE, "the_core_has_no_code_to_reach_a_network_with"),
        ],
    ),
    (
        "I-18",
        "Merging loses nothing that anybody inserted, ends equal everywhere, and doubles no word of a list.",
        &[
            (
                "core/src/document/tests/prose.rs",
                "what_either_device_wrote_stays_in_one_piece",
            ),
            (
                "core/src/document/tests/prose.rs",
                "each_new_sentence_is_there_word_for_word",
            ),
            (
                "core/src/document/tests/prose.rs",
                "merging_commutes_associates_and_repeats",
            ),
            (
                "core/src/document/tests/revising.rs",
                "tags_of_two_devices_are_both_kept_and_of_two_forms_the_first_shows",
            ),
            (
                "core/src/document/tests/revising.rs",
                "feelings_added_apart_are_each_there_once",
            ),
            (
                "tests/suite/simulation.rs",
                "whatever_fails_all_devices_agree_in_the_end_and_nothing_acknowledged_is_lost",
            ),
        ],
    ),
    (
        "I-19",
        "The day of an entry stays the day it was, through zones, changes of clocks, devices, imports and exports.",
        &[
            ("core/src/moment.rs", "the_local_date_is_the_one_on_the_wall"),
            (
                "core/src/exchange/dates.rs",
                "a_day_alone_stays_that_day_in_every_zone_even_one_that_never_was",
            ),
            (
                "core/src/exchange/dates.rs",
                "a_time_that_clocks_left_out_or_showed_twice_is_still_one_moment_of_its_day",
            ),
            ("core/src/record/tests/projection.rs", "every_entry_reads_back"),
            (
                "bindings/ffi/src/moment.rs",
                "a_date_is_read_off_the_zone_once_and_then_handed_back_as_it_is",
            ),
            (EXPORTING, "a_journal_with_anything_in_it_goes_out_and_comes_in_equal"),
        ],
    ),
    (
        "I-20",
        "What comes back from the trash is what went in; what is erased is in no page, log or index, and leaves an id.",
        &[
            (LIVED, "an_entry_that_was_trashed_and_restored_is_what_it_was"),
            (
                HISTORY,
                "only_the_trash_is_erased_and_then_it_is_gone_from_every_page_and_the_relay",
            ),
            (
                "core/src/store/tests/gone.rs",
                "words_of_a_removed_entry_leave_the_texts_and_the_index",
            ),
            ("core/src/store/tests/gone.rs", "a_destroyed_epoch_key_is_in_no_page"),
            (
                "core/src/record/tombstone.rs",
                "a_tombstone_reads_back_and_has_one_spelling",
            ),
        ],
    ),
    (
        "I-21",
        "To erase an entry that was shown stops showing it.",
        &[
            (
                SHARING,
                "what_was_shown_is_stopped_when_another_device_which_did_not_know_of_it_erased_the_entry",
            ),
            (
                SHARING,
                "what_was_shown_is_stopped_by_the_device_that_showed_it_when_it_hears_that_the_entry_is_gone",
            ),
            (
                SHARING,
                "what_waits_to_be_shown_goes_with_its_entry_when_another_device_erased_it",
            ),
        ],
    ),
    (
        "I-22",
        "What goes out comes into an empty vault equal: entries, attachments, profile, plan and settings to go on with; consents, conversations and who saw what to be read.",
        &[
            (EXPORTING, "a_journal_with_anything_in_it_goes_out_and_comes_in_equal"),
            (
                EXPORTING,
                "attachments_go_out_and_come_in_equal_under_the_names_of_the_other_vault",
            ),
            (
                TAKEN_IN,
                "what_was_between_two_people_comes_in_equal_and_goes_out_equal_again",
            ),
            (
                TAKEN_OUT,
                "who_saw_what_goes_out_with_each_receipt_and_wishes_agreements_and_private_feedback_with_the_person",
            ),
            (
                TAKEN_IN,
                "what_is_kept_from_an_export_is_on_all_devices_and_nothing_of_it_goes_on",
            ),
            (
                "core/src/exchange/cairn/people_tests.rs",
                "what_an_archive_says_of_people_is_in_the_form_that_was_frozen",
            ),
        ],
    ),
    (
        "I-23",
        "Importing twice is importing once, and changes nothing that is there.",
        &[
            (
                TAKEN_IN,
                "taking_it_in_twice_changes_nothing_and_a_later_export_adds_what_is_new",
            ),
            (TAKEN_IN, "a_relationship_that_is_here_itself_is_left_alone"),
            (
                "tests/suite/importing.rs",
                "a_journal_brought_in_twice_leaves_what_was_edited_as_it_is",
            ),
            (
                "tests/suite/importing.rs",
                "a_journal_brought_in_on_two_devices_apart_is_one_journal_afterwards",
            ),
            (EXPORTING, "what_is_here_stays_as_it_is"),
        ],
    ),
    (
        "I-24",
        "Removing a device turns the keys, and it opens nothing that was made after that.",
        &[
            (
                "tests/suite/removing.rs",
                "a_removed_device_reads_and_writes_nothing_any_more_and_the_others_go_on",
            ),
            (
                "tests/suite/removing.rs",
                "what_was_written_after_the_removal_does_not_open_with_anything_the_removed_device_has",
            ),
            (
                "tests/suite/personas/mod.rs",
                "what_is_shared_after_a_removal_is_sealed_with_keys_that_the_removed_device_never_had",
            ),
            (
                "tests/suite/device_histories.rs",
                "whoever_comes_and_goes_those_who_are_left_agree_and_those_who_are_gone_read_nothing_new",
            ),
        ],
    ),
    (
        "I-25",
        "What was told of opening stands in a chained log: leaving one out or changing it is noticed.",
        &[(LIVED, "an_opening_can_neither_be_left_out_nor_changed_unnoticed")],
    ),
    (
        "I-26",
        "A relay holds sealed bytes of padded size, opaque names and times, and lets go of what was replaced, erased or left.",
        &[
            (
                PRIVACY,
                "no_word_a_person_writes_reaches_the_relay_or_is_heard_on_the_way",
            ),
            (
                "core/src/record/tests/inside.rs",
                "an_untouched_entry_fits_the_floor_and_lengths_tell_little",
            ),
            (
                "sync-server/src/relay/tests/sweeping.rs",
                "replaced_bodies_go_when_every_live_device_has_read_them_and_thirty_days_are_over",
            ),
            (
                "sync-server/src/relay/tests/erasing.rs",
                "no_byte_of_an_erased_body_is_left_in_any_file",
            ),
            (
                "tests/suite/subpoena/mod.rs",
                "what_a_relay_knows_is_what_its_sheet_says",
            ),
            (
                "tests/suite/subpoena/mod.rs",
                "two_relationships_of_one_person_have_nothing_in_common_at_the_relay_but_days",
            ),
            (
                "sync-server/src/relay/tests/mailboxes.rs",
                "a_mailbox_ends_after_a_quarter_of_an_hour_or_the_days_its_first_message_asked_for",
            ),
        ],
    ),
    (
        "I-27",
        "No function takes more than one person.",
        &[(CODE, "no_function_takes_more_than_one_person")],
    ),
    (
        "I-28",
        "What preferences were before is for the participant to read and to erase, and for nobody else to change.",
        &[
            (
                PROFILE,
                "the_history_holds_both_of_two_concurrent_changes_and_is_erased_on_both_devices",
            ),
            (
                PROFILE,
                "former_words_are_gone_from_every_page_when_their_history_is_erased",
            ),
            (
                PROFILE,
                "no_word_of_the_history_or_of_what_is_private_is_in_a_shared_profile",
            ),
        ],
    ),
    (
        "I-29",
        "Locked, nothing is read, keys are wiped from memory, and only a plan that was opened up can be read.",
        &[
            (
                LOCK,
                "a_locked_vault_answers_nothing_until_it_is_unlocked_and_sleep_changes_nothing_about_that",
            ),
            (LOCK, "an_attachment_that_was_opened_before_is_not_read_while_locked"),
            (
                "tests/memory/wiped.rs",
                "once_a_journal_is_locked_neither_keys_nor_words_are_in_memory",
            ),
            (
                "core/src/vault/plan.rs",
                "the_plan_opens_without_the_vault_exactly_while_that_is_wanted",
            ),
        ],
    ),
    (
        "I-30",
        "Nothing depends on how much or how lately somebody wrote.",
        &[
            (
                SETTINGS,
                "two_years_away_change_nothing_and_nothing_is_to_be_caught_up_with",
            ),
            (
                SETTINGS,
                "a_reminder_rings_where_that_was_chosen_and_never_because_of_what_was_written",
            ),
        ],
    ),
    (
        "I-31",
        "No clock opens what was over, or makes a lease longer.",
        &[
            ("tests/suite/hostile_relay/ends.rs", "a_clock_that_is_set_back"),
            (
                "tests/suite/hostile_relay/ends.rs",
                "a_relay_that_says_that_everything_is_over",
            ),
            (
                "core/src/support/share.rs",
                "a_dated_share_expires_by_itself_and_is_never_given_again",
            ),
            (
                "tests/suite/seeing.rs",
                "what_is_shown_locks_after_a_week_without_the_relay_and_no_clock_makes_that_longer",
            ),
            (
                "tests/suite/leases.rs",
                "with_no_days_it_is_read_after_contact_alone_each_time",
            ),
        ],
    ),
    (
        "I-32",
        "A message names what it is about and copies nothing of it: what is shared no more is not quoted.",
        &[(
            MESSAGES,
            "a_correction_stands_with_what_it_corrects_and_what_is_shared_no_more_is_not_quoted",
        )],
    ),
];
