//! A participant and a specialist, each with one device.

use super::{Device, World};
use cairn_core::id::RelationshipId;

/// Two people who have met.
#[derive(Debug)]
pub struct Two {
    /// Their world.
    pub world: World,
    /// The participant's device.
    pub phone: Device,
    /// The specialist's device.
    pub dee: Device,
    /// Their relationship, on the participant's side.
    pub id: RelationshipId,
    /// The same, on the specialist's side.
    pub theirs: RelationshipId,
}

impl Two {
    /// Another device of the participant's, which knows all that the phone does.
    pub fn second(&mut self, seed: u64) -> Device {
        let mut tablet = Device::new(&self.world, seed, "tablet");
        self.phone.pair(&self.world, &mut tablet);
        for _ in 0..2 {
            tablet.sync(&self.world);
            self.phone.sync(&self.world);
        }
        tablet
    }

    /// They have met, and agreed on nothing yet.
    pub fn met(seed: u64) -> Self {
        let world = World::new(seed);
        let devices = ["phone", "dee"].map(|name| Device::new(&world, seed, name));
        Self::meet(world, devices)
    }

    /// They have met and agreed, in folders in memory: for what asks nothing of a disk and is done many times.
    pub fn agreed_in_memory(seed: u64) -> Self {
        let world = World::in_memory(seed);
        let devices = ["phone", "dee"].map(|name| Device::in_memory(&world, seed, name));
        let mut two = Self::meet(world, devices);
        two.phone.agree(&two.world, &mut two.dee, two.id);
        two
    }

    /// They meet in this world on these devices, the participant's and the specialist's, and agree on nothing yet.
    pub fn meet(world: World, [mut phone, mut dee]: [Device; 2]) -> Self {
        phone.connect(&world);
        dee.connect(&world);
        let id = phone.meet(&world, &mut dee);
        let theirs = dee.card().relationship.id;
        Self {
            world,
            phone,
            dee,
            id,
            theirs,
        }
    }

    /// They have met and agreed.
    pub fn agreed(seed: u64) -> Self {
        let mut two = Self::met(seed);
        two.phone.agree(&two.world, &mut two.dee, two.id);
        two
    }

    /// Both hear of everything.
    pub fn settle(&mut self) {
        for _ in 0..2 {
            self.phone.sync(&self.world);
            self.dee.sync(&self.world);
        }
    }
}
