//! What apps ask of settings, questions, words for feelings, hopes, support lines and the plan for hard times.

use super::plan::{OpenPlan, read_mainstays, read_open_plan, read_plan};
use super::reply::Reply;
use super::settings::{
    read_feelings, read_hopes, read_next_prompt, read_prompts, read_settings, read_state_of_mind, read_support_lines,
};
use super::{Error, Journal, KeyStore, ProfileDoor, Vault, VaultConfig};
use crate::id::{AttachmentId, EntryId, HopeId, MainstayId, PlanItemId};
use crate::journal::{Draft, StateOfMindSample};
use crate::profile::{
    FeelingWord, Hope, HopeState, LookingAfter, Mainstay, Plan, PlanList, Prompt, Settings, SupportLine, Switch,
};

impl Vault {
    /// The plan for hard times and the support lines, without the key of the vault and without opening it; none where the
    /// participant did not allow that. Works on the caller's thread: it reads one small file.
    ///
    /// # Errors
    /// As [`read_open_plan`].
    pub fn open_plan(config: &VaultConfig, keys: &dyn KeyStore) -> Result<Option<OpenPlan>, Error> {
        read_open_plan(config, keys)
    }

    /// Ends the destruction of a vault that was broken off, and begins no other; whether there was one. Opening ends it too. Works on the
    /// caller's thread.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::KeyStore`].
    pub fn end_erasing(config: &VaultConfig, keys: &dyn KeyStore) -> Result<bool, Error> {
        super::destroying::end(&config.directory, keys)
    }
}

impl Journal {
    /// All questions, in the participant's order.
    pub fn prompts(&self) -> Reply<Vec<Prompt>> {
        self.0.read(read_prompts)
    }

    /// The question to ask after the one of this name, or the first one. Asking leaves no trace.
    pub fn next_prompt(&self, after: Option<String>) -> Reply<Option<Prompt>> {
        self.0.read(move |view| read_next_prompt(view, after.as_deref()))
    }

    /// Keeps a question of the participant's own; its name.
    pub fn add_prompt(&self, text: String) -> Reply<String> {
        self.0.ask(move |engine| engine.add_prompt(&text))
    }

    /// Changes the words of a question, bundled or own.
    pub fn set_prompt(&self, id: String, text: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_prompt(&id, &text))
    }

    /// Leaves a question out, or asks it again.
    pub fn hide_prompt(&self, id: String, hidden: bool) -> Reply<()> {
        self.0.ask(move |engine| engine.hide_prompt(&id, hidden))
    }

    /// Moves a question to stand before another one, or last.
    pub fn move_prompt(&self, id: String, before: Option<String>) -> Reply<()> {
        self.0.ask(move |engine| engine.move_prompt(&id, before.as_deref()))
    }

    /// Takes an own question away; a bundled one is as it came again.
    pub fn remove_prompt(&self, id: String) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_prompt(&id))
    }

    /// Every word for a feeling, in the order of the alphabet.
    pub fn feelings(&self) -> Reply<Vec<FeelingWord>> {
        self.0.read(read_feelings)
    }

    /// Keeps a word for a feeling; its name.
    pub fn add_feeling(&self, word: String, lang: String, label: Option<u8>) -> Reply<String> {
        self.0.ask(move |engine| engine.add_feeling(&word, &lang, label))
    }

    /// Keeps what is to be said beside a word.
    pub fn set_feeling(&self, feeling: FeelingWord) -> Reply<()> {
        self.0.ask(move |engine| engine.set_feeling(&feeling))
    }

    /// Takes a word out of the list; entries that use it keep it.
    pub fn remove_feeling(&self, id: String) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_feeling(&id))
    }

    /// A draft of a sample of State of Mind, in the participant's words.
    pub fn draft_of_state_of_mind(&self, sample: StateOfMindSample, zone: String) -> Reply<Draft> {
        self.0.ask(move |engine| engine.draft_of_state_of_mind(&sample, &zone))
    }

    /// The sample of State of Mind that an entry makes; none without a valence set by hand.
    pub fn state_of_mind(&self, id: EntryId) -> Reply<Option<StateOfMindSample>> {
        self.0.read(move |view| read_state_of_mind(view, id))
    }
}

impl ProfileDoor {
    /// What is switched on.
    pub fn settings(&self) -> Reply<Settings> {
        self.0.read(read_settings)
    }

    /// Switches something on or off.
    pub fn set_switch(&self, switch: Switch, on: bool) -> Reply<()> {
        self.0.ask(move |engine| engine.set_switch(switch, on))
    }

