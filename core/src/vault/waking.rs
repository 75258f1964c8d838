//! Waking this device while it sleeps, and ringing for others.
//!
//! Where a device is woken is its own: an address that its push service gave it. It stands in this device's database alone, and at the relay sealed, under a
//! name of its own in every space, so that nothing at rest says that two spaces have one device. A registration is told again after each epoch, for another
//! access key, for another store, and every 4 to 10 days. What a relay is to be told is written down before it is told, so that whatever stands there can be
//! taken away again. In a relationship that is paused or over there is none. A wake-up says "sync now" and nothing else.
//!
//! Whoever was put back from a backup or copied is another device, and is woken nowhere until its app says where.
//!
//! | name | value | |
//! |---|---|---|
//! | `wake.at` | UTF-8 | the address |
//! | `wake.in.<space in hex>` | registration 16, access key 32, hash of the address 32, epoch u32, incarnation u32, day u32, state u8; little-endian | what the relay of a space was told; state 0: it has not answered yet, 1: it stands, 2: the relay wakes nobody |

use super::devices::hex;
use super::engine::{HOME, SUPPORT};
use super::facade::{Line, Sync};
use super::{Engine, Error, Reply};
use crate::crypto::{EpochKey, endpoint_hash, seal_endpoint, wake_key};
use crate::id::random_bytes;
use crate::store::{SpaceRow, Tx};
use crate::sync::{Request, Response, RingAsk, WakeAsk, WakeOffer, WakePut};
use cairn_wire::{RegistrationId, SpaceId, WakeKey, bounds};

const AT: &str = "wake.at";
const IN: &str = "wake.in.";
const TOLD_BYTES: usize = 93;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Days after which a relay is told again what it was told, from the fewest: it may have let go of it without saying so. Each registration has days of its
/// own, so that no rhythm says which spaces have one device.
const AGAIN_DAYS_MIN: u32 = 4;
const AGAIN_DAYS_SPREAD: u32 = 7;

/// Days after which a relay that wakes nobody is asked again.
const NOBODY_DAYS: u32 = 1;

/// Whether this device is woken while it sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waking {
    /// The app has not said where.
    Off,
    /// The relay is still to be told, with the next round.
    Waits,
    /// The relay was told.
    Stands,
    /// The relay wakes nobody.
    RelayWakesNobody,
}

/// What the relay said to what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Nothing that this device has heard: it may have it or not.
    Nothing,
    Stands,
    WakesNobody,
}

/// What the relay of a space was told.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Told {
    registration: RegistrationId,
    access: [u8; 32],
    address: [u8; 32],
    epoch: u32,
    incarnation: u32,
    day: u32,
    said: Said,
}

impl Told {
    fn bytes(&self) -> [u8; TOLD_BYTES] {
        let mut bytes = [0; TOLD_BYTES];
        bytes[..16].copy_from_slice(self.registration.as_bytes());
        bytes[16..48].copy_from_slice(&self.access);
        bytes[48..80].copy_from_slice(&self.address);
        bytes[80..84].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[84..88].copy_from_slice(&self.incarnation.to_le_bytes());
        bytes[88..92].copy_from_slice(&self.day.to_le_bytes());
        bytes[92] = match self.said {
            Said::Nothing => 0,
            Said::Stands => 1,
            Said::WakesNobody => 2,
        };
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (registration, rest) = bytes.split_first_chunk()?;
        let (access, rest) = rest.split_first_chunk()?;
        let (address, rest) = rest.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (incarnation, rest) = rest.split_first_chunk()?;
        let (day, rest) = rest.split_first_chunk()?;
        Some(Self {
            registration: RegistrationId::from_bytes(*registration),
            access: *access,
            address: *address,
            epoch: u32::from_le_bytes(*epoch),
            incarnation: u32::from_le_bytes(*incarnation),
            day: u32::from_le_bytes(*day),
            said: match rest {
                [0] => Said::Nothing,
                [1] => Said::Stands,
                [2] => Said::WakesNobody,
                _ => return None,
            },
        })
    }

    /// Whether it says what it is to say now, whenever and with whatever answer.
    fn says(&self, wanted: &Self) -> bool {
        let as_then = Self {
            day: self.day,
            said: self.said,
            ..*wanted
        };
        as_then == *self
    }

    /// Whether the relay has heard what it is to hear now, and not too long ago.
    fn is_as(&self, wanted: &Self) -> bool {
        let again_days = match self.said {
            Said::Nothing => return false,
            Said::Stands => AGAIN_DAYS_MIN + u32::from(self.registration.as_bytes()[0]) % AGAIN_DAYS_SPREAD,
            Said::WakesNobody => NOBODY_DAYS,
        };
        self.says(wanted) && wanted.day.abs_diff(self.day) < again_days
    }
}

