"""A report as Markdown (CommonMark): headings, lists, and the sources at the end with their addresses."""

from __future__ import annotations

from expert.harmless import for_markdown, is_web_address
from interview.render.layout import Card, Line, lay_out, source_in_words
from interview.report import Cited, Report


def to_markdown(report: Report, *, full: bool = True) -> str:
    """Return the report as Markdown, ending in a newline; every text in it is escaped."""
    page = lay_out(report, full=full)
    lines = [f"# {for_markdown(report.base.title)}"]
    for block in page.blocks:
        if isinstance(block, Card):
            lines += ["", f"## {for_markdown(block.title)}"]
            lines += [text for line in block.lines for text in _line(line)]
        else:
            lines += _line(block)
    if page.sources:
        lines += ["", "## Sources", ""]
        lines += [f"{number}. {_source(source)}" for number, source in enumerate(page.sources, 1)]
    return _spaced([*lines, *_line(page.last)])


def _line(line: Line) -> list[str]:
    lead = for_markdown(line.lead)
    text = for_markdown(line.text)
    marks = f"[{', '.join(map(str, line.sources))}]" if line.sources else ""
    words = " ".join(part for part in (f"**{lead}**" if lead else "", text, marks) if part)
    match line.style:
        case "heading":
            return ["", f"## {words}"]
        case "name":
            return ["", f"### {words}"]
        case "item":
            return [f"- {words}"]
        case "quiet":
            return ["", "---", "", words]
        case "text" | "apart":
            return ["", words]


def _source(source: Cited) -> str:
    address = f" <{source.url}>" if source.url and is_web_address(source.url) else ""
    return for_markdown(source_in_words(source)) + address


def _spaced(lines: list[str]) -> str:
    """Join lines, with an empty line where a list meets something else and never two in a row."""
    spaced: list[str] = []
    for line in lines:
        before = spaced[-1] if spaced else ""
        if not line and not before:
            continue
        if line and before and (before.startswith("- ") != line.startswith("- ") or before.startswith("#")):
            spaced.append("")
        spaced.append(line)
    return "\n".join(spaced) + "\n"
