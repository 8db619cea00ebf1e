//! The plan's commands, and a second campaign as it is shipped, with the binary as people run it.

use serde_json::json;

use super::{
    binary::{Bench, Served},
    joined, saved,
};

#[test]
fn the_shipped_clean_water_drive_runs_beside_plan_244_on_one_hub() {
    let bench = Bench::new();
    bench.init();
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../campaigns/nuocsach");
    let origin = format!("http://127.0.0.1:{}", bench.port);
    bench.json(&["init", "--campaign", directory, "--origin", &origin]);
    let served = Served::start(&bench);
    let invite = ["--name", "Trưởng ấp", "--unit", "lang-gang", "--role", "hamlet_head"];
    let invited = bench.json(&[&["invite", "--campaign", "nuocsach"][..], &invite].concat());
    bench.device("ap", &["join", invited["link"].as_str().unwrap()]);
    let visit = [
        "new",
        "household_visit",
        "--set",
        "household_code=LG-017",
        "--set",
        "head_name=Bà Đỗ Thị Hường",
        "--set",
        "visited_on=2026-05-02",
        "--set",
        "people=4",
        "--set",
        "sources=rain,dug_well",
        "--set",
        "main_source=rain",
        "--set",
        "treatment=boil",
        "--set",
        "clean=không",
        "--set",
        "leaflets=+2",
    ];
    assert_eq!(bench.device("ap", &visit)["issues"], json!([]));
    bench.device("ap", &["sync"]);
    let cells = bench.json(&["rollup", "--campaign", "nuocsach", "--measure", "leaflets"])["cells"].clone();
    assert_eq!((&cells[0]["value"], &cells[0]["unit"]), (&json!("2"), &json!("lang-gang")));
    let deadlines = bench.json(&["plan", "--campaign", "nuocsach", "deadlines"]);
    assert_eq!(deadlines["deadlines"][0]["obligations"].as_array().unwrap().len(), 6, "every hamlet owes a report");
    assert_eq!(bench.json(&["records", "--campaign", "kh244"])["records"], json!([]));
    served.stop();
}

#[test]
fn an_annulled_record_and_a_double_count_nowhere_and_come_back() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    let (first, second) = (saved(&bench, "lan"), saved(&bench, "lan"));
    let prefilled =
        bench.device("lan", &["new", "activity", "--prefill", "--set", "held_on=2023-03-11", "--annuls", &second]);
    let row = bench.device("lan", &["show", prefilled["record"].as_str().unwrap()]);
    assert_eq!(row["answers"]["organiser"], "Đoàn phường", "typed once");
    assert_eq!(row["annuls"], json!([second]));
    let counted = || {
        bench.device("lan", &["sync"]);
        let cells = bench.json(&["rollup", "--measure", "activities"])["cells"].clone();
        let totals = cells.as_array().unwrap().iter().filter(|cell| cell["dimension"] == "");
        totals.map(|cell| cell["value"].as_str().unwrap().parse::<i64>().unwrap()).sum::<i64>()
    };
    assert_eq!(counted(), 2, "the first, and the one that annuls the second");
    bench.device("lan", &["same-as", prefilled["record"].as_str().unwrap(), &first]);
    assert_eq!(counted(), 1);
    bench.device("lan", &["same-as", prefilled["record"].as_str().unwrap(), &first, "--undo"]);
    assert_eq!(counted(), 2);

    let quality = bench.json(&["plan", "quality"]);
    assert_eq!(quality["units"]["26506-20250701"]["rows"], 2, "the annulled one is out: {quality}");
    let found = bench.device("lan", &["list", "--search", "ra quan to cong nghe"]);
    assert_eq!(found["records"].as_array().unwrap().len(), 2, "with or without marks");
    let deadlines = bench.device("lan", &["deadlines"]);
    assert!(deadlines["deadlines"].as_array().unwrap().iter().any(|deadline| deadline["code"] == "HAN.KT"));
    let round = bench.json(&["plan", "round", "DOT.TK2025"]);
    assert_eq!((&round["nominations"], &round["grants"][0]["quota"]), (&json!([]), &json!(10)));
    served.stop();
}
