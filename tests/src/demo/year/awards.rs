//! Two rounds of awards, from nominations at the grassroots to decisions.

use dongbo_core::{
    RecordId, UnitId,
    plan::{RoundView, StepState},
};
use serde_json::{Value, json};

use super::{
    at,
    people::{People, document, file_in, moved, registration},
};
use crate::world::{Device, World};

/// A nominee.
struct Nominee {
    round: &'static str,
    award: &'static str,
    subject: &'static str,
    category: Option<&'static str>,
    name: &'static str,
}

/// Three persons and one collective. One of the persons is a leader, and of three none may be: the proposal gives the reason.
pub(super) fn interim(world: &mut World, people: &mut People, say: &mut dyn FnMut(&str)) -> anyhow::Result<RoundView> {
    let bk = |subject, category, name| Nominee { round: "DOT.SK2023", award: "KT.BK", subject, category, name };
    let day = at("2023-12-13", "08:00");
    let unit = people.hoa_long.unit.clone();
    let people_of_hoa_long = [
        bk("individual", Some("direct"), "Nguyễn Thị Hòa"),
        bk("individual", Some("leader"), "Trần Quốc Tuấn"),
        bk("collective", None, "Ủy ban nhân dân xã Hòa Long"),
    ];
    let mut proposed = Vec::new();
    for (n, nominee) in people_of_hoa_long.iter().enumerate() {
        let at_ms = day + n as i64 * 3_600_000;
        proposed.push((unit.clone(), nominate(world, &mut people.hoa_long, &unit, nominee, at_ms)?));
    }
    let unit = people.phuoc_hiep.unit.clone();
    let binh = bk("individual", Some("direct"), "Trần Văn Bình");
    proposed.push((unit.clone(), nominate(world, &mut people.phuoc_hiep, &unit, &binh, day + 5 * 3_600_000)?));

    // None may come from above: the district may not create what belongs to a commune.
    let above = people.district.create_in(&proposed[0].0, "nomination", nomination(&binh, "2023-12-13"), day);
    let refused = above.err().map(|error| error.to_string()).unwrap_or_default();
    anyhow::ensure!(!refused.is_empty(), "a nomination from above was taken");
    say(&format!("   đề nghị từ cấp trên bị từ chối  /  refused from above: {refused}"));

    let mut minute = 0;
    for (unit, nomination) in &proposed {
        minute += 1;
        decide(world, people, unit, *nomination, at("2023-12-14", "08:00") + minute * 600_000)?;
    }
    let view = world.hub.round(&world.hub.whole_scope()?, "DOT.SK2023")?;
    tell(&view, say);
    Ok(view)
}

/// The round of 2025, in units that did not exist when it all began: one Bằng khen, one Giấy khen, which takes a shorter way.
pub(super) fn last(world: &mut World, people: &mut People, say: &mut dyn FnMut(&str)) -> anyhow::Result<RoundView> {
    let unit = moved(world, &people.hoa_long)?;
    let day = at("2025-11-03", "08:00");
    world.now_ms = day;
    file_in(world, &mut people.hoa_long, &unit, "registration", day, registration(2025, "2025-11-03"))?;
    let bk = Nominee {
        round: "DOT.TK2025",
        award: "KT.BK",
        subject: "collective",
        category: None,
        name: "Ủy ban nhân dân phường Tam Long",
    };
    let nomination = nominate(world, &mut people.hoa_long, &unit, &bk, day + 3_600_000)?;
    decide(world, people, &unit, nomination, day + 86_400_000)?;

    let gk = Nominee {
        round: "DOT.TK2025",
        award: "KT.GK-HX",
        subject: "individual",
        category: Some("direct"),
        name: "Phạm Thị Lan",
    };
    let nomination = nominate(world, &mut people.hoa_long, &unit, &gk, day + 2 * 86_400_000)?;
    let decision = decision(nomination, "KT.GK-HX", "07/QĐ-UBND", "2025-11-06", "Chủ tịch UBND phường");
    file_in(world, &mut people.commune_head, &unit, "decision", day + 3 * 86_400_000, decision)?;
    let view = world.hub.round(&world.hub.whole_scope()?, "DOT.TK2025")?;
    tell(&view, say);
    Ok(view)
}

fn nomination(nominee: &Nominee, day: &str) -> Value {
    let mut answers = json!({
        "round": nominee.round, "award": nominee.award, "subject": nominee.subject, "nominee": nominee.name,
        "achievements": "Đi đầu trong hướng dẫn người dân dùng dịch vụ công trực tuyến, có sáng kiến được nhân rộng trong tỉnh.",
        "nominated_on": day, "no_secret": true,
    });
    if let Some(category) = nominee.category {
        answers["category"] = json!(category);
        answers["position_title"] = json!("Công chức văn phòng - thống kê");
    }
    answers
}

