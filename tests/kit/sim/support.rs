//! What a person does with a specialist, and what the specialist may see meanwhile.

use super::faults::Fault;
use super::history::History;
use super::oracle::{Done, Shown};
use cairn_core::clock::Clock as _;
use cairn_core::id::ShareId;
use cairn_core::support::{End, Mask, Part};
use cairn_core::vault::NewShare;

impl History {
    pub(super) fn share(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let Some((entry, _)) = self.any_entry(node, false) else {
            return Ok(());
        };
        let now = self.clock.now();
        let hold_ms = [0, 60_000, 60_000][self.draw(3)];
        let ends = (self.dice.below(4) == 0).then(|| now.plus_ms(3_600_000));
        let new = NewShare {
            relationship: self.relationship,
            entry: entry.id,
            mask: Mask::default(),
            purpose: "so someone knows".to_owned(),
            wanted: None,
            end: ends.map_or(End::UntilIStop, End::At),
            hold_ms,
            tender_confirmed: false,
            passages: Vec::new(),
            follow_edits: false,
            gated: false,
            attachments: Vec::new(),
            notice: cairn_core::support::NoticeChoice::default(),
            lease_days: None,
        };
        self.say(format!(
            "{} shares, held for {hold_ms} ms: {}",
            self.nodes[node].name, entry.body
        ));
        if let Some(id) = self.command(node, |node| node.engine().share(new))? {
            let shown = Shown {
                entry: entry.id,
                body: entry.body,
                hold_until: now.plus_ms(hold_ms),
                ends,
                stopped: None,
                stopped_on: std::collections::BTreeSet::new(),
                stop_landed: false,
            };
            self.oracle.shares.insert(id, shown);
        }
        Ok(())
    }

    pub(super) fn revoke(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let shares = self.nodes[node]
            .engine()
            .shares()
            .map_err(|error| format!("{error:?}"))?;
        let at = self.draw(shares.len() as u64);
        let Some(id) = shares.get(at).map(|(_, share)| share.id()) else {
            return Ok(());
        };
        self.say(format!("{} stops a share", self.nodes[node].name));
        let stopped = self.command(node, |node| node.engine().revoke(id))?;
        self.oracle.stopped(id, node, Self::done(&stopped));
        Ok(())
    }

    /// A device has brought every space up to date.
    pub(super) fn after_round(&mut self, node: usize) -> Result<(), String> {
        if node == self.specialist() {
            return self.check_what_is_shown();
        }
        let waits = self.nodes[node]
            .view()
            .outbox_waiting()
            .map_err(|error| format!("{error:?}"))?;
        if waits == 0 {
            self.oracle.finished_round(node);
        }
        Ok(())
    }

    /// What the specialist may read, right after they have read everything there is.
    fn check_what_is_shown(&mut self) -> Result<(), String> {
        let now = self.clock.now();
        // An old page under an old head, both honestly signed, cannot be told from a relay where nothing happened since.
        let is_up_to_date = self.network.tally.of(Fault::StaleAnswer) == self.stale_before;
        for (id, body) in self.shown()? {
            let Some(shown) = self.oracle.shares.get(&id) else {
                continue;
            };
            if now < shown.hold_until {
                return Err("a share has left within its hold".to_owned());
            }
            if self.stopped_before.contains(&id) && is_up_to_date {
                return Err("a share is readable after its stop was at the relay".to_owned());
            }
            if shown.ends.is_some_and(|end| now >= end) {
                return Err("a share is readable past its end".to_owned());
            }
            if body != shown.body {
                return Err(format!("a share shows other words than were shared: {body}"));
            }
        }
        Ok(())
    }

    /// Shares the specialist can read, and the words in them.
    pub(super) fn shown(&mut self) -> Result<Vec<(ShareId, String)>, String> {
        let specialist = self.specialist();
        let shown = self.nodes[specialist]
            .engine()
            .shared_with_me()
            .map_err(|error| format!("{error:?}"))?;
        let words = |view: &cairn_core::support::RenderedView| view.text(Part::Body).unwrap_or_default().to_owned();
        Ok(shown.iter().map(|one| (one.share, words(&one.view))).collect())
    }

    /// In the end: exactly what was given and neither stopped nor over.
    pub(super) fn check_shares(&mut self) -> Result<(), String> {
        let now = self.clock.now();
        let shown = self.shown()?;
        for (id, share) in &self.oracle.shares {
            let is_shown = shown.iter().any(|(one, _)| one == id);
            let is_over = share.stopped == Some(Done::Yes) || share.ends.is_some_and(|end| now >= end);
            let was_trashed = self.oracle.trashed.contains(&share.entry);
            let must = share.stopped.is_none() && !is_over && now >= share.hold_until && !was_trashed;
            let is_gone = self.nodes[0].view().is_gone(share.entry.into());
            if is_shown && is_gone.map_err(|error| format!("{error:?}"))? {
                return Err(format!("a share outlived its entry: {}", share.body));
            }
            if is_shown && is_over {
                return Err(format!("a share that is over can still be read: {}", share.body));
            }
            if must && !is_shown {
                return Err(format!("a share never arrived: {}", share.body));
            }
        }
        self.check_what_is_shown()
    }
}
