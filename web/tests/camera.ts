/** A camera that looks at a QR code. */
import { writeFileSync } from "node:fs";
import encode from "qr";

const [WIDTH, HEIGHT] = [640, 480];
const [WHITE, BLACK, GREY] = [235, 16, 128];

/** What Chromium is started with, so that its camera shows the code that `film` holds. */
export function lookingAt(film: string): string[] {
  return ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`];
}

/** Writes a film of a code: one picture, shown again and again (YUV4MPEG2, 4:2:0). */
export function writeFilm(file: string, code: string): void {
  const dots = encode(code, "raw", { border: 4 });
  const scale = Math.floor(HEIGHT / dots.length);
  const isBlack = (x: number, y: number): boolean => dots[Math.floor(y / scale)]?.[Math.floor(x / scale)] ?? false;
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  for (let at = 0; at < luma.length; at += 1) luma[at] = isBlack(at % WIDTH, Math.floor(at / WIDTH)) ? BLACK : WHITE;
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, GREY);
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n`), luma, chroma]));
}
