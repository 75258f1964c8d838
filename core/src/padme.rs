//! Padding after Padmé (Nikitin, Barman, Lueks, Underwood, Hubaux, Ford: "Reducing Metadata Leakage from Encrypted Files
//! and Communication with PURBs", 2019): a length is rounded up so that only its highest bits still say something. It costs at
//! most 12 %, and a length tells of `log2 log2` bits at most.

/// Nothing is shorter than this, in bytes: most short entries and every small message look alike.
const FLOOR_BYTES: u64 = 1024;

/// The padded length of `length` bytes.
pub(crate) const fn padded_length(length: u64) -> u64 {
    if length <= FLOOR_BYTES {
        return FLOOR_BYTES;
    }
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_u64 << (exponent - kept)) - 1;
    length.saturating_add(mask) & !mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_paper() {
        let pairs = [
            (0, 1024),
            (1, 1024),
            (1024, 1024),
            (1025, 1088),
            (1088, 1088),
            (1089, 1152),
            (9000, 9216),
            (100_000, 100_352),
        ];
        for (length, padded) in pairs {
            assert_eq!(padded_length(length), padded, "{length}");
        }
    }

    #[test]
    fn padding_costs_an_eighth_at_most_and_is_done_once() {
        for length in (1024..300_000).step_by(7) {
            let padded = padded_length(length);
            assert!(padded >= length && padded * 8 <= length * 9, "{length}");
            assert_eq!(padded_length(padded), padded, "{length}");
        }
    }
}
