//! Who takes part, and what they record in a year.

use dongbo_core::{RecordId, UnitId};
use serde_json::{Value, json};

use super::at;
use crate::world::{Device, World};

/// Hòa Long, which becomes Phường Tam Long.
pub(super) const HOA_LONG: &str = "26572";
/// Phước Hiệp, which merges into Phường Phước Trung in January 2025.
pub(super) const PHUOC_HIEP: &str = "26551";
/// Phước Nguyên, whose phone is offline for weeks.
pub(super) const PHUOC_NGUYEN: &str = "26554";
/// Long Sơn, in another district.
pub(super) const LONG_SON: &str = "26545";

/// Everyone, each with a phone or laptop.
pub(super) struct People {
    pub(super) hoa_long: Device,
    pub(super) phuoc_hiep: Device,
    pub(super) phuoc_nguyen: Device,
    pub(super) long_son: Device,
    /// Bà Rịa, the district of the first three.
    pub(super) district: Device,
    /// Sở Y tế, which plans in time; Sở Giáo dục và Đào tạo, which does not.
    pub(super) health: Device,
    pub(super) education: Device,
    /// The lead agency.
    pub(super) lead: Device,
    /// Sở Nội vụ, which appraises.
    pub(super) affairs: Device,
    /// Who has the chairman's decisions signed.
    pub(super) chair: Device,
    /// Who has the decisions of a commune's chairman signed.
    pub(super) commune_head: Device,
}

impl People {
    pub(super) fn join(world: &mut World) -> anyhow::Result<Self> {
        Ok(Self {
            hoa_long: world.device("Nguyễn Thị Hòa", HOA_LONG, "commune_officer")?,
            phuoc_hiep: world.device("Trần Văn Bình", PHUOC_HIEP, "commune_officer")?,
            phuoc_nguyen: world.device("Lê Minh Khoa", PHUOC_NGUYEN, "commune_officer")?,
            long_son: world.device("Đặng Thị Mỹ", LONG_SON, "commune_officer")?,
            district: world.device("Hoàng Văn Nam", "748", "district_aggregator")?,
            health: world.device("Phan Thị Ngọc", "syt", "reporter")?,
            education: world.device("Vũ Quốc Huy", "sgddt", "reporter")?,
            lead: world.device("Lê Thị Ánh", "stttt", "provincial_lead")?,
            affairs: world.device("Đỗ Thanh Sơn", "snv", "home_affairs")?,
            chair: world.device("Ngô Thị Bích", "vpubnd", "chair_office")?,
            commune_head: world.device("Bùi Văn Tài", HOA_LONG, "head_office")?,
        })
    }

    pub(super) fn register(&mut self, world: &mut World) -> anyhow::Result<()> {
        for (device, day) in [(&mut self.hoa_long, "2023-03-15"), (&mut self.phuoc_hiep, "2023-03-20")] {
            file(world, device, "registration", at(day, "09:00"), registration(2023, day))?;
        }
        let plan = |day: &str| {
            json!({
                "number": "12/KH-SYT", "issued_on": day, "title": "Kế hoạch phát động phong trào thi đua chuyển đổi số",
                "documents": [document("ke-hoach.pdf")], "no_secret": true,
            })
        };
        file(world, &mut self.health, "launch_plan", at("2023-03-28", "15:00"), plan("2023-03-27"))?;
        file(world, &mut self.education, "launch_plan", at("2023-04-03", "08:00"), plan("2023-04-01"))?;
        Ok(())
    }

    /// Activities, a training and the figures of the year. Phước Nguyên records too, but its phone meets no network from
    /// November on.
    pub(super) fn work(&mut self, world: &mut World) -> anyhow::Result<()> {
        for month in ["04", "06", "09"] {
            let day = format!("2023-{month}-12");
            for (device, residents) in [(&mut self.hoa_long, 60), (&mut self.phuoc_hiep, 35), (&mut self.long_son, 20)]
            {
                file(world, device, "activity", at(&day, "17:00"), activity(&day, "propaganda", residents))?;
            }
        }
        let offline = at("2023-11-15", "10:00");
        world.now_ms = offline;
        self.phuoc_nguyen.create("activity", activity("2023-11-15", "support", 45), offline)?;
        for (device, numerator) in [(&mut self.hoa_long, "66"), (&mut self.phuoc_hiep, "55")] {
            file(world, device, "indicator_report", at("2023-12-11", "09:00"), figure("TC.XA-2", numerator, "100"))?;
        }
        file(
            world,
            &mut self.health,
            "indicator_report",
            at("2023-12-11", "10:00"),
            figure("TC.SBN-4", "930", "1000"),
        )?;
        let review = activity("2023-12-12", "review", 120);
        file(world, &mut self.lead, "activity", at("2023-12-12", "17:30"), review)?;
        Ok(())
    }

