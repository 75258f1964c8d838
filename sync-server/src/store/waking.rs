//! What wakes devices that sleep: sealed bytes beside their access.
//!
//! A registration goes when it is dropped, with its key's access, with the epoch, and with its space.

use cairn_wire::bounds::REGISTRATIONS_MAX;
use cairn_wire::message::RefusalCode;
use cairn_wire::{PublicKey, SpaceId};

use super::StoreError;
use super::append::{Outcomes, open_space};
use super::command::{Done, Refused, Registered, WakeAsked, WakeWish};
use super::rows::Rows;
use super::space::Spaces;
use crate::clock;

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
            let registered = Registered {
                key: *key,
                registration: *registration,
                is_alone: *is_alone,
                sealed: sealed.clone(),
            };
            rows.put_registration(space, &registered, clock::day(asked.now_ms))?;
            rows.forget_oldest_registrations(space, key, registration, REGISTRATIONS_MAX - 1)?;
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
pub(super) fn registered(rows: &dyn Rows, spaces: &mut Spaces, id: &SpaceId, key: &PublicKey) -> Outcomes {
    let space = match open_space(rows, spaces, id, key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    Ok(Ok(Done::Registered {
        epoch: space.epoch,
        registered: rows.registrations(space)?,
    }))
}
