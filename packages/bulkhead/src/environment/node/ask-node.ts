import { join } from 'node:path';
import { isRecord } from '../../lifecycle/is-record.ts';
import {
  type InterpreterQuestion,
  InterpreterQuestions,
  sharedSettings,
} from '../interpreters/interpreter-questions.ts';
import type { StateFolder } from '../state-folder.ts';

/** What a Node says of itself. */
export interface NodeAnswer {
  /** Such as `22.18.0`. */
  readonly version: string;
  /** The real binary. */
  readonly executable: string;
  /** The version of the interface that compiled packages are made for. */
  readonly abi: string;
  /** Such as `linux-x64-glibc`, or `darwin-arm64`: what compiled packages are made for besides. */
  readonly platform: string;
}

/** The report is the only place that tells the C library; without its look at the network it is quick. Other programs pose as Node. */
const QUESTION = `
const { versions, arch, platform, execPath, report } = process;
const real = require("node:fs").realpathSync(execPath);
let libc = "";
if (platform === "linux") {
  report.excludeNetwork = true;
  libc = report.getReport().header.glibcVersionRuntime === undefined ? "-musl" : "-glibc";
}
const own = versions.electron === undefined && versions.bun === undefined;
console.log(JSON.stringify({ own, version: versions.node, executable: real, abi: versions.modules, platform: platform + "-" + arch + libc }));
`;

const ABOUT_NODE: InterpreterQuestion<NodeAnswer> = {
  args: ['-e', QUESTION],
  parse: parseAnswer,
  ownName: /^node/i,
  settings: (variables) => {
    const home = variables['HOME'] ?? '';
    return {
      files: [
        join(variables['VOLTA_HOME'] ?? join(home, '.volta'), 'tools', 'user', 'platform.json'),
        join(variables['NODENV_ROOT'] ?? join(home, '.nodenv'), 'version'),
        ...sharedSettings(home),
      ],
      names: ['NODENV_VERSION', 'MISE_NODE_VERSION', 'ASDF_NODEJS_VERSION'],
    };
  },
};

/** The answers of Nodes, which are kept in the state folder. */
export function nodeQuestions(state: StateFolder, variables: NodeJS.ProcessEnv): InterpreterQuestions<NodeAnswer> {
  return new InterpreterQuestions(ABOUT_NODE, join(state.answers, 'nodes.json'), variables);
}

function parseAnswer(text: string): NodeAnswer | null {
  try {
    const told: unknown = JSON.parse(text);
    if (!isRecord(told) || told['own'] !== true) return null;
    const { version, executable, abi, platform } = told;
    return typeof version === 'string' &&
      typeof executable === 'string' &&
      typeof abi === 'string' &&
      typeof platform === 'string'
      ? { version, executable, abi, platform }
      : null;
  } catch {
    return null;
  }
}
