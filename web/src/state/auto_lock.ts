/**
 * Locks the store of somebody with a PIN once nobody has touched the page for a while: a shared phone is handed on, a laptop is
 * left. Only what is durable is locked away: while a draft cannot be kept, in whichever window, the page stays as it is.
 */
import { remember, remembered } from "./remembered";
import { session } from "./session.svelte";
import { settings } from "./settings.svelte";
import { typing } from "./typing";

const MINUTE_MS = 60_000;
/** How often the time is looked at, milliseconds. A page in the background is woken less often, and looks when it is shown again. */
const LOOK_EVERY_MS = 15_000;
/** How exactly a touch is noted, milliseconds. */
const NOTE_EVERY_MS = 5_000;
/** When any of the windows was touched last: together they are one app. */
const KEY = "dongbo.touched";

let noted = 0;
let locking = false;

function touched(): void {
  const now = Date.now();
  // A clock that was set back counts as touched now.
  if (Math.abs(now - noted) < NOTE_EVERY_MS) return;
  note(now);
}

function note(now: number): void {
  noted = now;
  remember(KEY, String(now));
}

function isLeft(): boolean {
  const { lockAfter } = settings;
  const idle = Date.now() - Number(remembered(KEY) ?? Date.now());
  return lockAfter > 0 && Math.abs(idle) >= lockAfter * MINUTE_MS;
}

async function look(): Promise<void> {
  if (locking || session.phase !== "open" || !session.hasPin) return;
  locking = true;
  try {
    // Noted as a touch, so that no other window locks the store, which would take away what is typed in this one.
    if (!(await typing.keep())) note(Date.now());
    else if (isLeft()) await session.lock();
  } finally {
    locking = false;
  }
}

/** Begins to watch; once, when the page starts. */
export function watchIdle(): void {
  touched();
  // The touch that comes after a long time is not what keeps it open; any other is only noted, as drafts are kept by themselves.
  const act = (): void => {
    if (!isLeft()) touched();
    else if (!locking) void look().then(touched);
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, act, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void look());
  setInterval(() => void look(), LOOK_EVERY_MS);
}
