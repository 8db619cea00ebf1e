//! The Đồng Bộ hub: admits changes, keeps the ledger, serves feeds, maintains projections.
//!
//! [`hub::Hub`] is the hub without sockets: bytes and times in, bytes out, over any store. [`hub_thread`] owns it,
//! [`http`] serves it, [`home`] is where it lies, [`admin`] is what administrators ask of it, [`cli`] is the command line with [`device`].

pub mod admin;
pub mod cli;
pub mod device;
pub mod erasure_file;
pub mod home;
pub mod http;
pub mod hub;
pub mod hub_thread;
pub mod outside;
