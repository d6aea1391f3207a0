/**
 * Details of a typical failure for each code of the catalogue, from which docs/errors.md shows a message and its advice.
 * A code without a sample, and a sample without a code, is a type error, and an error when the page is made.
 *
 * @type {{ readonly [Code in import('bulkhead').ErrorCode]: import('bulkhead').ErrorDetails[Code] }}
 */
export const ERROR_SAMPLES = {
  REGISTRY_NOT_FOUND: { file: '/srv/app/plugins.yaml' },
  REGISTRY_INVALID: {
    mistakes: [
      {
        file: '/srv/app/plugins.yaml',
        line: 4,
        column: 16,
        message: 'isolation: expected process or docker, found "proces"; did you mean "process"?',
      },
      {
        file: '/srv/app/plugins.yaml',
        line: 5,
        column: 21,
        message:
          'python_version: expected a Python version such as "3.11" or "3.11.7", at least 3.9, found 3.10; put it in quotes: "3.10"',
      },
    ],
  },
  MANIFEST_INVALID: {
    plugin: 'text_tools',
    mistakes: [
      {
        file: '/srv/app/plugins/text_tools/pyproject.toml',
        line: 8,
        column: 1,
        message: 'entry_pont: unknown field; did you mean "entry_point"?',
      },
    ],
  },
  PLUGIN_FOLDER_MISSING: {
    plugin: 'text_tools',
    folder: '/srv/app/plugins/text_tool',
    declared: '/srv/app/plugins.yaml:3:11',
  },
  PLUGIN_ENTRY_POINT_MISSING: { plugin: 'text_tools', file: 'plugin.py' },
  PLUGIN_ALREADY_LOADED: { plugin: 'text_tools' },
  PLUGIN_UNKNOWN: { plugin: 'text_tool', nearest: 'text_tools', known: ['text_tools', 'forecaster'] },
  ACTION_UNKNOWN: { plugin: 'text_tools', action: 'keyword', nearest: 'keywords', known: ['execute', 'keywords'] },
  INPUT_NOT_ENCODABLE: {
    plugin: 'text_tools',
    action: 'execute',
    path: '$.rows[3].when',
    reason: "a value of class Map can't be sent; send Object.fromEntries(map) if its keys are strings, else [...map]",
  },
  INPUT_TOO_LARGE: {
    plugin: 'text_tools',
    action: 'execute',
    reason: '70000000 bytes are over the limit of 67108864',
    limit: 'frame',
  },
  INPUT_STREAM_REFUSED: { plugin: 'text_tools', action: 'execute', why: 'from the same instance' },
  INPUT_REJECTED: {
    plugin: 'text_tools',
    action: 'keywords',
    reason: "action 'keywords' takes a mapping with text, top (optional); missing: text",
  },
  ARGUMENT_INVALID: { argument: '--timeout', reason: 'expected a duration such as 500ms, 30s, 5m or 1h, found "soon"' },
  ISOLATION_UNAVAILABLE: { plugin: 'image_processor', isolation: 'docker' },
  MANAGER_CLOSED: { what: 'it was closed before this call' },
  CALL_CANCELLED: { plugin: 'text_tools', action: 'execute' },
  FILE_EXISTS: { file: '/srv/app/plugins.yaml' },
  FOLDER_UNWATCHABLE: {
    folder: '/srv/app/plugins/text_tools',
    reason: 'ENOSPC: System limit for number of file watchers reached',
  },
  HOST_CALL_DENIED: { plugin: 'summarizer', target: 'text_tools' },
  HOST_CALL_PATH_REFUSED: {
    path: ['summarizer', 'text_tools', 'summarizer'],
    reason: 'summarizer would wait for itself',
  },

  RESOURCE_CONFLICT: {
    resource: 'gpu',
    owner: 'image_processor.execute',
    milliseconds: 5_000,
    holders: [{ owner: 'forecaster.train', mode: 'exclusive', milliseconds: 12_300 }],
    waiting: ['text_tools.embed'],
  },
  RESOURCE_DEADLOCK: {
    resource: 'gpu',
    owner: 'forecaster.train',
    cycle: [
      { owner: 'forecaster.train', holds: 'db', waitsFor: 'gpu' },
      { owner: 'image_processor.execute', holds: 'gpu', waitsFor: 'db' },
    ],
  },
  RESOURCE_WAIT_ENDED: { resource: 'gpu', owner: 'text_tools.embed', reason: 'its signal was aborted' },

  HOOK_ORDER_UNSATISFIABLE: {
    event: 'pre_process',
    hook: 'text_tools.normalise',
    wishes: [
      'text_tools.normalise asks to come before guard.check',
      'guard.check asks to come before text_tools.normalise',
    ],
  },
  HOOK_ALREADY_REGISTERED: { event: 'pre_process', hook: 'text_tools.normalise' },
  HOOK_DATA_INVALID: { event: 'pre_process', path: '$.request', reason: 'a value of class IncomingMessage' },
  HOOK_FAILED: { event: 'pre_process', hook: 'text_tools.normalise', reason: "KeyError: 'text'" },
  HOOK_RESULT_INVALID: { event: 'pre_process', hook: 'text_tools.normalise', reason: 'returned nothing' },
  HOOK_TIMEOUT: { event: 'pre_process', hook: 'text_tools.normalise', milliseconds: 5_000 },
  HOOK_VETOED: { event: 'pre_process', hook: 'guard.check', reason: 'the text holds a password' },
  HOOKS_CANCELLED: { event: 'pre_process' },
  HOOKS_TIMEOUT: { event: 'pre_process', milliseconds: 10_000 },
  HOOK_NOT_OFFERED: { plugin: 'text_tools', event: 'pre_process', offered: ['post_process'] },
  HOOK_PLUGIN_UNAVAILABLE: {
    plugin: 'text_tools',
    event: 'pre_process',
    reason: "Plugin \"text_tools\" can't be imported: ModuleNotFoundError: No module named 'regex'",
  },

  PYTHON_NOT_FOUND: {
    plugin: 'forecaster',
    wanted: '3.14',
    found: ['3.13.1 (uv)', '3.11.7 (pyenv)'],
    searched: ['PATH', 'pyenv', 'uv', '/usr/bin', '/usr/local/bin', '/opt'],
  },
  UV_UNAVAILABLE: { reason: 'it is not on the PATH, and there is no Python whose pip could fetch it' },
  REQUIREMENT_INVALID: {
    plugin: 'forecaster',
    requirement: 'pandas=2',
    reason: '"=2" is not a version specifier such as ">=1.2"',
  },
  PACKAGE_NOT_FOUND: {
    plugin: 'forecaster',
    packageName: 'statsmodel',
    reason: 'statsmodel was not found in the package registry',
  },
  DEPENDENCIES_CONFLICT: {
    plugin: 'forecaster',
    reason: 'pandas==2.0.0 depends on numpy>=1.20.3, and numpy<1.20 is asked for',
  },
  SHARING_IMPOSSIBLE: {
    plugin: 'text_tools',
    share: 'science',
    reason: 'no Python is right for all: text_tools needs ==3.9.*, forecaster needs >=3.12',
  },
  LOCK_STALE: { plugin: 'forecaster', reason: 'pyproject.toml has changed since it was written' },
  INDEX_UNREACHABLE: { plugin: 'forecaster', reason: 'the connection was refused' },
  ENVIRONMENT_BUILD_FAILED: { plugin: 'forecaster', reason: 'the build of lxml 4.9.1 failed' },
  TRIAL_IMPORT_FAILED: {
    plugin: 'data_transformer',
    module: 'pandas',
    reason: 'ValueError: numpy.dtype size changed, may indicate binary incompatibility',
    packages: [
      { name: 'pandas', version: '2.0.0', released: '2023-04-03T11:32:52Z' },
      { name: 'numpy', version: '2.4.6', released: '2026-05-18T20:10:33Z' },
    ],
    cures: ['set `as_of: 2023-06-01` for the plugin in the registry', 'add "numpy<2" to the plugin\'s `dependencies`'],
    fixes: [
      { field: 'as_of', value: '2023-06-01' },
      { field: 'dependencies', add: ['numpy<2'] },
    ],
  },
  ENVIRONMENT_BUSY: { plugin: 'forecaster', holder: 'process 4711 on build-machine', milliseconds: 900_000 },
  STATE_FOLDER_UNUSABLE: { folder: '/home/ada/.local/share/bulkhead', reason: 'EACCES: permission denied' },
  PLUGIN_LAUNCH_FAILED: { plugin: 'text_tools', reason: 'spawn /usr/bin/python3.11 ENOENT' },

  DEBUGGER_UNAVAILABLE: {
    release: 'debugpy 1.8.21',
    reason: 'ERROR: No matching distribution found for debugpy==1.8.21',
  },
  DEBUG_FAILED: {
    plugin: 'text_tools',
    reason: "Can't listen for client connections: [Errno 98] Address already in use",
  },
  PLUGIN_IMPORT_FAILED: { plugin: 'text_tools', reason: "ModuleNotFoundError: No module named 'rapidfuzz'" },
  PLUGIN_INITIALIZE_FAILED: { plugin: 'text_tools', reason: "KeyError: 'model'" },
  PLUGIN_START_TIMEOUT: { plugin: 'forecaster', milliseconds: 60_000 },
  PLUGIN_UNRESPONSIVE: { plugin: 'text_tools', milliseconds: 10_000 },
  PLUGIN_EXITED: { plugin: 'text_tools', reason: 'exited with status 1' },
  PLUGIN_RESTARTING: {
    plugin: 'text_tools',
    reason: 'its last process (pid 4711) ended unexpectedly',
    milliseconds: 12_800,
  },
  PLUGIN_BROKEN: {
    plugin: 'text_tools',
    reason: 'its last process (pid 4711) ended unexpectedly',
    milliseconds: 60_000,
  },
  QUEUE_FULL: { plugin: 'text_tools', maximum: 10_000 },
  QUEUE_TIMEOUT: { plugin: 'text_tools', action: 'execute', milliseconds: 5_000, inFlight: 2, instances: 2 },
  PLUGIN_CRASHED: { plugin: 'text_tools', action: 'execute', reason: 'was ended by signal SIGSEGV' },
  PLUGIN_REPLACED: {
    plugin: 'text_tools',
    action: 'execute',
    reason: 'keywords did not end within 2000 ms of being cancelled',
  },
  PLUGIN_RAISED: { plugin: 'text_tools', action: 'execute', type: 'KeyError', reason: "'text'" },
  PLUGIN_DISCONNECTED: { plugin: 'text_tools', reason: 'it was closed by the plugin' },
  RESULT_NOT_ENCODABLE: {
    plugin: 'text_tools',
    action: 'execute',
    path: '$.words',
    reason: 'a value of type set; send sorted(value) or list(value)',
  },
  RESULT_TOO_LARGE: {
    plugin: 'text_tools',
    action: 'execute',
    reason: '3000000000 bytes are over the limit of 2147483648',
    limit: 'body',
  },
  FRAME_REFUSED: { plugin: 'text_tools', action: 'execute', reason: 'the frame ends in the middle of a value' },
  CALL_TIMEOUT: {
    plugin: 'forecaster',
    action: 'execute',
    milliseconds: 300_000,
    activity: 'was computing all the time (299 s of processor time in the last 300 s)',
    setting: '`timeouts: { call: … }` of plugin "forecaster" in the registry',
  },
  CALL_IDLE_TIMEOUT: { plugin: 'forecaster', action: 'execute', milliseconds: 30_000 },
  DEBUG_UNSUPPORTED: { plugin: 'text_tools', sdk: 'text-tools-sdk 0.3.0' },
  PROTOCOL_MISMATCH: {
    plugin: 'text_tools',
    reason: 'the host speaks 1 to 1, the plugin (plugin_sdk 9.0.0) 7 to 9',
  },
  PROTOCOL_VIOLATION: { plugin: 'text_tools', reason: 'it sent a message of the unknown kind 99' },

  INTERNAL: { reason: 'a call was answered twice' },
};
