//! What travels on beside an entry, and what stays behind.

use super::importer::{Facts, Keep};
use crate::limits;
use serde_json::{Map, Value};

/// Parts of keys, folded, that tell where a person was. Sunrise and sunset together with a date give latitude and longitude.
const LOCATION: [&str; 14] = [
    "location",
    "latitude",
    "longitude",
    "altitude",
    "gps",
    "region",
    "placename",
    "localityname",
    "administrativearea",
    "country",
    "foursquare",
    "sunrise",
    "sunset",
    "address",
];

/// Beginnings of keys, folded, that tell which device, camera or sensor was there.
const DEVICE: [&str; 14] = [
    "creationdevice",
    "creationos",
    "device",
    "camera",
    "lens",
    "exif",
    "fnumber",
    "focallength",
    "exposure",
    "shutterspeed",
    "useractivity",
    "stepcount",
    "motion",
    "applecloud",
];

/// Whole keys, folded, that tell it too; as parts they stand in harmless ones (`replaced`).
const LOCATION_WHOLE: [&str; 6] = ["place", "lat", "lon", "lng", "coordinates", "geo"];

fn is_location(key: &str) -> bool {
    LOCATION.iter().any(|part| key.contains(part)) || LOCATION_WHOLE.contains(&key)
}

fn is_device(key: &str) -> bool {
    DEVICE.iter().any(|part| key.starts_with(part))
}

/// Takes location and device out, at any depth, and says whether there were any.
fn strip(fields: &mut Map<String, Value>, keep: Keep, found: &mut Facts) {
    fields.retain(|key, value| {
        let key = key.to_ascii_lowercase();
        let (location, device) = (is_location(&key), is_device(&key));
        if says_nothing(value) {
            return false;
        }
        found.location |= location;
        found.device |= device;
        (keep.location || !location) && (keep.device || !device)
    });
    for value in fields.values_mut() {
        strip_within(value, keep, found);
    }
}

fn strip_within(value: &mut Value, keep: Keep, found: &mut Facts) {
    match value {
        Value::Object(fields) => strip(fields, keep, found),
        Value::Array(values) => values.iter_mut().for_each(|value| strip_within(value, keep, found)),
        _ => {}
    }
}

/// Whether a value says no more than its absence would.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// Takes the weather out, as a JSON value with sorted keys; empty when there is none. One too large to keep stays where it is.
pub(super) fn take_weather(fields: &mut Map<String, Value>, keep: Keep, found: &mut Facts) -> String {
    let Some(mut weather) = fields.remove("weather") else {
        return String::new();
    };
    strip_within(&mut weather, keep, found);
    weather.sort_all_objects();
    if says_nothing(&weather) {
        return String::new();
    }
    let packed = weather.to_string();
    if packed.len() > limits::WEATHER_BYTES_MAX {
        fields.insert("weather".to_owned(), weather);
        return String::new();
    }
    packed
}

/// The JSON of all fields that remain, keys sorted, so that the same entry always gives the same bytes. Where it would be
/// too large to keep, the largest fields stay behind.
pub(super) fn pack(mut fields: Map<String, Value>, keep: Keep, found: &mut Facts) -> String {
    for zero in ["duration", "editingTime"] {
        if fields.get(zero).and_then(Value::as_f64) == Some(0.0) {
            fields.remove(zero);
        }
    }
    strip(&mut fields, keep, found);
    let mut packed: Vec<(String, String)> = fields
        .into_iter()
        .map(|(key, mut value)| {
            value.sort_all_objects();
            (key, value)
        })
        .filter(|(_, value)| !says_nothing(value))
        .map(|(key, value)| (Value::String(key).to_string(), value.to_string()))
        .collect();
    packed.sort();
    // Two bytes of braces, and a colon and a comma with each field.
    let bytes = |packed: &[(String, String)]| {
        packed
            .iter()
            .map(|(key, value)| key.len() + value.len() + 2)
            .sum::<usize>()
            + 2
    };
    let mut total = bytes(&packed);
    while total > limits::IMPORT_EXTRA_BYTES_MAX {
        let Some(largest) =
            (0..packed.len()).max_by_key(|&at| packed.get(at).map_or(0, |(key, value)| key.len() + value.len()))
        else {
            break;
        };
        packed.remove(largest);
        total = bytes(&packed);
        found.extra_left_out = true;
    }
    if packed.is_empty() {
        return String::new();
    }
    let fields: Vec<String> = packed.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    format!("{{{}}}", fields.join(","))
}
