import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** A certificate that vouches for itself, and its key: both as PEM. */
export interface OwnCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Making one on the curve that go-plugin takes for its own, P-521, would cost 20 ms in place of 1. */
const CURVE = 'P-256';
const HASH = 'sha256';
const HOUR_MILLISECONDS = 3_600_000;
const YEAR_MILLISECONDS = 365 * 24 * HOUR_MILLISECONDS;
const VALID_YEARS = 10;

const [INTEGER, BIT_STRING, OCTET_STRING, UTF8, SEQUENCE, SET] = [0x02, 0x03, 0x04, 0x0c, 0x30, 0x31];
const [BOOLEAN, TIME, TAGGED_0, TAGGED_3, DNS_NAME] = [0x01, 0x17, 0xa0, 0xa3, 0x82];

/** Object identifiers, as DER has them. */
const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const KEY_USAGE = '0603551d0f';
const ALTERNATIVE_NAME = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';
const EXTENDED_KEY_USAGE = '0603551d25';
const SERVER_AND_CLIENT = '06082b06010505070301' + '06082b06010505070302';
/** To sign, encipher and agree on keys, and to vouch for certificates. */
const ALL_USES = '0302' + '02ac';

/** A certificate of X.509 (RFC 5280) for `localhost`, which is used once. Node makes keys and signatures, but no certificates. */
export async function ownCertificate(): Promise<OwnCertificate> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: CURVE });
  const algorithm = der(SEQUENCE, hex(ECDSA_WITH_SHA256));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, hex(COMMON_NAME), der(UTF8, Buffer.from('localhost')))));
  const now = Date.now();
  const body = der(
    SEQUENCE,
    der(TAGGED_0, der(INTEGER, Buffer.from([2]))), // version 3
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(15)])), // a positive number that no other has
    algorithm,
    name,
    der(SEQUENCE, time(now - HOUR_MILLISECONDS), time(now + VALID_YEARS * YEAR_MILLISECONDS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      TAGGED_3,
      der(
        SEQUENCE,
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, YES)),
        extension(KEY_USAGE, hex(ALL_USES)),
        extension(EXTENDED_KEY_USAGE, der(SEQUENCE, hex(SERVER_AND_CLIENT))),
        extension(ALTERNATIVE_NAME, der(SEQUENCE, der(DNS_NAME, Buffer.from('localhost')))),
      ),
    ),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign(HASH, body, privateKey));
  return {
    certificate: pem(der(SEQUENCE, body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** A certificate as PEM has it. */
function pem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const YES: Buffer = der(BOOLEAN, Buffer.from([0xff]));

/** All of them critical: whoever does not know one may not go by the rest. */
function extension(identifier: string, value: Buffer): Buffer {
  return der(SEQUENCE, hex(identifier), YES, der(OCTET_STRING, value));
}

/** Such as 260131093000Z, which is enough until 2049. */
function time(milliseconds: number): Buffer {
  return der(
    TIME,
    Buffer.from(
      new Date(milliseconds)
        .toISOString()
        .slice(2)
        .replace(/\.\d+|[-:T]/g, ''),
    ),
  );
}

/** A value of ASN.1: its type, its length and what it is made of. */
function der(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([type, ...size]), content]);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
