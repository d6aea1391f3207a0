import { BYTECODE_INSIDE, BYTECODE_NAME, SDK_INSIDE } from '../../engine/inside.ts';
import { BulkheadError } from '../../errors/bulkhead-error.ts';
import { isRecord } from '../../lifecycle/is-record.ts';
import { type ImageAnswer, type ImageQuestion, isImageAnswer } from './image-question.ts';

/** What an image says of its Python. */
export interface PythonAnswer extends ImageAnswer {
  readonly language: 'python';
  readonly implementation: string;
  /** The C library, for which extensions are built; empty: another one. */
  readonly libc: 'glibc' | 'musl' | '';
  /** Whether the interpreter runs without its global lock. */
  readonly isFreeThreaded: boolean;
}

/**
 * Asked with two arguments, the file and the module of the entry point, one of them empty. Writes the SDK's byte code where a
 * folder for it is mounted. Reads on Python 3.4, so that an old one can say that it is.
 */
const PROGRAM = `
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
        own.Bundle(os.path.dirname(source), target, magic).write()
print("\\n" + json.dumps({
    "language": "python",
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

export const PYTHON_QUESTION: ImageQuestion<PythonAnswer> = {
  programs: ['python3', 'python'],
  args: ({ file = '', module = '' }) => ['-c', PROGRAM, file, module],
  isAnswer: (value): value is PythonAnswer =>
    isRecord(value) &&
    isImageAnswer(value, 'python') &&
    ['implementation', 'libc'].every((key) => typeof value[key] === 'string') &&
    typeof value['isFreeThreaded'] === 'boolean',
  without: (details) => new BulkheadError('IMAGE_WITHOUT_PYTHON', details),
};
