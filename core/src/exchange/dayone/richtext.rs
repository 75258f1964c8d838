//! Day One's rich text, as Markdown.
//!
//! Rich text is a list of runs. A run holds characters with their own attributes (bold, a link) and those of their line
//! (a heading, a list); a line ends at `\n`, wherever in a run that stands. Or it holds embedded objects, which stand on
//! lines of their own.
//!
//! What a person typed stands as typed: a `*` of theirs is not escaped, so that no word reads otherwise than it was
//! written. Objects without a Markdown form are handed back, for `extra`.

use crate::exchange::scan;
use serde_json::Value;
use std::collections::BTreeMap;

/// The deepest level of a list that is indented.
const INDENT_MAX: u64 = 12;
/// The deepest heading Markdown has.
const HEADING_MAX: u64 = 6;

/// Rich text, read.
pub(super) struct Rich {
    pub(super) markdown: String,
    /// Embedded objects that have no Markdown form.
    pub(super) unplaced: Vec<Value>,
}

/// Reads rich text, as the object itself or as JSON in a string; none when it is neither.
pub(super) fn read(value: &Value) -> Option<Rich> {
    let parsed: Value;
    let value = match value {
        Value::String(json) if scan::is_parsable(json) => {
            parsed = serde_json::from_str(json).ok()?;
            &parsed
        }
        other => other,
    };
    let mut page = Page::default();
    for run in value.get("contents")?.as_array()? {
        if let Some(text) = run.get("text").and_then(Value::as_str) {
            page.text(text, run.get("attributes").unwrap_or(&Value::Null));
        }
        for object in run
            .get("embeddedObjects")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            page.object(object);
        }
    }
    page.end_line();
    Some(Rich {
        markdown: page.markdown(),
        unplaced: page.unplaced,
    })
}

fn flag(attributes: &Value, name: &str) -> bool {
    match attributes.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        _ => false,
    }
}

fn number(attributes: &Value, name: &str) -> u64 {
    attributes.get(name).and_then(Value::as_u64).unwrap_or(0)
}

/// Characters that look the same.
struct Span {
    text: String,
    /// Strikethrough, bold, italic: the marks that are open around it, outermost first.
    marks: [bool; 3],
    code: bool,
    link: Option<String>,
}

const MARKS: [&str; 3] = ["~~", "**", "*"];

/// What a line is.
#[derive(Clone, Default, PartialEq, Eq)]
struct Form {
    heading: u64,
    list: List,
    level: u64,
    quote: bool,
    code: bool,
}

#[derive(Clone, Default, PartialEq, Eq)]
enum List {
    #[default]
    None,
    Bulleted,
    /// With the number the file gives, 0 when it gives none.
    Numbered(u64),
    Box(bool),
}

enum Line {
    Words(Form, Vec<Span>),
    /// A line that is Markdown already.
    Object(String),
}

#[derive(Default)]
struct Page {
    lines: Vec<Line>,
    form: Option<Form>,
    spans: Vec<Span>,
    /// An object stands before: the line end that follows it is its own.
    after_object: bool,
    unplaced: Vec<Value>,
}

impl Page {
    fn text(&mut self, text: &str, attributes: &Value) {
        let mut text = text;
        if self.after_object {
            text = text.strip_prefix('\n').unwrap_or(text);
            self.after_object = false;
        }
        let mut parts = text.split('\n').peekable();
        while let Some(part) = parts.next() {
            if (!part.is_empty() || parts.peek().is_some()) && self.form.is_none() {
                self.form = Some(form(attributes.get("line").unwrap_or(&Value::Null)));
            }
            if !part.is_empty() {
                self.spans.push(span(part, attributes));
            }
            if parts.peek().is_some() {
                self.line();
            }
        }
    }

    fn line(&mut self) {
        let form = self.form.take().unwrap_or_default();
        self.lines.push(Line::Words(form, std::mem::take(&mut self.spans)));
    }

    fn end_line(&mut self) {
        if self.form.is_some() {
            self.line();
        }
    }

    fn object(&mut self, object: &Value) {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let link = |path: &str| text("identifier").map(|identifier| format!("![](dayone-moment:{path}{identifier})"));
        let markdown = match text("type").unwrap_or_default() {
            "photo" => link("//"),
            "video" => link("/video/"),
            "audio" => link("/audio/"),
            "pdfAttachment" => link("/pdfAttachment/"),
            "horizontalRuleLine" | "horizontalLineRule" => Some("---".to_owned()),
            "table" => text("markdown").map(str::to_owned).or_else(|| table(object)),
            _ => text("url").map(str::to_owned),
        };
        match markdown {
            Some(markdown) => {
                self.end_line();
                self.lines.push(Line::Object(markdown));
                self.after_object = true;
            }
            None => self.unplaced.push(object.clone()),
        }
    }

    fn markdown(&self) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut fence: Option<String> = None;
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            let is_code = matches!(line, Line::Words(form, _) if form.code);
            if is_code && fence.is_none() {
                let ticks = "`".repeat(self.longest_ticks(at).max(2) + 1);
                out.push(ticks.clone());
                fence = Some(ticks);
            } else if !is_code && let Some(ticks) = fence.take() {
                out.push(ticks);
            }
            out.push(match line {
                Line::Object(markdown) => markdown.clone(),
                Line::Words(_, spans) if is_code => words_alone(spans).replace('\u{2028}', "\n"),
                Line::Words(form, spans) => written(form, spans, &mut counts),
            });
        }
        out.extend(fence);
        let mut markdown = out.join("\n");
        markdown.truncate(markdown.trim_end_matches('\n').len());
        markdown
    }

    /// The longest run of backticks in the code that begins at line `at`: its fence must be longer.
    fn longest_ticks(&self, at: usize) -> usize {
        let code = self.lines.iter().skip(at).map_while(|line| match line {
            Line::Words(form, spans) if form.code => Some(longest_ticks(&words_alone(spans))),
            _ => None,
        });
        code.max().unwrap_or(0)
    }
}

