//! A day: what happens to the relay while devices work, and when it is looked at.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::client::{Client, NobodyAnswers, Places};
use crate::device::Device;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::node::{Node, Recipe};
use crate::server::{DatabaseServer, Ending};
use crate::store::Store;
use crate::time::{BEGINS_MS, DAY_MS, DayClock};
use crate::verdict;
use crate::world::{DEVICES, World, signing};

/// How often whoever waits looks.
const LOOK: Duration = Duration::from_millis(2);

/// Answers that nothing can be done now, until a disk has been full for long enough.
const REFUSED_WHILE_FULL: u64 = 25;

/// Days before the day on which something was written already: what was replaced on the first two goes in the day itself.
const DAYS_BEFORE: [u64; 3] = [31, 30, 29];

/// How much of what happens in a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// What the devices do, altogether.
    pub(crate) works: u64,
    pub(crate) kills: usize,
    pub(crate) restarts: usize,
    pub(crate) full: usize,
    pub(crate) looks: usize,
}

impl Plan {
    /// A whole day.
    pub(crate) const DAY: Self = Self {
        works: 2_400,
        kills: 40,
        restarts: 10,
        full: 4,
        looks: 3,
    };

    /// A day in which nothing happens.
    pub(crate) const QUIET: Self = Self {
        works: 300,
        kills: 0,
        restarts: 0,
        full: 0,
        looks: 0,
    };
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Kill,
    Restart(Ending),
    Full,
    Look,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    kills: usize,
    restarts: usize,
    full: usize,
    looks: usize,
    /// Bodies that had gone when it was looked at last.
    stubs: usize,
}

/// A relay, and everything around it.
pub(crate) struct Day {
    pub(crate) world: Arc<World>,
    pub(crate) places: Places,
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) nodes: Vec<Option<Node>>,
    pub(crate) store: Store,
    pub(crate) database: Option<DatabaseServer>,
    pub(crate) disk: Option<Disk>,
    plan: Plan,
    dice: Dice,
    figures: Figures,
    /// Where the clock is, and the folders of nodes that have no disk.
    _dir: tempfile::TempDir,
}

impl Day {
    /// A relay that nobody has used yet, on SQLite: one node.
    pub(crate) fn on_sqlite(seed: u64, plan: Plan, disk: Option<Disk>, is_hasty: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = disk.as_ref().map_or(dir.path(), Disk::path).join("data");
        let world = world(&dir, seed, plan);
        let mut recipe = Recipe::new(&data, world.clock.path());
        recipe.is_hasty = is_hasty;
        Self::new(dir, world, plan, vec![recipe], Store::Sqlite(data), None, disk)
    }

    /// The same on PostgreSQL: three nodes, whose blobs lie in one place.
    pub(crate) fn on_postgres(seed: u64, plan: Plan, server: DatabaseServer, disk: Option<Disk>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let blobs = disk.as_ref().map_or(dir.path(), Disk::path).join("blobs");
        std::fs::create_dir(&blobs).unwrap();
        let world = world(&dir, seed, plan);
        let database = format!("{} dbname=postgres", server.place());
        let recipes = (0..3).map(|node| {
            let data = dir.path().join(format!("node-{node}"));
            std::fs::create_dir(&data).unwrap();
            std::os::unix::fs::symlink(&blobs, data.join("blobs")).unwrap();
            let mut recipe = Recipe::new(&data, world.clock.path());
            recipe.database = Some(database.clone());
            recipe
        });
        let recipes: Vec<_> = recipes.collect();
        let store = Store::Postgres(database.clone(), recipes[0].data.clone());
        Self::new(dir, world, plan, recipes, store, Some(server), disk)
    }

    fn new(
        dir: tempfile::TempDir,
        world: Arc<World>,
        plan: Plan,
        recipes: Vec<Recipe>,
        store: Store,
        database: Option<DatabaseServer>,
        disk: Option<Disk>,
    ) -> Self {
        let dice = Dice::new(world.seed, "schedule");
        let mut day = Self {
            nodes: recipes.iter().map(|_| None).collect(),
            places: Places::default(),
            world,
            recipes,
            store,
            database,
            disk,
            plan,
            dice,
            figures: Figures::default(),
            _dir: dir,
        };
        for node in 0..day.recipes.len() {
            day.start(node);
        }
        day
    }

