//! The vault as sync sees it: places, signatures, the outbox, and pages made durable.

use super::engine::{HOME, SUPPORT};
use super::merging::{LIVE_RECORDS_MAX, Way, check_author, check_standing};
use super::receive::{Keys, SetAside, aside, receive};
use super::shredding::AGAIN;
use super::witness::Stretch;
use super::{Change, Engine, Error};
use crate::crypto::{self, DeviceChain};
use crate::limits;
use crate::record::Kind;
use crate::store::{OutboxRow, Quarantined, Sibling, SpaceRow, StoreError, View};
use crate::sync::{
    AccessWish, BlobAsk, BlobFound, ClosingWish, GateAsk, GateFound, Host, Landed, Outgoing, Place, Purpose, RingAsk,
    SyncError, VerifiedPage, WakeAsk, WakeOffer,
};
use cairn_wire::message::{Access, OutcomeCode, Side};
use cairn_wire::{ChainHash, PublicKey, Record, RecordHash, Signature, SignedHead, SlotId, SpaceId};

impl Engine {
    /// Runs a step of sync for the host; a failure of the device itself is kept for the one who drives the round.
    fn host<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, SyncError> {
        step(self).map_err(|error| match error {
            Error::Sync(error) => error,
            error => {
                self.host_error.get_or_insert(error);
                SyncError::Host
            }
        })
    }

    fn place_of(&self, space: SpaceId) -> Result<Option<Place>, Error> {
        let Some(row) = self.store.view().space(space)? else {
            return Ok(None);
        };
        if row.origin.is_empty() {
            return Ok(None);
        }
        if row.kind == HOME && self.has_parted()? {
            return Err(SyncError::Parted.into());
        }
        let access = self.entry_key(&row)?.public();
        Ok(Some(Place {
            space,
            origin: row.origin.clone(),
            relay_key: (row.relay_key != [0; 32]).then(|| PublicKey::from_bytes(row.relay_key)),
            access,
            incarnation: row.incarnation,
            epoch: row.epoch,
            cursor: row.cursor,
            chain: ChainHash::from_bytes(row.chain),
            head: row.head_n,
            head_chain: ChainHash::from_bytes(row.head_chain),
            acked: row.acked,
            create: if row.created {
                Vec::new()
            } else {
                self.access_of_new(&row, access)?
            },
            create_epoch: self.oldest_epoch(&row)?,
        }))
    }

    fn access_of_new(&self, row: &SpaceRow, own: PublicKey) -> Result<Vec<Access>, Error> {
        let ours = |key| Access {
            key,
            side: Side::Participant,
            administer: true,
        };
        let mut access = vec![ours(own)];
        if row.kind == HOME {
            let others = self.who_may_enter().into_iter().filter(|key| *key != own);
            access.extend(others.map(ours));
        }
        if row.kind == SUPPORT {
            access.extend(self.specialist_access(row)?);
        }
        Ok(access)
    }

    fn take_created(
        &mut self,
        space: SpaceId,
        relay_key: PublicKey,
        epoch: u32,
        head: &SignedHead,
    ) -> Result<(), Error> {
        self.relay_epochs.insert(space, epoch);
        let row = SpaceRow {
            created: true,
            relay_key: *relay_key.as_bytes(),
            incarnation: head.incarnation,
            ..self.space_row(space)?
        };
        let is_home = row.kind == HOME;
        self.commit(&[Change::Sync], |tx| Ok(tx.put_space(&row)?))?;
        if is_home { self.begin_home_chain() } else { Ok(()) }
    }

