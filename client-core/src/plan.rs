//! What the campaign asks for, held against what was recorded: targets, deadlines, award rounds, period reports.
//!
//! Everything here is a pure function of the rules and of records as rows: phone and hub say the same of what both hold. Nothing
//! is stored, so that a later record, a merge or an annulment shows at the next look.

mod award;
mod deadline;
mod evidence;
mod figure;
mod judgement;
mod prefill;
mod report;
mod step;

pub use award::{Grants, NominationView, ProposalList, RoundView, Split, round};
pub use deadline::{DeadlineState, DeadlineView, Obligation, deadlines};
pub use evidence::{Evidence, Filed, Received};
pub use figure::{Figure, FigureState, FigureSummary, IndicatorView, Period, figures};
pub use judgement::{JudgedState, JudgedView, Judgement, judged, subjects};
pub use prefill::prefill;
pub use report::{Amendment, ReportFigure, amendments, frozen_figures, summed};
pub use step::{StepState, StepView};

#[cfg(test)]
mod tests;
