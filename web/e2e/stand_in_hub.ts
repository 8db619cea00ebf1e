/**
 * A stand-in for the hub's administration with made-up people, in the test's own process: what it was told can be looked at.
 * Its rules are only as good as a flow needs.
 */
import type { BrowserContext, Route } from "playwright-core";
import type { Approval, Commands, Deed, Device, Duties, Erasure, Invitation, Member } from "../src/admin/types.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 28, 3);
const WARD = "26506-20250701";
const OTHER_WARD = "26680-20250701";

export const EVERY_DUTY: Duties = {
  duties: Object.fromEntries(["invitations", "devices", "approvals", "erasure", "resets"].map((duty) => [duty, [WARD, OTHER_WARD]])),
  grants: [
    { role: "commune_officer", units: [WARD, OTHER_WARD] },
    { role: "volunteer", units: [WARD] },
  ],
};

type Told = { command: string } & Record<string, unknown>;

export class StandInHub {
  duties: Duties = { duties: {}, grants: [] };
  /** Everything that it was told, in order. */
  told: Told[] = [];
  /** What the next deed fails with. `silence` does it and loses the answer. */
  fails: { code: string; status: number; detail: string } | "silence" | null = null;

  /** How often it refused or kept silent: the browser complains of each. */
  refused = 0;

  private members: Member[] = [
    { member: "m1", name: "Trần Văn Minh", memberships: [{ unit: WARD, role: "administrator", from_ms: NOW - 400 * DAY, to_ms: null }] },
    {
      member: "m2",
      name: "Nguyễn Thị Ngọc Lan",
      memberships: [
        { unit: WARD, role: "commune_officer", from_ms: NOW - 300 * DAY, to_ms: null },
        { unit: OTHER_WARD, role: "volunteer", from_ms: NOW - 390 * DAY, to_ms: NOW - 301 * DAY },
      ],
    },
    { member: "m3", name: "Đỗ Thị Hường", memberships: [{ unit: OTHER_WARD, role: "volunteer", from_ms: NOW - 90 * DAY, to_ms: null }] },
  ];
  private devices: Device[] = [
    { device: "12de13385e92546f9c5639192de4f0e8", member: "m1", person: "Trần Văn Minh", name: "Laptop phòng Văn hóa", joined_ms: NOW - 399 * DAY, revoked: null },
    { device: "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3", member: "m2", person: "Nguyễn Thị Ngọc Lan", name: "Samsung A05", joined_ms: NOW - 299 * DAY, revoked: null },
    { device: "b0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3", member: "m3", person: "Đỗ Thị Hường", name: "", joined_ms: NOW - 80 * DAY, revoked: "lost" },
  ];
  private approvals: Approval[] = ["c21", "c22", "c23"].map((change, index) => ({
    record: `0d9c6f3e-0000-8000-8000-00000000000${index}`,
    change,
    unit: OTHER_WARD,
    form: "activity",
    device: index === 1 ? "ffb1c2d3e4f5a0b1c2d3e4f5a0b1c2d3" : "b0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3",
    name: "Đỗ Thị Hường",
    received_ms: NOW - index * DAY,
    state: index === 2 ? { turned_down: { reason: "Không phải hoạt động của xã", at_ms: NOW - DAY } } : "waiting",
    preview:
      index === 1
        ? null
        : {
            record: `0d9c6f3e-0000-8000-8000-00000000000${index}`,
            unit: OTHER_WARD,
            form: "activity",
            created_ms: NOW - 20 * DAY,
            creator: "d3",
            edited_by: "d3",
            edited_ms: NOW - 19 * DAY,
            heads: [change],
            changes: 1,
            answers: { title: "Hướng dẫn cài VNeID tại khu phố <b>4</b>", kind: "propaganda", held_on: "2026-11-08", content: "Hỗ trợ 35 người cao tuổi.", no_secret: true },
          },
  }));
  private erasures: Erasure[] = [
    { record: "7a1b2c3d-0000-8000-8000-000000000001", at_ms: NOW - 30 * DAY, reason: "theo yêu cầu của đương sự", state: "rewritten", noted_ms: NOW - 30 * DAY, rewritten_ms: NOW - 29 * DAY },
  ];
  private deeds: Deed[] = [
    { at_ms: NOW - DAY, member: "m1", name: "Trần Văn Minh", device: "12de13385e92546f9c5639192de4f0e8", command: "revoke", about: { device: "b0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3", lost: true, wipe: true } },
    { at_ms: NOW - 2 * DAY, member: "m4", name: "Lê Hoàng Nam", device: "c0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3", command: "invite", about: { member: null, new: ["Đỗ Thị Hường", OTHER_WARD, "volunteer"] } },
    { at_ms: NOW - 3 * DAY, member: null, name: null, device: null, command: "publish", about: { force: null } },
    { at_ms: NOW - 4 * DAY, member: "m1", name: "Trần Văn Minh", device: "12de13385e92546f9c5639192de4f0e8", command: "grant", about: { member: "m3", unit: OTHER_WARD, role: "volunteer" } },
  ];

