//! Reading a large JSON file piece by piece.
//!
//! A journal is one object with an array `entries`. Parsing it whole would hold a whole journal in memory; here only the
//! brackets and strings are followed, and each element of the array is handed out as the bytes it stands in, for
//! `serde_json` to parse. So memory is bounded by [`ELEMENT_BYTES_MAX`], and one element that is too large does not hide
//! the others.

use super::ImportError;
use std::io::Read;

/// Bytes of one element. The longest body, every character an escaped surrogate pair (12 bytes), once as text and once
/// more inside a string of rich text (14), takes 2.6 MB.
pub(crate) const ELEMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Values in one element: a parsed value takes about 70 bytes even when its text is two.
pub(crate) const ELEMENT_VALUES_MAX: usize = 200_000;
/// Nesting of brackets; a journal needs about 10.
pub(crate) const DEPTH_MAX: usize = 64;

const CHUNK_BYTES: usize = 64 * 1024;

/// Follows the brackets and strings of JSON, byte by byte.
#[derive(Default)]
struct Shape {
    depth: usize,
    values: usize,
    in_string: bool,
    escaped: bool,
}

impl Shape {
    fn step(&mut self, byte: u8) -> Result<(), ImportError> {
        if self.in_string {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_string = false;
            }
            return Ok(());
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.depth += 1;
                self.values += 1;
                if self.depth > DEPTH_MAX {
                    return Err(ImportError::TooDeep);
                }
            }
            b'}' | b']' => self.depth = self.depth.checked_sub(1).ok_or(ImportError::Garbled)?,
            b',' => self.values += 1,
            _ => {}
        }
        Ok(())
    }
}

/// Whether JSON that stands in a string is small and flat enough to be parsed.
pub(crate) fn is_parsable(json: &str) -> bool {
    let mut shape = Shape::default();
    json.bytes().all(|byte| shape.step(byte).is_ok()) && shape.values <= ELEMENT_VALUES_MAX
}

/// Looks whether JSON is small and flat enough to be parsed.
pub(crate) fn check(json: &[u8]) -> Result<(), ImportError> {
    let mut shape = Shape::default();
    json.iter().try_for_each(|byte| shape.step(*byte))?;
    if shape.values > ELEMENT_VALUES_MAX {
        return Err(ImportError::TooLarge);
    }
    Ok(())
}

/// One element of the array.
pub(crate) enum Element<'a> {
    /// Its bytes.
    Json(&'a [u8]),
    /// It was larger than can be held; it was passed over.
    TooLarge,
}

/// Where the scan stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// Inside the object; `true` when a comma must come before the next key.
    Object(bool),
    /// Inside the array.
    Array(bool),
    End,
}

/// Hands out the elements of one array of the object a file holds.
pub(crate) struct Scanner<R> {
    reader: R,
    chunk: Vec<u8>,
    at: usize,
    key: &'static str,
    place: Place,
    found: bool,
    element: Vec<u8>,
}

impl<R: Read> Scanner<R> {
    /// A scan for the array under `key`.
    pub(crate) fn new(reader: R, key: &'static str) -> Self {
        Self {
            reader,
            chunk: Vec::new(),
            at: 0,
            key,
            place: Place::Start,
            found: false,
            element: Vec::new(),
        }
    }

    /// Whether the array was there. Known when the scan is over.
    pub(crate) const fn found(&self) -> bool {
        self.found
    }

