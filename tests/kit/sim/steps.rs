//! What a person does with their journal and their profile.

use super::faults::Fault;
use super::history::{History, Reading};
use super::image::HEADING;
use super::oracle::{Done, sentence};
use crate::draft;
use cairn_core::id::EntryId;
use cairn_core::journal::{Draft, Entry, EntryQuery};
use cairn_core::profile::Stance;
use cairn_core::vault::{Version, entry_for_editing, read_profile};

/// Readings that wait to be revised.
const READINGS_MAX: usize = 6;

impl History {
    pub(super) fn write(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let count = 1 + self.dice.below(4);
        let mut sentences: Vec<String> = (0..count).map(|_| sentence(self.oracle.fresh())).collect();
        if !self.rewrites_beginnings {
            sentences.insert(0, HEADING.to_owned());
        }
        let body = sentences.join(" ");
        self.say(format!("{} writes: {body}", self.nodes[node].name));
        let draft = draft(&self.clock, &body);
        let written = self.command(node, |node| node.engine().write(draft))?;
        self.oracle.replaced("", &body, Self::done(&written));
        Ok(())
    }

    /// An entry of this device, as a person would come upon it.
    pub(super) fn any_entry(&mut self, node: usize, trashed: bool) -> Option<(Entry, Version)> {
        let view = self.nodes[node].view();
        let query = EntryQuery {
            trashed,
            ..EntryQuery::newest(500)
        };
        let mut ids: Vec<EntryId> = view
            .entries(&query)
            .ok()?
            .entries
            .into_iter()
            .map(|entry| entry.id)
            .collect();
        ids.sort_unstable();
        // Half of the time one of the first, so that devices meet in the same entry.
        let within = if self.dice.below(2) == 0 {
            ids.len().min(3)
        } else {
            ids.len()
        };
        let id = *ids.get(self.draw(within as u64))?;
        entry_for_editing(self.nodes[node].view(), id).ok()?
    }

    pub(super) fn revise(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let Some((entry, version)) = self.any_entry(node, false) else {
            return Ok(());
        };
        self.put_revision(&Reading {
            node,
            entry: entry.id,
            version,
            body: entry.body,
        })
    }

    pub(super) fn read_for_later(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let Some((entry, version)) = self.any_entry(node, false) else {
            return Ok(());
        };
        self.say(format!("{} opens an entry", self.nodes[node].name));
        self.readings.push(Reading {
            node,
            entry: entry.id,
            version,
            body: entry.body,
        });
        if self.readings.len() > READINGS_MAX {
            self.readings.remove(0);
        }
        Ok(())
    }

    pub(super) fn revise_what_was_read(&mut self) -> Result<(), String> {
        if self.readings.is_empty() {
            return Ok(());
        }
        let at = self.draw(self.readings.len() as u64);
        let reading = self.readings.swap_remove(at);
        let entry = self.nodes[reading.node].view().entry(reading.entry);
        if entry.map_err(|error| format!("{error:?}"))?.is_none() {
            return Ok(()); // Erased on another device while it was being read.
        }
        self.network.tally.count(Fault::StaleVersion);
        self.put_revision(&reading)
    }

    /// A person changes what they read: a sentence or two replaced, put in, or taken away.
    fn put_revision(&mut self, reading: &Reading) -> Result<(), String> {
        let mut sentences: Vec<String> = reading
            .body
            .split_inclusive('.')
            .map(|sentence| sentence.trim().to_owned())
            .filter(|sentence| !sentence.is_empty())
            .collect();
        let fixed = usize::from(!self.rewrites_beginnings);
        for _ in 0..=self.dice.below(2) {
            let at = (fixed + self.draw(sentences.len().saturating_sub(fixed) as u64)).min(sentences.len());
            match self.dice.below(8) {
                0..4 if at < sentences.len() => sentences[at] = sentence(self.oracle.fresh()),
                4 if at < sentences.len() && sentences.len() > 1 => drop(sentences.remove(at)),
                5 => sentences.push(sentence(self.oracle.fresh())),
                _ => sentences.insert(at, sentence(self.oracle.fresh())),
            }
        }
        let body = sentences.join(" ");
        self.say(format!(
            "{} revises: {} -> {body}",
            self.nodes[reading.node].name, reading.body
        ));
        let tags = if self.dice.below(4) == 0 {
            vec![format!("tag {}", self.dice.below(5))]
        } else {
            Vec::new()
        };
        let draft = Draft {
            tags,
            ..draft(&self.clock, &body)
        };
        let (id, version) = (reading.entry, reading.version.clone());
        let revised = self.command(reading.node, |node| node.engine().revise(id, &version, draft))?;
        self.oracle.replaced(&reading.body, &body, Self::done(&revised));
        Ok(())
    }

