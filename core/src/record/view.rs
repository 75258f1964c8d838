//! What crosses a support space: shared views, stops and shared profiles, as canonical CBOR.
//!
//! These bytes are the projection of records of kinds 17, 18 and 19; the record's signature is the participant's. A key
//! below 32 that a reader does not know may restrict what is shown, so it refuses the whole ([`RecordError::TooNew`]); from 32 on a key only
//! adds, and a reader may pass over it. The received bytes are what both sides keep.
//!
//! **Shared view** (17): `{0 consent, 1 preference version, 2 built ms, 3 [item]}`; one item in this version.
//! Behind a gate there is no key 3 but `4 {0 gate, 1 half of the key, 2 the item, sealed}`; see [`Halves`](crate::crypto::Halves).
//! The item is drawn in `record/item.rs`.
//! **Consent stop** (18): `{0 share, 1 version, 2 state 1 expired 2 ended 3 revoked, 3 at ms}`.
//! **Shared profile** (19): `{0 version, 1 [[name, [[text, stance]...]]...], 32 [[[reason, time]...]...], 33 name, 34 pronouns, 35 [language...]}`; stance is `""` where none was
//! taken; 32 stands where a reason or a time is shown, 33 to 35 where the participant shows how they want to be addressed. A name and pronouns have 1 to
//! [`NAME_CHARACTERS_MAX`](limits::NAME_CHARACTERS_MAX) characters, none of them a control character. Languages are 1 to [`LANGUAGES_MAX`](limits::LANGUAGES_MAX)
//! different BCP 47 tags of at most [`LANGUAGE_CHARACTERS_MAX`](limits::LANGUAGE_CHARACTERS_MAX) characters, each in its one spelling (`de-CH`, never `DE-ch`).

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::consent::{read_consent, write_consent};
use super::item::{read_item, write_item};
use super::texts::{many, some_text, some_texts, write_texts};
use crate::clock::Timestamp;
use crate::id::ShareId;
use crate::limits;
use crate::profile::Stance;
use crate::support::{
    ConsentStop, GatedItem, ShareState, SharedAddress, SharedItem, SharedProfile, SharedSection, SharedStatement,
    SharedView,
};

/// Keys below this one must be known to be passed over.
pub(super) const OPTIONAL_KEYS: u64 = 32;

/// Passes over the value of a key that this version does not know, if it may.
pub(super) fn pass_over(key: u64, value: &mut Reader<'_>) -> Result<(), RecordError> {
    if key < OPTIONAL_KEYS {
        return Err(RecordError::TooNew);
    }
    value.skip().map(|_| ())
}

/// Writes a shared view.
pub fn encode_view(view: &SharedView) -> Vec<u8> {
    let mut writer = Writer::with_capacity(view.item.body.as_ref().map_or(0, String::len) + 1024);
    writer.map(4);
    writer.uint(0);
    write_consent(&mut writer, &view.consent);
    writer.uint(1);
    writer.uint(view.preference_version);
    writer.uint(2);
    writer.int(view.built.0);
    match &view.gated {
        Some(gated) => {
            writer.uint(4);
            writer.map(3);
            writer.uint(0);
            writer.bytes(&gated.gate);
            writer.uint(1);
            writer.bytes(&gated.inner);
            writer.uint(2);
            writer.bytes(&gated.sealed);
        }
        None => {
            writer.uint(3);
            writer.array(1);
            write_item(&mut writer, &view.item);
        }
    }
    writer.into_bytes()
}

