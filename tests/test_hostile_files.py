"""Files made to hurt: each ends in one clear message, within 2 seconds of processor time and 200 MB."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from bases import SECTIONS, write_base

from expert.answers import AnswersError, read_answers
from expert.lint import check
from expert.load import BaseErrors, load

ROOT = Path(__file__).parent.parent
MEMORY = 200_000_000
PROCESSOR_SECONDS = 2
#: Only ends a process that waits for something; a process that works is ended by its processor time.
PATIENCE = 60

CHECK = """
import sys
from expert.lint import check
for fault in check(sys.argv[1]):
    print(ascii(str(fault)))
"""


def checked_within_limits(folder: Path) -> list[str]:
    """Check a base in a process of bounded memory and processor time, and return the messages."""
    resource = pytest.importorskip("resource")

    def bind() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(folder)],
        cwd=ROOT,
        preexec_fn=bind,
        timeout=PATIENCE,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line[1:-1] for line in done.stdout.splitlines()]


def hostile(folder: Path, content: str | bytes) -> list[str]:
    """Return what is said of a base with one hostile file."""
    write_base(folder)
    (folder / "zz_more.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
    return checked_within_limits(folder)


def findings(count: int, reads: Callable[[int], str]) -> str:
    """Return findings f0, f1... of which each has one rule, with the condition `reads` gives for its number."""
    text = "findings:\n" + "".join(f" f{number}: {{label: F}}\n" for number in range(count)) + "rules:\n"
    for number in range(count):
        text += f" r{number}: {{if: {reads(number)}, then: {{finding: f{number}}}, because: B., sources: [book]}}\n"
    return text


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{previous}'] * 9)}]\n"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)


TOO_DEEP = "is nested more than 40 deep, the most that is read."
TOO_MUCH = "is too much: at most 100,000 values are read."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "1: sets the anchor '&a'; anchors are not allowed, write the value out."),
        ("rules: *a", "1: uses the alias '*a'; aliases are not allowed, write the value out."),
        ("[" * 900_000, f"1: {TOO_DEEP}"),
        ("{a: " * 200_000, f"1: {TOO_DEEP}"),
        ("- " * 400_000, f"1: {TOO_DEEP}"),
        ("".join(" " * depth + "a:\n" for depth in range(1300)), f"41: {TOO_DEEP}"),
        ("? " * 400_000, "1: has a list or a mapping as a key; a key is one word."),
        ("{[a]: b}", "1: has a list or a mapping as a key; a key is one word."),
        ("[" + "a," * 400_000 + "]", f"1: {TOO_MUCH}"),
        ("rules:\n" + "".join(f" r{number}: 1\n" for number in range(80_000)), f"49905: {TOO_MUCH}"),
        (
            "".join(f"%TAG !a{number}! b\n" for number in range(60_000)),
            "2: has a second line that begins with '%'; one is allowed.",
        ),
        ("---\n" * 200_000, "2: holds a second document ('---'); one is allowed."),
        ("rules: !x {}", "1: uses the tag '!x'; tags are not allowed."),
        (
            "rules: !!python/object/apply:os.system [ls]",
            "1: uses the tag 'tag:yaml.org,2002:python/object/apply:os.system'; tags are not allowed.",
        ),
        (b"findings:\n  f: {label: caf\xe9}", "2: byte 0xe9 is not UTF-8; save it as UTF-8."),
        (b"findings:\n  f: {label: \xed\xa0\x80}", "2: byte 0xed is not UTF-8; save it as UTF-8."),
        ("findings: {}".encode("utf-16"), "1: is saved as UTF-16; save it as UTF-8."),
        ("findings:\n\tf: {label: F}", "2: is not YAML: a tab indents this line; use spaces."),
        ("findings: [", "1: is not YAML: did not find expected node content (while parsing a flow node)."),
        ("findings: 'x", "1: is not YAML: found unexpected end of stream (while scanning a quoted scalar)."),
        (
            "rules: {r: {if: {tired: yes}}\nred_flags: {}\n",
            "2: is not YAML: did not find expected ',' or '}' (while parsing a flow mapping that begins on line 1).",
        ),
    ],
)
def test_a_hostile_file_ends_in_one_message(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert hostile(tmp_path, content) == [f"zz_more.yaml:{message}"]


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("'a\x00b'", "0000"),
        ("'a\x1b[2Jb'", "001B"),
        ("a\u009bb", "009B"),
        ("a\u202eb", "202E"),
        ("a\u2028b", "2028"),
        ("a\ufeffb", "FEFF"),
        # written as escapes, so that the file itself is harmless
        ('"a\\e[2Jb"', "001B"),
        ('"a\\rb"', "000D"),
        ('"a\\u2066b"', "2066"),
    ],
)
@pytest.mark.parametrize("entry", ["f: {label: LABEL}", "LABEL: {label: F}"])
def test_what_could_disturb_a_terminal_is_refused(tmp_path: Path, entry: str, label: str, found: str) -> None:
    write_base(tmp_path, more=f"findings:\n  {entry.replace('LABEL', label)}\n")
    message = f"holds the control character U+{found}; only printable text is allowed."
    assert list(map(str, check(tmp_path))) == [f"zz_more.yaml:2: {message}"]


@pytest.mark.parametrize(
    "content",
    [
        "a: " + "9" * 900_000,
        "x" * 990_000 + ": 1",
        "a: " + "x y\n  " * 150_000,
        "true",
        '"' + "\\x41" * 240_000 + '"',
        "a: 1\n" * 190_000,
        "{" + "?," * 400_000,
        "rules:\n" + "".join(f" r{number}: {{if: {{tirde{number}: yes}}}}\n" for number in range(7000)),
        findings(2400, lambda number: f"{{f{number ^ 1}: yes}}"),
        findings(2400, lambda number: f"{{f{(number + 1) % 2400}: yes}}"),
        findings(2400, lambda number: f"{{f{number + 1}: yes}}" if number < 2399 else "{tired: yes}"),
        "rules:\n" + f" r: {{if: {'{not: ' * 30}{{tired: yes}}{'}' * 30}}}",
        "findings:\n" + "".join(f" f{number}: {{label: {'x' * 2100}}}\n" for number in range(400)),
    ],
    ids=[
        *("a long number", "a long key", "a long text", "a word", "many escapes", "one key many times", "no keys"),
        *("many misspellings", "many circles", "a long circle", "a long chain", "deep conditions", "long texts"),
    ],
)
def test_a_hostile_file_ends_in_bounded_messages(tmp_path: Path, content: str) -> None:
    said = hostile(tmp_path, content)
    assert 1 <= len(said) <= 1001
    assert max(map(len, said)) < 600


@pytest.mark.parametrize(
    "content",
    [
        # Every finding reads ten of the next layer: a walk that does not remember takes 10 to the power of 15 steps.
        findings(
            300,
            lambda number: (
                "{any: [" + ", ".join(f"{{f{number // 20 * 20 + 20 + other}: yes}}" for other in range(10)) + "]}"
                if number < 280
                else "{tired: yes}"
            ),
        ),
        # The deepest chain there can be, of the deepest conditions: within the recursion limit.
        findings(
            18,
            lambda number: (
                "{not: {all: [{tired: yes}, " * 3
                + (f"{{f{number + 1}: yes}}" if number < 17 else "{tired: no}")
                + "]}}" * 3
            ),
        ),
        # So many ways to choose from many options that no search gets through.
        "questions:\n m: {topic: legs, ask: M?, type: many, kind: risk, options: {none: N, "
        + ", ".join(f"o{number}: X" for number in range(90))
        + "}}\nrules:\n"
        + "".join(
            f" r{number}: {{if: {{all: [{', '.join(f'{{m: o{other}}}' for other in range(number, number + 60))}]}}, "
            "then: {red_flag: heart}, because: B., sources: [book]}\n"
            for number in range(30)
        ),
    ],
    ids=["layers of findings", "a deep chain", "too many choices"],
)
def test_reasoning_about_a_hostile_base_ends(tmp_path: Path, content: str) -> None:
    assert not [message for message in hostile(tmp_path, content) if "Error" in message or "never be true" in message]


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    write_base(tmp_path)
    with (tmp_path / "zz_more.yaml").open("wb") as file:
        file.truncate(100_000_000)
    said = "zz_more.yaml: cannot be read: is larger than 1,000,000 bytes, the most that is read."
    assert checked_within_limits(tmp_path) == [said]


def test_many_large_files_are_not_read(tmp_path: Path) -> None:
    write_base(tmp_path)
    for number in range(20):
        (tmp_path / f"large{number:02}.yaml").write_text("#" * 900_000)
    assert checked_within_limits(tmp_path) == ["large08.yaml: makes the base larger than 8,000,000 bytes in all."]


def test_many_files_are_not_read(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"x{number}.yaml").touch()
    assert checked_within_limits(tmp_path) == [f"{tmp_path}: has more than 200 .yaml files, the most that are read."]


def test_values_are_bounded_over_all_files_together(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"x{number:02}.yaml").write_text(f"rules: [{'a, ' * 4000}]")
    said = checked_within_limits(tmp_path)
    assert said[:24] == [f"x{number:02}.yaml:1: rules: a mapping (id: {{...}}) is needed." for number in range(24)]
    assert said[24:] == [f"x{number}.yaml:1: is too much: at most 100,000 values are read." for number in range(24, 40)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_not_waited_for(tmp_path: Path) -> None:
    write_base(tmp_path)
    os.mkfifo(tmp_path / "zz_more.yaml")
    refused = "cannot be read: is a folder, pipe or device; a plain file is needed."
    assert checked_within_limits(tmp_path) == [f"zz_more.yaml: {refused}"]
    with pytest.raises(AnswersError, match=refused):
        read_answers(None, tmp_path / "zz_more.yaml")  # type: ignore[arg-type]


def test_links_folders_and_devices_are_told_not_followed_for_ever(tmp_path: Path) -> None:
    write_base(tmp_path)
    (tmp_path / "a.yaml").symlink_to("b.yaml")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    (tmp_path / "c.yaml").mkdir()
    (tmp_path / "d.yaml").symlink_to("/dev/zero")
    (tmp_path / "e.yaml").symlink_to("nowhere")
    plain = "is a folder, pipe or device; a plain file is needed."
    assert checked_within_limits(tmp_path) == [
        "a.yaml: cannot be read: too many levels of symbolic links.",
        "b.yaml: cannot be read: too many levels of symbolic links.",
        f"c.yaml: cannot be read: {plain}",
        f"d.yaml: cannot be read: {plain}",
        "e.yaml: cannot be read: no such file or directory.",
    ]


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root can read everything: for this test it is somebody else."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:  # not `tmp_path`, which only its owner may enter
        folder = Path(name)
        folder.chmod(0o755)
        write_base(folder)
        (folder / "rules.yaml").chmod(0)
        with as_somebody_else():
            assert list(map(str, check(folder))) == ["rules.yaml: cannot be read: permission denied."]


def test_a_file_in_place_of_a_folder_and_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    said = [str(fault) for name in ("file", "empty") for fault in check(tmp_path / name)]
    assert said == [
        f"{tmp_path / 'file'}: cannot be read as a folder: not a directory.",
        f"{tmp_path / 'empty'}: has no .yaml files; a rule base is a folder of them.",
    ]
    with pytest.raises(BaseErrors, match=r"has no \.yaml files"):
        load(tmp_path / "empty")


def test_no_message_carries_control_characters_of_file_names(tmp_path: Path) -> None:
    write_base(tmp_path)
    try:
        (tmp_path / "a\x1b[2J\u202e.yaml").write_text("[")
    except (OSError, ValueError):
        pytest.skip("the file system allows no such name")
    said = "\n".join(map(str, check(tmp_path)))
    assert said == "a?[2J?.yaml: has a name with characters that cannot be shown; give it a plain one."


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    write_base(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(tmp_path) == ()


def test_without_the_c_parser_the_same_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In flow mappings the parser in Python takes an unquoted `?` for a key, the one in C for a letter.
    quoted = {name: re.sub(r"ask: ([^,]*[?])", r"ask: '\1'", text) for name, text in SECTIONS.items()}
    quick = load(write_base(tmp_path, **quoted))
    monkeypatch.setattr("expert.yaml_reader._PARSER", yaml.BaseLoader)
    assert load(tmp_path) == quick
