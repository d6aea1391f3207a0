import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'smol-toml';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import type { Mistake } from '../../errors/catalogue/registry.ts';
import { MOST_MISTAKES } from '../../errors/catalogue/words.ts';
import { visibleLine } from '../../lifecycle/visible-text.ts';
import { isProblem } from '../../requirements/problem.ts';
import { normaliseName } from '../../requirements/package-name.ts';
import { nameInAddress, parseRequirement } from '../../requirements/requirement.ts';
import type { Place } from '../requirements/place-of-text.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';
import { tableAt, textAt } from '../requirements/toml-table.ts';
import { type LogicalLine, logicalLines } from './logical-lines.ts';
import { readRequirementLine, type RequirementLine } from './requirement-line.ts';

/** What a plugin's requirements files ask for, with all that they include. */
export interface RequirementsFiles {
  /** In the order in which pip reads them. */
  readonly requirements: readonly PlacedText[];
  readonly constraints: readonly PlacedText[];
  /** Addresses whose packages' names only a builder finds out. */
  readonly unnamed: readonly PlacedText[];
  /** By normalised name, such as `sha256:…`; undefined when the files have none: then none is asked for. */
  readonly hashes: PackageHashes | undefined;
  /** Folders to be installed so that changes in them show at once, by normalised name. */
  readonly editable: Readonly<Record<string, string>>;
}

export type PackageHashes = Readonly<Record<string, readonly string[]>>;

/** A requirement as PEP 508 writes it, and where it stands. */
export interface PlacedText {
  readonly text: string;
  readonly place: Place;
}

/** Bounds what a plugin may have the host read: lists of a thousand packages with all their hashes are shorter. */
const MOST_FILES = 100;
const MOST_LINES = 20_000;

/**
 * Reads requirements files as pip would.
 *
 * @param names relative to the plugin's folder
 * @throws BulkheadError `REQUIREMENTS_FILE_INVALID` with every mistake in the files; `MANIFEST_INVALID` for one that can't be read
 */
export async function readRequirementsFiles(
  plugin: string,
  folder: string,
  names: readonly string[],
): Promise<RequirementsFiles> {
  const reading = new Reading(plugin);
  for (const name of names) await reading.read(join(folder, name), 'requirements');
  return reading.result();
}

class Reading {
  readonly #plugin: string;
  readonly #seen = new Set<string>();
  readonly #mistakes: Mistake[] = [];
  readonly #lists: Record<'requirements' | 'constraints', PlacedText[]> = { requirements: [], constraints: [] };
  readonly #unnamed: PlacedText[] = [];
  readonly #hashes = new Map<string, string[]>();
  readonly #editable = new Map<string, string>();
  #lines = 0;
  #requiresHashes = false;

  constructor(plugin: string) {
    this.#plugin = plugin;
  }