    fn keep_page(&mut self, space: SpaceId, page: &VerifiedPage<'_>) -> Result<(), Error> {
        self.relay_epochs.insert(space, page.epoch);
        let records: Vec<(u64, RecordHash, &[u8])> = page
            .items
            .iter()
            .filter_map(|item| Some((item.seq, item.hash, item.record?)))
            .collect();
        let before = self.home_chain.as_ref().map_or(0, DeviceChain::length);
        let mut stretch = Stretch::of(&self.space_row(space)?, page);
        let asides = self.keep_records(space, &records, Way::Forward, Some(&mut stretch))?;
        self.find_own(space, page)?;
        let row = self.space_row(space)?;
        let grown = self.home_chain.as_ref().map_or(0, DeviceChain::length);
        let head = &page.head;
        self.commit(&[Change::Sync], |tx| {
            for aside in &asides {
                tx.quarantine(aside)?;
            }
            Self::keep_stretch(tx, &row, &stretch, page)?;
            Ok(tx.put_space(&SpaceRow {
                cursor: page.cursor,
                chain: *page.chain.as_bytes(),
                ..with_head(row, head)
            })?)
        })?;
        if grown > before {
            self.judge_again()?;
        }
        self.notice_left_behind(space, page.epoch)?;
        self.note_ending()?;
        self.scrub_if_wanted()?;
        if page.cursor == head.n {
            self.read_to_end.insert(space);
            let row = self.space_row(space)?;
            self.begin_lease(&row)?;
            if row.relationship.is_some() && row.side == Side::Specialist.number() {
                // By now both clocks are known: who was away for long lets go of what is over before anything else.
                self.forget_expired(self.store.view().shared_in(space)?)?;
            }
            self.take_back_messages(&row)?;
            self.judge_messages(&row)?;
        }
        self.judge(space, &stretch)
    }

    /// What of the outbox stands in the log now has arrived; only this, or a chain that joins, is proof of it.
    fn find_own(&mut self, space: SpaceId, page: &VerifiedPage<'_>) -> Result<(), Error> {
        let mut stored = Vec::new();
        for (n, hash) in self.store.view().outbox_sent(space)? {
            if let Some(item) = page.items.iter().find(|item| item.hash == hash)
                && let Some(out) = self.store.view().outbox_row(n)?
            {
                stored.push((out, item.seq));
            }
        }
        let row = self.space_row(space)?;
        self.take_stored(&row, &stored)
    }

