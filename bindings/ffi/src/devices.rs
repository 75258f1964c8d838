//! The person's own devices.

use cairn_core::vault::{DeviceCard, Devices as CoreDevices, Handshake as CoreHandshake, Shown};

use crate::removing::device_id;
use crate::{Timestamp, VaultError, instant, silent_debug};

/// One of the person's devices.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Device {
    /// Its id, for `remove` and `rename`.
    pub id: String,
    /// What the person called it.
    pub name: String,
    /// Whether it is the one in hand.
    pub is_this_one: bool,
    /// When it was added, by the relay's clock; nothing for the first one.
    pub added: Option<Timestamp>,
    /// Whether it is being removed, and the relay has not heard of it yet.
    pub is_going: bool,
    /// Whether it was to be removed and is still there, because that takes the recovery phrase: `use_phrase` goes on with it.
    pub needs_phrase: bool,
}

/// What to show to the person who joins.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ShownDigits {
    /// Six digits, to be typed on the other device.
    pub digits: String,
    /// What the other side calls itself: show it before anything else, so that the person knows whose journal this is.
    pub name: String,
}

/// A pairing, an invitation or a recovery, by this side's part in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Handshake {
    /// This device shows the code to a new one.
    PairOffer,
    /// This device joins another's vault.
    PairJoin,
    /// The participant invites a specialist.
    Invite,
    /// The specialist accepts an invitation.
    Accept,
    /// A new recovery phrase is put in its place.
    SetPhrase,
    /// A recovery phrase brings the journal to this device.
    Recover,
}

silent_debug!(Device, ShownDigits);

/// The person's own devices. Safe from any thread.
///
/// To pair: the device that holds the journal calls `pair` and shows the code; the new device calls `join` with it and
/// shows six digits; the first one calls `wait_for_device`, the person types the digits there, and it calls
/// `confirm_device`; the new device calls `finish_joining`. The next round of sync brings the journal.
#[derive(Debug, uniffi::Object)]
pub struct Devices(pub(crate) CoreDevices);

#[uniffi::export]
impl Devices {
    /// The devices that hold this journal.
    pub async fn devices(&self) -> Result<Vec<Device>, VaultError> {
        let cards = self.0.devices().await?;
        Ok(cards.into_iter().map(Device::from).collect())
    }

    /// Begins to pair: the code to show to the new device, as a QR code or to copy. It lives for fifteen minutes.
    pub async fn pair(&self) -> Result<String, VaultError> {
        Ok(self.0.pair().await?)
    }

    /// Waits until the new device has read the code; answers its name. Then let the person type the digits it shows.
    pub async fn wait_for_device(&self) -> Result<String, VaultError> {
        Ok(self.0.wait_for_device().await?)
    }

    /// The digits that the new device shows, as the person typed them. Wrong ones throw `Invalid`, and may be typed
    /// again; the third time throws `Rejected`, and a new code is needed.
    pub async fn confirm_device(&self, digits: String) -> Result<(), VaultError> {
        Ok(self.0.confirm_device(digits).await?)
    }

    /// Joins the vault whose code this is. Only an empty vault can. Waits for the other device, then answers the digits.
    pub async fn join(&self, code: String) -> Result<ShownDigits, VaultError> {
        Ok(self.0.join(code).await?.into())
    }

    /// Waits until the digits were typed on the other device.
    pub async fn finish_joining(&self) -> Result<(), VaultError> {
        Ok(self.0.finish_joining().await?)
    }

    /// Ends a pairing, an invitation or a recovery that is under way, from this side.
    pub async fn cancel(&self, which: Handshake) -> Result<(), VaultError> {
        Ok(self.0.cancel(which.into()).await?)
    }
}

impl From<DeviceCard> for Device {
    fn from(card: DeviceCard) -> Self {
        Self {
            id: device_id(&card.id),
            name: card.name,
            is_this_one: card.is_this_one,
            added: card.added.map(instant),
            is_going: card.is_going,
            needs_phrase: card.needs_phrase,
        }
    }
}

impl From<Shown> for ShownDigits {
    fn from(Shown { digits, name }: Shown) -> Self {
        Self { digits, name }
    }
}

impl From<Handshake> for CoreHandshake {
    fn from(which: Handshake) -> Self {
        match which {
            Handshake::PairOffer => Self::PairOffer,
            Handshake::PairJoin => Self::PairJoin,
            Handshake::Invite => Self::Invite,
            Handshake::Accept => Self::Accept,
            Handshake::SetPhrase => Self::SetPhrase,
            Handshake::Recover => Self::Recover,
        }
    }
}
