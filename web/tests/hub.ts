/** A real hub, and the test page served from the hub's own origin, as a hub serves the app. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, type ViteDevServer } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const binary = process.env.DONGBO ?? join(root, "target/debug/dongbo");

export const COMMUNE = "26572";

export class Hub {
  private process: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), "dongbo-"));
  private readonly data = join(this.folder, "hub");

  private constructor(
    private readonly port: number,
    private readonly page: ViteDevServer,
    readonly origin: string,
  ) {}

  static async start(): Promise<Hub> {
    const [port, pagePort] = [await freePort(), await freePort()];
    const page = await createServer({
      configFile: false,
      root: fileURLToPath(new URL("page", import.meta.url)),
      logLevel: "error",
      server: {
        port: pagePort,
        host: "127.0.0.1",
        strictPort: true,
        hmr: false,
        fs: { allow: [join(root, "web")] },
        proxy: {
          "/api": {
            target: `http://127.0.0.1:${port}`,
            // Node keeps the head of an answer back until there is a body; a stream of hints may have none for long.
            configure: (proxy) =>
              proxy.on("proxyRes", (_answer, _request, response) => void setImmediate(() => response.flushHeaders())),
          },
        },
      },
    });
    await page.listen();
    const hub = new Hub(port, page, `http://127.0.0.1:${pagePort}`);
    hub.run("init", "--campaign", join(root, "campaigns/kh244"), "--origin", hub.origin);
    await hub.serve();
    return hub;
  }

  /** Serves, and waits until it says so. */
  async serve(): Promise<void> {
    const serving = spawn(binary, ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`]);
    this.process = serving;
    serving.stderr.resume();
    await new Promise<void>((resolve, reject) => {
      serving.stdout.on("data", (text) => String(text).includes(`${this.port}`) && resolve());
      serving.on("exit", () => reject(new Error("the hub ended before it listened")));
    });
  }

  kill(): void {
    this.process?.removeAllListeners("exit");
    this.process?.kill("SIGKILL");
  }

  /** Runs a command of the hub's and gives what it printed. */
  run(name: string, ...args: string[]): Record<string, string> {
    const printed = execFileSync(binary, [name, "--data", this.data, "--json", ...args], { encoding: "utf8" });
    return JSON.parse(printed.split("\n")[0] || "{}") as Record<string, string>;
  }

  /** Invites somebody new, for one device. */
  invite(name: string): string {
    return this.run("invite", "--name", name, "--unit", COMMUNE, "--role", "commune_officer").link ?? "";
  }

  async end(): Promise<void> {
    this.kill();
    await this.page.close();
    rmSync(this.folder, { recursive: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket();
    socket.listen(0, "127.0.0.1", () => {
      const { port } = socket.address() as { port: number };
      socket.close(() => resolve(port));
    });
  });
}
