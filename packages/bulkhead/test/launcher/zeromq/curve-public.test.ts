import { expect, test } from 'vitest';
import * as zeromq from 'zeromq';
import { curvePublic } from '../../../src/launcher/zeromq/curve-public.ts';

test('the public key of a secret one is that which libzmq made with it', () => {
  for (let pair = 0; pair < 50; pair += 1) {
    const { publicKey, secretKey } = zeromq.curveKeyPair();
    expect(curvePublic(secretKey)).toBe(publicKey);
  }
});
