//! A specialist's app in which every check was taken out. It has all that her app has, keys and database, and tries at each step what it must not.

use super::family::Family;
use super::{holds, listed, shown};
use crate::hostile_relay::{last_of, persona, support};
use crate::messages::message;
use cairn_core::crypto::{self, EpochKey, SlotKey, slot_id};
use cairn_core::id::{DocumentId, MessageId, ShareId};
use cairn_core::record::{self, Inside, Kind};
use cairn_core::support::{About, Message, MessageCard, MessageState, Offered, Saying};
use cairn_core::words;
use cairn_tests::{Device, Overheard, RawSession, Two, header_of};
use cairn_wire::{HEADER_BYTES, Header, RecordId, SEALING_BYTES};

/// What it has tried so far. It speaks to the relay itself, as another device of hers would, so that the app beside it stays honest.
pub(super) struct Patched {
    heard: Overheard,
    said: Vec<String>,
    /// What is about something that her devices have not heard of: it waits unseen, as a word about what another of them has just shared does.
    waits: Vec<String>,
    tried: u8,
    /// Records that every device of the participant's has to set aside.
    forged: usize,
}

impl Patched {
    /// An app that has heard what went to the relay since before its specialist declared anything.
    pub(super) const fn new(heard: Overheard) -> Self {
        Self {
            heard,
            said: Vec::new(),
            waits: Vec::new(),
            tried: 0,
            forged: 0,
        }
    }

    fn number(&mut self) -> u8 {
        self.tried += 1;
        100 + self.tried
    }

    /// Says something without asking its own rules.
    pub(super) fn says(&mut self, two: &Two, saying: Saying, about: Option<About>, body: &str) -> MessageId {
        // In the knowledge of the preferences as they are: another rule is the one it breaks.
        let view = two.dee.engine.store().view();
        let shown = view.shown_profile(support(&two.dee).id).unwrap();
        let preferences = shown.map_or(0, |row| row.version);
        let one = Message {
            preferences,
            sent: two.dee.engine.now(),
            ..message(saying, about, body)
        };
        self.says_exactly(two, &one)
    }

    /// The same, as it stands here.
    pub(super) fn says_exactly(&mut self, two: &Two, one: &Message) -> MessageId {
        self.said.push(one.body.clone());
        self.says_content(two, Kind::Message, record::encode_message(one))
    }

    /// Speaks of something that was never shown.
    pub(super) fn says_of_what_is_not_shown(&mut self, two: &Two, share: ShareId, body: &str) {
        let offer = Saying::Offer(Offered::LivedExperience);
        self.says(two, offer, Some(About::Share(share)), body);
        self.waits.extend(self.said.pop());
    }

    /// Says what only the participant says. It is set aside.
    pub(super) fn says_in_her_place(&mut self, two: &Two, body: &str) {
        self.says(two, Saying::Words, None, body);
        self.forged += 1;
    }

    /// Says anything at all in her name.
    pub(super) fn says_content(&mut self, two: &Two, kind: Kind, content: Vec<u8>) -> MessageId {
        let id = [self.number(); 16];
        // Of her own records the declaration has the shape of all that is said.
        self.seals(two, Kind::Declaration, |inside| {
            (inside.kind, inside.document, inside.projection) = (kind, DocumentId::from_bytes(id), content);
        });
        MessageId::from_bytes(id)
    }

    /// Signs once more what the participant said last of this kind, with a change, and puts it in the log herself.
    pub(super) fn forges(&mut self, two: &Two, kind: Kind, change: impl FnOnce(&mut Inside)) {
        self.seals(two, kind, change);
        self.forged += 1;
    }

    /// Seals something like what was said before under the key of now, as any device of hers does, and puts it in the log.
    fn seals(&mut self, two: &Two, like: Kind, change: impl FnOnce(&mut Inside)) {
        let (space, author, number) = (support(&two.dee), persona(&two.dee), self.number());
        let view = two.dee.engine.store().view();
        let key = |epoch| EpochKey::from_bytes(*view.epoch_key(space.id, epoch).unwrap().unwrap());
        let like = last_of(&self.heard, &two.dee, space.id, like);
        let old = header_of(&like);
        let plaintext = crypto::open(&key(old.epoch), &like).unwrap();
        let mut inside = record::parse(&old.encode(), &plaintext).unwrap().inside;
        inside.author = *author.public().as_bytes();
        inside.parents.clear();
        change(&mut inside);
        let mut header = Header {
            record_id: RecordId::from_bytes([number; 16]),
            slot: slot_id(&SlotKey::from_bytes(space.slot_key), &inside.document, inside.edition),
            epoch: space.epoch,
            merged_upto: 0,
            ..old
        };
        let unsigned = inside.encode().unwrap();
        let length = unsigned.plaintext_length() + SEALING_BYTES - HEADER_BYTES;
        header.length = u32::try_from(length).unwrap();
        let signature = author.sign(&record::signed_bytes(&unsigned.digest(&header.encode())));
        let plaintext = unsigned.signed(*signature.as_bytes());
        let sealed = crypto::seal(&key(space.epoch), &header, [number; 24], &plaintext).unwrap();
        RawSession::of(&two.world, &space).append(&[sealed]);
    }

    /// What was set aside so far is the end of it: what is forged from now on comes on top.
    pub(super) fn counts_from_here(&mut self, two: &Two) {
        self.forged = two.phone.engine.store().view().quarantined().unwrap().len();
    }

    /// The relay lets it into nothing but the space of the two.
    pub(super) fn finds_no_other_door(two: &Two) {
        let spaces = two.phone.engine.store().view().spaces().unwrap();
        let home = spaces.iter().find(|space| space.relationship.is_none()).unwrap();
        let key = crypto::SigningKey::from_seed(&support(&two.dee).access_seed);
        assert!(RawSession::try_begin(&two.world, home.id, &key).is_none());
    }

    /// Of all that it said nothing is shown or kept on any device of the participant's; what it forged was set aside; of all that did not fit one line says so at a
    /// time, with nobody's words in it.
    pub(super) fn has_gained_nothing(&self, family: &mut Family) {
        let (said, waits, forged) = (&self.said, &self.waits, self.forged);
        let check = |device: &mut Device, pages: &[u8]| {
            let words = shown(device);
            assert!(said.iter().chain(waits).all(|one| !words.contains(one)), "{words:?}");
            for one in said {
                assert!(!holds(pages, one), "{one}");
            }
            let cards = listed(device);
            let unfit: Vec<bool> = cards.iter().map(|card| card.state == MessageState::Unfit).collect();
            assert!(unfit.contains(&true) && !unfit.windows(2).any(|two| two == [true, true]));
            let is_empty = |card: &MessageCard| card.message.is_none() && card.quoted.is_none();
            assert!(
                cards
                    .iter()
                    .filter(|card| card.state == MessageState::Unfit)
                    .all(is_empty)
            );
            assert_eq!(device.engine.store().view().quarantined().unwrap().len(), forged);
        };
        let pages = family.phone_pages();
        check(&mut family.two.phone, &pages);
        family.others().for_each(|device| {
            let pages = device.pages();
            check(device, &pages);
        });
        assert_eq!(
            words::messages::UNFIT.text,
            "One message did not fit what you have agreed on, and is not shown."
        );
    }
}
