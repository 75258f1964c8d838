//! The new side of a pairing.

use std::fmt;

use cairn_wire::PublicKey;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::code::{Code, Purpose};
use super::digits::Digits;
use super::message::{
    ANSWER, Answer, HELLO, Hello, Post, REVEAL, Reveal, Welcome, declined, open_message, seal_message,
};
use crate::crypto::{CryptoError, KemPublic, cbor};
use crate::id::{Entropy, random_bytes};

/// Who wants to join.
#[derive(Debug, Clone)]
pub struct Joiner {
    /// The signing key of the new device or persona.
    pub signing: PublicKey,
    /// Its key for key boxes.
    pub kem: KemPublic,
    /// Its access key.
    pub access: PublicKey,
    /// Its name.
    pub name: String,
}

/// One pairing or invitation, on the new side.
///
/// In order: post [`Join::hello`]; read message 1 of the mailbox and give it to [`Join::hear_reveal`]; show
/// [`Join::offerer`]'s name and the digits; read message 2 and give it to [`Join::hear_answer`].
pub struct Join {
    code: Code,
    hello: Vec<u8>,
    post: Vec<u8>,
    reveal: Option<Vec<u8>>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Saved {
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    code: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    hello: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    post: Vec<u8>,
    #[cbor(n(4), with = "minicbor::bytes")]
    reveal: Option<Vec<u8>>,
}

/// Says not now to an invitation: message 0, in the place of [`Join::hello`]. It says no name and no reason.
///
/// # Errors
/// [`CryptoError::PairingAltered`] for a code of another purpose.
pub fn decline(code: &Code, entropy: &mut dyn Entropy) -> Result<Post, CryptoError> {
    if code.purpose() != Purpose::Invite {
        return Err(CryptoError::PairingAltered);
    }
    seal_message(code, HELLO, &declined(), entropy)
}

impl Join {
    /// Begins to join: draws the nonce and seals message 0.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] where the name breaks its bound; [`CryptoError::UnusableKey`].
    pub fn begin(code: Code, joiner: Joiner, entropy: &mut dyn Entropy) -> Result<Self, CryptoError> {
        let Joiner {
            signing,
            kem,
            access,
            name,
        } = joiner;
        let hello = cbor::encode(&Hello {
            nonce: random_bytes(entropy),
            signing,
            kem,
            access,
            name,
        });
        Hello::decode(&hello)?;
        let post = seal_message(&code, HELLO, &hello, entropy)?.bytes;
        Ok(Self {
            code,
            hello,
            post,
            reveal: None,
        })
    }

    /// The code that was read.
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// Message 0. Always the same bytes, so that posting again after a lost connection is posting once.
    pub fn hello(&self) -> Post {
        Post {
            index: HELLO,
            bytes: self.post.clone(),
        }
    }

    /// Takes message 1 and gives the digits to show.
    ///
    /// # Errors
    /// [`CryptoError::PairingAltered`] where it is not what the code commits to; [`CryptoError::NotOpened`],
    /// [`CryptoError::Malformed`], [`CryptoError::UnusableKey`].
    pub fn hear_reveal(&mut self, sealed: &[u8]) -> Result<Digits, CryptoError> {
        let reveal = open_message(&self.code, REVEAL, sealed)?.to_vec();
        if Reveal::commitment(&reveal) != *self.code.commitment() && !planted!(RevealUnread) {
            return Err(CryptoError::PairingAltered);
        }
        Reveal::decode(&reveal)?;
        let digits = Digits::of(&self.code, &self.hello, &reveal);
        self.reveal = Some(reveal);
        Ok(digits)
    }

    /// Who offers, and what, once message 1 was heard.
    pub fn offerer(&self) -> Option<Reveal> {
        self.reveal.as_deref().and_then(|reveal| Reveal::decode(reveal).ok())
    }

    /// The digits to show, once message 1 was heard.
    pub fn digits(&self) -> Option<Digits> {
        self.reveal
            .as_deref()
            .map(|reveal| Digits::of(&self.code, &self.hello, reveal))
    }

    /// Takes message 2. The caller opens the key box and follows the chain from `genesis` through the offerer's `tip`.
    ///
    /// # Errors
    /// [`CryptoError::PairingRefused`] where the other side said no; [`CryptoError::PairingAltered`] where it names
    /// another space than was offered; [`CryptoError::OutOfOrder`] before message 1; [`CryptoError::NotOpened`],
    /// [`CryptoError::Malformed`].
    pub fn hear_answer(&self, sealed: &[u8]) -> Result<Welcome, CryptoError> {
        match Answer::decode(&open_message(&self.code, ANSWER, sealed)?)? {
            Answer::Refused => Err(CryptoError::PairingRefused),
            Answer::Welcome(welcome) => {
                let offerer = self.offerer().ok_or(CryptoError::OutOfOrder)?;
                if welcome.space == offerer.space {
                    Ok(welcome)
                } else {
                    Err(CryptoError::PairingAltered)
                }
            }
        }
    }

    /// The whole state, to be kept in the encrypted store over a restart.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(cbor::encode(&Saved {
            version: 1,
            code: self.code.encode().to_vec(),
            hello: self.hello.clone(),
            post: self.post.clone(),
            reveal: self.reveal.clone(),
        }))
    }

    /// Continues from [`Join::to_bytes`].
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], [`CryptoError::TooNew`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        let Saved {
            code,
            hello,
            post,
            reveal,
            ..
        } = cbor::decode_version_1(bytes)?;
        Ok(Self {
            code: Code::decode(&code)?,
            hello,
            post,
            reveal,
        })
    }
}

impl fmt::Debug for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join").field("code", &self.code).finish_non_exhaustive()
    }
}
