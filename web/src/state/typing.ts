/** What is being typed, on whichever page: it must be durable before the page is loaded anew or locked. */

/** Makes what is typed durable, and says whether it now is. */
type Keep = () => Promise<boolean>;

class Typing {
  private readonly open = new Set<Keep>();

  /** Somebody types. Gives back what ends that. */
  begin(keep: Keep): () => void {
    this.open.add(keep);
    return () => this.open.delete(keep);
  }

  /** Somebody types what nothing keeps, a reason for a dialogue: not durable while there is any. */
  beginUnkept(typed: () => string): () => void {
    return this.begin(() => Promise.resolve(typed().trim() === ""));
  }

  /** Whether all of it is durable now. */
  async keep(): Promise<boolean> {
    const kept = await Promise.all([...this.open].map((keep) => keep()));
    return kept.every(Boolean);
  }
}

export const typing = new Typing();
