import { beforeEach, describe, expect, test } from 'vitest';
import { BulkheadError } from '../../src/errors/bulkhead-error.ts';
import { type CallHost, PluginCall } from '../../src/pool/plugin-call.ts';
import type { CallRequest } from '../../src/pool/call-request.ts';
import { callInput } from '../../src/session/call-input.ts';
import { PluginStream } from '../../src/session/plugin-stream.ts';

let told: unknown[];

const HOST: CallHost = {
  plugin: 'p',
  abandon: () => told.push('abandoned'),
  explain: async (error) => Object.assign(error as Error, { isExplained: true }),
  activityDuring: async () => 'was computing',
  callStreams: () => told.push('streams'),
  callEnded: (_, outcome) => told.push(outcome),
  callAnswered: (_, isResult) => told.push(isResult ? 'result' : 'failure'),
};

beforeEach(() => {
  told = [];
});

function called(more: Partial<CallRequest> = {}, idle?: number): PluginCall {
  const request = { action: 'execute', input: callInput(null), ...more };
  return new PluginCall(HOST, request, { timeout: 50, isOwnTimeout: false, idle });
}

const raised = (): BulkheadError =>
  new BulkheadError('PLUGIN_RAISED', { plugin: 'p', action: 'execute', type: 'ValueError', reason: 'no' });

describe('a call', () => {
  test('ends with its answer, once', async () => {
    const call = called();
    call.resolve('answer');
    expect(await call.promise).toBe('answer');
    call.stop();
    call.expire();
    call.giveUp(new Error('late'));
    expect(told).toEqual(['ok', 'result']);
    expect(call.answered).toBe(true);
  });

  test('ends with a failure, to which the host adds what it knows, and which is no result', async () => {
    const call = called();
    call.reject(raised());
    await expect(call.promise).rejects.toMatchObject({ code: 'PLUGIN_RAISED', isExplained: true });
    expect(told).toEqual(['failure', 'error']);
  });

  test('that is given up frees the instance, and hears nothing of a late answer', async () => {
    const call = called();
    call.giveUp(new Error('mine'));
    await expect(call.promise).rejects.toThrow('mine');
    call.resolve('late');
    expect(told).toEqual(['rejected', 'abandoned', 'result']);
  });

  test('whose signal is aborted is cancelled, with its reason', async () => {
    const controller = new AbortController();
    const call = called({ signal: controller.signal });
    controller.abort('enough');
    await expect(call.promise).rejects.toMatchObject({ code: 'CALL_CANCELLED', cause: 'enough', isExplained: true });
    expect(told).toEqual(['cancelled', 'abandoned']);
  });

  test('hears no signal any more when it has ended', async () => {
    const controller = new AbortController();
    const call = called({ signal: controller.signal });
    call.resolve(1);
    controller.abort();
    expect(await call.promise).toBe(1);
    expect(told).toEqual(['ok', 'result']);
  });

  test.each([
    [undefined, 'CALL_TIMEOUT', { milliseconds: 50, activity: 'was computing' }],
    [10, 'CALL_IDLE_TIMEOUT', { milliseconds: 10 }],
  ])('whose limit is over says which: idle %s', async (idle, code, details) => {
    const call = called({}, idle);
    call.expire();
    await expect(call.promise).rejects.toMatchObject({ code, details });
    expect(told).toEqual(['timeout', 'abandoned']);
  });

  test('has no memory for an answer when it has ended', () => {
    const into = new Uint8Array(1);
    const call = called({ into });
    expect(call.into).toBe(into);
    call.resolve(1);
    expect(call.into).toBeUndefined();
  });

  test('hands on its progress until its end, and ends by a listener that throws', async () => {
    const seen: unknown[] = [];
    const call = called({ onProgress: (progress) => void seen.push(progress) });
    call.progress({ fraction: 0.5 });
    call.resolve(1);
    call.progress({ fraction: 1 });
    expect(seen).toEqual([{ fraction: 0.5 }]);

    told = [];
    const other = called({
      onProgress: () => {
        throw new Error('listener');
      },
    });
    other.progress({});
    await expect(other.promise).rejects.toThrow('listener');
    expect(told).toEqual(['cancelled', 'abandoned']);
  });
});

describe('a call whose answer is a stream', () => {
  test('is answered with it, and ends it', async () => {
    const call = called();
    const stream = new PluginStream({ grant: () => {}, stop: () => {} });
    call.stream(stream);
    expect(await call.promise).toBe(stream);
    call.resolve('returned');
    expect(await stream.next()).toEqual({ done: true, value: 'returned' });
    expect(told).toEqual(['streams', 'ok', 'result']);
  });

  test('fails it by what the plugin raised', async () => {
    const call = called();
    const stream = new PluginStream({ grant: () => {}, stop: () => {} });
    call.stream(stream);
    const next = stream.next();
    call.reject(raised());
    await expect(next).rejects.toMatchObject({ code: 'PLUGIN_RAISED' });
  });

  test('is cancelled when its reader has enough', () => {
    const call = called();
    call.stream(new PluginStream({ grant: () => {}, stop: () => call.stop() }));
    call.stop();
    call.stop();
    expect(told).toEqual(['streams', 'cancelled', 'abandoned']);
  });
});
