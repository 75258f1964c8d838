//! A backup that was put back, and a copy: noticed, and made a device of its own.
//!
//! What signs, and what writes in documents, must never go on from an older state: two changes would bear one number. So each opening
//! moves a **mark** forward, first in the database and then in the platform's key store, which no backup of the database holds. A
//! database that is behind the key store was put back; one that was only just ahead of it when the power went was not. What a mark
//! cannot tell, a copy that has a key store of its own, the log tells: a record in this device's name with a number that it never gave.
//!
//! Either way the vault becomes **another device**: new keys for signing, for boxes and for the relay, and another name in documents.
//! What waited sealed is sealed anew, once everything was read. The old keys do two things more: they let the new one in at the relay,
//! and they sign the link that adds it. Then they are forgotten. The device of before stays one of the person's until they remove it:
//! where this was a copy, somebody may be using it.
//!
//! | where | name | value |
//! |---|---|---|
//! | key store | `cairn.mark.` and 16 hexadecimal digits of the device's signing key | version u8, 1; count u64, little-endian; random 16 |
//! | database | `mark` | the same |
//! | database | `renewed.from` | [`Former`] in CBOR: who this device was, until it has another name in the chain |
//! | database | `repair.saved` | empty: a repair found entries and no keys |
//! | database | `renewed.was` | the signing key of before, 32 bytes |
//!
//! Also without any of this: within one opening every edit is made under a name of that opening ([`Actor::apart`]), so that in a vault
//! which was put back unnoticed no two changes ever bear one number.
//!
//! [`Actor::apart`]: crate::document::Actor::apart

use super::access::put_wish;
use super::devices::hex;
use super::identity::{IDENTITY, Identity};
use super::receive::{Received, SetAside, receive};
use super::recovering::OUTSIDE;
use super::{Change, Engine, Error, KeyStore};
use crate::crypto::{DeviceChain, EpochCommitment, EpochKey, KemSecret, SigningKey, SpaceKeys};
use crate::id::random_bytes;
use crate::profile;
use crate::store::{SpaceRow, Tx};
use cairn_wire::PublicKey;
use minicbor::{Decode, Encode};
use zeroize::{Zeroize as _, Zeroizing};

const MARK: &str = "mark";
const FROM: &str = "renewed.from";
/// Set where a repair found entries and no keys: they are to go where they came from.
pub(super) const SAVED: &str = "repair.saved";
const WAS: &str = "renewed.was";
const MARK_BYTES: usize = 1 + 8 + 16;

/// How far a vault has come, as key store and database both keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    count: u64,
    random: [u8; 16],
}

impl Mark {
    fn encode(self) -> [u8; MARK_BYTES] {
        let mut bytes = [1; MARK_BYTES];
        bytes[1..9].copy_from_slice(&self.count.to_le_bytes());
        bytes[9..].copy_from_slice(&self.random);
        bytes
    }

    /// None where it is of a newer version, or nothing that this software wrote: then it says nothing.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (count, random) = rest.split_first_chunk::<8>()?;
        (*version == 1).then_some(Self {
            count: u64::from_le_bytes(*count),
            random: random.try_into().ok()?,
        })
    }

    /// Whether a database with this mark is older than a key store with that one.
    fn is_behind(here: Option<Self>, kept: Self) -> bool {
        here.is_none_or(|here| here.count < kept.count || (here.count == kept.count && here.random != kept.random))
    }
}

/// Under which name the key store keeps a device's mark: a copy that has become another device has another.
fn mark_name(device: &PublicKey) -> String {
    let (beginning, _) = device.as_bytes().split_at(8);
    format!("cairn.mark.{}", hex(beginning))
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[cbor(n(0), with = "minicbor::bytes")]
    identity: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    access: [u8; 32],
    /// The X-Wing key that was about to take the place of the identity's.
    #[cbor(n(2), with = "minicbor::bytes")]
    next_kem: Option<[u8; 32]>,
}

/// Who this device was.
pub(super) struct Former {
    pub(super) identity: Identity,
    pub(super) access: SigningKey,
    next_kem: Option<KemSecret>,
}

