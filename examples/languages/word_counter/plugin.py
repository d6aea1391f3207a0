"""Counts words. A plugin in JavaScript asks it for them, and it asks that one for a page."""

import re
from collections import Counter

from plugin_sdk import PluginBase, action


class WordCounter(PluginBase):
    @action
    def count(self, text: str, top: int = 5) -> dict:
        """The most frequent words of more than three letters."""
        words = Counter(word for word in re.findall(r"\w+", text.lower()) if len(word) > 3)
        return dict(words.most_common(top))

    @action
    def published(self, title: str, text: str) -> str:
        """The number of words, on a page that the plugin in JavaScript writes."""
        rows = {"words": len(text.split()), "letters": len(text)}
        return self.context.call("page_writer", {"title": title, "rows": rows}, action="table")
