//! Places in a list that two devices may change apart: numbers with room between them.

/// The distance between two neighbours that were never moved: what is moved between them seldom touches another.
pub(super) const STEP: i64 = 1 << 20;

/// The place behind the last one.
pub(super) const fn after(last: Option<i64>) -> i64 {
    match last {
        Some(order) => order.saturating_add(STEP),
        None => STEP,
    }
}

/// The new places when `id` moves to stand before another one, or last: its own alone, or all of them where no number is
/// left between the two neighbours. None when either is not there. `list` is in its order.
pub(super) fn moved<Id: Copy + PartialEq>(list: &[(Id, i64)], id: Id, before: Option<Id>) -> Option<Vec<(Id, i64)>> {
    list.iter().find(|(one, _)| *one == id)?;
    let others: Vec<(Id, i64)> = list.iter().copied().filter(|(one, _)| *one != id).collect();
    let place = match before {
        None => others.len(),
        Some(next) if next == id => return Some(Vec::new()),
        Some(next) => others.iter().position(|(one, _)| *one == next)?,
    };
    let (previous, next) = (place.checked_sub(1).and_then(|at| others.get(at)), others.get(place));
    if let Some(order) = between(previous.map(|(_, order)| *order), next.map(|(_, order)| *order)) {
        return Some(vec![(id, order)]);
    }
    let mut ids: Vec<Id> = others.iter().map(|(one, _)| *one).collect();
    ids.insert(place, id);
    let orders = (1..).map(|n: i64| n.saturating_mul(STEP));
    Some(ids.into_iter().zip(orders).collect())
}

/// A number strictly between two places; an open end is a step away.
fn between(previous: Option<i64>, next: Option<i64>) -> Option<i64> {
    match (previous, next) {
        (None, None) => Some(STEP),
        (Some(previous), None) => previous.checked_add(STEP),
        (None, Some(next)) => next.checked_sub(STEP),
        (Some(previous), Some(next)) => {
            let middle = i64::midpoint(previous, next);
            (previous < middle && middle < next).then_some(middle)
        }
    }
}
