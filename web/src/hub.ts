/** The hub's JSON API, as far as the member's scope goes. The token is the core's and stays in memory. */
import { call } from "$core";
import type { Problem } from "./core/types";

interface HubProblem {
  code?: string;
  detail?: string;
}

type Query = Record<string, string | undefined>;

/** How long the hub may take until its whole answer is here, milliseconds. */
const ANSWERS_WITHIN_MS = 60_000;

/** What the hub answers at a path such as `/targets`. Fails with a {@link Problem}. */
export async function fromHub<T>(campaign: string, path: string, query: Query = {}): Promise<T> {
  return answered((await ask(campaign, path, query)).json() as Promise<T>);
}

/** The same as a file. */
export async function fileFromHub(campaign: string, path: string): Promise<Blob> {
  return answered((await ask(campaign, path, {})).blob());
}

/** What the hub answers to a body. Where no answer came, nobody knows whether the hub did what it was told. */
export async function tellHub<T>(campaign: string, path: string, body: unknown): Promise<T> {
  return answered((await ask(campaign, path, {}, JSON.stringify(body))).json() as Promise<T>);
}

async function ask(campaign: string, path: string, query: Query, body?: string): Promise<Response> {
  const first = await send(campaign, path, query, await call("token", {}), body);
  // A session ends after a while: another one is asked for, once.
  const response = first.status === 401 ? await send(campaign, path, query, await call("token", { fresh: true }), body) : first;
  if (response.ok) return response;
  const { code, detail } = (await response.json().catch(() => ({}))) as HubProblem;
  throw problem(code ?? "internal", detail);
}

async function send(campaign: string, path: string, query: Query, token: string, body?: string): Promise<Response> {
  const given = Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== "");
  const search = new URLSearchParams(given).toString();
  const address = `/api/v1/c/${encodeURIComponent(campaign)}${path}${search ? `?${search}` : ""}`;
  const headers = { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  const told = body === undefined ? {} : { method: "POST", body };
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  return answered(fetch(address, { headers, signal, cache: "no-store", credentials: "omit", redirect: "error", ...told }));
}

/** What comes from the hub; that it broke off, or took too long, is a problem like any other. */
async function answered<T>(coming: Promise<T>): Promise<T> {
  try {
    return await coming;
  } catch {
    throw problem(navigator.onLine ? "unreachable" : "offline");
  }
}

/** In the words of the core for the same thing. */
function problem(code: string, detail?: string): Problem {
  const texts: Record<string, Problem["text"]> = {
    offline: {
      vi: "Đang không có mạng. Mọi thứ vẫn giữ trên máy và sẽ được gửi khi có mạng.",
      en: "There is no connection. Everything is kept on this device and goes out when there is one.",
    },
    unreachable: {
      vi: "Chưa kết nối được với trung tâm. Mọi thứ vẫn giữ trên máy; hãy thử lại sau.",
      en: "The hub cannot be reached. Everything is kept on this device; try again later.",
    },
    not_found: {
      vi: "Không tìm thấy nội dung này ở trung tâm. Không có gì thay đổi.",
      en: "The hub does not have this. Nothing was changed.",
    },
  };
  const text = texts[code] ?? {
    vi: "Chưa đọc được số liệu từ trung tâm. Không có gì thay đổi; hãy thử lại sau.",
    en: "The hub's figures could not be read. Nothing was changed; try again later.",
  };
  return { code, text, kept: "everything", ...(detail ? { detail } : {}) };
}
