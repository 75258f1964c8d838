//! Commands of the settings: switches, questions, words for feelings, hopes and support lines. One document for all of them.

use super::profile::fields_of;
use super::{Engine, Error, bundled};
use crate::clock::Timestamp;
use crate::crypto::import_id;
use crate::id::{DocumentId, EntryId, HopeId, ThingId};
use crate::journal::{Draft, StateOfMindSample};
use crate::moment::Moment;
use crate::profile::{
    self, AddedBy, Changes, FeelingWord, Fields, Hope, HopeState, Invalid, Profile, Prompt, Settings, SupportLine,
    Switch, apply, label_of, word_for,
};
use crate::record::Kind;
use crate::store::View;

/// What is switched on.
///
/// # Errors
/// [`Error::Store`].
pub fn read_settings(view: View<'_>) -> Result<Settings, Error> {
    Ok(Settings::from_fields(&fields_of(view, Kind::Settings)?))
}

/// All questions in the participant's order, with their word for recovery.
///
/// # Errors
/// [`Error::Store`].
pub fn read_prompts(view: View<'_>) -> Result<Vec<Prompt>, Error> {
    let word = Profile::from_fields(&fields_of(view, Kind::Profile)?).recovery_word;
    let fields = fields_of(view, Kind::Settings)?;
    Ok(profile::prompts(&fields, &bundled::prompts(&word)))
}

/// The question to ask after the one of this name, or the first one. Asking leaves no trace.
///
/// # Errors
/// [`Error::Store`].
pub fn read_next_prompt(view: View<'_>, after: Option<&str>) -> Result<Option<Prompt>, Error> {
    let tender = read_settings(view)?.is_on(Switch::TenderPrompts);
    Ok(profile::next_prompt(&read_prompts(view)?, tender, after).cloned())
}

/// Every word for a feeling, in the order of the alphabet.
///
/// # Errors
/// [`Error::Store`].
pub fn read_feelings(view: View<'_>) -> Result<Vec<FeelingWord>, Error> {
    Ok(profile::feelings(
        &fields_of(view, Kind::Settings)?,
        &bundled::feelings(),
    ))
}

/// All hopes, in the participant's order.
///
/// # Errors
/// [`Error::Store`].
pub fn read_hopes(view: View<'_>) -> Result<Vec<Hope>, Error> {
    Ok(profile::hopes(&fields_of(view, Kind::Settings)?))
}

/// Every support line, by region and name.
///
/// # Errors
/// [`Error::Store`].
pub fn read_support_lines(view: View<'_>) -> Result<Vec<SupportLine>, Error> {
    Ok(profile::support_lines(
        &fields_of(view, Kind::Settings)?,
        &bundled::lines(),
    ))
}

/// The sample of State of Mind that an entry makes; none without a valence set by hand, or without the entry.
///
/// # Errors
/// [`Error::Store`].
pub fn read_state_of_mind(view: View<'_>, id: EntryId) -> Result<Option<StateOfMindSample>, Error> {
    let feelings = read_feelings(view)?;
    let entry = view.entry(id)?;
    Ok(entry.and_then(|entry| StateOfMindSample::of(&entry, |word| label_of(&feelings, word))))
}

impl Engine {
    /// The document of the settings. It is derived from the home space, as the profile's is.
    pub(super) fn settings_document(&self) -> Result<DocumentId, Error> {
        Ok(import_id(&self.slot_key(self.identity.home)?, "cairn", "settings"))
    }

    pub(super) fn change_settings(
        &mut self,
        change: impl FnOnce(&Fields) -> Result<Changes, Invalid>,
    ) -> Result<(), Error> {
        let id = self.settings_document()?;
        let changes = change(&self.fields(id)?)?;
        if changes.is_empty() {
            return Ok(());
        }
        self.set_fields(id, Kind::Settings, &changes)
    }

    fn moment_in(&self, zone: &str) -> Result<Moment, Error> {
        Moment::new(self.now(), zone).map_err(|_| Error::Entry(crate::journal::Invalid::Moment))
    }

