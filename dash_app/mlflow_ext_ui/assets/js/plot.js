// One plotly graph in a card: drawn, zoomed, resized, thrown away.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;

  const isStep = (graph) => Boolean(graph._fullLayout && graph._fullLayout.meta && graph._fullLayout.meta.step);
  mx.isStep = isStep;

  // What dash_app/plotly-flat holds; a figure with any other trace gets the whole of plotly.js.
  const FLAT = new Set(["scatter", "bar", "heatmap"]);
  const engineFor = (figure) => (figure.data.every((trace) => FLAT.has(trace.type)) ? "flat" : "whole");
  const engines = new WeakMap();
  mx.plotly = (graph) => engines.get(graph);

  // The zoom of a step plot is the address': plotly would come back to the range that the picture came with.
  const ours = (figure, config) => (figure.layout.meta.step ? { ...config, doubleClick: false } : config);

  function number(axis, value) {
    return axis.type === "date" ? axis.d2l(value) : Number(axis.type === "log" ? 10 ** value : value);
  }
  function bind(graph, key) {
    graph.on("plotly_relayout", (change) => {
      if (!isStep(graph) || mx.zoom.moves(graph)) return;
      const axis = graph._fullLayout.xaxis;
      const low = change["xaxis.range[0]"] ?? (change["xaxis.range"] && change["xaxis.range"][0]);
      const high = change["xaxis.range[1]"] ?? (change["xaxis.range"] && change["xaxis.range"][1]);
      if (low !== undefined && high !== undefined) mx.zoom.zoom(key, mx.pictures.get(key).picture, [number(axis, low), number(axis, high)]);
    });
    graph.on("plotly_doubleclick", () => isStep(graph) && mx.zoom.reset(key, mx.pictures.get(key).picture));
    mx.tip.bind(graph);
    ["plotly_afterplot", "plotly_relayout"].forEach((event) => graph.on(event, () => mx.marks.drawn(key)));
  }

  mx.graph = (key) => document.querySelector(`[data-plot="${CSS.escape(key)}"]`);

  mx.Plot = function Plot({ id, figure, config, label }) {
    const box = React.useRef(null);
    React.useEffect(() => {
      const element = box.current;
      let live = true;
      mx.loadPlotly(engineFor(figure)).then(
        async (Plotly) => {
          if (!live) return;
          const before = engines.get(element);
          if (before && before !== Plotly) before.purge(element);
          await Plotly.react(element, figure.data, figure.layout, ours(figure, config));
          if (!live) return;
          engines.set(element, Plotly);
          if (before !== Plotly) bind(element, id);
          element.dataset.drawn = figure.stamp || "1";
          mx.marks.drawn(id);
        },
        (error) => mx.toast(error.message, "bad"),
      );
      return () => {
        live = false;
      };
    }, [figure]);
    React.useEffect(() => {
      const element = box.current;
      const sizes = new ResizeObserver(() => {
        if (engines.has(element) && element.offsetParent !== null) engines.get(element).Plots.resize(element);
      });
      sizes.observe(element);
      // plotly keeps the page from scrolling over a scene even where its own zoom by wheel is off; full screen has no page.
      const wheel = (event) => !element.closest(".x-full") && event.stopPropagation();
      element.addEventListener("wheel", wheel, { capture: true, passive: true });
      return () => {
        sizes.disconnect();
          element.removeEventListener("wheel", wheel, { capture: true });
        if (engines.has(element)) engines.get(element).purge(element);
      };
    }, []);
    const graph = h("div", { className: "x-plot", ref: box, role: "img", "aria-label": label, "data-plot": id });
    return h("div", { className: "x-plot-frame" }, graph, h(mx.Marks, { id }));
  };

  // Downloads: the picture as it stands, on the card's own ground.
  mx.download = async (key, title, format) => {
    const graph = mx.graph(key);
    if (!graph || !graph._fullLayout) return;
    const ground = getComputedStyle(document.documentElement).getPropertyValue("--x-surface").trim();
    const picture = await mx.plotly(graph).toImage(
      { data: graph.data, layout: { ...graph.layout, paper_bgcolor: ground }, config: graph._context },
      { format, width: graph.offsetWidth, height: graph.offsetHeight, scale: format === "png" ? 2 : 1 },
    );
    const link = document.createElement("a");
    link.href = picture;
    link.download = `${title.replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, "_").replace(/^[._]+/, "") || "plot"}.${format}`;
    link.click();
  };
})();
