// Alerts of the experiment: how many are new, and the panel that lists them. What is new comes with the run list.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore } = React;
  const PAGE = 50;
  const LONG = 220;
  const GLYPHS = { info: "info", warning: "triangle-alert", error: "circle-x" };
  const WORDS = { info: "Info", warning: "Warning", error: "Error" };
  const listeners = new Set();
  let now = { experiment: null, unseen: 0, latest: null, list: null, total: 0 };

  function change(next) {
    now = { ...now, ...next };
    listeners.forEach((listener) => listener());
  }
  mx.rest = async (method, path, body) => {
    let answer;
    let found;
    try {
      answer = await mx.fetch(`${mx.prefix}api/${path}`, { method, body: body && JSON.stringify(body) });
      found = await answer.json();
    } catch (error) {
      console.info(error.message);
      throw new Error(answer ? `The server answered ${answer.status}. Try again.` : "The server gives no answer. Try again.");
    }
    if (!answer.ok) throw Object.assign(new Error(found.detail), { status: answer.status });
    return { found, total: Number(answer.headers.get("X-Total-Count")) };
  };

  const SPANS = [[60, "s", 1], [3600, "min", 60], [86400, "h", 3600], [7 * 86400, "d", 86400]];
  mx.age = (ms) => {
    const seconds = Math.max(0, Math.round((Date.now() - ms) / 1000));
    const span = SPANS.find(([below]) => seconds < below);
    if (span) return `${Math.floor(seconds / span[2])} ${span[1]} ago`;
    const day = new Date(ms);
    const month = day.toLocaleDateString("en-US", { month: "short" });
    return `${day.getDate()} ${month}${day.getFullYear() === new Date().getFullYear() ? "" : ` ${day.getFullYear()}`}`;
  };

  mx.alerts = {
    get: () => now,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // What the page says with its run list: ``{unseen, latest}``, or null where nothing may be read.
    news(experiment, found) {
      const { unseen, latest } = found || { unseen: 0, latest: null };
      const same = experiment === now.experiment;
      if (same && unseen === now.unseen && latest === now.latest) return;
      const more = same && latest > now.latest ? unseen - now.unseen : 0;
      change(same ? { unseen, latest } : { experiment, unseen, latest, list: null, total: 0 });
      if (more > 0 && !document.querySelector(".x-alerts")) {
        mx.toast(more === 1 ? "A new alert" : `${mx.whole(more)} new alerts`, null, { text: "Show", run: () => document.getElementById("x-bell").click() });
      }
    },
    async read(older = false) {
      const { experiment, list } = now;
      if (!experiment) return;
      const offset = older && list ? list.length : 0;
      const { found, total } = await mx.rest("GET", `alerts?${new URLSearchParams({ experiment_id: experiment, limit: PAGE, offset })}`);
      if (experiment !== now.experiment) return;
      const known = new Set(offset ? list.map((one) => one.id) : []);
      change({ list: offset ? [...list, ...found.filter((one) => !known.has(one.id))] : found, total });
    },
    async seen() {
      const { experiment, latest, list } = now;
      const until = Math.max(latest || 0, ...list.map((one) => one.recorded_at));
      const { found } = await mx.rest("PATCH", "alerts", { experiment_id: experiment, until });
      if (experiment === now.experiment) change({ ...found, list: list.map((one) => (one.recorded_at <= until ? { ...one, seen: true } : one)) });
    },
  };

  mx.level = (level) => h("span", { className: `x-alert-level x-alert-${level}` }, mx.icon(GLYPHS[level], "x-s12"), WORDS[level]);

  function Item({ alert, open }) {
    const [whole, setWhole] = useState(false);
    const { text } = alert;
    const long = text.length > LONG || text.split("\n").length > 3;
    return h(
      "li",
      { className: `x-alert${alert.seen ? "" : " x-alert-new"}` },
      h(
        "button",
        { type: "button", className: "x-alert-open", onClick: () => open(alert.run_id) },
        h("span", { className: "x-alert-head" }, mx.level(alert.level), alert.seen ? null : h("span", { className: "x-alert-dot", role: "img", "aria-label": "Not seen" }), h("time", { className: "x-caption", title: new Date(alert.at).toLocaleString("en-GB") }, mx.age(alert.at))),
        h("span", { className: "x-alert-title" }, alert.title),
        h("span", { className: "x-alert-run x-caption", title: alert.run_name || alert.run_id }, alert.run_name || alert.run_id),
      ),
      text ? h("p", { className: `x-alert-text${long && !whole ? " x-alert-short" : ""}` }, text) : null,
      long ? h("button", { type: "button", className: "x-btn x-quiet x-small", "aria-expanded": whole, onClick: () => setWhole(!whole) }, whole ? "Show less" : "Show all") : null,
    );
  }

  function None() {
    const experiment = mx.screen.view && mx.screen.view.experiment;
    return h(
      "div",
      { className: "x-alert-none" },
      h("strong", null, "No alerts yet in this experiment"),
      h("p", null, "A training script raises one in a line; a rule raises one by itself."),
      h(mx.Snippet, { experiment: experiment ? experiment.name : null, log: 'ext.alert("Loss is high", "12.5 at step 300", level="warning")' }),
    );
  }

  function List({ current, attempt, open }) {
    const { list, total } = current;
    if (!list) return h("p", { className: "x-none" }, "Reading the alerts…");
    if (!list.length) return h(None);
    return h(
      React.Fragment,
      null,
      h("ul", { className: "x-alert-list", "aria-label": "Alerts" }, list.map((alert) => h(Item, { key: alert.id, alert, open }))),
      list.length < total ? h("div", { className: "x-panel-foot" }, h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => attempt(() => mx.alerts.read(true)) }, "Show older")) : null,
    );
  }

  function Panel({ current, close }) {
    const [part, setPart] = useState("alerts");
    const [trouble, setTrouble] = useState("");
    const box = useRef(null);
    const attempt = async (work) => {
      setTrouble("");
      try {
        await work();
      } catch (error) {
        setTrouble(error.message);
      }
    };
    useEffect(() => void attempt(() => mx.alerts.read()), [current.experiment, current.latest]);
    useEffect(() => {
      box.current.querySelector("[role=radio][aria-checked=true]").focus();
      const outside = ({ target }) => target.isConnected && !box.current.parentElement.contains(target) && close(false);
      document.addEventListener("pointerdown", outside);
      return () => document.removeEventListener("pointerdown", outside);
    }, []);
    const keys = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    const open = (run) => {
      close(false);
      mx.view.change({ run, experiments: null });
    };
    const told = trouble ? h("p", { className: "x-filter-error", role: "alert" }, trouble) : null;
    const mark = part === "alerts" && current.list && current.list.length ? h("button", { type: "button", className: "x-btn x-quiet x-small", disabled: !current.unseen, onClick: () => attempt(mx.alerts.seen) }, "Mark all seen") : null;
    return h(
      "div",
      { ref: box, className: "x-pop x-alerts", role: "dialog", "aria-label": "Alerts", tabIndex: -1, onKeyDown: keys },
      h("div", { className: "x-alerts-head" }, mx.radios({ label: "What to show", options: [["alerts", "Alerts"], ["rules", "Rules"], ["webhooks", "Webhooks"]], value: part, choose: setPart }), mark),
      told,
      h("div", { className: "x-alerts-body" }, part === "alerts" ? h(List, { current, attempt, open }) : h(part === "rules" ? mx.AlertRules : mx.Webhooks, { experiment: current.experiment, key: part + current.experiment })),
    );
  }

  mx.Alerts = function Alerts() {
    const current = useSyncExternalStore(mx.alerts.subscribe, mx.alerts.get);
    const [shown, setShown] = useState(false);
    const opener = useRef(null);
    const close = (back = true) => {
      setShown(false);
      if (back) opener.current.focus();
    };
    const label = current.unseen ? `Alerts, ${mx.whole(current.unseen)} not seen` : "Alerts";
    return h(
      "div",
      { className: "x-alert-menu" },
      h(
        "button",
        { ref: opener, id: "x-bell", type: "button", className: "x-btn x-quiet x-btn-icon", "aria-haspopup": "dialog", "aria-expanded": shown, "aria-label": label, title: label, disabled: !current.experiment, onClick: () => setShown(!shown) },
        mx.icon("bell"),
        current.unseen ? h("span", { className: "x-alert-count", "aria-hidden": true }, current.unseen > 99 ? "99+" : current.unseen) : null,
      ),
      shown ? h(Panel, { current, close }) : null,
    );
  };
})();
