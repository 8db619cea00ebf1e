//! Reading JSON with the place of every value at hand, so that an error can say where it is.

use std::{cell::RefCell, collections::BTreeSet, fmt, str::FromStr};

use jiff::civil::Date;
use jsonc_parser::{
    ParseOptions,
    ast::{ObjectProp, Value},
    common::Ranged,
    parse_to_ast,
};
use unicode_normalization::is_nfc;

use super::{CampaignError, CampaignErrorCode as Code, date::parse_date};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The errors found so far in one text.
pub(super) struct Report {
    line_starts: Vec<usize>,
    text: String,
    errors: RefCell<Vec<(usize, CampaignError)>>,
}

impl Report {
    pub(super) fn new(text: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { line_starts, text: text.to_owned(), errors: RefCell::default() }
    }

    pub(super) fn add(&self, offset: usize, code: Code, message: impl Into<String>) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = 1 + self.text.get(start..offset).map_or(0, |before| before.chars().count());
        let error = CampaignError { line, column, code, message: message.into() };
        self.errors.borrow_mut().push((offset, error));
    }

    /// The errors in the order of the text.
    pub(super) fn into_errors(self) -> Vec<CampaignError> {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|(offset, _)| *offset);
        errors.into_iter().map(|(_, error)| error).collect()
    }
}

/// Parses strict JSON (RFC 8259). Errors go to the report, duplicate keys too.
pub(super) fn parse<'a>(text: &'a str, report: &Report) -> Option<Value<'a>> {
    match parse_to_ast(text, &Default::default(), &STRICT) {
        Ok(parsed) => {
            let Some(value) = parsed.value else {
                report.add(0, Code::Syntax, "the text is empty; expected an object");
                return None;
            };
            report_duplicate_keys(&value, report);
            Some(value)
        }
        Err(error) => {
            report.add(error.range().start, Code::Syntax, error.kind().to_string());
            None
        }
    }
}

fn report_duplicate_keys(value: &Value<'_>, report: &Report) {
    match value {
        Value::Array(array) => array.elements.iter().for_each(|element| report_duplicate_keys(element, report)),
        Value::Object(object) => {
            let mut keys = BTreeSet::new();
            for property in &object.properties {
                let key = property.name.as_str();
                if !keys.insert(key) {
                    report.add(property.range.start, Code::DuplicateKey, format!("{key:?} is given twice"));
                }
                report_duplicate_keys(&property.value, report);
            }
        }
        _ => {}
    }
}

/// A value and where to report what is wrong with it. Readers return `None` once they have reported an error.
#[derive(Clone, Copy)]
pub(super) struct Node<'d> {
    pub(super) value: &'d Value<'d>,
    report: &'d Report,
}

impl<'d> Node<'d> {
    pub(super) fn new(value: &'d Value<'d>, report: &'d Report) -> Self {
        Self { value, report }
    }

    /// Another value of the same text.
    pub(super) fn at(&self, value: &'d Value<'d>) -> Self {
        Self { value, ..*self }
    }

    pub(super) fn error(&self, code: Code, message: impl Into<String>) {
        self.report.add(self.value.range().start, code, message);
    }

    fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        let found = match self.value {
            Value::StringLit(_) => "text",
            Value::NumberLit(_) => "a number",
            Value::BooleanLit(_) => "true or false",
            Value::Object(_) => "an object",
            Value::Array(_) => "an array",
            Value::NullKeyword(_) => "null",
        };
        self.error(Code::WrongType, format!("expected {expected}, found {found}"));
        None
    }

    /// Text that is not empty and in Unicode NFC.
    pub(super) fn text(&self) -> Option<&'d str> {
        let Value::StringLit(literal) = self.value else { return self.wrong_type("text") };
        let text = &*literal.value;
        if text.trim().is_empty() {
            self.error(Code::InvalidValue, "the text is empty; leave the key out or fill it in");
            return None;
        }
        if !is_nfc(text) {
            self.error(Code::InvalidValue, "the text is not in Unicode NFC; normalise it");
            return None;
        }
        Some(text)
    }

    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&self) -> Option<T> {
        self.text()?.parse().map_err(|error: T::Err| self.error(Code::InvalidValue, error.to_string())).ok()
    }

    /// One of these words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.error(Code::InvalidValue, format!("{text:?} is not one of {}", words.join(", ")));
        }
        found
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        let Value::BooleanLit(literal) = self.value else { return self.wrong_type("true or false") };
        Some(literal.value)
    }

    /// A date, written as `2025-12-31`.
    pub(super) fn date(&self) -> Option<Date> {
        let date = parse_date(self.text()?);
        if date.is_none() {
            self.error(Code::InvalidValue, "not a date such as 2025-12-31");
        }
        date
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, Value::NullKeyword(_))
    }

    pub(super) fn number(&self) -> Option<f64> {
        let Value::NumberLit(literal) = self.value else { return self.wrong_type("a number") };
        let number = literal.value.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.error(Code::InvalidValue, "the number is out of range");
        }
        number
    }

    pub(super) fn positive_integer(&self) -> Option<u64> {
        let Value::NumberLit(literal) = self.value else { return self.wrong_type("a whole number") };
        let number = literal.value.parse().ok().filter(|number| *number > 0);
        if number.is_none() {
            self.error(Code::InvalidValue, format!("{} is not a whole number above 0", literal.value));
        }
        number
    }

    pub(super) fn items(&self) -> Option<Vec<Node<'d>>> {
        let Value::Array(array) = self.value else { return self.wrong_type("an array") };
        Some(array.elements.iter().map(|value| Node { value, ..*self }).collect())
    }

    pub(super) fn object(&self) -> Option<ObjectNode<'d>> {
        self.object_quietly().or_else(|| self.wrong_type("an object"))
    }

    /// The object, without an error if it is something else.
    pub(super) fn object_quietly(&self) -> Option<ObjectNode<'d>> {
        let Value::Object(object) = self.value else { return None };
        Some(ObjectNode { node: *self, properties: &object.properties, asked: RefCell::default() })
    }
}

/// An object that remembers which keys were asked for, so that any other is an error.
pub(super) struct ObjectNode<'d> {
    pub(super) node: Node<'d>,
    properties: &'d [ObjectProp<'d>],
    asked: RefCell<Vec<&'static str>>,
}

impl<'d> ObjectNode<'d> {
    /// The value of a key that may be absent.
    pub(super) fn get(&self, key: &'static str) -> Option<Node<'d>> {
        self.asked.borrow_mut().push(key);
        self.peek(key)
    }

    /// The value of a key, without taking it for asked.
    pub(super) fn peek(&self, key: &str) -> Option<Node<'d>> {
        let property = self.properties.iter().find(|property| property.name.as_str() == key)?;
        Some(Node { value: &property.value, ..self.node })
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &'static str) -> Option<Node<'d>> {
        let found = self.get(key);
        if found.is_none() {
            self.node.error(Code::MissingKey, format!("{key:?} is missing"));
        }
        found
    }

    /// `false` where the key is absent.
    pub(super) fn flag(&self, key: &'static str) -> bool {
        self.get(key).and_then(|node| node.boolean()).unwrap_or(false)
    }

    /// The items of an array, none where the key is absent.
    pub(super) fn list(&self, key: &'static str) -> Vec<Node<'d>> {
        self.get(key).and_then(|node| node.items()).unwrap_or_default()
    }

    /// Every key with its value, and where the key stands.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, usize, Node<'d>)> {
        let node = self.node;
        self.properties.iter().map(move |property| {
            (property.name.as_str(), property.range.start, Node { value: &property.value, ..node })
        })
    }

    /// Reports an error at a key of this object.
    pub(super) fn error_at(&self, offset: usize, code: Code, message: impl Into<String>) {
        self.node.report.add(offset, code, message);
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, offset, _) in self.entries().filter(|(key, ..)| !asked.contains(key)) {
            let message = format!("{key:?} is not known here; known are {}", asked.join(", "));
            self.error_at(offset, Code::UnknownKey, message);
        }
    }
}
