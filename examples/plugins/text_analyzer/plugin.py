"""Keywords, sentiment by chapter and readability of an English text."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, version

import yake
from plugin_sdk import PluginBase, action, hook
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

CHAPTER_HEADING = re.compile(r"^CHAPTER\s+([IVXLC]+|\d+)[.:]?[ \t]*(.*)$", re.MULTILINE)
WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
TITLE_BEFORE_NAME = re.compile(r"\b(Mr|Mrs|Ms|Dr|St)\.(?=\s)")
SENTENCE_END = re.compile(r"(?<=[.!?])['\")\]]*\s+(?=['\"(\[]*[A-Z])|\n\s*\n")
VOWELS = re.compile(r"[aeiouy]+")
SILENT_ENDING = re.compile(r"(?:[^laeiouycghsxz]es|[^tdaeiouy]ed|[^laeiouy]e)$")

# The two thresholds that VADER's authors recommend for its compound score.
POSITIVE_FROM, NEGATIVE_TO = 0.05, -0.05


class TextAnalyzer(PluginBase):
    def initialize(self, config):
        self.sentiment = SentimentIntensityAnalyzer()

    def execute(self, input_data):
        """Analyses `text`: word counts, readability, keywords (low score = telling), mood by chapter."""
        text = input_data["text"]
        chapters = [self.analyse_chapter(*chapter) for chapter in split_chapters(text)]
        self.context.log.info(f"analysed {len(chapters)} chapters")
        return {
            **measure(text_without_headings(text)),
            "keywords": score_keywords(text_without_headings(text), input_data.get("top", 10)),
            "chapters": chapters,
        }

    @action(cache=True)
    def keywords(self, text: str, top: int = 10) -> list[str]:
        """The most telling words and word pairs of a text, best first."""
        return [found["keyword"] for found in score_keywords(text_without_headings(text), top)]

    @hook("annotate", priority=80)
    def tell_keywords(self, data):
        """Adds a note on what the text is about."""
        words = ", ".join(found["keyword"] for found in score_keywords(data["text"], 3))
        return {**data, "notes": [*data["notes"], f"The text is about {words}."]}

    @action
    def versions(self) -> dict:
        """The versions of Python and of the packages this plugin runs on."""
        return {
            "python": platform.python_version(),
            "yake": installed("yake"),
            "vaderSentiment": installed("vaderSentiment"),
            "numpy": installed("numpy"),
            "pandas": installed("pandas"),
        }

    def analyse_chapter(self, number: int, title: str, body: str) -> dict:
        scores = [self.sentiment.polarity_scores(sentence)["compound"] for sentence in sentences(body)]
        mean = sum(scores) / len(scores) if scores else 0.0
        return {
            "chapter": number,
            "title": title,
            **measure(body),
            "sentiment": round(mean, 4),
            "positive_share": share(scores, lambda score: score >= POSITIVE_FROM),
            "negative_share": share(scores, lambda score: score <= NEGATIVE_TO),
            "mood": "positive" if mean >= POSITIVE_FROM else "negative" if mean <= NEGATIVE_TO else "neutral",
        }


def split_chapters(text: str) -> list:
    """(number, title, body) of each chapter; a text without chapter headings is one untitled chapter."""
    headings = list(CHAPTER_HEADING.finditer(text))
    if not headings:
        return [(1, "", text)]
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        (number, heading[2].strip(), text[heading.end() : end])
        for number, (heading, end) in enumerate(zip(headings, ends), start=1)
    ]


def text_without_headings(text: str) -> str:
    return "\n\n".join(body for _, _, body in split_chapters(text))


def sentences(text: str) -> list:
    """Sentences by punctuation followed by a capital; an empty line always ends one."""
    protected = TITLE_BEFORE_NAME.sub(r"\1", text)
    pieces = (" ".join(piece.split()) for piece in SENTENCE_END.split(protected))
    return [piece for piece in pieces if WORD.search(piece)]


def syllables(word: str) -> int:
    """Groups of vowels, without a silent ending: an approximation, right for about nine words in ten."""
    return max(1, len(VOWELS.findall(SILENT_ENDING.sub("", word.lower()))))


def measure(text: str) -> dict:
    """Counts and readability of a text.

    Flesch reading ease (100 = very easy, 0 = very hard): R. Flesch, "A new readability yardstick",
    Journal of Applied Psychology 32 (3), 1948, 221-233.
    Flesch-Kincaid grade (years of US schooling): J. P. Kincaid and others, "Derivation of new readability
    formulas for Navy enlisted personnel", Research Branch Report 8-75, 1975.
    """
    words = WORD.findall(text)
    sentence_count = len(sentences(text))
    counts = {
        "words": len(words),
        "unique_words": len({word.lower() for word in words}),
        "sentences": sentence_count,
    }
    if not words:
        return {**counts, "flesch_reading_ease": None, "flesch_kincaid_grade": None}
    words_per_sentence = len(words) / sentence_count
    syllables_per_word = sum(map(syllables, words)) / len(words)
    return {
        **counts,
        "flesch_reading_ease": round(206.835 - 1.015 * words_per_sentence - 84.6 * syllables_per_word, 2),
        "flesch_kincaid_grade": round(0.39 * words_per_sentence + 11.8 * syllables_per_word - 15.59, 2),
    }


def score_keywords(text: str, top: int) -> list:
    """The `top` keywords by YAKE (Campos and others, 2020): the lower the score, the more telling."""
    extractor = yake.KeywordExtractor(lan="en", n=2, top=top)
    return [
        {"keyword": keyword, "score": round(float(score), 6)}
        for keyword, score in extractor.extract_keywords(text)
    ]


def share(scores: list, fits) -> float:
    return round(sum(map(fits, scores)) / len(scores), 4) if scores else 0.0


def installed(package: str):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    TextAnalyzer().start_server()
