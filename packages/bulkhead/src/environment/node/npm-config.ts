import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PluginSpec } from '../../registry/plugin-spec.ts';
import { readPluginFile } from '../requirements/plugin-file.ts';

/** What npm is configured to do, as far as it decides which packages there are and where they come from. */
export interface NpmConfig {
  /** Lines of the plugin's own .npmrc that are obeyed. They may hold credentials. */
  readonly own: readonly string[];
  /** What of it, of the user's, and of the variables decides which packages there are. Without credentials. */
  readonly fingerprint: Readonly<Record<string, string>>;
}

/**
 * Where packages come from, and how they are resolved. A plugin's .npmrc may say nothing else: it could name a program that npm
 * would run.
 */
const DECISIVE =
  /^(?:registry|@[^:/]+:registry|legacy-peer-deps|strict-peer-deps|engine-strict|install-strategy|prefer-dedupe|before|min-release-age)$/;
const OF_A_HOST = /^\/\//;

export async function npmConfig({ id, folder }: PluginSpec, variables: NodeJS.ProcessEnv): Promise<NpmConfig> {
  const own = settingsIn(await readPluginFile(id, join(folder, '.npmrc')));
  return {
    own: own.filter(({ name }) => DECISIVE.test(name) || OF_A_HOST.test(name)).map(({ line }) => line),
    fingerprint: await npmFingerprint(own, variables),
  };
}

/** What is configured for npm, as far as it decides which packages there are; `own` are the settings of a project. */
export async function npmFingerprint(
  own: readonly Setting[],
  variables: NodeJS.ProcessEnv,
): Promise<NpmConfig['fingerprint']> {
  const home = variables['HOME'] ?? variables['USERPROFILE'] ?? homedir();
  const file = variables['npm_config_userconfig'] ?? variables['NPM_CONFIG_USERCONFIG'] ?? join(home, '.npmrc');
  const user = settingsIn(await readFile(file, 'utf8').catch(() => undefined));
  const decisive = (settings: readonly Setting[]): [string, string][] =>
    settings.filter(({ name }) => DECISIVE.test(name)).map(({ name, value }) => [name, value]);
  const ofVariables = Object.entries(variables).flatMap(([name, value]): Setting[] => {
    const [, setting] = /^npm_config_(.+)$/i.exec(name) ?? [];
    return setting === undefined || value === undefined
      ? []
      : [{ name: setting.toLowerCase().replaceAll('_', '-'), value, line: '' }];
  });
  // as npm does: variables go before the project's file, and that before the user's
  return Object.fromEntries([user, own, ofVariables].flatMap(decisive));
}

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly line: string;
}

function settingsIn(text: string | undefined): Setting[] {
  return (text ?? '').split(/\r?\n/).flatMap((line): Setting[] => {
    const [, name, value = 'true'] = /^\s*([^;#=\s][^=]*?)\s*(?:=\s*(.*?)\s*)?$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value, line: line.trim() }];
  });
}
