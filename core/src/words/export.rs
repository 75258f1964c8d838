//! In the files that leave: what each is, and the names of what stands around an entry.

use super::sentence::sentences;

sentences! {
    /// The first line of `README.txt`.
    README_TITLE = "export.readme.title", "This is your journal, as it was on {day} (UTC).";
    /// What opens it.
    README_OPENS = "export.readme.opens", "It opens without any app. These are text files, pictures and sounds.";
    /// The folder of entries.
    README_ENTRIES = "export.readme.entries",
        "entries/ has one file for each entry, by year and month. The lines on top say when it was. Your words come below.";
    /// Entries in the trash.
    README_TRASH = "export.readme.trash", "A line \"trashed\" on top means that the entry was in the trash.";
    /// The folder of attachments.
    README_ATTACHMENTS = "export.readme.attachments",
        "attachments/ has the photos, sounds and other files of your entries. Each entry names the ones that belong to it.";
    /// The profile.
    README_PROFILE = "export.readme.profile",
        "profile.md says what you prefer, plan.md is your plan for hard times, and settings.md has your hopes and questions. \
         The .json files say the same for programs.";
    /// What was shared.
    README_CONSENTS = "export.readme.consents",
        "consents/ has a receipt for each thing you shared, and says who saw it. relationships.json names the people you shared with.";
    /// What was said.
    README_CONVERSATIONS = "export.readme.conversations",
        "conversations/ has what you and each of them said and agreed on, and what you kept of it for yourself.";
    /// The manifest.
    README_MANIFEST = "export.readme.manifest",
        "manifest.json lists every file with its SHA-256 sum. So a file that was changed can be told from one that was not.";
    /// Taking it in again.
    README_AGAIN = "export.readme.again",
        "Cairn can take all of this in again. What is there already stays as it is. What was between you and others comes in to be read: its keys are in no file.";
    /// Who can read it.
    README_PRIVATE = "export.readme.private", "Whoever has these files can read them.";
    /// Above the names of attachments that were elsewhere.
    NOT_ON_THIS_DEVICE = "export.not_on_this_device", "These files were not on this device when the export was made:";
    /// The heading of the profile.
    PROFILE = "export.profile", "Preferences";
    /// A line of it: the tags of the languages.
    LANGUAGES = "export.languages", "Languages: {what}";
    /// The heading of the plan.
    PLAN = "export.plan", "Plan for hard times";
    /// The heading of what else is the participant's own.
    SETTINGS = "export.settings", "Hopes, questions and support lines";
    /// A part of it.
    HOPES = "export.hopes", "Hopes";
    /// A list in the settings.
    REMINDERS = "export.reminders", "Reminders";
    /// The same.
    QUESTIONS = "export.questions", "Questions";
    /// The same.
    SUPPORT_LINES = "export.support_lines", "Support lines";
    /// A stance.
    WANT = "export.stance.want", "wanted";
    /// A stance.
    OPEN_TO = "export.stance.open_to", "open to it";
    /// A stance.
    UNSURE = "export.stance.unsure", "not sure";
    /// A stance.
    NOT_NOW = "export.stance.not_now", "not now";
    /// A stance.
    NOT_FOR_ME = "export.stance.not_for_me", "not wanted";
    /// The heading of a conversation.
    WITH = "export.with", "With {who}";
    /// Somebody whose name is not known.
    SOMEBODY = "export.somebody", "somebody";
    /// Where it was taken in from an export.
    KEPT_FROM = "export.kept_from", "Kept from an export of {day}, to be read.";
    /// Below that, once: why it can't go on.
    KEPT_FROM_KEYS = "export.kept_from_keys",
        "Its keys are in no export, so nothing can be shown or said in it. What was shown then may still be shown. A device that had it then can stop it.";
    /// Above what both agreed on.
    AGREED = "export.agreed", "What was agreed on";
    /// Above what was shown.
    SHOWN = "export.shown", "What was shown";
    /// Above what was said.
    SAID = "export.said", "What was said";
    /// The participant, as the author of something.
    YOU = "export.you", "you";
    /// Above feedback that was not sent.
    FOR_YOU_ALONE = "export.for_you_alone", "What you kept for yourself";
    /// How it was.
    FELT_HEARD = "export.felt_heard", "Felt heard: {what}";
    /// The same.
    FELT_PUSHED = "export.felt_pushed", "Felt pushed: {what}";
    /// The name of a page to print.
    JOURNAL = "export.journal", "Journal";
    /// Above what stands around an entry.
    FEELINGS = "export.feelings", "Feelings";
    /// The same.
    PEOPLE = "export.people", "People";
    /// The same.
    PLACE = "export.place", "Place";
    /// The same.
    LIFE_AREAS = "export.life_areas", "Areas of life";
    /// The same.
    TAGS = "export.tags", "Tags";
    /// On an entry in the trash.
    IN_THE_TRASH = "export.in_the_trash", "In the trash.";
    /// In the place of an attachment that a page does not hold.
    NOT_IN_THIS_PAGE = "export.not_in_this_page", "Not in this page: {what}";
    /// After an export that anybody can open.
    DONE = "export.done", "Exported. Whoever has this file can read it.";
    /// After an export under a passphrase.
    DONE_SEALED = "export.done_sealed",
        "Exported. This file opens with its passphrase alone. A lost passphrase can't be found again.";
    /// After an export without some attachments.
    LEFT_HERE = "export.left_here", "Attachments that are not in it: {count}.";
    /// After an archive was taken in.
    TAKEN_IN = "export.taken_in", "Your archive is here now. What was here before is unchanged.";
    /// Below that, where it held anything of other people.
    PEOPLE_TAKEN_IN = "export.people_taken_in",
        "What was between you and others is here to be read. To share with them again, invite them anew.";
}

/// The whole of `README.txt`.
pub fn readme(day: &str) -> String {
    let title = README_TITLE.with(&[("day", day)]);
    let parts = [
        README_ENTRIES,
        README_TRASH,
        README_ATTACHMENTS,
        README_PROFILE,
        README_CONSENTS,
        README_CONVERSATIONS,
        README_MANIFEST,
    ];
    let parts: Vec<&str> = parts.iter().map(|part| part.text).collect();
    format!(
        "{title}\n{README_OPENS}\n\n{}\n\n{README_AGAIN}\n{README_PRIVATE}\n",
        parts.join("\n")
    )
}
