//! Deadlines: who has handed in what, and when.

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde::Serialize;

use super::evidence::{Evidence, Filed, date_of};
use crate::{
    FormId, RecordId, UnitId,
    campaign::{Campaign, Deadline, Owed},
    policy::Rulebook,
    record::Row,
    unit::Unit,
};

/// Where an obligation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
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

/// What one unit owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obligation {
    /// The unit.
    pub unit: UnitId,
    /// Where it stands.
    pub state: DeadlineState,
    /// What was handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// When the hub received it, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_ms: Option<i64>,
    /// When the device signed it, by its own clock: evidence, shown beside a late receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_ms: Option<i64>,
    /// Whether the signed time lies before the end of the deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_time: Option<bool>,
    /// Whether what was handed in lacks something, so that it does not count yet.
    pub incomplete: bool,
    /// What units that became this one handed in for the same period.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_predecessors: Vec<RecordId>,
}

/// One due date, with everyone who owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadlineView {
    /// The plan's code.
    pub code: String,
    /// What is due, in Vietnamese.
    pub label_vi: String,
    /// The same in English.
    pub label_en: String,
    /// The date as the plan gives it.
    pub due: Date,
    /// The first instant that is too late, milliseconds since the Unix epoch, in the campaign's time zone.
    pub too_late_from_ms: i64,
    /// The units that receive it.
    pub owed_to: Vec<UnitId>,
    /// Who owes; empty for an event.
    pub obligations: Vec<Obligation>,
}

impl DeadlineView {
    /// How many obligations stand there.
    pub fn count(&self, state: DeadlineState) -> usize {
        self.obligations.iter().filter(|obligation| obligation.state == state).count()
    }
}

/// Every due date of the campaign, in order of time, with the obligations that the asker may see (`in_scope`).
pub fn deadlines(
    rules: &Rulebook,
    evidence: &Evidence,
    now_ms: i64,
    in_scope: &dyn Fn(&UnitId, &FormId) -> bool,
) -> Vec<DeadlineView> {
    let mut views: Vec<DeadlineView> = Vec::new();
    for deadline in rules.campaign.deadlines() {
        for due in &deadline.due {
            let zone = rules.campaign.time_zone();
            let too_late_from_ms = too_late_from_ms(deadline, *due, zone);
            let owing = deadline.owed.as_ref().map(|owed| (owed, owing(rules, owed, *due)));
            let obligations = owing.into_iter().flat_map(|(owed, units)| {
                let hand_in = HandIn { rules, deadline, owed, due: *due, too_late_from_ms, now_ms };
                let seen = units.into_iter().filter(|unit| in_scope(&unit.id, &owed.form));
                seen.map(|unit| hand_in.obligation(unit, evidence)).collect::<Vec<_>>()
            });
            views.push(DeadlineView {
                code: deadline.code.to_string(),
                label_vi: deadline.label.vi.clone(),
                label_en: deadline.label.en.clone(),
                due: *due,
                too_late_from_ms,
                owed_to: deadline.owed_to.clone(),
                obligations: obligations.collect(),
            });
        }
    }
    views.sort_by(|a, b| (a.due, &a.code).cmp(&(b.due, &b.code)));
    views
}

/// "Trước ngày 20/12" ends when the 20th begins; another deadline when its day ends.
fn too_late_from_ms(deadline: &Deadline, due: Date, zone: &TimeZone) -> i64 {
    let day = if deadline.strictly_before { due } else { due.saturating_add(1.day()) };
    zone.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).map_or(i64::MAX, jiff::Timestamp::as_millisecond)
}

/// The units that owe: of the levels, in force on the due date, and the named ones as they are by then.
fn owing<'r>(rules: &'r Rulebook, owed: &Owed, due: Date) -> Vec<&'r Unit> {
    let units = rules.units.as_of(due);
    let mut owing: Vec<&Unit> = units.units().filter(|unit| owed.levels.contains(&unit.level)).collect();
    owing.extend(owed.units.iter().flat_map(|unit| rules.units.successors_as_of(unit, due)));
    owing.sort_by(|a, b| a.id.cmp(&b.id));
    owing.dedup_by(|a, b| a.id == b.id);
    owing
}

/// One due date of one deadline.
struct HandIn<'a> {
    rules: &'a Rulebook,
    deadline: &'a Deadline,
    owed: &'a Owed,
    due: Date,
    too_late_from_ms: i64,
    now_ms: i64,
}

impl HandIn<'_> {
    fn obligation(&self, unit: &Unit, evidence: &Evidence) -> Obligation {
        let records = evidence.of(&self.owed.form).iter().filter(|filed| self.fulfils(&filed.row));
        let (own, others): (Vec<&Filed>, Vec<&Filed>) = records.partition(|filed| filed.row.unit == unit.id);
        // What lacks something is no report yet. Of several the first that was received counts, whichever was typed first.
        let first = own.into_iter().min_by_key(|filed| {
            (!filed.row.issues.is_empty(), filed.received.is_none(), filed.received, filed.row.record)
        });
        let incomplete = first.is_some_and(|filed| !filed.row.issues.is_empty());
        let became = |filed: &&Filed| {
            let now = self.rules.units.successors_as_of(&filed.row.unit, self.due);
            now.iter().any(|successor| successor.id == unit.id)
        };
        let received_ms = first.filter(|_| !incomplete).and_then(|filed| filed.received).map(|received| received.at_ms);
        // What no hub has received yet is not handed in.
        let state = match received_ms {
            Some(at_ms) if at_ms < self.too_late_from_ms => DeadlineState::Done,
            Some(_) => DeadlineState::Late,
            None if self.now_ms < self.too_late_from_ms => DeadlineState::Due,
            None => DeadlineState::Overdue,
        };
        Obligation {
            unit: unit.id.clone(),
            state,
            record: first.map(|filed| filed.row.record),
            received_ms,
            signed_ms: first.map(|filed| filed.row.created_ms),
            incomplete,
            signed_in_time: first.map(|filed| filed.row.created_ms < self.too_late_from_ms),
            from_predecessors: others.into_iter().filter(became).map(|filed| filed.row.record).collect(),
        }
    }

    fn fulfils(&self, row: &Row) -> bool {
        let asked = self.owed.filter.as_ref().is_none_or(|filter| filter.evaluate(&row.answers).unwrap_or(false));
        asked && (!self.deadline.yearly || year_of(&self.rules.campaign, self.owed, row) == Some(self.due.year()))
    }
}

/// The year a record is for.
fn year_of(campaign: &Campaign, owed: &Owed, row: &Row) -> Option<i16> {
    let field = owed.period.as_ref().or(campaign.form(&row.form)?.date_field.as_ref());
    let answered = field.and_then(|field| date_of(row, field));
    let created = || {
        let created = jiff::Timestamp::from_millisecond(row.created_ms).ok()?;
        Some(jiff::ZonedDateTime::new(created, campaign.time_zone().clone()).date())
    };
    answered.or_else(created).map(|date| date.year())
}
