//! What is recorded in a benchmark: household visits of 15 fields with about 550 bytes of varied Vietnamese text.

use std::path::Path;

use dongbo_core::{UnitId, unit::UnitTree};
use serde_json::{Value, json};

use crate::world::{SUCCESSORS, Seeded, UNITS, units};

/// The benchmark's campaign: one form, three measures.
pub const CAMPAIGN: &str = include_str!("../../bench/campaign.json");
/// The form.
pub const FORM: &str = "household";

/// Writes the campaign as `dongbo init` takes it.
pub fn write_campaign(directory: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)?;
    for (file, content) in [("campaign.json", CAMPAIGN), ("units.csv", UNITS), ("successors.csv", SUCCESSORS)] {
        std::fs::write(directory.join(file), content)?;
    }
    Ok(())
}

/// The communes and wards that are recorded in.
pub fn communes() -> Vec<UnitId> {
    let tree: UnitTree = units();
    tree.all().filter(|unit| unit.level == "commune").map(|unit| unit.id.clone()).collect()
}

const SURNAMES: [&str; 12] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ"];
const MIDDLES: [&str; 10] = ["Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Quốc", "Thanh", "Xuân", "Kim"];
const GIVEN: [&str; 20] = [
    "An", "Bình", "Cường", "Dũng", "Hạnh", "Hòa", "Hương", "Khánh", "Lan", "Linh", "Mai", "Nam", "Nga", "Phúc",
    "Quỳnh", "Sơn", "Thảo", "Trang", "Tuấn", "Yến",
];
const STREETS: [&str; 12] = [
    "Lý Thường Kiệt",
    "Nguyễn Tất Thành",
    "Cách Mạng Tháng Tám",
    "Bạch Đằng",
    "Hùng Vương",
    "Điện Biên Phủ",
    "Trần Hưng Đạo",
    "Phạm Văn Đồng",
    "Võ Thị Sáu",
    "Nguyễn Thị Minh Khai",
    "Quốc lộ 55",
    "Hương lộ 2",
];
/// Syllables that sentences are made of: varied as handwriting is, so that they compress as badly.
const SYLLABLES: &str = "\
    ấp áp bà bác bạn báo bảo bằng bên bệnh biết bình bộ buổi bưu các cách cài cảnh cáo cần cấp chị chia chính cho
    chọn chợ chủ chuẩn chúng chuyển chữ chưa chứng có con công cơ của cung cùng cư cửa dân danh dễ dịch điểm điện
    điều định đã đang đây đến đi đó đoàn đội đồng động đủ đúng dùng được đường em gần giá giải giám giao giấy giúp
    giữ giờ gửi hàng hành hay hẹn hiện hiểu hình hỏi họ hóa học hoặc hỗ hộ hội hôm hồ hơn hợp huyện hướng ích im in
    kèm kê kết khai khám khách khi khó khoa khóa không khu khuyến kiểm kinh ký kỳ lại làm lần lập lên liên liệu lịch
    loại lớp lưu lượng máy mã mạng mất mẹ mới mọi mỗi mua mức muốn mưa nào này năm nâng nắm ngày nghe nghị nghĩ
    ngoài người nguồn nhà nhanh nhân nhập nhất nhiều nhờ nhóm như những nộp nơi nông nước ở ông phản pháp phát phần
    phí phiếu phòng phố phối phụ phương phường quá quan quản quen quét quên quy quyền rất rõ rồi sai sau sáng sản sẽ
    sinh số sóng sổ sơ sớm sử sức tài tại tám tập tâm tên tham thanh thành tháng thay thấy thẻ theo thể thì thiết
    thiếu thêm thông thôn thời thủ thuận thuế thư thử thực thường tiền tiếp tiết tiện tìm tín tình toàn tôi tổ tới
    trang trạm trẻ trên triển trình trong trợ trở trực trước truy trường truyền tuần tuổi từ từng tự tư ủy và vào
    vay vấn vẫn vận về vệ vi viên viết việc ví vợ với vùng vụ xã xác xây xem xin xong xử ý yên yêu";

fn pick<'a>(random: &mut Seeded, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}

fn name(random: &mut Seeded) -> String {
    format!("{} {} {}", pick(random, &SURNAMES), pick(random, &MIDDLES), pick(random, &GIVEN))
}

fn sentence(random: &mut Seeded, syllables: usize) -> String {
    let all: Vec<&str> = SYLLABLES.split_whitespace().collect();
    // As in real text some syllables are far more frequent than others.
    let mut rank = || random.below(all.len()) * random.below(all.len()) / all.len();
    let words: Vec<&str> = (0..syllables).map(|_| all[rank()]).collect();
    format!("{}.", words.join(" "))
}

fn date(random: &mut Seeded) -> String {
    format!("202{}-{:02}-{:02}", 3 + random.below(2), 1 + random.below(12), 1 + random.below(28))
}

/// One visit, all 15 fields answered. The same generator state gives the same visit.
pub fn visit(random: &mut Seeded) -> Value {
    let people = 1 + random.below(8);
    let topics: Vec<&str> = ["dvc", "tt", "vneid", "attt", "yte"].into_iter().filter(|_| random.chance(40)).collect();
    json!({
        "head": name(random),
        "address": format!("Số {}, đường {}, khu phố {}", 1 + random.below(900), pick(random, &STREETS), 1 + random.below(12)),
        "visited_on": date(random),
        "visitor": name(random),
        "people": people,
        "income": format!("{}.{}", 3 + random.below(40), random.below(10)),
        "smartphone": random.chance(70),
        "organisation": pick(random, &["dtn", "hpn", "hnd", "tcn"]),
        "topics": topics,
        "place": format!("10.{:06} 107.{:06} {} 8.0", random.below(1_000_000), random.below(1_000_000), random.below(60)),
        "helped": random.below(people + 1),
        "need": sentence(random, 33),
        "result": sentence(random, 23),
        "note": sentence(random, 14),
        "next_on": date(random),
    })
}

/// Bytes of text in a visit.
pub fn text_bytes(visit: &Value) -> usize {
    visit.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()).map(str::len).sum()
}
