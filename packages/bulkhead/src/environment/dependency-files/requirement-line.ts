import { LONGEST_REQUIREMENT } from '../../requirements/limits.ts';
import { isProblem, type Problem } from '../../requirements/problem.ts';
import { readPluginRequirement } from '../../requirements/plugin-requirement.ts';
import { nameInAddress, WHERE_INDEXES_STAND } from '../../requirements/requirement.ts';

/** What one line of a requirements file asks for. */
export type RequirementLine =
  /** A requirement (PEP 508), and the hashes that its files may have: `sha256:…`. */
  | { readonly kind: 'requirement'; readonly text: string; readonly hashes: readonly string[] }
  /** An address that does not tell its package's name; only a builder finds it out. */
  | { readonly kind: 'unnamed'; readonly text: string }
  /** Something on this disk, relative to the file. `rest`: extras and marker around it. */
  | {
      readonly kind: 'local';
      readonly path: string;
      readonly editable: boolean;
      readonly extras: string;
      readonly marker: string;
    }
  | { readonly kind: 'include'; readonly file: string; readonly as: 'requirements' | 'constraints' }
  /** From here on nothing may be installed whose hash is not in the files. */
  | { readonly kind: 'require-hashes' }
  | { readonly kind: 'nothing' };

/** The longest form of each option of pip that such a file may hold, by all its names. */
const NAMES: Readonly<Record<string, string>> = {
  '-r': '--requirement',
  '-c': '--constraint',
  '-e': '--editable',
  '-i': '--index-url',
  '-f': '--find-links',
};

const IN_TOOL_UV = "of [tool.uv] in the plugin's pyproject.toml";

/** What to do instead of an option that Bulkhead does not take from a plugin. */
const CURES: Readonly<Record<string, string>> = {
  '--index-url': WHERE_INDEXES_STAND,
  '--extra-index-url': WHERE_INDEXES_STAND,
  '--find-links': WHERE_INDEXES_STAND,
  '--no-index': WHERE_INDEXES_STAND,
  '--trusted-host': "which hosts are trusted is for the machine to say: UV_INSECURE_HOST, or pip's configuration",
  '--pre': `pre-releases are allowed by \`prerelease = "allow"\` ${IN_TOOL_UV}, or by asking for one: "NAME>=2.0rc1"`,
  '--no-binary': `say so with \`no-binary-package\` ${IN_TOOL_UV}`,
  '--only-binary': `say so with \`no-build-package\` ${IN_TOOL_UV}`,
  '--config-settings': `say so with \`config-settings-package\` ${IN_TOOL_UV}`,
  '--config-setting': `say so with \`config-settings-package\` ${IN_TOOL_UV}`,
};

/** Names the index that is used anyway; some tools write it into each file. */
const USUAL_INDEX = /^https:\/\/pypi\.org\/simple\/?$/;

/** @returns a `Problem` when pip would not understand the line, or Bulkhead does not take it from a plugin */
export function readRequirementLine(text: string): RequirementLine | Problem {
  const reference = /\$\{[A-Z0-9_]+\}/.exec(text);
  if (reference !== null)
    return {
      problem: `${reference[0]} is not replaced here: a plugin's files can't refer to the host's variables`,
      at: reference.index,
    };
  return text.startsWith('-') ? readOption(text) : readRequirement(text);
}

