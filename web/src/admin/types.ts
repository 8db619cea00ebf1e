/** What the hub does for administrators and answers to them: `server/src/admin.rs`, docs/cli.md. */
import type { Row } from "../core/types";

export type Duty = "invitations" | "devices" | "approvals" | "erasure" | "resets";

export interface Grant {
  role: string;
  units: string[];
}

/** `GET /duties`: what the member may administer now, and where. */
export interface Duties {
  duties: Partial<Record<Duty, string[]>>;
  grants: Grant[];
}

export interface Membership {
  unit: string;
  role: string;
  from_ms: number;
  to_ms?: number | null;
}

export interface Member {
  member: string;
  name: string;
  memberships: Membership[];
}

/** An invitation as it is shown, once. */
export interface Invitation {
  member: string;
  name: string | null;
  link: string;
  expires_ms: number;
}

export type RevocationReason = "left" | "lost";

export interface Device {
  device: string;
  member: string;
  person?: string | null;
  name: string;
  joined_ms: number;
  revoked?: RevocationReason | null;
}

export interface Approval {
  record: string;
  change: string;
  unit: string;
  form: string;
  device: string;
  name?: string | null;
  received_ms: number;
  state: "waiting" | { turned_down: { reason: string; at_ms: number } };
  /** The row as it would read with the change; none if it cannot be read. */
  preview: Row | null;
}

export interface Erasure {
  record: string;
  at_ms: number;
  reason: string;
  state: "noted" | "rewritten";
  noted_ms: number;
  rewritten_ms?: number;
}

export interface Due {
  record: string;
  unit: string;
  form: string;
  fields: string[];
  received_ms: number;
  due_ms: number;
}

export interface Access {
  at_ms: number;
  member: string;
  name?: string | null;
  device: string;
  read: { record: string; fields: string[] }[];
}

export interface Deed {
  at_ms: number;
  member?: string | null;
  name?: string | null;
  device?: string | null;
  command: string;
  /** The command's own fields, without secrets. */
  about: Record<string, unknown> | null;
}

type Nothing = Record<string, never>;

/** Every command: its fields and its answer. */
export interface Commands {
  members: [Nothing, { members: Member[] }];
  invite: [{ member: string; new: null } | { member: null; new: [name: string, unit: string, role: string] }, Invitation];
  grant: [{ member: string; unit: string; role: string }, unknown];
  end: [{ member: string; unit: string; role: string }, unknown];
  devices: [Nothing, { devices: Device[] }];
  revoke: [{ device: string; lost: boolean; wipe: boolean }, unknown];
  approvals: [Nothing, { approvals: Approval[] }];
  approve: [{ record: string; change: string }, unknown];
  turn_down: [{ record: string; change: string; reason: string }, unknown];
  erase: [{ record: string; reason: string }, Erasure & { related: string[] }];
  erasures: [Nothing, { erasures: Erasure[] }];
  personal_data_due: [Nothing, { retention_days?: number | null; due: Due[] }];
  access_log: [{ member?: string; record?: string; limit: number }, { accesses: Access[] }];
  deeds: [{ limit: number }, { deeds: Deed[] }];
}

export type CommandName = keyof Commands;
