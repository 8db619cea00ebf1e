/** A real hub that serves the app, or with the test page at its origin instead. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, type ViteDevServer } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const campaign = join(root, "campaigns/kh244");
const binary = process.env.DONGBO ?? join(root, "target/debug/dongbo");

export const COMMUNE = "26572";
/** Above the communes since July 2025, when the districts ended. */
const ABOVE = "79";

/** Somebody new: where they belong, and as what. */
export interface Post {
  unit: string;
  role: string;
}
const OFFICER: Post = { unit: COMMUNE, role: "commune_officer" };
export const ADMINISTRATOR: Post = { unit: ABOVE, role: "administrator" };
export const AGGREGATOR: Post = { unit: ABOVE, role: "district_aggregator" };

export class Hub {
  private process: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), "dongbo-"));
  private data = join(this.folder, "hub");

  private constructor(
    private readonly port: number,
    readonly origin: string,
    /** The test page, served beside the hub's API; none: the hub serves the app itself. */
    private readonly page?: ViteDevServer,
  ) {}

  /** A hub whose origin is the test page's. */
  static async start(): Promise<Hub> {
    const [port, pagePort] = [await freePort(), await freePort()];
    const page = await testPage(port, pagePort);
    return new Hub(port, `http://127.0.0.1:${pagePort}`, page).begin();
  }

  /** A hub that serves the built app, as `dongbo serve --web` does. */
  static async withApp(): Promise<Hub> {
    const port = await freePort();
    return new Hub(port, `http://127.0.0.1:${port}`).begin();
  }

  private async begin(): Promise<Hub> {
    this.init();
    await this.serve();
    return this;
  }

  private init(): void {
    this.run("init", "--campaign", campaign, "--origin", this.origin);
  }

  /** Serves, and waits until it says so. */
  async serve(): Promise<void> {
    const app = this.page ? [] : ["--web", join(root, "web/dist")];
    const serving = spawn(binary, ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`, ...app]);
    this.process = serving;
    serving.stderr.resume();
    await new Promise<void>((resolve, reject) => {
      serving.stdout.on("data", (text) => String(text).includes(`${this.port}`) && resolve());
      serving.on("exit", () => reject(new Error("the hub ended before it listened")));
    });
  }

  /** Ends it, as a power cut would. */
  async kill(): Promise<void> {
    const { process } = this;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    process.removeAllListeners("exit");
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill("SIGKILL");
    await ended;
  }

  /** Serves another hub's data at the same address: the same campaign's name, another root. Gives what puts the first back. */
  async replace(): Promise<() => Promise<void>> {
    const { data } = this;
    await this.kill();
    this.data = join(this.folder, "another");
    this.init();
    await this.serve();
    return async () => {
      await this.kill();
      this.data = data;
      await this.serve();
    };
  }

  /** Runs a command of the hub's and gives what it printed. */
  run(name: string, ...args: string[]): Printed {
    return told([name, "--data", this.data, "--json", ...args]);
  }

  /** Changes that wait for an administrator's word. */
  waiting(): { record: string; change: string; name?: string }[] {
    return (this.run("approvals") as unknown as { approvals: [] }).approvals;
  }

  /** What an administrator answers to somebody who forgot their PIN. */
  reset(request: string): string {
    return this.run("reset", request, "--recovery-key", this.recoveryKey).answer ?? "";
  }

  /** Takes in what a device gave away sealed. */
  takeIn(sealed: string): void {
    const bundle = `${sealed}.opened`;
    execFileSync(binary, ["unseal", sealed, "--recovery-key", this.recoveryKey, "--out", bundle]);
    this.run("import-bundle", bundle);
  }

  private get recoveryKey(): string {
    return join(this.data, "recovery.key");
  }

  /** Publishes the campaign as it is changed, whatever records that leaves without their form. */
  publish(change: (campaign: Record<string, unknown>) => void, reason: string): void {
    const json = JSON.parse(readFileSync(join(campaign, "campaign.json"), "utf8")) as Record<string, unknown>;
    change(json);
    const file = join(this.folder, "edition.json");
    writeFileSync(file, JSON.stringify(json));
    this.run("campaign", "publish", "--campaign-file", file, "--force", "--reason", reason);
  }

  /** Invites somebody new, for one device. */
  invite(name: string, { unit, role }: Post = OFFICER): string {
    return this.run("invite", "--name", name, "--unit", unit, "--role", role).link ?? "";
  }

  /** Somebody new at a command line, joined. */
  colleague(name: string, post?: Post): Colleague {
    return Colleague.join(mkdtempSync(join(this.folder, "phone-")), this.invite(name, post), name);
  }

  async end(): Promise<void> {
    await this.kill();
    await this.page?.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** A replica at a command line. */
export class Colleague {
  private constructor(
    private readonly folder: string,
    /** Its device, as the hub names it. */
    readonly device: string,
  ) {}

  static join(folder: string, invitation: string, name: string): Colleague {
    const { device = "" } = told(["device", "--store", join(folder, "replica"), "--json", "join", invitation, "--name", name]);
    return new Colleague(folder, device);
  }

  run(...args: string[]): Printed {
    return told(["device", "--store", join(this.folder, "replica"), "--json", ...args]);
  }

  /** Records something and gives its id. */
  write(form: string, answers: Record<string, unknown>): string {
    const file = join(this.folder, "answers.json");
    writeFileSync(file, JSON.stringify(answers));
    return this.run("new", form, "--json-answers", file).record ?? "";
  }
}

type Printed = Record<string, string>;

/** What a command printed. */
function told(args: string[]): Printed {
  const printed = execFileSync(binary, args, { encoding: "utf8" });
  return JSON.parse(printed.split("\n")[0] || "{}") as Printed;
}

async function testPage(hubPort: number, port: number): Promise<ViteDevServer> {
  const page = await createServer({
    configFile: false,
    root: fileURLToPath(new URL("page", import.meta.url)),
    logLevel: "error",
    server: {
      port,
      host: "127.0.0.1",
      strictPort: true,
      hmr: false,
      fs: { allow: [join(root, "web")] },
      proxy: {
        "/api": {
          target: `http://127.0.0.1:${hubPort}`,
          // Node keeps the head of an answer back until there is a body; a stream of hints may have none for long.
          configure: (proxy) =>
            proxy.on("proxyRes", (_answer, _request, response) => void setImmediate(() => response.flushHeaders())),
        },
      },
    },
  });
  return page.listen();
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

/** The campaign without a form and what speaks of it. */
export function withoutForm(form: string) {
  return (campaign: Record<string, unknown>): void => {
    const { version, forms, roles, measures } = campaign as {
      version: number;
      forms: { id: string }[];
      roles: { reach: Record<string, unknown> }[];
      measures: { form: string }[];
    };
    for (const role of roles) delete role.reach[form];
    Object.assign(campaign, {
      version: version + 1,
      forms: forms.filter((one) => one.id !== form),
      measures: measures.filter((one) => one.form !== form),
    });
  };
}
