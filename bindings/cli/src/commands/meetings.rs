//! The pages of meetings, which two people write together.

use super::people::name_of;
use super::terms::on_its_way;
use crate::args::MeetingChange;
use crate::failure::Failure;
use crate::find::{self, beginning};
use crate::output::json::MeetingValue;
use crate::output::{Output, bold};
use cairn_core::id::LineId;
use cairn_core::support::{Meeting, MeetingLine, RelationshipCard};
use cairn_core::vault::Vault;
use cairn_core::words::meetings as said;
use std::collections::BTreeMap;

pub(super) fn run(vault: &Vault, person: &str, change: Option<MeetingChange>, out: Output) -> Result<(), Failure> {
    let Some(change) = change else {
        return list(vault, &find::anybody(vault, person)?, out);
    };
    let card = find::person(vault, person)?;
    let (id, who) = (card.relationship.id, name_of(&card));
    let support = vault.support();
    let all = support.meetings(id).wait()?;
    let meeting = |text: &str| meeting_of(&all, text);
    let (made, text) = match change {
        MeetingChange::Begin { day } => (support.begin_meeting(id, day).wait()?.to_string(), said::BEGUN),
        MeetingChange::TakeBack { meeting: text } => {
            let meeting = meeting(&text)?;
            support.take_back_meeting(id, meeting.id).wait()?;
            (meeting.id.to_string(), said::AWAY)
        }
        MeetingChange::Write {
            meeting: text,
            part,
            text: words,
            before,
        } => {
            let meeting = meeting(&text)?;
            let before = before.map(|text| line_of(meeting, &text)).transpose()?;
            let line = support.write_line(id, meeting.id, part, words, before).wait()?;
            (line.to_string(), said::WRITTEN)
        }
        MeetingChange::Change {
            meeting: text,
            line,
            text: words,
        } => {
            let meeting = meeting(&text)?;
            let line = line_of(meeting, &line)?;
            support.change_line(id, meeting.id, line, words).wait()?;
            (line.to_string(), said::WRITTEN)
        }
        MeetingChange::Away { meeting: text, line } => {
            let meeting = meeting(&text)?;
            let line = line_of(meeting, &line)?;
            support.take_line_away(id, meeting.id, line).wait()?;
            (line.to_string(), said::AWAY)
        }
    };
    on_its_way(vault, &made, &text.with(&[("who", &who)]), out)
}

fn meeting_of<'m>(all: &'m [Meeting], text: &str) -> Result<&'m Meeting, Failure> {
    let id = find::only(&beginning(text)?, all.iter().map(|one| one.id), "page of a meeting")?;
    let found = all.iter().find(|one| one.id == id);
    found.ok_or_else(|| Failure::not_found(said::NONE.text))
}

fn line_of(meeting: &Meeting, text: &str) -> Result<LineId, Failure> {
    find::only(&beginning(text)?, meeting.lines().map(|(_, line)| line.id), "line")
}

fn list(vault: &Vault, card: &RelationshipCard, out: Output) -> Result<(), Failure> {
    let all = vault.support().meetings(card.relationship.id).wait()?;
    if out.is_json() {
        let values: Vec<MeetingValue> = all.iter().map(MeetingValue::from).collect();
        return out.value(&BTreeMap::from([("meetings", values)]));
    }
    if all.is_empty() {
        return out.line(said::NONE.text);
    }
    let who = name_of(card);
    for meeting in &all {
        out.line(bold(&format!("{}  {}", find::short(meeting.id), meeting.day)))?;
        for (title, lines) in [("Agenda", &meeting.agenda), ("Notes", &meeting.notes)] {
            out.line(format!("  {title}"))?;
            if lines.is_empty() {
                out.line(format!("            {}", said::EMPTY.text))?;
            }
            lines.iter().try_for_each(|line| show(line, card, &who, out))?;
        }
    }
    Ok(())
}

fn show(line: &MeetingLine, card: &RelationshipCard, who: &str, out: Output) -> Result<(), Failure> {
    let by = if line.by == card.relationship.role { "you" } else { who };
    let (id, words) = (find::short(line.id), line.words.join("\n            "));
    out.line(format!("  {id}  {words}  ({by})"))
}
