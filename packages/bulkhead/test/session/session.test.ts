import { encode, Kind, type HelloPayload, type HostMessage, type LogPayload } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { type BulkheadError, isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import { fixedInput } from '../../src/session/call-input.ts';
import { Session } from '../../src/session/session.ts';
import { until } from '../until.ts';
import type { Pair } from '../transport/pairs.ts';
import { createPair, LIMITS, overEachTransport } from './played-plugin.ts';

const HELLO: HelloPayload = {
  protocol: [1, 1],
  features: ['bodies', 'cancel', 'telepathy'],
  sdk: { name: 'test', version: '0' },
  language: { name: 'python', version: '3.11.7' },
  pid: 4711,
  environment: 'none',
};
const READY = { metadata: { id: 'peer' }, actions: { execute: {}, keywords: {} } };

const hostCall = (): Promise<never> => Promise.reject(new Error('there are no other plugins'));
const lease = (): Promise<never> => Promise.reject(new Error('there are no resources'));
const gone = new Promise<never>(() => {});

/** A played plugin that greets, and answers calls by `answer`. */
async function playedPlugin(
  answer: (message: HostMessage, pair: Pair) => void,
  hello: unknown = HELLO,
  ready: unknown = READY,
) {
  const pair = await createPair();
  const welcomed: unknown[] = [];
  pair.peer.receive = (message) => {
    if (message[0] === Kind.Welcome) {
      welcomed.push(message[2]);
      pair.peer.send([Kind.Ready, 0, ready as typeof READY]);
    } else answer(message, pair);
  };
  pair.peer.send([Kind.Hello, 0, hello as HelloPayload]);
  return { ...pair, welcomed };
}

async function open(
  played: Pair | Promise<Pair>,
  log: (call: number, log: LogPayload) => void = () => {},
): Promise<Session> {
  const identity = {
    plugin: 'peer',
    generation: 3,
    configuration: { shelf: 7 },
    concurrency: 4,
    limits: LIMITS,
    confined: false,
    isolated: false,
  };
  const options = { ...identity, log, hide: (text: string) => text, hostCall, lease, gone };
  const pair = await played;
  return (await Session.open(pair.transport, options, AbortSignal.timeout(10_000))).session;
}

function call(session: Session, input: unknown, action = 'execute'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.call(action, fixedInput(input), { action, resolve, reject });
  });
}

async function errorOf(promise: Promise<unknown>): Promise<BulkheadError> {
  const error: unknown = await promise.then(
    () => expect.unreachable('it should have failed'),
    (thrown: unknown) => thrown,
  );
  if (!isBulkheadError(error)) throw error;
  return error;
}

