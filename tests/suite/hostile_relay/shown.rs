//! What is shown to a specialist, and its stop: older, somebody else's, out of order, hidden; and what is told of it.

use super::{attack, doctor, failures};
use crate::hostile_relay::made_by;
use cairn_core::crypto::{self, EpochKey, SigningKey};
use cairn_core::id::ShareId;
use cairn_core::profile::{Address, DefaultSection, Stance, StatementDraft};
use cairn_core::record::{self, Inside, Kind};
use cairn_core::store::{SaidRow, SpaceRow, Store, StoreConfig};
use cairn_core::support::{AccessEvent, AccessKind, Consent, ConsentStop, ShareState, SharedView};
use cairn_core::sync::{Request, Response, Transport};
use cairn_core::vault::Error;
use cairn_tests::{
    Device, KEY, Meddler, Overheard, RawSession, Two, World, change_heads, change_read, drive, header_of,
};
use cairn_wire::message::ReadAnswer;
use cairn_wire::{Header, SignedHead, SpaceId, decode_canonical};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The space of a device's first relationship.
pub(crate) fn support(device: &Device) -> SpaceRow {
    let spaces = device.engine.store().view().spaces().unwrap();
    spaces.into_iter().find(|space| space.relationship.is_some()).unwrap()
}

/// The persona that somebody had first in their last relationship.
pub(crate) fn persona(device: &Device) -> SigningKey {
    SigningKey::from_seed(&device.card().relationship.persona[..32].try_into().unwrap())
}

/// The last record of a kind that went to a space, opened with the keys of a device.
pub(crate) fn last_of(heard: &Overheard, device: &Device, space: SpaceId, kind: Kind) -> Vec<u8> {
    let view = device.engine.store().view();
    let is_one = |record: &Vec<u8>| {
        let header = header_of(record);
        let key = view.epoch_key(space, header.epoch).unwrap();
        let opened = key.and_then(|key| crypto::open(&EpochKey::from_bytes(*key), record).ok());
        header.space == space && opened.is_some_and(|plaintext| plaintext[1] == kind.number())
    };
    heard.records().into_iter().rfind(is_one).expect("one was sent")
}

/// A line on which a relay shows these records behind everything else of a space.
pub(crate) fn showing(world: &World, space: SpaceId, records: Vec<Vec<u8>>) -> impl Transport {
    let forger = world.forger();
    Meddler::of_answers(world.line(), move |request, response| {
        change_read(request, response, |answer| {
            // A page that is refused has no head.
            let pages = answer
                .pages
                .iter_mut()
                .filter(|page| page.space == space && page.head.is_some());
            pages.for_each(|page| forger.extend(page, &records));
        });
    })
}

/// The same view, as its participant would show it another time.
fn another(change: impl FnOnce(SharedView) -> SharedView) -> impl FnOnce(&mut Header, &mut Inside) {
    move |_, inside| {
        let view = change(record::decode_view(&inside.projection).unwrap());
        (inside.document, inside.projection) = (view.share().into(), record::encode_view(&view));
    }
}

fn read(dee: &Device) -> Vec<String> {
    let all = dee.engine.shared_with_me().unwrap();
    all.iter()
        .map(|one| one.view.lines.iter().map(|line| line.text.clone()).collect())
        .collect()
}

/// Something is shown, and the specialist has it.
struct Shown {
    two: Two,
    heard: Overheard,
    share: ShareId,
}

impl Shown {
    fn new(seed: u64) -> Self {
        let mut two = Two::agreed(seed);
        let heard = two.world.overhear();
        let entry = two.phone.write("As it was first.");
        let share = two.phone.share(two.id, entry);
        two.settle();
        Self { two, heard, share }
    }

    fn view(&self) -> Vec<u8> {
        last_of(
            &self.heard,
            &self.two.phone,
            support(&self.two.phone).id,
            Kind::SharedView,
        )
    }

