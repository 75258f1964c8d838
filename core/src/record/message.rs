//! What two people say to each other, as canonical CBOR: a message, and what a participant wishes of messages.
//!
//! Message: `{0 kind, 1 words, 2 about: [0, share], [1, message], [2, meeting] or [3, first day, last day], 3 version of the preferences, 4 [topic...], 5 sent ms, 6 text, 7 [title, what it is, link, cost,
//! why], 8 message, 9 wanted: bits, 10 self-reflection done: true, 11 [heard, pushed]}`. Present are 0, 1, 3 and 5; 2 and 4 where there is one; of the others
//! what the kind has:
//!
//! | kind | | has |
//! |---|---|---|
//! | 0 | acknowledgement | 6 a strength that was noticed, where there is one |
//! | 1 | open question | |
//! | 2, 3 | offer of lived experience, of a resource | |
//! | 4 | resource | 7; 8 the offer that was taken up or the request, where there is one |
//! | 5 | lived experience | 10; 6 a question back, and 8, where there are any |
//! | 6 | practical | |
//! | 7 | response to feedback | 6 what is done differently, where anything is |
//! | 8 | closing | |
//! | 9 | proposal | 8 what asked for it |
//! | 16 | words | |
//! | 17 | ask | 9 |
//! | 18, 19, 20 | correction, yes, not now | |
//! | 21 | feedback | 11 |
//! | 22 | ask for a proposal | |
//!
//! Wanted: 1 listening, 2 ideas, 4 company, 8 practical help, 16 questions, 32 just reading, 64 their story. Heard: 0 not at all, 1 a little, 2 mostly, 3 fully, 4 not
//! sure, 5 unsaid; pushed: 0 not at all, 1 a little, 2 quite a bit, 3 a lot, 4 not sure, 5 unsaid.
//!
//! Wishes: `{0 version, 1 lived experience: 0 never, 1 ask first, 2 welcome, 2 its characters at most, 3 [what is not to be brought up...], 4 when quiet: text where
//! there is any, 5 listen first: false where it need not be, 6 no directing: false where it may be}`.
//!
//! Shares, messages and meetings are named by their 16 bytes. Days are counted from 1970-01-01. Versions are u64; the characters are u16, the time is a signed number of 64 bits. There are 32 topics at most, of
//! either kind. No text of 6 and of the wishes' 4 is empty: it would not be there. The texts of 7 may be.
//!
//! A kind, a way of being about something, a bit or a choice that a reader does not know is [`RecordError::TooNew`], and so are no bits at all, and a key below 32; later keys are passed
//! over. A part that a kind lacks, or has not, is [`RecordError::Malformed`].

use super::RecordError;
use super::cbor::{Reader, Writer};
use super::texts::{read_day, some_text, some_texts, write_texts};
use super::view::pass_over;
use crate::clock::Timestamp;
use crate::id::{MeetingId, MessageId, ShareId};
use crate::limits;
use crate::moment::day_of_date;
use crate::support::{
    About, Days, FeltHeard, FeltPushed, LivedExperience, Message, Offered, Resource, Saying, SupportWanted, Wishes,
};

/// What of a message only some kinds have.
#[derive(Default)]
struct Parts {
    text: Option<String>,
    resource: Option<Resource>,
    accepted: Option<MessageId>,
    wanted: Option<SupportWanted>,
    reflected: Option<()>,
    felt: Option<(FeltHeard, FeltPushed)>,
}

const fn number(saying: &Saying) -> u64 {
    match saying {
        Saying::Acknowledgement { .. } => 0,
        Saying::OpenQuestion => 1,
        Saying::Offer(Offered::LivedExperience) => 2,
        Saying::Offer(Offered::Resource) => 3,
        Saying::Resource { .. } => 4,
        Saying::LivedExperience { .. } => 5,
        Saying::Practical => 6,
        Saying::ResponseToFeedback { .. } => 7,
        Saying::Closing => 8,
        Saying::Proposal { .. } => 9,
        Saying::Words => 16,
        Saying::Ask(_) => 17,
        Saying::Correction => 18,
        Saying::Yes => 19,
        Saying::NotNow => 20,
        Saying::Feedback { .. } => 21,
        Saying::AskForProposal => 22,
    }
}

