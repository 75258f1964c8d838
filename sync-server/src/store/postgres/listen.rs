//! What nodes tell each other: that something changed, by `NOTIFY`, when it is durable. Losing it costs seconds, never data ([`around`](super::around)).
//!
//! `NOTIFY` waits for a lock that is one for the whole server when its transaction commits, so it is never part of one that writes: a task
//! sends on its connection what has come since it sent last, in one. What it says is `node topic topic …`, in hexadecimal; a topic is `s` and
//! a space, or `m` and a mailbox.
//!
//! The same connection holds a lock that says a node is there, so that no store is put back under one.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};

use cairn_wire::{MailboxId, SpaceId};
use data_encoding::HEXLOWER;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Client};

use super::is_ours;
use super::link::Route;
use crate::limits::{HEARD_MAX, LISTEN_AGAIN, UNTOLD_MAX};
use crate::store::{StoreError, lock};
use crate::wake::{Topic, Wakeups};

/// Where it is said.
const CHANNEL: &str = "cairn_relay";

/// Topics of one message: PostgreSQL takes 8,000 bytes.
const TOPICS_MAX: usize = 100;

/// Says that a node is there, as long as the connection lives; see [`migrate`](super::migrate) for who must be alone.
const PRESENT: &str = "SELECT pg_advisory_lock_shared(1667330670, 2)";
const ABSENT: &str = "SELECT pg_advisory_unlock_shared(1667330670, 2)";

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

/// A node's ear and mouth.
pub(super) struct Listener {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Begins to listen and to tell. When this returns, the node is there.
    pub(super) fn start(
        runtime: &Handle,
        route: &Route,
        incarnation: u32,
        node: [u8; 8],
        changes: &Changes,
    ) -> Result<Self, StoreError> {
        let (stop, stopped) = watch::channel(false);
        let speaker = Speaker {
            route: route.clone(),
            incarnation,
            node: HEXLOWER.encode(&node),
            changes: changes.clone(),
        };
        let line = runtime.block_on(speaker.begin())?;
        let task = runtime.spawn(speaker.run(line, stopped));
        Ok(Self { stop, task })
    }

    /// Ends it. When this returns, the node is not there any more.
    pub(super) fn end(self, runtime: &Handle) {
        self.stop.send_replace(true);
        drop(runtime.block_on(self.task));
    }
}

struct Speaker {
    route: Route,
    incarnation: u32,
    node: String,
    changes: Changes,
}

/// A connection that listens.
struct Line {
    client: Client,
    heard: mpsc::Receiver<String>,
}

impl Speaker {
    async fn begin(&self) -> Result<Line, StoreError> {
        let (client, mut connection) = self.route.open().await?;
        let (said, heard) = mpsc::channel(HEARD_MAX);
        tokio::spawn(async move {
            // Ends with the connection, and what listens with it.
            while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                if let AsyncMessage::Notification(message) = message
                    && let Err(TrySendError::Closed(_)) = said.try_send(message.payload().to_owned())
                {
                    break;
                }
            }
        });
        client.query(PRESENT, &[]).await?;
        is_ours(
            &client.query("SELECT incarnation FROM relay", &[]).await?,
            self.incarnation,
        )?;
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        Ok(Line { client, heard })
    }

    async fn run(self, line: Line, mut stopped: watch::Receiver<bool>) {
        let mut line = Some(line);
        loop {
            if let Some(line) = &mut line {
                let over = tokio::select! {
                    () = self.speak(line) => false,
                    () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => true,
                };
                if over {
                    drop(line.client.query(ABSENT, &[]).await);
                    return;
                }
                tracing::warn!("other nodes are not heard; what they change is found by looking around");
            }
            tokio::select! {
                () = tokio::time::sleep(LISTEN_AGAIN) => {}
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => return,
            }
            line = self.begin().await.ok();
            if line.is_some() {
                // Nobody knows what was said meanwhile.
                self.changes.wakeups.wake_all();
            }
        }
    }

    /// Hears and tells until the connection ends.
    async fn speak(&self, line: &mut Line) {
        loop {
            tokio::select! {
                heard = line.heard.recv() => match heard {
                    Some(heard) => self.hear(&heard),
                    None => return,
                },
                () = self.changes.untold.came.notified() => {
                    if self.tell(&line.client).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn hear(&self, said: &str) {
        let mut words = said.split(' ');
        if words.next() == Some(self.node.as_str()) {
            return;
        }
        for topic in words.filter_map(topic_of) {
            self.changes.wakeups.wake(&topic);
        }
    }

    /// Tells everything that is untold.
    async fn tell(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let topics: Vec<_> = std::mem::take(&mut *lock(&self.changes.untold.topics))
            .into_iter()
            .collect();
        for some in topics.chunks(TOPICS_MAX) {
            let mut said = self.node.clone();
            for topic in some {
                said.push(' ');
                said.push_str(&word_of(topic));
            }
            client.query("SELECT pg_notify($1, $2)", &[&CHANNEL, &said]).await?;
        }
        Ok(())
    }
}

fn word_of(topic: &Topic) -> String {
    match topic {
        Topic::Space(id) => format!("s{}", HEXLOWER.encode(id.as_bytes())),
        Topic::Mailbox(id) => format!("m{}", HEXLOWER.encode(id.as_bytes())),
    }
}

fn topic_of(word: &str) -> Option<Topic> {
    let (kind, id) = word.split_at_checked(1)?;
    let id = HEXLOWER.decode(id.as_bytes()).ok()?;
    match kind {
        "s" => Some(Topic::Space(SpaceId::from_bytes(id.try_into().ok()?))),
        "m" => Some(Topic::Mailbox(MailboxId::from_bytes(id.try_into().ok()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_topic_is_understood_and_nothing_else_is() {
        for topic in [
            Topic::Space(SpaceId::from_bytes([7; 16])),
            Topic::Mailbox(MailboxId::from_bytes([9; 32])),
        ] {
            assert_eq!(topic_of(&word_of(&topic)), Some(topic));
        }
        for word in ["", "s", "s00", "x00", "m0", "sé", &"s0".repeat(60)] {
            assert_eq!(topic_of(word), None, "{word}");
        }
    }
}
