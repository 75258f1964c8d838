//! Whole stories of two people, told as they would live them, and checked at every step.
//!
//! Each story is told once, step by step; its table of variants says on which [family](family::Variant) of devices it is told again, and with what
//! wrong: away for months, of another age, with a wrong clock, without room, or dying at every write. In every telling the specialist also has an app in which
//! every check was taken out ([`patched::Patched`]), which tries at each step what it must not, beside what she honestly does.
//!
//! | file | what it holds |
//! |---|---|
//! | `family.rs` | the variants; the participant's devices, and how something is saved on the phone in each variant |
//! | `patched.rs` | what an app tries that checks nothing, and that it gains nothing |
//! | `on_the_bus/` | offline, three devices, and preferences that change |
//! | `too_close/` | pace, lived experience, feedback, and stopping while the other is offline |
//!
//! A step's number stands where it is told; what it asserts comes below it.

mod family;
mod on_the_bus;
mod patched;
mod too_close;

use cairn_core::support::{MessageCard, MessageState, Unfit};
use cairn_core::vault::Error;
use cairn_tests::Device;
use chrono_tz::Tz;

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The rule that a message did not keep.
fn unfit<T: std::fmt::Debug>(result: Result<T, Error>) -> Unfit {
    match result {
        Err(Error::Message(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|at| at == words.as_bytes())
}

/// The messages of a device's last relationship, as it lists them.
fn listed(device: &mut Device) -> Vec<MessageCard> {
    let id = device.card().relationship.id;
    device.engine.messages(id, Tz::UTC, None, 200).unwrap()
}

/// The words of messages that are shown as they are, in their order.
fn shown(device: &mut Device) -> Vec<String> {
    let cards = listed(device).into_iter();
    let is_shown = |card: &MessageCard| matches!(card.state, MessageState::Arrived | MessageState::Sent);
    cards
        .filter(is_shown)
        .filter_map(|card| card.message.map(|message| message.body))
        .collect()
}
