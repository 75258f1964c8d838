//! Removing a device, calling it something else, and what still comes from one that is gone.

use cairn_core::vault::Arrival as CoreArrival;
use cairn_core::wire::{PublicKey, RecordHash};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use crate::{Devices, Entry, VaultError, silent_debug};

/// Something that came from a removed device after the last of it that this journal trusts. It is not in the journal: the
/// person keeps it or leaves it out.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct Arrival {
    /// Its id, for `keep_arrival` and `leave_out`.
    pub id: String,
    /// What the device was called.
    pub device_name: String,
    /// The entry as that device left it; nothing where it is something else than an entry.
    pub entry: Option<Entry>,
    /// Whether the entry is here already, as it was before.
    pub is_known: bool,
}

silent_debug!(Arrival);

#[uniffi::export]
impl Devices {
    /// The person has looked at the list of their devices after this one was let in again, and each is theirs: what was written is sent
    /// again.
    pub async fn trust(&self) -> Result<(), VaultError> {
        Ok(self.0.trust().await?)
    }

    /// Begins the person's home at the relay again from this device, where the relay has lost its store and none of their devices is let in any
    /// more (`SyncStatus.needs_joining` on each). Everything here goes there with the next rounds of sync; the other devices join
    /// this one, and bring what they have. There is no recovery phrase until one is made. Throws `Invalid` where the relay lets this
    /// device in.
    pub async fn begin_again(&self) -> Result<(), VaultError> {
        Ok(self.0.begin_again().await?)
    }

    /// Whether it was heard here that this device was removed. A removed device usually hears nothing more: its rounds of
    /// sync answer `Rejected`. What is written on it stays on it.
    pub async fn is_removed(&self) -> Result<bool, VaultError> {
        Ok(self.0.is_removed().await?)
    }

    /// Removes a device: it reads and writes nothing that is made from now on. Works offline; the relay and the other
    /// devices hear of it with the next round of sync. What was on it stays on it, and is only as safe as its lock: say so
    /// before. Throws `Invalid` for the device in hand, and where this device is too new to remove that one: then an older
    /// device does it, or `use_phrase` comes before it.
    pub async fn remove(&self, id: String) -> Result<(), VaultError> {
        Ok(self.0.remove(device_of(&id)?).await?)
    }

    /// Calls a device something else, on all of them. An empty name gives it back the one it was added with.
    pub async fn rename(&self, id: String, name: String) -> Result<(), VaultError> {
        Ok(self.0.rename(device_of(&id)?, name).await?)
    }

    /// What came from removed devices after what they are trusted for. Nothing of it is in the journal.
    pub async fn arrivals(&self) -> Result<Vec<Arrival>, VaultError> {
        let arrivals = self.0.arrivals().await?;
        Ok(arrivals.into_iter().map(Arrival::from).collect())
    }

    /// Keeps one of the arrivals, on every device.
    pub async fn keep_arrival(&self, id: String) -> Result<(), VaultError> {
        Ok(self.0.keep_arrival(arrival_of(&id)?).await?)
    }

    /// Leaves one of the arrivals out, on every device. It is gone for good.
    pub async fn leave_out(&self, id: String) -> Result<(), VaultError> {
        Ok(self.0.leave_out(arrival_of(&id)?).await?)
    }
}

/// The id of a device, as the languages hold it.
pub(crate) fn device_id(id: &PublicKey) -> String {
    HEXLOWER.encode(id.as_bytes())
}

fn device_of(id: &str) -> Result<PublicKey, VaultError> {
    bytes_of(id)
        .map(PublicKey::from_bytes)
        .ok_or_else(|| VaultError::invalid("this is not the id of a device: take it from the list of devices"))
}

fn arrival_of(id: &str) -> Result<RecordHash, VaultError> {
    bytes_of(id)
        .map(RecordHash::from_bytes)
        .ok_or_else(|| VaultError::invalid("this is not the id of an arrival: take it from the list of arrivals"))
}

/// Keys and hashes alike.
type Id = [u8; 32];

fn bytes_of(id: &str) -> Option<Id> {
    HEXLOWER_PERMISSIVE.decode(id.as_bytes()).ok()?.try_into().ok()
}

impl From<CoreArrival> for Arrival {
    fn from(arrival: CoreArrival) -> Self {
        Self {
            id: HEXLOWER.encode(arrival.id.as_bytes()),
            device_name: arrival.device,
            entry: arrival.entry.map(Entry::from),
            is_known: arrival.is_known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_goes_out_and_comes_back_and_what_is_none_is_said_to_be_none() {
        let key = PublicKey::from_bytes([0xa5; 32]);
        assert_eq!(device_of(&device_id(&key)), Ok(key));
        assert_eq!(device_of(&device_id(&key).to_uppercase()), Ok(key));
        for bad in ["", "a", "a5", "kitchen", "ä", &"a5".repeat(33), &"z5".repeat(32)] {
            assert!(matches!(device_of(bad), Err(VaultError::Invalid(_))), "{bad}");
            assert!(matches!(arrival_of(bad), Err(VaultError::Invalid(_))), "{bad}");
        }
    }
}
