"""Stepping through the engine, without a terminal: where one stands, and what each command does.

The full screen and the line mode drive the same `Session`; `interview.render.stepping` draws it.
"""

from __future__ import annotations

import shlex
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal

from msgspec import Struct

from expert.consultation import Consultation
from expert.faults import Faults, listing, quoted, suggestion
from expert.infer import FactSeen, Move
from expert.model import Base
from expert.stepper import Order, State, Stepper, Target, UnknownNameError, Waiting
from expert.strategies import NAMES
from expert.timeline import Told, fact_in_words, production_in_words


class Command(Struct, frozen=True):
    """One command: the key and the word for it, and what it may be given."""

    key: str
    word: str
    takes: Literal["", "name", "strategy"]
    meaning: str


NEXT = Command("n", "next", "", "one step forward")
BACK = Command("b", "back", "", "one step back")
RUN = Command("r", "run", "name", "run until a rule is about to fire, or a fact or answer has come in")
STOP = Command("x", "break", "name", "stop there whenever you continue; the same name again takes it away")
CONTINUE = Command("c", "continue", "", "run on to the next break, or to the end")
PARTIAL = Command("p", "partial", "name", "a rule's partial matches: which conditions are met, by which fact")
STRATEGY = Command("s", "strategy", "strategy", "choose what fires next by another strategy")
ORDERS = Command("o", "orders", "strategy", "compare firing orders: with one strategy, or without a name with all")
AGENDA = Command("a", "agenda", "", "the whole agenda, and why it is in that order")
MEMORY = Command("m", "memory", "", "the whole working memory")
FIRED = Command("f", "fired", "", "what has happened so far")
KEEPING = Command("k", "bookkeeping", "", "show or hide what only the engine needs")
START = Command("0", "start", "", "back to the beginning")
END = Command("e", "end", "", "run to the end")
HELP = Command("?", "help", "", "this list")
LEAVE = Command("q", "quit", "", "leave")
COMMANDS = (
    NEXT, BACK, RUN, STOP, CONTINUE, PARTIAL, STRATEGY, ORDERS, AGENDA, MEMORY, FIRED, KEEPING, START, END, HELP, LEAVE,
)  # fmt: skip


class Opened(Struct, frozen=True):
    """A page that a command opens, and what is on it beside what the session shows."""

    command: Command
    productions: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()


class LeftError(Exception):
    """The person has asked to leave."""


class Glance(Struct, frozen=True):
    """What is to be seen at one place: all of it the engine's own.

    `moves` are the steps since the place before; `next` is the activation that fires next; `hidden_waiting` and
    `hidden_known` count what is bookkeeping and not shown.
    """

    state: State
    moves: tuple[Move, ...]
    agenda: tuple[Waiting, ...]
    memory: tuple[FactSeen, ...]
    added: frozenset[int]
    hidden_waiting: int
    hidden_known: int


