//! The trusted side of a pairing.

use std::fmt;

use cairn_wire::{PublicKey, SpaceId};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::code::{Code, Purpose};
use super::digits::Digits;
use super::message::{
    ANSWER, Answer, HELLO, Hello, Post, REVEAL, Reveal, Welcome, is_declined, open_message, seal_message,
};
use crate::crypto::chain::LinkHash;
use crate::crypto::{CryptoError, KemPublic, cbor};
use crate::id::{Entropy, random_bytes};

/// How often a person may type the digits of one pairing.
pub const PAIRING_TRIES: u8 = 3;

/// Who offers, and what.
#[derive(Debug, Clone)]
pub struct Offerer {
    /// The signing key of the offering device or persona.
    pub signing: PublicKey,
    /// Its key for key boxes.
    pub kem: KemPublic,
    /// The space that the joiner will be let into.
    pub space: SpaceId,
    /// The last link of its chain; [`LinkHash::NONE`] where the chain begins after the digits.
    pub tip: LinkHash,
    /// Whose journal it is, for the joiner to see before anything else.
    pub name: String,
}

/// One pairing or invitation, on the trusted side.
///
/// In order: show [`Offer::code`]; read message 0 of the mailbox and give it to [`Offer::hear_hello`], post what it
/// gives; let the person type the digits ([`Offer::type_digits`]); post [`Offer::welcome`] or [`Offer::refuse`]. Once it
/// has ended, close the mailbox.
pub struct Offer {
    code: Code,
    reveal: Vec<u8>,
    progress: Progress,
}

/// How far the pairing has come. Only ever forward.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
enum Progress {
    /// The code is shown.
    #[n(0)]
    Waiting,
    /// The joiner is known and its own doings are answered; the digits are not typed yet.
    #[n(1)]
    Heard {
        #[cbor(n(0), with = "minicbor::bytes")]
        hello: Vec<u8>,
        #[cbor(n(1), with = "minicbor::bytes")]
        post: Vec<u8>,
        #[n(2)]
        tries_left: u8,
    },
    /// The digits were right.
    #[n(2)]
    Matched {
        #[cbor(n(0), with = "minicbor::bytes")]
        hello: Vec<u8>,
    },
    /// Answered, or given up.
    #[n(3)]
    Ended,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Saved {
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    code: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    reveal: Vec<u8>,
    #[n(3)]
    progress: Progress,
}

impl Offer {
    /// Begins an offer: draws the secret and the nonce, and commits to what will be revealed.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] where name or origin break their bounds; [`CryptoError::UnusableKey`].
    pub fn begin(
        purpose: Purpose,
        offerer: Offerer,
        relay: (&str, PublicKey),
        entropy: &mut dyn Entropy,
    ) -> Result<Self, CryptoError> {
        let Offerer {
            signing,
            kem,
            space,
            tip,
            name,
        } = offerer;
        let secret = Zeroizing::new(random_bytes(entropy));
        let reveal = cbor::encode(&Reveal {
            nonce: random_bytes(entropy),
            signing,
            kem,
            space,
            tip,
            name,
        });
        Reveal::decode(&reveal)?;
        let code = Code::new(
            purpose,
            secret,
            Reveal::commitment(&reveal),
            relay.1,
            relay.0.to_owned(),
        )?;
        Ok(Self {
            code,
            reveal,
            progress: Progress::Waiting,
        })
    }

    /// The code to show.
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// Takes message 0 of the mailbox and gives message 1. Given the same message again it gives the same answer, so
    /// that a lost connection costs nothing.
    ///
    /// # Errors
    /// [`CryptoError::NotOpened`], [`CryptoError::Malformed`] or [`CryptoError::UnusableKey`]: the mailbox holds
    /// something else, close it and begin anew; [`CryptoError::PairingDeclined`] where whoever was invited said not now; [`CryptoError::PairingEnded`].
    pub fn hear_hello(&mut self, sealed: &[u8], entropy: &mut dyn Entropy) -> Result<Post, CryptoError> {
        let hello = open_message(&self.code, HELLO, sealed)?.to_vec();
        match &self.progress {
            Progress::Waiting => {
                if self.code.purpose() == Purpose::Invite && is_declined(&hello) {
                    self.progress = Progress::Ended;
                    return Err(CryptoError::PairingDeclined);
                }
                Hello::decode(&hello)?;
                let post = seal_message(&self.code, REVEAL, &self.reveal, entropy)?;
                let kept = post.bytes.clone();
                self.progress = Progress::Heard {
                    hello,
                    post: kept,
                    tries_left: PAIRING_TRIES,
                };
                Ok(post)
            }
            // Never a second joiner: the nonce is out, and digits could be searched for.
            Progress::Heard { hello: first, .. } if *first != hello => Err(CryptoError::PairingAltered),
            Progress::Heard { post, .. } => Ok(Post {
                index: REVEAL,
                bytes: post.clone(),
            }),
            Progress::Matched { .. } | Progress::Ended => Err(CryptoError::PairingEnded),
        }
    }

