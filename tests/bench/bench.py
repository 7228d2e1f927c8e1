"""How fast Legwise is, as ratios from one run: `make bench`, or `python tests/bench/bench.py`.

Nothing here is asserted: a machine can be slow. What is not installed, or cannot be run here, is a row with a note.
"""

# ruff: noqa: PLC0415, T201 - what is measured is imported by then only, and printing is the point

from __future__ import annotations

import os
import random
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

LEGWISE = [sys.executable, "-c", "import sys; from interview.cli import main; sys.exit(main())"]
EMPTY = "import questionary; questionary.select('Are you ready?', ['yes', 'no']).ask()"
#: experta as shipped does not import on these Pythons; the alias is what Legwise gives it.
STOCK_IMPORT = "import collections, collections.abc as a; collections.Mapping = a.Mapping; import experta, yaml"
ANSI = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]|\r")
NEXT = re.compile(rb"more after this|last question")
CASES = 40


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    theirs: str
    ratio: str
    wanted: str


def main() -> None:
    """Measure everything; print a row as soon as it is known."""
    rows: Sequence[Callable[[Path], Iterator[Row]]] = (
        first_text,
        first_question,
        next_question,
        inference,
        whole_run,
        explanations,
        engines,
    )
    print(f"CPython {sys.version.split()[0]}, {os.cpu_count()} cores; medians; read the ratios\n")
    print(f"{'':58}{'Legwise':>12}{'against':>12}{'ratio':>8}  wanted")
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for measure in rows:
            try:
                for row in measure(Path(folder)):
                    print(f"{row.what:58}{row.ours:>12}{row.theirs:>12}{row.ratio:>8}  {row.wanted}", flush=True)
            except Skip as skip:
                print(f"{(measure.__doc__ or '').rstrip('.'):58}  skipped: {skip}", flush=True)


class Skip(Exception):  # noqa: N818 - not an error
    """A row that cannot be measured here; the message says why."""


def prepare(folder: Path) -> None:
    """Warm the cache of the base, and keep what the interview keeps away from the home of whoever runs this."""
    os.environ.update(
        LEGWISE_CACHE_DIR=str(folder / "cache"), XDG_DATA_HOME=str(folder / "data"), TERM="xterm-256color"
    )
    os.environ["PYTHONPATH"] = str(ROOT)
    real_base()


def real_base():
    """The base that Legwise ships."""
    from expert.cache import cached_load, default_folder
    from expert.faults import FaultsError

    try:
        return cached_load(default_folder())
    except FaultsError as error:
        raise Skip(f"rules/stiff_legs does not load ({len(error.faults)} faults; see `legwise check`)") from error


def milliseconds(seconds: float) -> str:
    """A duration for the table."""
    return f"{seconds * 1000:.1f} ms"


def ratio(ours: float, theirs: float) -> str:
    """How many times as long."""
    return f"{ours / theirs:.2f}"


def median_of(measure: Callable[[], float], times: int = 15) -> float:
    """The middle of several runs, after one to warm up."""
    measure()
    return statistics.median(measure() for _ in range(times))


# --- start-up, in a pseudo-terminal -----------------------------------------------------------------------------------