  /** Answers for the hub in every page of a context. */
  async in(context: BrowserContext): Promise<void> {
    await context.route("**/api/v1/c/*/duties", (route) => json(route, 200, this.duties));
    await context.route("**/api/v1/c/*/admin", (route) => this.answer(route));
  }

  private async answer(route: Route): Promise<void> {
    const told = route.request().postDataJSON() as Told;
    this.told.push(told);
    const reads = ["members", "devices", "approvals", "erasures", "personal_data_due", "access_log", "deeds"].includes(told.command);
    const failure = reads ? null : this.fails;
    if (!reads) this.fails = null;
    if (failure) this.refused += 1;
    if (failure && failure !== "silence") return json(route, failure.status, { type: `urn:dongbo:problem:${failure.code}`, ...failure });
    const answer = this.done(told);
    if (failure === "silence") return route.abort();
    if (answer !== undefined) return json(route, 200, answer);
    this.refused += 1;
    return json(route, 404, { code: "not_found", status: 404, detail: "there is no such thing" });
  }

  private done(told: Told): unknown {
    const member = this.members.find((one) => one.member === told.member);
    switch (told.command as keyof Commands) {
      case "members":
        return { members: this.members };
      case "devices":
        return { devices: this.devices };
      case "approvals":
        return { approvals: this.approvals };
      case "erasures":
        return { erasures: this.erasures };
      case "personal_data_due":
        return {
          retention_days: 365,
          due: [{ record: "r1", unit: WARD, form: "nomination", fields: ["name"], received_ms: NOW - 400 * DAY, due_ms: NOW - 35 * DAY }],
        };
      case "access_log":
        return {
          accesses: [
            { at_ms: NOW - DAY, member: "m5", name: "Phạm Quốc Ân", device: "d5", read: [{ record: "r2", fields: ["name"] }] },
            { at_ms: NOW - 2 * DAY, member: "m1", name: "Trần Văn Minh", device: "d1", read: [{ record: "r3", fields: ["name"] }] },
          ].filter((one) => !told.member || one.member === told.member),
        };
      case "deeds":
        return { deeds: this.deeds };
      case "invite":
        return this.invited(told, member);
      case "grant":
        member?.memberships.push({ unit: String(told.unit), role: String(told.role), from_ms: NOW, to_ms: null });
        return member && { member: member.member, directory: 8 };
      case "end": {
        const held = member?.memberships.find((one) => one.unit === told.unit && one.role === told.role && !one.to_ms);
        if (held) held.to_ms = NOW;
        return held && { member: told.member, directory: 9 };
      }
      case "revoke": {
        const device = this.devices.find((one) => one.device === told.device);
        if (device) device.revoked = told.lost ? "lost" : "left";
        return device && { device: told.device, revoked: device.revoked, wipe: told.wipe };
      }
      case "approve":
      case "turn_down": {
        const held = this.approvals.findIndex((one) => one.change === told.change);
        const found = this.approvals[held];
        if (!found) return undefined;
        if (told.command === "approve") this.approvals.splice(held, 1);
        else found.state = { turned_down: { reason: String(told.reason), at_ms: NOW } };
        return { record: told.record, change: told.change };
      }
      case "erase": {
        const erasure: Erasure = { record: String(told.record), at_ms: NOW, reason: String(told.reason), state: "noted", noted_ms: NOW };
        this.erasures.push(erasure);
        return { ...erasure, related: ["r7"] };
      }
    }
  }

  /** As another administrator would, meanwhile. */
  endFor(member: string): void {
    for (const held of this.members.find((one) => one.member === member)?.memberships ?? []) held.to_ms ??= NOW;
  }

  private invited(told: Told, member: Member | undefined): Invitation | undefined {
    const made = told.new as [string, string, string] | null;
    const invited = member ?? (made && { member: "m9", name: made[0], memberships: [{ unit: made[1], role: made[2], from_ms: NOW, to_ms: null }] });
    if (!invited) return undefined;
    if (!member) this.members.push(invited);
    const link = `dongbo://join?hub=https%3A%2F%2Fhub.example.vn&campaign=kh244&code=${"k3m9x".repeat(5)}${this.told.length}&root=${"9f".repeat(16)}`;
    return { member: invited.member, name: invited.name, link, expires_ms: NOW + 7 * DAY };
  }
}

function json(route: Route, status: number, body: unknown): Promise<void> {
  return route.fulfill({ status, contentType: status < 400 ? "application/json" : "application/problem+json", body: JSON.stringify(body) });
}
