//! Out.

use super::*;

#[test]
fn a_conversation_goes_out_as_it_was_shown_with_each_correction_beside_what_it_corrects() {
    let mut story = Story::new(1);
    let place = tempfile::tempdir().unwrap();
    let files = Copied::of(&story.two.phone, &story.two.world).archive(&place.path().join("a.zip"));
    let path = format!("conversations/{}", story.two.id);
    let said = lines(&files[&format!("{path}.jsonl")]);
    let word = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let all: Vec<(String, String, String)> = said
        .iter()
        .map(|line| (word(line, "by"), word(line, "kind"), word(line, "words")))
        .collect();
    let expected = [
        ("specialist", "acknowledgement", "I hear that you were tired."),
        ("participant", "correction", "Not tired: angry."),
        ("participant", "words", "It was long."),
        (
            "specialist",
            "offer_lived_experience",
            "I could tell you how it was for me.",
        ),
        ("participant", "yes", ""),
        ("participant", "ask", "Ask me something."),
        ("specialist", "lived_experience", "I walked at night, too."),
        ("participant", "words", "This has not left."),
    ];
    let expected = expected.map(|(by, kind, words)| (by.to_owned(), kind.to_owned(), words.to_owned()));
    assert_eq!(all, expected);
    assert_eq!(said[0]["about"]["share"], story.shares[0].to_string());
    assert_eq!(said[0]["strength"], "You stayed.");
    assert_eq!(said[1]["about"]["message"], story.heard.to_string());
    assert_eq!(said[6]["ask_back"], "How is that to hear?");
    assert_eq!(said[6]["accepted"], said[3]["id"]);
    assert_eq!(said[7]["waiting"], true);

    // For a person the same: below what was said stands what it was not meant like.
    let words = &files[&format!("{path}.md")];
    let heard = words.find("I hear that you were tired.").unwrap();
    let corrected = words.find("  - Not meant like that: Not tired: angry.").unwrap();
    assert!(
        heard < corrected && corrected < words.find("It was long.").unwrap(),
        "{words}"
    );
    for part in [
        "Somebody who does not hurry me.",
        "I would have liked a question.",
        "It left on",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    // What was withheld, what did not fit, and what is somebody else's alone is in no file.
    for (path, text) in &files {
        for canary in [WITHHELD, UNFIT, REFLECTED] {
            assert!(!text.contains(canary), "{path}");
        }
    }
    // It is all in the vault that was exported, so that there was something to leave out.
    let id = story.two.id;
    let cards = story
        .two
        .phone
        .engine
        .messages(id, chrono_tz::Tz::UTC, None, 200)
        .unwrap();
    let states: Vec<_> = cards.iter().map(|card| card.state).collect();
    assert!(
        states.contains(&cairn_core::support::MessageState::Withheld),
        "{states:?}"
    );
    assert!(states.contains(&cairn_core::support::MessageState::Unfit), "{states:?}");
}

#[test]
fn who_saw_what_goes_out_with_each_receipt_and_wishes_agreements_and_private_feedback_with_the_person() {
    let story = Story::new(2);
    let place = tempfile::tempdir().unwrap();
    let files = Copied::of(&story.two.phone, &story.two.world).archive(&place.path().join("a.zip"));
    let receipt =
        |share: ShareId| -> Value { serde_json::from_str(&files[&format!("consents/{share}.json")]).unwrap() };
    let [given, stopped] = story.shares.map(receipt);
    for told in ["released", "opened"] {
        assert!(given[told].is_string() && stopped[told].is_string(), "{told}");
    }
    assert!(given["purged"].is_null() && stopped["purged"].is_string());
    assert_eq!(stopped["over"]["how"], "revoked");
    let people: Value = serde_json::from_str(&files["relationships.json"]).unwrap();
    let person = &people["relationships"][0];
    assert_eq!(person["name"], "Dee");
    let in_force: Vec<bool> = person["agreements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["in_force"].as_bool().unwrap())
        .collect();
    assert_eq!(in_force, [false, true]);
    assert_eq!(person["wishes"]["off_limits"][0], "my brother");
    assert_eq!(person["hours"]["daily_max"], 5);
    assert_eq!(person["kept_feedback"][0]["id"], story.feedback.to_string());
    assert_eq!(person["kept_feedback"][0]["words"], "I would have liked a question.");
    // No key leaves, whatever it is a key to.
    let relationship = story.two.phone.card().relationship;
    let all: String = files.values().cloned().collect();
    for secret in [&relationship.persona[..32], &relationship.space.unwrap()[..]] {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!all.contains(&hex));
    }
    assert!(
        !all.contains("base64"),
        "of people there is nothing but words and numbers"
    );
}

#[test]
fn what_a_participant_said_to_a_specialist_is_in_no_export_of_the_specialists() {
    let mut story = Story::new(3);
    story
        .two
        .phone
        .engine
        .end_relationship(story.two.id, "Thank you, and goodbye now.")
        .unwrap();
    story.step();
    let dee = &mut story.two.dee;
    assert_eq!(dee.card().goodbye.as_deref(), Some("Thank you, and goodbye now."));
    let shown = dee
        .engine
        .messages(story.two.theirs, chrono_tz::Tz::UTC, None, 200)
        .unwrap();
    assert!(
        shown.iter().any(|card| card.by == Role::Participant),
        "there is something to keep in"
    );
    let place = tempfile::tempdir().unwrap();
    let files = Copied::of(&story.two.dee, &story.two.world).archive(&place.path().join("dee.zip"));
    assert!(
        files
            .keys()
            .all(|path| !path.starts_with("conversations/") && !path.starts_with("consents/")),
        "{files:?}"
    );
    let all: String = files.values().cloned().collect();
    for words in [
        "Marisol",
        "It was long.",
        "Not tired: angry.",
        "Somebody who does not hurry me.",
        "my brother",
        "So that you know how it was.",
        "The night.",
        "goodbye now",
    ] {
        assert!(!all.contains(words), "{words}");
    }
    // What she said herself of how she works is hers.
    assert!(all.contains("Nothing but what the law asks."), "{all}");
}
