import { request } from 'node:http';
import type { ContainerEngine } from '../src/engine/container-engine.ts';

/** See `askEngine`. */
export async function ask(
  { address }: ContainerEngine,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  archive?: NodeJS.ReadableStream,
): Promise<string> {
  const headers = { host: 'engine', ...(archive === undefined ? {} : { 'content-type': 'application/x-tar' }) };
  return await new Promise<string>((resolve, reject) => {
    const sent = request({ socketPath: address.socket, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        const isRefused = (response.statusCode ?? 0) >= 400 || text.includes('"error"');
        if (isRefused) reject(new Error(`${method} ${path}: ${text}`));
        else resolve(text);
      });
    });
    sent.once('error', reject);
    if (archive === undefined) sent.end();
    else archive.pipe(sent);
  });
}
