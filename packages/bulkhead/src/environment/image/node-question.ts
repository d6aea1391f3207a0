import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { type ImageAnswer, type ImageQuestion, isImageAnswer } from './image-question.ts';

/** What an image says of its Node. */
export interface NodeAnswer extends ImageAnswer {
  readonly language: 'node';
}

/**
 * Asked with one argument, the file of the entry point. Packages are those that a file in the working folder would find. Reads on
 * very old versions, so that they can say that they are.
 */
const PROGRAM = `
var fs = require('fs'), path = require('path');
var cwd = process.cwd(), packages = {};
function attempt(read, otherwise) {
  try { return read(); } catch (error) { return otherwise; }
}
function list(folder) {
  return attempt(function () { return fs.readdirSync(folder); }, []);
}
function note(folder) {
  var manifest = attempt(function () { return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')); }, null);
  if (manifest && typeof manifest.name === 'string' && typeof manifest.version === 'string' && !packages[manifest.name])
    packages[manifest.name] = manifest.version;
}
for (var above = cwd, last; above !== last; last = above, above = path.dirname(above)) {
  var modules = path.join(above, 'node_modules');
  list(modules).forEach(function (name) {
    if (name[0] !== '@') return note(path.join(modules, name));
    list(path.join(modules, name)).forEach(function (scoped) { note(path.join(modules, name, scoped)); });
  });
}
console.log('\\n' + JSON.stringify({
  language: 'node',
  executable: process.execPath,
  version: process.versions.node,
  workingFolder: cwd,
  holdsPlugin: attempt(function () { return fs.statSync(process.argv[1]).isFile(); }, false),
  packages: packages
}));
`;

export const NODE_QUESTION: ImageQuestion<NodeAnswer> = {
  programs: ['node', 'nodejs'],
  args: ({ file = '' }) => ['-e', PROGRAM, '--', file],
  isAnswer: (value): value is NodeAnswer => isRecord(value) && isImageAnswer(value, 'node'),
  without: (details) => new BulkheadError('IMAGE_WITHOUT_NODE', details),
};
