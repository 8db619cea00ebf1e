//! The movement from 2023 to 2025, held against what plan 244 asks for.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::plan::{DeadlineState, FigureState, StepState};
use dongbo_tests::demo::year;

#[test]
fn the_movement_from_registration_to_the_last_round() -> anyhow::Result<()> {
    let mut told = Vec::new();
    let outcome = year::run(&mut |line| told.push(line.to_owned()))
        .map_err(|error| anyhow::anyhow!("{error:#}\n{}", told.join("\n")))?;

    let state = |code: &str, unit: &str| {
        let deadline = outcome.calendar.iter().find(|view| view.code == code && view.due.year() == 2023).unwrap();
        deadline.obligations.iter().find(|obligation| obligation.unit.as_str() == unit).unwrap().state
    };
    assert_eq!(state("HAN.Q1-2023", "syt"), DeadlineState::Done);
    assert_eq!(state("HAN.Q1-2023", "sgddt"), DeadlineState::Late);
    assert_eq!(state("HAN.Q1-2023", "stp"), DeadlineState::Overdue);
    assert_eq!(state("HAN.2012", "748"), DeadlineState::Done);
    assert_eq!(state("HAN.2012", "sgddt"), DeadlineState::Late, "received on 20/12 at 00:00");
    assert_eq!(state("HAN.2012", "747"), DeadlineState::Overdue);
    assert_eq!(state("HAN.Q4-2023", "stttt"), DeadlineState::Done, "the review conference");

    let figure = |indicator: &str, unit: &str| {
        let view = outcome.targets.iter().find(|view| view.indicator == indicator).unwrap();
        view.figures.iter().find(|figure| figure.unit.as_str() == unit).unwrap().state
    };
    assert_eq!(figure("TC.XA-2", "26572"), FigureState::Met);
    assert_eq!(figure("TC.XA-2", "26551"), FigureState::NotMet);
    assert_eq!(figure("TC.XA-2", "26545"), FigureState::NoData);
    assert_eq!(figure("TC.XA-2", "26560"), FigureState::NoData, "26551 merges into it in 2025, not in 2023");
    assert_eq!(figure("TC.SBN-4", "syt"), FigureState::Met);

    let split = &outcome.interim.list.split;
    assert_eq!((split.direct, split.leaders, split.leaders_most, split.is_broken), (2, 1, 0, true));
    assert!(outcome.interim.list.issues.is_empty(), "a reason was given: {:?}", outcome.interim.list.issues);
    let granted =
        |view: &dongbo_core::plan::RoundView| view.grants.iter().map(|grants| grants.granted.len()).collect::<Vec<_>>();
    assert_eq!(granted(&outcome.interim), [1, 3], "collectives, individuals");
    assert_eq!(granted(&outcome.last), [1, 0, 0, 0, 0, 1], "one Bằng khen, one Giấy khen of a commune's chairman");
    for view in [&outcome.interim, &outcome.last] {
        for step in view.nominations.iter().flat_map(|nomination| &nomination.steps) {
            assert_eq!(step.state, StepState::Stands, "{}: {:?}", step.form, step.issues);
        }
    }

    assert_eq!(outcome.frozen[0], outcome.frozen[1], "what is frozen stays");
    let late = outcome.amendments.iter().find(|a| a.measure == "activities" && a.dimension.is_empty()).unwrap();
    assert_eq!((late.frozen.to_string(), late.difference.to_string()), ("6".to_owned(), "1".to_owned()));

    for (day, totals) in &outcome.totals[1..] {
        assert_eq!(totals, &outcome.totals[0].1, "nothing is lost or counted twice on {day}");
    }
    assert_eq!(outcome.after_close, 1);
    Ok(())
}
