//! What people type: answers in Vietnamese, with what Vietnamese keyboards and people do to text.

use serde_json::{Value, json};

use crate::world::Seeded;

const SENTENCES: [&str; 10] = [
    "Tổ công nghệ số cộng đồng đến từng ngõ, gõ từng nhà hướng dẫn nộp hồ sơ trực tuyến.",
    "Bà con ấp Tây đã quen thanh toán tiền điện, tiền nước không dùng tiền mặt.",
    "Quét và đối chiếu sổ hộ khẩu giấy với cơ sở dữ liệu quốc gia về dân cư.",
    "Đoàn viên thanh niên hỗ trợ người cao tuổi cài đặt ứng dụng định danh điện tử VNeID.",
    "Giảm thời gian tra cứu từ 15 phút xuống còn dưới 1 phút mỗi lượt.",
    "Cần bổ sung máy quét và đường truyền cho bộ phận một cửa của xã Hoà Long.",
    "Phường đã phát động thi đua “Chuyển đổi số” gắn với cải cách hành chính.",
    "Hội Phụ nữ xã Long Phước mở lớp bán hàng trên sàn thương mại điện tử.",
    "Côn Đảo mất sóng hai ngày, số liệu được ghi tại chỗ và gửi sau.",
    "Ngư dân Lò Vôi được hướng dẫn khai báo xuất bến trên điện thoại.",
];

const TITLES: [&str; 6] = [
    "Số hóa sổ hộ khẩu giấy của xã",
    "Ngày hội chuyển đổi số",
    "Tra cứu hồ sơ đất đai bằng mã QR",
    "Lớp kỹ năng số cho người cao tuổi",
    "Chợ không dùng tiền mặt Hoà Long",
    "Một cửa số – hẹn giờ qua Zalo",
];

const THEMES: [&str; 5] = ["ND.1", "ND.3", "ND.5", "ND.6", "ND.8"];

/// The form a person of any role may think of.
pub(super) const FORMS: [&str; 5] = ["initiative", "outreach", "activity", "training", "indicator_report"];

pub(super) fn sentence(random: &mut Seeded) -> String {
    let one = SENTENCES[random.below(SENTENCES.len())];
    match random.below(4) {
        0 => format!("{one} {}", SENTENCES[random.below(SENTENCES.len())]),
        // Typed on a keyboard that sends marks apart (NFD): writers normalise.
        1 => one.replace('ế', "e\u{302}\u{301}").replace('ạ', "a\u{323}"),
        _ => one.to_owned(),
    }
}

fn title(random: &mut Seeded) -> String {
    format!("{} {}", TITLES[random.below(TITLES.len())], random.below(5) + 1)
}

fn date(random: &mut Seeded) -> String {
    format!("2023-{:02}-{:02}", random.below(4) + 1, random.below(28) + 1)
}

fn themes(random: &mut Seeded) -> Value {
    let first = random.below(THEMES.len());
    json!([THEMES[first], THEMES[(first + 1) % THEMES.len()]])
}

fn one_of(random: &mut Seeded, codes: &[&str]) -> String {
    codes[random.below(codes.len())].to_owned()
}

const GROUPS: [&str; 4] = ["leaders", "officials", "residents", "students"];

/// A whole form.
pub(super) fn new_record(form: &str, random: &mut Seeded) -> Value {
    match form {
        "initiative" => json!({
            "title": title(random),
            "description": sentence(random),
            "benefit": sentence(random),
            "sector": one_of(random, &["LV.A", "LV.K", "LV.E"]),
            "themes": themes(random),
            "authors": [
                {"name": "Nguyễn Thị Hòa", "share": 60},
                {"name": "Trần Văn Bình", "share": 40},
            ],
            "saving": format!("{}.5", random.below(900)),
            "status": one_of(random, &["draft", "submitted", "recognised", "replicated"]),
            "first_applied_on": date(random),
        }),
        "outreach" => json!({
            "organisation": one_of(random, &["dtn", "hpn", "cnscd"]),
            "held_on": date(random),
            "place": "Ấp Tây, xã Hoà Long",
            "method": one_of(random, &["door_to_door", "fixed_point", "class"]),
            "topic": one_of(random, &["online_services", "cashless"]),
            "reached": random.below(40),
            "assisted": random.below(20),
            "persons": random.below(30),
            "result": sentence(random),
        }),
        "activity" => json!({
            "title": title(random),
            "kind": one_of(random, &["launch", "contest", "campaign_day"]),
            "held_on": date(random),
            "themes": themes(random),
            "organiser": "UBND xã Hoà Long",
            "content": sentence(random),
            "participants": [{"group": one_of(random, &GROUPS), "count": random.below(200)}],
        }),
        "training" => json!({
            "course": title(random),
            "level": one_of(random, &["basic", "data", "security"]),
            "mode": one_of(random, &["in_person", "online", "mixed"]),
            "started_on": date(random),
            "organiser": "Sở Thông tin và Truyền thông",
            "trainees": [{"group": one_of(random, &GROUPS), "count": random.below(50), "first_time": random.below(9)}],
            "content": sentence(random),
        }),
        // Few periods and indicators, so that people report the same one twice.
        _ => json!({
            "indicator": one_of(random, &["CPS-01", "CPS-02"]),
            "period_from": "2023-01-01",
            "period_to": one_of(random, &["2023-03-31", "2023-06-30"]),
            "numerator": random.below(90).to_string(),
            "denominator": "100",
            "source": "Hệ thống một cửa điện tử",
        }),
    }
}

