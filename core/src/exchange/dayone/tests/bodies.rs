//! Text and rich text.

use super::*;

fn body(fields: Value) -> String {
    one(fields).draft.body
}

fn rich(contents: Value) -> String {
    body(json!({"text": "unused", "richText": json!({"meta": {}, "contents": contents}).to_string()}))
}

#[test]
fn a_plain_text_is_kept_byte_for_byte() {
    let text = "# A first line\r\n1986\\. \\*x\\* \u{200B}**b**\u{200B}\u{2028}- a\u{2028}b  \n\n```\n```\n ![](dayone-moment://AB) \t\n";
    assert_eq!(body(json!({ "text": text })), text);
    assert_eq!(one(json!({ "text": text })).draft.title, "");
}

#[test]
fn a_text_of_the_app_loses_the_traces_of_the_app() {
    let text = "Well\\. \u{200B}*Yes*\u{200B}\\!\n![](dayone-moment:/video/AB)";
    assert_eq!(
        body(json!({"text": text, "creationDevice": "phone"})),
        "Well. *Yes*!\n![](dayone-moment:/video/AB)"
    );
}

#[test]
fn a_slash_may_be_escaped() {
    let json = br#"{"entries":[{"uuid":"1","creationDate":"2024-05-01T00:00:00Z","text":"and\/or \u00e9"}]}"#;
    let mut export = open(zip(&[("Journal.json", json)])).unwrap();
    assert_eq!(
        export.entries(Keep::default()).next().unwrap().unwrap().draft.body,
        "and/or é"
    );
}

#[test]
fn rich_text_becomes_markdown() {
    let line = |line: Value| json!({ "line": line });
    assert_eq!(
        rich(json!([
            {"text": "Title\n", "attributes": line(json!({"header": 2}))},
            {"text": "plain "}, {"text": "bold ", "attributes": {"bold": true}},
            {"text": "both", "attributes": {"bold": 1, "italic": true}}, {"text": " end\n"},
            {"text": "gone", "attributes": {"strikethrough": true}}, {"text": " "},
            {"text": "a`b", "attributes": {"inlineCode": true}}, {"text": " "},
            {"text": "here", "attributes": {"linkURL": "https://example.org"}}, {"text": "\n"},
            {"text": "one\u{2028}more\ntwo\n", "attributes": line(json!({"listStyle": "bulleted", "indentLevel": 1}))},
            {"text": "inner\n", "attributes": line(json!({"listStyle": "checkbox", "indentLevel": 2, "checked": true}))},
            {"text": "first\nsecond\n", "attributes": line(json!({"listStyle": "numbered", "indentLevel": 1}))},
            {"text": "said\n", "attributes": line(json!({"quote": true}))},
            {"text": "let a;\nlet b;\n", "attributes": line(json!({"codeBlock": true}))},
            {"embeddedObjects": [{"type": "horizontalRuleLine"}]},
            {"text": "\nafter\n\n"},
        ])),
        "## Title\nplain **bold *both*** end\n~~gone~~ ``a`b`` [here](https://example.org)\n- one\n  more\n- two\n    - [x] inner\n1. first\n2. second\n> said\n```\nlet a;\nlet b;\n```\n---\nafter"
    );
}

#[test]
fn embedded_media_keep_their_links_and_what_has_no_form_travels_on() {
    let fields = json!({"richText": {"contents": [
        {"text": "Before"},
        {"embeddedObjects": [{"type": "photo", "identifier": "P"}, {"type": "video", "identifier": "V"}]},
        {"embeddedObjects": [{"type": "audio", "identifier": "A"}, {"type": "pdfAttachment", "identifier": "D"}]},
        {"embeddedObjects": [{"type": "song", "name": "x"}, {"type": "externalVideo", "url": "https://example.org/v"}]},
        {"embeddedObjects": [{"type": "table", "rows": [[{"content": [{"text": "a"}]}, {"content": [{"text": "b"}]}]]}]},
        {"text": "After"}]}});
    let imported = one(fields);
    assert_eq!(
        imported.draft.body,
        "Before\n![](dayone-moment://P)\n![](dayone-moment:/video/V)\n![](dayone-moment:/audio/A)\n![](dayone-moment:/pdfAttachment/D)\nhttps://example.org/v\n| a | b |\n| --- | --- |\nAfter"
    );
    assert_eq!(
        imported.extra,
        r#"{"embeddedObjects":[{"name":"x","type":"song"}],"journal":"Journal"}"#
    );
}

#[test]
fn zero_width_spaces_beside_emphasis_go_and_typed_marks_stay() {
    assert_eq!(
        rich(
            json!([{"text": "2 * 3 \u{200B}"}, {"text": "x\u{200B}", "attributes": {"bold": true}}, {"text": "\u{200B} y"}])
        ),
        "2 * 3 **x** y"
    );
}

#[test]
fn rich_text_that_cannot_be_read_leaves_the_text_and_travels_on() {
    for bad in [
        json!("{not json"),
        json!("[]"),
        json!(7),
        json!({"contents": 5}),
        json!("[".repeat(100_000)),
    ] {
        let imported = one(json!({ "richText": bad }));
        assert_eq!(imported.draft.body, "words 1");
    }
    assert!(one(json!({"richText": "{not json"})).extra.contains("{not json"));
    assert_eq!(body(json!({"richText": {"contents": []}})), "words 1");
    assert_eq!(
        body(json!({"richText": {"contents": [5, null, {"text": 5}, {"text": "x", "attributes": 7}]}})),
        "x"
    );
}

#[test]
fn an_entry_of_pictures_alone_is_kept_as_its_links() {
    let photos = json!([{"identifier": "B", "orderInEntry": 2}, {"identifier": "A", "orderInEntry": 0}]);
    for text in [Value::Null, json!(""), json!(" \n")] {
        let fields = json!({"text": text, "photos": photos, "videos": [{"identifier": "V", "orderInEntry": 1}]});
        let links = "![](dayone-moment://A)\n\n![](dayone-moment:/video/V)\n\n![](dayone-moment://B)";
        assert_eq!(body(fields), links);
    }
}

#[test]
fn an_entry_of_tags_alone_is_kept_and_an_empty_one_is_listed() {
    assert_eq!(one(json!({"text": null, "tags": ["walk"]})).draft.tags, ["walk"]);
    let export = day_one(&[entry(1, json!({"text": " \n"}))]);
    assert_eq!(export.preview().skipped[0].reason, SkipReason::Empty);
}
