//! One history, from its seed to its end.

use super::faults::{Fault, Tally};
use super::image::{DEVICES, SPECIALIST, image};
use super::network::Network;
use super::node::{Node, RelayNode};
use super::oracle::{Done, Oracle};
use crate::{SeededEntropy, TestClock};
use cairn_core::clock::Clock as _;
use cairn_core::id::{EntryId, RelationshipId, ShareId};
use cairn_core::sync::Report;
use cairn_core::vault::{Error, Version};
use cairn_relay::Danger;
use cairn_simdisk::Faults;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Requests one round may take here before it counts as endless.
const ROUND_MAX: u32 = 400;

/// A defect put in on purpose, to see that it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// The disk of one device answers every sync with success and keeps nothing.
    LyingDisk,
    /// The relay answers before it has committed.
    HastyRelay,
    /// One device moves its cursor past a page and keeps nothing of one document on it.
    ForgottenDocument,
    /// The network leaves one record out of every page.
    StrippedPages,
}

/// What became of a history that ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// A hash of every step, every request and every answer.
    pub trace: [u8; 32],
    /// The faults that occurred.
    pub tally: Tally,
    /// Steps taken.
    pub steps: u64,
}

/// A history that did not end well.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed that repeats it.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
    /// The steps before it.
    pub story: Vec<String>,
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.story.iter().enumerate() {
            writeln!(f, "{n:4} {step}")?;
        }
        writeln!(f, "history {} went wrong: {}", self.seed, self.what)?;
        write!(f, "repeat it with CAIRN_SIM_SEED={} CAIRN_SIM_HISTORIES=1", self.seed)
    }
}

/// Something a person read, and will revise later as if nothing had come since.
pub(super) struct Reading {
    pub(super) node: usize,
    pub(super) entry: EntryId,
    pub(super) version: Version,
    pub(super) body: String,
}

/// Everything there is in one history.
pub(super) struct History {
    pub(super) dice: SeededEntropy,
    pub(super) clock: TestClock,
    /// The participant's devices, and the specialist's as the last.
    pub(super) nodes: Vec<Node>,
    pub(super) network: Network,
    pub(super) oracle: Oracle,
    pub(super) relationship: RelationshipId,
    pub(super) readings: Vec<Reading>,
    /// Whether the first sentence of an entry is rewritten too. Two rewrites of it can come to stand without a space between
    /// them, and then count as one sentence from there on: nothing is lost, but a sentence may stand there twice.
    pub(super) rewrites_beginnings: bool,
    /// Whether entries begin anew. Then words that one device took away while another had not heard of it may come back: what
    /// must never happen is that they are lost.
    pub(super) begins_anew: bool,
    /// Stale answers that had occurred when the round under way began.
    pub(super) stale_before: u64,
    /// Shares whose stop was at the relay when it began.
    pub(super) stopped_before: BTreeSet<ShareId>,
    pub(super) story: Vec<String>,
}

/// Tells the history of `seed`, with a planted defect or none.
///
/// # Errors
/// [`Failure`] when anything that must hold did not.
pub fn tell(seed: u64, planted: Option<Planted>) -> Result<Told, Failure> {
    let mut history = History::begin(seed, planted);
    let ended = catch_unwind(AssertUnwindSafe(|| history.run(planted))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        Err(words
            .or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()))
            .unwrap_or_default())
    });
    match ended {
        Ok(steps) => {
            let trace = *history.network.trace.finalize().as_bytes();
            Ok(Told {
                trace,
                tally: history.network.tally,
                steps,
            })
        }
        Err(what) => Err(Failure {
            seed,
            what,
            story: history.story,
        }),
    }
}

impl History {
    fn begin(seed: u64, planted: Option<Planted>) -> Self {
        let mut dice = SeededEntropy::new(seed, "history");
        let count = 2 + usize::from(dice.below(3) == 0);
        let image = image(count);
        let clock = TestClock::default();
        clock.advance_ms(image.elapsed_ms);
        let devices = DEVICES.iter().zip(&image.devices);
        let mut nodes: Vec<Node> = devices
            .map(|(name, disk)| Node::new(name, seed, &clock, Some(disk)))
            .collect();
        nodes.push(Node::new(SPECIALIST, seed, &clock, Some(&image.specialist)));
        if planted == Some(Planted::LyingDisk) {
            nodes[0].disk.set_faults(Faults::lying_sync());
        }
        let rewrites_beginnings = dice.below(4) == 0;
        let begins_anew = dice.below(2) == 0;
        let danger = Danger {
            acknowledge_before_commit: planted == Some(Planted::HastyRelay),
            ..Danger::default()
        };
        let relay = RelayNode::new(seed, danger, Some(&image.relay));
        let odds = [0, 30, 80, 150, 300][usize::try_from(dice.below(5)).unwrap_or_default()];
        let mut network = Network::new(relay, seed, &clock, odds);
        network.strips_pages = planted == Some(Planted::StrippedPages);
        Self {
            dice,
            clock,
            nodes,
            network,
            oracle: Oracle::new(),
            relationship: image.relationship,
            readings: Vec::new(),
            rewrites_beginnings,
            begins_anew,
            stale_before: 0,
            stopped_before: BTreeSet::new(),
            story: Vec::new(),
        }
    }

