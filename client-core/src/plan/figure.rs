//! Targets and standards: the figure of each unit, and whether it meets the goal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Serialize;
use serde_json::Value;

use super::evidence::{Evidence, date_of, text_of};
use crate::{
    FieldId, RecordId, UnitId,
    campaign::{Goal, Indicator, IndicatorReports},
    policy::Rulebook,
    record::Row,
    rollup::decimal,
    unit::{Unit, UnitsAsOf},
};

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Period {
    /// A calendar year.
    pub fn year(year: i16) -> Option<Self> {
        Some(Self { from: Date::new(year, 1, 1).ok()?, to: Date::new(year, 12, 31).ok()? })
    }

    /// Whether the day lies inside.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// Whether a goal is met. No data is a state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureState {
    /// The goal is met.
    Met,
    /// There is a figure, and it does not meet the goal.
    NotMet,
    /// Nothing was reported, not by all, or of nothing: the denominator is 0.
    NoData,
}

/// The figure of one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The unit.
    pub unit: UnitId,
    /// What was counted; absent without data and for a qualitative indicator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numerator: Option<Decimal>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denominator: Option<Decimal>,
    /// Computed: 100 * numerator / denominator, to two decimals. The goal is held against the unrounded ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// Whether the goal is met.
    pub state: FigureState,
    /// The reports it comes from: the unit's own, or those of the units below it.
    pub reports: Vec<RecordId>,
    /// Whether it was summed from units below (or from what the unit was before) for want of a report of its own.
    pub summed: bool,
    /// How many units below reported nothing, where it was summed: then the figure is of the others alone, and no state is claimed for the whole.
    pub silent: usize,
    /// Whether a report in it has issues: shown, and to be looked at before it is used.
    pub doubtful: bool,
}

/// An indicator with the figures of its units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndicatorView {
    /// The indicator's code.
    pub indicator: String,
    /// The figure of each unit that is to meet it, by unit.
    pub figures: Vec<Figure>,
    /// How many units are where, and the ratio of all sums.
    pub summary: FigureSummary,
}

/// An indicator over all its units.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FigureSummary {
    /// Units that meet it.
    pub met: usize,
    /// Units that do not.
    pub not_met: usize,
    /// Units without data.
    pub no_data: usize,
    /// The sum of the numerators over the sum of the denominators, in percent to two decimals: never a mean of ratios.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
}

/// The figures of every indicator, from reports whose period ends inside `period`, for the units in force on `on` that the
/// asker may see (`in_scope`): of others nothing is said, not even that there is no data.
pub fn figures(
    rules: &Rulebook,
    evidence: &Evidence,
    period: Period,
    on: Date,
    in_scope: &dyn Fn(&UnitId) -> bool,
) -> Vec<IndicatorView> {
    let Some(reports) = rules.campaign.indicator_reports() else { return Vec::new() };
    let newest = newest_reports(reports, evidence, period);
    let units = rules.units.as_of(on);
    let view = |indicator: &Indicator| {
        let empty = BTreeMap::new();
        let own = newest.get(indicator.code.as_str()).unwrap_or(&empty);
        let reckoning = Reckoning { rules, reports, units: &units, own };
        let figures: Vec<Figure> = units
            .units()
            .filter(|unit| is_to_meet(indicator, unit, &units) && in_scope(&unit.id))
            .map(|unit| reckoning.figure(indicator, &unit.id))
            .collect();
        IndicatorView { indicator: indicator.code.to_string(), summary: summary(&figures), figures }
    };
    rules.campaign.indicators().iter().map(view).collect()
}

fn is_to_meet(indicator: &Indicator, unit: &Unit, units: &UnitsAsOf<'_>) -> bool {
    match indicator.levels.is_empty() {
        true => units.parent(&unit.id).is_none() && !units.children(&unit.id).is_empty(),
        false => indicator.levels.contains(&unit.level),
    }
}

fn summary(figures: &[Figure]) -> FigureSummary {
    let count = |state| figures.iter().filter(|figure| figure.state == state).count();
    let sum = |part: fn(&Figure) -> Option<Decimal>| figures.iter().filter_map(part).sum::<Decimal>();
    let (numerator, denominator) = (sum(|figure| figure.numerator), sum(|figure| figure.denominator));
    FigureSummary {
        met: count(FigureState::Met),
        not_met: count(FigureState::NotMet),
        no_data: count(FigureState::NoData),
        percent: percent(numerator, denominator),
    }
}

fn percent(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    ratio(numerator, denominator).map(|ratio| ratio.round_dp(2).normalize())
}

/// In percent, unrounded; `None` of nothing.
fn ratio(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    numerator.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(denominator)
}

/// For each indicator and unit the report whose period ends last; of equals the one made last.
type Newest<'e> = BTreeMap<&'e str, BTreeMap<&'e UnitId, &'e Row>>;

