"""The page in a real browser: it draws, sorts, filters, obeys the keyboard, and lets nothing in or out."""

from __future__ import annotations

import http.server
import itertools
import socketserver
import threading
from typing import TYPE_CHECKING

import pytest

from tests.report import pages

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.browser import Browser

pytestmark = pytest.mark.xdist_group("chromium")

DOWN, RIGHT, PAGE_DOWN, END, HOME, ENTER, CONTROL = (
    "\ue015",
    "\ue014",
    "\ue00f",
    "\ue010",
    "\ue011",
    "\ue007",
    "\ue009",
)


def rows(browser: Browser) -> list[str]:
    return browser.texts(".row:not(.head) .file .path")


def columns(browser: Browser) -> list[str]:
    return browser.texts(".host .name", across=True)


def active(browser: Browser) -> str:
    """What a screen reader says of the cell that is meant."""
    return str(
        browser.run(
            "return document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
            ".getAttribute('aria-label')"
        )
    )


def test_the_matrix_says_who_reads_what(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    assert rows(browser) == ["apps/a.yaml", "apps/b.yaml", "db/c.yaml", "db/d.yaml", "plain.yaml"]
    assert columns(browser) == ["louis", "nova", "cedar", "age1x…y"]
    labels = browser.run("return [...document.querySelectorAll('.cell')].map((cell) => cell.ariaLabel)")
    assert set(labels) == {
        "louis: apps/a.yaml: can read it, as its rule says",
        "nova: apps/a.yaml: can read it, as its rule says",
        "louis: apps/b.yaml: can read it, as its rule says",
        "nova: apps/b.yaml: can read it, as its rule says",
        "louis: db/c.yaml: can read it, as its rule says",
        "cedar: db/c.yaml: is to read it by its rule, and cannot yet",
        "louis: db/d.yaml: opens it only together with others",
        "age1x…y: db/d.yaml: can read it, and no rule says so",
        "louis: plain.yaml is in clear, everyone who has the repository reads it",
        "cedar: plain.yaml is in clear, everyone who has the repository reads it",
    }
    tiles = browser.texts(".tile strong", across=True)
    assert tiles == [
        "3",
        "5",
        "2",
        "2",
        "1",
        "1",
    ]  # hosts, files, in sync, drift, in clear, keys without a name


def test_a_file_that_no_rule_claims(browser: Browser, tmp_path: Path) -> None:
    orphan = pages.file("a.yaml", 0, "orphan") | {"rule": None}
    browser.open(pages.write(tmp_path, pages.data(files=[orphan], sets=[[[1, pages.STANZA_ONLY]]])))
    label = browser.run("return document.querySelector('.cell .mark.both').parentElement.ariaLabel")
    assert label == "nova: a.yaml: can read it; no rule claims the file"


def test_filters(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    browser.type_into("Files", "DB yaml")
    assert rows(browser) == ["db/c.yaml", "db/d.yaml"]
    assert browser.text("#access .amount") == "2 files, 4 hosts"
    browser.type_into("Files", "nothing")
    assert (rows(browser), browser.text(".status")) == ([], "Nothing matches the filters.")
    browser.open(pages.write(tmp_path, pages.data()))
    browser.type_into("Hosts", "cedar")
    assert (rows(browser), columns(browser)) == (["db/c.yaml", "plain.yaml"], ["cedar"])
    browser.choose("State", "in clear")
    assert rows(browser) == ["plain.yaml"]


def test_orders(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    browser.choose("Order of files", "what is wrong first")
    assert rows(browser)[:3] == ["plain.yaml", "db/c.yaml", "db/d.yaml"]
    browser.choose("Order of hosts", "name")
    assert columns(browser) == ["age1x…y", "cedar", "louis", "nova"]
    browser.choose("Order of hosts", "most files first")
    assert columns(browser) == ["louis", "cedar", "nova", "age1x…y"]


def test_a_click_on_a_host_sorts_by_it_and_a_second_ends_that(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    cedar = "[role=columnheader][aria-label^=cedar]"
    browser.click(cedar)
    assert rows(browser) == ["db/c.yaml", "plain.yaml", "apps/a.yaml", "apps/b.yaml", "db/d.yaml"]
    assert browser.run(f"return document.querySelector('{cedar}').ariaSort") == "descending"
    browser.click(cedar)
    assert rows(browser)[0] == "apps/a.yaml"


def test_files_that_are_read_alike_are_one_row_that_opens(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    browser.run("document.querySelector('.check input').click()")
    assert rows(browser) == ["apps/", "db/c.yaml", "db/d.yaml", "plain.yaml"]
    browser.click("[aria-expanded=false]")
    assert rows(browser)[:4] == ["apps/", "apps/a.yaml", "apps/b.yaml", "db/c.yaml"]
    browser.press(ENTER)  # the focus is there
    assert rows(browser)[:2] == ["apps/", "db/c.yaml"]


def test_the_keyboard_reaches_every_cell(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    browser.run("document.querySelector('[role=grid]').focus()")
    assert active(browser) == "louis: apps/a.yaml: can read it, as its rule says"
    browser.press(RIGHT, RIGHT)
    assert active(browser) == "cedar: apps/a.yaml: cannot read it"
    assert browser.text(".status") == active(browser)
    browser.press(DOWN, DOWN)
    assert active(browser) == "cedar: db/c.yaml: is to read it by its rule, and cannot yet"
    browser.press(HOME)
    assert active(browser) == "db/c.yaml, drift, rule 2, 2 readers"
    browser.press(PAGE_DOWN, END)
    assert active(browser) == "age1x…y: plain.yaml is in clear, everyone who has the repository reads it"
    browser.press(*["\ue013"] * 9, ENTER)  # up to the host's name
    assert active(browser) == "age1x…y (a key without a name), a machine, reads 1 file"
    assert rows(browser)[0] == "db/d.yaml"


def test_nothing_to_show(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data(hosts=[], files=[], sets=[])))
    assert browser.text("#access .absent") == "There is no secret file, or nobody who could read one."
    browser.open(pages.write(tmp_path, pages.data(files=[pages.file("a.yaml", 0, "plaintext")], sets=[[]])))
    assert rows(browser) == ["a.yaml"]


def test_every_control_has_a_name_and_the_tables_sort(browser: Browser, tmp_path: Path) -> None:
    findings = [
        {"id": f"a{n}", "severity": severity, "path": f"f{n}", "line": n, "message": f"m{n}", "hint": ""}
        for n, severity in enumerate(["info", "error", "warning"])
    ]  # fmt: skip
    browser.open(pages.write(tmp_path, pages.data(findings={"rows": findings})))
    unnamed = """const named = (each) => each.labels?.length || each.textContent.trim() || each.ariaLabel;
        const controls = document.querySelectorAll('input, select, button, [tabindex]');
        return [...controls].filter((each) => !named(each)).length"""
    assert browser.run(unnamed) == 0
    severities = "#findings td:first-child"
    assert browser.texts(severities) == ["error", "warning", "info"]
    where = "document.querySelectorAll('#findings th button')[1].click()"
    browser.run(where)
    assert browser.texts(severities) == ["info", "error", "warning"]
    browser.run(where)
    assert browser.texts(severities) == ["warning", "error", "info"]
    browser.type_into("Search", "m1", "#findings")
    assert browser.texts(severities) == ["error"]
    assert browser.text("#findings .amount") == "1 row of 3"
    browser.type_into("Search", " ", "#findings")
    browser.choose("Severity", "info", "#findings")
    assert browser.texts(severities) == ["info"]


def test_sections_that_are_not_there_say_why(browser: Browser, tmp_path: Path) -> None:
    content = pages.data(
        findings={"rows": []},
        exposures={"rows": None, "reason": "The history was not read."},
        timeline={"rows": None, "reason": "The history was not read."},
    )
    browser.open(pages.write(tmp_path, content))
    assert browser.texts("section h2") == ["Access", "Findings", "Exposures", "Time line"]
    assert browser.text("#findings .well") == "Nothing was found."
    assert browser.text("#timeline .absent") == "The history was not read."
    assert browser.texts(".sections a .number") == ["5", "none", "not read", "not read"]


HOSTILE = [
    "<img src=x onerror=document.title='owned'>",
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "{{data}}{{script}}",
    "\u05e9\u05dc\u05d5\u05dd/\u0627\u0644.yaml",
    "javascript:alert(1)",
    "'\"><svg onload=alert(1)>",
    "a" * 3000,
    "\u2028\u2029 & &amp; &lt;",
]


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    content = pages.data(
        title=HOSTILE[1],
        when=HOSTILE[0],
        made=HOSTILE[6],
        hosts=[pages.host(name) for name in HOSTILE],
        files=[pages.file(f"{name}/{name}", 0) for name in HOSTILE],
        sets=[[[number, pages.BOTH] for number in range(len(HOSTILE))]],
        findings={
            "rows": [
                {"id": n, "severity": n, "path": n, "line": 1, "message": n, "hint": n} for n in HOSTILE
            ],
            "notes": HOSTILE,
        },
        exposures={
            "rows": [
                {"host": n, "path": n, "keys": HOSTILE, "since": n, "until": n, "commit": n, "certainty": n}
                for n in HOSTILE
            ]
        },
        consumers={
            "rows": [
                {"kind": n, "name": n, "namespace": n, "host": n, "paths": HOSTILE, "readable": None}
                for n in HOSTILE
            ]
        },
    )
    browser.open(pages.write(tmp_path, content))
    assert browser.driver.title == HOSTILE[1]
    assert browser.text("h1") == HOSTILE[1]
    assert set(rows(browser)) >= {f"{name}/{name}" for name in HOSTILE[:8]}
    made = "return document.querySelectorAll('img, svg, iframe, object, [onerror], [onload]').length"
    assert browser.run(made) == 0
    assert browser.run("return document.scripts.length") == 2
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")


def test_nothing_is_loaded_and_nothing_can_be(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    assert browser.run("return performance.getEntriesByType('resource').map((each) => each.name)") == []
    with Server() as (address, asked):
        browser.run(f"fetch('{address}/fetch').catch(() => null); new Image().src = '{address}/image'")
        browser.run(
            f"const f = document.createElement('iframe'); f.src = '{address}/frame'; document.body.append(f);"
            "const s = document.createElement('script'); s.textContent = \"document.title = 'owned'\";"
            "document.body.append(s);"
            f"const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = '{address}/style';"
            "document.head.append(l);"
        )
        refused = _wait_for(browser, 5)
    assert asked == []
    assert browser.driver.title == "homelab"
    assert all("Content Security Policy" in each for each in refused), refused


def _wait_for(browser: Browser, number: int) -> list[str]:
    """As many messages of the console, where they come in a second."""
    found: list[str] = []
    for _ in range(20):
        found += browser.errors()
        if len(found) >= number:
            break
        browser.driver.execute_async_script("setTimeout(arguments[0], 50)")
    return found


class Server:
    """A server of this machine that notes what it is asked for."""

    def __enter__(self) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 0.2  # a browser may connect ahead of a request that is then refused

            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

        self._server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}", asked

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_300_hosts_and_2000_files_are_quick(browser: Browser, tmp_path: Path) -> None:
    path = pages.write(tmp_path, pages.large())
    assert path.stat().st_size < 400_000
    browser.open(path)
    assert browser.run("return performance.now()") < 3000  # 300 ms on an idle machine
    browser.run("document.querySelector('.check input').click()")  # each file a row of its own
    assert browser.text("#access .amount") == "2,000 files, 300 hosts"
    assert browser.run("return document.querySelectorAll('*').length") < 5000
    browser.run("document.querySelector('[role=grid]').focus()")
    browser.press(CONTROL + END)
    assert active(browser).startswith("host299: folder79/1999.yaml: ")
    assert "folder79/1999.yaml" in rows(browser)
    assert browser.run("return document.querySelectorAll('*').length") < 5000
    took = browser.driver.execute_async_script(_SCROLL)
    assert took < 100  # milliseconds for two frames, which take 33 where none is late


#: Scrolls both ways in twenty steps, and gives the median of how long it takes until each is drawn.
_SCROLL = """const [done] = arguments, scroller = document.querySelector('.scroller'), took = [];
    const step = (number) => {
      scroller.scrollTop = number * 2500;
      scroller.scrollLeft = number * 350;
      requestAnimationFrame((time) => {
        requestAnimationFrame(() => {
          took.push(performance.now() - time);
          if (number < 20) step(number + 1); else done(took.sort((a, b) => a - b)[10]);
        });
      });
    };
    step(1)"""


def test_dark_light_and_the_switch(browser: Browser, tmp_path: Path) -> None:
    browser.open(pages.write(tmp_path, pages.data()))
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = browser.run(ground)
    browser.media(scheme="dark")
    dark = browser.run(ground)
    assert light != dark
    for choice, expected in (("light", light), ("dark", dark), ("as the system", dark)):
        browser.choose("Theme", choice, "body")
        assert browser.run(ground) == expected


#: Texts that are read, on what they stand on.
_PAIRS = [
    *itertools.product(("ink", "soft", "accent"), ("ground", "paper", "wash")),
    *itertools.product(("good", "warning", "error"), ("paper",)),
    ("warning", "warning-wash"),
    ("error", "error-wash"),
    ("soft", "raised"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough(scheme: str, browser: Browser, tmp_path: Path) -> None:
    """4.5 to 1 at least: WCAG 2.2, 1.4.3."""
    browser.media(scheme=scheme)
    browser.open(pages.write(tmp_path, pages.data()))
    script = """const probe = document.body.appendChild(document.createElement('p'));
        return arguments[0].map((pair) => pair.map((name) => {
          probe.style.color = `var(--${name})`;
          return getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
        }))"""
    for pair, colors in zip(_PAIRS, browser.run(script, _PAIRS), strict=True):
        lighter, darker = sorted((_luminance(color) for color in colors), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (scheme, pair)


def _luminance(color: list[float]) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_paper_shows_everything_the_window_scrolls(browser: Browser, tmp_path: Path) -> None:
    content = pages.large(hosts=40, files=500)
    browser.open(pages.write(tmp_path, content))
    browser.media(kind="print", scheme="dark")
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert not browser.driver.find_element("css selector", ".matrix").is_displayed()
    assert not browser.driver.find_element("css selector", ".toolbar").is_displayed()
    assert len(browser.texts(".printed tbody tr")) == 20
    assert "folder3/ (25 files)" in browser.texts(".printed td")
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    assert browser.run(ground) == "rgb(255, 255, 255)"
    browser.run("dispatchEvent(new Event('afterprint'))")
    browser.media()
    browser.run("addEventListener('beforeprint', () => { window.heard = true; })")
    browser.driver.execute_cdp_cmd("Page.printToPDF", {})
    assert browser.run("return window.heard") is True
    assert not browser.driver.find_elements("css selector", ".printed")


@pytest.mark.parametrize("width", [320, 400, 1300])
def test_no_width_makes_the_page_wider_than_the_window(width: int, browser: Browser, tmp_path: Path) -> None:
    browser.media(width=width)
    browser.open(pages.write(tmp_path, pages.data(findings={"rows": []})))
    assert browser.run("return document.documentElement.scrollWidth") <= width
