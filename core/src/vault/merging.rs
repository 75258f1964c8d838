//! What arrived meets what is here: taken over, known already, or merged. Merging needs nobody.
//!
//! A document remembers its **siblings**: the records whose state it contains. A record whose parents name all of them,
//! while nothing waits here unsent, is newer in every part and is taken over without opening either document. Everything
//! else is merged. A merge is published only when no single record contains all of it, and only after a random wait, so
//! that of several devices one is first.

use super::documents::{Projection, change_of, new_row};
use super::history::is_other_edition;
use super::receive::{Received, SetAside, aside};
use super::{Change, Engine, Error};
use crate::crypto::{DeviceChain, Found, NotStanding};
use crate::document::Document;
use crate::id::random_bytes;
use crate::limits;
use crate::record::{Closed, Kind};
use crate::store::{ClosingRow, DocumentHead, DocumentRow, Sibling, Tx, Unverified, View, author_tag};
use cairn_wire::{PublicKey, RecordHash, SpaceId};
use std::collections::BTreeMap;

/// The direction in which a page was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the cursor on: whatever a record builds on was read before it.
    Forward,
    /// From the head back: what a record builds on may still come.
    NewestFirst,
}

/// How many records of one page may need a look at their signature before the page is durable; a longer page is a
/// catch-up, and its signatures are looked at in the background.
pub(super) const LIVE_RECORDS_MAX: usize = 64;

/// What became of the documents of a page.
pub(super) struct Kept {
    /// To be merged, in their order.
    pub(super) apart: Vec<Received>,
    /// To be set aside: not by a device of this person.
    pub(super) strange: Vec<(Received, SetAside)>,
}

/// Which of two states contained the other when they met.
#[derive(Clone, Copy)]
struct Sides {
    contained_by_it: bool,
    contains_it: bool,
}

impl Sides {
    /// The record contains what is here.
    const NEWER: Self = Self {
        contained_by_it: true,
        contains_it: false,
    };
    /// Neither contains the other, or both say the same.
    const APART: Self = Self {
        contained_by_it: false,
        contains_it: false,
    };
}

/// What a record means for a document.
enum Meeting {
    /// It is in this state already.
    Known,
    /// It contains all of this state, or there is none yet.
    TakenOver,
    /// It is the same state: one first change made on two devices, or a state that was sealed again.
    Same {
        /// Whether it names all records of which that state consists here.
        is_newer: bool,
    },
    /// Both have something the other has not, or only opening them can tell.
    Apart,
}

impl Engine {
    /// Keeps the documents of one page; `look_now` says that every author was looked at already.
    pub(super) fn keep_documents(
        &mut self,
        space: SpaceId,
        received: Vec<Received>,
        way: Way,
        look_now: bool,
    ) -> Result<Kept, Error> {
        let (chain, going) = (self.home_chain.as_ref(), &self.going);
        let (mut apart, mut strange): (Vec<Received>, Vec<(Received, SetAside)>) = (Vec::new(), Vec::new());
        let mut changes = vec![Change::Sync];
        self.store.write(|tx| {
            let any_gone = tx.any_gone()?;
            let any_arrival = way == Way::Forward && tx.any_quarantined_for(SetAside::Removed.number())?;
            for one in received {
                if any_arrival {
                    // Another device kept what it names, and shows it in its own name.
                    for parent in &one.inside.parents {
                        tx.release_quarantine(parent)?;
                    }
                }
                if any_gone && tx.is_gone(one.document())? && !planted!(GoneForgotten) {
                    // Whoever sent it had not heard of the tombstone. Nothing brings back what was erased.
                    tx.put_closing(&ClosingRow {
                        document: one.document(),
                        edition: one.inside.edition,
                        why: Closed::Erased.number(),
                        parents: tx.gone_parents(one.document())?.unwrap_or_default(),
                    })?;
                    continue;
                }
                let waits = apart.iter().any(|other| other.document() == one.document());
                let row = tx.document_head(one.document())?;
                match if waits {
                    Meeting::Apart
                } else {
                    meeting(tx, row.as_ref(), &one)?
                } {
                    Meeting::Known if way == Way::Forward => meet(tx, &one, chain)?,
                    Meeting::Known => {}
                    // Only a document that is new here may be looked at later: taking it away again then loses nothing.
                    Meeting::TakenOver if row.is_some() && !look_now => match check_author(chain, going, &one) {
                        Ok(()) => {
                            changes.push(change_of(one.inside.kind));
                            take_over(tx, space, one, row, way, chain.is_none())?;
                        }
                        Err(why) => strange.push((one, why)),
                    },
                    Meeting::TakenOver => {
                        changes.push(change_of(one.inside.kind));
                        take_over(tx, space, one, row, way, !look_now || chain.is_none())?;
                    }
                    Meeting::Same { is_newer } => {
                        let id = one.document();
                        let sides = if is_newer { Sides::NEWER } else { Sides::APART };
                        tx.set_siblings(id, &siblings_after(&tx.siblings(id)?, &one, sides, way))?;
                        tx.set_clean(id)?;
                    }
                    Meeting::Apart => match check_author(chain, going, &one) {
                        Ok(()) => apart.push(one),
                        Err(why) => strange.push((one, why)),
                    },
                }
            }
            Ok::<_, Error>(())
        })?;
        self.changes.extend(changes);
        Ok(Kept { apart, strange })
    }

