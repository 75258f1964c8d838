//! Waking this device while it sleeps.

use cairn_core::sync::WakeOffer as CoreOffer;
use cairn_core::vault::Waking as CoreWaking;

use crate::{Sync, VaultError};

/// Whether this device is woken while it sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Waking {
    /// The app has not said where.
    Off,
    /// The relay is told with the next round of sync.
    Waits,
    /// The relay was told.
    Stands,
    /// The relay wakes nobody: what arrives is found when the app asks.
    RelayWakesNobody,
}

/// What a relay does for devices that sleep.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WakeOffer {
    /// Whether it wakes anybody.
    pub wakes: bool,
    /// The key by which push services know it, 65 bytes (P-256, uncompressed): in base64 for URLs it is the `applicationServerKey` of Web Push and the
    /// `vapid` of UnifiedPush. Nothing where it wakes nobody.
    pub push_key: Option<Vec<u8>>,
}

#[uniffi::export]
impl Sync {
    /// Has this device woken at this address, which its push service (UnifiedPush, Web Push) gave the app, or nowhere. The relay is told with the next
    /// round of sync, sealed, in each space by itself. It posts there a message without a word in it, some seconds to a minute after somebody wrote something; the app then calls
    /// `sync_now`, and decides by itself whether there is anything to show. Kept on this device alone, until it is taken back; an app that is given another
    /// address says it again.
    pub async fn wake_me_at(&self, address: Option<String>) -> Result<(), VaultError> {
        Ok(self.0.wake_me_at(address).await?)
    }

    /// Whether this device is woken while it sleeps.
    pub async fn waking(&self) -> Result<Waking, VaultError> {
        Ok(self.0.waking().await?.into())
    }

    /// Asks the relay whether it wakes anybody, and by which key push services know it: some want it when the app asks them for an address.
    pub async fn wake_offer(&self) -> Result<WakeOffer, VaultError> {
        Ok(self.0.wake_offer().await?.into())
    }
}

impl From<CoreWaking> for Waking {
    fn from(waking: CoreWaking) -> Self {
        match waking {
            CoreWaking::Waits => Self::Waits,
            CoreWaking::Stands => Self::Stands,
            CoreWaking::RelayWakesNobody => Self::RelayWakesNobody,
            _ => Self::Off,
        }
    }
}

impl From<CoreOffer> for WakeOffer {
    fn from(offer: CoreOffer) -> Self {
        Self {
            wakes: offer.wakes,
            push_key: offer.push_key.map(|key| key.as_bytes().to_vec()),
        }
    }
}
