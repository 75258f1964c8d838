//! Receipts of consents, for both sides: what was agreed to, and how it ended. A specialist's app keeps them when what was shown is gone: then no word of the
//! participant's is in them but their name.
//!
//! | name | value | |
//! |---|---|---|
//! | `receipt.<share in hex>` | a consent, as `record::consent` writes it | on the specialist's devices, once a view has arrived |
//! | `receipt.over.<share in hex>` | u8, i64 little-endian: how it ended, and when, ms since 1970 | what was heard of it |

use super::devices::hex;
use super::personas::role_of;
use super::support_narrowing::spoken;
use super::{Engine, Error};
use crate::clock::Timestamp;
use crate::crypto::SupportChain;
use crate::exchange::Receipt;
use crate::id::ShareId;
use crate::record;
use crate::store::{SharedRow, Tx};
use crate::support::{Consent, End, Relationship, Role, ShareState};

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
                let (relationship, _) = self.relationship(relationship)?;
                let ended_by = self.ended_by(&relationship)?;
                let recipient = relationship.peer.map(|peer| peer.name);
                let over = own.over.or_else(|| expired(&own.consent, now));
                return Ok(Receipt {
                    consent: spoken(&own).consent,
                    recipient: recipient.unwrap_or_default(),
                    over,
                    ended_by,
                });
            }
        }
        // Of the past: as it stood when the export was made.
        for past in self.pasts()? {
            if let Some(card) = past.shares().into_iter().find(|card| card.share.id() == share) {
                return Ok(Receipt {
                    over: card.share.over.or_else(|| expired(&card.share.consent, now)),
                    consent: card.share.consent,
                    ended_by: past.kept.ended_by(),
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
        let own = self.own_relationship_of(&consent)?;
        let ended_by = own.as_ref().map(|own| self.ended_by(own)).transpose()?.flatten();
        Ok(Receipt {
            recipient: own.map(|own| own.name).unwrap_or_default(),
            consent,
            over,
            ended_by,
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

    /// The relationship in which this specialist is the recipient of a consent.
    fn own_relationship_of(&self, consent: &Consent) -> Result<Option<Relationship>, Error> {
        let recipient = cairn_wire::PublicKey::from_bytes(consent.recipient);
        for relationship in self.relationships()? {
            let chain = self.chain_of(&relationship)?;
            if chain.and_then(|chain| chain.side_ever(&recipient)) == Some(crate::crypto::Side::Specialist) {
                return Ok(Some(relationship));
            }
        }
        Ok(None)
    }

    /// Who ended a relationship, as their link in the chain says; while it has none, whoever keeps words for it here.
    fn ended_by(&self, relationship: &Relationship) -> Result<Option<Role>, Error> {
        let chain = self.chain_of(relationship)?;
        let signed = chain
            .as_deref()
            .and_then(SupportChain::goodbye)
            .map(|goodbye| goodbye.by);
        Ok(match signed {
            Some(side) => Some(role_of(side)),
            None => {
                Some(relationship.role).filter(|_| relationship.ended.is_some() && !relationship.goodbye.is_empty())
            }
        })
    }
}

/// That a consent has come to the end it was given for, and when that was.
pub(super) fn expired(consent: &Consent, now: Timestamp) -> Option<(ShareState, Timestamp)> {
    match consent.end {
        End::At(at) if consent.is_expired(now) => Some((ShareState::Expired, at)),
        _ => None,
    }
}
