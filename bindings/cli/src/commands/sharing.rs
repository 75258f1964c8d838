//! Sharing an entry, and stopping.

use super::messages::{wanted_line, wanted_of};
use super::people::name_of;
use super::relay;
use crate::args::{Narrow, NoticeArg, PartArg, Share};
use crate::failure::{Exit, Failure};
use crate::find::{self, Beginning};
use crate::moments;
use crate::output::json::{Id, ShareValue, SharedCardValue, SharedValue, state};
use crate::output::{Output, bold};
use cairn_core::clock::{Clock as _, SystemClock, Timestamp};
use cairn_core::exchange::ReceiptShape;
use cairn_core::id::RelationshipId;
use cairn_core::support::{End, Mask, NoticeChoice, Part, ShareCard, SharedWithMe, When};
use cairn_core::vault::{Error, NewShare, Vault};
use cairn_core::words::{self, sharing as said};
use std::collections::BTreeMap;

pub(super) fn share(vault: &Vault, share: Share, out: Output) -> Result<(), Failure> {
    let entry = find::entry(vault, &share.id)?;
    let with = find::specialist(vault, &share.with)?;
    let who = name_of(&with);
    let (end, until) = end_of(&share.until, &who)?;
    let mut mask = mask_of(&share.parts);
    let shown = vault.journal().entry(entry).wait()?.ok_or(Error::NotFound)?;
    let attachments = share.attachments.iter().map(|one| find::attachment(&shown, one));
    let attachments = attachments.map(|found| found.map(|attachment| attachment.id));
    let attachments = attachments.collect::<Result<Vec<_>, _>>()?;
    // Whoever names one wants it shown.
    mask.attachments |= !attachments.is_empty();
    let hold_ms = i64::from(share.hold) * 1_000;
    let new = NewShare {
        relationship: with.relationship.id,
        entry,
        mask,
        purpose: share.purpose,
        wanted: (!share.wanted.is_empty()).then(|| wanted_of(&share.wanted)),
        end,
        hold_ms,
        tender_confirmed: share.tender,
        passages: share.passages,
        follow_edits: share.follow,
        gated: share.gate,
        attachments,
        notice: match (share.notice_words, share.notice) {
            (Some(words), _) => NoticeChoice::Own(words),
            (None, NoticeArg::Generic) => NoticeChoice::Generic,
            (None, NoticeArg::Us42Cfr2) => NoticeChoice::Us42Cfr2,
        },
        lease_days: share.lease_days,
    };
    let id = vault.support().share(new).wait()?;
    if out.is_json() {
        return out.value(&Id { id: id.to_string() });
    }
    let given = find::share(vault, &id.to_string())?.share;
    out.line(words::receipt(&who, &given.consent.sentence, &until))?;
    if share.hold > 0 {
        out.line(said::HELD.with(&[("time", &moments::shown_here(given.hold_until))]))?;
    }
    if share.gate {
        out.line(said::GATED.text)?;
    }
    if let Some(days) = share.lease_days {
        let sentence = if days == 0 { said::LEASE_OF_NO_DAYS } else { said::LEASE };
        out.line(sentence.with(&[("who", who.as_str()), ("count", &days.to_string())]))?;
    }
    out.line(format!(
        "It leaves with the first `cairn sync` after that. To stop it: cairn revoke {}",
        find::short(id)
    ))
}

pub(super) fn shares(vault: &Vault, out: Output) -> Result<(), Failure> {
    let people = vault.support().relationships().wait()?;
    let now = SystemClock.now();
    let all = vault.support().shares().wait()?;
    let named = |id| people.iter().find(|one| one.relationship.id == id).map(name_of);
    if out.is_json() {
        let values: Vec<ShareValue> = all
            .iter()
            .map(|card| ShareValue::new(card, named(card.relationship), now))
            .collect();
        return out.value(&BTreeMap::from([("shares", values)]));
    }
    if all.is_empty() {
        return out.line(words::status::NOBODY_WATCHES.text);
    }
    for card in &all {
        let (who, share) = (named(card.relationship).unwrap_or_default(), &card.share);
        let consent = &share.consent;
        let until = match state(share, now) {
            "held" | "given" => format!("until {}", until_of(consent.end, &who)),
            word => word.to_owned(),
        };
        out.line(format!("{}  with {who}, {until}", find::short(share.id())))?;
        out.line(format!("          {}: {}", consent.sentence, consent.purpose))?;
        if let Some(at) = card.released {
            let line = said::RELEASED.with(&[("time", &moments::shown_here(at))]);
            out.line(format!("          {line}"))?;
        }
        if let Some(day) = card.taken {
            let line = said::TAKEN.with(&[("day", &day.to_string())]);
            out.line(format!("          {line}"))?;
        }
        for (at, sentence) in [(card.opened, said::OPENED), (card.purged, said::PURGED)] {
            if let Some(at) = at {
                let line = sentence.with(&[("who", &who), ("time", &moments::shown_here(at))]);
                out.line(format!("          {line}"))?;
            }
        }
    }
    Ok(())
}

