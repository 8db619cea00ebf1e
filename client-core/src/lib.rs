//! The offline-first core of Đồng Bộ: pure logic over a [`store::Store`].
//!
//! It opens no socket and reads no clock, no randomness and no environment: they are arguments, so that a whole
//! fleet of replicas and hubs runs in one deterministic test. It builds for native targets and `wasm32`.

pub mod campaign;
mod cbor;
pub mod change;
pub mod envelope;
pub mod id;
pub mod identity;
pub mod judged;
pub mod limits;
mod link;
pub mod outside;
pub mod parallel;
pub mod plan;
pub mod policy;
pub mod quality;
pub mod record;
pub mod replica;
pub mod rollup;
pub mod seal;
pub mod store;
pub mod sync;
pub mod text;
#[cfg(feature = "transport")]
pub mod transport;
pub mod unit;
pub mod vault;
pub mod wording;

pub use id::*;
