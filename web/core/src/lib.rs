//! Đồng Bộ in a browser: the offline-first core in a worker, its store in IndexedDB.
//!
//! A page asks by [`App::call`] what `web/src/core/types.ts` lists; answers are plain JavaScript objects of the shapes
//! written there. Everything runs in one dedicated worker of one tab: a store has one writer.
//!
//! | | |
//! |---|---|
//! | `request.rs`, `answer.rs`, `problem.rs` | what goes over the border |
//! | `app.rs` | which call does what |
//! | `people.rs`, `vault.rs`, `keys.rs` | the people of this browser and the keys of their stores |
//! | `session.rs`, `session/` | one person's open replica |
//! | `database.rs`, `store.rs` | IndexedDB as the core's [`Store`](dongbo_core::store::Store) |
//!
//! **What a PIN is worth here.** A browser has no keeper of keys that lets go of a key only for this page's code: the key
//! that stands for one lies in IndexedDB beside the store. So a PIN keeps out whoever finds the browser open and looks
//! around. Who copies the browser's files can try PINs as fast as Argon2 lets them, and without a PIN the store opens
//! to them.
//!
//! A panic ends the module: there is no unwinding in WebAssembly. The page then starts its worker again, and the core
//! sets aside what it was applying.

mod answer;
mod app;
#[cfg(feature = "conformance")]
pub mod conformance;
mod database;
mod keys;
mod outside;
mod people;
mod problem;
mod request;
mod session;
mod store;
mod vault;

pub use app::App;
pub use database::Databases;
pub use store::IdbStore;
