//! What is printed: Vietnamese first, English beside it; or JSON.

use std::io::Write as _;

use dongbo_core::{
    campaign::SubjectKind,
    plan::{DeadlineState, DeadlineView, RoundView},
    record::Row,
    replica::{RecordStatus, RecordView, Saved, Summary},
    transport::SyncReport,
    wording,
};
use serde_json::{Value, json};

/// A line of text.
pub(super) fn line(text: &str) {
    // A reader that has gone away, such as `head`, is no reason to fail: what was asked is done.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A JSON object on a line, at once, so that a reader knows it before anything else happens.
pub(super) fn json(value: &Value) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

/// Prints an error as JSON on the error stream; the error that is returned carries only its code.
pub(super) fn json_error(error: &anyhow::Error) -> anyhow::Error {
    let code = super::code(error);
    let _ = writeln!(std::io::stderr(), "{}", json!({"error": code, "message": format!("{error:#}")}));
    anyhow::anyhow!(code)
}

pub(super) fn status(status: RecordStatus) -> String {
    let label = wording::status(status);
    format!("{} / {}", label.vi, label.en)
}

/// What a code means, on a line of its own.
pub(super) fn words(code: &str) -> String {
    wording::of(code).map_or_else(String::new, |wording| format!("\n  {}  /  {}", wording.vi, wording.en))
}

pub(super) fn saved(saved: &Saved) -> Value {
    json!({"record": saved.record, "change": saved.change})
}

/// What a row is called in lists.
fn title(row: &Row) -> &str {
    let named = ["title", "course", "place", "indicator", "comment"].iter().find_map(|name| row.answers.get(*name));
    named.and_then(Value::as_str).unwrap_or("-")
}

pub(super) fn row(row: &Row, at: RecordStatus) -> String {
    let marks = [
        (!row.conflicts.is_empty(), "xung đột / conflict"),
        (row.withdrawn.is_some(), "đã rút / withdrawn"),
        (!row.issues.is_empty(), "chưa đủ / incomplete"),
    ];
    let marks: Vec<&str> = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
    let marks = if marks.is_empty() { String::new() } else { format!("  [{}]", marks.join("; ")) };
    format!("{}  {:<16} {:<10} {}  ({}){marks}", row.record, row.form, row.unit, title(row), status(at))
}

pub(super) fn view(view: &RecordView) -> String {
    let mut lines = vec![row(&view.row, view.status)];
    for (field, value) in &view.row.answers {
        lines.push(format!("  {field}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    }
    for (field, value) in &view.row.other {
        lines.push(format!("  {field}: {value}  (không thuộc biểu mẫu, không tính / not of this form, not counted)"));
    }
    for conflict in &view.row.conflicts {
        lines.push(format!("  xung đột / conflict: {}", conflict.path));
        for (at, candidate) in conflict.candidates.iter().enumerate() {
            lines.push(format!("    {at}: {}  ({})", candidate.value, candidate.device));
        }
    }
    for issue in &view.row.issues {
        lines.push(format!("  cần bổ sung / issue: {} / {}", issue.message_vi, issue.message_en));
    }
    if let Some(changed) = view.changed_since_review {
        let words = if changed {
            "đã sửa sau nhận xét / changed since review"
        } else {
            "chưa sửa sau nhận xét / unchanged since review"
        };
        lines.push(format!("  {words}"));
    }
    lines.join("\n")
}

pub(super) fn report(report: &SyncReport, summary: &Summary) -> String {
    let mut lines = vec![format!(
        "Đã đồng bộ: trung tâm nhận {}, máy nhận về {}.  /  Synchronised: the hub took {}, {} arrived.",
        report.admitted, report.received, report.admitted, report.received
    )];
    if summary.outbox > 0 {
        lines.push(format!(
            "Còn {} thay đổi chờ, xem lý do: `held`.  /  {} changes still wait.",
            summary.outbox, summary.outbox
        ));
    }
    if summary.held > 0 {
        lines.push(format!(
            "{} thay đổi bị từ chối, vẫn giữ ở máy này, xem: `held`.  /  {} changes were refused and are kept here.",
            summary.held, summary.held
        ));
    }
    if summary.quarantined > 0 {
        lines.push(format!(
            "{} thay đổi nhận về không đọc được, đã cách ly.  /  {} quarantined.",
            summary.quarantined, summary.quarantined
        ));
    }
    lines.join("\n")
}

pub(super) fn summary(summary: &Summary) -> String {
    format!(
        "Bản ghi / records: {}\nChưa gửi / unsent: {} (chờ quyết định / undecided: {})\nBị từ chối / held: {}\n\
         Cách ly / quarantined: {}\nBản nháp / drafts: {}",
        summary.records, summary.outbox, summary.waiting, summary.held, summary.quarantined, summary.drafts
    )
}

/// Deadlines, a line each, with where the obligations stand.
pub(super) fn deadlines(deadlines: &[DeadlineView]) -> String {
    let line = |deadline: &DeadlineView| {
        let count = |state| deadline.count(state);
        let standing = match deadline.obligations.is_empty() {
            true => String::new(),
            false => format!(
                "  (đã nộp {}, muộn {}, quá hạn {}, chưa đến hạn {})",
                count(DeadlineState::Done),
                count(DeadlineState::Late),
                count(DeadlineState::Overdue),
                count(DeadlineState::Due)
            ),
        };
        format!("{}  {}  {}{standing}", deadline.due.strftime("%d/%m/%Y"), deadline.code, deadline.label_vi)
    };
    deadlines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A round of awards: each nomination with its steps, then the list and the grants.
pub(super) fn round(round: &RoundView) -> String {
    let mut lines = Vec::new();
    for nomination in &round.nominations {
        let state = match (nomination.granted, nomination.proposed) {
            (true, _) => "đã quyết định khen / granted",
            (false, true) => "trong danh sách đề nghị / proposed",
            (false, false) => "đang lập hồ sơ / in preparation",
        };
        lines.push(format!("{}  {}  {}  {state}", nomination.record, nomination.unit, nomination.award));
        let of_steps = nomination.steps.iter().flat_map(|step| &step.issues);
        lines.extend(
            nomination
                .issues
                .iter()
                .chain(of_steps)
                .map(|issue| format!("  {} / {}", issue.message_vi, issue.message_en)),
        );
    }
    let split = &round.list.split;
    lines.push(format!(
        "Cá nhân trong danh sách: {} trực tiếp, {} lãnh đạo (nhiều nhất {})  /  on the list: direct, leaders (at most)",
        split.direct, split.leaders, split.leaders_most
    ));
    lines.extend(round.list.issues.iter().map(|issue| format!("  {} / {}", issue.message_vi, issue.message_en)));
    for grants in &round.grants {
        let quota = grants.quota.map_or("-".to_owned(), |quota| quota.to_string());
        let kind = match grants.subject {
            SubjectKind::Collective => "tập thể / collectives",
            SubjectKind::Individual => "cá nhân / individuals",
        };
        lines.push(format!("{}  {kind}: {} / {quota}", grants.award, grants.granted.len()));
        lines.extend(grants.issues.iter().map(|issue| format!("  {} / {}", issue.message_vi, issue.message_en)));
    }
    lines.join("\n")
}
