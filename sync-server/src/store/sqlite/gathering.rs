//! Commands in line for the writer, and how many of them share a transaction.
//!
//! A fast disk makes a small group durable before many clients can send the next record, so that taking only what is
//! queued would leave groups small and fsyncs many. So a small group waits a little for those who came last time. Meanwhile the writer
//! sleeps until enough are there: woken for each, it would cost whoever sends more than what it writes.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::store::job::{Group, Job};
use crate::store::lock;

/// How long a small group waits.
const LINGER: Duration = Duration::from_millis(2);

/// Records from which a group is large enough that its share of an fsync is small.
const RECORDS_ENOUGH: usize = 32;

/// Where commands come in. Dropped, it ends the line: what is in it is still taken.
pub(super) struct Entrance(Arc<Line>);

/// Takes commands out, group by group. Dropped, it ends the line and drops what is in it with its replies.
///
/// A group of many records goes at once. A small one waits for as many commands as came last time and half as many more,
/// at most [`LINGER`]; when waiting brought nothing, the next one asks for no more than there were. A lone client is never
/// made to wait.
pub(super) struct Gathering {
    line: Arc<Line>,
    expected: usize,
}

/// A line with one who enters and one who takes.
pub(super) fn line() -> (Entrance, Gathering) {
    let line = Arc::new(Line::default());
    let gathering = Gathering {
        line: Arc::clone(&line),
        expected: 0,
    };
    (Entrance(line), gathering)
}

#[derive(Default)]
struct Line {
    queue: Mutex<Queue>,
    enough_came: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Records in all of them.
    records: usize,
    /// How many commands the writer sleeps for; `None` while it is awake, or was woken.
    wanted: Option<usize>,
    has_ended: bool,
}

impl Entrance {
    /// A job that nobody takes any more is dropped with its reply, which its receiver sees.
    pub(super) fn enter(&self, job: Job) {
        let wakes = lock(&self.0.queue).enter(job);
        if wakes {
            self.0.enough_came.notify_one();
        }
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        lock(&self.0.queue).has_ended = true;
        self.0.enough_came.notify_one();
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        let mut queue = lock(&self.line.queue);
        queue.has_ended = true;
        queue.jobs.clear();
    }
}

impl Gathering {
    /// The next group, or `None` when everybody who could send one is gone.
    pub(super) fn gather(&mut self) -> Option<Group> {
        let line = Arc::clone(&self.line);
        let mut queue = line.sleep(lock(&line.queue), 1, None);
        if queue.jobs.is_empty() {
            return None;
        }
        if !queue.has(self.expected) {
            queue = line.sleep(queue, self.expected, Some(Instant::now() + LINGER));
        }
        let waited_in_vain = !queue.has(self.expected);
        let group = queue.take();
        drop(queue);
        let came = group.commands.len();
        self.expected = if waited_in_vain || came == 1 {
            came
        } else {
            came + came.div_ceil(2)
        };
        Some(group)
    }
}

impl Line {
    /// Sleeps until the queue has so many commands, or many records, or the line has ended, or it is time.
    fn sleep<'a>(
        &'a self,
        mut queue: MutexGuard<'a, Queue>,
        commands: usize,
        until: Option<Instant>,
    ) -> MutexGuard<'a, Queue> {
        while !queue.has(commands) && !queue.has_ended {
            queue.wanted = Some(commands);
            let Some(until) = until else {
                queue = self.enough_came.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.enough_came.wait_timeout(queue, left);
            queue = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        queue.wanted = None;
        queue
    }
}

impl Queue {
    /// Takes a job in; whether the writer is to be woken now.
    fn enter(&mut self, job: Job) -> bool {
        if self.has_ended {
            return false;
        }
        self.records += job.command.weight().0;
        self.jobs.push_back(job);
        self.wanted
            .take_if(|wanted| self.jobs.len() >= *wanted || self.records >= RECORDS_ENOUGH)
            .is_some()
    }

    /// Whether so many commands are there, or so many records that no more are waited for.
    fn has(&self, commands: usize) -> bool {
        self.jobs.len() >= commands || self.records >= RECORDS_ENOUGH
    }

    /// As many as a group holds.
    fn take(&mut self) -> Group {
        let mut group = Group::default();
        while !group.is_full()
            && let Some(job) = self.jobs.pop_front()
        {
            group.push(job);
        }
        self.records -= group.records;
        group
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::store::command::Command;
    use crate::store::job::GROUP_COMMANDS_MAX;

    fn job() -> Job {
        Job::of_task(Command::Sweep { now_ms: 0 }).0
    }

    fn send(entrance: &Entrance, count: usize) {
        for _ in 0..count {
            entrance.enter(job());
        }
    }

    #[test]
    fn a_group_takes_everything_that_is_queued() {
        let (entrance, mut gathering) = line();
        send(&entrance, 5);
        assert_eq!(gathering.gather().unwrap().commands.len(), 5);
        send(&entrance, GROUP_COMMANDS_MAX + 1);
        assert_eq!(gathering.gather().unwrap().commands.len(), GROUP_COMMANDS_MAX);
        assert_eq!(gathering.gather().unwrap().commands.len(), 1);
        send(&entrance, 1);
        drop(entrance);
        assert_eq!(gathering.gather().unwrap().commands.len(), 1, "what came in is taken");
        assert!(gathering.gather().is_none());
    }

    #[test]
    fn a_lone_client_is_never_made_to_wait_and_a_crowd_is_waited_for() {
        let (entrance, mut gathering) = line();
        for _ in 0..3 {
            send(&entrance, 1);
            assert_eq!(gathering.gather().unwrap().commands.len(), 1);
            assert!(gathering.expected <= 1, "nothing to wait for");
        }
        send(&entrance, 4);
        gathering.gather().unwrap();
        assert_eq!(gathering.expected, 6);
        send(&entrance, 4);
        gathering.gather().unwrap();
        assert_eq!(gathering.expected, 4, "waiting brought nothing");
    }

    #[test]
    fn who_sleeps_for_many_is_woken_once() {
        let mut queue = Queue {
            wanted: Some(3),
            ..Queue::default()
        };
        let woken = [(); 5].map(|()| queue.enter(job()));
        assert_eq!(woken, [false, false, true, false, false]);
    }

    #[test]
    fn when_nobody_takes_any_more_a_reply_is_not_waited_for() {
        let (entrance, gathering) = line();
        let (in_line, mut reply) = Job::of_task(Command::Sweep { now_ms: 0 });
        entrance.enter(in_line);
        drop(gathering);
        assert!(
            reply
                .try_recv()
                .is_err_and(|error| error == tokio::sync::oneshot::error::TryRecvError::Closed)
        );
        let (late, mut reply) = Job::of_task(Command::Sweep { now_ms: 0 });
        entrance.enter(late);
        assert!(
            reply
                .try_recv()
                .is_err_and(|error| error == tokio::sync::oneshot::error::TryRecvError::Closed)
        );
    }
}
