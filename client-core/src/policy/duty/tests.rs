//! Plan 244 as it stood in 2024: a province, its districts, their communes.

use std::sync::OnceLock;

use proptest::{
    prelude::*,
    sample::{Index, select},
};

use super::*;
use crate::{MemberId, campaign::Campaign, policy::Rulebook, unit::UnitTree};

const CAMPAIGN: &str = include_str!("../../../../campaigns/kh244/campaign.json");
const UNITS: &str = include_str!("../../../../campaigns/kh244/units.csv");
const SUCCESSORS: &str = include_str!("../../../../campaigns/kh244/successors.csv");

const PROVINCE: &str = "77";
const DISTRICT: &str = "750";
const OTHER_DISTRICT: &str = "751";
const DAY_MS: i64 = 24 * 3_600_000;

fn rules() -> Rulebook {
    let campaign = Campaign::parse(CAMPAIGN).unwrap_or_else(|errors| panic!("{errors}"));
    let units = UnitTree::from_csv(UNITS, SUCCESSORS).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Rulebook { version: 1, campaign, units }
}

fn ms(date: &str) -> i64 {
    crate::unit::midnight_ms(date.parse().unwrap())
}

fn held(role: &str, unit: &str) -> Membership {
    Membership { unit: unit.parse().unwrap(), role: role.parse().unwrap(), from_ms: 0, to_ms: None }
}

fn ended(role: &str, unit: &str, to_ms: i64) -> Membership {
    Membership { to_ms: Some(to_ms), ..held(role, unit) }
}

fn member(memberships: &[Membership]) -> Member {
    Member { id: MemberId([1; 16]), name: "Lê Hòa".into(), memberships: memberships.to_vec() }
}

fn may_grant(duties: &Duties<'_>, role: &str, unit: &str) -> bool {
    duties.may_grant(&role.parse().unwrap(), &unit.parse().unwrap())
}

/// A unit in force that was registered below another.
fn below(rules: &Rulebook, parent: &str, at_ms: i64) -> String {
    let parent = parent.parse().unwrap();
    let found = rules.units.children(&parent).find(|unit| unit.in_force_at(at_ms)).unwrap();
    found.id.to_string()
}

#[test]
fn an_administrator_gives_every_role_everywhere() {
    let (rules, at_ms) = (rules(), ms("2024-06-01"));
    let duties = Duties::of(&rules, &member(&[held("administrator", "snv")]), at_ms);
    for duty in Duty::ALL {
        assert!(duties.carries(duty) && duties.reaches_all(duty), "{duty:?}");
    }
    let in_force = rules.units.all().filter(|unit| unit.in_force_at(at_ms)).count();
    let grants = duties.grants();
    assert_eq!(grants.len(), rules.campaign.roles().len());
    assert!(grants.iter().all(|(_, units)| units.len() == in_force));
}

#[test]
fn a_district_gives_what_stays_inside_it() {
    let (rules, at_ms) = (rules(), ms("2024-06-01"));
    let duties = Duties::of(&rules, &member(&[held("district_aggregator", DISTRICT)]), at_ms);
    let (commune, elsewhere) = (below(&rules, DISTRICT, at_ms), below(&rules, OTHER_DISTRICT, at_ms));
    assert!(!duties.carries(Duty::Erasure) && !duties.carries(Duty::Resets));
    for (role, unit, allowed) in [
        // Models of other units are read by an officer; so they are by the aggregator.
        ("commune_officer", commune.as_str(), true),
        ("commune_officer", DISTRICT, true),
        ("volunteer", &commune, true),
        ("district_aggregator", DISTRICT, true),
        ("head_office", &commune, true),
        ("commune_officer", &elsewhere, false),
        ("commune_officer", OTHER_DISTRICT, false),
        ("commune_officer", PROVINCE, false),
        // They read or administer the whole campaign, wherever they are.
        ("provincial_lead", &commune, false),
        ("chair_office", &commune, false),
        ("home_affairs", DISTRICT, false),
        ("administrator", &commune, false),
        ("no_such_role", &commune, false),
        ("commune_officer", "no-such-unit", false),
    ] {
        assert_eq!(may_grant(&duties, role, unit), allowed, "{role} in {unit}");
    }
    let roles: Vec<String> = duties.grants().into_iter().map(|(role, _)| role.to_string()).collect();
    assert_eq!(roles, ["commune_officer", "volunteer", "reporter", "district_aggregator", "head_office"]);
    assert!(duties.units(Duty::Invitations).iter().any(|unit| unit.as_str() == commune));
}

#[test]
fn who_carries_no_duty_gives_nothing() {
    let (rules, at_ms) = (rules(), ms("2024-06-01"));
    let ended = ended("administrator", "snv", at_ms);
    let later = Membership { from_ms: at_ms + 1, ..held("administrator", "snv") };
    for memberships in
        [vec![held("volunteer", DISTRICT)], vec![ended], vec![later], vec![held("gone", DISTRICT)], vec![]]
    {
        let duties = Duties::of(&rules, &member(&memberships), at_ms);
        assert!(!duties.carries_any(), "{memberships:?}");
        assert_eq!(duties.grants(), []);
        assert!(!may_grant(&duties, "volunteer", DISTRICT));
        assert!(!duties.may_invite(&member(&[held("volunteer", DISTRICT)])));
    }
}

