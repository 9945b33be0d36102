// Charts that somebody made: in the address as kind~id~statistic~title~fields, which the server draws.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const PREFIX = "o:";
  const MOST = 12;
  const escaped = (part) => part.replaceAll("%", "%25").replaceAll("~", "%7E");
  const plain = (part) => part.replaceAll("%7E", "~").replaceAll("%25", "%");

  const texts = () => mx.view.params().getAll("chart");
  function parse(text) {
    const [kind, id, statistic, title, ...fields] = text.split("~").map(plain);
    return { kind, id, statistic, title, fields };
  }
  const write = ({ kind, id, statistic, title, fields }) => [kind, id, statistic, title, ...fields].map(escaped).join("~");
  const charts = () => texts().map(parse);
  const change = (next) => mx.view.change({ chart: next.length ? next.map(write) : null });
  const keyOf = (chart) => PREFIX + chart.id;

  let cards = [];
  let ticks = 0;
  const DASH = { solid: "", dash: "6 4", dot: "2 2", longdash: "10 5", dashdot: "6 3 2 3" };

  // The groups' own colours; how many runs a group has is said by the tooltip.
  function colors({ data }) {
    const lines = data.filter((trace) => trace.meta && trace.meta.role === "line" && trace.meta.totals);
    return [...new Map(lines.map(({ meta }) => [meta.color, meta.name.replace(/ · [\d,]+ runs?( · .*)?$/, "")]))];
  }

  mx.own = {
    MOST,
    charts,
    find: (key) => charts().find((chart) => keyOf(chart) === key),
    // The text of a card's chart, "" for any other card: its picture depends on it.
    text: (key) => (key.startsWith(PREFIX) ? texts().find((text) => keyOf(parse(text)) === key) || "" : ""),
    texts: (keys) => keys.map(mx.own.text).filter(Boolean),
    add(chart) {
      const now = charts();
      const taken = new Set(now.map((one) => one.id));
      let id = 1;
      while (taken.has(String(id))) id += 1;
      change([...now, { ...chart, id: String(id) }]);
      document.getElementById("x-main").scrollTo({ top: 0 });
    },
    save: (key, chart) => change(charts().map((one) => (keyOf(one) === key ? { ...chart, id: one.id } : one))),
    remove(card) {
      const before = texts();
      change(charts().filter((one) => keyOf(one) !== card.key));
      mx.toast("Chart removed", "", { text: "Undo", run: () => mx.view.change({ chart: before }) });
    },
    board(next) {
      cards = next;
    },
    // Metrics of the runs on screen, by the names that MLflow knows them by.
    metrics: () => [...new Set(cards.filter((card) => card.kind === "series").map((card) => card.metric || card.title))],
    items(card, item) {
      if (!card.key.startsWith(PREFIX)) return null;
      return [item("Edit chart…", "sliders", () => mx.cardPanel.open(card.key, "chart")), item("Remove chart", "x", () => mx.own.remove(card))].map((one, i) =>
        React.cloneElement(one, { key: `own ${i}` }),
      );
    },
    query(card, query) {
      if (card.key.startsWith(PREFIX)) query.set("chart", mx.own.text(card.key));
    },
    // Keys of those in view that a running run may have changed: every other second is enough.
    live() {
      ticks += 1;
      const shown = mx.pictures.visible().filter((key) => key.startsWith(PREFIX) && !mx.pictures.get(key).old);
      return ticks % 2 ? [] : shown;
    },
    // Which colour is which group, and which dash which metric.
    legend(picture) {
      const { metrics = [], grouped } = (picture && picture.figure && picture.figure.layout.meta) || {};
      const groups = grouped ? colors(picture.figure) : [];
      if (!metrics.length && !groups.length) return null;
      const h = React.createElement;
      const group = ([color, name]) => h("span", { key: `group ${color}`, className: "x-chip", title: name }, h("span", { className: "x-dot", style: { background: color } }), h("span", { className: "x-name" }, name));
      const stroke = (dash) => h("svg", { width: 22, height: 8, "aria-hidden": true }, h("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: "currentColor", strokeWidth: 1.75, strokeDasharray: DASH[dash] ?? dash.replaceAll("px", "") }));
      return h("div", { className: "x-chips x-dashes" }, groups.map(group), metrics.map(([name, dash]) => h("span", { key: name, className: "x-chip", title: name }, stroke(dash), h("span", { className: "x-name" }, name))));
    },
  };
})();
