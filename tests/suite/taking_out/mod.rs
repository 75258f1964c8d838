//! What two people said, agreed on and saw: out into an export, and in again to be read.

mod again;
mod least;
mod out;

use cairn_core::crypto;
use cairn_core::exchange::{ExportFormat, ExportOptions};
use cairn_core::id::{DocumentId, MessageId, ShareId, ThingId};
use cairn_core::record;
use cairn_core::store::{SaidRow, Store, StoreConfig};
use cairn_core::support::{
    About, Agreement, ContactHours, Decision, Feedback, FeltHeard, FeltPushed, LivedExperience, MeetingPart, Message,
    Offered, Question, Resource, Role, Saying, SelfReflection, SupportWanted, Whose, Wishes,
};
use cairn_core::vault::{KeyStore as _, MemoryKeyStore, NewMessage, Restored, VAULT_KEY, Vault, VaultConfig};
use cairn_tests::{Device, KEY, Two, World, plain_share};
use cairn_wire::SpaceId;
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::sync::Arc;

/// Words that are in no export.
const WITHHELD: &str = "canary of an offer nobody took up";
const UNFIT: &str = "canary of what did not fit";
const REFLECTED: &str = "canary of a look at oneself";

/// Two who have gone some way together.
struct Story {
    two: Two,
    shares: [ShareId; 2],
    heard: MessageId,
    feedback: ThingId,
}

fn say(device: &mut Device, new: NewMessage) -> MessageId {
    let id = device.card().relationship.id;
    device.engine.say_message(id, new).unwrap()
}

fn about(saying: Saying, words: &str, id: MessageId) -> NewMessage {
    NewMessage::new(saying, words).about(About::Message(id))
}

/// Whatever is said goes out from a specialist's device as if its app held it against nothing.
fn say_unchecked(dee: &Device, words: &str) {
    let space = dee.card().relationship.space.map(SpaceId::from_bytes).unwrap();
    let message = Message {
        saying: Saying::Practical,
        body: words.to_owned(),
        about: Some(About::Message(MessageId::from_bytes([9; 16]))),
        preferences: 0,
        topics: Vec::new(),
        sent: dee.engine.now(),
    };
    let row = SaidRow {
        space,
        document: DocumentId::from_bytes([77; 16]),
        kind: record::Kind::Message.number(),
        side: Role::Specialist.side(),
        seq: 0,
        received: dee.engine.now(),
        content: record::encode_message(&message),
        verdict: Some(0),
        shown: None,
    };
    let mut store = Store::open(&StoreConfig::new(dee.folder()), &KEY).unwrap();
    store.write(|tx| tx.put_said(&row)).unwrap();
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut two = Two::agreed(seed);
        let mut agreement = Agreement {
            closing_words: true,
            ..Agreement::default()
        };
        agreement.answers[Question::WantFromThis.place()] = "Somebody who does not hurry me.".to_owned();
        let hash = two.phone.engine.propose(two.id, agreement).unwrap();
        two.settle();
        two.dee.engine.accept_agreement(two.theirs, &hash).unwrap();
        let wishes = Wishes {
            lived_experience: LivedExperience::AskFirst,
            off_limits: vec!["my brother".to_owned()],
            when_quiet: "Leave me be.".to_owned(),
            ..Wishes::default()
        };
        two.phone.engine.set_wishes(two.id, wishes).unwrap();
        let entries = ["The night.", "The morning."].map(|words| two.phone.write(words));
        let shares = entries.map(|entry| {
            let mut new = plain_share(two.id, entry);
            new.wanted = Some(SupportWanted::IDEAS.and(SupportWanted::COMPANY));
            new.purpose = "So that you know how it was.".to_owned();
            two.phone.engine.share(new).unwrap()
        });
        two.settle();
        for share in shares {
            two.dee.engine.open_shared(share).unwrap();
        }
        let strength = "You stayed.".to_owned();
        let heard = NewMessage::new(Saying::Acknowledgement { strength }, "I hear that you were tired.");
        let heard = say(&mut two.dee, heard.about(About::Share(shares[0])));
        let mut story = Self {
            two,
            shares,
            heard,
            feedback: ThingId::from_bytes([0; 16]),
        };
        story.they_talk();
        story
    }

    fn step(&mut self) {
        self.two.world.clock.advance_ms(60_000);
        self.two.settle();
        let id = self.two.id;
        self.two
            .phone
            .engine
            .messages(id, chrono_tz::Tz::UTC, None, 200)
            .unwrap();
    }

    fn they_meet(&mut self) {
        let (id, theirs) = (self.two.id, self.two.theirs);
        let day = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        let meeting = self.two.phone.engine.begin_meeting(id, day).unwrap();
        self.step();
        let (phone, dee) = (&mut self.two.phone.engine, &mut self.two.dee.engine);
        phone
            .write_line(id, meeting, MeetingPart::Agenda, "The bus.", None)
            .unwrap();
        dee.write_line(theirs, meeting, MeetingPart::Notes, "It is long.", None)
            .unwrap();
        self.step();
    }

    fn they_talk(&mut self) {
        self.step();
        say(&mut self.two.phone, NewMessage::new(Saying::Words, "It was long."));
        self.step();
        let offer = NewMessage::new(
            Saying::Offer(Offered::LivedExperience),
            "I could tell you how it was for me.",
        );
        let offer = say(&mut self.two.dee, offer);
        self.step();
        // What was said a while ago is corrected: it stands with what it corrects all the same.
        let correction = about(Saying::Correction, "Not tired: angry.", self.heard);
        say(&mut self.two.phone, correction);
        let yes = say(&mut self.two.phone, about(Saying::Yes, "", offer));
        let ask = Saying::Ask(SupportWanted::QUESTIONS.and(SupportWanted::IDEAS));
        say(&mut self.two.phone, NewMessage::new(ask, "Ask me something."));
        self.step();
        assert_ne!(yes, offer);
        let reflection = SelfReflection {
            words: REFLECTED.to_owned(),
            ..SelfReflection::new(Whose::Theirs, Decision::Share)
        };
        let reflection = self.two.dee.engine.reflect(self.two.theirs, &reflection).unwrap();
        let story = Saying::LivedExperience {
            accepted: Some(offer),
            ask_back: "How is that to hear?".to_owned(),
        };
        let mut story = about(story, "I walked at night, too.", offer);
        story.reflection = Some(reflection);
        say(&mut self.two.dee, story);
        let resource = Resource {
            title: WITHHELD.to_owned(),
            what_it_is: "A walk.".to_owned(),
            ..Resource::default()
        };
        let nobody_asked = Saying::Resource {
            resource,
            accepted: None,
        };
        say(&mut self.two.dee, NewMessage::new(nobody_asked, WITHHELD));
        say_unchecked(&self.two.dee, UNFIT);
        self.step();
        let kept = Feedback {
            about: Some(About::Message(self.heard)),
            heard: FeltHeard::ALittle,
            pushed: FeltPushed::NotAtAll,
            words: "I would have liked a question.".to_owned(),
        };
        self.feedback = self.two.phone.engine.keep_feedback(self.two.id, kept).unwrap();
        let hours = ContactHours {
            daily_max: Some(5),
            ..ContactHours::default()
        };
        self.two.phone.engine.set_contact_hours(self.two.id, &hours).unwrap();
        self.they_meet();
        let less = cairn_core::support::Mask {
            title: false,
            ..cairn_core::support::Mask::default()
        };
        self.two.phone.engine.narrow(self.shares[0], less, None).unwrap();
        self.two.phone.engine.revoke(self.shares[1]).unwrap();
        self.step();
        say(
            &mut self.two.phone,
            NewMessage::new(Saying::Words, "This has not left."),
        );
    }
}

