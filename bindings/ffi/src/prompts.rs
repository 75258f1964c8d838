//! Questions to write from, words for feelings, and State of Mind.

use cairn_core::id::EntryId;
use cairn_core::profile as core;
use cairn_core::vault::state_of_mind_sample;
use cairn_core::words::self_check::QUESTIONS;
use uuid::Uuid;

use crate::{Asked, Draft, FeltFor, Journal, Timestamp, VaultError, core_instant, instant, silent_debug};

/// Questions that a specialist can put to themselves from time to time. Offer them, and let them be passed over: reading and skipping leave no trace. Whoever answers one
/// writes an entry of their own (`Draft.asked`), and whoever wants to be asked again sets a reminder that opens one (`Reminder.prompt`).
#[uniffi::export]
pub fn self_check() -> Result<Vec<Asked>, VaultError> {
    let questions = QUESTIONS.iter();
    Ok(questions
        .map(|(id, question)| Asked {
            prompt: (*id).to_owned(),
            text: question.text.to_owned(),
        })
        .collect())
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PromptGroup {
    /// Right now.
    Arriving,
    /// What matters.
    Matters,
    /// What helps, and what one is made of.
    Helps,
    /// Hard stretches.
    HardStretches,
    /// People and belonging.
    People,
    /// Support, and working together.
    Support,
    /// Looking back.
    LookingBack,
    /// The person's own.
    Own,
}

/// A question to write from.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Prompt {
    /// Its name: `P-07`, or the random id of an own one. An entry keeps it beside the question it was asked.
    pub id: String,
    /// The question, with the person's word for recovery in it.
    pub text: String,
    /// What it is about.
    pub group: PromptGroup,
    /// Asked only where the person switched the tender ones on.
    pub is_tender: bool,
    /// Never asked until it is shown again.
    pub hidden: bool,
    /// The person wrote it, or kept it.
    pub is_own: bool,
    /// The specialist who asked it, where it was kept from a message with `keep_question`.
    pub asked_by: Option<String>,
}

/// Where a word for a feeling came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum AddedBy {
    /// It came with the software.
    Bundled,
    /// The person.
    Me,
    /// An import.
    Import,
}

/// A word for a feeling. Any word can stand on an entry without being in the list.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct FeelingWord {
    /// Its name.
    pub id: String,
    /// The word, as it was written.
    pub word: String,
    /// The language it is of, as a BCP 47 tag; empty where none was said.
    pub lang: String,
    /// Other words for it, one line each.
    pub aliases: Vec<String>,
    /// The label of HealthKit's State of Mind it goes with, 1 to 38.
    pub label: Option<i32>,
    /// Not offered until it is shown again.
    pub hidden: bool,
    /// Where it came from.
    pub added_by: AddedBy,
}

/// One sample of HealthKit's State of Mind, in its numbers.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct StateOfMindSample {
    /// Of a moment or of a day.
    pub felt_for: FeltFor,
    /// How pleasant, -1 to 1.
    pub valence: f64,
    /// Labels, 1 to 38, in their order.
    pub labels: Vec<i32>,
    /// Associations, 1 to 18, in their order.
    pub associations: Vec<i32>,
    /// When.
    pub at: Timestamp,
}

silent_debug!(Prompt, FeelingWord, StateOfMindSample);

#[uniffi::export]
impl Journal {
    /// All questions, in the person's order, hidden ones too.
    pub async fn prompts(&self) -> Result<Vec<Prompt>, VaultError> {
        Ok(self.0.prompts().await?.into_iter().map(Prompt::from).collect())
    }

    /// The question to ask after the one of this name, or the first one. After the last comes the first. Asking leaves no
    /// trace; nothing when all are hidden.
    #[uniffi::method(default(after = None))]
    pub async fn next_prompt(&self, after: Option<String>) -> Result<Option<Prompt>, VaultError> {
        Ok(self.0.next_prompt(after).await?.map(Prompt::from))
    }

    /// Keeps a question of the person's own; answers its name.
    pub async fn add_prompt(&self, text: String) -> Result<String, VaultError> {
        Ok(self.0.add_prompt(text).await?)
    }

    /// Changes the words of a question, bundled or own.
    pub async fn set_prompt(&self, id: String, text: String) -> Result<(), VaultError> {
        Ok(self.0.set_prompt(id, text).await?)
    }

    /// Leaves a question out, or asks it again.
    pub async fn hide_prompt(&self, id: String, hidden: bool) -> Result<(), VaultError> {
        Ok(self.0.hide_prompt(id, hidden).await?)
    }

    /// Moves a question to stand before another one, or last.
    #[uniffi::method(default(before = None))]
    pub async fn move_prompt(&self, id: String, before: Option<String>) -> Result<(), VaultError> {
        Ok(self.0.move_prompt(id, before).await?)
    }

    /// Takes an own question away; a bundled one is as it came again.
    pub async fn remove_prompt(&self, id: String) -> Result<(), VaultError> {
        Ok(self.0.remove_prompt(id).await?)
    }

