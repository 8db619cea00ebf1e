/** The time for what is shown as "5 minutes ago": goes on once in a while, not with every frame. */
const STEP_MS = 30_000;

class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => (this.now = Date.now()), STEP_MS);
  }
}

export const clock = new Clock();
