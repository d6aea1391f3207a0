import { expect, test } from 'vitest';
import type { SandboxSurvey } from '../../src/languages/python/survey-sandbox.ts';
import type { PluginSpec } from '../../src/registry/plugin-spec.ts';
import { sandboxWord } from '../../src/views/plugin-view.ts';

const BOTH: SandboxSurvey = { landlock: 7 };
const FLOOR: SandboxSurvey = { landlock: 7, withoutNamespaces: 'not permitted' };
const NONE: SandboxSurvey = { reason: 'no Landlock' };
const launch = { isolation: 'process', sandbox: 'on', permissions: {}, confined: true, isolated: false };

test.each<[string, object, SandboxSurvey | undefined]>([
  ['full', {}, BOTH],
  ['floor', {}, FLOOR],
  ['full or floor', {}, undefined],
  ['unavailable', {}, NONE],
  ['full', { isolated: true }, undefined],
  ['unavailable', { isolated: true }, FLOOR],
  ['floor', { sandbox: 'floor' }, BOTH],
  ['switched off', { sandbox: 'off', confined: false }, BOTH],
  ['not sandboxed', { permissions: undefined, confined: false }, BOTH],
  ['container', { isolation: 'docker', confined: false }, BOTH],
])('%s is what `list` says of %o where the machine has %o', (word, changed, survey) => {
  expect(sandboxWord({ launch: { ...launch, ...changed } } as unknown as PluginSpec, survey)).toBe(word);
});
