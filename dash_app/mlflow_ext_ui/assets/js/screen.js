// What the server made of the address: names, counts and controls follow it.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const { set } = mx;
  mx.screen = { view: null, runs: new Map() };

  function onScreen() {
    const named = mx.view.get("runs");
    return named === null ? [...mx.screen.runs.keys()] : named.split(",").filter(Boolean);
  }
  mx.onScreen = onScreen;
  // Who picks runs wants to see them, not the page of one.
  mx.show = (runs) => mx.view.change({ runs: runs.join(","), run: null, experiments: null });
  mx.toggle = (run) => {
    const now = onScreen();
    mx.show(now.includes(run) ? now.filter((one) => one !== run) : [...now, run]);
  };

  // While the slider is moved, answers to where it was a moment ago must not pull it back.
  const SETTLED = 600;
  let slid = 0;
  let sliding = 0;

  // A tab shows runs, not the page of one, nor of all experiments.
  const instead = (mx.instead = (state) => Boolean(state.run) || state.experiments !== null);
  function others() {
    const query = mx.view.params();
    ["run", "experiments"].forEach((name) => query.delete(name));
    return query.toString() ? `?${query}` : "";
  }
  function tabs(state) {
    document.querySelectorAll(".x-tab").forEach((link) => {
      link.setAttribute("href", mx.prefix + link.dataset.tab + others());
      if (link.dataset.tab === state.tab && !instead(state)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }
  // Before the plots come, or they would jump when it appears above them.
  function toolbar({ state, held }) {
    document.getElementById("x-toolbar").hidden = state.tab !== "plots" || instead(state) || !held;
  }
  function controls(state) {
    const typing = document.activeElement && document.activeElement.id;
    if (typing !== "x-run-search") set("x-run-search", { value: mx.runlist.typed() || state.search });
    if (typing !== "x-plot-filter") set("x-plot-filter", { value: state.filter });
    if (Date.now() - slid > SETTLED) {
      set("x-smoothing", { value: state.smoothing });
      set("x-smoothing-value", { children: state.smoothing.toFixed(2) });
    }
    set("x-axis", { value: state.x });
    document.getElementById("x-log-y").setAttribute("aria-pressed", String(state.log));
    document.getElementById("x-clip").setAttribute("aria-pressed", String(state.clip));
    document.getElementById("x-band").setAttribute("aria-pressed", String(state.band === "interval"));
    document.getElementById("x-grouped").hidden = !state.group || state.group === "parent";
    document.getElementById("x-grouped-by").textContent = `Mean by ${state.group.replace(/^[a-z]+\./, "")}`;
  }
  // MLflow opens an experiment on its overview of traces: the runs have an address of their own, and so has one run.
  function link(experiment, runs) {
    const element = document.getElementById("x-mlflow");
    const workspace = mx.view.get("workspace");
    const query = workspace ? `?workspace=${encodeURIComponent(workspace)}` : "";
    const run = runs.length === 1 ? `/${encodeURIComponent(runs[0].id)}` : "";
    element.href = element.dataset.base + (experiment ? `#/experiments/${encodeURIComponent(experiment.id)}/runs${run}${query}` : "");
  }

  // The list behind the switcher marks the experiment that was open; it is asked for anew when it opens.
  mx.closeSwitch = () => {
    set("x-experiment-switch", { opened: false });
    set("x-experiment-search", { value: "" });
    set("x-experiments", { children: null });
  };

  const callbacks = window.dash_clientside.mlflow_ext;
  // In the order of the callback's outputs; what the answer leaves out stays as it is.
  const PARTS = ["view", "message", "missing", "listing", "plots", "grid"];
  const outputs = (now) => PARTS.map((part) => (part in now ? now[part] : window.dash_clientside.no_update));
  // What the server goes by to leave out what we have.
  const brief = ({ refresh, failed, experiment, listed, metric, held, runs }) => ({ refresh, failed, experiment, listed, metric, held, runs: runs.map(({ id }) => ({ id })) });
  let asked = null;
  callbacks.show = async (url, before) => {
    asked = url;
    const first = mx.first && JSON.stringify(mx.first.url) === JSON.stringify(url) ? mx.first.answer : null;
    mx.first = null;
    try {
      const now = await (first || mx.ask({ url, before: before && brief(before), infinite: mx.runlist.infinite }));
      if (asked !== url) return outputs({});
      toolbar(now.view);
      return outputs(now);
    } catch (error) {
      console.info(error.message);
      if (asked === url) mx.view.unanswered();
      mx.uncover();
      return outputs({});
    }
  };
  callbacks.settle = (view) => {
    if (!view) return window.dash_clientside.no_update;
    if (!mx.view.settle(view.asked, view.url)) return window.dash_clientside.no_update;
    const before = mx.screen.view;
    mx.screen = { view, runs: new Map(view.runs.map((run) => [run.id, run])) };
    const { state, experiment } = view;
    if (before && (before.experiment || {}).id !== (experiment || {}).id) mx.closeSwitch();
    mx.themeButton();
    tabs(state);
    controls(state);
    link(experiment, state.run ? [{ id: state.run }] : view.runs);
    set("x-experiment-switch", { name: experiment ? experiment.name : "No experiment" });
    set("x-on-screen", { children: [mx.part("B", "", mx.whole(view.runs.length)), " on screen"] });
    document.title = experiment ? `${experiment.name} · mlflow-ext` : "mlflow-ext";
    mx.tail.follow(view);
    return view;
  };

  mx.told["x-plot-filter"] = (text) => mx.screen.view && mx.view.change({ filter: text || null }, { replace: true });
  mx.told["x-smoothing"] = (value) => {
    if (!mx.screen.view || value === Number(mx.view.get("smoothing") || 0)) return;
    slid = Date.now();
    set("x-smoothing-value", { children: Number(value).toFixed(2) });
    clearTimeout(sliding);
    sliding = setTimeout(() => mx.view.change({ smoothing: value ? String(value) : null }, { replace: true }), 60);
  };
  // A range of steps is none of time.
  mx.told["x-axis"] = (value) => mx.screen.view && value !== (mx.view.get("x") || "step") && mx.view.change({ x: value === "step" ? null : value, zoom: null, alone: null });
})();
