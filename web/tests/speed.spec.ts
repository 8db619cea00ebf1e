/** How long a large store takes to open: `RECORDS=10000` for the figure in `docs/decisions/0016-the-web-core.md`. */
import type { call } from "../src/core/client.ts";
import { COMMUNE, Tab, expect, test } from "./core.ts";

const RECORDS = Number(process.env.RECORDS ?? 300);
const OPEN_MS_MAX = 2_000;

test(`${RECORDS} records open in time`, async ({ hub, context }) => {
  test.setTimeout(3_600_000);
  const hoa = await Tab.open(context, hub);
  const { person } = await hoa.join(hub, "Nguyễn Thị Nhiều");
  const saveMs = await hoa.page.evaluate(
    async ({ records, unit }) => {
      const { core } = window as unknown as { core: { call: typeof call } };
      const began = performance.now();
      for (let number = 0; number < records; number += 1) {
        const answers = { title: `Hoạt động số ${number}`, place: `Ấp ${number % 40}`, content: "Tuyên truyền tại tổ dân phố. ".repeat(5) };
        await core.call("create", { form: "activity", unit, answers });
      }
      return (performance.now() - began) / records;
    },
    { records: RECORDS, unit: COMMUNE },
  );
  await hoa.page.reload();
  await hoa.page.waitForFunction(() => "core" in window);
  await hoa.call("people", {});
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return Math.round(performance.now() - began);
  };
  const openMs = await timed(() => hoa.call("unlock", { person }));
  const listMs = await timed(() => hoa.call("query", {}));
  const searchMs = await timed(() => hoa.call("query", { search: "so 250" }));
  console.log(`${RECORDS} records: a save ${saveMs.toFixed(1)} ms, open ${openMs} ms, list ${listMs} ms, search ${searchMs} ms`);
  expect(openMs).toBeLessThan(OPEN_MS_MAX);
});
