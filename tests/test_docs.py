"""The docs tell the truth: terms, links, settings, routes and sizes are held against the code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "prosaasil"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)[^)]*\)")
README_LINES_MAX = 120


@pytest.fixture(scope="module")
def code() -> str:
    """Everything we wrote ourselves, in lower case, words apart."""
    folders = [(SOURCE, "*.py"), (ROOT / "web" / "src", "*.ts*"), (ROOT / "migrations", "*.py")]
    texts = [path.read_text() for folder, glob in folders for path in folder.rglob(glob)]
    return "\n".join(texts).lower().replace("_", " ").replace("-", " ")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert broken == []


def test_every_term_of_the_glossary_is_used_in_the_code(code: str) -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    terms = re.findall(
        r"\*\*([^*]+)\*\*", "\n".join(re.findall(r"^\| (\*\*.*?) \|", glossary, re.MULTILINE))
    )
    assert len(terms) > 40
    unused = [term for term in terms if term.lower().replace("-", " ") not in code]
    assert unused == []


def test_every_file_named_in_the_story_exists() -> None:
    story = (ROOT / "docs" / "story-of-a-call.md").read_text()
    named = re.findall(r"`([a-z_]+/[a-z_]*(?:\.py)?)`", story)
    assert len(named) > 10
    assert [name for name in named if not (SOURCE / name).exists()] == []


def test_every_package_stands_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    packages = [path.parent.name for path in SOURCE.glob("*/__init__.py")]
    assert [name for name in packages if not re.search(rf"\b{name}/", text)] == []


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text().count("\n") <= README_LINES_MAX
