/**
 * Modules of Python that people list as if they were packages, and of whose names no package index has any. It only explains a
 * package that was not found.
 */
const STANDARD_MODULES: ReadonlySet<string> = new Set(
  (
    'abc argparse array ast asyncio base64 bisect calendar cmath codecs collections configparser contextlib copy csv ctypes ' +
    'dataclasses datetime decimal email enum fnmatch fractions functools gc getpass glob gzip hashlib heapq html http importlib ' +
    'inspect io itertools json logging math multiprocessing operator os pathlib pickle platform pprint queue random re sched ' +
    'shutil signal socket sqlite3 ssl statistics string struct subprocess sys tempfile textwrap threading time timeit tkinter ' +
    'traceback types typing unittest urllib uuid venv warnings weakref xml zipfile zlib'
  ).split(' '),
);

export function isStandardModule(name: string): boolean {
  return STANDARD_MODULES.has(name.replaceAll('-', '_'));
}
