import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { sharedTools } from '../environment/shared-uv.ts';

const MAIN = fileURLToPath(new URL('../../dist/bundle/cli/main.js', import.meta.url));

/** What a command left behind. */
export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Standard input. */
  readonly input?: string | Uint8Array;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A folder, and a state folder of its own, in which the built command is run as a process. */
export class Workshop implements AsyncDisposable {
  readonly folder: string;
  readonly uv: string;
  readonly #root: string;

  private constructor(root: string, uv: string) {
    this.#root = root;
    this.folder = join(root, 'project');
    this.uv = uv;
  }

  static async open(): Promise<Workshop> {
    const { uv, answers } = await sharedTools();
    const workshop = new Workshop(await realpath(await mkdtemp(join(tmpdir(), 'bulkhead-cli-'))), uv);
    await mkdir(workshop.folder);
    await cp(answers, join(workshop.home, 'answers'), { recursive: true });
    return workshop;
  }

  get home(): string {
    return join(this.#root, 'home');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  async run(parameters: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    const { exitCode, stdout, stderr } = await this.start(parameters, options);
    return { exitCode, stdout, stderr };
  }

  /** The running process; awaited, what it left behind. */
  start(parameters: readonly string[], { cwd = this.folder, input = '', variables = {} }: CommandOptions = {}) {
    const options = {
      cwd,
      input,
      env: this.variables(variables),
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
    } as const;
    return execa(process.execPath, [MAIN, ...parameters], options);
  }

  /** Of this process, but for those that colour and log. */
  variables(added: Readonly<Record<string, string>> = {}): Record<string, string> {
    const host = Object.entries(process.env).filter(
      ([name]) => !['FORCE_COLOR', 'NO_COLOR', 'BULKHEAD_LOG'].includes(name),
    );
    return {
      ...(Object.fromEntries(host) as Record<string, string>),
      BULKHEAD_HOME: this.home,
      BULKHEAD_UV: this.uv,
      // whether this machine has a container engine makes no difference
      DOCKER_HOST: `unix://${join(this.#root, 'no-engine.sock')}`,
      ...added,
    };
  }

  get command(): readonly string[] {
    return [process.execPath, MAIN];
  }

  async write(path: string, text: string): Promise<string> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  async read(path: string): Promise<string> {
    return await readFile(join(this.folder, path), 'utf8');
  }
}

/** A plugin without dependencies, for whatever a command can meet. */
const SAMPLE = `
import logging, os, time
from datetime import datetime, timezone
from plugin_sdk import PluginBase, action


class Sample(PluginBase):
    def execute(self, value):
        return value

    @action
    def describe(self, value) -> str:
        return "%s %r" % (type(value).__name__, value)

    @action
    def every_kind(self):
        return {"big": 2**63, "bytes": b"abc", "when": datetime(2026, 1, 2, tzinfo=timezone.utc), "nan": float("nan"), "none": None}

    @action
    def collect(self, rows):
        return list(rows)

    @action
    def for_ever(self):
        while True:
            yield "x" * 100

    @action
    def fail(self):
        print("it can't go well")
        try:
            {}["shelf"]
        except KeyError as error:
            raise ValueError("no such article") from error

    @action
    def die(self):
        print("last words", flush=True)
        os._exit(3)

    @action
    def speak(self):
        print("printed")
        self.context.log.warning("logged", size=3)
        log = logging.getLogger("of.sample")
        log.info("by logging")
        try:
            raise LookupError("not here")
        except LookupError:
            log.exception("it failed")
        return "spoken"

    @action
    def wait(self):
        print("waiting", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    Sample().start_server()
`;

/** A registry with that plugin as `sample`. */
export async function withSample(workshop: Workshop): Promise<void> {
  await workshop.write('sample/plugin.py', SAMPLE);
  await workshop.write('plugins.yaml', 'plugins:\n  - id: sample\n    path: ./sample\n    python_version: "3.11"\n');
}

/** The last line of standard error, which with --json is an error. */
export function errorOf({ stderr }: Outcome): Record<string, unknown> {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}