    pub(crate) fn start(&mut self, node: usize) {
        let started = Node::start_at_last(&self.recipes[node]);
        self.places.set(node, Some(started.address.clone()));
        self.nodes[node] = Some(started);
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self, node: usize) {
        self.places.set(node, None);
        if let Some(node) = self.nodes[node].take() {
            node.kill();
        }
    }

    pub(crate) fn client(&self, node: usize) -> Client {
        Client::new(&self.world, &self.places, signing(0), node)
    }

    /// What was there a month before.
    pub(crate) fn month_before(&mut self) -> Result<(), NobodyAnswers> {
        let mut devices: Vec<_> = (0..DEVICES)
            .map(|number| Device::new(&self.world, &self.places, number, "a month before"))
            .collect();
        for days in DAYS_BEFORE {
            self.world.clock.move_to(BEGINS_MS - days * DAY_MS);
            if days == DAYS_BEFORE[0] {
                for _ in 0..3 {
                    devices[0].begin_a_space()?;
                }
            }
            for space in self.world.spaces() {
                for device in &mut devices {
                    device.append(&space)?;
                    device.acknowledge(&space)?;
                }
                devices[0].put_a_blob(&space)?;
            }
        }
        // So that all of them have read all of it.
        for space in self.world.spaces() {
            for device in &mut devices {
                device.acknowledge(&space)?;
            }
        }
        self.world.clock.move_to(BEGINS_MS);
        Ok(())
    }

    /// The day itself. Answers what is wrong in the end.
    pub(crate) fn run(&mut self) -> Vec<String> {
        let events = self.events();
        let devices: Vec<_> = (0..DEVICES)
            .map(|number| {
                let mut device = Device::new(&self.world, &self.places, number, "by day");
                std::thread::spawn(move || device.live())
            })
            .collect();
        for (mark, event) in events {
            self.until("the devices work on", |world| world.done() >= mark);
            self.let_happen(event);
        }
        for device in devices {
            device.join().unwrap().expect("somebody answers in the end");
        }
        self.look();
        let (wrong, _) = verdict::findings(&self.world);
        wrong
    }

    /// What happens, and after how much work.
    fn events(&mut self) -> Vec<(u64, Event)> {
        let Plan {
            works,
            kills,
            restarts,
            full,
            looks,
        } = self.plan;
        let mut events = vec![Event::Kill; kills];
        if self.database.is_some() {
            let endings = [Ending::Fast, Ending::Immediate, Ending::Killed];
            events.extend((0..restarts).map(|n| Event::Restart(endings[n % endings.len()])));
        }
        if self.disk.is_some() {
            events.extend(vec![Event::Full; full]);
        }
        events.extend(vec![Event::Look; looks]);
        let works = usize::try_from(works).unwrap();
        let mut at: Vec<_> = events
            .into_iter()
            .map(|event| (self.dice.below(works * 9 / 10) as u64, event))
            .collect();
        at.sort_by_key(|(mark, _)| *mark);
        at
    }

    fn let_happen(&mut self, event: Event) {
        match event {
            Event::Kill => {
                let node = self.dice.below(self.nodes.len());
                self.kill(node);
                // Where there are others, they go on without it for a while.
                if self.nodes.len() > 1 {
                    let upto = self.world.done() + self.dice.below(20) as u64;
                    self.until("the other nodes go on", |world| world.done() >= upto || world.is_over());
                }
                self.start(node);
                self.figures.kills += 1;
            }
            Event::Restart(ending) => {
                // Sometimes a node goes too.
                let node = self.dice.below(self.nodes.len());
                let goes = self.dice.once_in(2);
                if goes {
                    self.kill(node);
                }
                self.database.as_mut().unwrap().restart(ending);
                if goes {
                    self.start(node);
                }
                self.figures.restarts += 1;
            }
            Event::Full => self.fill_the_disk(),
            Event::Look => {
                let node = self.dice.below(self.nodes.len());
                verdict::hold_all(&self.world, &mut self.client(node)).expect("somebody answers");
                self.check();
                self.figures.looks += 1;
            }
        }
    }

