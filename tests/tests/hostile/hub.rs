//! A hub that is sent each case between two good changes.

use dongbo_core::{
    change::SignedChange,
    sync::{SyncRequest, SyncResponse},
};
use dongbo_server::hub::SyncCall;
use dongbo_tests::{
    hostile::Sender,
    world::{World, now},
};

use super::scene;

fn push(world: &mut World, sender: &Sender, changes: &[Vec<u8>]) -> SyncResponse {
    let request = SyncRequest {
        version: 1,
        cursor: None,
        changes: changes.iter().map(|bytes| bytes.clone().into()).collect(),
        bytes_max: 1,
        catalogue: 1,
        directory: 1,
        units: None,
        statements: Vec::new(),
    };
    let call = SyncCall { device: sender.device(), body: &request.to_bytes() };
    let answer = now(world.hub.sync(&[call], world.now_ms)).pop().unwrap();
    SyncResponse::from_bytes(&answer.unwrap()).unwrap()
}

#[test]
fn each_is_refused_alone_by_its_code() {
    let (mut world, mut sender, victim, cases) = scene();
    let known = [&victim.first, &victim.second].map(|written| sender.sign(victim.record(), &written.chunk));
    assert_eq!(push(&mut world, &sender, &known).admitted.len(), 2);
    let scope = world.hub.whole_scope().unwrap();
    let before = world.hub.record(&scope, victim.record()).unwrap().row;
    let mut wrong = Vec::new();
    for case in &cases {
        let good = [sender.create().unwrap(), sender.create().unwrap()];
        let [before, after] = good.each_ref().map(|written| sender.sign(written.record.id(), &written.chunk));
        let name = &case.name;
        let answer = push(&mut world, &sender, &[before, case.bytes.clone(), after]);
        let admitted: Vec<_> = answer.admitted.iter().map(|admitted| admitted.record).collect();
        assert_eq!(admitted, good.each_ref().map(|written| written.record.id()), "{name}");
        let [refused] = &answer.refused[..] else { panic!("{name}: {:?}", answer.refused) };
        let detail = refused.detail.as_deref().unwrap_or_default();
        if refused.code != case.code || !detail.contains(&case.detail) {
            wrong.push(format!("{name}: {} ({detail}), not {} ({})", refused.code, case.code, case.detail));
        }
        if let Ok(signed) = SignedChange::open(&case.bytes)
            && refused.record.0 != [0; 16]
        {
            assert_eq!((refused.record, refused.hash), (signed.record(), signed.hash()), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(world.hub.record(&scope, victim.record()).unwrap().row, before, "nobody's answers changed");
    assert!(now(world.hub.verify()).unwrap().is_clean());
    // What was refused did not spoil the genuine change that came next.
    let third = sender.sign(victim.record(), &victim.third.chunk);
    assert_eq!(push(&mut world, &sender, &[third]).admitted.len(), 1);
}
