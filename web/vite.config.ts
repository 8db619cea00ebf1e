import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { contentSecurityPolicy } from "./csp.ts";
import { manifest } from "./manifest.ts";

/** Where a hub answers while the page is developed. */
const hub = process.env.DONGBO_HUB ?? "http://127.0.0.1:8080";
const proxy = { "/api": { target: hub, changeOrigin: true } };

/** `DONGBO_CORE=fake`: a stand-in with made-up records, to look at screens without a hub. Never built into a release. */
const core = process.env.DONGBO_CORE === "fake" ? "./dev/fake-core.ts" : "./src/core/client.ts";

export default defineConfig({
  resolve: { alias: { $core: fileURLToPath(new URL(core, import.meta.url)) } },
  plugins: [
    svelte(),
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src",
      filename: "sw.ts",
      // The page asks before it changes versions, so that nothing half typed is lost.
      registerType: "prompt",
      injectRegister: false,
      manifest,
      includeAssets: [],
      injectManifest: {
        globPatterns: ["**/*.{js,css,html,svg,png,wasm,webmanifest}"],
        // The core as it is built for development, too.
        maximumFileSizeToCacheInBytes: 32 * 1024 * 1024,
      },
    }),
  ],
  define: { __APP_VERSION__: JSON.stringify(process.env.npm_package_version ?? "0.0.0") },
  // The policy allows nothing inline and no data: scripts.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  worker: { format: "es" },
  server: { proxy },
  preview: { proxy, headers: { "Content-Security-Policy": contentSecurityPolicy, "X-Content-Type-Options": "nosniff" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
