//! What the end-to-end tests, the simulation and the demonstration share.

pub mod simulation;
pub mod world;
