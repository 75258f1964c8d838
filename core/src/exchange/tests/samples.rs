//! One small sound file of each format.

use super::zip;
use crate::exchange::ImportFormat;

/// All columns of today, a byte order mark, quoted fields, HTML.
pub(in crate::exchange) const DAYLIO: &str = "\u{feff}full_date,date,weekday,time,mood,activities,scales,note_title,note\n\
    2024-05-02,2 May,Thursday,8:30 pm,fizzy,\"walk | soup, hot\",\"Sleep:\u{a0}7 | Water:\u{a0}2\",A pot,\"<b>Soup</b> again<br>and \"\"bread\"\"\"\n\
    2024-05-01,1 May,Wednesday,20:05,almost fine,,,,\n";

/// What jrnl writes.
pub(in crate::exchange) const JRNL: &str = r#"{"tags": {"@walk": 1}, "entries": [
    {"title": "Soup again.", "body": "With @walk.\n", "date": "2024-05-01", "time": "20:30", "tags": ["@walk"], "starred": true},
    {"title": "Almost.", "body": "", "date": "2024-05-02", "time": "07:00", "tags": [], "starred": false, "creator": "x"}]}"#;

fn dayone() -> Vec<u8> {
    let journal = br#"{"metadata":{"version":"1.0"},"entries":[
        {"uuid":"5D98932C10B92B532BCAA6AA91CE17EB","creationDate":"2024-05-01T10:00:00Z","timeZone":"Europe/London","starred":true,
         "text":"Soup.\n\n![](dayone-moment://P1)","tags":["walk"],"location":{"latitude":1.5,"longitude":2.5,"placeName":"Away"},
         "photos":[{"identifier":"P1","md5":"0a1b","type":"jpeg","width":4,"height":3,"date":"2024-05-01T09:00:00Z"}]},
        {"uuid":"6D98932C10B92B532BCAA6AA91CE17EB","creationDate":"2024-05-02T10:00:00Z","text":"Almost."}]}"#;
    zip(&[("Journal.json", journal), ("photos/0a1b.jpeg", b"a pot")])
}

pub(in crate::exchange) fn journey() -> Vec<u8> {
    zip(&[
        (
            "1-a.json",
            br#"{"id":"1-a","date_journal":1714557600000,"date_modified":1714557600000,"text":"Soup.","preview_text":"Soup.",
                "mood":2,"timezone":"Europe/London","address":"Away","lat":1.5,"lon":1.7976931348623157E308,
                "weather":{"id":1,"degree_c":12.5,"place":"Away"},"photos":["1-a-pot.jpg"],"tags":["walk"],"favourite":true}"#,
        ),
        (
            "2-b.json",
            br#"{"id":"2-b","schemaVersion":2,"dateOfJournal":"2024-05-02T10:00:00.000Z","createdAt":"2024-05-02T10:00:00.000Z",
                "updatedAt":"2024-05-03T10:00:00.000Z","timezone":"Europe/London","type":"html","text":"<p>Almost <b>fine</b></p>",
                "location":{"lat":1.5,"lng":2.5,"name":"Away"},"encrypted":false,"attachments":[],"tags":[],"version":"2.1"}"#,
        ),
        ("1-a-pot.jpg", b"a pot"),
    ])
}

pub(in crate::exchange) fn markdown() -> Vec<u8> {
    zip(&[
        (
            "vault/2024-05-01.md",
            b"---\ntitle: Soup again\ntags: [walk, \"#home\"]\nmood: fizzy\nlocation: Away\ncolour: blue\n---\n\nSoup. ![[pot.jpg]]\n",
        ),
        ("vault/journals/2024_05_02.md", b"mood:: almost fine\n\n- Almost.\n- ![](../assets/pot.jpg)\n"),
        ("vault/2024/05/03.md", b"+++\nfeelings = [\"calm\"]\n+++\nAlmost."),
        ("vault/Ideas.md", b"Soup for everybody."),
        ("vault/assets/pot.jpg", b"a pot"),
        ("vault/.obsidian/app.md", b"{}"),
    ])
}

pub(in crate::exchange) fn sample(format: ImportFormat) -> Vec<u8> {
    match format {
        ImportFormat::DayOne => dayone(),
        ImportFormat::Journey => journey(),
        ImportFormat::Daylio => DAYLIO.as_bytes().to_vec(),
        ImportFormat::Jrnl => JRNL.as_bytes().to_vec(),
        ImportFormat::Markdown => markdown(),
    }
}
