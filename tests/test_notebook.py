"""In a notebook: values show themselves in words and pictures, and the lesson runs from its first cell to its last."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import nbformat
import pytest
from console import REPOSITORY
from markdown_it import MarkdownIt
from nbclient import NotebookClient
from small_base import poisoned, situation, small_base

from expert.graph import whole
from expert.infer import Trace
from expert.lab import Material, exercises

LESSON = REPOSITORY / "docs" / "tutorial" / "notebook-lesson.ipynb"
#: Only a kernel that hangs takes as long as this.
_PATIENCE = 120


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> dict[str, nbformat.NotebookNode]:
    """The lesson as it is after a run, its code cells by their source."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(home))
        patch.setenv("LEGWISE_CACHE_DIR", str(home / "cache"))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]))
        notebook = nbformat.read(LESSON, as_version=4)
        client = NotebookClient(
            notebook, timeout=_PATIENCE, kernel_name="python3", resources={"metadata": {"path": str(home)}}
        )
        client.execute()  # raises for a cell that fails
    return {cell.source: cell for cell in notebook.cells if cell.cell_type == "code"}


def shown(lesson: dict[str, nbformat.NotebookNode], ending: str) -> dict[str, str]:
    """What the cell that ends so shows, by the kind of data."""
    (cell,) = (cell for source, cell in lesson.items() if source.endswith(ending))
    return {kind: data for output in cell.outputs for kind, data in output.get("data", {}).items()}


def test_the_lesson_shows_what_it_speaks_of(lesson: dict[str, nbformat.NotebookNode]) -> None:
    """Verdict, proof, why not, what if, trace and exercise come out in words, and the network as a picture."""
    expected = {
        "\nbase": "Hypotheses (7):",
        "\nconsultation": "A cheetah:",
        'how("cheetah")': "A cheetah is a big cat with round black dots.",
        'why_not("tiger")': "Smallest change",
        'what_if({"pattern": "stripes"})': "Rules that come to hold:",
        "consultation.trace": "rule:big-cat-coat:",
        "\nbug": "Find the planted bug",
        'mark({"place": "cold_coast"})': "Not yet",
        "bug.mark(bug.exposed_by)": "Right",
    }
    for ending, words in expected.items():
        assert words in shown(lesson, ending)["text/html"], ending
    assert "A cheetah" in shown(lesson, 'part(base, "cheetah")')["image/svg+xml"]


def test_every_cell_of_the_lesson_shows_something(lesson: dict[str, nbformat.NotebookNode]) -> None:
    """A reader who runs a cell sees what it was for, and no warning."""
    for source, cell in lesson.items():
        assert cell.outputs, source
        assert [output for output in cell.outputs if output.get("name") == "stderr"] == []


def test_the_lesson_is_kept_without_outputs() -> None:
    """What a run shows stands in no commit: it would grow old, and make every change unreadable."""
    kept = nbformat.read(LESSON, as_version=4)
    nbformat.validate(kept)
    assert [cell for cell in kept.cells if cell.get("outputs") or cell.get("execution_count")] == []


class _Tags(HTMLParser):
    """The tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


@pytest.mark.parametrize("form", ["_repr_html_", "_repr_markdown_"])
def test_nothing_runs_that_a_base_brings(form: str) -> None:
    """Markup in the texts of a base stays text, in every value that a notebook shows."""
    poison = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    base = poisoned(small_base(), poison)
    consultation = situation("b12", base)
    values = [base, consultation, consultation.trace, consultation.how("b12")]
    values += [next(exercises(Material(base), 0, [kind])) for kind in ("bug", "rule", "change")]
    for value in values:
        parser, text = _Tags(), getattr(value, form)()
        parser.feed(text if form == "_repr_html_" else MarkdownIt("commonmark").render(text))
        assert parser.tags.isdisjoint({"script", "img"}), type(value).__name__


def test_a_picture_is_whole_xml_whatever_the_base_says() -> None:
    """A notebook gets a picture that it can draw, and no markup of the base's own."""
    base = poisoned(small_base(), "<script>alert(1)</script>&\x1b[2J")
    tree = ET.fromstring(whole(base)._repr_svg_())
    assert {element.tag.rpartition("}")[2] for element in tree.iter()}.isdisjoint({"script", "foreignObject"})


def test_an_empty_trace_shows_itself() -> None:
    """Nothing answered is no fault."""
    assert "0 answers, 0 firings" in Trace(())._repr_markdown_()
