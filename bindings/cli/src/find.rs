//! Things by the beginning of their id, as people type them.

use crate::failure::Failure;
use cairn_core::id::{EntryId, RelationshipId, ShareId};
use cairn_core::journal::{Attachment, Entry, EntryQuery};
use cairn_core::limits::PAGE_ENTRIES_MAX;
use cairn_core::support::{RelationshipCard, Role, ShareCard, Status};
use cairn_core::vault::{Arrival, DeviceCard, KeptDraft, Vault};
use data_encoding::HEXLOWER;
use std::fmt::Display;

/// Characters of an id in a list.
const SHORT: usize = 8;
/// Digits of the longest id, that of a device.
const DIGITS_MAX: usize = 64;

/// The beginning of an id, as lists show it.
pub(crate) fn short(id: impl Display) -> String {
    id.to_string().chars().take(SHORT).collect()
}

/// The beginning of an id: hexadecimal digits, dashes not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beginning(String);

impl Beginning {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: String = text
            .trim()
            .chars()
            .filter(|c| *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let fits = (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then_some(Self(digits))
    }

    fn fits(&self, id: impl Display) -> bool {
        id.to_string().replace('-', "").starts_with(&self.0)
    }

    const fn is_whole(&self) -> bool {
        self.0.len() == 32
    }
}

/// The one of `ids` that begins so.
pub(crate) fn only<T: Copy + Display>(
    beginning: &Beginning,
    ids: impl IntoIterator<Item = T>,
    thing: &str,
) -> Result<T, Failure> {
    let mut fitting = ids.into_iter().filter(|id| beginning.fits(id));
    match (fitting.next(), fitting.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(nothing(thing)),
        (Some(_), Some(_)) => Err(Failure::invalid(format!(
            "Nothing was changed: more than one {thing} begins like this, and a few more characters tell them apart."
        ))),
    }
}

fn nothing(thing: &str) -> Failure {
    Failure::not_found(format!("Nothing was changed: there is no {thing} with this id."))
}

/// The beginning of an id that somebody typed.
pub(crate) fn beginning(text: &str) -> Result<Beginning, Failure> {
    Beginning::parse(text)
        .ok_or_else(|| Failure::invalid("Nothing was changed: an id is made of the digits 0-9 and the letters a-f."))
}

/// The entry whose id begins so, in the journal or in the trash.
pub(crate) fn entry(vault: &Vault, text: &str) -> Result<EntryId, Failure> {
    let beginning = beginning(text)?;
    if beginning.is_whole()
        && let Ok(id) = beginning.0.parse()
    {
        return vault
            .journal()
            .entry(id)
            .wait()?
            .map(|entry| entry.id)
            .ok_or_else(|| nothing("entry"));
    }
    let mut fitting = Vec::new();
    for trashed in [false, true] {
        let mut query = EntryQuery {
            trashed,
            ..EntryQuery::newest(PAGE_ENTRIES_MAX)
        };
        loop {
            let page = vault.journal().entries(query).wait()?;
            fitting.extend(
                page.entries
                    .iter()
                    .map(|entry| entry.id)
                    .filter(|id| beginning.fits(id)),
            );
            let Some(next) = page.next else { break };
            query = EntryQuery {
                after: Some(next),
                trashed,
                ..EntryQuery::newest(PAGE_ENTRIES_MAX)
            };
        }
    }
    only(&beginning, fitting, "entry")
}

/// The attachment of an entry with this number, or whose id begins so.
pub(crate) fn attachment<'e>(entry: &'e Entry, text: &str) -> Result<&'e Attachment, Failure> {
    let ids = || entry.attachments.iter().map(|attachment| attachment.id);
    // A short number is a place in the list; an id begins with more than that.
    let place = text
        .parse::<usize>()
        .ok()
        .filter(|place| (1..=entry.attachments.len()).contains(place));
    let found = match place {
        Some(place) => entry.attachments.get(place - 1),
        None => {
            let id = only(&beginning(text)?, ids(), "attachment of this entry")?;
            entry.attachments.iter().find(|attachment| attachment.id == id)
        }
    };
    found.ok_or_else(|| nothing("attachment of this entry"))
}

/// The share of this person whose id begins so.
pub(crate) fn share(vault: &Vault, text: &str) -> Result<ShareCard, Failure> {
    let beginning = beginning(text)?;
    let shares = vault.support().shares().wait()?;
    let id: ShareId = only(&beginning, shares.iter().map(|card| card.share.id()), "share")?;
    let found = shares.into_iter().find(|card| card.share.id() == id);
    found.ok_or_else(|| nothing("share"))
}

/// The draft whose id begins so.
pub(crate) fn draft<'k>(kept: &'k [KeptDraft], text: &str) -> Result<&'k KeptDraft, Failure> {
    let id = only(&beginning(text)?, kept.iter().map(|draft| draft.id), "draft")?;
    kept.iter().find(|draft| draft.id == id).ok_or_else(|| nothing("draft"))
}

/// The specialist of this name whom this person has met, or whose relationship's id begins so.
pub(crate) fn specialist(vault: &Vault, text: &str) -> Result<RelationshipCard, Failure> {
    let is_met = |one: &RelationshipCard| one.relationship.role == Role::Participant && one.status.is_under_way();
    one_of(vault, text, "specialist", is_met)
}

