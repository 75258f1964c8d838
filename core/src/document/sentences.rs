//! Which sentences of a text changed, so that each is replaced whole.
//!
//! Automerge merges characters. Two people's (or devices') edits of one sentence, merged by characters or by words, are
//! neither one's words: tried, "Nobody loopby he door." So the unit of change is the sentence (UAX #29): a changed one is
//! removed and the new one is inserted **as one run, at the place where the old one began**. Concurrent runs at one place
//! stand side by side and never interleave.
//!
//! White space belongs to the place and not to the sentence: sentences are compared without it, and a hunk takes along
//! the white space *before* its sentences, so that two of them come to stand apart ("A. B."), and writing on at the end
//! of a text is an insertion that touches no sentence. The first sentence of a text has none before it; there the hunk
//! takes along what follows.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Characters up to which a changed sentence is replaced whole. Of a longer one (a page without a full stop) only the
/// words from the first to the last changed one are: else a comma in it would cost a page of history each time.
const WHOLE_CHARACTERS_MAX: usize = 1_000;

/// Sentences that may differ before the middle of a text is replaced as one. Bounds the work at this times the number
/// of sentences, and the memory at four times its square.
const DIFFERENCES_MAX: usize = 400;

/// Characters to remove and text to put there instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hunk<'a> {
    /// Characters before it in the old text.
    pub(super) at: usize,
    /// Characters to remove.
    pub(super) removed: isize,
    /// What to insert there.
    pub(super) inserted: &'a str,
}

/// The hunks that make `new` of `old`, in the order of the text; none overlap.
pub(super) fn hunks<'a>(old: &str, new: &'a str) -> Vec<Hunk<'a>> {
    if old == new {
        return Vec::new();
    }
    let (olds, news) = (sentences(old), sentences(new));
    let mut regions = Vec::new();
    let mut from = (0, 0);
    let (mut old_end, mut new_end) = (0, 0);
    for (i, j) in kept(old, &olds, new, &news) {
        let (kept_old, kept_new) = (&olds[i], &news[j]);
        let gap = (i > from.0, j > from.1);
        let same_space = part(old, &kept_old.space) == part(new, &kept_new.space);
        let at_the_beginning = from == (0, 0);
        if gap == (false, false) && same_space {
            // Nothing changed here.
        } else if same_space && !(at_the_beginning && gap == (true, true)) {
            regions.push((old_end..kept_old.space.start, new_end..kept_new.space.start));
        } else {
            regions.push((old_end..kept_old.words.start, new_end..kept_new.words.start));
        }
        (old_end, new_end) = (kept_old.words.end, kept_new.words.end);
        from = (i + 1, j + 1);
    }
    in_characters(old, new, regions)
}

/// The sentences of `text` that stand in none of `known`, in their order, each once, one after the other.
pub(super) fn added(known: &[&str], text: &str) -> String {
    let mut seen: HashSet<&str> = HashSet::new();
    for known in known {
        seen.extend(sentences(known).iter().map(|sentence| part(known, &sentence.words)));
    }
    let mut added: Vec<&str> = Vec::new();
    for sentence in sentences(text) {
        let words = part(text, &sentence.words);
        if !words.is_empty() && seen.insert(words) {
            added.push(words);
        }
    }
    added.join(" ")
}

/// A sentence: the white space before it, and its words. Byte ranges.
struct Sentence {
    space: Range<usize>,
    words: Range<usize>,
}

/// The sentences of a text, and at the end one without words that holds the last white space.
fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut begin = 0;
    for (at, sentence) in text.split_sentence_bound_indices() {
        let trimmed = sentence.trim();
        if trimmed.is_empty() {
            continue;
        }
        let start = at + (sentence.len() - sentence.trim_start().len());
        let end = start + trimmed.len();
        sentences.push(Sentence {
            space: begin..start,
            words: start..end,
        });
        begin = end;
    }
    sentences.push(Sentence {
        space: begin..text.len(),
        words: text.len()..text.len(),
    });
    sentences
}

