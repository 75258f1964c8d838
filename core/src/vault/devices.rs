//! The person's devices: the relay of the home space, the device chain, and what pairing does to both.

use super::access::{Wish, put_wish};
use super::engine::HOME;
use super::epochs::basis;
use super::receive::{Received, SetAside, receive};
use super::shredding::note_link;
use super::{Change, Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::{
    CryptoError, Device, DeviceChain, EpochKey, Hello, Link, LinkHash, Reveal, SigningKey, SlotKey, SpaceKeys, Welcome,
    open_key_box, seal_key_box,
};
use crate::id::DocumentId;
use crate::profile;
use crate::record::Kind;
use crate::store::{OutboxRow, SpaceRow, Tx};
use cairn_wire::{ChainHash, PublicKey, Seen, SpaceId, bounds};
use std::collections::BTreeMap;

/// The name of the genesis this vault must find in its home space, once it has joined one.
pub(super) const PINNED_GENESIS: &str = "home.genesis";

/// The names of the link and the device that the other side revealed before its digits were compared.
const PINNED_TIP: &str = "home.tip";
const PINNED_DEVICE: &str = "home.device";

/// The name of the recovery phrase that let this device in.
pub(super) const PINNED_PHRASE: &str = "home.phrase";

/// Another home space takes the place of this one, and nothing that was to be found there is to be found in it.
pub(super) fn forget_pins(tx: &Tx<'_>) -> Result<(), Error> {
    for name in [PINNED_GENESIS, PINNED_TIP, PINNED_DEVICE, PINNED_PHRASE] {
        tx.remove_meta(name)?;
    }
    Ok(())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// One of the person's devices.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceCard {
    /// Its name in the chain: the key it signs with.
    pub id: PublicKey,
    /// What the person called it.
    pub name: String,
    /// Whether it is the one in hand.
    pub is_this_one: bool,
    /// When it was added, by the relay's clock; none for the first one.
    pub added: Option<Timestamp>,
    /// Whether it is to go, and the relay has not heard of it yet.
    pub is_going: bool,
    /// Whether it was to go and did not, because that takes the recovery phrase, which was at hand then and is no more. Having it at hand
    /// again goes on with the removal.
    pub needs_phrase: bool,
}

/// Shows no name.
impl std::fmt::Debug for DeviceCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceCard")
            .field("is_this_one", &self.is_this_one)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Gives the vault a relay. The home space begins there at the next round of sync.
    ///
    /// # Errors
    /// [`Error::BadOrigin`], [`Error::OtherRelay`].
    pub fn connect(&mut self, origin: &str) -> Result<(), Error> {
        let origin = checked_origin(origin)?;
        let home = self.home()?;
        if home.origin == origin {
            return Ok(());
        }
        if !home.origin.is_empty() {
            return Err(Error::OtherRelay);
        }
        self.commit(&[Change::Sync], |tx| Ok(tx.put_space(&SpaceRow { origin, ..home })?))
    }

    /// The relay of the home space, if it has one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn relay(&self) -> Result<Option<String>, Error> {
        Ok(Some(self.home()?.origin).filter(|origin| !origin.is_empty()))
    }

    /// The person's devices as the device chain names them; this one alone before there is a chain.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn devices(&self) -> Result<Vec<DeviceCard>, Error> {
        let own = self.identity.signing.public();
        let Some(chain) = &self.home_chain else {
            return Ok(vec![DeviceCard {
                id: own,
                name: self.name_of(&own, &self.identity.name)?,
                is_this_one: true,
                added: None,
                is_going: false,
                needs_phrase: false,
            }]);
        };
        let refused = self.refused_removals()?;
        let going = self.epoch_wish()?.unwrap_or_default().removed;
        let card = |(signing, device): (&PublicKey, &Device)| {
            let added = chain.added(signing).filter(|added| added.time_ms > 0);
            Ok(DeviceCard {
                id: *signing,
                name: self.name_of(signing, &device.name)?,
                is_this_one: *signing == own,
                added: added.and_then(|added| i64::try_from(added.time_ms).ok()).map(Timestamp),
                is_going: going.iter().any(|one| one.signing == *signing),
                needs_phrase: refused.contains(signing),
            })
        };
        chain.devices().iter().map(card).collect()
    }

    /// Whether the chain says that this device is one of the person's no more.
    pub fn is_removed(&self) -> bool {
        let own = self.identity.signing.public();
        // While it waits for another name, it is who it was.
        let former = self.former().ok().flatten();
        let known = former.map_or(own, |former| former.identity.signing.public());
        self.home_chain
            .as_ref()
            .is_some_and(|chain| chain.removed().contains_key(&own) || chain.removed().contains_key(&known))
    }

    /// What the person calls a device: what they said last, or what it was called when it was added.
    pub(super) fn name_of(&self, device: &PublicKey, added_as: &str) -> Result<String, Error> {
        let said = self.fields(self.settings_document()?)?;
        let name = profile::device_name(&said, &hex(device.as_bytes())).unwrap_or(added_as);
        Ok(name.to_owned())
    }

    /// Calls a device something else, on all of them.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Profile`] where the name passes its bound.
    pub fn rename_device(&mut self, id: PublicKey, name: &str) -> Result<(), Error> {
        let is_own = id == self.identity.signing.public();
        let is_known = is_own
            || self
                .home_chain
                .as_ref()
                .is_some_and(|chain| chain.device(&id).is_some());
        if !is_known {
            return Err(Error::NotFound);
        }
        let changes = profile::set_device_name(&hex(id.as_bytes()), name)?;
        if self.home_chain.is_some() {
            self.change_settings(|_| Ok(changes))?;
            self.changes.insert(Change::Devices);
            return Ok(());
        }
        // Nobody else knows it yet, and an empty vault stays one.
        name.trim().clone_into(&mut self.identity.name);
        let identity = self.identity.encode();
        self.commit(&[Change::Devices], |tx| {
            Ok(tx.set_meta(super::identity::IDENTITY, &identity)?)
        })
    }

    pub(super) fn load_home_chain(&mut self) -> Result<(), Error> {
        let links = self.store.view().links(self.identity.home)?;
        if !links.is_empty() {
            self.follow(DeviceChain::verify(links.iter().map(Vec::as_slice))?);
        }
        Ok(())
    }

    pub(super) fn own_device(&self, home: &SpaceRow) -> Device {
        Device {
            signing: self.identity.signing.public(),
            kem: self.identity.kem.public(),
            access: SigningKey::from_seed(&home.access_seed).public(),
            name: self.identity.name.clone(),
        }
    }

    /// The first link: this space, this relay, this device.
    pub(super) fn begin_home_chain(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        let view = self.store.view();
        let is_begun =
            self.home_chain.is_some() || view.meta(PINNED_GENESIS)?.is_some() || view.outbox_has_link(home.id)?;
        if is_begun || !home.created || self.waits_to_be_let_in()? {
            return Ok(());
        }
        // A vault that was put back may have begun it before: the log tells.
        let has_read = home.head_signature != [0; 64] && home.head_n == 0;
        if self.is_renewing()? && !has_read {
            return Ok(());
        }
        let relay = PublicKey::from_bytes(home.relay_key);
        let (chain, link) = DeviceChain::found(
            &self.identity.signing,
            home.id,
            self.own_device(&home),
            (&home.origin, relay),
            seen(&home),
            &self.epoch_key(&home)?,
            None,
        )?;
        drop(chain);
        self.push_link(link, 0, |_| Ok(()))
    }

    /// A link of this device's own stands in the log.
    pub(super) fn link_landed(&mut self, home: &SpaceRow, out: &OutboxRow) -> Result<(), Error> {
        let keys = self.keys(home)?;
        if let Ok(received) = receive(&keys, home.id, 0, out.hash, &out.record) {
            // Where the chain went on without it, the link is nothing, and is made anew by whoever wants it.
            let _is_part_of_the_chain = self.keep_device_link(&received)?.is_ok();
        }
        Ok(())
    }

    /// A link of the chain arrived: it continues the chain, or is known already.
    pub(super) fn keep_device_link(&mut self, one: &Received) -> Result<Result<(), SetAside>, Error> {
        if one.inside.kind != Kind::DeviceLink {
            return Ok(Err(SetAside::TooNew));
        }
        let bytes = one.inside.projection.as_slice();
        let hash = LinkHash::of(bytes);
        if one.document() != link_document(&hash) || !one.is_signed() {
            return Ok(Err(SetAside::NotSigned));
        }
        if let Some(index) = self.home_chain.as_ref().and_then(|chain| chain.index_of(&hash)) {
            self.link_stands(index, one.header.epoch)?;
            return Ok(Ok(()));
        }
        let continued = match self.home_chain.clone() {
            None => match self.store.view().meta(PINNED_GENESIS)? {
                Some(pinned) if pinned.as_slice() != hash.as_bytes() => Err(CryptoError::ChainRefused),
                _ => DeviceChain::begin(bytes).and_then(|chain| Ok((chain, Link::parse(bytes)?))),
            },
            Some(mut chain) => chain.append(bytes).map(|link| (chain, link)),
        };
        let (chain, link) = match continued {
            Ok(continued) => continued,
            Err(CryptoError::TooNew) => return Ok(Err(SetAside::TooNew)),
            // Of two links made at once one is first; whoever wanted the other makes it anew.
            Err(_) if self.home_chain.as_ref().is_some_and(|chain| chain.went_past(bytes)) => {
                if self.departs(bytes, one.header.incarnation)? {
                    self.part()?;
                }
                return Ok(Ok(()));
            }
            Err(_) => return Ok(Err(SetAside::Stranger)),
        };
        let (home, index) = (self.home()?, chain.length() - 1);
        let (after, wish) = (self.consequences(&chain, &link)?, self.epoch_wish()?);
        let gone = self.gone_with(&chain)?;
        let stopped = self.stopped_by(&chain)?;
        self.commit(&[Change::Devices], |tx| {
            tx.put_link(home.id, index, hash.as_bytes(), bytes)?;
            note_link(tx, index, one.header.epoch)?;
            gone.put(tx)?;
            stopped.put(tx)?;
            after.put(tx, &home, wish, &chain)
        })?;
        self.follow(chain);
        self.settle(after);
        Ok(Ok(()))
    }

    /// The digits were right: the new device is added to the chain, and the relay will let it in.
    pub(super) fn add_device(&mut self, hello: &Hello) -> Result<(), Error> {
        let home = self.home()?;
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let device = device_of(hello);
        let link = match chain.device(&hello.signing) {
            Some(known) if *known == device => None,
            // The relay has begun anew, and nothing was read since: the link is made when that is done.
            _ if home.head_signature == [0; 64] => None,
            _ => Some(chain.add_device(&self.identity.signing, device, basis(&home), None)?),
        };
        let mut wish = self.wished_access(home.id)?;
        wish.let_in(hello.access);
        self.commit(&[Change::Devices], |tx| put_wish(tx, home.id, &wish))?;
        match link {
            Some(link) => self.push_link(link, 0, |_| Ok(())),
            None => Ok(()),
        }
    }

    /// Whether the new device's link stands in the log and the relay lets it in: only then is it welcomed.
    pub(super) fn device_is_in(&mut self, hello: &Hello) -> Result<bool, Error> {
        let home = self.identity.home;
        match self.home_chain.as_ref().and_then(|chain| chain.device(&hello.signing)) {
            // The same name with other keys: nothing is sealed to keys that no link vouches for.
            Some(known) if *known != device_of(hello) => Err(Error::Handshake),
            Some(_) => Ok(self.wished_access(home)? == Wish::default()),
            None => {
                if !self.store.view().outbox_has_link(home)? {
                    self.add_device(hello)?; // It was refused, or this device died between the digits and the link.
                }
                Ok(false)
            }
        }
    }

    /// What a new device needs to open the home space.
    pub(super) fn home_welcome(&mut self, hello: &Hello) -> Result<Welcome, Error> {
        let home = self.home()?;
        let chain = self.home_chain.as_ref().ok_or(Error::NoRelay)?;
        let genesis = chain.genesis();
        let kem = chain.device(&hello.signing).ok_or(Error::Handshake)?.kem.clone();
        let keys = self.kept_keys(&home)?;
        let key_box = seal_key_box(&home.id, std::slice::from_ref(&kem), &keys, self.entropy.as_mut())?;
        Ok(Welcome {
            key_box,
            genesis,
            seen: seen(&home),
            space: home.id,
        })
    }

    /// Whether the home space this device joined is the one whose digits were compared: its chain holds the link and the
    /// device that the other side revealed, and vouches for every key of the welcome. Before that nothing is sealed here.
    pub(super) fn home_is_proven(&mut self, space: SpaceId) -> Result<bool, Error> {
        let view = self.store.view();
        let home = self.home()?;
        let pinned = |name: &str| -> Result<Option<[u8; 32]>, Error> {
            let bytes = view.meta(name)?;
            bytes
                .map(|bytes| bytes.try_into().map_err(|_| Error::Internal))
                .transpose()
        };
        let (tip, signing, phrase) = (pinned(PINNED_TIP)?, pinned(PINNED_DEVICE)?, pinned(PINNED_PHRASE)?);
        if space != home.id || (tip.is_none() && phrase.is_none()) {
            return Ok(true);
        }
        let is_proven = self.home_chain.as_ref().is_some_and(|chain| {
            let recovery = chain.recovery().map(|recovery| *recovery.signing.as_bytes());
            tip.is_none_or(|tip| chain.contains(&LinkHash::from_bytes(tip)))
                && signing.is_none_or(|signing| self.vouches(chain, &PublicKey::from_bytes(signing)))
                && phrase.is_none_or(|phrase| recovery == Some(phrase))
                && self
                    .space_keys(&home)
                    .is_ok_and(|keys| keys.check(&chain.commitments()).is_ok())
        });
        if self.needs_joining()? && !is_proven {
            return Ok(false);
        }
        if !is_proven && home.cursor == home.head_n && !planted!(WelcomeUnproven) {
            return Err(Error::Handshake);
        }
        if is_proven {
            // Proven once: devices and phrases that were named then may go.
            self.commit(&[], |tx| {
                for name in [PINNED_TIP, PINNED_DEVICE, PINNED_PHRASE] {
                    tx.remove_meta(name)?;
                }
                Ok(())
            })?;
        }
        Ok(is_proven || planted!(WelcomeUnproven))
    }

    /// Whether the device that showed this one the way is one of the person's, or was while it added this one. One that is removed keeps
    /// its keys and its copy of the chain, and can show others a way.
    fn vouches(&self, chain: &DeviceChain, offerer: &PublicKey) -> bool {
        let is_in = |signing: &PublicKey| chain.device(signing).is_some();
        is_in(offerer) || (chain.added(offerer).is_some() && is_in(&self.identity.signing.public()))
    }

    /// The keys of the home space that are not to be destroyed.
    pub(super) fn kept_keys(&self, home: &SpaceRow) -> Result<SpaceKeys, Error> {
        let mut keys = self.space_keys(home)?;
        let let_go = self.home_chain.as_ref().map_or(0, DeviceChain::let_go);
        keys.epoch_keys.retain(|epoch, _| *epoch >= let_go);
        Ok(keys)
    }

    pub(super) fn space_keys(&self, space: &SpaceRow) -> Result<SpaceKeys, Error> {
        let epoch_keys: BTreeMap<u32, EpochKey> = self
            .store
            .view()
            .epoch_keys(space.id)?
            .into_iter()
            .map(|(epoch, key)| (epoch, EpochKey::from_bytes(*key)))
            .collect();
        Ok(SpaceKeys {
            slot_key: SlotKey::from_bytes(space.slot_key),
            epoch_keys,
        })
    }

    /// Whether there is nothing here that joining another vault would leave behind.
    pub(super) fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.home()?.origin.is_empty() && !self.holds_documents()?)
    }

    /// Whether anything of a journal is here.
    pub(super) fn holds_documents(&self) -> Result<bool, Error> {
        let view = self.store.view();
        Ok(view.entry_count()? > 0
            || !view.documents_of(Kind::Profile.number())?.is_empty()
            || !view.documents_of(Kind::Settings.number())?.is_empty()
            || !view.documents_of(Kind::Plan.number())?.is_empty()
            || !view.documents_of(Kind::Relationship.number())?.is_empty()
            || !view.documents_of(Kind::Past.number())?.is_empty())
    }

    /// Takes the keys of the home space this device was welcomed to, in the place of its own empty one.
    pub(super) fn join_home(
        &mut self,
        welcome: &Welcome,
        offerer: &Reveal,
        origin: &str,
        relay: PublicKey,
    ) -> Result<(), Error> {
        let is_own = self.identity.home == welcome.space;
        if is_own && !self.may_be_let_in()? {
            return Ok(());
        }
        if !is_own && !self.may_be_let_in()? && !self.is_empty()? {
            return Err(Error::NotEmpty);
        }
        let keys = open_key_box(&welcome.space, &self.identity.kem, &welcome.key_box)?;
        self.adopt_home(welcome.space, keys, welcome.seen, (origin, relay), |tx| {
            tx.set_meta(PINNED_GENESIS, welcome.genesis.as_bytes())?;
            tx.set_meta(PINNED_TIP, offerer.tip.as_bytes())?;
            super::parting::know(tx, &offerer.signing)?;
            Ok(tx.set_meta(PINNED_DEVICE, offerer.signing.as_bytes())?)
        })
    }

    /// Takes a home space in the place of this device's own empty one, or of what a phrase has half opened of it, with what is to be
    /// held against its chain.
    pub(super) fn adopt_home(
        &mut self,
        space: SpaceId,
        keys: SpaceKeys,
        seen: Seen,
        (origin, relay): (&str, PublicKey),
        pins: impl FnOnce(&Tx<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.identity.home == space && self.may_be_let_in()? {
            return self.take_keys_back(&keys, pins);
        }
        let former = self.home()?;
        let home = SpaceRow {
            id: space,
            kind: HOME,
            origin: origin.to_owned(),
            relay_key: *relay.as_bytes(),
            slot_key: *keys.slot_key.as_bytes(),
            incarnation: seen.incarnation,
            epoch: *keys.epoch_keys.keys().next_back().ok_or(Error::Handshake)?,
            cursor: 0,
            chain: *cairn_wire::chain_0(&space).as_bytes(),
            head_n: seen.n,
            head_chain: *seen.chain.as_bytes(),
            created: true,
            ..former.clone()
        };
        let identity = self.identity.encode_with(space, &self.identity.kem);
        self.commit(&[Change::Devices, Change::Sync], |tx| {
            tx.remove_space(former.id)?;
            super::renewing::forget_former(tx)?;
            super::parting::end(tx)?;
            super::ending::forget_notes(tx)?; // Nobody asked for the end of that one here.
            tx.put_space(&home)?;
            for (epoch, key) in &keys.epoch_keys {
                tx.put_epoch_key(home.id, *epoch, key.as_bytes())?;
            }
            pins(tx)?;
            Ok(tx.set_meta(super::identity::IDENTITY, &identity)?)
        })?;
        self.identity.home = space;
        self.home_chain = None;
        self.note_ending()
    }
}

fn device_of(hello: &Hello) -> Device {
    Device {
        signing: hello.signing,
        kem: hello.kem.clone(),
        access: hello.access,
        name: hello.name.clone(),
    }
}

/// The document of a link: the first half of its hash.
pub(super) fn link_document(hash: &LinkHash) -> DocumentId {
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_bytes()[..16]);
    DocumentId::from_bytes(id)
}

/// What this device has verified of a space.
pub(super) fn seen(space: &SpaceRow) -> Seen {
    Seen {
        incarnation: space.incarnation,
        n: space.cursor,
        chain: ChainHash::from_bytes(space.chain),
    }
}

/// The origin of a relay as it is pinned: scheme and host, no slash at the end.
pub(super) fn checked_origin(origin: &str) -> Result<String, Error> {
    let origin = origin.trim().trim_end_matches('/');
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
        .ok_or(Error::BadOrigin)?;
    let plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if host.is_empty() || !plain || origin.len() > bounds::ORIGIN_BYTES_MAX {
        return Err(Error::BadOrigin);
    }
    Ok(origin.to_owned())
}
