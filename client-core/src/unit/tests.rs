use jiff::civil::date;

use super::*;

fn id(text: &str) -> UnitId {
    text.parse().unwrap()
}

fn ids<'u>(units: impl IntoIterator<Item = &'u Unit>) -> Vec<&'u str> {
    units.into_iter().map(|unit| unit.id.as_str()).collect()
}

/// A tree from short rows: `id,code,level,parent,from,to` and `old,new,on`.
fn read(units: &str, successors: &str) -> Result<UnitTree, Vec<String>> {
    let mut unit_rows = String::from("id,code,name,name_en,level,parent,valid_from,valid_to\n");
    for row in units.lines() {
        let cells: Vec<_> = row.split(',').collect();
        let [id, code, level, parent, from, to] = cells[..] else { panic!("{row}") };
        unit_rows += &format!("{id},{code},Xã {id},,{level},{parent},{from},{to}\n");
    }
    let mut successor_rows = String::from("old_id,new_id,effective_on,relation,legal_basis\n");
    for row in successors.lines() {
        successor_rows += &format!("{row},merge,\n");
    }
    UnitTree::from_csv(&unit_rows, &successor_rows).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// Two districts merge in 2025, then the district level goes.
fn tree() -> UnitTree {
    read(
        "p,77,province,,,\n\
         a,752,district,p,,2025-01-01\n\
         b,753,district,p,,2025-01-01\n\
         b2,753,district,p,2025-01-01,2025-07-01\n\
         x,1,commune,a,,2025-01-01\n\
         x2,1,commune,b2,2025-01-01,2025-07-01\n\
         y,2,commune,b,,2025-07-01\n\
         island,755,district,p,,\n\
         z,1,commune,p,2025-07-01,",
        "a,b2,2025-01-01\nb,b2,2025-01-01\nx,x2,2025-01-01\nx2,z,2025-07-01\ny,z,2025-07-01",
    )
    .unwrap()
}

#[test]
fn a_unit_that_outlives_its_parent_goes_to_the_parents_successor() {
    let tree = tree();
    let (before, after) = (tree.as_of(date(2024, 6, 1)), tree.as_of(date(2025, 6, 1)));
    assert_eq!(ids(before.ancestors(&id("y"))), ["b", "p"]);
    assert_eq!(ids(after.ancestors(&id("y"))), ["b2", "p"]);
    assert_eq!(ids(after.children(&id("b2")).iter().copied()), ["x2", "y"]);
    assert_eq!(ids(after.descendants(&id("p"))), ["b2", "island", "x2", "y"]);
    assert_eq!(ids(tree.ancestors(&id("y"))), ["b", "p"], "as registered");
}

#[test]
fn a_level_may_go_and_a_district_may_have_no_communes() {
    let tree = tree();
    let now = tree.as_of(date(2025, 7, 1));
    assert_eq!(ids(now.units()), ["island", "p", "z"]);
    assert_eq!(ids(now.children(&id("p")).iter().copied()), ["island", "z"]);
    assert!(now.children(&id("island")).is_empty());
    assert_eq!(tree.reach_subtree(&id("island")), BTreeSet::from([id("island")]));
}

#[test]
fn successors_are_followed_up_to_the_date() {
    let tree = tree();
    let became = |unit: &str, on| ids(tree.successors_as_of(&id(unit), on));
    assert_eq!(became("x", date(2024, 12, 31)), ["x"]);
    assert_eq!(became("x", date(2025, 1, 1)), ["x2"]);
    assert_eq!(became("x", date(2026, 1, 1)), ["z"]);
    assert!(became("a", date(2025, 7, 1)).is_empty(), "the district level is gone");
    assert!(became("z", date(2024, 1, 1)).is_empty(), "not yet in force");
    assert!(became("nobody", date(2024, 1, 1)).is_empty());
    assert_eq!(ids(tree.predecessors(&id("z"))), ["x2", "y"]);
}

#[test]
fn reach_follows_predecessors() {
    let tree = tree();
    let reach = |set: BTreeSet<UnitId>| set.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(reach(tree.reach_own(&id("z"))), ["x", "x2", "y", "z"]);
    assert_eq!(reach(tree.reach_own(&id("x"))), ["x"], "the old unit does not see what its successor does");
    assert_eq!(reach(tree.reach_subtree(&id("b2"))), ["a", "b", "b2", "x", "x2", "y"]);
    assert_eq!(tree.reach_subtree(&id("p")).len(), tree.all().count());
    assert!(tree.reach_own(&id("nobody")).is_empty());
}

#[test]
fn a_date_begins_at_midnight_in_vietnam() {
    assert_eq!(midnight_ms(date(2025, 7, 1)), 1_751_302_800_000, "2025-06-30T17:00:00Z");
    assert_eq!(date_of_ms(1_751_302_800_000), Some(date(2025, 7, 1)));
    assert_eq!(date_of_ms(1_751_302_799_999), Some(date(2025, 6, 30)));
    assert_eq!(date_of_ms(i64::MAX), None);
    assert!(midnight_ms(date(-9999, 1, 1)) < midnight_ms(date(9999, 12, 31)));
}

#[test]
fn an_open_start_travels_as_the_epoch() {
    let tree = tree();
    let unit = tree.get(&id("p")).unwrap();
    assert_eq!(unit.valid_from_on_wire(), Unit::SINCE_BEFORE_MS);
    assert_eq!(Unit::valid_from_of_wire(unit.valid_from_on_wire()), None);
    assert_eq!(Unit::valid_from_of_wire(5), Some(5));
}

#[test]
fn every_mistake_is_found_with_its_file_and_line() {
    for (units, successors, expected) in [
        ("a,1,x,,,\na,2,x,,,", "", "units.csv:3: unit a is listed twice; give every unit its own id"),
        ("a,1,x,b,,", "", "units.csv:2: unit a is under b, which is not listed"),
        ("a,1,x,b,,\nb,2,x,a,,", "", "units.csv:2: unit a is above itself"),
        ("a,1,x,,2025-01-01,2025-01-01", "", "units.csv:2: unit a ends before it begins"),
        ("a,1,x,,,\nb,1,x,,2025-01-01,", "", "units.csv:3: units b and a both have the code \"1\" at the same time"),
        ("a,1,x,,2025-13-01,", "", "units.csv:2: \"2025-13-01\" is not a date such as 2025-07-01"),
        ("a,1,x,,20250101,", "", "units.csv:2: \"20250101\" is not a date such as 2025-07-01"),
        ("a,,x,,,", "", "units.csv:2: code is missing"),
        ("A,1,x,,,", "", "units.csv:2: \"A\" is not a valid UnitId: expected 1 to 64 of a-z 0-9 . _ -"),
        ("a,1,x,,,", "a,b,2025-01-01", "successors.csv:2: b is not in units.csv"),
        ("a,1,x,,,\nb,2,x,,,", "a,b,2025-01-01", "successors.csv:2: a does not end on 2025-01-01"),
        (
            "a,1,x,,,2025-01-01\nb,2,x,,,2024-01-01",
            "a,b,2025-01-01",
            "successors.csv:2: b is not in force on 2025-01-01",
        ),
        (
            "a,1,x,,,2025-01-01\nb,2,x,,,",
            "a,b,2025-01-01\na,b,2025-01-01",
            "successors.csv:3: a already has the successor b",
        ),
    ] {
        let errors = read(units, successors).unwrap_err();
        assert!(errors.contains(&expected.to_owned()), "{units}\n{successors}\n{errors:#?}");
    }
}

#[test]
fn a_file_without_its_header_is_refused() {
    for text in ["", "\n", "id,code\n", "a,1,x,,,\n"] {
        let errors = UnitTree::from_csv(text, text).unwrap_err();
        assert_eq!(errors.len(), 2, "{text:?} {errors:?}");
        assert!(errors.iter().all(|error| error.line == 1 && error.message.contains("header")), "{errors:?}");
    }
}

#[test]
fn successors_given_as_data_are_checked_too() {
    let unit = |name: &str, to, successors: &[&str]| Unit {
        id: id(name),
        parent: None,
        code: name.into(),
        name: name.into(),
        name_en: None,
        level: "commune".into(),
        valid_from_ms: None,
        valid_to_ms: to,
        successors: successors.iter().map(|s| id(s)).collect(),
    };
    let a = || id("a");
    for (units, expected) in [
        (vec![unit("a", Some(5), &["b"])], UnitError::UnknownSuccessor { unit: a(), successor: id("b") }),
        (vec![unit("a", None, &["b"]), unit("b", None, &[])], UnitError::SuccessorsWhileInForce { unit: a() }),
        (
            vec![unit("a", Some(5), &["b"]), unit("b", Some(5), &[])],
            UnitError::SuccessorOver { unit: a(), successor: id("b") },
        ),
        (vec![unit("a", Some(5), &["a"])], UnitError::SuccessorCycle { unit: a() }),
    ] {
        let errors = UnitTree::new(units).unwrap_err();
        assert!(errors.contains(&expected), "{errors:?}");
    }
}
