//! Đồng Bộ for app developers: the offline-first core behind a Kotlin and a Swift API (`docs/mobile.md`).
//!
//! A [`Phone`] is a folder of the app in which several people may have their records, each behind a key and a PIN of
//! their own. [`Phone::unlock`] opens one person's [`Replica`]: forms to draw, drafts, records, conflicts, figures,
//! all offline; [`Replica::sync_once`] brings it and the hub to agreement.
//!
//! Everything runs on one thread of the phone's own (`worker.rs`); exported futures only wait for it. So a caller that
//! gives up cannot tear a save in two, and no lock is held while the app is called ([`KeyManager`],
//! [`EventListener`], [`Clock`]).

mod answer;
mod clock;
mod error;
mod event;
mod folder;
mod form;
mod keys;
mod notice;
mod person;
mod phone;
mod plan;
mod record;
mod replica;
mod sync;
mod turn;
mod worker;

pub use answer::{Answer, Item};
pub use clock::Clock;
pub use error::{DongboError, HostError, Kept, Problem};
pub use event::{Event, EventListener, Subscription};
pub use form::{Check, Choice, ChoiceList, Creatable, Field, FieldCheck, FieldKind, Form, Localised, OrgUnit};
pub use keys::KeyManager;
pub use notice::Notice;
pub use person::{Person, PersonState};
pub use phone::Phone;
pub use plan::{Cell, Deadline, DeadlineState, Figure, FigureState, Indicator, Measure, Obligation};
pub use record::{
    Attention, Candidate, Conflict, Draft, HistoryEntry, Issue, Only, Order, Query, Record, RecordPage, RecordStatus,
    Saved, Standing, Summary,
};
pub use replica::{Export, ImportReport, Refused, Replica};
pub use sync::{Network, SyncReport};

uniffi::setup_scaffolding!();
