"""Answers survive a crash, stay private, and go when they are not wanted."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from pathlib import Path

import pytest
from console import CTRL_C, ENTER, LEGS, Terminal, piped
from msgspec.structs import replace

from expert.consultation import Consultation, LateReasoner
from expert.load import load
from expert.model import Base
from interview.store import Store, StoreError, forget, restore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions and signals of POSIX")

DANGER = "Do you have any of these right now?"
THOUGHTS = "Have you had thoughts of ending your life?"
AGE = "How old are you?"


@pytest.fixture(scope="module")
def legs() -> Base:
    """The fixture base."""
    return load(LEGS)


@pytest.fixture
def answered(legs: Base) -> Consultation:
    """A consultation with one screen answered."""
    return Consultation.start(legs).answer({"chest_pain": "no", "face_droop": "no", "fever": "yes"})


def kept(folder: Path) -> list[Path]:
    """Return the files with answers below a test's folder."""
    return sorted(folder.glob("data/*.json"))


# --- a real process, killed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [(), ("--plain",)], ids=["rich", "plain"])
def test_kill_and_go_on(tmp_path: Path, mode: tuple[str, ...]) -> None:
    """After kill -9 the next start offers to go on, from the question after the last answer."""
    with Terminal(tmp_path, "--rules", str(LEGS), *mode) as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("3\r" if mode else "3 \r", THOUGHTS)
        terminal.answer("2\r", AGE)
        terminal.child.kill(signal.SIGKILL)
        terminal.leave()
    with Terminal(tmp_path, "--rules", str(LEGS), *mode) as terminal:
        terminal.wait_for("that was not finished (4 answers)", "Go on with it")
        terminal.answer("\r", "Nothing is chosen yet.")
        terminal.answer("1\r", AGE)
        terminal.answer("b" + ("\r" if mode else ""), THOUGHTS)
        terminal.wait_for("2. No (your earlier answer)" if mode else "> 2. No")


def test_killed_at_an_emergency_the_card_comes_again(tmp_path: Path) -> None:
    """Whoever goes on from an emergency sees it first."""
    with Terminal(tmp_path, "--rules", str(LEGS)) as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("1 \r", "EMERGENCY")
        terminal.child.kill(signal.SIGKILL)
    with Terminal(tmp_path, "--rules", str(LEGS)) as terminal:
        terminal.wait_for("Go on with it")
        terminal.answer("1\r", "EMERGENCY")


def test_starting_afresh_keeps_nothing(tmp_path: Path) -> None:
    """The old answers are gone as soon as they are not wanted, and are not offered as drafts."""
    with Terminal(tmp_path, "--rules", str(LEGS)) as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("3 \r", THOUGHTS)
        terminal.press(CTRL_C)
        assert terminal.leave() == 130
        assert "Your answers are kept on this computer." in terminal.whole
    assert len(kept(tmp_path)) == 1
    with Terminal(tmp_path, "--rules", str(LEGS)) as terminal:
        terminal.wait_for("Start afresh")
        terminal.answer("2\r", DANGER)
        assert "[x]" not in terminal.text
        assert kept(tmp_path) == []


def test_a_finished_interview_keeps_nothing(tmp_path: Path) -> None:
    """At the end the file is gone, and the lock with it."""
    done = piped(tmp_path, "--rules", str(LEGS), typed="4\n2\n2\n2\n")
    assert done.returncode == 0
    assert list((tmp_path / "data").iterdir()) == []


def test_no_save_writes_nothing(tmp_path: Path) -> None:
    """With --no-save not even the folder is made."""
    with Terminal(tmp_path, "--rules", str(LEGS), "--no-save") as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("3 \r", THOUGHTS)
        terminal.press(CTRL_C)
        terminal.leave()
    assert not (tmp_path / "data").exists()


def test_two_at_once(tmp_path: Path) -> None:
    """An interview that is still open is not offered to another, and each keeps its own answers."""
    with Terminal(tmp_path, "--rules", str(LEGS)) as first, Terminal(tmp_path, "--rules", str(LEGS)) as second:
        first.wait_for(DANGER)
        second.wait_for(DANGER)
        first.answer("3 \r", THOUGHTS)
        second.answer("4 \r", THOUGHTS)
        with Terminal(tmp_path, "--rules", str(LEGS)) as third:
            third.wait_for(DANGER)
            assert "not finished" not in third.text
        replies = [json.loads(path.read_text())["turns"][0]["replies"]["fever"] for path in kept(tmp_path)]
        assert sorted(replies) == ["no", "yes"]


