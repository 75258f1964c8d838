//! What is of one relationship, or of the participant alone: words, and bytes in every spelling.

use super::lived::{ALONE, Beside, Lives};
use super::{Opened, opened};
use cairn_core::crypto::{LinkHash, SigningKey};
use cairn_core::profile::{Field, Fields};
use cairn_core::record::{self, Kind};
use cairn_core::store::SpaceRow;
use cairn_tests::{Device, Overheard};
use cairn_wire::message::{BlobRequest, GateRequest};
use cairn_wire::{SpaceId, decode_canonical};
use std::collections::BTreeSet;

/// Words, folded, and bytes as they may be spelled, each with what it is.
pub(super) struct Belongings {
    pub(super) words: BTreeSet<String>,
    pub(super) spellings: Vec<(Vec<u8>, &'static str)>,
}

/// Every way in which these bytes may be written: as they are, backwards, as a GUID of other systems, in hexadecimal and as a UUID, in base64.
pub(super) fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
    let mut all = vec![bytes.to_vec(), bytes.iter().rev().copied().collect()];
    let encodings = [HEXLOWER, HEXUPPER, BASE64_NOPAD, BASE64URL_NOPAD, BASE32_NOPAD];
    all.extend(encodings.map(|encoding| encoding.encode(bytes).into_bytes()));
    if let Ok(id) = uuid::Uuid::from_slice(bytes) {
        let hyphenated = id.hyphenated().to_string();
        all.push(id.to_bytes_le().to_vec());
        all.push(id.as_u128().to_string().into_bytes());
        all.push(hyphenated.to_uppercase().into_bytes());
        all.push(hyphenated.into_bytes());
    }
    all
}

