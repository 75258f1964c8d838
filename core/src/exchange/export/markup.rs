//! Markdown into HTML that can do nothing: no script, no markup of the writer's or a stranger's own, nothing that is fetched.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Schemes a link may have; whoever follows one does so by hand.
const SCHEMES: [&str; 3] = ["https:", "http:", "mailto:"];

/// HTML of these words. `picture` is asked for each picture by its address, and answers what stands in its place; where it answers
/// nothing the words for it stay.
pub(super) fn to_html(words: &str, picture: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut events: Vec<Event<'_>> = Vec::new();
    // For each link and picture that is open: whether its beginning was written.
    let mut open: Vec<bool> = Vec::new();
    // Within a picture that was put in, its words are not said again.
    let mut unsaid = 0_usize;
    for event in Parser::new_ext(words, options) {
        let event = match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                if let Some(there) = picture(&dest_url).filter(|_| unsaid == 0) {
                    events.push(Event::InlineHtml(there.into()));
                    unsaid += 1;
                } else if unsaid > 0 {
                    unsaid += 1;
                }
                continue;
            }
            Event::End(TagEnd::Image) => {
                unsaid = unsaid.saturating_sub(1);
                continue;
            }
            _ if unsaid > 0 => continue,
            Event::Start(Tag::Link { ref dest_url, .. }) => {
                let address = dest_url.trim().to_ascii_lowercase();
                open.push(SCHEMES.iter().any(|scheme| address.starts_with(scheme)));
                if open.last() == Some(&false) {
                    continue;
                }
                event
            }
            Event::End(TagEnd::Link) => {
                if open.pop() == Some(false) {
                    continue;
                }
                event
            }
            // Whatever looks like markup is words.
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            // A line ends where the person ended it.
            Event::SoftBreak => Event::HardBreak,
            other => other,
        };
        events.push(event);
    }
    let mut out = String::with_capacity(words.len() * 3 / 2);
    html::push_html(&mut out, events.into_iter());
    out
}

/// `text` as words of a page, whatever it holds.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    html::push_html(&mut out, std::iter::once(Event::Text(CowStr::from(text))));
    out.replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(words: &str) -> String {
        to_html(words, &mut |address| {
            (address == "attachment:here").then(|| "<img>".to_owned())
        })
    }

    #[test]
    fn markup_of_a_writer_is_words_and_no_address_runs_anything() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,x)",
            "<javascript:alert(1)>",
            "![x](https://tracker.example/x.png)",
            "![x](file:///etc/passwd)",
            "<iframe src=\"https://x.example\">",
            "<div>\n\n<style>*{display:none}</style>\n\n</div>",
        ] {
            let page = shown(hostile);
            for never in [
                "<script",
                "<img",
                "<iframe",
                "<style",
                "<div",
                "href=\"javascript",
                "href=\"data",
                "src=",
            ] {
                let plain = page.replace("src=x", "");
                assert!(
                    !plain.to_lowercase().contains(never) || plain.contains("&lt;"),
                    "{hostile}: {page}"
                );
                assert!(
                    !page.to_lowercase().contains("<script") && !page.contains("<iframe") && !page.contains("<img")
                );
            }
        }
        assert_eq!(shown("![words](attachment:gone) after"), "<p>words after</p>\n");
        assert_eq!(shown("![words](attachment:here) after"), "<p><img> after</p>\n");
        assert_eq!(
            shown("[x](https://a.example/?a=\"b)"),
            "<p><a href=\"https://a.example/?a=%22b\">x</a></p>\n"
        );
    }

    #[test]
    fn lines_end_where_they_were_ended() {
        assert_eq!(shown("one\ntwo"), "<p>one<br />\ntwo</p>\n");
        assert_eq!(escaped("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
    }
}
