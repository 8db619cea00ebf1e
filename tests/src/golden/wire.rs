//! Keys, identifiers, statements, messages, the invitation link and a bundle.

use dongbo_core::{
    AuthorityId, ChangeHash, DeviceId, MemberId, RecordId, RecordOrigin,
    change::Bundle,
    identity::{
        Catalogue, Certificate, Directory, Erasure, IssuingKey, KeyPair, Member, Membership, RecoveryKey, Reset,
        Revocation, RevocationReason, SignedStatement, Statement, UnitEntry,
    },
    seal::SealingKey,
    sync::{
        Admitted, FeedItem, Invitation, JoinAnswer, JoinRequest, Nonce, Pair, Problem, RecordCode, Refused,
        SessionAnswer, SessionRequest, SyncRequest, SyncResponse,
    },
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::record::{CAMPAIGN, CREATED_MS, History, origin};
use crate::world::id;

/// Everyone who signs in the samples. The seeds are public: never use them for anything else.
pub struct Keys {
    /// The campaign's root.
    pub root: KeyPair,
    /// Its issuing key.
    pub issuing: KeyPair,
    /// A device.
    pub hoa: KeyPair,
    /// Another device.
    pub binh: KeyPair,
}

/// The samples' keys: seeds of 32 equal bytes.
pub fn keys() -> Keys {
    let [root, issuing, hoa, binh] = [1, 2, 3, 4].map(|byte| KeyPair::from_seed([byte; 32]));
    Keys { root, issuing, hoa, binh }
}

/// The samples' campaign.
pub fn root() -> AuthorityId {
    keys().root.authority()
}

/// Kinds of a bundle's items, the last one unknown to this version.
pub const BUNDLE_KINDS: [&str; 3] = ["statement", "change", "blob"];

const HUB: &str = "https://hub.example.vn";
const INVITE: &str = "7w2mqxk4bhd9s3nyc6tfgvepru";
const HOA: MemberId = MemberId(*b"\x01\x86\xc8\xd5\x4a\x00\x41\x11\x81\x11\x11\x11\x11\x11\x11\x11");
const BINH: MemberId = MemberId(*b"\x01\x86\xc8\xd5\x4a\x00\x42\x22\x82\x22\x22\x22\x22\x22\x22\x22");

pub(super) fn keys_json() -> Value {
    let key = |key: KeyPair| json!({ "seed": hex::encode(key.seed()), "public": hex::encode(key.public()), "id": hex::encode(key.id_bytes()) });
    let Keys { root, issuing, hoa, binh } = keys();
    json!({ "root": key(root), "issuing": key(issuing), "hoa": key(hoa), "binh": key(binh) })
}

pub(super) fn record_ids() -> Value {
    let far = RecordOrigin { created_ms: (1 << 48) - 1, ..origin() };
    let long = RecordOrigin { unit: id("a".repeat(64).as_str()), form: id("z.9_-"), created_ms: 0, ..origin() };
    let other = RecordOrigin { device: keys().binh.device(), salt: [0xff; 8], ..origin() };
    let vectors: Vec<Value> = [origin(), far, long, other]
        .iter()
        .map(|origin| {
            let hashed = [
                b"dongbo/record/1\0",
                &origin.device.0[..],
                origin.unit.as_str().as_bytes(),
                &[0],
                origin.form.as_str().as_bytes(),
                &[0],
                &origin.created_ms.to_be_bytes(),
                &origin.salt,
            ]
            .concat();
            json!({
                "device": origin.device,
                "unit": origin.unit,
                "form": origin.form,
                "created_ms": origin.created_ms,
                "salt": hex::encode(origin.salt),
                "hashed": hex::encode(&hashed),
                "sha256": hex::encode(Sha256::digest(&hashed)),
                "record": RecordId::derive(origin),
            })
        })
        .collect();
    json!({ "vectors": vectors })
}

const ISSUED_MS: i64 = CREATED_MS - 1_000_000;

fn membership(role: &str, to_ms: Option<i64>) -> Membership {
    Membership { unit: id("26572"), role: id(role), from_ms: ISSUED_MS, to_ms }
}

/// Every kind of statement, in chain order: name, signer, statement.
fn said() -> Vec<(&'static str, KeyPair, Statement)> {
    let Keys { root, issuing, hoa, binh } = keys();
    let member = |id, name: &str, memberships| Member { id, name: name.into(), memberships };
    let unit = |unit_id: &str, parent: Option<&str>, level: &str, to_ms, successors: &[&str]| UnitEntry {
        id: id(unit_id),
        parent: parent.map(id),
        code: unit_id.to_uppercase(),
        name: format!("Đơn vị {unit_id}"),
        level: level.into(),
        valid_from_ms: if parent.is_some() { 1_072_890_000_000 } else { 0 },
        valid_to_ms: to_ms,
        successors: successors.iter().map(|unit| id(unit)).collect(),
    };
    let key = IssuingKey { key: issuing.public(), from_ms: ISSUED_MS, to_ms: ISSUED_MS + 94_608_000_000 };
    let of = |key: &KeyPair, member| Statement::Certificate(Certificate { key: key.public(), member });
    let units = vec![
        unit("77", None, "province", None, &[]),
        unit("26572", Some("77"), "commune", Some(1_751_302_800_000), &["26560"]),
        unit("26560", Some("77"), "commune", None, &[]),
    ];
    let whole = vec![
        member(HOA, "Nguyễn Thị Hòa", vec![membership("officer", None)]),
        member(BINH, "Trần Văn Bình", vec![membership("officer", None), membership("administrator", None)]),
    ];
    let ended = vec![member(BINH, "Trần Văn Bình", vec![membership("officer", Some(CREATED_MS))])];
    let revoked = |reason, wipe| Revocation { subject: binh.device().0, at_ms: CREATED_MS, reason, wipe };
    let recovery = RecoveryKey { key: SealingKey::from_seed([5; 32]).public() };
    let mut said = vec![
        ("issuing_key", root.clone(), Statement::IssuingKey(key)),
        ("recovery_key", root, Statement::RecoveryKey(recovery)),
    ];
    let issued = [
        ("certificate_hoa", of(&hoa, HOA)),
        ("certificate_binh", of(&binh, BINH)),
        ("catalogue", Statement::Catalogue(Catalogue { version: 1, campaign: CAMPAIGN.into(), units })),
        ("directory", Statement::Directory(Directory { version: 1, members: whole, base: None })),
        ("directory_step", Statement::Directory(Directory { version: 2, members: ended, base: Some(1) })),
        ("revocation_left", Statement::Revocation(revoked(RevocationReason::Left, false))),
        ("revocation_lost", Statement::Revocation(revoked(RevocationReason::Lost, true))),
        (
            "erasure",
            Statement::Erasure(Erasure {
                record: RecordId([7; 16]), at_ms: CREATED_MS, reason: "Theo yêu cầu".into()
            }),
        ),
        ("reset", Statement::Reset(Reset { device: hoa.device(), sealed: vec![9; 48] })),
    ];
    said.extend(issued.map(|(name, statement)| (name, keys().issuing, statement)));
    said
}

/// The signed bytes of a statement of the samples' campaign.
pub(super) fn signed(key: &KeyPair, statement: &Statement) -> Vec<u8> {
    SignedStatement::sign(root(), key, ISSUED_MS, statement)
}

/// The signed bytes of the statement with this name.
pub(super) fn statement(name: &str) -> Vec<u8> {
    let said = said().into_iter().find(|(found, _, _)| *found == name);
    said.map(|(_, key, statement)| SignedStatement::sign(root(), &key, ISSUED_MS, &statement)).unwrap_or_default()
}

pub(super) fn statements() -> Value {
    let statements: Vec<Value> = said()
        .into_iter()
        .map(|(name, key, statement)| {
            let bytes = SignedStatement::sign(root(), &key, ISSUED_MS, &statement);
            json!({
                "name": name,
                "signer": key.authority(),
                "issued_ms": ISSUED_MS,
                "id": hex::encode(Sha256::digest(&bytes)),
                "bytes": hex::encode(&bytes),
                "says": says(&statement),
            })
        })
        .collect();
    json!({ "root": root(), "statements": statements })
}

fn says(statement: &Statement) -> Value {
    match statement {
        Statement::IssuingKey(s) => {
            json!({ "kind": 0, "key": hex::encode(s.key), "from_ms": s.from_ms, "to_ms": s.to_ms })
        }
        Statement::Certificate(s) => json!({
            "kind": 1, "key": hex::encode(s.key), "member": s.member, "device": s.device(),
        }),
        Statement::Revocation(s) => json!({
            "kind": 2, "subject": hex::encode(s.subject), "at_ms": s.at_ms, "reason": s.reason.word(), "wipe": s.wipe,
        }),
        Statement::Directory(s) => json!({
            "kind": 3, "version": s.version, "base": s.base,
            "members": s.members.iter().map(|member| json!({
                "id": member.id, "name": member.name,
                "memberships": member.memberships.iter().map(|m| json!({
                    "unit": m.unit, "role": m.role, "from_ms": m.from_ms, "to_ms": m.to_ms,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }),
        Statement::Catalogue(s) => json!({
            "kind": 4, "version": s.version, "campaign_sha256": hex::encode(Sha256::digest(&s.campaign)),
            "units": s.units.iter().map(|unit| json!({
                "id": unit.id, "parent": unit.parent, "code": unit.code, "name": unit.name, "level": unit.level,
                "valid_from_ms": unit.valid_from_ms, "valid_to_ms": unit.valid_to_ms, "successors": unit.successors,
            })).collect::<Vec<_>>(),
        }),
        Statement::Erasure(s) => json!({ "kind": 5, "record": s.record, "at_ms": s.at_ms, "reason": s.reason }),
        Statement::RecoveryKey(s) => json!({ "kind": 7, "key": hex::encode(s.key) }),
        Statement::Reset(s) => json!({ "kind": 6, "device": s.device, "sealed": hex::encode(&s.sealed) }),
        _ => Value::Null,
    }
}

pub(super) fn messages(history: &History) -> Value {
    let hoa = keys().hoa;
    let nonce = Nonce { nonce: (0..32).collect::<Vec<u8>>().into() };
    let certificate = statement("certificate_hoa");
    let join = JoinRequest::new(root(), INVITE, &hoa, "Điện thoại của Hòa");
    let join_answer = JoinAnswer {
        certificate: certificate.clone().into(),
        root_key: keys().root.public().to_vec().into(),
        issuing_keys: vec![statement("issuing_key").into()],
    };
    let session = SessionRequest::new(root(), HUB, &nonce.nonce, &hoa, &certificate);
    let answer = SessionAnswer { token: "c2FtcGxl".into(), expires_ms: CREATED_MS + 86_400_000 };
    let (first, second) = (&history.steps[0], &history.steps[1]);
    let record = history.id();
    let request = SyncRequest {
        version: 1,
        cursor: Some(b"opaque".to_vec().into()),
        changes: vec![first.signed.clone().into(), second.signed.clone().into()],
        bytes_max: 262_144,
        catalogue: 1,
        directory: 2,
        units: Some(vec![id("26572"), id("26560")]),
        statements: vec![statement("issuing_key").into(), statement("certificate_binh").into()],
    };
    let empty = SyncRequest {
        version: 1,
        cursor: None,
        changes: Vec::new(),
        bytes_max: 262_144,
        catalogue: 0,
        directory: 0,
        units: None,
        statements: Vec::new(),
    };
    let refused = |hash: ChangeHash, code: &str, detail: Option<&str>| Refused {
        record,
        hash,
        code: code.into(),
        detail: detail.map(Into::into),
    };
    let response = SyncResponse {
        version: 1,
        admitted: vec![Admitted {
            record,
            hash: first.change.hash,
            sequence: 41,
            received_ms: CREATED_MS + 5,
            is_final: true,
        }],
        refused: vec![
            refused(second.change.hash, "needs_approval", None),
            refused(history.steps[3].change.hash, "depends", Some(&second.change.hash.to_string())),
        ],
        changes: vec![FeedItem {
            change: history.steps[2].signed.clone().into(),
            received_ms: CREATED_MS + 4,
            sequence: 40,
            is_final: false,
        }],
        cursor: b"opaque too".to_vec().into(),
        more: true,
        statements: vec![statement("certificate_binh").into(), statement("erasure").into()],
        retracted: vec![RecordCode { record, hash: ChangeHash([5; 32]), code: "forbidden".into() }],
        hub_time_ms: CREATED_MS + 6,
        left_scope: vec![Pair { unit: id("26560"), form: Some(id("visit")) }, Pair { unit: id("77"), form: None }],
        statements_held: vec![Sha256::digest(statement("certificate_binh")).to_vec().into()],
        epoch: 3,
    };
    let problem =
        Problem { code: "epoch_changed".into(), status: 409, detail: "the hub was restored".into(), epoch: Some(3) };
    json!({
        "root": root(),
        "hub": HUB,
        "join_request": hex::encode(join.to_bytes()),
        "join_proof": hex::encode(dongbo_core::sync::join_proof(root(), INVITE)),
        "join_answer": hex::encode(join_answer.to_bytes()),
        "nonce": hex::encode(nonce.to_bytes()),
        "session_request": hex::encode(session.to_bytes()),
        "session_proof": hex::encode(dongbo_core::sync::session_proof(root(), HUB, &nonce.nonce)),
        "session_answer": hex::encode(answer.to_bytes()),
        "sync_request": hex::encode(request.to_bytes()),
        "sync_request_first": hex::encode(empty.to_bytes()),
        "sync_response": hex::encode(response.to_bytes()),
        "problem": problem,
    })
}

pub(super) fn invitation() -> Value {
    let invitation =
        |origin: &str| Invitation { origin: origin.into(), campaign: id("kh244"), code: INVITE.into(), root: root() };
    let samples: Vec<Value> = [HUB, "https://hub.example.vn:8443", "http://127.0.0.1:8080"]
        .iter()
        .map(|origin| {
            let i = invitation(origin);
            json!({ "link": i.link(), "hub": i.origin, "campaign": i.campaign, "code": i.code, "root": i.root })
        })
        .collect();
    let bad = [
        "https://hub.example.vn/join",
        "dongbo://join?hub=https%3A%2F%2Fhub.example.vn&campaign=kh244&root=00000000000000000000000000000000",
        "dongbo://join?hub=http%3A%2F%2Fhub.example.vn&campaign=kh244&code=a&root=00000000000000000000000000000000",
        "dongbo://join?hub=https%3A%2F%2Fhub.example.vn%2Fp&campaign=kh244&code=a&root=00000000000000000000000000000000",
        "dongbo://join?hub=https%3A%2F%2Fhub.example.vn&campaign=kh244&code=a&code=b&root=00000000000000000000000000000000",
    ];
    json!({ "invitations": samples, "refused": bad })
}

pub(super) fn bundle(history: &History) -> Value {
    let statements: Vec<Vec<u8>> =
        ["issuing_key", "certificate_hoa", "certificate_binh"].iter().map(|name| statement(name)).collect();
    let changes: Vec<&[u8]> = history.steps.iter().take(3).map(|step| &step.signed[..]).collect();
    let written = Bundle::write(root(), statements.iter().map(Vec::as_slice), changes.iter().copied());
    // An item of a kind that does not exist yet: readers skip it.
    let unknown = b"\x82\x64blob\x49a picture".to_vec();
    json!({
        "root": root(),
        "bytes": hex::encode([&written[..], &unknown].concat()),
        "kinds": ["statement", "statement", "statement", "change", "change", "change", BUNDLE_KINDS[2]],
        "changes": history.steps.iter().take(3).map(|step| step.change.hash).collect::<Vec<_>>(),
        "devices": [DeviceId::of(&keys().hoa.public()), DeviceId::of(&keys().binh.public())],
    })
}
