//! The histories notice each of these checks when it is missing: what stops, narrows, locks and waits is not only written down in the model.

use super::live;
use cairn_core::planted::{Defect, plant};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Pairs of people that are enough to notice any of them.
const PAIRS: std::ops::Range<u64> = 1..9;

/// Some history goes wrong without this check.
fn is_noticed(defect: Defect) {
    let planted = plant(defect);
    let goes_wrong = |pair| catch_unwind(AssertUnwindSafe(|| live(pair, [2, 2]))).is_err();
    let is_noticed = PAIRS.into_iter().any(goes_wrong);
    drop(planted);
    assert!(is_noticed, "every history is as the consents say without {defect:?}");
}

macro_rules! noticed {
    ($($defect:ident),* $(,)?) => {
        $(
            #[allow(non_snake_case, reason = "the test carries the name of its defect")]
            #[test]
            fn $defect() {
                is_noticed(Defect::$defect);
            }
        )*
    };
}

noticed!(StoppedStays, LeaseEndless, PausedShows, WideStays, EndStopsNothing);
