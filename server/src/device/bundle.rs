//! Work carried by hand: files for a colleague's device or for the hub.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;
use dongbo_core::replica::Carried;
use serde_json::json;

use super::{Device, commands::print};

pub(super) fn export(device: &Device, file: &Path, which: Carried, json: bool) -> anyhow::Result<()> {
    let bundle = device.export_bundle(which)?;
    // It holds answers, so it is for its owner only.
    let out = File::options().write(true).create_new(true).mode(0o600).open(file);
    let mut out = out.with_context(|| format!("{} cannot be made", file.display()))?;
    let written = out.write_all(&bundle).and_then(|()| out.sync_all());
    written.with_context(|| format!("{} cannot be made durable", file.display()))?;
    print(json, json!({"file": file, "bytes": bundle.len()}), || {
        format!("Đã ghi / written: {} ({} byte). Tệp chứa số liệu; hãy giữ cẩn thận.", file.display(), bundle.len())
    })
}

pub(super) async fn import(device: &mut Device, file: &Path, now_ms: i64, json: bool) -> anyhow::Result<()> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let report = device.import_bundle(&bytes, now_ms).await?;
    let mut value = serde_json::to_value(&report)?;
    value["file"] = json!(file);
    print(json, value, || {
        let mut lines = vec![format!(
            "Đã nhận {} thay đổi từ tệp, {} đã có; lần đồng bộ tới sẽ gửi lên trung tâm.  /  {} changes were taken in, {} \
             were here already; the next sync sends them.",
            report.imported, report.already_here, report.imported, report.already_here
        )];
        if report.out_of_scope > 0 {
            lines.push(format!(
                "{} thay đổi ngoài phạm vi của bạn, không lưu ở máy này; hãy đưa tệp đến trung tâm.  /  {} are outside \
                 what you may read and are not kept here; take the file to the hub.",
                report.out_of_scope, report.out_of_scope
            ));
        }
        for refused in &report.refused {
            lines.push(format!("  mục / item {}: {}  {}", refused.item, refused.code, refused.reason));
        }
        lines.join("\n")
    })
}
