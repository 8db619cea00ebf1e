/** What this device is called at the hub, so that an administrator can tell a lost phone from the laptop: no more than that. */
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS/, "macOS"],
  [/Linux|X11/, "Linux"],
];
const BROWSERS: [RegExp, string][] = [
  [/Edg/, "Edge"],
  [/CocCoc|coc_coc/i, "Cốc Cốc"],
  [/SamsungBrowser/, "Samsung Internet"],
  [/Firefox|FxiOS/, "Firefox"],
  [/Chrom|CriOS/, "Chrome"],
  [/Safari/, "Safari"],
];

const named = (names: [RegExp, string][], said: string): string | undefined => names.find(([sign]) => sign.test(said))?.[1];

/** Such as "Chrome, Android". */
export function deviceName(said: string = navigator.userAgent): string {
  return [named(BROWSERS, said), named(SYSTEMS, said)].filter(Boolean).join(", ") || "web";
}
