//! What is printed.

use std::io::Write as _;

use anyhow::Context as _;
use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use serde_json::Value;

/// A line of text, at once.
pub(super) fn line(text: &str) {
    // A reader that has gone away, such as `head`, is no reason to fail: what was asked is done.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// An error, on the error stream.
pub(super) fn error(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "dongbo: {error:#}");
}

/// An invitation as link and as QR code for a phone's camera.
pub(super) fn invitation(name: &str, link: &str) -> anyhow::Result<()> {
    let picture = picture(link).context("the link is too long for a QR code")?;
    line(&format!("Lời mời cho {name} (7 ngày, một thiết bị)  /  invitation for {name} (7 days, one device):"));
    line(&format!("\n{picture}\n\n  {link}\n"));
    Ok(())
}

/// Whose PIN was reset, and the answer as link and as QR code for the phone's camera.
pub(super) fn reset(name: &str, device: &str, answer: &str) {
    line(&format!(
        "Đặt lại mã PIN cho {name}, thiết bị {device}. Người đó thấy việc này trên mọi thiết bị của mình.  /  PIN reset for \
         {name}, device {device}. They see it on all their devices."
    ));
    // The link alone does too, where it is too long for a picture.
    if let Some(picture) = picture(answer) {
        line(&format!("\n{picture}"));
    }
    line(&format!("\n  {answer}\n"));
}

fn picture(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    Some(code.render::<Dense1x2>().quiet_zone(true).build())
}

/// How far an erasure has come.
pub(super) fn erased(answer: &Value) {
    let record = answer["record"].as_str().unwrap_or_default();
    line(&match answer["state"].as_str() {
        Some("rewritten") => format!(
            "Đã xóa {record}; kho đã được ghi lại, nội dung không còn trong tệp nào.  /  Erased; the store has been written \
             anew, no file holds the content any more. Devices erase it when they next synchronise."
        ),
        _ => format!(
            "Đã xóa {record}; sẽ hoàn tất khi kho được ghi lại, lúc khởi động lại trung tâm.  /  Erased from every answer. \
             It is done when the store has been written anew: restart the hub, then see `dongbo erasures`."
        ),
    });
    for related in answer["related"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        line(&format!(
            "Bản ghi {related} có thể chứa cùng nội dung (bản chuyển đơn vị hoặc bản trùng).  /  Record {related} may hold \
             the same (moved, or a duplicate); erase it too if so."
        ));
    }
}

/// What a bundle brought.
pub(super) fn imported(answer: &Value) {
    let (admitted, already) = (&answer["admitted"], &answer["already_here"]);
    line(&format!(
        "Trung tâm đã nhận {admitted} thay đổi từ tệp, {already} thay đổi đã có từ trước.  /  {admitted} changes were \
         admitted, {already} were here already."
    ));
    for refused in answer["refused"].as_array().into_iter().flatten() {
        let text = |key: &str| refused[key].as_str().unwrap_or("-");
        line(&format!(
            "  chưa nhận, mục / not admitted, item {}: {}  {}  {}",
            refused["item"],
            text("record"),
            text("code"),
            text("detail")
        ));
    }
}

/// JSON, or an indented list of what it holds.
pub(super) fn value(value: &Value, json: bool) {
    if json {
        return line(&value.to_string());
    }
    let mut lines = Vec::new();
    describe(value, 0, &mut lines);
    line(&lines.join("\n"));
}

fn describe(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                if is_plain(value) {
                    lines.push(format!("{indent}{name}: {}", plain(value)));
                } else {
                    lines.push(format!("{indent}{name}:"));
                    describe(value, depth + 1, lines);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(fields) if fields.values().all(is_plain) => {
                        let parts = fields.iter().filter(|(_, value)| !value.is_null());
                        let parts: Vec<String> =
                            parts.map(|(name, value)| format!("{name}: {}", plain(value))).collect();
                        lines.push(format!("{indent}- {}", parts.join("  ")));
                    }
                    other if is_plain(other) => lines.push(format!("{indent}- {}", plain(other))),
                    other => {
                        lines.push(format!("{indent}-"));
                        describe(other, depth + 1, lines);
                    }
                }
            }
        }
        other => lines.push(format!("{indent}{}", plain(other))),
    }
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
        _ => true,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
