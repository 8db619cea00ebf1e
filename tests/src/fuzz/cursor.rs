//! Cursors: whatever a replica sends as one, the hub answers, and never with a record outside the device's scope.

use std::sync::OnceLock;

use dongbo_core::{
    change::SignedChange,
    store::Read as _,
    sync::{SyncRequest, SyncResponse},
};
use dongbo_server::hub::{HubError, SyncCall};
use hmac::{Hmac, KeyInit as _, Mac as _};
use minicbor::Encoder;
use sha2::Sha256;

use super::{input::Input, small_hub::SmallHub};
use crate::world::{World, now};

/// Pages that the small hub's feed can take, with room to spare.
const PAGES_MAX: usize = 50;

/// Bytes sent as a cursor, bytes in a cursor's seal, or a cursor made of odd numbers, as the first byte says.
///
/// # Panics
/// With "finding" if the hub serves what the device may not see, or does not come to an end.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let (how, device, bytes_max) = (input.byte(), input.below(3), input.number());
    let mut world = SmallHub::get().open();
    let mut cursor = match how % 4 {
        0 => input.0.to_vec(),
        1 => sealed(&world, input.0),
        _ => sealed(&world, &composed(&mut input)),
    };
    for _ in 0..PAGES_MAX {
        let request = request(Some(cursor), bytes_max);
        let Some(page) = page(&mut world, device, &request) else { return };
        if !page.more {
            return;
        }
        cursor = page.cursor.to_vec();
    }
    panic!("finding: a feed of three records does not end");
}

fn request(cursor: Option<Vec<u8>>, bytes_max: u64) -> SyncRequest {
    let cursor = cursor.map(Into::into);
    let (changes, statements) = (Vec::new(), Vec::new());
    SyncRequest { version: 1, cursor, changes, bytes_max, catalogue: 1, directory: 0, units: None, statements }
}

/// The hub's answer, unless it rejects the cursor.
fn page(world: &mut World, device: usize, request: &SyncRequest) -> Option<SyncResponse> {
    let small = SmallHub::get();
    let call = SyncCall { device: small.devices[device].device(), body: &request.to_bytes() };
    let answer = now(world.hub.sync(&[call], world.now_ms)).pop().expect("finding: a request without an answer");
    let bytes = match answer {
        Ok(bytes) => bytes,
        Err(HubError::InvalidCursor | HubError::EpochChanged(_)) => return None,
        Err(error) => panic!("finding: a cursor is answered with: {error}"),
    };
    let response = SyncResponse::from_bytes(&bytes).expect("finding: the hub's answer is not read");
    let seen = if device < 2 { &small.records[..2] } else { &small.records[2..] };
    for item in &response.changes {
        let change = SignedChange::open(&item.change).expect("finding: the hub sends what is no change");
        assert!(seen.contains(&change.record()), "finding: a record outside the scope is served");
    }
    Some(response)
}

/// Content under the hub's own seal.
fn sealed(world: &World, content: &[u8]) -> Vec<u8> {
    let config = world.hub.store().get(b"mconfig").expect("a store in memory is read").expect("a hub is configured");
    let config: serde_json::Value = serde_json::from_slice(&config).expect("a hub's configuration is JSON");
    let key: Vec<u8> = serde_json::from_value(config["mac_key"].clone()).expect("a hub has a key for cursors");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(format!("dongbo/cursor/1 {}\0", world.hub.trust().root()).as_bytes());
    mac.update(content);
    [content, &mac.finalize().into_bytes()[..16]].concat()
}

/// The content of a cursor, each number an odd one.
fn composed(input: &mut Input<'_>) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    let (epoch, position, backfill) = (number(input), number(input), number(input));
    let (complete, target) = (scope(input), scope(input));
    let own: Vec<(u64, u64)> = (0..input.below(5)).map(|_| (number(input), number(input))).collect();
    let written = encoder
        .map(6)
        .and_then(|e| e.u8(0)?.u64(epoch)?.u8(1)?.u64(position)?.u8(2)?.encode(complete)?.u8(3)?.encode(target))
        .and_then(|e| e.u8(4)?.u64(backfill)?.u8(5)?.encode(own))
        .map(|_| ());
    written.expect("writing CBOR into memory does not fail");
    encoder.into_writer()
}

fn number(input: &mut Input<'_>) -> u64 {
    match input.below(4) {
        0 => u64::from(input.byte() & 0x1f),
        1 => *input.pick(&[u64::MAX, u64::MAX - 1, i64::MAX as u64, 1 << 32]),
        2 => input.number(),
        _ => 1,
    }
}

/// The name of a scope that the hub knows, of one it does not, or none.
fn scope(input: &mut Input<'_>) -> Option<minicbor::bytes::ByteVec> {
    match input.below(6) {
        0 => None,
        1 => Some(input.take(16).to_vec().into()),
        number => Some(known_scopes()[number % 2].clone().into()),
    }
}

/// The names of both communes' scopes, from cursors that the hub gave out.
fn known_scopes() -> &'static [Vec<u8>; 2] {
    static SCOPES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    SCOPES.get_or_init(|| {
        [0, 2].map(|device| {
            let answer = page(&mut SmallHub::get().open(), device, &request(None, 1 << 20));
            let cursor = answer.expect("no cursor is a good one").cursor;
            // Key 2, 16 bytes: the scope that was sent completely.
            let mut names = cursor.windows(18).filter(|window| window[..2] == [2, 0x50]);
            names.next().expect("a feed that was read names its scope")[2..].to_vec()
        })
    })
}
