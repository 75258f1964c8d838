//! What two people say about how they work together, as canonical CBOR: a declaration, an agreement, an acceptance.
//!
//! Declaration: `{0 version, 1 prior connection, 2 words about it, 3 confidentiality limits, 32 [area of experience...], 33 pronouns, 34 organisation, 35 certification, 36 [language tag...]}`; the connection: 0 none, 1 family, 2 friend, 3 work,
//! 4 group, 5 another. What is not said is not there: what keeps a person safe stands below it, so that a reader which knows no more reads that.
//!
//! Agreement: `{0 version, 1 [answer 8 times], 2 review on: days since 1970-01-01 where there is one, 3 closing words: true only}`. The answers: what the
//! participant wants from this, how the specialist can support them, how often, what the specialist offers, what the specialist needs, contact outside of
//! this, what they do when they disagree, how they end.
//!
//! Acceptance: `{0 hash}`: BLAKE3 in its key derivation mode, context `cairn agreement 1`, over the bytes of the agreement. Its record's document is named by the first 16 bytes of the same
//! over `hash || side` with the context `cairn acceptance 1`, so that one side accepts one agreement once; side: 0 participant, 1 specialist.
//!
//! A connection that a reader does not know is [`RecordError::TooNew`].

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::texts::{some_text, some_texts, write_texts};
use super::view::{OPTIONAL_KEYS, pass_over};
use crate::id::DocumentId;
use crate::limits;
use crate::moment::{date_of_day, day_of_date};
use crate::support::{Agreement, Declaration, Introduction, PriorConnection, Role};

/// Writes a declaration.
pub fn encode_declaration(declaration: &Declaration) -> Vec<u8> {
    let (areas, introduction) = (&declaration.experience, &declaration.introduction);
    let texts = [PRONOUNS, ORGANISATION, CERTIFICATION]
        .into_iter()
        .zip(introduction.texts());
    let texts = texts.filter(|(_, text)| !text.is_empty());
    let lists = [areas, &introduction.languages]
        .into_iter()
        .filter(|list| !list.is_empty());
    let mut writer = Writer::default();
    writer.map(4 + texts.clone().count() + lists.count());
    writer.uint(0);
    writer.uint(declaration.version);
    writer.uint(1);
    writer.uint(declaration.prior_connection.number().into());
    writer.uint(2);
    writer.text(&declaration.prior_words);
    writer.uint(3);
    writer.text(&declaration.confidentiality_limits);
    if !areas.is_empty() {
        writer.uint(EXPERIENCE);
        write_texts(&mut writer, areas);
    }
    for (key, text) in texts {
        writer.uint(key);
        writer.text(text);
    }
    if !introduction.languages.is_empty() {
        writer.uint(LANGUAGES);
        write_texts(&mut writer, &introduction.languages);
    }
    writer.into_bytes()
}

const EXPERIENCE: u64 = OPTIONAL_KEYS;
const PRONOUNS: u64 = OPTIONAL_KEYS + 1;
const ORGANISATION: u64 = OPTIONAL_KEYS + 2;
const CERTIFICATION: u64 = OPTIONAL_KEYS + 3;
const LANGUAGES: u64 = OPTIONAL_KEYS + 4;

/// Reads a declaration. Whether it may be made like this, [`Declaration::check`] says.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_declaration`] does not write, but for keys that may be passed over.
pub fn decode_declaration(bytes: &[u8]) -> Result<Declaration, RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut version, mut prior, mut words, mut kept_back, mut experience) = (None, None, None, None, Vec::new());
    let mut introduction = Introduction::default();
    reader.numbered_map(|key, value| {
        match key {
            0 => version = Some(value.uint()?),
            1 => prior = Some(PriorConnection::from_number(value.uint()?).ok_or(RecordError::TooNew)?),
            2 => words = Some(value.text()?.to_owned()),
            3 => kept_back = Some(value.text()?.to_owned()),
            EXPERIENCE => experience = some_texts(value, limits::EXPERIENCES_MAX)?,
            PRONOUNS => introduction.pronouns = some_text(value)?,
            ORGANISATION => introduction.organisation = some_text(value)?,
            CERTIFICATION => introduction.certification = some_text(value)?,
            LANGUAGES => introduction.languages = some_texts(value, limits::LANGUAGES_MAX)?,
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let missing = RecordError::Malformed;
    Ok(Declaration {
        version: version.ok_or(missing)?,
        prior_connection: prior.ok_or(missing)?,
        prior_words: words.ok_or(missing)?,
        confidentiality_limits: kept_back.ok_or(missing)?,
        experience,
        introduction,
    })
}

/// Writes an agreement.
pub fn encode_agreement(agreement: &Agreement) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(2 + usize::from(agreement.review_on.is_some()) + usize::from(agreement.closing_words));
    writer.uint(0);
    writer.uint(agreement.version);
    writer.uint(1);
    writer.array(agreement.answers.len());
    for answer in &agreement.answers {
        writer.text(answer);
    }
    if let Some(day) = agreement.review_on {
        writer.uint(2);
        writer.int(day_of_date(day));
    }
    if agreement.closing_words {
        writer.uint(3);
        writer.bool(true);
    }
    writer.into_bytes()
}

/// Reads an agreement.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_agreement`] does not write, but for keys that may be passed over.
pub fn decode_agreement(bytes: &[u8]) -> Result<Agreement, RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut version, mut answers, mut review_on, mut closing_words) = (None, None, None, false);
    reader.numbered_map(|key, value| {
        match key {
            0 => version = Some(value.uint()?),
            1 => {
                value.array_of(8)?;
                let mut all: [String; 8] = Default::default();
                for answer in &mut all {
                    value.text()?.clone_into(answer);
                }
                answers = Some(all);
            }
            2 => {
                review_on = Some(date_of_day(value.int()?).ok_or(RecordError::Malformed)?);
            }
            3 => closing_words = value.bool()?.then_some(true).ok_or(RecordError::NotCanonical)?,
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let missing = RecordError::Malformed;
    Ok(Agreement {
        version: version.ok_or(missing)?,
        answers: answers.ok_or(missing)?,
        review_on,
        closing_words,
    })
}

/// The hash of an agreement's bytes: what is accepted.
pub fn agreement_hash(bytes: &[u8]) -> [u8; 32] {
    blake3::derive_key("cairn agreement 1", bytes)
}

/// Writes an acceptance.
pub fn encode_acceptance(agreement: &[u8; 32]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(1);
    writer.uint(0);
    writer.bytes(agreement);
    writer.into_bytes()
}

/// Reads an acceptance: the hash of the agreement.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_acceptance`] does not write, but for keys that may be passed over.
pub fn decode_acceptance(bytes: &[u8]) -> Result<[u8; 32], RecordError> {
    let mut reader = Reader::new(bytes);
    let mut hash = None;
    reader.numbered_map(|key, value| {
        match key {
            0 => hash = Some(value.exact()?),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    hash.ok_or(RecordError::Malformed)
}

/// The name of the document in which this side accepts an agreement.
pub fn acceptance_document(agreement: &[u8; 32], side: Role) -> DocumentId {
    let mut named = agreement.to_vec();
    named.push(side.side());
    let mut name = [0; 16];
    let mut hasher = blake3::Hasher::new_derive_key("cairn acceptance 1");
    hasher.update(&named).finalize_xof().fill(&mut name);
    DocumentId::from_bytes(name)
}