    /// Keeps what the records of a page hold. Answers what was set aside, for the transaction that moves the cursor.
    pub(super) fn keep_records(
        &mut self,
        space: SpaceId,
        records: &[(u64, RecordHash, &[u8])],
        way: Way,
        mut stretch: Option<&mut Stretch>,
    ) -> Result<Vec<Quarantined>, Error> {
        let now = self.now();
        let row = self.space_row(space)?;
        let mut keys = self.keys(&row)?;
        self.hear_who_goes()?;
        let (mut documents, mut tombstones, mut asides) = (Vec::new(), Vec::new(), Vec::new());
        let mut heard: Option<u32> = None;
        let live = records.len() <= LIVE_RECORDS_MAX;
        self.give_way(&row, records, way)?;
        for (seq, hash, record) in records {
            let (seq, hash) = (*seq, *hash);
            if row.kind == HOME && self.is_for_recovery(record) {
                if way == Way::Forward {
                    self.recovery_landed(record)?;
                }
                continue;
            }
            let received = receive(&keys, space, seq, hash, record);
            if let Ok(one) = &received {
                heard = heard.max((one.header.incarnation == row.incarnation).then_some(one.header.epoch));
            }
            if let Ok(one) = &received
                && way == Way::Forward
                && row.kind == HOME
                && self.is_of_a_double(one)?
            {
                self.become_another()?;
            }
            if let (Ok(one), Some(stretch)) = (&received, stretch.as_deref_mut()) {
                self.witness(&row, stretch, one)?;
            }
            let kept = match received {
                Ok(one) if is_home_document(one.inside.kind) && row.kind == HOME => {
                    let (chain, going) = (self.home_chain.as_ref(), &self.going);
                    let checked = match way {
                        Way::Forward if live => check_author(chain, going, &one),
                        Way::Forward => check_standing(chain, going, &one),
                        Way::NewestFirst => Ok(()),
                    };
                    let id = one.document();
                    match checked {
                        Ok(()) => {
                            documents.push(one);
                            Ok(())
                        }
                        // It stood in the log before this one, and what it says is here.
                        Err(SetAside::Removed) if self.stood_before(id, hash)? => Ok(()),
                        Err(why) => {
                            self.take_back(id, hash)?;
                            Err((why, Some(id)))
                        }
                    }
                }
                // Links, tombstones and shared things are taken in order, when the reader gets there.
                Ok(_) if way == Way::NewestFirst => Ok(()),
                Ok(one) if one.inside.kind == Kind::Tombstone && row.kind == HOME => {
                    tombstones.push(one);
                    Ok(())
                }
                Ok(one) => {
                    let id = one.document();
                    let kept = match row.kind {
                        HOME => self.keep_device_link(&one)?,
                        _ => self.keep_shared(&row, &one)?,
                    };
                    keys = self.keys(&self.space_row(space)?)?;
                    kept.map_err(|why| (why, Some(id)))
                }
                // Keys from before are destroyed everywhere: what they sealed is sealed again, further on.
                Err(SetAside::NoKey) if row.kind == HOME && self.is_let_go(&keys, record) => Ok(()),
                Err(why) => Err((why, None)),
            };
            if let Err((why, document)) = kept
                && way == Way::Forward
            {
                if planted!(FailureTold) && why == SetAside::NotOpened {
                    return Err(Error::Sync(SyncError::Garbage));
                }
                asides.push(aside(space, seq, hash, document, why, record, now));
            }
        }
        if way == Way::Forward
            && row.kind == HOME
            && let Some(epoch) = heard
        {
            self.hear_of_epoch(space, epoch)?;
        }
        let look_now = live && way == Way::Forward;
        let record_of = |hash: RecordHash| {
            records
                .iter()
                .find(|(_, known, _)| *known == hash)
                .map_or(&[][..], |(_, _, record)| record)
        };
        // A link further on in this page may have removed whoever made one of them.
        for one in tombstones {
            let kept = match check_author(self.home_chain.as_ref(), &self.going, &one) {
                Ok(()) => self.keep_tombstone(&one)?,
                Err(why) => Err(why),
            };
            if let Err(why) = kept {
                let record = record_of(one.hash);
                asides.push(aside(space, one.seq, one.hash, Some(one.document()), why, record, now));
            }
        }
        let (chain, going) = (self.home_chain.as_ref(), &self.going);
        let mut strange = Vec::new();
        if way == Way::Forward && row.kind == HOME {
            let checked = documents
                .into_iter()
                .map(|one| (check_standing(chain, going, &one), one));
            let (standing, others): (Vec<_>, Vec<_>) = checked.partition(|(checked, _)| checked.is_ok());
            documents = standing.into_iter().map(|(_, one)| one).collect();
            strange.extend(
                others
                    .into_iter()
                    .filter_map(|(checked, one)| Some((one, checked.err()?))),
            );
        }
        let kept = self.keep_documents(space, documents, way, look_now)?;
        if way == Way::Forward {
            strange.extend(kept.strange);
            for (one, why) in strange {
                asides.push(aside(
                    space,
                    one.seq,
                    one.hash,
                    Some(one.document()),
                    why,
                    record_of(one.hash),
                    now,
                ));
            }
            for one in kept.apart {
                let record = record_of(one.hash);
                self.merge(space, one, record)?;
            }
        }
        if way == Way::Forward && row.kind == HOME {
            self.undo_at_the_relay(&row, &asides)?;
        }
        self.adopt_relationships()?;
        Ok(asides)
    }

    /// Whether a record is sealed under an epoch whose key this device was never to have, or has destroyed.
    fn is_let_go(&self, keys: &Keys, record: &[u8]) -> bool {
        let oldest = keys.epochs.iter().map(|(epoch, _)| *epoch).min().unwrap_or_default();
        let let_go = self.home_chain.as_ref().map_or(oldest, DeviceChain::let_go);
        Record::parse(record).is_ok_and(|record| record.header.epoch < oldest.min(let_go))
    }

