//! Rows and roll-ups equal a recomputation, at the hub and on every replica.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_core::{
    record::Row,
    rollup::{Cell, Projection},
};
use serde_json::Value;

use super::Check;
use crate::{
    simulation::{Finding, fleet::Fleet},
    world::now,
};

/// Measure, unit, month, dimension, code.
type CellName = (String, String, String, String, String);

/// Sums in thousandths.
type Sums = BTreeMap<CellName, i128>;

impl Fleet {
    /// The hub's own audit is clean; and sums made here, straight from the rows, equal the cells, everywhere.
    pub(crate) fn check_rollups(&self) -> Result<(), Finding> {
        let report = now(self.hub().verify()).map_err(|e| Finding::new(Check::Rollups, e.to_string()))?;
        if !report.is_clean() {
            return Err(Finding::new(Check::Rollups, format!("the hub's audit: {:?}", report.problems)));
        }
        let cells = Projection::cells(self.hub_disk(), None);
        self.compare("the hub", &self.hub_rows()?, cells.map_err(|e| Finding::new(Check::Rollups, e.to_string()))?)?;
        for (at, phone) in self.phones.iter().enumerate() {
            let cells = phone.replica().rollup(None).map_err(|e| Finding::new(Check::Rollups, e.to_string()))?;
            self.compare(&phone.name, &self.phone_rows(at)?, cells)?;
        }
        Ok(())
    }

    fn compare(&self, who: &str, rows: &[Row], cells: Vec<Cell>) -> Result<(), Finding> {
        let summed = sums(&self.reach.campaign, rows);
        let kept: Sums = cells
            .into_iter()
            .map(|cell| {
                let key = cell.key;
                let name = (key.measure, key.unit.as_str().to_owned(), key.month, key.dimension, key.code);
                (name, thousandths(&cell.value.to_string()))
            })
            .collect();
        let differs = summed.keys().chain(kept.keys()).find(|name| summed.get(name) != kept.get(name));
        match differs {
            None => Ok(()),
            Some(name) => {
                let (there, here) = (kept.get(name), summed.get(name));
                let detail = format!("{who}: {name:?} is {there:?} thousandths, the rows add up to {here:?}");
                Err(Finding::new(Check::Rollups, detail))
            }
        }
    }
}

fn sums(campaign: &Value, rows: &[Row]) -> Sums {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut sums = Sums::new();
    let mut reported: BTreeSet<String> = BTreeSet::new();
    // Rows come by record id: of a duplicate set the first counts.
    for row in rows.iter().filter(|row| row.withdrawn.is_none()) {
        let form = list(&campaign["forms"]).into_iter().find(|form| form["id"] == row.form.as_str());
        let Some(form) = form else { continue };
        let answers = serde_json::to_value(&row.answers).unwrap_or_default();
        let unique: Vec<Value> =
            list(&form["unique"]["fields"]).iter().map(|field| answers[text(field)].clone()).collect();
        let whole = !unique.is_empty() && unique.iter().all(|value| !value.is_null());
        if whole && !reported.insert(format!("{} {} {unique:?}", row.form, row.unit)) {
            continue;
        }
        let date = answers[text(&form["date_field"])].as_str().unwrap_or_default().to_owned();
        let month = date.chars().take(7).collect::<String>();
        for measure in list(&campaign["measures"]).iter().filter(|measure| measure["form"] == row.form.as_str()) {
            if counted(measure, &answers) {
                add(&mut sums, measure, row, &month, &answers);
            }
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// The measures' conditions compare one choice with one code or with several, or say that all of some answers are yes.
fn counted(measure: &Value, answers: &Value) -> bool {
    let Some(condition) = measure["filter"].as_str() else { return true };
    if condition.ends_with(" == true") {
        let field = |part: &str| part.trim_end_matches(" == true").to_owned();
        return condition.split(" && ").all(|part| answers[field(part)] == true);
    }
    let codes = |listed: &str| listed.split('\'').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let (field, codes) = match (condition.split_once(" == '"), condition.split_once(" in [")) {
        (Some((field, code)), _) => (field, vec![code.trim_end_matches('\'').to_owned()]),
        (_, Some((field, listed))) => (field, codes(listed)),
        _ => unreachable!("the check does not know the condition {condition}"),
    };
    codes.iter().any(|code| *code == text(&answers[field]))
}

fn add(sums: &mut Sums, measure: &Value, row: &Row, month: &str, answers: &Value) {
    let mut parts: Vec<(i128, Value)> = Vec::new();
    match measure["field"].as_str().map(|path| path.split_once('/').unwrap_or((path, ""))) {
        None => parts.push((1_000, Value::Null)),
        Some((field, "")) => parts.push((number(&answers[field]), Value::Null)),
        Some((group, field)) => {
            let items = answers[group].as_array().cloned().unwrap_or_default();
            parts.extend(items.into_iter().map(|item| (number(&item[field]), item)));
        }
    }
    for (value, item) in parts {
        let mut put = |dimension: &str, code: &str| {
            let unit = row.unit.as_str().to_owned();
            let name = (text(&measure["id"]).to_owned(), unit, month.to_owned(), dimension.to_owned(), code.to_owned());
            *sums.entry(name).or_default() += value;
        };
        put("", "");
        for dimension in measure["dimensions"].as_array().into_iter().flatten().map(text) {
            let answer = match dimension.split_once('/') {
                None => &answers[dimension],
                Some((_, field)) => &item[field],
            };
            for code in answer.as_array().map_or(vec![answer], |codes| codes.iter().collect()) {
                if let Some(code) = code.as_str() {
                    put(dimension, code);
                }
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> i128 {
    match value {
        Value::String(text) => thousandths(text),
        Value::Number(number) => i128::from(number.as_i64().unwrap_or(0)) * 1_000,
        _ => 0,
    }
}

/// A decimal with at most three places after the point.
fn thousandths(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let places = format!("{fraction:0<3}");
    whole.parse::<i128>().unwrap_or(0) * 1_000 + sign * places.parse::<i128>().unwrap_or(0)
}
