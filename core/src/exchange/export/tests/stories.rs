//! One entry, to be shown to others: no canary of what stands around its words gets out.

use super::*;
use crate::journal::{Asked, ImportSource, Place, Word};
use proptest::prelude::*;

/// The one picture that is here, as others may see it; a few bytes longer than the file was.
const CLEANED: &[u8] = b"picture without a place";

/// An entry whose every field but title and body holds a canary.
fn canaries() -> Shelf {
    let mut shelf = full();
    let entry = &mut shelf.entries[0];
    let word = || vec![Word::new("CANARY-word")];
    entry.tags = word();
    entry.feelings = word();
    entry.people = word();
    entry.life_areas = word();
    entry.place = Some(Place {
        label: "CANARY-place".to_owned(),
        position: None,
    });
    entry.weather = "\"CANARY\"".to_owned();
    entry.asked = Some(Asked {
        prompt: "CANARY".to_owned(),
        text: "CANARY-asked".to_owned(),
    });
    entry.import = Some(ImportSource {
        source: "CANARY".to_owned(),
        source_id: "CANARY".to_owned(),
        extra: "{\"x\":\"CANARY\"}".to_owned(),
    });
    entry.both_versions = true;
    entry.trashed = Some(Timestamp(7));
    for attachment in &mut entry.attachments {
        attachment.original_name = "CANARY.jpg".to_owned();
        attachment.transcript = "CANARY".to_owned();
    }
    shelf
}

fn told(story: Story, format: ExportFormat) -> String {
    let mut shelf = canaries();
    for attachment in &shelf.entries[0].attachments {
        if shelf.bytes.contains_key(&attachment.id) {
            shelf.cleaned.insert(attachment.id, CLEANED.to_vec());
        }
    }
    let options = ExportOptions {
        entry: Some(shelf.entries[0].id),
        story: Some(story),
        ..ExportOptions::new(format)
    };
    shelf.text(&options)
}

#[test]
fn a_story_is_its_words_and_nothing_of_when_where_who_and_what_it_is_called_inside() {
    for format in [ExportFormat::Markdown, ExportFormat::Html] {
        let text = told(Story::default(), format);
        assert!(text.contains("Soup") && text.contains("First line"), "{text}");
        let id = EntryId::from_bytes([1; 16]).to_string();
        for never in [
            "CANARY",
            "2026",
            "1970",
            id.as_str(),
            "attachment",
            "data:image",
            "fizzy",
            "Both of",
            "trash",
        ] {
            assert!(!text.contains(never), "{never} in {text}");
        }
    }
}

#[test]
fn what_the_writer_chose_goes_along_and_nothing_else() {
    for format in [ExportFormat::Markdown, ExportFormat::Html] {
        let day = told(
            Story {
                date: true,
                ..Story::default()
            },
            format,
        );
        assert!(
            day.contains("2026-03-02") && !day.contains("08:00") && !day.contains("CANARY"),
            "{day}"
        );
        let place = told(
            Story {
                place: true,
                ..Story::default()
            },
            format,
        );
        assert!(place.contains("CANARY-place") && !place.contains("CANARY-word") && !place.contains("51.5"));
        let tags = told(
            Story {
                tags: true,
                ..Story::default()
            },
            format,
        );
        assert_eq!(tags.matches("CANARY").count(), 1, "{tags}");
    }
    let pictures = told(
        Story {
            pictures: true,
            ..Story::default()
        },
        ExportFormat::Html,
    );
    let cleaned = data_encoding::BASE64.encode(CLEANED);
    assert!(pictures.contains(&format!("data:image/jpeg;base64,{cleaned}")) && !pictures.contains("CANARY"));
}

#[test]
fn a_story_in_markdown_says_in_words_what_a_picture_shows() {
    assert_eq!(
        told(Story::default(), ExportFormat::Markdown),
        "# Soup\n\nFirst line\na bowl\n[1] last\n"
    );
}

#[test]
fn words_for_a_picture_that_hold_its_link_do_not_make_a_story_run_on() {
    let mut shelf = full();
    for attachment in &mut shelf.entries[0].attachments {
        attachment.alt_text = format!("[x](attachment:{})", attachment.id);
    }
    shelf.entries[0].body = shelf.entries[0].body.replace("a bowl", "");
    let options = ExportOptions {
        entry: Some(shelf.entries[0].id),
        story: Some(Story::default()),
        ..ExportOptions::new(ExportFormat::Markdown)
    };
    assert!(shelf.text(&options).len() < 200);
}

proptest! {
    #[test]
    fn no_words_make_a_story_or_a_page_run_on_or_let_markup_through(body in "(\\PC|\n|<|>|\\[|\\]|\\(|!|attachment:09090909-0909-0909-0909-090909090909|javascript:){0,60}") {
        let mut shelf = full();
        shelf.entries[0].body = format!("x{body}");
        for story in [None, Some(Story::default())] {
            let options = ExportOptions { entry: Some(shelf.entries[0].id), story, ..ExportOptions::new(ExportFormat::Html) };
            let page = shelf.text(&options);
            prop_assert!(!page.contains("<script") && !page.contains("<iframe") && !page.contains("href=\"javascript"));
            let options = ExportOptions { format: ExportFormat::Markdown, story: Some(Story::default()), ..options };
            shelf.text(&options);
        }
    }
}
