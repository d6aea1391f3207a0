import type { RemoteFailure } from '@bulkhead/protocol';
import { packageOf } from '../requirements/package-of-module.ts';

/** What to do about an exception of Python that has one usual cause; a sentence. */
export function cureOf({ type, message }: RemoteFailure): string | undefined {
  const module = missingModule(type, message);
  if (module !== undefined)
    return `Add ${packageOf(module)} to the plugin's requirements (pyproject.toml or requirements.txt), or to \`dependencies\` of its registry entry.`;
  const [, name] = (type === 'NameError' ? UNDEFINED.exec(message) : undefined) ?? [];
  return name !== undefined && OFFERED.has(name) ? `Import it: \`from plugin_sdk import ${name}\`.` : undefined;
}

/** The module that was not found. */
export function missingModule(type: string | undefined, message: string): string | undefined {
  return type === 'ModuleNotFoundError' ? /^No module named '([\w.]+)'/.exec(message)?.[1] : undefined;
}

const UNDEFINED = /^name '(\w+)' is not defined/;
/** What `plugin_sdk` exports. */
const OFFERED = new Set('Cancelled InputStream LogHandler PluginBase RemoteError Veto action hook records'.split(' '));
