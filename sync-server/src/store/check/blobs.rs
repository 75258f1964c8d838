//! Blobs' rows and files.
//!
//! Relays go on while this looks. A blob's file is there as long as its row is, with at least what counts, and its number is never given again: so a file
//! that is missing is missing if the row still names it afterwards. A file has bytes only once its row is there: so one that has some belongs to nothing
//! if no row names it afterwards, and it is still there after that. One without any is what is left of a blob that was never begun.

use super::{CheckRows, Place, SpaceRow, Teller};
use crate::limits::{BLOB_HOLD_BYTES, CHECK_BLOBS_AT_ONCE, CHECK_FILES_AT_ONCE, CHECK_LEFT_OVER_AT_ONCE};
use crate::store::StoreError;
use crate::store::blob_bytes::{BlobBytes, is_far};

/// A blob whose file did not have what counts when it was looked at.
pub(super) struct NotWhole {
    place: Place,
    id: [u8; 32],
    file: u64,
    have: u64,
    /// What the file had.
    length: Option<u64>,
    /// It lies far away: what it has is asked for when no moment is kept any more.
    is_far: bool,
}

/// Checks the blobs of a space, adds to `bytes` what they count for, and answers those that have to be looked at once more.
pub(super) fn of_space(
    rows: &dyn CheckRows,
    space: &SpaceRow,
    files: &BlobBytes,
    bytes: &mut [u64; 2],
    teller: &mut Teller<'_>,
) -> Result<Vec<NotWhole>, StoreError> {
    let mut not_whole = Vec::new();
    let mut after = Vec::new();
    loop {
        let some = rows.blobs_after(space, &after, CHECK_BLOBS_AT_ONCE)?;
        let Some(last) = some.last() else { break };
        after = last.id.to_vec();
        for blob in some {
            teller.checked.blobs += 1;
            if space.is_closed {
                teller.tell(None, "has closed, and has a blob");
            }
            match usize::try_from(blob.side).ok().and_then(|side| bytes.get_mut(side)) {
                Some(bytes) => *bytes += blob.total + blob.holds * BLOB_HOLD_BYTES,
                None => teller.tell(None, "has a blob that stands on no side"),
            }
            if blob.holds == 0 {
                teller.tell(None, "has a blob that no slot holds, and that would stay for ever");
            }
            if blob.have > blob.total {
                teller.tell(None, "has a blob of which more counts than it has");
            }
            if blob.have == 0 {
                continue;
            }
            // What lies behind what counts is cut off by the next part.
            let is_far = is_far(blob.file);
            let length = if is_far { None } else { files.length(blob.file)? };
            if length.is_none_or(|length| length < blob.have) {
                not_whole.push(NotWhole {
                    place: space.place,
                    id: blob.id,
                    file: blob.file,
                    have: blob.have,
                    length,
                    is_far,
                });
            }
        }
    }
    let loose = rows.loose_holds(space)?;
    if loose > 0 {
        teller.tell(None, format!("{loose} of its slots hold a blob that is not there"));
    }
    Ok(not_whole)
}

/// Tells of those that are there now too: a relay that runs lets blobs go while they are looked at.
pub(super) fn look_again(
    rows: &dyn CheckRows,
    files: &BlobBytes,
    not_whole: Vec<NotWhole>,
    teller: &mut Teller<'_>,
) -> Result<(), StoreError> {
    for mut blob in not_whole {
        if blob.is_far {
            blob.length = files.length(blob.file)?;
            if blob.length.is_some_and(|length| length >= blob.have) {
                continue;
            }
        }
        if rows.file_now(blob.place, &blob.id)? != Some(blob.file) {
            continue;
        }
        teller.at(Some(blob.place));
        match blob.length {
            None => teller.tell(None, "has a blob whose file is gone"),
            Some(length) => teller.tell(
                None,
                format!(
                    "has a blob of which {} bytes count, and its file has {length}",
                    blob.have
                ),
            ),
        }
    }
    Ok(())
}

/// Which numbers of a range were named.
struct Numbers {
    first: u64,
    bits: Vec<u64>,
}