    /// Puts something in the log for the participant's side, as a device of theirs would.
    fn by_participant(&self, change: impl FnOnce(SharedView) -> SharedView) {
        let record = made_by(
            &self.two.phone,
            &self.view(),
            &persona(&self.two.phone),
            another(change),
        );
        RawSession::of(&self.two.world, &support(&self.two.phone)).append(&[record]);
    }
}

attack! {
    /// MS-24, MS-26: after a newer version of what is shown the relay serves the older one again.
    an_older_view_after_a_newer_one, |seed| {
        let mut shown = Shown::new(seed);
        let old = shown.view();
        shown.by_participant(|mut view| {
            view.consent.version += 1;
            view.item.body = Some("As it is now.".to_owned());
            view
        });
        shown.two.dee.sync(&shown.two.world);
        let now = read(&shown.two.dee);
        assert!(now.len() == 1 && now[0].contains("As it is now."), "{now:?}");
        let space = support(&shown.two.dee).id;
        drop(failures(&mut shown.two.dee, &showing(&shown.two.world, space, vec![old])));
        assert_eq!(read(&shown.two.dee), now);
    }, without OlderShown
}

attack! {
    /// Whoever changed the participant's app shows a language that is no tag, for the specialist's software to read.
    a_language_that_is_no_tag, |seed| {
        let mut two = Two::agreed(seed);
        let heard = two.world.overhear();
        let address = Address { languages: vec!["ase".to_owned()], languages_are_shareable: true, ..Address::default() };
        two.phone.engine.set_address(&address).unwrap();
        two.phone.engine.show_sections(two.id, &BTreeSet::from([DefaultSection::Address.id()])).unwrap();
        two.settle();
        assert_eq!(two.dee.card().address.languages, ["ase"]);
        let like = last_of(&heard, &two.phone, support(&two.phone).id, Kind::SharedProfile);
        let forged = made_by(&two.phone, &like, &persona(&two.phone), |_, inside| {
            let mut shown = record::decode_shared_profile(&inside.projection).unwrap();
            shown.version += 1;
            shown.address.languages = vec!["de".to_owned(), "../Deutsch".to_owned()];
            inside.projection = record::encode_shared_profile(&shown);
        });
        RawSession::of(&two.world, &support(&two.phone)).append(&[forged]);
        two.dee.sync(&two.world);
        assert_eq!(two.dee.card().address.languages, ["ase"]);
        let (well, said) = doctor(&mut two.dee);
        let is_said = said.contains("It can't be read the way it is.") && !said.contains("Deutsch");
        assert!(!well && is_said, "{said}");
    }
}

attack! {
    /// MS-24: what was shown of the preferences, and taken back, is served again.
    older_preferences_after_newer_ones, |seed| {
        let mut two = Two::agreed(seed);
        let heard = two.world.overhear();
        let section = two.phone.engine.add_section("Evenings").unwrap();
        let statement = StatementDraft { stance: Some(Stance::Want), is_shareable: true, ..StatementDraft::new("Call me.") };
        two.phone.engine.write_statement(section, statement).unwrap();
        two.phone.engine.show_sections(two.id, &BTreeSet::from([section])).unwrap();
        two.settle();
        let space = support(&two.dee).id;
        let old = last_of(&heard, &two.phone, space, Kind::SharedProfile);
        two.phone.engine.show_sections(two.id, &BTreeSet::new()).unwrap();
        two.settle();
        assert_eq!(two.dee.engine.open_preferences(two.theirs).unwrap(), None);
        drop(failures(&mut two.dee, &showing(&two.world, space, vec![old])));
        assert_eq!(two.dee.engine.open_preferences(two.theirs).unwrap(), None);
    }, without OlderShown
}

attack! {
    /// MS-23: the stop comes first, and then what it stops.
    a_stop_before_its_view, |seed| {
        let mut two = Two::agreed(seed);
        let heard = two.world.overhear();
        let entry = two.phone.write("Stopped.");
        let before = two.world.backup(seed);
        let share = two.phone.share(two.id, entry);
        two.phone.sync(&two.world);
        two.phone.engine.revoke(share).unwrap();
        two.phone.sync(&two.world);
        let space = support(&two.dee).id;
        let [view, stop] = [Kind::SharedView, Kind::ConsentStop].map(|kind| last_of(&heard, &two.phone, space, kind));
        drop(failures(&mut two.dee, &showing(&before, space, vec![stop, view])));
        assert_eq!(read(&two.dee), [""; 0]);
        assert_eq!(two.dee.engine.shared_cards().unwrap(), []);
    }, without EndedShareShown
}

