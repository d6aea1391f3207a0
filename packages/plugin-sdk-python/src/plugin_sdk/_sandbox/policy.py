"""What a plugin is allowed, as the host tells it on the command line.

One `name=value` on a line; `%` and line breaks in a value are written as `%25` and `%0A`. A name may come more than once.

  confined      `yes`; `no`: only its limits hold
  read          a file or folder that may be read
  write         one that may be written, too
  scratch       a folder for its temporary files, which is empty
  scratch_size  bytes that it may hold; only in name spaces
  namespaces    `require`; `try`: where the system makes them; `none`
  network       `all`; `proxy`: what answers inside of its own name space of networks; `none`
  processes     `yes`, or `no`: whether it may start programs, and fork
  program       `yes`: this process is to become another program, and may do so again
  memory        bytes of data that each process may have
  files         how many descriptors each process may have open
  file_size     the most bytes that a file may have which it writes
  processors    how many of them it may run on
  group         a file by which it joins a control group; all that it starts is in it, too
  host          process id of the host, which this process must not outlive
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


class Policy:
    def __init__(self, text: str) -> None:
        self.read: list[str] = []
        self.write: list[str] = []
        self.groups: list[str] = []
        single: dict[str, str] = {}
        lists = {"read": self.read, "write": self.write, "group": self.groups}
        for line in text.split("\n"):
            name, _, written = line.partition("=")
            value = written.replace("%0A", "\n").replace("%25", "%")
            if name in lists:
                lists[name].append(value)
            else:
                single[name] = value
        self.confined = single["confined"] == "yes"
        self.scratch = single.get("scratch")
        self.scratch_size = _number(single.get("scratch_size"))
        self.namespaces = single.get("namespaces", "none")
        self.network = single["network"] == "all"
        self.proxied = single["network"] == "proxy"
        self.has_sockets = self.network or self.proxied
        self.processes = single["processes"] == "yes"
        self.executes = self.processes or single.get("program") == "yes"
        self.memory = _number(single.get("memory"))
        self.files = _number(single.get("files"))
        self.file_size = _number(single.get("file_size"))
        self.processors = _number(single.get("processors"))
        self.host = int(single["host"])


def _number(text: Optional[str]) -> Optional[int]:
    return None if text is None else int(text)