    /// The next element; none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Element<'_>>, ImportError> {
        loop {
            match self.place {
                Place::Start => self.start()?,
                Place::Object(comma) => self.member(comma)?,
                Place::Array(comma) => {
                    if !self.another(comma, b']')? {
                        self.place = Place::Object(true);
                        continue;
                    }
                    self.place = Place::Array(true);
                    let whole = self.value(ELEMENT_BYTES_MAX)?;
                    return Ok(Some(if whole {
                        Element::Json(&self.element)
                    } else {
                        Element::TooLarge
                    }));
                }
                Place::End => {
                    // Reading on to the end of the file makes the archive check its sum.
                    return if self.peek()?.is_some() {
                        Err(ImportError::Garbled)
                    } else {
                        Ok(None)
                    };
                }
            }
        }
    }

    fn start(&mut self) -> Result<(), ImportError> {
        if self.byte()? == Some(0xEF) {
            self.at += 1;
            if self.take()? != 0xBB || self.take()? != 0xBF {
                return Err(ImportError::Garbled);
            }
        }
        match self.peek()? {
            Some(b'{') => {
                self.at += 1;
                self.place = Place::Object(false);
            }
            Some(b'[') => {
                self.value(0)?;
                self.place = Place::End;
            }
            _ => return Err(ImportError::Garbled),
        }
        Ok(())
    }

    /// One key and its value; stops inside the array that is looked for.
    fn member(&mut self, comma: bool) -> Result<(), ImportError> {
        if !self.another(comma, b'}')? {
            self.place = Place::End;
            return Ok(());
        }
        self.place = Place::Object(true);
        if self.peek()? != Some(b'"') {
            return Err(ImportError::Garbled);
        }
        let whole = self.value(CHUNK_BYTES)?;
        let wanted = whole && serde_json::from_slice::<String>(&self.element).is_ok_and(|key| key == self.key);
        if self.peek()? != Some(b':') {
            return Err(ImportError::Garbled);
        }
        self.at += 1;
        if wanted && self.peek()? == Some(b'[') {
            if self.found {
                return Err(ImportError::Garbled);
            }
            self.found = true;
            self.at += 1;
            self.place = Place::Array(false);
            return Ok(());
        }
        self.value(0).map(|_| ())
    }

    /// Whether another element follows before `end`; passes over the comma, or over the end.
    fn another(&mut self, comma: bool, end: u8) -> Result<bool, ImportError> {
        match self.peek()? {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if comma => {
                self.at += 1;
                if self.peek()? == Some(end) {
                    Err(ImportError::Garbled)
                } else {
                    Ok(true)
                }
            }
            Some(_) if !comma => Ok(true),
            _ => Err(ImportError::Garbled),
        }
    }

    /// Passes over one value and keeps it when it has at most `max` bytes; answers whether it was kept.
    fn value(&mut self, max: usize) -> Result<bool, ImportError> {
        self.element.clear();
        let first = self.peek()?.ok_or(ImportError::Garbled)?;
        let nested = matches!(first, b'{' | b'[' | b'"');
        let mut shape = Shape::default();
        let mut whole = true;
        let mut any = false;
        loop {
            let Some(byte) = self.byte()? else {
                return if nested { Err(ImportError::Garbled) } else { Ok(whole) };
            };
            if !nested && matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                return if any { Ok(whole) } else { Err(ImportError::Garbled) };
            }
            self.at += 1;
            any = true;
            shape.step(byte)?;
            if self.element.len() < max && shape.values <= ELEMENT_VALUES_MAX {
                self.element.push(byte);
            } else {
                whole = false;
            }
            if nested && shape.depth == 0 && !shape.in_string {
                return Ok(whole);
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, ImportError> {
        loop {
            match self.byte()? {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return Ok(other),
            }
        }
    }

    fn take(&mut self) -> Result<u8, ImportError> {
        let byte = self.byte()?.ok_or(ImportError::Garbled)?;
        self.at += 1;
        Ok(byte)
    }

    fn byte(&mut self) -> Result<Option<u8>, ImportError> {
        if let Some(byte) = self.chunk.get(self.at) {
            return Ok(Some(*byte));
        }
        self.chunk.clear();
        self.at = 0;
        self.reader
            .by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut self.chunk)?;
        Ok(self.chunk.first().copied())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    fn elements(json: &[u8]) -> Result<Vec<String>, ImportError> {
        let mut scanner = Scanner::new(json, "entries");
        let mut elements = Vec::new();
        while let Some(element) = scanner.next()? {
            elements.push(match element {
                Element::Json(json) => String::from_utf8(json.to_vec()).unwrap(),
                Element::TooLarge => "too large".to_owned(),
            });
        }
        if scanner.found() {
            Ok(elements)
        } else {
            Err(ImportError::NoJournal)
        }
    }

    #[test]
    fn elements_are_found_whatever_stands_around_them() {
        let json = br#" {"metadata": {"entries": [9], "x": "]}\""}, "entries" : [ {"a": "}\\"} , [1,2], "s", 5 ], "z": null } "#;
        assert_eq!(elements(json).unwrap(), [r#"{"a": "}\\"}"#, "[1,2]", "\"s\"", "5"]);
        assert_eq!(elements(br#"{"entries":[]}"#).unwrap(), Vec::<String>::new());
        assert_eq!(elements(b"\xEF\xBB\xBF{\"\\u0065ntries\":[1]}").unwrap(), ["1"]);
        assert_eq!(elements(br#"[{"entries":[1]}]"#), Err(ImportError::NoJournal));
        assert_eq!(elements(br#"{"entries":{}}"#), Err(ImportError::NoJournal));
    }

    #[test]
    fn what_is_not_json_is_refused_and_never_runs_on() {
        for garbled in [
            "",
            "hello",
            "{",
            "{]",
            r#"{"entries"}"#,
            r#"{"entries":[1"#,
            r#"{"entries":[1,]}"#,
            r#"{"entries":[,1]}"#,
            r#"{"entries":[1 2]}"#,
            r#"{"entries":[1]} x"#,
            r#"{"entries":[1]"#,
            r#"{"entries":["a]}"#,
            r#"{"entries":[1],"entries":[2]}"#,
            r#"{entries:[1]}"#,
            r#"{"entries":[1],}"#,
        ] {
            assert_eq!(elements(garbled.as_bytes()), Err(ImportError::Garbled), "{garbled}");
        }
        let deep = format!(r#"{{"entries":[{}1{}]}}"#, "[".repeat(65), "]".repeat(65));
        assert_eq!(elements(deep.as_bytes()), Err(ImportError::TooDeep));
    }

    #[test]
    fn an_element_too_large_is_passed_over_and_the_next_one_is_read() {
        let long = "x".repeat(ELEMENT_BYTES_MAX);
        let many = "0,".repeat(ELEMENT_VALUES_MAX + 1);
        let json = format!(r#"{{"entries":["{long}",[{many}0],7]}}"#);
        assert_eq!(elements(json.as_bytes()).unwrap(), ["too large", "too large", "7"]);
    }
}
