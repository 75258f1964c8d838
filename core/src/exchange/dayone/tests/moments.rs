//! Dates, zones, and the day on the wall.

use super::*;
use crate::moment::Precision;

fn happened(date: &str, zone: Value) -> (String, String, i64) {
    let happened = one(json!({"creationDate": date, "timeZone": zone})).draft.happened;
    (happened.local_date.to_string(), happened.zone, happened.at.0)
}

#[test]
fn the_local_date_is_the_one_at_that_place_in_any_century() {
    assert_eq!(happened("2024-10-31T23:30:00Z", json!("Asia/Tokyo")).0, "2024-11-01");
    assert_eq!(happened("1660-01-11T22:00:00Z", json!("Europe/London")).0, "1660-01-11");
    // Before 1847 London kept its own time, 75 seconds behind Greenwich.
    assert_eq!(happened("1660-01-12T00:01:00Z", json!("Europe/London")).0, "1660-01-11");
    assert_eq!(happened("1660-01-12T00:02:00Z", json!("Europe/London")).0, "1660-01-12");
}

#[test]
fn an_offset_is_the_same_instant_as_the_time_it_stands_for() {
    let (date, zone, at) = happened("2024-03-01T01:30:00.250+02:00", json!("Europe/Helsinki"));
    assert_eq!(
        (date.as_str(), zone.as_str(), at),
        ("2024-03-01", "Europe/Helsinki", 1_709_249_400_250)
    );
    assert_eq!(
        happened("2024-03-01T01:30:00+0200", json!("Europe/Helsinki")).2,
        1_709_249_400_000
    );
    assert_eq!(happened("2024-02-29T23:30:00z", json!("UTC")).2, 1_709_249_400_000);
}

#[test]
fn an_unknown_zone_keeps_its_name_and_the_date_comes_from_the_offset() {
    assert_eq!(
        happened("2024-03-01T01:30:00+02:00", json!("Mars/Olympus")).0,
        "2024-03-01"
    );
    assert_eq!(
        happened("2024-03-01T01:30:00+02:00", json!("Mars/Olympus")).1,
        "Mars/Olympus"
    );
    assert_eq!(happened("2024-02-29T23:30:00Z", json!("GMT+0530")).0, "2024-03-01");
    assert_eq!(happened("2024-03-01T01:30:00Z", json!("GMT-3")).0, "2024-02-29");
    assert_eq!(happened("2024-03-01T01:30:00Z", json!("GMT+99")).0, "2024-03-01");
}

#[test]
fn without_a_zone_the_offset_is_one() {
    let (date, zone, _) = happened("2024-03-01T01:30:00+02:00", Value::Null);
    assert_eq!((date.as_str(), zone.as_str()), ("2024-03-01", "Etc/GMT-2"));
    assert_eq!(happened("2024-03-01T01:30:00-05:00", json!("")).1, "Etc/GMT+5");
    let (date, zone, _) = happened("2024-03-01T01:30:00+05:45", json!(7));
    assert_eq!((date.as_str(), zone.as_str()), ("2024-03-01", "UTC"));
    assert_eq!(happened("2024-03-01T01:30:00Z", json!("z".repeat(65))).1, "UTC");
}

#[test]
fn a_whole_day_is_a_day() {
    assert_eq!(one(json!({"isAllDay": true})).draft.happened.precision, Precision::Day);
    assert_eq!(
        one(json!({"isAllDay": false})).draft.happened.precision,
        Precision::Exact
    );
    assert!(one(json!({"isAllDay": "yes"})).extra.contains(r#""isAllDay":"yes""#));
}

#[test]
fn an_entry_without_a_date_is_listed_and_the_others_come() {
    for date in [
        Value::Null,
        json!(""),
        json!("yesterday"),
        json!(5),
        json!("+200000-01-01T00:00:00+0000"),
        json!("2024-02-30T00:00:00Z"),
    ] {
        let export = day_one(&[entry(1, json!({ "creationDate": date })), entry(2, json!({}))]);
        assert_eq!(export.preview().entries, 1);
        assert_eq!(export.preview().skipped[0].reason, SkipReason::NoDate);
    }
}
