//! `cargo xtask bench`: speed, bytes and memory, measured against a real hub process on loopback, each figure beside
//! a floor measured in the same run. Nothing here is a test: no figure fails a build.

pub mod corpus;
pub mod edits;
pub mod floor;
pub mod idle;
pub mod large;
pub mod phone;
pub mod push_pull;
pub mod report;
pub mod save;
pub mod scene;