/// This device is another one from now on: it is woken nowhere until its app says where.
pub(super) fn forget_waking(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(AT)?;
    for (name, _) in tx.metas_beginning(IN)? {
        tx.remove_meta(&name)?;
    }
    Ok(())
}

fn told_name(space: SpaceId) -> String {
    format!("{IN}{}", hex(space.as_bytes()))
}

/// Whether this can be an address that messages are posted to. What the relay allows is the relay's to say.
fn is_address(address: &str) -> bool {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    has_host && address.len() <= bounds::ENDPOINT_BYTES_MAX && address.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Engine {
    /// Has this device woken at this address from the next round on, or nowhere.
    ///
    /// # Errors
    /// [`Error::PushAddress`]; [`Error::Store`].
    pub fn wake_me_at(&mut self, address: Option<&str>) -> Result<(), Error> {
        if address.is_some_and(|address| !is_address(address)) {
            return Err(Error::PushAddress);
        }
        self.wake_asked.clear();
        self.commit(&[], |tx| match address {
            Some(address) => Ok(tx.set_meta(AT, address.as_bytes())?),
            None => Ok(tx.remove_meta(AT)?),
        })
    }

    /// Whether this device is woken while it sleeps, as far as its home space's relay goes.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn waking(&self) -> Result<Waking, Error> {
        let Some(address) = self.wake_address()? else {
            return Ok(Waking::Off);
        };
        let home = self.home()?;
        let told = self.told_where(home.id)?;
        let wanted = self.wanted_telling(&home, &address, told.as_ref())?;
        Ok(match told {
            Some(told) if !told.is_as(&wanted) => Waking::Waits,
            Some(told) if told.said == Said::Stands => Waking::Stands,
            Some(_) => Waking::RelayWakesNobody,
            None => Waking::Waits,
        })
    }

    fn wake_address(&self) -> Result<Option<String>, Error> {
        let address = self.store.view().meta(AT)?;
        Ok(address.and_then(|address| String::from_utf8(address).ok()))
    }

    fn told_where(&self, space: SpaceId) -> Result<Option<Told>, Error> {
        let told = self.store.view().meta(&told_name(space))?;
        Ok(told.and_then(|told| Told::read(&told)))
    }

    fn today(&self) -> u32 {
        u32::try_from(self.now().0.div_euclid(DAY_MS)).unwrap_or_default()
    }

    /// What the relay of a space is to know of an address, under the name that it was told before, or one that is still to be chosen.
    fn wanted_telling(&self, row: &SpaceRow, address: &str, told: Option<&Told>) -> Result<Told, Error> {
        Ok(Told {
            registration: told.map_or(RegistrationId::from_bytes([0; 16]), |told| told.registration),
            access: *self.entry_key(row)?.public().as_bytes(),
            address: endpoint_hash(address),
            epoch: row.epoch,
            incarnation: row.incarnation,
            day: self.today(),
            said: Said::Nothing,
        })
    }

    /// What the relay of a space is to be told, if it does not know it. It is written down before it is told.
    pub(super) fn ask_waking(&mut self, space: SpaceId) -> Result<Option<WakeAsk>, Error> {
        if self.wake_asked.contains(&space) {
            return Ok(None);
        }
        let (told, address) = (self.told_where(space)?, self.wake_address()?);
        if told.is_none() && address.is_none() {
            return Ok(None);
        }
        let row = self.space_row(space)?;
        let hash = address.as_deref().map(endpoint_hash);
        let is_silent = row.kind == SUPPORT && self.is_halted(&row)?;
        let Some(address) = address.filter(|_| !is_silent) else {
            return Ok(told.map(|told| WakeAsk {
                registration: told.registration,
                put: None,
                address: hash,
            }));
        };
        let mut wanted = self.wanted_telling(&row, &address, told.as_ref())?;
        if told.is_some_and(|told| told.is_as(&wanted)) {
            return Ok(None);
        }
        let Some(key) = self.wake_key_of(&row)? else {
            return Ok(None);
        };
        if told.is_none() {
            wanted.registration = RegistrationId::from_bytes(random_bytes(self.entropy.as_mut()));
        }
        let access = self.entry_key(&row)?.public();
        let bound = (&space, &access, &wanted.registration, row.epoch);
        let sealed = seal_endpoint(&key, random_bytes(self.entropy.as_mut()), bound, &address)?;
        if told.is_none_or(|told| !told.says(&wanted)) {
            self.commit(&[], |tx| Ok(tx.set_meta(&told_name(space), &wanted.bytes())?))?;
        }
        Ok(Some(WakeAsk {
            registration: wanted.registration,
            put: Some(WakePut {
                epoch: row.epoch,
                // A home space has a key for each device; the persona of a relationship is all of a person's devices'.
                is_alone: row.kind == HOME,
                sealed,
            }),
            address: hash,
        }))
    }

    /// What the relay answered to that, or that it did not. What was told meanwhile, or is to be told by now, it says nothing about.
    pub(super) fn take_waking(&mut self, space: SpaceId, ask: &WakeAsk, offer: Option<WakeOffer>) -> Result<(), Error> {
        let address = self.wake_address()?;
        if address.as_deref().map(endpoint_hash) == ask.address {
            self.wake_asked.insert(space);
        }
        let Some(offer) = offer else {
            return Ok(());
        };
        let row = self.space_row(space)?;
        self.relay_wakes.insert(row.origin, offer.wakes);
        let told = self.told_where(space)?;
        let Some(mut told) = told.filter(|told| told.registration == ask.registration) else {
            return Ok(());
        };
        let Some(put) = &ask.put else {
            return self.commit(&[], |tx| Ok(tx.remove_meta(&told_name(space))?));
        };
        if Some(told.address) != ask.address || told.epoch != put.epoch {
            return Ok(());
        }
        told.day = self.today();
        told.said = if offer.wakes { Said::Stands } else { Said::WakesNobody };
        self.commit(&[], |tx| Ok(tx.set_meta(&told_name(space), &told.bytes())?))
    }

    /// How to ring for the others of a space, where its relay is not known to wake nobody.
    pub(super) fn ask_to_ring(&self, space: SpaceId) -> Result<Option<RingAsk>, Error> {
        let row = self.space_row(space)?;
        if self.relay_wakes.get(&row.origin) == Some(&false) {
            return Ok(None);
        }
        let own = self.told_where(space)?.map(|told| told.registration);
        Ok(self.wake_key_of(&row)?.map(|key| RingAsk { key, own }))
    }

    /// The relay of a space says whether it wakes anybody. One that does not is not asked again while this vault is open.
    pub(super) fn take_rung(&mut self, space: SpaceId, wakes: bool) {
        if let Ok(row) = self.space_row(space) {
            self.relay_wakes.insert(row.origin, wakes);
        }
    }

    /// The wake key of the epoch that a space is in.
    fn wake_key_of(&self, row: &SpaceRow) -> Result<Option<WakeKey>, Error> {
        let key = self.store.view().epoch_key(row.id, row.epoch)?;
        Ok(key.map(|key| wake_key(&EpochKey::from_bytes(*key))))
    }

    /// The request that asks the relay of the home space whether it wakes anybody; none where this device has no session there.
    pub(super) fn ask_offer(&self) -> Result<Option<Request>, Error> {
        let home = self.home()?;
        if home.origin.is_empty() {
            return Err(Error::NoRelay);
        }
        let token = self.tokens.get(&home.id);
        Ok(token.map(|token| WakeOffer::request(&home.origin, home.id, *token)))
    }
}

