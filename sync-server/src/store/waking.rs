//! What wakes devices that sleep: sealed bytes beside their access.
//!
//! A registration goes when it is dropped, with its key's access, with the epoch, with its space, and when it was not told again for so many days.

use cairn_wire::bounds::REGISTRATIONS_MAX;
use cairn_wire::message::RefusalCode;
use cairn_wire::{PublicKey, SpaceId};

use super::StoreError;
use super::append::{Outcomes, open_space};
use super::command::{Done, Refused, Registered, WakeAsked, WakeWish};
use super::rows::Rows;
use super::space::Spaces;
use crate::clock;
use crate::limits::{REGISTRATION_DAYS, SPACE_REGISTRATIONS_MAX};

/// Carries out what is asked of a registration.
pub(super) fn ask(rows: &dyn Rows, spaces: &mut Spaces, asked: &WakeAsked) -> Outcomes {
    let space = match open_space(rows, spaces, &asked.space, &asked.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let (key, registration) = (&asked.key, &asked.registration);
    let is_still = |hash: &blake3::Hash| {
        let kept = rows.registration(space, key, registration)?;
        Ok::<_, StoreError>(kept.is_some_and(|sealed| blake3::hash(&sealed) == *hash))
    };
    let is_there = match &asked.wish {
        WakeWish::Put { epoch, .. } if *epoch != space.epoch => {
            return Ok(Err(Refused::with(RefusalCode::StaleEpoch, space.epoch.into())));
        }
        WakeWish::Put { is_alone, sealed, .. } => {
            let today = clock::day(asked.now_ms);
            let Some(keep) = room(&rows.registrations(space, first_day(today))?, asked) else {
                let limit = SPACE_REGISTRATIONS_MAX as u64;
                return Ok(Err(Refused::with(RefusalCode::TooLarge, limit)));
            };
            let registered = Registered {
                key: *key,
                registration: *registration,
                is_alone: *is_alone,
                sealed: sealed.clone(),
            };
            rows.put_registration(space, &registered, today)?;
            rows.forget_oldest_registrations(space, key, registration, keep)?;
            true
        }
        WakeWish::Drop => {
            rows.drop_registration(space, key, registration)?;
            false
        }
        WakeWish::DropIf(hash) => {
            if is_still(hash)? {
                rows.drop_registration(space, key, registration)?;
            }
            false
        }
        WakeWish::IsStill(hash) => is_still(hash)?,
    };
    Ok(Ok(Done::Wake(is_there)))
}

/// What the devices of a space have registered, for a key that has access to it.
pub(super) fn registered(rows: &dyn Rows, spaces: &mut Spaces, id: &SpaceId, key: &PublicKey, now_ms: u64) -> Outcomes {
    let space = match open_space(rows, spaces, id, key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    Ok(Ok(Done::Registered {
        epoch: space.epoch,
        n: space.n,
        registered: rows.registrations(space, first_day(clock::day(now_ms)))?,
    }))
}

/// Drops up to `max` registrations that are over, and answers how many.
pub(super) fn drop_over(rows: &dyn Rows, today: u64, max: usize) -> Result<usize, StoreError> {
    rows.drop_registrations_before(first_day(today), max)
}

/// The first day that a registration of counts.
const fn first_day(today: u64) -> u64 {
    today.saturating_sub(REGISTRATION_DAYS)
}

/// How many others of its key may stay beside a registration that is put, given what its space has; `None` where there is no room, and none
/// of its key that could give way.
fn room(of_space: &[Registered], asked: &WakeAsked) -> Option<usize> {
    let is_other = |it: &&Registered| (it.key, it.registration) != (asked.key, asked.registration);
    let others = of_space.iter().filter(is_other).count();
    let of_key = of_space
        .iter()
        .filter(is_other)
        .filter(|it| it.key == asked.key)
        .count();
    let too_many = (others + 1).saturating_sub(SPACE_REGISTRATIONS_MAX);
    let keep = of_key.checked_sub(too_many)?;
    Some(keep.min(REGISTRATIONS_MAX - 1))
}
