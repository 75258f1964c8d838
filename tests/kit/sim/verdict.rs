//! How a history must end.

use super::history::History;
use super::oracle::{Done, marks};
use crate::people::KEY;
use cairn_core::id::DocumentId;
use cairn_core::journal::{Entry, EntryQuery};
use cairn_core::vault::{drafts, read_profile};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of everybody in which everything must have come to rest.
const ROUNDS_MAX: u32 = 12;

/// The entries of one device, each with the heads of its document.
type Entries = BTreeMap<DocumentId, (Entry, Vec<[u8; 32]>)>;

impl History {
    /// The network heals, and everybody syncs until nothing is left to say.
    pub(super) fn heal(&mut self) -> Result<(), String> {
        self.say("everything works again".to_owned());
        self.network.heal();
        for _ in 0..ROUNDS_MAX {
            self.advance(61_000);
            let mut is_quiet = true;
            for node in 0..self.nodes.len() {
                let report = self.quiet_round(node)?;
                is_quiet &= report == (0, 0);
            }
            if is_quiet {
                return Ok(());
            }
        }
        Err("the devices never come to rest".to_owned())
    }

    /// A round on a network without faults: it brings every space up to date.
    fn quiet_round(&mut self, node: usize) -> Result<(u64, u64), String> {
        let name = self.nodes[node].name;
        let failed = |error: cairn_core::vault::Error| format!("{name} fails on a network that works: {error:?}");
        self.begin_round();
        self.nodes[node].engine().sync_begin().map_err(failed)?;
        let mut requests = 0;
        while self.exchange(node, &mut requests)? {}
        let report = self.nodes[node].engine().sync_end().map_err(failed)?;
        self.say(format!(
            "{name} syncs: {} received, {} sent",
            report.received, report.sent
        ));
        if !report.is_complete() {
            return Err(format!(
                "{name} is not brought up to date on a network that works: {:?}",
                report.failed
            ));
        }
        self.after_round(node)?;
        Ok((report.received, report.sent))
    }

    /// The planted defect: one device has an entry's document no more, and its cursor is past it.
    pub(super) fn forget_a_document(&mut self) -> Result<(), String> {
        self.nodes[0].while_closed(|disk| {
            let flags = rusqlite::OpenFlags::default();
            let raw = rusqlite::Connection::open_with_flags_and_vfs("vault.db", flags, disk.name())
                .expect("the database opens");
            raw.pragma_update(None, "key", format!("x'{}'", "07".repeat(KEY.len())))
                .expect("the key is taken");
            raw.pragma_update(None, "locking_mode", "exclusive").expect("a pragma");
            raw.execute("DELETE FROM entry WHERE rowid = (SELECT max(rowid) FROM entry)", ())
                .expect("an entry goes");
        })
    }

    pub(super) fn check_end(&mut self) -> Result<(), String> {
        let devices = self.specialist();
        let first = self.entries(0)?;
        for node in 1..devices {
            let other = self.entries(node)?;
            if let Some(what) = difference(&first, &other) {
                return Err(format!(
                    "{} and {} differ: {what}",
                    self.nodes[0].name, self.nodes[node].name
                ));
            }
            self.check_rest_is_equal(node)?;
        }
        for node in 0..self.nodes.len() {
            self.check_at_rest(node)?;
        }
        self.check_marks(&first)?;
        self.check_statements()?;
        self.check_shares()
    }

    fn entries(&self, node: usize) -> Result<Entries, String> {
        let view = self.nodes[node].view();
        let mut all = BTreeMap::new();
        for trashed in [false, true] {
            let query = EntryQuery {
                trashed,
                ..EntryQuery::newest(500)
            };
            for entry in view.entries(&query).map_err(|error| format!("{error:?}"))?.entries {
                let id = DocumentId::from(entry.id);
                let heads = view.document_head(id).map_err(|error| format!("{error:?}"))?;
                all.insert(id, (entry, heads.map(|row| row.heads).unwrap_or_default()));
            }
        }
        Ok(all)
    }