    fn run(&mut self, planted: Option<Planted>) -> Result<u64, String> {
        let steps = 50 + self.dice.below(31);
        for _ in 0..steps {
            let ms = 1 + self.dice.below(500);
            self.advance(ms);
            self.step()?;
        }
        self.heal()?;
        if planted == Some(Planted::ForgottenDocument) {
            self.forget_a_document()?;
        }
        self.check_end()?;
        Ok(steps)
    }

    /// Notes a step: for the person who repeats it, and in the trace.
    pub(super) fn say(&mut self, what: String) {
        self.network.trace.update(what.as_bytes());
        self.story.push(what);
    }

    pub(super) fn advance(&self, ms: u64) {
        self.clock.advance_ms(i64::try_from(ms).unwrap_or_default());
    }

    pub(super) const fn specialist(&self) -> usize {
        self.nodes.len() - 1
    }

    /// One of the participant's devices.
    pub(super) fn any_device(&mut self) -> usize {
        let count = self.specialist() as u64;
        self.draw(count)
    }

    /// A number below `bound`.
    pub(super) fn draw(&mut self, bound: u64) -> usize {
        usize::try_from(self.dice.below(bound)).unwrap_or_default()
    }

    fn step(&mut self) -> Result<(), String> {
        match self.dice.below(115) {
            0..14 => self.write(),
            14..36 => self.revise(),
            36..42 => self.read_for_later(),
            42..49 => self.revise_what_was_read(),
            49..54 => self.trash_or_restore(),
            54..62 => self.change_profile(),
            62..67 => self.share(),
            67..71 => self.revoke(),
            71..88 => {
                let node = self.any_device();
                self.sync(node)
            }
            88..93 => {
                let node = self.specialist();
                self.sync(node)
            }
            93..98 => self.sync_in_turns(),
            98..101 => self.lose_power(),
            101..104 => self.trouble_the_relay(),
            104..108 => self.erase_earlier_drafts(),
            108..110 => self.erase(),
            _ => self.let_time_pass(),
        }
    }

    /// Lets `command` run on a device which may lose power within it. None when it did.
    pub(super) fn command<T>(
        &mut self,
        node: usize,
        command: impl FnOnce(&mut Node) -> Result<T, Error>,
    ) -> Result<Option<T>, String> {
        let dies = self.dice.below(10) == 0;
        if dies && self.nodes[node].may_die() {
            let operations = self.dice.below(16);
            self.nodes[node].disk.cut_after(operations);
        }
        let result = command(&mut self.nodes[node]);
        let died = self.come_back(node, Fault::DeviceDiesWriting)?;
        match result {
            Ok(value) => Ok(Some(value)),
            Err(_) if died => Ok(None),
            Err(error) => Err(format!("{} refuses: {error:?}", self.nodes[node].name)),
        }
    }

    /// How sure something is that was answered like this.
    pub(super) const fn done<T>(answer: &Option<T>) -> Done {
        if answer.is_some() { Done::Yes } else { Done::Maybe }
    }

    /// Switches a device that died within `fault` on again. Whether it had died.
    fn come_back(&mut self, node: usize, fault: Fault) -> Result<bool, String> {
        let died = self.nodes[node].disk.is_dead();
        if died {
            self.network.tally.count(fault);
            self.say(format!("{} dies and comes back", self.nodes[node].name));
            self.nodes[node].power_loss()?;
        } else {
            self.nodes[node].disk.mend();
        }
        Ok(died)
    }

