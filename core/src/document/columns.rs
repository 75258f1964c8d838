//! Reads Automerge's columns without unpacking them: a run of ten million rows is one step.
//!
//! | kind | bytes |
//! |---|---|
//! | run-length | repeated: `n` signed; n > 0: one value, n times; n < 0: \|n\| values; n = 0: a count of nulls |
//! | delta | run-length of signed differences |
//! | boolean | repeated: a count, of false and true in turn, beginning with false |
//! | text value | a length and that many bytes |
//!
//! Numbers are LEB128. This reader is stricter than Automerge's (shortest form only) and never more lenient, so what it
//! counts is what Automerge will see. Nothing here allocates, and every step consumes at least one byte.

use super::Refused;

/// A place in bytes.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Refused> {
        let length = usize::try_from(length).map_err(|_| Refused::CutShort)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Refused::CutShort)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Refused> {
        let (first, rest) = self.rest.split_first().ok_or(Refused::CutShort)?;
        self.rest = rest;
        Ok(*first)
    }

    /// An unsigned LEB128 number of at most 64 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, Refused> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Refused::Number);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(Refused::Number)
                } else {
                    Ok(number)
                };
            }
        }
        Err(Refused::Number)
    }

    /// A signed LEB128 number of at most 64 bits.
    pub(super) fn signed(&mut self) -> Result<i64, Refused> {
        let mut number = 0_i64;
        let mut last = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = i64::from(byte & 0x7f);
            if shift == 63 && bits != 0 && bits != 0x7f {
                return Err(Refused::Number);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let is_negative = byte & 0x40 != 0;
                let repeats_the_sign = (byte == 0 && last & 0x40 == 0) || (byte == 0x7f && last & 0x40 != 0);
                if shift > 0 && repeats_the_sign {
                    return Err(Refused::Number);
                }
                if is_negative && shift + 7 < 64 {
                    number |= -1 << (shift + 7);
                }
                return Ok(number);
            }
            last = byte;
        }
        Err(Refused::Number)
    }

    fn text(&mut self) -> Result<(), Refused> {
        let length = self.unsigned()?;
        self.take(length).map(|_| ())
    }
}

/// Counts a run-length column and shows every run: how often, and what (`None` for null).
pub(super) fn runs<'a, T: Copy>(
    column: &'a [u8],
    rows_max: u64,
    value: impl Fn(&mut Reader<'a>) -> Result<T, Refused>,
    mut each: impl FnMut(u64, Option<T>) -> Result<(), Refused>,
) -> Result<u64, Refused> {
    let mut reader = Reader::new(column);
    let mut rows = 0_u64;
    let mut add = |count: u64| -> Result<(), Refused> {
        rows = rows
            .checked_add(count)
            .filter(|rows| *rows <= rows_max)
            .ok_or(Refused::TooManyRows)?;
        Ok(())
    };
    while !reader.is_empty() {
        let count = reader.signed()?;
        match count {
            0 => {
                let nulls = reader.unsigned()?;
                if nulls == 0 {
                    return Err(Refused::Number);
                }
                add(nulls)?;
                each(nulls, None)?;
            }
            1.. => {
                add(count.unsigned_abs())?;
                each(count.unsigned_abs(), Some(value(&mut reader)?))?;
            }
            _ => {
                add(count.unsigned_abs())?;
                for _ in 0..count.unsigned_abs() {
                    each(1, Some(value(&mut reader)?))?;
                }
            }
        }
    }
    Ok(rows)
}

/// Counts a column of numbers; every one must be less than `below`.
pub(super) fn numbers(column: &[u8], rows_max: u64, below: u64) -> Result<u64, Refused> {
    runs(column, rows_max, Reader::unsigned, |_, number| {
        if number.is_some_and(|number| number >= below) {
            Err(Refused::Disagree)
        } else {
            Ok(())
        }
    })
}

/// Counts a column of numbers and adds them up; nulls are refused.
pub(super) fn sum(column: &[u8], rows_max: u64, of: impl Fn(u64) -> u64) -> Result<(u64, u64), Refused> {
    let mut total = 0_u64;
    let rows = runs(column, rows_max, Reader::unsigned, |count, number| {
        let number = of(number.ok_or(Refused::Disagree)?);
        let all = number.checked_mul(count).and_then(|all| all.checked_add(total));
        total = all.ok_or(Refused::Disagree)?;
        Ok(())
    })?;
    Ok((rows, total))
}

/// Counts a delta column; every number it stands for must be between `least` and `greatest`.
pub(super) fn deltas(column: &[u8], rows_max: u64, least: i64, greatest: i64) -> Result<u64, Refused> {
    let mut now = 0_i64;
    runs(column, rows_max, Reader::signed, |count, delta| {
        let Some(delta) = delta else { return Ok(()) };
        let count = i64::try_from(count).map_err(|_| Refused::TooManyRows)?;
        // Both ends of a run: between them it only rises or only falls.
        let first = now.checked_add(delta);
        let last = delta.checked_mul(count).and_then(|all| now.checked_add(all));
        let (Some(first), Some(last)) = (first, last) else {
            return Err(Refused::Disagree);
        };
        if first.min(last) < least || first.max(last) > greatest {
            return Err(Refused::Disagree);
        }
        now = last;
        Ok(())
    })
}

/// Counts a column of texts.
pub(super) fn texts(column: &[u8], rows_max: u64) -> Result<u64, Refused> {
    runs(column, rows_max, Reader::text, |_, _| Ok(()))
}

/// Counts a boolean column.
pub(super) fn booleans(column: &[u8], rows_max: u64) -> Result<u64, Refused> {
    let mut reader = Reader::new(column);
    let mut rows = 0_u64;
    while !reader.is_empty() {
        let count = reader.unsigned()?;
        rows = rows
            .checked_add(count)
            .filter(|rows| *rows <= rows_max)
            .ok_or(Refused::TooManyRows)?;
    }
    Ok(rows)
}
