//! Healing of a support space: its relay has lost its store, or put back an old one.
//!
//! The participant makes the space again where it is forgotten, with the links of its chain as this device knows it. The specialist cannot: a
//! persona that they took and that the participant had not read of is in no log any more. So the specialist's devices read how far the
//! participant's links go in the new log, and say again what they had said behind them. Where the participant's devices went on without it,
//! it is given up, and said anew behind what they said.
//!
//! | name | value | |
//! |---|---|---|
//! | `tail.<space in hex>` | u64 little-endian | how many links of the chain were read in the log that began anew |

use super::devices::{hex, link_document};
use super::epochs::EPOCH_PURPOSE;
use super::healing::{anew, anew_name};
use super::sealing::{Plan, SealedRecord};
use super::support_access::doubt_access;
use super::support_space::own_head_name;
use super::{Change, Engine, Error};
use crate::crypto::{Link, LinkHash, SupportChain};
use crate::record::Kind;
use crate::store::SpaceRow;
use crate::support::Share;
use cairn_wire::SpaceId;
use cairn_wire::message::Side;
use std::collections::BTreeMap;

fn tail_name(space: SpaceId) -> String {
    format!("tail.{}", hex(space.as_bytes()))
}

impl Engine {
    /// The relay of a support space answers in another incarnation.
    pub(super) fn support_begins_anew(&mut self, row: &SpaceRow, incarnation: u32) -> Result<(), Error> {
        let Some(id) = row.relationship else { return Ok(()) };
        // Views on their way wait once more; everything else that is due is made again.
        self.take_back_views(row)?;
        let is_participant = row.side == Side::Participant.number();
        let space = SpaceRow {
            created: !is_participant,
            ..anew(self.space_row(row.id)?, incarnation)
        };
        let (mut links, mut ended) = (Vec::new(), Vec::new());
        if is_participant {
            links = self.support_links_again(&space)?;
            ended = Share::all(&self.fields(id.into())?);
        }
        self.gates_again(row.id, &ended)?;
        let (relationship, _) = self.relationship(id)?;
        let shares = self.wanted(row, &relationship)?;
        self.read_to_end.remove(&row.id);
        let now = self.now().0;
        self.commit(&[Change::Sync, Change::Support], |tx| {
            tx.clear_outbox(row.id)?;
            tx.say_again(row.id, row.side)?;
            tx.doubt_shown_profile(row.id)?;
            tx.doubt_meeting_pages(row.id, row.side)?;
            super::support_judging::forget_places(tx, row.id)?;
            shares.keys().try_for_each(|share| tx.doubt_stop(*share))?;
            tx.set_meta(&tail_name(row.id), &0_u64.to_le_bytes())?;
            for share in &ended {
                tx.forget_share_end(share.id())?;
                super::showing_carrying::forget_copied(tx, share.id())?;
            }
            for (purpose, record) in &links {
                super::sealing::push(tx, &space, *purpose, record, None)?;
            }
            tx.remove_meta(&own_head_name(row.id))?;
            doubt_access(tx, &space)?;
            tx.set_meta(&anew_name(row.id), &now.to_le_bytes())?;
            super::ending_relay::doubt_told(tx, row.id)?;
            Ok(tx.put_space(&SpaceRow {
                writer_seq: space.writer_seq + links.len() as u64,
                ..space.clone()
            })?)
        })
    }

    /// The links of a support chain sealed once more for a relay that has lost them, each under the epoch in which it was made, with what is to be asked
    /// of the relay for it.
    fn support_links_again(&mut self, space: &SpaceRow) -> Result<Vec<(u8, SealedRecord)>, Error> {
        let Some(chain) = self.support_chain(space.id)? else {
            return Ok(Vec::new());
        };
        let begins: BTreeMap<u64, u32> = chain
            .epochs()
            .iter()
            .map(|(epoch, one)| (one.begun_at, *epoch))
            .collect();
        let (mut records, mut epoch) = (Vec::new(), 1);
        for (at, link) in (0..).zip(self.store.view().links(space.id)?) {
            let under = SpaceRow {
                epoch,
                writer_seq: space.writer_seq + at,
                ..space.clone()
            };
            let begun = begins.get(&at).copied().filter(|begun| *begun > epoch);
            let plan = Plan::plain(Kind::SupportLink, link_document(&LinkHash::of(&link)), link);
            records.push((
                if begun.is_some() { EPOCH_PURPOSE } else { 0 },
                self.seal_persona(&under, plan)?,
            ));
            epoch = begun.unwrap_or(epoch);
        }
        Ok(records)
    }

    /// Whether links of a support space go before everything else, stops too: the relay has forgotten its epoch, and takes nothing that
    /// is sealed under a later one.
    pub(super) fn links_go_first(&self, space: &SpaceRow) -> Result<bool, Error> {
        Ok(self.relay_epoch(space) < space.epoch && self.store.view().outbox_has_link(space.id)?)
    }

    /// How many links of the chain, from its beginning on, stand in the log that began anew; none where it never did.
    fn tail_read(&self, space: SpaceId) -> Result<Option<u64>, Error> {
        let read = self.store.view().meta(&tail_name(space))?;
        Ok(read.and_then(|read| Some(u64::from_le_bytes(read.try_into().ok()?))))
    }

    /// A link that is known stands in the log.
    pub(super) fn note_standing(&mut self, space: SpaceId, at: Option<u64>) -> Result<(), Error> {
        let Some(read) = self.tail_read(space)?.filter(|read| Some(*read) == at) else {
            return Ok(());
        };
        let name = tail_name(space);
        self.commit(&[], |tx| Ok(tx.set_meta(&name, &(read + 1).to_le_bytes())?))
    }

    /// Says again, behind the last link of the participant's, what the specialist had said there before the log was lost.
    pub(super) fn seal_tail(&mut self, space: &SpaceRow) -> Result<(), Error> {
        let (Some(read), Some(chain)) = (self.tail_read(space.id)?, self.support_chain(space.id)?) else {
            return Ok(());
        };
        let is_specialist = space.side == Side::Specialist.number();
        // Until the participant's links are all there, what stands behind them stands on nothing.
        if !is_specialist || read < chain.participant_upto() || self.store.view().outbox_has_link(space.id)? {
            return Ok(());
        }
        let from = usize::try_from(read).unwrap_or(usize::MAX);
        for link in self.store.view().links(space.id)?.into_iter().skip(from) {
            self.push_support_link(&self.space_row(space.id)?, 0, link)?;
        }
        Ok(())
    }

    /// The chain with a link of the participant's in the place of what the specialist alone had said behind the links before it: the log that held that
    /// was lost before the participant's devices read of it. None where there is no such loss: what stands in the present log stays, and what was made
    /// for the log before it replaces nothing, whoever brings it now.
    pub(super) fn without_lost_tail(
        &self,
        space: &SpaceRow,
        chain: &SupportChain,
        bytes: &[u8],
    ) -> Result<Option<(SupportChain, Link)>, Error> {
        let Ok(link) = Link::parse(bytes) else { return Ok(None) };
        let stands = self.tail_read(space.id)?.is_none_or(|read| read > link.index());
        let is_of_before = link.seen().incarnation < space.incarnation;
        if stands || is_of_before || link.index() < chain.participant_upto() {
            return Ok(None);
        }
        let links = self.store.view().links(space.id)?;
        let common = usize::try_from(link.index()).unwrap_or(usize::MAX);
        let mut common = SupportChain::verify(links.iter().take(common).map(Vec::as_slice))?;
        let is_next = common.append(bytes).is_ok() && common.participant_upto() == common.length();
        Ok(is_next.then_some((common, link)))
    }
}
