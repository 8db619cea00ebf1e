//! The yearly report: drafted from merged data, frozen by a signature, amended by what comes later.

use dongbo_core::{
    RecordId,
    plan::{Amendment, DeadlineState, DeadlineView, FigureState, IndicatorView, Period, ReportFigure},
};
use jiff::civil::date;
use serde_json::{Value, json};

use super::{
    at,
    people::{People, file},
    standing,
};
use crate::world::World;

const YEAR: Period = Period { from: date(2023, 1, 1), to: date(2023, 12, 31) };

/// The district's report, in time; that of Sở Giáo dục và Đào tạo, too late.
pub(super) fn freeze(world: &mut World, people: &mut People, say: &mut dyn FnMut(&str)) -> anyhow::Result<RecordId> {
    world.now_ms = at("2023-12-18", "14:00");
    let scope = world.hub.whole_scope()?;
    let draft = world.hub.draft_report(&scope, &people.district.unit, YEAR, world.now_ms)?;
    say(&format!(
        "   Bà Rịa: {} con số tại vị trí {} của sổ cái; chưa nghe từ {} đơn vị",
        draft.figures.len(),
        draft.sequence,
        draft.missing.len()
    ));
    let now_ms = world.now_ms;
    let report = file(world, &mut people.district, "period_report", now_ms, with_words(draft.answers))?;

    let draft = world.hub.draft_report(&scope, &people.education.unit, YEAR, world.now_ms)?;
    file(world, &mut people.education, "period_report", at("2023-12-20", "00:00"), with_words(draft.answers))?;
    Ok(report)
}

fn with_words(mut answers: Value) -> Value {
    answers["kind"] = json!("yearly");
    answers["reported_on"] = json!("2023-12-18");
    answers["assessment"] = json!("Phong trào được triển khai sâu rộng, đồng bộ đến từng khu phố.");
    answers["no_secret"] = json!(true);
    answers
}

/// The phone of Phước Nguyên meets a network again in January.
pub(super) fn amend(
    world: &mut World,
    people: &mut People,
    report: RecordId,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<([Vec<ReportFigure>; 2], Vec<Amendment>)> {
    let scope = world.hub.whole_scope()?;
    let before = world.hub.report(&scope, report, world.now_ms)?;
    anyhow::ensure!(before.amendments.is_empty(), "amended before anything came: {:?}", before.amendments);
    world.now_ms = at("2024-01-04", "08:00");
    people.phuoc_nguyen.sync(world)?;
    let after = world.hub.report(&scope, report, world.now_ms)?;
    say(&format!(
        "   đến muộn {} bản ghi; báo cáo đã chốt không đổi  /  late records, the frozen report stays",
        after.arrived.len()
    ));
    for change in after.amendments.iter().filter(|change| change.dimension.is_empty()) {
        say(&format!("   bổ sung {}: {} -> {} ({:+})", change.measure, change.frozen, change.now, change.difference));
    }
    Ok(([before.frozen, after.frozen], after.amendments))
}

pub(super) fn calendar(world: &mut World, say: &mut dyn FnMut(&str)) -> anyhow::Result<Vec<DeadlineView>> {
    world.now_ms = at("2024-01-05", "08:00");
    let deadlines = world.hub.deadlines(&world.hub.whole_scope()?, world.now_ms)?;
    say("   Lịch thời hạn  /  calendar");
    for deadline in &deadlines {
        let due = deadline.due.strftime("%d/%m/%Y");
        let owed = if deadline.obligations.is_empty() { String::new() } else { format!("  ({})", standing(deadline)) };
        say(&format!("   {due}  {}  {}{owed}", deadline.code, deadline.label_vi));
        for obligation in deadline.obligations.iter().filter(|o| o.state == DeadlineState::Late) {
            say(&format!("      nộp muộn / late: {}", obligation.unit));
        }
    }
    Ok(deadlines)
}

pub(super) fn targets(world: &mut World, say: &mut dyn FnMut(&str)) -> anyhow::Result<Vec<IndicatorView>> {
    let targets = world.hub.targets(&world.hub.whole_scope()?, YEAR, date(2023, 12, 31))?;
    say("   Chỉ tiêu có số liệu  /  targets with data");
    for view in &targets {
        for figure in view.figures.iter().filter(|figure| figure.state != FigureState::NoData) {
            let state = if figure.state == FigureState::Met { "đạt" } else { "chưa đạt" };
            let percent = figure.percent.map(|percent| percent.to_string().replace('.', ",")).unwrap_or_default();
            say(&format!("   {}  {}: {percent}% {state}", view.indicator, figure.unit));
        }
    }
    Ok(targets)
}
