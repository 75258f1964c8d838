//! The single-threaded heart of a vault: a command or an answer in, changes out.
//!
//! An engine owns the only writing connection, the keys and the state of sync. It waits for nothing and knows no
//! threads: `shell` gives it one, and a simulator drives dozens in one.

use super::carrying::Carrying;
use super::identity::{IDENTITY, Identity};
use super::latch::Latch;
use super::merging::Going;
use super::phrase::PhraseWork;
use super::plan::OpenCopy;
use super::recovering::Recovering;
use super::showing_carrying::ShowingCarried;
use super::support_asking::GateWishes;
use super::{Change, Error};
use crate::clock::{Clock, Timestamp};
use crate::crypto::{DeviceChain, EpochKey, RecoveryKeys, SigningKey, SlotKey, SupportChain};
use crate::document::Actor;
use crate::id::{DocumentId, Entropy, random_bytes};
use crate::store::{SpaceRow, Store, Tx};
use crate::sync::Round;
use cairn_wire::{RecordId, SlotId, SpaceId, Token, chain_0};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Home in the `kind` of a [`SpaceRow`].
pub(super) const HOME: u8 = 0;
/// Support space in the `kind` of a [`SpaceRow`].
pub(super) const SUPPORT: u8 = 1;

/// One person's vault on one device.
pub struct Engine {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Box<dyn Entropy>,
    pub(super) identity: Identity,
    /// The name under which this opening of the vault writes in documents.
    pub(super) actor: Actor,
    pub(super) home_chain: Option<DeviceChain>,
    pub(super) tokens: BTreeMap<SpaceId, Token>,
    pub(super) round: Option<Round>,
    pub(super) changes: BTreeSet<Change>,
    /// The keys of the recovery phrase, while it is at hand.
    pub(super) recovery: Option<Box<RecoveryKeys>>,
    /// A new recovery phrase, from its showing until it is in its place.
    pub(super) phrase: Option<Box<PhraseWork>>,
    /// A recovery phrase that is letting this device in.
    pub(super) recovering: Option<Box<Recovering>>,
    /// Where records for recovery phrases lie in the home space: nothing that this device reads.
    pub(super) recovery_slots: Vec<SlotId>,
    /// Whether this round entered the home space as the phrase.
    pub(super) entered_as_phrase: bool,
    /// How many documents this round may still seal again.
    pub(super) again_left: usize,
    /// Documents that could not be sealed again in this round.
    pub(super) again_failing: BTreeSet<DocumentId>,
    /// Names that somebody else's record has at the relay: what was to have one of them goes under another.
    pub(super) taken: BTreeSet<RecordId>,
    /// Devices that are to go, as of the page that is being kept.
    pub(super) going: Going,
    /// The epoch of each relay's space, as it was last heard.
    pub(super) relay_epochs: BTreeMap<SpaceId, u32>,
    /// The newest epoch of a log that began anew of which something could be opened.
    pub(super) heard_epoch: u32,
    /// What the relay was last asked about who may enter.
    pub(super) access_asked: Option<super::access::Asked>,
    /// Places of the outbox that the relay does not take in this round.
    pub(super) held_back: BTreeSet<i64>,
    /// Seeds of access keys with which the relay was asked in vain in this round.
    pub(super) keys_tried: BTreeSet<[u8; 32]>,
    /// Spaces whose log was read to its end in this round.
    pub(super) read_to_end: BTreeSet<SpaceId>,
    /// Spaces of which every page that was taken back has been followed since this device runs.
    pub(super) pages_followed: BTreeSet<SpaceId>,
    /// What is wanted of gates.
    pub(super) gate_wishes: GateWishes,
    /// The chains of support spaces, as they were last verified.
    pub(super) support_chains: RefCell<BTreeMap<SpaceId, Arc<SupportChain>>>,
    /// Files of attachments that are being sealed, by number.
    pub(super) sealing: BTreeSet<u64>,
    /// What this round carries of attachments.
    pub(super) carrying: Carrying,
    /// What it carries of what is shown of attachments.
    pub(super) showing: ShowingCarried,
    /// What a failing host method of sync leaves for the one who drives it.
    pub(super) host_error: Option<Error>,
    /// Where the copy of the plan goes that opens without unlocking; none for an engine without a folder of its own.
    pub(super) open_copy: Option<OpenCopy>,
    /// Whether this person's people are hidden from the app; an engine without a shell hides none.
    pub(super) hides_people: bool,
    /// Whether the vault is unlocked, for what is read outside of its threads; none for an engine without a shell.
    pub(super) latch: Option<Arc<Latch>>,
    /// Whether everything is to be erased, now or at a time to come.
    pub(super) is_ending: bool,
    /// Whether the relay was asked, since the time came, if somebody stopped it.
    pub(super) has_looked: bool,
    /// Whether the relay has proved in this round that the home space is closed.
    pub(super) heard_closed: bool,
    /// Whether this may be an older state of a vault, and could not become another device.
    pub(super) may_be_old: bool,
    /// Whether each relay wakes anybody, as it said since this vault was opened.
    pub(super) relay_wakes: BTreeMap<String, bool>,
    /// Spaces whose relay was told in this round where this device is woken, or refused to hear it.
    pub(super) wake_asked: BTreeSet<SpaceId>,
    /// What the relay is being told of the end of each space in this round.
    pub(super) telling: BTreeMap<SpaceId, u64>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine(…)")
    }
}

