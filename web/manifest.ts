import type { ManifestOptions } from "vite-plugin-pwa";

/** What a phone shows once the page is put on its home screen. */
export const manifest: Partial<ManifestOptions> = {
  id: "/",
  name: "Đồng Bộ",
  short_name: "Đồng Bộ",
  description: "Ghi nhận phong trào thi đua, kể cả khi không có mạng.",
  lang: "vi",
  start_url: "/",
  scope: "/",
  display: "standalone",
  background_color: "#ffffff",
  theme_color: "#0b4f8a",
  icons: [
    { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
    { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
    { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
    { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};
