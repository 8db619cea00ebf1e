/** Made-up records of a commune, so that pictures have something in them. Names of people and places are invented. */
export interface MadeUp {
  form: string;
  answers: Record<string, unknown>;
}

const activity = (title: string, held_on: string, kind: string, themes: string[], people: number): MadeUp => ({
  form: "activity",
  answers: {
    title,
    held_on,
    kind,
    themes,
    organiser: "Tổ công nghệ số cộng đồng khu phố Hải Điền",
    place: "Nhà văn hóa khu phố Hải Điền",
    content: "Hướng dẫn bà con nộp hồ sơ trực tuyến, cài ứng dụng và thanh toán không dùng tiền mặt.",
    participants: [
      { id: "7b0c6a36-0f0a-4d0e-9f5b-000000000001", group: "members", count: people },
      { id: "7b0c6a36-0f0a-4d0e-9f5b-000000000002", group: "officials", count: 6 },
    ],
    cost: "2.5",
    no_secret: true,
  },
});

const outreach = (place: string, held_on: string, topic: string, reached: number): MadeUp => ({
  form: "outreach",
  answers: { organisation: "cnscd", held_on, place, method: "door_to_door", topic, reached, no_secret: true },
});

const initiative = (title: string): MadeUp => ({
  form: "initiative",
  answers: {
    title,
    authors: [{ id: "7b0c6a36-0f0a-4d0e-9f5b-000000000003", name: "Trần Văn Minh", role: "lead", position_title: "Công chức", share: 100 }],
    sector: "LV.A",
    themes: ["ND.2"],
    first_applied_on: "2023-06-01",
    description: "Sổ tay điện tử cho từng tổ dân phố.",
    benefit: "Bớt hai giờ mỗi tuần cho mỗi cán bộ.",
    status: "submitted",
    no_secret: true,
  },
});

const figure = (indicator: string, numerator: string, denominator: string): MadeUp => ({
  form: "indicator_report",
  answers: { indicator, period_from: "2023-01-01", period_to: "2023-12-31", numerator, denominator, source: "Sổ theo dõi của xã", secret_excluded: true },
});

const nomination = (nominee: string, category: string): MadeUp => ({
  form: "nomination",
  answers: {
    round: "DOT.SK2023",
    award: "KT.BK",
    subject: "individual",
    category,
    nominee,
    position_title: "Công chức văn hóa - xã hội",
    achievements: "Vận động được ba trăm hộ dùng dịch vụ công trực tuyến.",
    nominated_on: "2023-11-15",
    no_secret: true,
  },
});

/** What a colleague of the same commune has written. */
export const COLLEAGUES_RECORDS: MadeUp[] = [
  activity("Hội nghị phát động thi đua chuyển đổi số", "2023-02-10", "launch", ["ND.1"], 120),
  activity("Ngày hội thanh toán không dùng tiền mặt", "2023-04-22", "campaign_day", ["ND.3", "ND.4"], 240),
  activity("Tập huấn kỹ năng số cho hội viên phụ nữ", "2023-06-03", "conference", ["ND.2"], 45),
  activity("Hội thi tìm hiểu dịch vụ công trực tuyến", "2023-08-19", "contest", ["ND.2", "ND.5"], 80),
  activity("Ngày hội thanh toán không dùng tiền mặt tại chợ", "2023-04-23", "campaign_day", ["ND.3"], 235),
  outreach("Khu phố Hải Điền", "2023-05-06", "online_services", 64),
  outreach("Khu phố Lộc An", "2023-07-08", "cashless", 38),
  initiative("Sổ tay số của tổ dân phố"),
  figure("CPS-01", "412", "450"),
  figure("CPS-02", "130", "260"),
  nomination("Nguyễn Thị Ngọc Lan", "direct"),
  nomination("Lê Hoàng Nam", "leader"),
  { form: "period_report", answers: { kind: "yearly", period_from: "2023-01-01", period_to: "2023-12-31", reported_on: "2023-12-20", number: "18/BC-UBND", assessment: "Đạt các chỉ tiêu chính.", no_secret: true } },
];

export const SHARED = activity("Ra quân Tổ công nghệ số cộng đồng", "2023-03-26", "campaign_day", ["ND.1", "ND.2"], 60);