    fn next_outgoing(&mut self, space: SpaceId) -> Result<Vec<Outgoing>, Error> {
        let waiting = |engine: &Self| {
            let count = cairn_wire::bounds::APPEND_RECORDS_MAX;
            engine
                .store
                .view()
                .outbox_but(space, &engine.held_back, limits::PUSH_BYTES_MAX, count)
        };
        if !self.home_is_proven(space)? {
            return Ok(Vec::new());
        }
        if space == self.identity.home
            && let Some(link) = self.epoch_link()?
        {
            return self.hand_over(vec![link]);
        }
        let mut rows = waiting(self)?;
        if space == self.identity.home && !self.is_in_chain() && (self.is_renewing()? || self.needs_joining()?) {
            // Until the chain says whose it is, nothing goes out but the link that says so.
            rows.retain(|row| row.document.is_none());
            return self.hand_over(first_of_a_kind(rows)?);
        }
        if space == self.identity.home && (!self.chain_stands()? || !self.strange_devices()?.is_empty()) {
            // What follows is for those whom the chain names: first the log has to name them, and the person to know them.
            rows.retain(|row| row.document.is_none());
            return self.hand_over(first_of_a_kind(rows)?);
        }
        if space == self.identity.home && self.epoch_wish()?.is_some() {
            // What is new is for those who are left: until the epoch has begun, links alone go, and what was on its way.
            rows.retain(|row| row.document.is_none() || row.sent);
            return self.hand_over(first_of_a_kind(rows)?);
        }
        let row = self.space_row(space)?;
        if row.kind == SUPPORT && self.drop_overtaken_links(&row)? {
            rows = waiting(self)?;
        }
        if row.kind == SUPPORT && (self.is_turning(&row)? || self.is_halted(&row)?) {
            // What was sealed to be shown under this epoch is for those of the next one, and what was sealed before a pause or an end is decided again.
            self.take_back_views(&row)?;
            rows = waiting(self)?;
        }
        if row.kind == SUPPORT && self.links_go_first(&row)? {
            rows.retain(|row| row.document.is_none());
        }
        if rows.is_empty() {
            let now = self.now();
            match row.kind {
                HOME => {
                    self.make_personas()?;
                    self.seal_waiting(now)?;
                    self.seal_closings()?;
                    if self.store.view().outbox(space, 1, 1)?.is_empty() {
                        self.seal_again()?;
                        self.end_healing()?;
                    }
                }
                _ => self.seal_support(&row, now)?,
            }
            rows = waiting(self)?;
        }
        self.hand_over(first_of_a_kind(rows)?)
    }

    /// The link that begins an epoch goes before everything else: what is new is for those who are left.
    fn epoch_link(&mut self) -> Result<Option<OutboxRow>, Error> {
        self.tend_chain()?;
        if self.drop_late_epoch()? {
            self.tend_chain()?; // Made anew, of what was read since.
        }
        let link = self.store.view().outbox_epoch(self.identity.home)?;
        Ok(link.filter(|link| !self.held_back.contains(&link.n)))
    }

    /// Notes that these are on their way, before they are.
    fn hand_over(&mut self, rows: Vec<OutboxRow>) -> Result<Vec<Outgoing>, Error> {
        let Some(first) = rows.first() else {
            return Ok(Vec::new());
        };
        let purpose = purpose_of(first)?;
        let numbers: Vec<i64> = rows.iter().filter(|row| !row.sent).map(|row| row.n).collect();
        if !numbers.is_empty() {
            self.store.write(|tx| Ok::<_, Error>(tx.set_sent(&numbers)?))?;
        }
        let outgoing = |row: OutboxRow| Outgoing {
            number: row.n,
            purpose,
            hash: row.hash,
            record: row.record,
        };
        Ok(rows.into_iter().map(outgoing).collect())
    }

