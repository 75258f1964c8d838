//! How many commands share a transaction.
//!
//! A fast disk makes a small group durable before many clients can send the next record, so that taking only what is
//! queued would leave groups small and fsyncs many. So a small group waits a little for those who came last time.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::store::job::{Group, Job};

/// How many commands a group waits for.
///
/// A group of many records goes at once. A small one waits for as many commands as came last time and half as many more,
/// at most [`LINGER`]; when waiting brought nothing, the next one asks for no more than there were. A lone client is never
/// made to wait.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    expected: usize,
}

/// How long a small group waits.
const LINGER: Duration = Duration::from_millis(2);

/// Records from which a group is large enough that its share of an fsync is small.
const RECORDS_ENOUGH: usize = 32;

impl Gathering {
    /// The next group, or `None` when everybody who could send one is gone.
    pub(super) fn gather(&mut self, queue: &Receiver<Job>) -> Option<Group> {
        let mut group = Group::default();
        group.push(queue.recv().ok()?);
        let until = Instant::now() + LINGER;
        let mut waited_in_vain = false;
        while !group.is_full() {
            if let Ok(job) = queue.try_recv() {
                group.push(job);
                continue;
            }
            if group.records >= RECORDS_ENOUGH || group.commands.len() >= self.expected {
                break;
            }
            match queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(job) => group.push(job),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    waited_in_vain = true;
                    break;
                }
            }
        }
        let came = group.commands.len();
        self.expected = if waited_in_vain || came == 1 {
            came
        } else {
            came + came.div_ceil(2)
        };
        Some(group)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::sync::mpsc::{self, Sender};

    use super::*;
    use crate::store::command::Command;
    use crate::store::job::GROUP_COMMANDS_MAX;

    fn send(jobs: &Sender<Job>, count: usize) {
        for _ in 0..count {
            jobs.send(Job::of_task(Command::Sweep { now_ms: 0 }).0).unwrap();
        }
    }

    #[test]
    fn a_group_takes_everything_that_is_queued() {
        let (jobs, queue) = mpsc::channel();
        let mut gathering = Gathering::default();
        send(&jobs, 5);
        assert_eq!(gathering.gather(&queue).unwrap().commands.len(), 5);
        send(&jobs, GROUP_COMMANDS_MAX + 1);
        assert_eq!(gathering.gather(&queue).unwrap().commands.len(), GROUP_COMMANDS_MAX);
        assert_eq!(gathering.gather(&queue).unwrap().commands.len(), 1);
        drop(jobs);
        assert!(gathering.gather(&queue).is_none());
    }

    #[test]
    fn a_lone_client_is_never_made_to_wait_and_a_crowd_is_waited_for() {
        let (jobs, queue) = mpsc::channel();
        let mut gathering = Gathering::default();
        for _ in 0..3 {
            send(&jobs, 1);
            assert_eq!(gathering.gather(&queue).unwrap().commands.len(), 1);
            assert!(gathering.expected <= 1, "nothing to wait for");
        }
        send(&jobs, 4);
        gathering.gather(&queue).unwrap();
        assert_eq!(gathering.expected, 6);
        send(&jobs, 4);
        gathering.gather(&queue).unwrap();
        assert_eq!(gathering.expected, 4, "waiting brought nothing");
    }
}
