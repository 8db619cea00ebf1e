/** The route that is shown now. */
import { href, parse, type Route } from "../router";

class Place {
  route = $state.raw<Route>(parse(typeof location === "undefined" ? "" : location.hash));
  /** Whether there is a page of ours to go back to. */
  depth = 0;

  constructor() {
    if (typeof addEventListener === "undefined") return;
    addEventListener("hashchange", () => {
      this.route = parse(location.hash);
      scrollTo(0, 0);
    });
  }

  go(route: Route): void {
    this.depth += 1;
    location.hash = href(route);
  }

  /** Goes there so that "back" does not come back here. */
  replace(route: Route): void {
    history.replaceState(null, "", href(route));
    this.route = route;
    scrollTo(0, 0);
  }

  back(otherwise: Route): void {
    if (history.length > 1 && this.depth > 0) {
      this.depth -= 1;
      history.back();
    } else this.replace(otherwise);
  }
}

export const place = new Place();
