/**
 * Packs what is built, once and as well as it goes, beside the files: the hub sends `x.br` for `x` where it is wanted.
 * Says what a first visit loads, and fails where that is more than its budget. `--dev`: the core is built for development, of
 * several times the size, and is in no release: it is only told.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const DIST = new URL("dist/", import.meta.url);
/** What a first visit over a weak line may cost. */
const FIRST_LOAD_BYTES_MAX = 1_500_000;
const PACKED = /\.(js|css|html|svg|wasm|webmanifest)$/;
const isRelease = !process.argv.includes("--dev");
/** Loaded only when it is looked at. */
const LATER = /^assets\/(Admin|Desk|Wide|decode|qr)-/;

const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
let firstLoadBytes = 0;
for (const name of readdirSync(DIST, { recursive: true })) {
  if (!PACKED.test(name)) continue;
  const packed = brotliCompressSync(readFileSync(new URL(name, DIST)), { params });
  writeFileSync(new URL(`${name}.br`, DIST), packed);
  if (!LATER.test(name)) firstLoadBytes += packed.length;
}
const share = Math.round((100 * firstLoadBytes) / FIRST_LOAD_BYTES_MAX);
console.log(`first load: ${firstLoadBytes} bytes packed, ${share}% of the budget of ${FIRST_LOAD_BYTES_MAX}`);
if (isRelease && firstLoadBytes > FIRST_LOAD_BYTES_MAX) {
  console.error("first load: larger than a first visit may cost; make it smaller, or load a part only when it is looked at (LATER)");
  process.exitCode = 1;
}
