//! HTML of other journals, as Markdown.
//!
//! Words stay, with headings, emphasis, lists, quotes, code and links; everything that could act goes: scripts, styles, forms,
//! frames, event handlers, and links that lead anywhere but to `http`, `https` and `mailto`. A picture from the network
//! becomes a link to it, because showing it would tell somebody that the entry is read. A `<` that is left in the words is escaped, so
//! that no Markdown reader takes it for HTML.
//!
//! The tokens come from a crate that follows the standard; nothing here builds a tree, so that depth costs nothing.

mod page;
#[cfg(test)]
mod tests;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use page::Page;

/// Elements that a note can hold when somebody's app lets them format it.
const LIKELY: [&str; 16] = [
    "b", "i", "u", "s", "em", "strong", "li", "ul", "ol", "br", "p", "div", "span", "a", "h1", "h2",
];

/// Whether a text that may be plain holds HTML: one of the elements of formatted notes, well formed.
pub(super) fn is_likely(text: &str) -> bool {
    text.split('<').skip(1).any(|part| {
        let Some((tag, _)) = part.split_once('>') else {
            return false;
        };
        let tag = tag.trim_start_matches('/').trim_end_matches('/');
        let name = tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        LIKELY.contains(&name.as_str()) && (tag.trim().len() == name.len() || tag.contains('='))
    })
}

/// The text of some HTML, as Markdown.
pub(super) fn to_markdown(html: &str) -> String {
    let mut page = Page::default();
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => page.open(&tag),
            Token::EndTag(tag) => page.close(&tag.name),
            Token::String(text) => page.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    page.end()
}
