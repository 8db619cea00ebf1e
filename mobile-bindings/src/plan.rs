//! Figures: roll-ups, deadlines, indicators, over what is on this device.

use dongbo_core::{campaign as core, plan, rollup};

use crate::Localised;

/// A measure that is rolled up.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Measure {
    /// Its id.
    pub id: String,
    /// The form whose records it counts.
    pub form: String,
    /// Its name for people.
    pub label: Localised,
}

/// A sum over records of one unit, month and dimension.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Cell {
    /// The measure.
    pub measure: String,
    /// The unit.
    pub unit: String,
    /// The month, `2024-03`.
    pub month: String,
    /// The field by which it is split; empty: not split.
    pub dimension: String,
    /// The code in that field.
    pub code: String,
    /// The sum, a decimal.
    pub value: String,
}

/// A deadline and how each unit stands, as far as this device knows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Deadline {
    /// Its code.
    pub code: String,
    /// Its name for people.
    pub label: Localised,
    /// Its last day, `2024-11-20`.
    pub due: String,
    /// From when it is too late, milliseconds since the Unix epoch.
    pub too_late_from_ms: i64,
    /// Who owes what.
    pub obligations: Vec<Obligation>,
}

/// What a unit owes by a deadline. What no hub has received yet is not handed in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Obligation {
    /// The unit.
    pub unit: String,
    /// Where it stands.
    pub state: DeadlineState,
    /// The record that meets it.
    pub record: Option<String>,
    /// When the hub received it.
    pub received_ms: Option<i64>,
    /// Whether it has issues.
    pub incomplete: bool,
}

/// Where an obligation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DeadlineState {
    /// Not handed in; there is still time.
    Due,
    /// Not handed in, and the time is over.
    Overdue,
    /// Received in time.
    Done,
    /// Received too late.
    Late,
}

/// Whether a goal is met. No data is a state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FigureState {
    /// It is.
    Met,
    /// There is a figure, and it does not meet the goal.
    NotMet,
    /// Nothing was reported, or not by all.
    NoData,
}

/// An indicator and its figures.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Indicator {
    /// Its code.
    pub code: String,
    /// Its name for people.
    pub label: Localised,
    /// A figure for each unit.
    pub figures: Vec<Figure>,
}

/// An indicator's figure for a unit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Figure {
    /// The unit.
    pub unit: String,
    /// Percent, a decimal.
    pub percent: Option<String>,
    /// Whether the goal is met.
    pub state: FigureState,
    /// Whether a record it rests on has issues or conflicts.
    pub doubtful: bool,
}

impl From<&core::Measure> for Measure {
    fn from(measure: &core::Measure) -> Self {
        Self { id: measure.id.to_string(), form: measure.form.to_string(), label: (&measure.label).into() }
    }
}

impl From<rollup::Cell> for Cell {
    fn from(cell: rollup::Cell) -> Self {
        let key = cell.key;
        Self {
            measure: key.measure,
            unit: key.unit.to_string(),
            month: key.month,
            dimension: key.dimension,
            code: key.code,
            value: cell.value.to_string(),
        }
    }
}

impl From<plan::DeadlineView> for Deadline {
    fn from(view: plan::DeadlineView) -> Self {
        Self {
            code: view.code,
            label: Localised { vi: view.label_vi, en: view.label_en },
            due: view.due.to_string(),
            too_late_from_ms: view.too_late_from_ms,
            obligations: view.obligations.into_iter().map(Obligation::from).collect(),
        }
    }
}

impl From<plan::Obligation> for Obligation {
    fn from(owed: plan::Obligation) -> Self {
        Self {
            unit: owed.unit.to_string(),
            state: owed.state.into(),
            record: owed.record.as_ref().map(ToString::to_string),
            received_ms: owed.received_ms,
            incomplete: owed.incomplete,
        }
    }
}

impl Indicator {
    pub(crate) fn from_core(view: plan::IndicatorView, label: Localised) -> Self {
        let figure = |figure: plan::Figure| Figure {
            unit: figure.unit.to_string(),
            percent: figure.percent.map(|percent| percent.to_string()),
            state: figure.state.into(),
            doubtful: figure.doubtful,
        };
        Self { code: view.indicator, label, figures: view.figures.into_iter().map(figure).collect() }
    }
}

impl From<plan::DeadlineState> for DeadlineState {
    fn from(state: plan::DeadlineState) -> Self {
        match state {
            plan::DeadlineState::Due => Self::Due,
            plan::DeadlineState::Overdue => Self::Overdue,
            plan::DeadlineState::Done => Self::Done,
            plan::DeadlineState::Late => Self::Late,
        }
    }
}

impl From<plan::FigureState> for FigureState {
    fn from(state: plan::FigureState) -> Self {
        match state {
            plan::FigureState::Met => Self::Met,
            plan::FigureState::NotMet => Self::NotMet,
            plan::FigureState::NoData => Self::NoData,
        }
    }
}
