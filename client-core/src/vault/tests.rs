use std::cell::{Cell, RefCell};

use super::*;
use crate::{
    MemberId,
    change::Bundle,
    identity::{Certificate, IssuingKey, KeyPair, Reset, SignedStatement, Statement},
    seal::SealingKey,
};

const PIN: &str = "Hòa Long 1";
const NEW_PIN: &str = "thôn Đông 2";
/// 24 November 2026.
const NOW: i64 = 1_795_500_000_000;
const IN_2099: i64 = 4_070_908_800_000;

/// A key manager whose wrapping is a mark and the alias; it can fail.
#[derive(Default)]
struct Phone {
    failure: RefCell<Option<KeyManagerError>>,
    unwrapped: Cell<u32>,
}

impl Phone {
    fn answers(&self) -> Result<(), KeyManagerError> {
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }
}

impl KeyManager for Phone {
    fn wrap(&self, alias: &str, key: &[u8]) -> Result<Vec<u8>, KeyManagerError> {
        let masked = key.iter().map(|byte| byte ^ 0x5a).collect::<Vec<_>>();
        self.answers().map(|()| [alias.as_bytes(), &masked].concat())
    }

    fn unwrap(&self, alias: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyManagerError> {
        self.answers()?;
        self.unwrapped.set(self.unwrapped.get() + 1);
        let masked = wrapped.strip_prefix(alias.as_bytes()).ok_or(KeyManagerError::Gone("another alias".into()))?;
        Ok(Zeroizing::new(masked.iter().map(|byte| byte ^ 0x5a).collect()))
    }

    fn forget(&self, _: &str) -> Result<(), KeyManagerError> {
        *self.failure.borrow_mut() = Some(KeyManagerError::Gone("forgotten".into()));
        Ok(())
    }
}

/// The file a vault lies in, which can fail to be written from some writing on.
#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    written: u32,
    fails_from: Option<u32>,
}

impl File {
    fn keep(&mut self) -> impl FnMut(&[u8]) -> Result<(), StoreError> {
        |bytes: &[u8]| {
            if self.fails_from.is_some_and(|from| self.written >= from) {
                return Err(StoreError::DiskFull);
            }
            self.written += 1;
            self.bytes = bytes.to_vec();
            Ok(())
        }
    }

    fn read(&self) -> Vault {
        Vault::from_bytes(&self.bytes).unwrap()
    }
}

fn entropy(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 40) as u8;
        }
    }
}

fn data_key() -> DataKey {
    DataKey::from_bytes([7; 32])
}

fn root() -> KeyPair {
    KeyPair::from_seed([1; 32])
}

fn recovery() -> SealingKey {
    SealingKey::from_seed([2; 32])
}

fn device() -> DeviceId {
    DeviceId([3; 16])
}

fn created(pin: Option<&str>) -> (Vault, File, Phone) {
    let phone = Phone::default();
    let vault = Vault::create("hoa", &data_key(), pin, PinCost::WEAK_FOR_TESTS, &phone, &mut entropy(1)).unwrap();
    let file = File { bytes: vault.to_bytes(), ..File::default() };
    (vault, file, phone)
}

/// A vault that has joined and left its key with the campaign.
fn joined(pin: Option<&str>) -> (Vault, File, Phone) {
    let (mut vault, mut file, phone) = created(pin);
    vault.note_joined(&"kh244".parse().unwrap(), root().public(), device(), &mut file.keep()).unwrap();
    assert!(vault.escrow(&data_key(), &recovery().public(), &mut entropy(2), &mut file.keep()).unwrap());
    (vault, file, phone)
}

fn unlock(vault: &mut Vault, pin: &str, now_ms: i64, phone: &Phone, file: &mut File) -> Result<(), VaultError> {
    let key = vault.unlock(Some(pin), phone, now_ms, &mut file.keep())?;
    assert_eq!(key.as_bytes(), data_key().as_bytes());
    Ok(())
}

