"""What the process is like in which a plugin runs: its streams, its environment, its end."""

import os
import sys


def test_output_never_touches_the_protocol(start):
    host = start(
        """
        import ctypes
        import os
        import subprocess
        import sys
        from plugin_sdk import PluginBase

        print("x" * 10_000_000)

        class Plugin(PluginBase):
            def execute(self, input_data):
                print("printed")
                os.write(1, b"written\\n")
                libc = ctypes.CDLL(None)
                libc.puts(b"from C")
                libc.fflush(None)
                subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
                print("to stderr", file=sys.stderr)
                return "result"
        """
    )
    assert host.call() == "result"
    assert host.shut_down() == 0
    assert host.stdout() == "x" * 10_000_000 + "\nprinted\nwritten\nfrom C\nfrom a child\n"
    assert host.stderr() == "to stderr\n"


def test_lines_are_there_at_once(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                print("ä \\ud800")
                self.context.log.info("printed")
        """
    )
    host.begin()
    host.next_log()
    host.output[0].wait_for("ä \\ud800\n")


def test_the_environment_is_the_plugins_own(start, tmp_path):
    site_packages = tmp_path / "site-packages"
    (site_packages / "sample-1.2.dist-info").mkdir(parents=True)
    (site_packages / "sample-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: sample\nVersion: 1.2\n"
    )
    (site_packages / "sample.py").write_text("value = 5\n")
    (site_packages / "plugin_sdk.py").write_text("raise RuntimeError('the wrong one')\n")
    host = start(
        """
        import importlib.metadata
        import os
        import sample
        import subprocess
        import sys
        import sysconfig
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                try:
                    import pip
                    pip_seen = True
                except ImportError:
                    pip_seen = False
                child = [sys.executable, "-c", "import sys; print(sys.prefix)"]
                return {
                    "prefixes": [sys.prefix, sys.exec_prefix],
                    "executable": sys.executable,
                    "child": subprocess.run(child, stdout=subprocess.PIPE, check=True).stdout.decode().strip(),
                    "argv": sys.argv,
                    "first": sys.path[0],
                    "last": sys.path[-1],
                    "version": importlib.metadata.version("sample"),
                    "distributions": [each.metadata["Name"] for each in importlib.metadata.distributions()],
                    "purelib": sysconfig.get_paths()["purelib"],
                    "stdlib": sysconfig.get_paths()["stdlib"] == os.path.dirname(os.__file__),
                    "pip_seen": pip_seen,
                    "pycache": os.path.dirname(sample.__cached__),
                    "prefix_of_bytecode": sys.pycache_prefix,
                    "inheritable": [os.get_inheritable(3), os.get_inheritable(4)],
                    "stdin": sys.stdin.read(),
                    "file": __file__,
                    "module": [__name__, sys.modules["__main__"].Plugin is Plugin, Plugin.__module__],
                }
        """,
        site_packages=str(site_packages),
    )
    seen = host.call()
    assert seen["prefixes"] == [sys.prefix, sys.prefix]
    assert seen["executable"] == os.path.join(sys.prefix, "bin", "python")
    assert seen["child"] == sys.prefix
    assert seen["argv"] == [host.entry_point] and seen["file"] == host.entry_point
    assert (seen["first"], seen["last"]) == (host.folder, str(site_packages))
    assert seen["version"] == "1.2" and seen["distributions"] == ["sample"]
    assert seen["purelib"].startswith(sys.prefix)
    assert seen["stdlib"] is True
    assert seen["pip_seen"] is False
    assert seen["pycache"] == str(site_packages / "__pycache__") and seen["prefix_of_bytecode"] is None
    assert seen["inheritable"] == [False, False]
    assert seen["stdin"] == ""
    assert seen["module"] == ["__main__", True, "__main__"]
    assert host.stderr_so_far() == b""


def test_path_files_are_obeyed(start, tmp_path):
    site_packages, elsewhere = tmp_path / "site-packages", tmp_path / "elsewhere"
    site_packages.mkdir()
    elsewhere.mkdir()
    (site_packages / "editable.pth").write_text("%s\n" % elsewhere)
    (elsewhere / "edited.py").write_text("value = 5\n")
    host = start(
        """
        from plugin_sdk import PluginBase
        import edited

        class Plugin(PluginBase):
            def execute(self, input_data):
                return edited.value
        """,
        site_packages=str(site_packages),
    )
    assert host.call() == 5


def test_the_plugin_may_run_in_several_processes(start):
    host = start(
        """
        import multiprocessing
        from dataclasses import dataclass
        from plugin_sdk import PluginBase

        @dataclass
        class Row:
            value: "int"

        def double(row):
            return Row(row.value * 2)

        class Plugin(PluginBase):
            def execute(self, method):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    result = [row.value for row in pool.map(double, [Row(1), Row(2), Row(3)])]
                    pool.close()
                    pool.join()
                return result

        if __name__ == "__main__":
            Plugin().start_server()
        """
    )
    assert host.call("spawn") == [2, 4, 6]
    assert host.call("fork") == [2, 4, 6]
    assert host.shut_down() == 0


def test_a_forked_child_has_no_part_in_the_protocol(start):
    host = start(
        """
        import os
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                child = os.fork()
                if child == 0:
                    self.context.log.info("nobody reads this")
                    return "from the child"
                return os.waitpid(child, 0)[1]

            def cleanup(self):
                print("cleaned up by", os.getpid())
        """
    )
    assert host.call() == 0
    assert host.shut_down() == 0
    assert host.stdout() == "cleaned up by %d\n" % host.pid
