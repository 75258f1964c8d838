//! New epochs of the home space, and the keys that go with them.
//!
//! Whatever asks for a new epoch leaves a wish; the next round of sync, once it has read to the head, makes the link, and the relay
//! swaps the epoch only if nobody wrote meanwhile. From the wish on, nothing new is sealed under the old key. The new key is kept
//! beside the wish until the link stands in the log: if another device was first, it is thrown away.
//!
//! A device that opened a key box with its X-Wing key puts another key in the place of that one: what was taken from a relay today
//! and a phone stolen tomorrow open nothing together.
//!
//! | name | CBOR | |
//! |---|---|---|
//! | `epoch.wish` | `{0: [[signing key 32, trusted upto u64, whether the relay keeps it out already]...]}` | somebody asked for a new epoch, and for these devices to go |
//! | `epoch.refused` | `[signing key 32...]` by ascending key | devices that were to go, and whose removal takes the phrase |
//! | `epoch.link` | `{0: hash of the link 32, 1: epoch u32, 2: key 32}` | the link that is under way |
//! | `rekey.wish` | empty | a box was opened |
//! | `rekey.link` | `{0: hash of the link 32, 1: X-Wing secret 32}` | the link that is under way |

use super::devices::{link_document, seen};
use super::engine::HOME;
use super::erasing::want_empty_log;
use super::receive::receive;
use super::sealing::Plan;
use super::{Change, Engine, Error};
use crate::crypto::{
    Basis, DeviceChain, EpochKey, KemSecret, Link, LinkHash, SigningKey, SpaceKeys, open_key_box, seal_key_box,
};
use crate::limits;
use crate::record::Kind;
use crate::store::{SpaceRow, Tx};
use cairn_wire::{ChainHash, PublicKey, Signature, SignedHead};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::{Zeroize as _, Zeroizing};

const WISH: &str = "epoch.wish";
const REFUSED: &str = "epoch.refused";
const LINK: &str = "epoch.link";
const REKEY_WISH: &str = "rekey.wish";
const REKEY_LINK: &str = "rekey.link";
/// `purpose` of the outbox for a link that swaps the epoch.
pub(super) const EPOCH_PURPOSE: u8 = 2;

/// Devices that are to go, each with the number up to which it is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct EpochWish {
    #[n(0)]
    pub(super) removed: Vec<RemovalWish>,
}

