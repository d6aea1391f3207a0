"""What the host starts: `python -S bootstrap.py --folder F --entry-point plugin.py ...`. Compiled anew at each start,
hence this small. _process/launch.py lists the options, _group/launch.py those of a group; _bytecode.py says what is read and checked here."""

import sys

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
package = __file__.rpartition("/")[0]
if not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # the folder of this file
sys.path.insert(0, package.rpartition("/")[0])
if "--bytecode" in options:
    import _imp
    import marshal
    import posix

    file, data, modules = "%s-%s.bundle" % (options["--bytecode"], sys.implementation.cache_tag), b"", None
    try:
        fd = posix.open(file, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC)
        status = posix.fstat(fd)
        if status.st_uid in (0, posix.geteuid()) and status.st_mode & 0o170022 == 0o100000:
            data = posix.read(fd, status.st_size)
        posix.close(fd)
    except OSError:
        pass
    magic = int.from_bytes(sys.modules["_frozen_importlib_external"].MAGIC_NUMBER, "little")
    if data and _imp.source_hash(magic, memoryview(data)[8:]) == data[:8]:
        modules = marshal.loads(memoryview(data)[8:])
    data = b""  # as large as all modules together
    path = package + "/_bytecode.py"
    code = marshal.loads(modules[path]) if modules else compile(open(path, "rb").read(), path, "exec")
    bytecode = type(sys)("plugin_sdk._bytecode")
    exec(code, bytecode.__dict__)
    bytecode.install(package, file, magic, modules)
if options.get("--start") == "group":
    from plugin_sdk._group.launch import launch
else:
    from plugin_sdk._process.launch import launch

launch(options)