fn parts_of(saying: &Saying) -> Parts {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let nothing = Parts::default();
    match saying {
        Saying::Acknowledgement { strength: text } | Saying::ResponseToFeedback { differently: text } => Parts {
            text: some(text),
            ..nothing
        },
        Saying::Resource { resource, accepted } => Parts {
            resource: Some(resource.clone()),
            accepted: *accepted,
            ..nothing
        },
        Saying::LivedExperience { accepted, ask_back } => Parts {
            text: some(ask_back),
            accepted: *accepted,
            reflected: Some(()),
            ..nothing
        },
        Saying::Proposal { asked } => Parts {
            accepted: Some(*asked),
            ..nothing
        },
        Saying::Ask(wanted) => Parts {
            wanted: Some(*wanted),
            ..nothing
        },
        Saying::Feedback { heard, pushed } => Parts {
            felt: Some((*heard, *pushed)),
            ..nothing
        },
        _ => nothing,
    }
}

/// The kind with this number and these parts; an error where it lacks one or has one that it has not.
fn saying(number: u64, parts: Parts) -> Result<Saying, RecordError> {
    let missing = RecordError::Malformed;
    let Parts {
        text,
        resource,
        accepted,
        wanted,
        reflected,
        felt,
    } = parts;
    let has = [
        text.is_some(),
        resource.is_some(),
        accepted.is_some(),
        wanted.is_some(),
        reflected.is_some(),
        felt.is_some(),
    ];
    let only = |allowed: [bool; 6]| -> Result<(), RecordError> {
        let is_foreign = has.into_iter().zip(allowed).any(|(has, may)| has && !may);
        if is_foreign {
            Err(RecordError::Malformed)
        } else {
            Ok(())
        }
    };
    let with_text = [true, false, false, false, false, false];
    let text = text.unwrap_or_default();
    Ok(match number {
        0 => {
            only(with_text)?;
            Saying::Acknowledgement { strength: text }
        }
        4 => {
            only([false, true, true, false, false, false])?;
            Saying::Resource {
                resource: resource.ok_or(missing)?,
                accepted,
            }
        }
        5 => {
            only([true, false, true, false, true, false])?;
            reflected.ok_or(missing)?;
            Saying::LivedExperience {
                accepted,
                ask_back: text,
            }
        }
        7 => {
            only(with_text)?;
            Saying::ResponseToFeedback { differently: text }
        }
        9 => {
            only([false, false, true, false, false, false])?;
            Saying::Proposal {
                asked: accepted.ok_or(missing)?,
            }
        }
        17 => {
            only([false, false, false, true, false, false])?;
            Saying::Ask(wanted.ok_or(missing)?)
        }
        21 => {
            only([false, false, false, false, false, true])?;
            let (heard, pushed) = felt.ok_or(missing)?;
            Saying::Feedback { heard, pushed }
        }
        _ => {
            let saying = match number {
                1 => Saying::OpenQuestion,
                2 => Saying::Offer(Offered::LivedExperience),
                3 => Saying::Offer(Offered::Resource),
                6 => Saying::Practical,
                8 => Saying::Closing,
                16 => Saying::Words,
                18 => Saying::Correction,
                19 => Saying::Yes,
                20 => Saying::NotNow,
                22 => Saying::AskForProposal,
                _ => return Err(RecordError::TooNew), // Whatever else it has.
            };
            only([false; 6])?;
            saying
        }
    })
}