class Terminal:
    """A program in a pseudo-terminal of 200 columns, and what it has written."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; the clock runs from here."""
        if os.name != "posix":
            raise Skip("no pseudo-terminal on this system")
        import fcntl
        import pty
        import struct
        import termios

        self.began = time.perf_counter()
        self.process, self.screen = pty.fork()
        if self.process == 0:
            os.execv(command[0], list(command))
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.written = b""

    def wait_for(self, pattern: re.Pattern[bytes], seconds: float = 20) -> float | None:
        """Return the time at which a pattern was there, or None when it did not come."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.screen], [], [], left)[0]:
                try:
                    new = os.read(self.screen, 65536)
                except OSError:
                    return None
                if b"\x1b[6n" in new:  # where is the cursor?
                    os.write(self.screen, b"\x1b[1;1R")
                self.written += new
                if pattern.search(ANSI.sub(b"", self.written)):
                    return time.perf_counter()
        return None

    def drain(self) -> None:
        """Read what still comes at once, and forget all that was written."""
        while select.select([self.screen], [], [], 0.01)[0]:
            try:
                if not os.read(self.screen, 65536):
                    break
            except OSError:
                break
        self.written = b""

    def close(self) -> None:
        """End the program."""
        import signal

        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.screen)


def time_until(command: Sequence[str], pattern: bytes) -> float:
    """Start a program; return the seconds until a pattern is on its screen."""
    terminal = Terminal(command)
    try:
        seen = terminal.wait_for(re.compile(pattern))
        if seen is None:
            raise Skip(f"{' '.join(command[:2])} never showed {pattern!r}: {terminal.written[-200:]!r}")
        return seen - terminal.began
    finally:
        terminal.close()


def first_text(_folder: Path) -> Iterator[Row]:
    """First line of text."""
    ours = median_of(lambda: time_until([*LEGWISE, "--no-save"], rb"\w"))
    bare = median_of(lambda: time_until([sys.executable, "-c", "print('ready')"], rb"\w"))
    yield Row("first line of text / bare python", milliseconds(ours), milliseconds(bare), ratio(ours, bare), "<= 3")


def first_question(_folder: Path) -> Iterator[Row]:
    """Time to the first question."""
    from expert.consultation import Consultation

    screen = Consultation.start(real_base()).screen
    assert screen is not None
    words = re.escape((screen.lists or screen.questions)[0].ask[:25].encode())
    ours = median_of(lambda: time_until([*LEGWISE, "--no-save"], words))
    empty = median_of(lambda: time_until([sys.executable, "-c", EMPTY], rb"Are you ready\?"))
    yield Row(
        "first question / empty questionary", milliseconds(ours), milliseconds(empty), ratio(ours, empty), "<= 1.3"
    )


def next_question(folder: Path) -> Iterator[Row]:
    """Key to the next question."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    terminal = Terminal(LEGWISE)
    took = []
    try:
        if terminal.wait_for(NEXT) is None:
            raise Skip(f"no first question: {terminal.written[-200:]!r}")
        while len(took) < 150:
            terminal.drain()
            pressed = time.perf_counter()
            os.write(terminal.screen, b"n")  # not sure: the way through the most questions
            shown = terminal.wait_for(NEXT, 5)
            if shown is None:
                break
            took.append(shown - pressed)
    finally:
        terminal.close()
    if len(took) < 20:
        raise Skip(f"only {len(took)} questions came; the last of the screen: {terminal.written[-200:]!r}")
    slow = statistics.quantiles(took, n=20)[-1]
    what = f"reply to next question, 95th percentile of {len(took)}"
    yield Row(what, milliseconds(slow), milliseconds(statistics.median(took)), "", "< 50 ms (against: median)")


# --- inference --------------------------------------------------------------------------------------------------------


def random_answers(base, chance: random.Random, *, yes: float = 0.15) -> dict[str, object]:
    """Answers to every question, mostly no."""
    answers: dict[str, object] = {}
    for question in base.questions.values():
        ids = list(question.options)
        if question.type == "yes_no":
            answers[question.id] = "yes" if chance.random() < yes else "no"
        elif question.type == "many":
            named = [option for option in ids if option != "none"]
            answers[question.id] = tuple(sorted(chance.sample(named, chance.randint(1, min(2, len(named))))))
        elif question.type == "one":
            answers[question.id] = chance.choice(ids)
        else:
            answers[question.id] = chance.randint(int(question.min or 0), int(question.max or 100))
    return answers


