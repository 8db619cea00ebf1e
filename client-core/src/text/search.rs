//! Finding what a person means by a few words.

use unicode_normalization::UnicodeNormalization as _;

use super::{
    fold::{fold, spaced},
    normal_tones,
};
use crate::limits::SEARCH_WORDS_MAX;

/// Words to be found, made ready once for many texts.
///
/// Every word must stand somewhere, in any order, also inside a longer word. A word typed without marks finds any
/// marks. A word typed with marks is meant so: `má` does not find `mạ`; where a tone stands does not matter (`hòa` finds
/// `hoà`). A text that has no marks at all was typed without Vietnamese and says nothing of them: there every word is
/// looked for without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// Without marks.
    folded: String,
    /// With them; `None` if it was typed without.
    marked: Option<String>,
}

impl Search {
    /// The words of what was typed; at most [`SEARCH_WORDS_MAX`], what comes after narrows no further.
    pub fn new(query: &str) -> Self {
        let word = |typed: &str| {
            let (folded, marked) = (fold(typed), marked(typed));
            Word { marked: (marked != folded).then_some(marked), folded }
        };
        let words = query.split_whitespace().map(word).filter(|word| !word.folded.is_empty());
        Self { words: words.take(SEARCH_WORDS_MAX).collect() }
    }

    /// Whether every word stands in one of these texts. No words: whatever the texts.
    pub fn matches<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let mut missing: Vec<&Word> = self.words.iter().collect();
        for text in texts {
            if missing.is_empty() {
                break;
            }
            let text = Findable::new([text]);
            missing.retain(|word| !text.has(word));
        }
        missing.is_empty()
    }

    /// The same of texts that were made ready.
    pub fn finds(&self, texts: &Findable) -> bool {
        self.words.iter().all(|word| texts.has(word))
    }
}

/// Between two texts: no word reaches over it, because words hold no white space.
const BETWEEN: char = '\n';

/// Texts made ready once for many searches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findable {
    /// Those that have no marks.
    bare: Box<str>,
    /// Those that have some, without them and with them.
    folded: Box<str>,
    marked: Box<str>,
}

impl Findable {
    /// Makes texts ready.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let [mut bare, mut with_marks, mut without] = [String::new(), String::new(), String::new()];
        let add = |all: &mut String, text: &str| {
            all.push_str(text);
            all.push(BETWEEN);
        };
        for text in texts {
            let (folded, marked) = (fold(text), marked(text));
            if folded == marked {
                add(&mut bare, &folded);
            } else {
                add(&mut without, &folded);
                add(&mut with_marks, &marked);
            }
        }
        Self { bare: bare.into(), folded: without.into(), marked: with_marks.into() }
    }

    /// Bytes of memory they take.
    pub fn bytes(&self) -> usize {
        self.bare.len() + self.folded.len() + self.marked.len()
    }

    fn has(&self, word: &Word) -> bool {
        self.bare.contains(&word.folded)
            || match &word.marked {
                Some(word) => self.marked.contains(word),
                None => self.folded.contains(&word.folded),
            }
    }
}

/// Whether every word of `query` stands in `text`, as [`Search`] looks for them.
pub fn matches(query: &str, text: &str) -> bool {
    Search::new(query).matches([text])
}

/// Like [`fold`], with marks.
fn marked(text: &str) -> String {
    let lower: String = text.chars().flat_map(char::to_lowercase).nfc().collect();
    spaced(normal_tones(&lower).chars())
}
