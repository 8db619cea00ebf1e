//! The Đồng Bộ hub: admits changes, keeps the ledger, serves feeds, maintains projections.
//!
//! [`hub::Hub`] is the hub without sockets: bytes and times in, bytes out, over any store. The rest of the crate puts
//! it behind HTTP and a command line.

pub mod hub;
