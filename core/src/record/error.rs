//! Why bytes are not a record's inside.

/// Why something cannot be read, or made.
///
/// None of these says what the bytes held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Written by a newer version: a suite, a kind or a shape this one does not know. Nobody is at fault; keep the sealed
    /// bytes and read them again after an update.
    #[error("a newer version wrote this")]
    TooNew,
    /// Not the layout: cut short, trailing bytes, padding that is not zeros, a value of the wrong type. A defect of the
    /// writer, or a forgery; set it aside.
    #[error("this is not laid out as a record")]
    Malformed,
    /// CBOR that could have been written in another way (RFC 8949, 4.2.1). A defect of the writer, or a forgery; set it aside.
    #[error("this is not in canonical form")]
    NotCanonical,
    /// Beyond a bound of [`crate::limits`] or [`cairn_wire`]. When writing: there is more here than one record can carry.
    /// When reading: a defect or an attack; set it aside.
    #[error("this is larger than a record can be")]
    TooLarge,
}
