//! Every code of protocol.md section 4, provoked with real bytes.

#![allow(clippy::unwrap_used, reason = "tests stop where something is not as it must be")]

use dongbo_core::{
    Actor, ChangeHash, DeviceId, RecordId, RecordOrigin,
    campaign::Form,
    change::SignedChange,
    identity::{Erasure, KeyPair, RevocationReason, SignedStatement, Statement},
    outside::Moment,
    record::{MetaEdit, Written, create, edit},
    store::MemoryStore,
    sync::{JoinRequest, SyncRequest, SyncResponse},
};
use dongbo_server::hub::{MemberChange, SyncCall};
use dongbo_tests::world::{Seeded, World, answers, id, now};
use serde_json::json;

/// A device that sends what it likes.
struct Raw {
    key: KeyPair,
    root: dongbo_core::AuthorityId,
    random: Seeded,
}

impl Raw {
    fn join(world: &mut World, name: &str, role: &str, seed: u8) -> Self {
        let member = world.member(name, "26572", role).unwrap();
        let link = world.invite(member).unwrap();
        let invitation = dongbo_core::sync::Invitation::parse(&link).unwrap();
        let key = KeyPair::from_seed([seed; 32]);
        let request = JoinRequest::new(invitation.root, &invitation.code, &key, name);
        now(world.hub.join(&request.to_bytes(), world.now_ms)).unwrap();
        Self { key, root: invitation.root, random: Seeded(u64::from(seed)) }
    }

    fn form(world: &World) -> Form {
        world.hub.rules().unwrap().campaign.form(&id("activity")).unwrap().clone()
    }

    fn create_as(&mut self, world: &World, unit: &str, form: &str) -> Written {
        let mut moment = Moment::new(world.now_ms, &mut self.random);
        let salt = moment.random();
        let (unit, form) = (id(unit), id(form));
        let origin = RecordOrigin { device: self.key.device(), unit, form, created_ms: world.now_ms, salt };
        let fields = answers(json!({"title": "Ra quân tuyên truyền chuyển đổi số", "held_on": "2023-03-10"}));
        create(&Self::form(world), &origin, &fields, &MetaEdit::default(), &mut moment).unwrap()
    }

    fn create(&mut self, world: &World) -> Written {
        self.create_as(world, "26572", "activity")
    }

    fn edit(&mut self, world: &World, written: &Written, title: &str) -> Written {
        self.edit_as(world, written, title, Actor::first(self.key.device()))
    }

    fn edit_as(&mut self, world: &World, written: &Written, title: &str, actor: Actor) -> Written {
        let mut moment = Moment::new(world.now_ms, &mut self.random);
        let (record, heads) = (&written.record, written.record.heads());
        let fields = answers(json!({"title": title}));
        edit(record, &Self::form(world), &heads, actor, &fields, &MetaEdit::default(), &mut moment).unwrap()
    }

    fn sign(&self, written: &Written) -> Vec<u8> {
        self.sign_chunk(written.record.id(), &written.chunk)
    }

    fn sign_chunk(&self, record: RecordId, chunk: &[u8]) -> Vec<u8> {
        SignedChange::sign(self.root, &self.key, record, chunk)
    }

    fn push(&self, world: &mut World, changes: &[Vec<u8>]) -> SyncResponse {
        push(world, self.key.device(), changes, &[])
    }

    /// The codes of what was refused, in order; admitted changes are left out.
    fn codes(&self, world: &mut World, changes: &[Vec<u8>]) -> Vec<String> {
        let response = self.push(world, changes);
        assert_eq!(response.admitted.len() + response.refused.len(), changes.len(), "each change has one answer");
        response.refused.into_iter().map(|refused| refused.code).collect()
    }
}

fn push(world: &mut World, device: DeviceId, changes: &[Vec<u8>], statements: &[Vec<u8>]) -> SyncResponse {
    let request = SyncRequest {
        version: 1,
        cursor: None,
        changes: changes.iter().map(|bytes| bytes.clone().into()).collect(),
        bytes_max: 1 << 20,
        catalogue: 1,
        directory: 0,
        units: None,
        statements: statements.iter().map(|bytes| bytes.clone().into()).collect(),
    };
    let body = request.to_bytes();
    let answer = now(world.hub.sync(&[SyncCall { device, body: &body }], world.now_ms)).pop().unwrap();
    SyncResponse::from_bytes(&answer.unwrap()).unwrap()
}

