/** What loaded-later.ts loads: one file for all, since who needs one of them soon needs the others. */
export { environmentsOf } from '../environment/environments.ts';
export { loadPluginFolder } from '../registry/load-plugin-folder.ts';
export { readDeclaration } from '../registry/read-declaration.ts';
export { readRegistry } from '../registry/read-registry.ts';
