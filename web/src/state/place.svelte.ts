/** The route that is shown now. */
import { href, parse, type Route } from "../router";

class Place {
  route = $state.raw<Route>(parse(typeof location === "undefined" ? "" : location.hash));
  /** The pages of ours that lie behind this one, so that "back" never leaves the app. */
  private behind: string[] = [];
  private here = typeof location === "undefined" ? "" : location.hash;

  constructor() {
    if (typeof addEventListener === "undefined") return;
    addEventListener("hashchange", () => {
      const { hash } = location;
      if (this.behind.at(-1) === hash) this.behind.pop();
      else this.behind.push(this.here);
      this.show(hash);
    });
  }

  go(route: Route): void {
    location.hash = href(route);
  }

  /** Goes there so that "back" does not come back here. */
  replace(route: Route): void {
    history.replaceState(null, "", href(route));
    this.show(href(route));
  }

  back(otherwise: Route): void {
    if (this.behind.length > 0) history.back();
    else this.replace(otherwise);
  }

  private show(hash: string): void {
    this.here = hash;
    this.route = parse(hash);
    scrollTo(0, 0);
  }
}

export const place = new Place();
