"""`legwise new`: what it writes runs at once, and nothing of anybody's is ever overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from expert.cache import shipped_bases
from expert.cases import read_cases
from expert.consultation import consult
from expert.examples import faults_of
from expert.lint import check
from expert.load import load
from expert.scorecard import score_cases
from interview.cli import main
from interview.new_base import TEMPLATE, NewBaseError, write_new


def test_what_it_writes_runs(tmp_path: Path) -> None:
    """No fault, an example of each kind for every rule, and a case that comes out as expected."""
    folder = tmp_path / "plant"
    write_new(folder)
    assert check(folder) == ()
    base = load(folder)
    assert base.name == "plant"
    assert faults_of(base, folder / "examples")[1] == ()
    card = score_cases(base, read_cases(base, folder / "cases"))
    assert [score.timing for score in card.scores] == ["exact"]
    assert card.missed == ()


def test_it_has_one_of_everything_a_lesson_needs(tmp_path: Path) -> None:
    """Two topics, a finding that a rule reads, a hypothesis with a sign and a risk, and a red flag."""
    write_new(tmp_path / "b")
    base = load(tmp_path / "b")
    assert (len(base.topics), len(base.findings), len(base.hypotheses), len(base.red_flags)) == (2, 1, 1, 1)
    answers = {"chewed": "no", "soil": "dry", "limp": "yes", "days_ago": 14}
    assert [(w.hypothesis, w.band) for w in consult(base, answers).verdict.hypotheses] == [("too_dry", "likely")]
    assert consult(base, {"chewed": "yes"}).verdict.urgency == "emergency"
    assert consult(base, {"chewed": "not_sure"}).verdict.urgency == "same-day"


@pytest.mark.parametrize("name", sorted(shipped_bases()))
def test_a_copy_is_whole(name: str, tmp_path: Path) -> None:
    """Every file of a shipped base, under the new name; nothing else differs."""
    folder = tmp_path / "mine"
    written = write_new(folder, shipped_bases()[name])
    base, copy = load(shipped_bases()[name]), load(folder)
    assert copy.name == "mine"
    assert copy.rules.keys() == base.rules.keys()
    assert len(written) == len(list(shipped_bases()[name].rglob("*.yaml")))


def test_it_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three commands that can be copied, also where the name has a blank in it."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my plant"]) == 0
    first, *commands = capsys.readouterr().out.splitlines()
    assert first == "3 files are in my plant: a rule base that runs, with cases and examples. Next:"
    assert [line.split("    ")[0].strip() for line in commands] == [
        "legwise check 'my plant'", "legwise --rules 'my plant'", "legwise watch 'my plant'",
    ]  # fmt: skip
    assert main(["check", "my plant"]) == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it is, and also a file of that name; an empty folder will do."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".hidden").write_text("dear to me", encoding="utf-8")
    assert main(["new", str(tmp_path / "mine")]) == 2
    expected = f"legwise: {tmp_path}/mine: is not empty; name a new folder, so that nothing of yours is overwritten.\n"
    assert capsys.readouterr().err == expected
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [".hidden"]
    with pytest.raises(NewBaseError, match="is a file"):
        write_new(tmp_path / "mine" / ".hidden")
    (tmp_path / "empty").mkdir()
    assert main(["new", str(tmp_path / "empty" / "deep" / "er")]) == 0


def test_an_unknown_base_is_told_with_the_nearest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is written."""
    assert main(["new", str(tmp_path / "x"), "--from", "animls"]) == 2
    assert "no rule base is called 'animls'" in (said := capsys.readouterr().err)
    assert said.endswith("Did you mean 'animals'?\n")
    assert not (tmp_path / "x").exists()


def test_a_folder_that_is_no_name_keeps_the_name_of_the_template(tmp_path: Path) -> None:
    """`My Plant!` cannot be the name of a base; it is still a fine folder."""
    write_new(tmp_path / "My Plant!")
    assert load(tmp_path / "My Plant!").name == "my-base"


def test_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the way is named, as bad input, without a traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["new", str(tmp_path / "file" / "below")]) == 2
    assert f"{tmp_path}/file" in capsys.readouterr().err


def test_the_template_can_be_changed_by_who_gets_it(tmp_path: Path) -> None:
    """Its files are plain files that their owner may write, however the ones that are copied were installed."""
    for path in write_new(tmp_path / "mine"):
        assert path.stat().st_mode & stat.S_IWUSR
        assert path.read_text(encoding="utf-8").startswith("# ")
    assert {path.suffix for path in TEMPLATE.rglob("*") if path.is_file()} == {".yaml"}
