import { join } from 'node:path';
import type { PythonInterpreter } from '../environment/ready-environment.ts';
import { escaped } from './sandbox-policy.ts';

/** A program that runs behind the gates of a sandbox. */
export interface GatekeptProgram {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** What the kernel is to keep it to. */
  readonly policy: string | undefined;
  /** Further variables of its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** How many descriptors are meant for it; undefined: the standard ones, and what belongs to the sandbox. */
  readonly descriptors?: number;
  /** Its end ends the program, and what that has started. */
  readonly lifeline?: string | undefined;
}

/**
 * Starts Python on the SDK's bootstrap, which closes the gates and becomes that program.
 *
 * @param sdk the folder that holds `plugin_sdk`
 */
export function gatekept(
  gatekeeper: PythonInterpreter,
  sdk: string,
  { program, args, policy, variables, descriptors, lifeline }: GatekeptProgram,
): { readonly file: string; readonly args: readonly string[] } {
  const options: Readonly<Record<string, string | undefined>> = {
    sandbox: policy,
    program,
    arguments: inLines(args),
    // not as variables of its own: the SDK would take them for itself
    variables: inLines(Object.entries(variables).map(([name, value]) => `${name}=${value}`)),
    descriptors: descriptors === undefined ? undefined : String(descriptors),
    lifeline,
  };
  const written = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  return { file: gatekeeper.executable, args: ['-S', join(sdk, 'plugin_sdk', 'bootstrap.py'), ...written] };
}

function inLines(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.map(escaped).join('\n');
}