fn newest_reports<'e>(reports: &IndicatorReports, evidence: &'e Evidence, period: Period) -> Newest<'e> {
    let mut newest: Newest<'e> = BTreeMap::new();
    for filed in evidence.of(&reports.form).iter().filter(|filed| filed.counts) {
        let row = &filed.row;
        let Some(indicator) = text_of(row, &reports.indicator) else { continue };
        let Some(to) = date_of(row, &reports.to).filter(|to| period.contains(*to)) else { continue };
        let own = newest.entry(indicator).or_default();
        let kept = own.entry(&row.unit).or_insert(row);
        if (date_of(kept, &reports.to), kept.record) < (Some(to), row.record) {
            *kept = row;
        }
    }
    newest
}

/// The sums of one indicator.
struct Reckoning<'a> {
    rules: &'a Rulebook,
    reports: &'a IndicatorReports,
    units: &'a UnitsAsOf<'a>,
    own: &'a BTreeMap<&'a UnitId, &'a Row>,
}

#[derive(Default)]
struct Sums {
    numerator: Decimal,
    denominator: Decimal,
    reports: Vec<RecordId>,
    doubtful: bool,
    silent: usize,
}

impl Reckoning<'_> {
    fn figure(&self, indicator: &Indicator, unit: &UnitId) -> Figure {
        let own = self.own.get(unit);
        if indicator.goal == Goal::Qualitative {
            return self.judged(unit, own.copied());
        }
        let mut sums = Sums::default();
        self.add(unit, &mut sums, &mut BTreeSet::new());
        let ratio = ratio(sums.numerator, sums.denominator);
        let met = ratio.and_then(|ratio| ratio.to_f64()).and_then(|ratio| indicator.goal.is_met_by(ratio));
        let state = match met.filter(|_| sums.silent == 0) {
            Some(true) => FigureState::Met,
            Some(false) => FigureState::NotMet,
            None => FigureState::NoData,
        };
        let reported = !sums.reports.is_empty();
        Figure {
            unit: unit.clone(),
            numerator: reported.then_some(sums.numerator),
            denominator: reported.then_some(sums.denominator),
            percent: percent(sums.numerator, sums.denominator),
            state,
            summed: reported && own.is_none(),
            silent: if reported { sums.silent } else { 0 },
            reports: sums.reports,
            doubtful: sums.doubtful,
        }
    }

    /// People judge it, and it is never summed.
    fn judged(&self, unit: &UnitId, own: Option<&Row>) -> Figure {
        let answer = own.zip(self.reports.met.as_ref()).and_then(|(row, met)| row.answers.get(met));
        let met = answer.and_then(Value::as_bool);
        Figure {
            unit: unit.clone(),
            numerator: None,
            denominator: None,
            percent: None,
            state: met.map_or(FigureState::NoData, |met| if met { FigureState::Met } else { FigureState::NotMet }),
            reports: own.iter().map(|row| row.record).collect(),
            summed: false,
            silent: 0,
            doubtful: own.is_some_and(|row| !row.issues.is_empty()),
        }
    }

    /// A unit's own report; without one, those of the units below it and of the units that wholly became it.
    fn add(&self, unit: &UnitId, sums: &mut Sums, seen: &mut BTreeSet<UnitId>) {
        if !seen.insert(unit.clone()) {
            return;
        }
        if let Some(row) = self.own.get(unit) {
            sums.doubtful |= !row.issues.is_empty();
            sums.reports.push(row.record);
            let parts = number(row, &self.reports.numerator).zip(number(row, &self.reports.denominator));
            if let Some((numerator, denominator)) = parts {
                sums.numerator += numerator;
                sums.denominator += denominator;
            }
            return;
        }
        let (reported, silent) = (sums.reports.len(), sums.silent);
        for below in self.units.children(unit) {
            self.add(&below.id, sums, seen);
        }
        if sums.reports.len() > reported {
            return;
        }
        // What it was before is asked only where nothing of today says anything, for both may tell of the same.
        for earlier in self.rules.units.predecessors(unit).filter(|earlier| self.wholly_became(earlier)) {
            self.add(&earlier.id, sums, seen);
        }
        if sums.reports.len() == reported {
            sums.silent = silent + 1;
        }
    }

    /// Whether a unit had become one other by the date: while it is in force its figure is its own.
    fn wholly_became(&self, unit: &Unit) -> bool {
        unit.successors.len() == 1 && self.units.get(&unit.id).is_none()
    }
}

/// `None` where nothing was answered, or what is no number: of that there is no figure, least of all 0 %.
fn number(row: &Row, field: &FieldId) -> Option<Decimal> {
    match row.answers.get(field)? {
        Value::Number(number) => number.as_i64().map(Decimal::from),
        Value::String(text) => decimal(text),
        _ => None,
    }
}