def inference(_folder: Path) -> Iterator[Row]:
    """Inference between two questions."""
    from expert.consultation import Consultation, LateReasoner

    base, chance = real_base(), random.Random(1)
    reasoner = LateReasoner(base)
    reasoner.get()
    engine, choice = [], []
    for _ in range(6):
        answers = random_answers(base, chance)
        consultation = Consultation.start(base, reasoner)
        while (screen := consultation.screen) is not None:
            consultation = consultation.answer({one.id: answers[one.id] for one in screen.questions})  # type: ignore[misc]
            began = time.perf_counter()
            reasoner.get().infer(consultation.answers)
            fired = time.perf_counter()
            _ = consultation.verdict, consultation.screen, consultation.at_most_left
            engine.append(fired - began)
            choice.append(time.perf_counter() - began)
    for what, took in (("experta", engine), ("experta, verdict and choice of question", choice)):
        slow = statistics.quantiles(took, n=20)[-1]
        median = milliseconds(statistics.median(took))
        yield Row(f"... of which {what}", milliseconds(slow), median, "", "< 5 ms (against: median)")


# --- from a file ------------------------------------------------------------------------------------------------------


def whole_run(folder: Path) -> Iterator[Row]:
    """Whole consultation from a file."""
    import yaml

    base = real_base()
    answers = random_answers(base, random.Random(2))
    written = {name: list(reply) if isinstance(reply, tuple) else reply for name, reply in answers.items()}
    path = folder / "answers.yaml"
    path.write_text(yaml.safe_dump({"answers": written}), encoding="utf-8")

    def timed(command: Sequence[str]) -> float:
        began = time.perf_counter()
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise Skip(f"{command[-3:]} ended with {run.returncode}: {run.stderr.strip()[-200:]}")
        return time.perf_counter() - began

    bare = median_of(lambda: timed([sys.executable, "-c", STOCK_IMPORT]), 9)
    for form in ("--json", "--markdown"):
        ours = median_of(lambda: timed([*LEGWISE, "run", form, str(path)]), 9)  # noqa: B023 - called at once
        yield Row(
            f"legwise run {form} / import experta, yaml",
            milliseconds(ours),
            milliseconds(bare),
            ratio(ours, bare),
            "<= 3",
        )


# --- explanations -----------------------------------------------------------------------------------------------------


def explanations(_folder: Path) -> Iterator[Row]:
    """Explanations and the report."""
    from expert.cache import default_folder
    from expert.cases import read_cases
    from expert.consultation import LateReasoner, consult
    from expert.model import URGENCIES
    from interview.explaining import Wanted, explained
    from interview.html_report import to_html

    base = real_base()
    reasoner = LateReasoner(base)
    held = [consult(base, case.answers, reasoner) for case in read_cases(base, default_folder() / "cases")]

    def timed(wanted: Sequence[Wanted]) -> list[float]:
        took = []
        for consultation in held:
            _ = consultation.verdict, consultation.outlook
            for one in wanted:
                began = time.perf_counter()
                explained(consultation, one, str)
                took.append(time.perf_counter() - began)
        return took

    names = tuple(base.hypotheses)
    question = next(one.id for one in base.questions.values() if one.type == "yes_no")
    for what, wanted, goal in (
        ("explain --how", [Wanted(how=(name,)) for name in names], "< 100 ms (against: median)"),
        ("explain --why", [Wanted(why=(one,)) for one in list(base.questions)[::8]], "< 100 ms (against: median)"),
        ("explain --what-if", [Wanted(what_if=(f"{question}=yes",))], "< 100 ms (against: median)"),
        (
            "explain --why-not",
            [Wanted(why_not=(name,)) for name in (*names, *URGENCIES)],
            "< 1 s (against: median)",
        ),
    ):
        took = timed(wanted)
        yield Row(
            f"{what}, slowest of {len(took)}", milliseconds(max(took)), milliseconds(statistics.median(took)), "", goal
        )
    took, sizes = [], []
    for consultation in held:
        began = time.perf_counter()
        sizes.append(len(to_html(consultation, emergency_number="112")))
        took.append(time.perf_counter() - began)
    yield Row(
        f"report, slowest of {len(took)}", milliseconds(max(took)), milliseconds(statistics.median(took)), "", "< 1 s"
    )
    yield Row(
        "report, largest", f"{max(sizes) / 1e6:.2f} MB", f"{statistics.median(sizes) / 1e6:.2f} MB", "", "< 1.5 MB"
    )


