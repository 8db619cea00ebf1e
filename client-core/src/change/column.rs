//! Reading the columns of a change chunk. Nothing is allocated on the sender's word: every length is checked against
//! the bytes that are there, every run against the number of operations.

use super::reader::ReadError;

/// A place in bytes.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        if self.0.len() < count {
            return Err(ReadError::Truncated);
        }
        let (head, tail) = self.0.split_at(count);
        self.0 = tail;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128 number in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, ReadError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(ReadError::Number);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(ReadError::Number) } else { Ok(value) };
            }
        }
        Err(ReadError::Number)
    }

    /// A signed LEB128 number in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, ReadError> {
        let mut value = 0i64;
        let mut previous = 0u8;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(ReadError::Number);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                let redundant = (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if shift > 0 && redundant {
                    return Err(ReadError::Number);
                }
                if negative && shift + 7 < 64 {
                    value |= -1i64 << (shift + 7);
                }
                return Ok(value);
            }
            previous = byte;
        }
        Err(ReadError::Number)
    }

    /// A length that the bytes can hold.
    pub(super) fn length(&mut self) -> Result<usize, ReadError> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| ReadError::Truncated)?;
        if length > self.0.len() { Err(ReadError::Truncated) } else { Ok(length) }
    }

    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], ReadError> {
        let length = self.length()?;
        self.take(length)
    }
}

/// Expands a run-length column to at most `rows` entries; missing trailing entries are null.
pub(super) fn run_lengths<'a, T: Clone>(
    column: &'a [u8],
    rows: usize,
    mut read: impl FnMut(&mut Bytes<'a>) -> Result<T, ReadError>,
) -> Result<Vec<Option<T>>, ReadError> {
    let mut bytes = Bytes(column);
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let count = bytes.signed()?;
        let (length, kind) = match count {
            0 => (bytes.unsigned()?, Run::Null),
            1.. => (count.unsigned_abs(), Run::Repeated),
            _ => (count.unsigned_abs(), Run::Literal),
        };
        if length == 0 || length > (rows - out.len()) as u64 {
            return Err(ReadError::Rows);
        }
        match kind {
            Run::Null => out.resize(out.len() + length as usize, None),
            Run::Repeated => {
                let value = read(&mut bytes)?;
                out.resize(out.len() + length as usize, Some(value));
            }
            Run::Literal => {
                for _ in 0..length {
                    out.push(Some(read(&mut bytes)?));
                }
            }
        }
    }
    out.resize(rows, None);
    Ok(out)
}

enum Run {
    Null,
    Repeated,
    Literal,
}

/// A column of small unsigned numbers.
pub(super) fn numbers(column: &[u8], rows: usize) -> Result<Vec<Option<u64>>, ReadError> {
    run_lengths(column, rows, |bytes| bytes.unsigned())
}

/// A column of differences between numbers.
pub(super) fn deltas(column: &[u8], rows: usize) -> Result<Vec<Option<u64>>, ReadError> {
    let mut last = 0i64;
    run_lengths(column, rows, |bytes| bytes.signed())?
        .into_iter()
        .map(|delta| {
            let Some(delta) = delta else { return Ok(None) };
            last = last.checked_add(delta).ok_or(ReadError::Number)?;
            u64::try_from(last).map(Some).map_err(|_| ReadError::Number)
        })
        .collect()
}

/// A column of texts.
pub(super) fn texts(column: &[u8], rows: usize) -> Result<Vec<Option<&str>>, ReadError> {
    run_lengths(column, rows, |bytes| std::str::from_utf8(bytes.prefixed()?).map_err(|_| ReadError::Utf8))
}

/// A column of booleans: runs of false and true in turn.
pub(super) fn booleans(column: &[u8], rows: usize) -> Result<Vec<bool>, ReadError> {
    let mut bytes = Bytes(column);
    let mut out = Vec::new();
    let mut value = false;
    let mut first = true;
    while !bytes.is_empty() {
        let length = bytes.unsigned()?;
        if (length == 0 && !first) || length > (rows - out.len()) as u64 {
            return Err(ReadError::Rows);
        }
        out.resize(out.len() + length as usize, value);
        value = !value;
        first = false;
    }
    out.resize(rows, false);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for (hex, unsigned, signed) in [
            ("00", Some(0), Some(0)),
            ("7f", Some(127), Some(-1)),
            ("8001", Some(128), Some(128)),
            ("8000", None, None),
            ("ff00", None, Some(127)),
            ("ff7f", Some(16_383), None),
            ("80", None, None),
            ("", None, None),
            ("ffffffffffffffffff01", Some(u64::MAX), None),
            ("ffffffffffffffffff02", None, None),
            ("80808080808080808000", None, None),
            ("8080808080808080807f", None, Some(i64::MIN)),
        ] {
            let bytes = hex::decode(hex).unwrap();
            assert_eq!(Bytes(&bytes).unsigned().ok(), unsigned, "unsigned {hex}");
            assert_eq!(Bytes(&bytes).signed().ok(), signed, "signed {hex}");
        }
    }

    #[test]
    fn runs_stay_within_the_rows() {
        assert_eq!(numbers(&[2, 5, 0, 1], 4), Ok(vec![Some(5), Some(5), None, None]));
        assert_eq!(numbers(&[0x7e, 1, 2], 2), Ok(vec![Some(1), Some(2)]));
        assert_eq!(numbers(&[5, 1], 4), Err(ReadError::Rows));
        assert_eq!(
            numbers(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1], 4),
            Err(ReadError::Rows),
            "a run-length bomb"
        );
        assert_eq!(booleans(&[0, 2, 1], 4), Ok(vec![true, true, false, false]));
        assert_eq!(booleans(&[1, 0], 4), Err(ReadError::Rows));
        assert_eq!(deltas(&[3, 1], 3), Ok(vec![Some(1), Some(2), Some(3)]));
        assert_eq!(deltas(&[1, 0x7f], 1), Err(ReadError::Number), "below zero");
    }
}
