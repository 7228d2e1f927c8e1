"""Certainty factors: the algebra of `combine`, and the bands that people see."""

from __future__ import annotations

from itertools import permutations

import pytest
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from random_bases import whole

from expert.certainty import combine, weigh
from expert.model import BANDS, Base, Evidence, Is, Rule

factors = st.lists(st.floats(0.01, 0.99), max_size=6)
evidence = st.builds(
    Evidence,
    st.just("h0"),
    st.sampled_from(("for", "against")),
    st.sampled_from(("hallmark", "strong", "moderate", "weak")),
    st.sampled_from(("sign", "risk", None)),
    st.sampled_from((None, "g", "k")),
)


def base_with(*found: Evidence) -> Base:
    """A base in which these are the rules about `h0`."""
    return whole([], [Rule(f"r{place}", Is("q", ("yes",)), one, "", ()) for place, one in enumerate(found)])


def weighed(*found: Evidence):
    """The hypothesis weighed with all of this evidence true."""
    base = base_with(*found)
    return weigh(base, "h0", base.evidence_rules["h0"])


def sign(strength: str, group: str | None = None) -> Evidence:
    """A sign for the hypothesis."""
    return Evidence("h0", "for", strength, "sign", group)


def risk(strength: str, group: str | None = None) -> Evidence:
    """A risk for the hypothesis."""
    return Evidence("h0", "for", strength, "risk", group)


def against(strength: str, group: str | None = None) -> Evidence:
    """What argues against the hypothesis."""
    return Evidence("h0", "against", strength, None, group)


# --- combine ----------------------------------------------------------------------------------------------------------


@effort(200)
@given(factors, factors, st.randoms(use_true_random=False))
def test_combine_commutes(supporting, opposing, chance) -> None:
    """Any order gives the same factor, but for the last bits; sorted first, the same to the bit."""
    mixed = chance.sample(supporting, len(supporting)), chance.sample(opposing, len(opposing))
    assert combine(*mixed) == pytest.approx(combine(supporting, opposing), abs=1e-12)
    assert combine(*map(sorted, mixed)) == combine(sorted(supporting), sorted(opposing))


@effort(200)
@given(factors, factors)
def test_combine_stays_within_its_ends_and_turns_round(supporting, opposing) -> None:
    """Never beyond full certainty; what speaks for and against changed about gives the negative."""
    assert -1 <= combine(supporting, opposing) <= 1
    assert combine(opposing, supporting) == -combine(supporting, opposing)


@effort(100)
@given(factors, st.floats(0.01, 0.99))
def test_combine_rises_with_what_speaks_for_and_falls_with_what_speaks_against(some, more) -> None:
    """Evidence never works the wrong way."""
    assert combine([*some, more], []) >= combine(some, [])
    assert combine([], [*some, more]) <= combine([], some)
    assert combine([more], some) >= combine([], some)
    assert combine(some, [more]) <= combine(some, [])


@pytest.mark.parametrize(
    ("supporting", "opposing", "certainty"),
    [
        ([], [], 0),
        ([0.8], [], 0.8),
        ([], [0.6], -0.6),
        ([0.6, 0.6], [], 0.84),
        ([0.6, 0.35], [], 0.74),
        ([0.6], [0.6], 0),
        ([0.8], [0.35], (0.8 - 0.35) / (1 - 0.35)),
        ([0.15] * 3, [], 1 - 0.85**3),
    ],
)
def test_combine_gives_the_values_of_the_formula(supporting, opposing, certainty) -> None:
    """EMYCIN by hand: a + b - ab on one side, (a - b) / (1 - min(a, b)) between the two."""
    assert combine(supporting, opposing) == pytest.approx(certainty)


def test_combine_bears_any_amount_of_evidence_on_both_sides() -> None:
    """Where belief and disbelief both round to 1, the formula as printed would divide by zero."""
    assert combine([0.9] * 400, [0.9] * 400) == 0
    assert combine([0.9] * 40, [0.9] * 38) == pytest.approx(0.99)
    assert combine([0.99] * 400, [0.5]) == 1


# --- bands ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "band"),
    [
        ((), "none"),
        ((risk("hallmark"), risk("hallmark")), "none"),  # a risk without a sign
        ((against("hallmark"),), "none"),
        ((sign("hallmark"), sign("hallmark")), "possible"),  # a sign without a risk
        ((sign("hallmark"), risk("weak")), "likely"),
        ((sign("strong"), risk("moderate")), "likely"),  # 0.74
        ((sign("strong"), risk("weak")), "possible"),  # 0.66
        ((sign("moderate"),), "possible"),
        ((sign("weak"),), "less_likely"),
        ((sign("weak"), risk("weak")), "less_likely"),  # 0.2775
        ((sign("hallmark"), risk("weak"), against("strong")), "possible"),
        ((sign("strong"), against("strong")), "less_likely"),
        ((sign("weak"), against("hallmark")), "less_likely"),
    ],
)
def test_bands_follow_certainty_and_the_caps_on_signs_and_risks(found, band: str) -> None:
    """At most possible without both a sign and a risk; no sign of it without a sign."""
    assert weighed(*found).band == band


def test_only_the_strongest_of_a_group_counts() -> None:
    """Evidence that restates one fact is not added up; the weaker is kept for the explanation, as outdone."""
    weight = weighed(sign("weak", "g"), sign("strong", "g"), sign("moderate", "g"))
    assert weight.certainty == pytest.approx(0.6)
    assert (weight.supporting, weight.outdone) == (("r1", "r2", "r0"), ("r2", "r0"))
    assert weighed(sign("strong", "g"), sign("strong", "k")).certainty == pytest.approx(0.84)
    assert weighed(sign("strong", "g"), against("strong", "g")).certainty == 0, "for and against are two directions"


@effort(200)
@given(st.lists(evidence, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_rules_changes_neither_certainty_nor_band(found, chance) -> None:
    """Exactly: evidence is combined from the strongest down, whatever its order."""
    mixed = chance.sample(found, len(found))
    first, second = weighed(*found), weighed(*mixed)
    assert (first.certainty, first.band) == (second.certainty, second.band)


@effort(200)
@given(st.lists(evidence, max_size=5), evidence)
def test_one_more_piece_of_evidence_never_moves_the_band_the_wrong_way(found, more) -> None:
    """What the choice of questions relies on: for never lowers a band, against never raises it."""
    # Only what argues for a hypothesis is a sign or a risk.
    found, more = ([_plain(one) for one in found], _plain(more))
    before, after = BANDS.index(weighed(*found).band), BANDS.index(weighed(*found, more).band)
    assert after <= before if more.direction == "for" else after >= before


def _plain(one: Evidence) -> Evidence:
    return one if one.direction == "for" else against(one.strength, one.group)


def test_every_order_of_mixed_evidence_has_one_certainty() -> None:
    """All 120 orders of five pieces, to the last bit."""
    found = (sign("strong"), risk("moderate", "g"), risk("weak", "g"), against("moderate"), against("weak"))
    assert len({weighed(*order).certainty for order in permutations(found)}) == 1
