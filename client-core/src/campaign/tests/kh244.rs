//! The campaign and units of plan 244 as they are shipped.

use std::collections::BTreeSet;

use jiff::civil::date;

use crate::{
    UnitId,
    campaign::{Action, Campaign, Duty, FieldKind, Goal, Reach},
    unit::{Unit, UnitTree},
};

const CAMPAIGN: &str = include_str!("../../../../campaigns/kh244/campaign.json");
const UNITS: &str = include_str!("../../../../campaigns/kh244/units.csv");
const SUCCESSORS: &str = include_str!("../../../../campaigns/kh244/successors.csv");

fn campaign() -> Campaign {
    Campaign::parse(CAMPAIGN).unwrap_or_else(|errors| panic!("{errors}"))
}

fn units() -> UnitTree {
    UnitTree::from_csv(UNITS, SUCCESSORS).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn id(text: &str) -> UnitId {
    text.parse().unwrap()
}

fn names<'u>(units: impl IntoIterator<Item = &'u Unit>) -> Vec<&'u str> {
    units.into_iter().map(|unit| unit.name.as_str()).collect()
}

#[test]
fn the_campaign_holds_what_the_plan_asks_for() {
    let campaign = campaign();
    assert_eq!(campaign.json(), CAMPAIGN);
    assert_eq!(campaign.closes_on(), Some(date(2025, 12, 31)));
    let forms: Vec<_> = campaign.forms().iter().map(|form| form.id.as_str()).collect();
    let expected = "activity outreach training initiative model replication registration launch_plan indicator_report \
                    review inspection inspection_answer nomination dossier_part council_vote certification submission \
                    appraisal proposal decision period_report incident consent";
    assert_eq!(forms, expected.split_whitespace().collect::<Vec<_>>());
    let count = |list: &str| campaign.choice_list(&list.parse().unwrap()).unwrap().choices().len();
    assert_eq!((count("themes"), count("sectors")), (9, 11));
    assert_eq!(campaign.indicators().len(), 37 + 23, "targets and standards");
    assert_eq!(count("indicators"), campaign.indicators().len());
    let numeric = campaign.indicators().iter().filter(|indicator| indicator.goal != Goal::Qualitative).count();
    assert_eq!(numeric, 40);
    assert_eq!(campaign.indicator("KTS-06").unwrap().goal, Goal::MoreThan(10.0), "\"trên\" is strict");
    assert_eq!(campaign.indicator("XHS-08").unwrap().goal, Goal::Between(65.0, 70.0));
    let sectors = campaign.choice_list(&"sectors".parse().unwrap()).unwrap();
    assert_eq!(sectors.choice("LV.DD").unwrap().label.vi, "Giao thông Vận tải và logistics");
    assert_eq!(campaign.measures().len(), 33);
    assert_eq!((campaign.deadlines().len(), campaign.rounds().len()), (8, 2));
    let review = campaign.form(&"review".parse().unwrap()).unwrap();
    assert!(review.write_once);
    let initiative = campaign.form(&"initiative".parse().unwrap()).unwrap();
    let FieldKind::Group(author) = &initiative.field(&"authors".parse().unwrap()).unwrap().kind else { panic!() };
    assert!(author.iter().any(|field| field.id.as_str() == "name" && field.personal));
}

#[test]
fn roles_reach_as_far_as_their_work() {
    use {Action::*, Reach::*};
    let campaign = campaign();
    for (role, form, action, expected) in [
        ("commune_officer", "activity", Create, Own),
        ("commune_officer", "review", Read, Own),
        ("commune_officer", "review", Create, None),
        ("volunteer", "outreach", Edit, Own),
        ("volunteer", "activity", Read, Own),
        ("volunteer", "initiative", Read, None),
        ("district_aggregator", "activity", Read, Subtree),
        ("district_aggregator", "review", Create, Subtree),
        ("provincial_lead", "initiative", Read, Campaign),
        ("provincial_lead", "initiative", Edit, None),
        ("provincial_lead", "review", Create, Campaign),
        ("administrator", "activity", Read, Campaign),
        ("administrator", "activity", Create, Own),
        ("administrator", "review", Create, None),
    ] {
        let found = campaign.role(&role.parse().unwrap()).unwrap().reach(&form.parse().unwrap(), action);
        assert_eq!(found, expected, "{role} {form} {action:?}");
    }
    let duty = |role: &str, duty| campaign.role(&role.parse().unwrap()).unwrap().administers(duty);
    assert_eq!(duty("administrator", Duty::Erasure), Campaign);
    assert_eq!(duty("district_aggregator", Duty::Approvals), Subtree);
    assert_eq!(duty("district_aggregator", Duty::Erasure), None);
    assert_eq!(duty("volunteer", Duty::Invitations), None);
}

#[test]
fn every_unit_and_successor_is_there() {
    let units = units();
    assert_eq!(units.all().count(), 133 + 55, "administrative units; departments over time, media, enterprises");
    assert_eq!(SUCCESSORS.lines().count(), 1 + 130);
    let links: usize = units.all().map(|unit| unit.successors.len()).sum();
    assert_eq!(links, 130 - 2, "two units took others in and stayed");
    let at_plan = units.as_of(date(2022, 12, 23));
    let level = |level: &str| at_plan.units().filter(|unit| unit.level == level).count();
    assert_eq!((level("province"), level("district"), level("commune"), level("department")), (1, 8, 82, 25));
    let ended_without: BTreeSet<_> = units
        .all()
        .filter(|unit| unit.valid_to_ms.is_some() && unit.successors.is_empty())
        .map(|unit| unit.level.as_str())
        .collect();
    assert_eq!(ended_without, BTreeSet::from(["district"]), "only the district level ended without successors");
}

