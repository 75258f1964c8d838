//! How the tour is told: a line per step, with how long it took and how many bytes crossed.

use super::line::Crossed;
use crate::failure::{Exit, Failure};
use crate::output::{Output, bold};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The story so far.
#[derive(Debug)]
pub(super) struct Story {
    out: Output,
    crossed: Crossed,
    /// When the step began, and what had crossed by then.
    begun: (Instant, u64),
    steps: u32,
}

impl Story {
    pub(super) fn begin(out: Output, crossed: &Crossed) -> Result<Self, Failure> {
        out.line(format!("{:>3} {:>8} {:>9}", "", "took", "crossed"))?;
        Ok(Self {
            out,
            crossed: Arc::clone(crossed),
            begun: (Instant::now(), 0),
            steps: 0,
        })
    }

    /// A heading between steps.
    pub(super) fn chapter(&self, title: &str) -> Result<(), Failure> {
        self.out.line(format!("\n{}", bold(title)))
    }

    /// The step that ends here.
    pub(super) fn step(&mut self, words: &str) -> Result<(), Failure> {
        let now = (Instant::now(), self.crossed.load(Ordering::SeqCst));
        let took = now.0.duration_since(self.begun.0);
        let bytes = now.1.saturating_sub(self.begun.1);
        self.steps += 1;
        // The figures come first, so that long words wrap at their end.
        self.out.line(format!(
            "{:>3} {:>8} {:>9}  {words}",
            self.steps,
            seconds(took),
            size(bytes)
        ))?;
        self.begun = (Instant::now(), now.1);
        Ok(())
    }
}

/// Ends the tour when a promise was not kept.
pub(super) fn promised(kept: bool, promise: &str) -> Result<(), Failure> {
    if kept {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Internal,
        format!("The tour ends here, because a promise was not kept: {promise}."),
    ))
}

/// `0.03 s`
pub(super) fn seconds(took: Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

/// `0 B`, `3.1 kB`, `2.4 MB`
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [0, 999, 1_000, 45_678, 2_499_999].map(size),
            ["0 B", "999 B", "1.0 kB", "45.6 kB", "2.4 MB"]
        );
        assert_eq!(seconds(Duration::from_millis(1_234)), "1.23 s");
    }

    #[test]
    fn a_promise_that_was_not_kept_ends_the_tour_with_its_own_exit_code() {
        assert!(promised(true, "a").is_ok());
        assert!(promised(false, "a").is_err_and(|failure| failure.code() == Some(Exit::Internal)));
    }
}
