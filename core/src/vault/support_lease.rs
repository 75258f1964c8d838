//! The lease of what is shown: a specialist's app that has not reached the relay for as many days as the consent says locks it until it has.
//!
//! It counts from the app's own last contact, never from anything the participant does: who is quiet loses no reader, and nobody learns that they are quiet. It is a courtesy of
//! this app, and no cryptography: another one may ignore it. A clock that is set back makes no lease longer: the latest time that was seen since the contact counts.
//!
//! | name | value | |
//! |---|---|---|
//! | `lease.<space in hex>` | i64, i64, little-endian, ms since 1970 by this device's clock | when its log was last read to the end, and the latest time seen since |

use super::devices::hex;
use super::{Engine, Error};
use crate::clock::Timestamp;
use crate::store::SpaceRow;
use crate::support::{Consent, Role};
use cairn_wire::SpaceId;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn lease_name(space: SpaceId) -> String {
    format!("lease.{}", hex(space.as_bytes()))
}

impl Engine {
    /// The app has reached the relay, and read what it has of a space: what is shown there stays readable for its lease.
    pub(super) fn begin_lease(&mut self, space: &SpaceRow) -> Result<(), Error> {
        if space.relationship.is_none() || space.side != Role::Specialist.side() {
            return Ok(());
        }
        let now = self.now();
        self.put_lease(space.id, now, now)
    }

    fn put_lease(&mut self, space: SpaceId, contact: Timestamp, latest: Timestamp) -> Result<(), Error> {
        let bytes = [contact.0.to_le_bytes(), latest.0.to_le_bytes()].concat();
        self.commit(&[], |tx| Ok(tx.set_meta(&lease_name(space), &bytes)?))
    }

    fn lease(&self, space: SpaceId) -> Result<Option<(Timestamp, Timestamp)>, Error> {
        let bytes = self.store.view().meta(&lease_name(space))?.unwrap_or_default();
        let ([contact, latest], []) = bytes.as_chunks::<8>() else {
            return Ok(None);
        };
        let time = |bytes: &[u8; 8]| Timestamp(i64::from_le_bytes(*bytes));
        Ok(Some((time(contact), time(latest))))
    }

    /// Whether what this consent shows is locked until the relay was reached.
    pub(super) fn is_lease_over(&self, space: SpaceId, consent: &Consent) -> Result<bool, Error> {
        let Some((contact, latest)) = self.lease(space)? else {
            return Ok(true);
        };
        let lease_ms = i64::from(consent.lease_days).saturating_mul(DAY_MS);
        Ok(self.now().max(latest) >= contact.plus_ms(lease_ms))
    }

    /// Notes the latest time that was seen, where somebody looks at what is shown.
    pub(super) fn note_time(&mut self, space: SpaceId) -> Result<(), Error> {
        let now = self.now();
        match self.lease(space)? {
            Some((contact, latest)) if now > latest => self.put_lease(space, contact, now),
            _ => Ok(()),
        }
    }
}
