import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { ownCertificate } from '../../../src/launcher/go-plugin/certificate.ts';

test('a certificate vouches for itself and for its key, and is valid now', async () => {
  const { certificate, key } = await ownCertificate();
  const read = new X509Certificate(certificate);
  expect(read).toMatchObject({ subject: 'CN=localhost', subjectAltName: 'DNS:localhost', ca: true });
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(new Date(read.validFrom).getTime()).toBeLessThan(Date.now());
  expect(new Date(read.validTo).getTime()).toBeGreaterThan(Date.now());
  expect(new X509Certificate((await ownCertificate()).certificate).serialNumber).not.toBe(read.serialNumber);
});

test('both ends of a connection accept each other by nothing else', async () => {
  const [server, client] = [await ownCertificate(), await ownCertificate()];
  const identity = ({ certificate, key }: typeof server): object => ({ cert: certificate, key });
  const listening = createServer({
    ...identity(server),
    ca: client.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const accepted = once(listening, 'secureConnection') as Promise<[TLSSocket]>;
  const socket = connect({ port, ...identity(client), ca: server.certificate, servername: 'localhost' });
  await once(socket, 'secureConnect');
  const [peer] = await accepted;
  expect(peer.authorized).toBe(true);
  socket.destroy();
  peer.destroy();
  listening.close();
});