#[test]
fn a_vault_opens_with_its_pin_and_key_manager_together() {
    let (mut vault, mut file, phone) = created(Some(PIN));
    assert!(vault.needs_pin());
    assert_eq!(vault.unlock(None, &phone, NOW, &mut file.keep()).err(), Some(VaultError::PinNeeded));
    unlock(&mut vault, PIN, NOW, &phone, &mut file).unwrap();
    // The same PIN as another keyboard composes it.
    unlock(&mut file.read(), "Ho\u{300}a Long 1", NOW, &phone, &mut file).unwrap();
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert!(!text.contains(PIN) && !format!("{vault:?}").contains(PIN), "{text}");

    let (mut open, mut file, phone) = created(None);
    assert!(!open.needs_pin());
    assert!(open.unlock(None, &phone, NOW, &mut file.keep()).is_ok());
    open.forget(&phone).unwrap();
    let gone = file.read().unlock(None, &phone, NOW, &mut file.keep()).err().unwrap();
    assert_eq!(gone.code(), "key_gone");
}

#[test]
fn five_tries_are_free_then_waiting_grows_and_survives_restarts() {
    let (_, mut file, phone) = created(Some(PIN));
    let mut now_ms = NOW;
    let expect = [(4, 0), (3, 0), (2, 0), (1, 0), (0, 30_000), (0, 60_000), (0, 300_000), (0, 900_000), (0, 3_600_000)];
    for (tries_left_before_wait, wait_ms) in expect {
        let wrong = unlock(&mut file.read(), "nhầm rồi", now_ms, &phone, &mut file);
        assert_eq!(wrong, Err(VaultError::WrongPin { tries_left_before_wait, wait_ms }));
        if wait_ms > 0 {
            let early = now_ms + wait_ms as i64 - 1;
            let (unwrapped, before) = (phone.unwrapped.get(), file.bytes.clone());
            let refused = unlock(&mut file.read(), PIN, early, &phone, &mut file);
            assert_eq!(refused, Err(VaultError::PinWait { wait_ms: 1 }), "even the right one");
            assert_eq!((phone.unwrapped.get(), &file.bytes), (unwrapped, &before), "nothing was tried or counted");
        }
        now_ms += wait_ms as i64;
    }
    unlock(&mut file.read(), PIN, now_ms, &phone, &mut file).unwrap();
    let wrong = unlock(&mut file.read(), "nhầm rồi", now_ms, &phone, &mut file);
    assert_eq!(wrong, Err(VaultError::WrongPin { tries_left_before_wait: 4, wait_ms: 0 }), "it starts anew");
}

#[test]
fn a_clock_that_jumps_locks_nobody_out_for_longer_than_the_delay() {
    for (tried_at, now_ms) in [(NOW, 0), (IN_2099, NOW)] {
        let (mut vault, mut file, phone) = created(Some(PIN));
        for _ in 0..5 {
            unlock(&mut vault, "nhầm rồi", tried_at, &phone, &mut file).unwrap_err();
        }
        let waits = |wait_ms| Err(VaultError::PinWait { wait_ms });
        assert_eq!(unlock(&mut file.read(), PIN, now_ms, &phone, &mut file), waits(30_000));
        assert_eq!(unlock(&mut file.read(), PIN, now_ms + 29_000, &phone, &mut file), waits(1_000));
        unlock(&mut file.read(), PIN, now_ms + 30_000, &phone, &mut file).unwrap();
    }
}

#[test]
fn a_try_counts_before_it_is_made_and_a_full_disk_gives_no_free_one() {
    let (mut vault, mut file, phone) = created(Some(PIN));
    file.fails_from = Some(0);
    for pin in ["nhầm rồi", PIN] {
        assert_eq!(unlock(&mut vault, pin, NOW, &phone, &mut file), Err(StoreError::DiskFull.into()));
    }
    // Killed right after the count was kept: it is there.
    file.fails_from = Some(1);
    unlock(&mut vault, PIN, NOW, &phone, &mut file).unwrap();
    file.fails_from = None;
    let wrong = unlock(&mut file.read(), "nhầm rồi", NOW, &phone, &mut file);
    assert_eq!(wrong, Err(VaultError::WrongPin { tries_left_before_wait: 3, wait_ms: 0 }));
}

