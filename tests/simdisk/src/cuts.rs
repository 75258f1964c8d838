//! The loop that every durability test is made of: work, lose power, come back, see what of the promised is there.

use std::collections::BTreeSet;
use std::fmt;

use crate::random::{Random, mix};
use crate::{Faults, SimDisk};

/// Of how many cuts one is followed by a second cut, while the checker's reopening repairs the first.
const SECOND_CUT_ONE_IN: u64 = 4;

/// The plan of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cuts {
    /// How many cuts.
    pub count: u32,
    /// Number of the first cut: with `count` 1 it repeats alone what a [`Report`] complained about.
    pub first: u32,
    /// Where all chance comes from.
    pub seed: u64,
    /// Defects of the device, planted or not.
    pub faults: Faults,
    /// Whether one in four reopenings is cut as well.
    pub cuts_recovery: bool,
}

impl Cuts {
    /// `count` cuts on an honest device, recovery cut now and then.
    #[must_use]
    pub const fn new(count: u32, seed: u64) -> Self {
        let faults = Faults {
            lying_sync: false,
            powersafe_overwrite: false,
        };
        Self {
            count,
            first: 0,
            seed,
            faults,
            cuts_recovery: true,
        }
    }

    /// The same plan on a device with these defects.
    #[must_use]
    pub const fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// The same campaign, of which only the cuts `first..first + count` are run.
    #[must_use]
    pub const fn only(mut self, first: u32, count: u32) -> Self {
        self.first = first;
        self.count = count;
        self
    }
}

/// What a workload meant to store and what it was told is stored.
#[derive(Clone, Debug)]
pub struct Acked<T = u64> {
    attempted: Vec<T>,
    acknowledged: BTreeSet<T>,
}

impl<T: Ord + Clone> Acked<T> {
    const fn new() -> Self {
        Self {
            attempted: Vec::new(),
            acknowledged: BTreeSet::new(),
        }
    }

    /// Notes that `item` is about to be stored: from now on it may be there.
    pub fn attempt(&mut self, item: T) {
        self.attempted.push(item);
    }

    /// Notes that storing `item` was answered with success: from now on it must be there.
    pub fn acknowledge(&mut self, item: T) {
        self.acknowledged.insert(item);
    }

    /// All items of this run that may be there, in the order of their attempts.
    #[must_use]
    pub fn attempted(&self) -> &[T] {
        &self.attempted
    }

    /// All items of this run that must be there.
    #[must_use]
    pub const fn acknowledged(&self) -> &BTreeSet<T> {
        &self.acknowledged
    }
}

/// What a checker found after the power came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T = u64> {
    /// It opened, its own checks passed, and it holds these items of the run (those of the prepared image left out).
    Items(BTreeSet<T>),
    /// It did not open, or says itself that it is damaged, or lost what the prepared image held.
    Damaged(String),
}

/// What a campaign saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Cuts made.
    pub cuts: u32,
    /// Of them, those with a second cut during recovery.
    pub second_cuts: u32,
    /// Items acknowledged in all runs.
    pub acknowledged: u64,
    /// Acknowledged items that were gone.
    pub lost: u64,
    /// Cuts that lost at least one acknowledged item.
    pub cuts_with_loss: u32,
    /// Cuts after which the checker found damage.
    pub damaged: u32,
    /// Items found that nobody had attempted.
    pub invented: u64,
    /// Cuts after which an item was missing while one attempted later was there: history with a hole. A matter for workloads that
    /// store one item after the other.
    pub cuts_with_holes: u32,
    /// Items found in all, which makes the report tell two stories apart.
    pub found: u64,
    /// The first thing that went wrong, with what repeats it.
    pub complaint: Option<String>,
}

impl Report {
    /// Whether nothing acknowledged was lost, nothing was damaged and nothing invented.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.lost == 0 && self.damaged == 0 && self.invented == 0
    }

    fn complain(&mut self, plan: &Cuts, cut: u32, what: impl fmt::Display) {
        if self.complaint.is_none() {
            self.complaint = Some(format!(
                "{what}; repeat with Cuts::new(1, {:#x}).only({cut}, 1)",
                plan.seed
            ));
        }
    }

    fn compare<T: Ord + Clone>(&mut self, plan: &Cuts, cut: u32, acked: &Acked<T>, found: &Found<T>) {
        self.acknowledged += acked.acknowledged.len() as u64;
        let items = match found {
            Found::Items(items) => items,
            Found::Damaged(how) => {
                self.damaged += 1;
                self.complain(plan, cut, format_args!("damaged: {how}"));
                return;
            }
        };
        self.found += items.len() as u64;
        let lost = acked.acknowledged.difference(items).count() as u64;
        if lost > 0 {
            self.lost += lost;
            self.cuts_with_loss += 1;
            self.complain(
                plan,
                cut,
                format_args!("{lost} of {} acknowledged items lost", acked.acknowledged.len()),
            );
        }
        let attempted: BTreeSet<&T> = acked.attempted.iter().collect();
        let invented = items.iter().filter(|item| !attempted.contains(item)).count() as u64;
        if invented > 0 {
            self.invented += invented;
            self.complain(plan, cut, format_args!("{invented} items found that nobody stored"));
        }
        let kept = acked.attempted.iter().take_while(|item| items.contains(item)).count();
        if acked.attempted.iter().skip(kept).any(|item| items.contains(item)) {
            self.cuts_with_holes += 1;
        }
    }
}

