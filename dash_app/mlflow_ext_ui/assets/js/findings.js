// The list of findings behind a button of the toolbar, worst first; one of them leads to its place on its card.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const SOUGHT = 3000;
  const SHOWN = 20; // findings of a group, and so many more on each click
  const WORDS = { serious: "Serious", warning: "Warning", note: "Note" };
  const SHAPES = { serious: "M8 1.5 14.5 8 8 14.5 1.5 8Z", warning: "M8 2 14.5 13.5H1.5Z", note: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11Z" };

  // Told apart by shape as well as by colour.
  mx.levelSign = (level, size = 12) =>
    h("svg", { className: `x-sign x-sign-${level}`, width: size, height: size, viewBox: "0 0 16 16", role: "img", "aria-label": WORDS[level] }, h("path", { d: SHAPES[level] }));

  function run(id, names) {
    return mx.screen.runs.get(id) || { name: (names && names[id]) || id, color: "transparent", off: true };
  }

  async function element(key) {
    const find = () => document.querySelector(`.x-card[data-key="${CSS.escape(key)}"]`);
    if (!find()) mx.view.change({ filter: null, collapsed: "", plot: null });
    const until = performance.now() + SOUGHT;
    while (!find() && performance.now() < until) await new Promise(requestAnimationFrame);
    return find();
  }
  async function go(finding) {
    if (!mx.screen.runs.has(finding.run)) return mx.insight.seek(finding);
    const card = mx.insight.cardOf(finding.metric);
    const place = card && (await element(card.key));
    if (!place) return mx.toast(`No plot of ${finding.metric || "this run"} is on the page.`);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
    const { picture } = mx.pictures.get(card.key);
    const shown = mx.zoom.range(card.key, picture);
    const at = picture && picture.figure ? mx.marks.x(finding, picture.figure.layout.meta.x) : null;
    if (shown && at !== null && (at < shown[0] || at > shown[1])) mx.zoom.reset(card.key, picture);
    mx.insight.focus(finding);
  }
  mx.goToFinding = go;

  function Evidence({ finding }) {
    const line = (name, text) => [h("dt", { key: `${name} t` }, name), h("dd", { key: `${name} d` }, text)];
    return h(
      "details",
      { className: "x-evidence" },
      h("summary", null, "Evidence"),
      h(
        "dl",
        null,
        line("Rule", finding.rule),
        line("Measured", finding.measured),
        finding.values.length ? line("Values", finding.values.map(([step, value]) => `step ${step}: ${value}`).join(", ")) : null,
      ),
    );
  }
  function Whose({ id, names }) {
    const { name, color, off } = run(id, names);
    return h("span", { className: "x-finding-run" }, h("span", { className: off ? "x-run-dot" : "x-dot", style: off ? undefined : { background: color } }), h("span", { className: "x-name", title: name }, mx.oneLine(name)), off ? h("span", { className: "x-caption" }, "not on screen") : null);
  }
  function Finding({ finding, names, close }) {
    const where = [finding.metric, finding.step === null ? null : `step ${mx.whole(finding.step)}`].filter(Boolean).join(", ");
    return h(
      "li",
      { className: "x-finding" },
      h(
        "button",
        { type: "button", className: "x-finding-go", "data-run": finding.run, onClick: () => (close(), go(finding)) },
        h("span", { className: "x-finding-head" }, mx.levelSign(finding.level), h("b", null, finding.name), h("span", { className: "x-caption" }, where)),
        h(Whose, { id: finding.run, names }),
        h("span", { className: "x-finding-text" }, finding.sentence),
      ),
      h("p", { className: "x-finding-advice" }, finding.advice),
      h(Evidence, { finding }),
    );
  }
  function Group({ group, told, close }) {
    const [shown, setShown] = React.useState(SHOWN);
    const list = group.places.slice(0, shown).map((place) => h(Finding, { key: place, finding: told.findings[place], names: told.names, close }));
    const more = group.places.length - list.length;
    const steps = group.places.map((place) => told.findings[place].step).filter((step) => step !== null);
    const where = group.run && steps.length ? `from step ${mx.whole(Math.min(...steps))}` : "";
    if (!group.title) return list;
    return h(
      "li",
      { className: "x-finding-group" },
      h("details", null, h("summary", null, mx.levelSign(group.level), h("b", null, group.title), where ? h("span", { className: "x-caption" }, ` ${where}`) : null, group.run ? h(Whose, { id: group.run, names: told.names }) : null), h("ul", { className: "x-plain" }, list), more ? h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => setShown(shown + SHOWN) }, `Show ${Math.min(more, SHOWN)} more`) : null),
    );
  }

  // All runs of the list, or those on screen again.
  function Scope({ whole }) {
    const listed = mx.runlist.get().listing || {};
    const total = listed.total || 0;
    if (whole) return h("button", { type: "button", className: "x-btn x-small", onClick: mx.insight.leave }, "Only the runs on screen");
    if (total <= mx.screen.runs.size) return null;
    return h("button", { type: "button", className: "x-btn x-small", onClick: mx.insight.look }, `Look at all ${mx.count(total, "run")} of the list`);
  }

  function List({ close }) {
    const onScreen = React.useSyncExternalStore(mx.insight.subscribe, mx.insight.get);
    const whole = React.useSyncExternalStore(mx.insight.subscribe, mx.insight.whole);
    const told = whole || onScreen;
    const groups = (some) => told.groups.filter(some).map((group) => h(Group, { key: `${group.title} ${group.places[0]}`, group, told, close }));
    const grave = groups((group) => group.level !== "note");
    const notes = groups((group) => group.level === "note");
    const count = told.findings.filter((one) => one.level === "note").length;
    const beyond = whole && told.total > told.looked + told.left ? `Of ${mx.count(told.total, "run")} the first ${mx.whole(told.looked + told.left)} of the list are looked at.` : "";
    const aside = [told.left && !whole ? `${mx.count(told.left, "run")} still to be looked at.` : "", beyond, told.omitted].filter(Boolean).join(" ");
    const of = whole ? (whole.asking ? `${mx.count(told.looked, "run")} looked at so far …` : `${mx.count(told.looked, "run")} of the list, worst first`) : `${mx.count(mx.screen.runs.size, "run")} on screen, worst first`;
    return h(
      "div",
      { className: "x-findings" },
      h("div", { className: "x-panel-head" }, h("strong", null, "Findings"), h("span", { className: "x-caption", role: "status" }, of), h(Scope, { whole })),
      told.failure ? h("p", { className: "x-caption x-warn", role: "alert" }, `The runs of the list could not be looked at. ${told.failure}`) : null,
      grave.length ? h("ul", { className: "x-plain", "aria-label": "Serious and warnings" }, grave) : h("p", { className: "x-caption" }, told.asking ? "Reading histories." : "Nothing serious, and no warning."),
      notes.length ? h("details", { className: "x-finding-notes", open: !grave.length }, h("summary", null, mx.count(count, "note")), h("ul", { className: "x-plain" }, notes)) : null,
      aside ? h("p", { className: "x-caption" }, aside) : null,
    );
  }

  mx.FindingsButton = function FindingsButton() {
    const told = React.useSyncExternalStore(mx.insight.subscribe, mx.insight.get);
    if (!told.looked) return null;
    const grave = told.findings.filter((one) => one.level !== "note");
    const label = grave.length ? mx.count(grave.length, "finding") : told.findings.length ? mx.count(told.findings.length, "note") : "No finding";
    const [count, word] = told.findings.length ? label.split(" ") : ["", label];
    // The tools must stay in their row when this comes: the word gives way.
    const text = h("span", null, count, h("span", { className: "x-findings-word" }, count ? ` ${word}` : word));
    const level = grave.length ? grave[0].level : "note";
    return h("span", { className: `x-findings-button x-is-${level}` }, h(mx.Popover, { label, text, glyph: grave.length ? "triangle-alert" : told.findings.length ? "circle-help" : "check", look: "x-quiet", children: (close) => h(List, { close }) }));
  };
  // Findings of a card beyond the number of marks that it has room for.
  mx.CardFindings = function CardFindings({ card }) {
    React.useSyncExternalStore(mx.insight.subscribe, mx.insight.get);
    const mine = mx.insight.of(card.key).filter((one) => one.step !== null);
    const more = Math.max(0, mine.length - mx.marks.MOST);
    if (!more) return null;
    const text = `${mx.count(more, "more finding")} in this plot; the list of findings has all`;
    return h("span", { className: "x-chip", role: "img", "aria-label": text, title: text }, mx.levelSign(mine[mx.marks.MOST].level, 10), `+${more}`);
  };
})();
