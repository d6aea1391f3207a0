import { Kind } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { fixedInput } from '../../src/session/call-input.ts';
import { until } from '../until.ts';
import { call, overEachTransport, sessionWith } from './played-plugin.ts';

overEachTransport(() => {
  test('what is asked of a session that is lost fails at once, and says why', async () => {
    const { session, peer } = await sessionWith(() => {});
    const waiting = [call(session), session.ping(new AbortController().signal)];
    peer.close();
    const reason = 'the plugin closed it';
    for (const each of waiting)
      await expect(each).rejects.toMatchObject({ code: 'PLUGIN_DISCONNECTED', details: { reason } });
    // no signal ends these
    const { signal } = new AbortController();
    await expect(session.ping(signal)).rejects.toMatchObject({ code: 'PLUGIN_DISCONNECTED', details: { reason } });
    await expect(session.debug({} as never, () => {}, signal)).rejects.toMatchObject({ code: 'PLUGIN_DISCONNECTED' });
  });

  test('a session that the host closed says so', async () => {
    const { session } = await sessionWith(() => {});
    const waiting = session.ping(new AbortController().signal);
    await session.close();
    await expect(waiting).rejects.toMatchObject({ details: { reason: 'the host closed it' } });
  });

  test.each([
    ['LOG', (id: number) => [Kind.Log, id, { level: 'info', message: 'a' }]],
    ['PROGRESS', (id: number) => [Kind.Progress, id, { fraction: 0.5 }]],
  ])('a %s shows that its call goes on', async (_, message) => {
    let touched = 0;
    const { session, peer } = await sessionWith((heard, plugin) => {
      if (heard[0] === Kind.Call) plugin.send(message(heard[1]) as never);
    });
    const answer = new Promise((resolve, reject) => {
      session.call('execute', fixedInput(null), {
        action: 'execute',
        touch: () => (touched += 1),
        resolve,
        reject,
      });
    });
    await until(() => touched > 0, 'the touch');
    peer.send([Kind.Result, 1, 'done']);
    expect(await answer).toBe('done');
  });
});
