// Bars with whiskers: what matters, and what goes together.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const h = React.createElement;
  const METHODS = ["fanova", "ped_anova", "permutation", "spearman"];
  const MEASURES = ["fitting", "spearman", "pearson", "ratio", "information", "codes"];
  const HEADS = { permutation: "Permu\u00adtation", spearman: "Spear\u00adman" }; // where a narrow column may break them
  const percent = (share) => `${Math.max(0, Math.min(1, share)) * 100}%`;

  // ``least`` and ``most`` are the ends of the scale; a bar grows from 0.
  function Bar({ row, least, most, told }) {
    const at = (value) => (value - least) / (most - least);
    const [from, to] = [Math.min(at(0), at(row.value)), Math.max(at(0), at(row.value))];
    const ends = row.low === null || row.low === undefined ? null : [at(row.low), at(row.high)].map((share) => Math.max(0, Math.min(1, share)));
    return h(
      "span",
      { className: "x-bar-track" },
      least < 0 ? h("span", { className: "x-bar-zero", style: { left: percent(at(0)) } }) : null,
      h("span", { className: "x-bar" + (told ? "" : " x-untold"), style: { left: percent(from), width: percent(to - from) } }),
      ends ? h("span", { className: "x-whisker", style: { left: percent(ends[0]), width: percent(ends[1] - ends[0]) } }) : null,
    );
  }
  const plot = (name) => mx.view.change({ param: name });
  const chosen = (name, shown) => (name === shown ? " x-on" : "");
  // The end of a scale, and what stands below it.
  function ticks(most) {
    const rough = most / 3;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.75);
    return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
  }
  function Rows({ rows, least, most, end, told, shown }) {
    return h(
      "div",
      { className: "x-bars", role: "list" },
      rows.map((row) =>
        h(
          "div",
          { key: row.name, role: "listitem", className: "x-bar-item" },
          h(
            "button",
            { type: "button", className: "x-bar-row" + chosen(row.name, shown), title: `${row.name}: ${row.said}`, "aria-label": `${row.name}: ${row.said}. Plot it against the target`, onClick: () => plot(row.name) },
            h("span", { className: "x-bar-name x-name" }, mx.oneLine(row.name)),
            row.value === null ? h("span", { className: "x-bar-why x-name" }, row.said) : h(Bar, { row, least, most, told: told(row) }),
            h("span", { className: "x-bar-end x-num" }, end(row)),
          ),
        ),
      ),
      h("div", { className: "x-bar-scale", "aria-hidden": true }, h("span"), h("span", { className: "x-bar-ticks" }, (least < 0 ? [-1, -0.5, 0, 0.5, 1] : ticks(most)).map((tick) => h("span", { key: tick, style: { left: percent((tick - least) / (most - least)) } }, String(tick).replace("-", "−")))), h("span")),
    );
  }
  // The four methods beside each other, in the order of the first.
  function Four({ importance, shown }) {
    const { methods, names } = importance;
    const rows = methods[METHODS[0]].rows.map((row) => row.name);
    const by = Object.fromEntries(METHODS.map((method) => [method, new Map(methods[method].rows.map((row) => [row.name, row]))]));
    return h(
      "div",
      { className: "x-bars x-four" },
      h("div", { className: "x-bar-heads" }, h("span"), METHODS.map((method) => h("span", { key: method, title: `${names[method]}: ${methods[method].meaning}` }, HEADS[method] || names[method]))),
      rows.map((name) =>
        h(
          "button",
          { key: name, type: "button", className: "x-bar-row" + chosen(name, shown), "aria-label": `${name}: ${METHODS.map((method) => `${names[method]} ${by[method].get(name).said}`).join("; ")}. Plot it against the target`, onClick: () => plot(name) },
          h("span", { className: "x-bar-name x-name" }, mx.oneLine(name)),
          METHODS.map((method) => {
            const row = by[method].get(name);
            return h("span", { key: method, className: "x-bar-cell", title: `${names[method]}: ${row.said}` }, h(Bar, { row, least: 0, most: methods[method].most, told: row.told }), h("span", { className: "x-bar-rank x-num" }, row.rank.replace("rank ", "")));
          }),
        ),
      ),
    );
  }

  function Progress({ importance }) {
    const share = importance.of ? importance.done / importance.of : 0;
    const words = importance.done ? `${importance.done} of ${importance.of} resamples` : importance.state === "waiting" ? "waiting for its turn" : "starting";
    return h("div", { className: "x-trouble x-progress" }, h("strong", null, "Working out what matters"), h("div", { className: "x-progress-bar", role: "progressbar", "aria-label": "Importance", "aria-valuemin": 0, "aria-valuemax": importance.of || 1, "aria-valuenow": importance.done }, h("span", { style: { width: percent(share) } })), h("p", { role: "status" }, words));
  }
  tab.Importance = function Importance({ importance, old, shown }) {
    const asked = mx.view.get("method") || METHODS[0];
    const method = [...METHODS, "all"].includes(asked) ? asked : METHODS[0];
    const names = { fanova: "fANOVA", ped_anova: "PED-ANOVA", permutation: "Permutation", spearman: "Spearman", ...importance.names };
    const done = importance.state === "done";
    const options = [...METHODS.map((one) => [one, names[one]]), ["all", "All four"]];
    const tools = h(mx.tables.Select, { bare: true, label: "Method", value: method, options, onChange: (value) => mx.view.change({ method: value === METHODS[0] ? null : value }) });
    const found = done && method !== "all" ? importance.methods[method] : null;
    return h(
      tab.Card,
      { name: "importance", title: "What matters", caption: "90% rank interval", tools, old, className: "x-select-card" },
      done && method === "all" ? h(Four, { importance, shown }) : null,
      found ? h(Rows, { rows: found.rows, least: 0, most: found.most, end: (row) => [h("span", { key: "value", className: "x-bar-value" }, row.text), row.rank], told: (row) => row.told, shown }) : null,
      done ? h("p", { className: "x-card-note" }, found ? `${found.meaning} Grey: not told from noise.` : "Ranks with their interval. Grey: not told from noise. Trust most what all four agree on.") : null,
      tab.unfinished(importance) ? h(Progress, { importance }) : null,
      importance.state === "impossible" ? h("div", { className: "x-trouble" }, h("p", null, importance.why)) : null,
    );
  };

  tab.Correlation = function Correlation({ report, old, shown }) {
    const { measures, names } = report.correlation;
    const asked = mx.view.get("measure") || MEASURES[0];
    const there = MEASURES.filter((one) => measures[one]);
    const measure = there.includes(asked) ? asked : there[0];
    const found = measures[measure];
    const tools = h(mx.tables.Select, { bare: true, label: "Measure", value: measure, options: there.map((one) => [one, names[one]]), onChange: (value) => mx.view.change({ measure: value === MEASURES[0] ? null : value }) });
    return h(
      tab.Card,
      { name: "correlation", title: `Correlation with ${mx.oneLine(report.target)}`, caption: "95% interval", tools, old, className: "x-select-card" },
      h(Rows, { rows: found.rows, least: found.signed ? -1 : 0, most: 1, end: (row) => row.text, told: (row) => row.told, shown }),
      h("p", { className: "x-card-note" }, `${found.meaning} Grey: chance gives as much.`),
    );
  };
})();
