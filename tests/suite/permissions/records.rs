//! Whose record is whose: a kind by the wrong one of the two, or by nobody, is set aside, whatever app sealed it.
//!
//! What is forged is what really was said: each record of two people's story once more, word for word, in the name of the other one or of a stranger.

use cairn_core::crypto::{self, EpochKey, Link, LinkHash, SigningKey, SlotKey, slot_id};
use cairn_core::id::{DocumentId, ShareId};
use cairn_core::profile::{PlanList, Stance, StatementDraft, Switch};
use cairn_core::record::{self, Inside, Kind};
use cairn_core::store::SpaceRow;
use cairn_core::support::{About, ConsentStop, MeetingPart, Saying, ShareState, Wishes};
use cairn_core::vault::NewMessage;
use cairn_tests::{Device, RawSession, Two, header_of};
use cairn_wire::{Header, RecordId, SEALING_BYTES, Seen};
use minicbor::Encoder;
use std::collections::BTreeSet;

/// Whose a kind of record is in a support space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Nobody's: its place is the home space of one person.
    Nobodys,
    /// The participant's alone.
    Participants,
    /// The specialist's alone.
    Specialists,
    /// Either's.
    Eithers,
    /// Either's, and some of its contents are one's alone.
    EachTheirOwn,
}

/// Every kind.
const KINDS: [(Kind, Whose); 20] = [
    (Kind::Entry, Whose::Nobodys),
    (Kind::Profile, Whose::Nobodys),
    (Kind::Settings, Whose::Nobodys),
    (Kind::Relationship, Whose::Nobodys),
    (Kind::DeviceLink, Whose::Nobodys),
    (Kind::Checkpoint, Whose::Nobodys),
    (Kind::Plan, Whose::Nobodys),
    (Kind::Tombstone, Whose::Nobodys),
    (Kind::Past, Whose::Nobodys),
    (Kind::SupportLink, Whose::EachTheirOwn),
    (Kind::SharedView, Whose::Participants),
    (Kind::ConsentStop, Whose::Participants),
    (Kind::SharedProfile, Whose::Participants),
    (Kind::Declaration, Whose::Specialists),
    (Kind::Agreement, Whose::Eithers),
    (Kind::Acceptance, Whose::EachTheirOwn),
    (Kind::AccessEvent, Whose::Specialists),
    (Kind::Message, Whose::EachTheirOwn),
    (Kind::Wishes, Whose::Participants),
    (Kind::MeetingPage, Whose::EachTheirOwn),
];

#[test]
fn every_kind_has_a_row() {
    assert_eq!(KINDS.map(|(kind, _)| kind), Kind::ALL);
}

/// Who seals a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    Participant,
    Specialist,
    Stranger,
}

/// Two people's story, and every record of it, opened.
struct Story {
    two: Two,
    /// Each with whether it is the specialist's.
    said: Vec<(Inside, Author)>,
    open_share: ShareId,
    made: u8,
}

fn persona(device: &Device) -> SigningKey {
    SigningKey::from_seed(&device.card().relationship.persona[..32].try_into().unwrap())
}

fn spaces(device: &Device) -> [SpaceRow; 2] {
    let all = device.engine.store().view().spaces().unwrap();
    let (support, home): (Vec<_>, Vec<_>) = all.into_iter().partition(|space| space.relationship.is_some());
    [home, support].map(|mut spaces| spaces.remove(0))
}

/// Opens a record with the keys of a device.
fn opened(device: &Device, record: &[u8]) -> Option<Inside> {
    let view = device.engine.store().view();
    let header = header_of(record);
    let key = EpochKey::from_bytes(*view.epoch_key(header.space, header.epoch).unwrap()?);
    let plaintext = crypto::open(&key, record).unwrap();
    Some(record::parse(&header.encode(), &plaintext).unwrap().inside)
}