/// Bytes that were noted, with what they are.
#[derive(Default)]
struct Noted(BTreeSet<(Vec<u8>, &'static str)>);

impl Noted {
    /// Whatever is shorter, or nothing but one byte again and again, says nothing.
    fn note(&mut self, what: &'static str, bytes: &[u8]) {
        let is_random = bytes.iter().any(|byte| *byte != bytes[0]);
        if bytes.len() >= 16 && is_random {
            self.0.insert((bytes.to_vec(), what));
        }
    }

    /// What a document of a relationship keeps: names and values. Secrets of several keys stand there one after the other.
    fn fields(&mut self, fields: &Fields) {
        for (name, value) in fields {
            for part in name.split('/') {
                if let Ok(id) = uuid::Uuid::parse_str(part) {
                    self.note("id in a name", id.as_bytes());
                } else if let Ok(bytes) = data_encoding::HEXLOWER.decode(part.as_bytes()) {
                    self.note("key in a name", &bytes);
                }
            }
            if let Field::Bytes(bytes) = value
                && name != "relay_key"
            {
                bytes.chunks(32).for_each(|bytes| self.note("field", bytes));
            }
        }
    }

    /// The keys and names of a space, as a device has them.
    fn space(&mut self, device: &Device, row: &SpaceRow) {
        let view = device.engine.store().view();
        self.note("space", row.id.as_bytes());
        self.note("access key", &row.access_seed);
        self.note(
            "access key",
            SigningKey::from_seed(&row.access_seed).public().as_bytes(),
        );
        self.note("slot key", &row.slot_key);
        self.note("chain", &row.chain);
        for (_, key) in view.epoch_keys(row.id).unwrap() {
            self.note("epoch key", &*key);
        }
        for link in view.links(row.id).unwrap() {
            self.note("link", LinkHash::of(&link).as_bytes());
        }
    }

    /// A record of a relationship, and what is in it.
    fn record(&mut self, one: &Opened) {
        self.note("record", one.header.record_id.as_bytes());
        self.note("slot", one.header.slot.as_bytes());
        self.note("record hash", &one.hash);
        self.note("author", &one.inside.author);
        self.note("document", one.inside.document.as_bytes());
        self.note("seen", one.inside.seen.chain.as_bytes());
        if one.inside.kind != Kind::SharedView {
            return;
        }
        let view = record::decode_view(&one.inside.projection).unwrap();
        self.note("share", view.share().as_bytes());
        self.note("recipient", &view.consent.recipient);
        self.note("entry", view.consent.item.entry.as_bytes());
        if let Some(gated) = &view.gated {
            self.note("gate", &gated.gate);
            self.note("inner half", &gated.inner);
        }
        for attached in &view.item.attachments {
            self.note("attachment key", &attached.key);
            self.note("attachment hash", &attached.sha256);
        }
    }

    /// What was put at the relay beside the records of a space.
    fn beside(&mut self, overheard: &Overheard, space: SpaceId) {
        for request in overheard.requests() {
            match request.path {
                "/v1/blob" => {
                    let asked: BlobRequest<'_> = decode_canonical(&request.body).unwrap();
                    if asked.space == space {
                        self.note("blob", asked.blob.as_bytes());
                    }
                }
                "/v1/gate" => {
                    let asked: GateRequest = decode_canonical(&request.body).unwrap();
                    if asked.space == space {
                        self.note("gate", asked.gate.as_bytes());
                        asked
                            .part
                            .iter()
                            .for_each(|part| self.note("outer half", part.as_bytes()));
                    }
                }
                _ => {}
            }
        }
    }

    fn spelled(&self) -> Vec<(Vec<u8>, &'static str)> {
        let all = self.0.iter();
        all.flat_map(|(bytes, what)| spellings(bytes).into_iter().map(move |spelling| (spelling, *what)))
            .collect()
    }
}

fn fields(device: &Device, beside: cairn_core::id::RelationshipId) -> Fields {
    device.engine.store().view().fields(beside.into()).unwrap().unwrap().0
}

impl Belongings {
    /// What has to be found of a relationship in what is bound for its own specialist, or the search is blind.
    pub(super) const WHAT: [&'static str; 12] = [
        "access key",
        "agreement",
        "attachment key",
        "author",
        "document",
        "gate",
        "id in a name",
        "line",
        "link",
        "meeting",
        "share",
        "slot",
    ];

    /// What is of one of the relationships, on both sides.
    pub(super) fn of(lives: &Lives, who: usize) -> Self {
        let beside: &Beside = &lives.besides[who];
        let mut noted = Noted::default();
        for (device, id, row) in [
            (&lives.phone, beside.id, lives.space_with(who)),
            (&beside.device, beside.theirs, beside.space()),
        ] {
            noted.note("relationship", id.as_bytes());
            noted.space(device, &row);
            noted.fields(&fields(device, id));
            let cards = device.engine.relationship_cards().unwrap().into_iter();
            for card in cards.filter(|card| card.relationship.id == id) {
                card.terms
                    .proposals
                    .iter()
                    .for_each(|one| noted.note("agreement", &one.hash));
            }
            for meeting in device.engine.meetings(id).unwrap() {
                noted.note("meeting", meeting.id.as_bytes());
                let lines = meeting.agenda.iter().chain(&meeting.notes);
                lines.for_each(|line| noted.note("line", line.id.as_bytes()));
            }
        }
        opened(&lives.overheard, beside)
            .iter()
            .for_each(|one| noted.record(one));
        noted.beside(&lives.overheard, beside.space().id);
        // A consent names its entry. Two people who are shown the same one, and compare, see that it is the same.
        noted.0.retain(|(bytes, _)| bytes != lives.common.as_bytes());
        Self {
            words: BTreeSet::from([beside.word.to_lowercase()]),
            spellings: noted.spelled(),
        }
    }

    /// What is the participant's, and of neither relationship: their devices, their home space, and what they show nobody.
    pub(super) fn of_the_participant_alone(lives: &Lives) -> Self {
        let mut noted = Noted::default();
        let view = lives.phone.engine.store().view();
        let home = view
            .spaces()
            .unwrap()
            .into_iter()
            .find(|row| row.relationship.is_none());
        noted.space(&lives.phone, &home.unwrap());
        let devices = lives.phone.engine.devices().unwrap();
        devices
            .iter()
            .for_each(|device| noted.note("device", device.id.as_bytes()));
        lives.alone.iter().for_each(|id| noted.note("own id", id));
        Self {
            words: BTreeSet::from([ALONE.to_lowercase()]),
            spellings: noted.spelled(),
        }
    }
}
