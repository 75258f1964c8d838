//! The figures: a table for people, a file for machines.

use crate::Result;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// What a figure is held to.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// Its ratio to the floor, at most.
    TimesFloorAtMost(f64),
    /// Its ratio to the floor, at least.
    TimesFloorAtLeast(f64),
    /// Itself, at most, in its own unit.
    AtMost(f64),
}

struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    floor: Option<f64>,
    limit: Limit,
}

impl Figure {
    fn ratio(&self) -> Option<f64> {
        self.floor.map(|floor| self.value / floor)
    }

    fn holds(&self) -> bool {
        match (self.limit, self.ratio()) {
            (Limit::AtMost(limit), _) => self.value <= limit,
            (Limit::TimesFloorAtMost(limit), Some(ratio)) => ratio <= limit,
            (Limit::TimesFloorAtLeast(limit), Some(ratio)) => ratio >= limit,
            // Without its floor it proves nothing.
            (_, None) => false,
        }
    }

    const fn limit(&self) -> f64 {
        match self.limit {
            Limit::AtMost(limit) | Limit::TimesFloorAtMost(limit) | Limit::TimesFloorAtLeast(limit) => limit,
        }
    }
}

/// All figures of a run, and what was measured beside them without being held to anything.
#[derive(Default)]
pub(crate) struct Sheet {
    figures: Vec<Figure>,
    beside: Vec<(String, f64, &'static str)>,
}

impl Sheet {
    /// Adds a figure; `floor` is none where the limit is absolute.
    pub(crate) fn add(&mut self, name: &str, value: f64, unit: &'static str, floor: Option<f64>, limit: Limit) {
        self.figures.push(Figure {
            name: name.to_owned(),
            value,
            unit,
            floor,
            limit,
        });
    }

    /// Adds something to know beside the figures.
    pub(crate) fn add_beside(&mut self, name: &str, value: f64, unit: &'static str) {
        self.beside.push((name.to_owned(), value, unit));
    }

    pub(crate) fn holds(&self) -> bool {
        !self.figures.is_empty() && self.figures.iter().all(Figure::holds)
    }

    pub(crate) fn print(&self) {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
        println!(
            "\n{:64} {:>12} {:14} {:>12} {:>7} {:>9}",
            "", "value", "unit", "floor", "ratio", "limit"
        );
        for figure in &self.figures {
            let sign = if matches!(figure.limit, Limit::TimesFloorAtLeast(_)) {
                ">="
            } else {
                "<="
            };
            println!(
                "{:64} {:>12.3} {:14} {:>12} {:>7} {sign} {:>6} {}",
                figure.name,
                figure.value,
                figure.unit,
                number(figure.floor),
                number(figure.ratio()),
                figure.limit(),
                if figure.holds() { "" } else { " DOES NOT HOLD" },
            );
        }
        for (name, value, unit) in &self.beside {
            println!("  beside: {name:70} {value:>12.3} {unit}");
        }
    }

    /// Writes `bench-summary.json` into the folder that cargo builds in.
    pub(crate) fn save(&self) -> Result<()> {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|figure| {
                json!({
                    "name": figure.name,
                    "value": figure.value,
                    "unit": figure.unit,
                    "floor": figure.floor,
                    "ratio": figure.ratio(),
                    "limit": figure.limit(),
                    "holds": figure.holds(),
                })
            })
            .collect();
        let path = target()?.join("bench-summary.json");
        std::fs::write(&path, serde_json::to_string_pretty(&figures)? + "\n")?;
        println!("\nwritten to {}", path.display());
        Ok(())
    }
}

/// Cargo puts a bench into `<target>/<profile>/deps`.
fn target() -> Result<PathBuf> {
    let bench = std::env::current_exe()?;
    Ok(bench
        .ancestors()
        .nth(3)
        .ok_or("the bench stands where cargo put it")?
        .to_owned())
}

/// Time for each of `count`, in microseconds.
pub(crate) fn us_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / exact(count)
}

/// A number of things as a figure.
pub(crate) fn exact(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// The middle of these; of an even number the lower one of the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this part of the values lies.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a list of a few thousand values"
)]
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1) as f64 * part) as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}