    /// Switches something on or off, on all of the person's devices.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn set_switch(&mut self, switch: Switch, on: bool) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::set_switch(fields, switch, on)))
    }

    /// Sets the wish for when it goes quiet; an empty one takes it back.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn set_quiet_wish(&mut self, wish: &str) -> Result<(), Error> {
        self.change_settings(|fields| profile::set_quiet_wish(fields, wish))
    }

    /// Keeps a question of the participant's own; answers its name.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn add_prompt(&mut self, text: &str) -> Result<String, Error> {
        let id = ThingId::random(self.entropy.as_mut()).to_string();
        self.change_settings(|fields| profile::set_prompt(fields, &bundled::prompts(""), &id, text))?;
        Ok(id)
    }

    /// Changes the words of a question, bundled or own.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Profile`], [`Error::Store`].
    pub fn set_prompt(&mut self, id: &str, text: &str) -> Result<(), Error> {
        let all = read_prompts(self.store.view())?;
        all.iter().find(|prompt| prompt.id == id).ok_or(Error::NotFound)?;
        self.change_settings(|fields| profile::set_prompt(fields, &bundled::prompts(""), id, text))
    }

    /// Leaves a question out, or asks it again.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn hide_prompt(&mut self, id: &str, hidden: bool) -> Result<(), Error> {
        self.change_settings(|fields| profile::hide_prompt(fields, &bundled::prompts(""), id, hidden))
    }

    /// Moves a question to stand before another one, or last.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn move_prompt(&mut self, id: &str, before: Option<&str>) -> Result<(), Error> {
        self.change_settings(|fields| profile::move_prompt(fields, &bundled::prompts(""), id, before))
    }

    /// Takes an own question away; a bundled one is as it came again.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_prompt(&mut self, id: &str) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::remove_prompt(fields, id)))
    }

    /// Keeps a word for a feeling; answers its name. Its name is made of the word, so that two devices that add one word
    /// apart add it once; a word that is there is offered again.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn add_feeling(&mut self, word: &str, lang: &str, label: Option<u8>) -> Result<String, Error> {
        let folded = word.trim().to_lowercase();
        let known = read_feelings(self.store.view())?;
        let known = known.into_iter().find(|feeling| feeling.word.to_lowercase() == folded);
        let feeling = match known {
            Some(feeling) => FeelingWord {
                hidden: false,
                label: label.or(feeling.label),
                ..feeling
            },
            None => self.new_feeling(word, lang, label, AddedBy::Me)?,
        };
        self.set_feeling(&feeling)?;
        Ok(feeling.id)
    }

    fn new_feeling(&self, word: &str, lang: &str, label: Option<u8>, by: AddedBy) -> Result<FeelingWord, Error> {
        let slot_key = self.slot_key(self.identity.home)?;
        Ok(FeelingWord {
            id: import_id(&slot_key, "cairn feeling", &word.trim().to_lowercase()).to_string(),
            word: word.trim().to_owned(),
            lang: lang.to_owned(),
            aliases: Vec::new(),
            label,
            hidden: false,
            added_by: by,
        })
    }

    /// Keeps what is to be said beside a word.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn set_feeling(&mut self, feeling: &FeelingWord) -> Result<(), Error> {
        self.change_settings(|fields| profile::set_feeling(fields, &bundled::feelings(), feeling))
    }

    /// Takes a word out of the list; entries that use it keep it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_feeling(&mut self, id: &str) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::remove_feeling(fields, &bundled::feelings(), id)))
    }

    /// A draft of a sample of State of Mind, in the participant's words. A label that no word of theirs leads back to gets
    /// one in the list, so that the sample goes out as it came.
    ///
    /// # Errors
    /// [`Error::Entry`] for a sample that State of Mind does not know, [`Error::Profile`], [`Error::Store`].
    pub fn draft_of_state_of_mind(&mut self, sample: &StateOfMindSample, zone: &str) -> Result<Draft, Error> {
        if !sample.is_known() {
            return Err(Error::Entry(crate::journal::Invalid::Around));
        }
        let happened = Moment::new(sample.at, zone).map_err(|_| Error::Entry(crate::journal::Invalid::Moment))?;
        let (bundled, mut fields) = (bundled::feelings(), self.fields(self.settings_document()?)?);
        let mut added = Changes::new();
        for label in &sample.labels {
            let all = profile::feelings(&fields, &bundled);
            if word_for(&all, *label).is_some() {
                continue;
            }
            let ours = bundled
                .iter()
                .find(|word| word.label == Some(*label))
                .ok_or(Error::Internal)?;
            let is_free = label_of(&all, &ours.word).is_none_or(|taken| taken == *label);
            let word = if is_free {
                ours.word.clone()
            } else {
                format!("{} {label}", ours.word)
            };
            let feeling = self.new_feeling(&word, &ours.lang, Some(*label), AddedBy::Import)?;
            let changes = profile::set_feeling(&fields, &bundled, &feeling)?;
            apply(&mut fields, &changes);
            added.extend(changes);
        }
        if !added.is_empty() {
            self.change_settings(|_| Ok(added))?;
        }
        let all = profile::feelings(&fields, &bundled);
        Ok(sample.to_draft(happened, |label| word_for(&all, label).unwrap_or_default().to_owned()))
    }

    /// Keeps a hope at the end of the list.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Entry`] for a zone that is no name, [`Error::Store`].
    pub fn add_hope(&mut self, text: &str, zone: &str) -> Result<HopeId, Error> {
        let (id, at) = (HopeId::random(self.entropy.as_mut()), self.moment_in(zone)?);
        self.change_settings(|fields| profile::set_hope(fields, id, text, &at))?;
        Ok(id)
    }

    /// Changes the words of a hope.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Self::add_hope`].
    pub fn set_hope(&mut self, id: HopeId, text: &str, zone: &str) -> Result<(), Error> {
        let at = self.moment_in(zone)?;
        let hopes = read_hopes(self.store.view())?;
        hopes.iter().find(|hope| hope.id == id).ok_or(Error::NotFound)?;
        self.change_settings(|fields| profile::set_hope(fields, id, text, &at))
    }

    /// Says how a hope is held.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Entry`] for a zone that is no name, [`Error::Store`].
    pub fn set_hope_state(&mut self, id: HopeId, state: HopeState, zone: &str) -> Result<(), Error> {
        let at = self.moment_in(zone)?;
        self.change_settings(|fields| profile::set_hope_state(fields, id, state, &at))
    }

    /// Moves a hope to stand before another one, or last.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`].
    pub fn move_hope(&mut self, id: HopeId, before: Option<HopeId>) -> Result<(), Error> {
        self.change_settings(|fields| profile::move_hope(fields, id, before))
    }

    /// Takes a hope away.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn remove_hope(&mut self, id: HopeId) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::remove_hope(fields, id)))
    }

    /// Keeps a support line of the participant's own; answers its name.
    ///
    /// # Errors
    /// As [`Self::set_support_line`].
    pub fn add_support_line(&mut self, line: SupportLine) -> Result<String, Error> {
        let id = ThingId::random(self.entropy.as_mut()).to_string();
        let line = SupportLine { id: id.clone(), ..line };
        self.set_support_line(&line)?;
        Ok(id)
    }

    /// Keeps what the participant makes of a support line.
    ///
    /// # Errors
    /// [`Error::Profile`], [`Error::Store`]; [`Error::KeyStore`] where the plan opens without unlocking and its copy could
    /// not be written anew.
    pub fn set_support_line(&mut self, line: &SupportLine) -> Result<(), Error> {
        self.change_settings(|fields| profile::set_support_line(fields, &bundled::lines(), line))?;
        self.keep_open_copy()
    }

    /// Takes a support line away.
    ///
    /// # Errors
    /// As [`Self::set_support_line`].
    pub fn remove_support_line(&mut self, id: &str) -> Result<(), Error> {
        self.change_settings(|fields| Ok(profile::remove_support_line(fields, &bundled::lines(), id)))?;
        self.keep_open_copy()
    }
}

/// A sample of State of Mind as HealthKit holds it, checked.
///
/// # Errors
/// [`Error::Entry`] for numbers that State of Mind does not know.
pub fn state_of_mind_sample(
    kind: u8,
    valence: f64,
    labels: impl IntoIterator<Item = u8>,
    associations: impl IntoIterator<Item = u8>,
    at: Timestamp,
) -> Result<StateOfMindSample, Error> {
    let unknown = || Error::Entry(crate::journal::Invalid::Around);
    let sample = StateOfMindSample {
        felt_for: crate::journal::FeltFor::from_number(kind.into()).ok_or_else(unknown)?,
        valence: crate::journal::Valence::new(valence).ok_or_else(unknown)?,
        labels: labels.into_iter().collect(),
        associations: associations.into_iter().collect(),
        at,
    };
    if sample.is_known() { Ok(sample) } else { Err(unknown()) }
}
