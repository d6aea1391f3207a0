import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askEngine, type TestEngine } from './container-engine.ts';

/** Images that no plugin can run in. Each is empty, so it takes no time to make one. */
export async function loadEmptyImage(found: TestEngine | string, name: string, architecture: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bulkhead-image-'));
  try {
    await writeFile(join(folder, 'layer.tar'), Buffer.alloc(10_240)); // an archive that holds nothing
    const layer = createHash('sha256')
      .update(await readFile(join(folder, 'layer.tar')))
      .digest('hex');
    const rootfs = { type: 'layers', diff_ids: [`sha256:${layer}`] };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }));
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const archive = spawn('tar', ['-C', folder, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await askEngine(found, 'POST', '/images/load?quiet=1', archive.stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}
