//! Reading what an archive says of people: relationships, what was shown in them, and what was said.

use super::manifest::{Adding, Manifest};
use super::read::{Archive, read_text};
use super::{RELATIONSHIPS, consents, conversation, people};
use crate::exchange::ImportError;
use crate::exchange::archive::Member;
use crate::exchange::export::Source;
use crate::id::RelationshipId;
use crate::limits;
use crate::support::{ConsentInvalid, KeptMessage, KeptRelationship, Role, ShareCard, Unfit};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Read};

impl Archive {
    /// Reads everything that is between people once: what one says of another has to be there.
    pub(super) fn look_through_people(&mut self) -> Result<(), ImportError> {
        let people = self.people()?;
        let mut ids: BTreeSet<RelationshipId> = BTreeSet::new();
        if !people.iter().all(|one| ids.insert(one.id)) {
            return Err(ImportError::Damaged);
        }
        if people.len() > limits::ARCHIVE_PEOPLE_MAX || !people.iter().all(KeptRelationship::is_sound) {
            return Err(ImportError::TooMuchSaid);
        }
        let of_participants: BTreeSet<RelationshipId> = people
            .iter()
            .filter(|one| one.role == Role::Participant)
            .map(|one| one.id)
            .collect();
        let mut shares = BTreeSet::new();
        for card in self.shares() {
            let card = card?;
            if !of_participants.contains(&card.relationship) || !shares.insert(card.share.id()) {
                return Err(ImportError::Damaged);
            }
        }
        let mut heard = BTreeSet::new();
        for member in &mut self.conversations {
            let mut messages = BTreeSet::new();
            let mut said: BTreeMap<Role, usize> = BTreeMap::new();
            let of = read_conversation(member, &self.manifest, &mut |one| {
                let count = said.entry(one.by).or_default();
                *count += 1;
                if *count > limits::MESSAGES_MAX {
                    return Err(ImportError::TooMuchSaid);
                }
                messages.insert(one.id).then_some(()).ok_or(ImportError::Damaged)
            })?;
            if !of_participants.contains(&of) || !heard.insert(of) {
                return Err(ImportError::Damaged);
            }
        }
        Ok(())
    }

    /// The relationships, as far as they can be read without keys.
    ///
    /// # Errors
    /// [`ImportError`] when the file changed since it was opened, or the disk fails.
    pub fn people(&mut self) -> Result<Vec<KeptRelationship>, ImportError> {
        let found = self.documents.iter_mut().find(|member| member.path == RELATIONSHIPS);
        let Some(member) = found else { return Ok(Vec::new()) };
        let json = serde_json::from_str(&read_text(member, &self.manifest)?).map_err(|_| ImportError::Damaged)?;
        if !people::is_relationships(&json) {
            return Err(ImportError::Damaged);
        }
        if !people::is_known_form(&json) {
            return Err(ImportError::TooNew);
        }
        people::read_relationships(&json).ok_or(ImportError::Damaged)
    }

    /// What was shown in them and who saw it, one at a time. An error ends it.
    pub fn shares(&mut self) -> impl Iterator<Item = Result<ShareCard, ImportError>> + '_ {
        let manifest = &self.manifest;
        self.consents.iter_mut().map(move |member| read_share(member, manifest))
    }

    /// Hands the messages of each conversation to `keep`, one after the other, in the order in which they were shown.
    ///
    /// # Errors
    /// [`ImportError`] when the file changed since it was opened or the disk fails, and whatever `keep` answers.
    pub fn conversations(
        &mut self,
        keep: &mut dyn FnMut(RelationshipId, KeptMessage) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        for member in &mut self.conversations {
            let of = read_conversation(member, &self.manifest, &mut |_| Ok(()))?;
            read_conversation(member, &self.manifest, &mut |one| keep(of, one))?;
        }
        Ok(())
    }
}

/// The share of a file.
fn read_share(member: &mut Member<Box<dyn Source>>, manifest: &Manifest) -> Result<ShareCard, ImportError> {
    if member.bytes > limits::ARCHIVE_SHARE_BYTES_MAX {
        return Err(ImportError::TooMuchSaid);
    }
    let json: Value = serde_json::from_str(&read_text(member, manifest)?).map_err(|_| ImportError::Damaged)?;
    if !consents::is_consent(&json) {
        return Err(ImportError::Damaged);
    }
    if !people::is_known_form(&json) {
        return Err(ImportError::TooNew);
    }
    let card = consents::read_consent(&json).ok_or(ImportError::Damaged)?;
    card.share.consent.check().map_err(|why| match why {
        ConsentInvalid::PurposeTooLong | ConsentInvalid::Name => ImportError::TooMuchSaid,
        _ => ImportError::Damaged,
    })?;
    if card.share.consent.narrowed.len() > limits::NARROWINGS_MAX {
        return Err(ImportError::TooMuchSaid);
    }
    Ok(card)
}

/// Adds up what is read through it.
struct Summed<'s, R> {
    inner: R,
    adding: &'s mut Adding,
}

impl<R: Read> Read for Summed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.adding.add(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Hands every message of a file to `each`, a line at a time; answers whose conversation it is.
fn read_conversation(
    member: &mut Member<Box<dyn Source>>,
    manifest: &Manifest,
    each: &mut dyn FnMut(KeptMessage) -> Result<(), ImportError>,
) -> Result<RelationshipId, ImportError> {
    let mut adding = Adding::default();
    let (mut of, mut line) = (None, Vec::new());
    let inner = member.reader()?;
    let mut reader = BufReader::new(Summed {
        inner,
        adding: &mut adding,
    });
    loop {
        line.clear();
        let most = limits::ARCHIVE_MESSAGE_BYTES_MAX as u64;
        if reader.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if !line.ends_with(b"\n") {
            return Err(if line.len() as u64 == most {
                ImportError::TooMuchSaid
            } else {
                ImportError::Damaged
            });
        }
        let json: Value = serde_json::from_slice(&line).map_err(|_| ImportError::Damaged)?;
        if of.is_none() {
            of = Some(
                conversation::read_head(&json)
                    .ok_or(ImportError::Damaged)?
                    .ok_or(ImportError::TooNew)?,
            );
            continue;
        }
        let one = conversation::read_line(&json).ok_or(ImportError::Damaged)?;
        one.message.check().map_err(|why| match why {
            Unfit::TooLong => ImportError::TooMuchSaid,
            _ => ImportError::Damaged,
        })?;
        if !one.is_its_sides() {
            return Err(ImportError::Damaged);
        }
        each(one)?;
    }
    drop(reader);
    if manifest.files.get(&member.path) != Some(&adding.sum()) {
        return Err(ImportError::Changed);
    }
    of.ok_or(ImportError::Damaged)
}