def test_stopped_answers_can_be_removed_from_the_menu(tmp_path: Path) -> None:
    """Whoever stops chooses whether the answers stay."""
    for choice, left in ((5, 1), (6, 0)):
        with Terminal(tmp_path, "--rules", str(LEGS), rows=40) as terminal:
            terminal.wait_for(DANGER)
            terminal.answer("3 \r", THOUGHTS)
            terminal.answer("q", "Quit, and remove them")
            terminal.press(f"{choice}{ENTER}")
            assert terminal.leave() == 1
        assert len(kept(tmp_path)) == left
        for path in kept(tmp_path):
            path.unlink()


# --- the file ---------------------------------------------------------------------------------------------------------


def test_private_and_whole(tmp_path: Path, answered: Consultation) -> None:
    """The folder is 0700, the file 0600, and nothing is left lying beside it."""
    store = Store(tmp_path / "data")
    store.save(answered)
    (path,) = kept(tmp_path)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in (tmp_path / "data").iterdir())
    assert {file.suffix for file in (tmp_path / "data").iterdir()} == {".json", ".lock"}
    assert json.loads(path.read_text())["base"] == "test_legs"
    store.finish()
    assert list((tmp_path / "data").iterdir()) == []


def test_a_write_that_fails_leaves_the_one_before(
    tmp_path: Path, answered: Consultation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is one sentence, and the earlier answers are still whole."""
    store = Store(tmp_path / "data")
    store.save(answered)
    before = kept(tmp_path)[0].read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as caught:
        store.save(answered.answer({"dark_thoughts": "no"}))
    assert str(caught.value) == f"{tmp_path / 'data'}: no space left on device."
    assert kept(tmp_path)[0].read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00" * 100,
        b"[" * 100_000,
        b"null",
        b'{"format":1}',
        b"x" * 2_000_000,
        b'{"format":2,"base":"test_legs","version":"1","digest":"","saved":"2026-01-01T00:00:00Z","turns":[]}',
    ],
)
def test_a_damaged_file_is_set_aside(tmp_path: Path, legs: Base, answered: Consultation, content: bytes) -> None:
    """Rubbish is one sentence; it is set aside, and does not come up again."""
    store = Store(tmp_path / "data")
    store.save(answered)
    store._let_go()
    path = kept(tmp_path)[0]
    path.write_bytes(content)
    store = Store(tmp_path / "data")
    assert store.claim(legs) is None
    assert store.notices == [
        f"Answers of an earlier interview could not be read; they are set aside as damaged-{path.name}."
    ]
    again = Store(tmp_path / "data")
    assert again.claim(legs) is None
    assert again.notices == []


def test_replies_that_the_base_does_not_know_are_dropped(legs: Base, answered: Consultation, tmp_path: Path) -> None:
    """A file that was meddled with cannot put a reply into the consultation that its question does not allow."""
    store = Store(tmp_path / "data")
    store.save(answered)
    store._let_go()
    path = kept(tmp_path)[0]
    path.write_text(path.read_text().replace('"fever":"yes"', '"fever":"maybe","no_such":"yes"'))
    saved = Store(tmp_path / "data").claim(legs)
    assert saved is not None
    restored, dropped = restore(legs, LateReasoner(legs), saved)
    assert dropped == 2
    assert restored.answers == {"chest_pain": "no", "face_droop": "no"}
    assert restored.screen is not None
    assert [question.id for question in restored.screen.questions] == ["fever"]


def test_a_changed_base_keeps_what_still_fits(tmp_path: Path) -> None:
    """Over a changed base the valid answers are given again, the others asked again, and the person is told."""
    rules = tmp_path / "rules"
    rules.mkdir()
    text = (LEGS / "legs.yaml").read_text(encoding="utf-8")
    (rules / "legs.yaml").write_text(text, encoding="utf-8")
    with Terminal(tmp_path, "--rules", str(rules)) as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("4 \r", THOUGHTS)
        terminal.answer("2\r", AGE)
        terminal.answer("2\r", "Do your legs cramp?")
        terminal.child.kill(signal.SIGKILL)
    (rules / "legs.yaml").write_text(text.replace("from_18_to_49", "from_18_to_59"), encoding="utf-8")
    with Terminal(tmp_path, "--rules", str(rules)) as terminal:
        terminal.wait_for("Go on with it")
        terminal.press("1\r")
        terminal.wait_for(
            "The questions have changed since then. Answers that still fit are kept. 1 of them must be asked again.",
            AGE,
        )


def test_another_base_is_not_offered(tmp_path: Path, legs: Base, answered: Consultation) -> None:
    """Answers to other questions wait for their own base."""
    store = Store(tmp_path / "data")
    store.save(answered)
    store._let_go()
    assert Store(tmp_path / "data").claim(replace(legs, name="other")) is None
    assert len(kept(tmp_path)) == 1


# --- a folder that is not ours ----------------------------------------------------------------------------------------


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A folder that is a link is refused in one sentence."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "data")
    assert str(caught.value) == f"{tmp_path / 'data'}: is a link or a file, and a folder of your own is needed."


def test_links_in_the_folder_are_not_followed(tmp_path: Path, answered: Consultation, legs: Base) -> None:
    """A planted link is neither read nor written through."""
    folder = tmp_path / "data"
    store = Store(folder)
    target = tmp_path / "target"
    target.write_text("mine")
    (folder / "interview-0123456789abcdef.json").symlink_to(target)
    (folder / "interview-0123456789abcdef.part").symlink_to(target)
    assert store.claim(legs) is None
    store.save(answered)
    assert target.read_text() == "mine"


@pytest.mark.skipif("os.getuid() != 0", reason="only root can give a folder away")
def test_the_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    """Somebody else's folder could be read by them."""
    (tmp_path / "data").mkdir(mode=0o700)
    os.chown(tmp_path / "data", 12345, 12345)
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "data")
    assert str(caught.value) == f"{tmp_path / 'data'}: belongs to another user."