    /// Merges a record into the document that is here.
    pub(super) fn merge(&mut self, space: SpaceId, one: Received, record: &[u8]) -> Result<(), Error> {
        let siblings = self.store.view().siblings(one.document())?;
        if siblings.iter().any(|sibling| sibling.hash == one.hash) {
            return Ok(());
        }
        let row = self.store.view().document_head(one.document())?;
        if row.is_some_and(|row| is_other_edition(&row, one.inside.edition)) {
            return match self.merge_edition(&one) {
                Err(error @ (Error::Store(_) | Error::Internal)) => Err(error),
                Err(_) => self.set_aside_sibling(space, &one, record),
                Ok(()) => Ok(()),
            };
        }
        match self.merged(&one) {
            Ok((row, document, sides)) => {
                let siblings = siblings_after(&siblings, &one, sides, Way::Forward);
                let id = one.document();
                let settle = |tx: &Tx<'_>| {
                    tx.set_siblings(id, &siblings)?;
                    Ok(tx.doubt_holds(id)?)
                };
                match self.write_back_with(row, document, settle) {
                    Ok(()) => Ok(()),
                    Err(error @ (Error::Store(_) | Error::Internal)) => Err(error),
                    Err(_) => self.set_aside_sibling(space, &one, record),
                }
            }
            Err(error @ (Error::Store(_) | Error::Internal)) => Err(error),
            Err(_) => self.set_aside_sibling(space, &one, record),
        }
    }

    /// Keeps a record that cannot be merged as it came. It is not counted as contained, so nothing sealed here replaces it.
    fn set_aside_sibling(&mut self, space: SpaceId, one: &Received, record: &[u8]) -> Result<(), Error> {
        let document = Some(one.document());
        let aside = aside(
            space,
            one.seq,
            one.hash,
            document,
            SetAside::NotAdmitted,
            record,
            self.now(),
        );
        self.commit(&[Change::Sync], |tx| Ok(tx.quarantine(&aside)?))
    }

    /// The merged document, the row to write it back with, and which side contained the other.
    fn merged(&mut self, one: &Received) -> Result<(DocumentRow, Document, Sides), Error> {
        let (row, mut mine) = self.open_document(one.document())?;
        if row.read_only || one.is_read_only() {
            return Err(Error::ReadOnly);
        }
        let theirs = self.document_of(one)?;
        let before = mine.heads();
        mine.merge(&theirs)?;
        let after = mine.heads();
        let (contained_by_it, contains_it) = (after == theirs.heads(), after == before);
        let (dirty, publish_after) = match (contained_by_it, contains_it) {
            (true, _) => (false, None),
            (false, true) => (row.dirty, row.publish_after),
            // What the person wrote here and has not been sent goes at once; a mere merge waits.
            (false, false) if row.dirty && row.publish_after.is_none() => (true, None),
            (false, false) => (true, Some(self.publish_time())),
        };
        let sides = Sides {
            contained_by_it,
            contains_it,
        };
        Ok((
            DocumentRow {
                dirty,
                publish_after,
                ..row
            },
            mine,
            sides,
        ))
    }

    /// Opens the document of a record: its bytes, or the first change made from its projection.
    pub(super) fn document_of(&mut self, one: &Received) -> Result<Document, Error> {
        match (&one.inside.document_bytes, &one.projection) {
            (Some(bytes), _) => self.admit(one.document(), bytes, &one.inside.heads),
            (None, Some(projection)) => {
                let kind = one.inside.kind;
                projection.genesis(&DocumentRow {
                    edition: one.inside.edition,
                    genesis: one.inside.genesis,
                    ..new_row(one.document(), kind)
                })
            }
            (None, None) => Err(Error::Internal),
        }
    }

    pub(super) fn publish_time(&mut self) -> crate::clock::Timestamp {
        let (least, most) = limits::MERGE_WAIT_MS;
        let drawn = u64::from_le_bytes(random_bytes(self.entropy.as_mut())) % (most - least + 1);
        self.now().plus_ms(i64::try_from(least + drawn).unwrap_or(i64::MAX))
    }
}

