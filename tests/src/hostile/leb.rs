//! Numbers and runs as the columns of a change have them.

/// An unsigned LEB128 number in its shortest form.
pub(super) fn unsigned(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// A signed LEB128 number in its shortest form.
pub(super) fn signed(mut number: i64) -> Vec<u8> {
    let mut out = Vec::new();
    while !(-0x40..0x40).contains(&number) {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8 & 0x7f);
    out
}

/// A length, then the bytes.
pub(super) fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&unsigned(bytes.len() as u64)[..], bytes].concat()
}

/// A run of one value, as long as it claims.
pub(super) fn run(length: i64, value: u64) -> Vec<u8> {
    [signed(length), unsigned(value)].concat()
}

/// Values side by side.
pub(super) fn literal(values: &[u64]) -> Vec<u8> {
    let count = signed(-(values.len() as i64));
    count.into_iter().chain(values.iter().flat_map(|value| unsigned(*value))).collect()
}

/// A run of nulls.
pub(super) fn nulls(length: u64) -> Vec<u8> {
    [signed(0), unsigned(length)].concat()
}

/// Takes a number off the front of bytes that are known to hold one.
pub(super) fn take(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return number;
        }
    }
}

/// Takes so many bytes off the front.
pub(super) fn split<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, tail) = bytes.split_at(count);
    *bytes = tail;
    head
}