    fn take_landed(
        &mut self,
        space: SpaceId,
        landed: &[Landed],
        head: Option<&SignedHead>,
        joins: bool,
    ) -> Result<(), Error> {
        let row = self.space_row(space)?;
        let (mut stored, mut again) = (Vec::new(), Vec::new());
        for one in landed {
            let Some(out) = self.store.view().outbox_row(one.number)? else {
                continue;
            };
            match one.outcome.code {
                OutcomeCode::Stored if joins || planted!(WordTaken) => stored.push((out, one.outcome.value)),
                // The relay says so. The log tells, which is read before anything is sent again.
                OutcomeCode::Stored => {}
                OutcomeCode::Conflict => {
                    self.taken.insert(out.record_id);
                    again.push(out);
                }
                OutcomeCode::StaleEpoch | OutcomeCode::BadMerge => again.push(out),
                OutcomeCode::SlotClosed if row.kind == HOME => self.home_slot_closed(&out)?,
                OutcomeCode::SlotClosed if row.kind == SUPPORT && self.share_is_over(&row, &out)? => {
                    self.commit(&[Change::Sync], |tx| Ok(tx.remove_outbox(out.n)?))?;
                }
                // What the relay does not take now stays sealed and waits, and holds up nothing behind it.
                _ => {
                    self.held_back.insert(out.n);
                }
            }
        }
        let own: Vec<RecordHash> = stored.iter().map(|(out, _)| out.hash).collect();
        if let Some(epoch) = stored.iter().find_map(|(out, _)| epoch_begun_by(out)) {
            self.relay_epochs.insert(space, epoch);
        }
        if row.kind == HOME {
            let headers = stored
                .iter()
                .filter_map(|(out, _)| Some(Record::parse(&out.record).ok()?.header));
            let of_this_log = headers.filter(|header| header.incarnation == row.incarnation);
            if let Some(epoch) = of_this_log.map(|header| header.epoch).max() {
                self.hear_of_epoch(space, epoch)?;
            }
        }
        let before = self.home_chain.as_ref().map_or(0, DeviceChain::length);
        self.take_stored(&row, &stored)?;
        // A link of this device's own may let in whoever made what was set aside.
        if self.home_chain.as_ref().map_or(0, DeviceChain::length) > before {
            self.judge_again()?;
        }
        for out in again {
            self.decide_again(&row, &out)?;
        }
        let Some(head) = head else { return Ok(()) };
        let row = self.space_row(space)?;
        if row.kind == SUPPORT {
            let name = super::support_space::own_head_name(space);
            self.commit(&[], |tx| Ok(tx.set_meta(&name, &cairn_wire::encode(head))?))?;
        }
        let before = row.clone();
        let moved = if joins {
            SpaceRow {
                cursor: head.n,
                chain: *head.chain.as_bytes(),
                ..row
            }
        } else {
            row
        };
        self.commit(&[Change::Sync], |tx| {
            if joins {
                Self::keep_own_stretch(tx, &before, &own, head)?;
            }
            Ok(tx.put_space(&with_head(moved, head))?)
        })?;
        self.note_ending()
    }

    /// These records stand in the log, at these places: one transaction for all of them.
    fn take_stored(&mut self, space: &SpaceRow, stored: &[(OutboxRow, u64)]) -> Result<(), Error> {
        for (out, seq) in stored {
            match (space.kind, out.document) {
                (SUPPORT, _) => self.support_landed(space, out, *seq)?,
                (_, None) if self.is_for_recovery(&out.record) => self.recovery_landed(&out.record)?,
                (_, None) => self.link_landed(space, out)?,
                _ => {}
            }
        }
        if stored.is_empty() {
            return Ok(());
        }
        self.commit(&[Change::Sync], |tx| {
            for (out, seq) in stored {
                if let (HOME, Some(document)) = (space.kind, out.document) {
                    let with_seq = |sibling: Sibling| Sibling {
                        seq: if sibling.hash == out.hash { *seq } else { sibling.seq },
                        ..sibling
                    };
                    let siblings: Vec<Sibling> = tx.siblings(document)?.into_iter().map(with_seq).collect();
                    tx.set_siblings(document, &siblings)?;
                }
                tx.remove_outbox(out.n)?;
            }
            Ok(())
        })
    }