    pub(super) fn after_close(&mut self, world: &mut World, say: &mut dyn FnMut(&str)) -> anyhow::Result<usize> {
        let late = file(
            world,
            &mut self.hoa_long,
            "activity",
            at("2026-01-06", "09:00"),
            activity("2026-01-05", "propaganda", 500),
        )?;
        let row = world.hub.record(&world.hub.whole_scope()?, late)?.row;
        let marked = row.issues.iter().filter(|issue| issue.code == "after_close").count();
        say(&format!(
            "   hoạt động ngày 05/01/2026: giữ lại, đánh dấu ({marked}), không tính  /  kept, marked, counted nowhere"
        ));
        Ok(marked)
    }
}

/// Saves a record in the device's unit as it is by then, and synchronises.
pub(super) fn file(
    world: &mut World,
    device: &mut Device,
    form: &str,
    now_ms: i64,
    answers: Value,
) -> anyhow::Result<RecordId> {
    let unit = device.unit.clone();
    file_in(world, device, &unit, form, now_ms, answers)
}

/// Saves a record about another unit, and synchronises. Everything must be admitted.
pub(super) fn file_in(
    world: &mut World,
    device: &mut Device,
    unit: &UnitId,
    form: &str,
    now_ms: i64,
    answers: Value,
) -> anyhow::Result<RecordId> {
    world.now_ms = world.now_ms.max(now_ms);
    device.sync(world)?;
    let saved = device.create_in(unit, form, answers, now_ms)?;
    let progress = device.sync(world)?;
    anyhow::ensure!(progress.held + progress.undecided == 0, "{form} in {unit} was not admitted: {progress:?}");
    let row = device.replica.view(saved.record)?.row;
    let issues: Vec<&str> = row.issues.iter().map(|issue| issue.field.as_str()).collect();
    anyhow::ensure!(row.issues.iter().all(|issue| issue.code == "after_close"), "{form}: {:?} {issues:?}", row.issues);
    Ok(saved.record)
}

/// A file by its name; the bytes stay with their unit.
pub(super) fn document(name: &str) -> Value {
    let id = dongbo_core::BlobId::of(name.as_bytes());
    json!({"id": id, "name": name, "media_type": "application/pdf", "size": 48_211})
}

pub(super) fn registration(year: i16, day: &str) -> Value {
    json!({
        "year": year, "registered_on": day, "head_title": "Chủ tịch UBND", "themes": ["ND.1", "ND.3"],
        "goals": "60% hồ sơ công việc xử lý trên môi trường mạng; mỗi khu phố có Tổ công nghệ số cộng đồng.", "no_secret": true,
    })
}

fn activity(day: &str, kind: &str, residents: i64) -> Value {
    json!({
        "title": "Ra quân hướng dẫn người dân dùng dịch vụ công trực tuyến", "kind": kind, "held_on": day, "themes": ["ND.1"],
        "organiser": "Ủy ban nhân dân", "place": "Nhà văn hóa", "content": "Hướng dẫn từng hộ nộp hồ sơ qua mạng.",
        "participants": [{"group": "residents", "count": residents}], "no_secret": true,
    })
}

fn figure(indicator: &str, numerator: &str, denominator: &str) -> Value {
    json!({
        "indicator": indicator, "period_from": "2023-01-01", "period_to": "2023-12-31", "numerator": numerator,
        "denominator": denominator, "source": "Phần mềm quản lý văn bản", "secret_excluded": true,
    })
}

/// The unit that a device's unit has become.
pub(super) fn moved(world: &World, device: &Device) -> anyhow::Result<UnitId> {
    let units = &world.hub.rules()?.units;
    match units.successors_at(&device.unit, world.now_ms).as_slice() {
        [only] => Ok(only.id.clone()),
        several => anyhow::bail!("{} became {} units", device.unit, several.len()),
    }
}

pub(super) fn outreach(day: &str) -> Value {
    json!({
        "organisation": "dtn", "held_on": day, "place": "Khu phố 3", "method": "door_to_door", "topic": "cashless",
        "reached": 24, "assisted": 10, "no_secret": true,
    })
}
