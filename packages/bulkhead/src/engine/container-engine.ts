import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { BulkheadError } from '../errors/bulkhead-error.ts';
import { isRecord } from '../lifecycle/is-record.ts';
import { Limit } from '../lifecycle/limit.ts';
import { abortable } from '../lifecycle/wait.ts';
import { EngineConnection, EngineRefusal } from './engine-connection.ts';
import type { EngineAddress } from './engine-address.ts';
import type { EngineMount } from './inside.ts';

/** What an engine says of itself, of which Bulkhead makes use. */
export interface EngineFacts {
  readonly ServerVersion: string;
  /** Of processors that a container may be given. */
  readonly NCPU: number;
  readonly Architecture: string;
  readonly OSType: string;
  readonly MemoryLimit: boolean;
  readonly PidsLimit: boolean;
  readonly CpuCfsQuota: boolean;
  readonly SecurityOptions?: readonly string[] | null;
  /** Podman's; Docker names it among the options. */
  readonly Rootless?: boolean;
  readonly LiveRestoreEnabled?: boolean;
  readonly CgroupVersion?: string;
}

export interface ImageFacts {
  /** `sha256:…`: of its content. */
  readonly Id: string;
  /** RFC 3339 */
  readonly Created?: string;
  readonly Os: string;
  readonly Architecture: string;
  readonly Config: {
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Env?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Entrypoint?: readonly string[] | null;
  } | null;
}

/** What a container is made of; see the engine's API. */
export interface ContainerRequest {
  readonly Image: string;
  /** Undefined, like the command: the image's own. */
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly HostConfig: Readonly<Record<string, unknown>> & { readonly Mounts: readonly EngineMount[] };
}

export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly OOMKilled: boolean;
  readonly ExitCode: number;
  /** Of its first process, as the engine's machine counts; 0: it does not run. */
  readonly Pid: number;
}

export interface ContainerSummary {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** How long a container is waited for that is made for nobody. */
const LATE_MILLISECONDS = 10_000;

/** A container engine of this machine: Docker, or Podman by its compatible API. */
export class ContainerEngine {
  readonly address: EngineAddress;
  readonly #connection: EngineConnection;
  #facts: Promise<EngineFacts> | undefined;

  constructor(address: EngineAddress) {
    this.address = address;
    this.#connection = new EngineConnection(address.socket);
  }

  /** Asked once. @throws BulkheadError as all its methods: `ENGINE_UNAVAILABLE`, `ENGINE_NOT_PERMITTED`, `ENGINE_FAILED` */
  async facts(signal: AbortSignal): Promise<EngineFacts> {
    this.#facts ??= this.#ask({ method: 'GET', path: '/info', task: 'describe itself', signal }).then((facts) =>
      withoutIdleLimits(facts as EngineFacts),
    );
    const facts = this.#facts;
    try {
      return await facts;
    } catch (error) {
      if (this.#facts === facts) this.#facts = undefined;
      throw error;
    }
  }

  /** Undefined if it has no such image. */
  async image(name: string, signal: AbortSignal): Promise<ImageFacts | undefined> {
    const path = `/images/${name}/json`;
    return (await this.#ifThere({ method: 'GET', path, task: 'look for an image', signal })) as ImageFacts | undefined;
  }

  /**
   * Builds an image from a tar archive. The answer is a stream of lines of JSON, also of a build that fails.
   *
   * @throws EngineRefusal when its Dockerfile can't be read
   */
  async build(
    archive: Readable,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const task = 'build an image';
    return await this.#connection.listen({ method: 'POST', path: '/build', query, archive, task, signal });
  }

  /**
   * An engine goes on with what it was asked for, also when nobody waits any more. So a container that comes after the signal is
   * removed, before this rejects.
   *
   * @returns its id
   * @throws EngineRefusal when the engine does not take the request
   */
  async create(name: string, request: ContainerRequest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const patience = new AbortController();
    const made = this.#make(name, request, patience.signal);
    try {
      return await abortable(made, signal);
    } catch (error) {
      const limit = new Limit(LATE_MILLISECONDS, () => patience.abort());
      await made.then((id) => this.remove(id, patience.signal)).catch(() => undefined);
      limit.clear();
      throw error;
    }
  }

  async #make(name: string, request: ContainerRequest, signal: AbortSignal): Promise<string> {
    const wanted = { method: 'POST', path: '/containers/create', query: { name }, body: request } as const;
    const answer = await this.#connection.ask({ ...wanted, task: 'make a container', signal });
    if (isRecord(answer) && typeof answer['Id'] === 'string') return answer['Id'];
    throw new BulkheadError('ENGINE_FAILED', { task: 'make a container', reason: 'its answer names none' });
  }

  /** @throws EngineRefusal when the container's program can't be run */
  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.#connection.ask({ method: 'POST', path: `/containers/${id}/start`, task: 'start a container', signal });
  }

