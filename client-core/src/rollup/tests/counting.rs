//! What counts, one rule at a time.

use super::*;

fn class(number: u8) -> Row {
    row(number, "class", "26506", json!({"title": "Lớp VNeID", "held_on": "2025-03-10", "people": 20}))
}

/// Puts the rows in every order of arrival, one by one, and compares the standing of each.
fn check(rows: &[Row], expect: &[Standing]) {
    let mut orders: Vec<Vec<&Row>> = vec![Vec::new()];
    for row in rows {
        orders = orders
            .iter()
            .flat_map(|order| (0..=order.len()).map(|at| [&order[..at], &[row], &order[at..]].concat()))
            .collect();
    }
    let campaign = campaign();
    let counted = expect.iter().filter(|standing| **standing == Counted).count() as i64;
    let mut first = None;
    for order in orders {
        let mut store = MemoryStore::new();
        for row in order {
            put(&mut store, &[row]);
        }
        for (row, expect) in rows.iter().zip(expect) {
            assert_eq!(Projection::standing(&store, &campaign, row.record).unwrap(), Some(*expect), "{}", row.record);
        }
        assert_eq!(total(&store, "classes") + total(&store, "reports") + total(&store, "ideas"), counted);
        assert_eq!(*first.get_or_insert_with(|| kept(&store)), kept(&store), "whatever the order of arrival");
    }
}

use Standing::{AfterClose, Annulled, Counted, SameAs, Withdrawn};

#[test]
fn records_that_are_the_same_count_once_in_any_order_of_arrival() {
    let same =
        |number: u8, others: &[u8]| Row { same_as: others.iter().map(|n| record(*n)).collect(), ..class(number) };
    let once = SameAs { counted: record(1) };
    check(&[class(1), same(2, &[1])], &[Counted, once]);
    check(&[same(1, &[2]), class(2)], &[Counted, once]);
    check(&[same(1, &[2]), same(2, &[3]), same(3, &[1])], &[Counted, once, once]);
    check(&[same(1, &[1])], &[Counted]);
    check(&[same(1, &[9]), same(2, &[9]), class(3)], &[Counted, once, Counted]);
    let withdrawn = Row { withdrawn: Some("Nhập trùng".into()), ..same(1, &[2, 3]) };
    check(&[withdrawn, class(2), class(3)], &[Withdrawn, Counted, SameAs { counted: record(2) }]);
}

#[test]
fn unique_answers_and_links_join_one_component() {
    let report = |number: u8, unit: &str, period: &str| row(number, "report", unit, json!({"period": period}));
    let linked = Row { same_as: vec![record(3)], ..report(2, "26506", "2025-Q1") };
    let once = SameAs { counted: record(1) };
    check(
        &[report(1, "26506", "2025-Q1"), linked, report(3, "26506", "2025-Q3"), report(4, "26509", "2025-Q2")],
        &[Counted, once, once, Counted],
    );
    let idea = |number: u8, unit: &str| row(number, "idea", unit, json!({"title": "Mã QR tại nhà văn hoá"}));
    check(&[idea(1, "26506"), idea(2, "26509")], &[Counted, once]);
}

#[test]
fn a_link_taken_back_brings_the_record_back() {
    let mut store = MemoryStore::new();
    put(&mut store, &[&class(1), &Row { same_as: vec![record(1)], ..class(2) }]);
    assert_eq!((total(&store, "classes"), total(&store, "taught")), (1, 20));
    put(&mut store, &[&class(2)]);
    assert_eq!((total(&store, "classes"), total(&store, "taught")), (2, 40));
    put(
        &mut store,
        &[&Row { withdrawn: Some("Nhầm".into()), ..class(1) }, &Row { same_as: vec![record(1)], ..class(2) }],
    );
    assert_eq!(total(&store, "classes"), 1, "the lowest that would count");
    remove(&mut store, 2);
    assert_eq!(total(&store, "classes"), 0);
    remove(&mut store, 1);
    assert_eq!(kept(&store), []);
}

