import { spawn } from 'node:child_process';

/**
 * Runs a command with this terminal and resolves with its exit status.
 *
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  });
}

/**
 * Runs a command that has to succeed: ends this script with its status when it does not.
 *
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function must(command, parameters, options = {}) {
  const status = await run(command, parameters, options);
  if (status !== 0) process.exit(status);
}
