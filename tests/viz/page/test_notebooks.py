"""Pictures where people will see them: real JupyterLab, trusted and not, and nbconvert's HTML."""

import json
import os
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.browser

CELL = """import viz
from autograd import Value
x, w = Value(1.5, name="x"), Value(-0.7, name="w")
{function}((w * x).tanh() - 1.0)"""
BOXES = 6
TITLE = "Gradient flow from result back to its variables"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def environment(folder):
    """Nothing of the machine's own settings is read or written, and nothing asks for news."""
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    asks = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(asks))
    own = {
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_CONFIG_DIR": "config",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    with pytest.MonkeyPatch.context() as patch:
        for variable, name in own.items():
            patch.setenv(variable, str(folder / name))
        patch.setenv("PYTHONPATH", os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")]))
        yield


@pytest.fixture(scope="module")
def notebook(environment):
    """Two pictures in an executed notebook."""
    # Imported where they are used: the tests are collected where the extra is not installed, too.
    import nbclient
    import nbformat

    cells = [
        nbformat.v4.new_code_cell(CELL.format(function=function))
        for function in ("viz.graph", "viz.step")
    ]
    written = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(written, kernel_name="python3").execute()
    assert set(written.cells[0].outputs[0].data) == {"text/plain", "text/html", "image/svg+xml"}
    return written


@pytest.fixture(scope="module")
def lab(folder, notebook):
    """Address of a running JupyterLab that shows the notebook twice: trusted, and not."""
    import nbformat
    from nbformat.sign import NotebookNotary

    work = folder / "work"
    work.mkdir()
    (folder / "data").mkdir(exist_ok=True)
    nbformat.write(notebook, work / "stranger.ipynb")
    nbformat.write(notebook, work / "own.ipynb")
    NotebookNotary(data_dir=str(folder / "data")).sign(nbformat.read(work / "own.ipynb", 4))
    # A signature is of the content; what differs in content is not signed by it.
    other = nbformat.read(work / "stranger.ipynb", 4)
    other.metadata["from"] = "elsewhere"
    nbformat.write(other, work / "stranger.ipynb")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += [f"--ServerApp.root_dir={work}", "--LabApp.extension_manager=readonly"]
    if os.geteuid() == 0:
        command.append("--allow-root")
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield _address(folder, server)
    finally:
        server.terminate()
        server.wait(20)


def _address(folder, server):
    """Where the server says that it can be reached."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        for file in (folder / "runtime").glob("jpserver-*.json"):
            known = json.loads(file.read_text())
            return lambda name: f"{known['url']}lab/tree/{name}?reset&token={known['token']}"
        time.sleep(0.1)
    raise AssertionError((folder / "lab.log").read_text())


@pytest.fixture
def page(browser):
    """A page that reaches this machine alone."""
    opened = browser.new_page(viewport={"width": 1300, "height": 1800})
    opened.route(
        lambda url: (
            not url.startswith(("file:", "data:", "http://127.0.0.1:", "http://localhost:"))
        ),
        lambda route: route.abort(),
    )
    yield opened
    opened.close()


def assert_interactive(page):
    """Both pictures are frames at work, and their still images are out of the way."""
    graph, step = (page.frame_locator("iframe[srcdoc]").nth(k) for k in range(2))
    graph.locator(".gg-node").first.wait_for(timeout=60_000)
    assert graph.locator(".gg-node").count() == BOXES
    assert graph.locator(".gg-node").first.bounding_box()["width"] > 60
    assert graph.locator("h1").text_content() == TITLE
    graph.get_by_text("tanh", exact=True).click()
    assert graph.locator(".gg-details h2").text_content() == "tanh"
    step.locator("[data-step=next]").click()
    assert step.locator(".gg-position").text_content().startswith("step 1 of")
    assert page.locator("img.glassgrad-still").count() == 2
    for image in page.locator("img.glassgrad-still").all():
        assert image.is_hidden()


def assert_still(page):
    """Two images with words for those who cannot see them, and nothing that runs."""
    images = page.locator(f'img[alt^="{TITLE}"]')
    images.first.wait_for(timeout=60_000)
    assert images.count() == 2
    for image in images.all():
        assert image.is_visible()
        assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 500
        assert "argument slots" in image.get_attribute("alt")
    assert page.locator("iframe[srcdoc]").count() == 0


def test_trusted_jupyterlab(page, lab):
    page.goto(lab("own.ipynb"))
    assert_interactive(page)


def test_jupyterlab_that_does_not_trust(page, lab):
    page.goto(lab("stranger.ipynb"))
    assert_still(page)


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_nbconvert(page, notebook, tmp_path, template):
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    file = tmp_path / "notebook.html"
    file.write_text(html, "utf-8")
    page.goto(file.as_uri(), wait_until="commit")
    assert_interactive(page)
