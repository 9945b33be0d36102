// What can't wait for the rest: light or dark before the first paint; plotly.js, where it is needed, and what the
// address means, on their way while the other scripts load.
(() => {
  "use strict";
  const { prefix, ...PLOTLY } = document.currentScript.dataset;
  const ATTRIBUTE = "data-theme";
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
  // A name as it stands in a row: any text can be one, also with line breaks in it, with signs that turn the order of
  // letters around, or of nothing that shows.
  mx.oneLine = (name) => {
    if (!/[^\p{C}\p{Z}]/u.test(name)) return "(invisible name)";
    return name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "").replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
  };
  // The end of a name tells runs apart: its last part always stays, the middle gives way.
  mx.parts = (given) => {
    const name = mx.oneLine(given);
    const cut = Math.max(...["-", "_", ".", "/", " "].map((mark) => name.lastIndexOf(mark)));
    const last = name.length - cut;
    const end = name.length - (cut > 0 && last <= 10 ? last : Math.min(4, Math.floor(name.length / 3)));
    return [name.slice(0, end), name.slice(end)];
  };

  // The first runs, to be read while the scripts start; the list itself takes their place.
  const EARLY = 60;
  function put(box, className, ...children) {
    const made = document.createElement("span");
    made.className = className;
    made.append(...children);
    box.appendChild(made);
    return made;
  }
  function early({ view, listing }) {
    const page = document.getElementById("x-early");
    if (!page || !view) return;
    page.querySelector(".x-name").textContent = view.experiment ? view.experiment.name : "No experiment";
    const tab = page.querySelector(`[data-tab="${view.state.tab}"]`);
    if (!view.state.run && view.state.experiments === null) tab.setAttribute("aria-current", "page");
    if (!listing || listing.error || listing.group || listing.columns.length !== 2) return;
    const [head, runs] = [".x-early-head", ".x-early-runs"].map((part) => page.querySelector(part));
    listing.columns.forEach((column) => put(head, "", column.headerName));
    const above = listing.stage === "archived" || view.state.pinned.length ? [] : view.runs;
    const names = new Set(listing.infinite ? [] : above.map((run) => run.id));
    const shown = new Set(above);
    const texts = new Map(listing.rows.map((run) => [run.id, run.text]));
    [...above, ...listing.rows.filter((run) => !names.has(run.id))].slice(0, EARLY).forEach((run, index) => {
      const row = put(runs, "x-early-run" + (index === above.length - 1 ? " x-last" : ""));
      const first = put(row, "");
      const dot = put(first, "x-run-dot");
      if (shown.has(run)) dot.style.background = dot.style.borderColor = run.color;
      const name = put(first, "x-run-name" + (shown.has(run) ? " x-on" : ""));
      mx.parts(run.name).forEach((part) => put(name, "", part));
      put(row, shown.has(run) ? "x-on" : "", texts.get(run.id) || run.text || "");
    });
    performance.mark("mlflow-ext-early");
  }
  mx.uncover = () => {
    const page = document.getElementById("x-early");
    if (page) page.remove();
  };
  mx.askFirst = () => {
    const url = { path: location.pathname, search: location.search, refresh: 0 };
    mx.first = { url, answer: mx.ask({ url }) };
    mx.first.answer.then(early).catch((error) => console.info(error.message));
  };
  // Parts of an address that are no part of a saved view. One that names a view and nothing else means what the view
  // holds: views.js reads that before anything is asked.
  mx.apartFromView = ["view", "experiment", "workspace", "theme", "plot", "layout"];
  const query = new URLSearchParams(location.search);
  mx.bareView = query.has("view") && !query.has("layout") && [...query.keys()].every((name) => mx.apartFromView.includes(name));
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