    /// A round of sync on one device, which may lose power within it.
    pub(super) fn sync(&mut self, node: usize) -> Result<(), String> {
        if self.dice.below(12) == 0 && self.nodes[node].may_die() {
            let operations = self.dice.below(150);
            self.nodes[node].disk.cut_after(operations);
        }
        self.begin_round();
        let begun = self.nodes[node].engine().sync_begin();
        let mut requests = 0;
        while begun.is_ok() && self.exchange(node, &mut requests)? {}
        let ended = begun.and_then(|()| self.nodes[node].engine().sync_end());
        self.end_of_round(node, ended)
    }

    /// Notes what holds for whoever reads from now on.
    pub(super) fn begin_round(&mut self) {
        self.stale_before = self.network.tally.of(Fault::StaleAnswer);
        self.stopped_before = self.oracle.stops_at_the_relay();
    }

    /// Two devices' rounds take turns.
    fn sync_in_turns(&mut self) -> Result<(), String> {
        self.network.tally.count(Fault::Interleaved);
        let first = self.any_device();
        let second = (first + 1 + self.draw(self.specialist() as u64)) % self.nodes.len();
        if first == second {
            return self.sync(first);
        }
        let pair = [first, second];
        self.begin_round();
        let mut begun = Vec::new();
        for node in pair {
            begun.push(self.nodes[node].engine().sync_begin());
        }
        let (mut goes_on, mut requests) = ([begun[0].is_ok(), begun[1].is_ok()], [0, 0]);
        while goes_on[0] || goes_on[1] {
            let turn = self.draw(2);
            let turn = if goes_on[turn] { turn } else { 1 - turn };
            goes_on[turn] = self.exchange(pair[turn], &mut requests[turn])?;
        }
        for (node, begun) in pair.into_iter().zip(begun) {
            let ended = begun.and_then(|()| self.nodes[node].engine().sync_end());
            self.end_of_round(node, ended)?;
        }
        Ok(())
    }

    /// One request and its answer; false when the round is over.
    pub(super) fn exchange(&mut self, node: usize, requests: &mut u32) -> Result<bool, String> {
        let Some(request) = self.nodes[node].engine().sync_next() else {
            return Ok(false);
        };
        *requests += 1;
        if *requests > ROUND_MAX {
            return Err(format!("a round of {} does not end", self.nodes[node].name));
        }
        let answer = self.network.carry(&request)?;
        self.nodes[node].engine().sync_answer(answer);
        Ok(true)
    }

    fn end_of_round(&mut self, node: usize, ended: Result<Report, Error>) -> Result<(), String> {
        let name = self.nodes[node].name;
        let passed = std::mem::take(&mut self.network.passed).join(" ");
        match &ended {
            Ok(report) => self.say(format!(
                "{name} syncs: {} received, {} sent, {:?}: {passed}",
                report.received, report.sent, report.failed
            )),
            Err(_) => self.say(format!("{name} syncs and fails: {passed}")),
        }
        let died = self.come_back(node, Fault::DeviceDiesSyncing)?;
        match ended {
            Err(error) if !died => Err(format!("{name} cannot keep what arrives: {error:?}")),
            Ok(report) if report.is_complete() && !died => self.after_round(node),
            _ => Ok(()),
        }
    }

    fn lose_power(&mut self) -> Result<(), String> {
        let node = self.draw(self.nodes.len() as u64);
        self.say(format!("{} loses power", self.nodes[node].name));
        self.network.tally.count(Fault::DevicePowerLoss);
        self.nodes[node].power_loss()
    }

    fn trouble_the_relay(&mut self) -> Result<(), String> {
        if self.dice.below(2) == 0 {
            self.say("the relay restarts".to_owned());
            self.network.tally.count(Fault::RelayRestart);
            self.network.relay.restart()
        } else {
            self.say("the relay loses power".to_owned());
            self.network.tally.count(Fault::RelayPowerLoss);
            self.network.relay.power_loss()
        }
    }

    fn let_time_pass(&mut self) -> Result<(), String> {
        let ms = match self.dice.below(16) {
            0..8 => self.dice.below(20_000),
            8..13 => 61_000 + self.dice.below(140_000),
            13..15 => 20 * 60_000,
            _ => {
                self.network.tally.count(Fault::Weeks);
                (20 + self.dice.below(60)) * 86_400_000
            }
        };
        self.say(format!("{ms} ms pass"));
        self.advance(ms);
        let now = u64::try_from(self.clock.now().0).unwrap_or_default();
        self.network
            .relay
            .relay()
            .sweep(now)
            .map_err(|error| format!("the relay cannot sweep: {error:?}"))
    }
}
