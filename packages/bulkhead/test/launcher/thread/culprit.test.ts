import { expect, test } from 'vitest';
import { culpritByCalls, culpritByTraceback, type Suspect } from '../../../src/launcher/thread/culprit.ts';

const suspect = (plugin: string, wasBusy = false): Suspect => ({ plugin, folder: `/srv/${plugin}`, wasBusy });

const FAULT = [
  'Fatal Python error: Segmentation fault',
  '',
  'Stack (most recent call first):',
  '  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at',
  '  File "/srv/two/deep/plugin.py", line 19 in by_fault',
  '  File "/srv/one/plugin.py", line 3 in calls_it',
];

test('the innermost line of a plugin in the crashed thread tells whose it was', () => {
  const found = culpritByTraceback(['File "/srv/one/plugin.py", line 1', ...FAULT], [suspect('one'), suspect('two')]);
  expect(found).toEqual({ plugin: 'two', place: '/srv/two/deep/plugin.py:19' });
});

test('a plugin whose folder lies in that of another is told from it', () => {
  const inner = { plugin: 'inner', folder: '/srv/two/deep', wasBusy: false };
  expect(culpritByTraceback(FAULT, [suspect('two'), inner])?.plugin).toBe('inner');
});

test('a folder whose name begins as that of another is not taken for it', () => {
  const other = { plugin: 'other', folder: '/srv/tw', wasBusy: false };
  expect(culpritByTraceback(FAULT, [other])).toBeUndefined();
});

test('what looks like a traceback and follows no fault tells nothing', () => {
  expect(culpritByTraceback(FAULT.slice(1), [suspect('two')])).toBeUndefined();
  expect(culpritByTraceback([], [suspect('two')])).toBeUndefined();
});

test.each([
  ['the only one with calls', [suspect('one'), suspect('two', true)], { culprit: 'two', suspects: ['two'] }],
  ['one of those with calls', [suspect('one', true), suspect('two', true)], { suspects: ['one', 'two'] }],
  ['nobody, where nobody had any', [suspect('one')], { suspects: [] }],
  [
    'one plugin with two instances',
    [suspect('one', true), suspect('one', true)],
    { culprit: 'one', suspects: ['one'] },
  ],
])('by calls it is %s', (_, suspects, blamed) => {
  expect(culpritByCalls(suspects)).toEqual({ culprit: undefined, deed: undefined, ...blamed });
});
