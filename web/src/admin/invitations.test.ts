import { expect, test, vi } from "vitest";
import { invitations } from "./invitations.svelte";
import type { Invitation } from "./types";

const core = vi.hoisted(() => ({ tell: (_: { kind: string }): void => undefined }));
vi.mock("$core", () => ({ subscribe: (listener: typeof core.tell) => (core.tell = listener) }));

const invitation = (link: string): Invitation => ({ link }) as Invitation;

test("an invitation stays until it is hidden or the store closes", () => {
  const [first, second] = [invitation("dongbo://join?1"), invitation("dongbo://join?2")];
  invitations.show(first);
  invitations.show(second);
  core.tell({ kind: "changed" });
  expect(invitations.made).toEqual([second, first]);
  invitations.hide(second);
  expect(invitations.made).toEqual([first]);
  core.tell({ kind: "locked" });
  expect(invitations.made).toEqual([]);
});
