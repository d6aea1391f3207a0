import type { TestOptions } from 'vitest';
import { onlyIf } from '../not-run.ts';
import { fixture, IN_THREADS } from '../test-home.ts';
import { WIRES } from '../wires.ts';

/** Parts of the conversation that a plugin, or the wire it talks over, may be without. */
export type Part =
  | 'all values'
  | 'bodies'
  | 'configuration'
  | 'named actions'
  | 'input errors'
  | 'data of errors'
  | 'checked answers'
  | 'deadlines'
  | 'streams'
  | 'returned values'
  | 'input streams'
  | 'cancel'
  | 'reports'
  | 'host calls'
  | 'locks'
  | 'hooks'
  | 'pings'
  | 'debugging';

/** A plugin that has the actions of `fixtures/plugins/converses`, in some language, over some wire. */
export interface Speaker {
  readonly name: string;
  /** Its entry in the registry, without `id`. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** What it does not have, and why: the rest of a sentence that its name begins. */
  readonly lacks: Readonly<Partial<Record<Part, string>>>;
}

/** Those of each wire, and a line for each language: every test of the conversation runs with each of them. */
export const SPEAKERS: readonly Speaker[] = [
  ...WIRES.map(({ name, over }) => python(name, over)),
  python('sockets, as a fork', { start: 'fork' }),
  {
    ...python('sockets, in a thread', IN_THREADS),
    lacks: { debugging: 'stands at a breakpoint with all plugins of its process' },
  },
  javascript('sockets', {}),
  javascript('sockets, in a thread', IN_THREADS),
  typedService('values of JSON', [], {
    'all values': 'writes values as google.protobuf.Value, which is what JSON has',
  }),
  typedService('MessagePack', ['msgpack']),
  {
    name: 'a REP loop',
    entry: { path: fixture('plugins/rep_converses'), transport: 'zeromq', pattern: 'rep', dependencies: ['pyzmq'] },
    lacks: {
      'all values': 'is sent JSON',
      bodies: 'is sent JSON',
      configuration: 'is sent requests only',
      'named actions': 'describes nothing: any action is sent to it',
      'input errors': 'has one kind of failure',
      'data of errors': 'says of a failure its message, type and traceback',
      'checked answers': 'writes its answers by itself',
      deadlines: 'is sent requests only',
      streams: 'gives one answer for each request',
      'returned values': 'gives one answer for each request',
      'input streams': 'is sent one message for each request',
      cancel: 'can be sent nothing while it answers: it is replaced',
      reports: 'can say nothing but its answer',
      'host calls': 'can ask nothing',
      locks: 'can ask nothing',
      hooks: 'describes nothing',
      pings: 'can be sent nothing while it answers',
      debugging: 'is not of the SDK',
    },
  },
];

/** Options of a test that needs these parts. */
export function needs(speaker: Speaker, ...parts: readonly Part[]): TestOptions {
  const reason = parts.map((part) => speaker.lacks[part]).find((each) => each !== undefined);
  return onlyIf(reason === undefined, `${speaker.name} ${reason}`);
}

/** With the SDK it has everything. */
function python(wire: string, fields: object): Speaker {
  return { name: `Python over ${wire}`, entry: { path: fixture('plugins/converses'), ...fields }, lacks: {} };
}

function javascript(wire: string, fields: object): Speaker {
  return {
    name: `JavaScript over ${wire}`,
    entry: { path: fixture('plugins/converses_js'), ...fields },
    lacks: { debugging: 'is debugged by the protocol of its inspector' },
  };
}

/** A plugin without the SDK that serves plugin.proto. */
function typedService(form: string, parameters: readonly string[], lacks: Speaker['lacks'] = {}): Speaker {
  const program = { command: [process.execPath, 'plugin.mjs', ...parameters], concurrency: 2 };
  return {
    name: `a typed service of ${form}`,
    entry: { path: fixture('plugins/typed_service'), transport: 'grpc', ...program },
    lacks: {
      bodies: 'has its values in its messages',
      'data of errors': 'says of a failure its code, message, type and traceback',
      'checked answers': 'writes its answers by itself',
      'returned values': 'ends a stream without a value',
      debugging: 'is not of the SDK',
      ...lacks,
    },
  };
}