attack! {
    /// MS-11: a view for somebody else is brought to this specialist.
    a_view_for_another_recipient, |seed| {
        let mut shown = Shown::new(seed);
        let id = ShareId::from_bytes([0xdd; 16]);
        shown.by_participant(|view| SharedView { consent: Consent { id, recipient: [7; 32], ..view.consent }, ..view });
        shown.two.dee.sync(&shown.two.world);
        let shares = shown.two.dee.engine.shared_cards().unwrap();
        assert_eq!(shares.iter().map(|card| card.share).collect::<Vec<_>>(), [shown.share]);
        let (well, said) = doctor(&mut shown.two.dee);
        assert!(!well && said.contains("does not belong where it was found"), "{said}");
    }, without RecipientUnread
}

attack! {
    /// MS-08: somebody else who shows this specialist something gives it the name of what the participant shows, to stand in its place.
    a_view_in_the_place_of_another_persons, |seed| {
        let mut shown = Shown::new(seed);
        let world = &shown.two.world;
        world.clock.advance_ms(1_000);
        let mut mia = Device::new(world, seed, "mia");
        mia.connect(world);
        let id = mia.befriend(world, &mut shown.two.dee);
        let entry = mia.write("By another.");
        mia.share(id, entry);
        mia.sync(world);
        shown.two.dee.sync(world);
        let before = read(&shown.two.dee);
        assert_eq!(before.len(), 2);
        let like = last_of(&shown.heard, &mia, support(&mia).id, Kind::SharedView);
        let share = shown.share;
        let put = another(|view| SharedView { consent: Consent { id: share, version: view.consent.version + 1, ..view.consent }, ..view });
        let forged = made_by(&mia, &like, &persona(&mia), put);
        RawSession::of(world, &support(&mia)).append(&[forged]);
        shown.two.dee.sync(world);
        assert_eq!(read(&shown.two.dee), before);
    }, without OthersReplaced
}

attack! {
    /// MS-06: a specialist says that a share is over, so that the participant's own stop is taken for one that was sent.
    a_stop_by_the_specialist, |seed| {
        let mut shown = Shown::new(seed);
        let mut tablet = Device::new(&shown.two.world, seed, "tablet");
        shown.two.phone.pair(&shown.two.world, &mut tablet);
        tablet.sync(&shown.two.world);
        let share = shown.share;
        shown.two.dee.engine.open_shared(share).unwrap();
        shown.two.dee.sync(&shown.two.world);
        let (dee, space) = (&shown.two.dee, support(&shown.two.dee));
        let like = last_of(&shown.heard, dee, space.id, Kind::AccessEvent);
        let forged = made_by(dee, &like, &persona(dee), |_, inside| {
            let stop = ConsentStop { id: share, version: 2, state: ShareState::Ended, at: dee.engine.now() };
            (inside.kind, inside.document, inside.projection) = (Kind::ConsentStop, share.into(), record::encode_stop(&stop));
        });
        RawSession::of(&shown.two.world, &space).append(&[forged]);
        shown.two.phone.sync(&shown.two.world);
        tablet.sync(&shown.two.world);
        // The tablet hears of the stop at home, and falls into a river before anybody else does.
        tablet.engine.revoke(share).unwrap();
        let river = Meddler::of_requests(shown.two.world.line(), |request| {
            if request.path == "/v1/erase" {
                request.path = "/v1/river";
            }
        });
        drop(drive(&mut tablet.engine, &river).unwrap());
        for _ in 0..2 {
            shown.two.phone.sync(&shown.two.world);
        }
        shown.two.dee.sync(&shown.two.world);
        assert_eq!(read(&shown.two.dee), [""; 0]);
    }, without SpecialistStops
}

