import { readRecord } from '../../environment/build/environment-record.ts';
import { unreadRequirements } from '../../environment/dependency-files/unread-files.ts';
import { readDeclaredProject } from '../../environment/requirements/declared-project.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { readRegistry } from '../../registry/read-registry.ts';
import type { SyncOutcome } from './sync-report.ts';

/** What is worth a word although all went well. */
export async function syncNotes(registry: string, outcomes: readonly SyncOutcome[]): Promise<string[]> {
  return [...(await notesOnEmpty(registry, outcomes)), ...notesOnScripts(outcomes)];
}

/** Packages whose scripts made something when they were installed may lack it, which the trial import need not meet. */
function notesOnScripts(outcomes: readonly SyncOutcome[]): string[] {
  return outcomes.flatMap(({ id, environment }) => {
    if (environment?.built !== true || environment.runtime.kind !== 'node') return [];
    const record = readRecord(environment.runtime.prefix);
    const names = record?.node === undefined ? [] : record.unrunScripts;
    if (names.length === 0) return [];
    return [
      `\nNote: ${id}: the install scripts of ${names.map((name) => visibleLine(name)).join(', ')} were not run. What they would have compiled or fetched is missing.\n`,
    ];
  });
}

/** An empty environment is worth a word where the plugin's files seem to ask for something. */
async function notesOnEmpty(registry: string, outcomes: readonly SyncOutcome[]): Promise<string[]> {
  const empty = outcomes.filter(({ environment }) => Object.keys(environment?.packages ?? { some: '' }).length === 0);
  if (empty.length === 0) return [];
  const { plugins } = await readRegistry(registry);
  const notes = plugins
    .filter(({ id }) => empty.some((outcome) => outcome.id === id))
    .map(async ({ id, spec }) => {
      const unread =
        spec === undefined || spec.environment.kind === 'node'
          ? undefined
          : await unreadRequirements(spec, await readDeclaredProject(spec));
      return unread === undefined ? [] : [`\nNote: ${id} got no packages: its ${unread.told}; ${unread.cure}.\n`];
    });
  return (await Promise.all(notes)).flat();
}