impl Former {
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut stored = Stored {
            identity: self.identity.encode().to_vec(),
            access: *self.access.seed(),
            next_kem: self.next_kem.as_ref().map(|kem| *kem.as_bytes()),
        };
        let bytes = Zeroizing::new(cairn_wire::encode(&stored));
        stored.wipe();
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut stored: Stored = cairn_wire::decode_canonical(bytes).map_err(|_| Error::Internal)?;
        let former = Self {
            identity: Identity::decode(&stored.identity)?,
            access: SigningKey::from_seed(&stored.access),
            next_kem: stored.next_kem.map(KemSecret::from_bytes),
        };
        stored.wipe();
        Ok(former)
    }

    /// Who a device was that has forgotten it, and knows its way in at the relay.
    pub(super) fn unknown(identity: Identity, access_seed: &[u8; 32]) -> Self {
        Self {
            identity,
            access: SigningKey::from_seed(access_seed),
            next_kem: None,
        }
    }

    /// Keeps it.
    pub(super) fn put(&self, tx: &Tx<'_>) -> Result<(), Error> {
        Ok(tx.set_meta(FROM, &self.encode())?)
    }

    pub(super) fn kems(&self) -> impl Iterator<Item = &KemSecret> {
        std::iter::once(&self.identity.kem).chain(&self.next_kem)
    }
}

impl Stored {
    fn wipe(&mut self) {
        self.identity.zeroize();
        self.access.zeroize();
        self.next_kem.zeroize();
    }
}

/// How far a vault that was put back, or copied, has come on its way to be a device of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewing {
    /// It never was, or it is done and the device of before is gone.
    Nothing,
    /// It takes a name of its own before it sends anything.
    UnderWay,
    /// Its old keys open nothing any more: another device, or the recovery phrase, is to let it in.
    ShutOut,
    /// It has a name of its own; the one it was before is still among the person's devices.
    Done,
}

