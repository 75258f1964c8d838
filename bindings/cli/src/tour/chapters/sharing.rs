//! A specialist reads one entry, and then no longer can.

use super::Stage;
use crate::failure::Failure;
use crate::tour::device::Device;
use crate::tour::scan::{self, Needles};
use crate::tour::story::promised;
use cairn_core::id::RelationshipId;
use cairn_core::support::{Agreement, Declaration, End, Mask, Part, PriorConnection, Status};
use cairn_core::vault::NewShare;

/// How long a share waits, in milliseconds.
const HOLD_MS: i64 = 60_000;
const PURPOSE: &str = "So that somebody knows how the bus was";

impl Stage {
    /// Before anything is shown, Dee declares what she has to, and both accept the same words.
    fn they_agree(&mut self, phone: &Device, dee: &Device, relationship: RelationshipId) -> Result<(), Failure> {
        let cards = dee.vault.support().relationships().wait()?;
        let theirs = cards.first().map(|card| card.relationship.id);
        let theirs = theirs.ok_or_else(|| Failure::not_found("Dee's device knows of no relationship."))?;
        let declaration = Declaration {
            version: 0,
            prior_connection: PriorConnection::None,
            prior_words: String::new(),
            confidentiality_limits: "I talk with my supervisor, without names.".to_owned(),
            experience: Vec::new(),
            introduction: cairn_core::support::Introduction::default(),
        };
        dee.vault.support().declare(theirs, declaration).wait()?;
        let hash = dee.vault.support().propose(theirs, Agreement::default()).wait()?;
        dee.sync()?;
        phone.sync()?;
        phone.vault.support().accept_agreement(relationship, hash).wait()?;
        phone.sync()?;
        dee.sync()?;
        let is_active = |device: &Device| -> Result<bool, Failure> {
            let cards = device.vault.support().relationships().wait()?;
            Ok(cards.iter().all(|card| card.status == Status::Active))
        };
        promised(
            is_active(phone)? && is_active(dee)?,
            "both have accepted the same words",
        )?;
        self.story
            .step("Dee says how she knows Marisol, and what she can't keep to herself. Both accept the same words.")
    }

    /// Dee reads one entry, and then no longer can.
    pub(in crate::tour) fn somebody_reads_along(&mut self, phone: &Device) -> Result<(), Failure> {
        self.story.chapter("Somebody to read along, for a while")?;
        let dee = self.device("dee")?;
        let (relationship, code) = phone.vault.support().invite("Marisol".to_owned()).wait()?;
        let other = phone.vault.support().wait_for_specialist();
        let (_, shown) = dee.vault.support().accept(code, "Dee".to_owned()).wait()?;
        promised(
            other.wait()? == "Dee" && shown.name == "Marisol",
            "each person sees the other's name",
        )?;
        let accepted = dee.vault.support().finish_accepting();
        phone.vault.support().confirm_specialist(shown.digits).wait()?;
        accepted.wait()?;
        phone.sync()?;
        dee.sync()?;
        self.story
            .step("Marisol invites Dee, a peer specialist. Six digits, read out by Dee, show that it is Dee.")?;
        self.they_agree(phone, &dee, relationship)?;
        let (bus, _) = self.written()?;
        let share = NewShare {
            relationship,
            entry: bus,
            mask: Mask::default(),
            purpose: PURPOSE.to_owned(),
            wanted: None,
            end: End::UntilIStop,
            hold_ms: HOLD_MS,
            tender_confirmed: false,
            passages: Vec::new(),
            follow_edits: false,
            gated: false,
            attachments: Vec::new(),
            notice: cairn_core::support::NoticeChoice::default(),
            lease_days: None,
        };
        let share = phone.vault.support().share(share).wait()?;
        phone.sync()?;
        dee.sync()?;
        promised(
            dee.vault.support().shared_with_me().wait()?.is_empty(),
            "nothing leaves before the wait is over",
        )?;
        dee.copy_to(&self.folder, "dee-before")?;
        self.story
            .step("Marisol shares one entry with Dee. For a minute it waits here, and Dee sees nothing.")?;
        self.clock.turn_on(HOLD_MS + 1_000);
        phone.sync()?;
        dee.line.copy();
        dee.sync()?;
        let entry = phone.entry(bus)?;
        let seen = dee.vault.support().shared_with_me().wait()?;
        let order = [Part::Purpose, Part::Notice, Part::Title, Part::Body];
        let is_golden = seen.len() == 1 && {
            let view = &dee.vault.support().open_shared(share).wait()?.view;
            view.lines.iter().map(|line| line.part).take(order.len()).eq(order)
                && view.text(Part::Purpose) == Some(PURPOSE)
                && view.text(Part::Body) == Some(entry.body.as_str())
                && view.text(Part::Feelings).is_none()
        };
        promised(
            is_golden,
            "Dee reads what for, a notice, and then Marisol's words, exactly",
        )?;
        let words = Needles::new(scan::sentences(std::slice::from_ref(&entry)));
        promised(
            !words.found_in(&dee.pages()?).is_empty(),
            "the search finds words that are in a database",
        )?;
        self.story
            .step("The clock is set on by a minute. Dee reads what it is for, a notice, and Marisol's words.")?;
        let given = dee.line.served();
        phone.vault.support().revoke(share).wait()?;
        phone.sync()?;
        self.story
            .step("Marisol stops sharing: one step, and nobody asks for a reason.")?;
        dee.sync()?;
        promised(
            dee.vault.support().shared_with_me().wait()?.is_empty(),
            "what was stopped is no longer listed",
        )?;
        promised(
            words.found_in(&dee.pages()?).is_empty(),
            "what was stopped is in no page of Dee's database",
        )?;
        self.story
            .step("Dee's device hears of it. The words are gone from its list and from its every page.")?;
        let before = self.device("dee-before")?;
        before.line.copy();
        before.sync()?;
        let again = before.line.served();
        let mut views = given.iter().filter(|one| one.record.is_some()).peekable();
        let withheld = views.peek().is_some()
            && views.all(|view| {
                let mut same = again
                    .iter()
                    .filter(|one| (one.space, one.seq) == (view.space, view.seq))
                    .peekable();
                same.peek().is_some() && same.all(|one| one.record.is_none())
            });
        let hears = before.vault.support().shared_with_me().wait()?;
        promised(
            withheld && hears.is_empty(),
            "the relay no longer serves what was stopped",
        )?;
        self.story
            .step("A copy of Dee's device from before asks the relay for it, and the relay has it no more.")
    }
}
