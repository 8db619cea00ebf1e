// Opens the plain Automerge file with the JavaScript implementation and compares what it holds with the row.
//
//     npm install @automerge/automerge
//     node tests/golden/check_automerge.mjs

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// Found from where the command runs, so that nothing is installed into this repository.
const found = createRequire(pathToFileURL(process.cwd() + "/")).resolve("@automerge/automerge");
const Automerge = await import(pathToFileURL(found));

const file = (name) => readFileSync(new URL(name, import.meta.url));
const { row, row_after_name_by_binh: apart } = JSON.parse(file("record.json"));
const { changes } = JSON.parse(file("changes.json"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

function compare(doc, row) {
  const { answers, unit, form } = Automerge.toJS(doc);
  const plain = (value) => (value instanceof Date ? value.getTime() : (value?.val ?? value));
  assert.deepEqual([plain(unit), plain(form)], [row.unit, row.form]);
  for (const id of ["name", "notes", "people", "poor", "visited_on", "left_at", "main_source", "place", "earlier"]) {
    assert.deepEqual(plain(answers[id]), row.answers[id], id);
  }
  assert.equal(Object.values(answers.reached).reduce((sum, n) => sum + n, 0), row.answers.reached);
  const ticked = Object.keys(answers.sources).filter((code) => answers.sources[code] === true);
  assert.deepEqual(ticked, row.answers.sources);
  const tanks = Object.entries(answers.tanks).filter(([, tank]) => tank.removed !== true);
  assert.deepEqual(
    tanks.map(([id, { fields }]) => ({ id, litres: fields.litres, remark: fields.remark })),
    row.answers.tanks,
  );
  assert.deepEqual(Automerge.getHeads(doc).sort(), row.heads);
}

const doc = Automerge.load(file("record.automerge"));
compare(doc, row);
console.log("ok   record.automerge opens and has the row's answers and heads");

let [made] = Automerge.applyChanges(Automerge.init(), changes.slice(0, 3).map(({ chunk }) => bytes(chunk)));
compare(made, apart);
const shown = Object.values(Automerge.getConflicts(made.answers, "name")).map(String).sort();
assert.deepEqual(shown, apart.conflicts[0].candidates.map(({ value }) => value).sort());
console.log("ok   three signed chunks applied: the same answers, the same conflict", shown);
for (const { chunk } of changes.slice(3).reverse()) {
  [made] = Automerge.applyChanges(made, [bytes(chunk)]);
}
compare(made, row);
console.log("ok   the other chunks applied in reverse: the same answers and heads");
