// What stands below the toolbar of the Sweeps tab.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const h = React.createElement;
  const { useMemo, useState } = React;
  const FIRST = 3;
  const MOST_AXES = 100;

  const theseOnScreen = (count) => (count === 1 ? "Show this run on screen" : `Show these ${mx.whole(count)} on screen`);

  function AxesMenu({ report }) {
    const all = report.params.map((param) => param.name);
    const shown = report.axes.filter((axis) => axis.role === "param").map((axis) => axis.name);
    const put = (names) => mx.view.change({ axes: names.length ? names.slice(0, MOST_AXES) : "" });
    const flip = (name) => put(shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name]);
    const button = (text, onClick) => h("button", { type: "button", className: "x-btn x-quiet x-small", onClick }, text);
    return h(mx.Popover, {
      label: "Axes",
      text: `${shown.length} of ${mx.count(all.length, "param")}`,
      glyph: "chevron-down",
      children: () => h("div", null, h(tab.Names, { label: "Axes", names: all, chosen: shown, onChoose: flip, many: true }), h("div", { className: "x-panel-foot" }, button("None", () => put([])), button(all.length > MOST_AXES ? `Strongest ${MOST_AXES}` : "All", () => put(all)), button("As at first", () => mx.view.change({ axes: null })))),
    });
  }
  function Head({ report, colors, brushes, on, preview }) {
    const texts = report.axes.filter((axis) => brushes.has(axis.name) && tab.test(axis, brushes.get(axis.name))).map((axis) => tab.brushWords(axis, brushes.get(axis.name)));
    const now = preview || on;
    const counted = now ? `${now.size ? mx.count(now.size, "run") : "no run"}${preview ? "" : tab.allShown(report, now) ? ", on screen" : ""}` : "";
    const show = now && !preview && now.size > 0 && !tab.allShown(report, now);
    return h(
      "div",
      { className: "x-tables-head x-parallel-head" },
      h("h2", null, "Parallel coordinates"),
      h("div", { className: "x-note-line", role: "status" }, now ? [texts.length ? `brushed: ${texts.join(", ")} · ` : "", h("b", { key: "n" }, counted)] : "drag along an axis to brush runs"),
      show ? h("button", { type: "button", className: "x-btn x-small", onClick: () => tab.showBrushed(report, now) }, theseOnScreen(now.size)) : null,
      h("div", { className: "x-color-bar", role: "img", "aria-label": `Colour: ${report.target}, from ${report.ends[0]} to ${report.ends[1]}` }, h("span", { className: "x-num" }, report.ends[0]), h("i", { style: { background: tab.gradient(report, colors) } }), h("span", { className: "x-num" }, report.ends[1])),
      h(AxesMenu, { report }),
      h("button", { type: "button", className: "x-btn x-quiet x-small", disabled: !brushes.size, onClick: tab.unbrush }, "Clear brush"),
    );
  }

  // Suggestions as diamonds over the runs.
  function withSuggestions(scatter, suggested) {
    const items = (suggested && suggested.items) || [];
    const { param, levels } = scatter.figure.layout.meta;
    const points = items.map((one, i) => ({ x: one.values[param], y: one.expected, i })).filter((one) => one.x !== undefined && one.x !== null && one.y !== null);
    const place = (x) => (levels.length ? levels.findIndex((level) => level.toLowerCase() === String(x).toLowerCase()) : Number(x));
    const shown = points.map((one) => ({ ...one, x: place(one.x) })).filter((one) => Number.isFinite(one.x) && one.x !== -1);
    const data = scatter.figure.data.map((trace) => (trace.meta && trace.meta.role === "suggested" ? { ...trace, x: shown.map((one) => one.x), y: shown.map((one) => one.y), hovertext: shown.map((one) => `Suggestion ${one.i + 1}, ${items[one.i].tag}<br>expected ${items[one.i].forecasts[0][1]} ± ${items[one.i].forecasts[0][2]}`) } : trace));
    const { range } = scatter.figure.layout.yaxis;
    const ys = shown.map((one) => one.y);
    const room = (range[1] - range[0]) * 0.04;
    const yaxis = ys.length ? { ...scatter.figure.layout.yaxis, range: [Math.min(range[0], Math.min(...ys) - room), Math.max(range[1], Math.max(...ys) + room)] } : scatter.figure.layout.yaxis;
    return { data, layout: { ...scatter.figure.layout, yaxis } };
  }
  const toggle = (run) => run && mx.toggle(run);
  function Scatter({ report, answer, suggested, lit }) {
    const { data, failure, old, again } = answer;
    const ready = data && data.figure && !failure;
    const figure = useMemo(() => (ready ? tab.lit(withSuggestions(data, suggested), lit) : null), [data, suggested, ready, lit]);
    const title = ready ? `${mx.oneLine(data.param)} against ${mx.oneLine(report.target)}` : `A param against ${mx.oneLine(report.target)}`;
    const tools = h(mx.Popover, {
      label: "Choose the param",
      glyph: "chevrons-up-down",
      children: (close) => h(tab.Names, { label: "Param", names: report.params.map((param) => param.name), chosen: ready ? [data.param] : [], onChoose: (param) => (close(), mx.view.change({ param })) }),
    });
    return h(
      tab.Card,
      { name: "scatter", title, caption: ready ? data.caption : "", tools, old: old && ready },
      failure ? h(tab.Trouble, { failure, again }) : null,
      figure ? h(tab.Graph, { figure, label: `${title}. ${data.note}`, onRun: toggle }) : null,
      ready ? h("p", { className: "x-card-note", title: data.note }, data.note) : null,
    );
  }

  function Section({ title, note, tools, children }) {
    return h("section", { className: "x-section", "aria-label": title }, h("div", { className: "x-tables-head" }, h("h2", { className: "x-sweep-heading" }, title), h("div", { className: "x-note-line" }, note), tools), children);
  }

  // Names and values of the params that tell no two runs apart.
  const LONG = 8;
  const MOST_NAMED = 200;
  function Constants({ constant }) {
    const [text, setText] = useState("");
    const all = Object.entries(constant).sort(([a], [b]) => a.localeCompare(b));
    const wanted = text.toLowerCase();
    const left = all.filter(([name, value]) => name.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted));
    return h(
      "div",
      { className: "x-names x-constants" },
      all.length > LONG ? h("input", { className: "x-input", type: "search", placeholder: "Search", "aria-label": "Search: params the same in all runs", value: text, "data-first": true, onChange: (event) => setText(event.target.value) }) : null,
      h(
        "dl",
        { className: "x-names-list", tabIndex: 0, "aria-label": "Params the same in all runs" },
        left.slice(0, MOST_NAMED).map(([name, value]) => h("div", { key: name }, h("dt", { title: name }, mx.oneLine(name)), h("dd", { title: value }, mx.oneLine(value)))),
      ),
      left.length ? null : h("div", { className: "x-none" }, "No param has this in it."),
      left.length > MOST_NAMED ? h("div", { className: "x-none" }, `The first ${MOST_NAMED} of ${mx.whole(left.length)}; type to narrow.`) : null,
    );
  }
  function Same({ constant }) {
    const count = Object.keys(constant).length;
    if (!count) return null;
    const text = `${mx.count(count, "param")} the same in all runs`;
    return h(mx.Popover, { label: text, text, glyph: "chevron-down", look: "x-chip-btn", children: () => h(Constants, { constant }) });
  }

  function Matrix({ report, screen, url }) {
    const [box, seen] = tab.useSeen();
    const { data, failure, old, again } = tab.useAnswer("matrix", screen, url, { part: "matrix" }, seen);
    const ready = data && data.figure && !failure;
    const some = ready && (data.rows < data.of[0] || data.columns < data.of[1]) ? `the strongest ${data.rows} of ${data.of[0]} params, ${data.columns} of ${data.of[1]} metrics` : ready ? `${data.rows} × ${data.columns}` : "";
    return h(
      "div",
      { ref: box, className: "x-sweep-cell" },
      h(
        tab.Card,
        { name: "matrix", title: "Every param against every metric", caption: some, old: old && ready },
        failure ? h(tab.Trouble, { failure, again }) : null,
        ready ? h("div", { className: "x-matrix-scroll", tabIndex: 0, role: "group", "aria-label": "Matrix of params and metrics" }, h("div", { className: "x-matrix-in", style: { height: data.height } }, h(tab.Graph, { figure: data.figure, label: `Params against metrics, from −1 to 1: ${some}`, onRun: (cell) => cell && mx.view.change({ param: cell[0] }) }))) : null,
        h("p", { className: "x-card-note" }, "Spearman of numbers, −1 to 1; correlation ratio of categories, 0 to 1. Metrics other than the targets count with their last value."),
      ),
    );
  }

  function Dependence({ of, name, screen, url, on, lit }) {
    const { data, failure, old, again } = tab.useAnswer("dependence", screen, url, { of }, on);
    const ready = data && data.figure && !failure;
    const [hidden, setHidden] = useState(0);
    const figure = useMemo(() => (ready ? tab.lit(data.figure, lit) : null), [data, ready, lit]);
    const bar = ready && data.scale ? h("div", { className: "x-color-bar x-surface-bar", role: "img", "aria-label": `Colour: ${data.target}, from ${data.ends[0]} to ${data.ends[1]}` }, h("span", { className: "x-num" }, data.ends[0]), h("i", { style: { background: `linear-gradient(to right, ${data.scale.join()})` } }), h("span", { className: "x-num" }, data.ends[1])) : null;
    const title = of.map(mx.oneLine).join(" and ");
    return h(
      tab.Card,
      { name, title, caption: ready ? data.caption : "", old: old && ready },
      failure ? h(tab.Trouble, { failure, again }) : null,
      data && data.sentence ? h("div", { className: "x-trouble" }, h("p", null, data.sentence)) : null,
      !data && !failure ? h("div", { className: "x-trouble" }, h("p", { role: "status" }, "Growing the forest.")) : null,
      bar,
      ready ? h(tab.Graph, { figure, label: `${title}: ${data.note}`, onRun: toggle, onHidden: setHidden }) : null,
      ready ? h("p", { className: "x-card-note" }, data.weak ? h("strong", { className: "x-warn" }, "The model explains little here. ") : null, data.note, hidden ? ` ${mx.count(hidden, "more row")} below: full screen shows more.` : "") : null,
    );
  }
  function Model({ report, screen, url, lit }) {
    const [box, seen] = tab.useSeen();
    const names = report.params.map((param) => param.name);
    const asked = tab.list("pair").filter((name) => names.includes(name));
    const usual = [...report.params.filter((param) => !param.rare), ...report.params.filter((param) => param.rare)].map((param) => param.name);
    const one = asked[0] || usual[0];
    const other = asked[1] || usual.find((name) => name !== one);
    const select = (label, value, change, options) => h(mx.tables.Select, { bare: true, label, value, options: options.map((name) => [name, mx.oneLine(name)]), onChange: change });
    const tools = h(
      "div",
      { className: "x-row" },
      select("First param", one, (name) => mx.view.change({ pair: [name, name === other ? one : other].filter(Boolean) }), names),
      other ? h("span", { className: "x-label" }, "and") : null,
      other ? select("Second param", other, (name) => mx.view.change({ pair: [one, name] }), names.filter((name) => name !== one)) : null,
    );
    return h(
      "div",
      { ref: box },
      h(
        Section,
        { title: `What a model expects of ${mx.oneLine(report.target)}`, note: "mean prediction of a random forest, with its 90% interval", tools },
        h("div", { className: "x-sweep-grid x-model-grid" }, other ? h(Dependence, { key: "pair", of: [one, other], name: "pair", screen, url, on: seen, lit }) : null, h(Dependence, { key: "one", of: [one], name: "one", screen, url, on: seen, lit }), other ? h(Dependence, { key: "other", of: [other], name: "other", screen, url, on: seen, lit }) : null),
      ),
    );
  }

  function Front({ report, screen, url }) {
    const [box, seen] = tab.useSeen();
    const { data, failure, old, again } = tab.useAnswer("front", screen, url, { part: "front" }, seen);
    const ready = data && data.figure && !failure;
    const undecided = ready && data.undecided.length > 0;
    const show = ready && data.runs.length ? h("button", { type: "button", className: "x-btn x-small", onClick: () => mx.show(data.runs.slice(0, 1000)) }, theseOnScreen(data.runs.length)) : null;
    return h(
      "div",
      { ref: box },
      h(
        Section,
        { title: "Several targets", note: ready ? data.caption : "", tools: show },
        failure ? h(tab.Trouble, { failure, again }) : null,
        undecided ? h("p", { className: "x-sweep-none" }, `No front: whether ${data.undecided.map(mx.oneLine).join(", ")} is better low or high, its name does not tell.`) : null,
        ready
          ? h(
              "div",
              { className: "x-sweep-grid x-pair-grid" },
              h(tab.Card, { name: "front", title: report.targets.slice(0, 2).map(([name]) => mx.oneLine(name)).join(" against "), caption: report.targets.length > 2 ? "the first two; the front is that of all" : "", old }, h(tab.Graph, { figure: data.figure, label: `Runs by ${report.targets.map(([name]) => name).join(", ")}; ${data.caption}`, onRun: toggle })),
              data.rows.length
                ? h(
                    "div",
                    { className: "x-card x-tt-box x-front-box", tabIndex: 0, role: "region", "aria-label": "Runs of the front" },
                    h(
                      "table",
                      { className: "x-tt x-front" },
                      h("thead", null, h("tr", null, h("th", { scope: "col" }, "Run"), data.columns.map((column) => h("th", { key: column.name, scope: "col", title: column.name }, `${mx.oneLine(column.name)} ${column.way}`)))),
                      h("tbody", null, data.rows.map((row) => h("tr", { key: row.id }, h("th", { scope: "row" }, h("a", { className: "x-link x-front-run", href: mx.pageOf(row.id) }, mx.oneLine(row.name))), row.cells.map((cell, i) => h("td", { key: i }, cell))))),
                    ),
                    data.more ? h("p", { className: "x-card-note" }, `${mx.count(data.more, "more run")} on the front.`) : null,
                  )
                : null,
            )
          : null,
      ),
    );
  }

  tab.Parts = function Parts({ report, importance, screen, urls, colors, old }) {
    const [n, setN] = useState(FIRST);
    const [preview, setPreview] = useState(null);
    const suggested = tab.useAnswer("suggest", screen, urls.suggest, { n });
    const theme = mx.theme.current();
    const came = report.scatter.figure && report.asked.join("\n") === [mx.view.get("param") || "", theme].join("\n");
    const asked = tab.useAnswer("scatter", screen, urls.sweep, { part: "scatter" }, !came);
    const scatter = came ? { data: report.scatter, failure: null, old } : asked;
    const brushKey = JSON.stringify(tab.list("brush"));
    const brushes = useMemo(tab.brushes, [brushKey]);
    const on = useMemo(() => tab.brushed(report, brushes), [report, brushes]);
    const lit = useMemo(() => on && new Set([...on].map((i) => report.runs[i][0])), [on, report]);
    const shown = scatter.data && scatter.data.param;
    return h(
      React.Fragment,
      null,
      h("section", { className: old ? "x-old-part" : undefined, "aria-label": "Parallel coordinates" }, h(Head, { report, colors: colors[theme], brushes, on, preview }), h(tab.Parallel, { report, colors: colors[theme], brushes, on, onPreview: setPreview })),
      h("div", { className: "x-sweep-grid x-first-grid" }, h(tab.Importance, { importance, old, shown }), h(Scatter, { report, answer: scatter, suggested: suggested.data, lit }), h(tab.Suggestions, { suggested, n, setN, report })),
      report.targets.length > 1 ? h(Front, { report, screen, url: urls.sweep }) : null,
      h(Section, { title: "What goes together", note: "", tools: h(Same, { constant: report.constant }) }, h("div", { className: "x-sweep-grid x-wide-grid" }, h(tab.Correlation, { report, old, shown }), h(Matrix, { report, screen, url: urls.sweep }))),
      h(Model, { report, screen, url: urls.dependence, lit }),
    );
  };
})();
