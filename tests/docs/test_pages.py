"""Every block of code in the README and the documentation runs, and prints what it says."""

import sys

import pytest

from tests.docs.pages import PAGES, ROOT, needs_torch, run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


PLAIN = [str(page.relative_to(ROOT)) for page in PAGES if not needs_torch(page)]


@pytest.mark.parametrize("page", PLAIN)
def test_code_runs(page, folder):
    run(ROOT / page, folder)


def write(folder, text):
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_a_page_that_prints_something_else_fails(folder):
    page = write(folder, "```python\nprint(1)\n```\n\n```text\n2\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:2 says\n2\nbut this was printed:\n1"):
        run(page, folder)


def test_text_that_does_not_follow_code_promises_nothing(folder):
    run(write(folder, "```python\nprint(1)\n```\n\nWords.\n\n```text\n2\n```\n"), folder)


def test_dots_stand_for_anything_and_bars_are_the_machines(folder):
    run(
        write(folder, "```python\nprint('a b ± 1e-9 c')\n```\n\n```text\na … ± 2e-8 c\n```\n"),
        folder,
    )


def test_code_that_raises_fails_with_the_line_of_the_page(folder):
    with pytest.raises(ZeroDivisionError) as caught:
        run(write(folder, "Words.\n\n```python\nx = 1\nx / 0\n```\n"), folder)
    assert caught.traceback[-1].lineno + 1 == 5


def test_blocks_share_names_and_files(folder, monkeypatch):
    blocks = ("# mine.py\nx = 3\n", "import mine\ny = mine.x\n", "z = y\n")
    page = write(folder, "\n".join(f"```python\n{block}```\n" for block in blocks))
    monkeypatch.syspath_prepend(folder)
    assert run(page, folder)["z"] == 3
    monkeypatch.delitem(sys.modules, "mine")


@pytest.mark.parametrize(
    ("command", "complaint"),
    [("make nothing", "no target 'nothing'"), ("pip install '.[nothing]'", "no extra 'nothing'")],
)
def test_commands_name_what_there_is(folder, command, complaint):
    with pytest.raises(AssertionError, match=complaint):
        run(write(folder, f"```sh\n{command}\n```\n"), folder)


def test_a_command_that_fails_fails(folder):
    with pytest.raises(AssertionError, match="exit code 2"):
        run(write(folder, "```sh\nglassgrad nothing\n```\n"), folder)


def test_a_language_that_nobody_runs_fails(folder):
    with pytest.raises(ValueError, match="nobody runs 'ruby'"):
        run(write(folder, "```ruby\nputs 1\n```\n"), folder)