pub(super) fn shared(vault: &Vault, out: Output) -> Result<(), Failure> {
    let all = vault.support().shared_with_me().wait()?;
    if out.is_json() {
        let values: Vec<SharedCardValue> = all.iter().map(SharedCardValue::from).collect();
        return out.value(&BTreeMap::from([("shared", values)]));
    }
    if all.is_empty() {
        return out.line(said::NOTHING_SHARED.text);
    }
    for card in &all {
        let mark = match (card.is_locked, card.is_opened) {
            (true, _) => "  (locked until the relay is reached)",
            (false, _) if card.is_behind_gate => "  (a gate is in front of it: it opens with the network)",
            (false, false) => "  (not opened yet)",
            (false, true) => "",
        };
        let time = moments::shown_here(card.received);
        out.line(format!("{}  from {}, {time}{mark}", find::short(card.share), card.from))?;
    }
    out.line(said::OPENING_IS_TOLD.text)
}

pub(super) fn open(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let all = vault.support().shared_with_me().wait()?;
    let unknown = || Failure::not_found(said::NO_LONGER_HERE.text);
    let beginning = Beginning::parse(id).ok_or_else(unknown)?;
    let share = find::only(&beginning, all.iter().map(|card| card.share), "share")?;
    show(&vault.support().open_gated(share).wait()?, out)
}

/// What a share of one's own shows.
pub(super) fn as_shown(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let share = find::share(vault, id)?.share.id();
    show(&vault.support().as_shown(share).wait()?, out)
}

/// What is shown, in the order in which it is to be read.
fn show(shared: &SharedWithMe, out: Output) -> Result<(), Failure> {
    if out.is_json() {
        return out.value(&SharedValue::from(shared));
    }
    out.line(bold(&format!("From {}", shared.view.from)))?;
    shared.view.lines.iter().try_for_each(|line| {
        out.line(match line.part {
            Part::Purpose => format!("What for: {}\n{}", line.text, wanted_line(shared.view.wanted)),
            Part::Notice => line.text.clone(),
            Part::Title => format!("\n{}", bold(&line.text)),
            Part::Body => format!("\n{}", line.text),
            Part::When => format!("\nWhen: {}", line.text),
            Part::Feelings => format!("Feelings: {}", line.text),
            Part::Valence => format!("How pleasant it was, from -1 to 1: {}", line.text),
            Part::Tags => format!("Tags: {}", line.text),
            Part::People => format!("People: {}", line.text),
            Part::Place => format!("Place: {}", line.text),
        })
    })?;
    // They are for looking at, and nothing here makes a file of them.
    for attachment in &shared.view.attachments {
        let size = indicatif::HumanBytes(attachment.bytes);
        let caption = attachment.caption.as_deref().unwrap_or_default();
        let line = format!(
            "{}, {}, {size}  {caption}",
            attachment.kind.code(),
            attachment.media_type
        );
        out.line(line.trim_end())?;
    }
    if shared.view.attachments.is_empty() {
        return Ok(());
    }
    out.line(said::SHOWN_IN_AN_APP.text)
}

pub(super) fn narrow(vault: &Vault, narrow: &Narrow, out: Output) -> Result<(), Failure> {
    let ShareCard {
        relationship, share, ..
    } = find::share(vault, &narrow.share)?;
    let until = narrow
        .until
        .as_deref()
        .map(|until| moments::parse_end(until, moments::local_zone()));
    let until = until.transpose()?.map(|until| until.at);
    let mask = match narrow.parts.as_slice() {
        [] => share.consent.item.mask,
        parts => mask_of(parts),
    };
    vault.support().narrow(share.id(), mask, until).wait()?;
    let is_out = goes_out(vault)?;
    let id = share.id().to_string();
    if out.is_json() {
        return out.value(&Id { id });
    }
    let who = who_of(vault, relationship)?;
    let consent = find::share(vault, &id)?.share.consent;
    let words = [
        ("who", who.as_str()),
        ("what", consent.sentence.as_str()),
        ("until", &until_of(consent.end, &who)),
    ];
    out.line(if is_out { said::NARROWED } else { said::NARROWED_OFFLINE }.with(&words))
}

