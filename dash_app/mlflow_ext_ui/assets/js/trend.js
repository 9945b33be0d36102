// The history of the best: runs as faint dots, the best so far as a stair of links.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const percent = (share) => `${share * 100}%`;
  const at = ({ x, y }) => ({ left: percent(x), top: percent(y) });

  function stair(steps) {
    const points = steps.flatMap(({ x, y }, i) => (i ? [[x, steps[i - 1].y], [x, y]] : [[x, y]]));
    points.push([1, steps[steps.length - 1].y]);
    return points.map(([x, y]) => `${x * 100},${y * 100}`).join(" ");
  }

  // What the order of runs tells, asked once the picture stands.
  function Words({ experiment }) {
    const [told, setTold] = React.useState(null);
    React.useEffect(() => {
      let live = true;
      mx.fetch(mx.prefix + "_trend", { method: "POST", body: JSON.stringify({ experiment }) })
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`The server answered ${answer.status}`))))
        .then((found) => live && setTold(found))
        .catch((error) => console.info("The trend is not told: " + error.message));
      return () => {
        live = false;
      };
    }, [experiment]);
    if (!told || !told.sentence) return null;
    const query = (run) => {
      const next = mx.view.params();
      next.set("runs", run);
      return `${location.pathname}?${next}`;
    };
    const jumps = told.jumps.map((jump) => h("li", { key: jump.run }, jump.sentence, " ", h("a", { className: "x-link", href: query(jump.run) }, "Show this run")));
    return h(
      "div",
      { className: "x-trend-words", role: "note" },
      h("p", null, told.sentence),
      jumps.length ? h("ul", { className: "x-plain", "aria-label": "Jumps" }, jumps) : null,
      told.more ? h("p", { className: "x-caption" }, `and ${mx.count(told.more, "more jump")}`) : null,
    );
  }

  mx.Trend = function Trend({ dots, steps, values, span, experiment }) {
    const line = h("polyline", { points: stair(steps), vectorEffect: "non-scaling-stroke" });
    const links = steps.map((step) =>
      h("a", { key: step.href, href: step.href, className: "x-link x-trend-step", style: at(step), title: step.text, "aria-label": step.text }),
    );
    return h(
      "div",
      { className: "x-trend" },
      h("div", { className: "x-trend-values x-caption x-num" }, values.map((value, i) => h("span", { key: i }, value))),
      h(
        "div",
        { className: "x-trend-box" },
        dots.map(([x, y], i) => h("span", { key: i, className: "x-trend-dot", style: at({ x, y }), "aria-hidden": true })),
        h("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": true }, line),
        links,
      ),
      h("div", { className: "x-trend-span x-caption x-num" }, span.map((text, i) => h("span", { key: i }, text))),
      experiment ? h(Words, { experiment }) : null,
    );
  };
})();
