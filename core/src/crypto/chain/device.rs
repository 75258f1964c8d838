//! The chain of a home space: which devices are one person's.

use std::collections::{BTreeMap, BTreeSet};

use cairn_wire::{PublicKey, Seen, SignedHead, SpaceId};
use minicbor::{Decode, Encode};

use super::link::{Link, LinkHash};
use super::members::{Device, KnownKeys, Recovery, check_origin};
use super::spine::{Epoch, FIRST_EPOCH, NewEpoch, Spine};
use crate::crypto::{CryptoError, EpochCommitment, KemPublic, VerifyingKey, verify_head};
use crate::limits::{DEVICE_SETTLES_MS, DEVICES_BY_PHRASE_MAX, DEVICES_MAX};

pub(super) const GENESIS: u8 = 1;
pub(super) const ADD: u8 = 2;
pub(super) const REMOVE: u8 = 3;
pub(super) const NEW_EPOCH: u8 = 4;
pub(super) const REKEY: u8 = 5;
pub(super) const RECOVERY: u8 = 6;
pub(super) const LET_GO: u8 = 7;
pub(super) const GONE: u8 = 8;
pub(super) const ERASE: u8 = 9;
pub(super) const KEEP: u8 = 10;

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct GenesisBody {
    #[n(0)]
    pub(super) origin: String,
    #[n(1)]
    pub(super) relay_key: PublicKey,
    #[n(2)]
    pub(super) device: Device,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct AddBody {
    #[n(0)]
    pub(super) device: Device,
    #[n(1)]
    pub(super) head: SignedHead,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct RemoveBody {
    #[n(0)]
    pub(super) epoch: u32,
    #[n(1)]
    pub(super) old_upto: Seen,
    #[n(2)]
    pub(super) removed: Vec<RemovedKey>,
    #[n(3)]
    pub(super) head: SignedHead,
}

#[derive(Clone, Copy, Encode, Decode)]
#[cbor(array)]
pub(super) struct RemovedKey {
    #[n(0)]
    pub(super) signing: PublicKey,
    #[n(1)]
    pub(super) trusted_upto: u64,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct RekeyBody {
    #[n(0)]
    pub(super) kem: KemPublic,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct RecoveryBody {
    #[n(0)]
    pub(super) recovery: Recovery,
    #[n(1)]
    pub(super) head: SignedHead,
}

/// The body of kinds 7 and 8.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct BeforeBody {
    #[n(0)]
    pub(super) epoch: u32,
}

/// The body of kinds 9 and 10.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct HeadBody {
    #[n(0)]
    pub(super) head: SignedHead,
}

/// Everything is to be erased: somebody asked for it, and nobody has withdrawn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The chain's clock when it was asked for, in milliseconds since 1970-01-01 UTC.
    pub asked_at_ms: u64,
    /// Whether the recovery phrase asked for it: then nobody waits.
    pub at_once: bool,
    /// The index of the link that asked.
    pub index: u64,
    /// Who signed that link.
    pub author: PublicKey,
}

/// When a device came to be one of this person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// The index of the link that added it; 0 for the first device.
    pub index: u64,
    /// The chain's clock then, in milliseconds since 1970-01-01 UTC; 0 for the first device.
    pub time_ms: u64,
}

/// A device that was this person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The device, with the keys it had at the end.
    pub device: Device,
    /// Its records hold up to this sequence number.
    pub trusted_upto: u64,
    /// The incarnation of the relay's store in which that number is one.
    pub incarnation: u32,
}

/// Where a record was found, and under what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The epoch it is sealed under.
    pub epoch: u32,
    /// The incarnation in its header.
    pub incarnation: u32,
    /// The incarnation whose log it was read in.
    pub log: u32,
    /// Its number there.
    pub seq: u64,
}

/// Why a record is not taken for one of this person's, whoever signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotStanding {
    /// Its author never was a device here.
    Stranger,
    /// Its author was removed, and it came after what that device is trusted for.
    AfterRemoval,
    /// It is sealed under an epoch that was over.
    OldEpoch,
}

/// Who signed a link.
enum By {
    Device(Added),
    Recovery,
}

