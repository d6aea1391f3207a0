import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ContainerEngine } from '../src/engine/container-engine.ts';
import { messageOf } from '../src/lifecycle/message-of.ts';
import { askEngine, type TestEngine } from './container-engine.ts';
import { ownSocket } from './engine-daemon.ts';
import { fixture } from './test-home.ts';

/** What plugins' Dockerfiles usually begin with. */
export const PYTHON_IMAGE = 'python:3.11-slim';
/** Of one that the tests have made: from which archive. */
const LABEL = 'bulkhead.test.archive';
/** Where it stays in an engine that is not the tests' own, when they have taken that name back. */
const OWN_NAME = 'localhost/bulkhead-test/debian-python';
const FOLDER: string = fileURLToPath(new URL('../../../.cache/images', import.meta.url));
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** Variables by which pip and uv reach their indexes. */
const PASSED = /^(PIP_(EXTRA_)?INDEX_URL|PIP_TRUSTED_HOST|UV_(DEFAULT_)?INDEX(_URL)?|(https?|no|all)_proxy)$/i;

/**
 * Sees to it that the engine has `python:3.11-slim`. One that is there stays as it is; else it is made of Debian's packages, which
 * takes half a minute once for a clone.
 *
 * @returns why there is none; undefined: there is. Under CI there has to be
 */
export async function pythonImage(found: TestEngine | string): Promise<string | undefined> {
  if (typeof found === 'string') return found;
  try {
    await provide(found.engine);
    return undefined;
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    return `no ${PYTHON_IMAGE}: ${messageOf(error).slice(0, 500)}`;
  }
}

async function provide(engine: ContainerEngine): Promise<void> {
  const made = await madeFrom(engine, PYTHON_IMAGE);
  if (made === undefined) return; // somebody's own
  const { stdout } = await promisify(execFile)(fixture('images/make-python-image'), [FOLDER]);
  const archive = stdout.trim();
  const recipe = basename(archive, '.tar');
  if (made === recipe) return;
  const own = `${OWN_NAME}:${recipe}`;
  if ((await engine.image(own, AbortSignal.timeout(10_000))) === undefined) {
    const changes = [
      `LABEL ${LABEL}=${recipe}`,
      `ENV PIP_CERT=${CERTIFICATES}`,
      `ENV SSL_CERT_FILE=${CERTIFICATES}`,
      ...Object.entries(process.env).flatMap(([name, value]) =>
        PASSED.test(name) && value ? [`ENV ${name}=${JSON.stringify(value)}`] : [],
      ),
      'CMD ["python3"]',
    ];
    const query = new URLSearchParams({ fromSrc: '-', repo: own });
    for (const change of changes) query.append('changes', change);
    await askEngine(engine, 'POST', `/images/create?${query}`, createReadStream(archive));
  }
  const [repo = '', tag = ''] = PYTHON_IMAGE.split(':');
  await askEngine(engine, 'POST', `/images/${own}/tag?${new URLSearchParams({ repo, tag })}`);
}

/** The archive that the tests have made it from; '': there is none of that name; undefined: it is not the tests'. */
async function madeFrom(engine: ContainerEngine, name: string): Promise<string | undefined> {
  const image = await engine.image(name, AbortSignal.timeout(10_000));
  if (image === undefined) return '';
  const { Labels } = (image.Config ?? {}) as { Labels?: Readonly<Record<string, string>> | null };
  return Labels?.[LABEL];
}

/** Takes the name back in an engine of somebody's own: they mean another image by it. */
export async function giveBackPythonImage(engine: ContainerEngine): Promise<void> {
  if (engine.address.socket === ownSocket() || !(await madeFrom(engine, PYTHON_IMAGE))) return;
  await askEngine(engine, 'DELETE', `/images/${PYTHON_IMAGE}`);
}