    fn check_rest_is_equal(&mut self, node: usize) -> Result<(), String> {
        let profile = |history: &Self, node: usize| {
            read_profile(history.nodes[node].view()).map_err(|error| format!("{error:?}"))
        };
        if profile(self, 0)? != profile(self, node)? {
            return Err("two devices differ in the profile".to_owned());
        }
        let (first, other) = (self.nodes[0].engine().shares(), self.nodes[node].engine().shares());
        if first.map_err(|error| format!("{error:?}"))? != other.map_err(|error| format!("{error:?}"))? {
            return Err("two devices differ in what is shared".to_owned());
        }
        let (first, other) = (
            self.nodes[0].engine().relationships(),
            self.nodes[node].engine().relationships(),
        );
        if first.map_err(|error| format!("{error:?}"))? != other.map_err(|error| format!("{error:?}"))? {
            return Err("two devices differ in a relationship".to_owned());
        }
        Ok(())
    }

    /// Nothing waits, and nothing had to be set aside: nobody here was ever lied to by someone with the keys.
    fn check_at_rest(&mut self, node: usize) -> Result<(), String> {
        let status = self.nodes[node]
            .engine()
            .sync_status()
            .map_err(|error| format!("{error:?}"))?;
        let name = self.nodes[node].name;
        if node != self.specialist() && status.waiting > 0 {
            return Err(format!("{} records of {name} wait for ever", status.waiting));
        }
        if status.set_aside > 0 {
            let said = self.nodes[node]
                .engine()
                .doctor()
                .map_err(|error| format!("{error:?}"))?;
            return Err(format!("{name} set something aside: {:?}", said.lines));
        }
        Ok(())
    }

    /// Every sentence that was acknowledged is there, once, unless a revision took it away; and then it is nowhere.
    fn check_marks(&self, entries: &Entries) -> Result<(), String> {
        let present: Vec<u64> = entries.values().flat_map(|(entry, _)| marks(&entry.body)).collect();
        let distinct: BTreeSet<u64> = present.iter().copied().collect();
        let offered = self.offered()?;
        if present.len() > distinct.len() && !self.rewrites_beginnings && !self.begins_anew {
            let double = present
                .iter()
                .find(|mark| present.iter().filter(|other| other == mark).count() > 1);
            return Err(format!("a sentence stands there twice: {double:?}"));
        }
        for (mark, fate) in &self.oracle.marks {
            let is_there = distinct.contains(mark);
            if fate.written == Done::Yes && fate.removed.is_none() && !is_there && !offered.contains(mark) {
                return Err(format!("an acknowledged sentence is lost: {mark}"));
            }
            if fate.removed == Some(Done::Yes) && is_there && !self.rewrites_beginnings && !self.begins_anew {
                return Err(format!("a sentence that was taken away is back: {mark}"));
            }
        }
        match distinct.iter().find(|mark| !self.oracle.marks.contains_key(mark)) {
            Some(mark) => Err(format!("a sentence nobody wrote: {mark}")),
            None => Ok(()),
        }
    }

    /// The sentences that devices offer because the entry they were written in was erased elsewhere.
    fn offered(&self) -> Result<BTreeSet<u64>, String> {
        let mut offered = BTreeSet::new();
        for node in &self.nodes {
            for kept in drafts(node.view()).map_err(|error| format!("{error:?}"))? {
                offered.extend(marks(&kept.draft.body));
            }
        }
        Ok(offered)
    }

    fn check_statements(&self) -> Result<(), String> {
        let profile = read_profile(self.nodes[0].view()).map_err(|error| format!("{error:?}"))?;
        for (id, text) in &self.oracle.statements {
            if profile.statement(*id).is_none_or(|statement| statement.text != *text) {
                return Err(format!("an acknowledged statement is lost: {text}"));
            }
        }
        Ok(())
    }
}

fn difference(first: &Entries, other: &Entries) -> Option<String> {
    if first.len() != other.len() {
        return Some(format!("{} entries and {}", first.len(), other.len()));
    }
    first.iter().zip(other).find_map(|((id, mine), (other_id, theirs))| {
        if id != other_id {
            return Some("other entries".to_owned());
        }
        let ((mine, my_heads), (theirs, their_heads)) = (mine, theirs);
        if mine.body != theirs.body {
            return Some(format!("`{}` and `{}`", mine.body, theirs.body));
        }
        if mine != theirs {
            return Some(format!("`{}` in something beside its words", mine.body));
        }
        (my_heads != their_heads).then(|| format!("`{}` in its heads", mine.body))
    })
}