fn world() -> (World, Raw) {
    let mut world = World::new(MemoryStore::new(), 7);
    let raw = Raw::join(&mut world, "Đỗ Quang Huy", "commune_officer", 9);
    (world, raw)
}

#[test]
fn codes_about_the_envelope() {
    let (mut world, mut raw) = world();
    let good = raw.create(&world);
    let signed = raw.sign(&good);
    let mut flipped = signed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let stranger = KeyPair::from_seed([200; 32]);
    let unknown = SignedChange::sign(world.hub.trust().root(), &stranger, good.record.id(), &good.chunk);
    let foreign = SignedChange::sign(dongbo_core::AuthorityId([7; 16]), &raw.key, good.record.id(), &good.chunk);
    for (bytes, code) in [
        (vec![0; (1 << 20) + 2_000], "too_large"),
        ("Xin chào".into(), "malformed_envelope"),
        (signed[..signed.len() - 1].to_vec(), "malformed_envelope"),
        ([&signed[..], &[0]].concat(), "malformed_envelope"),
        (unknown, "unknown_device"),
        (flipped, "bad_signature"),
        (foreign, "bad_signature"),
    ] {
        assert_eq!(raw.codes(&mut world, &[bytes]), [code]);
    }
    assert_eq!(raw.codes(&mut world, &[signed]), [""; 0]);
}

#[test]
fn codes_about_the_chunk() {
    let (mut world, mut raw) = world();
    let first = raw.create(&world);
    let record = first.record.id();
    let other = Raw::join(&mut world, "Bùi Thị Mai", "commune_officer", 10);
    let mut checksum = first.chunk.clone();
    checksum[4] ^= 1;
    let mut compressed = first.chunk.clone();
    compressed[8] = 2;
    let cases = [
        (raw.sign_chunk(record, &checksum), "malformed_change"),
        (raw.sign_chunk(record, &compressed), "malformed_change"),
        (raw.sign_chunk(record, &[&first.chunk[..], &[0]].concat()), "malformed_change"),
        (raw.sign_chunk(record, &first.record.save()), "malformed_change"),
        (raw.sign_chunk(record, &[]), "malformed_change"),
        (other.sign(&first), "actor_mismatch"),
        (raw.sign_chunk(RecordId([5; 16]), &first.chunk), "record_mismatch"),
    ];
    for (bytes, code) in cases {
        assert_eq!(raw.codes(&mut world, &[bytes]), [code]);
    }
}

#[test]
fn codes_about_the_place() {
    let (mut world, mut raw) = world();
    let first = raw.create(&world);
    let second = raw.edit(&world, &first, "Ra quân lần hai");
    let third = raw.edit(&world, &second, "Ra quân lần ba");
    let (a, b, c) = (raw.sign(&first), raw.sign(&second), raw.sign(&third));
    assert_eq!(raw.codes(&mut world, std::slice::from_ref(&b)), ["missing_dependency"]);
    assert_eq!(raw.codes(&mut world, &[a.clone(), c.clone()]), ["missing_dependency"]);
    assert_eq!(raw.codes(&mut world, &[a, b, c]), [""; 0], "nothing was lost by the attempts");

    let elsewhere = raw.create_as(&world, "26569", "activity");
    let next = raw.edit(&world, &elsewhere, "Tiếp theo");
    let changes = [raw.sign(&elsewhere), raw.sign(&next)];
    assert_eq!(raw.codes(&mut world, &changes), ["forbidden", "depends"]);

    let one = raw.edit(&world, &third, "Một");
    let two = raw.edit(&world, &third, "Hai");
    let changes = [raw.sign(&one), raw.sign(&two)];
    assert_eq!(raw.codes(&mut world, &changes), ["equivocation"]);
    let scope = world.hub.whole_scope().unwrap();
    assert_eq!(world.hub.record(&scope, first.record.id()).unwrap().row.answers["title"], "Một");
}