fn story(seed: u64) -> Story {
    let mut two = Two::met(seed);
    let heard = two.world.overhear();
    let entry = two.phone.write("Shown.");
    let erased = two.phone.write("Taken back.");
    let engine = &mut two.phone.engine;
    let section = engine.add_section("Evenings").unwrap();
    let statement = StatementDraft {
        stance: Some(Stance::Want),
        is_shareable: true,
        ..StatementDraft::new("A walk.")
    };
    engine.write_statement(section, statement).unwrap();
    engine.set_switch(Switch::Memories, true).unwrap();
    engine.add_plan_item(PlanList::WhenOk, "I sing.").unwrap();
    two.settle();
    let mut tablet = Device::new(&two.world, seed, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    two.phone.engine.trash(erased).unwrap();
    two.phone.engine.erase(erased).unwrap();
    two.settle();
    two.phone.agree(&two.world, &mut two.dee, two.id);
    two.phone
        .engine
        .show_sections(two.id, &BTreeSet::from([section]))
        .unwrap();
    let stopped = two.phone.share(two.id, entry);
    let open_share = two.phone.share(two.id, entry);
    two.settle();
    two.dee.engine.open_preferences(two.theirs).unwrap();
    two.dee.engine.open_shared(open_share).unwrap();
    let wishes = Wishes {
        when_quiet: "Wait for me.".to_owned(),
        ..Wishes::default()
    };
    two.phone.engine.set_wishes(two.id, wishes).unwrap();
    let question = NewMessage::new(Saying::OpenQuestion, "How was it?").about(About::Share(open_share));
    two.dee.engine.say_message(two.theirs, question).unwrap();
    let words = NewMessage::new(Saying::Words, "It was long.");
    two.phone.engine.say_message(two.id, words).unwrap();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let meeting = two.phone.engine.begin_meeting(two.id, day).unwrap();
    two.settle();
    let notes = MeetingPart::Notes;
    two.dee
        .engine
        .write_line(two.theirs, meeting, notes, "The bus.", None)
        .unwrap();
    two.settle();
    two.phone.engine.revoke(stopped).unwrap();
    two.settle();
    two.settle();
    let hers = persona(&two.dee).public();
    let mut said: Vec<(Inside, Author)> = Vec::new();
    for record in heard.records() {
        let Some(inside) = opened(&two.phone, &record) else {
            continue;
        };
        let author = match inside.author == *hers.as_bytes() {
            true => Author::Specialist,
            false => Author::Participant,
        };
        said.retain(|(known, by)| (known.kind, *by) != (inside.kind, author));
        said.push((inside, author));
    }
    for device in [&mut two.phone, &mut two.dee] {
        assert!(
            device.engine.doctor().unwrap().is_well,
            "what was really said is set aside by nobody"
        );
    }
    Story {
        two,
        said,
        open_share,
        made: 0,
    }
}

/// What a device shows of a relationship, and of its person's own.
fn shown(device: &mut Device) -> String {
    let view = device.engine.store().view();
    let [_, support] = spaces(device);
    let said = view.said(support.id).unwrap().into_iter();
    let said: Vec<_> = said
        .map(|row| (row.document, row.kind, row.side, row.content, row.verdict))
        .collect();
    let shared: Vec<_> = view
        .shared()
        .unwrap()
        .into_iter()
        .map(|row| (row.share, row.content))
        .collect();
    let profile = view
        .shown_profile(support.id)
        .unwrap()
        .map(|row| (row.version, row.content));
    let pages: Vec<_> = view
        .meeting_pages(support.id)
        .unwrap()
        .into_iter()
        .map(|row| (row.meeting, row.side, row.content))
        .collect();
    let fields = view.fields(support.relationship.unwrap().into()).unwrap();
    let links = view.links(support.id).unwrap().len();
    let own = cairn_tests::texts(&device.engine);
    let cards = device.engine.share_cards().unwrap();
    format!("{said:?} {pages:?} {shared:?} {profile:?} {fields:?} {links} {own:?} {cards:?}")
}

impl Story {
    /// Seals this as if it had been said by `author` in the support space, and puts it in the log.
    fn forge(&mut self, author: Author, inside: Inside) {
        let device = match author {
            Author::Participant => &self.two.phone,
            Author::Specialist | Author::Stranger => &self.two.dee,
        };
        let key = match author {
            Author::Stranger => SigningKey::from_seed(&[9; 32]),
            Author::Participant | Author::Specialist => persona(device),
        };
        let [_, space] = spaces(device);
        let epoch_key = device
            .engine
            .store()
            .view()
            .epoch_key(space.id, space.epoch)
            .unwrap()
            .unwrap();
        self.made += 1;
        let inside = Inside {
            author: *key.public().as_bytes(),
            seen: Seen {
                incarnation: space.incarnation,
                ..Seen::nothing(&space.id)
            },
            parents: Vec::new(),
            ..inside
        };
        let mut header = Header {
            flags: 0,
            space: space.id,
            record_id: RecordId::from_bytes([self.made; 16]),
            slot: slot_id(&SlotKey::from_bytes(space.slot_key), &inside.document, inside.edition),
            epoch: space.epoch,
            incarnation: space.incarnation,
            merged_upto: 0,
            expires_day: 0,
            length: 0,
        };
        let unsigned = inside.encode().unwrap();
        let length = unsigned.plaintext_length() + SEALING_BYTES - cairn_wire::HEADER_BYTES;
        header.length = u32::try_from(length).unwrap();
        let signature = key.sign(&record::signed_bytes(&unsigned.digest(&header.encode())));
        let plaintext = unsigned.signed(*signature.as_bytes());
        let sealed = crypto::seal(&EpochKey::from_bytes(*epoch_key), &header, [self.made; 24], &plaintext).unwrap();
        RawSession::of(&self.two.world, &space).append(&[sealed]);
    }

    /// Whoever reads what was forged sets it aside, and shows what they showed.
    fn is_set_aside(&mut self, author: Author, inside: &Inside) {
        let before = [shown(&mut self.two.phone), shown(&mut self.two.dee)];
        let aside = self.asides();
        self.forge(author, inside.clone());
        self.two.settle();
        let after = self.asides();
        let grown = [after[0] - aside[0], after[1] - aside[1]];
        // Whose own device has said it, their own devices may leave alone.
        let is_read = match author {
            Author::Participant => grown[0] <= 1 && grown[1] == 1,
            Author::Specialist => grown[0] == 1 && grown[1] <= 1,
            Author::Stranger => grown == [1, 1],
        };
        assert!(is_read, "{:?} by the {author:?}: {grown:?}", inside.kind);
        assert_eq!(
            [shown(&mut self.two.phone), shown(&mut self.two.dee)],
            before,
            "{:?} by the {author:?}",
            inside.kind
        );
    }

    fn asides(&self) -> [usize; 2] {
        [&self.two.phone, &self.two.dee].map(|device| device.engine.store().view().quarantined().unwrap().len())
    }

    /// What of this kind was really said, and by whom.
    fn of(&self, kind: Kind) -> Vec<(Inside, Author)> {
        let all = self.said.iter().filter(|(inside, _)| inside.kind == kind);
        all.cloned().collect()
    }
}

/// Another stop, of a share that is shown.
fn stop(like: &Inside, share: ShareId, state: ShareState) -> Inside {
    let stop = record::decode_stop(&like.projection).unwrap();
    let stop = ConsentStop {
        id: share,
        state,
        ..stop
    };
    Inside {
        document: DocumentId::from(share),
        projection: record::encode_stop(&stop),
        ..like.clone()
    }
}

/// A link that begins another epoch, signed by the specialist's persona; everything else about it is right.
fn epoch_link(device: &Device) -> Vec<u8> {
    let [_, space] = spaces(device);
    let links = device.engine.store().view().links(space.id).unwrap();
    let author = persona(device);
    let seen = Seen {
        incarnation: space.incarnation,
        n: space.cursor,
        chain: cairn_wire::ChainHash::from_bytes(space.chain),
    };
    let body = [
        &[0xa2, 0][..],
        &cairn_wire::encode(&(space.epoch + 1)),
        &[1],
        &cairn_wire::encode(&seen),
    ]
    .concat();
    let mut payload = Encoder::new(Vec::new());
    let previous = LinkHash::of(links.last().unwrap());
    payload
        .map(8)
        .unwrap()
        .u8(0)
        .unwrap()
        .u8(1)
        .unwrap()
        .u8(1)
        .unwrap()
        .u8(34)
        .unwrap();
    payload
        .u8(2)
        .unwrap()
        .bytes(space.id.as_bytes())
        .unwrap()
        .u8(3)
        .unwrap()
        .u64(links.len() as u64)
        .unwrap();
    payload.u8(4).unwrap().bytes(previous.as_bytes()).unwrap();
    payload.u8(5).unwrap().bytes(author.public().as_bytes()).unwrap();
    payload
        .u8(6)
        .unwrap()
        .encode(seen)
        .unwrap()
        .u8(7)
        .unwrap()
        .bytes(&body)
        .unwrap();
    let payload = payload.into_writer();
    let signature = author.sign(&[b"cairn chain link 1".as_slice(), &payload].concat());
    let mut link = Encoder::new(Vec::new());
    link.array(2)
        .unwrap()
        .bytes(&payload)
        .unwrap()
        .bytes(signature.as_bytes())
        .unwrap();
    link.into_writer()
}

#[test]
fn a_record_by_the_wrong_one_of_the_two_is_set_aside_and_changes_nothing() {
    let mut story = story(1);
    for (kind, whose) in KINDS {
        let mut said = story.of(kind);
        if [Kind::Checkpoint, Kind::Past].contains(&kind) {
            // Nobody in this story writes one: what another kind says stands for it.
            said = story.of(Kind::Settings);
            said.iter_mut().for_each(|(inside, _)| {
                inside.kind = kind;
                (inside.heads, inside.document_bytes) = (Vec::new(), None);
            });
        }
        assert!(!said.is_empty(), "{kind:?} was said");
        for (inside, by) in said {
            // A view of the share that is stopped: nothing about it is new but its author.
            let inside = match kind {
                Kind::ConsentStop => stop(&inside, story.open_share, ShareState::Revoked),
                _ => inside,
            };
            let wrong: &[Author] = match whose {
                Whose::Nobodys => &[Author::Participant, Author::Specialist],
                Whose::Eithers => &[],
                Whose::Participants => {
                    assert_eq!(by, Author::Participant, "{kind:?}");
                    &[Author::Specialist]
                }
                Whose::Specialists => {
                    assert_eq!(by, Author::Specialist, "{kind:?}");
                    &[Author::Participant]
                }
                Whose::EachTheirOwn if kind == Kind::SupportLink => &[],
                Whose::EachTheirOwn => match by {
                    Author::Participant => &[Author::Specialist],
                    _ => &[Author::Participant],
                },
            };
            for author in wrong {
                story.is_set_aside(*author, &inside);
            }
            // A link is its author's by a signature of its own, whoever seals it.
            if kind != Kind::SupportLink {
                story.is_set_aside(Author::Stranger, &inside);
            }
        }
    }
}

#[test]
fn a_specialist_cannot_turn_the_key() {
    let mut story = story(2);
    let link = epoch_link(&story.two.dee);
    assert!(Link::parse(&link).is_ok(), "the link itself is well made");
    let (like, _) = story.of(Kind::SupportLink).remove(0);
    let mut id = [0; 16];
    id.copy_from_slice(&LinkHash::of(&link).as_bytes()[..16]);
    let inside = Inside {
        document: DocumentId::from_bytes(id),
        projection: link,
        ..like
    };
    let before = spaces(&story.two.phone)[1].epoch;
    let aside = story.asides();
    story.forge(Author::Specialist, inside);
    story.two.settle();
    // Her own devices hold links against the chain like everybody's.
    assert_eq!(story.asides().map(|count| count > 0), [true, true]);
    assert_eq!(aside, [0, 0]);
    assert_eq!(
        [&story.two.phone, &story.two.dee].map(|device| spaces(device)[1].epoch),
        [before; 2]
    );
}
