import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { anyPython } from '../any-python.ts';

const WRITE = `
import sys, zipfile
folder, module, version, code = sys.argv[1:]
info = "%s-%s.dist-info/" % (module, version)
with zipfile.ZipFile("%s/%s-%s-py3-none-any.whl" % (folder, module, version), "w") as wheel:
    wheel.writestr(module + ".py", code)
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (module, version))
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "%s.py,,\\n%sMETADATA,,\\n%sWHEEL,,\\n%sRECORD,,\\n" % (module, info, info, info))
`;

/** Releases a module in a folder that builders may look for packages in; `VERSION` in it is its version. */
export async function release(folder: string, module: string, version: string, code = ''): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parameters = ['-c', WRITE, folder, module, version, `VERSION = ${JSON.stringify(version)}\n${code}`];
  await promisify(execFile)((await anyPython()).executable, parameters);
}