  /**
   * What it writes from now on, in frames: see output-frames.ts.
   *
   * @param isLong whether to wait for it keeps no program running
   * @throws EngineRefusal when its program can't be run, which Podman finds out here
   */
  async attach(id: string, signal: AbortSignal, isLong: boolean): Promise<Socket> {
    const query = { stream: '1', stdout: '1', stderr: '1' };
    const task = 'read what a container writes';
    const path = `/containers/${id}/attach`;
    return await this.#connection.upgrade({ method: 'POST', path, query, task, signal, isLong });
  }

  /**
   * Runs another program in a container, as its user. What is written to the connection is the program's input; what comes are
   * frames, see output-frames.ts. To wait for it keeps no program running.
   *
   * @param signal ends the connection as well, and with its input the program
   */
  async exec(id: string, command: readonly string[], signal: AbortSignal): Promise<Socket> {
    const task = 'run a program in a container';
    const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const path = `/containers/${id}/exec`;
    const made = await this.#ask({ method: 'POST', path, body: { ...streams, Cmd: command }, task, signal });
    if (!isRecord(made) || typeof made['Id'] !== 'string')
      throw new BulkheadError('ENGINE_FAILED', { task, reason: 'its answer names none' });
    const start = { method: 'POST', path: `/exec/${made['Id']}/start`, body: { Detach: false, Tty: false } } as const;
    return await this.#refusable(task, () => this.#connection.upgrade({ ...start, task, signal, isLong: true }));
  }

  /**
   * Resolves when it has exited, with its status.
   *
   * @param condition `next-exit` of one that has not started yet
   * @param isLong whether to wait for it keeps no program running
   */
  async wait(
    id: string,
    condition: 'next-exit' | 'not-running',
    signal: AbortSignal,
    isLong: boolean,
  ): Promise<number> {
    const task = 'wait for a container';
    const path = `/containers/${id}/wait`;
    const answer = await this.#ask({ method: 'POST', path, query: { condition }, task, signal, isLong });
    if (isRecord(answer) && typeof answer['StatusCode'] === 'number') return answer['StatusCode'];
    throw new BulkheadError('ENGINE_FAILED', { task, reason: 'its answer has no status' });
  }

  /** Undefined if it is gone. */
  async state(id: string, signal: AbortSignal): Promise<ContainerState | undefined> {
    const task = 'look at a container';
    const found = await this.#ifThere({ method: 'GET', path: `/containers/${id}/json`, task, signal });
    return isRecord(found) ? (found['State'] as ContainerState) : undefined;
  }

  /** Nothing happens to one that does not run. */
  async signal(id: string, name: string, signal: AbortSignal): Promise<void> {
    const path = `/containers/${id}/kill`;
    await this.#ifThere({ method: 'POST', path, query: { signal: name }, task: 'signal a container', signal });
  }

  /** Ends and removes it, with its anonymous volumes; nothing happens if it is gone. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const query = { force: '1', v: '1' };
    await this.#ifThere({ method: 'DELETE', path: `/containers/${id}`, query, task: 'remove a container', signal });
  }

  /** Containers that have a label, running or not. */
  async labelled(label: string, signal: AbortSignal): Promise<readonly ContainerSummary[]> {
    const query = { all: '1', filters: JSON.stringify({ label: [label] }) };
    const found = await this.#ask({ method: 'GET', path: '/containers/json', query, task: 'list containers', signal });
    return Array.isArray(found) ? (found as ContainerSummary[]) : [];
  }

  /** A stream of lines of JSON, each an event of a container with that label. */
  async events(kinds: readonly string[], label: string, signal: AbortSignal): Promise<IncomingMessage> {
    const query = { filters: JSON.stringify({ type: ['container'], event: kinds, label: [label] }) };
    const task = 'tell events';
    return await this.#refusable(task, () =>
      this.#connection.listen({ method: 'GET', path: '/events', query, task, signal }),
    );
  }

  async #ask(wanted: Parameters<EngineConnection['ask']>[0]): Promise<unknown> {
    return await this.#refusable(wanted.task, () => this.#connection.ask(wanted));
  }

  /** What is not there, or in another state than the request supposes, is no failure: undefined. */
  async #ifThere(wanted: Parameters<EngineConnection['ask']>[0]): Promise<unknown> {
    return await this.#refusable(wanted.task, async () => {
      try {
        return await this.#connection.ask(wanted);
      } catch (error) {
        if (error instanceof EngineRefusal && (error.status === 404 || error.status === 409)) return undefined;
        throw error;
      }
    });
  }

  /** Of requests that an engine has no reason to refuse. */
  async #refusable<Answer>(task: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      throw new BulkheadError('ENGINE_FAILED', { task, reason: error.message }, { cause: error });
    }
  }
}

/** In the first version of cgroups only root can limit anything. Podman without root promises limits there, and sets none. */
function withoutIdleLimits(facts: EngineFacts): EngineFacts {
  if (!isRootless(facts) || facts.CgroupVersion !== '1') return facts;
  return { ...facts, MemoryLimit: false, CpuCfsQuota: false, PidsLimit: false };
}

/** Whether it runs as an ordinary user. */
export function isRootless({ Rootless = false, SecurityOptions }: EngineFacts): boolean {
  return Rootless || (SecurityOptions ?? []).some((option) => option.startsWith('name=rootless'));
}
