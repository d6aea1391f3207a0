/** Printed by `bulkhead --help` after its options. */
export const MORE_HELP = `
To begin:
  $ bulkhead init                                       write a registry
  $ bulkhead new hello                                  write a plugin, and add it
  $ bulkhead run hello --input '{"name": "Ada"}'        call it

Results go to standard output, all else to standard error. With --json, errors too are one line of JSON each, with
code, blame, message and advice.

Exit status: 0 done; 1 a plugin failed; 2 a mistake in what was asked for; 3 something this machine or the package
index lacks; 70 a bug in Bulkhead; 130 interrupted. When several things failed, the highest counts.

Environment variables:
  BULKHEAD_HOME   where environments are kept; otherwise the user's data folder
  BULKHEAD_UV     the uv to use; otherwise that on the PATH, or one that is fetched
  BULKHEAD_PYTHON_SDK   the folder that holds plugin_sdk, where it is not found by itself
  BULKHEAD_NODE_SDK     the folder that holds plugin-sdk, likewise
  BULKHEAD_LOG    log on standard error, as JSON lines: debug, info, warn or error
  BULKHEAD_CONTROL_GROUPS   off: limits are held without control groups of the kernel
  NO_COLOR, FORCE_COLOR`;

/** Printed by the help of each command after its options. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  init: `
Example:
  $ bulkhead init
  $ bulkhead init --registry services/plugins.yaml`,
  new: `
Example:
  $ bulkhead new text_analyzer
  $ bulkhead new image_processor --docker
  $ bulkhead run text_analyzer --input '{"name": "Ada"}'`,
  add: `
What conflicts with others is said, and kept apart. With --share, or in a thread, what can't share is not added, exit status 2.

Example:
  $ bulkhead add ./plugins/forecaster
  $ bulkhead add ./plugins/forecaster --share science
  $ bulkhead add ./plugins/slugs --isolation thread`,
  check: `
A verdict is proved, by what is asked for or by uv, or it is "not known". uv is asked about wheels only, so that no code of a
package runs; where that is no answer, the packages are named, and --build allows to build them. After the time limit, or
Ctrl-C, what is known is printed, with the pairs that are open. Answers are kept for the day: the next run asks what is left.
The fewest environments are exact for up to 12 plugins that conflict; of more they are few.
Plugins of Node are compared by their ranges, and where these meet, npm is asked.

Exit status: 0 no plugin was told to share that can't; 1 one was; 2 a mistake in the registry or in a requirement, or a
plugin that can't be installed even alone; 3 whether those can share who were told to could not be resolved.

With --json prints
  {registry, offline, resolver, stopped, pairs: {conflict, compatible, unknown},
   plugins: [{id, wants_python, state: "resolved" | "impossible" | "unknown", python, packages: {name: version} | null, reason, words}],
   conflicts: [{plugins: [one, other], proof: "pythons" | "specifiers" | "resolver", reasons: [text], words}],
   unknown: [{reason, pairs: [[one, other]]}],
   disagreements: [{about, sides: [{wants, plugins}]}], unsolvable: [{plugins, reasons, words}],
   environments: {before: {environments, bytes}, after: {environments, bytes}, fewest: boolean,
     groups: [{plugins, proof: "resolved" | "specifiers" | "alone", python, packages, reason}]},
   built_apart: [{plugins, older: {name, version, released}, newer, as_of, gives}],
   shared: [{name, plugins, verdict: "conflict" | "compatible" | "unknown", reasons}],
   issues: [{plugin, text, place, column, problem, kind: "unreadable" | "unclear" | "unread"}],
   problems: [{id, error: {code, blame, message, advice, …}}], apart: [id], disabled: [id],
   node: {resolver, plugins: [id], impossible: [{plugin, reason, words}],
     conflicts: [{plugins: [one, other], proof: "specifiers" | "resolver", reasons: [text], words}],
     compatible: [{plugins, packages: [{name, version}]}], unknown: [{plugins, reason}]}}
Words are uv's own, or npm's. What is not known is null.

Example:
  $ bulkhead check
  $ bulkhead check --html conflicts.html
  $ bulkhead check --json | jq -r '.conflicts[].reasons[]'`,
  completion: `
To install it, once:
  bash   echo 'source <(bulkhead completion bash)' >> ~/.bashrc
  zsh    echo 'source <(bulkhead completion zsh)' >> ~/.zshrc     (after compinit)
  fish   bulkhead completion fish > ~/.config/fish/completions/bulkhead.fish

It completes commands, options, what these take, and the plugins of the registry.`,
  doctor: `
Exit status: 0 all is well; 2 the registry has mistakes; 3 something necessary is missing.`,
  sync: `
A plugin that fails holds up no other. With --json prints
  {registry, plugins: [{id, status: "built" | "found" | "upgraded" | "unchanged" | "locked" | "failed", python, node,
   packages: {name: version}, prefix, resolved, changes: [{name, from, to}], milliseconds, fixed: [{field, …}], error: {code, blame, message, advice, …} | null}]}

Example:
  $ bulkhead sync
  $ bulkhead sync data_transformer --fix
  $ bulkhead sync --upgrade`,
  disable: `
Writes \`enabled: false\` into the registry; comments and layout stay. With --json prints
  {registry, enabled, plugins: [id], changed: [id]}

Example:
  $ bulkhead disable forecaster`,
  enable: `
With --json prints
  {registry, enabled, plugins: [id], changed: [id]}

Example:
  $ bulkhead enable forecaster`,
  list: `
With --json prints
  {registry, plugins: [{id, version, folder, isolation, instances: {min, max} | null, environment,
   state: "ready" | "not built" | "disabled" | "problem", python, node, packages: {name: version} | null, resolved, prefix, problem: {code, blame, message, advice, …} | null,
   running: [{pid, role: "instance" | "template" | "spare", generation, health, start: {mode, reason} | null,
    host: {pid, state: "running" | "stopped" | "gone"}}]}]}
What is not known is null. Running are the processes of all hosts with the same BULKHEAD_HOME; nothing is started or asked.

Example:
  $ bulkhead list
  $ bulkhead list --json | jq -r '.plugins[].id'`,
  locks: `
With --json prints
  {resources: [{name, capacity, holders: [{owner, mode: "exclusive" | "shared", amount, token, since}],
   waiting: [{owner, mode, amount, priority, since}], host: {pid, state: "running" | "stopped"}}]}
since is in milliseconds of the epoch; those who wait stand in the order in which they will be served. Shown are all hosts with
the same BULKHEAD_HOME, as each has written it down within the last tenth of a second.

Example:
  $ bulkhead locks
  $ bulkhead locks --json | jq -r '.resources[].holders[].owner'`,
  hooks: `
Only plugins are there, not the callbacks of an application. With --json prints
  {events: [{event, hooks: [{hook, mode, priority, timeout, on_error, reason}] | null, error: {code, …} | null}]}
and with --trace
  {event, data, veto: {hook, reason} | null, steps: [{hook, mode, outcome, milliseconds, changes: […], error: {code, …} | null}]}
Times are in milliseconds. With --trace each hook is run by itself, so that its time is its own.

Example:
  $ bulkhead hooks
  $ bulkhead hooks pre_process --trace --input '{"text": " To Be "}'`,
  dev: `
Watches the plugin's folder and its entry in the registry. At each change the new version is started beside the old one, in
a new environment if what that is made of has changed; when it does not start, the error is shown and the old one stays.
What it prints and logs goes to standard error, the answers to standard output. Ctrl-C ends.

Example:
  $ bulkhead dev hello --input '{"name": "Ada"}'
  $ bulkhead dev ./plugins/hello --action count_words --input @text.json`,
  test: `
Runs pytest in the plugin's folder. Its environment holds the plugin's packages in the versions that are served, and those of the
group or extra \`test\` or \`dev\` in pyproject.toml; pytest in any case. The plugin's own environment and its lock file stay as they
are. No uv or pytest need be installed. \`plugin_sdk.testing\` has fixtures that run a plugin without a host.

Exit status: that of pytest (0 passed, 1 failed, 2 cut short, such as by a mistake in a test file), or 2 without tests; of several
plugins the highest. With --json prints
  {registry, plugins: [{id, tests: "passed" | "failed" | "none" | "not run", exit_status, milliseconds,
   error: {code, blame, message, advice, …} | null}]}

Example:
  $ bulkhead test
  $ bulkhead test hello -- -k greets --pdb`,
  debug: `
Prints how to attach, makes the call if --input or --action is given, and goes on until the debugger leaves, or Ctrl-C.
debugpy is fetched once and kept apart: the plugin's environment need not hold it. Only this machine can connect. Calls have
no time limits.

Example:
  $ bulkhead debug hello --input '{"name": "Ada"}' --wait`,
  types: `
The file is for \`PluginManager.open<Plugins>()\`, and goes into version control. Each plugin is asked what it takes and answers,
if that is not known from its last start; if one can't be asked, nothing is written. A file that this command did not write
is left alone.

Exit status with --check: 0 the file is up to date; 1 it is not, or a plugin failed; otherwise as always. With --json prints
  {file, current: boolean, written: boolean, difference: [line]}

Example:
  $ bulkhead types
  $ bulkhead types --output src/plugins.d.ts
  $ bulkhead types --check`,
  verify: `
It starts the plugin, calls its actions many times, cancels calls, kills its process, reloads it and ends it. Called are actions with
examples of their author, with these, and actions that are declared pure, with input made from their schemas; the report names the
others. Who only looks at a stranger's plugin does so in a container: --tier docker.

Exit status: 0 no check failed; 1 one did, or with --strict warned; 2 a mistake in what was asked for, or it can't be run so. With --json prints
  {plugin, version, folder, verdict: "passed" | "warned" | "failed" | "inapplicable", milliseconds,
   variants: [{tier, transport, verdict, reason, actions: [{name, inputs: "examples" | "schema" | null, count, reason}],
    checks: [{check, question, verdict, saw, milliseconds, problems: [{verdict, what, code, blame, advice}],
     memory: {calls: [number], bytes: [number]} | null}]}]}

Example:
  $ bulkhead verify hello
  $ bulkhead verify hello --transport all --html hello.html
  $ bulkhead verify ./plugins/hello --check memory --calls 100000 --calls-time 10m`,
  run: `
The result is JSON: laid out for reading on a terminal, where text is printed as it is, and on one line elsewhere and with
--json. Integers keep all their digits; bytes are {"$bytes": "base64"}, as input too; arrays of numpy are nested lists, instants
ISO 8601 text, NaN and infinities null. What the plugin prints and logs goes to standard error.

The lines of --input-lines are read as the plugin takes them; a result that is a stream is printed as it comes.

The first run makes the plugin's environment. Ctrl-C cancels the call; a second one ends at once.

Example:
  $ bulkhead run hello --input '{"name": "Ada"}'
  $ bulkhead run hello --action count_words --input @text.json --timeout 30s
  $ echo '{"name": "Ada"}' | bulkhead run hello --input - | jq .message
  $ bulkhead run clean_rows --input-lines - < rows.jsonl > clean.jsonl
  $ bulkhead run load --input '{"table": "sales"}' --input-lines rows.jsonl --input-lines-key rows`,
};
