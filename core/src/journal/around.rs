//! What stands around an entry's words: a place, the question that was asked, marks of the person's own.

use std::fmt;

/// A place, as the person calls it. The core fetches none and fills in none.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The person's word for it.
    pub label: String,
    /// Where it is, if they want that kept.
    pub position: Option<Position>,
}

/// Shows no words.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place(…)")
    }
}

/// A position on earth (WGS 84), in ten-millionths of a degree: about a centimetre.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Position {
    latitude_e7: i32,
    longitude_e7: i32,
}

impl Position {
    /// Ten-millionths of a degree in a degree.
    const DEGREE: f64 = 1e7;

    /// The position at these degrees; none where there is no such place.
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let is_on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "180 degrees are 1.8 thousand million, which fits"
        )]
        let e7 = |degrees: f64| (degrees * Self::DEGREE).round() as i32;
        is_on_earth.then(|| Self {
            latitude_e7: e7(latitude),
            longitude_e7: e7(longitude),
        })
    }

    /// The position at these ten-millionths of a degree; none where there is no such place.
    pub fn from_e7(latitude_e7: i64, longitude_e7: i64) -> Option<Self> {
        let within = |number: i64, most: i64| i32::try_from(number).ok().filter(|_| number.abs() <= most);
        Some(Self {
            latitude_e7: within(latitude_e7, 900_000_000)?,
            longitude_e7: within(longitude_e7, 1_800_000_000)?,
        })
    }

    /// Latitude and longitude in ten-millionths of a degree.
    pub const fn e7(self) -> (i32, i32) {
        (self.latitude_e7, self.longitude_e7)
    }

    /// Latitude and longitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        (
            f64::from(self.latitude_e7) / Self::DEGREE,
            f64::from(self.longitude_e7) / Self::DEGREE,
        )
    }
}

/// Shows no numbers.
impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Position(…)")
    }
}

/// The question an entry answers, exactly as it was asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The prompt it came from (`P-07`, or the id of one of the person's own); empty when there is none.
    pub prompt: String,
    /// The question.
    pub text: String,
}

/// Shows no words.
impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(…)")
    }
}

/// The person's own marks on an entry. All are off until they set one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// They want to remember this.
    pub remember: bool,
    /// It is never brought back by "on this day".
    pub keep_from_memories: bool,
    /// It is tender: sharing asks a second time, lists show no preview.
    pub tender: bool,
    /// It cannot be shared until this is taken off.
    pub never_share: bool,
}

impl Marks {
    /// The marks of these bits: 1 remember, 2 keep from memories, 4 tender, 8 never share. None where there is another bit.
    pub const fn from_bits(bits: u64) -> Option<Self> {
        if bits > 15 {
            return None;
        }
        Some(Self {
            remember: bits & 1 != 0,
            keep_from_memories: bits & 2 != 0,
            tender: bits & 4 != 0,
            never_share: bits & 8 != 0,
        })
    }

    /// The bits of [`Self::from_bits`].
    pub const fn bits(self) -> u8 {
        self.remember as u8
            | (self.keep_from_memories as u8) << 1
            | (self.tender as u8) << 2
            | (self.never_share as u8) << 3
    }
}

/// Where an entry's document began anew: the edition before it, and what that edition said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The edition before.
    pub edition: u32,
    /// The newest changes it held when this one was made of it, its heads among them, ascending; none when it had never been edited.
    /// Of a device that held fewer, they tell what it had heard of.
    pub heads: Vec<[u8; 32]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_positions_read_back() {
        for bits in 0..16 {
            assert_eq!(Marks::from_bits(bits).map(|marks| u64::from(marks.bits())), Some(bits));
        }
        assert_eq!(Marks::from_bits(16), None);
        assert_eq!(Marks::default().bits(), 0);

        let london = Position::from_degrees(51.507_351, -0.127_758);
        assert_eq!(london.map(Position::degrees), Some((51.507_351, -0.127_758)));
        assert_eq!(Position::from_degrees(90.1, 0.0), None);
        assert_eq!(Position::from_degrees(f64::NAN, 0.0), None);
        assert_eq!(Position::from_e7(-900_000_000, 1_800_000_001), None);
    }
}