    /// Sets the wish for when it goes quiet; an empty one takes it back.
    pub fn set_quiet_wish(&self, wish: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_quiet_wish(&wish))
    }

    /// All hopes, in the participant's order.
    pub fn hopes(&self) -> Reply<Vec<Hope>> {
        self.0.read(read_hopes)
    }

    /// Keeps a hope at the end of the list.
    pub fn add_hope(&self, text: String, zone: String) -> Reply<HopeId> {
        self.0.ask(move |engine| engine.add_hope(&text, &zone))
    }

    /// Changes the words of a hope.
    pub fn set_hope(&self, id: HopeId, text: String, zone: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_hope(id, &text, &zone))
    }

    /// Says how a hope is held.
    pub fn set_hope_state(&self, id: HopeId, state: HopeState, zone: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_hope_state(id, state, &zone))
    }

    /// Moves a hope to stand before another one, or last.
    pub fn move_hope(&self, id: HopeId, before: Option<HopeId>) -> Reply<()> {
        self.0.ask(move |engine| engine.move_hope(id, before))
    }

    /// Takes a hope away.
    pub fn remove_hope(&self, id: HopeId) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_hope(id))
    }

    /// Every support line, by region and name.
    pub fn support_lines(&self) -> Reply<Vec<SupportLine>> {
        self.0.read(read_support_lines)
    }

    /// Keeps a support line of the participant's own; its name.
    pub fn add_support_line(&self, line: SupportLine) -> Reply<String> {
        self.0.ask(move |engine| engine.add_support_line(line))
    }

    /// Keeps what the participant makes of a support line.
    pub fn set_support_line(&self, line: SupportLine) -> Reply<()> {
        self.0.ask(move |engine| engine.set_support_line(&line))
    }

    /// Takes a support line away.
    pub fn remove_support_line(&self, id: String) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_support_line(&id))
    }

    /// The plan for hard times.
    pub fn plan(&self) -> Reply<Plan> {
        self.0.read(read_plan)
    }

    /// Keeps a line at the end of a list of the plan.
    pub fn add_plan_item(&self, list: PlanList, text: String) -> Reply<PlanItemId> {
        self.0.ask(move |engine| engine.add_plan_item(list, &text))
    }

    /// Changes the words of a line, or the list it stands in.
    pub fn set_plan_item(&self, id: PlanItemId, list: PlanList, text: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_plan_item(id, list, &text))
    }

    /// Moves a line to stand before another one of its list, or last.
    pub fn move_plan_item(&self, id: PlanItemId, before: Option<PlanItemId>) -> Reply<()> {
        self.0.ask(move |engine| engine.move_plan_item(id, before))
    }

    /// Takes a line out of the plan.
    pub fn remove_plan_item(&self, id: PlanItemId) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_plan_item(id))
    }

    /// What keeps the participant going, in their order. It is read when they ask for it: the plan, its open copy, reminders and
    /// whatever is shared know nothing of it.
    pub fn mainstays(&self) -> Reply<Vec<Mainstay>> {
        self.0.read(read_mainstays)
    }

    /// Keeps something that keeps the participant going, at the end of their list.
    pub fn add_mainstay(&self, text: String) -> Reply<MainstayId> {
        self.0.ask(move |engine| engine.add_mainstay(&text))
    }

    /// Changes the words of one of them.
    pub fn set_mainstay(&self, id: MainstayId, text: String) -> Reply<()> {
        self.0.ask(move |engine| engine.set_mainstay(id, &text))
    }

    /// Moves one of them to stand before another one, or last.
    pub fn move_mainstay(&self, id: MainstayId, before: Option<MainstayId>) -> Reply<()> {
        self.0.ask(move |engine| engine.move_mainstay(id, before))
    }

    /// Takes one of them away.
    pub fn remove_mainstay(&self, id: MainstayId) -> Reply<()> {
        self.0.ask(move |engine| engine.remove_mainstay(id))
    }

    /// Says who and what is to be looked after.
    pub fn set_looking_after(&self, said: LookingAfter) -> Reply<()> {
        self.0.ask(move |engine| engine.set_looking_after(&said))
    }

    /// Lets documents go with the plan, in this order.
    pub fn set_plan_attached(&self, attached: Vec<AttachmentId>) -> Reply<()> {
        self.0.ask(move |engine| engine.set_plan_attached(&attached))
    }

    /// Lets the plan be read without unlocking the journal, or no more.
    pub fn set_plan_opens(&self, opens: bool) -> Reply<()> {
        self.0.ask(move |engine| engine.set_plan_opens(opens))
    }
}
