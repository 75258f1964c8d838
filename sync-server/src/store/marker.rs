//! Whose a place in a bucket is: one object says so, and no other store writes or removes there.
//!
//! The object `cairn-relay` below the prefix, four lines of text, each ended by a line feed:
//!
//! | line | |
//! |---|---|
//! | `cairn-relay blobs 1` | what it is, and its version |
//! | `relay <64 hex>` | the relay's public key |
//! | `incarnation <number>` | of the store that holds the place |
//! | `holder <32 hex>` | made anew at each start where one relay has the store to itself, so that a copy of its folder that was started shows; zeros where nodes share it |

use data_encoding::HEXLOWER;

use super::RelayRow;
use crate::head::RelayKey;

/// The name of the object.
pub(super) const NAME: &str = "cairn-relay";

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    relay: String,
    incarnation: u32,
    holder: [u8; 16],
}

impl Marker {
    /// Of a store that nodes share.
    pub(super) fn shared(relay: &RelayRow) -> Self {
        Self::held(relay, [0; 16])
    }

    /// Of a store that one relay has open.
    pub(super) fn held(relay: &RelayRow, holder: [u8; 16]) -> Self {
        Self {
            relay: HEXLOWER.encode(RelayKey::from_seed(&relay.seed).public_key().as_bytes()),
            incarnation: relay.incarnation,
            holder,
        }
    }

    /// Reads one; `None` is something else, or of a version to come.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.strip_prefix("cairn-relay blobs 1\n")?.lines();
        let mut line = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let relay = line("relay")?.to_owned();
        let incarnation = line("incarnation")?.parse().ok()?;
        let holder = HEXLOWER.decode(line("holder")?.as_bytes()).ok()?.try_into().ok()?;
        let marker = Self {
            relay,
            incarnation,
            holder,
        };
        (marker.text().as_bytes() == bytes).then_some(marker)
    }

    pub(super) fn text(&self) -> String {
        let Self {
            relay,
            incarnation,
            holder,
        } = self;
        let holder = HEXLOWER.encode(holder);
        format!("cairn-relay blobs 1\nrelay {relay}\nincarnation {incarnation}\nholder {holder}\n")
    }

    pub(super) fn is_of_relay(&self, other: &Self) -> bool {
        self.relay == other.relay
    }

    pub(super) fn is_of_store(&self, other: &Self) -> bool {
        self.is_of_relay(other) && self.incarnation == other.incarnation
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn what_is_written_today_is_read_for_ever() {
        let relay = RelayRow {
            seed: [7; 32],
            incarnation: 5,
        };
        let marker = Marker::held(&relay, [0xAB; 16]);
        let text = "cairn-relay blobs 1\n\
            relay ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c\n\
            incarnation 5\n\
            holder abababababababababababababababab\n";
        assert_eq!(marker.text(), text);
        assert_eq!(Marker::read(text.as_bytes()), Some(marker));
        for other in [
            text.replace(" 1\n", " 2\n"),
            text.replace("n 5", "n 05"),
            format!("{text}more\n"),
            String::new(),
        ] {
            assert_eq!(Marker::read(other.as_bytes()), None, "{other}");
        }
    }
}