class Session:
    """One person stepping through one run.

    `message` is what there is to say after a command; `is_misnamed` is whether it says that the name was unknown.
    """

    def __init__(self, stepper: Stepper, title: str) -> None:
        """Stand at the beginning. Args: title: what the answers are called, harmless."""
        self.stepper = stepper
        self.title = title
        self.shows_bookkeeping = False
        self.breaks: dict[str, Target] = {}
        self.message = ""
        self.is_misnamed = False
        self._mark_stops()
        self._go(0)

    @cached_property
    def is_complete(self) -> bool:
        """Whether no question is left that could change the verdict."""
        return Consultation.start(self.base).add(self.stepper.answers).complete

    @property
    def base(self) -> Base:
        """The rule base."""
        return self.stepper.base

    # --- places to stop -------------------------------------------------------------------------------------------

    def _mark_stops(self) -> None:
        """Find where to pause: at the end, and before every step that is shown."""
        moves = self.stepper.moves
        shown = [number for number, move in enumerate(moves) if self.shows_bookkeeping or not self.is_minor(move)]
        self._stops = [*shown, len(moves)]

    def is_minor(self, move: Move) -> bool:
        """Tell whether a step adds nothing that a person would miss."""
        if move.firing is None:
            return False
        return move.repeats or self.sort(move.firing.production) == "bookkeeping"

    def sort(self, production: str) -> str:
        """Return what a production is about."""
        return production_in_words(self.base, production).sort

    def _go(self, number: int) -> None:
        """Go to the first place to stop that is not before a step."""
        self.stepper.to(self._stops[min(bisect_left(self._stops, number), len(self._stops) - 1)])

    @property
    def place_before(self) -> int:
        """The number of steps at the last place to stop before this one."""
        place = bisect_left(self._stops, self.stepper.number)
        return self._stops[place - 1] if place else 0

    # --- what is seen ---------------------------------------------------------------------------------------------

    def glance(self) -> Glance:
        """Return what is to be seen here."""
        state = self.stepper.state()
        moves = self.stepper.moves[self.place_before : state.number]
        agenda = tuple(each for each in state.agenda if self.shows_bookkeeping or not self._is_quiet(each))
        memory = tuple(each for each in state.memory if self.shows_bookkeeping or not self._is_minor_fact(each))
        return Glance(
            state=state,
            moves=moves,
            agenda=agenda,
            memory=memory,
            added=frozenset(fact.number for move in moves for fact in move.added),
            hidden_waiting=len(state.agenda) - len(agenda),
            hidden_known=len(state.memory) - len(memory),
        )

    def _is_quiet(self, waiting: Waiting) -> bool:
        return waiting.repeats or self.sort(waiting.production) == "bookkeeping"

    def _is_minor_fact(self, fact: FactSeen) -> bool:
        return self.told(fact).sort == "bookkeeping"

    def told(self, fact: FactSeen) -> Told:
        """Return a fact in words."""
        return fact_in_words(self.base, self.stepper, fact)

    def answers_in(self) -> list[Move]:
        """Return the answers that have come in."""
        return [move for move in self.stepper.moves[: self.stepper.number] if move.question is not None]

    # --- commands -------------------------------------------------------------------------------------------------

    def do(self, command: Command, name: str = "") -> Opened | None:
        """Carry a command out; return a page if it opens one. What there is to say is in `message`.

        Raises: LeftError.
        """
        self.message, self.is_misnamed = "", False
        try:
            return self._do(command, name)
        except UnknownNameError as error:
            self.message, self.is_misnamed = str(error), True
            return None

    def _do(self, command: Command, name: str) -> Opened | None:
        if command is LEAVE:
            raise LeftError
        if command in _GOING:
            _GOING[command](self)
        elif command is KEEPING:
            self._show_or_hide()
        elif command is RUN:
            self._run(self.stepper.find(name))
        elif command is STOP:
            self._break(name)
        elif command is STRATEGY:
            self._use(known_strategy(name))
        elif command is PARTIAL:
            return Opened(command, productions=self.stepper.find_productions(name))
        elif command is ORDERS:
            return Opened(command, orders=self._orders(name))
        else:
            return Opened(command)
        return None

    @property
    def is_at_end(self) -> bool:
        """Whether nothing waits and no answer is left."""
        return self.stepper.number == self.stepper.length

    def forward(self) -> None:
        """Go to the next place to stop."""
        if self.is_at_end:
            self.message = "This is the end: nothing waits, and no answer is left."
        else:
            self.stepper.to(self._stops[bisect_right(self._stops, self.stepper.number)])

    def _back(self) -> None:
        if self.stepper.number <= self._stops[0]:
            self.message = "This is the beginning."
        else:
            self.stepper.to(self.place_before)

    def _start(self) -> None:
        self._go(0)

    def _end(self) -> None:
        self._go(self.stepper.length)

    def _show_or_hide(self) -> None:
        self.shows_bookkeeping = not self.shows_bookkeeping
        self._mark_stops()
        self._go(self.stepper.number)
        self.message = f"Bookkeeping is {'shown' if self.shows_bookkeeping else 'hidden'}."

    def _run(self, target: Target) -> None:
        number = self._first([target], self.stepper.number + 1)
        if number is not None:
            self.stepper.to(number)
            return
        earlier = self._first([target], 0)
        if earlier is not None:
            self.message = f"Not after this; it was at step {earlier}. 0 goes back to the beginning."
        elif target.productions:
            self.message = "It never fires with these answers. p shows which of its conditions are missing."
        else:
            self.message = "It never comes into working memory with these answers."

    def _first(self, targets: Sequence[Target], start: int) -> int | None:
        """Return the first place, from `start`, where a target has been reached or is about to fire."""
        moves = self.stepper.moves
        for number in range(start, len(moves) + 1):
            if number and any(target.is_reached(moves[number - 1]) for target in targets):
                return self._stops[bisect_left(self._stops, number)]
            if number < len(moves) and any(target.is_next(moves[number]) for target in targets):
                return number
        return None

    def _continue(self) -> None:
        number = self._first(list(self.breaks.values()), self.stepper.number + 1)
        if number is None:
            self._end()
            self.message = "No break was reached." if self.breaks else "No break is set (x): this is the end."
        else:
            self.stepper.to(number)

    def _break(self, name: str) -> None:
        if self.breaks.pop(name, None) is None:
            self.breaks[name] = self.stepper.find(name)
        names = ", ".join(self.breaks)
        self.message = f"Breaks: {names}. c runs on to the next." if names else "No break is left."

    def _use(self, strategy: str) -> None:
        self.stepper.use(strategy)
        self._mark_stops()
        self._go(self.stepper.number)
        self.message = f"Now {strategy}: {self.stepper.named.prefers}. You stand where the last answer came in."

    def _orders(self, name: str) -> tuple[Order, ...]:
        """Return the present order, and that of one strategy or of all others."""
        present = self.stepper.named.name
        others = [known_strategy(name)] if name else [each for each in NAMES if each != present]
        return self.stepper.orders(present, *others)


_GOING: dict[Command, Callable[[Session], None]] = {
    NEXT: Session.forward,
    BACK: Session._back,  # noqa: SLF001 - the table of its own commands
    CONTINUE: Session._continue,  # noqa: SLF001
    START: Session._start,  # noqa: SLF001
    END: Session._end,  # noqa: SLF001
}


def known_strategy(name: str) -> str:
    """Return the name of a strategy. Raises: UnknownNameError: there is no such."""
    if name not in NAMES:
        near = suggestion(Faults().nearest(name, NAMES))
        raise UnknownNameError(f"No strategy is called {quoted(name)}; {listing(NAMES)}.{near}")
    return name


def read_command(typed: str) -> tuple[Command, str] | str:
    """Return the command that a typed line means and the name with it, or a sentence that says what is amiss.

    An empty line is one step forward.
    """
    try:
        words = shlex.split(typed)
    except ValueError:
        words = typed.split()
    if not words:
        return NEXT, ""
    first, *rest = words
    for command in COMMANDS:
        if first.lower() in (command.key, command.word):
            if rest and not command.takes:
                return f"{command.word} takes no name."
            if not rest and command.takes and command is not ORDERS:
                return f"{command.word} needs a name, as in: {command.key} {'depth' if command is STRATEGY else 'NAME'}"
            return command, " ".join(rest)
    near = suggestion(Faults().nearest(first, [command.word for command in COMMANDS]))
    return f"No command is called {quoted(first)}.{near} ? lists them."