    /// Everything on its way is decided again.
    pub(super) fn take_back_all(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let count = cairn_wire::bounds::APPEND_RECORDS_MAX;
        self.take_back_while(space, |view| view.outbox(space.id, usize::MAX, count))
    }

    /// What waits sealed and was never handed to a transport is sealed anew when it leaves: under the epoch of then.
    pub(super) fn take_back_unsent(&mut self) -> Result<(), Error> {
        let home = self.home()?;
        let count = cairn_wire::bounds::APPEND_RECORDS_MAX;
        self.take_back_while(&home, |view| view.outbox_unsent(home.id, count))
    }

    fn take_back_while(
        &mut self,
        space: &SpaceRow,
        waiting: impl Fn(View<'_>) -> Result<Vec<OutboxRow>, StoreError>,
    ) -> Result<(), Error> {
        loop {
            let rows = waiting(self.store.view())?;
            if rows.is_empty() {
                return Ok(());
            }
            for out in rows {
                self.decide_again(space, &out)?;
            }
        }
    }

    /// A record that cannot be stored as it was sealed: a home document is sealed anew, late is not lost. What was meant
    /// for a support space is decided again there.
    pub(super) fn decide_again(&mut self, space: &SpaceRow, out: &OutboxRow) -> Result<(), Error> {
        if space.kind == SUPPORT {
            return self.support_again(space, out);
        }
        if out.purpose == 1 {
            return self.close_again(space, out);
        }
        let Some(document) = out.document else {
            // The chain went on without this link; whoever wanted it makes it anew.
            return self.commit(&[], |tx| Ok(tx.remove_outbox(out.n)?));
        };
        let keys = self.keys(space)?;
        let parents = receive(&keys, space.id, 0, out.hash, &out.record)
            .map(|one| one.inside.parents)
            .unwrap_or_default();
        let former: Vec<Sibling> = self
            .store
            .view()
            .siblings(document)?
            .into_iter()
            .filter(|sibling| sibling.hash != out.hash)
            .map(|sibling| Sibling {
                tip: sibling.tip || parents.contains(&sibling.hash),
                ..sibling
            })
            .collect();
        self.commit(&[Change::Sync], |tx| {
            tx.set_siblings(document, &former)?;
            if out.purpose != AGAIN {
                tx.set_dirty(document, None)?;
            }
            // What was only sealed again stays as it was: another device was first, or wrote since. That is read before it is tried
            // once more.
            Ok(tx.remove_outbox(out.n)?)
        })
    }
}

impl Host for Engine {
    fn spaces(&mut self) -> Vec<SpaceId> {
        let mut rows = self.store.view().spaces().unwrap_or_default();
        rows.sort_by_key(|row| (row.kind, row.id));
        rows.into_iter()
            .filter(|row| !row.origin.is_empty() && !self.is_left(row))
            .map(|row| row.id)
            .collect()
    }

    fn waits(&mut self, space: SpaceId) -> bool {
        let (now, view) = (self.clock.now(), self.store.view());
        let is_home = space == self.identity.home;
        let has_documents = is_home
            && (view.dirty_documents(now, 1).is_ok_and(|waiting| !waiting.is_empty())
                || view.closings(1).is_ok_and(|waiting| !waiting.is_empty()));
        has_documents || view.outbox(space, 1, 1).is_ok_and(|waiting| !waiting.is_empty())
    }

    fn place(&mut self, space: SpaceId) -> Result<Option<Place>, SyncError> {
        self.host(|engine| engine.place_of(space))
    }

