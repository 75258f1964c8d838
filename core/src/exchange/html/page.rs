//! What is written while tokens come.

use html5gum::{HtmlString, StartTag};

/// Lists and quotes within one another that are set in further.
const INDENTS_MAX: usize = 12;

/// Elements whose content is not words.
const DROPPED: [&[u8]; 11] = [
    b"script",
    b"style",
    b"head",
    b"title",
    b"template",
    b"noscript",
    b"iframe",
    b"object",
    b"svg",
    b"select",
    b"textarea",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Bold,
    Italic,
    Struck,
    Code,
}

impl Mark {
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"b" | b"strong" => Self::Bold,
            b"i" | b"em" => Self::Italic,
            b"s" | b"del" | b"strike" => Self::Struck,
            b"code" | b"tt" | b"kbd" => Self::Code,
            _ => return None,
        })
    }

    const fn written(self) -> &'static str {
        match self {
            Self::Bold => "**",
            Self::Italic => "*",
            Self::Struck => "~~",
            Self::Code => "`",
        }
    }
}

/// What lines stand in.
enum Container {
    /// With the number of its next item, where it has numbers.
    List(Option<u64>),
    /// With its marker, until that is written, and the width of it.
    Item(Option<String>, usize),
    Quote,
}

#[derive(Default)]
pub(super) struct Page {
    out: String,
    /// Line ends that come before the next word: 1 ends a line, 2 a paragraph.
    breaks: usize,
    blank: bool,
    /// Marks that open before the next word.
    waiting: Vec<Mark>,
    opened: Vec<Mark>,
    containers: Vec<Container>,
    /// The element whose content is dropped, and how often it is open.
    dropped: Option<(Vec<u8>, usize)>,
    /// Marker of a heading, before its first word.
    heading: Option<usize>,
    preformatted: bool,
    /// The targets of links that are open, none for one that may lead nowhere, and how many marks were open before each.
    links: Vec<(Option<String>, usize)>,
}

impl Page {
    pub(super) fn open(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if let Some((dropped, depth)) = &mut self.dropped {
            if dropped.as_slice() == name && !tag.self_closing {
                *depth += 1;
            }
            return;
        }
        if DROPPED.contains(&name) {
            self.dropped = (!tag.self_closing).then(|| (name.to_vec(), 1));
            return;
        }
        if let Some(mark) = Mark::of(name) {
            if !self.preformatted && !self.waiting.contains(&mark) && !self.opened.contains(&mark) {
                self.waiting.push(mark);
            }
            return;
        }
        match name {
            b"br" => self.line(self.breaks + 1),
            b"p" | b"pre" | b"blockquote" | b"table" | b"figure" | b"hr" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5"
            | b"h6" | b"ul" | b"ol" => self.block(),
            b"div" | b"section" | b"article" | b"tr" | b"dt" | b"dd" | b"header" | b"footer" => self.line(1),
            b"td" | b"th" => self.blank = true,
            _ => {}
        }
        match name {
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => {
                self.heading = name.get(1).map(|digit| usize::from(digit - b'0'));
            }
            b"hr" => {
                self.word("---");
                self.block();
            }
            b"pre" => {
                self.word("```");
                self.line(1);
                self.preformatted = true;
            }
            b"blockquote" => self.push(Container::Quote),
            b"ul" => self.push(Container::List(None)),
            b"ol" => self.push(Container::List(Some(1))),
            b"li" => self.item(),
            b"a" => self.link(attribute(tag, b"href")),
            b"img" => self.picture(tag),
            b"input" if attribute(tag, b"type").as_deref() == Some("checkbox") => {
                let is_checked = attribute(tag, b"checked").is_some();
                self.word(if is_checked { "[x] " } else { "[ ] " });
            }
            _ => {}
        }
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        if let Some((dropped, depth)) = &mut self.dropped {
            if dropped.as_slice() == name {
                *depth -= 1;
                if *depth == 0 {
                    self.dropped = None;
                }
            }
            return;
        }
        if let Some(mark) = Mark::of(name) {
            self.close_mark(mark);
            return;
        }
        match name {
            b"ul" | b"ol" => {
                self.leave(|container| matches!(container, Container::List(_)));
                self.block();
            }
            b"li" => {
                self.leave(|container| matches!(container, Container::Item(..)));
                self.line(1);
            }
            b"blockquote" => {
                self.leave(|container| matches!(container, Container::Quote));
                self.block();
            }
            b"pre" if self.preformatted => {
                self.preformatted = false;
                self.line(1);
                self.word("```");
                self.block();
            }
            b"a" => self.close_link(),
            b"p" | b"table" | b"figure" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => {
                self.heading = None;
                self.block();
            }
            b"div" | b"section" | b"article" | b"tr" | b"dt" | b"dd" | b"header" | b"footer" => self.line(1),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.dropped.is_some() {
            return;
        }
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            if self.preformatted {
                match c {
                    '\n' => self.line(self.breaks + 1),
                    '\r' | '\0' => {}
                    c => self.put(c),
                }
            } else if c.is_ascii_whitespace() {
                self.blank = true;
            } else {
                // What a Markdown reader could take for HTML.
                let is_tag = |next: &char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?');
                if c == '<' && characters.peek().is_none_or(is_tag) {
                    self.put('\\');
                }
                self.put(c);
            }
        }
    }

    fn word(&mut self, word: &str) {
        word.chars().for_each(|c| self.put(c));
    }

