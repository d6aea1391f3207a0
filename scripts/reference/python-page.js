import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./python_page.py', import.meta.url));

/** docs/python-api.md, by the Python on the path, whichever it is. */
export function pythonPage() {
  const { status, stdout, stderr, error } = spawnSync('python3', [SCRIPT], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${SCRIPT} failed: ${stderr}`);
  return stdout.replaceAll(/(?<!\[)\bdocs\/([a-z-]+\.md)\b/g, '[$1]($1)');
}
