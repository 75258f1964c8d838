//! What two people say to each other: the calls.

use cairn_core::id::SectionId;
use uuid::Uuid;

use crate::ids::{id_of, message_id, thing_id};
use crate::{
    ContactHours, Feedback, KeptFeedback, Message, NewMessage, OwnStories, SelfReflection, Support, VaultError, Wishes,
};

#[uniffi::export]
impl Support {
    /// Says something to the other; answers the message's id. It is kept here at once and sent with the next rounds of sync. What does not keep to what the two have
    /// agreed on throws `Invalid` with a plain sentence, and leaves everything as it was: a specialist opens the preferences and what it is about before, and
    /// listens first.
    pub async fn say(&self, relationship: Uuid, said: NewMessage) -> Result<Uuid, VaultError> {
        let id = self.0.say(id_of(relationship), said.try_into()?).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Takes back a message of one's own that has not left, as one that came back for another look.
    pub async fn unsay(&self, relationship: Uuid, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.unsay(id_of(relationship), message_id(id)).await?)
    }

    /// The messages of a relationship as a device in this time zone shows them (`Europe/Berlin`), the last one last: at most `count`, which is at most 200, and only those
    /// before `before` where it is given. Ask again when the app comes to the front: what waits for the participant's hours shows without a sound.
    pub async fn messages(
        &self,
        relationship: Uuid,
        zone: String,
        before: Option<Uuid>,
        count: i32,
    ) -> Result<Vec<Message>, VaultError> {
        let count = usize::try_from(count).unwrap_or_default();
        let before = before.map(message_id);
        let cards = self.0.messages(id_of(relationship), zone, before, count).await?;
        Ok(cards.into_iter().map(Message::from).collect())
    }

    /// What the participant wishes of messages.
    pub async fn wishes(&self, relationship: Uuid) -> Result<Wishes, VaultError> {
        Ok(self.0.wishes(id_of(relationship)).await?.into())
    }

    /// Says, as the participant, what is wished of messages: the specialist sees it, and messages that do not keep to it are not shown.
    pub async fn set_wishes(&self, relationship: Uuid, wishes: Wishes) -> Result<(), VaultError> {
        Ok(self.0.set_wishes(id_of(relationship), wishes.try_into()?).await?)
    }

    /// When this participant takes messages. It is told to nobody.
    pub async fn contact_hours(&self, relationship: Uuid) -> Result<ContactHours, VaultError> {
        Ok(self.0.contact_hours(id_of(relationship)).await?.into())
    }

    /// Sets when this participant takes messages, on all their devices. What comes at other times waits, without a word to anybody.
    pub async fn set_contact_hours(&self, relationship: Uuid, hours: ContactHours) -> Result<(), VaultError> {
        Ok(self.0.set_contact_hours(id_of(relationship), hours.try_into()?).await?)
    }

    /// Keeps, as the specialist, a look at oneself before telling of one's own experience; answers the id that the message takes. It never leaves
    /// the specialist's own devices.
    pub async fn reflect(&self, relationship: Uuid, reflection: SelfReflection) -> Result<Uuid, VaultError> {
        let id = self.0.reflect(id_of(relationship), reflection.into()).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Of one's last `count` messages here, how many were of one's own experience.
    pub async fn own_stories(&self, relationship: Uuid, count: i32) -> Result<OwnStories, VaultError> {
        let count = usize::try_from(count).unwrap_or_default();
        let (stories, of) = self.0.own_stories(id_of(relationship), count).await?;
        let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Ok(OwnStories {
            stories: number(stories),
            of: number(of),
        })
    }

    /// Keeps feedback for the participant alone; answers its id. Nobody is told.
    pub async fn keep_feedback(&self, relationship: Uuid, feedback: Feedback) -> Result<Uuid, VaultError> {
        let id = self.0.keep_feedback(id_of(relationship), feedback.try_into()?).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Keeps, in one step, that a message felt like pressure. Offer from the same place to set `LivedExperience.Never`.
    pub async fn felt_like_pressure(&self, relationship: Uuid, id: Uuid) -> Result<Uuid, VaultError> {
        let id = self.0.felt_like_pressure(id_of(relationship), message_id(id)).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Keeps, as the participant, the strength that an acknowledgement named, in the profile with the specialist's name (`Statement.offered_by`); answers the statement's id.
    /// Private, and nobody is told. Kept twice, it is kept once. Do it where the person asks for it, and never by itself.
    pub async fn keep_strength(&self, relationship: Uuid, id: Uuid) -> Result<Uuid, VaultError> {
        let id = self.0.keep_strength(id_of(relationship), message_id(id)).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Keeps, as the participant, words that the specialist has proposed, in a section of the profile with the specialist's name (`Statement.offered_by`); answers the
    /// statement's id. Until then they are a message and nothing else. Private, and nobody is told. Kept twice, they are kept once. Let the person read them first, and
    /// change them as they like.
    pub async fn keep_proposal(&self, relationship: Uuid, id: Uuid, section: Uuid) -> Result<Uuid, VaultError> {
        let section = SectionId::from_bytes(section.into_bytes());
        let id = self
            .0
            .keep_proposal(id_of(relationship), message_id(id), section)
            .await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Keeps, as the participant, a question that the specialist has asked, among their own questions to write from (`Prompt.asked_by`); answers its name there. Until then it is a
    /// message and nothing else, and it is never asked by itself. Nobody is told. Kept twice, it is kept once. Do it where the person asks for it.
    pub async fn keep_question(&self, relationship: Uuid, id: Uuid) -> Result<String, VaultError> {
        Ok(self.0.keep_question(id_of(relationship), message_id(id)).await?)
    }

    /// The participant's feedback in a relationship, sent or not, the last kept last.
    pub async fn feedback(&self, relationship: Uuid) -> Result<Vec<KeptFeedback>, VaultError> {
        let all = self.0.feedback(id_of(relationship)).await?;
        Ok(all.into_iter().map(KeptFeedback::from).collect())
    }

    /// The feedback that was sent in a relationship, as both of the two see it, in this time zone: what has no response yet comes first (`Message.response`). Remind nobody of
    /// it, and count nothing.
    pub async fn sent_feedback(&self, relationship: Uuid, zone: String) -> Result<Vec<Message>, VaultError> {
        let cards = self.0.sent_feedback(id_of(relationship), zone).await?;
        Ok(cards.into_iter().map(Message::from).collect())
    }

    /// Sends feedback that was kept, as it is; answers the message's id. Ask nobody to do so.
    pub async fn send_feedback(&self, relationship: Uuid, feedback: Uuid) -> Result<Uuid, VaultError> {
        let id = self.0.send_feedback(id_of(relationship), thing_id(feedback)).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Forgets feedback on all the participant's devices. What was sent stays sent.
    pub async fn forget_feedback(&self, relationship: Uuid, feedback: Uuid) -> Result<(), VaultError> {
        Ok(self.0.forget_feedback(id_of(relationship), thing_id(feedback)).await?)
    }
}
