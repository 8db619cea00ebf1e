#!/usr/bin/env python3
"""Checks the golden samples from docs/protocol.md alone, sharing no code with the Rust implementation.

    pip install cbor2 cryptography
    python3 tests/golden/check.py

Every line names what was checked; the first thing that does not hold ends the run with an AssertionError.
"""

import base64
import hashlib
import hmac
import io
import json
import pathlib
import re
import unicodedata
import urllib.parse
import uuid

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

HERE = pathlib.Path(__file__).parent


def load(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def sha256(data):
    return hashlib.sha256(data).digest()


def said(line):
    print("ok  ", line)


# --- keys and identifiers (section 1) ---

KEYS = load("keys.json")
PUBLIC = {}
for name, key in KEYS.items():
    secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed"]))
    public = secret.public_key().public_bytes_raw()
    assert public.hex() == key["public"] and sha256(public)[:16].hex() == key["id"]
    PUBLIC[sha256(public)[:16]] = public
ROOT = bytes.fromhex(KEYS["root"]["id"])
said(f"{len(KEYS)} keys: public keys and ids from their seeds")


def derive_record(device, unit, form, created_ms, salt):
    hashed = b"dongbo/record/1\0" + device + unit.encode() + b"\0" + form.encode() + b"\0"
    hashed += created_ms.to_bytes(8, "big", signed=True) + salt
    bits = int.from_bytes(sha256(hashed), "big") >> (256 - 74)
    time = created_ms & (1 << 48) - 1
    value = time << 80 | 8 << 76 | (bits >> 62) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    return hashed, value.to_bytes(16, "big")


vectors = load("record-ids.json")["vectors"]
for v in vectors:
    made = derive_record(bytes.fromhex(v["device"]), v["unit"], v["form"], v["created_ms"], bytes.fromhex(v["salt"]))
    assert made[0].hex() == v["hashed"] and sha256(made[0]).hex() == v["sha256"]
    assert str(uuid.UUID(bytes=made[1])) == v["record"] and uuid.UUID(v["record"]).version == 8
said(f"{len(vectors)} record ids derived")


# --- envelopes (section 2) ---

def open_envelope(data, kind, public_key=None):
    """[signer id, payload] of a COSE_Sign1 whose signature holds."""
    assert data[:7] == bytes.fromhex("8455a201270450"), "untagged array of 4; protected header {1: -8, 4: 16 bytes}"
    protected, unprotected, payload, signature = cbor2.loads(data)
    assert unprotected == {} and len(signature) == 64
    signer = protected[5:]
    external_aad = kind.encode() + b"\0" + ROOT
    to_sign = cbor2.dumps(["Signature1", protected, external_aad, payload])
    Ed25519PublicKey.from_public_bytes(public_key or PUBLIC[signer]).verify(signature, to_sign)
    for key in KEYS.values():
        if key["id"] == signer.hex():
            again = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed"])).sign(to_sign)
            assert cbor2.dumps([protected, {}, payload, again]) == data, "signed anew: the same bytes"
    return signer, payload


statements = load("statements.json")["statements"]
issuing = None
for s in statements:
    data = bytes.fromhex(s["bytes"])
    signer, payload = open_envelope(data, "dongbo/statement/1")
    content = cbor2.loads(payload)
    assert cbor2.dumps(content, canonical=True) == payload, "deterministic encoding"
    says, kind = s["says"], content[0]
    assert signer.hex() == s["signer"] and content[9] == s["issued_ms"] and sha256(data).hex() == s["id"]
    assert kind == says["kind"]
    if kind == 0:
        assert signer == ROOT
        issuing = sha256(content[1])[:16], range(content[2], content[3])
        assert (content[1].hex(), content[2], content[3]) == (says["key"], says["from_ms"], says["to_ms"])
        continue
    if kind == 7:
        assert signer == ROOT and content[1].hex() == says["key"] and list(content) == [0, 1, 9]
        continue
    assert signer == issuing[0] and content[9] in issuing[1], "the chain"
    if kind == 1:
        assert sha256(content[1])[:16].hex() == says["device"] and str(uuid.UUID(bytes=content[2])) == says["member"]
    elif kind == 2:
        found = content[1].hex(), content[2], content[3], content[4]
        assert found == (says["subject"], says["at_ms"], says["reason"], says["wipe"])
    elif kind == 3:
        members = [
            {
                "id": str(uuid.UUID(bytes=member)),
                "name": name,
                "memberships": [dict(zip(("unit", "role", "from_ms", "to_ms"), m)) for m in memberships],
            }
            for member, name, memberships in content[2]
        ]
        assert (content[1], members, content[3]) == (says["version"], says["members"], says["base"])
    elif kind == 4:
        keys = "id", "parent", "code", "name", "level", "valid_from_ms", "valid_to_ms", "successors"
        assert [dict(zip(keys, unit)) for unit in content[3]] == says["units"]
        assert sha256(content[2]).hex() == says["campaign_sha256"]
        assert content[2] == (HERE / "campaign.json").read_bytes()
    elif kind == 5:
        found = str(uuid.UUID(bytes=content[1])), content[2], content[3]
        assert found == (says["record"], says["at_ms"], says["reason"])
    elif kind == 6:
        assert (content[1].hex(), content[2].hex()) == (says["device"], says["sealed"])
said(f"{len(statements)} statements: signatures, chain, content")


# --- the change chunk (section 9) ---

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        assert self.at + count <= len(self.data), "it ends too early"
        self.at += count
        return self.data[self.at - count : self.at]

    def done(self):
        return self.at == len(self.data)

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                assert byte or shift == 7, "shortest form"
                return value

    def signed(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value - (1 << shift) if byte & 0x40 else value

    def prefixed(self):
        return self.take(self.unsigned())


def run_lengths(data, rows, read):
    reader, out = Reader(data), []
    while not reader.done():
        count = reader.signed()
        if count > 0:
            out += [read(reader)] * count
        elif count < 0:
            out += [read(reader) for _ in range(-count)]
        else:
            out += [None] * reader.unsigned()
    assert rows is None or len(out) <= rows
    return out if rows is None else out + [None] * (rows - len(out))


def deltas(data, rows):
    last, out = 0, []
    for delta in run_lengths(data, rows, Reader.signed):
        last += delta or 0
        out.append(None if delta is None else last)
    return out


def booleans(data, rows):
    reader, out, value = Reader(data), [], False
    while not reader.done():
        out += [value] * reader.unsigned()
        value = not value
    assert len(out) <= rows
    return out + [False] * (rows - len(out))


ACTIONS = {0: "make_map", 1: "put", 3: "delete", 4: "make_text"}
COLUMNS = {0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73}


def value(meta, raw):
    kind, reader = meta & 15, Reader(raw.take(meta >> 4))
    read = {
        0: lambda: None,
        1: lambda: False,
        2: lambda: True,
        4: lambda: {"int": reader.signed()},
        6: lambda: reader.take(meta >> 4).decode(),
        7: lambda: {"bytes": reader.take(meta >> 4).hex()},
        9: lambda: {"timestamp": reader.signed()},
    }[kind]()
    assert reader.done()
    return read


def read_chunk(chunk):
    assert chunk[:4] == bytes.fromhex("856f4a83") and chunk[8] == 1
    digest = sha256(chunk[8:])
    assert chunk[4:8] == digest[:4], "the checksum"
    outer = Reader(chunk[9:])
    body = Reader(outer.prefixed())
    assert outer.done()
    deps = [body.take(32).hex() for _ in range(body.unsigned())]
    actor, seq, start_op, time_s = body.prefixed(), body.unsigned(), body.unsigned(), body.signed()
    assert body.unsigned() == 0, "no message"
    others = [body.prefixed() for _ in range(body.unsigned())]
    assert others == sorted(set(others)) and actor not in others
    actors = [actor] + others
    layout = [(body.unsigned(), body.unsigned()) for _ in range(body.unsigned())]
    assert [c for c, _ in layout] == sorted({c for c, _ in layout}) and {c for c, _ in layout} <= COLUMNS
    column = dict.fromkeys(COLUMNS, b"") | {c: body.take(length) for c, length in layout}
    assert body.done(), "no extra bytes"

    actions = [ACTIONS[code] for code in run_lengths(column[0x42], None, Reader.unsigned)]
    rows = len(actions)
    numbers = {c: run_lengths(column[c], rows, Reader.unsigned) for c in (0x01, 0x02, 0x11, 0x56, 0x70)}
    key_counter, insert = deltas(column[0x13], rows), booleans(column[0x34], rows)
    key_text = run_lengths(column[0x15], rows, lambda r: r.prefixed().decode())
    total = sum(count or 0 for count in numbers[0x70])
    preds = zip(run_lengths(column[0x71], total, Reader.unsigned), deltas(column[0x73], total))
    raw = Reader(column[0x57])

    def op_id(index, counter):
        return f"{counter}@{actors[index].hex()}"

    ops = []
    for row in range(rows):
        at = numbers[0x01][row], numbers[0x02][row]
        if key_text[row] is not None:
            key = {"prop": key_text[row]}
        elif numbers[0x11][row] is None and key_counter[row] == 0:
            key = "head"
        else:
            key = {"element": op_id(numbers[0x11][row], key_counter[row])}
        ops.append(
            {
                "id": op_id(0, start_op + row),
                "object": "root" if at == (None, None) else op_id(*at),
                "key": key,
                "insert": insert[row],
                "action": actions[row],
                "value": value(numbers[0x56][row] or 0, raw),
                "pred": [op_id(*next(preds)) for _ in range(numbers[0x70][row] or 0)],
            }
        )
    assert raw.done()
    return {
        "hash": digest.hex(), "deps": deps, "actor": actor.hex(), "seq": seq, "start_op": start_op, "time_s": time_s,
        "ops": ops,
    }


# --- the record (section 8): a small reader of the operations ---

def lamport(op_id):
    counter, actor = op_id.split("@")
    return int(counter), actor


class Document:
    def __init__(self):
        self.visible, self.order, self.values, self.kinds = {}, {}, {}, {"root": "make_map"}

    def apply(self, change):
        for op in change["ops"]:
            if op["insert"]:
                after = None if op["key"] == "head" else op["key"]["element"]
                self.order.setdefault(op["object"], {}).setdefault(after, []).append(op["id"])
                place = op["object"], op["id"]
            else:
                place = op["object"], op["key"].get("prop") or op["key"].get("element")
            shown = [i for i in self.visible.get(place, []) if i not in op["pred"]]
            assert set(op["pred"]) <= set(self.values), "what is replaced exists"
            if op["action"] != "delete":
                shown.append(op["id"])
                self.values[op["id"]] = op["value"]
            if op["action"].startswith("make"):
                self.kinds[op["id"]] = op["action"]
            self.visible[place] = sorted(shown, key=lamport, reverse=True)

    def map(self, obj):
        return {key: ids for (owner, key), ids in self.visible.items() if owner == obj and ids}

    def text(self, obj):
        children, out, todo = self.order.get(obj, {}), [], [None]
        todo = sorted(children.get(None, []), key=lamport)
        while todo:
            element = todo.pop()
            out += [self.values[i] for i in self.visible.get((obj, element), [])]
            todo += sorted(children.get(element, []), key=lamport)
        return "".join(out)

    def scalar(self, op_id):
        v = self.values[op_id]
        return v if not isinstance(v, dict) else v.get("int", v.get("timestamp", v.get("bytes")))

    def united(self, ids):
        """Concurrent maps seen as one."""
        union = {}
        for i in (i for i in ids if self.kinds.get(i) == "make_map"):
            for key, found in self.map(i).items():
                union.setdefault(key, []).extend(found)
        return {key: sorted(found, key=lamport, reverse=True) for key, found in union.items()}

    def answers(self, fields, union):
        out = {}
        for field in fields:
            ids = union.get(field["id"], [])
            kind, found = field["kind"], None
            inner = self.united(ids)
            if kind == "paragraph":
                texts = [self.text(i) for i in ids if self.kinds.get(i) == "make_text"]
                found = next((unicodedata.normalize("NFC", t) for t in texts if t), None)
            elif kind == "counter":
                found = sum(self.scalar(i[0]) for i in inner.values()) if inner else None
            elif kind == "choices":
                found = sorted(code for code, i in inner.items() if self.scalar(i[0]) is True) or None
            elif kind == "attachments":
                found = [{"id": k, **{n: self.scalar(v[0]) for n, v in self.united(i).items()}} for k, i in inner.items()]
            elif kind == "group":
                items = []
                for key, i in inner.items():
                    parts = self.united(i)
                    if not any(self.scalar(mark) is True for mark in parts.get("removed", [])):
                        item = {"id": key, **self.answers(field["fields"], self.united(parts["fields"]))}
                        items.append((self.scalar(parts["position"][0]), key, item))
                found = [item for _, _, item in sorted(items, key=lambda item: item[:2])] or None
            elif ids:
                found = self.scalar(ids[0])
            if found is not None and found != []:
                out[field["id"]] = found
        return out

    def conflicts(self, fields, union):
        plain = [f["id"] for f in fields if f["kind"] not in ("paragraph", "counter", "choices", "group", "attachments")]
        shown = {f: list(dict.fromkeys(self.scalar(i) for i in union.get(f, []))) for f in plain}
        return {f: values for f, values in shown.items() if len(values) > 1}


FIELDS = load("campaign.json")["forms"][0]["fields"]
file, record = load("changes.json"), load("record.json")
document, known, last_op, sequence = Document(), {}, {}, {}
for sample in file["changes"]:
    signer, payload = open_envelope(bytes.fromhex(sample["bytes"]), "dongbo/change/1")
    record_id, chunk = cbor2.loads(payload)
    change = read_chunk(chunk)
    assert chunk.hex() == sample["chunk"] and change == sample["change"], sample["name"]
    assert signer.hex() == sample["signer"] and change["actor"].endswith(signer.hex())
    assert len(change["actor"]) in (32, 48) and str(uuid.UUID(bytes=record_id)) == file["record"]
    # Place: ancestors, sequence, first operation; no dependency is an ancestor of another.
    ancestors = set(change["deps"]).union(*(known[d] for d in change["deps"]))
    assert not any(d in known[e] for d in change["deps"] for e in change["deps"])
    assert change["seq"] == 1 + sum(sequence[a][0] == change["actor"] for a in ancestors)
    assert change["start_op"] == 1 + max((last_op[a] for a in ancestors), default=0)
    known[change["hash"]], sequence[change["hash"]] = ancestors, (change["actor"], change["seq"])
    last_op[change["hash"]] = change["start_op"] + len(change["ops"]) - 1
    document.apply(change)
    if not change["deps"]:
        top = {key: document.scalar(ids[0]) for key, ids in document.map("root").items()}
        assert set(top) == {"version", "unit", "form", "created", "salt", "answers", "meta"} and top["version"] == 1
        origin = signer, top["unit"], top["form"], top["created"], bytes.fromhex(top["salt"])
        assert derive_record(*origin)[1] == record_id and change["time_s"] == top["created"] // 1000
    if sample["name"] == "name_by_binh":
        union = document.united(document.map("root")["answers"])
        row = record["row_after_name_by_binh"]
        assert document.answers(FIELDS, union) == row["answers"]
        conflicts = {c["path"]: [candidate["value"] for candidate in c["candidates"]] for c in row["conflicts"]}
        assert document.conflicts(FIELDS, union) == conflicts and conflicts
said(f"{len(file['changes'])} changes: signatures, hashes, every operation, structure, the record's id")
said(f"the conflict is seen as {json.dumps(conflicts, ensure_ascii=False)}")

union = document.united(document.map("root")["answers"])
assert document.answers(FIELDS, union) == record["row"]["answers"]
assert document.conflicts(FIELDS, union) == {} and "conflicts" not in record["row"]
withdrawn = document.scalar(document.united(document.map("root")["meta"])["withdrawn"][0])
assert withdrawn == record["row"]["withdrawn"]
assert record["row"]["heads"] == sorted(h for h in known if not any(h in a for a in known.values()))
assert (HERE / "record.automerge").read_bytes()[:4] == bytes.fromhex("856f4a83")
said("the record read from its operations has the row's answers and heads")


# --- messages (sections 3 and 11) ---

M = load("messages.json")
raw = {name: bytes.fromhex(text) for name, text in M.items() if re.fullmatch("[0-9a-f]{20,}", str(text)) and name != "root"}
body = {name: cbor2.loads(data) for name, data in raw.items() if not name.endswith("_proof")}
for name in body:
    assert cbor2.dumps(body[name], canonical=True) == raw[name], f"{name}: deterministic encoding"

join, hoa = body["join_request"], Ed25519PublicKey.from_public_bytes(bytes.fromhex(KEYS["hoa"]["public"]))
proof = b"dongbo/join/1\0" + ROOT + join[0].encode()
assert proof == raw["join_proof"] and join[1].hex() == KEYS["hoa"]["public"] and sorted(join) == [0, 1, 2, 3]
hoa.verify(join[3], proof)
answer = body["join_answer"]
assert sha256(answer[1])[:16] == ROOT, "the root key is the invited one"
chain = {sha256(cbor2.loads(open_envelope(k, "dongbo/statement/1", answer[1])[1])[1])[:16] for k in answer[2]}
signer, payload = open_envelope(answer[0], "dongbo/statement/1")
assert signer in chain and cbor2.loads(payload)[1].hex() == KEYS["hoa"]["public"]
said("join: proof, root key, certificate chain")

session, nonce = body["session_request"], body["nonce"][0]
proof = b"dongbo/session/1\0" + ROOT + M["hub"].encode() + nonce
assert proof == raw["session_proof"] and len(nonce) == 32 and session[0] == answer[0] and session[1] == nonce
hoa.verify(session[2], proof)
assert isinstance(body["session_answer"][0], str) and isinstance(body["session_answer"][1], int)
said("session: nonce, proof, answer")

request, first, response = body["sync_request"], body["sync_request_first"], body["sync_response"]
assert sorted(request) == list(range(8)) and sorted(first) == [0, 2, 3, 4, 5, 7] and sorted(response) == list(range(12))
pushed = [open_envelope(c, "dongbo/change/1")[1] for c in request[2]]
hashes = [sha256(cbor2.loads(p)[1][8:]) for p in pushed]
offered = [sha256(s) for s in request[7] if open_envelope(s, "dongbo/statement/1")]
assert request[0] == 1 and isinstance(request[1], bytes) and all(isinstance(u, str) for u in request[6])
record_id, change_hash, place, received, final = response[1][0]
assert change_hash == hashes[0] and str(uuid.UUID(bytes=record_id)) == file["record"] and final is True
assert [refused[2:] for refused in response[2]] == [["needs_approval", None], ["depends", hashes[1].hex()]]
assert response[2][0][1] == hashes[1]
signed, received, place, final = response[3][0]
assert open_envelope(signed, "dongbo/change/1")[0].hex() == KEYS["binh"]["id"] and final is False
assert [open_envelope(s, "dongbo/statement/1")[0] for s in response[6]] and len(response[7][0]) == 3
assert response[9] == [["26560", "visit"], ["77", None]] and response[10] == [offered[1]]
assert (response[0], response[5], response[11]) == (1, True, 3) and isinstance(response[8], int)
assert M["problem"]["code"] == "epoch_changed" and M["problem"]["epoch"] == response[11]
said("sync: every key of request and response")

for i in load("invitation.json")["invitations"]:
    link = urllib.parse.urlsplit(i["link"])
    assert (link.scheme, link.netloc) == ("dongbo", "join")
    query = urllib.parse.parse_qs(link.query, strict_parsing=True)
    assert query == {key: [i[key]] for key in ("hub", "campaign", "code", "root")}
said("invitation links")


# --- bundle (section 12), draft, stores ---

bundle = load("bundle.json")
stream, items = io.BytesIO(bytes.fromhex(bundle["bytes"])), []
while stream.tell() < len(bundle["bytes"]) // 2:
    items.append(cbor2.load(stream))
assert items[0] == ["dongbo-bundle", 1, ROOT] and [kind for kind, _ in items[1:]] == bundle["kinds"]
for kind, content in items[1:]:
    if kind in ("statement", "change"):
        open_envelope(content, f"dongbo/{kind}/1")
changes = [cbor2.loads(open_envelope(c, "dongbo/change/1")[1])[1] for kind, c in items[1:] if kind == "change"]
assert [sha256(c[8:]).hex() for c in changes] == bundle["changes"]
said(f"bundle: {len(items) - 1} items, one of an unknown kind")


# --- what is sealed (section 13): HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305 ---


def extract(suite, salt, label, keying):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + keying, "sha256")


def expand(suite, key, label, info, length):
    return hmac.digest(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\1", "sha256")[:length]


def unseal(secret, purpose, context, data):
    own = X25519PrivateKey.from_private_bytes(secret)
    public = own.public_key().public_bytes_raw()
    assert data[0] == 1
    encapsulated, ciphertext = data[1:33], data[33:]
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\3"
    shared = own.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    shared = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", encapsulated + public, 32)
    info = b"dongbo/seal/1\0" + purpose
    schedule = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    key = extract(suite, shared, b"secret", b"")
    nonce = expand(suite, key, b"base_nonce", schedule, 12)
    return ChaCha20Poly1305(expand(suite, key, b"key", schedule, 32)).decrypt(nonce, ciphertext, context)


sealed = load("sealed.json")
secret, context, data = (bytes.fromhex(sealed[name]) for name in ("secret", "context", "sealed"))
assert unseal(secret, sealed["purpose"].encode(), context, data).decode() == sealed["plain"]
sealed = load("sealed-bundle.json")
data = io.BytesIO(bytes.fromhex(sealed["bytes"]))
header, body = cbor2.load(data), cbor2.load(data)
assert header[:3] == ["dongbo-sealed-bundle", 1, ROOT] and not data.read()
opened = unseal(bytes.fromhex(sealed["recovery_secret"]), b"bundle", cbor2.dumps(header, canonical=True), body)
assert opened.hex() == bundle["bytes"]
vault = load("vault.json")
parts = {name: values[0] for name, values in urllib.parse.parse_qs(urllib.parse.urlsplit(vault["request"]).query).items()}
about = bytes.fromhex(parts["root"] + parts["device"])
escrow = base64.urlsafe_b64decode(parts["escrow"] + "=" * (-len(parts["escrow"]) % 4))
assert unseal(bytes.fromhex(vault["recovery_secret"]), b"escrow", about, escrow).hex() == vault["data_key"]
said("sealed: bytes, a bundle, the escrow of a request")

replica = {bytes.fromhex(p["key"]): bytes.fromhex(p["value"]) for p in load("replica-store.json")["pairs"]}
identity = json.loads(replica[b"midentity"])
assert identity["format"] == 1 and sha256(bytes.fromhex(identity["root_key"]))[:16].hex() == identity["root"]
ROOT = bytes.fromhex(identity["root"])
states = []
for key, stored in replica.items():
    if key[:1] == b"c":
        version, state = stored[0], stored[1]
        payload = cbor2.loads(cbor2.loads(stored[18:])[2])
        assert version == 1 and len(key) == 21 and payload[0] == key[1:17]
        states.append(state)
assert states and set(states) <= {0, 1, 2}
draft = load("draft.json")
assert json.loads(replica[b"d" + bytes(draft["id"])]) == draft and draft["format"] == 1
said(f"replica store: identity, {len(states)} changes with their headers, draft")

hub = {bytes.fromhex(p["key"]): bytes.fromhex(p["value"]) for p in load("hub-store.json")["pairs"]}
link, entries = bytes(32), [(key, cbor2.loads(data)) for key, data in sorted(hub.items()) if key[:1] == b"e"]
for sequence, (key, entry) in enumerate(entries, 1):
    received = entry[2].to_bytes(8, "big", signed=True)
    link = sha256(link + sequence.to_bytes(8, "big") + received + sha256(entry[3]))
    assert key == b"e" + sequence.to_bytes(8, "big") and entry[0] == 1
    assert entry[4] == sha256(entry[3]) and entry[5] == link
    if entry[1] == 0:
        record_id, chunk = cbor2.loads(cbor2.loads(entry[3])[2])
        assert entry[6] == record_id and entry[7] == sha256(chunk[8:])
        assert int.from_bytes(hub[b"h" + record_id + entry[7]], "big") == sequence
said(f"hub store: {len(entries)} ledger entries, digests and chain")
print("all golden samples hold")
