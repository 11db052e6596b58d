"""A file that is no scenario is refused, and the message says which file and what in it."""

from pathlib import Path
from textwrap import dedent

import pytest

from prosaasil.call.briefing import Direction
from prosaasil.gate.moments import Moments, parse
from prosaasil.gate.scenario import ScenarioUnreadable, load, names, small_talk

HEAD = """
    id = "X"
    title = "An example"
    negative = "two senders"
"""


def written(tmp_path: Path, body: str, head: str = HEAD) -> Path:
    path = tmp_path / "X.toml"
    path.write_text(dedent(head) + dedent(body))
    return path


@pytest.mark.parametrize(
    ("body", "names_it"),
    [
        ("expect = 5", "expect"),
        ("expect = []\nexpekt = 1", "expekt"),
        ('[[expect]]\ncount = { marker = "x", iz = 1 }', "expect[0].count"),
        ("[[expect]]\nslack_ms = 3", "one thing each, not nothing"),
        ('[[expect]]\norder = ["a"]\nabsent = ["b"]', "one thing each, not order, absent"),
        ('[[expect]]\nsilent = { from = "ten past" }', "expect.silent"),
        ('expect = []\n[[act]]\nat = "now + 5"', "nothing is called 'now'"),
        ('hang_up = "end_of_question"\nexpect = []', "nothing is called 'end_of_question'"),
        ('expect = []\n[[act]]\nat = "5 after"', "act[1].at"),
        ('expect = []\n[[act]]\nat = "start"\ndoes = "sings"', "act[0].does"),
        ('expect = []\n[[act]]\nat = "{delay}"', "no example gives 'delay'"),
        ("expect = []\nexamples = 3", "[[examples]]"),
        ("expect = []\n[policy]\nsilence_ms = ", "X.toml"),
        ("expect = []\n[policy]\nsilent_ms = 5", "policy"),
        ("expect = []\n[briefing]\ngaol = 5", "briefing"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, body: str, names_it: str) -> None:
    path = written(tmp_path, body)
    with pytest.raises(ScenarioUnreadable) as refused:
        load(path)
    assert "X.toml" in str(refused.value)
    assert names_it in str(refused.value)


def test_examples_are_every_combination_in_both_directions(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        expect = []
        turns = "{answers}"
        hang_up = "end_of_reply{answers+1}+{pause}"
        [[examples]]
        answers = [1, 2]
        pause = [100, 200]
        [[examples]]
        answers = 3
        pause = 5
        rig = false
        """,
    )
    cases = load(path)
    assert len(cases) == 10
    assert {case.direction for case in cases} == set(Direction)
    assert [case.scenario.hang_up for case in cases[::2]] == [
        "end_of_reply2+100",
        "end_of_reply2+200",
        "end_of_reply3+100",
        "end_of_reply3+200",
        "end_of_reply4+5",
    ]
    assert [case.is_for_rig for case in cases[::2]] == [True, True, True, True, False]
    assert cases[-1].name == "X[answers=3,pause=5]-outbound"
    assert len(cases[-1].scenario.act) == 3, "three questions come first"


def test_what_the_agent_says_by_the_way_is_never_a_repetition() -> None:
    assert len({small_talk(number) for number in range(40)}) == 40


def test_moments_count_from_what_happened() -> None:
    moments = Moments()
    moments.begin("reply0", 500)
    moments.begin("reply0", 900)
    assert moments.at("greeting + 300") == 800
    assert moments.at("start") == 0
    assert moments.find(parse("reply1-20")) is None
    with pytest.raises(LookupError, match="reply1"):
        moments.at("reply1-20")


def test_every_file_is_named_for_its_scenario() -> None:
    assert len(names()) > 20
    for path in names():
        identity = load(path)[0].scenario.id
        assert identity.replace("+", "plus").replace("-", "") == path.stem