overEachTransport(() => {
  describe('handshake', () => {
    test.each([
      ['true', true],
      ['a time of none', { ttl: 0 }],
      ['text', { ttl: '60s' }],
      ['half an answer', { max_entries: 0.5 }],
      ['memory without end', { max_bytes: Number.POSITIVE_INFINITY }],
    ])('refuses a READY with a wrong cache: %s', async (_, cache) => {
      const pair = await createPair();
      pair.peer.receive = (message) => {
        const actions = { execute: { cache: cache as object } };
        if (message[0] === Kind.Welcome) pair.peer.send([Kind.Ready, 0, { metadata: {}, actions }]);
      };
      pair.peer.send([Kind.Hello, 0, HELLO]);
      expect(await errorOf(open(pair))).toMatchObject({
        code: 'PROTOCOL_VIOLATION',
        message: expect.stringContaining('its READY is not as the protocol says') as string,
      });
    });

    test('answers with what both sides can do, and what the plugin is', async () => {
      const pair = await playedPlugin(() => {});
      await open(pair);
      expect(pair.welcomed).toEqual([
        {
          protocol: 1,
          features: ['bodies', 'cancel'],
          plugin: 'peer',
          generation: 3,
          configuration: { shelf: 7 },
          concurrency: 1,
          limits: LIMITS,
        },
      ]);
    });

    test('asks for several calls at once of a plugin that can', async () => {
      const pair = await playedPlugin(() => {}, { ...HELLO, features: ['concurrency'] });
      await open(pair);
      expect(pair.welcomed).toMatchObject([{ features: ['concurrency'], concurrency: 4 }]);
    });

    test('refuses a plugin of another protocol, naming both ranges', async () => {
      const error = await errorOf(open(playedPlugin(() => {}, { ...HELLO, protocol: [2, 4] })));
      expect(error.code).toBe('PROTOCOL_MISMATCH');
      expect(error.message).toMatch(/1 to 1.*2 to 4/);
    });

    test.each([
      ['nothing', null],
      ['text', 'hello'],
      ['no features', { ...HELLO, features: undefined }],
      ['a range of one', { ...HELLO, protocol: [1] }],
    ])('refuses a HELLO that is %s', async (_, hello) => {
      expect((await errorOf(open(playedPlugin(() => {}, hello)))).code).toBe('PROTOCOL_VIOLATION');
    });

    test('ends with the reason of its signal when the plugin says nothing', async () => {
      const pair = await createPair();
      const reason = new Error('enough');
      const identity = {
        plugin: 'peer',
        generation: 1,
        configuration: {},
        concurrency: 1,
        limits: LIMITS,
        confined: false,
        isolated: false,
      };
      const options = { ...identity, log: () => {}, hide: (text: string) => text, hostCall, lease, gone };
      await expect(Session.open(pair.transport, options, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    test('ends with the reason of its signal while the plugin initialises itself', async () => {
      const pair = await createPair();
      const controller = new AbortController();
      const reason = new Error('enough');
      pair.peer.receive = ([kind]) => {
        if (kind === Kind.Welcome) controller.abort(reason);
      };
      pair.peer.send([Kind.Hello, 0, HELLO]);
      const identity = {
        plugin: 'peer',
        generation: 1,
        configuration: {},
        concurrency: 1,
        limits: LIMITS,
        confined: false,
        isolated: false,
      };
      const options = { ...identity, log: () => {}, hide: (text: string) => text, hostCall, lease, gone };
      await expect(Session.open(pair.transport, options, controller.signal)).rejects.toBe(reason);
    });

    test('does without a pid', async () => {
      const { pid: _, ...hello } = HELLO;
      const pair = await playedPlugin(() => {}, hello);
      await open(pair);
      expect(pair.welcomed).toHaveLength(1);
    });

    test.each<[string, unknown]>([
      ['an action whose name acts on a terminal', { ...READY, actions: { 'a\u001b[2J': {} } }],
      ['an action with a name without end', { ...READY, actions: { ['x'.repeat(257)]: {} } }],
      [
        'more actions than anybody can mean',
        { ...READY, actions: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`a${i}`, {}])) },
      ],
      ['a hook whose name acts on a terminal', { ...READY, hooks: [{ event: 'event', name: 'a\nb' }] }],
    ])('refuses a READY with %s', async (_, ready) => {
      expect((await errorOf(open(playedPlugin(() => {}, HELLO, ready)))).code).toBe('PROTOCOL_VIOLATION');
    });

    test.each([
      [{ event: 'event', name: 'hook' }],
      [
        {
          event: 'event',
          name: 'hook',
          priority: null,
          mode: 'audit',
          before: ['a'],
          timeout: 2.5,
          on_error: 'skip',
          new: 1,
        },
      ],
    ])('takes %j for a hook', async (hook) => {
      const pair = await playedPlugin(() => {}, HELLO, { ...READY, hooks: [hook] });
      await open(pair);
    });

    test.each([
      [{ event: '', name: 'hook' }],
      [{ event: 'event' }],
      [{ event: 'event', name: 'hook', mode: 'transfrom' }],
      [{ event: 'event', name: 'hook', priority: 'high' }],
      [{ event: 'event', name: 'hook', priority: Number.NaN }],
      [{ event: 'event', name: 'hook', before: 'a' }],
      [{ event: 'event', name: 'hook', after: [1] }],
      [{ event: 'event', name: 'hook', timeout: 0 }],
      [{ event: 'event', name: 'hook', on_error: 'ignore' }],
      ['hook'],
    ])('does not take %j for a hook', async (hook) => {
      const pair = await playedPlugin(() => {}, HELLO, { ...READY, hooks: [hook] });
      const error = await errorOf(open(pair));
      expect(error).toMatchObject({
        code: 'PROTOCOL_VIOLATION',
        details: { reason: 'its READY is not as the protocol says' },
      });
    });

    test('hands on why a plugin could not start', async () => {
      const pair = await createPair();
      pair.peer.send([Kind.Hello, 0, HELLO]);
      pair.peer.send([
        Kind.Failure,
        0,
        {
          code: 'PLUGIN_IMPORT_FAILED',
          message: 'No module named nowhere',
          type: 'ModuleNotFoundError',
          traceback: 'line 1',
        },
      ]);
      const error = await errorOf(open(pair));
      expect(error.code).toBe('PLUGIN_IMPORT_FAILED');
      expect(error.message).toContain('ModuleNotFoundError: No module named nowhere');
      expect(error.context.remoteTraceback).toBe('line 1');
    });
  });

  describe('calls', () => {
    test('are matched to their answers, whatever the order', async () => {
      const waiting: HostMessage[] = [];
      const pair = await playedPlugin((message, { peer }) => {
        waiting.push(message);
        if (waiting.length === 3)
          for (const [, id, , input] of waiting.reverse() as never as [number, number, string, unknown][])
            peer.send([Kind.Result, id, input]);
      });
      const session = await open(pair);
      expect(await Promise.all([call(session, 1), call(session, 2), call(session, 3)])).toEqual([1, 2, 3]);
    });

    test('carry a failure with its cause chain, type, traceback and data', async () => {
      const failure = {
        code: 'PLUGIN_RAISED',
        message: 'no more',
        type: 'shop.OutOfStock',
        traceback: 'Traceback …',
        data: { article: 'pen' },
        cause: { code: 'PLUGIN_RAISED', message: "'shelf'", type: 'KeyError', traceback: 'inner' },
      };
      const session = await open(playedPlugin((message, { peer }) => peer.send([Kind.Failure, message[1], failure])));
      const error = await errorOf(call(session, null));
      expect(error).toMatchObject({
        code: 'PLUGIN_RAISED',
        blame: 'plugin',
        context: { remoteType: 'shop.OutOfStock', remoteTraceback: 'Traceback …', remoteData: { article: 'pen' } },
      });
      expect(error.cause).toMatchObject({ name: 'KeyError', message: "'shelf'", stack: 'inner' });
    });

    test('treat an unknown failure code as an exception of the plugin', async () => {
      const session = await open(
        playedPlugin((message, { peer }) =>
          peer.send([Kind.Failure, message[1], { code: 'BAD_WEATHER', message: 'rain' }]),
        ),
      );
      expect((await errorOf(call(session, null))).code).toBe('PLUGIN_RAISED');
    });

    test('name the nearest action when there is none of that name', async () => {
      const failure = { code: 'ACTION_UNKNOWN', message: 'no such action' };
      const session = await open(playedPlugin((message, { peer }) => peer.send([Kind.Failure, message[1], failure])));
      expect((await errorOf(call(session, null, 'keyword'))).message).toContain('Did you mean "keywords"?');
    });

    test('are refused with the path of a value that cannot be sent', async () => {
      const session = await open(playedPlugin(() => {}));
      const error = await errorOf(call(session, { rows: [1, new Map()] }));
      expect(error).toMatchObject({ code: 'INPUT_NOT_ENCODABLE', details: { path: '$.rows[1]' } });
    });

    test('are refused when they are over the limit, naming the setting', async () => {
      const session = await open(playedPlugin(() => {}));
      const error = await errorOf(call(session, 'x'.repeat(LIMITS.frame)));
      expect(error.code).toBe('INPUT_TOO_LARGE');
      expect(error.advice).toContain('limits: { frame');
    });

    test('fail alone when their answer cannot be read', async () => {
      const session = await open(
        playedPlugin((message, { peer }) => {
          if (message[1] === 1) peer.sendRaw('data', Uint8Array.of(4, 0, 0, 0, 0x93, 5, 1, 0xc1));
          else peer.send([Kind.Result, message[1], 'fine']);
        }),
      );
      const [bad, good] = await Promise.allSettled([call(session, 1), call(session, 2)]);
      expect(bad).toMatchObject({ reason: { code: 'FRAME_REFUSED' } });
      expect(good).toMatchObject({ value: 'fine' });
    });

    test('all fail when the plugin goes', async () => {
      const session = await open(playedPlugin((_, { peer }) => peer.close()));
      expect((await errorOf(call(session, null))).code).toBe('PLUGIN_DISCONNECTED');
      await session.closed;
      expect((await errorOf(call(session, null))).code).toBe('PLUGIN_DISCONNECTED');
    });

    test.each([
      ['an unknown kind', (pair: Pair) => pair.peer.sendRaw('data', Uint8Array.of(3, 0, 0, 0, 0x92, 99, 1))],
      [
        'an id that is text',
        (pair: Pair) => pair.peer.sendRaw('data', Uint8Array.of(5, 0, 0, 0, 0x93, 5, 0xa1, 0x31, 0xc0)),
      ],
      ['a failure that is none', (pair: Pair) => pair.peer.send([Kind.Failure, 1, 'no' as never])],
    ])('all fail when the plugin breaks the protocol by %s', async (_, lie) => {
      const session = await open(playedPlugin((_message, pair) => lie(pair)));
      expect((await errorOf(call(session, null))).code).toBe('PROTOCOL_VIOLATION');
    });

    test('ignore answers to calls that nobody made', async () => {
      const session = await open(
        playedPlugin((message, { peer }) => {
          peer.send([Kind.Result, 999, 'late']);
          peer.send([Kind.Result, message[1], 'mine']);
        }),
      );
      expect(await call(session, null)).toBe('mine');
    });
  });

  test('a cancel is sent for a call that is running, and only for such', async () => {
    const cancelled: number[] = [];
    const session = await open(
      playedPlugin((message, { peer }) => {
        if (message[0] === Kind.Cancel) {
          cancelled.push(message[1]);
          peer.send([Kind.Failure, message[1], { code: 'CALL_CANCELLED', message: 'cancelled' }]);
        }
      }),
    );
    const answer = call(session, null);
    session.cancel(12345);
    session.cancel(1);
    expect((await errorOf(answer)).code).toBe('CALL_CANCELLED');
    expect(cancelled).toEqual([1]);
  });

  test('a ping is answered, or given up with its signal', async () => {
    let answers = true;
    const session = await open(
      playedPlugin((message, { peer }) => {
        if (message[0] === Kind.Ping && answers) peer.send([Kind.Pong, message[1]]);
      }),
    );
    await session.ping(AbortSignal.timeout(10_000));
    answers = false;
    await expect(session.ping(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    const controller = new AbortController();
    const waiting = session.ping(controller.signal);
    controller.abort(new Error('later'));
    await expect(waiting).rejects.toThrow('later');
  });

  describe('after a violation', () => {
    async function violated() {
      const heard: HostMessage[] = [];
      const pair = await playedPlugin((message) => heard.push(message));
      const session = await open(pair);
      const before = errorOf(call(session, null));
      pair.peer.sendRaw('data', Uint8Array.of(0, 0, 0, 0));
      const error = await before;
      expect(error.code).toBe('PROTOCOL_VIOLATION');
      return { session, error, heard, pair };
    }

    test('everything that is asked is answered by it', async () => {
      const { session, error } = await violated();
      expect(session.lost).toBe(error);
      expect(() => session.call('execute', fixedInput(1), { action: 'execute', resolve() {}, reject() {} })).toThrow(
        error,
      );
      await expect(session.ping(AbortSignal.timeout(10_000))).rejects.toBe(error);
      const request = { path: '/nowhere', host: '127.0.0.1', port: 0 };
      await expect(session.debug(request, () => {}, AbortSignal.timeout(10_000))).rejects.toBe(error);
      session.cancel(1);
      await session.shutdown();
      expect((await session.closed).by).toBe('local');
    });

    test('nothing more is listened to, not even what came with it', async () => {
      const logs: unknown[] = [];
      const pair = await playedPlugin(() => {});
      const session = await open(pair, (_, log) => logs.push(log));
      const log = (message: string) => {
        const payload = Buffer.from(encode([Kind.Log, 0, { level: 'info', message }]));
        const frame = Buffer.alloc(4 + payload.length);
        frame.writeUInt32LE(payload.length);
        payload.copy(frame, 4);
        return frame;
      };
      pair.peer.sendRaw('control', Buffer.concat([log('before'), Uint8Array.of(0, 0, 0, 0), log('behind')]));
      await session.closed;
      expect(logs).toMatchObject([{ message: 'before' }]);
    });
  });

  describe('what a plugin says is shown, never obeyed', () => {
    const nasty = 'a\u001b[2Jb\nc\u0085d\u202ee';
    const shown = 'a\\x1b[2Jb\\nc\\x85d\\u202ee';

    test('in a failure, its type and its causes', async () => {
      const cause = { code: 'PLUGIN_RAISED', message: nasty, type: nasty };
      const failure = { code: 'PLUGIN_RAISED', message: nasty, type: nasty, traceback: `${nasty}\nend`, cause };
      const session = await open(
        playedPlugin(([kind, id], { peer }) => {
          if (kind === Kind.Call) peer.send([Kind.Failure, id, failure]);
        }),
      );
      const error = await errorOf(call(session, null));
      expect(error.message).toBe(`peer.execute raised ${shown}: ${shown}`);
      expect(error.context.remoteType).toBe(shown);
      expect(error.context.remoteTraceback).toBe(`a\\x1b[2Jb\nc\\x85d\\u202ee\nend`);
      expect(error.cause).toMatchObject({ name: shown, message: shown });
    });

    test('in log lines, reports of progress, and what is wrong with a frame', async () => {
      const said: unknown[] = [];
      const pair = await playedPlugin(([kind, id], { peer }) => {
        if (kind !== Kind.Call) return;
        peer.send([Kind.Progress, id, { message: nasty }]);
        peer.send([Kind.Log, id, { level: 'info', message: nasty, logger: nasty, traceback: nasty }]);
        peer.send([Kind.Result, id, 7]);
      });
      const session = await open(pair, (_, { message, logger, traceback }) => {
        said.push(message);
        expect(logger).toBe(shown);
        expect(traceback).toBe(shown.replaceAll('\\n', '\n'));
      });
      await new Promise<void>((resolve, reject) => {
        const progress = (report: { readonly message?: string }) => void said.push(report.message);
        session.call('execute', fixedInput(null), { action: 'execute', progress, resolve: () => resolve(), reject });
      });
      await until(() => said.length === 2, 'a log line and a report');
      expect(said.toSorted()).toEqual([shown, shown]);
      const lost = errorOf(call(session, null));
      // [5, 99, {"<right-to-left override>": <reserved byte>}]
      pair.peer.sendRaw('data', Uint8Array.of(9, 0, 0, 0, 0x93, 5, 99, 0x81, 0xa3, 0xe2, 0x80, 0xae, 0xc1));
      expect((await lost).message).toContain('\\u202e');
      expect((await lost).message).not.toContain('\u202e');
    });
  });

  describe('long texts', () => {
    test('of a failure are cut, and say so', async () => {
      const text = 'x'.repeat(300_000);
      let cause: object = { code: 'PLUGIN_RAISED', message: 'the first' };
      for (let depth = 0; depth < 100; depth += 1) cause = { code: 'PLUGIN_RAISED', message: `cause ${depth}`, cause };
      const failure = { code: 'PLUGIN_RAISED', message: text, type: text, traceback: `${text}\nlast line`, cause };
      const session = await open(
        playedPlugin(([kind, id], { peer }) => {
          if (kind === Kind.Call) peer.send([Kind.Failure, id, failure as never]);
        }),
      );
      const error = await errorOf(call(session, null));
      expect(error.message.length).toBeLessThan(20_000);
      expect(error.message).toContain('(283616 more characters)');
      expect(error.context.remoteTraceback?.length).toBeLessThan(70_000);
      expect(error.context.remoteTraceback).toMatch(/^… \(\d+ more characters\)\n[^]*last line$/);
      let deepest: unknown = error;
      let depth = 0;
      for (; (deepest as Error).cause !== undefined; depth += 1) deepest = (deepest as Error).cause;
      expect(depth).toBeLessThan(20);
      expect((deepest as Error).message).toMatch(/its causes are left out/);
    });

    test('of a log line are cut; one that is no frame of control is dropped, and nothing else', async () => {
      const logs: LogPayload[] = [];
      const pair = await playedPlugin((message, { peer }) => {
        if (message[0] !== Kind.Call) return;
        peer.send([Kind.Log, message[1], { level: 'info', message: 'x'.repeat(500_000) }]);
        peer.send([Kind.Log, message[1], { level: 'info', message: 'x'.repeat(3_000_000) }]);
        peer.send([Kind.Result, message[1], 7]);
      });
      const session = await open(pair, (_, log) => logs.push(log));
      expect(await call(session, null)).toBe(7);
      await until(() => logs.length === 2, 'both log lines');
      expect(logs[0]?.message).toMatch(/^x+… \(434464 more characters\)$/);
      expect(logs[1]).toMatchObject({
        level: 'warn',
        message: expect.stringMatching(/log line .* dropped.*limit/) as string,
      });
      expect(await call(session, null)).toBe(7);
    });
  });

  test('an answer of too many values fails its call alone, naming the setting', async () => {
    const session = await open(
      playedPlugin(([kind, id], { peer }) => {
        if (kind === Kind.Call) peer.send([Kind.Result, id, id === 1 ? new Array(300_000).fill([]) : 'fine']);
      }),
    );
    const [first, second] = [errorOf(call(session, null)), call(session, null)];
    expect(await second).toBe('fine');
    const error = await first;
    expect(error.code).toBe('RESULT_TOO_LARGE');
    expect(error.advice).toContain('limits: { values: … }');
  });

  test('a getter of an input that throws fails its call alone, and may cancel another', async () => {
    const cancelled: number[] = [];
    const session = await open(
      playedPlugin(
        (message, { peer }) => {
          if (message[0] === Kind.Cancel) cancelled.push(message[1]);
          else if (message[0] === Kind.Credit)
            peer.send([Kind.Failure, message[1], { code: 'CALL_CANCELLED', message: '' }]);
          else if (message[0] === Kind.Call && message[1] !== 1) peer.send([Kind.Result, message[1], message[3]]);
        },
        { ...HELLO, features: [...HELLO.features, 'streams'] },
      ),
    );
    const first = errorOf(call(session, null));
    const nasty = {
      get value(): never {
        session.cancel(1);
        throw new Error('a bad getter');
      },
    };
    await expect(call(session, { deep: nasty })).rejects.toThrow('a bad getter');
    expect((await first).code).toBe('CALL_CANCELLED');
    expect(cancelled).toEqual([1]);
    expect(await call(session, 'later')).toBe('later');
  });

  const LEAVING = {
    level: 'warn',
    message: 'leaving',
    logger: 'of.shelves',
    traceback: 'Traceback\n  last line',
    fields: { shelf: 7 },
  } as const;

  test('logs are handed on with their call, and a shutdown ends with BYE', async () => {
    const logs: unknown[] = [];
    const pair = await playedPlugin((message, { peer }) => {
      if (message[0] !== Kind.Shutdown) return;
      peer.send([Kind.Log, 5, LEAVING]);
      peer.send([Kind.Bye, 0]);
    });
    const session = await open(pair, (callId, log) => logs.push([callId, log]));
    await session.shutdown();
    expect(logs).toEqual([[5, LEAVING]]);
  });
});
