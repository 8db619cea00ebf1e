import type { Campaign } from "../campaign/campaign";
import type { Route } from "../router";

/** What every page of administration is given. */
export interface AdminProps {
  campaign: Campaign;
  route: Extract<Route, { page: "admin" }>;
}
