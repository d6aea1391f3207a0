from pathlib import Path

import pytest

from plugin import TextAnalyzer, measure, split_chapters

ALICE = Path(__file__).parents[3] / "data" / "alice.txt"


@pytest.fixture(scope="module")
def plugin():
    analyzer = TextAnalyzer()
    analyzer.initialize({})
    return analyzer


@pytest.fixture(scope="module")
def alice(plugin):
    return plugin.execute({"text": ALICE.read_text(encoding="utf-8")})


def test_finds_the_twelve_chapters_and_their_titles(alice):
    assert [chapter["chapter"] for chapter in alice["chapters"]] == list(range(1, 13))
    assert alice["chapters"][6]["title"] == "A Mad Tea-Party"
    assert sum(chapter["words"] for chapter in alice["chapters"]) == alice["words"] == 26470


def test_names_the_characters_of_the_book(alice):
    keywords = [found["keyword"] for found in alice["keywords"]]
    assert keywords[0] == "Alice"
    assert {"Mock Turtle", "March Hare", "White Rabbit"} <= set(keywords)


def test_alice_is_easy_to_read(alice):
    assert 70 < alice["flesch_reading_ease"] < 90
    assert 5 < alice["flesch_kincaid_grade"] < 9


def test_tells_good_news_from_bad(plugin):
    news = plugin.execute({"text": "CHAPTER I. Joy\nWhat a lovely day!\n\nCHAPTER II. Grief\nIt was horrible.\n"})
    assert [chapter["mood"] for chapter in news["chapters"]] == ["positive", "negative"]


def test_readability_is_that_of_the_published_formulas():
    # 6 words of 1 syllable in 1 sentence: 206.835 - 1.015 * 6 - 84.6 and 0.39 * 6 + 11.8 - 15.59
    measured = measure("The cat sat on the mat.")
    assert measured["flesch_reading_ease"] == 116.15
    assert measured["flesch_kincaid_grade"] == -1.45


def test_a_text_without_headings_is_one_chapter():
    assert split_chapters("No headings here.") == [(1, "", "No headings here.")]


def test_an_empty_text_has_no_readability(plugin):
    empty = plugin.execute({"text": ""})
    assert empty["words"] == 0 and empty["keywords"] == [] and empty["flesch_reading_ease"] is None


def test_keywords_gives_as_many_as_asked_for(plugin):
    assert len(plugin.keywords(text=ALICE.read_text(encoding="utf-8")[:20000], top=3)) == 3


def test_versions_names_what_is_installed_and_what_is_not(plugin):
    versions = plugin.versions()
    assert versions["yake"] == "0.7.3" and versions["pandas"] is None


def test_a_hook_adds_a_note_and_leaves_the_rest(plugin):
    told = plugin.tell_keywords({"text": "The cat and the hat. The cat sat on the mat.", "notes": ["first"]})
    assert told["text"].startswith("The cat")
    assert told["notes"][0] == "first" and told["notes"][1].startswith("The text is about ")