#[test]
fn con_dao_is_a_district_without_communes_and_then_a_special_zone() {
    let units = units();
    assert_eq!(units.children(&id("755")).count(), 0);
    assert_eq!(names(units.as_of(date(2025, 6, 30)).ancestors(&id("755"))), ["Tỉnh Bà Rịa - Vũng Tàu"]);
    assert_eq!(names(units.successors_as_of(&id("755"), date(2025, 7, 1))), ["Đặc khu Côn Đảo"]);
    assert_eq!(units.reach_own(&id("26732-20250701")), BTreeSet::from([id("26732-20250701"), id("755")]));
}

#[test]
fn what_became_of_a_unit() {
    let units = units();
    for (unit, on, expected) in [
        ("752", date(2024, 12, 31), vec!["Huyện Long Điền"]),
        ("752", date(2025, 1, 1), vec!["Huyện Long Đất"]),
        ("752", date(2025, 8, 1), vec![]),
        ("26665", date(2025, 8, 1), vec!["Xã Long Điền"]),
        ("26701", date(2025, 8, 1), vec!["Xã Phước Hải"]),
        ("26551", date(2025, 1, 1), vec!["Phường Phước Trung"]),
        ("26551", date(2025, 8, 1), vec!["Phường Bà Rịa"]),
        ("26572", date(2025, 8, 1), vec!["Phường Tam Long"]),
        ("77", date(2025, 8, 1), vec!["Thành phố Hồ Chí Minh"]),
    ] {
        assert_eq!(names(units.successors_as_of(&id(unit), on)), expected, "{unit} on {on}");
    }
}

#[test]
fn the_city_reaches_over_the_whole_province_of_old() {
    let units = units();
    assert_eq!(units.reach_subtree(&id("79")).len(), units.all().count());
    assert!(units.reach_subtree(&id("753-20250101")).contains(&id("26665")), "a commune of the merged district");
    let now = units.as_of(date(2025, 8, 1));
    assert_eq!(now.children(&id("79")).iter().filter(|unit| unit.level == "commune").count(), 30);
    assert_eq!(names(now.ancestors(&id("bao"))), ["Thành phố Hồ Chí Minh"]);
}

#[test]
fn every_code_of_the_plan_is_there() {
    let campaign = campaign();
    for deadline in
        ["HAN.2012", "HAN.3112", "HAN.Q1-2023", "HAN.Q4-2023", "HAN.Q4-2025", "HAN.KT", "HAN.NAM", "HAN.CT2025"]
    {
        assert!(campaign.deadlines().iter().any(|known| known.code.as_str() == deadline), "{deadline}");
    }
    let quota = |round, award| {
        let quota = campaign.round(round).unwrap().quota(award);
        quota.map(|quota| (quota.collective, quota.individual))
    };
    assert_eq!(quota("DOT.SK2023", "KT.BK"), Some((Some(5), Some(10))));
    assert_eq!(quota("DOT.TK2025", "KT.BK"), Some((Some(10), Some(20))));
    assert_eq!(quota("DOT.SK2023", "KT.GK-HX"), None, "giấy khen only at the final round");
    assert_eq!(quota("DOT.TK2025", "KT.GK-HX"), Some((None, None)), "without a quota");
    let percent =
        |code: &str| (campaign.indicator(code).unwrap().goal, campaign.indicator(code).unwrap().levels.clone());
    assert_eq!(percent("TC.SBN-4"), (Goal::AtLeast(90.0), vec!["department".to_owned()]));
    assert_eq!(percent("TC.HUYEN-3"), (Goal::AtLeast(80.0), vec!["district".to_owned()]));
    assert_eq!(percent("TC.XA-2"), (Goal::AtLeast(60.0), vec!["commune".to_owned()]));
}

#[test]
fn no_form_asks_for_a_citizen_identity_number() {
    for form in campaign().forms() {
        let texts = form
            .fields
            .iter()
            .flat_map(|field| [&field.id.to_string(), &field.label.vi, &field.label.en].map(String::clone));
        for text in texts {
            let text = text.to_lowercase();
            let asks =
                ["cccd", "cmnd", "căn cước", "chứng minh", "identity number"].iter().any(|word| text.contains(word));
            assert!(!asks, "{}: {text}", form.id);
        }
    }
}

#[test]
fn every_form_with_free_text_or_files_has_the_secrecy_checkbox() {
    for form in campaign().forms() {
        let free = form.fields.iter().any(|field| matches!(field.kind, FieldKind::Paragraph | FieldKind::Attachments));
        let ticked = form.field(&"no_secret".parse().unwrap());
        assert!(!free || ticked.is_some_and(|field| field.required && field.hint.is_some()), "{}", form.id);
    }
}

#[test]
fn the_clean_water_drive_needs_no_line_of_code() {
    let campaign = Campaign::parse(include_str!("../../../../campaigns/nuocsach/campaign.json"));
    let campaign = campaign.unwrap_or_else(|errors| panic!("{errors}"));
    let (units, successors) = (
        include_str!("../../../../campaigns/nuocsach/units.csv"),
        include_str!("../../../../campaigns/nuocsach/successors.csv"),
    );
    UnitTree::from_csv(units, successors).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!((campaign.forms().len(), campaign.rounds().len()), (5, 0));
}

#[test]
fn a_code_names_another_unit_at_another_date() {
    let units = units();
    let named = |day| units.as_of(day).with_code("26572").map(|unit| (unit.id.to_string(), unit.name.clone()));
    assert_eq!(named(date(2025, 6, 30)), Some(("26572".into(), "Xã Hoà Long".into())));
    assert_eq!(named(date(2025, 7, 1)), Some(("26572-20250701".into(), "Phường Tam Long".into())));
    assert_eq!(units.as_of(date(2025, 7, 1)).with_code("748"), None, "the district is gone");
}
