//! Met, not met, no data; ratios of sums.

use jiff::civil::{Date, date};
use serde_json::json;

use super::{super::*, Ledger, rules};

fn report(
    ledger: &mut Ledger,
    unit: &str,
    indicator: &str,
    to: &str,
    numerator: &str,
    denominator: &str,
) -> crate::RecordId {
    let answers = json!({
        "indicator": indicator, "period_from": "2023-01-01", "period_to": to, "numerator": numerator, "denominator": denominator,
    });
    ledger.add(1, "figure", unit, "2023-11-01T00:00:00Z", answers)
}

fn figure_of(ledger: &Ledger, indicator: &str, unit: &str, year: i16, on: Date) -> Figure {
    let all = figures(&rules(), &ledger.evidence(), Period::year(year).unwrap(), on, &|_| true);
    let view = all.into_iter().find(|view| view.indicator == indicator).unwrap();
    view.figures.into_iter().find(|figure| figure.unit.as_str() == unit).unwrap()
}

#[test]
fn thresholds_as_the_plan_writes_them() {
    use FigureState::*;
    for (indicator, unit, numerator, denominator, state, percent) in [
        ("X-1", "c1", "60", "100", Met, Some("60")),
        ("X-1", "c1", "59.99", "100", NotMet, Some("59.99")),
        ("X-1", "c1", "59999", "100000", NotMet, Some("60")), // 59.999 %: rounded for people, compared exactly
        ("X-1", "c1", "0", "0", NoData, None),
        ("X-1", "c1", "95%", "100", NoData, None), // a percentage typed as a number: no figure, not 0 %
        ("X-2", "p", "10", "100", NotMet, Some("10")), // "trên" is strict
        ("X-2", "p", "10.01", "100", Met, Some("10.01")),
        ("X-3", "p", "65", "100", Met, Some("65")),
        ("X-3", "p", "70", "100", Met, Some("70")),
        ("X-3", "p", "70.1", "100", NotMet, Some("70.1")),
    ] {
        let mut ledger = Ledger::default();
        report(&mut ledger, unit, indicator, "2023-12-31", numerator, denominator);
        let figure = figure_of(&ledger, indicator, unit, 2023, date(2023, 12, 31));
        let expected = percent.map(|percent| percent.parse().unwrap());
        assert_eq!((figure.state, figure.percent), (state, expected), "{indicator} {numerator}/{denominator}");
    }
}

#[test]
fn without_a_report_there_is_no_data() {
    let figure = figure_of(&Ledger::default(), "X-1", "c1", 2023, date(2023, 12, 31));
    assert_eq!((figure.state, figure.percent, figure.reports.len()), (FigureState::NoData, None, 0));
}

#[test]
fn a_ratio_is_the_ratio_of_sums() {
    let mut ledger = Ledger::default();
    report(&mut ledger, "c1", "X-2", "2023-12-31", "1", "1");
    report(&mut ledger, "c3", "X-2", "2023-12-31", "0", "99");
    let figure = figure_of(&ledger, "X-2", "p", 2023, date(2023, 12, 31));
    assert_eq!(figure.percent, Some("1".parse().unwrap()), "the mean of 100 % and 0 % would be 50 %");
    assert!(figure.summed);
    assert_eq!(
        (figure.silent, figure.state),
        (1, FigureState::NoData),
        "c2 is silent: nothing is claimed for the whole"
    );
    report(&mut ledger, "c2", "X-2", "2023-12-31", "99", "100");
    let figure = figure_of(&ledger, "X-2", "p", 2023, date(2023, 12, 31));
    assert_eq!((figure.percent, figure.silent, figure.state), (Some("50".parse().unwrap()), 0, FigureState::Met));
    // A report of its own takes the place of the sum: nothing is counted twice.
    report(&mut ledger, "p", "X-2", "2023-12-31", "20", "100");
    let figure = figure_of(&ledger, "X-2", "p", 2023, date(2023, 12, 31));
    assert_eq!((figure.percent, figure.summed), (Some("20".parse().unwrap()), false));
}