#[test]
fn a_key_manager_that_fails_counts_no_try_and_may_work_later() {
    let (mut vault, mut file, phone) = created(Some(PIN));
    *phone.failure.borrow_mut() = Some(KeyManagerError::Unavailable("khóa màn hình".into()));
    let before = file.bytes.clone();
    for _ in 0..20 {
        let error = unlock(&mut vault, PIN, NOW, &phone, &mut file).unwrap_err();
        assert!(matches!(&error, VaultError::KeyManager(error) if error.is_retryable()), "{error}");
        assert_eq!(error.code(), "key_manager");
    }
    assert_eq!(file.bytes, before);
    *phone.failure.borrow_mut() = None;
    unlock(&mut vault, PIN, NOW, &phone, &mut file).unwrap();
}

#[test]
fn pins_are_set_changed_and_removed() {
    let (mut vault, mut file, phone) = created(None);
    let mut random = entropy(3);
    let mut moment = Moment::new(NOW, &mut random);
    let stranger = DataKey::from_bytes([8; 32]);
    let refused = vault.set_pin(&stranger, PIN, &phone, &mut moment, &mut file.keep()).unwrap_err();
    assert_eq!(refused.code(), "vault_corrupt", "another store's key sets no PIN");
    for (pin, says) in [("123", "at least 4"), ("", "at least 4"), (&*"ộ".repeat(65), "at most 64")] {
        let error = vault.set_pin(&data_key(), pin, &phone, &mut moment, &mut file.keep()).unwrap_err();
        assert_eq!(error.code(), "invalid_pin");
        assert!(error.to_string().contains(says), "{error}");
    }
    vault.set_pin(&data_key(), PIN, &phone, &mut moment, &mut file.keep()).unwrap();
    unlock(&mut file.read(), PIN, NOW, &phone, &mut file).unwrap();

    let wrong = vault.change_pin("nhầm rồi", NEW_PIN, &phone, &mut moment, &mut file.keep()).unwrap_err();
    assert_eq!(wrong.code(), "wrong_pin");
    assert_eq!(vault.change_pin(PIN, "1", &phone, &mut moment, &mut file.keep()).unwrap_err().code(), "invalid_pin");
    vault.change_pin(PIN, NEW_PIN, &phone, &mut moment, &mut file.keep()).unwrap();
    unlock(&mut file.read(), PIN, NOW, &phone, &mut file).unwrap_err();
    unlock(&mut file.read(), NEW_PIN, NOW, &phone, &mut file).unwrap();

    vault.remove_pin(&data_key(), &phone, &mut moment, &mut file.keep()).unwrap();
    assert!(file.read().unlock(None, &phone, NOW, &mut file.keep()).is_ok());
}

/// Whatever is cut or failing while a PIN is changed, one of the two opens it.
#[test]
fn a_kill_while_a_pin_is_changed_leaves_one_that_opens() {
    for writes in 0..4 {
        let (mut vault, mut file, phone) = created(Some(PIN));
        file.fails_from = Some(writes);
        let changed = vault.change_pin(PIN, NEW_PIN, &phone, &mut Moment::new(NOW, &mut entropy(3)), &mut file.keep());
        file.fails_from = None;
        let pin = if changed.is_ok() { NEW_PIN } else { PIN };
        assert_eq!(changed.is_ok(), writes == 3, "counted, counted off, written");
        unlock(&mut file.read(), pin, NOW, &phone, &mut file).unwrap();
        unlock(&mut vault, pin, NOW, &phone, &mut file).unwrap();
    }
}

