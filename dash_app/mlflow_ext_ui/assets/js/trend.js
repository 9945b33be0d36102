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

  mx.Trend = function Trend({ dots, steps, values, span }) {
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
    );
  };
})();