#[test]
fn a_duty_follows_its_unit() {
    let rules = rules();
    // Huyện Long Điền became Huyện Long Đất on 01/01/2025, together with Huyện Đất Đỏ.
    let aggregator = member(&[held("district_aggregator", "752")]);
    let (before, after) =
        (Duties::of(&rules, &aggregator, ms("2024-12-31")), Duties::of(&rules, &aggregator, ms("2025-01-01")));
    let (other_half, whole) = ("753".parse().unwrap(), "753-20250101".parse().unwrap());
    assert!(!before.reaches(Duty::Approvals, &other_half) && !before.reaches(Duty::Approvals, &whole));
    assert!(after.reaches(Duty::Approvals, &other_half) && after.reaches(Duty::Approvals, &whole));
    assert!(after.units(Duty::Approvals).contains(&whole) && !after.units(Duty::Approvals).contains(&other_half));
}

#[test]
fn others_are_changed_and_invited_only_where_all_they_have_could_be_given() {
    let (rules, at_ms) = (rules(), ms("2024-06-01"));
    let duties = Duties::of(&rules, &member(&[held("district_aggregator", DISTRICT)]), at_ms);
    let commune = below(&rules, DISTRICT, at_ms);
    let officer = held("commune_officer", &commune);
    let recent = ended("provincial_lead", "snv", at_ms - DAY_MS);
    let long_ago = ended("provincial_lead", "snv", at_ms - LATE_AFTER_MEMBERSHIP_MS);
    for (memberships, may_change, may_invite) in [
        (vec![officer.clone()], true, true),
        (vec![officer.clone(), held("reporter", PROVINCE)], false, false),
        (vec![officer.clone(), held("administrator", &commune)], false, false),
        // A new device could still send what it dates into the time before.
        (vec![officer.clone(), recent], true, false),
        (vec![officer, long_ago.clone()], true, true),
        (vec![ended("commune_officer", &commune, at_ms - DAY_MS)], true, true),
        (vec![long_ago], false, false),
        (vec![], false, false),
    ] {
        let other = member(&memberships);
        assert_eq!(duties.may_change(&other), may_change, "change {memberships:?}");
        assert_eq!(duties.may_invite(&other), may_invite, "invite {memberships:?}");
    }
}

#[test]
fn nobody_is_acted_upon_by_who_administers_less() {
    let (rules, at_ms) = (rules(), ms("2024-06-01"));
    let duties = Duties::of(&rules, &member(&[held("district_aggregator", DISTRICT)]), at_ms);
    let commune = below(&rules, DISTRICT, at_ms);
    for (memberships, reached) in [
        (vec![held("commune_officer", &commune)], true),
        (vec![held("district_aggregator", DISTRICT)], true),
        (vec![held("administrator", &commune)], false),
        (vec![held("commune_officer", &commune), held("volunteer", OTHER_DISTRICT)], false),
        (vec![held("commune_officer", &commune), ended("volunteer", OTHER_DISTRICT, at_ms)], true),
        (vec![ended("commune_officer", &commune, at_ms), ended("volunteer", OTHER_DISTRICT, at_ms)], true),
    ] {
        assert_eq!(duties.reaches_member(Duty::Devices, &member(&memberships)), reached, "{memberships:?}");
    }
    assert!(!duties.reaches_member(Duty::Resets, &member(&[held("commune_officer", &commune)])));
}

proptest! {
    /// Whoever is given a role has, in the end, nothing that the giver neither had nor invites for, and gives nothing that
    /// the giver could not have given.
    #[test]
    fn nothing_is_gained_by_giving(
        giver in select(vec!["district_aggregator", "administrator"]),
        at in select(vec!["2023-04-01", "2024-06-01", "2025-01-01", "2025-07-01", "2026-11-28"]),
        (of, to, what) in any::<(Index, Index, Index)>(),
    ) {
        static RULES: OnceLock<Rulebook> = OnceLock::new();
        let (rules, at_ms) = (RULES.get_or_init(rules), ms(at));
        let units: Vec<&UnitId> = rules.units.all().map(|unit| &unit.id).collect();
        let giver = member(&[held(giver, of.get(&units).as_str())]);
        let duties = Duties::of(rules, &giver, at_ms);
        let grants = duties.grants();
        if grants.is_empty() {
            return Ok(());
        }
        let (role, units) = what.get(&grants);
        let given = member(&[held(role.as_str(), to.get(units).as_str())]);
        for action in [Action::Read, Action::Create, Action::Edit] {
            let own = scope(rules, &giver, action, at_ms);
            for (unit, form) in scope(rules, &given, action, at_ms).pairs() {
                prop_assert!(own.contains(unit, form) || duties.reaches(Duty::Invitations, unit), "{role} {unit} {form}");
            }
        }
        let of_given = Duties::of(rules, &given, at_ms);
        for duty in Duty::ALL {
            prop_assert!(of_given.units(duty).iter().all(|unit| duties.reaches(duty, unit)));
        }
        for (role, units) in of_given.grants() {
            prop_assert!(units.iter().all(|unit| duties.may_grant(&role, unit)), "{role}");
        }
    }
}