impl Engine {
    /// Moves the mark forward, in the database and then in the key store; a database that the key store has left behind was put back,
    /// and becomes another device. Call it once at each opening. A key store that does not answer keeps nobody from their journal.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn keep_mark(&mut self, keys: &dyn KeyStore) -> Result<(), Error> {
        // Until it is known better: an older state of a vault is not to carry out what may have been stopped since.
        self.may_be_old = true;
        let Ok(kept) = keys.load(&mark_name(&self.identity.signing.public())) else {
            return Ok(());
        };
        let kept = kept.and_then(|kept| Mark::decode(&kept));
        let mut here = self.mark()?;
        if kept.is_some_and(|kept| Mark::is_behind(here, kept)) {
            self.become_another()?;
            here = None;
        }
        self.may_be_old = false;
        let next = Mark {
            count: here.map_or(1, |here| here.count.saturating_add(1)),
            random: random_bytes(self.entropy.as_mut()),
        };
        // In this order: a database is never behind for want of power.
        self.commit(&[], |tx| Ok(tx.set_meta(MARK, &next.encode())?))?;
        let name = mark_name(&self.identity.signing.public());
        if let Err(error) = keys.save(&name, &next.encode()) {
            tracing::debug!(%error, "the mark is kept at the next opening");
        }
        Ok(())
    }

    /// The names under which the key store keeps marks of this vault: this device's, and those of who it was.
    pub(super) fn mark_names(&self) -> Result<Vec<String>, Error> {
        let mut devices = vec![self.identity.signing.public()];
        devices.extend(self.former()?.map(|former| former.identity.signing.public()));
        let was = self.store.view().meta(WAS)?;
        devices.extend(was.and_then(|was| was.try_into().ok()).map(PublicKey::from_bytes));
        Ok(devices.iter().map(mark_name).collect())
    }

    fn mark(&self) -> Result<Option<Mark>, Error> {
        Ok(self.store.view().meta(MARK)?.and_then(|mark| Mark::decode(&mark)))
    }

    /// Who this device was, until it has its new name in the chain.
    pub(super) fn former(&self) -> Result<Option<Former>, Error> {
        let Some(bytes) = self.store.view().meta(FROM)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        Former::decode(&bytes).map(Some)
    }

    /// Whether this device has a new name that is not in the chain yet: until then it sends no state of a document.
    pub(super) fn is_renewing(&self) -> Result<bool, Error> {
        Ok(self.store.view().meta(FROM)?.is_some())
    }

    /// Whether the chain names this device as one of the person's.
    pub(super) fn is_in_chain(&self) -> bool {
        let own = self.identity.signing.public();
        self.home_chain
            .as_ref()
            .is_some_and(|chain| chain.device(&own).is_some())
    }

    /// Whether a record bears this device's name and is not of its making: two go by one name.
    pub(super) fn is_of_a_double(&self, one: &Received) -> Result<bool, Error> {
        if one.inside.author != *self.identity.signing.public().as_bytes() {
            return Ok(false);
        }
        let home = self.home()?;
        let is_of_another = if one.inside.writer_seq > home.writer_seq {
            true
        } else {
            self.has_sealed_otherwise(&home, one)?
        };
        Ok(is_of_another && one.is_signed())
    }

    /// Whether another record with that number waits here.
    fn has_sealed_otherwise(&self, home: &SpaceRow, one: &Received) -> Result<bool, Error> {
        let view = self.store.view();
        let sent = view.outbox_sent(home.id)?;
        if sent.is_empty() || sent.iter().any(|(_, hash)| *hash == one.hash) {
            return Ok(false);
        }
        let keys = self.keys(home)?;
        for (n, hash) in sent {
            let Some(out) = view.outbox_row(n)? else { continue };
            let number = receive(&keys, home.id, 0, hash, &out.record).map(|mine| mine.inside.writer_seq);
            if number == Ok(one.inside.writer_seq) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Becomes another device. Everything here stays; what waited sealed is sealed anew once this device is one of the person's.
    pub(super) fn become_another(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        self.take_back_all(&home)?;
        let identity = self.another_identity()?;
        let access = SigningKey::random(self.entropy.as_mut());
        let home = self.home()?;
        // Twice put back before the first time was over: who is in the chain is who it was at first.
        let former = match self.former()? {
            Some(former) => former,
            None => Former {
                identity: Identity::decode(&self.identity.encode())?,
                access: SigningKey::from_seed(&home.access_seed),
                next_kem: self.next_kem()?,
            },
        };
        let mut wish = self.wished_access(home.id)?;
        wish.let_in(access.public());
        let day = self.day_from_now()?;
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.set_meta(IDENTITY, &identity.encode())?;
            former.put(tx)?;
            tx.set_meta(WAS, former.identity.signing.public().as_bytes())?;
            tx.set_meta(OUTSIDE, &[])?;
            tx.remove_meta(MARK)?;
            super::epochs::forget_rekey(tx)?;
            super::waking::forget_waking(tx)?;
            super::ending::begin_day_anew(tx, day)?;
            put_wish(tx, home.id, &wish)?;
            Ok(tx.put_space(&SpaceRow {
                access_seed: *access.seed(),
                writer_seq: 0,
                acked: 0,
                ..home.clone()
            })?)
        })?;
        self.go_on_as(identity);
        self.note_ending()
    }

    /// Another name and other keys for this device, with the home space it has.
    pub(super) fn another_identity(&mut self) -> Result<Identity, Error> {
        let mut identity = Identity::random(&self.identity.name, self.entropy.as_mut());
        // The first half stays, so that what was written here is known for what it is.
        identity.actor = self.identity.actor.apart(random_bytes(self.entropy.as_mut()));
        identity.home = self.identity.home;
        self.ring_on_as(&hex(identity.actor.as_bytes()))?;
        Ok(identity)
    }

    /// Goes by that name from now on, once it is durable.
    pub(super) fn go_on_as(&mut self, identity: Identity) {
        self.actor = identity.actor.apart(random_bytes(self.entropy.as_mut()));
        self.identity = identity;
    }

    /// What rings here is to ring here under this device's next name too.
    fn ring_on_as(&mut self, device: &str) -> Result<(), Error> {
        for reminder in self.reminders()?.into_iter().filter(|reminder| reminder.is_here) {
            let changed = self.change_settings(|fields| profile::set_reminder(fields, device, &reminder));
            // Settings that can only be read here do not stand in the way.
            if let Err(error @ (Error::Store(_) | Error::Internal)) = changed {
                return Err(error);
            }
        }
        Ok(())
    }

    /// What a device that has another name still needs before it is one of the person's; false while it is not.
    pub(super) fn tend_renewing(&mut self, home: &SpaceRow) -> Result<bool, Error> {
        let Some(former) = self.former()? else { return Ok(true) };
        let Some(chain) = self.home_chain.clone() else {
            // Everything was read, and there is no chain: the device of before never got to begin one.
            self.begin_home_chain()?;
            return Ok(false);
        };
        if self.is_in_chain() {
            if self.store.view().meta(OUTSIDE)?.is_some() {
                return Ok(true);
            }
            // From here on sweeps take what nothing is known of: what arrived by name is known by now.
            self.hear_of_attachments()?;
            let mut wish = self.wished_access(home.id)?;
            let is_stranger = chain.added(&former.identity.signing.public()).is_none();
            if is_stranger {
                wish.keep_out(former.access.public());
            }
            self.commit(&[Change::Devices], |tx| {
                if is_stranger {
                    tx.remove_meta(WAS)?;
                }
                put_wish(tx, home.id, &wish)?;
                super::erasing::want_empty_log(tx)?; // The keys of before stand in it.
                Ok(tx.remove_meta(FROM)?)
            })?;
            return Ok(true);
        }
        if self.may_be_added_by(&chain, &former, home) {
            let (own, basis) = (self.own_device(home), super::epochs::basis(home));
            let link = chain.add_device(&former.identity.signing, own, basis, None)?;
            self.push_link(link, 0, |_| Ok(()))?;
        }
        Ok(false)
    }

    fn may_be_added_by(&self, chain: &DeviceChain, former: &Former, home: &SpaceRow) -> bool {
        let is_in = chain.device(&former.identity.signing.public()).is_some();
        is_in && chain.devices().len() < crate::limits::DEVICES_MAX && chain.current_epoch() <= home.epoch
    }

    /// Where becoming another device stands.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn renewing(&self) -> Result<Renewing, Error> {
        let home = self.home()?;
        if let Some(former) = self.former()? {
            let is_stuck = self
                .home_chain
                .as_ref()
                .is_some_and(|chain| !self.may_be_added_by(chain, &former, &home));
            return Ok(match (home.origin.is_empty(), is_stuck && !self.is_in_chain()) {
                // Alone, there is nobody to be told apart from.
                (true, _) => Renewing::Nothing,
                (_, true) => Renewing::ShutOut,
                _ => Renewing::UnderWay,
            });
        }
        let was = self.store.view().meta(WAS)?;
        let was = was.and_then(|was| PublicKey::from_slice(&was));
        let is_there = was.zip(self.home_chain.as_ref());
        Ok(match is_there {
            Some((was, chain)) if chain.device(&was).is_some() => Renewing::Done,
            _ => Renewing::Nothing,
        })
    }

    /// Whether this vault may take the keys of its own home space from another device, or from the phrase.
    pub(super) fn may_be_let_in(&self) -> Result<bool, Error> {
        if self.needs_joining()? {
            return Ok(true);
        }
        let has_relay = !self.home()?.origin.is_empty();
        // After a repair that found no keys, what was saved is to go where it came from.
        Ok(self.is_renewing()? && (has_relay || self.store.view().meta(SAVED)?.is_some()))
    }

    /// Takes keys of its own home space that this device was left without, and looks again at what they open.
    pub(super) fn take_keys_back(
        &mut self,
        keys: &SpaceKeys,
        pins: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let home = self.home()?;
        if keys.slot_key.as_bytes() != &home.slot_key {
            return Err(Error::Handshake);
        }
        let known = self
            .home_chain
            .as_ref()
            .map(DeviceChain::commitments)
            .unwrap_or_default();
        let differs =
            |(epoch, key): (&u32, &EpochKey)| known.get(epoch).is_some_and(|known| *known != EpochCommitment::of(key));
        if keys.epoch_keys.iter().any(differs) {
            return Err(Error::Handshake);
        }
        let newest = keys.epoch_keys.keys().next_back().copied().unwrap_or(home.epoch);
        let unkept = self
            .store
            .view()
            .quarantined_without_bytes(home.id, SetAside::NoKey.number())?;
        let (cursor, chain) = if unkept.is_empty() {
            (home.cursor, home.chain)
        } else {
            // What came when there was no room left for it is read once more. What was seen of the head holds.
            (0, *cairn_wire::chain_0(&home.id).as_bytes())
        };
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            for (epoch, key) in &keys.epoch_keys {
                tx.put_epoch_key(home.id, *epoch, key.as_bytes())?;
            }
            pins(tx)?;
            for hash in &unkept {
                tx.release_quarantine(hash)?;
            }
            Ok(tx.put_space(&SpaceRow {
                cursor,
                chain,
                epoch: home.epoch.max(newest),
                ..home.clone()
            })?)
        })?;
        self.judge_again()
    }
}

