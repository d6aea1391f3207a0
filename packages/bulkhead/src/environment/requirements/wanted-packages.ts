import { fileURLToPath } from 'node:url';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import type { DeclaredProject } from './declared-project.ts';
import type { Place } from './place-of-text.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
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
  /** Folders and files on this disk that are asked for by `file:` addresses. */
  readonly paths: readonly string[];
  /** Whether the registry asks for something that the plugin does not. */
  readonly added: boolean;
}

/** Characters of a requirement in the message that refuses it. */
const LONGEST_SHOWN = 200;

/** @throws BulkheadError `REQUIREMENT_INVALID` */
export function wantedPackages(spec: PluginSpec, declared: DeclaredProject): WantedPackages {
  const own = read(spec, declared.dependencies, declared.places);
  const all = new Map([...own, ...read(spec, spec.environment.dependencies, new Map())]);
  const requirements = [...all.values()].map(({ requirement }) => requirement);
  return {
    texts: [...all.values()].map(({ text }) => text),
    normalised: [...all.keys()].toSorted(),
    direct: [...new Set(requirements.map(({ name }) => name))],
    pinned: requirements.filter(({ specifier }) => /^===?[^*,]+$/.test(specifier)).map(({ name }) => name),
    paths: requirements.flatMap(({ url }) =>
      url?.startsWith('file:') === true && URL.canParse(url) ? [fileURLToPath(url)] : [],
    ),
    added: all.size > own.size,
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
