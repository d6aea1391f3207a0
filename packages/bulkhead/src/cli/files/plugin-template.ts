/** The files of a new plugin, by their path in its folder. */
export interface TemplateInputs {
  readonly id: string;
  /** Path of the Python SDK, relative to the plugin's folder, with forward slashes. */
  readonly sdk: string;
}

export function pluginFiles({ id, sdk }: TemplateInputs): Readonly<Record<string, string>> {
  const name = className(id);
  return {
    'pyproject.toml': pyproject(id, sdk),
    'plugin.py': plugin(name),
    'tests/test_plugin.py': tests(name),
    'README.md': readme(id),
  };
}

/** `text_analyzer` becomes `TextAnalyzer`. */
function className(id: string): string {
  return id
    .split(/[_-]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

function pyproject(id: string, sdk: string): string {
  return `[project]
name = "${id.replace(/[_-]+$/, '')}"
version = "0.1.0"
description = "Greets people, and counts words"
requires-python = ">=3.9"
# What the plugin imports besides the standard library. It gets an environment of its own with exactly this.
dependencies = []

[dependency-groups]
test = ["pytest>=8"]

[tool.bulkhead]
id = "${id}"
entry_point = "plugin.py"

[tool.uv]
package = false

[tool.pytest.ini_options]
testpaths = ["tests"]
# The second folder holds plugin_sdk, which the host puts on the path when it runs the plugin. It is Bulkhead's own;
# on another machine it may be elsewhere.
pythonpath = [".", "${sdk}"]
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

    @action
    def count_words(self, text: str, top: int = 3) -> dict:
        """The most frequent words of a text. The keys of the input become these parameters."""
        words = Counter(word.strip(".,;:!?").lower() for word in text.split())
        return dict(words.most_common(top))


if __name__ == "__main__":
    ${name}().start_server()
`;
}

function tests(name: string): string {
  return `"""A plugin is a class: it can be tested without a host."""

import pytest

from plugin import ${name}


@pytest.fixture
def plugin():
    plugin = ${name}()
    plugin.initialize({"greeting": "Good morning"})
    return plugin


def test_greets_by_name(plugin):
    assert plugin.execute({"name": "Ada"}) == {"message": "Good morning, Ada!"}


def test_greets_the_world_unless_told_otherwise(plugin):
    assert plugin.execute(None) == {"message": "Good morning, world!"}


def test_counts_words_whatever_their_case(plugin):
    assert plugin.count_words("The cat, the dog and the bird.", top=1) == {"the": 3}
`;
}

function readme(id: string): string {
  return `# ${id}

A plugin for Bulkhead.

Run it:

\`\`\`sh
bulkhead run ${id} --input '{"name": "Ada"}'
bulkhead run ${id} --action count_words --input '{"text": "to be or not to be", "top": 2}'
\`\`\`

Test it, in this folder:

\`\`\`sh
uv run --isolated --group test pytest
\`\`\`

What it imports belongs into \`dependencies\` of \`pyproject.toml\`; the next run makes the environment anew.
`;
}