/// The person of this name, or whose relationship's id begins so, with whom it is not over.
pub(crate) fn person(vault: &Vault, text: &str) -> Result<RelationshipCard, Failure> {
    one_of(vault, text, "person", |one| one.status != Status::Ended)
}

/// The person of this name, or whose relationship's id begins so, also where it is over, or kept from an export: to read what is there. One with whom it is not over comes first.
pub(crate) fn anybody(vault: &Vault, text: &str) -> Result<RelationshipCard, Failure> {
    match person(vault, text) {
        Err(Failure::Said {
            exit: crate::failure::Exit::NotFound,
            ..
        }) => one_of(vault, text, "person", |_| true),
        found => found,
    }
}

fn one_of(
    vault: &Vault,
    text: &str,
    what: &'static str,
    fits: impl Fn(&RelationshipCard) -> bool,
) -> Result<RelationshipCard, Failure> {
    let mut all = vault.support().relationships().wait()?;
    all.retain(fits);
    let wanted = text.trim().to_lowercase();
    let is_named = |one: &&RelationshipCard| {
        // Whoever shows another name is found by the one they were met with, too.
        let met = one.relationship.peer.as_ref().map(|peer| peer.name.as_str());
        [one.name(), met]
            .into_iter()
            .flatten()
            .any(|name| name.to_lowercase() == wanted)
    };
    let mut named = all.iter().filter(is_named);
    match (named.next(), named.next()) {
        (Some(one), None) => return Ok(one.clone()),
        (Some(_), Some(_)) => {
            return Err(Failure::invalid(
                "Nothing was changed: more than one person here has this name, and `cairn people` shows their ids.",
            ));
        }
        (None, _) => {}
    }
    let unknown = || Failure::not_found(format!("Nothing was changed: there is no {what} of this name here."));
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    let ids = all.iter().map(|one| one.relationship.id);
    let id: RelationshipId = only(&beginning, ids, what).map_err(|failure| match failure {
        Failure::Said {
            exit: crate::failure::Exit::NotFound,
            ..
        } => unknown(),
        failure => failure,
    })?;
    all.into_iter()
        .find(|one| one.relationship.id == id)
        .ok_or_else(unknown)
}

/// The id of a device or an arrival, whole.
pub(crate) fn long(id: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(id.as_ref())
}

/// The device of this name, or whose id begins so.
pub(crate) fn device(devices: &[DeviceCard], text: &str) -> Result<DeviceCard, Failure> {
    let wanted = text.trim().to_lowercase();
    let mut named = devices.iter().filter(|one| one.name.to_lowercase() == wanted);
    match (named.next(), named.next()) {
        (Some(one), None) => return Ok(one.clone()),
        (Some(_), Some(_)) => {
            return Err(Failure::invalid(
                "Nothing was changed: more than one of your devices has this name, and `cairn devices` shows their ids.",
            ));
        }
        (None, _) => {}
    }
    let unknown = || Failure::not_found("Nothing was changed: there is no device of this name here.");
    let ids: Vec<String> = devices.iter().map(|one| long(one.id)).collect();
    let beginning = Beginning::parse(text).ok_or_else(unknown)?;
    let id = only(&beginning, ids.iter().map(String::as_str), "device")?;
    devices
        .iter()
        .find(|one| long(one.id) == id)
        .cloned()
        .ok_or_else(unknown)
}

/// What came from a removed device, by the beginning of its id.
pub(crate) fn arrival(arrivals: Vec<Arrival>, text: &str) -> Result<Arrival, Failure> {
    let ids: Vec<String> = arrivals.iter().map(|one| long(one.id)).collect();
    let id = only(&beginning(text)?, ids.iter().map(String::as_str), "arrival")?;
    arrivals
        .into_iter()
        .find(|one| long(one.id) == id)
        .ok_or_else(|| nothing("arrival"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    fn ids() -> Vec<EntryId> {
        [[0xab; 16], [0xac; 16], [0xad; 16]]
            .into_iter()
            .map(EntryId::from_bytes)
            .collect()
    }

    fn found(text: &str) -> Result<EntryId, Failure> {
        only(&Beginning::parse(text).unwrap(), ids(), "entry")
    }

    #[test]
    fn a_beginning_that_only_one_id_has_is_enough() {
        assert_eq!(found("ab").unwrap(), ids()[0]);
        assert_eq!(found("ACACacac-acac").unwrap(), ids()[1]);
        assert_eq!(found(&ids()[2].to_string()).unwrap(), ids()[2]);
        assert_eq!(short(ids()[0]), "abababab");
    }

    #[test]
    fn a_beginning_of_several_or_of_none_is_said_so() {
        assert!(found("a").unwrap_err().sentence().contains("more than one entry"));
        assert!(found("b").unwrap_err().sentence().contains("no entry"));
    }

    #[test]
    fn what_cannot_begin_an_id_is_none() {
        for text in ["", "-", "xyz", "ab cd", &"a".repeat(DIGITS_MAX + 1), "ä"] {
            assert_eq!(Beginning::parse(text), None, "{text}");
        }
    }
}
