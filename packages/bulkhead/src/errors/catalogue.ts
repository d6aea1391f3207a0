/**
 * The one catalogue of errors: code, wording, blame, whether a retry may help, HTTP status. docs/errors.md is made from
 * it. Codes are never re-used for another meaning.
 */

import type { ErrorCode, ErrorDetails, Mistake, SuspectPackage } from './error-details.ts';

/** Whose fault it is: the plugin's, its user's, the machine's (packages, interpreters, network), or ours. */
export type Blame = 'plugin' | 'user' | 'environment' | 'bulkhead';

export interface CatalogueEntry<Details> {
  readonly blame: Blame;
  readonly retryable: boolean;
  readonly httpStatus: number;
  /** When it occurs, for the documentation. */
  readonly when: string;
  message(details: Details): string;
  advice(details: Details): string;
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds) / 1000} s`;
const occupation = (inFlight: number, instances: number): string =>
  instances === 0
    ? 'no instance was ready'
    : `${instances === 1 ? 'its one instance was' : `its ${instances} instances were`} busy with ${inFlight} ${inFlight === 1 ? 'other' : 'others'}`;
const maybe = (nearest: string | undefined): string => (nearest === undefined ? '' : ` Did you mean "${nearest}"?`);
const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
const suspected = (packages: readonly SuspectPackage[]): string =>
  packages.length === 0
    ? ''
    : ` (${packages.map(({ name, version, released }) => `${name} ${version}${released === undefined ? '' : ` of ${released.slice(0, 10)}`}`).join(' with ')})`;
const mistakes = (all: readonly Mistake[]): string =>
  all.map(({ file, line, column, message }) => `\n  ${file}:${line}:${column}: ${message}`).join('');

/** The plugin's own output and traceback travel beside the message, in `context`. */
const READ_ITS_OUTPUT = "Read the plugin's traceback and last lines; the mistake is in its code or its configuration.";

export const catalogue: { readonly [Code in ErrorCode]: CatalogueEntry<ErrorDetails[Code]> } = {
  REGISTRY_NOT_FOUND: {
    blame: 'user',
    retryable: false,
    httpStatus: 404,
    when: 'The registry file does not exist or cannot be read.',
    message: ({ file }) => `There is no registry at ${file}.`,
    advice: () => 'Write one with `bulkhead init`, or name another with `--registry FILE`.',
  },
  REGISTRY_INVALID: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: 'The registry file has mistakes; all of them are listed.',
    message: (details) =>
      `The registry has ${details.mistakes.length === 1 ? 'a mistake' : `${details.mistakes.length} mistakes`}:${mistakes(details.mistakes)}`,
    advice: () => 'Mend the lines named; docs/registry.md describes every field.',
  },
  MANIFEST_INVALID: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 400,
    when: "A plugin's pyproject.toml, or the [tool.bulkhead] table in it, has mistakes.",
    message: (details) =>
      `The manifest of plugin "${details.plugin}" has ${details.mistakes.length === 1 ? 'a mistake' : `${details.mistakes.length} mistakes`}:${mistakes(details.mistakes)}`,
    advice: () =>
      "Mend the lines named in the plugin's pyproject.toml; docs/writing-a-plugin.md describes every field.",
  },
  PLUGIN_FOLDER_MISSING: {
    blame: 'user',
    retryable: false,
    httpStatus: 404,
    when: "The folder that a registry entry's `path` names does not exist.",
    message: ({ plugin, folder, declared }) =>
      `The folder of plugin "${plugin}" does not exist: ${folder} (declared at ${declared}).`,
    advice: () => 'Mend `path` in the registry (it is relative to the registry file), or put the plugin there.',
  },
  PLUGIN_ENTRY_POINT_MISSING: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 404,
    when: "The file that is to be run is not in the plugin's folder.",
    message: ({ plugin, file }) => `Plugin "${plugin}" has no file ${file} to run.`,
    advice: () => 'Name the file in `[tool.bulkhead] entry_point` of its pyproject.toml, or call it plugin.py.',
  },
  PLUGIN_ALREADY_LOADED: {
    blame: 'user',
    retryable: false,
    httpStatus: 409,
    when: 'A plugin is loaded under an id that another one has.',
    message: ({ plugin }) => `There is a plugin "${plugin}" already.`,
    advice: () => 'Give one of the two another id.',
  },
  PLUGIN_UNKNOWN: {
    blame: 'user',
    retryable: false,
    httpStatus: 404,
    when: 'A call names a plugin that is not in the registry.',
    message: ({ plugin, nearest }) => `There is no plugin "${plugin}".${maybe(nearest)}`,
    advice: ({ known }) => `Known plugins: ${listed(known)}.`,
  },
  ACTION_UNKNOWN: {
    blame: 'user',
    retryable: false,
    httpStatus: 404,
    when: 'A call names an action that the plugin does not have.',
    message: ({ plugin, action, nearest }) => `Plugin "${plugin}" has no action "${action}".${maybe(nearest)}`,
    advice: ({ known }) => `Its actions: ${listed(known)}.`,
  },
  INPUT_NOT_ENCODABLE: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: 'The input of a call holds a value that cannot cross to a plugin.',
    message: ({ plugin, action, path, reason }) =>
      `The input of ${plugin}.${action} can't be sent: ${reason} (at ${path}).`,
    advice: () => 'Send plain objects, arrays, text, numbers, bigints, dates, binary and typed arrays.',
  },
  INPUT_TOO_LARGE: {
    blame: 'user',
    retryable: false,
    httpStatus: 413,
    when: 'The input of a call is over the size limit.',
    message: ({ plugin, action, reason }) => `The input of ${plugin}.${action} is too large: ${reason}.`,
    advice: ({ limit }) => `Raise \`limits: { ${limit}: … }\` of the plugin in the registry, or send less at a time.`,
  },
  INPUT_STREAM_REFUSED: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: 'The input of a call has a stream, and the plugin can take none, or not this one.',
    message: ({ plugin, action, why }) =>
      why === 'unknown to its SDK'
        ? `${plugin}.${action} can't be given a stream: the plugin's SDK does not know them.`
        : `${plugin}.${action} can't be given this stream: it is the answer of the very instance that would read it, and runs one call at a time.`,
    advice: ({ why }) =>
      why === 'unknown to its SDK'
        ? 'Gather the stream into an array, or bring the plugin to an SDK that offers the feature `input_streams`.'
        : 'Let the plugin have a second instance (`instances: { max: 2 }` in the registry), or gather the stream into an array.',
  },
  INPUT_REJECTED: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: "The input does not fit the action's parameters.",
    message: ({ plugin, action, reason }) => `${plugin}.${action} does not take this input: ${reason}.`,
    advice: () => "Send an object whose keys are the action's parameters, as named above.",
  },
  ARGUMENT_INVALID: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: 'An argument of the library or the command line has no acceptable value.',
    message: ({ argument, reason }) => `${argument}: ${reason}.`,
    advice: () =>
      'Give it another value; `bulkhead COMMAND --help`, or the type of the function, says which are accepted.',
  },
  ISOLATION_UNAVAILABLE: {
    blame: 'user',
    retryable: false,
    httpStatus: 501,
    when: 'A plugin asks for an isolation that this version of Bulkhead does not offer.',
    message: ({ plugin, isolation }) =>
      `Plugin "${plugin}" asks for isolation "${isolation}", which this version of Bulkhead does not run.`,
    advice: () => 'Set `isolation: process` for it in the registry, if the plugin can run as a process.',
  },
  MANAGER_CLOSED: {
    blame: 'user',
    retryable: false,
    httpStatus: 503,
    when: 'A manager is used after `close()`, or closed while the call was running.',
    message: ({ what }) => `The plugin manager is closed: ${what}.`,
    advice: () => 'Open another manager, or close this one only after its last call.',
  },
  CALL_CANCELLED: {
    blame: 'user',
    retryable: false,
    httpStatus: 499,
    when: "The caller's AbortSignal ended the call.",
    message: ({ plugin, action }) => `The call of ${plugin}.${action} was cancelled.`,
    advice: () => 'Nothing to do: the caller asked for it. The reason given to the signal is the cause.',
  },
  FILE_EXISTS: {
    blame: 'user',
    retryable: false,
    httpStatus: 409,
    when: 'A command would overwrite something.',
    message: ({ file }) => `${file} exists already; nothing was changed.`,
    advice: () => 'Choose another name, or remove it first.',
  },
  FOLDER_UNWATCHABLE: {
    blame: 'environment',
    retryable: true,
    httpStatus: 500,
    when: 'The system does not tell of changes in a folder.',
    message: ({ folder, reason }) => `Changes in ${folder} can't be watched: ${reason}.`,
    advice: () =>
      'Many files need many watchers: on Linux raise fs.inotify.max_user_watches, or keep data out of the folder.',
  },
  HOST_CALL_DENIED: {
    blame: 'user',
    retryable: false,
    httpStatus: 403,
    when: 'A plugin called another without being allowed to.',
    message: ({ plugin, target }) => `Plugin "${plugin}" may not call plugin "${target}".`,
    advice: ({ plugin, target }) => `If it shall, add ${target} to \`may_call\` of plugin "${plugin}" in the registry.`,
  },
  HOST_CALL_PATH_REFUSED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 508,
    when: 'Plugins call one another in a circle, or too many one behind the other.',
    message: ({ path, reason }) => `The call ${path.join(' → ')} was refused: ${reason}.`,
    advice: () => 'Let the outermost caller call the plugins one after the other.',
  },

  RESOURCE_CONFLICT: {
    blame: 'environment',
    retryable: true,
    httpStatus: 409,
    when: 'A resource was not to be had in time, because others held it.',
    message: ({ resource, owner, milliseconds, holders, waiting }) =>
      `${owner} did not get resource "${resource}" ${milliseconds === 0 ? 'at once' : `within ${seconds(milliseconds)}`}: ${holders
        .map((holder) => `${holder.owner} has held it for ${seconds(holder.milliseconds)} (${holder.mode})`)
        .join(
          ', ',
        )}${waiting.length === 0 ? '' : `; ${waiting.join(', ')} ${waiting.length === 1 ? 'waits' : 'wait'} as well`}.`,
    advice: () =>
      'Try again, wait longer (`timeout`), or let its holder release it sooner; if it can be shared, say so with `mode: shared` or a capacity.',
  },
  RESOURCE_DEADLOCK: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 409,
    when: 'An owner asked for a resource while others, directly or in the end, wait for what it has itself.',
    message: ({ resource, owner, cycle }) =>
      `${owner} would wait for resource "${resource}" for ever: ${cycle
        .map(
          (step) =>
            `${step.owner}${step.holds === undefined ? '' : ` holds ${step.holds} and`} waits for ${step.waitsFor}`,
        )
        .join(', ')}.`,
    advice: () =>
      'Acquire resources in the same order everywhere, or release what is held before asking for more; then try again.',
  },
  RESOURCE_WAIT_ENDED: {
    blame: 'user',
    retryable: false,
    httpStatus: 499,
    when: 'The wait for a resource was given up: by its signal, with its owner, or because the host is closing.',
    message: ({ resource, owner, reason }) => `${owner} no longer waits for resource "${resource}": ${reason}.`,
    advice: () => 'Nothing to do: what wanted the resource has ended.',
  },

  HOOK_ORDER_UNSATISFIABLE: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 409,
    when: "A hook can't be registered, because what hooks ask for by `before` and `after` contradicts itself.",
    message: ({ event, hook, wishes }) =>
      `Hook ${hook} of event "${event}" can't be put in order: ${wishes.join(', ')}.`,
    advice: () => 'Take one of these wishes back; where no wish decides, `priority` does.',
  },
  HOOK_ALREADY_REGISTERED: {
    blame: 'user',
    retryable: false,
    httpStatus: 409,
    when: 'An owner has a hook of that id for the event already.',
    message: ({ event, hook }) => `There is a hook ${hook} of event "${event}" already.`,
    advice: () => 'Give it another `id`, or remove the other one first.',
  },
  HOOK_DATA_INVALID: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: 'The data given to the hooks of an event holds something that has no copy.',
    message: ({ event, path, reason }) =>
      `Event "${event}" can't take this data through its hooks: ${reason} (at ${path}).`,
    advice: () => 'Give plain objects, arrays, text, numbers, bigints, dates, binary and typed arrays.',
  },
  HOOK_FAILED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: 'A hook threw, or whoever runs it died, and its policy is that the chain fails then.',
    message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" failed: ${reason}.`,
    advice: () =>
      'Read the cause. `onError: skip` (Python: `on_error="skip"`) lets the chain go on without the hook, `disable` also leaves it out from then on.',
  },
  HOOK_RESULT_INVALID: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: "What a hook returned can't go on: nothing, no data, or data of another kind.",
    message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" ${reason}.`,
    advice: () =>
      'Let it return the whole new data; `onNothing: keep` lets a hook that returns nothing leave the data as it was.',
  },
  HOOK_TIMEOUT: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 504,
    when: 'A hook did not come to its end in time.',
    message: ({ event, hook, milliseconds }) =>
      `Hook ${hook} of event "${event}" did not end within ${seconds(milliseconds)}.`,
    advice: () => 'If it really needs longer, raise its `timeout`; `mode: notify` does not wait for it.',
  },
  HOOK_VETOED: {
    blame: 'user',
    retryable: false,
    httpStatus: 403,
    when: 'A hook stopped the chain.',
    message: ({ event, hook, reason }) => `Hook ${hook} of event "${event}" stopped it: ${reason}.`,
    advice: () => 'Change what the hook objects to, or remove the hook.',
  },
  HOOKS_CANCELLED: {
    blame: 'user',
    retryable: false,
    httpStatus: 499,
    when: "The caller's AbortSignal ended a run of hooks.",
    message: ({ event }) => `The hooks of event "${event}" were cancelled.`,
    advice: () => 'Nothing to do: the caller asked for it. The reason given to the signal is the cause.',
  },
  HOOKS_TIMEOUT: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 504,
    when: "The hooks of an event did not come to their end within the caller's `timeout`.",
    message: ({ event, milliseconds }) =>
      `The hooks of event "${event}" did not end within ${seconds(milliseconds)}, the start of their plugins included.`,
    advice: () =>
      'Run it with `trace`, or `bulkhead hooks EVENT --trace`, to see where the time goes, or give it a longer `timeout`.',
  },
  HOOK_NOT_OFFERED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: 'A registry entry or manifest lists an event in `hooks` of which the plugin has no hook.',
    message: ({ plugin, event, offered }) =>
      `Plugin "${plugin}" lists event "${event}" in \`hooks\`, and has no hook of it; ${
        offered.length === 0 ? 'it has none at all' : `it has hooks of ${offered.join(', ')}`
      }.`,
    advice: ({ event }) =>
      `Put \`@hook("${event}")\` on a method of the plugin, or take the event out of \`hooks\` in its registry entry or manifest.`,
  },
  HOOK_PLUGIN_UNAVAILABLE: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 503,
    when: 'A plugin that lists an event in `hooks` did not start, so that nobody knows its hooks, and the chain is not complete.',
    message: ({ plugin, event, reason }) =>
      `Event "${event}" can't take place without plugin "${plugin}", which lists it in \`hooks\`: ${reason}.`,
    advice: ({ event }) =>
      `Read the cause, and mend the plugin; or take "${event}" out of its \`hooks\`, to have the chain go on without it.`,
  },

  PYTHON_NOT_FOUND: {
    blame: 'environment',
    retryable: false,
    httpStatus: 500,
    when: 'No Python on the machine fits what the registry and the plugin ask for.',
    message: ({ plugin, wanted, found }) =>
      `Plugin "${plugin}" needs Python ${wanted}, which is not on this machine (found: ${listed(found)}).`,
    advice: ({ searched }) =>
      `Install such a Python, for example with \`uv python install\` or pyenv. Looked in: ${listed(searched)}.`,
  },
  UV_UNAVAILABLE: {
    blame: 'environment',
    retryable: true,
    httpStatus: 500,
    when: 'uv is not on the PATH and could not be fetched.',
    message: ({ reason }) => `uv can't be had: ${reason}.`,
    advice: () => 'Install uv (`pip install uv`), name it in BULKHEAD_UV, or set `environment: venv` for the plugin.',
  },
  REQUIREMENT_INVALID: {
    blame: 'user',
    retryable: false,
    httpStatus: 400,
    when: 'A requirement is not a valid PEP 508 specifier.',
    message: ({ plugin, requirement, reason }) =>
      `Plugin "${plugin}" asks for "${requirement}", which is not a requirement: ${reason}.`,
    advice: () => 'Write it as `name`, `name>=1.2` or `name[extra]==1.2; python_version < "3.12"`.',
  },
  PACKAGE_NOT_FOUND: {
    blame: 'environment',
    retryable: false,
    httpStatus: 500,
    when: 'A package does not exist in the package index.',
    message: ({ plugin, packageName, reason }) =>
      `Plugin "${plugin}" needs the package "${packageName}", which can't be found: ${reason}.`,
    advice: () => 'Check its name and version, and which package index is configured.',
  },
  DEPENDENCIES_CONFLICT: {
    blame: 'environment',
    retryable: false,
    httpStatus: 500,
    when: 'No set of versions satisfies all requirements of one plugin.',
    message: ({ plugin, reason }) => `The requirements of plugin "${plugin}" can't all be met: ${reason}.`,
    advice: () =>
      "Loosen one of the requirements named, in the registry's `dependencies` or the plugin's pyproject.toml.",
  },
  SHARING_IMPOSSIBLE: {
    blame: 'user',
    retryable: false,
    httpStatus: 409,
    when: 'Plugins were told to share one environment, and none holds what all of them ask for.',
    message: ({ plugin, share, reason }) => `Plugin "${plugin}" can't share the environment "${share}": ${reason}.`,
    advice: () => '`bulkhead check` says who needs what. Take `share` from one of them, or loosen what it asks for.',
  },
  LOCK_STALE: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: "The plugin's uv.lock no longer fits its pyproject.toml.",
    message: ({ plugin, reason }) => `The lock file of plugin "${plugin}" is out of date: ${reason}.`,
    advice: () => "Run `uv lock` in the plugin's folder, or remove uv.lock.",
  },
  INDEX_UNREACHABLE: {
    blame: 'environment',
    retryable: true,
    httpStatus: 503,
    when: 'The package index does not answer.',
    message: ({ plugin, reason }) => `The package index can't be reached for plugin "${plugin}": ${reason}.`,
    advice: () => 'Check the network, the proxy and the configured index, then try again.',
  },
  ENVIRONMENT_BUILD_FAILED: {
    blame: 'environment',
    retryable: true,
    httpStatus: 500,
    when: 'Installing the packages failed for another reason; the cause has the whole output.',
    message: ({ plugin, reason }) => `The environment of plugin "${plugin}" can't be built: ${reason}.`,
    advice: () =>
      "Read the builder's output; a package that has to be compiled may lack a compiler or a system library.",
  },
  TRIAL_IMPORT_FAILED: {
    blame: 'environment',
    retryable: false,
    httpStatus: 500,
    when: 'The packages can be installed together, but not imported.',
    message: ({ plugin, module, reason, packages }) =>
      `The packages of plugin "${plugin}" install, but "import ${module}" fails: ${reason}${suspected(packages)}.`,
    advice: ({ cures, fixes }) =>
      cures.length === 0
        ? 'Change the versions named, or set `trial_import: false` if the import can only work later.'
        : `You can ${cures.join(', or ')}.${fixes.length === 0 ? '' : ' `bulkhead sync --fix` writes the first.'}`,
  },
  ENVIRONMENT_BUSY: {
    blame: 'environment',
    retryable: true,
    httpStatus: 503,
    when: 'Another process has been building the same environment for too long.',
    message: ({ plugin, holder, milliseconds }) =>
      `The environment of plugin "${plugin}" is being built by ${holder} for more than ${seconds(milliseconds)}.`,
    advice: () => 'Wait for that process or end it; its lock is released when it ends.',
  },
  STATE_FOLDER_UNUSABLE: {
    blame: 'environment',
    retryable: false,
    httpStatus: 500,
    when: "Bulkhead's data folder cannot be written.",
    message: ({ folder, reason }) => `Bulkhead can't use its data folder ${folder}: ${reason}.`,
    advice: () => 'Make the folder writable, or name another in BULKHEAD_HOME.',
  },
  PLUGIN_LAUNCH_FAILED: {
    blame: 'environment',
    retryable: true,
    httpStatus: 500,
    when: "The system refused to start the plugin's process.",
    message: ({ plugin, reason }) => `Plugin "${plugin}" can't be started: ${reason}.`,
    advice: () =>
      'Check that the interpreter still exists (`bulkhead doctor`) and that the machine has processes and memory to spare.',
  },
  DEBUGGER_UNAVAILABLE: {
    blame: 'environment',
    retryable: true,
    httpStatus: 503,
    when: 'A plugin is to be debugged, and debugpy could not be fetched from the package index.',
    message: ({ release, reason }) => `${release} can't be had, which lets a debugger attach to a plugin: ${reason}.`,
    advice: () =>
      'It is fetched once, with pip, from the configured index: check the network, the proxy and the index, then try again.',
  },
  DEBUG_FAILED: {
    blame: 'environment',
    retryable: true,
    httpStatus: 503,
    when: 'An instance could not let a debugger attach, for instance because the port is taken.',
    message: ({ plugin, reason }) => `No debugger can attach to plugin "${plugin}": ${reason}.`,
    advice: () => 'If the port is taken, name another with `--port`; 0 is any that is free.',
  },

  PLUGIN_IMPORT_FAILED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: "The plugin's own file could not be imported, or holds no plugin.",
    message: ({ plugin, reason }) => `Plugin "${plugin}" can't be imported: ${reason}.`,
    advice: () => READ_ITS_OUTPUT,
  },
  PLUGIN_INITIALIZE_FAILED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: "The plugin's `initialize` or `get_metadata` raised.",
    message: ({ plugin, reason }) => `Plugin "${plugin}" failed to initialise: ${reason}.`,
    advice: () => READ_ITS_OUTPUT,
  },
  PLUGIN_START_TIMEOUT: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 504,
    when: 'The plugin was not ready in time.',
    message: ({ plugin, milliseconds }) => `Plugin "${plugin}" was not ready after ${seconds(milliseconds)}.`,
    advice: () => 'If it really needs longer, raise `timeouts: { start: … }` of the plugin in the registry.',
  },
  PLUGIN_EXITED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: "The plugin's process ended before it was ready.",
    message: ({ plugin, reason }) => `Plugin "${plugin}" ended before it was ready: it ${reason}.`,
    advice: () => READ_ITS_OUTPUT,
  },
  PLUGIN_UNRESPONSIVE: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 504,
    when: 'A new instance of a plugin that is being reloaded was ready, but did not answer a ping.',
    message: ({ plugin, milliseconds }) =>
      `Plugin "${plugin}" started, but did not answer a ping within ${seconds(milliseconds)}.`,
    advice: () => 'Something in it keeps the interpreter for itself, such as native code in a thread of its own.',
  },
  PLUGIN_RESTARTING: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 503,
    when: 'The plugin keeps failing, and its next start is being delayed for longer than the call may wait.',
    message: ({ plugin, reason, milliseconds }) =>
      `Plugin "${plugin}" is started again only in ${seconds(milliseconds)}, because it keeps failing: ${reason}.`,
    advice: () => 'Mend the failure named, or wait.',
  },
  PLUGIN_BROKEN: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 503,
    when: 'The plugin failed several times in a row, each time after a short life, and is left alone for a while.',
    message: ({ plugin, reason, milliseconds }) =>
      `Plugin "${plugin}" failed too often in a row, and is tried again only in ${seconds(milliseconds)}: ${reason}.`,
    advice: () => 'Mend the failure named, then wait, or call `resetPlugin` to have it tried at once.',
  },
  QUEUE_FULL: {
    blame: 'user',
    retryable: true,
    httpStatus: 429,
    when: 'As many calls as allowed are waiting or in flight.',
    message: ({ plugin, maximum }) =>
      `The call was refused: plugin "${plugin}" has ${maximum} calls waiting or in flight, as many as \`queue: { max: … }\` allows.`,
    advice: ({ plugin }) =>
      `Call it again when others have been answered. If it can't keep up, let more run at once (\`instances: { max: … }\` of plugin "${plugin}" in the registry); \`queue: { max: … }\` lets more wait.`,
  },
  QUEUE_TIMEOUT: {
    blame: 'environment',
    retryable: true,
    httpStatus: 503,
    when: 'The call waited too long for an instance: all were busy, or still being started. The plugin never saw it.',
    message: ({ plugin, action, milliseconds, inFlight, instances }) =>
      `The call of ${plugin}.${action} waited ${seconds(milliseconds)}, its limit, and was not begun: ${occupation(inFlight, instances)}.`,
    advice: ({ plugin, instances }) =>
      instances === 0
        ? `Have an instance ready before it is called (\`instances: { min: 1 }\` of plugin "${plugin}" in the registry), or raise \`timeouts: { queue: … }\`.`
        : `Call less at a time, let more run at once (\`instances: { max: … }\` of plugin "${plugin}" in the registry; \`concurrency\` where it is written for it), or raise \`timeouts: { queue: … }\`.`,
  },
  PLUGIN_CRASHED: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 502,
    when: "The plugin's process died while the call was running.",
    message: ({ plugin, action, reason }) => `Plugin "${plugin}" died during ${action}: it ${reason}.`,
    advice: () =>
      'The plugin is started again on the next call. Read its last lines; a signal often means a fault in a native library.',
  },
  PLUGIN_REPLACED: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 503,
    when: 'The call was on an instance that had to be ended because of another call.',
    message: ({ plugin, action, reason }) => `The call of ${plugin}.${action} was lost with its instance: ${reason}.`,
    advice: () => 'Call again, if doing it twice does no harm: whether it had begun is not known.',
  },
  PLUGIN_RAISED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: 'The action raised an exception.',
    message: ({ plugin, action, type, reason }) =>
      `${plugin}.${action} raised ${type}${reason === '' ? '' : `: ${reason}`}`,
    advice: () => "Read the plugin's traceback.",
  },
  PLUGIN_DISCONNECTED: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 502,
    when: 'The connection to the plugin closed while its process went on.',
    message: ({ plugin, reason }) => `The connection to plugin "${plugin}" is closed: ${reason}.`,
    advice: () => 'The plugin is started again on the next call. It must not close or use file descriptors 3 and 4.',
  },
  RESULT_NOT_ENCODABLE: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: 'The action returned a value that cannot cross to the host.',
    message: ({ plugin, action, path, reason }) =>
      `The result of ${plugin}.${action} can't be sent: ${reason} (at ${path}).`,
    advice: () =>
      'Return None, bool, int (64 bits), float, str, bytes, list, dict with text keys, aware datetime or numpy arrays.',
  },
  RESULT_TOO_LARGE: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: "The action's result is over the size limit.",
    message: ({ plugin, action, reason }) => `The result of ${plugin}.${action} is too large: ${reason}.`,
    advice: ({ limit }) => `Raise \`limits: { ${limit}: … }\` of the plugin in the registry, or return less at a time.`,
  },
  FRAME_REFUSED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 502,
    when: 'A frame of the call was malformed or over the limit, and was skipped.',
    message: ({ plugin, action, reason }) => `A frame of ${plugin}.${action} was refused: ${reason}.`,
    advice: () =>
      'If it names a limit, raise that in the registry; else the SDK of the plugin does not keep to the protocol.',
  },
  CALL_TIMEOUT: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 504,
    when: 'The call was not answered in time.',
    message: ({ plugin, action, milliseconds, activity }) =>
      `${plugin}.${action} was not answered within ${seconds(milliseconds)}${activity === undefined ? '' : `: its process ${activity}`}.`,
    advice: ({ setting }) => `If it really needs longer, raise ${setting}.`,
  },
  CALL_IDLE_TIMEOUT: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 504,
    when: 'The call showed no progress for too long: no answer, chunk, progress report or log line.',
    message: ({ plugin, action, milliseconds }) =>
      `${plugin}.${action} showed no progress for ${seconds(milliseconds)}.`,
    advice: ({ plugin }) =>
      `Let the action report its progress, or raise \`timeouts: { idle: … }\` of plugin "${plugin}" in the registry.`,
  },
  DEBUG_UNSUPPORTED: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 501,
    when: 'A plugin is to be debugged whose SDK can not let a debugger attach.',
    message: ({ plugin, sdk }) => `The SDK of plugin "${plugin}", ${sdk}, can't let a debugger attach.`,
    advice: () => 'Update the SDK that the plugin is made with.',
  },
  PROTOCOL_MISMATCH: {
    blame: 'plugin',
    retryable: false,
    httpStatus: 500,
    when: 'Host and plugin speak no common version of the protocol.',
    message: ({ plugin, reason }) => `Plugin "${plugin}" and this host speak different protocols: ${reason}.`,
    advice: () => 'Update the older of the two.',
  },
  PROTOCOL_VIOLATION: {
    blame: 'plugin',
    retryable: true,
    httpStatus: 502,
    when: 'The plugin sent something that the protocol does not allow; its instance was ended.',
    message: ({ plugin, reason }) => `Plugin "${plugin}" broke the protocol: ${reason}.`,
    advice: () => 'Something in the plugin wrote to file descriptor 3 or 4, or its SDK is faulty.',
  },

  INTERNAL: {
    blame: 'bulkhead',
    retryable: false,
    httpStatus: 500,
    when: 'A bug in Bulkhead itself.',
    message: ({ reason }) => `This is a bug in Bulkhead: ${reason}.`,
    advice: () => 'Please report it with the stack trace.',
  },
};
