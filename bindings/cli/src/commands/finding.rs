//! Finding entries: by words, by day, by what happened on this day, and the words in use.

use super::entries::in_a_list;
use crate::args::{Calendar, NotYet, NotYetChange, Search, Switch, WordList};
use crate::failure::Failure;
use crate::output::json::{EntryList, EntryPage, HitValue, MemoriesValue, MonthValue};
use crate::output::{Output, in_one_line};
use crate::{find, moments, terminal};
use cairn_core::journal::{Cursor, Entry, Filter, Hit, Month, SearchQuery, When, WordQuery};
use cairn_core::limits::{PAGE_ENTRIES_MAX, PAGE_WORDS_MAX};
use cairn_core::vault::{Error, Vault};
use chrono::{Datelike as _, NaiveDate, Weekday};
use std::collections::BTreeMap;

/// After a day that has entries. It is the same whatever they are, and reads without colour.
const MARK: char = '·';

/// The place after the entry whose id begins so.
pub(super) fn after(vault: &Vault, id: Option<&str>) -> Result<Option<Cursor>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let id = find::entry(vault, id)?;
    let entry = vault.journal().entry(id).wait()?.ok_or(Error::NotFound)?;
    Ok(Some(Cursor::after(&entry)))
}

pub(super) fn search(vault: &Vault, search: Search, out: Output) -> Result<(), Failure> {
    let query = SearchQuery {
        words: search.words.join(" "),
        count: search.count,
        after: after(vault, search.after.as_deref())?,
        filter: Filter::from(search.filters),
    };
    let hits = vault.journal().search(query).wait()?;
    if out.is_json() {
        let hits: Vec<HitValue> = hits.iter().map(HitValue::from).collect();
        return out.value(&BTreeMap::from([("hits", hits)]));
    }
    if hits.is_empty() {
        return out.line("No entry holds all of these words.");
    }
    let width = terminal::width();
    for Hit { entry, snippet } in &hits {
        out.line(in_a_list(entry, width))?;
        // The marks take no place on the screen, so the line may hold some more.
        out.line(format!(
            "          {}",
            in_one_line(snippet, width.saturating_sub(10).max(40))
        ))?;
    }
    Ok(())
}

pub(super) fn calendar(vault: &Vault, calendar: &Calendar, out: Output) -> Result<(), Failure> {
    let month = match &calendar.month {
        Some(month) => {
            self::month(month).ok_or_else(|| Failure::invalid("Nothing was changed: a month looks like 2026-03."))?
        }
        None => Month::of(today()?).ok_or(Error::NotFound)?,
    };
    let found = vault.journal().days(month).wait()?;
    if out.is_json() {
        return out.value(&MonthValue::new(month, &found));
    }
    let first = if calendar.sunday { Weekday::Sun } else { Weekday::Mon };
    for line in grid(month, &found.days, first) {
        out.line(line)?;
    }
    if found.has_undated {
        let month = month.first().format("%Y-%m");
        out.line(format!("\nSome entries of this month have no day: cairn day {month}"))?;
    }
    Ok(())
}