attack! {
    /// MS-08: a specialist's app tells of what is shown to somebody else.
    what_is_told_of_anothers_share, |seed| {
        let mut two = Two::agreed(seed);
        let mut ann = Device::new(&two.world, seed, "ann");
        ann.connect(&two.world);
        let hers = two.phone.befriend(&two.world, &mut ann);
        let entry = two.phone.write("For Ann.");
        let share = two.phone.share(hers, entry);
        two.settle();
        let event = AccessEvent { kind: AccessKind::Opened, share, at: two.dee.engine.now() };
        let row = SaidRow {
            space: support(&two.dee).id,
            document: record::access_event_document(share, AccessKind::Opened),
            kind: Kind::AccessEvent.number(),
            side: 1,
            seq: 0,
            received: two.dee.engine.now(),
            content: record::encode_access_event(&event),
            verdict: None,
            shown: None,
        };
        let mut store = Store::open(&StoreConfig::new(two.dee.folder()), &KEY).unwrap();
        store.write(|tx| tx.put_said(&row)).unwrap();
        two.settle();
        let card = two.phone.engine.share_cards().unwrap().remove(0);
        assert!(card.share.id() == share && card.released.is_some());
        assert_eq!(card.opened, None, "only she can tell to whom it is shown");
    }, without ToldAcross
}

/// A relay that answers everything about a space as it did at one moment: what it signed then, it signed.
struct Frozen<T> {
    line: T,
    space: SpaceId,
    then: Mutex<Option<(SignedHead, Vec<u8>)>>,
    is_frozen: Arc<Mutex<bool>>,
}

impl<T: Transport> Transport for Frozen<T> {
    fn send(&self, request: &Request) -> Result<Response, cairn_core::sync::TransportError> {
        let mut answer = self.line.send(request)?;
        let of_space = request.body.windows(16).any(|bytes| bytes == self.space.as_bytes());
        if !of_space || answer.status != 200 {
            return Ok(answer);
        }
        let mut then = self.then.lock().unwrap();
        if *self.is_frozen.lock().unwrap() {
            let (head, page) = then.as_ref().unwrap();
            if request.path == "/v1/read" {
                answer.body.clone_from(page);
            } else {
                change_heads(request, &mut answer, |now| *now = *head);
            }
        } else if request.path == "/v1/read" {
            let page: ReadAnswer<'_> = decode_canonical(&answer.body).unwrap();
            let (head, is_empty) = (page.pages[0].head.unwrap(), page.pages[0].items.is_empty());
            if is_empty {
                *then = Some((head, answer.body.clone()));
            }
        }
        Ok(answer)
    }
}

attack! {
    /// MS-21: the relay hides a stop by answering as it did before there was one. What is shown locks all the same.
    a_hidden_stop, |seed| {
        let mut shown = Shown::new(seed);
        let is_frozen = Arc::new(Mutex::new(false));
        let line = Frozen {
            line: shown.two.world.line(),
            space: support(&shown.two.dee).id,
            then: Mutex::default(),
            is_frozen: Arc::clone(&is_frozen),
        };
        drop(drive(&mut shown.two.dee.engine, &line).unwrap());
        *is_frozen.lock().unwrap() = true;
        shown.two.phone.engine.revoke(shown.share).unwrap();
        shown.two.phone.sync(&shown.two.world);
        for _ in 0..8 {
            shown.two.world.clock.advance_ms(DAY_MS);
            drop(drive(&mut shown.two.dee.engine, &line).unwrap());
        }
        assert!(matches!(shown.two.dee.engine.open_shared(shown.share), Err(Error::LeaseOver)));
        assert_eq!(read(&shown.two.dee), [""; 0]);
        *is_frozen.lock().unwrap() = false;
        shown.two.dee.sync(&shown.two.world);
        assert!(matches!(shown.two.dee.engine.open_shared(shown.share), Err(Error::NotFound)));
    }, without OldContact
}
