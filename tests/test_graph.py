"""Pictures of a rule base: whole and true to the rules, drawn without overlaps, and safe whatever the base says."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser

from expert.cache import shipped_bases
from expert.drawing import to_dot, to_mermaid, to_svg
from expert.graph import CONCLUSIONS, MOST_BOXES, Graph, Node, UnknownNameError, overview, part, whole
from expert.load import load
from expert.logic import leaves
from expert.model import Base
from expert.rulebook import concluded_by
from interview.cli import main

SVG = "{http://www.w3.org/2000/svg}"
SMALL = {name: load(folder) for name, folder in shipped_bases().items() if name != "stiff_legs"}
EVIL = (
    '"]; click n0 href "javascript:alert(1)" %%{init: {}}%% <script>window.hacked = 1</script>'
    '<img src=x onerror=window.hacked=1> `b` #quot; &lt;i&gt; ]]> --> \\N \\" \x1b[31m\u202e end'
)


def poisoned(graph: Graph, text: str = EVIL) -> Graph:
    """A graph in which every text is hostile."""
    nodes = tuple(replace(node, label=text, note=text) for node in graph.nodes)
    return replace(graph, about=text, nodes=nodes, edges=tuple(replace(edge, rules=(text,)) for edge in graph.edges))


def drawn(stiff_legs: Base) -> dict[str, Graph]:
    """The pictures that people will ask for."""
    parts = ("magnesium", "night_cramp", "stroke", "fat_malabsorption", "topic:legs", "topic:safety")
    return {
        **{name: whole(base) for name, base in SMALL.items()},
        "stiff_legs": whole(stiff_legs),
        **{about: part(stiff_legs, about) for about in parts},
    }


# --- what is in it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_every_rule_is_in_the_picture(name: str) -> None:
    """Each thing that a rule reads leads to what it concludes, and says by which rule; nothing else does."""
    base = SMALL[name]
    expected = {
        (leaf.subject, concluded_by(rule), rule.id)
        for rule in base.rules.values()
        for leaf in leaves(rule.condition)
        if concluded_by(rule) not in base.advice
    }
    graph = whole(base)
    assert {(edge.start[1], edge.end[1], rule) for edge in graph.edges for rule in edge.rules} == expected


def test_a_part_holds_all_that_bears_on_it(stiff_legs: Base) -> None:
    """For a hypothesis or red flag: exactly the questions that its rules read, through findings and scores as well."""
    rules = {**stiff_legs.evidence_rules, **stiff_legs.flag_rules}
    for about in ("magnesium", "vitamin_b12", "night_cramp", "stroke"):
        conditions = [rule[0].condition if isinstance(rule, tuple) else rule.condition for rule in rules[about]]
        read = set().union(*map(stiff_legs.questions_read, conditions))
        graph = part(stiff_legs, about)
        assert {node.id for node in graph.nodes if node.kind == "question"} == read
        assert [node.id for node in graph.nodes if node.kind in CONCLUSIONS] == [about]


def test_a_finding_is_drawn_with_what_it_feeds() -> None:
    """Upwards to what is concluded of it, and downwards to what it rests on."""
    ids = {node.id for node in part(SMALL["animals"], "carnivore").nodes}
    assert {"covering", "teeth", "mammal", "carnivore", "big_cat", "cheetah", "tiger", "hurt_predator"} <= ids
    assert not ids & {"bird", "zebra", "flies"}


def test_what_argues_against_is_told_apart() -> None:
    """A line is dashed only where every rule behind it argues against."""
    against = {(edge.start[1], edge.end[1]) for edge in whole(SMALL["order"]).edges if edge.against}
    assert against == {("person", "the_dog"), ("careless", "grandmother")}


def test_an_overview_counts_questions(stiff_legs: Base) -> None:
    """The number is that of the questions of a topic that bear on it, by the same reading as the engine's."""
    (edge,) = [
        edge
        for edge in overview(stiff_legs).edges
        if (edge.start[1], edge.end) == ("legs", ("hypothesis", "magnesium"))
    ]
    read = set().union(*(stiff_legs.questions_read(r.condition) for r, _ in stiff_legs.evidence_rules["magnesium"]))
    assert edge.weight == sum(stiff_legs.questions[question].topic == "legs" for question in read)


def test_a_large_base_is_not_drawn_whole(stiff_legs: Base) -> None:
    """Hundreds of boxes help nobody: the whole of a large base, and a large topic, are folded."""
    for graph in drawn(stiff_legs).values():
        assert len(graph.nodes) <= MOST_BOXES
    assert whole(stiff_legs).is_folded
    assert not whole(SMALL["car"]).is_folded


def test_a_name_that_nothing_has_is_told_with_the_nearest(stiff_legs: Base) -> None:
    """And an id with several meanings can be said with its kind."""
    with pytest.raises(UnknownNameError, match="Did you mean 'magnesium'"):
        part(stiff_legs, "magnesuim")
    assert part(SMALL["order"], "question:door").nodes[0] == Node("question", "door", "How was the kitchen door?")


# --- how it is drawn --------------------------------------------------------------------------------------------------