def test_an_open_folder_is_closed_or_refused(tmp_path: Path) -> None:
    """An empty folder that others can enter is closed to them; one with other things in it is left as it is."""
    (tmp_path / "data").mkdir(mode=0o755)
    Store(tmp_path / "data")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared" / "photo.jpg").touch()
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "shared")
    assert str(caught.value) == (
        f"{tmp_path / 'shared'}: can be opened by other users, and a folder of your own is needed."
    )
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755


def test_an_interview_goes_on_without_saving(tmp_path: Path) -> None:
    """A refused folder is told once; the interview is held all the same."""
    (tmp_path / "data").write_text("a file")
    done = piped(tmp_path, "--rules", str(LEGS), typed="4\n2\n2\n2\n")
    assert done.returncode == 0
    assert done.stdout.count("Your answers are not being saved.") == 1
    assert "No warning sign" in done.stdout


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_forget_removes_all_of_ours_and_nothing_else(tmp_path: Path, answered: Consultation) -> None:
    """Everything that was ever written goes; what somebody else put there stays."""
    folder = tmp_path / "data"
    store = Store(folder)
    store.save(answered)
    (folder / "damaged-interview-0123456789abcdef.json").touch()
    (folder / "interview-0123456789abcdef.part").touch()
    removed = forget(folder)
    assert len(removed) == 2
    assert not folder.exists()
    folder.mkdir(mode=0o700)
    (folder / "letter.txt").touch()
    assert forget(folder) == []
    assert (folder / "letter.txt").exists()


def test_forget_says_what_it_removed(tmp_path: Path) -> None:
    """The command names what went, and the next one finds nothing."""
    with Terminal(tmp_path, "--rules", str(LEGS)) as terminal:
        terminal.wait_for(DANGER)
        terminal.answer("3 \r", THOUGHTS)
        terminal.child.kill(signal.SIGKILL)
    (path,) = kept(tmp_path)
    done = piped(tmp_path, "forget")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Removed answers: {path}\nRemoved 1 prepared rule base: {tmp_path / 'cache'}\n"
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "cache").exists()
    assert piped(tmp_path, "forget").stdout == "Nothing was kept.\n"
