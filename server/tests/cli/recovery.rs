//! The recovery key at the command line: a forgotten PIN, a wiped device's bundle.

use std::{fs, os::unix::fs::PermissionsExt as _};

use dongbo_core::{
    AuthorityId, DeviceId,
    change::{Bundle, SealedBundle},
    outside::Entropy,
    seal::SealingKey,
    store::{DataKey, StoreError},
    vault::{KeyManager, KeyManagerError, PinCost, Vault},
};
use serde_json::{Value, json};

use super::{
    binary::{Bench, Served, keys, told},
    joined,
};

/// A key manager that keeps nothing back.
struct Open;

impl KeyManager for Open {
    fn wrap(&self, _: &str, key: &[u8]) -> Result<Vec<u8>, KeyManagerError> {
        Ok(key.to_vec())
    }

    fn unwrap(&self, _: &str, wrapped: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyManagerError> {
        Ok(wrapped.to_vec().into())
    }

    fn forget(&self, _: &str) -> Result<(), KeyManagerError> {
        Ok(())
    }
}

fn entropy() -> impl Entropy {
    let mut count = 0_u8;
    move |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            count = count.wrapping_mul(5).wrapping_add(1);
            count
        });
    }
}

fn seed(bench: &Bench, file: &str) -> [u8; 32] {
    hex::decode(fs::read_to_string(bench.path(file)).unwrap().trim()).unwrap().try_into().unwrap()
}

fn recovery(bench: &Bench, file: &str) -> SealingKey {
    SealingKey::from_seed(seed(bench, file))
}

fn public(answer: &Value) -> [u8; 32] {
    hex::decode(answer["recovery_key"].as_str().unwrap()).unwrap().try_into().unwrap()
}

fn kept(_: &[u8]) -> Result<(), StoreError> {
    Ok(())
}

/// A locked vault of the device that lies in `store`.
fn vault(bench: &Bench, store: &str, recovery_key: &[u8; 32]) -> Vault {
    let device: DeviceId = bench.device(store, &["status"])["device"].as_str().unwrap().parse().unwrap();
    let root = dongbo_core::identity::KeyPair::from_seed(seed(bench, "hub/root.key"));
    let key = DataKey::from_bytes([7; 32]);
    let mut vault =
        Vault::create("lan", &key, Some("thôn Đông"), PinCost::WEAK_FOR_TESTS, &Open, &mut entropy()).unwrap();
    vault.note_joined(&"kh244".parse().unwrap(), root.public(), device, &mut kept).unwrap();
    vault.escrow(&key, recovery_key, &mut entropy(), &mut kept).unwrap();
    vault
}

#[test]
fn a_forgotten_pin_is_answered_and_the_recovery_key_is_renewed() {
    let bench = Bench::new();
    bench.init();
    let file = fs::metadata(bench.path("hub/recovery.key")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let named = bench.json(&["keys"]);
    assert_eq!(public(&named), recovery(&bench, "hub/recovery.key").public());

    let served = Served::start(&bench);
    joined(&bench, "lan");
    let mut locked = vault(&bench, "lan", &public(&named));
    let request = locked.begin_reset(&Open, &mut entropy(), &mut kept).unwrap();
    fs::write(bench.path("request.txt"), format!("{}\n", request.link())).unwrap();
    let away = bench.at("away.key");
    fs::rename(bench.path("hub/recovery.key"), &away).unwrap();
    fs::write(bench.path("other.key"), "11".repeat(32)).unwrap();

    let head = bench.json(&["verify"])["entries"].clone();
    let device = request.device.to_string();
    let refuse = |request: &str, key: &str, says: &str| {
        let refused = bench.run(&["reset", "--data", &bench.data(), request, "--recovery-key", key]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(told(&refused).contains(says), "{says}: {}", told(&refused));
    };
    refuse("xin đặt lại mã PIN", &away, "no request for a reset");
    refuse("@nowhere.txt", &away, "nowhere.txt cannot be read");
    refuse(&request.link(), &bench.at("other.key"), "left its key with the recovery key");
    refuse(&request.link(), &bench.at("gone.key"), "--recovery-key");
    refuse(&request.link().replace(&device, &"9".repeat(32)), &away, "changed on its way");
    assert_eq!(bench.json(&["verify"])["entries"], head, "nothing was published");

    let answer = bench.json(&["reset", &format!("@{}", bench.at("request.txt")), "--recovery-key", &away]);
    assert_eq!(keys(&answer), ["answer", "device", "member", "name"]);
    assert_eq!((&answer["name"], &answer["device"]), (&json!("Lan"), &json!(device)));
    let mut random = entropy();
    let mut moment = dongbo_core::outside::Moment::new(0, &mut random);
    let text = answer["answer"].as_str().unwrap();
    let key = locked.finish_reset(text, Some("xã Hoà Long"), &Open, &mut moment, &mut kept).unwrap();
    assert_eq!(key.as_bytes(), &[7; 32]);
    let said = bench.run(&["reset", "--data", &bench.data(), &request.link(), "--recovery-key", &away]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("Lan") && said.contains("dongbo://unlock?"), "{said}");
    assert_eq!(bench.device("lan", &["sync"])["statements"], 2, "the member's device hears of both");

    bench.json(&["devices", "revoke", &device, "--reason", "lost"]);
    refuse(&request.link(), &away, "reported lost");

    // Renewed while it is served; the root key is read at the command line.
    let renewed = bench.json(&["keys", "recovery", "--out", &bench.at("new.key")]);
    assert_eq!(public(&renewed), recovery(&bench, "new.key").public());
    assert_ne!(public(&renewed), public(&named));
    let again = bench.run(&["keys", "--data", &bench.data(), "recovery", "--out", &bench.at("new.key")]);
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).contains("the one in use stays"), "{}", told(&again));
    served.stop();
    assert_eq!(public(&bench.json(&["keys"])), public(&renewed));
}

#[test]
fn a_sealed_bundle_is_opened() {
    let bench = Bench::new();
    fs::write(bench.path("recovery.key"), "42".repeat(32)).unwrap();
    fs::write(bench.path("other.key"), "11".repeat(32)).unwrap();
    let root = AuthorityId([1; 16]);
    let bundle = Bundle::write(root, [], [&b"one change"[..]]);
    let public = SealingKey::from_seed([0x42; 32]).public();
    fs::write(bench.path("sealed"), SealedBundle::write(root, &public, &bundle, &mut entropy()).unwrap()).unwrap();
    fs::write(bench.path("nonsense"), "không phải gói").unwrap();
    let unseal = |file: &str, key: &str, out: &str| {
        bench.run(&["unseal", &bench.at(file), "--recovery-key", &bench.at(key), "--out", &bench.at(out)])
    };
    for (file, key, says) in [
        ("nonsense", "recovery.key", "no sealed bundle"),
        ("sealed", "other.key", "sealed to the recovery key"),
        ("sealed", "nonsense", "holds no key"),
        ("gone", "recovery.key", "cannot be read"),
    ] {
        let refused = unseal(file, key, "bundle");
        assert_eq!(refused.status.code(), Some(1));
        assert!(told(&refused).contains(says), "{says}: {}", told(&refused));
        assert!(!bench.path("bundle").exists());
    }
    assert_eq!(unseal("sealed", "recovery.key", "bundle").status.code(), Some(0));
    assert_eq!(fs::read(bench.path("bundle")).unwrap(), bundle);
    assert_eq!(unseal("sealed", "recovery.key", "bundle").status.code(), Some(1), "no file is written over");
}