#[test]
fn an_annulled_record_counts_nowhere_unless_its_annuller_is_set_aside() {
    let annuls =
        |number: u8, others: &[u8]| Row { annuls: others.iter().map(|n| record(*n)).collect(), ..class(number) };
    let by = |number: u8| Annulled { by: record(number) };
    check(&[class(1), annuls(2, &[1])], &[by(2), Counted]);
    check(&[class(1), annuls(2, &[1]), annuls(3, &[2])], &[Counted, by(3), Counted]);
    check(&[class(1), annuls(2, &[1]), annuls(3, &[1])], &[by(2), Counted, Counted]);
    let withdrawn = Row { withdrawn: Some("Nhầm".into()), ..annuls(2, &[1]) };
    check(&[class(1), withdrawn], &[Counted, Withdrawn]);
    let elsewhere = Row { unit: "26509".parse().unwrap(), ..annuls(2, &[1]) };
    check(&[class(1), elsewhere], &[Counted, Counted]);
    let report = Row { annuls: vec![record(1)], ..row(2, "report", "26506", json!({})) };
    check(&[class(1), report], &[Counted, Counted]);
}

#[test]
fn a_circle_of_annulments_is_not_in_force() {
    let annuls =
        |number: u8, others: &[u8]| Row { annuls: others.iter().map(|n| record(*n)).collect(), ..class(number) };
    check(&[annuls(1, &[1])], &[Counted]);
    check(&[annuls(1, &[2]), annuls(2, &[1, 3]), class(3)], &[Counted, Counted, Counted]);
    check(&[annuls(1, &[2]), annuls(2, &[3]), annuls(3, &[1])], &[Counted, Counted, Counted]);
    // Broken from outside, what is left of it holds again.
    let broken = [annuls(1, &[2]), annuls(2, &[3]), annuls(3, &[1]), annuls(4, &[1])];
    check(&broken, &[Annulled { by: record(4) }, Counted, Annulled { by: record(2) }, Counted]);
}

#[test]
fn an_annulled_duplicate_makes_way_for_the_next() {
    let report = |number: u8, annuls: &[u8]| Row {
        annuls: annuls.iter().map(|n| record(*n)).collect(),
        ..row(number, "report", "26506", json!({"period": "2025-Q1", "people": i64::from(number)}))
    };
    check(&[report(1, &[]), report(2, &[1])], &[Annulled { by: record(2) }, Counted]);
}

#[test]
fn what_is_dated_after_the_close_counts_nowhere() {
    let late = row(1, "class", "26506", json!({"title": "Lớp", "held_on": "2026-01-01"}));
    let last_day = row(2, "class", "26506", json!({"title": "Lớp", "held_on": "2025-12-31"}));
    check(&[late, Row { same_as: vec![record(1)], ..last_day }], &[AfterClose, Counted]);
}

#[test]
fn a_withdrawn_record_still_says_who_annuls_it() {
    let mut store = MemoryStore::new();
    let withdrawn = Row { withdrawn: Some("Nhầm".into()), ..class(1) };
    put(&mut store, &[&withdrawn, &Row { annuls: vec![record(1)], ..class(2) }]);
    assert_eq!(Projection::standing(&store, &campaign(), record(1)).unwrap(), Some(Withdrawn));
    assert_eq!(Projection::annulled(&store, &campaign(), record(1)).unwrap(), Some(record(2)));
    assert_eq!(Projection::annulled(&store, &campaign(), record(2)).unwrap(), None);
    assert_eq!(Projection::standing(&store, &campaign(), record(9)).unwrap(), None);
}

#[test]
fn duplicates_are_listed_with_what_was_set_aside() {
    let mut store = MemoryStore::new();
    let withdrawn = Row { withdrawn: Some("Nhầm".into()), ..class(3) };
    put(&mut store, &[&class(1), &Row { same_as: vec![record(1), record(3)], ..class(2) }, &withdrawn, &class(4)]);
    let of = |number: u8| Projection::duplicates(&store, &campaign(), record(number)).unwrap();
    assert_eq!(of(3), [record(1), record(2), record(3)]);
    assert_eq!(of(4), [record(4)]);
}

#[test]
fn a_link_from_another_form_or_unit_leads_nowhere() {
    let link = |row: Row| Row { same_as: vec![record(2)], ..row };
    check(&[link(row(1, "report", "26506", json!({"period": "2025-Q1"}))), class(2)], &[Counted, Counted]);
    check(&[link(Row { unit: "26509".parse().unwrap(), ..class(1) }), class(2)], &[Counted, Counted]);
    check(&[link(class(1)), class(2)], &[Counted, SameAs { counted: record(1) }]);
}