#[test]
fn the_newest_report_of_the_year_counts() {
    let mut ledger = Ledger::default();
    report(&mut ledger, "c1", "X-1", "2023-06-30", "10", "100");
    report(&mut ledger, "c1", "X-1", "2023-12-31", "70", "100");
    report(&mut ledger, "c1", "X-1", "2024-06-30", "90", "100");
    let percent = |year| figure_of(&ledger, "X-1", "c1", year, date(2023, 12, 31)).percent;
    assert_eq!(percent(2023), Some("70".parse().unwrap()));
    assert_eq!(percent(2024), Some("90".parse().unwrap()));
}

#[test]
fn a_merged_commune_has_the_figures_of_what_it_was() {
    let mut ledger = Ledger::default();
    report(&mut ledger, "c1", "X-1", "2023-12-31", "30", "100");
    report(&mut ledger, "c2", "X-1", "2023-12-31", "90", "100");
    let figure = figure_of(&ledger, "X-1", "c12", 2023, date(2025, 8, 1));
    assert_eq!((figure.percent, figure.state), (Some("60".parse().unwrap()), FigureState::Met));
    assert_eq!(figure.reports.len(), 2);
}

#[test]
fn what_a_unit_was_is_asked_only_where_nothing_of_today_says_anything() {
    let mut ledger = Ledger::default();
    report(&mut ledger, "d1", "X-2", "2025-06-30", "300", "400");
    report(&mut ledger, "c12", "X-2", "2025-12-31", "9", "10");
    report(&mut ledger, "c3", "X-2", "2025-12-31", "1", "10");
    let figure = figure_of(&ledger, "X-2", "p", 2025, date(2025, 8, 1));
    assert_eq!((figure.numerator, figure.denominator), (Some("10".parse().unwrap()), Some("20".parse().unwrap())));
}

#[test]
fn numbers_too_large_to_be_summed_are_no_figures_and_no_panic() {
    let mut ledger = Ledger::default();
    for unit in ["c1", "c2", "c3"] {
        report(&mut ledger, unit, "X-2", "2023-12-31", "79228162514264337593543950335", "1");
    }
    assert_eq!(figure_of(&ledger, "X-2", "p", 2023, date(2023, 12, 31)).state, FigureState::NoData);
}

#[test]
fn people_judge_what_is_qualitative_and_it_is_never_summed() {
    let mut ledger = Ledger::default();
    let answers = json!({"indicator": "X-4", "period_from": "2023-01-01", "period_to": "2023-12-31", "met": true});
    ledger.add(1, "figure", "c1", "2023-11-01T00:00:00Z", answers);
    let state = |unit| figure_of(&ledger, "X-4", unit, 2023, date(2023, 12, 31)).state;
    assert_eq!((state("c1"), state("c2")), (FigureState::Met, FigureState::NoData));
    assert_eq!(figure_of(&ledger, "X-4", "c12", 2023, date(2025, 8, 1)).state, FigureState::NoData);
}

#[test]
fn a_report_with_issues_is_doubtful_and_out_of_scope_nothing_is_said() {
    let mut ledger = Ledger::default();
    let record = report(&mut ledger, "c1", "X-1", "2023-12-31", "120", "100");
    ledger.get_mut(record).row.issues.push(step::issue(
        "constraint",
        "Tử số lớn hơn mẫu số.".into(),
        "Too large.".into(),
    ));
    assert!(figure_of(&ledger, "X-1", "c1", 2023, date(2023, 12, 31)).doubtful);

    let only = |unit: &crate::UnitId| unit.as_str() == "c2";
    let all = figures(&rules(), &ledger.evidence(), Period::year(2023).unwrap(), date(2023, 12, 31), &only);
    let units: Vec<_> = all[0].figures.iter().map(|figure| figure.unit.as_str()).collect();
    assert_eq!(units, ["c2"]);
    assert_eq!(all[0].summary, FigureSummary { no_data: 1, ..Default::default() });
}
