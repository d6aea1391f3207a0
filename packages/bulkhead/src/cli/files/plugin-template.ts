import { DOCKER_FILES } from './docker-template.ts';

/** The files of a new plugin, by their path in its folder. @param isContained whether it is to run in a container */
export function pluginFiles(id: string, isContained: boolean): Readonly<Record<string, string>> {
  const name = className(id);
  return {
    'pyproject.toml': pyproject(id),
    'plugin.py': plugin(name),
    'tests/test_plugin.py': tests(id, name),
    'README.md': readme(id, isContained),
    ...(isContained ? DOCKER_FILES : {}),
  };
}

/** `text_analyzer` becomes `TextAnalyzer`. */
function className(id: string): string {
  return id
    .split(/[_-]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

function pyproject(id: string): string {
  return `[project]
name = "${id.replace(/[_-]+$/, '')}"
version = "0.1.0"
description = "Greets people, and counts words"
requires-python = ">=3.9"
# What the plugin imports besides the standard library. It gets an environment of its own with exactly this.
dependencies = []

# What its tests import besides that: \`bulkhead test\` makes another environment with it.
[dependency-groups]
test = ["pytest>=8"]

[tool.bulkhead]
id = "${id}"
entry_point = "plugin.py"

[tool.uv]
package = false

[tool.pytest.ini_options]
addopts = "-p plugin_sdk.testing"
testpaths = ["tests"]
pythonpath = ["."]

# Bulkhead lets .venv lead to the plugin's environment, where type checkers find its packages and plugin_sdk.
[tool.mypy]
python_executable = ".venv/bin/python"

[tool.pyright]
venvPath = "."
venv = ".venv"
`;
}

function plugin(name: string): string {
  return `"""A small plugin to begin with: greets people, and counts words."""

from collections import Counter

from plugin_sdk import PluginBase, action


class ${name}(PluginBase):
    def initialize(self, config):
        """Called once before the first call, with \`config\` of the registry."""
        self.greeting = config.get("greeting", "Hello")

    def execute(self, input_data):
        """The default action: greets whoever \`name\` names."""
        name = (input_data or {}).get("name", "world")
        # What is logged, and whatever is printed, goes to the host's log; only what is returned is the result.
        self.context.log.info("greeting somebody", name=name)
        return {"message": f"{self.greeting}, {name}!"}

    # Anybody may make this call for a try: \`bulkhead describe\` shows it, \`bulkhead verify\` makes it many times.
    @action(examples=[{"input": {"text": "to be or not to be", "top": 1}, "output": {"to": 2}}])
    def count_words(self, text: str, top: int = 3) -> dict:
        """The most frequent words of a text. The keys of the input become these parameters."""
        words = Counter(word.strip(".,;:!?").lower() for word in text.split())
        return dict(words.most_common(top))


if __name__ == "__main__":
    ${name}().start_server()
`;
}

function tests(id: string, name: string): string {
  return `"""\`bulkhead test ${id}\` runs these: the plugin in the process of the test, and once behind a real host."""

import pytest
from plugin_sdk.testing import CallFailed

from plugin import ${name}


def test_starts_without_a_config_and_says_what_each_action_does(start_plugin):
    plugin = start_plugin(${name})
    assert plugin.actions
    assert [name for name, action in plugin.actions.items() if not action.get("description")] == []
    # What your actions answer:
    #     assert plugin.call({"text": "to be or not to be", "top": 1}, "count_words") == {"to": 2}


def test_starts_behind_a_real_host(real_host):
    with pytest.raises(CallFailed) as failed:
        real_host.call(action="no such action")
    assert failed.value.code == "ACTION_UNKNOWN"
`;
}

function readme(id: string, isContained: boolean): string {
  return `# ${id}

A plugin for Bulkhead.

Run it:

\`\`\`sh
bulkhead run ${id} --input '{"name": "Ada"}'
bulkhead run ${id} --action count_words --input '{"text": "to be or not to be", "top": 2}'
\`\`\`

Test it:

\`\`\`sh
bulkhead test ${id}
\`\`\`

${isContained ? IMAGE : ENVIRONMENT}`;
}

const ENVIRONMENT = `What it imports belongs into \`dependencies\` of \`pyproject.toml\`; the next run makes the environment anew. \`.venv\` leads to that
environment, in which editors and type checkers find \`plugin_sdk\` as well.
`;

const IMAGE = `It runs in a container, of the image that its \`Dockerfile\` makes. What it imports belongs into \`dependencies\` of \`pyproject.toml\`:
after a change write it into \`uv.lock\` as well, by \`uv lock\`, and the next run makes the image anew. Libraries and programs of Debian belong
into the \`Dockerfile\`.

The tests run on this machine, in an environment with the same packages. \`.venv\` leads to it, and editors and type checkers find
\`plugin_sdk\` there as well.
`;
