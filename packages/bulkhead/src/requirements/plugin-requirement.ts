import { isProblem, type Problem } from './problem.ts';
import { parseRequirement, type Requirement } from './requirement.ts';

/** The SDK, as it is imported and as its wheel is called. The host brings it; anybody could register the first name. */
const SDK = new Set(['plugin-sdk', 'bulkhead-plugin-sdk']);

/**
 * Reads a requirement of a plugin: what PEP 508 allows, less what can only be a mistake here.
 *
 * @returns a `Problem` with a cure when `text` is no requirement of a plugin
 */
export function readPluginRequirement(text: string): Requirement | Problem {
  const requirement = parseRequirement(text);
  if (isProblem(requirement)) return requirement;
  const lineBreak = text.search(/[\r\n]/);
  if (lineBreak !== -1) return { problem: 'no line break may stand in it', at: lineBreak };
  const at = text.length - text.trimStart().length;
  const { name, url, specifier } = requirement;
  if (SDK.has(name)) return { problem: `Bulkhead itself brings plugin_sdk into each plugin; leave "${name}" out`, at };
  if (name === 'python')
    return { problem: 'a Python is asked for by `requires-python` or `python_version`, not as a package', at };
  if (/(?:^|,)[~=!<>]+\*(?:,|$)/.test(specifier))
    return { problem: `"${specifier}" is not a version specifier; for any version write "${name}" alone`, at };
  if (url !== undefined && !url.includes(':'))
    return {
      problem: `"${url}" is not an address; a version is written as in "${name}>=1.2", the latest is "${name}" alone`,
      at,
    };
  return requirement;
}
