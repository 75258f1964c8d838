//! The JSON of questions, words for feelings, hopes, support lines and the plan for hard times.

use super::MomentValue;
use cairn_core::profile::{AddedBy, FeelingWord, Hope, Mainstay, Plan, Prompt, SupportLine};
use cairn_core::vault::OpenPlan;
use serde::Serialize;

/// A question to write from.
#[derive(Debug, Serialize)]
pub(crate) struct PromptValue {
    /// `P-07`, or the id of an own one.
    id: String,
    text: String,
    group: &'static str,
    is_tender: bool,
    hidden: bool,
    is_own: bool,
    /// Who asked it, where it was kept from a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<String>,
}

/// A word for a feeling.
#[derive(Debug, Serialize)]
pub(crate) struct FeelingValue {
    id: String,
    word: String,
    lang: String,
    aliases: Vec<String>,
    /// The label of State of Mind.
    label: Option<u8>,
    hidden: bool,
    /// `bundled`, `me`, `import`.
    added_by: &'static str,
}

/// A hope.
#[derive(Debug, Serialize)]
pub(crate) struct HopeValue {
    id: String,
    text: String,
    /// `holding`, `set_aside`, `done_for_now`.
    state: &'static str,
    written: Option<MomentValue>,
    updated: Option<MomentValue>,
}

/// A support line.
#[derive(Debug, Serialize)]
pub(crate) struct LineValue {
    id: String,
    region: String,
    name: String,
    /// `call`, `text`, `chat`.
    reach: &'static str,
    number: String,
    languages: String,
    hours: String,
    /// Null where nobody here has checked it.
    checked_on: Option<String>,
    source: String,
    is_bundled: bool,
}

/// The plan for hard times.
#[derive(Debug, Serialize)]
pub(crate) struct PlanValue {
    items: Vec<PlanItemValue>,
    looking_after: LookingAfterValue,
    attached: Vec<String>,
    opens_without_unlock: bool,
}

/// A line of the plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanItemValue {
    id: String,
    list: &'static str,
    text: String,
}

/// One thing that keeps the person going.
#[derive(Debug, Serialize)]
pub(crate) struct MainstayValue {
    id: String,
    text: String,
}

/// Who and what is to be looked after.
#[derive(Debug, Serialize)]
pub(crate) struct LookingAfterValue {
    children: String,
    pets: String,
    home: String,
    work: String,
}

/// What opens without unlocking.
#[derive(Debug, Serialize)]
pub(crate) struct OpenPlanValue {
    plan: PlanValue,
    lines: Vec<LineValue>,
}

impl From<&Prompt> for PromptValue {
    fn from(prompt: &Prompt) -> Self {
        Self {
            id: prompt.id.clone(),
            text: prompt.text.clone(),
            group: prompt.group.code(),
            is_tender: prompt.is_tender,
            hidden: prompt.hidden,
            is_own: prompt.is_own,
            asked_by: prompt.asked_by.clone(),
        }
    }
}

impl From<&FeelingWord> for FeelingValue {
    fn from(feeling: &FeelingWord) -> Self {
        Self {
            id: feeling.id.clone(),
            word: feeling.word.clone(),
            lang: feeling.lang.clone(),
            aliases: feeling.aliases.clone(),
            label: feeling.label,
            hidden: feeling.hidden,
            added_by: match feeling.added_by {
                AddedBy::Bundled => "bundled",
                AddedBy::Me => "me",
                AddedBy::Import => "import",
            },
        }
    }
}

impl From<&Hope> for HopeValue {
    fn from(hope: &Hope) -> Self {
        Self {
            id: hope.id.to_string(),
            text: hope.text.clone(),
            state: hope.state.code(),
            written: hope.written.as_ref().map(MomentValue::from),
            updated: hope.updated.as_ref().map(MomentValue::from),
        }
    }
}

impl From<&SupportLine> for LineValue {
    fn from(line: &SupportLine) -> Self {
        Self {
            id: line.id.clone(),
            region: line.region.clone(),
            name: line.name.clone(),
            reach: line.reach.code(),
            number: line.number.clone(),
            languages: line.languages.clone(),
            hours: line.hours.clone(),
            checked_on: line.checked_on.map(|date| date.to_string()),
            source: line.source.clone(),
            is_bundled: line.is_bundled,
        }
    }
}

impl From<&Mainstay> for MainstayValue {
    fn from(one: &Mainstay) -> Self {
        Self {
            id: one.id.to_string(),
            text: one.text.clone(),
        }
    }
}

impl From<&Plan> for PlanValue {
    fn from(plan: &Plan) -> Self {
        let after = &plan.looking_after;
        Self {
            items: plan
                .items
                .iter()
                .map(|item| PlanItemValue {
                    id: item.id.to_string(),
                    list: item.list.code(),
                    text: item.text.clone(),
                })
                .collect(),
            looking_after: LookingAfterValue {
                children: after.children.clone(),
                pets: after.pets.clone(),
                home: after.home.clone(),
                work: after.work.clone(),
            },
            attached: plan.attached.iter().map(ToString::to_string).collect(),
            opens_without_unlock: plan.opens_without_unlock,
        }
    }
}

impl From<&OpenPlan> for OpenPlanValue {
    fn from(open: &OpenPlan) -> Self {
        Self {
            plan: (&open.plan).into(),
            lines: open.lines.iter().map(LineValue::from).collect(),
        }
    }
}
