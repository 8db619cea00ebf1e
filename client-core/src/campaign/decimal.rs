//! Decimal answers: text `-?[0-9]+(\.[0-9]+)?`, exactly as it was typed.

/// The number, if the text is a decimal.
pub(super) fn parse_decimal(text: &str) -> Option<f64> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let valid = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    text.parse().ok().filter(|number: &f64| valid && number.is_finite())
}