/// What a record means for the document that is here, without opening either.
fn meeting(view: &View<'_>, row: Option<&DocumentHead>, one: &Received) -> Result<Meeting, Error> {
    let Some(row) = row else { return Ok(Meeting::TakenOver) };
    if is_other_edition(row, one.inside.edition) {
        return Ok(Meeting::Apart);
    }
    let siblings = view.siblings(one.document())?;
    if siblings.iter().any(|sibling| sibling.hash == one.hash) {
        return Ok(Meeting::Known);
    }
    let names_all = siblings
        .iter()
        .filter(|sibling| sibling.tip)
        .all(|tip| one.inside.parents.contains(&tip.hash) || planted!(AncestryUnread));
    let is_newer = names_all && !siblings.is_empty();
    let is_same = if row.has_bytes {
        row.heads == one.inside.heads && is_newer
    } else {
        is_same_genesis(view, one)?
    };
    if is_same && !(row.dirty && row.has_bytes) {
        return Ok(Meeting::Same { is_newer });
    }
    Ok(if is_newer && !row.dirty {
        Meeting::TakenOver
    } else {
        Meeting::Apart
    })
}

/// Whether neither the entry here nor the one that arrived was ever edited, and both say the same.
fn is_same_genesis(view: &View<'_>, one: &Received) -> Result<bool, Error> {
    let (None, Some(Projection::Entry(theirs))) = (&one.inside.document_bytes, &one.projection) else {
        return Ok(false);
    };
    Ok(view.entry(theirs.id)?.is_some_and(|mine| mine == **theirs))
}

/// Puts a record's state in the place of what is here.
fn take_over(
    tx: &Tx<'_>,
    space: SpaceId,
    one: Received,
    former: Option<DocumentHead>,
    way: Way,
    look_later: bool,
) -> Result<(), Error> {
    let id = one.document();
    let siblings = match former {
        None => siblings_after(&[], &one, Sides::NEWER, way),
        Some(_) => siblings_after(&tx.siblings(id)?, &one, Sides::NEWER, way),
    };
    tx.set_siblings(id, &siblings)?;
    if look_later {
        tx.add_unverified(&Unverified {
            hash: one.hash,
            document: id,
            author: one.inside.author,
            digest: one.digest,
            signature: one.signature,
        })?;
    }
    let read_only = one.is_read_only();
    let inside = one.inside;
    tx.put_document(&DocumentRow {
        id,
        kind: inside.kind.number(),
        edition: inside.edition,
        schema: inside.schema,
        genesis: inside.genesis,
        admitted: inside.document_bytes.is_none(),
        bytes: inside.document_bytes,
        heads: inside.heads,
        dirty: false,
        publish_after: None,
        read_only,
        space: (inside.kind == Kind::SharedView).then_some(space),
    })?;
    match &one.projection {
        Some(projection) => projection.put(tx, id)?,
        None => return Ok(()),
    }
    if former.is_some() {
        tx.doubt_holds(id)?;
    }
    Ok(())
}

