//! What can go wrong in this room.

/// Why something was not sealed, opened or believed.
///
/// **Invariant:** [`CryptoError::NotOpened`] is one word for a wrong key, a changed bit, a moved record and a cut one. An
/// error that told them apart would answer an attacker's questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// Sealed bytes do not open with this key at this place. The sender, the store between or the key is wrong; nobody
    /// can say which. Set the bytes aside, never overwrite them.
    #[error("the sealed bytes do not open")]
    NotOpened,
    /// Unsealed bytes or text are not in the form they should have. The other side is broken or hostile.
    #[error("the bytes are not in the form they should have")]
    Malformed,
    /// The version or the kind is one that this version of the software does not know. What came before it stays good;
    /// a newer version reads on from there.
    #[error("this was made by a newer version")]
    TooNew,
    /// What should be sealed or made is larger than its bound. The caller split nothing where it had to.
    #[error("too large to seal")]
    TooLarge,
    /// A public key is no key: not a point, a point of small order, or out of range. The other side is broken or hostile.
    #[error("the public key cannot be used")]
    UnusableKey,
    /// A signature is not by the key that it names over these bytes. The other side is broken or hostile.
    #[error("the signature does not hold")]
    BadSignature,
    /// A link does not continue the chain before it: space, place, author, or what it claims. Its maker is hostile, or
    /// lost a race to another device and has to make it again on the new tip.
    #[error("the link does not continue the chain")]
    ChainRefused,
    /// The keys in a box are not those that the chain vouches for. The box was made by a hostile device.
    #[error("the keys are not those of the chain")]
    KeysDiffer,
    /// The offering device revealed something else than its code had promised. Somebody is in between: stop.
    #[error("the pairing was altered on its way")]
    PairingAltered,
    /// The digits typed are not those of this pairing. A slip of the finger, or somebody is in between.
    #[error("the digits are not the same, tries left: {tries_left}")]
    DigitsDiffer {
        /// How many more times the person may type them.
        tries_left: u8,
    },
    /// This pairing has ended: three wrong tries, refused, or done. Begin anew with a new code.
    #[error("this pairing has ended")]
    PairingEnded,
    /// The other person or device said no.
    #[error("the pairing was refused")]
    PairingRefused,
    /// Whoever was invited has said not now.
    #[error("the invitation was declined")]
    PairingDeclined,
    /// A step was asked for before the one it builds on. The caller is wrong.
    #[error("this step comes later")]
    OutOfOrder,
}
