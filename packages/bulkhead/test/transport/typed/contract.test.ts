import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type AnyDefinition, load } from '@grpc/proto-loader';
import { expect, test } from 'vitest';

const PROTO = fileURLToPath(import.meta.resolve('@bulkhead/protocol/proto/bulkhead/plugin/v1/plugin.proto'));
const KEPT = new URL('../../../../protocol/fixtures/contract.txt', import.meta.url);

interface Descriptor {
  readonly field?: readonly { name: string; number: number; label: string; type: string; typeName: string }[];
  readonly value?: readonly { name: string; number: number }[];
}

/** A line for each thing that the code of others counts on. */
function linesOf(name: string, definition: AnyDefinition): string[] {
  if (!('format' in definition))
    return Object.entries(definition).map(
      ([method, { path, requestStream, responseStream, requestType, responseType }]) =>
        `rpc ${name}.${method} ${path} ${shown(requestStream, requestType)} -> ${shown(responseStream, responseType)}`,
    );
  const { field = [], value = [] } = definition.type as Descriptor;
  return [
    ...field.map((each) =>
      `field ${name}.${each.name} = ${each.number} ${each.label} ${each.type} ${each.typeName}`.trim(),
    ),
    ...value.map((each) => `enum ${name}.${each.name} = ${each.number}`),
  ];
}

function shown(isStream: boolean, { type }: { type: object }): string {
  return `${isStream ? 'stream ' : ''}${(type as { name: string }).name}`;
}

test('the contract has all that it had: numbers, types and names', async () => {
  const definition = await load(PROTO);
  const now = Object.entries(definition)
    .filter(([name]) => name.startsWith('bulkhead.'))
    .flatMap(([name, each]) => linesOf(name, each))
    .sort();
  const kept = (await readFile(KEPT, 'utf8')).trim().split('\n');
  // What is new is added to the file by hand. A line that has been released is never changed or taken out.
  expect(now).toEqual(kept);
});
