//! Finding in a full journal, and in one ten times as long.
//!
//! The floor of a search is FTS5 by itself: the rows and snippets of 50 finds, newest first, where the newest have the highest numbers. It
//! knows no filter, no page after the first, no trash, and no script without blanks. Both are asked the same words in turns: frequent and rare
//! ones, two together, and the beginning of one. p99 is over all of them.
//!
//! A journal of 100,000 entries is held against one of 10,000: lists, searches and opening must not grow with it. Everything is in the
//! system's cache and nothing else runs, so what is compared is work, not disks.

use crate::Result;
use crate::floor::Floor;
use crate::journal::{MANY, SCREEN, drafts, engine, imported};
use crate::sheet::{Limit, Sheet, median, quantile, us_each};
use cairn_core::journal::{EntryQuery, Filter, Month, SearchQuery};
use cairn_core::vault::Engine;
use chrono::Datelike as _;
use std::path::Path;
use std::time::Instant;

/// Entries of a journal that nobody has outgrown.
const VERY_MANY: usize = 100_000;
/// Entries that are brought in one go.
const BATCH: usize = 5_000;
/// How often each question is asked.
const ROUNDS: usize = 60;
/// Months of one look at the calendar.
const MONTHS: usize = 12;
/// Openings of each journal.
const OPENINGS: usize = 15;
/// What is looked for, as it is typed, and the same for FTS5.
const WORDS: [(&str, &str); 6] = [
    ("the", "\"the\" *"),
    ("kitchen", "\"kitchen\" *"),
    ("sno", "\"sno\" *"),
    ("morning kitchen", "\"morning\" \"kitchen\" *"),
    ("the and", "\"the\" \"and\" *"),
    ("quatrefoil", "\"quatrefoil\" *"),
];

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let folders = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let mut floor = Floor::new(folders.0.path(), [5; 32])?;
    floor.fill(&drafts(1, MANY))?;
    let many = filled(folders.1.path(), MANY)?;
    searching(sheet, &floor, &many)?;
    let very_many = filled(folders.2.path(), VERY_MANY)?;
    growing(sheet, &many, &very_many)?;
    drop((many, very_many));
    let (mut few_ms, mut ms) = (Vec::new(), Vec::new());
    for _ in 0..OPENINGS {
        few_ms.push(opened(folders.1.path())?);
        ms.push(opened(folders.2.path())?);
    }
    let limit = Limit::TimesFloorAtMost(2.0);
    let name = "open 100,000 entries and list 50, beside 10,000";
    sheet.add(name, median(ms), "ms", Some(median(few_ms)), limit);
    Ok(())
}

fn filled(folder: &Path, count: usize) -> Result<Engine> {
    let mut engine = engine(folder, "phone")?;
    let mut rest = imported(1, count);
    while !rest.is_empty() {
        let after = rest.split_off(BATCH.min(rest.len()));
        engine.import(rest)?;
        rest = after;
    }
    Ok(engine)
}

/// Microseconds of one search, and how many it found.
fn search(engine: &Engine, words: &str, filter: &Filter) -> Result<(f64, usize)> {
    let query = SearchQuery {
        filter: filter.clone(),
        ..SearchQuery::newest(words, SCREEN)
    };
    let start = Instant::now();
    let hits = engine.store().view().search(&query)?;
    Ok((us_each(start.elapsed(), 1), hits.len()))
}

fn searching(sheet: &mut Sheet, floor: &Floor, many: &Engine) -> Result<()> {
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (words, expression) in WORDS {
            let start = Instant::now();
            let found = floor.search(expression, SCREEN)?;
            floors.push(us_each(start.elapsed(), 1));
            let (us, ours_found) = search(many, words, &Filter::none())?;
            ours.push(us);
            if found != ours_found {
                return Err("the floor finds what is found here".into());
            }
        }
    }
    let (floor_p99, p99) = (quantile(floors.clone(), 0.99), quantile(ours.clone(), 0.99));
    let limit = Limit::TimesFloorAtMost(3.0);
    let name = "search 10,000 entries for 50 with snippets, p99";
    sheet.add(name, p99, "us", Some(floor_p99), limit);
    sheet.add_beside("search 10,000 entries, median", median(ours), "us");
    sheet.add_beside("the same by FTS5 alone, median", median(floors), "us");
    Ok(())
}

fn growing(sheet: &mut Sheet, many: &Engine, very_many: &Engine) -> Result<()> {
    let tag = drafts(1, 100).into_iter().flat_map(|draft| draft.tags).next();
    let tagged = Filter {
        tags: tag.into_iter().collect(),
        ..Filter::none()
    };
    let limit = Limit::TimesFloorAtMost(2.0);
    for (words, _) in WORDS {
        let (small, large) = beside(many, very_many, |engine| Ok(search(engine, words, &Filter::none())?.0))?;
        let name = format!("search 100,000 entries for \"{words}\", beside 10,000");
        sheet.add(&name, large, "us", Some(small), limit);
    }
    let (small, large) = beside(many, very_many, |engine| Ok(search(engine, "the", &tagged)?.0))?;
    let name = "search 100,000 entries for \"the\" under a tag, beside 10,000";
    sheet.add(name, large, "us", Some(small), limit);
    for (what, filter) in [("list 50", Filter::none()), ("list 50 under a tag", tagged)] {
        let (small, large) = beside(many, very_many, |engine| {
            let query = EntryQuery {
                filter: filter.clone(),
                ..EntryQuery::newest(SCREEN)
            };
            let start = Instant::now();
            engine.store().view().entries(&query)?;
            Ok(us_each(start.elapsed(), 1))
        })?;
        let name = format!("{what} of 100,000 entries, beside 10,000");
        sheet.add(&name, large, "us", Some(small), limit);
    }
    let (small, large) = beside(many, very_many, |engine| {
        let page = engine.store().view().entries(&EntryQuery::newest(1))?;
        let newest = page.entries.first().ok_or("a journal has a newest entry")?;
        // The twelve months before the last one, which are written to their end: of single ones some hold half as many days.
        let mut first = newest.happened.local_date.with_day(1);
        let mut months = Vec::new();
        while months.len() < MONTHS {
            let month = first.and_then(|first| first.pred_opt()).and_then(Month::of);
            let month = month.ok_or("its months are some")?;
            first = Some(month.first());
            months.push(month);
        }
        let start = Instant::now();
        for month in months {
            engine.store().view().days(month)?;
        }
        Ok(us_each(start.elapsed(), MONTHS))
    })?;
    sheet.add(
        "a month of 100,000 entries, beside 10,000",
        large,
        "us",
        Some(small),
        limit,
    );
    Ok(())
}

/// Medians of a question to both journals, asked in turns.
fn beside(small: &Engine, large: &Engine, ask: impl Fn(&Engine) -> Result<f64>) -> Result<(f64, f64)> {
    let (mut smalls, mut larges) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        smalls.push(ask(small)?);
        larges.push(ask(large)?);
    }
    Ok((median(smalls), median(larges)))
}

/// Milliseconds to open a journal and to list a screen of it.
fn opened(folder: &Path) -> Result<f64> {
    let start = Instant::now();
    let engine = engine(folder, "phone")?;
    let page = engine.store().view().entries(&EntryQuery::newest(SCREEN))?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    if page.entries.len() == SCREEN {
        Ok(ms)
    } else {
        Err("a screen is full".into())
    }
}
