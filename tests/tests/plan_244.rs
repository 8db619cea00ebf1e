//! docs/plan-244.md is complete and names tests that exist; what has no test of its own elsewhere is shown here.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use dongbo_core::{
    RecordId, UnitId,
    campaign::{Action, Reach},
    outside::Moment,
    record::MetaEdit,
};
use dongbo_server::hub::RollupQuery;
use dongbo_tests::world::{Device, World, answers, id, now};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../docs/plan-244.md");

/// Every Rust source below a directory.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_requirement_has_a_row_that_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for part in ["client-core", "server", "tests"] {
        sources(&root.join(part), &mut files);
    }
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for number in 1..=30 {
        let start = format!("| PM.{number:02} |");
        let rows: Vec<&str> = DOCUMENT.lines().filter(|line| line.starts_with(&start)).collect();
        assert_eq!(rows.len(), 1, "{start}");
        let shown_by = rows[0].trim_end_matches('|').rsplit('|').next().unwrap();
        let tests: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{start}");
        for test in tests {
            assert!(code.contains(&format!("fn {test}(")), "{start} names {test}, which is no test");
        }
    }
}

#[test]
fn times_and_persons_are_counted_apart() {
    let mut world = World::new(dongbo_core::store::MemoryStore::new(), 4);
    let mut lan = world.device("Phạm Thị Lan", "26572", "commune_officer").unwrap();
    for (reached, persons) in [(30, 25), (12, 12)] {
        let outreach = json!({
            "organisation": "hpn", "held_on": "2023-03-10", "place": "Ấp Bắc", "method": "door_to_door", "topic": "cashless",
            "reached": reached, "assisted": 5, "persons": persons, "no_secret": true,
        });
        lan.create("outreach", outreach, world.now_ms).unwrap();
    }
    let training = json!({
        "course": "Kỹ năng số cơ bản", "level": "basic", "mode": "in_person", "started_on": "2023-03-10", "organiser": "UBND xã",
        "trainees": [{"group": "officials", "count": 20, "first_time": 14}], "no_secret": true,
    });
    lan.create("training", training, world.now_ms).unwrap();
    lan.sync(&mut world).unwrap();
    let sum = |measure: &str| {
        let query = RollupQuery { measure: Some(measure.into()), ..RollupQuery::default() };
        let answer = world.hub.rollup(&world.hub.whole_scope().unwrap(), &query, world.now_ms).unwrap();
        answer.cells.iter().find(|cell| cell.key.dimension.is_empty()).unwrap().value.to_string()
    };
    let measures =
        ["outreach_sessions", "outreach_reached", "outreach_persons", "training_trainees", "training_first_time"];
    assert_eq!(measures.map(sum), ["2", "42", "37", "20", "14"]);
}

/// A whole record of a form that has none elsewhere in the tests.
fn whole(form: &str, model: Option<String>) -> Value {
    match form {
        "model" => json!({
            "title": "Chợ không tiền mặt", "started_on": "2023-02-01", "themes": ["ND.5"], "place": "Chợ Hoà Long",
            "description": "Mỗi sạp một mã QR.", "result": "80% sạp nhận chuyển khoản.", "status": "running", "no_secret": true,
        }),
        "replication" => json!({
            "model": model, "place": "Chợ Long Hương", "scope": "commune", "replicated_on": "2023-03-09",
            "result": "40 sạp tham gia.", "no_secret": true,
        }),
        other => unreachable!("{other}"),
    }
}

#[test]
fn every_form_takes_a_whole_record() {
    let mut world = World::new(dongbo_core::store::MemoryStore::new(), 7);
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let model = hoa.create("model", whole("model", None), world.now_ms).unwrap().record;
    let replication = whole("replication", Some(model.to_string()));
    let replication = hoa.create("replication", replication, world.now_ms).unwrap().record;
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 2);
    for record in [model, replication] {
        let row = hoa.replica.view(record).unwrap().row;
        assert!(row.other.is_empty(), "{}: {:?}", row.form, row.other);
        let missing: BTreeSet<_> = row.issues.iter().map(|issue| (&issue.code, &issue.field)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", row.form);
    }
}

