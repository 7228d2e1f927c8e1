"""A session of stepping as lines: one full screen, one step for the line mode, and the pages that commands open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from expert.harmless import harmless
from expert.infer import FactSeen, Move
from expert.stepper import Matched, Order, Waiting
from expert.strategies import strategies
from expert.timeline import production_in_words
from expert.verdict import Verdict
from expert.words import answer_in_words, band_in_words, question_in_words, urgency_in_words
from interview.stepping import AGENDA, COMMANDS, FIRED, MEMORY, ORDERS, PARTIAL, Glance, Opened, Session
from interview.wrapping import columns as width_of
from interview.wrapping import wrap

#: A piece of a line: its style and its text.
Piece = tuple[str, str]
Line = tuple[Piece, ...]

#: From here on agenda and memory stand side by side.
_TWO_PANES = 72
#: The fewest lines that a pane is given.
_LEAST_PANE = 3
_BETWEEN = " | "
_KEYS = "n next, b back, r run, p partial, s strategy, o orders, ? keys, q quit"
_FEW_KEYS = "n next, b back, ? keys, q quit"
#: Activations that the line mode shows of a long agenda.
_FEW_WAITING = 5


def folded(style: str, text: str, width: int, first: str = "", rest: str | None = None) -> list[Line]:
    """Return a text as lines of a style; `first` begins the first, `rest` the others (spaces as wide as `first`)."""
    hanging = " " * min(len(first), width // 2) if rest is None else rest
    told = harmless(text)
    if first.strip() and width_of(first + told.partition(" ")[0]) > width:  # no word would fit beside it
        told, first = f"{first.strip()} {told}", first[: len(first) - len(first.lstrip())]
    return [((style, line.rstrip()),) for line in wrap(told, max(width, 8), first=first, rest=hanging)]


def cut(lines: Sequence[Line], most: int, how: str) -> list[Line]:
    """Return at most so many lines; what is cut off is counted, with `how` to see it."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], (("quiet", f"... {len(lines) - most + 1} more lines{how}"),)]


# --- in words ---------------------------------------------------------------------------------------------------------


def heading(session: Session) -> str:
    """Say whose run this is and where it stands."""
    stepper = session.stepper
    return f"{stepper.base.name}, {session.title} | {stepper.named.name} | step {stepper.number} of {stepper.length}"


def fact_line(session: Session, fact: FactSeen) -> str:
    """Return a fact with its number."""
    return f"f-{fact.number} {session.told(fact).words}"


def facts_named(facts: Iterable[FactSeen]) -> str:
    """Return the numbers of facts."""
    return ", ".join(f"f-{fact.number}" for fact in facts)


def last_answer(session: Session) -> str:
    """Say which answer came in last."""
    answers = session.answers_in()
    if not answers:
        return f"No answer has come in yet, of {len(session.stepper.answers)}."
    return f"Answer {len(answers)} of {len(session.stepper.answers)}: {_answer(session, answers[-1])}"


def _answer(session: Session, move: Move) -> str:
    assert move.question is not None
    assert move.reply is not None
    return answer_in_words(session.base, move.question, move.reply)


def move_lines(session: Session, move: Move, width: int) -> list[Line]:
    """Say what one step did and what it added to working memory."""
    lines: list[Line] = []
    if move.question is not None:
        place = list(session.stepper.answers).index(move.question) + 1
        lines += folded(
            "did", _answer(session, move), width, f"Answer {place} of {len(session.stepper.answers)}: ", "  "
        )
        if not move.added:
            lines += folded("quiet", "not sure is no fact: working memory stays as it is", width, "  ")
    elif move.firing is None:
        lines += folded("did", "the answers so far decide a score", width)
    else:
        firing = move.firing
        lines += folded("did", f"{firing.production}, from {facts_named(firing.matched)}", width, "Fired ")
        if firing.declared is None:
            lines += folded("quiet", "what it concludes was known already", width, "  ")
    for fact in move.added:
        lines += folded("new", fact_line(session, fact), width, "  + ", "      ")
    return lines


