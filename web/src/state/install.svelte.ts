/** Putting the app on the home screen, where the browser offers that to a page. */

/** As Chromium's browsers have it: https://wicg.github.io/manifest-incubations/#beforeinstallpromptevent-interface */
interface Offer extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

class Install {
  private offer = $state.raw<Offer | null>(null);
  /** Whether this is the app from the home screen already. */
  readonly isInstalled = matchMedia("(display-mode: standalone)").matches;
  /** Safari on iPhones and iPads offers nothing to a page; it has an entry in its own menu. */
  readonly isByMenu = "standalone" in navigator && !this.isInstalled;

  constructor() {
    addEventListener("beforeinstallprompt", (event) => {
      // It comes when somebody asks for it, not over what they are doing.
      event.preventDefault();
      this.offer = event as Offer;
    });
    addEventListener("appinstalled", () => (this.offer = null));
  }

  get isOffered(): boolean {
    return this.offer !== null;
  }

  async ask(): Promise<void> {
    const { offer } = this;
    // An offer may be taken up once.
    this.offer = null;
    await offer?.prompt();
  }
}

export const install = new Install();
