"""What counts as said: the corpus of labelled utterances, and each rule by itself."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from prosaasil.call.acceptance import Evidence, judge
from prosaasil.call.commands import Note
from prosaasil.call.policy import CallPolicy
from prosaasil.words.kind import Kind

HERE = Path(__file__).parent
POLICY = CallPolicy()
LANGUAGES = ("he", "en", "ru", "ar", "other")
ROWS_MIN = 180
WORDS_MIN = 200
LOCALITIES = [line.strip() for line in (HERE / "localities.txt").read_text().splitlines()]
HEBREW_WORDS = (HERE / "hebrew_words.txt").read_text().split()
FILLERS = ["אמ", "אם", "אממ", "אמממ", "אה", "אהה", "אההה", "הממ", "אהמ", "אהממ", "אהם"]
HARD_LETTERS = "בגדזחטכלנספצקרשת"

ASKED = Evidence(voice_frames=12, is_candidate=False, after_ms=1_000, agent_said="איזו עיר?")
FAST = replace(ASKED, after_ms=150)
OVER = replace(ASKED, after_ms=-500, is_candidate=True, agent_said="אנחנו פתוחים עד ארבע")
SITUATIONS = [ASKED, FAST, OVER, replace(ASKED, after_ms=None, agent_said="")]


class Row(Struct, frozen=True):
    who: str
    about: str
    language: str
    text: str
    evidence: Evidence
    reason: str


def _corpus() -> list[Row]:
    situations = tomllib.loads((HERE / "utterances.toml").read_text())["situation"]
    return [
        Row(
            who=situation["who"],
            about=situation["about"],
            language=language,
            text=text,
            evidence=Evidence(
                voice_frames=situation["voice_frames"],
                is_candidate=situation.get("is_candidate", False),
                after_ms=situation.get("after_ms"),
                agent_said=situation["agent_said"],
            ),
            reason=situation["reason"],
        )
        for situation in situations
        for language in LANGUAGES
        for text in situation.get(language, [])
    ]


CORPUS = _corpus()


@pytest.mark.parametrize("row", CORPUS, ids=lambda row: f"{row.reason}-{row.language}-{row.text}")
def test_each_utterance_is_judged_as_labelled(row: Row) -> None:
    verdict = judge(row.text, row.evidence, POLICY)
    assert (verdict.is_accepted, verdict.reason) == (row.who == "human", row.reason)


def test_no_person_is_dropped_and_nobody_else_is_believed() -> None:
    counts = Counter(
        (row.who, row.language, judge(row.text, row.evidence, POLICY).is_accepted) for row in CORPUS
    )
    for (who, language, is_accepted), count in sorted(counts.items()):
        print(f"{who:8}{language:6}{'accepted' if is_accepted else 'dropped':9}{count:4}")  # noqa: T201
    assert len(CORPUS) >= ROWS_MIN
    assert [key for key in counts if key[2] != (key[0] == "human")] == []
    assert {key[1] for key in counts} == set(LANGUAGES)


@pytest.mark.parametrize("evidence", SITUATIONS)
def test_no_word_name_or_place_is_ever_dropped_when_a_voice_said_it(evidence: Evidence) -> None:
    texts = {*HEBREW_WORDS, *LOCALITIES}
    assert len(set(HEBREW_WORDS)) >= WORDS_MIN
    assert [text for text in texts if not judge(text, evidence, POLICY).is_accepted] == []


@settings(deadline=None)
@given(
    letters=st.text("אבגדהוזחטיכלמנסעפצקרשת", max_size=6),
    hard=st.sampled_from(HARD_LETTERS),
    other=st.sampled_from("אבגדהוטיכלמנספצקרת"),
    situation=st.sampled_from(SITUATIONS),
)
def test_no_hebrew_syllable_is_dropped_when_a_voice_said_it(
    letters: str, hard: str, other: str, situation: Evidence
) -> None:
    text = other + hard + letters
    assume(len(set(text)) > 1)  # one letter drawn out is a sound
    assert judge(text, situation, POLICY).is_accepted


@settings(deadline=None)
@given(
    filler=st.sampled_from(FILLERS),
    times=st.lists(st.integers(1, 9), min_size=4, max_size=4),
    around=st.sampled_from(["{}", "{}…", " {} ", "{}, {}", '"{}"', "{}...", "{}\u200f"]),
    situation=st.sampled_from(SITUATIONS),
)
def test_a_hesitation_of_any_length_is_no_turn(
    filler: str, times: list[int], around: str, situation: Evidence
) -> None:
    longer = "".join(letter * count for letter, count in zip(filler, times, strict=False))
    verdict = judge(around.format(longer, filler), situation, POLICY)
    assert (verdict.is_accepted, verdict.reason) == (False, "filler_only")


@settings(deadline=None)
@given(filler=st.sampled_from(FILLERS), word=st.sampled_from(HEBREW_WORDS))
def test_words_after_a_hesitation_are_a_turn(filler: str, word: str) -> None:
    assert judge(f"{filler} {word}", ASKED, POLICY).is_accepted


@settings(deadline=None)
@given(
    text=st.text(),
    said=st.text(),
    frames=st.integers(0, 60),
    after_ms=st.none() | st.integers(-5_000, 5_000),
    is_candidate=st.booleans(),
)
def test_every_text_gets_one_verdict_and_one_note(
    text: str, said: str, frames: int, after_ms: int | None, is_candidate: bool
) -> None:
    verdict = judge(text, Evidence(frames, is_candidate, after_ms, said), POLICY)
    note = verdict.note("u1", text)
    dropped = f"drop reason={verdict.reason}"
    assert (note.marker == "STT_FILTER", note.text == dropped) == (not verdict.is_accepted,) * 2
    assert verdict.reason
    assert verdict.worth


def _evidence(frames: int, after_ms: int | None, *, is_candidate: bool) -> Evidence:
    return Evidence(frames, is_candidate, after_ms, "איזו עיר?")


@pytest.mark.parametrize(
    ("after_ms", "frames", "is_candidate", "reason"),
    [
        (after_ms, frames, is_candidate, reason)
        for after_ms in (-600, 0, 50, 99, 100, 300, 399)
        for frames in (0, 1, 7, 8, 30)
        for is_candidate in (False, True)
        for reason in (
            "candidate"
            if is_candidate
            else f"fast_response_{after_ms}ms"
            if after_ms >= 100 and frames > 0
            else f"vad_frames={frames}"
            if frames >= 8
            else "echo_window",
        )
    ],
)
def test_near_the_agents_speech_words_need_evidence(
    after_ms: int, frames: int, is_candidate: bool, reason: str
) -> None:
    verdict = judge("חיפה", _evidence(frames, after_ms, is_candidate=is_candidate), POLICY)
    assert (verdict.is_accepted, verdict.reason) == (reason != "echo_window", reason)


@pytest.mark.parametrize(
    ("after_ms", "frames", "is_candidate", "is_accepted"),
    [
        (-1, 60, True, False),
        (0, 29, False, False),
        (0, 30, False, True),
        (399, 29, True, False),
        (399, 30, True, True),
        (400, 1, False, False),
        (400, 4, False, True),
        (None, 4, False, True),
    ],
)
def test_the_agents_own_words_need_a_voice_longer_than_an_echo(
    after_ms: int | None, frames: int, is_candidate: bool, is_accepted: bool
) -> None:
    evidence = Evidence(frames, is_candidate, after_ms, "באיזו עיר אתה גר?")
    assert judge("באיזו עיר אתה גר", evidence, POLICY).is_accepted is is_accepted


@pytest.mark.parametrize(
    ("text", "frames_needed"),
    [
        ("כן", 1),
        ("תודה רבה", 1),
        ("אני לא פה", 2),
        ("אני רוצה לקבוע תור", 4),
        ("תודה רבה על הצפייה", 4),
        ("אני רוצה להזמין תור לניקוי שיניים אצל דוקטור כהן", 8),
        ("א ב ג", 1),
    ],
)
def test_more_words_ask_for_more_voice(text: str, frames_needed: int) -> None:
    assert judge(text, replace(ASKED, voice_frames=frames_needed), POLICY).is_accepted
    weaker = judge(text, replace(ASKED, voice_frames=frames_needed - 1), POLICY)
    assert (weaker.is_accepted, weaker.reason) == (False, "no_voice")


def test_the_numbers_are_the_policys() -> None:
    strict = CallPolicy(
        echo_window_ms=2_000, fast_response_ms_min=1_500, evidence_frames=20, voice_steps=(1, 2, 99)
    )
    assert judge("חיפה", ASKED, strict).reason == "echo_window"
    assert judge("איזו עיר", replace(ASKED, voice_frames=98), strict).reason == "echo_of_agent"
    lenient = CallPolicy(sentence_words=9)
    assert judge("תודה רבה על הצפייה", replace(ASKED, voice_frames=1), lenient).is_accepted


@pytest.mark.parametrize(
    ("text", "evidence", "note"),
    [
        (
            "בית שאן",
            FAST,
            Note(
                "C1 STT_GUARD",
                "Accepted (echo_window bypass: fast_response_150ms)",
                {"worth": "meaningful", "item": "u1", "chars": 7, "pii.text": "בית שאן"},
            ),
        ),
        (
            "כן",
            ASKED,
            Note(
                "STT_GUARD",
                "Accepted short phrase",
                {"reason": "short_phrase", "item": "u1", "chars": 2, "pii.text": "כן"},
            ),
        ),
        (
            "חיפה",
            ASKED,
            Note(
                "STT_GUARD",
                "Accepted",
                {
                    "reason": "intent_aware_single_token",
                    "item": "u1",
                    "chars": 4,
                    "pii.text": "חיפה",
                },
            ),
        ),
        (
            "אממ",
            ASKED,
            Note(
                "STT_FILTER",
                "drop reason=filler_only",
                {"item": "u1", "chars": 3, "pii.text": "אממ"},
            ),
        ),
        ("", ASKED, Note("STT_FILTER", "drop reason=empty", {"item": "u1", "chars": 0})),
    ],
)
def test_a_note_tells_the_reason_and_keeps_the_words_apart(
    text: str, evidence: Evidence, note: Note
) -> None:
    assert judge(text, evidence, POLICY).note("u1", text) == note


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("כן", "intent_aware_single_token"),
        ("חיפה", "intent_aware_single_token"),
        ("רגע יש לי שאלה", "meaningful"),
        ("אממ", "filler_only"),
    ],
)
def test_an_interruption_is_confirmed_by_what_its_words_are_worth(text: str, worth: str) -> None:
    assert judge(text, OVER, POLICY).worth == worth


def test_the_policys_evidence_is_a_candidates() -> None:
    assert POLICY.evidence_frames == POLICY.voice_steps[0]
    assert judge("כן", OVER, POLICY).kind is Kind.SHORT_PHRASE


@pytest.mark.parametrize(
    ("text", "after_ms", "into_ms", "is_echo"),
    [
        ("שלום", -1, 300, True),
        ("שלום", -1, 2_000, False),
        ("הגעתם", -1, 300, False),
        ("עיר", 50, 1_800, True),
        ("עיר", 150, 1_800, False),
        ("שלום", 150, 900, False),
    ],
)
def test_a_word_is_an_echo_only_when_it_comes_as_an_echo_would(
    text: str, after_ms: int, into_ms: int, *, is_echo: bool
) -> None:
    said = "שלום, הגעתם למרפאה. איזו עיר?"
    evidence = Evidence(20, after_ms < 0, after_ms, said, said, into_ms)
    assert (judge(text, evidence, POLICY).reason == "echo_of_agent") is is_echo