impl Numbers {
    fn new(first: u64, last: u64) -> Self {
        let words = last.saturating_add(1).saturating_sub(first).div_ceil(64);
        Self {
            first,
            bits: vec![0; usize::try_from(words).unwrap_or(0)],
        }
    }

    fn place(&self, number: u64) -> Option<(usize, u64)> {
        let at = number.checked_sub(self.first)?;
        let word = usize::try_from(at / 64).ok().filter(|word| *word < self.bits.len())?;
        Some((word, 1 << (at % 64)))
    }

    /// Names a number; whether it was named before.
    fn name(&mut self, number: u64) -> bool {
        let Some((word, bit)) = self.place(number) else {
            return false;
        };
        let was_named = self.bits[word] & bit != 0;
        self.bits[word] |= bit;
        was_named
    }

    /// Whether a number is in the range, and was not named.
    fn lacks(&self, number: u64) -> bool {
        self.place(number).is_some_and(|(word, bit)| self.bits[word] & bit == 0)
    }
}

/// Checks that every file has one row, or will be removed.
pub(super) fn of_files(rows: &dyn CheckRows, files: &BlobBytes, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    let mut begun = None;
    let (mut beyond, mut left_over, mut strange, mut is_shared) = (0_u64, 0, 0_u64, false);
    let mut first = Some(0_u64);
    // As a rule once: the numbers that were given are few enough to be looked at together.
    while let Some(from) = first.take() {
        let last = from.saturating_add(CHECK_FILES_AT_ONCE - 1);
        let mut named = Numbers::new(from, 0);
        // What is begun after the first look is nobody's to look at here.
        let mut upto = 0;
        let mut later = |number: u64, upto| {
            if number > last && number <= upto {
                first = Some(first.map_or(number, |first| first.min(number)));
            }
        };
        rows.at_one_moment(&mut || {
            upto = match begun {
                Some(upto) => upto,
                None => rows.files_begun()?,
            };
            begun = Some(upto);
            named = Numbers::new(from, last.min(upto));
            rows.files(
                &mut |file, is_there| match u64::try_from(file).ok().filter(|number| (1..=upto).contains(number)) {
                    Some(number) => {
                        is_shared |= named.name(number);
                        later(number, upto);
                    }
                    None => beyond += u64::from(from == 0 && is_there),
                },
            )
        })?;
        let mut lacking = Vec::new();
        files.each(&mut |number| {
            match number {
                Some(number) if number <= upto && named.lacks(number) => {
                    if lacking.len() < CHECK_LEFT_OVER_AT_ONCE {
                        lacking.push(number);
                    } else {
                        left_over += 1;
                    }
                }
                Some(number) => later(number, upto),
                None => strange += u64::from(from == 0),
            }
            Ok(())
        })?;
        left_over += belonging_to_nothing(rows, files, lacking)?;
    }
    if beyond > 0 {
        teller.tell(
            None,
            format!("{beyond} blobs have a file with a number that was never given"),
        );
    }
    if is_shared {
        teller.tell(None, "two blobs share one file");
    }
    if left_over > 0 {
        teller.tell(
            None,
            format!("{left_over} files in the folder of blobs belong to no blob"),
        );
    }
    if strange > 0 {
        teller.tell(
            None,
            format!("{strange} files in the folder of blobs are none of the relay's"),
        );
    }
    Ok(())
}

/// How many of these files have bytes and belong to no blob, nor to one that is going.
fn belonging_to_nothing(rows: &dyn CheckRows, files: &BlobBytes, mut lacking: Vec<u64>) -> Result<u64, StoreError> {
    keep_those_with_bytes(files, &mut lacking)?;
    if lacking.is_empty() {
        return Ok(0);
    }
    let mut named = rows.named_now(&lacking)?;
    named.sort_unstable();
    lacking.retain(|file| named.binary_search(file).is_err());
    keep_those_with_bytes(files, &mut lacking)?;
    Ok(lacking.len() as u64)
}

fn keep_those_with_bytes(files: &BlobBytes, lacking: &mut Vec<u64>) -> Result<(), StoreError> {
    let mut with_bytes = Vec::new();
    for file in lacking.iter() {
        if files.length(*file)?.is_some_and(|length| length > 0) {
            with_bytes.push(*file);
        }
    }
    *lacking = with_bytes;
    Ok(())
}
