import { FEATURES, PROTOCOL_RANGE } from '@bulkhead/protocol';
import { describe, expect, test } from 'vitest';
import { readProgress } from '../../src/session/call-reports.ts';
import { readHello, readReady, type SessionIdentity, welcome } from '../../src/session/handshake.ts';

const HELLO = {
  protocol: [...PROTOCOL_RANGE],
  features: [...FEATURES],
  sdk: { name: 'sdk', version: '1' },
  language: { name: 'python', version: '3.13.0' },
  pid: 41,
  environment: 'abc',
};

const IDENTITY = {
  plugin: 'p',
  generation: 3,
  configuration: { a: 1 },
  concurrency: 8,
  limits: { frame: 1, body: 2, values: 3 },
} as SessionIdentity;

describe('HELLO', () => {
  test('is read as it is', () => {
    expect(readHello(HELLO)).toEqual(HELLO);
    expect(readHello({ ...HELLO, sdk: { ...HELLO.sdk, codec: 'accelerated' } })).toBeDefined();
  });

  test.each([
    ['protocol', 1],
    ['protocol', [1]],
    ['protocol', ['1', 2]],
    ['protocol', [1, '2']],
    ['protocol', [1, 1.5]],
    ['features', undefined],
    ['features', 'bodies'],
    ['features', ['bodies', 1]],
    ['sdk', undefined],
    ['sdk', { name: 'sdk' }],
    ['sdk', { name: 1, version: '1' }],
    ['sdk', { name: 'sdk', version: 1 }],
    ['sdk', { name: 'sdk', version: '1', codec: 1 }],
    ['language', { name: 'python' }],
    ['language', ['python', '3.13']],
    ['pid', '41'],
    ['environment', undefined],
    ['environment', 1],
  ])('is none with %s %j', (field, value) => {
    expect(readHello({ ...HELLO, [field]: value })).toBeUndefined();
  });

  test.each([[undefined], [null], ['HELLO'], [[HELLO]]])('is none as %j', (value) => {
    expect(readHello(value)).toBeUndefined();
  });
});

describe('WELCOME', () => {
  const [lowest, highest] = PROTOCOL_RANGE;

  test('names the highest version and the features that both sides have', () => {
    const hello = { ...HELLO, protocol: [lowest, highest + 5], features: ['bodies', 'telepathy'] };
    expect(welcome(hello as never, IDENTITY)).toMatchObject({
      protocol: highest,
      features: ['bodies'],
      plugin: 'p',
      generation: 3,
      configuration: { a: 1 },
      concurrency: 1,
    });
    expect(welcome(HELLO as never, IDENTITY)).toMatchObject({ concurrency: 8, limits: IDENTITY.limits });
  });

  test.each([[[highest + 1, highest + 2]], [[lowest - 2, lowest - 1]]])('is none for a plugin of %j', (protocol) => {
    expect(() => welcome({ ...HELLO, protocol } as never, IDENTITY)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_MISMATCH' }),
    );
  });
});

describe('READY', () => {
  const HOOK = { event: 'e', name: 'n' };

  test.each([
    [{ metadata: {}, actions: {} }],
    [{ metadata: {}, actions: { a: {} }, hooks: [] }],
    [
      {
        metadata: {},
        actions: { a: { description: 'Does it.', input: {}, output: {}, stream: true, idempotent: true } },
      },
    ],
    [{ metadata: {}, actions: { a: { cache: {} } } }],
    [{ metadata: {}, actions: { a: { examples: [] }, b: { examples: [{ input: null, output: 1 }, { input: {} }] } } }],
    [{ metadata: {}, actions: { a: { cache: { ttl: 0.5, max_entries: 1, max_bytes: 1 } } } }],
    [{ metadata: {}, actions: {}, hooks: [HOOK] }],
    [{ metadata: {}, actions: {}, hooks: [{ ...HOOK, priority: -1.5, mode: 'audit', on_error: 'skip', timeout: 1 }] }],
    [{ metadata: {}, actions: {}, hooks: [{ ...HOOK, before: ['x'], after: ['y'], timeout: 2 ** 31 - 1 }] }],
    [
      {
        metadata: {},
        actions: {},
        hooks: [{ ...HOOK, before: null, timeout: null, mode: 'notify', on_error: 'fail' }],
      },
    ],
  ])('is read: %j', (value) => {
    expect(readReady(value)).toEqual(value);
  });

  test.each([
    [undefined],
    [{ actions: {} }],
    [{ metadata: {} }],
    [{ metadata: [], actions: {} }],
    [{ metadata: {}, actions: [] }],
    [{ metadata: {}, actions: { a: 1 } }],
    [{ metadata: {}, actions: { a: {}, b: null } }],
    [{ metadata: {}, actions: {}, hooks: {} }],
  ])('is none: %j', (value) => {
    expect(readReady(value)).toBeUndefined();
  });

  test.each([
    [{ description: 1 }],
    [{ input: [] }],
    [{ output: 'object' }],
    [{ output: null }],
    [{ stream: 'yes' }],
    [{ idempotent: 1 }],
    [{ examples: {} }],
    [{ examples: null }],
    [{ examples: [1] }],
    [{ examples: [{ input: 1 }, { output: 1 }] }],
    [{ examples: Array.from({ length: 1_001 }, () => ({ input: 1 })) }],
  ])('is none with the action %j', (action) => {
    expect(readReady({ metadata: {}, actions: { good: {}, a: action } })).toBeUndefined();
  });

  test.each([
    [1],
    [{ ttl: 0 }],
    [{ ttl: -1 }],
    [{ ttl: '1' }],
    [{ ttl: Infinity }],
    [{ max_entries: 0 }],
    [{ max_entries: 1.5 }],
    [{ max_entries: '1' }],
    [{ max_bytes: 0 }],
    [{ max_bytes: 2 ** 53 }],
  ])('is none with an action that caches by %j', (cache) => {
    expect(readReady({ metadata: {}, actions: { good: {}, a: { cache } } })).toBeUndefined();
  });

  test.each([
    [null],
    [{ event: 'e' }],
    [{ name: 'n' }],
    [{ event: '', name: 'n' }],
    [{ event: 'e', name: '' }],
    [{ event: 1, name: 'n' }],
    [{ event: 'e', name: 1 }],
    [{ ...HOOK, priority: '1' }],
    [{ ...HOOK, priority: Infinity }],
    [{ ...HOOK, before: 'x' }],
    [{ ...HOOK, before: [1] }],
    [{ ...HOOK, after: [null] }],
    [{ ...HOOK, mode: 'shout' }],
    [{ ...HOOK, on_error: 'cry' }],
    [{ ...HOOK, timeout: 0 }],
    [{ ...HOOK, timeout: '1' }],
    [{ ...HOOK, timeout: 2 ** 31 }],
  ])('is none with the hook %j', (hook) => {
    expect(readReady({ metadata: {}, actions: {}, hooks: [HOOK, hook] })).toBeUndefined();
  });
});

describe('PROGRESS', () => {
  test.each([
    [
      { fraction: 0, message: 'a' },
      { fraction: 0, message: 'a' },
    ],
    [{ fraction: 1 }, { fraction: 1 }],
    [{ fraction: 1.01, message: 'a' }, { message: 'a' }],
    [{ fraction: -0.01 }, {}],
    [{ fraction: '1', message: 1 }, {}],
    [{}, {}],
    [null, undefined],
  ])('%j says %j', (value, said) => {
    expect(readProgress(value, (text) => text)).toEqual(said);
  });
});