    /// One character that shows, after everything that waits for it.
    fn put(&mut self, c: char) {
        if self.breaks > 0 || self.out.is_empty() {
            self.begin_line();
        } else if self.blank && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
        self.blank = false;
        if let Some(depth) = self.heading.take() {
            self.out.extend(std::iter::repeat_n('#', depth));
            self.out.push(' ');
        }
        for mark in std::mem::take(&mut self.waiting) {
            self.out.push_str(mark.written());
            self.opened.push(mark);
        }
        self.out.push(c);
    }

    fn begin_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
            let more = std::mem::take(&mut self.breaks).saturating_sub(1);
            for _ in 0..more.min(if self.preformatted { more } else { 1 }) {
                let quotes = self
                    .containers
                    .iter()
                    .filter(|container| matches!(container, Container::Quote));
                let quote = ">".repeat(quotes.count());
                self.out.push_str(&quote);
                self.out.push('\n');
            }
        }
        self.breaks = 0;
        for container in &mut self.containers {
            match container {
                Container::List(_) => {}
                Container::Quote => self.out.push_str("> "),
                Container::Item(marker, width) => match marker.take() {
                    Some(marker) => self.out.push_str(&marker),
                    None => self.out.extend(std::iter::repeat_n(' ', *width)),
                },
            }
        }
    }

    /// Ends the line, once or more often; marks that are open begin again behind it.
    fn line(&mut self, breaks: usize) {
        for mark in self.close_marks().into_iter().rev() {
            self.waiting.insert(0, mark);
        }
        if !self.out.is_empty() {
            self.breaks = self.breaks.max(breaks);
        }
        self.blank = false;
    }

    /// Ends the paragraph; inside a list the line.
    fn block(&mut self) {
        let is_in_list = self
            .containers
            .iter()
            .any(|container| matches!(container, Container::Item(..)));
        self.line(if is_in_list { 1 } else { 2 });
    }

    fn close_marks(&mut self) -> Vec<Mark> {
        let opened = std::mem::take(&mut self.opened);
        for mark in opened.iter().rev() {
            self.out.push_str(mark.written());
        }
        opened
    }

    fn close_mark(&mut self, mark: Mark) {
        self.waiting.retain(|waiting| *waiting != mark);
        let Some(at) = self.opened.iter().position(|opened| *opened == mark) else {
            return;
        };
        // Marks that were opened inside and are not closed yet begin again.
        let inside = self.opened.split_off(at);
        for mark in inside.iter().rev() {
            self.out.push_str(mark.written());
        }
        self.waiting.extend(inside.into_iter().skip(1));
    }

    fn push(&mut self, container: Container) {
        if self.containers.len() < 2 * INDENTS_MAX {
            self.containers.push(container);
        }
    }

    fn leave(&mut self, is_it: impl Fn(&Container) -> bool) {
        if let Some(at) = self.containers.iter().rposition(is_it) {
            self.containers.truncate(at);
        }
    }

    /// Begins an item of the innermost list; one that was not closed ends here.
    fn item(&mut self) {
        let list = self
            .containers
            .iter()
            .rposition(|container| matches!(container, Container::List(_)));
        match list {
            Some(list) => self.containers.truncate(list + 1),
            None => self.leave(|container| matches!(container, Container::Item(..))),
        }
        self.line(1);
        let marker = match self.containers.last_mut() {
            Some(Container::List(Some(number))) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        let width = marker.len();
        self.push(Container::Item(Some(marker), width));
    }

    fn link(&mut self, target: Option<String>) {
        let target = target.as_deref().and_then(allowed);
        if target.is_some() {
            self.put('[');
        }
        self.links.push((target, self.opened.len()));
    }

    /// Ends the innermost link; marks that were opened inside it begin again behind it.
    fn close_link(&mut self) {
        let Some((Some(target), marks)) = self.links.pop() else {
            return;
        };
        let inside = self.opened.split_off(marks.min(self.opened.len()));
        for mark in inside.iter().rev() {
            self.out.push_str(mark.written());
        }
        self.waiting.extend(inside);
        self.out.push_str("](");
        self.out.push_str(&target);
        self.out.push(')');
    }

    fn picture(&mut self, tag: &StartTag<()>) {
        let alt: String = attribute(tag, b"alt")
            .unwrap_or_default()
            .replace(['[', ']', '\n'], " ");
        let Some(source) = attribute(tag, b"src") else {
            return;
        };
        if let Some(target) = allowed(&source) {
            self.word(&if alt.is_empty() {
                format!("<{target}>")
            } else {
                format!("[{alt}]({target})")
            });
        } else if is_name(&source) {
            self.word(&format!("![{alt}](<{}>)", source.replace(['<', '>'], "")));
        }
    }

    pub(super) fn end(mut self) -> String {
        self.line(0);
        while !self.links.is_empty() {
            self.close_link();
        }
        if self.preformatted {
            self.out.push_str("\n```");
        }
        self.out
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(&HtmlString(name.to_vec()))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// A link's target, if it leads where links may lead, without what would end it.
fn allowed(target: &str) -> Option<String> {
    let target: String = target
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .flat_map(|c| match c {
            ' ' => vec!['%', '2', '0'],
            '(' => vec!['%', '2', '8'],
            ')' => vec!['%', '2', '9'],
            '<' | '>' => Vec::new(),
            c => vec![c],
        })
        .collect();
    let scheme = target.split_once(':')?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mailto").then_some(target)
}

/// Whether a picture's source is the name of a file beside the entry.
fn is_name(source: &str) -> bool {
    !source.contains(':') && !source.starts_with(['/', '\\']) && !source.trim().is_empty() && !source.contains('\n')
}