/// Writes a message.
pub fn encode_message(message: &Message) -> Vec<u8> {
    let parts = parts_of(&message.saying);
    let present = [
        message.about.is_some(),
        !message.topics.is_empty(),
        parts.text.is_some(),
        parts.resource.is_some(),
        parts.accepted.is_some(),
        parts.wanted.is_some(),
        parts.reflected.is_some(),
        parts.felt.is_some(),
    ];
    let mut writer = Writer::with_capacity(message.body.len() + 256);
    writer.map(4 + present.into_iter().filter(|is| *is).count());
    writer.uint(0);
    writer.uint(number(&message.saying));
    writer.uint(1);
    writer.text(&message.body);
    if let Some(about) = message.about {
        writer.uint(2);
        let mut named = |which, id: &[u8; 16]| {
            writer.array(2);
            writer.uint(which);
            writer.bytes(id);
        };
        match &about {
            About::Share(share) => named(0, share.as_bytes()),
            About::Message(message) => named(1, message.as_bytes()),
            About::Meeting(meeting) => named(2, meeting.as_bytes()),
            About::Days(days) => {
                writer.array(3);
                writer.uint(3);
                writer.int(day_of_date(days.first()));
                writer.int(day_of_date(days.last()));
            }
        }
    }
    writer.uint(3);
    writer.uint(message.preferences);
    if !message.topics.is_empty() {
        writer.uint(4);
        write_texts(&mut writer, &message.topics);
    }
    writer.uint(5);
    writer.int(message.sent.0);
    if let Some(text) = &parts.text {
        writer.uint(6);
        writer.text(text);
    }
    if let Some(resource) = &parts.resource {
        writer.uint(7);
        writer.array(5);
        let Resource {
            title,
            what_it_is,
            link,
            cost,
            why,
        } = resource;
        for text in [title, what_it_is, link, cost, why] {
            writer.text(text);
        }
    }
    if let Some(accepted) = &parts.accepted {
        writer.uint(8);
        writer.bytes(accepted.as_bytes());
    }
    if let Some(wanted) = parts.wanted {
        writer.uint(9);
        writer.uint(wanted.bits().into());
    }
    if parts.reflected.is_some() {
        writer.uint(10);
        writer.bool(true);
    }
    if let Some((heard, pushed)) = parts.felt {
        writer.uint(11);
        writer.array(2);
        writer.uint(heard as u64);
        writer.uint(pushed as u64);
    }
    writer.into_bytes()
}

