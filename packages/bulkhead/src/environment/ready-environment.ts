import type { PluginSpec } from '../registry/plugin-spec.ts';

/** An environment that is ready for a launcher. */
export interface ReadyEnvironment<Runtime extends EnvironmentRuntime = EnvironmentRuntime> {
  /** Hash over everything that decides what is in it; plugins with the same identity share it on disk. */
  readonly identity: string;
  /** Distribution name (normalised) to installed version. */
  readonly packages: Readonly<Record<string, string>>;
  /** Whether this call built it, or found it ready. */
  readonly built: boolean;
  /** Milliseconds that this call took. */
  readonly duration: number;
  /** When its packages were resolved, or newer ones were last looked for: RFC 3339. Undefined: it has none. */
  readonly resolved: string | undefined;
  /** Absolute path of the uv.lock that decides its packages, which no upgrade changes; undefined: there is none that counts. */
  readonly lockedBy: string | undefined;
  /** Absolute paths of the projects and files of this disk that were installed into it. */
  readonly localSources: readonly string[];
  readonly runtime: Runtime;
}

/** The part that a launcher starts. `kind` tells the languages, and images, apart: another one adds its own member. */
export type EnvironmentRuntime = PythonRuntime | NodeRuntime | ImageRuntime | CommandRuntime;

/** A virtual environment and the interpreter below it. */
export interface PythonRuntime {
  readonly kind: 'python';
  /** Absolute path of the virtual environment: what becomes `sys.prefix`. */
  readonly prefix: string;
  /** Absolute path of its site-packages. */
  readonly sitePackages: string;
  readonly python: PythonInterpreter;
  readonly node?: undefined;
}

/** A folder with npm packages, and the Node that loads them. */
export interface NodeRuntime {
  readonly kind: 'node';
  /** Absolute path of the folder whose `node_modules` holds the plugin's packages; it has none where the plugin asks for none. */
  readonly prefix: string;
  readonly python?: undefined;
  readonly node: NodeInterpreter;
}

/** Nothing of Bulkhead's: a command starts the plugin, in an environment that is that command's business. */
export interface CommandRuntime {
  readonly kind: 'command';
  readonly prefix?: undefined;
  readonly python?: undefined;
  readonly node?: undefined;
  /** What closes the gates of a sandbox before the program takes its place. Undefined: there is none to be made. */
  readonly gatekeeper: PythonInterpreter | undefined;
}

/** A container image, and the interpreter in it. */
export type ImageRuntime = PythonImageRuntime | NodeImageRuntime;

/** What is known of an image, whatever the plugin is written in. */
export interface AnyImageRuntime {
  readonly kind: 'image';
  /** It has no folder on this machine. */
  readonly prefix?: undefined;
  /** Its name, as the registry has it. */
  readonly image: string;
  /** Of its content: what runs, even if the name means another image by then. */
  readonly imageId: string;
  /** Whom a container runs as: a name of the image's own, or numbers of user and group. */
  readonly user: string;
  /** The folder inside that holds the plugin; undefined: the plugin's folder on this machine has to be mounted. */
  readonly folder: string | undefined;
  /** Whether it says where the home folder is. */
  readonly setsHome: boolean;
}

export interface PythonImageRuntime extends AnyImageRuntime {
  /** `executable` is a path inside. */
  readonly python: PythonInterpreter;
  readonly node?: undefined;
  /** Folder of this machine with byte code of the SDK for that interpreter. */
  readonly bytecode: string | undefined;
  /** The C library for which its extensions are built; undefined: another one, or it takes none of the usual ones. */
  readonly libc: 'glibc' | 'musl' | undefined;
}

export interface NodeImageRuntime extends AnyImageRuntime {
  readonly python?: undefined;
  /** `executable` is a path inside. */
  readonly node: NodeInterpreter;
  /** The folder inside whose `node_modules` has the packages of a plugin that lies elsewhere; undefined: they are found from its own. */
  readonly modules: string | undefined;
}

/** A base interpreter, not a virtual environment's and not a shim. */
export interface PythonInterpreter {
  /** Absolute path of the real binary. */
  readonly executable: string;
  /** Such as `3.11.7`. */
  readonly version: string;
  /** Such as `cpython`. */
  readonly implementation: string;
  /** Where it was found, in words, for `doctor`: `pyenv`, `PATH`, `uv`, … */
  readonly origin: string;
}

/** A Node of this machine or of an image, not a shim. */
export interface NodeInterpreter {
  /** Absolute path of the real binary. */
  readonly executable: string;
  /** Such as `22.18.0`. */
  readonly version: string;
  /** Where it was found, in words, for `doctor`: `the host's own`, `nvm`, `PATH`, … */
  readonly origin: string;
}

/** What is done to make an environment ready. `changed`: the one that was there is not used any more, because somebody has changed it. */
export type ProgressStep =
  | 'python'
  | 'uv'
  | 'waiting'
  | 'resolving'
  | 'downloading'
  | 'building'
  | 'installing'
  | 'trying'
  | 'changed'
  | 'debugger'
  | 'ready';

/** A step begins, or goes on. */
export interface ProgressEvent {
  readonly plugin: string;
  readonly step: ProgressStep;
  /** One readable line, such as `downloading pandas (11.7MiB)`. */
  readonly message: string;
}

/** Hears how an environment is made ready. What it throws becomes a warning of the process. */
export type ProgressSink = (event: ProgressEvent) => void;

/** An environment in the state folder. */
export type BuiltEnvironment = ReadyEnvironment<PythonRuntime>;

export interface PrepareOptions {
  /**
   * Resolves anew, and makes another environment if that gives other packages. The old one stays for those who run in it; who
   * prepares later finds the new one.
   */
  readonly upgrade?: boolean | undefined;
}

/** Makes environments with one builder: see environments.ts. */
export interface EnvironmentProvider<Runtime extends EnvironmentRuntime = EnvironmentRuntime> {
  /**
   * Finds or builds the environment of `spec`.
   *
   * @throws BulkheadError of blame `environment` or `user`, see the catalogue.
   */
  prepare(
    spec: PluginSpec,
    signal: AbortSignal,
    progress: ProgressSink,
    options?: PrepareOptions,
  ): Promise<ReadyEnvironment<Runtime>>;
  /** As `prepare`, but builds, fetches and installs nothing. Undefined if the environment would have to be built. */
  find(spec: PluginSpec, signal: AbortSignal): Promise<ReadyEnvironment<Runtime> | undefined>;
}
