import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as door from '../src/index.ts';

// A name that is added here is promised to all users: it has to be meant.
const VALUES = [
  'ActionCache',
  'BulkheadError',
  'HookRegistry',
  'HookTimeIsOver',
  'NdArray',
  'PluginManager',
  'PluginStream',
  'PreciseDate',
  'ResourceManager',
  'checkCompatibility',
  'exitCodeOf',
  'isBulkheadError',
  'isResourceConflictError',
  'verifyPlugin',
];
const TYPES = [
  'AcquireOptions',
  'ActionCacheOptions',
  'ActionOptions',
  'AnswerOptions',
  'BatchContext',
  'BatchResult',
  'Blame',
  'CacheObserver',
  'CachePolicy',
  'CachedCall',
  'CallOutcome',
  'CallProgress',
  'ChainOutcome',
  'CheckCompatibilityOptions',
  'Compatibility',
  'Compatible',
  'Conflict',
  'DataCheck',
  'DebugOptions',
  'DebugTarget',
  'DebuggerAddress',
  'DeclaredActions',
  'DeclaredPlugins',
  'DescribeOptions',
  'DescribedPlugin',
  'EnvironmentRuntime',
  'ErrorCode',
  'ErrorDetails',
  'EventHooks',
  'ExecuteHooksOptions',
  'ExecuteOptions',
  'FailureContext',
  'Health',
  'HolderStatus',
  'HookCallback',
  'HookCallbackOptions',
  'HookConsequence',
  'HookContext',
  'HookMode',
  'HookObserver',
  'HookOptions',
  'HookOutcome',
  'HookPosition',
  'HookRegistration',
  'HookRegistryOptions',
  'HookRunner',
  'HookStep',
  'HookToRun',
  'HostLogger',
  'InstanceEnding',
  'InstanceIdentity',
  'InstanceStatus',
  'Lease',
  'LeaseMode',
  'LeaseOutcome',
  'LimitHolder',
  'LimitHolders',
  'NodeInterpreter',
  'NodeRuntime',
  'NotKnown',
  'NpmRequirementList',
  'OnHookError',
  'OnNothing',
  'OrphanedProcess',
  'OwnHook',
  'OwnerDescription',
  'PlacedRequirement',
  'PluginDescription',
  'PluginEvents',
  'PluginHandle',
  'PluginLine',
  'PluginManagerOptions',
  'PluginObserver',
  'PluginStatus',
  'PrepareOptions',
  'ProgressEvent',
  'ProgressSink',
  'ProgressStep',
  'PythonInterpreter',
  'PythonRuntime',
  'ReachedLimit',
  'ReadyEnvironment',
  'ReloadOptions',
  'ReloadOutcome',
  'ReloadReport',
  'RemoteHook',
  'RequirementList',
  'ResolvedPackage',
  'ResourceConflictError',
  'ResourceManagerOptions',
  'ResourceObserver',
  'ResourceOwner',
  'ResourceStatus',
  'RevisionSummary',
  'RunHooksOptions',
  'TraceHooksOptions',
  'TypedArray',
  'Usage',
  'Verdict',
  'Verification',
  'VerificationListener',
  'VerifiedAction',
  'VerifiedCheck',
  'VerifiedProblem',
  'VerifiedTarget',
  'VerifiedVariant',
  'VerifyOptions',
  'WaiterStatus',
];

const packageFolder = new URL('../', import.meta.url);

describe('the public door', () => {
  it('exports these values', () => {
    expect(Object.keys(door).toSorted()).toEqual(VALUES);
  });

  it('exports these types, each by name', () => {
    const text = readFileSync(new URL('src/index.ts', packageFolder), 'utf8');
    expect(text).not.toMatch(/export \*|export default/);
    const names = [...text.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, allTypes, list = '']) => {
      const listed = list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '');
      return listed
        .filter((name) => allTypes !== undefined || name.startsWith('type '))
        .map((name) => name.replace(/^type /, ''));
    });
    expect(names.toSorted()).toEqual(TYPES);
  });

  it('is the only one, besides what editors and tools read', () => {
    const { exports } = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
      exports: unknown;
    };
    expect(exports).toEqual({
      '.': { types: './dist/index.d.ts', default: './dist/bundle/index.js' },
      './registry.schema.json': './registry.schema.json',
      './package.json': './package.json',
    });
    for (const file of ['dist/index.d.ts', 'dist/bundle/index.js', 'registry.schema.json']) {
      expect(existsSync(new URL(file, packageFolder)), file).toBe(true);
    }
  });
});