    fn sign(&mut self, space: SpaceId, bytes: &[u8]) -> Result<Signature, SyncError> {
        self.host(|engine| Ok(engine.entry_key(&engine.space_row(space)?)?.sign(bytes)))
    }

    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
        crypto::verify(key, bytes, signature).is_ok()
    }

    fn created(
        &mut self,
        space: SpaceId,
        relay_key: PublicKey,
        epoch: u32,
        head: &SignedHead,
    ) -> Result<(), SyncError> {
        self.host(|engine| engine.take_created(space, relay_key, epoch, head))
    }

    fn is_there(&mut self, space: SpaceId) -> Result<(), SyncError> {
        self.host(|engine| {
            let row = engine.space_row(space)?;
            engine.commit(&[Change::Sync], |tx| {
                Ok(tx.put_space(&SpaceRow { created: true, ..row })?)
            })
        })
    }

    fn begins_anew(&mut self, space: SpaceId, incarnation: u32) -> Result<(), SyncError> {
        self.host(|engine| engine.begin_anew_in(space, incarnation))
    }

    fn keep(&mut self, space: SpaceId, page: &VerifiedPage<'_>) -> Result<(), SyncError> {
        self.host(|engine| engine.keep_page(space, page))
    }

    fn keep_newest(&mut self, space: SpaceId, records: &[(u64, &[u8])]) -> Result<(), SyncError> {
        self.host(|engine| {
            let hashed: Vec<(u64, RecordHash, &[u8])> = records
                .iter()
                .filter_map(|(seq, record)| Some((*seq, Record::parse(record).ok()?.hash(), *record)))
                .collect();
            engine.keep_records(space, &hashed, Way::NewestFirst, None).map(drop)
        })
    }

    fn withheld(&mut self, space: SpaceId, after: Option<SlotId>) -> Result<Vec<SlotId>, SyncError> {
        self.host(|engine| engine.withheld_slots(space, after))
    }

    fn keep_withheld(&mut self, space: SpaceId, records: &[(u64, &[u8])]) -> Result<(), SyncError> {
        self.host(|engine| engine.take_withheld(space, records))
    }

    fn outgoing(&mut self, space: SpaceId) -> Result<Vec<Outgoing>, SyncError> {
        self.host(|engine| engine.next_outgoing(space))
    }

    fn landed(&mut self, space: SpaceId, landed: &[Landed], head: &SignedHead, joins: bool) -> Result<(), SyncError> {
        self.host(|engine| engine.take_landed(space, landed, Some(head), joins))
    }

    fn refused(&mut self, space: SpaceId, landed: Landed) -> Result<(), SyncError> {
        self.host(|engine| engine.take_landed(space, &[landed], None, false))
    }

    fn acked(&mut self, space: SpaceId, n: u64) -> Result<(), SyncError> {
        self.host(|engine| {
            let row = engine.space_row(space)?;
            engine.commit(&[], |tx| Ok(tx.put_space(&SpaceRow { acked: n, ..row })?))
        })
    }

    fn saw_head(&mut self, space: SpaceId, head: &SignedHead) -> Result<(), SyncError> {
        self.host(|engine| {
            let row = engine.space_row(space)?;
            // A head that says nothing new is kept for its time alone, and that moves slowly: a round that finds nothing writes nothing.
            let is_recent = head.time_ms < row.head_time.saturating_add(limits::HEAD_TIME_MS);
            if row.head_n == head.n && is_recent && row.head_signature != [0; 64] {
                return Ok(());
            }
            engine.commit(&[], |tx| Ok(tx.put_space(&with_head(row, head))?))
        })
    }

    fn another_key(&mut self, space: SpaceId) -> Result<bool, SyncError> {
        self.host(|engine| engine.try_another_key(space))
    }

    fn access_wish(&mut self, space: SpaceId) -> Result<Option<AccessWish>, SyncError> {
        self.host(|engine| engine.ask_access(space))
    }

