"""Does honest work, and on request everything that a plugin should not do."""

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time

from plugin_sdk import PluginBase, action


class Worker(PluginBase):
    def initialize(self, config):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        memory = config.get("memory")
        if memory is not None:  # of its own, so that what it exhausts is not the machine
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        self.held = []
        self.other = config.get("other")

    def execute(self, input_data):
        return input_data

    @action
    def digest(self, data) -> dict:
        return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "data": data}

    @action
    def compute(self, numbers: list) -> dict:
        return {"sum": sum(numbers), "squares": sum(number * number for number in numbers)}

    @action
    def count(self, start: int, length: int):
        """A stream of numbers, with something to carry."""
        for number in range(start, start + length):
            yield [number, b"x" * (number % 5000)]

    @action
    def gather(self, rows, take: int) -> dict:
        """Reads a stream to its end, or says on the way that this is enough."""
        digest, count = hashlib.sha256(), 0
        for number, data in rows:
            digest.update(b"%d:" % number + data)
            count += 1
            if count == take:
                rows.close()
        return {"count": count, "sha256": digest.hexdigest()}

    @action
    def hand_on(self, rows):
        yield from rows

    @action
    def compute_elsewhere(self, numbers: list) -> dict:
        """As `compute`, by way of another plugin where there is one for that."""
        if self.other is None:
            return self.compute(numbers)
        return self.context.call(self.other, {"numbers": numbers}, action="compute")

    @action
    def child(self, text: str) -> str:
        """Answers by way of a process of its own."""
        program = "import sys; sys.stdout.write(sys.stdin.read()[::-1])"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program], input=text, capture_output=True, text=True, check=True
        )
        return done.stdout

    @action
    def leave_child(self, seconds: float):
        """Goes on without waiting for a process that it started."""
        subprocess.Popen([sys.executable, "-I", "-S", "-c", f"import time; time.sleep({seconds})"])
        return seconds

    @action
    def nap(self, seconds: float):
        time.sleep(seconds)
        return seconds

    @action
    def deaf(self, seconds: float):
        """Does not let go when it is cancelled."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                time.sleep(0.01)
            except BaseException:
                pass
        return seconds

    @action
    def fail(self, token: str):
        raise ValueError(token)

    @action
    def leave(self, status: int):
        os._exit(status)

    @action
    def fault(self):
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(3600)

    @action
    def exhaust(self, keep: bool):
        held = self.held if keep else []
        while True:
            held.append(bytearray(4 << 20))

    @action
    def flood(self, lines: int, width: int):
        for _ in range(lines):
            print("x" * width)
            print("y" * width, file=sys.stderr)
        return lines * width


if __name__ == "__main__":
    Worker().start_server()
