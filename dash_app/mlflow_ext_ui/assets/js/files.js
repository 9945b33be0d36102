// The files of the runs on screen, by path: each dot is one run's own.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useState, useSyncExternalStore } = React;
  const RUNS = 20;
  const SHOWN = 300;
  const AT_ONCE = 4;

  // Of a run that has ended they stay what they are.
  const known = new Map();
  const ended = (run) => !["RUNNING", "SCHEDULED"].includes(run.status);
  async function paths(api, run) {
    if (known.has(run.id)) return known.get(run.id);
    const answer = await mx.fetch(api + encodeURIComponent(run.id));
    if (answer.status === 404) return []; // deleted meanwhile: the page says so
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail || `The server answered ${answer.status}.`);
    if (ended(run)) known.set(run.id, told.artifacts);
    return told.artifacts;
  }
  async function read(api, runs) {
    const found = new Map();
    const waiting = [...runs];
    async function next() {
      for (let run = waiting.shift(); run; run = waiting.shift()) {
        for (const path of await paths(api, run)) found.set(path, [...(found.get(path) || []), run]);
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    const order = new Map(runs.map((run, index) => [run.id, index]));
    return [...found]
      .map(([path, holders]) => ({ path, runs: holders.sort((a, b) => order.get(a.id) - order.get(b.id)) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  // A link can't name a workspace: there the bytes come by way of this page.
  async function save(event, href, path) {
    if (!mx.workspace) return;
    event.preventDefault();
    const answer = await mx.fetch(href);
    if (!answer.ok) return mx.toast(`${path} was not downloaded: the server answered ${answer.status}.`, "bad");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = path.split("/").pop();
    link.click();
    URL.revokeObjectURL(link.href);
  }
  // Few runs have a column each.
  const COLUMNS = 8;
  function File({ at, path, runs, every }) {
    const cut = path.lastIndexOf("/") + 1;
    return h(
      "li",
      { className: "x-file" },
      h("span", { className: "x-file-path", title: path }, h("span", { className: "x-t3" }, path.slice(0, cut)), h("span", null, mx.oneLine(path.slice(cut)))),
      (every.length > COLUMNS ? runs : every).map((run) => {
        if (!runs.includes(run)) return h("span", { key: run.id, className: "x-file-of" }, h("span", { className: "x-run-dot x-none-here" }));
        const href = `${at}?path=${encodeURIComponent(path)}&run_uuid=${encodeURIComponent(run.id)}`;
        const label = `Download ${path} of ${run.name}`;
        const dot = h("span", { className: "x-run-dot", style: { background: run.color, borderColor: run.color } });
        return h("a", { key: run.id, className: "x-file-of", href, download: path.slice(cut), title: `Download from ${run.name}`, "aria-label": label, onClick: (event) => save(event, href, path) }, dot);
      }),
    );
  }

  function Listed({ api, at, runs }) {
    const [{ files, every, trouble }, tell] = useState({});
    const asked = runs.map((run) => run.id + run.status).join();
    useEffect(() => {
      let here = true;
      const first = runs.slice(0, RUNS);
      read(api, first).then(
        (found) => here && tell({ files: found, every: first }),
        (error) => here && tell({ trouble: error.message }),
      );
      return () => {
        here = false;
      };
    }, [asked]);
    if (trouble) return h("p", { className: "x-file-word", role: "alert" }, `The files could not be read. ${trouble}`);
    if (!files) return h("p", { className: "x-file-word", role: "status" }, "Reading the files…");
    if (!files.length) return h("p", { className: "x-file-word" }, runs.length ? "These runs hold no files." : "No run is on screen.");
    const more = files.length - SHOWN;
    return h(
      React.Fragment,
      null,
      h("ul", { className: "x-plain x-file-list", tabIndex: 0, "aria-label": "Files of the runs on screen" }, files.slice(0, SHOWN).map((one) => h(File, { key: one.path, at, every, ...one }))),
      more > 0 || runs.length > RUNS
        ? h("p", { className: "x-file-word" }, [more > 0 && `${mx.whole(more)} more files are not listed.`, runs.length > RUNS && `Files of the first ${RUNS} runs.`].filter(Boolean).join(" "))
        : null,
    );
  }

  mx.Files = function Files({ api, artifact }) {
    const [open, setOpen] = useState(false);
    useSyncExternalStore(mx.runlist.subscribe, mx.runlist.get);
    const runs = [...mx.screen.runs.values()];
    return h(
      "section",
      { className: "x-files" },
      h(
        "button",
        { type: "button", className: "x-files-head", "aria-expanded": open, onClick: () => setOpen(!open) },
        mx.icon(open ? "chevron-down" : "chevron-right", "x-s12 x-t3"),
        "Files",
      ),
      open ? h(Listed, { api, at: artifact, runs }) : null,
    );
  };
})();
