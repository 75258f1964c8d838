//! The plan for hard times.

use cairn_core::id::{AttachmentId, MainstayId, PlanItemId};
use cairn_core::profile as core;
use cairn_core::vault::{Vault as CoreVault, VaultConfig as CoreConfig};
use std::sync::Arc;
use uuid::Uuid;

use crate::background::background;
use crate::{KeyStore, Profile, SupportLine, VaultConfig, VaultError, key_store, silent_debug};

/// The lists of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PlanList {
    /// How I am when I am all right.
    WhenOk,
    /// Everyday things.
    EverydayThings,
    /// Things that throw me.
    ThingsThatThrowMe,
    /// Early signs.
    EarlySigns,
    /// When it gets harder.
    WhenItGetsHarder,
    /// What I do on my own.
    WhatIDoAlone,
    /// People and places that take me out of it.
    PeopleAndPlaces,
    /// People I can ask.
    PeopleICanAsk,
    /// Services.
    Services,
    /// Making things safer.
    MakingThingsSafer,
    /// What I want from others.
    WhatIWant,
    /// What I do not want.
    WhatIDontWant,
    /// After it passes.
    AfterItPasses,
}

/// One line of a plan.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PlanItem {
    /// Its id.
    pub id: Uuid,
    /// The list it stands in.
    pub list: PlanList,
    /// The person's words.
    pub text: String,
}

/// Who and what is to be looked after; empty where nothing was said.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct LookingAfter {
    /// Children.
    #[uniffi(default = "")]
    pub children: String,
    /// Animals.
    #[uniffi(default = "")]
    pub pets: String,
    /// The place they live in.
    #[uniffi(default = "")]
    pub home: String,
    /// Work.
    #[uniffi(default = "")]
    pub work: String,
}

/// The plan for hard times, of any parts in any order. Show it when the person asks for it, never by itself.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Plan {
    /// Its lines, list by list, in the person's order.
    pub items: Vec<PlanItem>,
    /// Who and what is to be looked after.
    pub looking_after: LookingAfter,
    /// Ids of documents that go with it, in their order.
    pub attached: Vec<Uuid>,
    /// Whether it can be read without unlocking the journal. Off until the person says so.
    pub opens_without_unlock: bool,
}

/// What can be read without unlocking, where the person allowed it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct OpenPlan {
    /// The plan.
    pub plan: Plan,
    /// Every support line.
    pub lines: Vec<SupportLine>,
}

/// One thing that keeps the person going.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Mainstay {
    /// Its id.
    pub id: Uuid,
    /// The person's words.
    pub text: String,
}

silent_debug!(PlanItem, LookingAfter, Plan, OpenPlan, Mainstay);

/// The plan for hard times and the support lines of the vault in this folder, without its key and without opening it: for the
/// screen before the lock. Nothing where the person did not allow that. It asks the key store for `cairn.plan-key` alone:
/// keep that secret where it can be read while the journal is locked.
#[uniffi::export]
pub async fn open_plan(config: VaultConfig, key_store: Arc<dyn KeyStore>) -> Result<Option<OpenPlan>, VaultError> {
    background("cairn-plan", move || {
        let config = CoreConfig::new(config.directory, config.device_name);
        let open = CoreVault::open_plan(&config, &key_store::Lent(key_store))?;
        Ok(open.map(|open| OpenPlan {
            plan: open.plan.into(),
            lines: open.lines.into_iter().map(SupportLine::from).collect(),
        }))
    })
    .await
}

#[uniffi::export]
impl Profile {
    /// The plan for hard times.
    pub async fn plan(&self) -> Result<Plan, VaultError> {
        Ok(self.0.plan().await?.into())
    }

    /// Keeps a line at the end of a list of the plan; answers its id.
    pub async fn add_plan_item(&self, list: PlanList, text: String) -> Result<Uuid, VaultError> {
        let id = self.0.add_plan_item(list.into(), text).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Changes the words of a line, or the list it stands in.
    pub async fn set_plan_item(&self, id: Uuid, list: PlanList, text: String) -> Result<(), VaultError> {
        Ok(self.0.set_plan_item(item_id(id), list.into(), text).await?)
    }

    /// Moves a line to stand before another one of its list, or last.
    #[uniffi::method(default(before = None))]
    pub async fn move_plan_item(&self, id: Uuid, before: Option<Uuid>) -> Result<(), VaultError> {
        Ok(self.0.move_plan_item(item_id(id), before.map(item_id)).await?)
    }

    /// Takes a line out of the plan.
    pub async fn remove_plan_item(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.remove_plan_item(item_id(id)).await?)
    }

    /// What keeps the person going, in their own words and order. Put a way to it beside the plan, and show it when they take that way: never
    /// by itself, in no notification and in nothing that is shared. It stays behind the lock where the plan opens without unlocking.
    pub async fn mainstays(&self) -> Result<Vec<Mainstay>, VaultError> {
        let all = self.0.mainstays().await?.into_iter();
        Ok(all
            .map(|one| Mainstay {
                id: Uuid::from_bytes(*one.id.as_bytes()),
                text: one.text,
            })
            .collect())
    }