/// Has the next opening begin another mark: the one that is kept is of another name.
pub(super) fn forget_mark(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.remove_meta(MARK)?)
}

/// Another home space takes the place of this one: who this device was there is nobody's business.
pub(super) fn forget_former(tx: &Tx<'_>) -> Result<(), Error> {
    for name in [FROM, WAS, SAVED, OUTSIDE] {
        tx.remove_meta(name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_written_as_it_is_drawn() {
        let mark = Mark {
            count: 0x0102,
            random: [7; 16],
        };
        let mut drawn = vec![1, 2, 1, 0, 0, 0, 0, 0, 0];
        drawn.extend([7; 16]);
        assert_eq!(mark.encode().as_slice(), drawn);
        assert_eq!(Mark::decode(&drawn), Some(mark));
        for other in [&drawn[..24], &[drawn.as_slice(), &[0]].concat(), &[2; 25], &[]] {
            assert_eq!(Mark::decode(other), None);
        }
    }

    #[test]
    fn a_database_is_behind_where_the_key_store_has_seen_more_or_something_else() {
        let mark = |count, random| Mark {
            count,
            random: [random; 16],
        };
        let kept = mark(5, 1);
        for (here, is_behind) in [
            (None, true),
            (Some(mark(4, 9)), true),
            (Some(mark(5, 2)), true),
            (Some(kept), false),
            (Some(mark(6, 9)), false),
        ] {
            assert_eq!(Mark::is_behind(here, kept), is_behind, "{here:?}");
        }
    }
}
