import type { Check } from './checks/check.ts';
import { type Advice, check } from './explain-problems.ts';
import type { InManifest } from './fields/field.ts';
import type { PluginFields } from './fields/groups.ts';
import { type DocumentText, type FieldPath, type Finding, locateAll } from './finding.ts';
import { manifestInvalid } from './manifest-file.ts';
import { plainCopy } from './plain-value.ts';

/** The fields of a manifest, in the file that they stand in. */
export interface WrittenManifest {
  /** Undefined: the file has none. */
  readonly value: unknown;
  /** Where they stand in the file. */
  readonly at: FieldPath;
  readonly text: DocumentText;
  readonly wanted: Check<InManifest<PluginFields>>;
  readonly advice: Advice;
  /** More rules about the fields, after the check has found nothing. */
  readonly alsoCheck?: (fields: InManifest<PluginFields>) => readonly Finding[];
}

/** @throws BulkheadError MANIFEST_INVALID with all mistakes */
export function checkedFields(
  plugin: string,
  { value, at, text, wanted, advice, alsoCheck = () => [] }: WrittenManifest,
): InManifest<PluginFields> {
  if (value === undefined) return {};
  const table = within(text, at);
  const copy = plainCopy(value);
  const checked = check(wanted, copy.value, table, advice);
  const findings = [
    ...copy.findings,
    ...checked.findings,
    ...(checked.value === undefined ? [] : alsoCheck(checked.value)),
  ];
  if (checked.value !== undefined && findings.length === 0) return checked.value;
  throw manifestInvalid(plugin, locateAll(table, findings));
}

function within(text: DocumentText, table: FieldPath): DocumentText {
  return {
    file: text.file,
    position: (path, at) => text.position([...table, ...path], at),
    source: (path) => text.source([...table, ...path]),
  };
}