impl Sync {
    /// Has this device woken at this address, which its push service (`UnifiedPush`, Web Push: RFC 8030) gave it, or nowhere. The relay is told with the next round, in every
    /// space, sealed; it posts there, some seconds to a minute after somebody wrote something, a message without a word in it. The app then calls [`Self::sync_now`]
    /// and decides by itself whether there is anything to show. Of this device alone, and kept until it is taken back; an app that is given another address
    /// says it again.
    ///
    /// The reply's errors: [`Error::PushAddress`].
    pub fn wake_me_at(&self, address: Option<String>) -> Reply<()> {
        self.0.ask(move |engine| engine.wake_me_at(address.as_deref()))
    }

    /// Whether this device is woken while it sleeps.
    pub fn waking(&self) -> Reply<Waking> {
        self.0.ask(|engine| engine.waking())
    }

    /// Asks the relay whether it wakes anybody, and by which key push services know it: what an app hands its push service when it asks for an address
    /// (RFC 8292, `applicationServerKey`). Some demand it.
    ///
    /// The reply's errors: [`Error::NoRelay`]; [`Error::Sync`] where the relay was not reached.
    pub fn wake_offer(&self) -> Reply<WakeOffer> {
        let line = self.0.0.line.clone();
        self.0.0.shell.sync(move || line.wake_offer())
    }
}

impl Line {
    fn wake_offer(&self) -> Result<WakeOffer, Error> {
        // A token that has ended is found out by asking; a round begins another session.
        for tries_left in [1, 0] {
            let request = self.writer.ask(|engine| engine.ask_offer()).wait()?;
            let answer = request.map(|request| self.send(&request)).transpose()?;
            match answer.as_ref().map(|answer: &Response| WakeOffer::read(answer)) {
                Some(Ok(offer)) => return Ok(offer),
                Some(Err(error)) if tries_left == 0 => return Err(error.into()),
                None if tries_left == 0 => return Err(Error::NoRelay),
                _ => {}
            }
            self.round(false)?;
        }
        Err(Error::NoRelay)
    }
}

#[cfg(test)]
#[path = "waking_tests.rs"]
mod tests;