/// A device chain, verified from its genesis to its tip.
#[derive(Debug, Clone)]
pub struct DeviceChain {
    pub(super) spine: Spine,
    origin: String,
    relay_key: PublicKey,
    devices: BTreeMap<PublicKey, Device>,
    added: BTreeMap<PublicKey, Added>,
    removed: BTreeMap<PublicKey, Removed>,
    removal_at: u64,
    recoveries: Vec<Recovery>,
    recovery_at: u64,
    let_go: u32,
    let_go_at: u64,
    gone: BTreeMap<PublicKey, u32>,
    ending: Option<Ending>,
    keys: KnownKeys,
    time_ms: u64,
}

impl DeviceChain {
    /// Begins with the bytes of a genesis link.
    ///
    /// # Errors
    /// What [`Link::parse`] says; [`CryptoError::ChainRefused`] where it is no genesis that its own device signed.
    pub fn begin(genesis: &[u8]) -> Result<Self, CryptoError> {
        let link = Link::parse(genesis)?;
        let spine = Spine::begin(&link, GENESIS)?;
        let GenesisBody {
            origin,
            relay_key,
            device,
        } = link.body()?;
        check_origin(&origin)?;
        VerifyingKey::parse(&relay_key)?;
        device.check()?;
        if device.signing != link.author() {
            return Err(CryptoError::ChainRefused);
        }
        let first = Added { index: 0, time_ms: 0 };
        let mut keys = KnownKeys::default();
        keys.insert(&device.signing, &device.access, &device.kem);
        Ok(Self {
            spine,
            origin,
            relay_key,
            added: BTreeMap::from([(device.signing, first)]),
            devices: BTreeMap::from([(device.signing, device)]),
            removed: BTreeMap::new(),
            removal_at: 0,
            recoveries: Vec::new(),
            recovery_at: 0,
            let_go: FIRST_EPOCH,
            let_go_at: 0,
            gone: BTreeMap::new(),
            ending: None,
            keys,
            time_ms: 0,
        })
    }

