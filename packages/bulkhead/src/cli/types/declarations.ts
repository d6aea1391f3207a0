import type { ActionDescription } from '@bulkhead/protocol';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { PluginDescription } from '../../manager/plugin-status.ts';
import { documented, keyText } from './comment.ts';
import { Definitions, pascalCase } from './definitions.ts';
import { type Direction, type PackageType, type Schema, type TypeContext, typeOf } from './schema-type.ts';

/** The first line of each file, by which `bulkhead types` knows its own. */
export const WRITTEN_BY =
  '// Written by `bulkhead types`, from what the plugins say of themselves. Run it again after a change.';

/** Declarations for `PluginManager.open<Plugins>()`: the same text for the same descriptions, in the order of the plugins. */
export function declarationsOf(plugins: readonly PluginDescription[]): string {
  const definitions = new Definitions();
  const needed = new Set<PackageType>();
  const bodies = plugins.map(({ id, actions }) => {
    const context = (direction: Direction, root: Schema): TypeContext => ({
      direction,
      root,
      typeOfDefinition: (name, within) => definitions.typeOf(pascalCase(id), name, within),
      need: (type) => void needed.add(type),
    });
    const methods = Object.entries(actions).map(([name, action]) => indented(methodOf(name, action, context)));
    return indented(`${keyText(id)}: {${methods.length === 0 ? '' : `\n${methods.join('\n')}\n`}};`);
  });
  const imported = needed.size === 0 ? [] : [`import type { ${[...needed].toSorted().join(', ')} } from 'bulkhead';`];
  const all = `/** For \`PluginManager.open<Plugins>()\`. */\nexport interface Plugins {\n${bodies.join('\n')}\n}`;
  return `${[WRITTEN_BY, ...imported].join('\n')}\n\n${[all, ...definitions.texts].join('\n\n')}\n`;
}

type ContextOf = (direction: Direction, root: Schema) => TypeContext;

function methodOf(
  name: string,
  { description, input, output, stream = false }: ActionDescription,
  contextOf: ContextOf,
): string {
  const mark = isOptional(input) ? '?' : '';
  const answer = output === undefined ? 'unknown' : typeOf(output, contextOf('output', output));
  if (stream) contextOf('output', {}).need('PluginStream');
  const result = stream ? `PluginStream<${answer}>` : answer;
  return documented(
    { description },
    `${keyText(name)}(input${mark}: ${inputType(name, input, contextOf)}): ${result};`,
  );
}

/** An action that takes any keyword takes others beside those that it names. */
function inputType(action: string, input: Schema | undefined, contextOf: ContextOf): string {
  if (input === undefined) return 'unknown';
  const type = typeOf(input, contextOf('input', input));
  const takesAnyKey = action !== 'execute' && input['additionalProperties'] !== false && isRecord(input['properties']);
  return takesAnyKey && type.startsWith('{') ? `${type} & Record<string, unknown>` : type;
}

/** A call without an input gives null, or an empty mapping where that is asked for. */
function isOptional(input: Schema | undefined): boolean {
  if (input === undefined) return true;
  const { type, anyOf, required, properties } = input;
  if (Array.isArray(anyOf)) return anyOf.some((each) => isRecord(each) && isOptional(each));
  if (Array.isArray(type) ? type.includes('null') : type === 'null') return true;
  if (type === undefined && !isRecord(properties)) return Object.keys(input).length === 0;
  return type === 'object' && !(Array.isArray(required) && required.length > 0);
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
