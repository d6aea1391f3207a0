import { dirname } from 'node:path';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { DeclaredProject } from './declared-project.ts';
import type { Place } from './place-of-text.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { atPlace } from './depends-on-place.ts';
import { isProblem } from '../../requirements/problem.ts';
import { readPluginRequirement } from '../../requirements/plugin-requirement.ts';
import { type Requirement, spellRequirement } from '../../requirements/requirement.ts';

/** The plugin's requirements and the registry's, together. */
export interface WantedPackages {
  /** As they were written, for the builder. */
  readonly texts: readonly string[];
  /** One spelling for each, sorted, for the identity. */
  readonly normalised: readonly string[];
  readonly direct: readonly string[];
  /** Those that are asked for in one version only. */
  readonly pinned: readonly string[];
  /** Addresses whose packages' names only the builder finds out. */
  readonly unnamed: readonly string[];
  /** Those that are asked for by an address on this disk. */
  readonly local: readonly string[];
  /** What is asked for beside the plugin's own project: the registry's, if they ask for something that the plugin's do not. */
  readonly added: readonly string[];
}

/** Characters of a requirement in the message that refuses it. */
const LONGEST_SHOWN = 200;

/** @throws BulkheadError `REQUIREMENT_INVALID` */
export function wantedPackages(spec: PluginSpec, declared: DeclaredProject): WantedPackages {
  const own = read(spec, declared.dependencies, declared.places);
  // paths in the registry are relative to its file
  const added = spec.environment.dependencies.map((text) => atPlace(text, dirname(spec.source.file)));
  const all = new Map([...own, ...read(spec, added, new Map())]);
  // the plugin's project does not know them
  const beside = declared.origin === 'requirements' ? declared.dependencies : [];
  const unnamed = declared.unnamed.map(({ text }) => text);
  const requirements = [...all.values()].map(({ requirement }) => requirement);
  return {
    texts: [...all.values()].map(({ text }) => text),
    unnamed,
    normalised: [...all.keys(), ...unnamed].toSorted(),
    direct: [...new Set(requirements.map(({ name }) => name))],
    pinned: requirements.filter(({ specifier }) => /^===?[^*,]+$/.test(specifier)).map(({ name }) => name),
    local: requirements.filter(({ url }) => url?.startsWith('file:') === true).map(({ name }) => name),
    added: [...beside, ...unnamed, ...(all.size > own.size ? added : [])],
  };
}

function read(
  spec: PluginSpec,
  texts: readonly string[],
  places: ReadonlyMap<string, Place>,
): Map<string, { text: string; requirement: Requirement }> {
  return new Map(
    texts.map((text) => {
      const requirement = readPluginRequirement(text);
      if (isProblem(requirement)) {
        const place = places.get(text);
        throw new BulkheadError('REQUIREMENT_INVALID', {
          plugin: spec.id,
          requirement: visibleLine(text, LONGEST_SHOWN),
          place: place === undefined ? undefined : `${place.file}:${place.line}:${place.column + requirement.at}`,
          reason: requirement.problem,
        });
      }
      return [spellRequirement(requirement), { text: text.trim(), requirement }];
    }),
  );
}
