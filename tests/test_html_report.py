"""The HTML report in a real browser: what it shows, by eye, keyboard and ear, and that nothing hostile runs."""

from __future__ import annotations

import json
import re
import stat
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from bases import load_base
from console import LEGS, piped
from small_base import SITUATIONS, poisoned, situation, small_base

from expert.compile import Program
from expert.consultation import LateReasoner, consult
from expert.explain import Subject, how
from expert.model import NONE_OF_THESE
from expert.timeline import fact_in_words, production_in_words, timeline
from interview.html_report import to_html
from interview.proof_graph import draw

BASE = small_base()
PAGES = {name: to_html(situation(name), emergency_number="112") for name in SITUATIONS}
SHOWN_TO_ALL = ("b12", "emergency", "interrupted", "child", "not_sure_emergency", "nothing_answered")


def everything_yes(base, reasoner):
    """The consultation in which the most rules fire: yes to everything."""
    answers = {}
    for question in base.questions.values():
        options = tuple(option for option in question.options if option != NONE_OF_THESE)
        answers[question.id] = {"yes_no": "yes", "many": options, "one": options[-1:], "number": question.max or 5}[
            question.type
        ]
        if question.type == "one":
            (answers[question.id],) = options[-1:]
    answers["age"] = "from_40_to_49"
    return consult(base, answers, reasoner)


@pytest.fixture(scope="module")
def largest(stiff_legs, stiff_legs_reasoner):
    return everything_yes(stiff_legs, stiff_legs_reasoner)


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def visible_text(page):
    return " ".join(page.inner_text("body").split())


# --- a file that stands alone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_opens_without_a_complaint_and_asks_for_nothing_else(opened, name):
    """Nothing but the file is asked for, and the browser has no fault to report, not even against its own policy."""
    watched = opened(PAGES[name])
    unfold(watched.page)
    assert watched.page.locator(".player").is_visible()
    assert (len(watched.requests), watched.complaints) == (1, [])


def test_the_policy_lets_nothing_in():
    """Only this style and this script, by their fingerprints; no element has a style or a handler of its own."""
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', PAGES["b12"])[1]
    parts = dict(part.strip().split(" ", 1) for part in policy.replace("&#39;", "'").split(";"))
    assert (parts.pop("default-src"), parts.pop("base-uri"), parts.pop("form-action")) == ("'none'",) * 3
    assert set(parts) == {"script-src", "style-src"}
    assert all(re.fullmatch("'sha256-[A-Za-z0-9+/=]{44}'", part) for part in parts.values())
    outside = re.sub("(?s)<(style|script).*?</\\1>", "", PAGES["b12"])
    assert not re.search(r"<[^>]* (style|on\w+|src)=", outside)


def test_the_same_answers_give_the_same_bytes():
    assert to_html(situation("b12"), emergency_number="112") == PAGES["b12"]


HOSTILE = (
    "<script>hacked('script')</script>",
    "</script ><script>hacked('end')</script>",
    "<svg onload=hacked('svg')><animate onbegin=hacked('animate') attributeName=x dur=1s>",
    '"><img src=x onerror=hacked(1)><a href="javascript:hacked(2)">',
    "<!--<script>",
    "{{ ''.__class__ }}{% raw %}</style><style>@import url(//evil.example);",
    "javascript:hacked('link')//",
)


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize("name", ["b12", "emergency", "interrupted"])
def test_nothing_in_answers_or_rules_can_run_or_call_home(opened, name, poison):
    """A base that somebody else wrote is text: no script runs, no request leaves, and no link leads into a script."""
    base = poisoned(BASE, poison)
    consultation = consult(base, SITUATIONS[name], LateReasoner(base))
    watched = opened(to_html(consultation, emergency_number="112" + poison))
    page = watched.page
    page.evaluate("window.hacked = (how) => { window.was = how; }")
    unfold(page)
    for _ in range(3):
        page.click("#next")
    page.locator(".drawing [data-do=open]").first.click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.was") is None
    assert (len(watched.requests), watched.complaints) == (1, [])
    links = page.eval_on_selector_all("a", "all => all.map((a) => a.protocol)")
    assert set(links) <= {"file:", "http:", "https:"}
    assert page.evaluate("document.querySelectorAll('main script, main style, main img, svg [onload]').length") == 0
    assert page.evaluate("document.querySelectorAll('script, style').length") == 3
    if "<" in poison:
        assert poison.split(">")[0] in page.inner_text("main")  # it is there, as text


