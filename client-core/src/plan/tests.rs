//! A small province: two districts, three communes; one commune becomes another on 01/01/2025.

mod award;
mod deadline;
mod figure;
mod judgement;
mod report;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::{
    ChangeHash, DeviceId, RecordId,
    campaign::Campaign,
    policy::Rulebook,
    record::{Issue, Row},
    unit::UnitTree,
};

pub(super) const CAMPAIGN: &str = include_str!("tests/campaign.json");

const UNITS: &str = "id,code,name,name_en,level,parent,valid_from,valid_to
p,77,Tỉnh,,province,,,
d1,1,Huyện Một,,district,p,,2025-07-01
d2,2,Huyện Hai,,district,p,,2025-07-01
c1,11,Xã Một,,commune,d1,,2025-01-01
c2,12,Xã Hai,,commune,d1,,2025-01-01
c3,13,Xã Ba,,commune,d2,,
c12,11,Xã Mới,,commune,d1,2025-01-01,
";
const SUCCESSORS: &str = "old_id,new_id,effective_on,relation,legal_basis
c1,c12,2025-01-01,merged,NQ 1
c2,c12,2025-01-01,merged,NQ 1
d1,p,2025-07-01,abolished,NQ 2
d2,p,2025-07-01,abolished,NQ 2
";

pub(super) fn rules() -> Rulebook {
    let campaign = Campaign::parse(CAMPAIGN).unwrap_or_else(|errors| panic!("{errors}"));
    let units = UnitTree::from_csv(UNITS, SUCCESSORS).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Rulebook { version: 1, campaign, units }
}

/// Records as they come into a ledger: each device's in the order in which it makes them.
#[derive(Default)]
pub(super) struct Ledger {
    filed: Vec<Filed>,
}

impl Ledger {
    /// A record made by a device (a number) at a time and received at once; gives its id.
    pub(super) fn add(&mut self, device: u8, form: &str, unit: &str, at: &str, answers: Value) -> RecordId {
        let at_ms = at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let mut id = [device; 16];
        id[..6].copy_from_slice(&at_ms.to_be_bytes()[2..]);
        id[8..10].copy_from_slice(&(self.filed.len() as u16).to_be_bytes());
        let answers: BTreeMap<_, _> =
            answers.as_object().unwrap().iter().map(|(field, value)| (field.parse().unwrap(), value.clone())).collect();
        let record = RecordId(id);
        let row = Row {
            record,
            unit: unit.parse().unwrap(),
            form: form.parse().unwrap(),
            created_ms: at_ms,
            creator: DeviceId([device; 16]),
            edited_by: DeviceId([device; 16]),
            edited_ms: at_ms,
            heads: vec![ChangeHash([self.filed.len() as u8; 32])],
            changes: 1,
            answers,
            ..serde_json::from_value(json!({
                "record": record, "unit": unit, "form": form, "created_ms": at_ms, "creator": DeviceId([device; 16]),
                "edited_by": DeviceId([device; 16]), "edited_ms": at_ms, "heads": [], "changes": 1, "answers": {},
            }))
            .unwrap()
        };
        let received = Some(Received { sequence: self.filed.len() as u64 + 1, at_ms });
        let roles = ["officer".parse().unwrap()].into();
        self.filed.push(Filed { row, received, changed: received, counts: true, roles });
        record
    }

    /// A step on a nomination as it is now.
    pub(super) fn step(&mut self, device: u8, form: &str, nomination: RecordId, more: Value) -> RecordId {
        let judged = &self.get(nomination).row;
        let (unit, heads) = (judged.unit.to_string(), judged.heads[0].to_string());
        let mut answers = json!({"nomination": nomination, "subject_heads": heads});
        answers.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let minute = self.filed.len();
        self.add(device, form, &unit, &format!("2023-10-05T{:02}:{:02}:00Z", minute / 60, minute % 60), answers)
    }

    pub(super) fn get(&self, record: RecordId) -> &Filed {
        self.filed.iter().find(|filed| filed.row.record == record).unwrap()
    }

    pub(super) fn get_mut(&mut self, record: RecordId) -> &mut Filed {
        self.filed.iter_mut().find(|filed| filed.row.record == record).unwrap()
    }

    pub(super) fn remove(&mut self, record: RecordId) {
        self.filed.retain(|filed| filed.row.record != record);
    }

    pub(super) fn evidence(&self) -> Evidence {
        self.filed.iter().cloned().collect()
    }
}

pub(super) fn codes(issues: &[Issue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.code.as_str()).collect()
}

#[test]
fn a_new_record_begins_with_what_the_unit_typed_last() {
    let rules = rules();
    let mut ledger = Ledger::default();
    let planting = |organiser: &str| json!({"held_on": "2023-02-01", "organiser": organiser, "trees": 5});
    ledger.add(1, "planting", "c1", "2023-02-01T00:00:00Z", planting("UBND xã"));
    ledger.add(1, "planting", "c1", "2023-02-02T00:00:00Z", planting("Đoàn xã"));
    ledger.add(1, "planting", "c2", "2023-02-03T00:00:00Z", planting("Hội Phụ nữ xã Hai"));
    let form = rules.campaign.form(&"planting".parse().unwrap()).unwrap();
    let evidence = ledger.evidence();
    let rows = evidence.of(&form.id).iter().map(|filed| &filed.row);
    let begun = prefill(form, &"c1".parse().unwrap(), rows);
    assert_eq!(json!(begun), json!({"organiser": "Đoàn xã"}), "only what asks for it, of this unit, the newest");
}
