//! Between a participant and a specialist.

use cairn_core::id::SectionId;
use cairn_core::vault::{Shown, Support as CoreSupport};
use uuid::Uuid;

use crate::ids::{id_of, share_id};
use crate::relationship::sections_of;
use crate::{
    Agreement, Declaration, NewShare, Parts, PeopleOrder, Relationship, Share, SharedCard, SharedWithMe, ShownSection,
    Timestamp, VaultError, core_instant, silent_debug,
};

/// An invitation to a specialist.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Invitation {
    /// The relationship that begins with it.
    pub relationship: Uuid,
    /// The code to hand over, as a QR code or to copy. It lives for seven days, and for one person.
    pub code: String,
}

/// What a specialist shows and reads out after accepting.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Acceptance {
    /// The relationship that begins with it.
    pub relationship: Uuid,
    /// Six digits to read out to the participant.
    pub digits: String,
    /// The participant's name, as they chose to sign.
    pub name: String,
}

/// In which shape a receipt is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReceiptShape {
    /// The record of ISO/IEC TS 27560:2023. The fields are there; it claims nothing about any law.
    Iso27560,
    /// The resource `Consent` of HL7 FHIR R4.
    FhirR4,
}

silent_debug!(Invitation, Acceptance);

/// Between a participant and a peer support specialist. No call here writes to a journal, on either side. Safe from any
/// thread.
///
/// To begin: the participant calls `invite` and hands over the code; the specialist calls `accept` with it and reads six
/// digits out; the participant calls `wait_for_specialist`, types the digits, and calls `confirm_specialist`; the
/// specialist calls `finish_accepting`. Neither sees anything of the other before that, nor after it but what is shared.
///
/// Before anything can be shared, the specialist calls `declare`, either calls `propose_agreement`, and the other `accept_agreement`. Each of these is a step of its own:
/// do not ask for two of them at once, and fill nothing in beforehand.
#[derive(Debug, uniffi::Object)]
pub struct Support(pub(crate) CoreSupport);

#[uniffi::export]
impl Support {
    /// Invites a specialist, as the participant of this name. The vault must have synced with a relay once.
    pub async fn invite(&self, own_name: String) -> Result<Invitation, VaultError> {
        let (relationship, code) = self.0.invite(own_name).await?;
        Ok(Invitation {
            relationship: Uuid::from_bytes(*relationship.as_bytes()),
            code,
        })
    }

    /// Waits until the invited specialist has answered; their name. Then let the participant type the digits. Where they say not now it throws `Rejected`, and the relationship is
    /// `Declined`.
    pub async fn wait_for_specialist(&self) -> Result<String, VaultError> {
        Ok(self.0.wait_for_specialist().await?)
    }

    /// The digits that the specialist reads out, as the participant typed them. Wrong ones throw `Invalid`, and may be
    /// typed again; the third time throws `Rejected`, and a new invitation is needed.
    pub async fn confirm_specialist(&self, digits: String) -> Result<(), VaultError> {
        Ok(self.0.confirm_specialist(digits).await?)
    }

    /// Accepts an invitation as a specialist of this name. Waits for the participant's device, then answers the digits.
    pub async fn accept(&self, code: String, own_name: String) -> Result<Acceptance, VaultError> {
        let (relationship, Shown { digits, name }) = self.0.accept(code, own_name).await?;
        Ok(Acceptance {
            relationship: Uuid::from_bytes(*relationship.as_bytes()),
            digits,
            name,
        })
    }

    /// Says not now to an invitation. The participant is told that much, and neither by whom nor for what reason; nothing of it is kept here. An invitation that somebody has
    /// answered throws `Rejected`.
    pub async fn decline(&self, code: String) -> Result<(), VaultError> {
        Ok(self.0.decline(code).await?)
    }

    /// Waits until the participant has typed the digits.
    pub async fn finish_accepting(&self) -> Result<(), VaultError> {
        Ok(self.0.finish_accepting().await?)
    }

    /// The relationships of this vault, in the order of the people (`people_order`): as they were placed, or by name, and never by what they write or share.
    pub async fn relationships(&self) -> Result<Vec<Relationship>, VaultError> {
        Ok(self
            .0
            .relationships()
            .await?
            .into_iter()
            .map(Relationship::from)
            .collect())
    }

    /// How this person's people are listed: `ByHand` until something else was chosen.
    pub async fn people_order(&self) -> Result<PeopleOrder, VaultError> {
        Ok(self.0.people_order().await?.into())
    }

