import { availableParallelism } from 'node:os';
import { engineFinder } from '../engine/engine-finder.ts';
import { KeptHashes } from '../environment/build/kept-hashes.ts';
import { EnvironmentChecks } from '../environment/contents/environment-checks.ts';
import { Accelerator } from '../environment/fetched/accelerator.ts';
import { DebuggerPackage } from '../environment/fetched/debugger-package.ts';
import type { PythonInterpreter } from '../environment/ready-environment.ts';
import { SharedLooks } from '../environment/shared-looks.ts';
import { StateFolder } from '../environment/state-folder.ts';
import { SdkBytecode } from '../languages/python/sdk-bytecode.ts';
import { gatekeeperFor } from '../environment/python/gatekeeper.ts';
import { nodeSdkFolder } from '../languages/node/sdk-folder.ts';
import { pythonSdkFolder } from '../languages/python/sdk-folder.ts';
import { forgetSockets, PluginContainers } from '../launcher/docker/plugin-containers.ts';
import { Ledger } from '../launcher/ledger/ledger.ts';
import { PluginProcesses } from '../launcher/process/spawn-process.ts';
import { PluginNetworks } from '../launcher/sandbox/network/plugin-networks.ts';
import { PluginGroups } from '../launcher/thread/plugin-groups.ts';
import { PluginLimits, type ProcessUse } from '../launcher/limits/plugin-limits.ts';
import { ScratchFolders } from '../launcher/sandbox/scratch-folders.ts';
import { type OrphanedProcess, sweepLedger } from '../launcher/ledger/sweep-ledger.ts';
import { forgetSocketPlace } from '../launcher/socket-place.ts';
import { WorkInFlight } from '../lifecycle/work-in-flight.ts';
import { EventLog } from '../monitor/event-log.ts';
import { Metrics } from '../monitor/metrics.ts';
import { standardErrorLog } from '../monitor/standard-error-log.ts';
import { Places } from '../lifecycle/places.ts';
import type { AcquireOptions } from '../resources/acquire-options.ts';
import { ResourceManager } from '../resources/resource-manager.ts';
import { EnvironmentNotes } from './environment-notes.ts';
import type { Heard } from './event-listeners.ts';
import type { HostedPlugin } from './hosted-plugin.ts';
import { KnownDescriptions } from './known-descriptions.ts';
import { LeaseNotes } from './lease-notes.ts';
import { environmentsOf } from './loaded-later.ts';
import { ManagerHooks } from './manager-hooks.ts';
import type { PluginManagerOptions } from './manager-options.ts';
import { guardedObservers, type HostObserver, type PluginObserver, tellAll } from './plugin-observer.ts';
import { PluginOutput } from './plugin-output.ts';
import { ResourceOwners } from './resource-owners.ts';
import { StateWatch } from './state-watch.ts';
import type { Stages } from './stages.ts';

/** A start waits for the disk about as long as it computes. */
const STARTS_FOR_EACH_PROCESSOR = 2;

/** The stages of one manager, joined. */
export interface Composition {
  readonly stages: Stages;
  readonly hooks: ManagerHooks;
  readonly resources: ResourceManager;
  readonly metrics: Metrics;
  /** What the processes of plugins use now. */
  readonly usage: () => readonly ProcessUse[];
  readonly debugpy: DebuggerPackage;
  /** Processes that a killed host had left running and that this one has ended. Never rejects. */
  readonly swept: Promise<readonly OrphanedProcess[]>;
  /** Ends what works beside the plugins; resolves when that is done. */
  stop(): Promise<void>;
  /** Ends leases and notes, once no plugin runs that may hold any; resolves when no process of theirs is left either. */
  release(): Promise<void>;
}

/**
 * Joins the stages: what each needs of another is handed to it here, and nowhere else.
 *
 * @throws BulkheadError `SDK_NOT_FOUND`
 * @param plugins in the order of the registry; they come later
 * @param listeners hears last, and never throws
 */
