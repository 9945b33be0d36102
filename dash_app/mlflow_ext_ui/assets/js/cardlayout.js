// What a card and a section's head offer to arrange them: handles, entries of the menus, a field for the name.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useSyncExternalStore } = React;
  const ROWS_IN_MENU = 4;
  const GRIP = ".x-grip";
  const CORNER = ".x-corner";
  const MENU = "[aria-label='Plot menu']";

  // ``place``: section, the keys shown in it, which of them this is, the sections above and below, the size.
  function moves(card, { section, keys, at, above, below }) {
    const to = (target, spot) => (part) => mx.arrange.move(card.key, target, spot, part);
    return {
      left: at > 0 ? to(section, { before: keys[at - 1] }) : null,
      right: at + 1 < keys.length ? to(section, { after: keys[at + 1] }) : null,
      start: at > 0 ? to(section, { before: keys[0] }) : null,
      end: at + 1 < keys.length ? to(section, { after: keys[keys.length - 1] }) : null,
      above: above === null ? null : to(above, {}),
      below: below === null ? null : to(below, first(below)),
    };
  }
  function first(section) {
    const card = document.querySelector(`.x-section[data-section="${CSS.escape(section)}"] .x-card`);
    return card ? { before: card.dataset.key } : {};
  }
  const STEPS = { ArrowLeft: "left", ArrowUp: "left", ArrowRight: "right", ArrowDown: "right", Home: "start", End: "end", PageUp: "above", PageDown: "below" };
  mx.Grip = function Grip({ card, place }) {
    const keys = (event) => {
      if (!STEPS[event.key]) return;
      event.preventDefault();
      const act = moves(card, place)[STEPS[event.key]];
      if (act) act(GRIP);
    };
    const label = `Move ${card.title}`;
    const hint = "Drag, or use the arrow keys, Home, End; Page up and Page down take it to the next section";
    return h("button", { type: "button", className: "x-grip", "aria-label": label, title: hint, "aria-description": hint, onKeyDown: keys }, mx.icon("grip-vertical", "x-s12"));
  };

  // A width that is all of the board means the whole row of any board; a board of one column says nothing of widths.
  mx.widthFor = (columns, place) => {
    const all = mx.arrange.columns();
    if (all === 1) return place.sized ? place.sized[0] : place.size[0];
    return columns >= all ? mx.layout.COLUMNS : Math.max(1, columns);
  };
  mx.Corner = function Corner({ card, place }) {
    const keys = (event) => {
      const [columns, rows] = place.size;
      const wider = { ArrowLeft: -1, ArrowRight: 1 }[event.key] || 0;
      const higher = { ArrowUp: -1, ArrowDown: 1 }[event.key] || 0;
      if (!wider && !higher) return;
      event.preventDefault();
      const next = [wider ? mx.widthFor(columns + wider, place) : place.sized ? place.sized[0] : mx.widthFor(columns, place), Math.max(1, Math.min(mx.layout.ROWS, rows + higher))];
      mx.arrange.resize(card.key, next, CORNER);
    };
    const hint = "Drag, or use the arrow keys";
    return h("button", { type: "button", className: "x-corner", "data-size": JSON.stringify(place.size), "data-sized": JSON.stringify(place.sized || null), "aria-label": `Resize ${card.title}`, title: hint, "aria-description": hint, onKeyDown: keys });
  };

  const line = () => h("div", { className: "x-view-line", role: "separator" });
  function Choice({ label, options, value, onChoose }) {
    return h(
      "div",
      { className: "x-menu-choice", role: "group", "aria-label": label },
      h("span", { "aria-hidden": true }, label),
      options.map(([one, text, name]) =>
        h("button", { key: one, type: "button", role: "menuitemradio", "aria-checked": one === value, "aria-label": name, onClick: () => onChoose(one) }, text),
      ),
    );
  }
  const WIDTHS = [[1, "1", "1 column"], [2, "2", "2 columns"], [3, "3", "3 columns"], [4, "Row", "The whole row"]];
  const HEIGHTS = Array.from({ length: ROWS_IN_MENU }, (_, i) => [i + 1, String(i + 1), i ? `${i + 1} rows` : "1 row"]);

  // The lower part of a card's menu.
  mx.ArrangeItems = function ArrangeItems({ card, place, onRename, onClose }) {
    const item = (label, glyph, act) =>
      act ? h("button", { type: "button", role: "menuitem", className: "x-menu-item", onClick: () => (onClose(), act(MENU)) }, mx.icon(glyph, "x-t3"), h("span", { className: "x-name" }, label)) : null;
    const go = moves(card, place);
    const size = place.sized || place.size;
    const resize = (next) => {
      onClose();
      mx.arrange.resize(card.key, next, MENU);
    };
    return h(
      React.Fragment,
      null,
      line(),
      item("Rename…", "pen-line", onRename),
      card.title !== card.logged ? item(`Restore the name “${card.logged}”`, "rotate-ccw", (part) => mx.arrange.rename(card.key, "", part)) : null,
      item("Hide", "eye-off", () => mx.arrange.hide(card.key, place.section)),
      line(),
      item("Move left", "arrow-left", go.left),
      item("Move right", "arrow-right", go.right),
      item("Move to start", "arrow-left-to-line", go.start),
      item("Move to the section above", "arrow-up", go.above),
      item("Move to the section below", "arrow-down", go.below),
      line(),
      h(Choice, { label: "Width", options: WIDTHS, value: size[0], onChoose: (columns) => resize([columns, size[1]]) }),
      h(Choice, { label: "Height", options: HEIGHTS, value: size[1], onChoose: (rows) => resize([size[0], rows]) }),
      place.sized ? item("Size as it came", "rotate-ccw", (part) => mx.arrange.resize(card.key, null, part)) : null,
    );
  };

  mx.NameField = function NameField({ card, onDone }) {
    const field = useRef(null);
    const done = useRef(false);
    useEffect(() => field.current.select(), []);
    const finish = (keep, part) => {
      if (done.current) return;
      done.current = true;
      const name = field.current.value;
      ReactDOM.flushSync(onDone);
      if (keep) mx.arrange.rename(card.key, name, part);
    };
    const keys = (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault();
      finish(event.key === "Enter", MENU);
      const button = document.querySelector(`.x-card[data-key="${CSS.escape(card.key)}"] ${MENU}`);
      if (button) button.focus();
    };
    return h("input", { ref: field, className: "x-card-name", defaultValue: card.title, placeholder: card.logged, maxLength: mx.layout.LONGEST_NAME, autoFocus: true, "aria-label": `Title of ${card.logged}; empty for the name as logged`, onKeyDown: keys, onBlur: () => finish(true) });
  };

  // At the end of a section's head: what is hidden in it, and its menu.
  mx.SectionTools = function SectionTools({ section, around }) {
    useSyncExternalStore(mx.layout.subscribe, mx.layout.get);
    const { name, hidden } = section;
    const entry = (close) => (label, glyph, act, key) =>
      h("button", { key: key || label, type: "button", role: "menuitem", className: "x-menu-item", onClick: () => (close(), act()) }, mx.icon(glyph, "x-t3"), h("span", { className: "x-name" }, label));
    const back = (close) => {
      const item = entry(close);
      return h(
        React.Fragment,
        null,
        hidden.map((card) => item(card.title, "eye", () => mx.arrange.bring([card.key], GRIP), card.key)),
        hidden.length > 1 ? [h("div", { key: "line", className: "x-view-line", role: "separator" }), item("Bring back all", "eye", () => mx.arrange.bring(hidden.map((card) => card.key), GRIP), "all")] : null,
      );
    };
    const menu = (close) => {
      const item = entry(close);
      const { layout } = mx;
      return h(
        React.Fragment,
        null,
        around.above === null ? null : item("Move section up", "arrow-up", () => mx.arrange.section(name, -1)),
        around.below === null ? null : item("Move section down", "arrow-down", () => mx.arrange.section(name, 1)),
        layout.borrowed() ? item("Keep this layout as mine", "check", layout.keep) : null,
        layout.borrowed() ? item("Back to my layout", "rotate-ccw", layout.leave) : null,
        layout.changed() ? item("Back to the layout of the view", "rotate-ccw", layout.leave) : null,
        item("Reset layout", "rotate-ccw", mx.arrange.reset),
      );
    };
    const count = `${mx.whole(hidden.length)} hidden`;
    return h(
      "div",
      { className: "x-section-end" },
      hidden.length ? h(mx.Popover, { label: `${count} in ${name}`, text: count, glyph: "chevron-down", menu: true, children: back }) : null,
      h(mx.Popover, { label: `Arrange ${name}`, glyph: "ellipsis", menu: true, children: menu }),
    );
  };

  // What changed, for those who do not see it.
  mx.Hearsay = function Hearsay() {
    const text = useSyncExternalStore(mx.arrange.hear, mx.arrange.told);
    return h("div", { className: "x-hear", role: "status" }, text);
  };
})();
