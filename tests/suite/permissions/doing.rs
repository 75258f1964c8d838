//! Every call that names something of a relationship, as whoever has this vault calls it.

use super::Who;
use super::lives::{DAY, ZONE};
use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, LineId, MeetingId, MessageId, RelationshipId, ShareId, ThingId};
use cairn_core::profile::DefaultSection;
use cairn_core::support::{
    About, Agreement, ContactHours, Decision, Feedback, FeltHeard, FeltPushed, Mask, MeetingPart, SelfReflection,
    Whose, Wishes,
};
use cairn_core::vault::{Error, NewMessage, Reply, Vault};
use cairn_tests::{declaration, plain_share};
use std::collections::BTreeSet;

/// What there is to be named.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) id: RelationshipId,
    pub(super) entry: EntryId,
    pub(super) share: ShareId,
    /// A message in which a strength is named.
    pub(super) message: MessageId,
    /// A message of one's own that has not left.
    pub(super) waiting: MessageId,
    pub(super) proposal: MessageId,
    /// A message that is an open question.
    pub(super) question: MessageId,
    pub(super) feedback: ThingId,
    pub(super) meeting: MeetingId,
    /// A line of one's own on its page.
    pub(super) line: LineId,
    /// An agreement that the other has proposed.
    pub(super) agreement: [u8; 32],
    pub(super) says: NewMessage,
}

/// A call by its name, and whether it did or found anything.
pub(super) type Call = (&'static str, fn(&Vault, &Names) -> Result<bool, Error>);

/// Whether a call that changes something went through.
pub(super) fn done<T>(reply: Reply<T>) -> Result<bool, Error> {
    reply.wait().map(|_| true)
}

/// Whether a call that reads found something.
pub(super) fn found<T>(reply: Reply<T>, is_there: impl Fn(&T) -> bool) -> Result<bool, Error> {
    reply.wait().map(|found| is_there(&found))
}

fn feedback(about: MessageId) -> Feedback {
    Feedback {
        about: Some(About::Message(about)),
        heard: FeltHeard::Unsaid,
        pushed: FeltPushed::Unsaid,
        words: "Why?".to_owned(),
    }
}

/// The calls that are there for these in a relationship.
pub(super) fn calls_of(who: Who) -> &'static [Call] {
    match who {
        Who::Own => &[],
        Who::Both => BOTHS,
        Who::Participant => PARTICIPANTS,
        Who::Specialist => SPECIALISTS,
        Who::Silent => SILENT,
    }
}

const PARTICIPANTS: &[Call] = &[
    ("Support::share", |vault, names| {
        done(vault.support().share(plain_share(names.id, names.entry)))
    }),
    ("Support::as_shown", |vault, names| {
        done(vault.support().as_shown(names.share))
    }),
    ("Support::narrow", |vault, names| {
        let less = Mask {
            title: false,
            ..Mask::default()
        };
        done(vault.support().narrow(names.share, less, None))
    }),
    ("Support::revoke", |vault, names| {
        done(vault.support().revoke(names.share))
    }),
    ("Support::keep_proposal", |vault, names| {
        done(
            vault
                .support()
                .keep_proposal(names.id, names.proposal, DefaultSection::Strengths.id()),
        )
    }),
    ("Support::keep_strength", |vault, names| {
        done(vault.support().keep_strength(names.id, names.message))
    }),
    ("Support::keep_question", |vault, names| {
        done(vault.support().keep_question(names.id, names.question))
    }),
    ("Support::show_sections", |vault, names| {
        done(vault.support().show_sections(names.id, BTreeSet::new()))
    }),
    ("Support::begin_meeting", |vault, names| {
        done(vault.support().begin_meeting(names.id, DAY))
    }),
    ("Support::take_back_meeting", |vault, names| {
        done(vault.support().take_back_meeting(names.id, names.meeting))
    }),
    ("Support::set_wishes", |vault, names| {
        let wishes = Wishes {
            when_quiet: "Leave me.".to_owned(),
            ..Wishes::default()
        };
        done(vault.support().set_wishes(names.id, wishes))
    }),
    ("Support::set_contact_hours", |vault, names| {
        let hours = ContactHours {
            daily_max: Some(1),
            ..ContactHours::default()
        };
        done(vault.support().set_contact_hours(names.id, hours))
    }),
    ("Support::keep_feedback", |vault, names| {
        done(vault.support().keep_feedback(names.id, feedback(names.message)))
    }),
    ("Support::felt_like_pressure", |vault, names| {
        done(vault.support().felt_like_pressure(names.id, names.message))
    }),
    ("Support::send_feedback", |vault, names| {
        done(vault.support().send_feedback(names.id, names.feedback))
    }),
    ("Support::forget_feedback", |vault, names| {
        done(vault.support().forget_feedback(names.id, names.feedback))
    }),
    ("Support::end_keeping", |vault, names| {
        done(
            vault
                .support()
                .end_keeping(names.id, "Go well.".to_owned(), Vec::new(), Timestamp(i64::MAX)),
        )
    }),
];

