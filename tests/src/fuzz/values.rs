//! Keys, values and times of every kind, the odd ones likelier than they are in the field.

use dongbo_core::{change::Scalar, limits::TIME_S_ABS_MAX};

use super::input::Input;

/// A key of a map: at most 64 bytes of any text.
pub fn key(input: &mut Input<'_>) -> String {
    const KEYS: [&str; 26] = [
        "name",
        "notes",
        "people",
        "income",
        "poor",
        "visited_on",
        "left_at",
        "main_source",
        "sources",
        "place",
        "reached",
        "earlier",
        "photos",
        "tanks",
        "litres",
        "remark",
        "fields",
        "position",
        "removed",
        "withdrawn",
        "moved_to",
        "same_as",
        "well",
        "unknown",
        "",
        "0186c8d5-4a00-8123-8456-789abcdef012",
    ];
    match input.below(8) {
        0 => char::from(b'a' + (input.byte() & 0xf)).to_string(),
        1 => shortened(&text(input), 64),
        2 => input.pick(&["a", "Ă", "\u{0}", "😀", "~"]).repeat(16),
        _ => (*input.pick(&KEYS)).to_owned(),
    }
}

/// A value that may stand in a map.
pub fn scalar(input: &mut Input<'_>) -> Scalar {
    match input.below(10) {
        0 => Scalar::Null,
        1 => Scalar::Bool(false),
        2 => Scalar::Bool(true),
        3..6 => Scalar::Int(integer(input)),
        6 => Scalar::Timestamp(integer(input)),
        _ => Scalar::Text(text(input)),
    }
}

/// Any whole number, the ends of the range likelier.
pub fn integer(input: &mut Input<'_>) -> i64 {
    const ODD: [i64; 14] =
        [0, 1, -1, 63, 64, -64, -65, 8_191, 8_192, (1 << 53) - 2, (1 << 53) - 1, i64::MAX, i64::MIN, i64::MIN + 1];
    match input.below(4) {
        0 => i64::from(input.byte()),
        1 => input.number() as i64,
        _ => *input.pick(&ODD),
    }
}

/// A signed time in seconds.
pub fn time_s(input: &mut Input<'_>) -> i64 {
    const LAST: i64 = TIME_S_ABS_MAX as i64;
    if input.one_in(3) {
        let any = integer(input).clamp(-LAST, LAST);
        *input.pick(&[0, -1, 1, LAST, -LAST, any])
    } else {
        1_678_410_000 + i64::from(input.byte())
    }
}

/// A text of at most 4 KiB.
pub fn text(input: &mut Input<'_>) -> String {
    const TEXTS: [&str; 16] = [
        "",
        "Nguyễn Văn An",
        "Nguye\u{302}\u{303}n",
        "2023-03-10",
        "2023-02-30",
        "12.5",
        "-0",
        "99999999999999999999999999999999.9",
        "well",
        "10.4960 107.1689 3 12.5",
        "0186c8d5-4a00-8123-8456-789abcdef012",
        "\u{feff}",
        "\u{202e}abc",
        "\r\n\u{0}",
        "NaN",
        "-9999-01-01",
    ];
    match input.below(6) {
        0 => (0..1 + input.below(12)).map(|_| character(input)).collect(),
        1 => shortened(&character(input).repeat(4_096), *input.pick(&[4_096, 4_095, 127, 128, 255, 256])),
        _ => (*input.pick(&TEXTS)).to_owned(),
    }
}

/// One code point: of the alphabet, combining, outside the first plane, or any.
pub fn character(input: &mut Input<'_>) -> String {
    const ODD: [char; 12] = [
        '\u{0}',
        '\u{302}',
        '\u{301}',
        'ễ',
        '\u{200d}',
        '👩',
        '\u{10ffff}',
        '\u{fffc}',
        '\u{feff}',
        '\r',
        '\u{ffff}',
        '\u{d7ff}',
    ];
    let character = match input.below(4) {
        0 => *input.pick(&ODD),
        1 => {
            let number = input.take(3).iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
            char::from_u32(number % 0x11_0000).unwrap_or('\u{fffd}')
        }
        _ => char::from(b' ' + input.byte() % 95),
    };
    character.to_string()
}

fn shortened(text: &str, bytes: usize) -> String {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