#[test]
fn codes_about_the_structure() {
    use automerge::{ActorId, Automerge, ObjType, ROOT, ReadDoc as _, ScalarValue, transaction::Transactable as _};
    let (mut world, mut raw) = world();
    let first = raw.create(&world);
    assert_eq!(raw.codes(&mut world, &[raw.sign(&first)]), [""; 0]);
    let actor = ActorId::from(Actor::first(raw.key.device()).to_bytes());
    type Bad = fn(&mut automerge::transaction::Transaction<'_>);
    let cases: [(&str, Bad); 9] = [
        ("the root overwritten", |tx| tx.put(ROOT, "unit", "26569").unwrap()),
        ("a new root map", |tx| drop(tx.put_object(ROOT, "answers", ObjType::Map).unwrap())),
        ("the root's map deleted", |tx| tx.delete(ROOT, "answers").unwrap()),
        ("a list", |tx| {
            let answers = tx.get(ROOT, "answers").unwrap().unwrap().1;
            tx.put_object(answers, "danh_sach", ObjType::List).unwrap();
        }),
        ("a float", |tx| {
            let answers = tx.get(ROOT, "answers").unwrap().unwrap().1;
            tx.put(answers, "cost", 0.5).unwrap();
        }),
        ("Automerge's counter", |tx| {
            let answers = tx.get(ROOT, "answers").unwrap().unwrap().1;
            tx.put(answers, "dem", ScalarValue::counter(1)).unwrap();
        }),
        ("a scalar over a text", |tx| {
            let answers = tx.get(ROOT, "answers").unwrap().unwrap().1;
            tx.put(answers, "content", "ghi đè").unwrap();
        }),
        ("an answer deleted", |tx| {
            let answers = tx.get(ROOT, "answers").unwrap().unwrap().1;
            tx.delete(answers, "title").unwrap();
        }),
        ("the same place twice", |tx| {
            let answers = tx.get(ROOT, "answers").unwrap().unwrap().1;
            tx.put(&answers, "title", "một").unwrap();
            tx.put(&answers, "title", "hai").unwrap();
        }),
    ];
    for (what, bad) in cases {
        let mut doc = Automerge::load(&first.record.save()).unwrap().with_actor(actor.clone());
        let mut tx = doc.transaction();
        bad(&mut tx);
        tx.commit();
        let chunk = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        let codes = raw.codes(&mut world, &[raw.sign_chunk(first.record.id(), &chunk)]);
        assert!(matches!(codes[0].as_str(), "invalid_change" | "malformed_change"), "{what}: {codes:?}");
    }
    let again = raw.create(&world);
    let second_first = raw.sign_chunk(first.record.id(), &again.chunk);
    assert_eq!(raw.codes(&mut world, &[second_first]), ["record_mismatch"], "two first changes");
}

#[test]
fn codes_about_permission() {
    let (mut world, mut raw) = world();
    let unknown_form = raw.create_as(&world, "26572", "khong-co");
    let unknown_unit = raw.create_as(&world, "khong-co", "activity");
    let other_commune = raw.create_as(&world, "26569", "activity");
    let review = raw.create_as(&world, "26572", "review");
    let changes: Vec<_> =
        [&unknown_form, &unknown_unit, &other_commune, &review].map(|written| raw.sign(written)).into();
    assert_eq!(raw.codes(&mut world, &changes), ["unknown_form", "unknown_unit", "forbidden", "forbidden"]);
}

#[test]
fn a_write_once_record_takes_one_change() {
    let mut world = World::new(MemoryStore::new(), 8);
    let mut district = Raw::join(&mut world, "Hoàng Văn Nam", "district_aggregator", 11);
    let review = district.create_as(&world, "26572", "review");
    let again = district.edit(&world, &review, "đổi ý");
    let changes = [district.sign(&review), district.sign(&again)];
    assert_eq!(district.codes(&mut world, &changes), ["forbidden"]);
}

#[test]
fn an_erased_record_stays_away() {
    let (mut world, mut raw) = world();
    let written = raw.create(&world);
    let record = written.record.id();
    let erasure = Statement::Erasure(Erasure { record, at_ms: world.now_ms, reason: "theo yêu cầu".into() });
    let signed = SignedStatement::sign(world.hub.trust().root(), world.root.as_ref().unwrap(), world.now_ms, &erasure);
    let held = push(&mut world, raw.key.device(), &[], std::slice::from_ref(&signed)).statements_held;
    assert_eq!(held.len(), 1);
    assert_eq!(raw.codes(&mut world, &[raw.sign(&written)]), ["erased"]);
}

#[test]
fn what_comes_after_a_membership_waits_for_a_person() {
    let (mut world, mut raw) = world();
    let member = world.hub.trust().member_of(raw.key.device()).unwrap().id;
    let inside = raw.create(&world);
    world.pass(3_600_000);
    let end = MemberChange::End { unit: id("26572"), role: id("commune_officer"), at_ms: world.now_ms };
    now(world.hub.change_member(Some(member), &[end], &mut Moment::new(world.now_ms, &mut Seeded(1)))).unwrap();
    world.pass(1_000);
    let after = raw.create(&world);
    let edited = raw.edit(&world, &after, "Sửa sau khi chuyển công tác");
    let changes = [raw.sign(&inside), raw.sign(&after), raw.sign(&edited)];
    assert_eq!(raw.codes(&mut world, &changes), ["needs_approval", "missing_dependency"], "signed inside: admitted");

    let waiting = world.hub.pending().unwrap();
    assert_eq!(waiting.len(), 1);
    now(world.hub.approve(waiting[0].record, waiting[0].hash, world.now_ms)).unwrap();
    assert_eq!(raw.codes(&mut world, &changes), ["needs_approval"], "the edit comes to the administrator too");
    let waiting = world.hub.pending().unwrap();
    now(world.hub.turn_down(waiting[0].record, waiting[0].hash, "không còn phụ trách", world.now_ms)).unwrap();
    assert_eq!(raw.codes(&mut world, &changes), ["turned_down"]);

    // More than 90 days after the end, even what was signed inside waits.
    let (mut world, mut raw) = self::world();
    let inside = raw.create(&world);
    let member = world.hub.trust().member_of(raw.key.device()).unwrap().id;
    world.pass(3_600_000);
    let end = MemberChange::End { unit: id("26572"), role: id("commune_officer"), at_ms: world.now_ms };
    now(world.hub.change_member(Some(member), &[end], &mut Moment::new(world.now_ms, &mut Seeded(1)))).unwrap();
    world.pass(91 * 24 * 3_600_000);
    assert_eq!(raw.codes(&mut world, &[raw.sign(&inside)]), ["needs_approval"]);
}

#[test]
fn revoked_devices_are_judged_by_reason() {
    for (reason, code) in [(RevocationReason::Left, ""), (RevocationReason::Lost, "needs_approval")] {
        let (mut world, mut raw) = world();
        let before = raw.create(&world);
        world.pass(60_000);
        now(world.hub.revoke_device(raw.key.device(), reason, true, world.now_ms)).unwrap();
        world.pass(60_000);
        let after = raw.create(&world);
        let response = raw.push(&mut world, &[raw.sign(&before), raw.sign(&after)]);
        let codes: Vec<_> = response.refused.iter().map(|refused| refused.code.as_str()).collect();
        let expected = if code.is_empty() { vec!["needs_approval"] } else { vec![code, "needs_approval"] };
        assert_eq!(codes, expected, "{reason:?}");
        assert_eq!(response.changes, [], "a revoked device reads nothing");
        let revoked = response
            .statements
            .iter()
            .any(|bytes| matches!(SignedStatement::open(bytes).unwrap().statement, Statement::Revocation(r) if r.wipe));
        assert!(revoked, "and is told so");
    }
}

#[test]
fn a_repeated_push_costs_nothing_and_answers_the_same() {
    let (mut world, mut raw) = world();
    let written = raw.create(&world);
    let signed = raw.sign(&written);
    let first = raw.push(&mut world, std::slice::from_ref(&signed)).admitted;
    world.pass(5_000);
    let head = world.hub.head();
    assert_eq!(raw.push(&mut world, &[signed.clone(), signed]).admitted, [&first[..], &first].concat());
    assert_eq!(world.hub.head(), head);
    let _: ChangeHash = first[0].hash;
}