    /// Verifies a whole chain, from its genesis on.
    ///
    /// # Errors
    /// What [`DeviceChain::begin`] and [`DeviceChain::append`] say about the first link that is refused.
    pub fn verify<'a>(links: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, CryptoError> {
        let mut links = links.into_iter();
        let mut chain = Self::begin(links.next().ok_or(CryptoError::Malformed)?)?;
        links.try_for_each(|link| chain.append(link).map(drop))?;
        Ok(chain)
    }

    /// Takes the next link. Refused, the chain is as it was.
    ///
    /// # Errors
    /// What [`Link::parse`] says; [`CryptoError::ChainRefused`] where it does not continue the chain, its author is
    /// nobody here or may not say this; [`CryptoError::TooNew`] where somebody here made a link of an unknown kind.
    pub fn append(&mut self, link: &[u8]) -> Result<Link, CryptoError> {
        let link = Link::parse(link)?;
        self.spine.check_place(&link)?;
        let by = match self.by(&link.author()) {
            Some(by) => by,
            None if planted!(StrangerLinks) => By::Recovery,
            None => return Err(CryptoError::ChainRefused),
        };
        match link.kind() {
            GENESIS => return Err(CryptoError::ChainRefused),
            ADD => self.take_add(&link, &by)?,
            REMOVE => self.take_removal(&link, &by)?,
            NEW_EPOCH => self.spine.take_new_epoch(&link, link.body()?)?,
            REKEY => self.take_rekey(&link, &by)?,
            RECOVERY => self.take_recovery(&link, &by)?,
            LET_GO => self.take_let_go(&link)?,
            GONE => self.take_gone(&link, &by)?,
            ERASE => self.take_erase(&link, &by)?,
            KEEP => self.take_keep(&link)?,
            _ => return Err(CryptoError::TooNew),
        }
        Ok(link)
    }

    fn by(&self, author: &PublicKey) -> Option<By> {
        let recovery = self.recovery().filter(|recovery| recovery.signing == *author);
        match (self.added.get(author), recovery) {
            (Some(added), _) if self.devices.contains_key(author) => Some(By::Device(*added)),
            (_, Some(_)) => Some(By::Recovery),
            _ => None,
        }
    }

    fn take_add(&mut self, link: &Link, by: &By) -> Result<(), CryptoError> {
        let AddBody { device, head } = link.body()?;
        device.check()?;
        let time_ms = self.time_with(&head)?;
        let is_known = self.keys.knows(&device.signing, &device.access, &device.kem);
        let most = match by {
            By::Device(_) => DEVICES_MAX,
            By::Recovery => DEVICES_BY_PHRASE_MAX,
        };
        if is_known || self.devices.len() >= most {
            return Err(CryptoError::ChainRefused);
        }
        let index = self.spine.length();
        self.spine.take(link)?;
        self.keys.insert(&device.signing, &device.access, &device.kem);
        self.added.insert(device.signing, Added { index, time_ms });
        self.devices.insert(device.signing, device);
        self.time_ms = time_ms;
        Ok(())
    }

    fn take_removal(&mut self, link: &Link, by: &By) -> Result<(), CryptoError> {
        let RemoveBody {
            epoch,
            old_upto,
            removed,
            head,
        } = link.body()?;
        let time_ms = self.time_with(&head)?;
        let is_ordered = removed.windows(2).all(|pair| pair[0].signing < pair[1].signing);
        let is_allowed = removed.iter().all(|one| {
            one.signing != link.author()
                && one.trusted_upto <= old_upto.n
                && self.devices.contains_key(&one.signing)
                && self.outranks(by, &one.signing, time_ms)
        });
        if removed.is_empty() || !is_ordered || !is_allowed || removed.len() >= self.devices.len() {
            return Err(CryptoError::ChainRefused);
        }
        let at = self.spine.length();
        self.spine.take_new_epoch(link, NewEpoch { epoch, old_upto })?;
        self.removal_at = at;
        for one in removed {
            if let Some(device) = self.devices.remove(&one.signing) {
                let removed = Removed {
                    device,
                    trusted_upto: one.trusted_upto,
                    incarnation: old_upto.incarnation,
                };
                self.removed.insert(one.signing, removed);
            }
        }
        self.time_ms = time_ms;
        Ok(())
    }

    fn take_rekey(&mut self, link: &Link, by: &By) -> Result<(), CryptoError> {
        let RekeyBody { kem } = link.body()?;
        if self.keys.knows_kem(&kem) || matches!(by, By::Recovery) {
            return Err(CryptoError::ChainRefused);
        }
        self.spine.take(link)?;
        self.keys.insert_kem(&kem);
        if let Some(device) = self.devices.get_mut(&link.author()) {
            device.kem = kem;
        }
        Ok(())
    }

    fn take_recovery(&mut self, link: &Link, by: &By) -> Result<(), CryptoError> {
        let RecoveryBody { recovery, head } = link.body()?;
        recovery.check()?;
        let time_ms = self.time_with(&head)?;
        let is_known = self.keys.knows(&recovery.signing, &recovery.access, &recovery.kem);
        if is_known || !self.is_settled_by(by, time_ms) {
            return Err(CryptoError::ChainRefused);
        }
        let at = self.spine.length();
        self.spine.take(link)?;
        self.recovery_at = at;
        self.keys.insert(&recovery.signing, &recovery.access, &recovery.kem);
        self.recoveries.push(recovery);
        self.time_ms = time_ms;
        Ok(())
    }

    fn take_let_go(&mut self, link: &Link) -> Result<(), CryptoError> {
        let BeforeBody { epoch } = link.body()?;
        if epoch <= self.let_go || epoch > self.current_epoch() {
            return Err(CryptoError::ChainRefused);
        }
        let at = self.spine.length();
        self.spine.take(link)?;
        (self.let_go, self.let_go_at) = (epoch, at);
        Ok(())
    }

    fn take_gone(&mut self, link: &Link, by: &By) -> Result<(), CryptoError> {
        let BeforeBody { epoch } = link.body()?;
        let is_new = self.gone.get(&link.author()).is_none_or(|before| *before < epoch);
        if !is_new || epoch > self.let_go || matches!(by, By::Recovery) {
            return Err(CryptoError::ChainRefused);
        }
        self.spine.take(link)?;
        self.gone.insert(link.author(), epoch);
        Ok(())
    }

    fn take_erase(&mut self, link: &Link, by: &By) -> Result<(), CryptoError> {
        let HeadBody { head } = link.body()?;
        let time_ms = self.time_with(&head)?;
        let at_once = matches!(by, By::Recovery);
        // What is asked for already is asked for once more by the phrase alone: it makes an end of the waiting.
        let is_new = self.ending.is_none_or(|pending| at_once && !pending.at_once);
        if !is_new || !self.is_settled_by(by, time_ms) {
            return Err(CryptoError::ChainRefused);
        }
        let index = self.spine.length();
        self.spine.take(link)?;
        self.ending = Some(Ending {
            asked_at_ms: time_ms,
            at_once,
            index,
            author: link.author(),
        });
        self.time_ms = time_ms;
        Ok(())
    }

    fn take_keep(&mut self, link: &Link) -> Result<(), CryptoError> {
        let HeadBody { head } = link.body()?;
        let time_ms = self.time_with(&head)?;
        if self.ending.is_none() {
            return Err(CryptoError::ChainRefused);
        }
        self.spine.take(link)?;
        self.ending = None;
        self.time_ms = time_ms;
        Ok(())
    }

    /// The chain's clock once this head was shown to it. The relay signs its time; it cannot set the clock back.
    fn time_with(&self, head: &SignedHead) -> Result<u64, CryptoError> {
        verify_head(&VerifyingKey::parse(&self.relay_key)?, head)?;
        if head.space == self.space() {
            Ok(self.time_ms.max(head.time_ms))
        } else {
            Err(CryptoError::ChainRefused)
        }
    }

    fn is_settled_by(&self, by: &By, time_ms: u64) -> bool {
        match by {
            By::Recovery => true,
            By::Device(own) => {
                let is_oldest = self.devices.keys().all(|one| !self.is_older(one, own));
                is_oldest || time_ms.saturating_sub(own.time_ms) >= DEVICE_SETTLES_MS
            }
        }
    }

    fn outranks(&self, by: &By, other: &PublicKey, time_ms: u64) -> bool {
        let is_younger = |own: &Added| !self.is_older(other, own);
        self.is_settled_by(by, time_ms) || matches!(by, By::Device(own) if is_younger(own))
    }

    fn is_older(&self, one: &PublicKey, than: &Added) -> bool {
        self.added.get(one).is_some_and(|added| added.index < than.index)
    }

    /// Whether this device may remove that one once the relay has signed `time_ms`.
    pub fn may_remove(&self, author: &PublicKey, other: &PublicKey, time_ms: u64) -> bool {
        let time_ms = self.time_ms.max(time_ms);
        self.by(author).is_some_and(|by| self.outranks(&by, other, time_ms))
    }

    /// Whether this device may set another recovery phrase, or ask to erase everything, once the relay has signed `time_ms`.
    pub fn is_settled(&self, author: &PublicKey, time_ms: u64) -> bool {
        let time_ms = self.time_ms.max(time_ms);
        self.by(author).is_some_and(|by| self.is_settled_by(&by, time_ms))
    }

    /// Whether a record stands as one of this person's: `author` made it, and it was found there. Whether the author signed it is another
    /// question.
    ///
    /// Numbers of one incarnation mean nothing in the next. What a removed device is trusted for ends with the log in which it was said: a relay
    /// could put anything at those numbers again. An epoch that was over in a log before is none that a record can come too late for: a
    /// device that had not heard of its end seals under it in good faith.
    ///
    /// # Errors
    /// Why it does not.
    pub fn stands(&self, author: &PublicKey, found: Found) -> Result<(), NotStanding> {
        let Found {
            epoch,
            incarnation,
            log,
            seq,
        } = found;
        if !self.devices.contains_key(author) {
            let removed = self.removed.get(author).ok_or(NotStanding::Stranger)?;
            if log.max(incarnation) > removed.incarnation || seq > removed.trusted_upto {
                return Err(NotStanding::AfterRemoval);
            }
        }
        let next = epoch.checked_add(1).and_then(|next| self.epochs().get(&next));
        match next.and_then(|next| next.old_upto) {
            Some(upto) if log == upto.incarnation && seq > upto.n => Err(NotStanding::OldEpoch),
            _ => Ok(()),
        }
    }

    /// The home space.
    pub const fn space(&self) -> SpaceId {
        self.spine.space()
    }

    /// The relay's origin, pinned at genesis.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key that signs the relay's heads, pinned at genesis.
    pub const fn relay_key(&self) -> PublicKey {
        self.relay_key
    }

    /// The devices that are this person's, by signing key.
    pub const fn devices(&self) -> &BTreeMap<PublicKey, Device> {
        &self.devices
    }

    /// The device of this person that signs with this key.
    pub fn device(&self, signing: &PublicKey) -> Option<&Device> {
        self.devices.get(signing)
    }

    /// The devices that were this person's, by signing key.
    pub const fn removed(&self) -> &BTreeMap<PublicKey, Removed> {
        &self.removed
    }

    /// The index of the last link that shut somebody out: that removed a device, or began the first epoch after another recovery phrase took the place of
    /// one; none where none did.
    pub fn last_removal(&self) -> Option<u64> {
        let replaced = self.recoveries.len() > 1;
        let begun = self.epochs().values().map(|epoch| epoch.begun_at);
        let after_phrase = begun.filter(|at| replaced && *at > self.recovery_at).min();
        Some(self.removal_at).filter(|at| *at > 0).max(after_phrase)
    }

    /// When a device was added, whether it is still there or not.
    pub fn added(&self, signing: &PublicKey) -> Option<Added> {
        self.added.get(signing).copied()
    }

    /// The recovery phrase that counts, if one was set.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recoveries.last()
    }

    /// Every recovery phrase that was set, the one that counts last.
    pub fn recoveries(&self) -> &[Recovery] {
        &self.recoveries
    }

    /// Whether an epoch has begun since the recovery phrase that counts was set: no phrase before it opens that.
    pub fn recovery_has_epoch(&self) -> bool {
        let newest = self.epochs().values().next_back();
        newest.is_some_and(|epoch| epoch.begun_at > self.recovery_at)
    }

    /// The keys of epochs before this one are to be destroyed everywhere: every live state is sealed under it or a later one.
    pub const fn let_go(&self) -> u32 {
        self.let_go
    }

    /// Whether a device has said that it has destroyed the keys of every epoch before [`Self::let_go`].
    pub fn has_let_go(&self, device: &PublicKey) -> bool {
        let is_later = |added: &Added| added.index > self.let_go_at;
        self.let_go == FIRST_EPOCH
            || self.gone.get(device).is_some_and(|epoch| *epoch >= self.let_go)
            || self.added.get(device).is_some_and(is_later)
    }

    /// What was asked for last, where everything is to be erased.
    pub const fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Everybody who has a right to the keys of the space, but for `without`.
    pub fn recipients(&self, without: &BTreeSet<PublicKey>) -> Vec<KemPublic> {
        let devices = self
            .devices
            .values()
            .filter(|device| !without.contains(&device.signing));
        let recovery = self.recovery().into_iter().map(|recovery| &recovery.kem);
        devices.map(|device| &device.kem).chain(recovery).cloned().collect()
    }

    /// Every epoch so far.
    pub const fn epochs(&self) -> &BTreeMap<u32, Epoch> {
        self.spine.epochs()
    }

    /// The number of the newest epoch.
    pub fn current_epoch(&self) -> u32 {
        self.spine.current_epoch()
    }

    /// What the chain vouches for, to hold opened keys against ([`SpaceKeys::check`](crate::crypto::SpaceKeys::check)).
    pub fn commitments(&self) -> BTreeMap<u32, EpochCommitment> {
        self.spine.commitments()
    }

    /// The hash of the first link.
    pub fn genesis(&self) -> LinkHash {
        self.spine.genesis()
    }

    /// The hash of the last link.
    pub fn tip(&self) -> LinkHash {
        self.spine.tip()
    }

    /// Whether this is a link for a place that another one has taken, by somebody who was one of this person's: two were made at once,
    /// and this one lost. It says nothing, and nothing is wrong with it.
    pub fn went_past(&self, link: &[u8]) -> bool {
        let Ok(link) = Link::parse(link) else { return false };
        let author = link.author();
        let was_known =
            self.added.contains_key(&author) || self.recoveries.iter().any(|recovery| recovery.signing == author);
        was_known && self.spine.is_taken(&link)
    }

    /// How many links there are.
    pub fn length(&self) -> u64 {
        self.spine.length()
    }

    /// Whether the chain went through this link.
    pub fn contains(&self, link: &LinkHash) -> bool {
        self.spine.contains(link)
    }

    /// The place of a link in the chain, from 0; none where the chain did not go through it.
    pub fn index_of(&self, link: &LinkHash) -> Option<usize> {
        self.spine.index_of(link)
    }
}
