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
    assert_eq!(forms, ["activity", "outreach", "training", "initiative", "indicator_report", "review"]);
    let count = |list: &str| campaign.choice_list(&list.parse().unwrap()).unwrap().choices().len();
    assert_eq!((count("themes"), count("sectors")), (9, 11));
    assert_eq!(campaign.indicators().len(), 37 + 9, "targets and numeric standards");
    assert_eq!(count("indicators"), campaign.indicators().len());
    let numeric = campaign.indicators().iter().filter(|indicator| indicator.goal != Goal::Qualitative).count();
    assert_eq!(numeric, 40);
    assert_eq!(campaign.indicator("KTS-06").unwrap().goal, Goal::MoreThan(10.0), "\"trên\" is strict");
    assert_eq!(campaign.indicator("XHS-08").unwrap().goal, Goal::Between(65.0, 70.0));
    let sectors = campaign.choice_list(&"sectors".parse().unwrap()).unwrap();
    assert_eq!(sectors.choice("LV.DD").unwrap().label.vi, "Giao thông Vận tải và logistics");
    assert_eq!(campaign.measures().len(), 15);
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
    assert_eq!(units.all().count(), 133 + 2, "133 administrative units and 2 departments");
    assert_eq!(SUCCESSORS.lines().count(), 1 + 98);
    let links: usize = units.all().map(|unit| unit.successors.len()).sum();
    assert_eq!(links, 98 - 2, "two units took others in and stayed");
    let at_plan = units.as_of(date(2022, 12, 23));
    let level = |level: &str| at_plan.units().filter(|unit| unit.level == level).count();
    assert_eq!((level("province"), level("district"), level("commune"), level("department")), (1, 8, 82, 2));
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
    assert_eq!(names(now.ancestors(&id("stttt"))), ["Thành phố Hồ Chí Minh"]);
}
