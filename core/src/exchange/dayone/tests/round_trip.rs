//! What is written comes back.

use super::*;
use crate::exchange::{ExportError, SampleJournal};
use crate::moment::Precision;
use proptest::prelude::*;

fn written(entries: &[Entry]) -> DayOne<Cursor<Vec<u8>>> {
    DayOne::read(write_dayone(entries, Cursor::new(Vec::new())).unwrap()).unwrap()
}

/// The entry as it was, but for its id and source.
fn back(imported: Imported, id: EntryId) -> Entry {
    let mut entry = imported.into_entry(id).unwrap();
    entry.import = None;
    entry
}

fn moment() -> impl Strategy<Value = Moment> {
    let zones = prop::sample::select(vec![
        "Europe/London",
        "Asia/Kolkata",
        "Pacific/Apia",
        "UTC",
        "GMT+0530",
        "Mars/Olympus",
        "",
    ]);
    (
        -62_000_000_000_000..253_000_000_000_000_i64,
        zones,
        0..5_u64,
        any::<bool>(),
    )
        .prop_map(|(at, zone, precision, moved)| {
            let mut moment = Moment::new(Timestamp(at), zone).unwrap();
            moment.precision = Precision::from_number(precision).unwrap();
            if moved {
                moment.local_date = moment.local_date.pred_opt().unwrap();
            }
            moment
        })
}

fn word() -> impl Strategy<Value = String> {
    "\\PC{1,20}".prop_filter("blank", |word| !word.trim().is_empty())
}

prop_compose! {
    fn any_entry()(
        id in any::<[u8; 16]>(), title in "(|\\PC{1,40}|# x|a\nb)", body in "(\\PC|[\n\t\\\\*`\u{200B}\u{2028}\r\0]){1,200}",
        happened in moment(), later in moment(), tags in prop::collection::vec(word(), 0..5), feelings in prop::collection::vec(word(), 0..4),
    ) -> Entry {
        let draft = Draft { title, body: format!("x{body}"), tags, feelings, ..Draft::new(happened) };
        draft.into_entry(EntryId::from_bytes(id), later).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_comes_back_the_same(entries in prop::collection::btree_map(any::<u8>(), any_entry(), 1..6)) {
        let entries: Vec<Entry> = entries
            .into_iter()
            .map(|(number, mut entry)| {
                let mut id = *entry.id.as_bytes();
                id[0] = number;
                entry.id = EntryId::from_bytes(id);
                entry
            })
            .collect();
        let mut export = written(&entries);
        prop_assert_eq!(export.preview().entries, entries.len());
        for (imported, entry) in export.entries(Keep::default()).zip(&entries) {
            let back = back(imported.unwrap(), entry.id);
            prop_assert!(&back == entry, "{:?} {:?}", (&back.body, &back.title, &back.happened, &back.written), (&entry.body, &entry.title, &entry.happened, &entry.written));
        }
    }

    #[test]
    fn no_bytes_make_the_importer_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), json in "[{}\\[\\]\",:a0\\\\ ]{0,200}") {
        let _ = open(bytes);
        let _ = open(zip(&[("Journal.json", format!("{{\"entries\":[{json}]}}").as_bytes())]));
    }
}

#[test]
fn a_sample_journal_comes_back_word_for_word() {
    let entries: Vec<Entry> = SampleJournal::new(5, 300)
        .enumerate()
        .map(|(number, (draft, written))| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&(number as u64).to_be_bytes());
            draft.into_entry(EntryId::from_bytes(id), written).unwrap()
        })
        .collect();
    let mut export = written(&entries);
    assert!(export.preview().skipped.is_empty());
    let mut count = 0;
    for (imported, entry) in export.entries(Keep::default()).zip(&entries) {
        assert!(back(imported.unwrap(), entry.id) == *entry);
        count += 1;
    }
    assert_eq!(count, 300);
}

#[test]
fn what_day_one_kept_goes_back_to_day_one() {
    let fields = json!({"starred": true, "weather": {"moonPhase": 0.5}, "modifiedDate": "2025-01-01T00:00:00Z", "uuid": "note 7"});
    let first = one(fields);
    let mut export = written(&[first.clone().into_entry(EntryId::from_bytes([9; 16])).unwrap()]);
    let again = export.entries(Keep::default()).next().unwrap().unwrap();
    assert!(again == first);
}

#[test]
fn a_year_the_format_cannot_name_is_not_written() {
    let moment = Moment::new(Timestamp(253_402_300_800_000), "UTC").unwrap();
    let of_this_era = Moment::new(Timestamp(0), "UTC").unwrap();
    let draft = Draft {
        body: "x".to_owned(),
        ..Draft::new(of_this_era.clone())
    };
    let mut entry = draft.into_entry(EntryId::from_bytes([1; 16]), of_this_era).unwrap();
    entry.happened = moment;
    assert_eq!(
        write_dayone([entry], Cursor::new(Vec::new())).err(),
        Some(ExportError::OutOfCalendar)
    );
}
