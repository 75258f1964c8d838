//! What the rules say, without any of the code that keeps them.

use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, ShareId};
use std::collections::{BTreeMap, BTreeSet};

/// What a view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: Option<String>,
    pub(super) body: String,
}

/// A share as it was meant, and as far as anybody can know of it.
pub(super) struct Given {
    pub(super) entry: EntryId,
    /// What is shown, as it stands at the relay; what is to be shown first, before that.
    pub(super) words: Words,
    pub(super) hold_ms: i64,
    pub(super) hold_until: Timestamp,
    pub(super) ends: Option<Timestamp>,
    pub(super) is_gated: bool,
    /// What the entry says by now, where that is to be shown too.
    pub(super) follows: Option<String>,
    /// An edit that waits as the first view did.
    pub(super) waits: Option<(String, Timestamp)>,
    /// The participant has taken the title away.
    pub(super) is_narrowed: bool,
    /// The participant stopped it, or erased what it shows.
    pub(super) is_stopped: bool,
    /// A view of it is at the relay.
    pub(super) is_there: bool,
    /// So is its stop.
    pub(super) is_stopped_there: bool,
}

impl Given {
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.ends.is_some_and(|at| now >= at)
    }

    /// What becomes of it when the participant's device meets the relay.
    fn leaves(&mut self, now: Timestamp, is_paused: bool) {
        let may_show_more = !self.is_expired(now) && !is_paused;
        self.is_there |= now >= self.hold_until && may_show_more;
        if self.is_there && self.is_narrowed {
            self.words.title = None;
        }
        let Some(body) = self.follows.clone().filter(|_| self.is_there && may_show_more) else {
            return;
        };
        let waiting = self.waits.as_ref().map_or(&self.words.body, |(body, _)| body);
        if body != *waiting {
            self.waits = Some((body, now.plus_ms(self.hold_ms)));
        }
        if let Some((body, _)) = self.waits.take_if(|(_, until)| now >= *until) {
            self.words.body = body;
        }
    }
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) is_paused: bool,
    pub(super) is_over: bool,
}

/// What the specialist's app had at its last contact.
struct Had {
    words: Words,
    /// It stands behind a gate, and this app has not opened it.
    is_shut: bool,
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) given: BTreeMap<ShareId, Given>,
    /// What each has decided, and what the relay has of it: the participant, the specialist.
    pub(super) decided: [Standing; 2],
    at_relay: [Standing; 2],
    /// What the participant's devices have heard of the specialist's decisions.
    pub(super) heard: Standing,
    had: BTreeMap<ShareId, Had>,
    /// What was done, to be told where it goes wrong.
    pub(super) told: Vec<String>,
}

impl Model {
    pub(super) fn phone_meets_the_relay(&mut self, now: Timestamp) {
        self.at_relay[0] = self.decided[0];
        self.heard = self.at_relay[1];
        let [is_paused, is_over] = [
            self.at_relay.iter().any(|one| one.is_paused),
            self.at_relay.iter().any(|one| one.is_over),
        ];
        for given in self.given.values_mut() {
            given.is_stopped |= is_over;
            if given.is_stopped {
                given.is_stopped_there = given.is_there;
            } else {
                given.leaves(now, is_paused);
            }
        }
    }

    /// The specialist's app, with something that she wants to open or without.
    pub(super) fn dee_meets_the_relay(&mut self, wanted: Option<ShareId>) {
        self.at_relay[1] = self.decided[1];
        let there = self
            .given
            .iter()
            .filter(|(_, given)| given.is_there && !given.is_stopped_there);
        let had = there.map(|(id, given)| {
            let is_known = |had: &&Had| had.words == given.words && !had.is_shut;
            let is_open = wanted == Some(*id) || self.had.get(id).filter(is_known).is_some();
            let had = Had {
                words: given.words.clone(),
                is_shut: given.is_gated && !is_open,
            };
            (*id, had)
        });
        self.had = had.collect();
    }

    fn allowed(&self, now: Timestamp) -> impl Iterator<Item = (ShareId, &Had)> {
        let is_over = self.decided[1].is_over;
        let had = self.had.iter().filter(move |_| !is_over);
        had.filter(move |(id, _)| self.given.get(id).is_some_and(|given| !given.is_expired(now)))
            .map(|(id, had)| (*id, had))
    }

    pub(super) fn readable(&self, now: Timestamp) -> BTreeMap<ShareId, Words> {
        let open = self.allowed(now).filter(|(_, had)| !had.is_shut);
        open.map(|(id, had)| (id, had.words.clone())).collect()
    }

    /// What she knows to be there, and cannot read.
    pub(super) fn shut(&self, now: Timestamp) -> BTreeSet<ShareId> {
        let shut = self.allowed(now).filter(|(_, had)| had.is_shut);
        shut.map(|(id, _)| id).collect()
    }
}