    /// Lists them in another way, on all of this person's devices. The places they were given by hand stay.
    pub async fn set_people_order(&self, order: PeopleOrder) -> Result<(), VaultError> {
        Ok(self.0.set_people_order(order.into()).await?)
    }

    /// Places somebody before another one of the list, or last; from then on it is `ByHand`. Where one of the two is not in the list, it throws `Invalid`.
    pub async fn move_person(&self, relationship: Uuid, before: Option<Uuid>) -> Result<(), VaultError> {
        Ok(self.0.move_person(id_of(relationship), before.map(id_of)).await?)
    }

    /// Says, as the specialist, how this person is known already and what cannot be kept confidential. Said again, the last one counts.
    pub async fn declare(&self, relationship: Uuid, declaration: Declaration) -> Result<(), VaultError> {
        Ok(self.0.declare(id_of(relationship), declaration.into()).await?)
    }

    /// Proposes an agreement, and accepts it for this person; answers the digest by which the other accepts it. Where the specialist has declared
    /// nothing yet, it throws `Invalid` on the participant's side.
    pub async fn propose_agreement(&self, relationship: Uuid, agreement: Agreement) -> Result<Vec<u8>, VaultError> {
        let hash = self.0.propose(id_of(relationship), agreement.try_into()?).await?;
        Ok(hash.to_vec())
    }

    /// Accepts an agreement that was proposed: these words, and no others. Show them whole before.
    pub async fn accept_agreement(&self, relationship: Uuid, digest: Vec<u8>) -> Result<(), VaultError> {
        // Bytes of another length are the digest of nothing.
        let hash: [u8; 32] = digest.try_into().unwrap_or([0; 32]);
        Ok(self.0.accept_agreement(id_of(relationship), hash).await?)
    }

    /// Shows these sections of the profile in a relationship, and no others: of each the statements that may be shown (`is_shareable`). An empty list takes
    /// all of them back. They go out with the next round of sync, and again whenever they change.
    pub async fn show_sections(&self, relationship: Uuid, sections: Vec<Uuid>) -> Result<(), VaultError> {
        let sections = sections.into_iter().map(|id| SectionId::from_bytes(id.into_bytes()));
        Ok(self.0.show_sections(id_of(relationship), sections.collect()).await?)
    }

    /// Opens, as the specialist, what the participant shows of their profile: show it before anything else of theirs. Empty where nothing is
    /// shown.
    pub async fn open_preferences(&self, relationship: Uuid) -> Result<Vec<ShownSection>, VaultError> {
        let opened = self.0.open_preferences(id_of(relationship)).await?;
        Ok(opened.map(sections_of).unwrap_or_default())
    }

    /// The receipt of a share as JSON, for other software: the participant's own, or one that was shown to this person, also when it is over. No word of what was
    /// shared is in it but the purpose, and on the specialist's side that goes when the share is over.
    pub async fn receipt(&self, share: Uuid, shape: ReceiptShape) -> Result<String, VaultError> {
        let receipt = self.0.receipt(share_id(share)).await?;
        Ok(receipt.write(match shape {
            ReceiptShape::Iso27560 => cairn_core::exchange::ReceiptShape::Iso27560,
            ReceiptShape::FhirR4 => cairn_core::exchange::ReceiptShape::FhirR4,
        }))
    }

    /// Pauses: at once here, and for the other when they are next reached. Works offline. Do not ask for a reason, and do not ask whether they
    /// are sure.
    pub async fn pause(&self, relationship: Uuid) -> Result<(), VaultError> {
        Ok(self.0.pause(id_of(relationship)).await?)
    }

    /// Goes on after one's own pause.
    pub async fn go_on(&self, relationship: Uuid) -> Result<(), VaultError> {
        Ok(self.0.go_on(id_of(relationship)).await?)
    }

    /// Ends a relationship for good: at once here, and for the other when they are next reached. Everything that is shared in it stops. Works offline. Do not ask
    /// for a reason, and do not ask whether they are sure. A participant's words may be empty; a specialist's may not, and hold at most 2,000 characters.
    pub async fn end(&self, relationship: Uuid, words: String) -> Result<(), VaultError> {
        Ok(self.0.end(id_of(relationship), words).await?)
    }

    /// Ends it, as the participant, and leaves these shares readable until a time, or to their own end where that comes first. Each can still be narrowed and
    /// revoked. Works offline. A share that waits, or is over, throws `Invalid`.
    pub async fn end_keeping(
        &self,
        relationship: Uuid,
        words: String,
        kept: Vec<Uuid>,
        until: Timestamp,
    ) -> Result<(), VaultError> {
        let kept = kept.into_iter().map(share_id).collect();
        Ok(self
            .0
            .end_keeping(id_of(relationship), words, kept, core_instant(until))
            .await?)
    }