#[test]
fn half_written_foreign_and_newer_vaults_are_told_apart() {
    let (vault, file, _) = joined(Some(PIN));
    assert_eq!(file.read(), vault);
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    let code = |bytes: &[u8]| Vault::from_bytes(bytes).err().map(|error| error.code());
    for length in 0..file.bytes.len() {
        assert_eq!(code(&file.bytes[..length]), Some("vault_corrupt"), "cut at {length}");
    }
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} in {text}");
        text.replace(from, to)
    };
    for (bytes, expect) in [
        (with(r#""format":1"#, r#""format":2"#), "vault_newer"),
        (r#"{"format":99,"anything":[]}"#.to_owned(), "vault_newer"),
        (r#"{"format":1}"#.to_owned(), "vault_corrupt"),
        ("[]".to_owned(), "vault_corrupt"),
        ("null".to_owned(), "vault_corrupt"),
        ("không phải két".to_owned(), "vault_corrupt"),
        (with(r#""memory_kib":8"#, r#""memory_kib":4294967295"#), "vault_corrupt"),
        (with(r#""memory_kib":8"#, r#""memory_kib":-1"#), "vault_corrupt"),
        (with(&root().authority().to_string(), &"0".repeat(32)), "vault_corrupt"),
        (" ".repeat(1 << 20), "vault_corrupt"),
    ] {
        assert_eq!(code(bytes.as_bytes()), Some(expect), "{bytes}");
    }
    let mut noise = entropy(9);
    for length in 0..200 {
        let mut bytes = vec![0; length];
        noise(&mut bytes);
        assert_eq!(code(&bytes), Some("vault_corrupt"));
    }
    // Damage inside is found when it opens, and the store's key does not come out wrong.
    for at in (0..file.bytes.len()).step_by(3) {
        let mut bytes = file.bytes.clone();
        bytes[at] ^= 1;
        if let Ok(mut vault) = Vault::from_bytes(&bytes) {
            let _ = vault.unlock(Some(PIN), &Phone::default(), NOW, &mut File::default().keep()).map(|key| {
                assert_eq!(key.as_bytes(), data_key().as_bytes(), "byte {at}");
            });
        }
    }
}

#[test]
fn a_vault_belongs_to_one_device_and_is_escrowed_once_for_a_key() {
    let (mut vault, mut file, _) = created(None);
    let early = vault.escrow(&data_key(), &recovery().public(), &mut entropy(2), &mut file.keep());
    assert_eq!(early.unwrap_err().code(), "not_recoverable");
    let (mut vault, mut file, phone) = joined(None);
    assert!(vault.is_recoverable());
    let campaign = "kh244".parse().unwrap();
    vault.note_joined(&campaign, root().public(), device(), &mut file.keep()).unwrap();
    let other = vault.note_joined(&campaign, root().public(), DeviceId([4; 16]), &mut file.keep());
    assert_eq!(other.unwrap_err().code(), "other_device");
    let written = file.written;
    assert!(!vault.escrow(&data_key(), &recovery().public(), &mut entropy(4), &mut file.keep()).unwrap());
    assert_eq!(file.written, written, "it was there already");
    let renewed = SealingKey::from_seed([5; 32]);
    assert!(vault.escrow(&data_key(), &renewed.public(), &mut entropy(4), &mut file.keep()).unwrap());
    let request = vault.begin_reset(&phone, &mut entropy(5), &mut file.keep()).unwrap();
    assert_eq!(request.recovery_key, renewed.public());
    let small = vault.escrow(&data_key(), &[0; 32], &mut entropy(4), &mut file.keep());
    assert_eq!(small.unwrap_err().code(), "not_recoverable");
    let stranger = DataKey::from_bytes([8; 32]);
    vault.escrow(&stranger, &[9; 32], &mut entropy(4), &mut file.keep()).unwrap_err();
}

/// What the hub and the administrator do with a request.
struct Office {
    root: KeyPair,
    issuing: KeyPair,
}

impl Office {
    fn new(root: KeyPair) -> Self {
        Self { root, issuing: KeyPair::from_seed([6; 32]) }
    }

    fn issuing_key(&self) -> Vec<u8> {
        let key = IssuingKey { key: self.issuing.public(), from_ms: 0, to_ms: NOW + 1 };
        SignedStatement::sign(self.root.authority(), &self.root, 0, &Statement::IssuingKey(key))
    }

    fn signed(&self, statement: &Statement) -> String {
        let bytes = SignedStatement::sign(self.root.authority(), &self.issuing, NOW, statement);
        ResetAnswer::new(self.root.authority(), [&self.issuing_key()[..]], &bytes).link()
    }

    fn answer(&self, request: &ResetRequest) -> String {
        let sealed = request.sealed_for_device(&recovery(), &mut entropy(7)).unwrap();
        self.signed(&Statement::Reset(Reset { device: request.device, sealed }))
    }
}

fn finish(vault: &mut Vault, answer: &str, phone: &Phone, file: &mut File) -> Result<DataKey, VaultError> {
    vault.finish_reset(answer, Some(NEW_PIN), phone, &mut Moment::new(NOW, &mut entropy(8)), &mut file.keep())
}

#[test]
fn a_forgotten_pin_is_reset_by_the_campaign() {
    let (_, mut file, phone) = joined(Some(PIN));
    for _ in 0..9 {
        let _ = unlock(&mut file.read(), "quên mất", IN_2099, &phone, &mut file);
    }
    let request = file.read().begin_reset(&phone, &mut entropy(5), &mut file.keep()).unwrap();
    // Asked again after a restart, with other randomness: an answer to the first still counts.
    assert_eq!(file.read().begin_reset(&phone, &mut entropy(6), &mut file.keep()).unwrap(), request);
    let carried = ResetRequest::parse(&request.link()).unwrap();
    let answer = Office::new(root()).answer(&carried);
    assert!(answer.len() < 1_200, "a QR code that a phone's camera reads: {}", answer.len());

    // The PIN still opens it meanwhile, if it comes back to mind.
    unlock(&mut file.read(), PIN, IN_2099 + 3_600_000, &phone, &mut file).unwrap();
    let mut vault = file.read();
    let key = finish(&mut vault, &answer, &phone, &mut file).unwrap();
    assert_eq!(key.as_bytes(), data_key().as_bytes());
    unlock(&mut file.read(), NEW_PIN, NOW, &phone, &mut file).unwrap();
    unlock(&mut file.read(), PIN, NOW, &phone, &mut file).unwrap_err();

    let replayed = finish(&mut vault, &answer, &phone, &mut file).unwrap_err();
    assert!(replayed.to_string().contains("no reset was asked for"), "{replayed}");
    vault.begin_reset(&phone, &mut entropy(9), &mut file.keep()).unwrap();
    let replayed = finish(&mut vault, &answer, &phone, &mut file).unwrap_err();
    assert!(replayed.to_string().contains("another request"), "{replayed}");
}

#[test]
fn a_key_manager_that_lost_its_key_loses_nothing() {
    let (vault, mut file, _) = joined(None);
    // Put back from a backup onto another phone: its key manager unwraps nothing of the first.
    let moved = Phone::default();
    let mut broken = Vault { state: State { protected: Bytes(b"of another phone".to_vec()), ..vault.state } };
    let gone = broken.unlock(None, &moved, NOW, &mut file.keep()).err().unwrap();
    assert_eq!(gone.code(), "key_gone");
    let request = broken.begin_reset(&moved, &mut entropy(5), &mut file.keep()).unwrap();
    let answer = Office::new(root()).answer(&request);
    broken.finish_reset(&answer, None, &moved, &mut Moment::new(NOW, &mut entropy(8)), &mut file.keep()).unwrap();
    assert!(file.read().unlock(None, &moved, NOW, &mut file.keep()).is_ok());
}

#[test]
fn answers_that_do_not_count_change_nothing() {
    let (mut vault, mut file, phone) = joined(Some(PIN));
    let request = vault.begin_reset(&phone, &mut entropy(5), &mut file.keep()).unwrap();
    let office = Office::new(root());
    let good = office.answer(&request);
    let sealed = request.sealed_for_device(&recovery(), &mut entropy(7)).unwrap();
    let reset = |device, sealed: &[u8]| Statement::Reset(Reset { device, sealed: sealed.to_vec() });
    let root = root();
    let bundled = |statements: &[&[u8]]| {
        ResetAnswer { bundle: Bundle::write(root.authority(), statements.iter().copied(), []) }.link()
    };
    let unsigned_by_us = SignedStatement::sign(root.authority(), &office.issuing, NOW, &reset(device(), &sealed));
    let late = SignedStatement::sign(root.authority(), &office.issuing, NOW + 1, &reset(device(), &sealed));
    let mut forged = unsigned_by_us.clone();
    *forged.last_mut().unwrap() ^= 1;
    let mut cut = ResetAnswer::parse(&good).unwrap();
    cut.bundle.truncate(cut.bundle.len() - 30);
    let other_request = ResetRequest { key: SealingKey::from_seed([9; 32]).public(), ..request.clone() };
    let other_key =
        seal::seal(&request.key, "reset", &reset::context(root.authority(), device()), &[8; 32], &mut entropy(1));
    for (answer, says) in [
        (String::new(), "dongbo://unlock?"),
        ("Tổ công nghệ số cộng đồng".to_owned(), "dongbo://unlock?"),
        (request.link(), "dongbo://unlock?"),
        ("dongbo://unlock?bundle=AAAA".to_owned(), "no bundle"),
        (cut.link(), "ends inside item 2"),
        (Office::new(KeyPair::from_seed([11; 32])).answer(&request), "another campaign"),
        (bundled(&[&unsigned_by_us]), "neither the root nor an issuing key"),
        (bundled(&[&office.issuing_key(), &forged]), "does not hold"),
        (bundled(&[&office.issuing_key(), &late]), "outside the time"),
        (bundled(&[&office.issuing_key()]), "no reset in it"),
        (office.signed(&reset(DeviceId([4; 16]), &sealed)), "another device"),
        (office.signed(&reset(device(), b"\0rac")), "no sealed bytes"),
        (office.signed(&reset(device(), &other_key.unwrap())), "not this store's"),
        (office.answer(&other_request), "another request"),
        (
            office.signed(&Statement::Certificate(Certificate { key: [2; 32], member: MemberId([3; 16]) })),
            "no reset in it",
        ),
    ] {
        let before = (vault.clone(), file.bytes.clone());
        let error = finish(&mut vault, &answer, &phone, &mut file).unwrap_err();
        assert_eq!(error.code(), "reset_refused", "{answer}");
        assert!(error.to_string().contains(says), "{says}: {error}");
        assert_eq!((vault.clone(), file.bytes.clone()), before, "{says}");
    }
    // Neither does a good one with a bad PIN, a key manager that is busy, or a full disk.
    let no_pin = vault.finish_reset(&good, Some("1"), &phone, &mut Moment::new(NOW, &mut entropy(8)), &mut file.keep());
    assert_eq!(no_pin.err().unwrap().code(), "invalid_pin");
    *phone.failure.borrow_mut() = Some(KeyManagerError::Unavailable("bận".into()));
    assert_eq!(finish(&mut vault, &good, &phone, &mut file).err().unwrap().code(), "key_manager");
    *phone.failure.borrow_mut() = None;
    file.fails_from = Some(file.written);
    assert_eq!(finish(&mut vault, &good, &phone, &mut file).err().unwrap().code(), "disk_full");
    file.fails_from = None;
    assert_eq!(file.read(), vault);
    finish(&mut vault, &good, &phone, &mut file).unwrap();
}

#[test]
fn what_was_never_escrowed_and_what_was_cancelled_is_not_reset() {
    let (mut vault, mut file, phone) = created(Some(PIN));
    let none = vault.begin_reset(&phone, &mut entropy(5), &mut file.keep()).unwrap_err();
    assert_eq!(none.code(), "not_recoverable");
    let (mut vault, mut file, phone) = joined(Some(PIN));
    file.fails_from = Some(file.written);
    assert_eq!(vault.begin_reset(&phone, &mut entropy(5), &mut file.keep()).unwrap_err().code(), "disk_full");
    assert_eq!(file.read(), vault);
    file.fails_from = None;
    let first = vault.begin_reset(&phone, &mut entropy(5), &mut file.keep()).unwrap();
    let answer = Office::new(root()).answer(&first);
    vault.cancel_reset(&mut file.keep()).unwrap();
    let second = vault.begin_reset(&phone, &mut entropy(6), &mut file.keep()).unwrap();
    assert_ne!(first.key, second.key);
    finish(&mut vault, &answer, &phone, &mut file).unwrap_err();
    unlock(&mut vault, PIN, NOW, &phone, &mut file).unwrap();
}
