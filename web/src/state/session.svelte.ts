/** Who uses this browser now, and the campaign they work in. */
import { call, subscribe } from "$core";
import { Campaign } from "../campaign/campaign";
import type { CampaignJson, Unit } from "../campaign/types";
import type { Speech } from "../campaign/words";
import type { Me, Person, Problem } from "../core/types";
import { local, text } from "../text/text.svelte";
import { place } from "./place.svelte";
import { problemOf } from "./problem";
import { toast } from "./toast.svelte";

type Phase = "starting" | "closed" | "open" | "elsewhere";

class Session {
  phase = $state<Phase>("starting");
  people = $state.raw<Person[]>([]);
  me = $state.raw<Me | null>(null);
  campaign = $state.raw<Campaign | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Who was in last, on this page. */
  private last: string | null = null;
  /** Goes up whenever what the store holds may have changed: whoever shows something reads again. */
  revision = $state(0);

  /** Where the store is open elsewhere, this window only says so. */
  get elsewhere(): boolean {
    return this.phase === "elsewhere";
  }

  constructor() {
    subscribe((event) => {
      if (event.kind === "changed") void this.changed();
      if (event.kind === "locked") void this.closed();
      // The window that had the store, and did not answer, is gone: what it has can be asked for now.
      if (event.kind === "owner" && this.elsewhere) void this.start();
    });
  }

  /** Whether what is open now lies behind a PIN. */
  get hasPin(): boolean {
    return this.people.find((one) => one.id === this.me?.person)?.needs_pin ?? false;
  }

  async start(): Promise<void> {
    try {
      this.problem = null;
      this.people = await call("people", {});
      // Another window may have opened a store already: this one shares it.
      const me = await call("me", {}).catch(() => null);
      if (me) return await this.opened(me);
      const [only] = this.people;
      const opensByItself = this.people.length === 1 && only?.state === "ready" && !only.needs_pin;
      if (only && opensByItself) await this.opened(await call("unlock", { person: only.id }));
      else this.phase = "closed";
    } catch (error) {
      this.problem = problemOf(error);
      this.phase = this.problem.code === "store_already_open" ? "elsewhere" : "closed";
    }
  }

  async opened(me: Me): Promise<void> {
    // Where somebody else left off is not where this person begins.
    if (this.last !== null && this.last !== me.person) place.replace({ page: "home" });
    this.last = me.person;
    this.problem = null;
    this.me = me;
    await this.readPeople();
    await this.readCampaign();
    this.phase = "open";
    this.revision += 1;
  }

  /** Where it cannot be locked, that is said. */
  async lock(): Promise<void> {
    try {
      await call("lock", {});
      await this.closed();
    } catch (error) {
      toast.say(local(problemOf(error).text));
    }
  }

  /** Reads the list of people again: their waiting times go on. */
  async readPeople(): Promise<void> {
    this.people = await call("people", {});
  }

  /** How answers are put into words. Only where a campaign is known. */
  speech(campaign: Campaign): Speech {
    return { campaign, text: text(), local };
  }

  private async changed(): Promise<void> {
    if (this.phase !== "open") return;
    try {
      this.me = await call("me", {});
      await this.readCampaign();
    } catch {
      // The store was closed meanwhile: the event that says so follows.
    }
    this.revision += 1;
  }

  private async closed(): Promise<void> {
    this.me = null;
    this.campaign = null;
    this.phase = "closed";
    await this.readPeople().catch(() => undefined);
  }

  private async readCampaign(): Promise<void> {
    // A revoked device works on nothing: it gives its unsent work away, and is wiped.
    if (this.me?.revoked) {
      this.campaign = null;
      return;
    }
    const [json, units] = await Promise.all([call("campaign", {}), call("units", {})]);
    const known = json as CampaignJson | null;
    if (!known) this.campaign = null;
    // A campaign is large and seldom changes: it is made anew only with another edition or other units.
    else if (!this.campaign || this.edition !== editionOf(known, units)) {
      this.campaign = new Campaign(known, (units as { units: Unit[] } | null)?.units ?? []);
      this.edition = editionOf(known, units);
    }
  }

  private edition = "";
}

function editionOf(json: CampaignJson, units: unknown): string {
  return `${json.id} ${json.version} ${JSON.stringify(units).length}`;
}

export const session = new Session();
