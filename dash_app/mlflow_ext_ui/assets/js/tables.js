// The Tables tab: its tools, and what the server says of the runs on screen. Python computes; this draws.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore } = React;
  const callbacks = window.dash_clientside.mlflow_ext;
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });

  callbacks.show_tables = (screen) => screen;

  // Which parts of the address each part of the tab goes by: no other change asks the server again.
  const ASKS = {
    difference: ["metric", "lower", "higher"],
    compare: ["value", "equal", "plain", "lower", "higher", "hide"],
    groups: ["value", "metric", "seed", "groups", "singles", "lower", "higher"],
    metrics: ["plain", "lower", "higher", "hide"],
    logged: ["table", "of", "at", "hide"],
  };
  const LIVE = 10000;
  const tab = (mx.tables = {});

  tab.hidden = () => mx.view.params().getAll("hide");
  tab.flip = (name) => {
    const now = tab.hidden();
    mx.view.change({ hide: now.includes(name) ? now.filter((one) => one !== name) : [...now, name] }, { replace: true });
  };
  const flag = (name) => mx.view.change({ [name]: mx.view.get(name) ? null : "1" });

  // What the name says, then the other way; a metric whose name says nothing can be either, or neither.
  tab.turn = ({ key, way, named }) => {
    const order = named ? [named, named === "lower" ? "higher" : "lower"] : [null, "higher", "lower"];
    const next = order[(order.indexOf(way) + 1) % order.length];
    const params = mx.view.params();
    const lists = Object.fromEntries(["lower", "higher"].map((name) => [name, params.getAll(name).filter((one) => one !== key)]));
    if (next && next !== named) lists[next].push(key);
    mx.view.change(lists, { replace: true });
  };

  tab.ask = async (url, question) => {
    const answer = await mx.fetch(url, { method: "POST", body: JSON.stringify(question) });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return answer.json();
  };
  // The state goes without the runs, which stand beside it.
  tab.question = (part, screen) => {
    const params = mx.view.params();
    params.delete("runs");
    return { part, runs: screen.runs.map((run) => run.id), experiment: screen.experiment && screen.experiment.id, state: `?${params}` };
  };
  const key = (part, screen) => {
    const params = mx.view.params();
    return JSON.stringify([ASKS[part].map((name) => [name, params.getAll(name)]), screen.runs.map((run) => run.id), screen.experiment && screen.experiment.id, screen.refresh]);
  };
  tab.key = key;

  // The latest answer to one part; while the next one is on its way the last stays.
  tab.usePart = function usePart(part, screen, url) {
    const [state, setState] = useState({ data: null, failure: null, old: false });
    const [beat, setBeat] = useState(0);
    const now = key(part, screen);
    const running = screen.runs.some((run) => run.status === "RUNNING");
    useEffect(() => {
      if (!running) return undefined;
      const timer = setInterval(() => document.hidden || setBeat((n) => n + 1), LIVE);
      return () => clearInterval(timer);
    }, [running]);
    useEffect(() => {
      let left = false;
      setState((before) => ({ ...before, old: true }));
      const question = tab.question(part, screen);
      tab.ask(url, question).then(
        (data) => left || setState({ data, failure: data.trouble || null, old: false, at: now, asked: question.state }),
        (error) => left || setState((before) => ({ ...before, failure: { title: "This table could not be read", why: `${error.message} What is stored is safe.` }, old: false })),
      );
      return () => {
        left = true;
      };
    }, [now, beat]);
    return { ...state, again: () => setBeat((n) => n + 1) };
  };

  tab.Trouble = ({ failure, again }) =>
    h(
      "div",
      { className: "x-trouble", role: "alert" },
      icon("triangle-alert", "x-s16 x-warn"),
      h("strong", null, failure.title),
      h("p", null, failure.why),
      h("div", { className: "x-row" }, h("button", { type: "button", className: "x-btn x-small", onClick: again }, icon("rotate-ccw"), "Try again")),
    );
  tab.Empty = ({ heading, sentence, screen, log }) =>
    h(
      "div",
      { className: "x-center" },
      h("div", { className: "x-first" }, h("h1", null, heading), h("p", null, sentence), h(mx.Snippet, { experiment: screen.experiment && screen.experiment.name, log })),
    );
  tab.Select = ({ label, value, options, onChange, bare }) =>
    h(
      "label",
      { className: "x-row" },
      bare ? null : h("span", { className: "x-label" }, label),
      h("select", { className: "x-select", "aria-label": label, value, onChange: (event) => onChange(event.target.value) }, options.map(([name, text]) => h("option", { key: name, value: name }, text))),
    );
  tab.file = (url, part) => `${url}?part=${part}&${mx.view.search().slice(1)}`;
  tab.File = ({ url, part, label, small }) =>
    h(
      "a",
      { className: "x-btn" + (small ? " x-quiet x-small x-btn-icon" : ""), href: tab.file(url, part), download: "", ...(small ? { "aria-label": label, title: label } : {}) },
      icon("download"),
      small ? null : "CSV",
    );

  const VIEWS = [["compare", "Compare"], ["metrics", "Metrics"], ["logged", "Logged tables"]];
  const VALUES = [["last", "Last"], ["min", "Min"], ["max", "Max"], ["mean", "Mean"], ["best", "Best step"]];
  // Order and filters belong to the grid that was left.
  const go = (view) => mx.view.change({ tables: view === "compare" ? null : view, grid_sort: null, grid_where: null });

  // Which rows or columns are shown: a list to tick, with a search where it is long.
  const LONG = 8;
  function Columns({ sections }) {
    const box = useRef(null);
    const [open, setOpen] = useState(false);
    const [text, setText] = useState("");
    useEffect(() => {
      if (!open) return undefined;
      const outside = (event) => !box.current.contains(event.target) && setOpen(false);
      document.addEventListener("pointerdown", outside);
      const first = box.current.querySelector(".x-chooser input");
      if (first) first.focus();
      return () => document.removeEventListener("pointerdown", outside);
    }, [open]);
    const close = (event) => {
      if (event.key !== "Escape" || !open) return;
      event.stopPropagation();
      setOpen(false);
      box.current.querySelector("button").focus();
    };
    const hidden = new Set(tab.hidden());
    const many = sections.reduce((sum, [, items]) => sum + items.length, 0);
    const fits = ([, label]) => label.toLowerCase().includes(text.toLowerCase());
    const item = ([name, label]) =>
      h("label", { key: name, className: "x-menu-item" }, h("input", { type: "checkbox", checked: !hidden.has(name), onChange: () => tab.flip(name) }), h("span", { className: "x-name", title: label }, label));
    const list = sections.flatMap(([title, items]) => {
      const left = items.filter(fits);
      return left.length ? [h("div", { key: `# ${title}`, className: "x-caption" }, title), ...left.map(item)] : [];
    });
    return h(
      "div",
      { className: "x-chooser-box", ref: box, onKeyDown: close },
      h("button", { type: "button", className: "x-btn x-quiet", "aria-haspopup": "dialog", "aria-expanded": open, onClick: () => setOpen(!open) }, icon("sliders-horizontal"), "Columns"),
      open
        ? h(
            "div",
            { className: "x-pop x-chooser", role: "dialog", "aria-label": "What is shown" },
            many > LONG ? h("input", { type: "search", className: "x-find", placeholder: "Search", "aria-label": "Search columns", value: text, onChange: (event) => setText(event.target.value) }) : null,
            h("div", { className: "x-chooser-list" }, list.length ? list : h("div", { className: "x-none" }, "Nothing has this in its name.")),
            hidden.size ? h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => mx.view.change({ hide: tab.hidden().filter((name) => /^[so]:/.test(name)) }, { replace: true }) }, "Show all") : null,
          )
        : null,
    );
  }
  const toggle = (text, name, pressed) => h("button", { type: "button", className: "x-btn x-quiet", "aria-pressed": pressed, onClick: () => flag(name) }, text);

  function Toolbar({ view, url, sections, children }) {
    return h(
      "div",
      { className: "x-tool x-tables-tool", role: "toolbar", "aria-label": "How tables are shown" },
      mx.radios({ label: "What is shown", options: VIEWS, value: view, choose: go }),
      view === "compare"
        ? h(tab.Select, { label: "Value", value: mx.view.get("value") || "last", options: VALUES, onChange: (value) => mx.view.change({ value: value === "last" ? null : value }) })
        : null,
      children,
      view === "logged"
        ? null
        : h(
            "div",
            { className: "x-row" },
            view === "compare" ? toggle("Only differences", "equal", !mx.view.get("equal")) : null,
            toggle("Show best", "plain", !mx.view.get("plain")),
          ),
      h("div", { className: "x-row x-tool-end" }, h(Columns, { sections }), h(tab.File, { url, part: view })),
    );
  }
  tab.Toolbar = Toolbar;

  mx.Tables = function Tables({ id, screen, url, gridTheme }) {
    mx.gridTheme = gridTheme;
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    if (!screen || screen.state.tab !== "tables" || mx.instead(screen.state) || screen.failed || !screen.runs.length) return h("div", { id, className: "x-tables" });
    const view = VIEWS.some(([name]) => name === mx.view.get("tables")) ? mx.view.get("tables") : "compare";
    const View = { compare: tab.Compare, metrics: tab.Metrics, logged: tab.Logged }[view];
    return h("div", { id, className: "x-tables x-on", "data-view": view }, h(View, { screen, url }));
  };
})();