impl Engine {
    /// The vault in `store`; a store without one becomes a new vault of a device called `device_name`.
    ///
    /// # Errors
    /// [`Error::Store`], or [`Error::Internal`] when what is stored there is not of this software.
    pub fn new(
        mut store: Store,
        device_name: &str,
        clock: Arc<dyn Clock>,
        mut entropy: Box<dyn Entropy>,
    ) -> Result<Self, Error> {
        let stored = store.view().meta(IDENTITY)?;
        let identity = match stored {
            Some(bytes) => Identity::decode(&bytes)?,
            None => {
                let identity = Identity::random(device_name, entropy.as_mut());
                let home = new_space(identity.home, HOME, entropy.as_mut());
                let slot_key = SlotKey::random(entropy.as_mut());
                let epoch_key = EpochKey::random(entropy.as_mut());
                store.write(|tx| {
                    tx.set_meta(IDENTITY, &identity.encode())?;
                    tx.put_space(&SpaceRow {
                        slot_key: *slot_key.as_bytes(),
                        ..home
                    })?;
                    tx.put_epoch_key(identity.home, 1, epoch_key.as_bytes())?;
                    Ok::<_, Error>(())
                })?;
                identity
            }
        };
        // Were the database put back unnoticed, a change made now would bear the number of another.
        let actor = identity.actor.apart(random_bytes(entropy.as_mut()));
        let mut engine = Self {
            store,
            clock,
            entropy,
            identity,
            actor,
            home_chain: None,
            tokens: BTreeMap::new(),
            round: None,
            changes: BTreeSet::new(),
            recovery: None,
            phrase: None,
            recovering: None,
            recovery_slots: Vec::new(),
            going: Going::new(),
            again_left: 0,
            again_failing: BTreeSet::new(),
            taken: BTreeSet::new(),
            entered_as_phrase: false,
            relay_epochs: BTreeMap::new(),
            heard_epoch: 0,
            access_asked: None,
            held_back: BTreeSet::new(),
            keys_tried: BTreeSet::new(),
            read_to_end: BTreeSet::new(),
            pages_followed: BTreeSet::new(),
            gate_wishes: GateWishes::default(),
            support_chains: RefCell::default(),
            sealing: BTreeSet::new(),
            carrying: Carrying::default(),
            showing: ShowingCarried::default(),
            host_error: None,
            open_copy: None,
            hides_people: false,
            latch: None,
            is_ending: false,
            has_looked: false,
            heard_closed: false,
            may_be_old: false,
            relay_wakes: BTreeMap::new(),
            wake_asked: BTreeSet::new(),
            telling: BTreeMap::new(),
        };
        engine.load_home_chain()?;
        engine.heard_epoch = super::parting::heard_epoch(engine.store.view())?;
        engine.note_ending()?;
        // What a crash left half removed. A vault that cannot finish it now opens all the same; the mark stays.
        if let Err(error) = engine.scrub_if_wanted() {
            tracing::debug!(%error, "what is gone is not yet scrubbed");
        }
        Ok(engine)
    }

    /// The database, for reading.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What has changed since this was last asked.
    pub fn take_changes(&mut self) -> BTreeSet<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn home(&self) -> Result<SpaceRow, Error> {
        self.space_row(self.identity.home)
    }

    pub(super) fn space_row(&self, space: SpaceId) -> Result<SpaceRow, Error> {
        self.store.view().space(space)?.ok_or(Error::NotFound)
    }

    pub(super) fn slot_key(&self, space: SpaceId) -> Result<SlotKey, Error> {
        Ok(SlotKey::from_bytes(self.space_row(space)?.slot_key))
    }

    pub(super) fn record_id(&mut self) -> RecordId {
        RecordId::from_bytes(random_bytes(self.entropy.as_mut()))
    }

    /// One transaction, and a note of what it changed once it is durable.
    pub(super) fn commit<T>(
        &mut self,
        changes: &[Change],
        work: impl FnOnce(&Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let value = self.store.write(work)?;
        self.changes.extend(changes.iter().copied());
        Ok(value)
    }
}

/// The row of a space that exists nowhere but here yet.
pub(super) fn new_space(id: SpaceId, kind: u8, entropy: &mut dyn Entropy) -> SpaceRow {
    SpaceRow {
        id,
        kind,
        side: 0,
        administer: true,
        origin: String::new(),
        relay_key: [0; 32],
        access_seed: *SigningKey::random(entropy).seed(),
        slot_key: [0; 32],
        incarnation: 1,
        epoch: 1,
        cursor: 0,
        chain: *chain_0(&id).as_bytes(),
        head_n: 0,
        head_chain: *chain_0(&id).as_bytes(),
        head_time: 0,
        head_signature: [0; 64],
        acked: 0,
        writer_seq: 0,
        created: false,
        relationship: None,
        access_version: 1,
    }
}
