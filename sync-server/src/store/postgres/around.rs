//! Looking around: whether something came to what is waited for here, whoever may have said so.

use std::collections::BTreeMap;
use std::sync::Mutex;

use cairn_wire::{MailboxId, SpaceId};
use deadpool_postgres::Object;

use super::values::fixed;
use crate::store::{StoreError, lock};
use crate::wake::{Topic, Wakeups};

/// How a topic stands: whatever is waited for changes it.
type State = (i64, i64, bool);

/// How what is waited for stood when it was looked at last.
#[derive(Default)]
pub(super) struct Seen(Mutex<BTreeMap<Topic, State>>);

impl Seen {
    /// Wakes those who wait for what changed since the last time, or is waited for since then: who came in between may have looked before
    /// the change.
    pub(super) fn wake(&self, now: BTreeMap<Topic, State>, wakeups: &Wakeups) {
        let mut seen = lock(&self.0);
        for (topic, state) in &now {
            if seen.get(topic) != Some(state) {
                wakeups.wake(topic);
            }
        }
        *seen = now;
    }
}

/// How topics stand.
pub(super) async fn states(client: &Object, topics: &[Topic]) -> Result<BTreeMap<Topic, State>, StoreError> {
    let mut states: BTreeMap<_, _> = topics.iter().map(|topic| (*topic, (-1, 0, false))).collect();
    let (mut spaces, mut mailboxes) = (Vec::new(), Vec::new());
    for topic in topics {
        match topic {
            Topic::Space(id) => spaces.push(id.as_bytes().as_slice()),
            Topic::Mailbox(id) => mailboxes.push(id.as_bytes().as_slice()),
        }
    }
    if !spaces.is_empty() {
        let statement = client
            .prepare_cached("SELECT id, n, access_version, closed FROM space WHERE id = ANY ($1)")
            .await?;
        for row in client.query(&statement, &[&spaces]).await? {
            let topic = Topic::Space(SpaceId::from_bytes(fixed(&row, 0)?));
            states.insert(topic, (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
        }
    }
    if !mailboxes.is_empty() {
        let statement = client
            .prepare_cached("SELECT mailbox, count(*) FROM mailbox_message WHERE mailbox = ANY ($1) GROUP BY mailbox")
            .await?;
        for row in client.query(&statement, &[&mailboxes]).await? {
            let topic = Topic::Mailbox(MailboxId::from_bytes(fixed(&row, 0)?));
            states.insert(topic, (row.try_get(1)?, 0, false));
        }
    }
    Ok(states)
}
