//! With titles as people write them.

use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::{DeviceId, RecordId, campaign::Campaign, record::Row};

fn campaign() -> Campaign {
    let text = |vi: &str| json!({"vi": vi, "en": vi});
    let field = |id: &str, kind: &str| json!({"id": id, "kind": kind, "label": text(id)});
    let with = |mut field: Value, more: Value| {
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    let fields = json!([
        with(field("title", "text"), json!({"required": true})),
        with(field("held_on", "date"), json!({"required": true})),
        field("place", "geopoint"),
        field("online", "boolean"),
        with(field("address", "text"), json!({"required": true, "relevant": "!online"})),
        with(
            field("guides", "group"),
            json!({"relevant": "!online", "fields": [
                with(field("name", "text"), json!({"required": true})),
                with(field("unit", "text"), json!({"required": true, "relevant": "answered(name)"}))
            ]})
        ),
    ]);
    let campaign = json!({
        "format": 1, "id": "thi-dua", "version": 1, "name": text("Thi đua"), "source": text("Kế hoạch"),
        "time_zone": "Asia/Ho_Chi_Minh", "closes_on": "2025-12-31", "choice_lists": [],
        "forms": [{"id": "outreach", "title": text("Ra quân"), "title_field": "title", "date_field": "held_on",
                   "fields": fields}],
        "roles": [], "indicators": [], "measures": []
    });
    Campaign::parse(&campaign.to_string()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn record(number: u32) -> RecordId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    RecordId(bytes)
}

fn row(number: u32, unit: &str, answers: Value) -> Row {
    let Value::Object(answers) = answers else { panic!("{answers}") };
    let campaign = campaign();
    let form = &campaign.forms()[0];
    let answers = answers.into_iter().map(|(id, value)| (id.parse().unwrap(), value)).collect();
    Row {
        record: record(number),
        unit: unit.parse().unwrap(),
        form: form.id.clone(),
        created_ms: 1_741_572_000_000,
        creator: DeviceId([1; 16]),
        edited_by: DeviceId([1; 16]),
        edited_ms: 1_741_572_000_000 + i64::from(number),
        heads: Vec::new(),
        changes: 1,
        issues: form.issues(&answers, &campaign),
        answers,
        conflicts: Vec::new(),
        other: Default::default(),
        withdrawn: None,
        moved_to: None,
        moved_from: None,
        same_as: Vec::new(),
        annuls: Vec::new(),
    }
}

fn outreach(number: u32, title: &str, held_on: &str) -> Row {
    row(number, "26506", json!({"title": title, "held_on": held_on}))
}

const MARKED: &str = "Ra quân hướng dẫn cài đặt VNeID tại khu phố 3";
const UNMARKED: &str = "Ra quan huong dan cai dat VNEID tai khu pho 3";

fn pairs(rows: &[Row]) -> Vec<(RecordId, RecordId)> {
    let found = suspects(&campaign(), rows);
    assert!(found.complete);
    found.pairs.iter().map(|pair| (pair.first, pair.second)).collect()
}

#[test]
fn titles_alike_within_days_are_suspects() {
    let check = |a: Row, b: Row, suspected: bool| {
        let expect = if suspected { vec![(record(1), record(2))] } else { Vec::new() };
        assert_eq!(pairs(&[a.clone(), b.clone()]), expect, "{:?} {:?}", a.answers, b.answers);
        assert_eq!(pairs(&[b, a]), expect);
    };
    let day = "2025-03-10";
    let one = || outreach(1, MARKED, day);
    check(one(), outreach(2, UNMARKED, day), true);
    check(one(), outreach(2, "Ra quân hướng dẫn cài VNeID tại khu phố 03.", day), true);
    check(one(), outreach(2, "Ra quân hướng dẫn cài đặt VNeID tại khu phố 4", day), false);
    check(one(), outreach(2, "Lớp kỹ năng số cho người cao tuổi khu phố 3", day), false);
    check(outreach(1, "Phổ cập số tại xã Hòa Long", day), outreach(2, "Phổ cập số tại xã Hoà Long", day), true);
    check(outreach(1, "Phổ cập số tại xã Hòa Long", day), outreach(2, "Phổ cập số tại xã Bàu Lâm", day), false);
    check(one(), outreach(2, MARKED, "2025-03-13"), true);
    check(one(), outreach(2, MARKED, "2025-03-14"), false);
    check(outreach(1, MARKED, "2025-02-28"), outreach(2, MARKED, "2025-03-03"), true);
    check(one(), row(2, "26509", json!({"title": MARKED, "held_on": day})), false);
    check(one(), row(2, "26506", json!({"held_on": day})), false);
    // Created on 10/03/2025, and it says nothing else.
    check(one(), row(2, "26506", json!({"title": MARKED})), true);
}

#[test]
fn far_apart_is_not_the_same() {
    let at =
        |number, place: &str| row(number, "26506", json!({"title": MARKED, "held_on": "2025-03-10", "place": place}));
    assert_eq!(pairs(&[at(1, "10.3460 107.0843 0 5"), at(2, "10.3490 107.0843 0 5")]).len(), 1, "334 m");
    assert_eq!(pairs(&[at(1, "10.3460 107.0843 0 5"), at(2, "10.3510 107.0843 0 5")]).len(), 0, "556 m");
    assert_eq!(pairs(&[at(1, "10.3460 107.0843 0 5"), outreach(2, MARKED, "2025-03-10")]).len(), 1);
}

#[test]
fn what_is_settled_is_not_offered() {
    let (one, two) = (outreach(1, MARKED, "2025-03-10"), outreach(2, UNMARKED, "2025-03-10"));
    let withdrawn = Row { withdrawn: Some("Nhập trùng".into()), ..two.clone() };
    let linked = Row { same_as: vec![record(1)], ..two.clone() };
    let annulling = Row { annuls: vec![record(1)], ..two.clone() };
    for settled in [withdrawn, linked, annulling] {
        assert_eq!(pairs(&[one.clone(), settled]), []);
    }
    assert_eq!(pairs(&[one, two]).len(), 1);
}

#[test]
fn completeness_is_what_the_form_asks_for() {
    let check = |answers: Value, answered: u64, required: u64| {
        let (campaign, row) = (campaign(), row(1, "26506", answers));
        let found = completeness(&campaign.forms()[0], &row);
        assert_eq!(found, Completeness { answered, required }, "{:?}", row.answers);
        let missing = row.issues.iter().filter(|issue| issue.code == "required").count() as u64;
        assert_eq!(missing, required - answered, "{:?}", row.issues);
    };
    // Whether it was online is not known: the address is asked for, as in the form.
    check(json!({}), 0, 3);
    check(json!({"title": MARKED, "held_on": "2025-03-10", "online": true}), 2, 2);
    check(json!({"title": "  ", "held_on": "2025-03-10", "online": false, "address": "12 Lê Lợi"}), 2, 3);
    let guides = json!([{"id": "a", "name": "Hoa", "unit": "Đoàn xã"}, {"id": "b", "name": "Bình"}, {"id": "c"}]);
    check(json!({"title": MARKED, "held_on": "2025-03-10", "online": true, "guides": guides}), 2, 2);
    check(json!({"title": MARKED, "held_on": "2025-03-10", "online": false, "address": "x", "guides": guides}), 6, 8);
    assert_eq!(Completeness { answered: 3, required: 4 }.share(), Some(0.75));
    assert_eq!(Completeness::default().share(), None);
}

#[test]
fn each_unit_has_its_figures() {
    let late = outreach(3, "Hội thi Tổ công nghệ số cộng đồng", "2026-01-01");
    let withdrawn =
        Row { withdrawn: Some("Nhầm".into()), edited_ms: 1_800_000_000_000, ..outreach(4, MARKED, "2025-03-10") };
    let rows = [
        outreach(1, MARKED, "2025-03-10"),
        outreach(2, UNMARKED, "2025-03-10"),
        late,
        withdrawn,
        row(5, "26509", json!({"online": true})),
    ];
    let received = |id: RecordId| [Some(50), None, Some(70), None, None][usize::from(id.0[15]) - 1];
    let units = quality(&campaign(), &rows, received);
    let codes =
        |unit: &UnitQuality| unit.issues.iter().map(|(code, rows)| format!("{code} {rows}")).collect::<Vec<_>>();
    let [one, other] = ["26506", "26509"].map(|unit| &units[unit]);
    assert_eq!((one.rows, one.rows_with_issues, codes(one)), (3, 3, vec!["after_close 1".into(), "required 3".into()]));
    assert_eq!(one.completeness, Completeness { answered: 6, required: 9 });
    assert_eq!(one.suspects, 2);
    assert_eq!((one.edited_ms, one.received_ms), (Some(1_800_000_000_000), Some(70)));
    assert_eq!((other.rows, codes(other)), (1, vec!["required 1".into()]), "two fields of one record");
    assert_eq!((other.suspects, other.received_ms), (0, None));
}

#[test]
fn a_full_replica_is_looked_through_quickly_and_in_bounds() {
    let template = outreach(1, MARKED, "2025-03-10");
    let rows = |title: &dyn Fn(u32) -> String, day: &dyn Fn(u32) -> u32| -> Vec<Row> {
        let of = |number: u32| {
            let mut row = Row { record: record(number), ..template.clone() };
            row.answers.insert("title".parse().unwrap(), json!(title(number)));
            row.answers.insert("held_on".parse().unwrap(), json!(format!("2025-03-{:02}", day(number))));
            row
        };
        (1..=20_000).map(of).collect()
    };
    let started = Instant::now();
    // All of one day, all different enough: the worst there is.
    let words = ["khu phố", "ấp", "thôn", "tổ dân phố", "chợ", "trường"];
    let apart = rows(&|number| format!("Ra quân tại {} {number}", words[number as usize % 6]), &|_| 10);
    let found = suspects(&campaign(), &apart);
    assert_eq!((found.pairs.len(), found.complete), (0, false));
    // All alike.
    let alike = rows(&|_| MARKED.to_owned(), &|number| 1 + number % 28);
    let found = suspects(&campaign(), &alike);
    assert_eq!((found.pairs.len(), found.complete), (500, false));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