    fn fill_the_disk(&mut self) {
        let before = self.world.unavailable.load(Ordering::Relaxed);
        let disk = self.disk.as_ref().unwrap();
        self.until("a full disk is noticed", |world| {
            // Again and again: what is tidied up meanwhile makes room.
            disk.fill();
            world.unavailable.load(Ordering::Relaxed) >= before + REFUSED_WHILE_FULL || world.is_over()
        });
        // Sometimes a node is killed meanwhile, and begins if it can.
        let node = self.dice.below(self.nodes.len());
        let goes = self.dice.once_in(2);
        if goes {
            self.kill(node);
            self.nodes[node] = Node::start(&self.recipes[node]);
        }
        self.disk.as_ref().unwrap().free();
        // A database that could not write on may have ended; the relay has not.
        if let Some(server) = &mut self.database {
            server.see_that_it_runs();
        }
        match self.nodes[node].as_ref().map(|node| node.address.clone()) {
            Some(address) => self.places.set(node, Some(address)),
            None => self.start(node),
        }
        let ended = self.nodes.iter_mut().flatten().any(Node::has_ended);
        assert!(!ended, "a node has ended because a disk was full");
        let upto = self.world.done() + 10;
        self.until("everything goes on once there is room", |world| {
            world.done() >= upto || world.is_over()
        });
        self.figures.full += 1;
    }

    /// Waits, for as long as anything here may take.
    fn until(&self, what: &str, is_so: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !is_so(&self.world) {
            assert!(
                began.elapsed() < PATIENCE,
                "{what}: {:?}",
                verdict::findings(&self.world).0
            );
            std::thread::sleep(LOOK);
        }
    }

    /// While nobody writes: at every node, in the rows, and by the program's own check.
    pub(crate) fn look(&mut self) {
        for node in 0..self.nodes.len() {
            verdict::hold_all(&self.world, &mut self.client(node)).expect("somebody answers");
        }
        verdict::guests(&self.world, &self.places).expect("somebody answers");
        if self.recipes[0].is_hasty {
            // It holds its file alone.
            return;
        }
        let mut client = self.client(0);
        self.figures.stubs = 0;
        for space in self.world.spaces() {
            let log = verdict::hold(&self.world, &mut client, &space).expect("somebody answers");
            self.figures.stubs += log.iter().filter(|here| here.whole.is_none()).count();
            self.store.hold(&mut client, &space, &log).expect("somebody answers");
        }
        self.check();
    }

    /// Asks `cairn-relay check`, beside whoever writes.
    fn check(&self) {
        if let Some(space) = self.world.spaces().first() {
            self.store.check().into_iter().for_each(|line| space.wrong(line));
        }
    }

    /// So many days on: what nobody needs any more goes, and nothing else.
    pub(crate) fn days_later(&mut self, days: u64) -> Vec<String> {
        self.world.clock.move_to(self.world.clock.now_ms() + days * DAY_MS);
        let mut client = self.client(0);
        for space in self.world.spaces() {
            let began = Instant::now();
            loop {
                let log = verdict::hold(&self.world, &mut client, &space).expect("somebody answers");
                let lingers = verdict::lingering(&space, &log, self.world.clock.today());
                if lingers == 0 {
                    break;
                }
                assert!(began.elapsed() < PATIENCE, "{lingers} bodies stay that nobody needs");
                std::thread::sleep(LOOK);
            }
        }
        self.look();
        verdict::findings(&self.world).0
    }

    /// How many bodies had gone when it was looked at last.
    pub(crate) const fn stubs(&self) -> usize {
        self.figures.stubs
    }

    /// Says what happened, for whoever looks at what the tests print.
    pub(crate) fn say(&self, on: &str) {
        let (wrong, acknowledged) = verdict::findings(&self.world);
        let Figures {
            kills,
            restarts,
            full,
            looks,
            stubs,
        } = self.figures;
        let lost = self.world.lost.load(Ordering::Relaxed);
        let unavailable = self.world.unavailable.load(Ordering::Relaxed);
        let said = format!(
            "a day on {on}, CAIRN_DAY_SEED={}: {acknowledged} records acknowledged in {} spaces, {stubs} without a body by now; {kills} kills, {restarts} restarts of the \
             database, {full} full disks; {lost} answers lost, {unavailable} refused for the moment; looked at {looks} times between; {} findings\n",
            self.world.seed,
            self.world.spaces().len(),
            wrong.len()
        );
        drop(std::io::stderr().write_all(said.as_bytes()));
    }
}

fn world(dir: &tempfile::TempDir, seed: u64, plan: Plan) -> Arc<World> {
    let clock = DayClock::new(dir.path(), BEGINS_MS - 32 * DAY_MS);
    Arc::new(World::new(clock, seed, plan.works))
}
