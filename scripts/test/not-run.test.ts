import { expect, test } from 'vitest';
import { describeNotRun, notRunByPytest, notRunByVitest } from '../not-run.js';

test('what vitest passed over is told with the reason that the test gives', () => {
  const assertionResults = [
    { status: 'passed', fullName: 'runs' },
    { status: 'skipped', fullName: 'needs Linux', meta: { notRunBecause: 'not Linux: it reads /proc' } },
    { status: 'skipped', fullName: 'is skipped', meta: {} },
    { status: 'todo', fullName: 'is still to be written' },
    { status: 'failed', fullName: 'fails' },
  ];
  expect(notRunByVitest({ testResults: [{ name: 'some.test.ts', assertionResults }] })).toEqual([
    { suite: 'TypeScript', name: 'needs Linux', reason: 'not Linux: it reads /proc' },
    { suite: 'TypeScript', name: 'is skipped', reason: 'it gives no reason' },
    { suite: 'TypeScript', name: 'is still to be written', reason: 'it gives no reason' },
  ]);
});

test('what pytest passed over is told with its message', () => {
  const xml = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="0" skipped="2" tests="3">
    <testcase classname="tests.test_codec" name="test_runs" time="0.001" />
    <testcase classname="tests.test_codec" name="test_numbers[&quot;a&quot;]" time="0.001"><skipped type="pytest.skip" message="could not import 'numpy': No module named 'numpy'">/tests/test_codec.py:12: Skipped</skipped></testcase>
    <testcase classname="tests.test_ending" name="test_end" time="0.000"><skipped type="pytest.skip" message="nowhere else can the kernel be asked for it">x</skipped></testcase>
  </testsuite></testsuites>`;
  expect(notRunByPytest(xml, '3.9.18')).toEqual([
    { suite: 'Python 3.9.18', name: 'test_numbers["a"]', reason: "could not import 'numpy': No module named 'numpy'" },
    { suite: 'Python 3.9.18', name: 'test_end', reason: 'nowhere else can the kernel be asked for it' },
  ]);
});

test('each reason stands once, with its tests behind it', () => {
  const skipped = [
    { suite: 'TypeScript', name: 'one', reason: 'not Linux' },
    { suite: 'Python 3.9', name: 'other', reason: 'not Linux' },
    { suite: 'TypeScript', name: 'two', reason: 'not Linux' },
    { suite: 'Python 3.10', name: '', reason: 'not on this machine' },
  ];
  expect(describeNotRun(skipped)).toEqual([
    'TypeScript: not Linux',
    '  one',
    '  two',
    'Python 3.9: not Linux',
    '  other',
    'Python 3.10: not on this machine',
  ]);
});
