//! The way through the database: `NOTIFY`, and `LISTEN`.
//!
//! `NOTIFY` waits for a lock that is one for the whole server when its transaction commits, so it is never part of one that writes: it is sent on a connection of its
//! own. What it says is `node topic topic …`, in hexadecimal; a topic is `s` and a space, or `m` and a mailbox, as they stand in the tables beside it.
//!
//! The same connection holds a lock that says a node is there, so that no store is put back under one; where nodes tell each other otherwise, it does that alone.

use std::future::poll_fn;

use cairn_wire::{MailboxId, SpaceId};
use data_encoding::HEXLOWER;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_postgres::{AsyncMessage, Client};

use super::is_ours;
use super::link::Route;
use super::tell::{Heard, Line, Way};
use crate::limits::HEARD_MAX;
use crate::store::StoreError;
use crate::wake::{Topic, Wakeups};

/// Where it is said.
const CHANNEL: &str = "cairn_relay";

/// Says that a node is there, as long as the connection lives; see [`migrate`](super::migrate) for who must be alone.
const PRESENT: &str = "SELECT pg_advisory_lock_shared(1667330670, 2)";
const ABSENT: &str = "SELECT pg_advisory_unlock_shared(1667330670, 2)";

/// A node at the database: one that `LISTENS`, or one that is only there.
pub(super) struct AtDatabase<const LISTENS: bool> {
    route: Route,
    incarnation: u32,
    node: String,
}

impl<const LISTENS: bool> AtDatabase<LISTENS> {
    pub(super) fn new(route: &Route, incarnation: u32, node: [u8; 8]) -> Self {
        Self {
            route: route.clone(),
            incarnation,
            node: HEXLOWER.encode(&node),
        }
    }
}

/// A connection that is there, and may listen.
pub(super) struct Connected {
    client: Client,
    heard: mpsc::Receiver<String>,
    node: String,
}

impl<const LISTENS: bool> Way for AtDatabase<LISTENS> {
    type Line = Connected;
    const SPEAKS: bool = LISTENS;

    async fn begin(&self) -> Result<Connected, StoreError> {
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
        if LISTENS {
            client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        }
        let node = self.node.clone();
        Ok(Connected { client, heard, node })
    }
}

impl Line for Connected {
    async fn hear(&mut self, wakeups: &Wakeups) -> Option<Heard> {
        let said = self.heard.recv().await?;
        let mut words = said.split(' ');
        if words.next() == Some(self.node.as_str()) {
            return Some(Heard::Nothing);
        }
        let mut heard = Heard::Unread;
        for topic in words.filter_map(topic_of) {
            wakeups.wake(&topic);
            heard = Heard::Another;
        }
        Some(heard)
    }

    async fn tell(&mut self, topics: &[Topic]) -> bool {
        let mut said = self.node.clone();
        for topic in topics {
            said.push(' ');
            said.push_str(&word_of(topic));
        }
        let told = self.client.query("SELECT pg_notify($1, $2)", &[&CHANNEL, &said]).await;
        told.is_ok()
    }

    async fn end(self) {
        drop(self.client.query(ABSENT, &[]).await);
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
