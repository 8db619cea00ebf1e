//! What an app that draws forms asks the core: which fields to show, what is missing, what may be made where.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{policy::creatable, store::MemoryStore};
use dongbo_tests::world::{World, answers, id};
use serde_json::json;

#[test]
fn fields_appear_and_are_required_as_the_row_will_say() {
    let mut world = World::new(MemoryStore::new(), 21);
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let rules = hoa.replica.rules().unwrap().clone();
    let form = rules.campaign.form(&id("activity")).unwrap();
    for (given, shown) in
        [(json!({}), false), (json!({"kind": "campaign_day"}), false), (json!({"kind": "other"}), true)]
    {
        let filling = form.filling(&answers(given.clone()), &rules.campaign);
        let other = filling.field("kind_other").unwrap();
        assert_eq!(other.relevant, shown, "{given}");
        assert!(!other.required || other.relevant);
        assert!(filling.field("title").unwrap().required && !filling.is_complete());
        assert_eq!(filling.field("title").unwrap().issues[0].code, "required");
    }
    // A group's items are asked each by itself, and all issues are those of the row.
    let given = json!({"title": "Số hóa", "authors": [{"name": "Hòa", "share": 60}, {"share": 140}]});
    let record = hoa.create("initiative", given, world.now_ms).unwrap().record;
    let row = hoa.replica.view(record).unwrap().row;
    let form = rules.campaign.form(&id("initiative")).unwrap();
    let filling = form.filling(&row.answers, &rules.campaign);
    let items = row.answers["authors"].as_array().unwrap();
    for item in items {
        let path = format!("authors/{}/name", item["id"].as_str().unwrap());
        assert_eq!(filling.field(&path).unwrap().issues.is_empty(), item.get("name").is_some(), "{path}");
    }
    let mut told: Vec<_> = filling.fields.iter().flat_map(|field| &field.issues).chain(&filling.issues).collect();
    let mut of_row: Vec<_> = row.issues.iter().collect();
    told.sort_by_key(|issue| (&issue.field, &issue.code));
    of_row.sort_by_key(|issue| (&issue.field, &issue.code));
    assert_eq!(told, of_row);
}

#[test]
fn an_app_offers_what_a_save_would_take() {
    let mut world = World::new(MemoryStore::new(), 22);
    let mut hoa = world.device("Nguyễn Thị Hòa", "26572", "commune_officer").unwrap();
    let rules = hoa.replica.rules().unwrap().clone();
    let member = hoa.replica.member().unwrap().clone();
    let offered = creatable(&rules, &member, world.now_ms);
    assert!(offered.iter().any(|(form, units)| form.as_str() == "activity" && units == &[id("26572")]));
    for (form, units) in &offered {
        for unit in units {
            let made = hoa.create_in(unit, form.as_str(), json!({}), world.now_ms);
            assert!(!matches!(&made, Err(error) if error.code() == "forbidden"), "{form} {unit} {made:?}");
        }
    }
    let all: Vec<_> = rules.campaign.forms().iter().map(|form| form.id.clone()).collect();
    let refused = all.iter().filter(|form| !offered.iter().any(|(offered, _)| offered == *form));
    for form in refused {
        let made = hoa.create(form.as_str(), json!({}), world.now_ms);
        assert_eq!(made.unwrap_err().code(), "forbidden", "{form}");
    }
    assert_eq!(creatable(&rules, &member, 0), []);
    assert_eq!(hoa.replica.creatable(0).unwrap(), offered, "a clock of 1970 hides nothing once the hub was heard from");
}
