//! What apps and bindings hold of support: relationships and shares, on both sides.

use super::handshake::{Handshake, Shown};
use super::reply::Reply;
use super::showing::ToShow;
use super::support::NewShare;
use super::{Engine, Error, Vault};
use crate::clock::Timestamp;
use crate::exchange::Receipt;
use crate::id::{RelationshipId, SectionId, ShareId};
use crate::profile::PeopleOrder;
use crate::support::{
    Agreement, Declaration, Mask, OpenedProfile, RelationshipCard, ShareCard, SharedCard, SharedWithMe,
};
use std::collections::BTreeSet;

/// Between a participant and a specialist. There is no call here that writes to a journal, on either side.
#[derive(Debug, Clone)]
pub struct Support(pub(super) Vault);

impl Support {
    /// What is about this person's people is not answered while they are hidden.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T, Error> + Send + 'static,
    ) -> Reply<T> {
        self.0.ask(move |engine| {
            engine.people_are_shown()?;
            work(engine)
        })
    }

    /// Invites a specialist, as the participant of this name: answers the code to hand over.
    pub fn invite(&self, own_name: String) -> Reply<(RelationshipId, String)> {
        self.ask(move |engine| engine.invite(&own_name))
    }

    /// Waits until the invited specialist has answered; their name.
    pub fn wait_for_specialist(&self) -> Reply<String> {
        self.0.wait_for_other(Handshake::Invite)
    }

    /// The participant types the digits that the specialist reads out.
    pub fn confirm_specialist(&self, digits: String) -> Reply<()> {
        self.0.confirm(Handshake::Invite, digits)
    }

    /// Accepts an invitation as a specialist of this name; the digits to read out.
    pub fn accept(&self, code: String, own_name: String) -> Reply<(RelationshipId, Shown)> {
        let line = self.0.0.line.clone();
        self.0.0.shell.handshake(move || {
            let accepted = line.writer.ask(move |engine| {
                engine.people_are_shown()?;
                engine.accept(&code, &own_name)
            });
            let (id, shown) = (accepted.wait()?, line.until_shown(Handshake::Accept)?);
            // They may have been hidden while it waited.
            line.writer.ask(|engine| engine.people_are_shown()).wait()?;
            Ok((id, shown))
        })
    }

    /// Says not now to an invitation. The participant is told that much; nothing of it is kept here.
    pub fn decline(&self, code: String) -> Reply<()> {
        let line = self.0.0.line.clone();
        self.0.0.shell.handshake(move || {
            let declining = line.writer.ask(move |engine| {
                engine.people_are_shown()?;
                engine.decline(&code)
            });
            declining.wait()?;
            line.until_done(Handshake::Decline)
        })
    }

    /// Waits until the participant has typed the digits, then reads what was shared.
    pub fn finish_accepting(&self) -> Reply<()> {
        let line = self.0.0.line.clone();
        self.0.0.shell.handshake(move || {
            line.writer.ask(|engine| engine.people_are_shown()).wait()?;
            line.until_done(Handshake::Accept)
        })
    }

    /// The relationships of this vault, in the order of the people.
    pub fn relationships(&self) -> Reply<Vec<RelationshipCard>> {
        self.ask(|engine| engine.relationship_cards())
    }

    /// How this person's people are listed.
    pub fn people_order(&self) -> Reply<PeopleOrder> {
        self.ask(|engine| engine.people_order())
    }

    /// Lists them in another way: as they were placed, or by name.
    pub fn set_people_order(&self, order: PeopleOrder) -> Reply<()> {
        self.ask(move |engine| engine.set_people_order(order))
    }

    /// Places somebody before another one, or last.
    pub fn move_person(&self, id: RelationshipId, before: Option<RelationshipId>) -> Reply<()> {
        self.ask(move |engine| engine.move_person(id, before))
    }

    /// Says, as the specialist, how this person is known already and what cannot be kept confidential. The version is given here.
    pub fn declare(&self, id: RelationshipId, declaration: Declaration) -> Reply<()> {
        self.ask(move |engine| engine.declare(id, declaration))
    }

    /// Proposes an agreement, and accepts it for this person; answers the hash by which the other accepts it. The version is given here.
    pub fn propose(&self, id: RelationshipId, agreement: Agreement) -> Reply<[u8; 32]> {
        self.ask(move |engine| engine.propose(id, agreement))
    }

    /// Accepts an agreement that was proposed: these words, and no others.
    pub fn accept_agreement(&self, id: RelationshipId, hash: [u8; 32]) -> Reply<()> {
        self.ask(move |engine| engine.accept_agreement(id, &hash))
    }

    /// Shows these sections of the profile in a relationship, and no others: of each the statements that may be shown.
    pub fn show_sections(&self, id: RelationshipId, sections: BTreeSet<SectionId>) -> Reply<()> {
        self.ask(move |engine| engine.show_sections(id, &sections))
    }

    /// Opens, as the specialist, what the participant shows of their profile, and notes that it was opened.
    pub fn open_preferences(&self, id: RelationshipId) -> Reply<Option<OpenedProfile>> {
        self.ask(move |engine| engine.open_preferences(id))
    }

    /// The receipt of a share, on either side, also when it is over.
    pub fn receipt(&self, share: ShareId) -> Reply<Receipt> {
        self.ask(move |engine| engine.receipt(share))
    }

    /// Pauses: no reason, no question, offline too.
    pub fn pause(&self, id: RelationshipId) -> Reply<()> {
        self.ask(move |engine| engine.pause_relationship(id, true))
    }

    /// Goes on after one's own pause.
    pub fn go_on(&self, id: RelationshipId) -> Reply<()> {
        self.ask(move |engine| engine.pause_relationship(id, false))
    }

    /// Ends a relationship for good: no reason, no question, offline too. A specialist says a few words.
    pub fn end(&self, id: RelationshipId, words: String) -> Reply<()> {
        self.ask(move |engine| engine.end_relationship(id, &words))
    }

    /// Ends it, as the participant, and leaves these shares readable until a time; each can still be stopped.
    pub fn end_keeping(&self, id: RelationshipId, words: String, kept: Vec<ShareId>, until: Timestamp) -> Reply<()> {
        self.ask(move |engine| engine.end_keeping(id, &words, &kept, until))
    }

    /// Has a share show these parts and no others from now on, and end by this time: only ever less. Offline too.
    pub fn narrow(&self, id: ShareId, mask: Mask, until: Option<Timestamp>) -> Reply<()> {
        self.ask(move |engine| engine.narrow(id, mask, until))
    }

    /// What a share of this person's shows, just as the specialist reads it.
    pub fn as_shown(&self, id: ShareId) -> Reply<SharedWithMe> {
        self.ask(move |engine| engine.as_shown(id))
    }

    /// Shares parts of one entry with one person. A tender one is shared when the participant said so a second time. One that is
    /// erased, trashed or marked never to be shared while it waits never leaves, and its share says so.
    pub fn share(&self, new: NewShare) -> Reply<ShareId> {
        if !new.mask.attachments {
            return self.ask(|engine| engine.share(new));
        }
        let writer = self.0.0.shell.writer.clone();
        // To copy a film takes as long as it is long, and nobody waits for it who writes meanwhile.
        self.0.0.shell.attach(move || {
            let asked = writer.ask_for_app(move |engine| {
                engine.people_are_shown()?;
                Ok((engine.to_show(&new)?, new))
            });
            let (to_show, new) = asked.wait()?;
            let copied: Result<Vec<_>, _> = to_show.into_iter().map(ToShow::copied).collect();
            let copied = copied?;
            writer.ask_for_app(move |engine| engine.share_with(new, &copied)).wait()
        })
    }

    /// Every share of this person, and what became of it.
    pub fn shares(&self) -> Reply<Vec<ShareCard>> {
        self.ask(|engine| engine.share_cards())
    }

    /// Stops a share: no reason, no question, offline too.
    pub fn revoke(&self, id: ShareId) -> Reply<()> {
        self.ask(move |engine| engine.revoke(id))
    }

    /// What was shared with this person and is still theirs to read, by the person it is of, in their order. No word of it is in the list.
    pub fn shared_with_me(&self) -> Reply<Vec<SharedCard>> {
        self.ask(|engine| engine.shared_cards())
    }

    /// Whether a text of this person's own, title and body, holds words that another shows them now, character for character. Nobody is told, and nothing is kept of it.
    pub fn holds_shared_words(&self, text: String) -> Reply<bool> {
        self.ask(move |engine| engine.holds_shared_words(&text))
    }

    /// At most `count` bytes from `offset` on of an attachment of what was shared with this person, by its place in what is shown; fewer at its end. It is
    /// brought by a round of sync once the share was opened.
    pub fn read_shared_attachment(&self, share: ShareId, place: usize, offset: u64, count: usize) -> Reply<Vec<u8>> {
        let writer = self.0.0.shell.writer.clone();
        self.0.0.shell.open(move || {
            let open = writer.ask_for_app(move |engine| {
                engine.people_are_shown()?;
                engine.open_shared_attachment(share, place)
            });
            let bytes = open.wait().and_then(|mut open| open.read_range(offset, count))?;
            writer.ask(|engine| engine.people_are_shown()).wait()?;
            Ok(bytes)
        })
    }

    /// Opens something that was shared with this person with the network, where it does not open without: behind a gate, for which the relay is asked for what opens it,
    /// or locked until the relay was reached. Of what was behind a gate the relay's word and the participant both say that it was opened.
    pub fn open_gated(&self, share: ShareId) -> Reply<SharedWithMe> {
        let line = self.0.0.line.clone();
        self.0.0.shell.sync(move || {
            let at_once = line.writer.ask(move |engine| {
                engine.people_are_shown()?;
                engine.open_shared(share)
            });
            match at_once.wait() {
                Err(Error::GateShut | Error::LeaseOver) => {
                    line.round(false)?;
                    let after = line.writer.ask(move |engine| {
                        engine.people_are_shown()?;
                        engine.open_gated(share)
                    });
                    after.wait()
                }
                other => other,
            }
        })
    }

    /// Opens something that was shared with this person: the participant is told, once. One that stands behind a gate, or is locked, says so, and is opened by
    /// [`Self::open_gated`].
    pub fn open_shared(&self, share: ShareId) -> Reply<SharedWithMe> {
        self.ask(move |engine| engine.open_shared(share))
    }
}
