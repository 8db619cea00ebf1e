import type { Campaign } from "../campaign/campaign";
import type { Route } from "../router";

/** What every view of the desk is given. */
export interface DeskProps {
  campaign: Campaign;
  route: Extract<Route, { page: "desk" }>;
}
