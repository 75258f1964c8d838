//! The devices as each history finds them. Pairing and inviting cost more than a whole history, so it is done once.

use super::network::Network;
use super::node::{Node, RelayNode};
use crate::{TestClock, declaration, draft, shake_hands};
use cairn_core::clock::Clock as _;
use cairn_core::id::RelationshipId;
use cairn_core::support::Agreement;
use cairn_core::sync::{Request, Response, Transport, TransportError};
use cairn_core::vault::Handshake;
use cairn_simdisk::Snapshot;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Names of the participant's devices.
pub(super) const DEVICES: [&str; 3] = ["phone", "tablet", "laptop"];
/// Name of the specialist's device.
pub(super) const SPECIALIST: &str = "specialist";
/// How most entries begin.
pub(super) const HEADING: &str = "Today.";
/// The first mark that histories use; smaller ones stand in the image.
pub(super) const FIRST_MARK: u64 = 100;

/// Paired devices of one participant, a specialist, and their relay.
pub(super) struct Image {
    pub(super) devices: Vec<Snapshot>,
    pub(super) specialist: Snapshot,
    pub(super) relay: Snapshot,
    pub(super) relationship: RelationshipId,
    /// How far the clock went on.
    pub(super) elapsed_ms: i64,
}

/// The image with this many devices of the participant, 2 or 3.
pub(super) fn image(devices: usize) -> &'static Image {
    static IMAGES: [OnceLock<Image>; 2] = [OnceLock::new(), OnceLock::new()];
    IMAGES[devices - 2].get_or_init(|| build(devices))
}

/// A way to the relay for the handshakes.
struct Quiet(Mutex<Network>);

impl Transport for Quiet {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .carry(request)
            .expect("nothing fails while the image is made")
    }
}

fn build(count: usize) -> Image {
    let clock = TestClock::default();
    let begun = clock.now();
    // No history has this seed: it would draw the ids that stand in the image already.
    let seed = u64::MAX - count as u64;
    let relay = RelayNode::new(seed, cairn_relay::Danger::default(), None);
    let line = Quiet(Mutex::new(Network::new(relay, seed, &clock, 0)));
    let sync = |node: &mut Node| {
        let report = crate::drive(node.engine(), &line).expect("the device keeps what arrives");
        assert!(report.is_complete(), "{report:?}");
    };
    let mut nodes: Vec<Node> = DEVICES[..count]
        .iter()
        .map(|name| Node::new(name, seed, &clock, None))
        .collect();
    let mut specialist = Node::new(SPECIALIST, seed, &clock, None);
    let (phone, others) = nodes.split_first_mut().expect("there is a phone");
    for mark in 0..4 {
        let body = format!(
            "{HEADING} {} {}",
            super::oracle::sentence(mark),
            super::oracle::sentence(mark + 10)
        );
        phone
            .engine()
            .write(draft(&clock, &body))
            .expect("an entry can be written");
    }
    phone.engine().connect(crate::world::ORIGIN).expect("the origin is one");
    sync(phone);
    for other in others.iter_mut() {
        let code = phone.engine().pair().expect("the home space is at the relay");
        other.engine().join(&code).expect("the new vault is empty");
        shake_hands(
            phone.engine(),
            Handshake::PairOffer,
            other.engine(),
            Handshake::PairJoin,
            &line,
        );
        sync(other);
    }
    let (relationship, code) = phone
        .engine()
        .invite("Marisol")
        .expect("the home space is at the relay");
    specialist.engine().accept(&code, "Dee").expect("the code is right");
    shake_hands(
        phone.engine(),
        Handshake::Invite,
        specialist.engine(),
        Handshake::Accept,
        &line,
    );
    let theirs = specialist.engine().relationships().expect("it can be read")[0].id;
    let declared = specialist.engine().declare(theirs, declaration());
    declared.expect("the specialist may declare");
    let proposed = specialist.engine().propose(theirs, Agreement::default());
    sync(&mut specialist);
    sync(phone);
    let hash = proposed.expect("the specialist may propose");
    let accepted = phone.engine().accept_agreement(relationship, &hash);
    accepted.expect("it was proposed");
    for _ in 0..2 {
        sync(phone);
        for other in others.iter_mut() {
            sync(other);
        }
        clock.advance_ms(61_000);
    }
    sync(&mut specialist);
    let Quiet(network) = line;
    let network = network.into_inner().unwrap_or_else(PoisonError::into_inner);
    Image {
        devices: nodes.into_iter().map(Node::into_image).collect(),
        specialist: specialist.into_image(),
        relay: network.relay.into_image(),
        relationship,
        elapsed_ms: clock.now().0 - begun.0,
    }
}