/// Reads a shared view.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_view`] of this version does not write, but for keys that may be passed over.
pub fn decode_view(bytes: &[u8]) -> Result<SharedView, RecordError> {
    let (mut consent, mut preference_version, mut built) = (None, None, None);
    let (mut item, mut gated) = (None, None);
    let mut reader = Reader::new(bytes);
    reader.numbered_map(|key, value| {
        match key {
            0 => consent = Some(read_consent(value)?),
            1 => preference_version = Some(value.uint()?),
            2 => built = Some(Timestamp(value.int()?)),
            3 => {
                one(value)?;
                item = Some(read_item(value)?);
            }
            4 => gated = Some(read_gated(value)?),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let item = match (item, &gated) {
        (Some(item), None) => item,
        (None, Some(_)) => SharedItem::default(),
        _ => return Err(RecordError::Malformed),
    };
    match (consent, preference_version, built) {
        (Some(consent), Some(preference_version), Some(built)) => Ok(SharedView {
            consent,
            preference_version,
            built,
            item,
            gated,
        }),
        _ => Err(RecordError::Malformed),
    }
}

fn read_gated(reader: &mut Reader<'_>) -> Result<GatedItem, RecordError> {
    let (mut gate, mut inner, mut sealed) = (None, None, None);
    reader.numbered_map(|key, value| {
        match key {
            0 => gate = Some(value.exact()?),
            1 => inner = Some(value.exact()?),
            2 => sealed = Some(value.bytes()?.to_vec()),
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    match (gate, inner, sealed) {
        (Some(gate), Some(inner), Some(sealed)) => Ok(GatedItem { gate, inner, sealed }),
        _ => Err(RecordError::Malformed),
    }
}

/// Writes the end of a share.
pub fn encode_stop(stop: &ConsentStop) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(4);
    writer.uint(0);
    writer.bytes(stop.id.as_bytes());
    writer.uint(1);
    writer.uint(stop.version);
    writer.uint(2);
    writer.uint(stop.state.number().into());
    writer.uint(3);
    writer.int(stop.at.0);
    writer.into_bytes()
}

/// Reads the end of a share. A state this version does not know is read as the most restrictive one: a stop stops.
///
/// # Errors
/// [`RecordError`] for anything that is not a stop.
pub fn decode_stop(bytes: &[u8]) -> Result<ConsentStop, RecordError> {
    let (mut id, mut version, mut state, mut at) = (None, None, None, None);
    let mut reader = Reader::new(bytes);
    reader.numbered_map(|key, value| {
        match key {
            0 => id = Some(ShareId::from_bytes(value.exact()?)),
            1 => version = Some(value.uint()?),
            2 => {
                let known = ShareState::from_number(value.uint()?).filter(|known| *known <= ShareState::Revoked);
                state = Some(known.unwrap_or(ShareState::Revoked));
            }
            3 => at = Some(Timestamp(value.int()?)),
            // Nothing that a later version adds can make a stop mean less.
            _ => _ = value.skip()?,
        }
        Ok(())
    })?;
    reader.end()?;
    match (id, version, state, at) {
        (Some(_), Some(_), Some(ShareState::Given), Some(_)) => Err(RecordError::Malformed),
        (Some(id), Some(version), Some(state), Some(at)) => Ok(ConsentStop { id, version, state, at }),
        _ => Err(RecordError::Malformed),
    }
}

/// The key of reasons and of times in what is shown of a profile; absent where no statement has either.
const BESIDE: u64 = OPTIONAL_KEYS;

/// Writes the shown part of a profile.
pub fn encode_shared_profile(profile: &SharedProfile) -> Vec<u8> {
    let all = profile.sections.iter().flat_map(|section| &section.statements);
    let says_more = all
        .into_iter()
        .any(|statement| !statement.because.is_empty() || !statement.when.is_empty());
    let mut writer = Writer::default();
    let address = [(NAME, &profile.address.name), (PRONOUNS, &profile.address.pronouns)];
    let address = address.into_iter().filter(|(_, text)| !text.is_empty());
    let languages = &profile.address.languages;
    writer.map(2 + usize::from(says_more) + address.clone().count() + usize::from(!languages.is_empty()));
    writer.uint(0);
    writer.uint(profile.version);
    writer.uint(1);
    writer.array(profile.sections.len());
    for section in &profile.sections {
        writer.array(2);
        writer.text(&section.name);
        writer.array(section.statements.len());
        for statement in &section.statements {
            writer.array(2);
            writer.text(&statement.text);
            writer.text(statement.stance.map_or("", Stance::code));
        }
    }
    if says_more {
        writer.uint(BESIDE);
        writer.array(profile.sections.len());
        for section in &profile.sections {
            writer.array(section.statements.len());
            for statement in &section.statements {
                writer.array(2);
                writer.text(&statement.because);
                writer.text(&statement.when);
            }
        }
    }
    for (key, text) in address {
        writer.uint(key);
        writer.text(text);
    }
    if !languages.is_empty() {
        writer.uint(LANGUAGES);
        write_texts(&mut writer, languages);
    }
    writer.into_bytes()
}

// How somebody wants to be addressed takes nothing from what stands beside it: a reader that knows neither goes on with the name they were met with.
const NAME: u64 = OPTIONAL_KEYS + 1;
const PRONOUNS: u64 = OPTIONAL_KEYS + 2;
const LANGUAGES: u64 = OPTIONAL_KEYS + 3;

/// Reads the shown part of a profile. A stance this version does not know is read as none.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_shared_profile`] does not write, but for keys that may be passed over.
pub fn decode_shared_profile(bytes: &[u8]) -> Result<SharedProfile, RecordError> {
    let (mut version, mut sections, mut beside) = (None, None, None);
    let mut address = SharedAddress::default();
    let mut reader = Reader::new(bytes);
    reader.numbered_map(|key, value| {
        match key {
            0 => version = Some(value.uint()?),
            1 => sections = Some(many(value, limits::STATEMENTS_MAX, read_section)?),
            BESIDE => {
                beside = Some(many(value, limits::STATEMENTS_MAX, |section| {
                    many(section, limits::STATEMENTS_MAX, read_beside)
                })?)
            }
            NAME => address.name = some_text(value)?,
            PRONOUNS => address.pronouns = some_text(value)?,
            LANGUAGES => address.languages = some_texts(value, limits::LANGUAGES_MAX)?,
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let (Some(version), Some(mut sections)) = (version, sections) else {
        return Err(RecordError::Malformed);
    };
    if let Some(beside) = beside {
        put_beside(&mut sections, beside)?;
    }
    if !address.is_sound() {
        return Err(RecordError::Malformed);
    }
    Ok(SharedProfile {
        version,
        address,
        sections,
    })
}

/// The name of a statement that is shown: it follows from all that it says, so that a changed one is another. BLAKE3 in its key derivation mode, context
/// `cairn opened statement 1`, over section, text, stance, reason and time, each behind its length (u64, little-endian).
pub fn statement_name(section: &str, statement: &SharedStatement) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key("cairn opened statement 1");
    let stance = statement.stance.map_or("", Stance::code);
    for part in [section, &statement.text, stance, &statement.because, &statement.when] {
        hasher
            .update(&(part.len() as u64).to_le_bytes())
            .update(part.as_bytes());
    }
    let mut name = [0; 16];
    hasher.finalize_xof().fill(&mut name);
    name
}

/// Puts reasons and times with their statements: as many of the one as of the other.
fn put_beside(sections: &mut [SharedSection], beside: Vec<Vec<(String, String)>>) -> Result<(), RecordError> {
    let fits = sections.len() == beside.len()
        && (sections.iter().zip(&beside)).all(|(section, beside)| section.statements.len() == beside.len());
    if !fits {
        return Err(RecordError::Malformed);
    }
    let statements = sections.iter_mut().flat_map(|section| &mut section.statements);
    for (statement, (because, when)) in statements.zip(beside.into_iter().flatten()) {
        (statement.because, statement.when) = (because, when);
    }
    Ok(())
}

fn read_beside(reader: &mut Reader<'_>) -> Result<(String, String), RecordError> {
    reader.array_of(2)?;
    Ok((reader.text()?.to_owned(), reader.text()?.to_owned()))
}

/// An array of exactly one: later versions may carry more, and then say so by it.
pub(super) fn one(reader: &mut Reader<'_>) -> Result<(), RecordError> {
    match reader.array()? {
        0 => Err(RecordError::Malformed),
        1 => Ok(()),
        _ => Err(RecordError::TooNew),
    }
}

fn read_section(reader: &mut Reader<'_>) -> Result<SharedSection, RecordError> {
    reader.array_of(2)?;
    let name = reader.text()?.to_owned();
    let statements = many(reader, limits::STATEMENTS_MAX, |reader| {
        reader.array_of(2)?;
        let text = reader.text()?.to_owned();
        Ok(SharedStatement {
            text,
            stance: Stance::from_code(reader.text()?),
            because: String::new(),
            when: String::new(),
        })
    })?;
    Ok(SharedSection { name, statements })
}
