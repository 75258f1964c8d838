//! Whether what somebody writes for themselves holds words that another shows them.
//!
//! A specialist learns by what they are shown, and writes of that in a journal of their own. What is shown can be stopped, and what was pasted from it could not be: so the composer can
//! say so. It is asked, and answers yes or no: nothing is refused, nothing kept, nothing leaves, and nobody is told.

use super::{Engine, Error};
use crate::support::{OwnText, Role};

impl Engine {
    /// Whether this text holds [`crate::limits::PASTED_CHARACTERS`] characters in a row that stand just so in something that is shown to this person and can be read here now: the parts
    /// of an entry, or a shown profile. What is locked until the relay was reached is not looked at.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn holds_shared_words(&self, text: &str) -> Result<bool, Error> {
        let own = OwnText::new(text);
        if own.is_short() {
            return Ok(false);
        }
        for (_, view) in self.readable_views()? {
            let item = &view.item;
            let mut captions = item.attachments.iter().filter_map(|one| one.caption.as_ref());
            let mut words = [&item.title, &item.body, &item.place].into_iter().flatten();
            let mut lists = [&item.feelings, &item.tags, &item.people].into_iter().flatten();
            if words.any(|words| own.holds_of(words))
                || lists.any(|word| own.holds_of(word))
                || captions.any(|caption| own.holds_of(caption))
            {
                return Ok(true);
            }
        }
        for space in self.store.view().spaces()? {
            // A participant's own devices keep what they show themselves.
            if space.relationship.is_none() || space.side != Role::Specialist.side() {
                continue;
            }
            let shown = self.shown_before(space.id)?;
            let mut statements = shown.statements();
            let is_held = statements.any(|(section, one)| {
                [section, &one.text, &one.because, &one.when]
                    .into_iter()
                    .any(|words| own.holds_of(words))
            });
            if is_held {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