    /// Who wants to join, as far as they say themselves. Before the digits match it may be anybody.
    pub fn joiner(&self) -> Option<Hello> {
        match &self.progress {
            Progress::Heard { hello, .. } | Progress::Matched { hello } => Hello::decode(hello).ok(),
            Progress::Waiting | Progress::Ended => None,
        }
    }

    /// Takes what the person typed. After the third wrong try the pairing has ended: post [`Offer::refuse`] and close
    /// the mailbox.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] where it is not six digits, which costs no try; [`CryptoError::DigitsDiffer`];
    /// [`CryptoError::PairingEnded`]; [`CryptoError::OutOfOrder`] where no joiner was heard.
    pub fn type_digits(&mut self, typed: &str) -> Result<(), CryptoError> {
        let typed = Digits::parse(typed)?;
        match &mut self.progress {
            Progress::Waiting => Err(CryptoError::OutOfOrder),
            Progress::Matched { .. } | Progress::Ended => Err(CryptoError::PairingEnded),
            Progress::Heard { hello, tries_left, .. } => {
                if typed == Digits::of(&self.code, hello, &self.reveal) || planted!(DigitsUnread) {
                    self.progress = Progress::Matched {
                        hello: std::mem::take(hello),
                    };
                    return Ok(());
                }
                *tries_left = tries_left.saturating_sub(u8::from(!planted!(TriesUncounted)));
                let tries_left = *tries_left;
                if tries_left == 0 {
                    self.progress = Progress::Ended;
                }
                Err(CryptoError::DigitsDiffer { tries_left })
            }
        }
    }

    /// The digits that the joiner shows if nobody stands between. For a screen where two people compare them; the
    /// safer way is to let the person type.
    pub fn digits(&self) -> Option<Digits> {
        match &self.progress {
            Progress::Heard { hello, .. } | Progress::Matched { hello } => {
                Some(Digits::of(&self.code, hello, &self.reveal))
            }
            Progress::Waiting | Progress::Ended => None,
        }
    }

    /// Lets the joiner in: message 2. Keep the post until the relay has it; the pairing has ended.
    ///
    /// # Errors
    /// [`CryptoError::OutOfOrder`] before the digits matched; [`CryptoError::PairingEnded`]; [`CryptoError::TooLarge`]
    /// where the key box does not fit a mailbox: box the newest keys for the joiner alone.
    pub fn welcome(&mut self, welcome: Welcome, entropy: &mut dyn Entropy) -> Result<Post, CryptoError> {
        match &self.progress {
            Progress::Matched { .. } => {
                let answer = Answer::Welcome(welcome).encode();
                let post = seal_message(&self.code, ANSWER, &answer, entropy)?;
                self.progress = Progress::Ended;
                Ok(post)
            }
            Progress::Ended => Err(CryptoError::PairingEnded),
            Progress::Waiting | Progress::Heard { .. } => Err(CryptoError::OutOfOrder),
        }
    }

    /// Says no: message 2. Ends the pairing, wherever it stands.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn refuse(&mut self, entropy: &mut dyn Entropy) -> Result<Post, CryptoError> {
        self.progress = Progress::Ended;
        seal_message(&self.code, ANSWER, &Answer::Refused.encode(), entropy)
    }

    /// Whether the pairing has ended, and the mailbox can be closed once the last post is there.
    pub fn has_ended(&self) -> bool {
        self.progress == Progress::Ended
    }

    /// The whole state, to be kept in the encrypted store over a restart.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let code = self.code.encode().to_vec();
        let saved = Saved {
            version: 1,
            code,
            reveal: self.reveal.clone(),
            progress: self.progress.clone(),
        };
        Zeroizing::new(cbor::encode(&saved))
    }

    /// Continues from [`Offer::to_bytes`].
    ///
    /// # Errors
    /// [`CryptoError::Malformed`], [`CryptoError::TooNew`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        let Saved {
            code, reveal, progress, ..
        } = cbor::decode_version_1(bytes)?;
        Ok(Self {
            code: Code::decode(&code)?,
            reveal,
            progress,
        })
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