pub(super) fn day(vault: &Vault, typed: Option<&str>, out: Output) -> Result<(), Failure> {
    let unreadable = || Failure::invalid("Nothing was changed: a day looks like 2026-03-01, and a month like 2026-03.");
    let when = match typed.map(str::trim) {
        None => When::Day(today()?),
        Some(text) => match (text.parse(), month(text)) {
            (Ok(day), _) => When::Day(day),
            (Err(_), Some(month)) => When::SometimeIn(month),
            (Err(_), None) => return Err(unreadable()),
        },
    };
    let (mut entries, mut after): (Vec<Entry>, _) = (Vec::new(), None);
    loop {
        let page = vault.journal().entries_of(when, after, PAGE_ENTRIES_MAX).wait()?;
        entries.extend(page.entries);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if out.is_json() {
        return out.value(&EntryList::from(entries.as_slice()));
    }
    listed(&entries, "There is no entry here.", out)
}

pub(super) fn memories(vault: &Vault, switch: Option<Switch>, out: Output) -> Result<(), Failure> {
    let journal = vault.journal();
    if let Some(switch) = switch {
        journal.set_memories(switch == Switch::On).wait()?;
    }
    let on = journal.has_memories().wait()?;
    let entries = journal.memories(today()?).wait()?;
    if out.is_json() {
        return out.value(&MemoriesValue::new(on, &entries));
    }
    if !on {
        return out.line("\"On this day\" is off. If you like: cairn memories on");
    }
    listed(&entries, "There is no entry of this day in earlier years.", out)
}

pub(super) fn not_yet(vault: &Vault, asked: NotYet, out: Output) -> Result<(), Failure> {
    let journal = vault.journal();
    let changed = match asked.change {
        Some(NotYetChange::Add { id }) => Some((id, true)),
        Some(NotYetChange::Remove { id }) => Some((id, false)),
        None => None,
    };
    if let Some((id, on)) = changed {
        let id = find::entry(vault, &id)?;
        journal.set_not_yet(id, on).wait()?;
        return super::saved(&id.to_string(), out);
    }
    let after = after(vault, asked.after.as_deref())?;
    let page = journal.not_yet(after, asked.count).wait()?;
    if out.is_json() {
        return out.value(&EntryPage::from(&page));
    }
    listed(&page.entries, "There is no entry here.", out)?;
    page.next.map_or(Ok(()), |next| {
        out.line(format!(
            "\nThere are more: cairn not-yet --after {}",
            find::short(next.id)
        ))
    })
}

pub(super) fn words(vault: &Vault, list: &WordList, out: Output) -> Result<(), Failure> {
    let mut query = WordQuery {
        beginning: list.beginning.clone(),
        ..WordQuery::all(list.kind.into())
    };
    let mut all: Vec<String> = Vec::new();
    loop {
        let page = vault.journal().words(query.clone()).wait()?;
        let is_last = page.len() < PAGE_WORDS_MAX;
        all.extend(page.into_iter().map(|word| word.written));
        if is_last {
            break;
        }
        query.after = all.last().cloned();
    }
    if out.is_json() {
        return out.value(&BTreeMap::from([("words", all)]));
    }
    if all.is_empty() {
        return out.line("There are no such words.");
    }
    all.iter().try_for_each(|word| out.line(word))
}

fn listed(entries: &[Entry], nothing: &str, out: Output) -> Result<(), Failure> {
    if entries.is_empty() {
        return out.line(nothing);
    }
    let width = terminal::width();
    entries.iter().try_for_each(|entry| out.line(in_a_list(entry, width)))
}

fn today() -> Result<NaiveDate, Failure> {
    Ok(moments::now(moments::local_zone())?.local_date)
}

fn month(text: &str) -> Option<Month> {
    Month::of(format!("{}-01", text.trim()).parse().ok()?)
}

/// A month as a grid: a week a line, a mark after each day that has entries.
fn grid(month: Month, days: &[NaiveDate], first: Weekday) -> Vec<String> {
    let mut header = String::new();
    let mut weekday = first;
    for _ in 0..7 {
        header.push_str(&format!("{:.2}  ", weekday.to_string()));
        weekday = weekday.succ();
    }
    let mut lines = vec![month.first().format("%B %Y").to_string(), header.trim_end().to_owned()];
    let place = |day: Weekday| day.num_days_from_monday();
    let before = ((7 + place(month.first().weekday()) - place(first)) % 7) as usize;
    let mut line = "    ".repeat(before);
    for date in month.first().iter_days().take_while(|date| *date <= month.last()) {
        if date.weekday() == first && date != month.first() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        let mark = if days.contains(&date) { MARK } else { ' ' };
        line.push_str(&format!("{:2}{mark} ", date.day()));
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    #[test]
    fn a_month_is_drawn_with_a_mark_after_each_day_that_has_entries() {
        let days = ["2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()];
        let lines = grid(month("2026-03").unwrap(), &days, Weekday::Mon);
        assert_eq!(
            lines,
            [
                "March 2026",
                "Mo  Tu  We  Th  Fr  Sa  Su",
                "                         1·",
                " 2   3   4   5   6   7   8",
                " 9  10  11  12  13  14  15",
                "16  17  18  19  20  21  22",
                "23  24  25  26  27  28  29",
                "30  31·",
            ]
        );
        let lines = grid(month("2026-02").unwrap(), &[], Weekday::Sun);
        assert_eq!(lines.get(1).unwrap(), "Su  Mo  Tu  We  Th  Fr  Sa");
        assert_eq!(lines.get(2).unwrap(), " 1   2   3   4   5   6   7");
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn what_is_no_month_is_none() {
        for text in ["", "2026", "2026-13", "2026-03-01", "March"] {
            assert!(month(text).is_none(), "{text}");
        }
    }
}
