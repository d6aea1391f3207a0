import type { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import type { Language } from '../../registry/manifest-file.ts';
import type { PluginSpec } from '../../registry/plugin-spec.ts';

/** What an image says of its interpreter, and of the plugin in it. */
export interface ImageAnswer {
  readonly language: Language;
  /** Absolute path inside. */
  readonly executable: string;
  readonly version: string;
  /** Where programs of the image start. */
  readonly workingFolder: string;
  /** Whether the plugin's entry point is there. */
  readonly holdsPlugin: boolean;
  /** Name, as the image has it, to version. */
  readonly packages: Readonly<Record<string, string>>;
}

/** How an image is asked by its own interpreter, which writes an answer as its last line. */
export interface ImageQuestion<Answer extends ImageAnswer> {
  /** Names of the interpreter, the likeliest first. */
  readonly programs: readonly string[];
  args(entryPoint: PluginSpec['launch']['entryPoint']): readonly string[];
  /** Also of one that was kept by an earlier version. */
  isAnswer(value: unknown): value is Answer;
  /** Of an image in which none runs. */
  without(details: { readonly plugin: string; readonly image: string; readonly reason: string }): BulkheadError;
}

/** Undefined if that is no answer. The image may have written more before it. */
export function readAnswer<Answer extends ImageAnswer>(
  question: ImageQuestion<Answer>,
  stdout: string,
): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    return question.isAnswer(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

export function isImageAnswer(value: Readonly<Record<string, unknown>>, language: Language): boolean {
  return (
    value['language'] === language &&
    ['executable', 'version', 'workingFolder'].every((key) => typeof value[key] === 'string') &&
    typeof value['holdsPlugin'] === 'boolean' &&
    isRecord(value['packages'])
  );
}
