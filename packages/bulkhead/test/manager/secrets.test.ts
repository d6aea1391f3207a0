import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BulkheadError, isBulkheadError } from '../../src/errors/bulkhead-error.ts';
import { PluginManager } from '../../src/manager/plugin-manager.ts';
import { fixture, observed } from '../test-home.ts';

const TOKEN = 'tok-4711-"quoted"';
const KEY = "-----BEGIN KEY-----\nwith 'quotes' and ümlauts\n-----END KEY-----";
const SHOWN = '${env:BULKHEAD_TEST_TOKEN}';

let folder: string;
let manager: PluginManager;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-secrets-'));
  const plugin = `path: ${fixture('plugins/tells_secrets')}`;
  const env = (more: string): string => `env: { KEY: "\${env:BULKHEAD_TEST_KEY}"${more} }`;
  const config = (more: string): string => `config: { token: "\${env:BULKHEAD_TEST_TOKEN}"${more} }`;
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins:
  - { id: tells, hooks: [pre_process], ${plugin}, ${env('')}, ${config('')} }
  - { id: spawned, start: spawn, ${plugin}, ${env('')}, ${config(', fails: true')} }
  - { id: forked, start: fork, ${plugin}, ${env('')}, ${config(', fails: true')} }
  - { id: not_imported, start: spawn, ${plugin}, ${env(', FAILS_AT_IMPORT: ""')}, ${config('')} }
  - { id: no_template, start: fork, ${plugin}, ${env(', FAILS_AT_IMPORT: ""')}, ${config('')} }
`,
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  const { options, lines: seen } = observed();
  lines = seen;
  const variables = { ...process.env, BULKHEAD_TEST_TOKEN: TOKEN, BULKHEAD_TEST_KEY: KEY };
  manager = await PluginManager.open(join(folder, 'plugins.yaml'), { ...options, variables });
});
afterEach(async () => {
  await manager.close();
});

async function failureOf(call: Promise<unknown>): Promise<BulkheadError> {
  const error: unknown = await call.then(
    () => expect.unreachable('it should have failed'),
    (thrown: unknown) => thrown,
  );
  if (!isBulkheadError(error)) throw error;
  return error;
}

/** A signal that is aborted by what the plugin reports, so that no answer can overtake it. */
function abortable(): { signal: AbortSignal; abort(reason: unknown): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

/** All text of an error: of its causes, too. */
function textOf(error: unknown): string {
  const { cause, ...own } = error as Error;
  const { message, stack } = error as Error;
  return [message, stack, JSON.stringify(own), ...(cause === undefined ? [] : [textOf(cause)])].join('\n');
}

function expectNoSecret(text: string): void {
  expect(text).not.toContain('4711');
  expect(text).not.toContain('BEGIN KEY');
  expect(text).not.toMatch(/mlauts/);
}

describe('a secret that a plugin was given is not shown', () => {
  it('in an exception, its cause, its data and its traceback', async () => {
    const error = await failureOf(manager.executePlugin('tells', null));
    expect(error.message).toContain(`login with ${SHOWN} failed`);
    expect(error.context.remoteTraceback).toContain(`login with ${SHOWN} failed`);
    expect(error.context.remoteData).toEqual({ tried: [SHOWN], at: 1 });
    expect((error.cause as Error).message).toContain('${env:BULKHEAD_TEST_KEY}');
    expectNoSecret(textOf(error));
  });

  it('in what it reports', async () => {
    const { signal, abort } = abortable();
    const call = manager.executePlugin('tells', null, { action: 'reports', signal, onProgress: abort });
    await expect(call).rejects.toMatchObject({ cause: { fraction: 0.5, message: `with ${SHOWN}` } });
  });

  it('in what it prints and logs', async () => {
    await manager.executePlugin('tells', null, { action: 'writes' });
    await manager.close();
    const messages = lines.map(({ msg }) => msg);
    expect(messages).toContain(`the token is ${SHOWN}`);
    expect(messages).toContain('as JSON {"key": "${env:BULKHEAD_TEST_KEY}"} as repr "${env:BULKHEAD_TEST_KEY}"');
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: `token ${SHOWN}`, fields: { key: '${env:BULKHEAD_TEST_KEY}' } }),
    );
    expectNoSecret(JSON.stringify(lines));
  });

  it('in the name of an exception, and in its metadata', async () => {
    const error = await failureOf(manager.executePlugin('tells', null, { action: 'names_it' }));
    expect(error.message).toBe(`tells.names_it raised E${SHOWN}: no`);
    expectNoSecret(textOf(error));
    const [status] = manager.plugins();
    expect(status?.metadata).toMatchObject({ description: `logged in with ${SHOWN}` });
  });

  it('in its last lines', async () => {
    const error = await failureOf(manager.executePlugin('tells', null, { action: 'dies' }));
    expect(error.context.lastLines).toContain(`last words: ${SHOWN}`);
    expectNoSecret(textOf(error));
  });

  it.each([
    ['spawned', 'PLUGIN_INITIALIZE_FAILED', `bad token ${SHOWN}`],
    ['forked', 'PLUGIN_INITIALIZE_FAILED', `bad token ${SHOWN}`],
    ['not_imported', 'PLUGIN_IMPORT_FAILED', 'the key is ${env:BULKHEAD_TEST_KEY}'],
    ['no_template', 'PLUGIN_IMPORT_FAILED', 'the key is ${env:BULKHEAD_TEST_KEY}'],
  ])('when it fails to start: %s', async (plugin, code, said) => {
    const error = await failureOf(manager.executePlugin(plugin, null));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
    expectNoSecret(textOf(error) + JSON.stringify(lines));
  });

  it.each(['veto', 'failure'])('in a %s of a hook', async (data) => {
    const error = await failureOf(manager.executeHooks('pre_process', data));
    expect(error.message).toContain(SHOWN);
    expectNoSecret(textOf(error));
  });
});

it('an answer is data: it comes as it is', async () => {
  expect(await manager.executePlugin('tells', null, { action: 'answer' })).toBe(TOKEN);
});

it('what a plugin has encoded is not recognised', async () => {
  const error = await failureOf(manager.executePlugin('tells', null, { action: 'encodes' }));
  expect(error.message).toContain(Buffer.from(TOKEN).toString('base64'));
});
