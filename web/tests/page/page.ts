/** A page without a face: what the tests ask the core through. */
import { call, live, subscribe } from "../../src/core/client.ts";
import { databases } from "../../src/core/databases.ts";

const events: string[] = [];
subscribe((event) => events.push(event.kind));

Object.assign(window, { core: { call, live, databases, events } });
