// Runs side by side, and below them groups of seeds with the order that their means give.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.tables;
  const h = React.createElement;
  const { useMemo, useRef } = React;
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  const dot = (color) => h("span", { className: "x-dot", style: { background: color } });
  const ARROWS = { lower: "↓", higher: "↑" };
  const WORDS = { lower: "lower is better", higher: "higher is better" };
  const FEW = 11;
  // Fewer are drawn as a whole: that is simpler to search, to copy, and to read aloud.
  const MANY = { columns: 40, rows: 120 };
  const SEEN_WIDTH = { name: 204, run: 132 };

  function Section({ name, title, note, tools, children }) {
    const open = !tab.hidden().includes(`s:${name}`);
    return h(
      "section",
      { className: "x-section", "aria-label": title },
      h(
        "div",
        { className: "x-tables-head" },
        h(
          "h2",
          null,
          h("button", { type: "button", className: "x-section-head", "aria-expanded": open, onClick: () => tab.flip(`s:${name}`) }, icon(open ? "chevron-down" : "chevron-right", "x-t3"), title),
        ),
        open ? h("div", { className: "x-note-line" }, note) : null,
        open ? tools : null,
      ),
      open ? children : null,
    );
  }

  tab.Way = Way;
  function Way({ row }) {
    const way = row.way;
    const label = `${row.title}: ${way ? WORDS[way] : "nothing tells which way is better"}. Switch`;
    return h("button", { type: "button", className: "x-way" + (way ? "" : " x-unsaid"), "aria-label": label, title: label, onClick: () => tab.turn(row) }, way ? ARROWS[way] : "↕");
  }
  const groupRow = (columns, name, content) => (place) => h("tr", { key: `# ${name}`, className: "x-group", ...place }, h("th", { colSpan: columns.span, scope: "rowgroup" }, h("span", { className: "x-stays" }, content)));
  const opener = (text, open, act) => h("button", { type: "button", className: "x-opener", "aria-expanded": open, onClick: act }, icon(open ? "chevron-down" : "chevron-right", "x-s12 x-t3"), text);

  const paramRow = (row, columns) => (place) =>
    h(
      "tr",
      { key: `p:${row.name}`, ...place },
      h("th", { scope: "row", title: row.name }, h("span", { className: "x-name" }, row.name)),
      columns.cells((i, at) => {
        const cell = row.cells[i];
        return h("td", { key: i, ...at, className: cell === null ? "x-dim" : undefined, title: cell === null ? "not logged" : cell }, row.texts[i]);
      }),
    );
  const metricRow = (row, columns) => (place) => {
    const best = new Set(row.best);
    return h(
      "tr",
      { key: `m:${row.key}`, ...place },
      h("th", { scope: "row", title: row.title }, h("span", { className: "x-label-way" }, h("span", { className: "x-name" }, row.title), row.key ? h(Way, { row }) : " ↓")),
      columns.cells((i, at) => {
        const cell = row.cells[i];
        const plain = cell === "NaN" || cell === "–";
        const why = best.has(i) ? `best: ${WORDS[row.way]}` : columns.runs[i].status === "RUNNING" ? "this run still runs: its value can't be the best" : undefined;
        return h("td", { key: i, ...at, className: (best.has(i) ? "x-best" : "") + (plain ? " x-dim" : ""), "data-best": best.has(i) || undefined, title: why }, cell);
      }),
    );
  };

  // The rows as functions of their place, so that only those in view are made.
  function compared(data, columns) {
    const several = columns.runs.length > 1;
    const equal = Boolean(mx.view.get("equal"));
    const same = data.param_names.length - data.differ;
    const differing = data.params.filter((row) => row.differs);
    const others = data.params.filter((row) => !row.differs);
    const all = tab.hidden().includes("o:differ") && differing.length > FEW;
    const system = tab.hidden().includes("o:system");
    return [
      data.param_names.length && several ? groupRow(columns, "differ", differing.length ? "Parameters that differ" : data.differ ? "Parameters that differ are hidden" : "No parameter differs") : null,
      ...differing.map((row) => paramRow(row, columns)),
      data.folded || all ? groupRow(columns, "more", opener(all ? "Fewer parameters that differ" : `${mx.whole(data.folded)} more that differ`, all, () => tab.flip("o:differ"))) : null,
      same ? groupRow(columns, "same", opener(several ? `${mx.count(same, "parameter")} the same in all` : mx.count(same, "parameter"), equal, () => mx.view.change({ equal: equal ? null : "1" }))) : null,
      ...others.map((row) => paramRow(row, columns)),
      groupRow(columns, "metrics", "Metrics"),
      ...data.metrics.map((row) => metricRow(row, columns)),
      metricRow({ ...data.duration, key: "", title: "duration", way: "lower" }, columns),
      data.system_held ? groupRow(columns, "system", opener(mx.count(data.system_held, "system metric"), system, () => tab.flip("o:system"))) : null,
      ...(system ? data.system.map((row) => metricRow(row, columns)) : []),
    ].filter(Boolean);
  }

  // The columns in view, between gaps as wide as those that are not drawn.
  function columnsOf(runs, [from, to], all) {
    const gap = (key, count) => (count ? h("td", { key, className: "x-gap", "aria-hidden": true }) : null);
    const each = (make) => runs.slice(from, to).map((_, at) => make(from + at, all ? {} : { "aria-colindex": from + at + 2 }));
    const gaps = [from, runs.length - to];
    const wide = (key, width) => h("col", { key, style: { width } });
    return {
      runs,
      span: to - from + 1 + gaps.filter(Boolean).length,
      cells: (make) => [gap("lead", gaps[0]), ...each(make), gap("trail", gaps[1])],
      widths: all ? null : h("colgroup", null, wide("name", SEEN_WIDTH.name), gaps[0] ? wide("lead", gaps[0] * SEEN_WIDTH.run) : null, ...each((i) => wide(i, SEEN_WIDTH.run)), gaps[1] ? wide("trail", gaps[1] * SEEN_WIDTH.run) : null),
    };
  }

  function Comparison({ data, screen }) {
    const box = useRef(null);
    const view = tab.useWindow(box);
    const byId = useMemo(() => new Map(screen.runs.map((run) => [run.id, run])), [screen]);
    const runs = useMemo(() => data.runs.map((id) => byId.get(id) || { id, name: id.slice(0, 8), color: "transparent" }), [data, byId]);
    const every = runs.length <= MANY.columns;
    const columns = columnsOf(runs, every ? [0, runs.length] : view.across(runs.length, SEEN_WIDTH.run, SEEN_WIDTH.name), every);
    const rows = compared(data, columns);
    const whole = rows.length <= MANY.rows;
    const [from, to] = whole ? [0, rows.length] : view.down(rows.length);
    const gap = (key, count) => (count ? h("tr", { key, "aria-hidden": true, style: { height: count * view.rowHeight } }) : null);
    const head = columns.cells((i, at) =>
      h("th", { key: runs[i].id, ...at, scope: "col", title: runs[i].name, "aria-label": runs[i].name }, h("span", { className: "x-run-head" }, dot(runs[i].color), mx.shortened(runs[i].name))),
    );
    return h(
      "div",
      { className: "x-card x-tt-box", tabIndex: 0, role: "region", "aria-label": "Comparison of the runs on screen", ref: box },
      h(
        "table",
        {
          className: "x-tt x-compare",
          style: { minWidth: SEEN_WIDTH.name + SEEN_WIDTH.run * runs.length, ...(every ? {} : { width: 0 }) },
          ...(every ? {} : { "aria-colcount": runs.length + 1 }),
          ...(whole ? {} : { "aria-rowcount": rows.length + 1 }),
        },
        columns.widths,
        h("thead", null, h("tr", null, h("td", { "aria-label": "Name" }), head)),
        h("tbody", null, gap("above", from), rows.slice(from, to).map((row, at) => row(whole ? {} : { "aria-rowindex": from + at + 2 })), gap("below", rows.length - to)),
      ),
    );
  }

  function note(data) {
    const shown = data.runs.length;
    const runs = shown < data.total ? `the first ${shown} of ${mx.count(data.total, "run")} on screen` : mx.count(shown, "run");
    const params = data.param_names.length;
    const differ = params ? [shown > 1 ? `${data.differ} of ${mx.count(params, "parameter")} differ` : mx.count(params, "parameter")] : [];
    return [runs, ...differ, mx.count(data.keys.length, "metric")].join(" · ");
  }

  // Interval, seeds and mean on one scale for all groups.
  function Interval({ group, low, high }) {
    const room = high - low || 1;
    const x = (value) => `${((value - low) / room) * 100}%`;
    const wide = group.low === null ? null : `${Math.max(0.5, ((group.high - group.low) / room) * 100)}%`;
    const label = `mean ${group.text}; ${group.interval || "no interval below three runs"}`;
    return h(
      "svg",
      { role: "img", "aria-label": label },
      h("title", null, label),
      h("line", { x1: 0, x2: "100%", y1: 14, y2: 14, className: "x-iv-axis" }),
      wide ? h("rect", { x: x(group.low), width: wide, y: 8, height: 12, rx: 3, fill: group.color, opacity: 0.32 }) : null,
      group.values.map((value, i) => h("line", { key: i, x1: x(value), x2: x(value), y1: 9, y2: 19, className: "x-iv-seed" })),
      h("circle", { cx: x(group.mean), cy: 14, r: 4, fill: group.color, className: "x-iv-mean" }),
    );
  }
  const show = (group) => h("button", { type: "button", className: "x-group-name", title: `${group.name}: put its runs on screen`, "aria-label": group.name, onClick: () => mx.show(group.ids) }, dot(group.color), mx.shortened(group.name));

  const AUTO = "";
  // What the groups go by, as a sentence whose words can be changed.
  const STAND_FOR = { min: "lowest value", max: "highest value", mean: "mean of its values", best: "best value" };
  function Terms({ data, keys, params }) {
    const stands = STAND_FOR[mx.view.get("value")];
    const shown = keys.some(([key]) => key === data.metric) || !data.metric ? keys : [[data.metric, data.metric], ...keys];
    const byName = data.seeds.length && !mx.view.get("seed") ? data.seeds.join(", ") : "the seed, by its name";
    const word = (props) => h(tab.Select, { bare: true, ...props });
    return h(
      "span",
      { className: "x-terms" },
      "equal but for ",
      word({ label: "Param that is the seed", value: mx.view.get("seed") || AUTO, options: [[AUTO, byName], ...params.map((name) => [name, name])], onChange: (seed) => mx.view.change({ seed: seed || null }) }),
      " · ",
      word({ label: "Metric of the groups", value: data.metric, options: shown, onChange: (metric) => mx.view.change({ metric }) }),
      data.metric ? h(Way, { row: { key: data.metric, title: data.metric, way: data.way, named: data.named } }) : null,
      " · ",
      word({ label: "Which runs are grouped", value: mx.view.get("groups") || "experiment", options: [["experiment", "all runs"], ["screen", "on screen"]], onChange: (groups) => mx.view.change({ groups: groups === "experiment" ? null : groups }) }),
      stands ? ` · ${stands}` : " · bootstrap",
    );
  }

  function Seeds({ data }) {
    const row = (group) =>
      h(
        "tr",
        { key: group.name },
        h("th", { scope: "row" }, show(group)),
        h("td", { title: group.left_out || undefined }, group.left_out ? `${group.runs} of ${group.ids.length}` : group.runs),
        h("td", { title: group.interval || undefined }, group.text),
        h("td", { className: group.sd === "–" ? "x-dim" : undefined }, group.sd),
        h("td", { className: "x-iv" }, h(Interval, { group, low: data.low, high: data.high })),
      );
    return h(
      "div",
      { className: "x-card x-tt-box" },
      h(
        "table",
        { className: "x-tt x-seeds" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, "Group"), h("th", { scope: "col" }, "Runs"), h("th", { scope: "col", title: "Half of the 95% percentile bootstrap interval of the mean, which is too narrow for few runs" }, "Mean ± 95%"), h("th", { scope: "col" }, "SD"), h("th", { scope: "col", className: "x-iv" }, data.range))),
        h("tbody", null, data.groups.map(row)),
      ),
    );
  }

  function Leaders({ data }) {
    const { groups } = data;
    const mark = (group, i) => {
      if (group.bracket === null) return null;
      const first = !i || groups[i - 1].bracket !== group.bracket;
      const last = i === groups.length - 1 || groups[i + 1].bracket !== group.bracket;
      return h("span", { className: "x-bracket" + (first ? " x-first-of" : "") + (last ? " x-last-of" : ""), "aria-hidden": true });
    };
    const words = { apart: "", first: "" };
    const row = (group, i) =>
      h(
        "tr",
        { key: group.name },
        h("td", { className: "x-rank" }, group.rank, mark(group, i)),
        h("th", { scope: "row" }, show(group)),
        h("td", null, group.mean_text),
        h("td", { className: "x-dim", title: group.raw || undefined }, group.p),
        h("td", { className: "x-dim x-left" }, group.verdict in words ? words[group.verdict] : group.verdict),
      );
    return h(
      "div",
      { className: "x-card x-tt-box" },
      h(
        "table",
        { className: "x-tt x-leaders" },
        h("thead", null, h("tr", null, h("th", { scope: "col", className: "x-rank" }, "#"), h("th", { scope: "col" }, "Group"), h("th", { scope: "col" }, "Mean"), h("th", { scope: "col" }, "vs. above"), h("th", { scope: "col" }, h("span", { className: "x-unseen" }, "Verdict")))),
        h("tbody", null, groups.map(row)),
      ),
    );
  }

  function Groups({ screen, url, keys, params }) {
    const { data, failure, old, again } = tab.usePart("groups", screen, url);
    if (failure) return h(tab.Trouble, { failure, again });
    if (!data) return null;
    const singles = Boolean(mx.view.get("singles"));
    const limits = [
      data.looked_at < data.total ? `Only the latest ${mx.whole(data.looked_at)} of ${mx.count(data.total, "run")} are grouped.` : "",
      data.more ? `${mx.count(data.more, "more group")} below these are not shown.` : "",
    ].filter(Boolean);
    const alone = data.alone
      ? h("button", { type: "button", className: "x-btn x-quiet x-small", "aria-pressed": singles, onClick: () => mx.view.change({ singles: singles ? null : "1" }) }, `${singles ? "Hide" : "Show"} ${mx.count(data.alone, "single run")}`)
      : null;
    const foot = h(
      "p",
      { className: "x-foot-note" },
      data.sentence ? icon("circle-help", "x-s12 x-t3") : null,
      h("span", { title: "Two-sided Welch test, power 0.8 at α = 0.05, by the noncentral t distribution (Cohen 1988); the spreads seen stand for the true ones." }, [data.sentence, ...limits].join(" ")),
      alone,
    );
    const terms = h(Terms, { data, keys, params });
    if (!data.groups.length) {
      const why = data.looked_at
        ? `No two of ${mx.count(data.looked_at, "run")} are finished, hold ${data.metric || "a metric"} and are equal in all params but the seed.`
        : "No run to group.";
      return h(Section, { name: "groups", title: "Seed groups", note: terms }, h("div", { className: "x-card x-nothing-here" }, h("p", null, why), h("p", { className: "x-t3" }, "Log the seed as a param (seed, random_state, …), or choose above which param tells seeds apart."), alone));
    }
    return h(
      "div",
      { className: old ? "x-old-part" : undefined },
      h(
        "div",
        { className: "x-pair" },
        h(Section, { name: "groups", title: "Seed groups", note: terms, tools: h(tab.File, { url, part: "groups", label: "Seed groups as CSV", small: true }) }, h(Seeds, { data })),
        h(Section, { name: "leaders", title: "Leaderboard", note: "Welch test, Holm corrected, α = 0.05", tools: h(tab.File, { url, part: "leaderboard", label: "Leaderboard as CSV", small: true }) }, h(Leaders, { data })),
      ),
      foot,
    );
  }

  tab.Compare = function Compare({ screen, url }) {
    const { data, failure, old, again } = tab.usePart("compare", screen, url);
    const named = (list, prefix) => list.map((one) => (Array.isArray(one) ? [`${prefix}:${one[0]}`, one[1]] : [`${prefix}:${one}`, one]));
    const ready = data && !failure;
    const sections = ready ? [["Metrics", named(data.keys, "m")], ["Parameters", named(data.param_names, "p")]] : [];
    const empty = ready && !data.param_names.length && !data.keys.length;
    return h(
      React.Fragment,
      null,
      h(tab.Toolbar, { view: "compare", url, sections }),
      failure ? h(tab.Trouble, { failure, again }) : null,
      empty
        ? h(tab.Empty, { screen, heading: "The runs on screen hold no params and no metrics yet", sentence: "Log some, and they stand side by side here.", log: 'with mlflow.start_run():\n    mlflow.log_params({"lr": 1e-3, "seed": 0})\n    mlflow.log_metric("val/accuracy", 0.97)' })
        : null,
      ready && screen.runs.length > 1 ? h(tab.Difference, { screen, url }) : null,
      ready && !empty ? h("div", { className: old ? "x-old-part" : undefined }, h(Section, { name: "comparison", title: "Comparison", note: note(data) }, h(Comparison, { data, screen }))) : null,
      ready && !empty ? h(Groups, { screen, url, keys: data.keys, params: data.param_names }) : null,
    );
  };
})();
