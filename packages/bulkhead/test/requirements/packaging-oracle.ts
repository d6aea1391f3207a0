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
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

def read(version):
    try:
        return Version(version)
    except InvalidVersion:
        return None

def versions(left, right):
    one, other = read(left), read(right)
    if one is None or other is None:
        return None
    return [str(one), str(other), (one > other) - (one < other)]

def specifiers(left, right, versions):
    try:
        both = [SpecifierSet(left), SpecifierSet(right)]
    except InvalidSpecifier:
        return None
    together = both[0] & both[1]
    if has_legacy(together):
        return None
    return {
        "empty": [each.is_unsatisfiable() for each in (*both, together)],
        "inside": [together.contains(Version(version), prereleases=True) for version in versions],
    }

def has_legacy(specifiers):
    """Whether === compares with text that is no version: we leave open what that allows."""
    return any(each.operator == "===" and read(each.version) is None for each in specifiers)

def marker(text, environments):
    try:
        parsed = Marker(text)
    except InvalidMarker:
        return None
    return [evaluate(parsed, environment) for environment in environments]

def evaluate(parsed, environment):
    try:
        return parsed.evaluate(environment)
    except (UndefinedComparison, UndefinedEnvironmentName):
        return "undecided"

def requirement(text, versions, environments):
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return None
    holds = parsed.marker and [evaluate(parsed.marker, environment) for environment in environments]
    return {
        "name": canonicalize_name(parsed.name),
        "extras": sorted({canonicalize_name(each) for each in parsed.extras}),
        "clauses": sorted({str(each) for each in parsed.specifier}),
        "url": parsed.url,
        "inside": None if has_legacy(parsed.specifier) else
            [parsed.specifier.contains(Version(version), prereleases=True) for version in versions],
        "holds": holds,
    }

def name(text):
    try:
        return canonicalize_name(text, validate=True)
    except InvalidName:
        return None

questions = {each.__name__: each for each in (versions, specifiers, marker, requirement, name)}
json.dump([questions[kind](*rest) for kind, *rest in json.load(sys.stdin)], sys.stdout)
`;

/** What Python's `packaging` answers to all these questions, in one run. */
export async function askPackaging(questions: readonly (readonly unknown[])[]): Promise<unknown[]> {
  const python = await newestPython();
  const packages = await pythonPackages(python, 'packaging-oracle', PACKAGING);
  const child = spawn(python, ['-S', '-W', 'ignore', '-c', PROGRAM], {
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
  state.ensure();
  const { pythons } = await discoverPythons(state, process.env, new AbortController().signal);
  const [newest] = pythons
    .filter(({ implementation, stable }) => implementation === 'cpython' && stable)
    .toSorted((one, other) => compareReleases(releaseOf(other.version) ?? [], releaseOf(one.version) ?? []));
  if (newest === undefined) throw new Error('the tests need a Python');
  return newest.executable;
}
