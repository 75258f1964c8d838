//! Agreement with the person's other devices.

use cairn_core::sync::{Report, SyncError};
use cairn_core::vault::{Sync as CoreSync, SyncStatus as CoreStatus};

use crate::{Erasure, Timestamp, VaultError, count, instant};

/// Where sync stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncStatus {
    /// The relay; nothing while the journal is on this device only.
    pub relay: Option<String>,
    /// What is saved here and has not reached the relay yet.
    pub waiting: i64,
    /// When the relay last said that this device has read everything. Say "up to date" only while this is younger than
    /// a day and nothing waits.
    pub up_to_date_at: Option<Timestamp>,
    /// What could not be read and was set aside: `doctor` says why.
    pub set_aside: i64,
    /// Whether the relay lets this device in no more, which it used to: another device has probably removed it. What is here stays
    /// readable and can be exported; the words for it are `status.shut_out`.
    pub is_shut_out: bool,
    /// Whether another device of the person, or their recovery phrase, is to let this one in again, because the relay has lost its store: have
    /// it join another device as a new one does, or recover. What is here stays; the words for it are `status.needs_joining`. Where no
    /// device is left inside, `Devices.begin_again` goes on from this one.
    pub needs_joining: bool,
    /// Whether devices are on the list that were not this person's when this one was let in again: one that was removed may be among them. Nothing
    /// that was written is sent until they have looked at the list and removed what is not theirs, or said that each is
    /// (`Devices.trust`); the words for it are `status.strange_devices`.
    pub has_strange_devices: bool,
    /// How much is still to be sent again to a relay that lost its store, or put back an old one: it goes with the rounds of sync. Nothing where
    /// nothing is known to be missing; the words for it are `status.relay_restored`.
    pub to_send_again: Option<i64>,
    /// Whether the relay says that it has ended this journal's place there, and none of the person's devices signed that this was meant.
    /// Nothing here is erased for it; the words for it are `status.ended`.
    pub is_ended: bool,
    /// Whether everything is to be erased, and when on this device.
    pub erasure: Erasure,
}

/// How a round of sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SyncOutcome {
    /// Everything was read and everything was sent.
    Complete,
    /// The relay was not reached, or not to the end. What was written is safe here and is sent in a later round.
    Offline,
    /// The relay refused, or said what cannot be true. What was written is safe here.
    Rejected,
}

/// What a round of sync did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// How it ended.
    pub outcome: SyncOutcome,
    /// Why it was not complete, as a sentence without a word of the journal; nothing when it was.
    pub reason: Option<String>,
    /// What arrived that was not known here.
    pub received: i64,
    /// What the relay has kept now.
    pub sent: i64,
}

/// Agreement with the person's other devices, through a relay that cannot read. Safe from any thread.
#[derive(Debug, uniffi::Object)]
pub struct Sync(pub(crate) CoreSync);

#[uniffi::export]
impl Sync {
    /// Gives the vault a relay: `https://` and its host. The next round of sync begins there.
    pub async fn connect(&self, origin: String) -> Result<(), VaultError> {
        Ok(self.0.connect(origin).await?)
    }

    /// Where sync stands.
    pub async fn status(&self) -> Result<SyncStatus, VaultError> {
        Ok(self.0.status().await?.into())
    }

    /// One round: reads what is new and sends what waits. That the relay was not reached is in the report; it is no error.
    pub async fn sync_now(&self) -> Result<SyncReport, VaultError> {
        Ok(self.0.sync_now().await?.into())
    }

    /// Waits until something arrives at the relay, at most this many milliseconds; whether something did. Then sync.
    pub async fn wait_for_news(&self, wait_ms: i32) -> Result<bool, VaultError> {
        Ok(self.0.wait_for_news(u32::try_from(wait_ms).unwrap_or(0)).await?)
    }
}

impl From<CoreStatus> for SyncStatus {
    fn from(status: CoreStatus) -> Self {
        Self {
            relay: status.relay,
            waiting: count(status.waiting),
            up_to_date_at: status.up_to_date_at.map(instant),
            set_aside: count(status.set_aside),
            is_shut_out: status.is_shut_out,
            needs_joining: status.needs_joining,
            has_strange_devices: status.has_strange_devices,
            to_send_again: status.to_send_again.map(count),
            is_ended: status.is_ended,
            erasure: status.erasure.into(),
        }
    }
}

impl From<Report> for SyncReport {
    fn from(report: Report) -> Self {
        let failed = || report.failed.iter().map(|(_, error)| error);
        let is_offline = |error: &&SyncError| matches!(error, SyncError::Unreachable(_));
        // A refusal says more than a lost connection does.
        let worst = failed().find(|error| !is_offline(error)).or_else(|| failed().next());
        let outcome = match worst {
            None => SyncOutcome::Complete,
            Some(SyncError::Unreachable(_)) => SyncOutcome::Offline,
            Some(_) => SyncOutcome::Rejected,
        };
        Self {
            outcome,
            reason: worst.map(ToString::to_string),
            received: count(report.received),
            sent: count(report.sent),
        }
    }
}