/// Runs a workload again and again, cuts the power at a random operation of it, and asks a checker what is left.
///
/// `prepare` makes the image that every run begins with: whatever is slow, or should be old. `workload` opens it, stores items, notes
/// each with [`Acked::attempt`] before and [`Acked::acknowledge`] after, returns at the first error and closes what it opened: closing
/// is cut too. `check` reopens and answers; it is called on a dying disk as well, where its answer does not count, so it reports errors
/// as [`Found::Damaged`] and never panics on them. Both get the disk for [`SimDisk::name`]; both run in this thread, on a disk of their
/// own, so several campaigns run side by side.
///
/// ```
/// use cairn_simdisk::{Cuts, Found, SimDisk, run_cuts};
/// use rusqlite::{Connection, OpenFlags};
///
/// let open = |disk: &SimDisk| Connection::open_with_flags_and_vfs("a.db", OpenFlags::default(), disk.name());
/// let report = run_cuts(
///     &Cuts::new(20, 1),
///     |disk| open(disk).unwrap().execute_batch("CREATE TABLE stone (id INTEGER PRIMARY KEY)").unwrap(),
///     |disk, acked| {
///         let Ok(database) = open(disk) else { return };
///         let _ = database.pragma_update(None, "synchronous", "extra");
///         for id in 1..=5_u64 {
///             acked.attempt(id);
///             match database.execute("INSERT INTO stone VALUES (?)", [id]) {
///                 Ok(_) => acked.acknowledge(id),
///                 Err(_) => return,
///             }
///         }
///     },
///     |disk, _| {
///         let ids = open(disk).and_then(|database| {
///             database.prepare("SELECT id FROM stone")?.query_map((), |row| row.get::<_, u64>(0))?.collect()
///         });
///         ids.map_or_else(|error| Found::Damaged(error.to_string()), Found::Items)
///     },
/// );
/// assert!(report.is_clean(), "{report:?}");
/// ```
pub fn run_cuts<T: Ord + Clone>(
    plan: &Cuts,
    prepare: impl FnOnce(&SimDisk),
    mut workload: impl FnMut(&SimDisk, &mut Acked<T>),
    mut check: impl FnMut(&SimDisk, &Acked<T>) -> Found<T>,
) -> Report {
    let disk = SimDisk::anonymous(plan.seed);
    disk.set_faults(Faults {
        lying_sync: false,
        ..plan.faults
    });
    prepare(&disk);
    disk.settle();
    disk.set_faults(plan.faults);
    let image = disk.snapshot();

    // A run that is cut nowhere but at its end tells how many operations there are to cut at, and about how many a recovery has.
    let start = disk.counters().operations;
    let mut acked = Acked::new();
    workload(&disk, &mut acked);
    let span = disk.counters().operations.saturating_sub(start).max(1);
    let start = disk.counters().operations;
    let _ = check(&disk, &acked);
    let recovery_span = disk.counters().operations.saturating_sub(start).max(8);

    let mut report = Report::default();
    for cut in plan.first..plan.first.saturating_add(plan.count) {
        let seed = mix(plan.seed ^ mix(u64::from(cut) + 1));
        let mut random = Random::new(seed);
        disk.restore(&image);
        disk.reseed(seed);
        disk.cut_after(random.below(span));
        acked = Acked::new();
        workload(&disk, &mut acked);
        disk.cut();
        disk.power_loss();
        if plan.cuts_recovery && random.below(SECOND_CUT_ONE_IN) == 0 {
            disk.cut_after(random.below(recovery_span));
            let _ = check(&disk, &acked);
            if disk.is_dead() {
                report.second_cuts += 1;
                disk.power_loss();
            } else {
                disk.mend();
            }
        }
        let found = check(&disk, &acked);
        report.compare(plan, cut, &acked, &found);
        report.cuts += 1;
    }
    report
}