/// The name of the other in a relationship; empty where it is in no list.
fn who_of(vault: &Vault, relationship: RelationshipId) -> Result<String, Failure> {
    let people = vault.support().relationships().wait()?;
    let with = people.iter().find(|one| one.relationship.id == relationship);
    Ok(with.map(name_of).unwrap_or_default())
}

/// What was decided goes out at once where there is a connection; whether there was one.
fn goes_out(vault: &Vault) -> Result<bool, Failure> {
    match relay::once(vault) {
        Ok(_) => Ok(true),
        Err(failure) if matches!(failure.code(), Some(Exit::Offline | Exit::Invalid)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

pub(super) fn stop_everything(vault: &Vault, out: Output) -> Result<(), Failure> {
    vault.support().stop_everything().wait()?;
    goes_out(vault)?;
    if out.is_json() {
        return out.value(&BTreeMap::from([("stopped", true)]));
    }
    out.line(said::ALL_STOPPED.text)
}

pub(super) fn revoke(vault: &Vault, id: &str, out: Output) -> Result<(), Failure> {
    let ShareCard {
        relationship, share, ..
    } = find::share(vault, id)?;
    let was_held = share.is_held(SystemClock.now());
    vault.support().revoke(share.id()).wait()?;
    let is_out = goes_out(vault)?;
    if out.is_json() {
        return out.value(&Id {
            id: share.id().to_string(),
        });
    }
    let who = who_of(vault, relationship)?;
    out.line(match (was_held, is_out) {
        (true, _) => said::CANCELLED.text.to_owned(),
        (false, true) => words::sharing::stopped(&who),
        (false, false) => said::STOPPED_OFFLINE.with(&[("who", &who)]),
    })
}

/// The receipt of a share, of one's own by the beginning of its id, of another's by the whole of it: what is over is in no list.
pub(super) fn receipt(vault: &Vault, id: &str, shape: &str, out: Output) -> Result<(), Failure> {
    let share = match id.trim().parse() {
        Ok(share) => share,
        Err(_) => find::share(vault, id)?.share.id(),
    };
    let receipt = vault.support().receipt(share).wait()?;
    out.line(receipt.write(match shape {
        "fhir" => ReceiptShape::FhirR4,
        _ => ReceiptShape::Iso27560,
    }))
}

/// The end that was typed, and how it is said.
fn end_of(text: &str, who: &str) -> Result<(End, String), Failure> {
    let end = match text.trim() {
        "never" => End::UntilIStop,
        "relationship" => End::WithRelationship,
        time => End::At(moments::parse_end(time, moments::local_zone())?.at),
    };
    Ok((end, until_of(end, who)))
}

fn until_of(end: End, who: &str) -> String {
    match end {
        End::UntilIStop => said::until_you_stop(),
        End::WithRelationship => said::until_relationship(who),
        End::At(Timestamp(at)) => said::until_day(&moments::shown_here(Timestamp(at))),
    }
}

/// The parts that are shown; of several times the finest.
fn mask_of(parts: &[PartArg]) -> Mask {
    let has = |part| parts.contains(&part);
    let times = [
        (PartArg::Time, When::Exact),
        (PartArg::Day, When::Day),
        (PartArg::Month, When::Month),
    ];
    Mask {
        text: has(PartArg::Words),
        title: has(PartArg::Title),
        feelings: has(PartArg::Feelings),
        tags: has(PartArg::Tags),
        attachments: has(PartArg::Attachments),
        captions: has(PartArg::Captions),
        valence: has(PartArg::Valence),
        people: has(PartArg::People),
        place: has(PartArg::Place),
        when: times
            .into_iter()
            .find(|(part, _)| has(*part))
            .map_or(When::No, |(_, when)| when),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn only_the_named_parts_are_shown_and_the_finest_time_of_several() {
        let mask = mask_of(&[PartArg::Words, PartArg::Month, PartArg::Day]);
        assert!(mask.text && !mask.title && !mask.feelings && !mask.tags);
        assert_eq!(mask.when, When::Day);
        assert_eq!(
            mask_of(&[PartArg::Words, PartArg::Title, PartArg::Day]),
            Mask::default()
        );
        assert_eq!(mask_of(&[]).when, When::No);
    }

    #[test]
    fn an_end_is_said_in_words_that_name_stopping() {
        for text in ["never", "relationship", "2026-12-24"] {
            assert!(end_of(text, "Dee").unwrap().1.contains("you stop"), "{text}");
        }
        assert!(end_of("some day", "Dee").is_err());
    }
}
