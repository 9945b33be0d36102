// What can't wait for the rest: light or dark before the first paint; plotly.js, where it is needed, and what the
// address means, on their way while the other scripts load.
(() => {
  "use strict";
  const { prefix, ...PLOTLY } = document.currentScript.dataset;
  const ATTRIBUTE = "data-mantine-color-scheme";
  const KEY = "mlflow-ext-theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const listeners = new Set();
  const valid = (name) => (name === "light" || name === "dark" ? name : null);
  let stored = null;
  try {
    stored = valid(localStorage.getItem(KEY));
  } catch (error) {
    console.info("The theme is not kept: " + error.message);
  }

  function named() {
    return valid(new URLSearchParams(location.search).get("theme"));
  }
  function system() {
    return dark.matches ? "dark" : "light";
  }
  function current() {
    return named() || stored || system();
  }
  let shown = null;
  // The address wins over what this browser keeps, that over the system.
  function apply() {
    if (root.getAttribute(ATTRIBUTE) !== current()) root.setAttribute(ATTRIBUTE, current());
    if (shown !== current()) {
      shown = current();
      listeners.forEach((listener) => listener());
    }
  }
  function keep(name) {
    stored = name === system() ? null : name;
    try {
      if (stored) localStorage.setItem(KEY, stored);
      else localStorage.removeItem(KEY);
    } catch (error) {
      console.info("The theme is not kept: " + error.message);
    }
  }

  apply();
  // Mantine sets the attribute itself when it mounts; this puts ours back before anything is painted.
  new MutationObserver(apply).observe(root, { attributes: true, attributeFilter: [ATTRIBUTE] });
  dark.addEventListener("change", apply);

  const mx = (window.mlflow_ext_ui = window.mlflow_ext_ui || {});
  const workspace = new URLSearchParams(location.search).get("workspace");
  const headers = { "Content-Type": "application/json", ...(workspace && { "X-MLFLOW-WORKSPACE": workspace }) };
  mx.prefix = prefix;
  mx.workspace = workspace;
  mx.fetch = (address, options) => fetch(address, { ...options, headers });
  mx.ask = async (request) => {
    const answer = await mx.fetch(prefix + "_page", { method: "POST", body: JSON.stringify(request) });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return answer.json();
  };
  mx.askFirst = () => {
    const url = { path: location.pathname, search: location.search, refresh: 0 };
    mx.first = { url, answer: mx.ask({ url }) };
    mx.first.answer.catch((error) => console.info(error.message));
  };
  // Parts of an address that are no part of a saved view. One that names a view and nothing else means what the view
  // holds: views.js reads that before anything is asked.
  mx.apartFromView = ["view", "experiment", "workspace", "theme", "plot"];
  const query = new URLSearchParams(location.search);
  mx.bareView = query.has("view") && [...query.keys()].every((name) => mx.apartFromView.includes(name));
  if (!mx.bareView) mx.askFirst();

  // "flat" draws what flat figures use; "whole" is all of plotly.js, ten times as much to load and run.
  const engines = { flat: () => mx.plotlyFlat, whole: () => window.Plotly };
  const loading = {};
  mx.loadPlotly = (name) => {
    loading[name] =
      loading[name] ||
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = PLOTLY[name];
        script.onload = () => resolve(engines[name]());
        script.onerror = () => {
          delete loading[name];
          reject(new Error("plotly.js could not be loaded"));
        };
        document.head.appendChild(script);
      });
    return loading[name];
  };
  if (/\/(plots)?$/.test(location.pathname)) mx.loadPlotly("flat").catch((error) => console.info(error.message));

  mx.theme = {
    current,
    system,
    apply,
    keep,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
})();
