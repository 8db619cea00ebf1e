/** One short message at a time that nobody has to answer. */
const SHOWN_MS = 4_000;

class Toast {
  message = $state("");
  private timer: ReturnType<typeof setTimeout> | undefined;

  say(message: string): void {
    this.message = message;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.message = ""), SHOWN_MS);
  }
}

export const toast = new Toast();
