//! What nodes tell each other: that something changed, when it is durable. Losing it costs seconds, never data ([`around`](super::around)).
//!
//! There are two ways, [`listen`](super::listen) through the database and [`nats`](super::nats) through a server of its own. Both say what came since they said
//! something last in one message, of at most [`TOPICS_MAX`] topics; begin again where they are lost; and are nothing that anybody waits for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::link::Route;
use super::listen::AtDatabase;
use super::nats::ThroughNats;
use crate::limits::{LISTEN_AGAIN, TELL_TIMEOUT, UNTOLD_MAX};
use crate::operations::metrics::NodeMessage;
use crate::store::{Nats, RelayRow, StoreError, lock};
use crate::wake::{Topic, Wakeups};

/// Topics of one message: PostgreSQL takes 8,000 bytes.
pub(super) const TOPICS_MAX: usize = 100;

/// Tells of what changed, after it is durable.
#[derive(Clone)]
pub(super) struct Changes {
    wakeups: Arc<Wakeups>,
    untold: Arc<Untold>,
}

#[derive(Default)]
struct Untold {
    topics: Mutex<BTreeSet<Topic>>,
    came: Notify,
}

impl Changes {
    pub(super) fn new(wakeups: &Arc<Wakeups>) -> Self {
        Self {
            wakeups: Arc::clone(wakeups),
            untold: Arc::default(),
        }
    }

    /// Wakes those who wait here, and has the other nodes told.
    pub(super) fn tell(&self, topics: Vec<Topic>) {
        for topic in &topics {
            self.wakeups.wake(topic);
        }
        let mut untold = lock(&self.untold.topics);
        if untold.len() < UNTOLD_MAX {
            untold.extend(topics);
            drop(untold);
            self.untold.came.notify_one();
        }
    }
}

/// A way to the other nodes.
pub(super) trait Way: Send + Sync + 'static {
    type Line: Line;

    /// Whether it is there to hear and tell, or only to be there.
    const SPEAKS: bool;

    /// A line that hears from when this returns.
    fn begin(&self) -> impl Future<Output = Result<Self::Line, StoreError>> + Send;
}

/// A way, as long as it holds.
pub(super) trait Line: Send + 'static {
    /// Hears one message and wakes whoever waits for what it tells of; `None` when the line has ended. Given up, nothing is lost.
    fn hear(&mut self, wakeups: &Wakeups) -> impl Future<Output = Option<Heard>> + Send;

    /// Tells of up to [`TOPICS_MAX`] topics: whether the line holds.
    fn tell(&mut self, topics: &[Topic]) -> impl Future<Output = bool> + Send;

    fn end(self) -> impl Future<Output = ()> + Send;
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// What this node said itself, or what tells of no change.
    Nothing,
    Another,
    /// Nothing that a node says, or more than could be heard.
    Unread,
}

/// A node's ears and mouths.
pub(super) struct Listener {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Listener {
    /// Begins to listen and to tell. When this returns, the node is there, and hears where it can: without NATS it begins all the same.
    pub(super) fn start(
        runtime: &Handle,
        route: &Route,
        nats: Option<&Nats>,
        relay: &RelayRow,
        node: [u8; 8],
        changes: &Changes,
    ) -> Result<Self, StoreError> {
        let (stop, stopped) = watch::channel(false);
        let tasks = if let Some(nats) = nats {
            let there = AtDatabase::<false>::new(route, relay.incarnation, node);
            let through = ThroughNats::new(nats, &relay.seed, node)?;
            changes.wakeups.know_aliases(through.key());
            let line = runtime.block_on(there.begin())?;
            let heard = runtime.block_on(through.begin());
            if let Err(error) = &heard {
                tracing::warn!(%error, "other nodes are not heard; what they change is found by looking around until NATS answers");
            }
            vec![
                runtime.spawn(run(there, Some(line), changes.clone(), stopped.clone())),
                runtime.spawn(run(through, heard.ok(), changes.clone(), stopped)),
            ]
        } else {
            let way = AtDatabase::<true>::new(route, relay.incarnation, node);
            let line = runtime.block_on(way.begin())?;
            vec![runtime.spawn(run(way, Some(line), changes.clone(), stopped))]
        };
        Ok(Self { stop, tasks })
    }