    /// Keeps something that keeps the person going, at the end of their list; answers its id.
    pub async fn add_mainstay(&self, text: String) -> Result<Uuid, VaultError> {
        let id = self.0.add_mainstay(text).await?;
        Ok(Uuid::from_bytes(*id.as_bytes()))
    }

    /// Changes the words of one of them.
    pub async fn set_mainstay(&self, id: Uuid, text: String) -> Result<(), VaultError> {
        Ok(self.0.set_mainstay(mainstay_id(id), text).await?)
    }

    /// Moves one of them to stand before another one, or last.
    #[uniffi::method(default(before = None))]
    pub async fn move_mainstay(&self, id: Uuid, before: Option<Uuid>) -> Result<(), VaultError> {
        Ok(self.0.move_mainstay(mainstay_id(id), before.map(mainstay_id)).await?)
    }

    /// Takes one of them away.
    pub async fn remove_mainstay(&self, id: Uuid) -> Result<(), VaultError> {
        Ok(self.0.remove_mainstay(mainstay_id(id)).await?)
    }

    /// Says who and what is to be looked after.
    pub async fn set_looking_after(&self, said: LookingAfter) -> Result<(), VaultError> {
        let said = core::LookingAfter {
            children: said.children,
            pets: said.pets,
            home: said.home,
            work: said.work,
        };
        Ok(self.0.set_looking_after(said).await?)
    }

    /// Lets documents go with the plan, in this order, in place of those before.
    pub async fn set_plan_attached(&self, attached: Vec<Uuid>) -> Result<(), VaultError> {
        let attached = attached.into_iter().map(|id| AttachmentId::from_bytes(id.into_bytes()));
        Ok(self.0.set_plan_attached(attached.collect()).await?)
    }

    /// Lets the plan be read without unlocking the journal, on all the person's devices, or no more.
    pub async fn set_plan_opens(&self, opens: bool) -> Result<(), VaultError> {
        Ok(self.0.set_plan_opens(opens).await?)
    }
}

const fn item_id(id: Uuid) -> PlanItemId {
    PlanItemId::from_bytes(id.into_bytes())
}

const fn mainstay_id(id: Uuid) -> MainstayId {
    MainstayId::from_bytes(id.into_bytes())
}

impl From<core::Plan> for Plan {
    fn from(plan: core::Plan) -> Self {
        Self {
            items: plan
                .items
                .into_iter()
                .map(|item| PlanItem {
                    id: Uuid::from_bytes(*item.id.as_bytes()),
                    list: item.list.into(),
                    text: item.text,
                })
                .collect(),
            looking_after: LookingAfter {
                children: plan.looking_after.children,
                pets: plan.looking_after.pets,
                home: plan.looking_after.home,
                work: plan.looking_after.work,
            },
            attached: plan
                .attached
                .iter()
                .map(|id| Uuid::from_bytes(*id.as_bytes()))
                .collect(),
            opens_without_unlock: plan.opens_without_unlock,
        }
    }
}

impl From<core::PlanList> for PlanList {
    fn from(list: core::PlanList) -> Self {
        match list {
            core::PlanList::WhenOk => Self::WhenOk,
            core::PlanList::EverydayThings => Self::EverydayThings,
            core::PlanList::ThingsThatThrowMe => Self::ThingsThatThrowMe,
            core::PlanList::EarlySigns => Self::EarlySigns,
            core::PlanList::WhenItGetsHarder => Self::WhenItGetsHarder,
            core::PlanList::WhatIDoAlone => Self::WhatIDoAlone,
            core::PlanList::PeopleAndPlaces => Self::PeopleAndPlaces,
            core::PlanList::PeopleICanAsk => Self::PeopleICanAsk,
            core::PlanList::Services => Self::Services,
            core::PlanList::MakingThingsSafer => Self::MakingThingsSafer,
            core::PlanList::WhatIWant => Self::WhatIWant,
            core::PlanList::WhatIDontWant => Self::WhatIDontWant,
            core::PlanList::AfterItPasses => Self::AfterItPasses,
        }
    }
}

impl From<PlanList> for core::PlanList {
    fn from(list: PlanList) -> Self {
        match list {
            PlanList::WhenOk => Self::WhenOk,
            PlanList::EverydayThings => Self::EverydayThings,
            PlanList::ThingsThatThrowMe => Self::ThingsThatThrowMe,
            PlanList::EarlySigns => Self::EarlySigns,
            PlanList::WhenItGetsHarder => Self::WhenItGetsHarder,
            PlanList::WhatIDoAlone => Self::WhatIDoAlone,
            PlanList::PeopleAndPlaces => Self::PeopleAndPlaces,
            PlanList::PeopleICanAsk => Self::PeopleICanAsk,
            PlanList::Services => Self::Services,
            PlanList::MakingThingsSafer => Self::MakingThingsSafer,
            PlanList::WhatIWant => Self::WhatIWant,
            PlanList::WhatIDontWant => Self::WhatIDontWant,
            PlanList::AfterItPasses => Self::AfterItPasses,
        }
    }
}
