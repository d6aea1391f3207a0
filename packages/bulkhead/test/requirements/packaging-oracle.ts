import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { discoverPythons } from '../../src/environment/python/python-discovery.ts';
import { StateFolder } from '../../src/environment/state-folder.ts';
import { compareReleases } from '../../src/requirements/version.ts';
import { releaseOf } from '../../src/requirements/python-version.ts';
import { pythonPackages } from '../python-packages.ts';
import { TEST_HOME } from '../test-home.ts';

/** The version whose reading of PEP 440 and PEP 508 is ours. */
const PACKAGING = 'packaging==26.4';

const PROGRAM = `
import json, sys
from packaging.markers import InvalidMarker, Marker, UndefinedComparison
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

def specifiers(left, right, versions):
    try:
        both = [SpecifierSet(left), SpecifierSet(right)]
    except InvalidSpecifier:
        return None
    together = both[0] & both[1]
    if not all(readable(each.version) for each in together if each.operator == "==="):
        return None  # nobody publishes what is no version
    return {
        "spelled": [str(Version(version)) for version in versions],
        "empty": [each.is_unsatisfiable() for each in (*both, together)],
        "inside": [together.contains(Version(version), prereleases=True) for version in versions],
    }

def readable(version):
    try:
        return Version(version) is not None
    except InvalidVersion:
        return False

def marker(text, environments):
    try:
        parsed = Marker(text)
    except InvalidMarker:
        return None
    return [evaluate(parsed, environment) for environment in environments]

def evaluate(parsed, environment):
    try:
        return parsed.evaluate(environment)
    except UndefinedComparison:
        return None

questions = {"specifiers": specifiers, "marker": marker}
json.dump([questions[kind](*rest) for kind, *rest in json.load(sys.stdin)], sys.stdout)
`;

/** What Python's `packaging` answers to all these questions, in one run. */
export async function askPackaging(questions: readonly (readonly unknown[])[]): Promise<unknown[]> {
  const python = await newestPython();
  const packages = await pythonPackages(python, 'packaging-oracle', PACKAGING);
  const child = spawn(python, ['-S', '-c', PROGRAM], {
    env: { ...process.env, PYTHONPATH: packages },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(questions));
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`the oracle ended with status ${status}`);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown[];
}

async function newestPython(): Promise<string> {
  const state = new StateFolder(TEST_HOME);
  await state.ensure();
  const { pythons } = await discoverPythons(state, process.env, new AbortController().signal);
  const [newest] = pythons
    .filter(({ implementation, stable }) => implementation === 'cpython' && stable)
    .toSorted((one, other) => compareReleases(releaseOf(other.version) ?? [], releaseOf(one.version) ?? []));
  if (newest === undefined) throw new Error('the tests need a Python');
  return newest.executable;
}
