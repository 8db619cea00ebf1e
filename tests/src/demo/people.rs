//! What the people of one commune type in two offline days: realistic records, with an account of each number kept
//! beside, from which the district's roll-up is checked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::Seeded;

/// Where they work: Xã Hoà Long. What they type is of 2023, so it belongs to the commune of then, not to what it has become.
pub const COMMUNE: &str = "26572";

/// The independent account: measure -> sum, over everything one person typed.
pub type Account = BTreeMap<&'static str, i64>;

/// Adds two accounts.
pub fn add(into: &mut Account, from: &Account) {
    for (measure, value) in from {
        *into.entry(measure).or_default() += value;
    }
}

const PLACES: [&str; 6] = [
    "Nhà văn hóa ấp Tây",
    "Trụ sở UBND xã Hoà Long",
    "Chợ Hoà Long",
    "Trường THCS Nguyễn Trường Tộ",
    "Ấp Bắc",
    "Ấp Đông",
];
const DEEDS: [&str; 6] = [
    "Ra quân tuyên truyền chuyển đổi số",
    "Hướng dẫn cài đặt VNeID mức 2",
    "Hội nghị triển khai dịch vụ công trực tuyến",
    "Phát động thanh toán không dùng tiền mặt",
    "Tọa đàm an toàn thông tin cho người cao tuổi",
    "Ngày hội công nghệ số cộng đồng",
];
const WORDS: [&str; 8] = [
    "Bà con hỏi nhiều về cách nộp hồ sơ trực tuyến.",
    "Đoàn viên hướng dẫn từng hộ quét mã QR tại quầy.",
    "Cần thêm máy quét và đường truyền ổn định ở ấp Đông.",
    "Người cao tuổi được con cháu cùng tham gia hỗ trợ.",
    "Đã phát tờ rơi “Mười bước tự bảo vệ mình trên mạng”.",
    "Tổ công nghệ số cộng đồng trực từ 7 giờ đến 11 giờ.",
    "Một số hộ chưa có điện thoại thông minh, đã lập danh sách.",
    "Kết quả tốt hơn đợt trước, ít hồ sơ phải làm lại.",
];

fn pick<'a>(random: &mut Seeded, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}

fn date(random: &mut Seeded) -> String {
    format!("2023-{:02}-{:02}", 1 + random.below(6), 1 + random.below(28))
}

fn sentences(random: &mut Seeded) -> String {
    let mut text = Vec::new();
    for _ in 0..=random.below(4) {
        text.push(pick(random, &WORDS));
    }
    text.join(" ")
}

/// An officer's activity.
pub fn activity(random: &mut Seeded, n: usize, account: &mut Account) -> Value {
    let (residents, members) = (5 + random.below(80) as i64, random.below(20) as i64);
    *account.entry("activities").or_default() += 1;
    *account.entry("activity_participants").or_default() += residents + members;
    json!({
        "title": format!("{} (đợt {n})", pick(random, &DEEDS)),
        "kind": pick(random, &["propaganda", "conference", "support", "campaign_day"]),
        "held_on": date(random),
        "themes": ["ND.1", pick(random, &["ND.3", "ND.5", "ND.8"])],
        "organiser": "UBND xã Hoà Long",
        "place": pick(random, &PLACES),
        "location": "10.5233 107.2011 12 8",
        "participants": [{"group": "residents", "count": residents}, {"group": "members", "count": members}],
        "content": sentences(random),
        "result": sentences(random),
        "no_secret": true,
    })
}

/// An officer's training course.
pub fn training(random: &mut Seeded, n: usize, account: &mut Account) -> Value {
    let (officials, residents) = (3 + random.below(20) as i64, random.below(40) as i64);
    *account.entry("training_courses").or_default() += 1;
    *account.entry("training_trainees").or_default() += officials + residents;
    json!({
        "course": format!("Kỹ năng số cơ bản, lớp {n}"),
        "level": "basic",
        "mode": "in_person",
        "started_on": date(random),
        "organiser": "UBND xã Hoà Long",
        "place": pick(random, &PLACES),
        "trainees": [{"group": "officials", "count": officials}, {"group": "residents", "count": residents}],
        "content": sentences(random),
        "no_secret": true,
    })
}

/// A volunteer's outreach.
pub fn outreach(random: &mut Seeded, organisation: &str, account: &mut Account) -> Value {
    let reached = 1 + random.below(30) as i64;
    let assisted = random.below(reached as usize + 1) as i64;
    *account.entry("outreach_sessions").or_default() += 1;
    *account.entry("outreach_reached").or_default() += reached;
    *account.entry("outreach_assisted").or_default() += assisted;
    json!({
        "organisation": organisation,
        "team": "Tổ công nghệ số cộng đồng ấp Tây",
        "held_on": date(random),
        "place": pick(random, &PLACES),
        "method": pick(random, &["door_to_door", "fixed_point", "class"]),
        "topic": pick(random, &["online_services", "digital_identity", "cashless", "online_safety"]),
        "themes": ["ND.1"],
        "reached": reached,
        "assisted": assisted,
        "result": sentences(random),
        "no_secret": true,
    })
}

/// The initiative that both officers will edit.
pub fn initiative(account: &mut Account) -> Value {
    *account.entry("initiatives").or_default() += 1;
    json!({
        "title": "Số hóa sổ hộ khẩu giấy",
        "authors": [
            {"name": "Nguyễn Thị Hòa", "role": "lead", "share": 60},
            {"name": "Trần Văn Bình", "role": "co", "share": 40},
        ],
        "sector": "LV.K",
        "themes": ["ND.5"],
        "first_applied_on": "2023-02-01",
        "description": "Quét sổ hộ khẩu giấy và đối chiếu với cơ sở dữ liệu dân cư.",
        "benefit": "Giảm thời gian tra cứu cho người dân.",
        "status": "submitted",
        "no_secret": true,
    })
}
