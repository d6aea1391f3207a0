import { Kind } from '@bulkhead/protocol';
import { beforeEach, expect, test } from 'vitest';
import type { ExitInfo, RunningInstance, StopReason } from '../../src/launcher/running-instance.ts';
import { deferred } from '../../src/lifecycle/deferred.ts';
import { InstanceExit } from '../../src/pool/instance-exit.ts';
import type { Session } from '../../src/session/session.ts';
import { call, sessionWith } from '../session/played-plugin.ts';
import type { MemoryPeer } from '../transport/memory-pair.ts';

let stops: StopReason[];
let session: Session;
let peer: MemoryPeer;
let exit: InstanceExit;
let die: () => void;
let closedConnection: boolean;

beforeEach(async () => {
  stops = [];
  closedConnection = false;
  const exited = deferred<ExitInfo>();
  ({ session, peer } = await sessionWith((message, plugin) => {
    if (message[0] === Kind.Shutdown) plugin.send([Kind.Bye, 0] as never);
  }));
  const leave = (requested: StopReason | undefined): void =>
    exited.resolve({ code: 1, signal: null, ...(requested === undefined ? {} : { requested }) } as ExitInfo);
  die = () => leave(undefined);
  const running: RunningInstance = {
    identity: { generation: 1, name: 'nothing' },
    endpoint: undefined as unknown as RunningInstance['endpoint'],
    exited: exited.promise,
    diagnose: async () => ({ ending: 'exited with status 1', lastLines: ['last'], hints: [], closedConnection }),
    interrupt: () => {},
    stop: (reason) => {
      stops.push(reason);
      leave(reason);
      peer.close();
      return exited.promise;
    },
  };
  exit = new InstanceExit({
    plugin: 'p',
    running,
    session,
    stopLimit: 1_000,
    explain: (error) => error,
    isHeld: () => false,
  });
});

const lost = (): Promise<unknown> =>
  call(session).then(
    () => 'answered',
    (error: unknown) => exit.explain(error, 'execute'),
  );

test('one that ends by itself has crashed, and its calls are told how', async () => {
  const waiting = lost();
  peer.close();
  die();
  expect(await exit.over).toMatchObject({ ending: 'crashed', description: 'exited with status 1' });
  expect(await waiting).toMatchObject({ code: 'PLUGIN_CRASHED', details: { reason: 'exited with status 1' } });
  expect(await waiting).toMatchObject({ advice: expect.stringContaining('Its process ended by itself') });
  expect(exit.hasBegun).toBe(true);
});

test('one that closed its own connection and ended by that was disconnected', async () => {
  closedConnection = true;
  const waiting = lost();
  peer.close();
  die();
  expect(await waiting).toMatchObject({ code: 'PLUGIN_DISCONNECTED', details: { reason: 'exited with status 1' } });
});

test('one that is ended because of a call was replaced, and the other calls are told why', async () => {
  const waiting = lost();
  expect(exit.hasBegun).toBe(false);
  exit.replace('a call did not end');
  expect(exit.hasBegun).toBe(true);
  expect(await exit.over).toMatchObject({ ending: 'replaced' });
  expect(await waiting).toMatchObject({ code: 'PLUGIN_REPLACED', details: { reason: 'a call did not end' } });
  expect(stops).toContain('kill');
});

test('one that is stopped may finish, and its calls are told of that', async () => {
  const waiting = lost();
  await exit.stop();
  expect(await exit.over).toMatchObject({ ending: 'stopped' });
  expect(await waiting).toMatchObject({ code: 'MANAGER_CLOSED' });
  expect(stops[0]).toBe('shutdown');
});

test.each(['recycled', 'unloaded', 'reloaded'] as const)(
  'one that is %s goes when it has no more calls',
  async (reason) => {
    const waiting = lost();
    exit.retire(reason);
    expect(exit.hasBegun).toBe(true);
    expect(stops).toEqual([]);
    peer.send([Kind.Result, 1, null]);
    expect(await waiting).toBe('answered');
    exit.goWhenFree();
    expect(await exit.over).toMatchObject({ ending: reason });
  },
);