const SPECIALISTS: &[Call] = &[
    ("Support::declare", |vault, names| {
        done(vault.support().declare(names.id, declaration()))
    }),
    ("Support::open_preferences", |vault, names| {
        found(vault.support().open_preferences(names.id), Option::is_some)
    }),
    ("Support::open_gated", |vault, names| {
        done(vault.support().open_gated(names.share))
    }),
    ("Support::open_shared", |vault, names| {
        done(vault.support().open_shared(names.share))
    }),
    ("Support::read_shared_attachment", |vault, names| {
        done(vault.support().read_shared_attachment(names.share, 0, 0, 1))
    }),
    ("Support::reflect", |vault, names| {
        let reflection = SelfReflection::new(Whose::Theirs, Decision::Share);
        done(vault.support().reflect(names.id, reflection))
    }),
    ("Support::own_stories", |vault, names| {
        found(vault.support().own_stories(names.id, 5), |(_, said)| *said > 0)
    }),
];

const SILENT: &[Call] = &[
    ("Support::contact_hours", |vault, names| {
        found(vault.support().contact_hours(names.id), |hours| {
            *hours != ContactHours::default()
        })
    }),
    ("Support::feedback", |vault, names| {
        found(vault.support().feedback(names.id), |all| !all.is_empty())
    }),
];

const BOTHS: &[Call] = &[
    ("Support::messages", |vault, names| {
        found(vault.support().messages(names.id, ZONE.to_owned(), None, 9), |all| {
            !all.is_empty()
        })
    }),
    ("Support::say", |vault, names| {
        done(vault.support().say(names.id, names.says.clone()))
    }),
    ("Support::unsay", |vault, names| {
        done(vault.support().unsay(names.id, names.waiting))
    }),
    ("Support::wishes", |vault, names| {
        found(vault.support().wishes(names.id), |wishes| *wishes != Wishes::default())
    }),
    ("Support::propose", |vault, names| {
        let agreement = Agreement {
            closing_words: true,
            ..Agreement::default()
        };
        done(vault.support().propose(names.id, agreement))
    }),
    ("Support::accept_agreement", |vault, names| {
        done(vault.support().accept_agreement(names.id, names.agreement))
    }),
    ("Support::meetings", |vault, names| {
        found(vault.support().meetings(names.id), |all| !all.is_empty())
    }),
    ("Support::write_line", |vault, names| {
        let words = "The bus.".to_owned();
        done(
            vault
                .support()
                .write_line(names.id, names.meeting, MeetingPart::Notes, words, None),
        )
    }),
    ("Support::change_line", |vault, names| {
        done(
            vault
                .support()
                .change_line(names.id, names.meeting, names.line, "The train.".to_owned()),
        )
    }),
    ("Support::take_line_away", |vault, names| {
        done(vault.support().take_line_away(names.id, names.meeting, names.line))
    }),
    ("Support::pause", |vault, names| done(vault.support().pause(names.id))),
    ("Support::go_on", |vault, names| done(vault.support().go_on(names.id))),
    ("Support::end", |vault, names| {
        done(vault.support().end(names.id, "Go well.".to_owned()))
    }),
    ("Support::move_person", |vault, names| {
        done(vault.support().move_person(names.id, None))
    }),
    ("Support::sent_feedback", |vault, names| {
        found(vault.support().sent_feedback(names.id, ZONE.to_owned()), |all| {
            !all.is_empty()
        })
    }),
    ("Support::receipt", |vault, names| {
        done(vault.support().receipt(names.share))
    }),
];