def test_only_web_addresses_become_links(opened):
    """The address of a source is a link if it is one; else it is not shown at all."""
    hrefs = opened(PAGES["b12"]).page.eval_on_selector_all("a[rel]", "all => all.map((a) => a.href)")
    assert hrefs
    assert all(href.startswith("https://") for href in hrefs)


# --- safety -----------------------------------------------------------------------------------------------------------


def test_an_emergency_stands_alone(opened):
    """Until somebody asks for the reasoning, what to do is all there is; nothing of a deficiency."""
    page = opened(PAGES["emergency"]).page
    text = visible_text(page)
    assert page.locator("h2").first.inner_text() == "EMERGENCY: now"
    assert "Call an ambulance now on 112" in text
    assert "B12" not in text
    assert not page.locator("#evidence").is_visible()
    page.locator("details.behind > summary").press("Enter")
    assert page.locator("#evidence").is_visible()
    assert "Low vitamin B12: likely" in visible_text(page)


def test_an_emergency_stands_alone_on_paper(opened):
    """What nobody unfolded is not printed beside it."""
    page = opened(PAGES["emergency"]).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "B12" not in page.inner_text("body")


@pytest.mark.parametrize("name", ["interrupted", "interrupted_late", "nothing_answered"])
def test_incomplete_never_reassures(opened, name):
    """It says so before anything else, how soon is not said, and nothing is called absent."""
    page = opened(PAGES[name]).page
    unfold(page)
    text = visible_text(page)
    assert page.locator("main h2").first.inner_text() == "INCOMPLETE"
    assert "no sign" not in text.lower().replace("nothing yet", "")
    assert "Routine" not in text
    page.locator("#at").fill(page.get_attribute("#at", "max"))
    assert page.inner_text("#urgency").startswith(("cannot be said yet", "at least"))


def test_on_the_way_nothing_is_reassuring(opened):
    """In the middle of a consultation that ends well, how soon cannot be said; at its end it can."""
    page = opened(PAGES["well"]).page
    assert page.inner_text("#urgency") == "cannot be said yet"
    page.click("#next")
    assert page.inner_text("#urgency") == "cannot be said yet"
    page.click("#end")
    assert page.inner_text("#urgency") == "Routine"


# --- the timeline -----------------------------------------------------------------------------------------------------

MEMORY = "() => [...document.querySelectorAll('#memory [data-number]')].map((each) => Number(each.dataset.number))"
AGENDA = "() => [...document.querySelectorAll('#agenda [data-name]')].map((each) => each.dataset.name)"


@pytest.mark.parametrize("name", ["b12", "emergency", "child"])
def test_the_slider_shows_memory_and_agenda_as_they_were(opened, name):
    """At every answer, and before every firing, the page shows what the timeline says."""
    line = timeline(situation(name))
    page = opened(PAGES[name]).page
    unfold(page)
    page.check("#bookkeeping")
    for place, stage in enumerate(line.stages):
        page.locator("#at").fill(str(place))
        for fired in range(len(stage.moments) + 1):
            assert sorted(page.evaluate(MEMORY)) == [fact.number for fact in line.memory(place, fired)]
            assert tuple(page.evaluate(AGENDA)) == line.agenda(place, fired)
            if fired < len(stage.moments):
                page.click("#fire")
        assert page.locator("#fire").is_disabled()
        done = page.eval_on_selector_all("#fired [data-name]", "all => all.map((each) => each.dataset.name)")
        assert done == [moment.firing.production for moment in stage.moments]


