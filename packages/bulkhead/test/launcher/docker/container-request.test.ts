import { expect, test } from 'vitest';
import type { EngineFacts } from '../../../src/engine/container-engine.ts';
import { containerRequest } from '../../../src/launcher/docker/container-request.ts';
import type { PluginSpec } from '../../../src/registry/plugin-spec.ts';

const FACTS: EngineFacts = {
  ServerVersion: '28.0.0',
  NCPU: 2,
  Architecture: 'x86_64',
  OSType: 'linux',
  MemoryLimit: true,
  PidsLimit: true,
  CpuCfsQuota: true,
};
const RUNTIME = {
  kind: 'image',
  image: 'some:image',
  imageId: 'sha256:1',
  python: { executable: '/usr/bin/python3', version: '3.11.7', implementation: 'cpython', origin: 'image' },
  user: '65534:65534',
  folder: '/app',
  bytecode: undefined,
  libc: 'glibc',
  setsHome: false,
} as const;

function limitsOf(resources: PluginSpec['launch']['resources'], facts: Partial<EngineFacts> = {}) {
  return requested({ resources }, facts);
}

function requested(launch: Partial<PluginSpec['launch']>, facts: Partial<EngineFacts> = {}) {
  const spec = { id: 'boxed', launch } as unknown as PluginSpec;
  const program = { file: '/usr/bin/python3', args: [], folder: '/app' };
  const command = { program, relay: () => [], env: {}, mounts: [] };
  return containerRequest({ spec, runtime: RUNTIME, command, mounts: [], labels: {} }, { ...FACTS, ...facts })
    .HostConfig;
}

const NONE = { memory: undefined, cpu: undefined, pids: undefined, files: undefined, disk: undefined };

test('a limit of memory leaves no swap, and one of processors is no more than the machine has', () => {
  const limits = { ...NONE, memory: 2e9, cpu: 2.5, pids: 7 };
  expect(limitsOf(limits)).toMatchObject({ Memory: 2e9, MemorySwap: 2e9, NanoCpus: 2e9, PidsLimit: 7 });
  expect(limitsOf({ ...NONE, cpu: 0.25 })).toMatchObject({ NanoCpus: 250_000_000, PidsLimit: 1024 });
});

test('a limit of its disk is the size of its /tmp', () => {
  expect(limitsOf({ ...NONE, disk: 1024 ** 2 })).toMatchObject({
    Tmpfs: { '/tmp': expect.stringMatching(/,size=1048576$/) as unknown },
  });
  expect(limitsOf(NONE)).toMatchObject({ Tmpfs: { '/tmp': expect.not.stringContaining('size') as unknown } });
});

test.each([
  ['memory', 'MemoryLimit', { memory: 1e9 }],
  ['cpu', 'CpuCfsQuota', { cpu: 1 }],
  ['pids', 'PidsLimit', { pids: 10 }],
])('a limit of %s that the engine would only warn of is refused', (limit, fact, resources) => {
  expect(() => limitsOf({ ...NONE, ...resources }, { [fact]: false })).toThrow(
    expect.objectContaining({ code: 'LIMIT_UNAVAILABLE', details: expect.objectContaining({ limit }) as unknown }),
  );
  expect(limitsOf(NONE, { [fact]: false })).toMatchObject({ Init: true, CapDrop: ['ALL'] });
});

test('an open network is the bridge, and what Podman takes by itself without root', () => {
  const permissions = { network: true, read: [], write: [], env: [], processes: true };
  const open = { resources: NONE, permissions };
  expect(requested({ resources: NONE })).toMatchObject({ NetworkMode: 'none' });
  expect(requested(open)).toMatchObject({ NetworkMode: 'bridge' });
  expect(requested(open, { Rootless: true })).toMatchObject({ NetworkMode: 'private' });
});
