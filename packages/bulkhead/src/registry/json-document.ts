import type { Mistake } from '../errors/catalogue/registry.ts';
import type { DocumentText } from './finding.ts';
import { positionAt } from './source-text.ts';
import { parseYaml } from './yaml-document.ts';

export interface ParsedJson {
  readonly value: unknown;
  readonly text: DocumentText;
  readonly mistakes: readonly Mistake[];
}

/** What stands where is known from a second reading, as YAML, of which JSON is a part. */
export function parseJson(source: string, file: string): ParsedJson {
  const found = syntaxMistake(source, file);
  if (found === undefined) return parseYaml(source, file);
  return {
    value: undefined,
    text: { file, position: () => ({ line: 1, column: 1 }), source: () => undefined },
    mistakes: [found],
  };
}

/** YAML has rules of its own for much that is a mistake in JSON, such as comments and a last comma. */
function syntaxMistake(source: string, file: string): Mistake | undefined {
  try {
    JSON.parse(source);
    return undefined;
  } catch (error) {
    const [, reason = 'it is not JSON', offset = '0'] =
      /^(.*?)(?: in JSON at position (\d+).*|, (?:\.\.\.)?".*)?$/s.exec((error as Error).message) ?? [];
    return { file, ...positionAt(source, Number(offset)), message: `JSON: ${reason}` };
  }
}