/// One device that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct RemovalWish {
    #[n(0)]
    pub(super) signing: PublicKey,
    #[n(1)]
    pub(super) trusted_upto: u64,
    /// Whether the relay was told to keep it out.
    #[n(2)]
    pub(super) is_out: bool,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct UnderWay {
    #[n(0)]
    hash: LinkHash,
    #[n(1)]
    epoch: u32,
    #[cbor(n(2), with = "minicbor::bytes")]
    key: [u8; 32],
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Rekeying {
    #[n(0)]
    hash: LinkHash,
    #[cbor(n(1), with = "minicbor::bytes")]
    secret: [u8; 32],
}

/// What a link that stands in the log changes beside the chain.
#[derive(Default)]
pub(super) struct Consequences {
    keys: Option<SpaceKeys>,
    wants_rekey: bool,
    identity: Option<Zeroizing<Vec<u8>>>,
    kem: Option<KemSecret>,
}

impl Engine {
    pub(super) fn epoch_wish(&self) -> Result<Option<EpochWish>, Error> {
        let Some(bytes) = self.store.view().meta(WISH)? else {
            return Ok(None);
        };
        cairn_wire::decode_canonical(&bytes)
            .map(Some)
            .map_err(|_| Error::Internal)
    }

    /// Devices that were to go and may not be removed by this one alone: the phrase was at hand and is no more, or by the relay's clock this
    /// device is too new.
    pub(super) fn refused_removals(&self) -> Result<BTreeSet<PublicKey>, Error> {
        let Some(bytes) = self.store.view().meta(REFUSED)? else {
            return Ok(BTreeSet::new());
        };
        let keys: Vec<PublicKey> = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
        Ok(keys.into_iter().collect())
    }

    /// Makes the link that something here waits for, one at a time, once everything was read.
    pub(super) fn tend_chain(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        let is_read = home.cursor == home.head_n && home.head_signature != [0; 64];
        if !is_read || self.store.view().outbox_has_link(home.id)? || self.waits_for_links(&home)? {
            return Ok(());
        }
        if !self.mend_links(&home)? {
            return Ok(());
        }
        let is_settled = self.tend_renewing(&home)?;
        if !is_settled && (self.recovery.is_none() || self.store.view().outbox_has_link(home.id)?) {
            return Ok(());
        }
        if self.home_chain.is_none() {
            return Ok(());
        }
        if !self.is_in_chain() {
            return self.let_this_device_in(&home);
        }
        self.end_parting()?;
        if self.tend_ending(&home)? {
            return Ok(());
        }
        if let Some(wish) = self.epoch_wish()? {
            self.choose_shred_epoch()?;
            return self.seal_epoch_link(&home, wish);
        }
        if self.store.view().meta(REKEY_WISH)?.is_some() {
            return self.seal_rekey_link(&home);
        }
        self.tend_recovery(&home)?;
        if self.store.view().outbox_has_link(home.id)? {
            return Ok(());
        }
        self.tend_shredding(&home)
    }

    /// Who signs links that only a settled device may make: the phrase, while it is at hand and counts.
    pub(super) fn ranking_key(&self) -> SigningKey {
        let counts = self.home_chain.as_ref().and_then(DeviceChain::recovery);
        match &self.recovery {
            Some(keys) if counts == Some(&keys.public()) => keys.signing.clone(),
            _ => self.identity.signing.clone(),
        }
    }

    /// Drops a link that begins an epoch and was made before something that was read since; whether there was one. It is not in the
    /// log, which was read to its end, and may not come there any more: it says up to where the records of the epoch before hold, and
    /// what came in between would hold for nobody.
    pub(super) fn drop_late_epoch(&mut self) -> Result<bool, Error> {
        let home = self.home()?;
        let Some(waiting) = self.store.view().outbox_epoch(home.id)? else {
            return Ok(false);
        };
        let link = receive(&self.keys(&home)?, home.id, 0, waiting.hash, &waiting.record)
            .ok()
            .and_then(|one| Link::parse(&one.inside.projection).ok());
        let chain = self.home_chain.as_ref();
        let is_known = |link: &Link| chain.is_some_and(|chain| chain.contains(&link.link_hash()));
        // One that is part of the chain is only sent again.
        if link.is_some_and(|link| link.seen() == seen(&home) || is_known(&link)) {
            return Ok(false);
        }
        self.commit(&[Change::Sync], |tx| Ok(tx.remove_outbox(waiting.n)?))?;
        Ok(true)
    }

    fn seal_epoch_link(&mut self, home: &SpaceRow, wish: EpochWish) -> Result<(), Error> {
        let author = self.ranking_key();
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let may_go = |one: &RemovalWish| {
            chain.device(&one.signing).is_some() && chain.may_remove(&author.public(), &one.signing, home.head_time)
        };
        let asked = !wish.removed.is_empty();
        // Who stays after all is let in again, where the relay was told otherwise.
        let mut entry = self.wished_access(home.id)?;
        for one in wish.removed.iter().filter(|one| one.is_out && !may_go(one)) {
            if let Some(device) = chain.device(&one.signing) {
                entry.let_in(device.access);
            }
        }
        let mut refused = self.refused_removals()?;
        let is_refused = |one: &&RemovalWish| chain.device(&one.signing).is_some() && !may_go(one);
        refused.extend(wish.removed.iter().filter(is_refused).map(|one| one.signing));
        let removed: BTreeMap<PublicKey, u64> = wish
            .removed
            .into_iter()
            .filter(may_go)
            .map(|one| (one.signing, one.trusted_upto.min(home.cursor)))
            .collect();
        if asked && removed.is_empty() {
            // Another device did it already, or this one may not any more: then it is said what it takes.
            self.commit(&[Change::Devices], |tx| {
                super::access::put_wish(tx, home.id, &entry)?;
                put_refused(tx, &refused)?;
                Ok(tx.remove_meta(WISH)?)
            })?;
            return self.judge_again();
        }
        let epoch = chain.current_epoch().checked_add(1).ok_or(Error::Internal)?;
        let recipients = chain.recipients(&removed.keys().copied().collect::<BTreeSet<_>>());
        let key = EpochKey::random(self.entropy.as_mut());
        let mut keys = self.kept_keys(home)?;
        keys.epoch_keys.insert(epoch, key.clone());
        let keys = keys.fitting(recipients.len(), limits::LINK_BOX_BYTES_MAX);
        let key_box = seal_key_box(&home.id, &recipients, &keys, self.entropy.as_mut())?;
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let link = if removed.is_empty() {
            chain.new_epoch(&author, seen(home), &key, key_box)?
        } else {
            chain.remove_devices(&author, &removed, basis(home), &key, key_box)?
        };
        let under_way = UnderWay {
            hash: LinkHash::of(&link),
            epoch,
            key: *key.as_bytes(),
        };
        self.push_link(link, EPOCH_PURPOSE, |tx| {
            let bytes = Zeroizing::new(cairn_wire::encode(&under_way));
            Ok(tx.set_meta(LINK, &bytes)?)
        })
    }

    fn seal_rekey_link(&mut self, home: &SpaceRow) -> Result<(), Error> {
        let secret = KemSecret::random(self.entropy.as_mut());
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let link = chain.rekey(&self.identity.signing, secret.public(), seen(home))?;
        let rekeying = Rekeying {
            hash: LinkHash::of(&link),
            secret: *secret.as_bytes(),
        };
        self.push_link(link, 0, |tx| {
            let bytes = Zeroizing::new(cairn_wire::encode(&rekeying));
            Ok(tx.set_meta(REKEY_LINK, &bytes)?)
        })
    }

    /// Seals a link of this device's own and puts it in the outbox. It is part of the chain when it stands in the log, not
    /// before: of two devices that make one at once, the log decides which is first. Its document is its own hash, so that no
    /// link replaces another.
    pub(super) fn push_link(
        &mut self,
        link: Vec<u8>,
        purpose: u8,
        also: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let plan = Plan::plain(Kind::DeviceLink, link_document(&LinkHash::of(&link)), link);
        self.push_home(purpose, vec![(plan, None)], also)
    }

    /// What follows from a link that `chain` has just taken.
    pub(super) fn consequences(&self, chain: &DeviceChain, link: &Link) -> Result<Consequences, Error> {
        let view = self.store.view();
        let own = self.identity.signing.public();
        let mut after = Consequences::default();
        if let Some(bytes) = view.meta(REKEY_LINK)?.map(Zeroizing::new) {
            let mut rekeying: Rekeying = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
            if rekeying.hash == link.link_hash() {
                let kem = KemSecret::from_bytes(rekeying.secret);
                after.identity = Some(self.identity.encode_with(self.identity.home, &kem));
                after.kem = Some(kem);
            }
            rekeying.secret.zeroize();
        }
        let home = self.home()?;
        let is_for_us = chain.device(&own).is_some() || self.recovery.is_some() || self.is_renewing()?;
        if chain.current_epoch() <= home.epoch || !is_for_us {
            return Ok(after);
        }
        if let Some(bytes) = view.meta(LINK)?.map(Zeroizing::new) {
            let mut under_way: UnderWay = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
            if under_way.hash == link.link_hash() {
                let mut keys = self.space_keys(&home)?;
                keys.epoch_keys
                    .insert(under_way.epoch, EpochKey::from_bytes(under_way.key));
                after.keys = Some(keys);
            }
            under_way.key.zeroize();
        }
        if after.keys.is_none()
            && let Some(key_box) = link.key_box()
            && let Some(keys) = self.opened(&home, key_box)?
            && keys.check(&chain.commitments()).is_ok()
            && keys.slot_key.as_bytes() == &home.slot_key
        {
            (after.keys, after.wants_rekey) = (Some(keys), true);
        }
        Ok(after)
    }

    /// The keys in a box, opened with this device's key or that of the phrase at hand.
    fn opened(&self, home: &SpaceRow, key_box: &[u8]) -> Result<Option<SpaceKeys>, Error> {
        let phrase = self.recovery.as_ref().map(|keys| &keys.kem);
        let former = self.former()?;
        let former = former.iter().flat_map(super::renewing::Former::kems);
        let mut kems = std::iter::once(&self.identity.kem).chain(phrase).chain(former);
        Ok(kems.find_map(|kem| open_key_box(&home.id, kem, key_box).ok()))
    }

    /// The X-Wing key that is about to take the place of this device's.
    pub(super) fn next_kem(&self) -> Result<Option<KemSecret>, Error> {
        let Some(bytes) = self.store.view().meta(REKEY_LINK)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        let mut rekeying: Rekeying = cairn_wire::decode_canonical(&bytes).map_err(|_| Error::Internal)?;
        let kem = KemSecret::from_bytes(rekeying.secret);
        rekeying.secret.zeroize();
        Ok(Some(kem))
    }

    /// Takes note of what followed, in memory, once it is durable.
    pub(super) fn settle(&mut self, after: Consequences) {
        if let Some(kem) = after.kem {
            self.identity.kem = kem;
        }
    }
}

impl Consequences {
    /// Writes what followed, in the transaction that keeps the link.
    pub(super) fn put(
        &self,
        tx: &Tx<'_>,
        home: &SpaceRow,
        wish: Option<EpochWish>,
        chain: &DeviceChain,
    ) -> Result<(), Error> {
        debug_assert_eq!(home.kind, HOME);
        if let Some(keys) = &self.keys {
            let epoch = chain.current_epoch();
            for (epoch, key) in &keys.epoch_keys {
                tx.put_epoch_key(home.id, *epoch, key.as_bytes())?;
            }
            tx.put_space(&SpaceRow { epoch, ..home.clone() })?;
            tx.remove_meta(LINK)?;
            // An epoch without anybody's going is there now, whoever began it; of those who were to go, some may still be there.
            let mut removed = wish.unwrap_or_default().removed;
            removed.retain(|one| chain.device(&one.signing).is_some());
            if removed.is_empty() {
                tx.remove_meta(WISH)?;
            } else {
                want_epoch(tx, &EpochWish { removed })?;
            }
        }
        if self.wants_rekey {
            want_rekey(tx)?;
        }
        if let Some(identity) = &self.identity {
            tx.set_meta(super::identity::IDENTITY, identity)?;
            tx.remove_meta(REKEY_LINK)?;
            tx.remove_meta(REKEY_WISH)?;
            want_empty_log(tx)?;
        }
        Ok(())
    }
}

/// Asks for another X-Wing key of this device's own.
pub(super) fn want_rekey(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.set_meta(REKEY_WISH, &[])?)
}

