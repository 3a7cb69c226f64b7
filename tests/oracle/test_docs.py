"""The pages of the documentation that use PyTorch."""

import pytest

from tests.docs.pages import PAGES, ROOT, needs_torch, run

pytestmark = pytest.mark.oracle

WITH_TORCH = [str(page.relative_to(ROOT)) for page in PAGES if needs_torch(page)]


@pytest.mark.parametrize("page", WITH_TORCH)
def test_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(ROOT / page, tmp_path)