export function composeStages(
  options: PluginManagerOptions,
  plugins: ReadonlyMap<string, HostedPlugin>,
  listeners: Heard,
  hostCall: Stages['hostCall'],
): Composition {
  const variables = options.variables ?? process.env;
  const state = StateFolder.of(variables, options.home);
  const log = new EventLog(options.logger ?? standardErrorLog(variables));
  const sdk = pythonSdkFolder(variables, options.pythonSdk);
  const environment = { state, variables };
  const accelerator = new Accelerator(environment);
  const ledger = new Ledger(state.instances);
  const scratch = new ScratchFolders(state.scratch, ledger);
  const limits = new PluginLimits(variables);
  const swept = sweep(state, ledger, { scratch, limits }).then(
    (ended) => log.swept(ended),
    (error: unknown) => log.notSwept(error as Error),
  );
  const environmentChecks = new EnvironmentChecks(state);
  const debugpy = new DebuggerPackage(environment);
  const bytecode = new SdkBytecode(state.bytecode, sdk, new KeptHashes(state));
  const engine = engineFinder(variables);
  const containers = new PluginContainers({ engine, sockets: state.sockets });
  const languages = {
    variables,
    logLevel: () => output.level,
    shared: [state.root, sdk],
    check: (...start: Parameters<EnvironmentChecks['check']>) => environmentChecks.check(...start),
    node: {
      sdk: () => nodeSdkFolder(variables, options.nodeSdk),
      gatekeeper: (plugin: string) => gatekeeperFor(plugin, environment, new AbortController().signal),
    },
    python: {
      sdk,
      bytecode,
      debugger: debugpy.folder,
      accelerator: (python: PythonInterpreter, inImage?: 'glibc' | 'musl') => accelerator.folderFor(python, inImage),
    },
  };
  const processes = new PluginProcesses({
    ledger,
    scratch,
    networks: new PluginNetworks((...host) => log.hostDenied(...host)),
    limits,
    output: (...line) => output.printed(...line),
  });
  const observers = options.observers ?? [];
  const hasLineObserver = observers.some((each) => each.log !== undefined);
  const output = new PluginOutput({
    log,
    isHeard: () => hasLineObserver || listeners.isHeard('log'),
    line: (...line) => observer.log(...line),
    onlyCallOf: (plugin, generation) => plugins.get(plugin)?.onlyCallOf(generation),
  });
  const capacities = options.resources ?? {};
  const metrics = new Metrics(
    () => [...plugins.values()].flatMap(({ cacheSizes }) => cacheSizes),
    () => limits.measuredUsage(),
  );
  const environmentNotes = new EnvironmentNotes(ledger);
  const leaseNotes = new LeaseNotes(ledger, () => resources.status());
  const states = new StateWatch(
    (plugin) => plugins.get(plugin)?.state,
    (...change) => observer.stateChanged(...change),
  );
  const observer: HostObserver = tellAll([
    metrics,
    metrics.caches,
    metrics.ofResources(Object.keys(capacities)),
    log,
    leaseNotes,
    healthNotes(processes),
    states.observer,
    ...guardedObservers(observers),
    listeners.observer,
  ]);
  const resources = new ResourceManager({ capacities, observer });
  const hooks = new ManagerHooks({ plugins, observer, leftOut: (...what) => log.hooksLeftOut(...what) });
  const owners = new ResourceOwners();
  const forEnvironments = {
    ...environment,
    sdkForTools: sdk,
    engine,
    sdk: { folder: sdk, hash: () => bytecode.hash() },
  };
  const stages: Stages = {
    environments: environmentsOf(forEnvironments),
    survey: () => environmentsOf({ ...forEnvironments, looks: new SharedLooks(true) }),
    launching: {
      processes,
      containers,
      languages,
      groups: new PluginGroups({ processes, languages }),
      fellBack: (...what) => observer.fellBack(...what),
    },
    observer,
    log,
    output,
    environmentChecks,
    environmentNotes,
    work: new WorkInFlight(),
    descriptions: new KnownDescriptions(state.descriptions, () => bytecode.path()),
    startGate: new Places(STARTS_FOR_EACH_PROCESSOR * availableParallelism()),
    hooks,
    hostCall,
    lease: (_, caller, { name, options: wanted }, signal) =>
      resources.acquire(owners.of(caller), name, { ...(wanted as AcquireOptions), signal }),
  };
  return {
    stages,
    hooks,
    resources,
    metrics,
    usage: () => limits.usage(),
    debugpy,
    swept,
    stop: async () =>
      void (await Promise.allSettled([swept, accelerator.close(), environmentChecks.close(), hooks.close()])),
    release: async () => {
      resources.close();
      leaseNotes.close();
      environmentNotes.close();
      for (const id of plugins.keys()) states.look(id);
      states.close();
      await Promise.all([processes.settled(), containers.close()]);
    },
  };
}

/** Ends only what a trustworthy ledger names. */
async function sweep(
  state: StateFolder,
  ledger: Ledger,
  { scratch, limits }: { readonly scratch: ScratchFolders; readonly limits: PluginLimits },
): Promise<readonly OrphanedProcess[]> {
  state.check();
  const ended = await sweepLedger(ledger, async ({ mark, sockets }) => {
    await forgetSockets(state.sockets, mark);
    await forgetSocketPlace(sockets);
  });
  await Promise.all([scratch.sweep(), limits.sweep()]);
  return ended;
}

/** Writes health down for `runningProcesses` in other processes. */
function healthNotes(processes: PluginProcesses): PluginObserver {
  return {
    instanceStarted: (_, instance) => processes.note(instance, { health: 'ready' }),
    healthChanged: (_, instance, health) => processes.note(instance, { health }),
  };
}
