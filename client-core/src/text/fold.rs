//! Text without marks, case and spacing.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The text as it is typed on a keyboard without Vietnamese: decomposed (NFD), marks removed, `đ` as `d`, lower case,
/// runs of white space as one space.
pub fn fold(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase).nfd().filter(|letter| !is_combining_mark(*letter));
    spaced(letters.map(|letter| if letter == 'đ' { 'd' } else { letter }))
}

/// Runs of white space as one space, none at the ends.
pub(super) fn spaced(letters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    let mut space = false;
    for letter in letters {
        if letter.is_whitespace() {
            space = !text.is_empty();
        } else {
            if std::mem::take(&mut space) {
                text.push(' ');
            }
            text.push(letter);
        }
    }
    text
}
