//! The same relay for asynchronous callers: nothing here blocks a task, and reads wait for something to read.

use std::sync::Arc;
use std::time::Duration;

use cairn_wire::message::OutcomeCode;
use hyper::body::Bytes;
use tokio::time::{Instant, timeout, timeout_at};

use super::lookup::{Found, Lookup};
use super::{Answer, Prepared, Relay, guarded, tells_of_what_went};
use crate::clock::Clock;
use crate::limits::PART_PATIENCE;
use crate::store::{Command, Done, Pending, Refused};

impl Relay {
    /// Answers one request. `clock` is asked again whenever an answer is built.
    pub(crate) async fn answer(&self, path: &str, body: Bytes, clock: &Clock) -> Answer {
        let prepared = if self.shares_its_store() {
            // Whose session it is may stand in the store alone.
            let (relay, path, clock) = (self.clone(), path.to_owned(), clock.clone());
            let prepared = tokio::task::spawn_blocking(move || relay.prepared(&path, &body, clock.now_ms()));
            prepared.await.unwrap_or(Err(Answer::refused(Refused::UNAVAILABLE)))
        } else {
            let prepared = self.prepared(path, &body, clock.now_ms());
            // The writer holds its own reference as long as it needs the bytes.
            drop(body);
            prepared
        };
        match prepared {
            Err(refused) => refused,
            Ok(Prepared::Answer(answer)) => answer,
            Ok(Prepared::Read(lookup)) => self.look_up_or_wait(lookup, clock).await,
            Ok(Prepared::Put(part)) => {
                let relay = self.clone();
                let room = Arc::clone(&self.0.parts_put).acquire_owned();
                // It is never closed. Who waits holds the room of a body, which records need too.
                let Ok(room) = timeout(PART_PATIENCE, room).await else {
                    return Answer::refused(Refused::UNAVAILABLE);
                };
                // Who hangs up ends nothing that has begun.
                let put = tokio::task::spawn_blocking(move || {
                    let _room = room;
                    guarded(|| relay.put_blob(&part))
                });
                put.await.unwrap_or_else(|_| Answer::refused(Refused::UNAVAILABLE))
            }
            Ok(Prepared::Ring(ring)) => {
                let (relay, now_ms) = (self.clone(), clock.now_ms());
                let rung = tokio::task::spawn_blocking(move || guarded(|| relay.rung(&ring, now_ms)));
                rung.await.unwrap_or_else(|_| Answer::refused(Refused::UNAVAILABLE))
            }
            Ok(Prepared::Write(command)) => {
                let lengths = lengths(&command);
                let lets_go = command.lets_blobs_go();
                let mut result = match self.0.store.rows().submit(command) {
                    Pending::Ready(result) => result,
                    Pending::Later(reply) => reply.await.unwrap_or(Err(Refused::UNAVAILABLE)),
                };
                if tells_of_what_went(lets_go, &result) && !self.0.store.settle().await {
                    result = Err(Refused::UNAVAILABLE);
                }
                if let Ok(Done::Appended { outcomes, .. }) = &result {
                    let stored = outcomes.iter().zip(&lengths);
                    let stored = stored.filter(|(outcome, _)| outcome.code == OutcomeCode::Stored);
                    let (records, bytes) =
                        stored.fold((0, 0), |(records, bytes), (_, length)| (records + 1, bytes + length));
                    self.metrics().stored(records, bytes);
                }
                self.finish(result)
            }
        }
    }

    /// Reads a request, or answers that it is refused.
    fn prepared(&self, path: &str, body: &Bytes, now_ms: u64) -> Result<Prepared, Answer> {
        let mut prepared = None;
        let refused = guarded(|| match self.prepare(path, body, now_ms) {
            Ok(ready) => {
                prepared = Some(ready);
                Answer::refused(Refused::UNAVAILABLE)
            }
            Err(refused) => Answer::refused(refused),
        });
        prepared.ok_or(refused)
    }

    /// Ends every wait, now and from now on; what waits is answered as it stands.
    pub(crate) fn end_waits(&self) {
        self.0.wakeups.end();
    }

    /// How many wait for a space.
    #[cfg(test)]
    pub(crate) fn waiting_for(&self, space: &cairn_wire::SpaceId) -> usize {
        self.waiting_for_topic(&crate::wake::Topic::Space(*space))
    }

    /// Hears no other node from now on.
    #[cfg(test)]
    pub(crate) fn deafen(&self) {
        self.0.store.rows().deafen();
    }

    /// How many wait for a topic.
    #[cfg(test)]
    pub(crate) fn waiting_for_topic(&self, topic: &crate::wake::Topic) -> usize {
        self.0.wakeups.waiting_for(topic)
    }

    async fn look_up_or_wait(&self, lookup: Lookup, clock: &Clock) -> Answer {
        let (wait_ms, topics) = lookup.waits_for();
        let until = Instant::now() + Duration::from_millis(u64::from(wait_ms));
        // Listening begins before looking, so that nothing happens in between unheard.
        let waiter = (wait_ms > 0).then(|| self.0.wakeups.listen(topics));
        let mut lookup = lookup;
        loop {
            let (relay, asked) = (self.clone(), clock.clone());
            // It is never closed.
            let rooms = if lookup.is_far() {
                &self.0.parts_read
            } else {
                &self.0.reads
            };
            let room = Arc::clone(rooms).acquire_owned().await;
            let looked = tokio::task::spawn_blocking(move || {
                let _room = room;
                let mut is_empty = false;
                let answer = guarded(|| {
                    let found = relay.look_up(&lookup, asked.now_ms());
                    is_empty = found.is_empty;
                    found.answer
                });
                (Found { answer, is_empty }, lookup)
            });
            let Ok((found, again)) = looked.await else {
                return Answer::refused(Refused::UNAVAILABLE);
            };
            lookup = again;
            let Some(waiter) = waiter.as_ref().filter(|_| found.is_empty) else {
                return found.answer;
            };
            let _reading = self.reading(&lookup, clock.now_ms());
            let _counted = self.metrics().one_waits();
            if self.0.wakeups.is_over() || timeout_at(until, waiter.changed()).await.is_err() {
                return found.answer;
            }
        }
    }
}

/// The bytes of each record of an append; what is no record has none.
fn lengths(command: &Command) -> Vec<u64> {
    match command {
        Command::Append(append) => {
            let records = append.records.iter();
            records
                .map(|record| record.as_ref().map_or(0, |record| record.range.len() as u64))
                .collect()
        }
        _ => Vec::new(),
    }
}