    /// Shares parts of one entry with one person; answers the share's id. Nothing leaves the device before the hold is
    /// over, and nothing but these parts leaves it then: as they are now, or as they are edited where the person chose that.
    pub async fn share(&self, new_share: NewShare) -> Result<Uuid, VaultError> {
        let id = self.0.share(new_share.into()).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Every share of this person, in the order they were given, with those that are over.
    pub async fn shares(&self) -> Result<Vec<Share>, VaultError> {
        let shares = self.0.shares().await?;
        Ok(shares.into_iter().map(Share::of).collect())
    }

    /// Has a share show these parts and no others from now on, and end by this time where one is given: at once here, and for the specialist when they are next
    /// reached. Only ever less: more throws `Invalid`, and is another share. Works offline. What was read may be remembered: say so.
    pub async fn narrow(&self, share: Uuid, parts: Parts, until: Option<Timestamp>) -> Result<(), VaultError> {
        let share = share_id(share);
        Ok(self.0.narrow(share, parts.into(), until.map(core_instant)).await?)
    }

    /// What a share of this person's shows, just as the specialist reads it. Nobody is told. Where this device has not read of it yet, it throws `NotFound`: sync first.
    pub async fn as_shown(&self, share: Uuid) -> Result<SharedWithMe, VaultError> {
        Ok(self.0.as_shown(share_id(share)).await?.into())
    }

    /// Stops a share: at once here, and on the specialist's device when it is next reached. Works offline. Do not ask
    /// for a reason, and do not ask whether they are sure. What was read may be remembered: say so.
    pub async fn revoke(&self, share: Uuid) -> Result<(), VaultError> {
        Ok(self.0.revoke(share_id(share)).await?)
    }

    /// What was shared with this person and is still theirs to read: by the person it is of, in the order of the people, and of each the last one first. No word of it is in the list.
    pub async fn shared_with_me(&self) -> Result<Vec<SharedCard>, VaultError> {
        let cards = self.0.shared_with_me().await?;
        Ok(cards.into_iter().map(SharedCard::from).collect())
    }

    /// Opens something that was shared with this person and stands behind a gate, or is locked, with the network; anything else as `open_shared`. Throws `Invalid` where the
    /// relay was not reached, or has nothing for it any more. The participant knows then that it was opened, and of what stood behind a gate the relay too: say so before.
    pub async fn open_gated(&self, share: Uuid) -> Result<SharedWithMe, VaultError> {
        Ok(self.0.open_gated(share_id(share)).await?.into())
    }

    /// Opens something that was shared with this person; what stands behind a gate or is locked throws `Invalid`, and is opened with `open_gated`. The participant is told when it was opened first: say so before.
    pub async fn open_shared(&self, share: Uuid) -> Result<SharedWithMe, VaultError> {
        Ok(self.0.open_shared(share_id(share)).await?.into())
    }
}

#[uniffi::export]
impl Support {
    /// Whether a text of this person's own, title and body, holds 40 characters in a row that stand just so in what another shows them now and can be read on this device. For a line beside
    /// the text that says so (`share.holds_shared_words`); let it hold back nothing. Nobody is told, and nothing is kept of it. What is longer than the longest entry is looked at as far as that.
    pub async fn holds_shared_words(&self, text: String) -> Result<bool, VaultError> {
        Ok(self.0.holds_shared_words(text).await?)
    }

    /// At most `count` bytes from `offset` on, up to 4 MiB, of an attachment of what was shared with this person, by its place in what `open_shared` answers; fewer at its
    /// end. Show it, play it, and keep no copy: it goes when the share does. Where it is not on this device yet it throws `NotFound`: sync, with
    /// `sync_with_attachments` where it is large. The participant is told when the share was opened first.
    pub async fn read_shared_attachment(
        &self,
        share: Uuid,
        place: i32,
        offset: i64,
        count: i32,
    ) -> Result<Vec<u8>, VaultError> {
        let before = || VaultError::invalid("there is nothing before the beginning of an attachment");
        let share = share_id(share);
        let place = usize::try_from(place).map_err(|_| before())?;
        let offset = u64::try_from(offset).map_err(|_| before())?;
        let count = usize::try_from(count).map_err(|_| before())?;
        Ok(self.0.read_shared_attachment(share, place, offset, count).await?)
    }
}
