//! What the end-to-end tests, the simulation and the demonstration share.

pub mod bench;
pub mod demo;
pub mod fuzz;
pub mod golden;
pub mod hostile;
pub mod http;
pub mod lists;
pub mod simulation;
pub mod world;