/// The siblings once `one` is contained too. Records it names as parents are no tips any more; of those, the ones that a
/// reader going forward may still meet are remembered, and of each author the first: whoever is removed later is to lose nobody else's
/// words. A parent that was never seen here may be anybody's, and is remembered as that.
fn siblings_after(before: &[Sibling], one: &Received, sides: Sides, way: Way) -> Vec<Sibling> {
    let named = |hash: &RecordHash| sides.contained_by_it && one.inside.parents.contains(hash);
    let is_first = |sibling: &Sibling| {
        let is_earlier = |other: &Sibling| other.author == sibling.author && other.seq < sibling.seq;
        sibling.author != 0 && !before.iter().any(is_earlier)
    };
    let mut after: Vec<Sibling> = before
        .iter()
        .filter(|sibling| {
            let may_come = way == Way::NewestFirst || sibling.seq == 0 || sibling.seq > one.seq;
            (sibling.tip && !named(&sibling.hash)) || may_come || is_first(sibling)
        })
        .map(|sibling| Sibling {
            tip: sibling.tip && !named(&sibling.hash),
            ..*sibling
        })
        .collect();
    for parent in &one.inside.parents {
        let is_needed = way == Way::NewestFirst || after.iter().all(|known| known.author != 0);
        if is_needed && before.iter().all(|sibling| sibling.hash != *parent) {
            after.push(Sibling {
                hash: *parent,
                seq: 0,
                tip: false,
                author: 0,
                epoch: 0,
            });
        }
    }
    // An older state that was contained already is nobody's tip.
    let tip = sides.contained_by_it || !sides.contains_it;
    after.push(sibling_of(one, tip));
    after
}

fn sibling_of(one: &Received, tip: bool) -> Sibling {
    Sibling {
        hash: one.hash,
        seq: one.seq,
        tip,
        author: author_tag(&one.inside.author),
        epoch: one.header.epoch,
    }
}

/// Takes note of whose record it is that was only heard of until now, and that one stands in a log that began anew. What a removed device
/// sealed is sealed again by one that is left: in that log nothing vouches for it.
fn meet(tx: &Tx<'_>, one: &Received, chain: Option<&DeviceChain>) -> Result<(), Error> {
    let author = PublicKey::from_bytes(one.inside.author);
    let stands = chain.is_none_or(|chain| chain.device(&author).is_some());
    let siblings = tx.siblings(one.document())?;
    let is_met = |known: &Sibling| known.hash == one.hash && (known.author == 0 || (stands && known.epoch == 0));
    if !siblings.iter().any(is_met) {
        return Ok(());
    }
    let met = siblings.into_iter().map(|known| {
        if is_met(&known) {
            sibling_of(one, known.tip)
        } else {
            known
        }
    });
    Ok(tx.set_siblings(one.document(), &met.collect::<Vec<_>>())?)
}

/// Devices that are to go, each with the number up to which it is trusted.
pub(super) type Going = BTreeMap<PublicKey, u64>;

/// Whether a record stands as one of this person's: who made it, under which epoch, and when. Devices that this one has just been
/// told to remove are trusted no further than they will be.
///
/// A device that has just joined may meet records before the chain that says whose they are: it looks at those again when it has
/// read everything ([`Engine::verify_some`]).
pub(super) fn check_standing(chain: Option<&DeviceChain>, going: &Going, one: &Received) -> Result<(), SetAside> {
    let Some(chain) = chain else { return Ok(()) };
    let author = PublicKey::from_bytes(one.inside.author);
    if going.get(&author).is_some_and(|trusted_upto| one.seq > *trusted_upto) {
        return Err(SetAside::Removed);
    }
    let found = Found {
        epoch: one.header.epoch,
        incarnation: one.header.incarnation,
        log: one.log,
        seq: one.seq,
    };
    chain
        .stands(&author, found)
        .or_else(|why| if planted!(StrangerHeard) { Ok(()) } else { Err(why) })
        .map_err(|why| match why {
            NotStanding::Stranger => SetAside::Stranger,
            NotStanding::AfterRemoval => SetAside::Removed,
            NotStanding::OldEpoch => SetAside::OldEpoch,
        })
}

/// Whether a record stands as one of this person's, and its author signed it.
pub(super) fn check_author(chain: Option<&DeviceChain>, going: &Going, one: &Received) -> Result<(), SetAside> {
    check_standing(chain, going, one)?;
    if one.is_signed() {
        Ok(())
    } else {
        Err(SetAside::NotSigned)
    }
}
