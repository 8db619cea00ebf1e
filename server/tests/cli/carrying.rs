//! Work carried by hand, from the command line.

use super::{
    binary::{Bench, Served},
    joined, saved,
};

#[test]
fn a_bundle_goes_from_phone_to_phone_and_to_the_hub() {
    let bench = Bench::new();
    bench.init();
    let served = Served::start(&bench);
    joined(&bench, "lan");
    joined(&bench, "minh");
    let record = saved(&bench, "lan");
    let file = bench.path("work.bundle");
    let file = file.to_str().unwrap();
    let exported = bench.device("lan", &["export-bundle", file, "--unsent"]);
    assert!(exported["bytes"].as_u64().unwrap() > 500);
    let imported = bench.device("minh", &["import-bundle", file]);
    assert_eq!((&imported["imported"], &imported["out_of_scope"]), (&1.into(), &0.into()));
    assert_eq!(bench.device("minh", &["show", &record])["status"], "on_this_device");
    // Over the socket of the hub that is being served.
    let admitted = bench.json(&["import-bundle", file]);
    assert_eq!((&admitted["admitted"], &admitted["already_here"]), (&1.into(), &0.into()));
    assert_eq!(admitted["refused"], serde_json::json!([]));
    served.stop();
    // On the store, where nobody serves it.
    assert_eq!(bench.json(&["import-bundle", file])["already_here"], 1);
}
