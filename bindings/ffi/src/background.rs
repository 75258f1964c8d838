//! Work that has no thread of a vault to run on: opening one, and reading a file to import.

use crate::VaultError;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

enum State<T> {
    Running(Option<Waker>),
    Done(Option<Result<T, VaultError>>),
}

type Slot<T> = Arc<Mutex<State<T>>>;

/// Work under way on a thread of its own. Dropping this does not stop it.
pub(crate) struct Background<T>(Slot<T>);

/// Gives the answer when it is dropped, so that a panic is an answer too.
struct Answer<T> {
    slot: Slot<T>,
    result: Option<Result<T, VaultError>>,
}

/// Runs `work` on a thread of its own.
pub(crate) fn background<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Background<T> {
    let slot = Arc::new(Mutex::new(State::Running(None)));
    let mut answer = Answer {
        slot: Arc::clone(&slot),
        result: None,
    };
    // Where no thread can be made the answer is dropped, and says so.
    drop(
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || answer.give(work())),
    );
    Background(slot)
}

impl<T> Answer<T> {
    fn give(&mut self, result: Result<T, VaultError>) {
        self.result = Some(result);
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        let result = self
            .result
            .take()
            .unwrap_or_else(|| Err(cairn_core::vault::Error::Internal.into()));
        let mut state = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let former = std::mem::replace(&mut *state, State::Done(Some(result)));
        drop(state);
        if let State::Running(Some(waker)) = former {
            waker.wake();
        }
    }
}

impl<T> Future for Background<T> {
    type Output = Result<T, VaultError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Running(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            State::Done(result) => {
                let internal = || Err(cairn_core::vault::Error::Internal.into());
                Poll::Ready(result.take().unwrap_or_else(internal))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Wake;
    use std::thread::{Thread, current, park};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn wait<T>(mut work: Background<T>) -> Result<T, VaultError> {
        let waker = Arc::new(Unpark(current())).into();
        loop {
            match Pin::new(&mut work).poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => return result,
                Poll::Pending => park(),
            }
        }
    }

    #[test]
    fn work_is_done_on_another_thread_and_its_answer_awaited() {
        let here = current().id();
        assert_eq!(wait(background("work", move || Ok(current().id() != here))), Ok(true));
    }

    #[test]
    fn work_that_panics_is_an_error_and_nobody_waits_for_ever() {
        let broken: Result<(), _> = wait(background("work", || panic!("on purpose")));
        assert!(matches!(broken, Err(VaultError::Internal(_))));
    }
}
