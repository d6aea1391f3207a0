import { FEATURES } from '@bulkhead/protocol';
import { expect, test } from 'vitest';
import { letDebuggerAttach } from '../../src/pool/instance-debugging.ts';
import type { OpenSession } from '../../src/session/session.ts';
import { sessionWith } from '../session/played-plugin.ts';

test('a plugin whose SDK knows of no debugger is not asked to let one attach', async () => {
  const heard: unknown[] = [];
  const without = FEATURES.filter((feature) => feature !== 'debug');
  const { session } = await sessionWith((message) => heard.push(message), undefined, without);
  const open = { session, hello: { sdk: { name: 'other_sdk', version: '0.1' } } } as OpenSession;
  const request = { path: '/nowhere', port: 0, changed: () => {} };
  const attaching = letDebuggerAttach('plain', {}, open, request, AbortSignal.timeout(10_000));
  await expect(attaching).rejects.toMatchObject({
    code: 'DEBUG_UNSUPPORTED',
    message: expect.stringContaining('other_sdk 0.1') as string,
  });
  expect(heard).toEqual([]);
});
