//! Names of the parts of a plan for hard times, in the participant's voice.

use super::sentence::sentences;

sentences! {
    /// The part `how_i_am_when_ok`.
    HOW_I_AM_WHEN_OK = "plan.how_i_am_when_ok", "How I am when I am all right";
    /// The part `everyday_things`.
    EVERYDAY_THINGS = "plan.everyday_things", "Everyday things";
    /// The part `things_that_throw_me`.
    THINGS_THAT_THROW_ME = "plan.things_that_throw_me", "Things that throw me";
    /// The part `early_signs`.
    EARLY_SIGNS = "plan.early_signs", "Early signs";
    /// The part `when_it_gets_harder`.
    WHEN_IT_GETS_HARDER = "plan.when_it_gets_harder", "When it gets harder";
    /// The part `what_i_do_alone`.
    WHAT_I_DO_ALONE = "plan.what_i_do_alone", "What I do on my own";
    /// The part `people_places_that_take_me_out_of_it`.
    PEOPLE_PLACES_THAT_TAKE_ME_OUT_OF_IT = "plan.people_places_that_take_me_out_of_it", "People and places that take me out of it";
    /// The part `people_i_can_ask`.
    PEOPLE_I_CAN_ASK = "plan.people_i_can_ask", "People I can ask";
    /// The part `services`.
    SERVICES = "plan.services", "Services";
    /// The part `making_things_safer`.
    MAKING_THINGS_SAFER = "plan.making_things_safer", "Making things safer";
    /// The part `what_i_want_from_others`.
    WHAT_I_WANT_FROM_OTHERS = "plan.what_i_want_from_others", "What I want from others";
    /// The part `what_i_dont_want`.
    WHAT_I_DONT_WANT = "plan.what_i_dont_want", "What I don't want";
    /// The part `after_it_passes`.
    AFTER_IT_PASSES = "plan.after_it_passes", "After it passes";
    /// The part `children`.
    CHILDREN = "plan.children", "Looking after children";
    /// The part `pets`.
    PETS = "plan.pets", "Looking after animals";
    /// The part `home`.
    HOME = "plan.home", "Looking after the place I live in";
    /// The part `work`.
    WORK = "plan.work", "Looking after work";
    /// The list beside the plan.
    KEEPS_ME_GOING = "plan.keeps_me_going", "What keeps me going";
    /// Before the plan, where it is read without unlocking the journal.
    OPENS_HERE = "status.plan_opens", "This plan opens without unlocking your journal. You can switch that off in the plan.";
    /// A plan with nothing in it.
    EMPTY = "status.plan_empty", "Nothing is in the plan yet. You can put in any part of it, in any order.";
    /// A list of what keeps one going with nothing in it.
    KEEPS_EMPTY = "status.keeps_me_going_empty", "Nothing is in this list yet. It is yours alone, and comes up when you ask for it.";
}

/// The name of the part of a plan with this code.
pub fn plan_part(code: &str) -> Option<&'static str> {
    let id = format!("plan.{code}");
    ALL.iter()
        .find(|sentence| sentence.id == id)
        .map(|sentence| sentence.text)
}
