import { createPrivateKey, createPublicKey } from 'node:crypto';
import { fromZ85, toZ85 } from '../../lifecycle/z85.ts';

/** What stands before the 32 bytes of a key of X25519 in PKCS #8 (RFC 8410). */
const BEFORE_THE_KEY = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The public key of a secret one, both in Z85. It is what libzmq calls `zmq_curve_public`, which `zeromq` does not offer. */
export function curvePublic(secretKey: string): string {
  const key = Buffer.concat([BEFORE_THE_KEY, fromZ85(secretKey) ?? Buffer.alloc(0)]);
  const publicKey = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  return toZ85(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
}
