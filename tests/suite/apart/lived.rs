//! What a participant lives through with each of those beside them: everything that two people can say, show and do there.

use crate::attachments::keep;
use cairn_core::id::{EntryId, MessageId, RelationshipId, SectionId, ShareId};
use cairn_core::journal::{Draft, Place};
use cairn_core::profile::{Address, DefaultSection, Stance, StatementDraft};
use cairn_core::record::Kind;
use cairn_core::store::SpaceRow;
use cairn_core::support::{
    About, Agreement, Decision, Declaration, End, Feedback, FeltHeard, FeltPushed, Introduction, LivedExperience, Mask,
    MeetingPart, NoticeChoice, Offered, PriorConnection, Resource, Saying, SelfReflection, SupportWanted, When, Whose,
    Wishes,
};
use cairn_core::vault::{Error, Handshake, NewMessage, NewShare, entry_for_editing};
use cairn_tests::{Device, Overheard, World, draft, plain_share};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::io::Read as _;

/// What stands in every word that is the participant's alone.
pub(super) const ALONE: &str = "Pumicenightingale";
/// What stands in every word of a relationship.
const WORDS: [&str; 2] = ["Dotterelsextant", "Ammonitegondola"];

/// The kinds of record that a relationship has.
pub(super) const IS_OF_TWO: [Kind; 11] = [
    Kind::SupportLink,
    Kind::SharedView,
    Kind::ConsentStop,
    Kind::SharedProfile,
    Kind::Declaration,
    Kind::Agreement,
    Kind::Acceptance,
    Kind::AccessEvent,
    Kind::Message,
    Kind::Wishes,
    Kind::MeetingPage,
];

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A specialist beside the participant.
pub(super) struct Beside {
    pub(super) device: Device,
    pub(super) id: RelationshipId,
    pub(super) theirs: RelationshipId,
    pub(super) word: &'static str,
    section: SectionId,
    entry: EntryId,
    /// What is shown: whole, behind a gate, following edits, and what both specialists are shown.
    shares: Vec<ShareId>,
    said: Vec<MessageId>,
    files: Vec<Vec<u8>>,
}

/// What a word of this relationship says.
fn in_words_of(word: &str, what: &str) -> String {
    format!("{word} {what}.")
}

impl Beside {
    fn words(&self, what: &str) -> String {
        in_words_of(self.word, what)
    }

    /// The space that is shared with the participant, as this device has it.
    pub(super) fn space(&self) -> SpaceRow {
        let spaces = self.device.engine.store().view().spaces().unwrap();
        spaces
            .into_iter()
            .find(|row| row.relationship == Some(self.theirs))
            .unwrap()
    }

    /// What was read of the files that were shown.
    pub(super) fn shown_files(&self) -> Vec<Vec<u8>> {
        self.files.clone()
    }

    fn says(&mut self, new: NewMessage) -> MessageId {
        let said = self.device.engine.say_message(self.theirs, new).unwrap();
        self.said.push(said);
        said
    }
}

pub(super) struct Lives {
    pub(super) world: World,
    pub(super) overheard: Overheard,
    pub(super) phone: Device,
    pub(super) besides: Vec<Beside>,
    /// Names of what the participant shows nobody.
    pub(super) alone: Vec<[u8; 16]>,
    /// The one entry that everybody is shown.
    pub(super) common: EntryId,
}

impl Lives {
    /// The participant's row of the space with one of them.
    pub(super) fn space_with(&self, who: usize) -> SpaceRow {
        let spaces = self.phone.engine.store().view().spaces().unwrap();
        let id = self.besides[who].id;
        spaces.into_iter().find(|row| row.relationship == Some(id)).unwrap()
    }

    /// Does that with each of them, one after the other, and lets everybody hear of it.
    fn with_each(&mut self, step: fn(&World, &mut Device, &mut Beside, EntryId)) {
        for beside in &mut self.besides {
            step(&self.world, &mut self.phone, beside, self.common);
        }
        for _ in 0..2 {
            self.phone.sync(&self.world);
            for beside in &mut self.besides {
                beside.device.sync(&self.world);
            }
        }
        self.world.clock.advance_ms(DAY_MS / 4);
    }
}

