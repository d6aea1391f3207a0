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

    file, start, code, index = "%s-%s.bundle" % (options["--bytecode"], sys.implementation.cache_tag), b"", None, None
    try:
        fd = posix.open(file, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC)
        status = posix.fstat(fd)
        if status.st_uid in (0, posix.geteuid()) and status.st_mode & 0o170022 == 0o100000:
            start = posix.read(fd, 65536)
        posix.close(fd)
    except OSError:
        pass
    magic = int.from_bytes(sys.modules["_frozen_importlib_external"].MAGIC_NUMBER, "little")
    end = 16 + int.from_bytes(start[8:16], "little")
    if start and _imp.source_hash(magic, memoryview(start)[8:end]) == start[:8]:
        code, index = marshal.loads(memoryview(start)[16:end])
    path = package + "/_bytecode.py"
    bytecode = type(sys)("plugin_sdk._bytecode")
    exec(code or compile(open(path, "rb").read(), path, "exec"), bytecode.__dict__)
    bytecode.install(bytecode.Bundle(package, file, magic, end), index, "--sandbox" in options)
if options.get("--start") == "group":
    from plugin_sdk._group.launch import launch
else:
    from plugin_sdk._process.launch import launch

launch(options)
