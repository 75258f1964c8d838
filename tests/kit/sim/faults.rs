//! Every kind of fault, counted.

use std::collections::BTreeMap;

/// What goes wrong in a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A request never reaches the relay.
    LostRequest,
    /// The relay did it; the device never hears.
    LostAnswer,
    /// The relay hears the same request twice.
    Doubled,
    /// The relay hears a request after the device has given up, and after later ones.
    Late,
    /// An answer from before comes in place of the right one.
    StaleAnswer,
    /// The answer is nothing a relay says, or cut short, or has a flipped bit.
    Garbage,
    /// The relay says: not now.
    NotNow,
    /// The relay is stopped and started.
    RelayRestart,
    /// The relay loses power between two requests.
    RelayPowerLoss,
    /// The relay loses power within a request.
    RelayDiesWorking,
    /// A device loses power while it does nothing.
    DevicePowerLoss,
    /// A device loses power within a command.
    DeviceDiesWriting,
    /// A device loses power within a round of sync.
    DeviceDiesSyncing,
    /// Two devices' rounds take turns.
    Interleaved,
    /// A revision is made of what was read long before.
    StaleVersion,
    /// Time goes on by weeks, and the relay forgets what had its time.
    Weeks,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::LostRequest,
        Self::LostAnswer,
        Self::Doubled,
        Self::Late,
        Self::StaleAnswer,
        Self::Garbage,
        Self::NotNow,
        Self::RelayRestart,
        Self::RelayPowerLoss,
        Self::RelayDiesWorking,
        Self::DevicePowerLoss,
        Self::DeviceDiesWriting,
        Self::DeviceDiesSyncing,
        Self::Interleaved,
        Self::StaleVersion,
        Self::Weeks,
    ];
}

/// How often each kind occurred.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Fault, u64>);

impl Tally {
    pub(super) fn count(&mut self, fault: Fault) {
        *self.0.entry(fault).or_default() += 1;
    }

    /// How often this kind occurred.
    pub fn of(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or_default()
    }

    /// Adds what another history saw.
    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.0 {
            *self.0.entry(*fault).or_default() += count;
        }
    }

    /// The kinds that never occurred.
    pub fn missing(&self) -> Vec<Fault> {
        Fault::ALL.into_iter().filter(|fault| self.of(*fault) == 0).collect()
    }
}
