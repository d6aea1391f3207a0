import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A version of a package: its package.json, and its other files. */
export interface PublishedPackage {
  readonly name: string;
  readonly version?: string;
  readonly [field: string]: unknown;
}

const DAY = '2024-01-01T00:00:00.000Z';

/** A package registry on the loopback, which speaks as much of the protocol as npm needs. */
export class NpmRegistry {
  readonly #server: Server;
  readonly #packages = new Map<string, Map<string, { manifest: object; time: string; tarball: Buffer }>>();
  #held: { name: string; asked: () => void; go: Promise<void> } | undefined;
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  static async open(): Promise<NpmRegistry> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new NpmRegistry(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Variables that make npm use this registry, and keep what it keeps below `folder`. */
  variables(folder: string): Record<string, string> {
    return {
      npm_config_registry: this.address,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_userconfig: join(folder, 'npmrc'),
      npm_config_fetch_retries: '0',
      NO_PROXY: '127.0.0.1',
    };
  }

  publish(
    { version = '1.0.0', ...manifest }: PublishedPackage,
    files: Readonly<Record<string, string>> = {},
    time: string = DAY,
  ): void {
    const whole = { version, ...manifest };
    const { name } = manifest;
    const entries = {
      'index.js': `module.exports = '${name} ${version}';`,
      ...files,
      'package.json': JSON.stringify(whole),
    };
    const tarball = gzipSync(
      Buffer.concat([
        ...Object.entries(entries).map(([file, text]) => tarEntry(`package/${file}`, text)),
        Buffer.alloc(1024),
      ]),
    );
    const versions = this.#packages.get(name) ?? new Map();
    versions.set(version, { manifest: whole, time, tarball });
    this.#packages.set(name, versions);
  }

  /** From now on a download of that package waits. @returns what resolves when it has begun, and what lets it go on */
  hold(name: string): { begun: Promise<void>; letGo: () => void } {
    let letGo = (): void => {};
    const go = new Promise<void>((resolve) => (letGo = resolve));
    const begun = new Promise<void>((asked) => (this.#held = { name, asked, go }));
    return { begun, letGo };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '/').slice(1);
    this.asked.push(path);
    const [name = '', file] = path.split('/-/');
    const versions = this.#packages.get(name);
    if (versions === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}');
      return;
    }
    if (file === undefined) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.#document(name)));
      return;
    }
    if (this.#held?.name === name) {
      const held = this.#held;
      held.asked();
      await held.go;
    }
    const version = /-(\d.*)\.tgz$/.exec(file)?.[1] ?? '';
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(versions.get(version)?.tarball);
  }

  #document(name: string): object {
    const all = [...(this.#packages.get(name) ?? [])];
    return {
      name,
      'dist-tags': { latest: all.at(-1)?.[0] },
      time: Object.fromEntries(all.map(([version, { time }]) => [version, time])),
      versions: Object.fromEntries(
        all.map(([version, { manifest, tarball }]) => [
          version,
          {
            ...manifest,
            dist: {
              tarball: `${this.address}${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`,
              integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
            },
          },
        ]),
      ),
    };
  }
}

/** A file in a tar archive (POSIX ustar). */
function tarEntry(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0' + '00', 257);
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
