"""Emergency numbers by region.

A wrong number is worse than a long line: unless the region was chosen, or the locale names it clearly, all the common
numbers are shown with where they hold.
"""

from __future__ import annotations

from collections.abc import Mapping

PLACEHOLDER = "{emergency_number}"
#: Chooses the region when `--region` does not.
VARIABLE = "LEGWISE_REGION"

_EUROPE = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IT LT LU LV MT NL PL PT RO SE SI SK IS EU"
#: The number that brings an ambulance, by ISO 3166 code (`EU` for any country of the European Union).
NUMBERS: dict[str, str] = {
    **dict.fromkeys(_EUROPE.split(), "112"),
    "AU": "000",
    "BR": "192",
    "CA": "911",
    "CH": "144",
    "CN": "120",
    "GB": "999",
    "HK": "999",
    "IE": "112 or 999",
    "IL": "101",
    "IN": "112",
    "JP": "119",
    "KR": "119",
    "MX": "911",
    "NO": "113",
    "NZ": "111",
    "SG": "995",
    "TR": "112",
    "US": "911",
}
#: Other names that people use for a region.
_ALIASES = {"UK": "GB", "USA": "US"}
#: Longest wrong region that a message repeats.
_MAX_SHOWN = 20
#: What is said when the region is not known.
ALL_NUMBERS = "999 (UK), 112 (Europe) or 911 (US and Canada)"

#: The parts of a locale that people set to where they live rather than to a language, then the general one.
_LOCALE_VARIABLES = (
    "LC_ALL", "LC_TELEPHONE", "LC_ADDRESS", "LC_MONETARY", "LC_PAPER", "LC_MEASUREMENT", "LC_TIME", "LANG",
)  # fmt: skip


class RegionError(ValueError):
    """A region that is not known; the message says what is allowed."""


def choose(option: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the region chosen by the option or `LEGWISE_REGION`, else guessed from the locale; None when unsure.

    Raises: RegionError: the chosen region is not in the table.
    """
    for name, value in (("--region", option), (VARIABLE, environment.get(VARIABLE))):
        if value:
            return _known(name, value)
    return guess(environment)


def _known(name: str, value: str) -> str:
    code = value.strip().upper()
    code = _ALIASES.get(code, code)
    if code not in NUMBERS:
        allowed = ", ".join(sorted(NUMBERS))
        shown = value if value.isprintable() and len(value) <= _MAX_SHOWN else "this"
        raise RegionError(
            f"{name}: the emergency number of '{shown}' is not known; allowed: {allowed}. "
            f"Leave it out to be shown {ALL_NUMBERS}."
        )
    return code


def guess(environment: Mapping[str, str]) -> str | None:
    """Return the region that the locale names, or None.

    `en_US` is what many systems are set to by default, wherever they stand, so it alone does not count as the US.
    """
    for variable in _LOCALE_VARIABLES:
        territory = _territory(environment.get(variable, ""))
        if territory:
            return territory if territory in NUMBERS and territory != "US" else None
    return None


def _territory(locale: str) -> str:
    """Return `GB` for `en_GB.UTF-8`, and nothing for `C` or an empty one."""
    return locale.partition(".")[0].partition("@")[0].partition("_")[2].upper()


def emergency_number(region: str | None) -> str:
    """Return the number to call, or all of them with where they hold."""
    return NUMBERS.get(region or "", ALL_NUMBERS)


def fill(text: str, region: str | None) -> str:
    """Return a text of the base with the emergency number filled in."""
    return text.replace(PLACEHOLDER, emergency_number(region))
