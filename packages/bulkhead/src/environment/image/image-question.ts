import { BYTECODE_INSIDE, BYTECODE_NAME, SDK_INSIDE } from '../../engine/inside.ts';
import { isRecord } from '../../lifecycle/is-record.ts';

/** What an image says of its Python, and of the plugin in it. */
export interface ImageAnswer {
  readonly executable: string;
  readonly version: string;
  readonly implementation: string;
  /** The C library, for which extensions are built; empty: another one. */
  readonly libc: 'glibc' | 'musl' | '';
  /** Whether the interpreter runs without its global lock. */
  readonly isFreeThreaded: boolean;
  /** Where programs of the image start. */
  readonly workingFolder: string;
  /** Whether the plugin's entry point is there. */
  readonly holdsPlugin: boolean;
  /** Installed distributions, name (normalised) to version. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Asked with two arguments, the file and the module of the entry point, one of them empty. Writes the SDK's byte code where a
 * folder for it is mounted. Reads on Python 3.4, so that an old one can say that it is.
 */
export const IMAGE_QUESTION: string = `
import importlib.machinery, json, os, sys
file, module = sys.argv[1:]
cwd = os.getcwd()
try:
    libc = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")[0]
except (ValueError, OSError):
    libc = ""
try:
    libc = libc or ("musl" if "/ld-musl-" in open("/proc/self/maps").read() else "")
except OSError:
    pass
packages = {}
holds = os.path.isfile(file) if file else False
if sys.version_info >= (3, 9):
    import importlib.metadata
    for each in importlib.metadata.distributions():
        if each.metadata["Name"]:
            packages.setdefault(each.metadata["Name"], each.version)
    if module:
        find = importlib.machinery.PathFinder.find_spec
        holds = find(module.partition(".")[0], [cwd] + sys.path) is not None
    source = "${SDK_INSIDE}/plugin_sdk/_bytecode.py"
    if os.path.isdir("${BYTECODE_INSIDE}") and os.path.exists(source):
        own = type(sys)("_bytecode")
        exec(compile(open(source).read(), source, "exec"), own.__dict__)
        magic = int.from_bytes(sys.modules["_frozen_importlib_external"].MAGIC_NUMBER, "little")
        target = "${BYTECODE_INSIDE}/${BYTECODE_NAME}-%s.bundle" % sys.implementation.cache_tag
        own.install(os.path.dirname(source), target, magic, None)
print("\\n" + json.dumps({
    "executable": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "implementation": sys.implementation.name,
    "libc": libc if libc in ("glibc", "musl") else "",
    "isFreeThreaded": "t" in getattr(sys, "abiflags", ""),
    "workingFolder": cwd,
    "holdsPlugin": holds,
    "packages": packages,
}))
`;

/** Undefined if that is no answer. The image may have written more before it. */
export function readAnswer(stdout: string): ImageAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    return isAnswer(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** Also of one that was kept by an earlier version. */
export function isAnswer(value: unknown): value is ImageAnswer {
  return (
    isRecord(value) &&
    ['executable', 'version', 'implementation', 'libc', 'workingFolder'].every(
      (key) => typeof value[key] === 'string',
    ) &&
    ['isFreeThreaded', 'holdsPlugin'].every((key) => typeof value[key] === 'boolean') &&
    isRecord(value['packages'])
  );
}
