// Keys and the buttons of the bars.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const dialog = () => document.getElementById("x-shortcuts");
  const flag = (name) => mx.view.change({ [name]: mx.view.get(name) ? null : "1" });

  const ACTS = {
    "copy-link": () => mx.layout.copy(),
    copy: (element) => mx.copy(element.dataset.text),
    theme: () => {
      const next = mx.theme.current() === "dark" ? "light" : "dark";
      mx.theme.keep(next);
      mx.view.change({ theme: next === mx.theme.system() ? null : next }, { replace: true });
      mx.theme.apply();
    },
    shortcuts: () => dialog().showModal(),
    "close-dialog": () => dialog().close(),
    "toggle-log": () => flag("log"),
    "toggle-clip": () => flag("clip"),
    "toggle-band": () => mx.view.change({ band: mx.view.get("band") ? null : "interval" }),
    ungroup: () => mx.view.change({ group: null, band: null }),
    experiments: () => {
      mx.closeSwitch();
      mx.view.change({ experiments: "", run: null });
    },
    refresh: mx.view.refresh,
  };
  document.addEventListener("click", (event) => {
    const element = event.target.closest && event.target.closest("[data-act]");
    if (element && ACTS[element.dataset.act]) ACTS[element.dataset.act](element);
    else if (event.target === dialog()) dialog().close();
  });

  function themeButton() {
    const element = document.querySelector(".x-theme");
    if (!element) return;
    const dark = mx.theme.current() === "dark";
    const label = dark ? "Switch to light" : "Switch to dark";
    element.title = label;
    element.setAttribute("aria-label", label);
    element.firstChild.className = `x-ic x-i-${dark ? "sun" : "moon"}`;
  }
  mx.theme.subscribe(themeButton);
  mx.themeButton = themeButton;

  const focus = (id) => () => document.getElementById(id) && document.getElementById(id).focus();
  const KEYS = {
    "/": focus("x-run-search"),
    f: focus("x-plot-filter"),
    s: () => document.querySelector(".x-experiment").click(),
    t: ACTS.theme,
    l: ACTS["toggle-log"],
    c: ACTS["copy-link"],
    v: () => document.getElementById("x-views").click(),
    "?": ACTS.shortcuts,
  };
  // What was typed last may still be on its way to the server: the row waits for the list that has it.
  const PATIENCE = 3000;
  function followFirst(input, until = Date.now() + PATIENCE) {
    const text = input.value.toLowerCase();
    const rows = [...document.querySelectorAll("#x-experiments .x-experiment-row")];
    const row = rows.find((one) => one.querySelector(".x-name").textContent.toLowerCase().includes(text));
    if (row) row.click();
    else if (input.isConnected && Date.now() < until) setTimeout(() => followFirst(input, until), 50);
  }

  const SEARCHES = ["x-run-search", "x-plot-filter"];
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  // As if typed: what was typed just before, and waits to be sent, is forgotten as well.
  mx.clearSearch = clearSearch;
  function clearSearch(input) {
    setValue.call(input, "");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest(".x-experiment-row")) mx.closeSwitch();
  });
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key === "Escape" && SEARCHES.includes(target.id)) return clearSearch(target);
    if (key === "Enter" && target.id === "x-experiment-search") return followFirst(target);
    if (key === "Escape" && mx.view.get("plot") && !dialog().open) return mx.view.change({ plot: null });
    if (key === "Escape" && mx.view.get("run") && !dialog().open && !target.closest("input, textarea")) return mx.view.change({ run: null });
    if (key === "Escape" && mx.view.get("experiments") !== null && !target.closest("input, textarea, select, dialog")) return mx.view.change({ experiments: null });
    if (key === "Enter" && target.id === "x-run-search") return mx.runlist.enter(target);
    if (key === "ArrowDown" && target.id === "x-run-search") return mx.focusRuns();
    if (event.ctrlKey || event.metaKey || event.altKey || dialog().open) return undefined;
    if (target.closest("input:not([type=range]), textarea, select, [contenteditable]") || !KEYS[key]) return undefined;
    event.preventDefault();
    return KEYS[key]();
  });
})();
