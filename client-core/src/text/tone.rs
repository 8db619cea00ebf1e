//! Where a tone mark stands: `hòa` and `hoà` are one word.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Grave, acute, tilde, hook, dot below.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// The vowels over which the two ways differ: the tone of a syllable that ends in one of these pairs stands on its
/// first letter in the old way, on its second in the new.
const PAIRS: [(char, char); 3] = [('o', 'a'), ('o', 'e'), ('u', 'y')];

/// The text in NFC with every tone placed the new way: `hòa`, `khỏe`, `thủy`, `úy` as `hoà`, `khoẻ`, `thuỷ`, `uý`.
///
/// For comparing: two texts that differ only in this are equal afterwards. Where there is one way only, as in `quý`,
/// `giá`, `của`, `loẹt`, nothing changes.
pub fn normal_tones(text: &str) -> String {
    let letters: Vec<char> = text.nfd().collect();
    let mut moved = letters.clone();
    for (at, window) in letters.windows(3).enumerate() {
        let [first, tone, second] = [window[0], window[1], window[2]];
        let pair = (first.to_ascii_lowercase(), second.to_ascii_lowercase());
        let ends = letters.get(at + 3).is_none_or(|next| !next.is_alphabetic() && !is_combining_mark(*next));
        if PAIRS.contains(&pair) && TONES.contains(&tone) && ends {
            moved.swap(at + 1, at + 2);
        }
    }
    moved.into_iter().nfc().collect()
}