/// One or two fields of a form, on what its row shows.
pub(super) fn edit(form: &str, row: &Value, random: &mut Seeded) -> Value {
    let which = random.below(5);
    match (form, which) {
        ("initiative", 0) => json!({"title": title(random)}),
        ("initiative", 1) => {
            json!({"description": sentence(random), "status": one_of(random, &["recognised", "draft"])})
        }
        ("initiative", 2) => json!({"themes": themes(random), "saving": format!("{}.5", random.below(900))}),
        ("initiative", 3) => json!({"authors": items(row, "authors", &author(random), random)}),
        ("initiative", _) => json!({"benefit": sentence(random), "first_applied_on": date(random)}),
        ("outreach", 0 | 1) => json!({"reached": {"add": random.below(9)}}),
        ("outreach", 2) => {
            json!({"assisted": {"set": random.below(9)}, "topic": one_of(random, &["cashless", "feedback"])})
        }
        ("outreach", 3) => json!({"result": sentence(random), "held_on": date(random)}),
        ("outreach", _) => json!({"persons": random.below(30), "method": one_of(random, &["online", "class"])}),
        ("activity", 0 | 1) => {
            json!({"participants": items(row, "participants", &json!({"group": one_of(random, &GROUPS), "count": random.below(99)}), random)})
        }
        ("activity", 2) => json!({"themes": themes(random), "kind": one_of(random, &["contest", "support"])}),
        ("activity", _) => json!({"content": sentence(random), "place": title(random)}),
        ("training", 0 | 1) => {
            json!({"trainees": items(row, "trainees", &json!({"group": one_of(random, &GROUPS), "count": random.below(99)}), random)})
        }
        ("training", 2) => json!({"mode": one_of(random, &["online", "mixed"]), "themes": themes(random)}),
        ("training", _) => json!({"content": sentence(random), "trainer": Value::Null}),
        (_, 0) => json!({"period_to": one_of(random, &["2023-03-31", "2023-06-30"])}),
        (_, 1) => json!({"indicator": one_of(random, &["CPS-01", "CPS-02"])}),
        _ => json!({"numerator": random.below(90).to_string(), "note": sentence(random)}),
    }
}

fn author(random: &mut Seeded) -> Value {
    json!({"name": "Đỗ Ngọc Quỳnh", "share": random.below(100)})
}

/// Adds an item, changes one, or removes one.
fn items(row: &Value, field: &str, item: &Value, random: &mut Seeded) -> Value {
    let shown = row[field].as_array().filter(|shown| !shown.is_empty());
    let Some(shown) = shown.filter(|_| random.chance(66)) else { return json!([item]) };
    let id = shown[random.below(shown.len())]["id"].clone();
    if random.chance(50) {
        return json!([{"id": id, "removed": true}]);
    }
    let mut changed = item.clone();
    changed["id"] = id;
    json!([changed])
}

/// A review of a record: by the field that refers to it.
pub(super) fn review(form: &str, subject: &str, random: &mut Seeded) -> Value {
    let mut review = json!({
        "verdict": one_of(random, &["accepted", "needs_work", "rejected"]),
        "comment": sentence(random),
        "reviewed_on": date(random),
    });
    review[form] = subject.into();
    review
}
