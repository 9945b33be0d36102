// The end of the toolbar of Plots: zooming together, the way back, and a chart of one's own.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;

  mx.PlotTools = function PlotTools() {
    React.useSyncExternalStore(mx.view.subscribe, mx.view.search);
    const synced = mx.zoom.synced();
    const full = mx.own.charts().length >= mx.own.MOST;
    const words = synced ? "Zoom of one plot moves all with the same x axis" : "Each plot zooms by itself";
    return h(
      "div",
      { className: "x-row x-plot-tools" },
      h(mx.FindingsButton),
      mx.zoom.any() ? h("button", { type: "button", className: "x-btn x-reset-zoom", "aria-label": "Reset zoom", title: "Reset zoom of all plots", onClick: mx.zoom.resetAll }, mx.icon("rotate-ccw", "x-s12"), h("span", null, "Reset zoom")) : null,
      h("button", { type: "button", id: "x-sync-zoom", className: "x-btn x-quiet", "aria-pressed": synced, title: words, onClick: mx.zoom.sync }, "Sync zoom"),
      full
        ? h("button", { type: "button", className: "x-btn x-quiet", disabled: true, title: `A page holds ${mx.own.MOST} charts; remove one first.` }, "Add chart", mx.icon("plus", "x-s12"))
        : h(mx.Popover, { text: "Add chart", glyph: "plus", look: "x-quiet", children: (close) => h(mx.ChartForm, { close }) }),
    );
  };
})();