fn meets(world: &World, phone: &mut Device, seed: u64, word: &'static str) -> Beside {
    let mut device = Device::new(world, seed, &in_words_of(word, "device"));
    device.connect(world);
    let (id, code) = phone.engine.invite(&in_words_of(word, "participant")).unwrap();
    let theirs = device.engine.accept(&code, &in_words_of(word, "specialist")).unwrap();
    phone.shake_hands(world, Handshake::Invite, &mut device, Handshake::Accept);
    let section = phone.engine.add_section(&in_words_of(word, "section")).unwrap();
    let statement = StatementDraft {
        stance: Some(Stance::Want),
        is_shareable: true,
        ..StatementDraft::new(in_words_of(word, "statement"))
    };
    phone.engine.write_statement(section, statement).unwrap();
    let file = keep(&mut phone.engine, in_words_of(word, "file").as_bytes());
    let file = cairn_core::journal::Attachment {
        alt_text: in_words_of(word, "caption"),
        ..file
    };
    let written = Draft {
        title: in_words_of(word, "title"),
        tags: vec![in_words_of(word, "tag")],
        feelings: vec![in_words_of(word, "feeling")],
        people: vec![in_words_of(word, "person")],
        place: Some(Place {
            label: in_words_of(word, "place"),
            position: None,
        }),
        attachments: vec![file],
        ..draft(&world.clock, &in_words_of(word, "body"))
    };
    let entry = phone.engine.write(written).unwrap();
    Beside {
        device,
        id,
        theirs,
        word,
        section,
        entry,
        shares: Vec::new(),
        said: Vec::new(),
        files: Vec::new(),
    }
}

fn declares(_: &World, _: &mut Device, beside: &mut Beside, _: EntryId) {
    let declaration = Declaration {
        version: 0,
        prior_connection: PriorConnection::Other,
        prior_words: beside.words("prior"),
        confidentiality_limits: beside.words("limits"),
        experience: vec![beside.words("experience")],
        introduction: Introduction {
            pronouns: beside.words("pronouns"),
            organisation: beside.words("organisation"),
            certification: beside.words("certification"),
            languages: vec!["ase".to_owned()],
        },
    };
    beside.device.engine.declare(beside.theirs, declaration).unwrap();
    let agreement = Agreement {
        answers: std::array::from_fn(|at| beside.words(&format!("answer {at}"))),
        closing_words: true,
        ..Agreement::default()
    };
    beside.device.engine.propose(beside.theirs, agreement).unwrap();
}

fn agrees(_: &World, phone: &mut Device, beside: &mut Beside, _: EntryId) {
    let cards = phone.engine.relationship_cards().unwrap();
    let card = cards.iter().find(|card| card.relationship.id == beside.id).unwrap();
    phone
        .engine
        .accept_agreement(beside.id, &card.terms.proposals[0].hash)
        .unwrap();
    let another = Agreement {
        answers: std::array::from_fn(|at| beside.words(&format!("other answer {at}"))),
        closing_words: true,
        ..Agreement::default()
    };
    phone.engine.propose(beside.id, another).unwrap();
}

fn shows(_: &World, phone: &mut Device, beside: &mut Beside, common: EntryId) {
    let agreed = beside.device.card().terms.proposals[1].hash;
    beside.device.engine.accept_agreement(beside.theirs, &agreed).unwrap();
    let sections = BTreeSet::from([beside.section, DefaultSection::Address.id()]);
    phone.engine.show_sections(beside.id, &sections).unwrap();
    let wishes = Wishes {
        lived_experience: LivedExperience::AskFirst,
        off_limits: vec![beside.words("off limits")],
        when_quiet: beside.words("when quiet"),
        ..Wishes::default()
    };
    phone.engine.set_wishes(beside.id, wishes).unwrap();
    let all = Mask {
        feelings: true,
        tags: true,
        attachments: true,
        captions: true,
        people: true,
        place: true,
        when: When::Exact,
        ..Mask::default()
    };
    let whole = NewShare {
        mask: all,
        purpose: beside.words("purpose"),
        notice: NoticeChoice::Own(beside.words("notice")),
        wanted: Some(SupportWanted::LISTENING),
        ..plain_share(beside.id, beside.entry)
    };
    let until = phone.engine.now().plus_ms(20 * DAY_MS);
    let gated = NewShare {
        gated: true,
        end: End::At(until),
        ..whole.clone()
    };
    let follows = NewShare {
        follow_edits: true,
        mask: Mask::default(),
        ..whole.clone()
    };
    let common = NewShare {
        mask: Mask::default(),
        ..plain_share(beside.id, common)
    };
    for new in [whole, gated, follows, common] {
        beside.shares.push(phone.engine.share(new).unwrap());
    }
}