fn form(line: &Value) -> Form {
    let level = number(line, "indentLevel").min(INDENT_MAX);
    let list = match line.get("listStyle").and_then(Value::as_str) {
        Some("bulleted") => List::Bulleted,
        Some("numbered") => List::Numbered(number(line, "listIndex")),
        Some("checkbox") => List::Box(flag(line, "checked")),
        _ => List::None,
    };
    Form {
        heading: number(line, "header").min(HEADING_MAX),
        list,
        level,
        quote: flag(line, "quote"),
        code: flag(line, "codeBlock"),
    }
}

fn span(text: &str, attributes: &Value) -> Span {
    let marks = ["strikethrough", "bold", "italic"].map(|name| flag(attributes, name));
    let link = attributes
        .get("linkURL")
        .and_then(Value::as_str)
        .filter(|url| !url.is_empty() && *url != text);
    Span {
        text: text.to_owned(),
        marks,
        code: flag(attributes, "inlineCode"),
        link: link.map(str::to_owned),
    }
}

fn words_alone(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// A line with its marker; further lines of the same item are indented below it.
fn written(form: &Form, spans: &[Span], counts: &mut BTreeMap<u64, u64>) -> String {
    let quote = if form.quote { "> " } else { "" };
    let level = form.level.saturating_sub(1);
    let marker = match &form.list {
        List::None => {
            counts.clear();
            if form.heading > 0 {
                format!("{} ", "#".repeat(usize::try_from(form.heading).unwrap_or(0)))
            } else {
                String::new()
            }
        }
        List::Bulleted => "- ".to_owned(),
        List::Box(checked) => format!("- [{}] ", if *checked { 'x' } else { ' ' }),
        List::Numbered(given) => {
            counts.retain(|counted, _| *counted <= level);
            let count = counts.entry(level).or_insert(0);
            *count = if *given > 0 { *given } else { *count + 1 };
            format!("{count}. ")
        }
    };
    let words = inline(spans);
    if form.list == List::None {
        return format!("{quote}{marker}{}", words.replace('\u{2028}', &format!("\n{quote}")));
    }
    let indent = " ".repeat(usize::try_from(level * 4).unwrap_or(0));
    let below = " ".repeat(if matches!(form.list, List::Numbered(_)) {
        marker.len()
    } else {
        2
    });
    format!(
        "{quote}{indent}{marker}{}",
        words.replace('\u{2028}', &format!("\n{quote}{indent}{below}"))
    )
}

/// Spans with their marks. A mark opens after a blank and closes before one, as Markdown demands.
fn inline(spans: &[Span]) -> String {
    let mut out = String::new();
    let mut open: Vec<usize> = Vec::new();
    let mut blank = String::new();
    let marked = |at: Option<usize>| {
        at.and_then(|at| spans.get(at))
            .is_some_and(|span| span.marks.contains(&true))
    };
    for (at, span) in spans.iter().enumerate() {
        let mut text = span.text.as_str();
        // The app's zero-width spaces beside emphasis.
        if span.marks.contains(&true) || marked(at.checked_sub(1)) {
            text = text.trim_start_matches('\u{200B}');
        }
        if span.marks.contains(&true) || marked(at.checked_add(1)) {
            text = text.trim_end_matches('\u{200B}');
        }
        let core = text.trim();
        if core.is_empty() {
            blank.push_str(text);
            continue;
        }
        let keeps = open
            .iter()
            .position(|&mark| !span.marks.get(mark).copied().unwrap_or(false))
            .unwrap_or(open.len());
        for mark in open.drain(keeps..).rev() {
            out.push_str(MARKS.get(mark).copied().unwrap_or_default());
        }
        let (before, after) = text.split_once(core).unwrap_or_default();
        out.push_str(&blank);
        out.push_str(before);
        blank = after.to_owned();
        for mark in 0..MARKS.len() {
            if span.marks.get(mark) == Some(&true) && !open.contains(&mark) {
                out.push_str(MARKS.get(mark).copied().unwrap_or_default());
                open.push(mark);
            }
        }
        let core = if span.code { in_ticks(core) } else { core.to_owned() };
        match &span.link {
            Some(url) if url.contains([' ', '(', ')']) => out.push_str(&format!("[{core}](<{url}>)")),
            Some(url) => out.push_str(&format!("[{core}]({url})")),
            None => out.push_str(&core),
        }
    }
    for mark in open.into_iter().rev() {
        out.push_str(MARKS.get(mark).copied().unwrap_or_default());
    }
    out + &blank
}

fn in_ticks(code: &str) -> String {
    let ticks = "`".repeat(longest_ticks(code) + 1);
    let pad = if code.starts_with('`') || code.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{code}{pad}{ticks}")
}

fn longest_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A table whose Markdown the file does not hold: its words, cell by cell.
fn table(object: &Value) -> Option<String> {
    let mut lines = Vec::new();
    for row in object.get("rows")?.as_array()? {
        let cells: Vec<String> = row
            .as_array()?
            .iter()
            .map(|cell| {
                let words = cell.get("content").and_then(Value::as_array).into_iter().flatten();
                words
                    .filter_map(|part| part.get("text")?.as_str())
                    .collect::<String>()
                    .replace(['\n', '|'], " ")
            })
            .collect();
        lines.push(format!("| {} |", cells.join(" | ")));
        if lines.len() == 1 {
            lines.push(format!("|{}", " --- |".repeat(cells.len())));
        }
    }
    Some(lines.join("\n"))
}