  /** @returns whether the file is there */
  async read(file: string, as: 'requirements' | 'constraints'): Promise<boolean> {
    const key = `${as} ${file}`;
    if (this.#seen.has(key) || this.#seen.size >= MOST_FILES) return true;
    this.#seen.add(key);
    const text = await readPluginFile(this.#plugin, file);
    for (const line of logicalLines(text ?? '')) {
      this.#lines += 1;
      if (this.#lines > MOST_LINES || this.#mistakes.length >= MOST_MISTAKES) {
        if (this.#lines === MOST_LINES + 1) this.#refuse(file, line, `at most ${MOST_LINES} lines are read`);
        break;
      }
      const read = readRequirementLine(line.text);
      if (isProblem(read)) this.#refuse(file, line, read.problem, read.at);
      else await this.#take(file, line, read, as);
    }
    return text !== undefined;
  }

  result(): RequirementsFiles {
    const [unnamed] = this.#unnamed;
    if (unnamed !== undefined && (this.#requiresHashes || this.#hashes.size > 0)) {
      const message = `"${visibleLine(unnamed.text, LONGEST_SHOWN)}": other lines have hashes, so each package needs one, and here is none`;
      this.#mistakes.push({ ...unnamed.place, message });
    }
    if (this.#mistakes.length > 0)
      throw new BulkheadError('REQUIREMENTS_FILE_INVALID', { plugin: this.#plugin, mistakes: this.#mistakes });
    return {
      ...this.#lists,
      unnamed: this.#unnamed,
      hashes: this.#requiresHashes || this.#hashes.size > 0 ? Object.fromEntries(this.#hashes) : undefined,
      editable: Object.fromEntries(this.#editable),
    };
  }

  async #take(
    file: string,
    line: LogicalLine,
    read: RequirementLine,
    as: 'requirements' | 'constraints',
  ): Promise<void> {
    switch (read.kind) {
      case 'nothing':
        return;
      case 'unnamed':
        if (as === 'requirements') this.#unnamed.push({ text: read.text, place: placeOf(file, line) });
        else this.#refuse(file, line, 'a constraint needs the name of its package: NAME @ ADDRESS');
        return;
      case 'require-hashes':
        this.#requiresHashes = true;
        return;
      case 'include': {
        const included = resolve(dirname(file), read.file);
        // what a constraints file includes constrains, too
        if (!(await this.read(included, as === 'constraints' ? as : read.as)))
          this.#refuse(file, line, `there is no file ${included}`);
        return;
      }
      case 'local':
        await this.#takeLocal(file, line, read, as);
        return;
      case 'requirement':
        this.#add(as, withAbsolutePath(read.text, dirname(file)), placeOf(file, line), read.hashes);
        return;
    }
  }

  /** A package is known by its name everywhere: in a lock file, in conflicts, in the trial import. */
  async #takeLocal(
    file: string,
    line: LogicalLine,
    { path, editable, extras, marker }: Extract<RequirementLine, { kind: 'local' }>,
    as: 'requirements' | 'constraints',
  ): Promise<void> {
    const absolute = resolve(dirname(file), path);
    const found = await stat(absolute).catch(() => undefined);
    if (found === undefined) return this.#refuse(file, line, `there is no folder or file ${absolute}`);
    const name = found.isDirectory()
      ? await this.#projectName(absolute)
      : (nameInAddress(absolute) ?? nameOfArchive(absolute));
    if (name === undefined)
      return this.#refuse(
        file,
        line,
        `${absolute} does not say its package's name where Bulkhead reads it (\`name\` under [project] of its pyproject.toml); write NAME @ file:${path}`,
      );
    const url = pathToFileURL(absolute).href;
    this.#add(as, `${name}${extras} @ ${url}${marker === '' ? '' : ` ; ${marker}`}`, placeOf(file, line), []);
    if (editable && found.isDirectory()) this.#editable.set(normaliseName(name), absolute);
  }

  async #projectName(folder: string): Promise<string | undefined> {
    const text = await readPluginFile(this.#plugin, join(folder, 'pyproject.toml'));
    try {
      return textAt(tableAt(parse(text ?? ''), 'project'), 'name');
    } catch {
      return undefined;
    }
  }

  #add(as: 'requirements' | 'constraints', text: string, place: Place, hashes: readonly string[]): void {
    this.#lists[as].push({ text, place });
    if (hashes.length === 0) return;
    const parsed = parseRequirement(text);
    if (isProblem(parsed)) return;
    this.#hashes.set(parsed.name, [...(this.#hashes.get(parsed.name) ?? []), ...hashes]);
  }

  #refuse(file: string, { line, column, text }: LogicalLine, problem: string, at = 0): void {
    const message = `"${visibleLine(text, LONGEST_SHOWN)}": ${visibleLine(problem, LONGEST_PROBLEM)}`;
    this.#mistakes.push({ file, line, column: column + at, message });
  }
}

const LONGEST_SHOWN = 80;
const LONGEST_PROBLEM = 600;

/** `six-1.16.0.tar.gz`: what build tools call the sources of a release. */
function nameOfArchive(file: string): string | undefined {
  return /^([A-Za-z0-9][\w.-]*)-\d[\w.+!]*\.(?:tar\.gz|zip)$/.exec(basename(file))?.[1];
}

function placeOf(file: string, { line, column }: LogicalLine): Place {
  return { file, line, column };
}

/** `NAME @ file:./lib` is relative to the file that it stands in, as uv has it. */
function withAbsolutePath(text: string, folder: string): string {
  return text.replace(
    /(@[ \t]*)file:(?!\/)([^\s;]+)/,
    (_, at: string, path: string) => `${at}${new URL(path, pathToFileURL(`${folder}/`)).href}`,
  );
}
