// The lines to type for a first plot. They name the server as this browser sees it.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const TOKEN = /(?<s>"(?:[^"\\]|\\.)*")|(?<n>\b\d+(?:\.\d+)?\b)|(?<k>\b(?:import|as)\b)/g;
  const quoted = JSON.stringify; // its escapes are Python's, too

  function lines(experiment, log) {
    const server = location.origin + mx.prefix.replace(/\/ext\/$/, "");
    const workspace = mx.view.get("workspace");
    return [
      workspace ? "import os, mlflow, mlflow_ext as ext" : "import mlflow, mlflow_ext as ext",
      ...(workspace ? [`os.environ["MLFLOW_WORKSPACE"] = ${quoted(workspace)}`] : []),
      `mlflow.set_tracking_uri(${quoted(server)})`,
      ...(experiment ? [`mlflow.set_experiment(${quoted(experiment)})`] : []),
      log || 'ext.log("training", ext.Series("epoch", {"loss": [0.5, 0.3, 0.2]}))',
    ].join("\n");
  }
  function colored(source) {
    const parts = [];
    let end = 0;
    for (const found of source.matchAll(TOKEN)) {
      const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
      parts.push(source.slice(end, found.index), h("span", { key: found.index, className: `x-tok-${kind}` }, found[0]));
      end = found.index + found[0].length;
    }
    return [...parts, source.slice(end)];
  }

  mx.Snippet = function Snippet({ experiment, log }) {
    const source = lines(experiment, log);
    const copy = h(
      "button",
      { type: "button", className: "x-btn x-quiet x-small", "data-act": "copy", "data-text": source },
      h("span", { className: "x-ic x-i-copy", "aria-hidden": true }),
      "Copy",
    );
    return h(
      "div",
      { className: "x-code-card" },
      h("div", { className: "x-code-head" }, h("span", { className: "x-caption" }, "Python"), copy),
      h("pre", { className: "x-code" }, colored(source)),
    );
  };
})();