def event_lines(session: Session, moves: Sequence[Move], width: int) -> list[Line]:
    """Say what happened since the place before."""
    if not moves:
        return folded("did", "Working memory is empty: the run begins.", width)
    lines: list[Line] = []
    quiet = 0
    for move in moves:
        if session.shows_bookkeeping or not session.is_minor(move):
            lines += move_lines(session, move, width)
        else:
            quiet += 1
    if quiet:
        lines += folded("quiet", f"and {_count(quiet, 'step')} of bookkeeping (k shows them)", width, "  ")
    return lines


def next_lines(session: Session, agenda: Sequence[Waiting], width: int) -> list[Line]:
    """Say what comes next: the activation about to fire with the facts it matched, an answer, or nothing."""
    if agenda:
        here = agenda[0]
        lines = folded("next", here.production, width, "Fires next: ", "  ")
        for fact in here.facts:
            lines += folded("", fact_line(session, fact), width, "  if ", "     ")
        lines += folded("next", _concludes(session, here), width, "  then ", "       ")
        return lines
    number = session.stepper.number
    if number == session.stepper.length:
        lines = folded("next", "The end: nothing waits, and no answer is left.", width)
        return lines + folded("", verdict_in_words(session, session.stepper.verdict()), width, "  ")
    move = session.stepper.moves[number]
    if move.question is None:
        return folded("next", "Nothing waits. Next: the answers so far decide a score.", width)
    return folded("next", question_in_words(session.base, move.question), width, "Nothing waits. Next answer: ", "  ")


def _concludes(session: Session, waiting: Waiting) -> str:
    words = production_in_words(session.base, waiting.production).words
    return f"{words} (another way to the same)" if waiting.repeats else words


def waiting_lines(session: Session, agenda: Sequence[Waiting], width: int, *, full: bool) -> list[Line]:
    """Return the agenda, the first to fire on top, each with why it stands before the one after it."""
    lines: list[Line] = []
    for place, waiting in enumerate(agenda, 1):
        lead = f"{place}. "
        lines += folded("next" if place == 1 else "", waiting.production, width, lead)
        if full:
            for fact in waiting.facts:
                lines += folded("", fact_line(session, fact), width, "   if ", "      ")
            lines += folded("", _concludes(session, waiting), width, "   then ", "        ")
        if place < len(agenda):
            why = session.stepper.named.why(waiting.traits, agenda[place].traits)
            lines += folded("quiet", why, width, "   ")
    return lines


def memory_lines(session: Session, memory: Sequence[FactSeen], added: frozenset[int], width: int) -> list[Line]:
    """Return working memory, the newest fact on top; what this step added is marked."""
    lines: list[Line] = []
    for fact in reversed(memory):
        is_new = fact.number in added
        lines += folded("new" if is_new else "", fact_line(session, fact), width, "+ " if is_new else "  ", "    ")
    return lines


def verdict_in_words(session: Session, verdict: Verdict) -> str:
    """Return a verdict in a line: how soon, the red flags, and every hypothesis that has a band.

    While questions are open that could change it, it never sounds like the last word.
    """
    base = session.base
    flags = [harmless(base.red_flags[flag].label) for flag in verdict.red_flags]
    bands = [
        f"{harmless(base.hypotheses[weight.hypothesis].label)}: {band_in_words(weight.band)}"
        for weight in verdict.hypotheses
        if weight.band != "none"
    ]
    urgency = urgency_in_words(verdict.urgency)
    if session.is_complete:
        parts = [f"Verdict: {urgency}"]
    else:
        least = "how soon cannot be said" if verdict.urgency == "routine" else f"at least {urgency.lower()}"
        parts = [f"INCOMPLETE, not all questions are answered: {least}"]
    parts.append(f"red flags raised: {', '.join(flags) or 'none'}")
    if verdict.not_ruled_out:
        parts.append(f"not ruled out: {len(verdict.not_ruled_out)}")
    return f"{'; '.join([*parts, *bands])}."


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _hidden(count: int) -> str:
    return f", {count} hidden" if count else ""


