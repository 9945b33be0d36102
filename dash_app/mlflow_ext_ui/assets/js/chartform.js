// The panel that makes or changes a chart: its kind, what it shows, its name.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useId, useMemo, useRef, useState } = React;
  const SHOWN = 50;
  const MOST_FIELDS = 8;
  const LONGEST = 250;
  const KINDS = [["line", "Line", "Metrics over steps"], ["bar", "Bars", "One value of each metric per run"], ["scatter", "Scatter", "One dot per run"]];
  const STATISTICS = [["last", "Last value"], ["min", "Lowest value"], ["max", "Highest value"]];

  // All words in any order; names that begin with what was typed come first.
  function matching(names, text) {
    const typed = text.trim().toLowerCase();
    const parts = typed.split(/\s+/).filter(Boolean);
    const found = names.filter(({ label }) => parts.every((part) => label.toLowerCase().includes(part)));
    if (!typed) return found;
    const rank = ({ label }) => (label.toLowerCase() === typed ? 0 : label.toLowerCase().startsWith(typed) ? 1 : 2);
    return found.map((one, i) => [rank(one), i, one]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((one) => one[2]);
  }

  // A field that finds names as one types; arrows choose, Enter takes, and a name that nobody lists is taken as typed.
  function Finder({ label, names, taken, disabled, onTake, typed }) {
    const [text, setText] = useState("");
    const [open, setOpen] = useState(false);
    const [at, setAt] = useState(0);
    const id = useId();
    const list = useRef(null);
    const every = useMemo(() => matching(names.filter((one) => !taken.includes(one.value)), text), [names, taken, text]);
    const exact = every.some((one) => one.label === text.trim());
    const extra = text.trim() && !exact && text.trim().length <= LONGEST ? typed(text.trim()).filter((one) => !taken.includes(one.value)) : [];
    const options = [...every.slice(0, SHOWN), ...extra];
    const take = (option) => {
      onTake(option.value);
      setText("");
      setAt(0);
      setOpen(false);
    };
    const move = (by) => {
      const next = open ? (at + by + options.length) % Math.max(options.length, 1) : 0;
      setOpen(true);
      setAt(next);
      const row = list.current && list.current.children[next];
      if (row) row.scrollIntoView({ block: "nearest" });
    };
    const keys = (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && open && options[at]) {
        event.preventDefault();
        take(options[at]);
      } else if (event.key === "Escape" && open) {
        event.stopPropagation();
        setOpen(false);
      }
    };
    const type = (event) => {
      setText(event.target.value);
      setAt(0);
      setOpen(true);
    };
    const option = (one, i) =>
      h(
        "div",
        { key: one.value + (i >= every.length ? " typed" : ""), id: `${id}-${i}`, role: "option", "aria-selected": i === at, className: "x-seek-option", title: one.label, onPointerDown: (event) => (event.preventDefault(), take(one)) },
        h("span", { className: "x-name" }, one.label),
        one.note ? h("span", { className: "x-caption" }, one.note) : null,
      );
    const counted = every.length > SHOWN ? `The first ${SHOWN} of ${mx.whole(every.length)}; type to narrow.` : options.length ? "" : "No name has this in it.";
    return h(
      "div",
      { className: "x-seek" },
      h("input", {
        className: "x-input", type: "text", role: "combobox", "aria-label": label, "aria-expanded": open, "aria-controls": id, "aria-autocomplete": "list",
        "aria-activedescendant": open && options[at] ? `${id}-${at}` : undefined, autoComplete: "off", spellCheck: false, disabled,
        placeholder: disabled ? `${MOST_FIELDS} metrics are the most` : "Type to find", value: text, onChange: type, onKeyDown: keys, onClick: () => setOpen(true), onBlur: () => setOpen(false),
      }),
      open ? h("div", { className: "x-seek-box" }, h("div", { ref: list, id, role: "listbox", "aria-label": label, className: "x-seek-list" }, options.map(option)), counted ? h("p", { className: "x-seek-count", role: "status" }, counted) : null) : null,
    );
  }

  const metric = (name) => ({ value: name, label: name });
  const column = (kind) => (name) => ({ value: `${kind}.${name}`, label: name, note: kind === "params" ? "param" : "metric" });
  const bare = (text) => text.replace(/^(?:params|metrics)\./, "");

  function Metrics({ names, chosen, set }) {
    const listed = useMemo(() => names.map(metric), [names]);
    return h(
      "div",
      { className: "x-chart-row", role: "group", "aria-label": "Metrics" },
      h("span", { className: "x-label" }, "Metrics"),
      chosen.length
        ? h("div", { className: "x-chart-chosen" }, chosen.map((name) => h("span", { key: name, className: "x-chip x-filter-chip", title: name }, h("span", { className: "x-name" }, name), h("button", { type: "button", "aria-label": `Remove ${name}`, onClick: () => set(chosen.filter((one) => one !== name)) }, mx.icon("x", "x-s12")))))
        : null,
      h(Finder, { label: "Add a metric", names: listed, taken: chosen, disabled: chosen.length >= MOST_FIELDS, onTake: (name) => set([...chosen, name]), typed: (text) => [{ ...metric(text), note: "as typed" }] }),
    );
  }
  function Axis({ label, columns, value, set }) {
    const typed = (text) => [{ ...column("params")(text), note: "param, as typed" }, { ...column("metrics")(text), note: "metric, as typed" }];
    const kind = value.startsWith("params.") ? "param" : "metric";
    return h(
      "div",
      { className: "x-chart-row", role: "group", "aria-label": label },
      h("span", { className: "x-label" }, label),
      value
        ? h("span", { className: "x-chip x-filter-chip", title: bare(value) }, h("span", { className: "x-name" }, `${bare(value)} · ${kind}`), h("button", { type: "button", "aria-label": `Change ${label}`, onClick: () => set("") }, mx.icon("x", "x-s12")))
        : h(Finder, { label: `${label}, a metric or a param`, names: columns, taken: [], onTake: set, typed }),
    );
  }
  function wrongIn({ kind, fields }) {
    if (kind === "scatter") return fields.every(Boolean) ? "" : "Choose what stands on x and on y.";
    return fields.length ? "" : "Choose at least one metric.";
  }

  mx.ChartForm = function ChartForm({ edited, close }) {
    const [before] = useState(() => (edited ? mx.own.find(edited) : null));
    const start = before || { kind: "line", statistic: "last", title: "", fields: [] };
    const [kind, setKind] = useState(start.kind);
    const [statistic, setStatistic] = useState(start.statistic);
    const [title, setTitle] = useState(start.title);
    const [metrics, setMetrics] = useState(start.kind === "scatter" ? [] : start.fields);
    const [pair, setPair] = useState(start.kind === "scatter" ? start.fields : ["", ""]);
    const [wrong, setWrong] = useState("");
    const { fields } = mx.useFields(`${mx.prefix}_fields`);
    // Those of the runs on screen, all of them, then what else the newest runs hold.
    const names = useMemo(() => [...new Set([...mx.own.metrics(), ...fields.filter((one) => one.kind === "metrics").map((one) => one.title)])], [fields]);
    const columns = useMemo(() => [...fields.filter((one) => one.kind === "params").map((one) => column("params")(one.title)), ...names.map(column("metrics"))], [fields, names]);
    const change = (set) => (value) => {
      set(value);
      setWrong("");
    };
    const submit = (event) => {
      event.preventDefault();
      const chart = { kind, statistic: kind === "line" ? "last" : statistic, title: title.trim(), fields: kind === "scatter" ? pair : metrics };
      const found = wrongIn(chart);
      if (found) return setWrong(found);
      close();
      return edited ? mx.own.save(edited, chart) : mx.own.add(chart);
    };
    const radio = ([value, label, words]) =>
      h("label", { key: value, className: "x-chart-kind", title: words }, h("input", { type: "radio", name: "x-chart-kind", value, checked: kind === value, onChange: () => change(setKind)(value) }), h("span", null, label));
    return h(
      "form",
      { className: "x-chart-form", onSubmit: submit },
      h("div", { className: "x-panel-head" }, h("strong", null, edited ? "Edit chart" : "Add chart"), h("span", { className: "x-caption" }, KINDS.find(([value]) => value === kind)[2])),
      h("div", { className: "x-chart-kinds", role: "radiogroup", "aria-label": "Kind" }, KINDS.map(radio)),
      kind === "scatter"
        ? [0, 1].map((i) => h(Axis, { key: i, label: "XY"[i], columns, value: pair[i], set: change((value) => setPair(pair.map((one, at) => (at === i ? value : one)))) }))
        : h(Metrics, { names, chosen: metrics, set: change(setMetrics) }),
      kind === "line"
        ? null
        : h("label", { className: "x-chart-row" }, h("span", { className: "x-label" }, "Value"), h("select", { className: "x-select", value: statistic, onChange: (event) => setStatistic(event.target.value) }, STATISTICS.map(([value, label]) => h("option", { key: value, value }, label)))),
      h("label", { className: "x-chart-row" }, h("span", { className: "x-label" }, "Name"), h("input", { className: "x-input", type: "text", value: title, maxLength: 120, placeholder: "Made of what it shows", onChange: (event) => setTitle(event.target.value) })),
      wrong ? h("p", { className: "x-filter-error x-refused", role: "alert" }, wrong) : null,
      h("div", { className: "x-panel-foot" }, h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: close }, "Cancel"), h("button", { type: "submit", className: "x-btn x-small x-primary" }, edited ? "Save" : "Add chart")),
    );
  };
})();
