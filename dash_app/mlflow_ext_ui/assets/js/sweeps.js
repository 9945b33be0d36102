// The Sweeps tab: what it asks the server, and its frame. Python computes; this draws.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore } = React;
  const callbacks = window.dash_clientside.mlflow_ext;
  callbacks.show_sweeps = (screen) => screen;
  const tab = (mx.sweeps = {});

  // What of the address every question depends on; each adds its own.
  const ALL = ["search", "where", "sort", "stage", "among", "target", "aggregate", "good", "also"];
  const ASKS = { report: ["axes"], importance: [], scatter: ["param"], matrix: [], front: [], dependence: [], suggest: ["space"] };
  const DRAWN = new Set(["scatter", "matrix", "front", "dependence"]); // figures hold colours
  const LIVE = 20000;
  const WAIT = 2;

  tab.list = (name) => mx.view.params().getAll(name).filter(Boolean);
  tab.among = () => (mx.view.get("among") === "screen" ? "screen" : "list");
  const ids = (screen) => (tab.among() === "screen" ? screen.runs.map((run) => run.id) : []);
  const experiment = (screen) => screen.experiment && screen.experiment.id;
  function keyOf(what, screen, extra) {
    const params = mx.view.params();
    return JSON.stringify([[...ALL, ...ASKS[what]].map((name) => params.getAll(name)), ids(screen), experiment(screen), screen.refresh, extra]);
  }
  async function ask(url, screen, extra) {
    const params = mx.view.params();
    params.delete("runs");
    const body = { search: `?${params}`, runs: ids(screen), experiment: experiment(screen), theme: mx.theme.current(), ...extra };
    const answer = await mx.fetch(url, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return answer.json();
  }

  // The latest answer; while the next one is on its way the last stays. ``on``: whether it is asked for at all.
  tab.useAnswer = function useAnswer(what, screen, url, extra, on = true) {
    const [state, setState] = useState({ data: null, failure: null, old: false, at: null });
    const [beat, setBeat] = useState(0);
    const now = keyOf(what, screen, extra);
    const theme = DRAWN.has(what) ? mx.theme.current() : "";
    const turn = mx.news.turn; // a run more or less is another sweep
    useEffect(() => {
      if (!on) return undefined;
      let left = false;
      setState((before) => ({ ...before, old: before.at !== now }));
      const why = (error) => ({ title: "The sweep could not be read", why: `${error.message} What is stored is safe.`, retry: true });
      ask(url, screen, extra).then(
        (data) => left || setState((before) => (data.trouble ? { ...before, failure: data.trouble, old: false, at: now } : { data, failure: null, old: false, at: now })),
        (error) => left || setState((before) => ({ ...before, failure: why(error), old: false, at: now })),
      );
      return () => {
        left = true;
      };
    }, [now, theme, beat, turn, on]);
    return { ...state, again: () => setBeat((n) => n + 1) };
  };

  // Importance is worked out beside, from the first question for it on, and asked for again until it is done. The
  // report brings what there is at first.
  tab.unfinished = (importance) => importance.state === "running" || importance.state === "waiting";
  function useImportance(report, screen, url) {
    const [state, setState] = useState({ of: null, data: null });
    const first = report.data && report.data.importance;
    useEffect(() => {
      if (!first || !tab.unfinished(first)) return undefined;
      let left = false;
      (async () => {
        let data = first;
        while (!left && tab.unfinished(data)) {
          try {
            data = await ask(url, screen, { part: "importance", wait: WAIT });
          } catch (error) {
            data = { state: "impossible", why: `Importance could not be read. ${error.message}`, methods: {} };
          }
          if (data.trouble || data.empty || !data.state) data = { state: "impossible", why: data.trouble ? data.trouble.why : "", methods: {} };
          if (!left) setState({ of: first, data });
        }
      })();
      return () => {
        left = true;
      };
    }, [first]);
    return state.of === first && state.data ? state.data : first;
  }

  const running = () => ((mx.runlist.get().listing || {}).running || 0) > 0;
  function useLive(again) {
    useSyncExternalStore(mx.runlist.subscribe, mx.runlist.get);
    const live = running();
    useEffect(() => {
      if (!live) return undefined;
      const timer = setInterval(() => document.hidden || again(), LIVE);
      return () => clearInterval(timer);
    }, [live]);
  }

  tab.Trouble = ({ failure, again }) =>
    h(
      "div",
      { className: "x-trouble", role: "alert" },
      mx.icon("triangle-alert", "x-s16 x-warn"),
      h("strong", null, failure.title),
      h("p", null, failure.why),
      failure.retry === false ? null : h("div", { className: "x-row" }, h("button", { type: "button", className: "x-btn x-small", onClick: again }, mx.icon("rotate-ccw"), "Try again")),
    );

  // A card with full screen; ``tools`` stand before it.
  tab.Card = function Card({ name, title, caption, tools, className = "", old, style, children }) {
    const key = `sweeps:${name}`;
    const full = mx.view.get("plot") === key;
    const label = full ? "Leave full screen" : `Full screen: ${title}`;
    return h(
      React.Fragment,
      null,
      h(
        "article",
        { className: `x-card x-sweep-card ${className}${full ? " x-full" : ""}${old ? " x-old-part" : ""}`, style: full ? undefined : style, "aria-label": title, "data-sweep": name, ...(full ? { role: "dialog", "aria-modal": true } : {}) },
        h(
          "header",
          { className: "x-card-head" },
          h("div", { className: "x-card-title" }, h("h3", { title }, title), caption ? h("span", { className: "x-caption", title: caption }, caption) : null),
          h("div", { className: "x-card-end" }, tools, h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": label, title: label, onClick: () => mx.view.change({ plot: full ? null : key }) }, mx.icon(full ? "x" : "maximize-2"))),
        ),
        h("div", { className: "x-card-body" }, children),
      ),
      full ? h("div", { className: "x-place" }) : null,
    );
  };

  // A plotly graph of the flat engine; ``onRun`` hears of clicks on a run, ``onHidden`` of how many rows have no room.
  tab.Graph = function Graph({ figure, label, onRun, onHidden }) {
    const box = useRef(null);
    const heard = useRef(onRun);
    const shown = useRef(figure);
    heard.current = onRun;
    shown.current = figure;
    const draw = (Plotly) => {
      const element = box.current;
      const { figure: made, hidden } = tab.shaped(shown.current, { width: element.clientWidth, height: element.clientHeight });
      if (onHidden) onHidden(hidden);
      return Plotly.react(element, made.data, made.layout, { displayModeBar: false, responsive: true, doubleClick: false, showTips: false });
    };
    useEffect(() => {
      let live = true;
      mx.loadPlotly("flat").then(
        async (Plotly) => {
          if (!live) return;
          const element = box.current;
          const fresh = !element.classList.contains("js-plotly-plot");
          await draw(Plotly);
          if (!live) return;
          element.dataset.drawn = "1";
          if (fresh) element.on("plotly_click", ({ points }) => points[0] && heard.current && heard.current(points[0].customdata, points[0]));
        },
        (error) => mx.toast(error.message, "bad"),
      );
      return () => {
        live = false;
      };
    }, [figure]);
    useEffect(() => {
      const element = box.current;
      const sizes = new ResizeObserver(async () => {
        if (!element.dataset.drawn || !element.clientWidth) return;
        if ((shown.current.layout.meta || {}).titles) await draw(mx.plotlyFlat);
        if (element.dataset.drawn && element.clientWidth) mx.plotlyFlat.Plots.resize(element);
      });
      sizes.observe(element);
      return () => {
        sizes.disconnect();
        if (element.dataset.drawn) mx.plotlyFlat.purge(element);
        delete element.dataset.drawn;
      };
    }, []);
    return h("div", { className: "x-plot", ref: box, role: "img", "aria-label": label });
  };

  // A list of names to choose from, searched where it is long.
  const LONG = 8;
  tab.Names = function Names({ label, names, chosen, onChoose, many }) {
    const [text, setText] = useState("");
    const left = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
    const shown = left.slice(0, 200);
    return h(
      "div",
      { className: "x-names" },
      names.length > LONG ? h("input", { className: "x-input", type: "search", placeholder: "Search", "aria-label": `Search: ${label}`, value: text, "data-first": true, onChange: (event) => setText(event.target.value) }) : null,
      h(
        "div",
        { className: "x-names-list", role: "group", "aria-label": label },
        shown.map((name) =>
          many
            ? h("label", { key: name, className: "x-menu-item" }, h("input", { type: "checkbox", checked: chosen.includes(name), onChange: () => onChoose(name) }), h("span", { className: "x-name", title: name }, mx.oneLine(name)))
            : h("button", { key: name, type: "button", className: "x-menu-item", "aria-pressed": chosen.includes(name), onClick: () => onChoose(name) }, h("span", { className: "x-name", title: name }, mx.oneLine(name))),
        ),
        left.length ? null : h("div", { className: "x-none" }, "No name has this in it."),
        left.length > shown.length ? h("div", { className: "x-none" }, `The first ${shown.length} of ${mx.whole(left.length)}; type to narrow.`) : null,
      ),
    );
  };

  // Whether an element has come into view once.
  tab.useSeen = function useSeen() {
    const box = useRef(null);
    const [seen, setSeen] = useState(false);
    useEffect(() => {
      if (seen || !box.current) return undefined;
      const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), { rootMargin: "80px" });
      watcher.observe(box.current);
      return () => watcher.disconnect();
    }, [seen]);
    return [box, seen];
  };

  const showCommon = (names) => (names.length ? h("p", { className: "x-t3" }, `Params that all of them have: ${names.slice(0, 20).map(mx.oneLine).join(", ")}${names.length > 20 ? ` and ${names.length - 20} more` : ""}.`) : null);
  // Runs of one kind: those that have a param that varies among them.
  const KINDS = 4;
  const quoted = (name) => (/^[\w.]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
  async function only(name) {
    const complaint = await mx.filter.add(`params.${quoted(name)} IS NOT NULL`);
    if (complaint) mx.toast(complaint, "bad");
  }
  const Kinds = ({ held }) => h("div", { className: "x-row x-kinds" }, Object.entries(held).slice(0, KINDS).map(([name, count]) => h("button", { key: name, type: "button", className: "x-btn x-small", onClick: () => only(name) }, `Only the ${mx.count(count, "run")} with ${mx.oneLine(name)}`)));
  const NoSweep = ({ report }) =>
    h("div", { className: "x-center" }, h("div", { className: "x-word" }, h("h1", null, !report.used ? "No run has a number to go by" : "These runs are no sweep yet"), h("p", null, report.none.sentence), showCommon(report.none.common), h(Kinds, { held: report.none.held || {} })));
  const Nothing = () =>
    h("div", { className: "x-center" }, h("div", { className: "x-word" }, h("h1", null, "No runs to look at"), h("p", null, tab.among() === "screen" ? "Pick runs in the list on the left, or look at all of the list." : "No run of the list on the left is left by its filter.")));

  function Open({ screen, urls, colors }) {
    const report = tab.useAnswer("report", screen, urls.sweep, { part: "report" });
    const importance = useImportance(report, screen, urls.sweep);
    useLive(report.again);
    const { data, failure, old, again } = report;
    const ready = data && !failure && !data.empty && !data.none;
    return h(
      React.Fragment,
      null,
      h(tab.Toolbar, { report: data && !data.empty ? data : null }),
      failure ? h(tab.Trouble, { failure, again }) : null,
      data && !failure && data.empty ? h(Nothing) : null,
      data && !failure && data.none ? h(NoSweep, { report: data }) : null,
      ready ? h(tab.Parts, { report: data, importance, screen, urls, colors, old }) : null,
      !data && !failure ? h("div", { className: "x-sweep-wait", role: "status", "aria-label": "Reading the runs" }) : null,
    );
  }

  mx.Sweeps = function Sweeps({ id, screen, urls, colors }) {
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    useSyncExternalStore(mx.theme.subscribe, mx.theme.current);
    const shown = screen && screen.state.tab === "sweeps" && !mx.instead(screen.state) && !screen.failed && screen.experiment && (screen.runs.length || tab.among() === "list");
    return h("div", { id, className: "x-sweeps" + (shown ? " x-on" : "") }, shown ? h(Open, { key: experiment(screen), screen, urls, colors }) : null);
  };
})();