    pub(super) fn trash_or_restore(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let restores = self.dice.below(2) == 0;
        let Some((entry, _)) = self.any_entry(node, restores) else {
            return Ok(());
        };
        self.say(format!(
            "{} {} an entry",
            self.nodes[node].name,
            if restores { "restores" } else { "trashes" }
        ));
        let id = entry.id;
        if !restores {
            self.oracle.trashed.insert(id);
        }
        self.command(node, |node| {
            if restores {
                node.engine().restore(id)
            } else {
                node.engine().trash(id)
            }
        })?;
        Ok(())
    }

    /// A device forgets what an entry said before.
    pub(super) fn erase_earlier_drafts(&mut self) -> Result<(), String> {
        let node = self.any_device();
        if !self.begins_anew {
            return Ok(());
        }
        let Some((entry, _)) = self.any_entry(node, false) else {
            return Ok(());
        };
        self.say(format!(
            "{} begins an entry anew: {}",
            self.nodes[node].name, entry.body
        ));
        let id = entry.id;
        self.command(node, |node| node.engine().erase_earlier_drafts(id))?;
        Ok(())
    }

    /// An entry that nobody was shown is erased out of the trash.
    pub(super) fn erase(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let Some((entry, _)) = self.any_entry(node, true) else {
            return Ok(());
        };
        let shares = self.nodes[node]
            .engine()
            .shares()
            .map_err(|error| format!("{error:?}"))?;
        if shares.iter().any(|(_, share)| share.consent.item.entry == entry.id) {
            return Ok(());
        }
        self.say(format!("{} erases: {}", self.nodes[node].name, entry.body));
        let id = entry.id;
        let erased = self.command(node, |node| node.engine().erase(id))?;
        self.oracle.replaced(&entry.body, "", Self::done(&erased));
        self.readings.retain(|reading| reading.entry != id);
        Ok(())
    }

    pub(super) fn change_profile(&mut self) -> Result<(), String> {
        let node = self.any_device();
        let profile = read_profile(self.nodes[node].view()).map_err(|error| format!("{error:?}"))?;
        let at = self.draw(profile.sections.len() as u64);
        let Some(section) = profile.sections.get(at).map(|section| section.id) else {
            let name = sentence(self.oracle.fresh());
            self.say(format!("{} adds a section", self.nodes[node].name));
            return self.command(node, |node| node.engine().add_section(&name)).map(drop);
        };
        let at = self.draw(profile.statements.len() as u64);
        let statement = profile.statements.get(at).map(|statement| statement.id);
        let text = sentence(self.oracle.fresh());
        match (self.dice.below(6), statement) {
            (0, Some(id)) => {
                self.say(format!("{} removes a statement", self.nodes[node].name));
                self.oracle.statements.remove(&id);
                self.command(node, |node| node.engine().remove_statement(id))?;
            }
            (1 | 2, Some(id)) => {
                self.say(format!("{} changes a statement: {text}", self.nodes[node].name));
                self.oracle.statements.remove(&id);
                self.command(node, |node| {
                    node.engine().set_statement(id, &text, Some(Stance::Unsure))
                })?;
            }
            (3, _) => {
                self.say(format!("{} renames a section", self.nodes[node].name));
                self.command(node, |node| node.engine().rename_section(section, &text))?;
            }
            _ => {
                self.say(format!("{} adds a statement: {text}", self.nodes[node].name));
                let added = self.command(node, |node| node.engine().add_statement(section, &text, None))?;
                if let (Some(id), Done::Yes) = (added, Self::done(&added)) {
                    self.oracle.statements.insert(id, text);
                }
            }
        }
        Ok(())
    }
}