fn opens(world: &World, phone: &mut Device, beside: &mut Beside, _: EntryId) {
    let engine = &mut beside.device.engine;
    engine.open_preferences(beside.theirs).unwrap().unwrap();
    for share in [0, 2, 3].map(|at| beside.shares[at]) {
        engine.open_shared(share).unwrap();
    }
    let shut = engine.open_shared(beside.shares[1]);
    assert!(matches!(shut, Err(Error::GateShut)));
    beside.device.sync(world);
    beside.device.engine.open_gated(beside.shares[1]).unwrap();
    let (_, version) = entry_for_editing(phone.engine.store().view(), beside.entry)
        .unwrap()
        .unwrap();
    let edited = Draft {
        title: beside.words("title"),
        ..draft(&world.clock, &beside.words("later body"))
    };
    phone.engine.revise(beside.entry, &version, edited).unwrap();
}

fn talk(world: &World, phone: &mut Device, beside: &mut Beside, _: EntryId) {
    let mut bytes = Vec::new();
    let mut file = beside
        .device
        .engine
        .open_shared_attachment(beside.shares[0], 0)
        .unwrap();
    file.read_to_end(&mut bytes).unwrap();
    beside.files.push(bytes);
    let about = About::Share(beside.shares[0]);
    let heard = Saying::Acknowledgement {
        strength: beside.words("strength"),
    };
    let heard = beside.says(NewMessage::new(heard, beside.words("heard")).about(about));
    beside.says(NewMessage::new(Saying::OpenQuestion, beside.words("question")).about(about));
    let offer = Saying::Offer(Offered::LivedExperience);
    let offer = beside.says(NewMessage {
        topics: vec![beside.words("topic")],
        ..NewMessage::new(offer, beside.words("offer")).about(about)
    });
    let resource = Resource {
        title: beside.words("book"),
        what_it_is: beside.words("what it is"),
        cost: beside.words("cost"),
        why: beside.words("why"),
        ..Resource::default()
    };
    beside.says(
        NewMessage::new(
            Saying::Resource {
                resource,
                accepted: None,
            },
            beside.words("resource"),
        )
        .about(about),
    );
    beside.says(NewMessage::new(Saying::Practical, beside.words("practical")));
    beside.device.sync(world);
    phone.sync(world);
    for (saying, words, about) in [
        (
            Saying::Correction,
            beside.words("correction"),
            Some(About::Message(heard)),
        ),
        (Saying::Yes, String::new(), Some(About::Message(offer))),
        (Saying::Words, beside.words("words"), None),
        (Saying::Ask(SupportWanted::IDEAS), beside.words("ask"), None),
        (Saying::AskForProposal, String::new(), None),
    ] {
        let new = NewMessage {
            about,
            ..NewMessage::new(saying, words)
        };
        beside.said.push(phone.engine.say_message(beside.id, new).unwrap());
    }
    let feedback = Feedback {
        about: Some(About::Message(heard)),
        heard: FeltHeard::ALittle,
        pushed: FeltPushed::QuiteABit,
        words: beside.words("feedback"),
    };
    let kept = phone.engine.keep_feedback(beside.id, feedback.clone()).unwrap();
    beside.said.push(phone.engine.send_feedback(beside.id, kept).unwrap());
    phone
        .engine
        .keep_feedback(
            beside.id,
            Feedback {
                words: beside.words("kept to myself"),
                ..feedback
            },
        )
        .unwrap();
    // What was shown to the participant can be kept.
    phone.engine.messages(beside.id, chrono_tz::Tz::UTC, None, 9).unwrap();
    phone.engine.keep_strength(beside.id, heard).unwrap();
}

fn answers(_: &World, _: &mut Device, beside: &mut Beside, _: EntryId) {
    let [.., offered, _, _, _, _, _, _, asked, feedback] = beside.said[..] else {
        panic!("they have talked")
    };
    let reflection = SelfReflection {
        words: beside.words("reflection"),
        ..SelfReflection::new(Whose::Theirs, Decision::Share)
    };
    let reflection = beside.device.engine.reflect(beside.theirs, &reflection).unwrap();
    let story = Saying::LivedExperience {
        accepted: Some(offered),
        ask_back: beside.words("ask back"),
    };
    let about = About::Share(beside.shares[0]);
    let story = NewMessage {
        reflection: Some(reflection),
        ..NewMessage::new(story, beside.words("story")).about(about)
    };
    beside.says(story);
    beside.says(NewMessage::new(Saying::Proposal { asked }, beside.words("proposal")));
    let response = Saying::ResponseToFeedback {
        differently: beside.words("differently"),
    };
    beside.says(NewMessage::new(response, beside.words("response")).about(About::Message(feedback)));
}

