//! Steps 1 and 2: they agree, and something tender is shown.

use super::{DAWN, Family, NIGHT, Patched};
use crate::scenarios::family::Variant;
use cairn_core::id::{EntryId, ShareId};
use cairn_core::journal::Marks;
use cairn_core::profile::Weekdays;
use cairn_core::record::{self, Kind};
use cairn_core::support::{
    Agreement, ContactHours, Declaration, LivedExperience, Mask, NotShareable, PriorConnection, Question, Saying,
    Status, SupportWanted, TermsInvalid, Window, Wishes,
};
use cairn_core::vault::{Error, NewShare};
use cairn_tests::{draft, plain_share};
use chrono::Weekday;

/// 1. Nothing is active before Dee has declared how they know each other and what she cannot keep to herself, and both have accepted the same words.
pub(super) fn they_agree(family: &mut Family, patched: &mut Patched) {
    let two = &mut family.two;
    let early = two.phone.engine.propose(two.id, Agreement::default());
    assert!(matches!(early, Err(Error::Terms(TermsInvalid::DeclarationMissing))));
    let too_early = two.phone.write("Nothing of this is shown yet.");
    let too_early = two.phone.engine.share(plain_share(two.id, too_early));
    assert!(
        matches!(too_early, Err(Error::Terms(TermsInvalid::NotActive))),
        "{too_early:?}"
    );
    let declared = Declaration {
        version: 0,
        prior_connection: PriorConnection::Group,
        prior_words: "The same Tuesday meeting, two years ago.".to_owned(),
        confidentiality_limits: "I talk with my supervisor without names; I must report child abuse.".to_owned(),
        experience: Vec::new(),
        introduction: cairn_core::support::Introduction::default(),
    };
    two.dee.engine.declare(two.theirs, declared.clone()).unwrap();
    let mut first = Agreement::default();
    first.answers[Question::SpecialistOffers.place()] = "Tuesdays, in writing.".to_owned();
    let hash = two.dee.engine.propose(two.theirs, first.clone()).unwrap();
    two.dee.sync(&two.world);
    // An app that checks nothing does not wait for a yes: it speaks, and accepts what it has proposed itself.
    patched.says(two, Saying::OpenQuestion, None, "Shall we begin?");
    patched.says_content(two, Kind::Acceptance, record::encode_acceptance(&hash));
    family.settle();
    let two = &mut family.two;
    patched.counts_from_here(two);
    // Marisol reads both.
    let card = two.phone.card();
    let read = card.terms.declaration().unwrap();
    assert_eq!(read.prior_connection, PriorConnection::Group);
    assert_eq!(read.prior_words, declared.prior_words);
    assert_eq!(read.confidentiality_limits, declared.confidentiality_limits);
    assert_eq!((card.status, card.terms.in_force()), (Status::Agreeing, None));
    // What she adds makes version 2; she says what she wishes and when.
    let mut second = first;
    second.answers[Question::OutsideContact.place()] = "None, please.".to_owned();
    let id = family.two.id;
    family.saves(|engine| engine.propose(id, second.clone()).map(drop));
    let wishes = Wishes {
        lived_experience: LivedExperience::AskFirst,
        off_limits: vec!["Tuesday group".to_owned()],
        ..Wishes::default()
    };
    family.saves(|engine| engine.set_wishes(id, wishes.clone()));
    let hours = ContactHours {
        windows: vec![Window {
            days: Weekdays::of([Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu]),
            from: 10 * 60,
            until: 16 * 60,
        }],
        daily_max: None,
    };
    family.saves(|engine| engine.set_contact_hours(id, &hours));
    family.settle();
    let two = &mut family.two;
    assert_eq!(two.phone.card().status, Status::Agreeing, "one yes is none");
    let proposed = two.dee.card().terms.proposals;
    let second = proposed.iter().find(|one| one.agreement.version == 2).unwrap().hash;
    two.dee.engine.accept_agreement(two.theirs, &second).unwrap();
    family.settle();
    let two = &mut family.two;
    for device in [&mut two.phone, &mut two.dee] {
        let card = device.card();
        assert_eq!(card.status, Status::Active);
        assert_eq!(card.terms.in_force().unwrap().agreement.version, 2);
    }
    assert_eq!(two.dee.engine.wishes(two.theirs).unwrap().off_limits, ["Tuesday group"]);
    family
        .at_hand()
        .for_each(|device| assert_eq!(device.card().status, Status::Active));
}

/// 2. A tender entry takes a second word; the mask shows its words and nothing else. Beside it something else is shown behind a gate.
pub(super) fn she_shares_the_night(family: &mut Family, patched: &mut Patched) -> (EntryId, ShareId, ShareId) {
    // An app that checks nothing wishes in her place: to hear of it at any length, and with nothing left out.
    patched.forges(&family.two, Kind::Wishes, |inside| {
        let mut wishes = record::decode_wishes(&inside.projection).unwrap();
        wishes.version += 7;
        (wishes.lived_experience, wishes.lived_experience_max) = (LivedExperience::Welcome, 1_200);
        wishes.off_limits.clear();
        inside.projection = record::encode_wishes(&wishes);
    });
    let mut tender = draft(&family.two.world.clock, NIGHT);
    tender.title = "Never shown".to_owned();
    tender.marks = Marks {
        tender: true,
        ..Marks::default()
    };
    let entry = match (family.variant, &mut family.laptop) {
        (Variant::OlderCore, Some(laptop)) => {
            let entry = laptop.engine.write(tender).unwrap();
            family.newer_app_adds_to(entry);
            entry
        }
        _ => family.two.phone.engine.write(tender).unwrap(),
    };
    family.settle();
    let new = NewShare {
        purpose: "listening".to_owned(),
        wanted: Some(SupportWanted::LISTENING),
        mask: Mask {
            text: true,
            title: false,
            ..Mask::default()
        },
        ..plain_share(family.two.id, entry)
    };
    let unsaid = family.two.phone.engine.share(new.clone());
    assert!(matches!(unsaid, Err(Error::NotShareable(NotShareable::Tender))));
    let confirmed = NewShare {
        tender_confirmed: true,
        ..new
    };
    family.saves(|engine| engine.share(confirmed.clone()).map(drop));
    let night = newest_share(family, entry);
    let other = family.two.phone.write(DAWN);
    let gated = NewShare {
        gated: true,
        ..plain_share(family.two.id, other)
    };
    family.saves(|engine| engine.share(gated.clone()).map(drop));
    let dawn = newest_share(family, other);
    family.settle();
    let wishes = family.two.phone.engine.wishes(family.two.id).unwrap();
    assert_eq!(wishes.off_limits, ["Tuesday group"]);
    assert_eq!(wishes.lived_experience, LivedExperience::AskFirst);
    (entry, night, dawn)
}

fn newest_share(family: &Family, of: EntryId) -> ShareId {
    let cards = family.two.phone.engine.share_cards().unwrap();
    let ids: Vec<ShareId> = cards
        .iter()
        .filter(|card| card.share.consent.item.entry == of)
        .map(|card| card.share.id())
        .collect();
    let [id] = ids[..] else { panic!("shared once") };
    id
}
