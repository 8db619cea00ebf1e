/** Invitations made here, the last first. The hub shows each once: they stay when another page is opened, until the store closes. */
import { subscribe } from "$core";
import type { Invitation } from "./types";

class Invitations {
  made = $state.raw<Invitation[]>([]);

  constructor() {
    subscribe((event) => {
      if (event.kind === "locked") this.made = [];
    });
  }

  show(invitation: Invitation): void {
    this.made = [invitation, ...this.made];
  }

  hide(invitation: Invitation): void {
    this.made = this.made.filter((one) => one !== invitation);
  }
}

export const invitations = new Invitations();