    /// Ends it. When this returns, the node is not there any more.
    pub(super) fn end(self, runtime: &Handle) {
        self.stop.send_replace(true);
        for task in self.tasks {
            drop(runtime.block_on(task));
        }
    }
}

/// Hears and tells until it is stopped.
async fn run<W: Way>(way: W, mut line: Option<W::Line>, changes: Changes, mut stopped: watch::Receiver<bool>) {
    let figures = &changes.wakeups.figures;
    loop {
        if let Some(mut line) = line.take() {
            if W::SPEAKS {
                figures.hears(true);
            }
            let over = tokio::select! {
                () = speak::<W>(&mut line, &changes) => false,
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => true,
            };
            if W::SPEAKS {
                figures.hears(false);
            }
            if over {
                return line.end().await;
            }
            if W::SPEAKS {
                tracing::warn!("other nodes are not heard; what they change is found by looking around");
            }
        }
        tokio::select! {
            () = sleep(LISTEN_AGAIN) => {}
            () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => return,
        }
        line = tokio::select! {
            line = way.begin() => line.ok(),
            () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => return,
        };
        if W::SPEAKS && line.is_some() {
            tracing::info!("other nodes are heard again");
            // Nobody knows what was said meanwhile.
            changes.wakeups.wake_all();
        }
    }
}

/// Hears and tells until the line ends.
async fn speak<W: Way>(line: &mut W::Line, changes: &Changes) {
    let figures = &changes.wakeups.figures;
    loop {
        tokio::select! {
            heard = line.hear(&changes.wakeups) => match heard {
                Some(Heard::Nothing) => {}
                Some(Heard::Another) => figures.message(NodeMessage::Heard),
                Some(Heard::Unread) => figures.message(NodeMessage::Unread),
                None => return,
            },
            () = changes.untold.came.notified(), if W::SPEAKS => {
                let topics: Vec<_> = std::mem::take(&mut *lock(&changes.untold.topics)).into_iter().collect();
                for some in topics.chunks(TOPICS_MAX) {
                    if timeout(TELL_TIMEOUT, line.tell(some)).await != Ok(true) {
                        return;
                    }
                    figures.message(NodeMessage::Told);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cairn_wire::SpaceId;

    use super::*;

    /// Notes how many topics each message tells of, and ends when all are told.
    struct Noted {
        told: Vec<usize>,
        all: usize,
    }

    impl Line for Noted {
        async fn hear(&mut self, _: &Wakeups) -> Option<Heard> {
            if self.told.iter().sum::<usize>() < self.all {
                std::future::pending::<()>().await;
            }
            None
        }

        async fn tell(&mut self, topics: &[Topic]) -> bool {
            self.told.push(topics.len());
            true
        }

        async fn end(self) {}
    }

    struct Noting;

    impl Way for Noting {
        type Line = Noted;
        const SPEAKS: bool = true;

        async fn begin(&self) -> Result<Noted, StoreError> {
            Err(StoreError::Stopped)
        }
    }

    fn space(n: usize) -> Topic {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(n as u64).to_le_bytes());
        Topic::Space(SpaceId::from_bytes(id))
    }

    async fn told(changes: &Changes, all: usize) -> Vec<usize> {
        let mut line = Noted { told: Vec::new(), all };
        speak::<Noting>(&mut line, changes).await;
        line.told
    }

    #[tokio::test]
    async fn what_came_since_the_last_message_is_told_once_and_in_as_few_as_it_fits() {
        let changes = Changes::new(&Arc::default());
        for _ in 0..3 {
            for n in 0..250 {
                changes.tell(vec![space(n)]);
            }
        }
        assert_eq!(told(&changes, 250).await, [100, 100, 50]);
        changes.tell(vec![space(7), space(7)]);
        assert_eq!(told(&changes, 1).await, [1]);
    }

    #[tokio::test]
    async fn what_nobody_can_be_told_does_not_pile_up() {
        let changes = Changes::new(&Arc::default());
        for n in 0..2 * UNTOLD_MAX {
            changes.tell(vec![space(n)]);
        }
        let messages = told(&changes, UNTOLD_MAX).await;
        assert_eq!(messages.iter().sum::<usize>(), UNTOLD_MAX);
    }
}