    /// Every word for a feeling, in the order of the alphabet, hidden ones too.
    pub async fn feelings(&self) -> Result<Vec<FeelingWord>, VaultError> {
        Ok(self.0.feelings().await?.into_iter().map(FeelingWord::from).collect())
    }

    /// Keeps a word for a feeling; answers its name. One that is there is offered again.
    #[uniffi::method(default(lang = "", label = None))]
    pub async fn add_feeling(&self, word: String, lang: String, label: Option<i32>) -> Result<String, VaultError> {
        Ok(self.0.add_feeling(word, lang, label.map(number)).await?)
    }

    /// Keeps what is to be said beside a word.
    pub async fn set_feeling(&self, feeling: FeelingWord) -> Result<(), VaultError> {
        Ok(self.0.set_feeling(feeling.into()).await?)
    }

    /// Takes a word out of the list; entries that use it keep it.
    pub async fn remove_feeling(&self, id: String) -> Result<(), VaultError> {
        Ok(self.0.remove_feeling(id).await?)
    }

    /// A draft of a State of Mind sample, in the person's words, where they were in this zone. A label without a word gets
    /// one in their list, so that the sample goes out as it came.
    #[uniffi::method(default(zone = "UTC"))]
    pub async fn draft_of_state_of_mind(&self, sample: StateOfMindSample, zone: String) -> Result<Draft, VaultError> {
        let kind = match sample.felt_for {
            FeltFor::Moment => 1,
            FeltFor::Day => 2,
        };
        let (labels, associations) = (sample.labels, sample.associations);
        let sample = state_of_mind_sample(
            kind,
            sample.valence,
            labels.into_iter().map(number),
            associations.into_iter().map(number),
            core_instant(sample.at),
        )?;
        Ok(self.0.draft_of_state_of_mind(sample, zone).await?.into())
    }

    /// The State of Mind sample that an entry makes; nothing where no valence was set by hand, because HealthKit asks for one
    /// and none is made up.
    pub async fn state_of_mind(&self, id: Uuid) -> Result<Option<StateOfMindSample>, VaultError> {
        let sample = self.0.state_of_mind(EntryId::from_bytes(id.into_bytes())).await?;
        Ok(sample.map(|sample| StateOfMindSample {
            felt_for: match sample.felt_for {
                cairn_core::journal::FeltFor::Moment => FeltFor::Moment,
                cairn_core::journal::FeltFor::Day => FeltFor::Day,
            },
            valence: sample.valence.number(),
            labels: sample.labels.into_iter().map(i32::from).collect(),
            associations: sample.associations.into_iter().map(i32::from).collect(),
            at: instant(sample.at),
        }))
    }
}

/// A number of State of Mind; one that is too large or too small for any of them becomes 0, which is none.
fn number(number: i32) -> u8 {
    u8::try_from(number).unwrap_or(0)
}

impl From<core::Prompt> for Prompt {
    fn from(prompt: core::Prompt) -> Self {
        Self {
            id: prompt.id,
            text: prompt.text,
            group: match prompt.group {
                core::PromptGroup::Arriving => PromptGroup::Arriving,
                core::PromptGroup::Matters => PromptGroup::Matters,
                core::PromptGroup::Helps => PromptGroup::Helps,
                core::PromptGroup::HardStretches => PromptGroup::HardStretches,
                core::PromptGroup::People => PromptGroup::People,
                core::PromptGroup::Support => PromptGroup::Support,
                core::PromptGroup::LookingBack => PromptGroup::LookingBack,
                core::PromptGroup::Own => PromptGroup::Own,
            },
            is_tender: prompt.is_tender,
            hidden: prompt.hidden,
            is_own: prompt.is_own,
            asked_by: prompt.asked_by,
        }
    }
}

impl From<core::FeelingWord> for FeelingWord {
    fn from(feeling: core::FeelingWord) -> Self {
        Self {
            id: feeling.id,
            word: feeling.word,
            lang: feeling.lang,
            aliases: feeling.aliases,
            label: feeling.label.map(i32::from),
            hidden: feeling.hidden,
            added_by: match feeling.added_by {
                core::AddedBy::Bundled => AddedBy::Bundled,
                core::AddedBy::Me => AddedBy::Me,
                core::AddedBy::Import => AddedBy::Import,
            },
        }
    }
}

impl From<FeelingWord> for core::FeelingWord {
    fn from(feeling: FeelingWord) -> Self {
        Self {
            id: feeling.id,
            word: feeling.word,
            lang: feeling.lang,
            aliases: feeling.aliases,
            label: feeling.label.map(number),
            hidden: feeling.hidden,
            added_by: match feeling.added_by {
                AddedBy::Bundled => core::AddedBy::Bundled,
                AddedBy::Me => core::AddedBy::Me,
                AddedBy::Import => core::AddedBy::Import,
            },
        }
    }
}