    fn gate(&mut self, space: SpaceId) -> Result<Option<GateAsk>, SyncError> {
        self.host(|engine| engine.next_gate(space))
    }

    fn gate_found(&mut self, space: SpaceId, ask: &GateAsk, found: GateFound) -> Result<(), SyncError> {
        self.host(|engine| engine.take_gate(space, ask, found))
    }

    fn gate_refused(&mut self, _: SpaceId, ask: &GateAsk) -> Result<(), SyncError> {
        self.gate_refused(ask);
        Ok(())
    }

    fn waking(&mut self, space: SpaceId) -> Result<Option<WakeAsk>, SyncError> {
        // What goes wrong with waking keeps nothing else back.
        Ok(self.ask_waking(space).unwrap_or(None))
    }

    fn waking_told(&mut self, space: SpaceId, ask: &WakeAsk, offer: Option<WakeOffer>) -> Result<(), SyncError> {
        self.host(|engine| engine.take_waking(space, ask, offer))
    }

    fn ring(&mut self, space: SpaceId) -> Result<Option<RingAsk>, SyncError> {
        Ok(self.ask_to_ring(space).unwrap_or(None))
    }

    fn rung(&mut self, space: SpaceId, wakes: bool) {
        self.take_rung(space, wakes);
    }

    fn blob(&mut self, space: SpaceId) -> Result<Option<BlobAsk>, SyncError> {
        self.host(|engine| engine.next_blob(space))
    }

    fn blob_found(&mut self, space: SpaceId, ask: &BlobAsk, found: BlobFound) -> Result<(), SyncError> {
        self.host(|engine| engine.take_blob(space, ask, found))
    }

    fn closing(&mut self, space: SpaceId) -> Result<Option<ClosingWish>, SyncError> {
        self.host(|engine| engine.closing_wish(space))
    }

    fn closing_told(&mut self, space: SpaceId, is_closed: bool) -> Result<(), SyncError> {
        self.host(|engine| engine.closing_was_told(space, is_closed))
    }

    fn closed(&mut self, space: SpaceId, records: &[(u64, Vec<u8>)]) -> Result<(), SyncError> {
        self.host(|engine| engine.take_closed(space, records))
    }

    fn access_changed(&mut self, space: SpaceId, version: u64, done: bool) -> Result<(), SyncError> {
        self.host(|engine| engine.access_answered(space, version, done))
    }
}

fn with_head(row: SpaceRow, head: &SignedHead) -> SpaceRow {
    SpaceRow {
        head_n: head.n,
        head_chain: *head.chain.as_bytes(),
        head_time: head.time_ms,
        head_signature: *head.signature.as_bytes(),
        ..row
    }
}

const fn is_home_document(kind: Kind) -> bool {
    kind.is_document()
}

/// As many of the first records as one request carries.
fn first_of_a_kind(mut rows: Vec<OutboxRow>) -> Result<Vec<OutboxRow>, Error> {
    let Some(first) = rows.first() else { return Ok(rows) };
    let count = match purpose_of(first)? {
        Purpose::Append => rows.iter().take_while(|row| row.purpose == first.purpose).count(),
        Purpose::Erase | Purpose::Epoch => 1,
    };
    rows.truncate(count);
    Ok(rows)
}

/// The epoch that a link which swaps it has begun.
fn epoch_begun_by(out: &OutboxRow) -> Option<u32> {
    let sealed_under = Record::parse(&out.record).ok()?.header.epoch;
    matches!(purpose_of(out), Ok(Purpose::Epoch)).then(|| sealed_under.saturating_add(1))
}

fn purpose_of(row: &OutboxRow) -> Result<Purpose, Error> {
    Ok(match row.purpose {
        0 | AGAIN => Purpose::Append,
        1 => Purpose::Erase,
        2 => Purpose::Epoch,
        _ => return Err(Error::Internal),
    })
}
