"""The board as people arrange it: dragged, resized, hidden, renamed, remembered, and sent as a link."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui.memory import MemorySource
from tests.browser.conftest import Watch, drawn

NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource(metric="acc")
    experiment = found.add_experiment("board")
    for number in range(2):
        run = found.add_run(experiment, f"run-{number}", metric=number / 10)
        for name in NAMES:
            found.line(run, name, range(20), range(20), section="Lines")
        found.log(run, "confusion", Matrix(["x", "y"], ["x", "y"], [[1, 2], [3, 4]]), section="Matrices")
    many = found.add_experiment("many")
    run = found.add_run(many, "all")
    for number in range(300):
        found.line(run, f"metric {number:03}", range(3), range(3), section="Many")
    return found


@pytest.fixture(scope="module")
def site(serve: Callable[[MemorySource], str], source: MemorySource) -> str:
    return f"{serve(source)}plots?experiment=1"


@pytest.fixture
def board(new_page: Callable[..., Page], site: str) -> Page:
    page = new_page(viewport={"width": 1280, "height": 720})
    page.goto(site)
    drawn(page)
    return page


def titles(page: Page, section: str = "Lines") -> list[str]:
    return page.locator(f".x-section[data-section='{section}'] h3").all_inner_texts()


def card(page: Page, title: str) -> Locator:
    return page.locator(".x-card", has=page.locator("h3", has_text=title).and_(page.get_by_text(title, exact=True)))


def menu(page: Page, title: str, item: str, role: str = "menuitem") -> None:
    card(page, title).get_by_role("button", name="Plot menu").click()
    page.get_by_role(role, name=item, exact=True).click()  # type: ignore[arg-type]


def layout(page: Page) -> dict[str, Any]:
    found = page.evaluate("mlflow_ext_ui.layout.get()")
    return dict(found)


def drag(page: Page, what: Locator, x: float, y: float) -> None:
    box = what.bounding_box()
    assert box
    page.mouse.move(box["x"] + min(40, box["width"] / 2), box["y"] + min(10, box["height"] / 2))
    page.mouse.down()
    page.mouse.move(x, y, steps=4)


def test_a_card_goes_where_it_is_dragged_by_its_head_and_stays_there(board: Page):
    target = card(board, "a").bounding_box()
    assert target
    head = card(board, "c").locator(".x-card-head")
    drag(board, head, target["x"] + 20, target["y"] + 90)
    expect(board.locator(".x-drop")).to_be_visible()
    board.keyboard.press("Escape")
    board.mouse.up()
    assert titles(board) == NAMES
    drag(board, head, target["x"] + 20, target["y"] + 90)
    assert titles(board) == NAMES  # nothing moves before the pointer is let go
    board.mouse.up()
    assert titles(board) == ["c", "a", "b", "d", "e"]
    expect(board.locator(".x-drop, .x-drag-name")).to_have_count(0)
    card(board, "confusion").scroll_into_view_if_needed()
    other = card(board, "confusion").bounding_box()
    assert other
    drag(board, card(board, "e").locator(".x-card-head"), other["x"] + other["width"] - 20, other["y"] + 60)
    board.mouse.up()
    assert (titles(board), titles(board, "Matrices")) == (["c", "a", "b", "d"], ["confusion", "e"])
    drawn(board)
    board.reload()
    drawn(board)
    assert (titles(board), titles(board, "Matrices")) == (["c", "a", "b", "d"], ["confusion", "e"])


def test_cards_and_sections_are_moved_by_keyboard_and_keep_the_focus(board: Page):
    card(board, "b").locator(".x-grip").focus()
    for keys, expected in [
        ("ArrowRight", ["a", "c", "b", "d", "e"]),
        ("End", ["a", "c", "d", "e", "b"]),
        ("ArrowLeft", ["a", "c", "d", "b", "e"]),
        ("Home", ["b", "a", "c", "d", "e"]),
    ]:
        board.keyboard.press(keys)
        assert titles(board) == expected
        expect(card(board, "b").locator(".x-grip")).to_be_focused()
    expect(board.get_by_role("status").filter(has_text="b: 1 of 5 in Lines")).to_have_count(1)
    board.keyboard.press("PageDown")
    assert titles(board, "Matrices") == ["b", "confusion"]
    expect(card(board, "b").locator(".x-grip")).to_be_focused()
    board.keyboard.press("PageUp")
    assert titles(board) == ["a", "c", "d", "e", "b"]
    menu(board, "b", "Move to start")
    expect(card(board, "b").get_by_role("button", name="Plot menu")).to_be_focused()
    menu(board, "b", "Move right")
    assert titles(board) == NAMES
    assert layout(board) == {}
    board.get_by_role("button", name="Arrange Lines").focus()
    board.keyboard.press("Enter")
    board.keyboard.press("Enter")  # "Move section down", the first entry
    sections = "all => all.map(one => one.dataset.section)"
    assert board.locator(".x-section").evaluate_all(sections) == ["Matrices", "Lines"]
    expect(board.get_by_role("button", name="Arrange Lines")).to_be_focused()
    board.keyboard.press("Enter")
    board.get_by_role("menuitem", name="Reset layout").click()
    assert board.locator(".x-section").evaluate_all(sections) == ["Lines", "Matrices"]


FITS = """() => [...document.querySelectorAll('.x-card')].every((card) => {
  const plot = card.querySelector('.js-plotly-plot');
  if (!plot || !plot._fullLayout) return true;
  const { width, height } = plot._fullLayout;
  return Math.abs(width - plot.offsetWidth) < 2 && Math.abs(height - plot.offsetHeight) < 2;
})"""
OVERLAP = """() => {
  const boxes = [...document.querySelectorAll('.x-card')].map((card) => card.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.some((a, i) => boxes.slice(i + 1).some((b) => meet(a, b)));
}"""


def test_a_card_takes_the_size_that_its_corner_is_dragged_to_and_its_plot_fills_it(board: Page):
    before = card(board, "a").bounding_box()
    assert before
    with board.expect_request("**/_pictures") as asked:
        drag(board, card(board, "a").locator(".x-corner"), before["x"] + 2 * before["width"], before["y"] + 400)
        expect(board.locator(".x-size-frame")).to_have_text("2 columns wide, 2 rows high")
        board.mouse.up()
    box = card(board, "a").bounding_box()
    assert box
    assert (box["width"], box["height"]) == pytest.approx((2 * before["width"] + 12, 2 * before["height"] + 12), abs=1)
    sizes = json.loads(asked.value.post_data or "")["sizes"]
    assert list(sizes.values()) == [{"width": pytest.approx(box["width"], abs=2), "height": box["height"]}]
    drawn(board)
    board.wait_for_function(FITS)
    assert not board.evaluate(OVERLAP)
    card(board, "a").locator(".x-corner").focus()
    board.keyboard.press("ArrowRight")
    board.keyboard.press("ArrowUp")
    assert list(layout(board)["size"].values()) == [[4, 1]]
    expect(card(board, "a").locator(".x-corner")).to_be_focused()
    drawn(board)
    board.wait_for_function(FITS)
    board.set_viewport_size({"width": 640, "height": 720})
    board.wait_for_function("() => mlflow_ext_ui.arrange.columns() === 1")
    drawn(board)
    board.wait_for_function(FITS)
    assert not board.evaluate(OVERLAP)
    menu(board, "confusion", "2 columns", "menuitemradio")
    menu(board, "a", "Size as it came")
    assert list(layout(board)["size"].values()) == [[2, 1]]


def test_hidden_cards_come_back_and_a_name_of_ones_own_can_be_undone(board: Page):
    menu(board, "a", "Hide")
    menu(board, "c", "Hide")
    menu(board, "e", "Hide")
    menu(board, "confusion", "Hide")
    assert titles(board) == ["b", "d"]
    back = board.get_by_role("button", name="3 hidden in Lines")
    expect(back).to_have_text("3 hidden")
    expect(board.get_by_role("button", name="1 hidden in Matrices")).to_be_focused()
    board.get_by_role("button", name="Bring back").click()
    expect(card(board, "confusion").locator(".x-grip")).to_be_focused()
    board.reload()
    drawn(board)
    back.click()
    board.get_by_role("menuitem", name="c", exact=True).click()
    assert titles(board) == ["b", "c", "d"]
    board.get_by_role("button", name="2 hidden in Lines").click()
    board.get_by_role("menuitem", name="Bring back all").click()
    assert titles(board) == NAMES
    assert layout(board) == {}

    menu(board, "d", "Rename…")
    board.keyboard.type("<b>Loss</b> of mine")
    board.keyboard.press("Enter")
    named = card(board, "<b>Loss</b> of mine")
    expect(named.get_by_role("button", name="Plot menu")).to_be_focused()
    expect(named.locator("h3")).to_have_attribute("title", "<b>Loss</b> of mine, logged as d")
    board.locator("#x-plot-filter").fill("^d$")  # by the name as logged it is found as well
    expect(board.locator(".x-card")).to_have_count(1)
    board.keyboard.press("Escape")
    expect(board.locator(".x-card")).to_have_count(6)
    menu(board, "<b>Loss</b> of mine", "Restore the name “d”")
    assert titles(board) == NAMES
    menu(board, "d", "Rename…")
    board.keyboard.type("not this")
    board.keyboard.press("Escape")
    assert titles(board) == NAMES


def test_a_link_shows_others_the_same_and_leaves_them_their_own(new_page: Callable[..., Page], board: Page, site: str):
    copied = "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }"
    board.evaluate(copied)
    menu(board, "a", "Hide")
    menu(board, "b", "2 rows", "menuitemradio")
    board.get_by_role("button", name="Copy a link to this view").click()
    link = board.evaluate("window.copied")
    assert "layout" not in board.url
    other = new_page(viewport={"width": 1280, "height": 720})
    other.goto(site)
    drawn(other)
    menu(other, "e", "Hide")
    other.goto(link)
    drawn(other)
    assert titles(other) == ["b", "c", "d", "e"]
    assert layout(other) == layout(board)
    menu(other, "d", "Hide")
    other.reload()
    drawn(other)
    assert titles(other) == ["b", "c", "e"]
    other.get_by_role("button", name="Arrange Lines").click()
    other.get_by_role("menuitem", name="Back to my layout").click()
    assert titles(other) == ["a", "b", "c", "d"]
    other.go_back()
    drawn(other)
    other.evaluate(copied)
    plain = new_page(viewport={"width": 1280, "height": 720})
    plain.goto(site)
    drawn(plain)
    plain.evaluate(copied)
    plain.keyboard.press("c")
    other.goto(plain.evaluate("window.copied"))
    drawn(other)
    assert titles(other) == NAMES


DAMAGE = """(text) => {
  const keys = Object.keys(localStorage).filter((one) => one.includes('layout'));
  keys.forEach((key) => localStorage.setItem(key, text));
  return keys.length;
}"""


@pytest.mark.parametrize(
    "stored",
    [
        "{",
        "null",
        '[["1", null]]',
        '[["1", {"hidden": "a", "order": {"Lines": [1, {}]}, "size": {"x": [9, 9]}}]]',
    ],
)
def test_damaged_memory_is_no_layout_and_is_written_anew(board: Page, site: str, stored: str):
    menu(board, "a", "Hide")
    assert board.evaluate(DAMAGE, stored) == 1
    board.goto(f"{site}&log=1")
    drawn(board)
    assert titles(board) == NAMES
    menu(board, "b", "Hide")
    board.reload()
    drawn(board)
    assert titles(board) == ["a", "c", "d", "e"]


READ = """([value, text]) => {
  const { layout } = mlflow_ext_ui;
  return [layout.read(value), layout.read(null), layout.read([1]), layout.read(text)];
}"""


def test_what_a_layout_cant_mean_is_left_out_of_it(board: Page):
    value = {
        "order": {"Lines": ["x", "x", 3, "", "y"], "Other": ["x"], "None": 5},
        "sections": ["", None],
        "size": {"a": [2, 1], "b": [5, 1], "c": [1, 99], "d": [1.5, 1], "e": "2", "f": [1]},
        "hidden": ["z", "a", "a", None, "l" * 5000, ""],
        "names": {"a": "fine", "b": "", "c": 5, "d": "l" * 121},
        "more": 1,
    }
    nothing: dict[str, Any] = {}
    assert board.evaluate(READ, [value, "text"]) == [
        {"order": {"Lines": ["x", "", "y"]}, "size": {"a": [2, 1]}, "hidden": ["a", "z"], "names": {"a": "fine"}},
        *[nothing] * 3,
    ]


# For every card and every place: it stands there, all others in the order they had, and no list is longer than it need.
PLACED = """() => {
  const { place, sections } = mlflow_ext_ui.arrange;
  const cards = ['a', 'b', 'c', 'd'].map((key) => ({ key, section: 'S', origin: 'primitive' }));
  const keys = ({ list }) => list.map((card) => card.key).join('');
  const names = (some, layout) => sections(some, layout).map(keys).join();
  const wrong = [];
  const expect = (found, wanted, why) => found === wanted || wrong.push([found, wanted, why]);
  let layouts = [{}];
  for (let round = 0; round < 2; round += 1) {
    const pairs = cards.flatMap(({ key }) => cards.map((one) => [key, one.key])).filter(([a, b]) => a !== b);
    layouts = layouts.flatMap((layout) => pairs.map(([key, before]) => {
      const was = names(cards, layout).replace(key, '');
      const next = mlflow_ext_ui.layout.read(place(cards, layout, key, 'S', { before }));
      expect(names(cards, next), was.replace(before, key + before), next);
      expect(JSON.stringify(next) === '{}', names(cards, next) === 'abcd', next);
      return next;
    }));
  }
  const last = place(cards, {}, 'a', 'S', {});
  expect(JSON.stringify(last), '{"order":{"S":["","a"]}}', 'at the end');
  expect(names([...cards, { key: 'e', section: 'S' }], last), 'bcdea', 'a new card');
  const front = place(cards, {}, 'd', 'S', { before: 'a' });
  const fewer = cards.filter((card) => card.key !== 'd');
  expect(names(fewer, front), 'abc', 'without it');
  expect(names(cards, place(fewer, front, 'c', 'S', { before: 'a' })), 'dcab', 'it keeps its place while it is away');
  const away = place(cards, {}, 'b', 'T', {});
  expect(names(cards, away), 'acd,b', 'another section');
  expect(JSON.stringify(mlflow_ext_ui.layout.read(place(cards, away, 'b', 'S', { after: 'a' }))), '{}', 'and back');
  return wrong;
}"""


def test_every_move_is_kept_in_as_few_names_as_it_needs(board: Page):
    assert board.evaluate(PLACED) == []


def test_three_hundred_cards_are_arranged_and_only_those_in_view_are_asked_for(page: Page, watch: Watch, site: str):
    page.goto(site.replace("experiment=1", "experiment=2"))
    drawn(page)
    page.locator(".x-grip").first.focus()
    page.keyboard.press("End")
    expect(page.locator(".x-grip").last).to_be_focused()
    expect(page.locator(".x-card").last).to_be_in_viewport()
    assert titles(page, "Many")[-1] == "metric 000"
    found = page.evaluate("mlflow_ext_ui.layout.get().order.Many")
    assert len(found) == 2
    drawn(page)
    assert watch.count("_pictures") < 15
    keys = page.locator(".x-card").evaluate_all("cards => cards.map((card) => card.dataset.key)")
    page.evaluate("(hidden) => mlflow_ext_ui.layout.set({ hidden })", keys)
    expect(page.locator(".x-card")).to_have_count(0)
    page.get_by_role("button", name="300 hidden in Many").click()
    page.get_by_role("menuitem", name="Bring back all").click()
    expect(page.locator(".x-card")).to_have_count(300)
