/** How much room there is, and whether the browser has promised to leave the data alone. */

/** From here on the storage counts as nearly full. */
const NEARLY_FULL = 0.85;

class Room {
  used = $state<number | null>(null);
  quota = $state<number | null>(null);
  persisted = $state<boolean | null>(null);

  get isNearlyFull(): boolean {
    return this.used !== null && this.quota !== null && this.used > this.quota * NEARLY_FULL;
  }

  async look(): Promise<void> {
    const estimate = await navigator.storage?.estimate?.().catch(() => null);
    this.used = estimate?.usage ?? null;
    this.quota = estimate?.quota ?? null;
    this.persisted = (await navigator.storage?.persisted?.().catch(() => null)) ?? null;
  }
}

export const room = new Room();

/** Asks the browser not to delete the data by itself. */
export async function keepStorage(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
  await room.look();
}
