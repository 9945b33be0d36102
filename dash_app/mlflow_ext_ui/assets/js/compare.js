// Comparing a card's runs: the toggle and choosers in its head, the numbers beside its figure. The address keeps all of it.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState } = React;
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  const dot = (color) => (color ? h("span", { className: "x-dot", style: { background: color } }) : null);
  // The end of a name tells runs apart: it stays, the middle gives way.
  const END = 8;
  const named = (label, color) =>
    h("span", { className: "x-fact" }, dot(color), h("span", { className: "x-ends" }, h("span", { className: "x-name" }, label.slice(0, -END)), h("span", null, label.slice(-END))));
  const keys = () => mx.view.params().getAll("compare");

  function flip(key) {
    const now = keys();
    const next = now.includes(key) ? now.filter((one) => one !== key) : [...now, key];
    mx.view.change({ compare: next, ...mx.zoom.forget(key) });
  }
  function Toggle({ card, on }) {
    const label = on ? "Stop comparing" : "Compare";
    const props = { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": "Compare", "aria-pressed": on, title: label };
    return h("button", { ...props, onClick: () => flip(card.key) }, icon("arrow-left-right"));
  }

  // A button that says what is chosen, and its list; several lists where several things are chosen by it.
  function Chooser({ label, text, groups }) {
    const box = useRef(null);
    const [open, setOpen] = useState(false);
    const close = (back) => {
      setOpen(false);
      if (back) box.current.querySelector("button").focus();
    };
    useEffect(() => {
      if (!open) return undefined;
      const items = () => [...box.current.querySelectorAll("[role=menuitemradio]")];
      (items().find((one) => one.getAttribute("aria-checked") === "true") || items()[0]).focus();
      const outside = (event) => !box.current.contains(event.target) && close(false);
      const press = (event) => mx.walkMenu(event, items(), () => close(true));
      document.addEventListener("pointerdown", outside);
      box.current.addEventListener("keydown", press);
      const element = box.current;
      return () => {
        document.removeEventListener("pointerdown", outside);
        element.removeEventListener("keydown", press);
      };
    }, [open]);
    const item = (group, { value, label: name, color }) =>
      h(
        "button",
        {
          key: `${group.name} ${value}`,
          type: "button",
          role: "menuitemradio",
          "aria-checked": value === group.value,
          className: "x-menu-item",
          onClick: () => {
            close(true);
            mx.view.change({ [group.name]: value || null });
          },
        },
        icon("check", value === group.value ? "x-t3" : "x-gone"),
        dot(color),
        h("span", { className: "x-name" }, name),
      );
    const list = (group) =>
      h(
        "div",
        { key: group.name, role: "group", "aria-label": group.label },
        h("div", { className: "x-menu-head", "aria-hidden": true }, group.label),
        group.options.map((option) => item(group, option)),
      );
    const name = { "aria-label": `${label}: ${text}`, "aria-haspopup": "menu", "aria-expanded": open };
    return h(
      "div",
      { className: "x-choose", ref: box },
      h("button", { type: "button", className: "x-btn x-quiet x-small", ...name, onClick: () => setOpen(!open) }, h("span", { className: "x-name" }, text), icon("chevron-down", "x-s12")),
      open ? h("div", { className: "x-menu x-pop", role: "menu", "aria-label": label }, groups.map(list)) : null,
    );
  }

  function Runs({ sides }) {
    const option = (id) => ({ value: id, label: (mx.screen.runs.get(id) || { name: id }).name, color: (mx.screen.runs.get(id) || {}).color });
    const others = sides.holders.filter((id) => id !== sides.reference);
    const each = { value: "", label: others.length > sides.others.length ? `The first ${Math.min(4, others.length)}` : "Each" };
    const one = sides.others.length === 1 && others.length > 1 ? sides.others[0] : "";
    const groups = [
      { name: "ref", label: "Reference", options: sides.holders.map(option), value: sides.reference },
      { name: "against", label: "Against it", options: [each, ...others.map(option)], value: one },
    ];
    return h(Chooser, { label: "Runs compared", text: "Runs", groups });
  }
  function choice({ name, label, options, value }) {
    const group = { name, label, value, options: options.map(([one, text]) => ({ value: one, label: text })) };
    const text = (options.find(([one]) => one === value) || ["", value])[1];
    return h(Chooser, { key: name, label, text: name === "key" ? `${label} ${text}` : text, groups: [group] });
  }

  // The Tables tab goes by the same two parts of the address.
  function Why({ sides }) {
    if (!sides || sides.others.length !== 1) return null;
    const query = mx.view.params();
    for (const [name, value] of [["ref", sides.reference], ["against", sides.others[0]]]) query.set(name, value);
    for (const name of ["tables", "plot"]) query.delete(name);
    return h("a", { className: "x-link x-why-link", href: `${mx.prefix}tables?${query}` }, "Why they differ");
  }

  function Facts({ facts, sides }) {
    const [first, ...rest] = facts.headings;
    const heading = ([label, color], i) => h("th", { key: i, scope: "col", title: label }, named(label, color));
    const row = ([label, color, values], i) =>
      h(
        "tr",
        { key: i },
        h("th", { scope: "row", title: label }, named(label, color)),
        values.map((value, j) => h("td", { key: j }, value)),
      );
    return h(
      "div",
      { className: "x-facts", style: { flexBasis: facts.width }, tabIndex: 0, role: "region", "aria-label": "Numbers of the comparison" },
      h("table", null, h("thead", null, h("tr", null, heading(first, 0), rest.map((one, i) => heading(one, i + 1)))), h("tbody", null, facts.rows.map(row))),
      h(Why, { sides }),
    );
  }

  mx.compare = {
    on: (card) => card.runs > 1 && keys().includes(card.key),
    // What stands in a card's head: choosers while it compares, and the toggle where there is something to compare.
    head(card, picture) {
      if (!(card.runs > 1)) return null;
      const on = mx.compare.on(card);
      const sides = on && picture && picture.sides;
      return h(
        React.Fragment,
        null,
        on && picture ? (picture.switches || []).map(choice) : null,
        sides && sides.holders.length > 2 ? h(Runs, { sides }) : null,
        h(Toggle, { card, on }),
      );
    },
    beside: (picture, body) => (picture && picture.facts ? h("div", { className: "x-beside" }, body, h(Facts, { facts: picture.facts, sides: picture.sides })) : body),
    // What the CSV of a card that compares needs besides.
    query(card, query) {
      if (!mx.compare.on(card)) return;
      query.set("compared", "1");
      for (const name of ["ref", "against", "key", "unit"]) if (mx.view.get(name)) query.set(name, mx.view.get(name));
    },
    // Whether a live run's points are on this picture; a comparison draws only some runs.
    draws(picture, run) {
      return !picture.sides || [picture.sides.reference, ...picture.sides.others].includes(run);
    },
  };
})();