@pytest.mark.parametrize("name", ["b12", "emergency"])
def test_the_agenda_says_why_it_is_in_that_order(opened, name):
    """Each activation but the last gives its place in the base and that of the next, and the places rise."""
    line = timeline(situation(name))
    page = opened(PAGES[name]).page
    unfold(page)
    page.check("#bookkeeping")
    said = "() => [...document.querySelectorAll('#agenda .why')].map((each) => each.textContent)"
    productions = [production.__name__ for production in Program(BASE).productions]
    for place in range(len(line.stages)):
        page.locator("#at").fill(str(place))
        places = [productions.index(production) + 1 for production in line.agenda(place)]
        assert places == sorted(places)
        assert page.evaluate(said) == [
            f"earlier in the base: place {one} before place {next_}" for one, next_ in pairwise(places)
        ]


@pytest.mark.parametrize("missing", ["hypotheses", "red flags"])
def test_a_base_without_hypotheses_or_red_flags_is_replayed(opened, tmp_path, missing):
    """The replay needs neither: it steps to the end, no script fails, and axe finds nothing."""
    sections = {
        "hypotheses": """
            red_flags:
              heart: {label: A heart attack, urgency: emergency}
            rules:
              chest:
                if: {chest_pain: yes}
                then: {red_flag: heart}
                because: Chest pain can come from the heart.
                sources: [book]
            """,
        "red flags": """
            hypotheses:
              low_iron: {label: Low iron, kind: deficiency}
            rules:
              chest:
                if: {chest_pain: yes}
                then: {for: low_iron, strength: weak, as: sign}
                because: Less iron, less breath.
                sources: [book]
            """,
    }
    questions = """
        questions:
          chest_pain: {topic: legs, ask: Do you have chest pain?, type: yes_no, kind: about}
        """
    base = load_base(
        tmp_path / "base", questions=questions, hypotheses="", red_flags="", rules="", more=sections[missing]
    )
    watched = opened(to_html(consult(base, {"chest_pain": "yes"}), emergency_number="112"))
    page = watched.page
    unfold(page)
    page.click("#next")
    page.click("#fire")
    assert page.evaluate(AGENDA) == []
    assert page.inner_text("#fired").startswith(("A heart attack: raised", "Low iron: weak sign for it"))
    assert Axe().run(page).response["violations"] == []
    assert watched.complaints == []


def test_without_bookkeeping_only_what_matters_is_shown(opened):
    line = timeline(situation("b12"))
    page = opened(PAGES["b12"]).page
    for place in range(len(line.stages)):
        page.locator("#at").fill(str(place))
        while page.locator("#fire").is_enabled():
            assert all(production_in_words(BASE, name).sort != "bookkeeping" for name in page.evaluate(AGENDA))
            page.click("#fire")
        known = {fact.number for fact in line.memory(place, 10**6)}
        minor = {fact.number for fact in line.facts if fact_in_words(BASE, line, fact).sort == "bookkeeping"}
        assert set(page.evaluate(MEMORY)) == known - minor


def test_the_slider_by_keyboard_and_by_ear(opened):
    """Arrow keys move it; question, reply and what moved are announced."""
    page = opened(PAGES["b12"]).page
    page.focus("#at")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    assert (page.inner_text("#asked"), page.inner_text("#replied")) == ("Unsteady in the dark", "yes")
    said = page.text_content("#live")
    assert "Unsteady in the dark yes." in said
    assert "Low vitamin B12: possible → likely" not in said  # a risk is still missing
    assert "How soon: nothing yet → soon" in said
    assert "Unsteady in the dark" in page.get_attribute("#at", "aria-valuetext")
    page.keyboard.press("End")
    assert page.locator("#next").is_disabled()
    page.focus("#previous")
    page.keyboard.press("Enter")
    assert page.inner_text("#count") == "Answer 14 of 15"


# --- the proof --------------------------------------------------------------------------------------------------------