def test_no_two_boxes_overlap(stiff_legs: Base) -> None:
    """In none of the pictures, and none stands outside."""
    for name, graph in drawn(stiff_legs).items():
        root = ET.fromstring(to_svg(graph))
        width, height = (float(root.get(key, "")) for key in ("width", "height"))
        rects = [
            tuple(float(rect.get(key, "")) for key in ("x", "y", "width", "height"))
            for rect in root.iter(f"{SVG}rect")
            if rect.get("width") == "214"
        ]
        assert graph.is_folded or len(rects) == len(graph.nodes)
        for x, y, wide, high in rects:
            assert x >= 0, name
            assert y >= 60, name
            assert x + wide <= width, name
            assert y + high <= height, name
        for (x, y, wide, high), (x2, y2, *_) in itertools.combinations(rects, 2):
            assert abs(x - x2) >= wide or abs(y - y2) >= high, name


def test_lines_pass_boxes_by(stiff_legs: Base) -> None:
    """Where a line crosses a column it runs level, and not through a box."""
    for name, graph in drawn(stiff_legs).items():
        root = ET.fromstring(to_svg(graph))
        rects = [
            tuple(float(rect.get(key, "")) for key in ("x", "y", "height"))
            for rect in root.iter(f"{SVG}rect")
            if rect.get("width") == "214"
        ]
        for path in root.iter(f"{SVG}path"):
            for x, y in re.findall(r"([\d.]+) ([\d.]+)H", path.get("d", "")):
                through = [rect for rect in rects if rect[0] == float(x) and rect[1] < float(y) < rect[1] + rect[2]]
                assert through == [], name


def test_the_same_base_gives_the_same_picture() -> None:
    """A picture kept beside a base changes only when the base does."""
    assert to_svg(whole(SMALL["animals"])) == to_svg(whole(load(shipped_bases()["animals"])))


def test_hostile_texts_stay_texts() -> None:
    """Whatever a base says: the SVG has no element of the text's making, Mermaid and DOT no statement of it."""
    graph = part(SMALL["order"], "tidy")
    evil = poisoned(graph)
    tags = [element.tag for element in ET.fromstring(to_svg(evil)).iter()]
    assert {tag.removeprefix(SVG) for tag in tags} == {"svg", "title", "desc", "rect", "text", "path", "g"}
    for draw in (to_svg, to_mermaid, to_dot):
        text = draw(evil)
        assert "\x1b" not in text
        assert "\u202e" not in text
    mermaid = to_mermaid(evil)
    assert len(mermaid.splitlines()) == len(to_mermaid(graph).splitlines())
    for line in mermaid.splitlines()[1:]:
        inside = "".join(re.findall(r'"(.*?)"', line)).replace("<br>", "")
        assert not re.search(r"[\"<>`{}\[\]%&\\]", inside)
    for line in to_dot(evil).splitlines():
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
        assert not re.search(r"script|click|\\|<", outside)


def test_texts_fit_their_boxes_and_nothing_runs(stiff_legs: Base, chromium: Browser, tmp_path: Path) -> None:
    """In a real browser: no text of a box is wider than the box, and a hostile base runs no script."""
    wide = poisoned(whole(SMALL["car"]), "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW MMM \u6f22\u5b57" + "\u6f22" * 40)
    graphs = {**drawn(stiff_legs), "hostile": poisoned(whole(SMALL["order"])), "wide": wide}
    page = chromium.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for name, graph in graphs.items():
        file = tmp_path / f"{name.replace(':', '_')}.svg"
        file.write_text(to_svg(graph), encoding="utf-8")
        requests.clear()
        page.goto(file.as_uri())
        too_wide = page.evaluate(
            """() => [...document.querySelectorAll("g > rect")].flatMap((rect) =>
                [...rect.parentNode.querySelectorAll("text")].filter((text) => {
                  const [inner, outer] = [text.getBBox(), rect.getBBox()];
                  return inner.x + inner.width > outer.x + outer.width || inner.y < outer.y
                    || inner.y + inner.height > outer.y + outer.height;
                }).map((text) => text.textContent))"""
        )
        assert too_wide == [], name
        assert page.evaluate("window.hacked") is None
        assert requests == [file.as_uri()], name


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_what_the_file_name_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SVG, DOT or Mermaid by its ending; Mermaid without a file; `--form` wins."""
    begins = {
        "a.svg": "<svg ",
        "a.dot": "digraph ",
        "a.mmd": "flowchart ",
        "a.md": "```mermaid\nfl",
        "a.txt": "flowchart ",
    }
    for name, begin in begins.items():
        assert main(["graph", "--base", "order", "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)
    assert main(["graph", "--base", "order", "--about", "tidy"]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n    %% It was somebody tidy\n")
    assert main(["graph", "--base", "order", "--form", "dot", "-o", str(tmp_path / "b.svg")]) == 0
    assert (tmp_path / "b.svg").read_text(encoding="utf-8").startswith("digraph ")


def test_a_wrong_name_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    """One message, with the nearest name, and exit code 2."""
    assert main(["graph", "--base", "order", "--about", "tydy"]) == 2
    assert capsys.readouterr().err == (
        "legwise: --about: 'tydy' is no topic, question, finding, hypothesis or red flag of this base."
        " Did you mean 'tidy'?\n"
    )
