import { once } from 'node:events';
import { createServer as createHttpServer, get, request, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { Names } from '../../../../src/launcher/sandbox/network/names.ts';
import { Outward } from '../../../../src/launcher/sandbox/network/outward.ts';
import { PluginNetwork } from '../../../../src/launcher/sandbox/network/plugin-network.ts';
import { readHostRule } from '../../../../src/registry/fields/launch/host-rule.ts';

/** Where names lead, since no name server of the internet can be asked here. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'api.test': ['127.0.0.1'],
  'loopback.test': ['127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'link.test': ['fe80::1'],
  'private.test': ['10.1.2.3'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'several.test': ['10.1.2.3', '127.0.0.1'],
};

let upstream: Server;
let echo: Server;
let web: number;
let port: number;

let listening: Server;
let network: PluginNetwork;
let denied: string[];
let asked: string[];

beforeAll(async () => {
  upstream = createHttpServer((question, answer) => {
    answer.setHeader('connection', 'keep-alive, x-own');
    answer.setHeader('x-own', 'of this connection');
    answer.end(JSON.stringify({ method: question.method, url: question.url, headers: question.headers }));
  });
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  web = await portOf(upstream);
  port = await portOf(echo);
});

afterAll(() => {
  upstream.close();
  echo.close();
});

/** As if it listened in the name space of a plugin. */
beforeEach(async () => {
  denied = [];
  asked = [];
  const names = new Names(async (name) => {
    asked.push(name);
    const found = PLACES[name];
    if (found === undefined) throw new Error(`ENOTFOUND ${name}`);
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  });
  const written = [`127.0.0.1:${web},${port}`, `*.test:${web},${port},80`, 'nowhere.example:80'];
  // The list names one address of the machine; names that lead to others are denied.
  const rules = written.map((each) => readHostRule(each) ?? expect.unreachable(each));
  network = new PluginNetwork(new Outward(rules, names, (target) => denied.push(target)));
  listening = createServer();
  await portOf(listening);
  network.serve(listening);
});

afterEach(() => network.close());

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function client(): Promise<Socket> {
  const socket = connect((listening.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes, and reads until the other side ends. */
async function exchange(sent: string | Buffer): Promise<Buffer> {
  const socket = await client();
  socket.write(sent);
  const received: Buffer[] = [];
  for await (const chunk of socket) received.push(chunk as Buffer);
  return Buffer.concat(received);
}

async function tunnelTo(target: string): Promise<{ socket: Socket; response: IncomingMessage }> {
  const asking = request({
    port: (listening.address() as AddressInfo).port,
    method: 'CONNECT',
    path: target,
    agent: false,
  });
  asking.end();
  const [response, socket] = (await once(asking, 'connect')) as [IncomingMessage, Socket];
  return { socket, response };
}

async function getByProxy(target: string): Promise<{ status: number; reason: string; body: string; headers: object }> {
  const asking = get({
    port: (listening.address() as AddressInfo).port,
    path: target,
    agent: false,
    headers: { 'proxy-authorization': 'secret', 'x-mine': '1' },
  });
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const { statusCode = 0, statusMessage = '', headers } = response;
  return { status: statusCode, reason: statusMessage, body: await text(response), headers };
}

describe('CONNECT', () => {
  test('joins the plugin with a permitted host, until both have ended', async () => {
    const { socket, response } = await tunnelTo(`api.test:${port}`);
    expect(response.statusCode).toBe(200);
    socket.end('there and back');
    expect(await text(socket)).toBe('there and back');
  });

  test('says which line is missing, to the plugin and to the host', async () => {
    const { response } = await tunnelTo('example.org:443');
    expect([response.statusCode, response.statusMessage]).toEqual([403, 'Bulkhead does not permit example.org:443']);
    expect(denied).toEqual(['example.org:443']);
    expect(asked).toEqual([]);
  });

  test.each(['api.test', 'api.test:', 'api.test:x', ':443', '', '@:1'])(
    'refuses a target such as "%s"',
    async (target) => {
      expect((await exchange(`CONNECT ${target} HTTP/1.1\r\n\r\n`)).toString()).toMatch(/^(HTTP\/1\.1 400|$)/);
    },
  );

  test('a host that does not listen is told as such', async () => {
    const { response } = await tunnelTo('127.0.0.1:' + (await unusedPort()));
    expect(response.statusCode).toBe(403);
    const { response: unknown } = await tunnelTo('nowhere.example:80');
    expect([unknown.statusCode, unknown.statusMessage]).toEqual([
      502,
      "nowhere.example can't be found: ENOTFOUND nowhere.example",
    ]);
  });
});

describe('a permitted name', () => {
  test.each([
    ['metadata.test', `169.254.169.254:80`],
    ['link.test', '[fe80::1]:80'],
    ['private.test', '10.1.2.3:80'],
    ['loopback.test', '127.0.0.1:80'],
    ['mapped.test', '[::ffff:127.0.0.1]:80'],
  ])('that leads into the machine or its network is denied: %s', async (name, address) => {
    const { response } = await tunnelTo(`${name}:80`);
    expect(response.statusCode).toBe(403);
    expect(response.statusMessage).toBe(`Bulkhead does not permit ${address}, where ${name} leads`);
    expect(denied).toEqual([address]);
  });

  test('is resolved once, and leads to the addresses that were judged only', async () => {
    const { socket, response } = await tunnelTo(`several.test:${port}`);
    expect(response.statusCode).toBe(200);
    expect(asked).toEqual(['several.test']);
    expect(socket.destroy().destroyed).toBe(true);
  });
});

describe('a request without TLS', () => {
  test('is passed on, without what concerns the proxy alone', async () => {
    const { status, body, headers } = await getByProxy(`http://api.test:${web}/path?q=1`);
    expect(status).toBe(200);
    const seen = JSON.parse(body) as { method: string; url: string; headers: Record<string, string> };
    expect(seen).toMatchObject({
      method: 'GET',
      url: '/path?q=1',
      headers: { host: `api.test:${web}`, 'x-mine': '1' },
    });
    expect(seen.headers).not.toHaveProperty('proxy-authorization');
    expect(headers).not.toHaveProperty('x-own');
  });

  test('is denied in words that an HTTP client shows', async () => {
    expect(await getByProxy('http://example.org/')).toMatchObject({
      status: 403,
      reason: 'Bulkhead does not permit example.org:80',
      body: 'Bulkhead does not permit example.org:80\n',
    });
    // However the address is written.
    expect((await getByProxy('http://2130706433:81/')).reason).toBe('Bulkhead does not permit 127.0.0.1:81');
  });

  test.each(['/path', 'ftp://api.test/', 'http://'])('needs a whole address: %s is none', async (target) => {
    expect((await getByProxy(target)).status).toBe(400);
  });
});

describe('SOCKS 5', () => {
  const greeting = Buffer.from([5, 1, 0]);
  const to = (kind: number, address: readonly number[], at: number, command = 1): Buffer =>
    Buffer.from([5, command, 0, kind, ...address, at >> 8, at & 255]);
  const named = (name: string): number[] => [name.length, ...Buffer.from(name)];

  test.each([
    ['name', 3, named('api.test')],
    ['address', 1, [127, 0, 0, 1]],
  ])('reaches a permitted host by its %s', async (_, kind, address) => {
    const socket = await client();
    socket.end(Buffer.concat([greeting, to(kind, address, port), Buffer.from('there and back')]));
    const received: Buffer[] = [];
    for await (const chunk of socket) received.push(chunk as Buffer);
    const answer = Buffer.concat(received);
    expect([...answer.subarray(0, 4)]).toEqual([5, 0, 5, 0]);
    expect(answer.subarray(12).toString()).toBe('there and back');
  });

  test.each([
    ['a host that is not listed', to(3, named('example.org'), 443), 2],
    ['an address of IPv6', to(4, [0xfe, 0x80, ...Array.from({ length: 13 }, () => 0), 1], 80), 2],
    ['one that is not found', to(3, named('nowhere.example'), 80), 4],
    ['another command', to(1, [127, 0, 0, 1], 80, 2), 7],
  ])('refuses %s', async (_, asking, code) => {
    expect([...(await exchange(Buffer.concat([greeting, asking]))).subarray(0, 4)]).toEqual([5, 0, 5, code]);
  });
});

test('garbage, silence and sudden ends cost their own connection only', async () => {
  const garbage = [
    '\0\0\0',
    'GET / HTTP/9\r\n\r\n',
    '\x05',
    'CONNECT ',
    `GET ${'x'.repeat(100_000)}`,
    '\x05\x01\x00\x05\x01\x00\x03\xff',
  ];
  for (const each of garbage) {
    const socket = await client();
    socket.on('error', () => {});
    socket.write(each, 'latin1');
    socket.resetAndDestroy();
  }
  const silent = await client();
  const { socket } = await tunnelTo(`api.test:${port}`);
  socket.write('x'.repeat(1_000_000));
  socket.resetAndDestroy();
  expect((await getByProxy(`http://api.test:${web}/`)).status).toBe(200);
  silent.destroy();
});

test('it ends with its plugin, and so do its connections', async () => {
  const { socket } = await tunnelTo(`api.test:${port}`);
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  network.close();
  await closed;
  expect(listening.listening).toBe(false);
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  const free = await portOf(server);
  server.close();
  return free;
}
