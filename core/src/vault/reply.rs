//! An answer that is on its way: awaited by an app, waited for by a command line.

use super::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

enum State<T> {
    Waiting(Option<Waker>),
    Here(Result<T, Error>),
    Taken,
}

struct Slot<T> {
    state: Mutex<State<T>>,
    here: Condvar,
}

/// The answer of a vault's own thread. As a future it does no work when it is polled, and dropping it cancels nothing:
/// what was asked for is carried out whole or not at all.
pub struct Reply<T>(Arc<Slot<T>>);

/// The other end of a [`Reply`]; dropped unused, it answers [`Error::Internal`].
pub(super) struct Answer<T>(Arc<Slot<T>>);

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply(…)")
    }
}

/// A reply and the end that answers it.
pub(super) fn reply<T>() -> (Answer<T>, Reply<T>) {
    let slot = Arc::new(Slot {
        state: Mutex::new(State::Waiting(None)),
        here: Condvar::new(),
    });
    (Answer(Arc::clone(&slot)), Reply(slot))
}

impl<T> Reply<T> {
    /// Waits for the answer, on the caller's thread.
    ///
    /// # Errors
    /// What the command answers.
    pub fn wait(self) -> Result<T, Error> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *state, State::Taken) {
                State::Here(answer) => return answer,
                State::Taken => return Err(Error::Internal),
                State::Waiting(waker) => {
                    *state = State::Waiting(waker);
                    state = self.0.here.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Taken) {
            State::Here(answer) => Poll::Ready(answer),
            State::Taken => Poll::Ready(Err(Error::Internal)),
            State::Waiting(_) => {
                *state = State::Waiting(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl<T> Answer<T> {
    pub(super) fn give(self, answer: Result<T, Error>) {
        self.set(answer);
    }

    fn set(&self, answer: Result<T, Error>) {
        let waker = {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            match std::mem::replace(&mut *state, State::Taken) {
                State::Waiting(waker) => {
                    *state = State::Here(answer);
                    waker
                }
                former => {
                    *state = former;
                    None
                }
            }
        };
        self.0.here.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        self.set(Err(Error::Internal));
    }
}