def test_the_proof_opens_and_closes_by_keyboard(opened):
    """A conclusion, then each box, with Enter; what rests on a closed box goes, and the focus stays."""
    page = opened(PAGES["b12"]).page
    proof = page.locator("details.proof", has_text="Low vitamin B12: likely").first
    proof.locator("> summary").press("Enter")
    proof.locator("[data-do=open]").press("Enter")
    diet = proof.locator("button.node", has_text="B12 is found only in food from animals.")
    finding = proof.locator(".node", has_text="Eats too little of it")
    assert diet.get_attribute("aria-expanded") == "true"
    assert finding.is_visible()
    diet.press("Enter")
    assert diet.get_attribute("aria-expanded") == "false"
    assert not finding.is_visible()
    assert diet.evaluate("(each) => each === document.activeElement")
    page.keyboard.press("Space")
    assert finding.is_visible()
    proof.locator("[data-do=close]").press("Enter")
    assert proof.locator(".node").evaluate_all("all => all.filter((each) => each.offsetParent).length") == 1


def test_the_proof_shows_the_citation_of_each_rule(opened):
    page = opened(PAGES["b12"]).page
    proof = page.locator("details.proof", has_text="Low vitamin B12: likely").first
    proof.locator("> summary").click()
    rule = proof.locator("button.node", has_text="Metformin lowers B12.").inner_text()
    assert "Low B12" in rule
    assert "disputed" in rule


