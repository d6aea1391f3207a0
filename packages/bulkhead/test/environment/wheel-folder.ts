import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { anyPython } from '../any-python.ts';

const WRITE = `
import base64, hashlib, sys, zipfile
folder, module, version, code, *needs = sys.argv[1:]
info = "%s-%s.dist-info/" % (module, version)
files = {
    module + ".py": code,
    info + "METADATA": "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (module, version) + "".join("Requires-Dist: %s\\n" % need for need in needs),
    info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
def listed(name, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    return "%s,sha256=%s,%d\\n" % (name, digest, len(text.encode()))
with zipfile.ZipFile("%s/%s-%s-py3-none-any.whl" % (folder, module, version), "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
    wheel.writestr(info + "RECORD", "".join(listed(*file) for file in files.items()) + info + "RECORD,,\\n")
`;

/** Releases a module in a folder that builders may look for packages in; `VERSION` in it is its version. */
export async function release(
  folder: string,
  module: string,
  version: string,
  code = '',
  needs: readonly string[] = [],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parameters = ['-c', WRITE, folder, module, version, `VERSION = ${JSON.stringify(version)}\n${code}`, ...needs];
  await promisify(execFile)((await anyPython()).executable, parameters);
}

const WRITE_SOURCE = `
import io, sys, tarfile
folder, module, version, trace = sys.argv[1:]
metadata = "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n" % (module, version)
backend = """
import os
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    open(%r, "w").close()
    info = os.path.join(folder, "%s-%s.dist-info")
    os.mkdir(info)
    with open(os.path.join(info, "METADATA"), "w") as file:
        file.write(%r)
    return os.path.basename(info)
build_wheel = None
""" % (trace, module, version, metadata)
project = '[build-system]\\nrequires = []\\nbuild-backend = "backend"\\nbackend-path = ["."]\\n'
with tarfile.open("%s/%s-%s.tar.gz" % (folder, module, version), "w:gz") as archive:
    for name, text in (("PKG-INFO", metadata), ("backend.py", backend), ("pyproject.toml", project)):
        entry = tarfile.TarInfo("%s-%s/%s" % (module, version, name))
        entry.size = len(text.encode())
        archive.addfile(entry, io.BytesIO(text.encode()))
`;

/** Releases a module as a source distribution alone. Whoever asks what it needs runs its build backend, which writes the file `trace`. */
export async function releaseSource(folder: string, module: string, version: string, trace: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const parameters = ['-c', WRITE_SOURCE, folder, module, version, trace];
  await promisify(execFile)((await anyPython()).executable, parameters);
}