fn meet_again(world: &World, phone: &mut Device, beside: &mut Beside, _: EntryId) {
    let proposal = beside.said[beside.said.len() - 2];
    phone.engine.messages(beside.id, chrono_tz::Tz::UTC, None, 9).unwrap();
    phone.engine.keep_proposal(beside.id, proposal, beside.section).unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let meeting = phone.engine.begin_meeting(beside.id, day).unwrap();
    phone.sync(world);
    beside.device.sync(world);
    let (part, notes) = (MeetingPart::Agenda, MeetingPart::Notes);
    phone
        .engine
        .write_line(beside.id, meeting, part, &beside.words("agenda"), None)
        .unwrap();
    let line = beside.words("notes");
    beside
        .device
        .engine
        .write_line(beside.theirs, meeting, notes, &line, None)
        .unwrap();
}

fn show_less(_: &World, phone: &mut Device, beside: &mut Beside, _: EntryId) {
    phone
        .engine
        .narrow(
            beside.shares[0],
            Mask {
                title: false,
                ..Mask::default()
            },
            None,
        )
        .unwrap();
    phone.engine.revoke(beside.shares[1]).unwrap();
    beside.device.engine.pause_relationship(beside.theirs, true).unwrap();
}

fn go_on(_: &World, _: &mut Device, beside: &mut Beside, _: EntryId) {
    beside.device.engine.pause_relationship(beside.theirs, false).unwrap();
}

fn end(_: &World, phone: &mut Device, beside: &mut Beside, _: EntryId) {
    let until = phone.engine.now().plus_ms(5 * DAY_MS);
    let goodbye = beside.words("goodbye");
    phone
        .engine
        .end_keeping(beside.id, &goodbye, &beside.shares[3..], until)
        .unwrap();
}

fn say_goodbye(_: &World, _: &mut Device, beside: &mut Beside, _: EntryId) {
    beside.says(NewMessage::new(Saying::Closing, beside.words("closing")));
}

/// Everything, with so many specialists beside one participant.
pub(super) fn lives(seed: u64, count: usize) -> Lives {
    let world = World::new(seed);
    let overheard = world.overhear();
    let mut phone = Device::new(&world, seed, ALONE);
    phone.connect(&world);
    let mut tablet = Device::new(&world, seed, &in_words_of(ALONE, "tablet"));
    phone.pair(&world, &mut tablet);
    let engine = &mut phone.engine;
    let address = Address {
        name: "Mari".to_owned(),
        name_is_shareable: true,
        pronouns: in_words_of(ALONE, "pronouns"),
        ..Address::default()
    };
    engine.set_address(&address).unwrap();
    let unshown = engine.add_section(&in_words_of(ALONE, "section")).unwrap();
    let statement = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new(in_words_of(ALONE, "statement"))
    };
    let statement = engine.write_statement(unshown, statement).unwrap();
    let hidden = phone.write(&in_words_of(ALONE, "entry"));
    let common = phone.write("The bus was late.");
    let mut lives = Lives {
        alone: vec![*unshown.as_bytes(), *statement.as_bytes(), *hidden.as_bytes()],
        overheard,
        besides: Vec::new(),
        common,
        phone,
        world,
    };
    for (at, word) in (seed..).zip(WORDS).take(count) {
        let beside = meets(&lives.world, &mut lives.phone, 10 + at, word);
        lives.besides.push(beside);
    }
    for step in [
        declares, agrees, shows, opens, talk, answers, meet_again, show_less, go_on,
    ] {
        lives.with_each(step);
    }
    // Whoever was removed had the keys of both: each gets others, and a persona of its own.
    let removed = tablet.id();
    lives.phone.engine.remove_device(removed).unwrap();
    lives.with_each(|_, _, _, _| {});
    for step in [end, say_goodbye] {
        lives.with_each(step);
    }
    lives
}
