//! How a document is laid out. This module owns the format.
//!
//! Text is counted in Unicode scalar values. All keys are at the root; the body is the only container.
//!
//! | key of an entry | value | conflict |
//! |---|---|---|
//! | `v` | uint 1, the layout's version | |
//! | `title` | str | last writer |
//! | `happened`, `written` | bytes, CBOR `[ms int, zone tstr, local date tstr, precision uint]` | last writer |
//! | `trashed` | int, ms since 1970; absent when active | last writer |
//! | `import` | bytes, CBOR `[source tstr, source id tstr, extra tstr]`; absent | last writer |
//! | `tag/<folded>` | str, as written | first in code-point order |
//! | `feeling/<folded>` | bytes, CBOR `[order uint, written tstr]` | first written form in code-point order |
//! | `x/<decimal>` | bytes, raw CBOR of a projection's key this version does not know | last writer |
//! | `person/<folded>`, `area/<folded>` | str, as written | first in code-point order |
//! | `attachment/<id>` | bytes, CBOR `[place uint, kind uint, media type tstr, SHA-256 bstr, bytes uint, name tstr, [width, height, duration ms], made bstr or null]` | last writer |
//! | `alt/<id>`, `transcript/<id>` | str, of the attachment; absent when empty | last writer |
//! | `valence`, `energy` | bytes 8, float, big-endian; absent | last writer |
//! | `mind` | bytes, CBOR `[1 moment or 2 day, [association...]]`; absent | last writer |
//! | `place` | bytes, CBOR `[label tstr, null or [latitude int, longitude int]]`; absent | last writer |
//! | `weather` | str; absent | last writer |
//! | `asked` | bytes, CBOR `[prompt tstr, question tstr]`; absent | last writer |
//! | `reply` | bytes 16; absent | last writer |
//! | `mark/remember`, `mark/apart`, `mark/tender`, `mark/never_share` | uint 1; absent when off | setting wins over taking off |
//! | `earlier` | bytes, CBOR `[edition uint, [head bstr...]]`; absent in a first edition | last writer |
//! | `body` | Text, made in the first change only | all are shown, see below |
//! | `both/seen` | uint, characters rewritten twice that the person has seen | the greatest |
//! | `folded/<object>` | bytes 16, BLAKE3 of a second body's text when the person folded it into the first | any |
//!
//! Two first changes of one entry (the same diary imported on two offline devices) leave two bodies. Distinct texts are
//! shown one after the other; the next revision writes the whole into the last of them and folds the others. A folded body
//! is hidden only as long as it still reads as it did then: words that a device away added to it later come up again.
//!
//! A flat document (profile, relationship) has `v` and, under each field's own name, a str, an int or bytes. The last
//! writer of one name wins. What else stands at a root is kept and not read.

use super::DocumentError;
use crate::clock::Timestamp;
use crate::journal::ImportSource;
use crate::moment::{Moment, Precision, ZONE_BYTES_MAX};
use automerge::ObjId;
use minicbor::{Decode, Encode};

/// The version of the layout that this room writes.
pub const SCHEMA: u16 = 1;

pub(super) const VERSION: &str = "v";
pub(super) const TITLE: &str = "title";
pub(super) const HAPPENED: &str = "happened";
pub(super) const WRITTEN: &str = "written";
pub(super) const TRASHED: &str = "trashed";
pub(super) const IMPORT: &str = "import";
pub(super) const BODY: &str = "body";
pub(super) const SEEN: &str = "both/seen";
pub(super) const TAG: &str = "tag/";
pub(super) const FEELING: &str = "feeling/";
pub(super) const UNKNOWN: &str = "x/";
pub(super) const FOLDED: &str = "folded/";

/// The key under which a second body is marked as folded.
pub(super) fn folded_key(body: &ObjId) -> String {
    format!("{FOLDED}{body}")
}

/// What is remembered of a body's text when it is folded.
pub(super) fn fold_mark(text: &str) -> [u8; 16] {
    let mut mark = [0; 16];
    mark.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    mark
}

/// The number of an `x/` key, if it is written as we write it.
pub(super) fn unknown_number(rest: &str) -> Option<u64> {
    let number: u64 = rest.parse().ok()?;
    (number.to_string() == rest).then_some(number)
}

pub(super) fn moment_bytes(moment: &Moment) -> Result<Vec<u8>, DocumentError> {
    encoded((
        moment.at.0,
        moment.zone.as_str(),
        moment.local_date.to_string(),
        moment.precision as u8,
    ))
}

pub(super) fn moment(bytes: &[u8]) -> Result<Moment, DocumentError> {
    let (at, zone, local_date, precision): (i64, String, String, u64) = decoded(bytes)?;
    if zone.len() > ZONE_BYTES_MAX {
        return Err(DocumentError::Shape);
    }
    Ok(Moment {
        at: Timestamp(at),
        zone,
        local_date: local_date.parse().map_err(|_| DocumentError::Shape)?,
        precision: Precision::from_number(precision).ok_or(DocumentError::Shape)?,
    })
}

pub(super) fn import_bytes(import: &ImportSource) -> Result<Vec<u8>, DocumentError> {
    encoded((import.source.as_str(), import.source_id.as_str(), import.extra.as_str()))
}

pub(super) fn import(bytes: &[u8]) -> Result<ImportSource, DocumentError> {
    let (source, source_id, extra) = decoded(bytes)?;
    Ok(ImportSource {
        source,
        source_id,
        extra,
    })
}

pub(super) fn feeling_bytes(order: u64, written: &str) -> Result<Vec<u8>, DocumentError> {
    encoded((order, written))
}

/// The place of a feeling in the person's order, and its written form.
pub(super) fn feeling(bytes: &[u8]) -> Result<(u64, String), DocumentError> {
    decoded(bytes)
}

/// Tuples are CBOR arrays of definite length; writing into memory does not fail.
pub(super) fn encoded<T: Encode<()>>(value: T) -> Result<Vec<u8>, DocumentError> {
    minicbor::to_vec(value).map_err(|_| DocumentError::Shape)
}

/// Reads a value and refuses every other way of writing it.
pub(super) fn decoded<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, DocumentError> {
    let value: T = minicbor::decode(bytes).map_err(|_| DocumentError::Shape)?;
    let canonical = minicbor::to_vec(&value).is_ok_and(|again| again == bytes);
    if canonical {
        Ok(value)
    } else {
        Err(DocumentError::Shape)
    }
}
