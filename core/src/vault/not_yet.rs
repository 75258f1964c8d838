//! The list of what the participant may want to show later: read, and changed.
//!
//! Showing an entry takes it off, and so does erasing it. Nothing that is made for anybody else looks here: no share, no view, no consent, no
//! receipt (a test reads the files of the core for that).

use super::facade::Journal;
use super::profile::fields_of;
use super::{Engine, Error, Reply};
use crate::clock::Timestamp;
use crate::id::{DocumentId, EntryId};
use crate::journal::{Cursor, Page};
use crate::limits;
use crate::profile;
use crate::record::Kind;
use crate::store::View;
use std::cmp::Reverse;

/// A page of the entries on the list, newest first as in every list, of equal moments the smaller id first. What is in the trash waits
/// there, and what is not here yet comes when it is.
///
/// # Errors
/// [`Error::Store`].
pub fn read_not_yet(view: View<'_>, after: Option<Cursor>, count: usize) -> Result<Page, Error> {
    let mut places = Vec::new();
    for id in profile::not_yet(&fields_of(view, Kind::Settings)?) {
        if let Some(at) = view.place_of(id)? {
            places.push((Reverse(at), id));
        }
    }
    places.sort_unstable();
    let is_later =
        |place: &&(Reverse<Timestamp>, EntryId)| after.is_none_or(|cursor| **place > (Reverse(cursor.at), cursor.id));
    let mut ids = places.iter().filter(is_later).map(|(_, id)| *id);
    let mut entries = Vec::new();
    for id in ids.by_ref().take(count) {
        entries.extend(view.entry(id)?);
    }
    let next = ids.next().and(entries.last()).map(Cursor::after);
    Ok(Page { entries, next })
}

impl Engine {
    /// Puts an entry on the list of what the participant may want to show later, or takes it off.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such entry to put on it, [`Error::Profile`] for the bound of the list, [`Error::Store`].
    pub fn set_not_yet(&mut self, id: EntryId, on: bool) -> Result<(), Error> {
        let view = self.store.view();
        if on && view.entry(id)?.is_none() {
            return Err(Error::NotFound);
        }
        // An entry that was erased elsewhere while it was put on the list here left its name there.
        let mut gone = Vec::new();
        for listed in profile::not_yet(&fields_of(view, Kind::Settings)?) {
            if view.is_gone(DocumentId::from(listed))? {
                gone.push(listed);
            }
        }
        self.take_off_not_yet(&gone)?;
        self.change_settings(|fields| profile::set_not_yet(fields, id, on))
    }

    /// Takes entries off that were erased, or shown.
    pub(super) fn take_off_not_yet(&mut self, ids: &[EntryId]) -> Result<(), Error> {
        self.change_settings(|fields| {
            let off = ids.iter().map(|id| profile::set_not_yet(fields, *id, false));
            let changes = off.collect::<Result<Vec<_>, _>>()?;
            Ok(changes.into_iter().flatten().collect())
        })
    }
}

impl Journal {
    /// A page of the entries that the participant may want to show later, newest first. The list is theirs alone, and nothing reminds of it.
    pub fn not_yet(&self, after: Option<Cursor>, count: usize) -> Reply<Page> {
        self.read(move |view| {
            if (1..=limits::PAGE_ENTRIES_MAX).contains(&count) {
                read_not_yet(view, after, count)
            } else {
                Err(Error::PageSize)
            }
        })
    }

    /// Whether an entry is on that list.
    pub fn is_not_yet(&self, id: EntryId) -> Reply<bool> {
        self.read(move |view| Ok(profile::not_yet(&fields_of(view, Kind::Settings)?).contains(&id)))
    }

    /// Puts an entry on that list, or takes it off. Showing the entry to somebody takes it off too.
    pub fn set_not_yet(&self, id: EntryId, on: bool) -> Reply<()> {
        self.ask(move |engine| engine.set_not_yet(id, on))
    }
}