OVERLAPS = """() => {
  const found = [];
  for (const canvas of document.querySelectorAll(".canvas")) {
    const boxes = [...canvas.querySelectorAll(".node")].map((each) => each.getBoundingClientRect())
      .filter((box) => box.height);
    boxes.forEach((a, place) => boxes.slice(place + 1).forEach((b) => {
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push([a, b]);
    }));
  }
  return found.length;
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_no_boxes_overlap_in_the_largest_case(opened, largest, width):
    """With every rule that can fire, and every box open."""
    page = opened(to_html(largest, emergency_number="999"), width=width).page
    unfold(page)
    page.wait_for_function("document.querySelectorAll('.drawing:not([hidden])').length > 3")
    page.evaluate("document.querySelectorAll('[data-do=open]').forEach((each) => each.click())")
    assert page.evaluate("document.querySelectorAll('.node').length") > 100
    assert page.evaluate(OVERLAPS) == 0
    page.evaluate("document.querySelectorAll('.canvas li:first-child button').forEach((each) => each.click())")
    page.evaluate("document.querySelectorAll('.canvas li:first-child button').forEach((each) => each.click())")
    assert page.evaluate(OVERLAPS) == 0


def test_boxes_of_a_column_are_a_row_apart(largest):
    """And a line over several columns has a place of its own in each."""
    subjects = [Subject("urgency"), *(Subject("hypothesis", each.hypothesis) for each in largest.verdict.hypotheses)]
    for subject in subjects:
        drawing = draw(how(largest, subject))
        places = [(node.column, node.row) for node in drawing.nodes]
        places += [place for line in drawing.lines for place in line.through]
        for column in {column for column, _ in places}:
            rows = sorted(row for at, row in places if at == column)
            assert all(below - above >= 0.999 for above, below in pairwise(rows))
        for line in drawing.lines:
            start, end = (drawing.nodes[number].column for number in (line.start, line.end))
            assert [column for column, _ in line.through] == list(range(start + 1, end))


# --- the evidence and the rules ---------------------------------------------------------------------------------------


def test_bars_reach_both_ways(opened):
    """What speaks for is right of the middle, what speaks against left of it; in words it is said first."""
    answers = {**SITUATIONS["b12"], "feel": ("cramps",)}
    page = opened(to_html(consult(BASE, answers), emergency_number="112")).page
    rows = page.locator(".evidence > li")
    against = rows.filter(has=page.locator("rect.against"))
    for bars, side in (("rect.for", 1), ("rect.against", -1)):
        ends = page.eval_on_selector_all(bars, "all => all.map((b) => [b.x.baseVal.value, b.width.baseVal.value])")
        assert ends
        assert all(side * (x + width / 2) > 0 and abs(x) <= 100 and width > 0 for x, width in ends)
    assert "against it" in against.first.inner_text()


def test_every_rule_that_fired_is_there_with_its_sources(opened):
    consultation = situation("b12")
    page = opened(PAGES["b12"]).page
    unfold(page)
    shown = {each.split()[-1] for each in page.eval_on_selector_all(".rule code", "all => all.map((c) => c.innerText)")}
    assert set(consultation.trace.true_rules) <= shown
    assert page.locator(".rule .cites li").count() >= len(shown)
    text = page.inner_text("#rules")
    assert {"seen", "not seen", "disputed"} <= set(page.locator("#rules .badge").all_inner_texts())
    assert "textbook knowledge" in text


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SHOWN_TO_ALL)
def test_axe_finds_nothing(opened, name, scheme):
    """No rule of axe is broken, folded or unfolded, contrast included, in light and dark."""
    page = opened(PAGES[name], color_scheme=scheme).page
    for prepare in (lambda: None, lambda: unfold(page), lambda: page.check("#bookkeeping")):
        prepare()
        page.locator("#at").fill(str(page.evaluate("Math.floor(document.getElementById('at').max / 2)")), force=True)
        found = Axe().run(page).response["violations"]
        assert not found, json.dumps(
            [(each["id"], each["help"], each["nodes"][0]["html"][:200]) for each in found], indent=1
        )


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", ["b12", "emergency", "interrupted"])
def test_nothing_runs_over_the_side(opened, name, width):
    """On a phone and on a projector the page scrolls downwards only."""
    page = opened(PAGES[name], width=width).page
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_everything_but_the_slider_is_there(opened):
    page = opened(PAGES["b12"], java_script_enabled=False).page
    for each in page.locator("details:not(details details) > summary").all():
        each.click()
    text = page.inner_text("body")
    assert "The slider needs JavaScript" in text
    assert "When do the cramps come?" in page.inner_text("table")


@pytest.mark.parametrize(("paper", "width"), [("A4", 687), ("Letter", 710)])
def test_it_prints_well(opened, paper, width):
    """The main reasons unfolded, no controls, black on white, within the margins; then as it was."""
    page = opened(PAGES["b12"], width=width, color_scheme="dark").page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator(".player").is_visible()
    assert not page.locator("table").is_visible()
    assert page.locator(".tree").first.is_visible()
    assert "Numb feet are an early sign." in page.inner_text("#evidence")
    assert "Low vitamin D: a risk, without a known sign" in page.inner_text("#evidence")
    assert "Skin makes vitamin D" not in page.inner_text("#evidence")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[data-print][open]").count() == 0
    page.locator("details.table").evaluate("(each) => { each.open = true; }")
    assert page.locator("table").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.pdf(format=paper).startswith(b"%PDF")


# --- the command ------------------------------------------------------------------------------------------------------

ANSWERS = "answers: {chest_pain: no, age: from_18_to_49, cramps: yes, cramp_timing: [night], water_glasses: 3}\n"


def test_the_command(tmp_path):
    """One file that only its owner can read, and nothing on the screen."""
    (tmp_path / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    done = piped(tmp_path, "report", "answers.yaml", "-o", "out.html", "--rules", str(LEGS), "--region", "NZ")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "111" in html
    assert stat.S_IMODE((tmp_path / "out.html").stat().st_mode) == 0o600


def test_the_command_with_a_mistake_in_the_answers(tmp_path):
    done = piped(tmp_path, "report", "-", "-o", "out.html", "--rules", str(LEGS), typed="answers: {cramp: yes}\n")
    assert done.returncode == 2
    assert "Did you mean 'cramps'?" in done.stderr
    assert not (tmp_path / "out.html").exists()


def test_it_is_small_enough_to_send(stiff_legs, stiff_legs_reasoner):
    """Under 1.5 MB for a person who says yes to every second question, which is worse than any case."""
    answers = dict(everything_yes(stiff_legs, stiff_legs_reasoner).answers)
    for question in list(stiff_legs.questions.values())[::2]:
        if question.id != "age":
            answers[question.id] = {"yes_no": "no", "many": (NONE_OF_THESE,)}.get(question.type, answers[question.id])
    consultation = consult(stiff_legs, answers, stiff_legs_reasoner)
    assert len(consultation.trace.true_rules) > 100
    assert len(to_html(consultation, emergency_number="999").encode()) < 1_500_000
