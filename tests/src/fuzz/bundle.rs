//! Bundles: what is read is written again with the same items.

use dongbo_core::change::{Bundle, SignedChange};

use super::{
    input::Input,
    samples::{signed_changes, statements},
};
use crate::golden::root;

/// Bytes as they are, or, where the first is odd, items chosen from samples and bytes.
///
/// # Panics
/// With "finding" if a bundle does not survive being written.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let bytes = if first % 2 == 1 { composed(&mut Input(rest)) } else { rest.to_vec() };
    let Ok(bundle) = Bundle::read(&bytes) else { return };
    let statements = bundle.statements.iter().map(|statement| &statement.bytes[..]);
    let written = Bundle::write(bundle.root, statements, bundle.changes.iter().map(SignedChange::bytes));
    let again = Bundle::read(&written).expect("finding: a bundle that was read is not read again");
    let items = |bundle: &Bundle| {
        let statements: Vec<Vec<u8>> = bundle.statements.iter().map(|statement| statement.bytes.clone()).collect();
        let changes: Vec<Vec<u8>> = bundle.changes.iter().map(|change| change.bytes().to_vec()).collect();
        (bundle.root, statements, changes)
    };
    assert!(items(&again) == items(&bundle), "finding: read again, a bundle holds something else");
    assert!(again.unreadable.is_empty() && again.skipped == 0, "finding: a written bundle has unreadable items");
}

fn composed(input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = Bundle::write(root(), [], []);
    while !input.is_empty() {
        match input.below(8) {
            0 => bytes.extend(input.take(16)),
            1 => item(&mut bytes, "statement", &statements()[input.below(statements().len())]),
            2 | 3 => item(&mut bytes, "change", &signed_changes()[input.below(signed_changes().len())]),
            4 => item(&mut bytes, "blob", &[]),
            5 => {
                let length = usize::from(input.byte());
                item(&mut bytes, "change", input.take(length));
            }
            6 => {
                let length = usize::from(input.byte());
                item(&mut bytes, "statement", input.take(length));
            }
            _ => {
                // A sample with one byte changed.
                let mut change = signed_changes()[input.below(signed_changes().len())].clone();
                let at = (usize::from(input.byte()) << 8 | usize::from(input.byte())) % change.len();
                change[at] = input.byte();
                item(&mut bytes, "change", &change);
            }
        }
    }
    bytes
}

fn item(bytes: &mut Vec<u8>, kind: &str, content: &[u8]) {
    let mut encoder = minicbor::Encoder::new(bytes);
    let written = encoder.array(2).and_then(|e| e.str(kind)).and_then(|e| e.bytes(content)).map(|_| ());
    written.expect("writing CBOR into memory does not fail");
}
