//! The order of a Vietnamese dictionary, and of a list of people.

use std::cmp::Ordering;

use icu_collator::{Collator, CollatorPreferences, options::CollatorOptions, preferences::CollationNumericOrdering};
use icu_locale_core::locale;

use super::{normal_tones, tables::Tables};

/// The order of CLDR for `vi`: `a ă â b c d đ e ê`, tones `ma mà mả mã má mạ` after letters; numbers by their value, so
/// that Phường 2 comes before Phường 10. Where a tone stands does not matter.
#[derive(Debug)]
pub struct Collation(Collator);

impl Collation {
    /// The Vietnamese order. Its tables are part of the program.
    pub fn new() -> Self {
        let mut preferences = CollatorPreferences::from(locale!("vi"));
        preferences.numeric_ordering = Some(CollationNumericOrdering::True);
        let collator = Collator::try_new_unstable(&Tables, preferences, CollatorOptions::default());
        Self(collator.expect("the tables are compiled in, and a test reads them"))
    }

    /// Which text comes first.
    pub fn compare(&self, a: &str, b: &str) -> Ordering {
        self.0.as_borrowed().compare(&normal_tones(a), &normal_tones(b))
    }

    /// Bytes that are ordered as [`Collation::compare`] orders their texts: made once each, a long list is sorted quickly.
    pub fn sort_key(&self, text: &str) -> Vec<u8> {
        let mut key = Vec::new();
        let Ok(()) = self.0.as_borrowed().write_sort_key_to(&normal_tones(text), &mut key);
        key
    }

    /// Which person comes first: by given name, which is the last word, then by the rest.
    pub fn compare_names(&self, a: &str, b: &str) -> Ordering {
        let split = |name: &str| {
            let mut words: Vec<String> = name.split_whitespace().map(normal_tones).collect();
            (words.pop().unwrap_or_default(), words.join(" "))
        };
        let ((given_a, rest_a), (given_b, rest_b)) = (split(a), split(b));
        let collator = self.0.as_borrowed();
        collator.compare(&given_a, &given_b).then_with(|| collator.compare(&rest_a, &rest_b))
    }
}

impl Default for Collation {
    fn default() -> Self {
        Self::new()
    }
}

/// [`Collation::compare`] once; to sort, make a [`Collation`].
pub fn compare(a: &str, b: &str) -> Ordering {
    Collation::new().compare(a, b)
}

/// [`Collation::compare_names`] once; to sort, make a [`Collation`].
pub fn compare_names(a: &str, b: &str) -> Ordering {
    Collation::new().compare_names(a, b)
}
