/** What is being typed, on whichever page: it must be durable before the page is loaded anew or locked. */

interface Typed {
  /** Makes what is typed durable, and says whether it now is. */
  keep: () => Promise<boolean>;
  /** Whether it is durable as it stands. */
  isKept: () => boolean;
}

class Typing {
  private readonly open = new Set<Typed>();

  constructor() {
    if (typeof addEventListener === "undefined") return;
    // Whoever closes the window, or loads it anew, is asked by the browser first.
    addEventListener("beforeunload", (event) => {
      if ([...this.open].some(({ isKept }) => !isKept())) event.preventDefault();
    });
  }

  /** Somebody types. Gives back what ends that. */
  begin(typed: Typed): () => void {
    this.open.add(typed);
    return () => this.open.delete(typed);
  }

  /** Somebody types what nothing keeps, a reason for a dialogue: not durable while there is any. */
  beginUnkept(typed: () => string): () => void {
    const isKept = (): boolean => typed().trim() === "";
    return this.begin({ keep: () => Promise.resolve(isKept()), isKept });
  }

  /** Whether all of it is durable now. */
  async keep(): Promise<boolean> {
    const kept = await Promise.all([...this.open].map(({ keep }) => keep()));
    return kept.every(Boolean);
  }
}

export const typing = new Typing();