/// Reads a message. Whether it may be said like this, [`Message::check`] says.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_message`] does not write, but for keys that may be passed over.
pub fn decode_message(bytes: &[u8]) -> Result<Message, RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut kind, mut body, mut about, mut preferences, mut sent) = (None, None, None, None, None);
    let (mut topics, mut parts) = (Vec::new(), Parts::default());
    reader.numbered_map(|key, value| {
        match key {
            0 => kind = Some(value.uint()?),
            1 => body = Some(value.text()?.to_owned()),
            2 => about = Some(read_about(value)?),
            3 => preferences = Some(value.uint()?),
            4 => topics = some_texts(value, limits::TOPICS_MAX)?,
            5 => sent = Some(Timestamp(value.int()?)),
            6 => parts.text = Some(some_text(value)?),
            7 => {
                value.array_of(5)?;
                let mut texts: [String; 5] = Default::default();
                for text in &mut texts {
                    value.text()?.clone_into(text);
                }
                let [title, what_it_is, link, cost, why] = texts;
                parts.resource = Some(Resource {
                    title,
                    what_it_is,
                    link,
                    cost,
                    why,
                });
            }
            8 => parts.accepted = Some(MessageId::from_bytes(value.exact()?)),
            9 => parts.wanted = Some(SupportWanted::from_bits(value.uint()?).ok_or(RecordError::TooNew)?),
            10 => parts.reflected = Some(value.bool()?.then_some(()).ok_or(RecordError::NotCanonical)?),
            11 => {
                value.array_of(2)?;
                let heard = FeltHeard::from_number(value.uint()?).ok_or(RecordError::TooNew)?;
                let pushed = FeltPushed::from_number(value.uint()?).ok_or(RecordError::TooNew)?;
                parts.felt = Some((heard, pushed));
            }
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let missing = RecordError::Malformed;
    Ok(Message {
        saying: saying(kind.ok_or(missing)?, parts)?,
        body: body.ok_or(missing)?,
        about,
        preferences: preferences.ok_or(missing)?,
        topics,
        sent: sent.ok_or(missing)?,
    })
}

fn read_about(reader: &mut Reader<'_>) -> Result<About, RecordError> {
    let count = reader.array()?;
    if count == 0 {
        return Err(RecordError::Malformed);
    }
    let which = reader.uint()?;
    match (which, count) {
        (0, 2) => Ok(About::Share(ShareId::from_bytes(reader.exact()?))),
        (1, 2) => Ok(About::Message(MessageId::from_bytes(reader.exact()?))),
        (2, 2) => Ok(About::Meeting(MeetingId::from_bytes(reader.exact()?))),
        (3, 3) => {
            let (first, last) = (read_day(reader)?, read_day(reader)?);
            Ok(About::Days(Days::new(first, last).ok_or(RecordError::Malformed)?))
        }
        (0..=3, _) => Err(RecordError::Malformed),
        _ => Err(RecordError::TooNew),
    }
}

/// Writes what a participant wishes of messages.
pub fn encode_wishes(wishes: &Wishes) -> Vec<u8> {
    let has = [
        !wishes.off_limits.is_empty(),
        !wishes.when_quiet.is_empty(),
        !wishes.listen_first,
        !wishes.no_directing,
    ];
    let mut writer = Writer::default();
    writer.map(3 + has.into_iter().filter(|is| *is).count());
    writer.uint(0);
    writer.uint(wishes.version);
    writer.uint(1);
    writer.uint(wishes.lived_experience as u64);
    writer.uint(2);
    writer.uint(wishes.lived_experience_max.into());
    if !wishes.off_limits.is_empty() {
        writer.uint(3);
        write_texts(&mut writer, &wishes.off_limits);
    }
    if !wishes.when_quiet.is_empty() {
        writer.uint(4);
        writer.text(&wishes.when_quiet);
    }
    for (key, is_kept_to) in [(5, wishes.listen_first), (6, wishes.no_directing)] {
        if !is_kept_to {
            writer.uint(key);
            writer.bool(false);
        }
    }
    writer.into_bytes()
}

/// Reads what a participant wishes of messages. Whether it may be wished like this, [`Wishes::check`] says.
///
/// # Errors
/// [`RecordError`] for anything that [`encode_wishes`] does not write, but for keys that may be passed over.
pub fn decode_wishes(bytes: &[u8]) -> Result<Wishes, RecordError> {
    let mut reader = Reader::new(bytes);
    let (mut version, mut lived, mut most) = (None, None, None);
    let (mut off_limits, mut when_quiet) = (Vec::new(), String::new());
    let (mut listen_first, mut no_directing) = (true, true);
    reader.numbered_map(|key, value| {
        match key {
            0 => version = Some(value.uint()?),
            1 => lived = Some(LivedExperience::from_number(value.uint()?).ok_or(RecordError::TooNew)?),
            2 => most = Some(u16::try_from(value.uint()?).map_err(|_| RecordError::TooLarge)?),
            3 => off_limits = some_texts(value, limits::TOPICS_MAX)?,
            4 => when_quiet = some_text(value)?,
            5 => listen_first = only_off(value)?,
            6 => no_directing = only_off(value)?,
            _ => pass_over(key, value)?,
        }
        Ok(())
    })?;
    reader.end()?;
    let missing = RecordError::Malformed;
    Ok(Wishes {
        version: version.ok_or(missing)?,
        lived_experience: lived.ok_or(missing)?,
        lived_experience_max: most.ok_or(missing)?,
        off_limits,
        when_quiet,
        listen_first,
        no_directing,
    })
}

/// A switch that is not there where it is on.
fn only_off(reader: &mut Reader<'_>) -> Result<bool, RecordError> {
    if reader.bool()? {
        return Err(RecordError::NotCanonical);
    }
    Ok(false)
}
