//! The only source of chance on a simulated disk: SplitMix64 (Steele, Lea and Flood, 2014), small, fast and the same everywhere.

/// A seeded sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number in `0..bound`; 0 for a bound of 0. The bias of the remainder is of no weight for faults.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        let drawn = self.next();
        if bound == 0 { 0 } else { drawn % bound }
    }

    pub(crate) const fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// Spreads every bit of `value` over the whole word: seeds that differ by one give unrelated sequences.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut mixed = value;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