# --- one screen -------------------------------------------------------------------------------------------------------


def screen(session: Session, columns: int, rows: int, prompt: Sequence[Line] = ()) -> list[Line]:
    """Return what fits into `columns` by `rows`; `prompt` are lines to keep at the bottom in place of the keys."""
    width = max(columns - 1, 8)
    glance = session.glance()
    small = rows < 20 or columns < _TWO_PANES  # noqa: PLR2004 - rows of a small window
    most = 4 if small else 6
    top = cut(folded("heading", heading(session), width), 2, "")
    if not any(move.question for move in glance.moves):
        top += cut(folded("quiet", last_answer(session), width), 1 if small else 2, "")
    top += cut(event_lines(session, glance.moves, width), most, "")
    top += cut(next_lines(session, glance.agenda, width), most, " (a)")
    bottom = list(prompt) or [
        *folded("message", session.message, width),
        *folded("quiet", _KEYS if width >= width_of(_KEYS) else _FEW_KEYS, width),
    ]
    bottom = bottom[: max(rows // 2, 1)]
    room = rows - len(bottom)
    left = room - len(top)
    if left < _LEAST_PANE:
        return [*cut(top, room, ""), *bottom]
    agenda_head = f"Agenda ({len(glance.agenda)}{_hidden(glance.hidden_waiting)})"
    memory_head = f"Working memory ({len(glance.memory)}{_hidden(glance.hidden_known)})"
    if columns >= _TWO_PANES:
        half = (width - len(_BETWEEN)) // 2
        left_lines = waiting_lines(session, glance.agenda, half, full=False)
        right_lines = memory_lines(session, glance.memory, glance.added, half)
        panes = (
            _pane(f"{agenda_head}: {session.stepper.named.prefers}", left_lines, half, left, " (a)"),
            _pane(memory_head, right_lines, half, left, " (m)"),
        )
        return _filled([*top, *_side_by_side(*panes, half)], bottom, rows)
    upper = max(min(left // 2, 1 + 2 * len(glance.agenda)), 1)
    agenda = _pane(agenda_head, waiting_lines(session, glance.agenda, width, full=False), width, upper, " (a)")
    memory_room = left - len(agenda)
    memory = _pane(memory_head, memory_lines(session, glance.memory, glance.added, width), width, memory_room, " (m)")
    return _filled([*top, *agenda, *memory], bottom, rows)


def _filled(lines: Sequence[Line], bottom: Sequence[Line], rows: int) -> list[Line]:
    """Return lines with those that belong to the bottom there."""
    return [*lines, *[()] * (rows - len(lines) - len(bottom)), *bottom]


def _pane(title: str, lines: Sequence[Line], width: int, rows: int, how: str) -> list[Line]:
    head = cut(folded("title", title, width), 2, "")
    return [*head, *cut(lines, rows - len(head), how)][:rows] if rows > len(head) else head[:rows]


def _side_by_side(left: Sequence[Line], right: Sequence[Line], width: int) -> Iterator[Line]:
    for one, other in zip_longest(left, right, fillvalue=()):
        used = sum(width_of(text) for _, text in one)
        yield (*one, ("quiet", " " * (width - used) + _BETWEEN), *other)


# --- one step, for the line mode --------------------------------------------------------------------------------------


def step_lines(session: Session, width: int) -> list[Line]:
    """Return what there is to say at this place: only what changed, the top of the agenda, and what comes next."""
    glance = session.glance()
    lines = [(), *folded("heading", heading(session), width)]
    if not any(move.question for move in glance.moves):
        lines += folded("quiet", last_answer(session), width)
    lines += event_lines(session, glance.moves, width)
    size = f"{len(glance.agenda)} waiting{_hidden(glance.hidden_waiting)}"
    if glance.agenda:
        lines += folded("title", f"Agenda, {size}; {session.stepper.named.prefers}:", width)
        lines += waiting_lines(session, glance.agenda[:_FEW_WAITING], width, full=False)
        if len(glance.agenda) > _FEW_WAITING:
            lines += folded("quiet", f"... {len(glance.agenda) - _FEW_WAITING} more (a)", width)
    return lines + next_lines(session, glance.agenda, width)


# --- pages ------------------------------------------------------------------------------------------------------------


def page_lines(session: Session, opened: Opened, width: int) -> list[Line]:
    """Return a page that a command opened."""
    glance = session.glance()
    if opened.command is AGENDA:
        return _agenda_page(session, glance, width)
    if opened.command is MEMORY:
        return _memory_page(session, glance, width)
    if opened.command is FIRED:
        return _fired_page(session, width)
    if opened.command is PARTIAL:
        return _partial_page(session, opened.productions, width)
    if opened.command is ORDERS:
        pair = len(opened.orders) == 2  # noqa: PLR2004 - two go side by side
        return (_two_orders_page if pair else _all_orders_page)(session, opened.orders, width)
    return _help_page(width)


def _agenda_page(session: Session, glance: Glance, width: int) -> list[Line]:
    named = session.stepper.named
    size = f"{len(glance.agenda)} waiting{_hidden(glance.hidden_waiting)}"
    head = folded("title", f"Agenda: {size}. {named.name}: {named.prefers}.", width)
    return [*head, *waiting_lines(session, glance.agenda, width, full=True)]


def _memory_page(session: Session, glance: Glance, width: int) -> list[Line]:
    head = f"Working memory: {_count(len(glance.memory), 'fact')}{_hidden(glance.hidden_known)}, the newest first."
    return [*folded("title", head, width), *memory_lines(session, glance.memory, glance.added, width)]


def _fired_page(session: Session, width: int) -> list[Line]:
    lines = folded("title", "What has happened so far, the last first.", width)
    for number, move in reversed(list(enumerate(session.stepper.moves[: session.stepper.number], 1))):
        if session.shows_bookkeeping or not session.is_minor(move):
            lines += folded("quiet", f"Step {number}", width)
            lines += move_lines(session, move, width)
    return lines


def _help_page(width: int) -> list[Line]:
    lines = folded("title", "Keys. In line mode type the letter or the word, and Enter.", width)
    for command in COMMANDS:
        name = {"": "", "name": " NAME", "strategy": " STRATEGY"}[command.takes]
        lines += folded("", command.meaning, width, f"{command.key}  {command.word}{name}: ", "   ")
    lines += folded("quiet", "Space, Enter and the right arrow go on; the left arrow goes back.", width)
    lines += folded("title", "NAME", width)
    lines += folded("", "the id of a rule, question, finding, red flag or hypothesis, or a fact such as f-12", width)
    lines += folded("title", "Strategies", width)
    for named in strategies().values():
        lines += folded("", f"{named.prefers}", width, f"{named.name}: ", "   ")
    return lines


def _partial_page(session: Session, productions: Sequence[str], width: int) -> list[Line]:
    lines = folded("title", "Partial matches, as the network remembers them.", width)
    for production in productions:
        for matched in session.stepper.matches(production):
            lines += _matched_lines(session, matched, width, "", {production})
    return lines


def _matched_lines(session: Session, matched: Matched, width: int, indent: str, told: set[str]) -> list[Line]:
    words = production_in_words(session.base, matched.production).words
    head = f"{matched.production}: {words}" if not indent else "one way to it"
    lines = folded("next" if not indent else "", f"{head}. {_sentence(matched.stands)}", width, indent)
    for place, condition in enumerate(matched.conditions, 1):
        box = "x" if condition.facts else " "
        style = "new" if condition.facts else "message"
        lines += folded(style, condition.words, width, f"{indent}  [{box}] ", f"{indent}      ")
        below = f"{indent}      "
        for fact in condition.facts:
            lines += folded("", fact_line(session, fact), width, f"{below}by ", f"{below}   ")
        if not condition.facts:
            lines += _missing_lines(session, condition.others, width, below)
            if condition.part is not None and condition.part not in told:
                for part in session.stepper.matches(condition.part):
                    lines += _matched_lines(session, part, width, below, {*told, condition.part})
        elif place < len(matched.conditions):
            ways = f"met together with all above: {'yes' if condition.ways else 'no'}"
            lines += folded("quiet", ways, width, below) if place > 1 else []
    return lines


def _missing_lines(session: Session, others: Sequence[FactSeen], width: int, indent: str) -> list[Line]:
    if not others:
        return folded("quiet", "missing: nothing is known of it", width, indent)
    return [line for fact in others for line in folded("quiet", f"missing: {fact_line(session, fact)}", width, indent)]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


# --- orders -----------------------------------------------------------------------------------------------------------


def _shown(session: Session, moves: Iterable[Move]) -> list[str]:
    return [
        move.firing.production
        for move in moves
        if move.firing is not None and (session.shows_bookkeeping or not session.is_minor(move))
    ]


def _two_orders_page(session: Session, orders: Sequence[Order], width: int) -> list[Line]:
    """Return two firing orders side by side where they differ, and whether the verdict does."""
    first, second = orders
    lines = folded("title", f"Firing orders: {first.strategy} and {second.strategy}", width)
    half = (width - len(_BETWEEN)) // 2
    same = 0
    for (question, moves), (_, others) in zip(first.stages(), second.stages(), strict=True):
        fired, other_fired = _shown(session, moves), _shown(session, others)
        if fired == other_fired:
            same += question is not None
            continue
        asked = "before the first answer" if question is None else question_in_words(session.base, question)
        lines += folded("heading", asked, width, "After: ", "  ")
        lines += _side_by_side(*_columns(first, second, fired, other_fired, half), half)
    if same:
        lines += folded("quiet", f"After {_count(same, 'answer')} the order is the same, or nothing fires.", width)
    return lines + _verdict_lines(session, orders, width)


def _columns(
    first: Order, second: Order, fired: Sequence[str], other_fired: Sequence[str], half: int
) -> tuple[list[Line], list[Line]]:
    left, right = folded("title", first.strategy, half), folded("title", second.strategy, half)
    for place, (one, other) in enumerate(zip_longest(fired, other_fired, fillvalue=""), 1):
        style = "" if one == other else "message"
        pair = folded(style, one, half, f"{place}. "), folded(style, other, half, f"{place}. ")
        rows = max(map(len, pair))
        left += [*pair[0], *[()] * (rows - len(pair[0]))]
        right += [*pair[1], *[()] * (rows - len(pair[1]))]
    return left, right


def _all_orders_page(session: Session, orders: Sequence[Order], width: int) -> list[Line]:
    """Say of every strategy after how many answers it fires in another order, and whether the verdict differs."""
    present, *others = orders
    lines = folded("title", f"Firing orders of all {len(orders)} strategies, beside {present.strategy}", width)
    mine = [_shown(session, moves) for _, moves in present.stages()]
    answers = _count(len(session.stepper.answers), "answer")
    for order in others:
        theirs = [_shown(session, moves) for _, moves in order.stages()]
        differ = sum(one != other for one, other in zip(mine, theirs, strict=True))
        prefers = strategies(session.stepper.seed)[order.strategy].prefers
        lines += folded("", f"{prefers}. Differs after {differ} of {answers}.", width, f"{order.strategy}: ", "   ")
    lines += folded("quiet", "o and a name puts two side by side.", width)
    return lines + _verdict_lines(session, orders, width)


def _verdict_lines(session: Session, orders: Sequence[Order], width: int) -> list[Line]:
    if any(order.verdict != orders[0].verdict for order in orders):
        return folded("message", "The verdicts differ. That is a fault of Legwise: please report it.", width)
    count = "both" if len(orders) == 2 else f"all {len(orders)}"  # noqa: PLR2004 - both
    return [
        *folded("new", f"The verdict is the same under {count}.", width),
        *folded("", verdict_in_words(session, orders[0].verdict), width),
    ]
