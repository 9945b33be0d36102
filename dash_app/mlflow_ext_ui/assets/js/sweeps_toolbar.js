// The toolbar of the Sweeps tab: targets, which runs, what to be careful about, and the sweep as a file.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const h = React.createElement;
  const VALUES = [["last", "Last", "The last value"], ["min", "Min", "The lowest value"], ["max", "Max", "The highest value"], ["mean", "Mean", "The mean of all values"], ["best", "Best", "The lowest or highest value, by which is better"]];
  const AMONG = [["list", "List", "All runs of the list on the left, as filtered"], ["screen", "On screen", "Only the runs on screen"]];
  const ARROWS = { lower: "↓", higher: "↑" };
  const WORDS = { lower: "lower is better", higher: "higher is better" };
  const MOST_ALSO = 4;
  // Which runs and which target decide what there is to brush.
  const anew = (changes) => mx.view.change({ ...changes, brush: null });

  function Way({ report }) {
    const { way, named, target } = report;
    const next = way === "higher" ? "lower" : "higher";
    const label = `${target}: ${way ? WORDS[way] : "its name does not tell which is better"}. Switch`;
    return h("button", { type: "button", className: "x-way" + (way ? "" : " x-unsaid"), "aria-label": label, title: label, onClick: () => mx.view.change({ good: next === named ? null : next }) }, way ? ARROWS[way] : "↕");
  }
  function Target({ report }) {
    const text = report.target === null ? "none" : mx.oneLine(report.target);
    return h(mx.Popover, {
      label: `Target: ${text}`,
      text: h("span", { className: "x-name" }, text),
      glyph: "chevron-down",
      look: "x-target",
      children: (close) =>
        h(tab.Names, {
          label: "Target",
          names: report.metrics,
          chosen: [report.target],
          onChoose: (target) => {
            close();
            anew({ target, good: null, also: tab.list("also").filter((one) => one !== target) });
          },
        }),
    });
  }
  function Also({ report }) {
    const also = tab.list("also");
    const flip = (name) => mx.view.change({ also: also.includes(name) ? also.filter((one) => one !== name) : [...also, name].slice(-MOST_ALSO) });
    const names = report.metrics.filter((name) => name !== report.target);
    if (!names.length) return null;
    return h(mx.Popover, { label: also.length ? `More targets: ${also.join(", ")}` : "More targets", text: also.length ? `+ ${also.length}` : null, glyph: also.length ? "chevron-down" : "plus", look: "x-quiet", on: also.length > 0, children: () => h(tab.Names, { label: "More targets", names, chosen: also, onChoose: flip, many: true }) });
  }
  const Without = ({ report }) =>
    h(mx.Popover, {
      label: `${mx.count(report.without.length, "run")} without the metric`,
      text: `${mx.whole(report.without.length)} without the metric`,
      glyph: "chevron-down",
      look: "x-chip-btn",
      children: () =>
        h(
          "div",
          { className: "x-names" },
          h("div", { className: "x-caption" }, `No finite value of ${mx.oneLine(report.target || "")}`),
          h("div", { className: "x-names-list" }, report.without.slice(0, 200).map(([id, name]) => h("a", { key: id, className: "x-menu-item x-link", href: mx.pageOf(id) }, h("span", { className: "x-name" }, mx.oneLine(name))))),
          report.without.length > 200 ? h("div", { className: "x-none" }, `The first 200 of ${mx.whole(report.without.length)}.`) : null,
        ),
    });
  function Warnings({ list }) {
    if (!list || !list.length) return null;
    const text = list.length === 1 ? list[0] : `${list.length} warnings`;
    return h(mx.Popover, {
      label: list.length === 1 ? `Warning: ${text}` : text,
      text: h("span", { className: "x-name" }, text),
      glyph: "chevron-down",
      look: "x-chip-btn x-warning",
      children: () => h("ul", { className: "x-plain x-warnings" }, list.map((one) => h("li", { key: one }, mx.icon("triangle-alert", "x-s12 x-warn"), one))),
    });
  }

  // A text that a spreadsheet would run as a formula gets a quote in front.
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  function save(report) {
    const on = tab.brushed(report, tab.brushes());
    const stated = (axis, run) => (axis.logged.find(([at]) => at === run) || [])[1];
    const rows = report.runs.map(([id, name], i) => [i, [name, id, ...report.axes.map((axis) => (axis.values[i] !== null && axis.levels.length ? axis.levels[axis.values[i]] : (axis.values[i] ?? stated(axis, i))))]]).filter(([i]) => !on || on.has(i));
    const lines = [["run", "id", ...report.axes.map((axis) => axis.name)], ...rows.map(([, row]) => row)];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = "sweep.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  tab.Toolbar = function Toolbar({ report }) {
    const box = { className: "x-tool x-tables-tool x-sweeps-tool", role: "toolbar", "aria-label": "Target and runs of the sweep" };
    const amongChoice = mx.radios({ label: "Which runs", options: AMONG, value: tab.among(), choose: (among) => anew({ among: among === "list" ? null : among }) });
    const values = mx.radios({ label: "Which value of the metric", options: VALUES, value: mx.view.get("aggregate") || "last", choose: (value) => mx.view.change({ aggregate: value === "last" ? null : value }) });
    const label = h("span", { className: "x-label" }, "Target");
    if (!report) return h("div", box, h("div", { className: "x-row x-targets" }, label, h("button", { type: "button", className: "x-btn x-target", disabled: true }, h("span", { className: "x-name" }, mx.oneLine(mx.view.get("target") || "…")))), values, amongChoice);
    const beyond = report.total > report.of ? `, the first of ${mx.whole(report.total)}` : "";
    return h(
      "div",
      box,
      h("div", { className: "x-row x-targets" }, label, h(Target, { report }), report.target === null ? null : h(Way, { report }), h(Also, { report })),
      values,
      h("div", { className: "x-row" }, amongChoice, h("span", { className: "x-used x-num" }, h("b", null, mx.whole(report.used)), ` of ${mx.count(report.of, "run")} used${beyond}`), report.without.length ? h(Without, { report }) : null),
      h("div", { className: "x-row x-tool-end" }, h(Warnings, { list: report.warnings }), report.none ? null : h("button", { type: "button", className: "x-btn", onClick: () => save(report) }, mx.icon("download"), "CSV")),
    );
  };
})();