/// A device of the kit is a database alone; beside it belongs the file that knows its key.
pub(crate) struct Copied {
    folder: tempfile::TempDir,
    vault: Vault,
}

impl Copied {
    /// The vault of a device as it is now, in another folder.
    pub(crate) fn of(device: &Device, world: &World) -> Self {
        device.engine.store().checkpoint().unwrap();
        let folder = tempfile::tempdir().unwrap();
        copy_folder(device.folder(), folder.path());
        let vault_id = crypto::make_vault_id(&crypto::VaultKey::from_bytes(KEY), [1; 16]);
        fs::write(folder.path().join("vault.id"), vault_id).unwrap();
        let keys = MemoryKeyStore::default();
        keys.save(VAULT_KEY, &KEY).unwrap();
        let clock = Arc::new(world.clock.clone());
        let config = VaultConfig::new(folder.path(), "phone");
        let vault = Vault::open_with_clock(config, Arc::new(keys), None, clock).unwrap();
        Self { folder, vault }
    }

    /// Its archive: the file, and what lies in it.
    pub(crate) fn archive(&self, path: &Path) -> BTreeMap<String, String> {
        let options = ExportOptions::new(ExportFormat::Archive);
        let exported = self.vault.journal().export(path.to_owned(), options, |_, _| {});
        exported.wait().unwrap();
        unzipped(path)
    }

    fn restore(&self, path: &Path) -> Restored {
        let restored = self.vault.journal().restore_archive(path.to_owned(), None, |_, _| {});
        restored.wait().unwrap()
    }

    /// The folder, when nobody has it open any more.
    pub(crate) fn into_folder(self) -> tempfile::TempDir {
        drop(self.vault);
        self.folder
    }

    /// The same as a device that a test drives by hand.
    fn device(self, world: &World, seed: u64) -> (tempfile::TempDir, Device) {
        drop(self.vault);
        let store = Store::open(&StoreConfig::new(self.folder.path()), &KEY).unwrap();
        (self.folder, Device::over(world, store, seed, "phone"))
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy_folder(&file.path(), &target);
        } else {
            fs::copy(file.path(), target).unwrap();
        }
    }
}

fn unzipped(path: &Path) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(fs::read(path).unwrap())).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut member = zip.by_index(at).unwrap();
            let mut text = String::new();
            member.read_to_string(&mut text).unwrap();
            (member.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// The lines of a conversation but for the first, which says whose it is.
fn lines(file: &str) -> Vec<Value> {
    let lines = file.lines().skip(1);
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}