#[test]
fn the_lead_agency_inspects_and_the_unit_answers() {
    let mut world = World::new(dongbo_core::store::MemoryStore::new(), 27);
    let rules = world.hub.rules().unwrap().clone();
    let reach = |role: &str, form: &str, action| rules.campaign.role(&id(role)).unwrap().reach(&id(form), action);
    assert_eq!(reach("provincial_lead", "inspection", Action::Create), Reach::Campaign);
    assert_eq!(reach("commune_officer", "inspection", Action::Create), Reach::None);
    assert_eq!(reach("commune_officer", "inspection_answer", Action::Create), Reach::Own);

    let mut lead = world.device("Lê Thị Ánh", "stttt", "provincial_lead").unwrap();
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let inspection = json!({
        "title": "Kiểm tra xử lý hồ sơ công việc", "kind": "on_site", "inspected_on": "2023-03-09", "team": "Đoàn của Sở TTTT",
        "content": "Kiểm tra việc xử lý hồ sơ trên môi trường mạng.", "remarks": "Còn 12 hồ sơ giấy.", "needs_answer": true,
        "answer_by": "2023-03-31", "no_secret": true,
    });
    let inspection = lead.create_in(&id("26572"), "inspection", inspection, world.now_ms).unwrap().record;
    lead.sync(&mut world).unwrap();
    hoa.sync(&mut world).unwrap();
    assert_eq!(hoa.replica.view(inspection).unwrap().row.answers["answer_by"], "2023-03-31");
    let answer = json!({
        "inspection": inspection, "answered_on": "2023-03-20", "content": "Đã số hóa đủ 12 hồ sơ.", "remedied": true,
        "no_secret": true,
    });
    hoa.create("inspection_answer", answer, world.now_ms).unwrap();
    assert_eq!(hoa.sync(&mut world).unwrap().admitted, 1);
    lead.sync(&mut world).unwrap();
    let query = dongbo_core::rollup::RowQuery { form: Some(id("inspection_answer")), limit: 10, ..Default::default() };
    assert_eq!(lead.replica.rows(&query).unwrap().len(), 1);
}

#[test]
fn a_report_filed_by_two_phones_counts_once() {
    let mut world = World::new(dongbo_core::store::MemoryStore::new(), 19);
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let mut binh = world.device("Trần Văn Bình", "26572", "commune_officer").unwrap();
    let figure = |numerator: &str| {
        json!({
            "indicator": "TC.XA-2", "period_from": "2023-01-01", "period_to": "2023-12-31", "numerator": numerator,
            "denominator": "100", "source": "Phần mềm", "secret_excluded": true,
        })
    };
    // Both offline.
    let first = hoa.create("indicator_report", figure("61"), world.now_ms).unwrap().record;
    let second = binh.create("indicator_report", figure("59"), world.now_ms + 1).unwrap().record;
    hoa.sync(&mut world).unwrap();
    binh.sync(&mut world).unwrap();
    let scope = world.hub.whole_scope().unwrap();
    let query = RollupQuery { measure: Some("indicator_reports".into()), ..RollupQuery::default() };
    let counted = world.hub.rollup(&scope, &query, world.now_ms).unwrap();
    assert_eq!(counted.cells.iter().find(|cell| cell.key.dimension.is_empty()).unwrap().value.to_string(), "1");
    let year = dongbo_core::plan::Period::year(2023).unwrap();
    let targets = world.hub.targets(&scope, year, year.to).unwrap();
    let figures = &targets.iter().find(|view| view.indicator == "TC.XA-2").unwrap().figures;
    assert_eq!(figures.iter().find(|figure| figure.unit == id("26572")).unwrap().reports, [first]);
    assert_eq!(world.hub.record(&scope, first).unwrap().duplicates, [first, second], "both are kept and shown");
}

#[test]
fn an_office_of_a_commune_does_not_undo_the_decision_of_the_province() {
    let mut world = World::new(dongbo_core::store::MemoryStore::new(), 16);
    let unit: UnitId = id("26572");
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let mut chair = world.device("Ngô Thị Bích", "vpubnd", "chair_office").unwrap();
    let mut head = world.device("Bùi Văn Tài", "26572", "head_office").unwrap();
    let nomination = json!({
        "round": "DOT.SK2023", "award": "KT.BK", "subject": "individual", "category": "direct", "nominee": "Trần Thị Mai",
    });
    let nomination = hoa.create("nomination", nomination, world.now_ms).unwrap().record;
    hoa.sync(&mut world).unwrap();
    let decide = |world: &mut World, device: &mut Device, annuls: Option<RecordId>| {
        world.pass(60_000);
        device.sync(world).unwrap();
        let given = answers(json!({"nomination": nomination, "award": "KT.BK", "granted": true}));
        let meta = MetaEdit { annuls: annuls.iter().map(|record| (*record, true)).collect(), ..MetaEdit::default() };
        let mut moment = Moment::new(world.now_ms, &mut device.random);
        let made = now(device.replica.create(&id("decision"), &unit, &given, &meta, None, &mut moment)).unwrap();
        assert_eq!(device.sync(world).unwrap().admitted, 1);
        made.record
    };
    let decisions = |world: &World| {
        let round = world.hub.round(&world.hub.whole_scope().unwrap(), "DOT.SK2023").unwrap();
        round.nominations[0].steps.iter().map(|step| step.record).collect::<Vec<_>>()
    };
    let first = decide(&mut world, &mut chair, None);
    let lesser = decide(&mut world, &mut head, Some(first));
    assert_eq!(decisions(&world), [first, lesser], "it stays, and the attempt is shown");
    let second = decide(&mut world, &mut chair, Some(first));
    assert_eq!(decisions(&world), [lesser, second], "whoever made it may annul it");
    let again = decide(&mut world, &mut head, Some(second));
    assert_eq!(decisions(&world), [lesser, second, again], "and what it annulled does not come back");
}
