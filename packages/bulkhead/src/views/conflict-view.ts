import type { ConflictReport } from '../conflicts/conflict-report.ts';
import type { ResolvedPackage } from '../conflicts/resolver.ts';
import type { RegistryCheck } from '../manager/check-registry.ts';
import { errorView } from './error-view.ts';
import type { JsonObject } from './json-object.ts';

/** The findings of a check of a registry: plugins, conflicts with their proofs, and the fewest environments. */
export function conflictView(registry: string, { report, node, problems, apart, disabled }: RegistryCheck): JsonObject {
  return {
    registry,
    offline: report.isOffline,
    resolver: report.resolver ?? null,
    stopped: report.stopped ?? null,
    pairs: report.pairs,
    plugins: report.plugins.map(({ id, wantedPython, state, alone, reason, words }) => ({
      id,
      wants_python: wantedPython,
      state,
      python: alone?.python ?? null,
      packages: alone === undefined ? null : versionsOf(alone.packages),
      reason: reason ?? null,
      words: words ?? null,
    })),
    conflicts: [...report.conflicts()].map(({ plugins, proof, reasons, words }) => ({
      plugins,
      proof,
      reasons,
      words: words ?? null,
    })),
    unknown: pairsByReason(report).map(({ reason, pairs }) => ({ reason, pairs })),
    disagreements: report.disagreements,
    unsolvable: report.unsolvable.map(({ plugins, reasons, words }) => ({ plugins, reasons, words: words ?? null })),
    environments: {
      before: { environments: report.before.environments ?? null, bytes: report.before.bytes ?? null },
      after: { environments: report.after.environments, bytes: report.after.bytes ?? null },
      fewest: report.isFewest,
      groups: report.groups.map(({ plugins, proof, python, packages, reason }) => ({
        plugins,
        proof,
        python: python ?? null,
        packages: packages === undefined ? null : versionsOf(packages),
        reason: reason ?? null,
      })),
    },
    built_apart: report.builtApart.map(({ plugins, older, newer, asOf, gives }) => ({
      plugins,
      older: datedOf(older),
      newer: datedOf(newer),
      as_of: asOf ?? null,
      gives: gives ?? null,
    })),
    shared: [...report.shared, ...node.shared],
    node: {
      resolver: node.resolver ?? null,
      plugins: node.plugins,
      impossible: node.impossible,
      conflicts: node.conflicts.map(({ plugins, proof, reasons, words }) => ({
        plugins,
        proof,
        reasons,
        words: words ?? null,
      })),
      compatible: node.compatible.map(({ plugins, packages }) => ({
        plugins,
        packages: packages.map(({ name, version }) => ({ name, version })),
      })),
      unknown: node.unknown.map(({ plugins, reason }) => ({ plugins, reason })),
    },
    issues: report.issues.map(({ plugin, text, place, column, problem, kind }) => ({
      plugin,
      text,
      place: place ?? null,
      column: column ?? null,
      problem,
      kind,
    })),
    problems: problems.map(({ id, error }) => ({ id, error: errorView(error) })),
    apart,
    disabled,
  };
}

export interface UnknownPairs {
  readonly reason: string;
  readonly pairs: (readonly [string, string])[];
}

/** The pairs that are not known, by their reasons, which are few. */
export function pairsByReason(report: ConflictReport): UnknownPairs[] {
  const found = new Map<string, UnknownPairs>();
  for (const { plugins, reason } of report.unknown()) {
    const known = found.get(reason) ?? { reason, pairs: [] };
    found.set(reason, known);
    known.pairs.push(plugins);
  }
  return [...found.values()];
}

function versionsOf(packages: readonly ResolvedPackage[]): Readonly<Record<string, string>> {
  return Object.fromEntries(packages.map(({ name, version }) => [name, version]));
}

function datedOf({ name, version, released }: ResolvedPackage): Readonly<Record<string, string | null>> {
  return { name, version, released: released ?? null };
}