/// Nomination, papers, council, certification, submission: all at the grassroots.
fn nominate(
    world: &mut World,
    device: &mut Device,
    unit: &UnitId,
    nominee: &Nominee,
    now_ms: i64,
) -> anyhow::Result<RecordId> {
    let day = day_of(now_ms);
    let nomination = file_in(world, device, unit, "nomination", now_ms, nomination(nominee, &day))?;
    for (part, number) in [("HS.TTR", Some("31/TTr-UBND")), ("HS.BB", Some("04/BB-HĐTĐKT")), ("HS.BCTT", None)] {
        let mut paper = json!({
            "nomination": nomination, "part": part, "dated_on": day, "documents": [document("van-ban.pdf")], "no_secret": true,
        });
        match number {
            Some(number) => paper["number"] = json!(number),
            None => {
                paper["form_number"] = json!("07");
                paper["certified"] = json!(true);
            }
        }
        file_in(world, device, unit, "dossier_part", now_ms + 60_000, paper)?;
    }
    let vote = json!({
        "nomination": nomination, "met_on": day, "minutes_number": "04/BB-HĐTĐKT", "total_members": 9, "present": 8,
        "votes_for": 8, "votes_against": 0, "agreed": true, "no_secret": true,
    });
    file_in(world, device, unit, "council_vote", now_ms + 120_000, vote)?;
    let certified = json!({
        "nomination": nomination, "certified_on": day, "certifier_title": "Chủ tịch UBND", "confirmed": true, "no_secret": true,
    });
    file_in(world, device, unit, "certification", now_ms + 180_000, certified)?;
    if nominee.award == "KT.BK" {
        let submitted = json!({
            "nomination": nomination, "submitted_on": day, "number": "31/TTr-UBND", "addressed_to": "Sở Nội vụ",
            "complete_set": true, "no_secret": true,
        });
        file_in(world, device, unit, "submission", now_ms + 240_000, submitted)?;
    }
    Ok(nomination)
}

/// Appraised, proposed, decided: at the province.
fn decide(
    world: &mut World,
    people: &mut People,
    unit: &UnitId,
    nomination: RecordId,
    now_ms: i64,
) -> anyhow::Result<()> {
    let day = day_of(now_ms);
    let appraisal = json!({"nomination": nomination, "appraised_on": day, "outcome": "meets", "no_secret": true});
    file_in(world, &mut people.affairs, unit, "appraisal", now_ms, appraisal)?;
    let proposal = json!({
        "nomination": nomination, "proposed_on": day, "number": "88/TTr-STTTT", "no_secret": true,
        "override_reason": "Chỉ có ba cá nhân đủ hồ sơ, trong đó một lãnh đạo trực tiếp chỉ đạo.",
    });
    file_in(world, &mut people.lead, unit, "proposal", now_ms + 60_000, proposal)?;
    let decision = decision(nomination, "KT.BK", "3101/QĐ-UBND", &day, "Chủ tịch UBND tỉnh");
    file_in(world, &mut people.chair, unit, "decision", now_ms + 120_000, decision)?;
    Ok(())
}

fn decision(nomination: RecordId, award: &str, number: &str, day: &str, signer: &str) -> Value {
    json!({
        "nomination": nomination, "award": award, "granted": true, "decision_number": number, "decided_on": day,
        "signer_title": signer, "no_secret": true,
    })
}

fn day_of(now_ms: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(now_ms + 7 * 3_600_000).unwrap_or_default();
    instant.strftime("%Y-%m-%d").to_string()
}

fn tell(view: &RoundView, say: &mut dyn FnMut(&str)) {
    let split = &view.list.split;
    say(&format!(
        "   {}: danh sách đề nghị {} hồ sơ; cá nhân: {} trực tiếp, {} lãnh đạo (nhiều nhất {}){}",
        view.round,
        view.list.nominations.len(),
        split.direct,
        split.leaders,
        split.leaders_most,
        if split.is_broken { ", vượt tỷ lệ 70/30" } else { "" },
    ));
    if let Some(reason) = view.list.override_reasons.first().filter(|_| split.is_broken) {
        say(&format!("   lý do / reason: {reason}"));
    }
    for grants in &view.grants {
        let quota = grants.quota.map_or("không giới hạn".to_owned(), |quota| quota.to_string());
        say(&format!("   {} {:?}: {} / {quota}", grants.award, grants.subject, grants.granted.len()));
    }
    let marked = view.nominations.iter().flat_map(|n| &n.steps).filter(|step| step.state == StepState::Marked).count();
    say(&format!("   {marked} bước có dấu nhắc  /  steps that are marked"));
}