function readOption(text: string): RequirementLine | Problem {
  const [, written = '', value = ''] =
    /^(--[a-z][a-z-]*|-[a-z])(?:[ \t]*=[ \t]*|[ \t]+|(?<=^-[a-z]))?(.*)$/s.exec(text) ?? [];
  const option = NAMES[written] ?? written;
  const operand = unquoted(value.trim());
  switch (option) {
    case '--requirement':
    case '--constraint':
      if (operand === '') return { problem: `"${written}" names no file`, at: 0 };
      if (/^\w+:\/\//.test(operand))
        return { problem: `"${written}" names an address; put the file beside this one`, at: 0 };
      return { kind: 'include', file: operand, as: option === '--requirement' ? 'requirements' : 'constraints' };
    case '--editable':
      return readEditable(operand);
    case '--require-hashes':
      return { kind: 'require-hashes' };
    case '--prefer-binary': // uv does so anyway
      return { kind: 'nothing' };
    default:
      if (option === '--index-url' && USUAL_INDEX.test(operand)) return { kind: 'nothing' };
      return notTaken(written === '' ? text : written, CURES[option]);
  }
}

function notTaken(option: string, cure: string | undefined): Problem {
  const asked = `Bulkhead does not take the option "${option}" from a plugin`;
  return { problem: cure === undefined ? asked : `${asked}; ${cure}`, at: 0 };
}

/** A working copy of a repository that changes under the plugin has no place in an environment that is kept by what is in it. */
function readEditable(operand: string): RequirementLine | Problem {
  if (operand === '') return { problem: '"-e" names no folder', at: 0 };
  if (!ADDRESS.test(operand)) return local(operand, true);
  const plain = readRequirement(operand);
  return isProblem(plain) ? { problem: plain.problem, at: 0 } : plain;
}

function readRequirement(text: string): RequirementLine | Problem {
  // not by one expression: that would try each run of blanks once per blank
  const gap = text.search(/[ \t]-/);
  const requirement = gap === -1 ? text : text.slice(0, gap).trimEnd();
  const options = gap === -1 ? '' : text.slice(gap + 1);
  if (requirement.length > LONGEST_REQUIREMENT)
    return { problem: `at most ${LONGEST_REQUIREMENT} characters are read`, at: 0 };
  const hashes = hashesIn(options);
  if (isProblem(hashes)) return { problem: hashes.problem, at: text.length - options.length + hashes.at };
  if (isPath(requirement)) return local(requirement, false);
  const name = ADDRESS.test(requirement) ? nameInAddress(requirement) : undefined;
  if (name === undefined && ADDRESS.test(requirement))
    return hashes.list.length === 0
      ? { kind: 'unnamed', text: requirement }
      : { problem: 'hashes are known by the name of a package; write NAME @ before the address', at: 0 };
  const named =
    name === undefined
      ? requirement
      : `${name} @ ${requirement.replace(/([#&])egg=[^&;\s]*&?/, '$1').replace(/[#&](?=\s|$)/, '')}`;
  const read = readPluginRequirement(named);
  return isProblem(read) ? read : { kind: 'requirement', text: named, hashes: hashes.list };
}

const ADDRESS = /^[a-z+]+:\/\//i;

function hashesIn(options: string): { readonly list: readonly string[] } | Problem {
  const list: string[] = [];
  for (const { 0: word, index } of options.matchAll(/--[a-z-]+(?:(?:=|[ \t]+)[^\s-][^\s]*)?|[^\s]+/g)) {
    const [, hash] = /^--hash(?:=|[ \t]+)(\S+)$/.exec(word) ?? [];
    if (hash === undefined) {
      const option = /^-{1,2}[\w-]*/.exec(word)?.[0] ?? word;
      return { ...notTaken(option, CURES[option]), at: index };
    }
    if (!/^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/.test(hash))
      return { problem: `"${hash}" is not a hash such as sha256: and 64 digits`, at: index };
    list.push(hash);
  }
  return { list };
}

function isPath(text: string): boolean {
  return (
    /^(?:file:|\.{0,2}[\\/])/.test(text) ||
    /^(?!\S+:\/\/)[^@\s;[]+\.(?:whl|tar\.gz|zip)(?=$|[\s;[])/.test(text) ||
    /^\.{1,2}(?=$|[\s;[])/.test(text)
  );
}

function local(text: string, editable: boolean): RequirementLine {
  const semicolon = text.search(/[ \t];/);
  const named = semicolon === -1 ? text : text.slice(0, semicolon).trimEnd();
  const bracket = named.endsWith(']') ? named.lastIndexOf('[') : -1;
  return {
    kind: 'local',
    path: withoutScheme(bracket === -1 ? named : named.slice(0, bracket).trimEnd()),
    editable,
    extras: bracket === -1 ? '' : named.slice(bracket),
    marker: semicolon === -1 ? '' : text.slice(semicolon + 2).trim(),
  };
}

/** Addresses are percent-encoded, paths are not. */
function withoutScheme(path: string): string {
  const [, encoded] = /^file:(?:\/\/(?=\/))?(.*)$/s.exec(path) ?? [];
  if (encoded === undefined) return path;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function unquoted(text: string): string {
  return /^(['"])(.*)\1$/s.exec(text)?.[2] ?? text;
}
