"""Word errors are counted as people count them."""

import pytest

from prosaasil.rig.words import WordErrors, caller_words, word_errors


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("one two three", "One, two, three.", 0),
        ("one two three", "one three", 1),
        ("one two three", "one two too three", 1),
        ("one two three", "", 3),
        ("שָׁלוֹם עולם", "שלום, עולם!", 0),
        ("", "noise", 1),
    ],
)
def test_word_errors(said: str, heard: str, errors: int) -> None:
    assert word_errors(said, heard) == WordErrors(errors, len(said.split()))


def test_only_the_callers_lines_of_a_transcript_count() -> None:
    transcript = "[00:00.10] agent: Hello\n[00:02.00] caller: good day\n[00:04.00] caller: bye\n"
    assert caller_words(transcript) == "good day bye"
