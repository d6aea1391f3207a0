import json
import os
import subprocess
import sys

import pytest
from host import DEADLINE_SECONDS, SDK_FOLDER

SOURCE = """
import os
from datetime import datetime, timezone
from array import array
from plugin_sdk import PluginBase, action

class Analyzer(PluginBase):
    def initialize(self, config):
        self.config = config
        print("printed")
        os.write(1, b"written\\n")

    def execute(self, input_data):
        '''Counts the words.'''
        self.context.log.info("working", size=3)
        return {"input": input_data, "config": self.config}

    @action
    def kinds(self):
        return [b"ab", datetime(2020, 1, 2, tzinfo=timezone.utc), array("d", [1.5])]

    @action
    async def fails(self, text: str):
        raise ValueError(text)

    @action
    async def doubled(self, rows: "AsyncIterator[int]"):
        async for row in rows:
            yield row * 2
        rows.close()

    @action
    def not_sent(self):
        return {"rows": 1j}

    def cleanup(self):
        print("cleaned up")

if __name__ == "__main__":
    Analyzer().start_server()
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "plugin.py").write_text(SOURCE)

    def run(*arguments, stdin=""):
        environment = {**os.environ, "PYTHONPATH": os.path.dirname(SDK_FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, "plugin.py", *arguments],
            cwd=tmp_path,
            env=environment,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=DEADLINE_SECONDS,
            check=False,
        )

    return run


def test_it_explains_itself(run):
    done = run()
    assert done.returncode == 2
    assert "Analyzer is a plugin" in done.stdout
    assert "execute              Counts the words." in done.stdout
    assert "bulkhead run <id>" in done.stdout and "--execute" in done.stdout
    assert run("--help").returncode == 0


def test_standard_output_is_the_result_alone(run):
    done = run("--execute", '{"text": "ä"}', "--config", '{"a": 1}')
    assert (done.returncode, json.loads(done.stdout)) == (0, {"input": {"text": "ä"}, "config": {"a": 1}})
    assert "printed\n" in done.stderr and "written\n" in done.stderr and "cleaned up\n" in done.stderr
    assert "[info] working size=3\n" in done.stderr


def test_input_from_a_file_and_from_standard_input(run, tmp_path):
    (tmp_path / "input.json").write_text("[1]")
    assert json.loads(run("--execute", "@input.json").stdout)["input"] == [1]
    assert json.loads(run("--execute", "-", stdin="[2]").stdout)["input"] == [2]


def test_what_json_has_no_word_for(run):
    done = run("--execute", "{}", "--action", "kinds")
    assert json.loads(done.stdout) == ["YWI=", "2020-01-02T00:00:00+00:00", [1.5]]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--execute", "{"], 2, "--execute: not valid JSON"),
        (["--execute", "@missing.json"], 2, "missing.json"),
        (["--execute", "{}", "--action", "missing"], 2, "this plugin has: execute, kinds, fails, doubled, not_sent"),
        (["--execute", "{}", "--action", "fails"], 2, "missing: text"),
        (["--execute", '{"text": "why"}', "--action", "fails"], 1, "ValueError: why"),
        (["--execute", "{}", "--action", "not_sent"], 1, "$.rows"),
    ],
)
def test_failures(run, arguments, status, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert "_standalone" not in done.stderr


def test_mistakes_are_told_with_their_lines(tmp_path):
    file = tmp_path / "plugin.py"
    file.write_text(
        "from plugin_sdk import PluginBase\nclass Plugin(PluginBase):\n    def execute(self): ...\nPlugin().start_server()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(SDK_FOLDER)}
    ended = subprocess.run([sys.executable, file], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("%s:3: execute(self) gets the whole input" % file)


def test_the_sample_of_the_read_me(run, tmp_path):
    with open(os.path.join(os.path.dirname(os.path.dirname(SDK_FOLDER)), "README.md"), encoding="utf-8") as file:
        sample = file.read().partition("```python\n")[2].partition("```")[0]
    (tmp_path / "plugin.py").write_text(sample)
    assert json.loads(run("--execute", '{"text": "a text"}').stdout) == {"words": 2}
    assert json.loads(run("--execute", '{"text": "a text"}', "--action", "keywords").stdout) == ["text", "a"]


def test_an_array_is_read_where_a_host_would_bring_a_stream(run):
    done = run("--execute", '{"rows": [1, 2, 3]}', "--action", "doubled")
    assert (done.returncode, json.loads(done.stdout)) == (0, [2, 4, 6])