/// Which sentences stay: pairs of their places in both texts, ascending. The ends of both texts are always a pair.
fn kept(old: &str, olds: &[Sentence], new: &str, news: &[Sentence]) -> Vec<(usize, usize)> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut numbered = |text, sentences: &[Sentence]| -> Vec<usize> {
        let mut number_of = |words: &Range<usize>| {
            let next = numbers.len();
            *numbers.entry(part(text, words)).or_insert(next)
        };
        sentences.iter().map(|sentence| number_of(&sentence.words)).collect()
    };
    let (a, b) = (numbered(old, olds), numbered(new, news));
    let before = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let after = a[before..]
        .iter()
        .rev()
        .zip(b[before..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (a_end, b_end) = (a.len() - after, b.len() - after);
    let mut kept: Vec<(usize, usize)> = (0..before).map(|at| (at, at)).collect();
    let middle = common(&a[before..a_end], &b[before..b_end]);
    kept.extend(middle.into_iter().map(|(i, j)| (i + before, j + before)));
    kept.extend((a_end..a.len()).zip(b_end..b.len()));
    kept
}

/// A longest common subsequence (Myers 1986, the greedy forward form), or nothing when more than [`DIFFERENCES_MAX`]
/// sentences differ.
fn common(a: &[usize], b: &[usize]) -> Vec<(usize, usize)> {
    let (n, m) = (a.len(), b.len());
    if n == 0 || m == 0 || n.abs_diff(m) > DIFFERENCES_MAX {
        return Vec::new();
    }
    // `furthest[k]`: how far in `a` a path with the present number of differences gets on the diagonal i - j = k - middle.
    let bound = DIFFERENCES_MAX.min(n + m);
    let middle = bound + 1;
    let mut furthest = vec![0_usize; 2 * middle + 1];
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for differences in 0..=bound {
        for k in (middle - differences..=middle + differences).step_by(2) {
            let down = k == middle - differences || (k != middle + differences && furthest[k - 1] < furthest[k + 1]);
            let mut i = if down { furthest[k + 1] } else { furthest[k - 1] + 1 };
            // A path may leave the grid; it ends there and is never the one that arrives.
            let Some(mut j) = (i + middle).checked_sub(k) else {
                continue;
            };
            while i < n && j < m && a[i] == b[j] {
                (i, j) = (i + 1, j + 1);
            }
            furthest[k] = i;
            if i >= n && j >= m {
                return walked_back(a, b, &trace, middle);
            }
        }
        trace.push(furthest[middle - differences..=middle + differences].to_vec());
    }
    Vec::new()
}

/// Follows the path back from the ends; `trace[d]` holds the diagonals `middle - d ..= middle + d` after `d` differences.
fn walked_back(a: &[usize], b: &[usize], trace: &[Vec<usize>], middle: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut i, mut j) = (a.len(), b.len());
    for differences in (1..=trace.len()).rev() {
        let reached = &trace[differences - 1];
        let k = i + middle - j;
        let low = middle - (differences - 1);
        let at = |k: usize| k.checked_sub(low).and_then(|place| reached.get(place)).copied();
        let down = k == middle - differences || (k != middle + differences && at(k - 1) < at(k + 1));
        let came_from = if down { k + 1 } else { k - 1 };
        let from_i = at(came_from).unwrap_or(0);
        let from_j = (from_i + middle).saturating_sub(came_from);
        let start_i = if down { from_i } else { from_i + 1 };
        while i > start_i {
            (i, j) = (i - 1, j - 1);
            pairs.push((i, j));
        }
        (i, j) = (from_i, from_j);
    }
    while i > 0 && j > 0 {
        (i, j) = (i - 1, j - 1);
        pairs.push((i, j));
    }
    pairs.reverse();
    pairs
}

/// Counts the characters of ascending byte ranges; empty ones are left out and long ones trimmed.
fn in_characters<'a>(old: &str, new: &'a str, regions: Vec<(Range<usize>, Range<usize>)>) -> Vec<Hunk<'a>> {
    let (mut at, mut counted) = (0, 0);
    let mut hunks = Vec::new();
    for (old_range, new_range) in regions {
        let (old_part, new_part) = (part(old, &old_range), part(new, &new_range));
        let (skipped, old_part, new_part) = without_equal_ends(old_part, new_part);
        at += part(old, &(counted..old_range.start)).chars().count();
        counted = old_range.start;
        let skipped = part(old, &(counted..counted + skipped)).chars().count();
        let removed = old_part.chars().count().cast_signed();
        if removed > 0 || !new_part.is_empty() {
            hunks.push(Hunk {
                at: at + skipped,
                removed,
                inserted: new_part,
            });
        }
    }
    hunks
}

/// Of two long parts what differs, cut at white space, and the bytes skipped before it; of others the whole.
fn without_equal_ends<'o, 'n>(old: &'o str, new: &'n str) -> (usize, &'o str, &'n str) {
    let is_long = |text: &str| text.chars().nth(WHOLE_CHARACTERS_MAX).is_some();
    if !is_long(old) || !is_long(new) {
        return (0, old, new);
    }
    let equal = |(a, b): &(char, char)| a == b;
    let mut before = 0;
    let mut length = 0;
    for (a, _) in old.chars().zip(new.chars()).take_while(equal) {
        if a.is_whitespace() {
            before = length;
        }
        length += a.len_utf8();
    }
    let (old, new) = (part(old, &(before..old.len())), part(new, &(before..new.len())));
    let mut after = 0;
    let mut length = 0;
    for (a, _) in old.chars().rev().zip(new.chars().rev()).take_while(equal) {
        length += a.len_utf8();
        if a.is_whitespace() {
            after = length;
        }
    }
    (
        before,
        part(old, &(0..old.len() - after)),
        part(new, &(0..new.len() - after)),
    )
}

/// A part of a text; every range here lies on character boundaries because it was cut there.
fn part<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}
