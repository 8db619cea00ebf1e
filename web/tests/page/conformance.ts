/** The core's conformance suite over IndexedDB. */
import { databases } from "../../src/core/databases.ts";
import init, { check_store } from "../wasm/dongbo_web.js";

Object.assign(window, {
  async conforms(): Promise<void> {
    await init();
    await check_store(databases);
  },
});
