//! Receipts of consents, for both sides: what was agreed to, and how it ended. A specialist's app keeps them when what was shown is gone: then no word of the
//! participant's is in them but their name.
//!
//! | name | value | |
//! |---|---|---|
//! | `receipt.<share in hex>` | a consent, as `record::consent` writes it | on the specialist's devices, once a view has arrived |
//! | `receipt.over.<share in hex>` | u8, i64 little-endian: how it ended, and when, ms since 1970 | what was heard of it |

use super::devices::hex;
use super::support_narrowing::spoken;
use super::{Engine, Error};
use crate::clock::Timestamp;
use crate::exchange::Receipt;
use crate::id::ShareId;
use crate::record;
use crate::store::{SharedRow, Tx};
use crate::support::{Consent, End, ShareState};

const RECEIPT: &str = "receipt.";
const OVER: &str = "receipt.over.";

fn receipt_name(share: ShareId) -> String {
    format!("{RECEIPT}{}", hex(share.as_bytes()))
}

fn over_name(share: ShareId) -> String {
    format!("{OVER}{}", hex(share.as_bytes()))
}

/// A view has arrived: its receipt stays.
pub(super) fn keep_receipt(tx: &Tx<'_>, consent: &Consent) -> Result<(), Error> {
    Ok(tx.set_meta(&receipt_name(consent.id), &record::encode_consent(consent))?)
}

/// A receipt of something that is over.
pub(super) struct Over {
    share: ShareId,
    receipt: Vec<u8>,
    over: Vec<u8>,
}

impl Over {
    /// Keeps it, with whatever ends what was shown.
    pub(super) fn put(&self, tx: &Tx<'_>) -> Result<(), Error> {
        tx.set_meta(&receipt_name(self.share), &self.receipt)?;
        Ok(tx.set_meta(&over_name(self.share), &self.over)?)
    }
}

impl Engine {
    /// What becomes of the receipt of something that was shown to this person and is over now: the participant's own words go. None where there is no receipt, or it
    /// says already how it ended.
    pub(super) fn over(&self, share: ShareId, state: ShareState, at: Timestamp) -> Result<Option<Over>, Error> {
        let view = self.store.view();
        let Some(bytes) = view.meta(&receipt_name(share))? else {
            return Ok(None);
        };
        if view.meta(&over_name(share))?.is_some() {
            return Ok(None);
        }
        let without_words = Consent {
            purpose: String::new(),
            ..record::decode_consent(&bytes)?
        };
        let mut over = vec![state.number()];
        over.extend(at.0.to_le_bytes());
        Ok(Some(Over {
            share,
            receipt: record::encode_consent(&without_words),
            over,
        }))
    }

    /// The same for all that was shown in a relationship which has ended now.
    pub(super) fn over_with(&self, shown: &[SharedRow]) -> Result<Vec<Over>, Error> {
        let now = self.now();
        let mut all = Vec::new();
        for one in shown {
            all.extend(self.over(one.share, ShareState::Ended, now)?);
        }
        Ok(all)
    }

    /// The receipt of a share: the participant's own, or one that was shown to this person, also when it is over.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn receipt(&self, share: ShareId) -> Result<Receipt, Error> {
        let now = self.now();
        for (relationship, own) in self.shares()? {
            if own.id() == share {
                let recipient = self.relationship(relationship)?.0.peer.map(|peer| peer.name);
                let over = own.over.or_else(|| expired(&own.consent, now));
                return Ok(Receipt {
                    consent: spoken(&own).consent,
                    recipient: recipient.unwrap_or_default(),
                    over,
                });
            }
        }
        // Of the past: as it stood when the export was made.
        for past in self.pasts()? {
            if let Some(card) = past.shares().into_iter().find(|card| card.share.id() == share) {
                return Ok(Receipt {
                    over: card.share.over.or_else(|| expired(&card.share.consent, now)),
                    consent: card.share.consent,
                    recipient: past.kept.name.unwrap_or_default(),
                });
            }
        }
        let view = self.store.view();
        let bytes = view.meta(&receipt_name(share))?.ok_or(Error::NotFound)?;
        let consent = record::decode_consent(&bytes)?;
        let over = view.meta(&over_name(share))?.and_then(|bytes| {
            let (state, at) = bytes.split_first()?;
            let state = ShareState::from_number((*state).into())?;
            Some((state, Timestamp(i64::from_le_bytes(at.try_into().ok()?))))
        });
        let over = over.or_else(|| expired(&consent, now));
        Ok(Receipt {
            recipient: self.own_name_for(&consent)?,
            consent,
            over,
        })
    }

    /// The consents of everything that was ever shown to this person.
    pub(super) fn receipts(&self) -> Result<Vec<Consent>, Error> {
        let all = self.store.view().metas_beginning(RECEIPT)?.into_iter();
        let is_one = |name: &str| !name.starts_with(OVER);
        Ok(all
            .filter(|(name, _)| is_one(name))
            .filter_map(|(_, bytes)| record::decode_consent(&bytes).ok())
            .collect())
    }

    /// The name by which this specialist was asked in.
    fn own_name_for(&self, consent: &Consent) -> Result<String, Error> {
        for relationship in self.relationships()? {
            let Some(chain) = self.chain_of(&relationship)? else {
                continue;
            };
            let recipient = cairn_wire::PublicKey::from_bytes(consent.recipient);
            if chain.side_ever(&recipient) == Some(crate::crypto::Side::Specialist) {
                return Ok(relationship.name);
            }
        }
        Ok(String::new())
    }
}

/// That a consent has come to the end it was given for, and when that was.
pub(super) fn expired(consent: &Consent, now: Timestamp) -> Option<(ShareState, Timestamp)> {
    match consent.end {
        End::At(at) if consent.is_expired(now) => Some((ShareState::Expired, at)),
        _ => None,
    }
}
