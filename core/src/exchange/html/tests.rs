//! HTML made here, some of it to do harm.

use super::*;
use proptest::prelude::*;

#[test]
fn html_becomes_the_same_words_in_markdown() {
    for (html, markdown) in [
        ("plain", "plain"),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<b>bold </b>and <i> slanted</i>.", "**bold** and *slanted*."),
        ("<b></b>x<i> </i>y", "x y"),
        ("<h2>Title</h2>text", "## Title\n\ntext"),
        (
            "a<ul><li>one</li><li>two<ul><li>in</li></ul></li></ul>b",
            "a\n\n- one\n- two\n  - in\n\nb",
        ),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        ("<li>bare<li>items", "- bare\n- items"),
        ("<blockquote><p>q</p><p>r</p></blockquote>x", "> q\n>\n> r\n\nx"),
        ("<pre>a  &lt;b\n\n  c</pre>", "```\na  <b\n\n  c\n```"),
        ("a &amp; b &nbsp; &#x1F60A; 1 &lt; 2", "a & b \u{a0} 😊 1 < 2"),
        (
            "<a href='https://a.example/x y'>here</a>",
            "[here](https://a.example/x%20y)",
        ),
        ("<b><a href='https://a.example'>x</a></b>", "**[x](https://a.example)**"),
        (
            "<a href='https://a.example'><b>x</a>y</b>",
            "[**x**](https://a.example)**y**",
        ),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<img src='a b.jpg' alt='us'>", "![us](<a b.jpg>)"),
        ("<b>one<p>two</b>", "**one**\n\n**two**"),
        ("<hr>", "---"),
        ("", ""),
    ] {
        assert_eq!(to_markdown(html), markdown, "{html}");
    }
}

#[test]
fn whatever_could_act_is_gone() {
    for (html, markdown) in [
        ("a<script>alert('<b>')</script>b", "ab"),
        ("<style>p{}</style>x", "x"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ("<a href=' jAvAsCrIpT:alert(1)'>x</a>", "x"),
        ("<a href='data:text/html,x'>x</a><a href='/etc'>y</a>", "xy"),
        ("<img src='data:image/png;base64,AAAA'>x", "x"),
        ("<img src='http://t.example/p.gif'>", "<http://t.example/p.gif>"),
        ("<p onclick='x()'>y</p>", "y"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "\\<script>alert(1)\\</script>"),
        ("<iframe src=x>y</iframe>z", "z"),
        (
            "<a href='https://a.example/)](javascript:x'>t</a>",
            "[t](https://a.example/%29]%28javascript:x)",
        ),
        ("&lt;<span>script>x", "\\<script>x"),
        ("<svg><svg><text>x</text></svg></svg>y", "y"),
        ("<!-- c --><!doctype html>x", "x"),
    ] {
        assert_eq!(to_markdown(html), markdown, "{html}");
    }
}

#[test]
fn a_plain_note_is_not_taken_for_html() {
    for plain in [
        "a < b",
        "<3",
        "i <3 you >",
        "x<y>z",
        "<soup>",
        "if a<b and c>d",
        "<b unclosed",
    ] {
        assert!(!is_likely(plain), "{plain}");
    }
    for html in [
        "<b>x</b>",
        "one<br>two",
        "one<br/>",
        "</div>",
        "<a href=\"x\">",
        "<LI>x",
    ] {
        assert!(is_likely(html), "{html}");
    }
}

proptest! {
    #[test]
    fn no_html_panics_or_grows_without_bound(html in "(<|</|>|b|li|ul|ol|blockquote|script|pre|a href=|'|\"|&| |\n|x|h1|br){0,60}") {
        let markdown = to_markdown(&html);
        prop_assert!(markdown.len() <= 64 + html.len() * 80);
    }
}

#[test]
fn a_hundred_thousand_open_lists_cost_no_more_than_their_bytes() {
    let markdown = to_markdown(&"<ul><li>x".repeat(100_000));
    assert!(markdown.len() < 100_000 * 60);
}