# --- engines ----------------------------------------------------------------------------------------------------------


def engines(_folder: Path) -> Iterator[Row]:
    """Consultations a second."""
    from expert.infer import Reasoner

    base, chance = real_base(), random.Random(3)
    cases = [random_answers(base, chance) for _ in range(CASES)]
    reasoner = Reasoner(base)
    traces = [reasoner.infer(answers) for answers in cases]  # type: ignore[arg-type]

    def rate(run: Callable[[dict[str, object]], object], some: Sequence[dict[str, object]]) -> float:
        began = time.perf_counter()
        for answers in some:
            run(answers)
        return len(some) / (time.perf_counter() - began)

    ours = rate(reasoner.infer, cases)  # type: ignore[arg-type]
    shipped = shipped_reasoner(base)
    few = cases[: max(3, CASES // 10)]
    theirs = rate(shipped.infer, few)
    same = all(
        shipped.infer(case).true_rules and as_sets(shipped.infer(case)) == as_sets(trace)
        for case, trace in zip(few, traces, strict=False)
    )
    note = "" if same else "; not the same conclusions!"
    yield Row(
        "consultations a second / experta as shipped",
        f"{ours:.0f}",
        f"{theirs:.1f}",
        ratio(ours, theirs),
        f"about 4 or more{note}",
    )
    try:
        from expert.clips_engine import ClipsEngine
    except ImportError:
        raise Skip("against CLIPS: clipspy is not installed (pip install 'legwise[clips]')") from None
    from expert.logic import Outlook
    from expert.verdict import judge

    def by_experta(answers: dict[str, object]):
        return judge(base, reasoner.infer(answers), Outlook(base, answers))  # type: ignore[arg-type]

    engine = ClipsEngine(base)
    same = all(engine.run(answers).verdict == by_experta(answers) for answers in cases)  # type: ignore[arg-type]
    ours, theirs = rate(by_experta, cases), rate(engine.run, cases)  # type: ignore[arg-type]
    note = "" if same else "; not the same verdicts!"
    yield Row(
        "consultations a second, with verdict / CLIPS",
        f"{ours:.0f}",
        f"{theirs:.0f}",
        ratio(ours, theirs),
        f"(higher is better){note}",
    )


def as_sets(trace) -> frozenset[str]:
    """The productions that fired, whatever their order."""
    return frozenset(firing.production for firing in trace.firings)


def shipped_reasoner(base):
    """Return a reasoner over the same productions, in experta's own matcher, network and strategy."""
    from expert.engine import KnowledgeEngine, Rule
    from expert.infer import Reasoner

    class Shipped(Reasoner):
        """Every production becomes a plain experta rule."""

        def __init__(self) -> None:
            super().__init__(base)
            import experta  # after the shim of expert.engine

            def plain(production, engine_of):
                conditions = [one.fact_type(v=experta.P(one.test)) for one in production]

                def fire(engine) -> None:
                    matched = [fact for fact in engine.facts.values() if type(fact) is conditions[0].__class__]
                    engine_of.on_fire(production, matched)

                fire.__name__ = production.__name__
                return Rule(*conditions)(fire)

            body = {f"r{place}": plain(one, self) for place, one in enumerate(self.program.productions)}
            self._engine = type("Engine", (KnowledgeEngine,), body)()
            self._empty()

        def on_fire(self, production, matched) -> None:
            """Record a firing, as the reasoner does."""
            self._on_fire(production, matched)

    return Shipped()


if __name__ == "__main__":
    main()