/// Nobody is to go any more, and no epoch is to begin for it.
pub(super) fn forget_wish(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(WISH)?;
    tx.remove_meta(REFUSED)?;
    Ok(tx.remove_meta(LINK)?)
}

/// This device has another X-Wing key by now, under another name.
pub(super) fn forget_rekey(tx: &Tx<'_>) -> Result<(), Error> {
    tx.remove_meta(REKEY_LINK)?;
    Ok(tx.remove_meta(REKEY_WISH)?)
}

/// Keeps which removals wait for the phrase.
pub(super) fn put_refused(tx: &Tx<'_>, refused: &BTreeSet<PublicKey>) -> Result<(), Error> {
    if refused.is_empty() {
        return Ok(tx.remove_meta(REFUSED)?);
    }
    let keys: Vec<PublicKey> = refused.iter().copied().collect();
    Ok(tx.set_meta(REFUSED, &cairn_wire::encode(&keys))?)
}

/// Asks for a new epoch with the next round of sync.
pub(super) fn want_epoch(tx: &Tx<'_>, wish: &EpochWish) -> Result<(), Error> {
    Ok(tx.set_meta(WISH, &cairn_wire::encode(wish))?)
}

/// What this device has verified of its home space, for a link that needs the relay's clock.
pub(super) fn basis(home: &SpaceRow) -> Basis {
    Basis {
        seen: seen(home),
        head: SignedHead {
            space: home.id,
            incarnation: home.incarnation,
            n: home.head_n,
            chain: ChainHash::from_bytes(home.head_chain),
            time_ms: home.head_time,
            signature: Signature::from_bytes(home.head_signature),
        },
    }
}
