// Webhooks that alerts are sent to: a list with what came of the last sending, a form that adds one, and a test.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState } = React;
  const SOON = 2000; // until the next look while something is on its way
  const LATER = 10000;
  const SCOPES = [["here", "every alert of this experiment"], ["all", "every alert of all experiments"], ["rules", "alerts of rules that name it"]];
  const LEVELS = [["info", "all levels"], ["warning", "warnings and errors"], ["error", "errors"]];
  const HEARD = { info: "Every alert", warning: "Warnings and errors", error: "Errors" };
  const FORBIDDEN = 403;

  const madeSecret = () => Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const until = (ms) => {
    const seconds = Math.round((ms - Date.now()) / 1000);
    if (seconds < 1) return "now";
    return seconds < 90 ? `in ${seconds} s` : seconds < 5400 ? `in ${Math.round(seconds / 60)} min` : `in ${Math.round(seconds / 3600)} h`;
  };
  // Without what only a programmer asks for; that stands among the attempts.
  const short = (why) => (why.startsWith("no answer: ") ? why.replace(/ \(.*\)$/s, "") : why);
  const reason = ({ status, why }) => (status === null ? why : `it answered ${status}${why.startsWith("refused: ") ? `: ${why.slice(9)}` : why === "refused" ? "" : `; ${why}`}`);

  // What a delivery comes to: {glyph, look, text, why}.
  function told(one, paused) {
    const what = one.alert_id === null ? "Test" : "Last alert";
    const tries = one.attempts;
    const last = tries[tries.length - 1];
    const count = tries.length > 1 ? `, ${mx.count(tries.length, "attempt")}` : "";
    const going = Boolean(last) && last.duration === null;
    if (one.state === "delivered") return { glyph: "check", look: "x-good", text: `${what} delivered ${mx.age(last.at)}${count}`, why: "" };
    if (one.state === "failed") return { glyph: "circle-x", look: "x-bad", text: `${what} failed${last ? ` ${mx.age(last.at)}` : ""}${count}`, why: last ? reason(last) : "It was given up before it was sent." };
    if (paused) return { glyph: "clock", look: "x-t3", text: `${what} waits until the webhook goes on${count}`, why: last && !going ? reason(last) : "" };
    if (!last || going) return { glyph: "clock", look: "x-t3", text: last ? `${what} is being sent${count}` : `${what} waits to be sent`, why: "" };
    return { glyph: "clock", look: "x-warn", text: `${what} did not arrive${count}; next attempt ${until(one.next_at)}`, why: reason(last) };
  }
  // Names of experiments by their ids; one that is gone keeps its id.
  const places = new Map();
  async function learn(id) {
    try {
      places.set(id, (await mx.rest("GET", `experiments/${encodeURIComponent(id)}`)).found.name);
    } catch (error) {
      if (!error.status) throw error;
      places.set(id, `experiment ${id}, which can't be read`);
    }
  }
  async function read(experiment) {
    const [hooks, ruled] = await Promise.all([mx.rest("GET", "webhooks"), mx.rest("GET", `alert-rules?${new URLSearchParams({ experiment_id: experiment })}`)]);
    const others = new Set(hooks.found.map((hook) => hook.experiment_id).filter((id) => id !== null && id !== experiment && !places.has(id)));
    await Promise.all([...others].map(learn));
    return { hooks: hooks.found, total: hooks.total, rules: ruled.found.rules };
  }
  const scope = (hook, experiment, names) => {
    const rules = names.length ? `rules here: ${names.join(", ")}` : "rules that name it";
    if (!hook.every_alert) return `Alerts of ${rules}`;
    const place = hook.experiment_id === null ? "all experiments" : hook.experiment_id === experiment ? "this experiment" : places.get(hook.experiment_id);
    return `${HEARD[hook.level]} of ${place}${names.length ? `; ${rules}` : ""}`;
  };

  const row = (label, ...controls) => h("div", { className: "x-arule-row" }, h("span", { className: "x-label" }, label), h("div", { className: "x-arule-fields" }, controls));
  const select = (label, options, value, set) => h("select", { key: label, className: "x-select", "aria-label": label, value, onChange: (event) => set(event.target.value) }, options.map(([one, word]) => h("option", { key: one, value: one }, word)));

  function Form({ experiment, done, cancel }) {
    const [fields, setFields] = useState({ name: "", url: "", secret: "", scope: "here", level: "warning" });
    const [wrong, setWrong] = useState("");
    const [busy, setBusy] = useState(false);
    const first = useRef(null);
    const box = useRef(null);
    useEffect(() => first.current.focus(), []);
    useEffect(() => void box.current.scrollIntoView({ block: "nearest" }), [wrong]);
    const put = (name) => (value) => setFields({ ...fields, [name]: value });
    const text = (label, name, more) => h("input", { key: name, className: "x-input", type: "text", autoComplete: "off", spellCheck: false, "aria-label": label, value: fields[name], onChange: (event) => put(name)(event.target.value), ...more });
    const every = fields.scope !== "rules";
    const submit = async (event) => {
      event.preventDefault();
      const lacks = !fields.name.trim() ? "Give it a name." : !fields.url.trim() ? "Give the address." : fields.secret && fields.secret.length < 16 ? "The secret needs at least 16 characters." : "";
      setWrong(lacks);
      if (lacks || busy) return;
      setBusy(true);
      const secret = fields.secret || madeSecret();
      const place = fields.scope === "here" ? experiment : null;
      try {
        const { found } = await mx.rest("POST", "webhooks", { name: fields.name.trim(), url: fields.url.trim(), secret, every_alert: every, experiment_id: place, ...(every ? { level: fields.level } : {}) });
        done(fields.secret ? null : { name: found.name, secret });
      } catch (error) {
        setWrong(error.message.replace(/^(url|name|secret): /, ""));
        setBusy(false);
      }
    };
    return h(
      "form",
      { ref: box, className: "x-arule-form", onSubmit: submit, "aria-label": "New webhook" },
      row("Name", text("Name", "name", { ref: first, maxLength: 120, placeholder: "team chat" })),
      row("Address", text("Address", "url", { maxLength: 2000, inputMode: "url", placeholder: "https://…" })),
      row("Sends", select("Sends", SCOPES, fields.scope, put("scope"))),
      every ? row("Level", select("Level", LEVELS, fields.level, put("level"))) : null,
      row("Secret", text("Secret", "secret", { maxLength: 256, placeholder: "Empty: one is made, and shown once" })),
      wrong ? h("p", { className: "x-filter-error", role: "alert" }, wrong) : null,
      h("div", { className: "x-panel-foot" }, h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: cancel }, "Cancel"), h("button", { type: "submit", className: "x-btn x-small x-primary", disabled: busy }, "Add webhook")),
    );
  }

  function Attempts({ tries }) {
    return h(
      "ol",
      { className: "x-hook-tries", "aria-label": "Attempts" },
      tries.map((one) => h("li", { key: one.number }, h("time", { className: "x-caption", title: new Date(one.at).toLocaleString("en-GB") }, mx.age(one.at)), h("span", null, one.duration === null ? "under way" : reason(one)))),
    );
  }

  function Last({ hook, whole }) {
    const one = hook.last_delivery;
    if (!one) return h("p", { className: "x-hook-last x-caption" }, "Nothing was sent to it yet");
    const { glyph, look, text, why } = told(one, hook.paused);
    return h(
      React.Fragment,
      null,
      h("p", { className: "x-hook-last" }, mx.icon(glyph, `x-s12 ${look}`), h("span", null, text)),
      why && !whole ? h("p", { className: "x-hook-why" }, short(why)) : null,
      whole ? h(Attempts, { tries: one.attempts }) : null,
    );
  }

  function Hook({ hook, experiment, names, act }) {
    const [asked, setAsked] = useState(false);
    const [whole, setWhole] = useState(false);
    const tried = hook.last_delivery && hook.last_delivery.attempts.length;
    const path = `webhooks/${encodeURIComponent(hook.id)}`;
    const button = (label, onClick, look = "") => h("button", { key: label, type: "button", className: `x-btn x-quiet x-small ${look}`, "aria-label": `${label}: ${hook.name}`, onClick }, label);
    const choices = asked
      ? [button("Keep", () => setAsked(false)), button("Delete for good", () => act(() => mx.rest("DELETE", path)), "x-danger")]
      : [
          hook.paused ? null : button("Send a test", () => act(() => mx.rest("POST", `${path}/test`))),
          button(hook.paused ? "Go on" : "Pause", () => act(() => mx.rest("PATCH", path, { paused: !hook.paused }))),
          button("Delete", () => setAsked(true)),
        ];
    return h(
      "li",
      { className: `x-hook${hook.paused ? " x-arule-paused" : ""}`, "aria-label": hook.name },
      h("span", { className: "x-hook-head" }, h("span", { className: "x-alert-title" }, hook.name), hook.paused ? h("span", { className: "x-caption" }, "paused, sends nothing") : null),
      h("span", { className: "x-hook-url" }, hook.url),
      h("span", { className: "x-hook-scope" }, scope(hook, experiment, names)),
      h(Last, { hook, whole: Boolean(tried) && whole }),
      asked ? h("p", { className: "x-hook-why" }, `Delete ${hook.name}? Rules that name it go on, and send to nobody.`) : null,
      h(
        "span",
        { className: "x-hook-acts" },
        tried ? h("button", { type: "button", className: "x-btn x-quiet x-small x-hook-more", "aria-expanded": whole, "aria-label": `${whole ? "Hide" : "Show"} attempts: ${hook.name}`, onClick: () => setWhole(!whole) }, whole ? "Hide attempts" : "Show attempts") : null,
        choices,
      ),
    );
  }

  function Secret({ made, close }) {
    const copy = useRef(null);
    useEffect(() => {
      copy.current.focus();
      copy.current.closest(".x-hook-secret").scrollIntoView({ block: "nearest" });
    }, []);
    return h(
      "div",
      { className: "x-hook-secret", role: "group", "aria-label": "Secret" },
      h("p", null, h("strong", null, `The secret of ${made.name}`), ". Give it to the receiver now: it is shown this once, and signs all that is sent."),
      h("code", { className: "x-hook-code" }, made.secret),
      h("span", { className: "x-panel-foot" }, h("button", { ref: copy, type: "button", className: "x-btn x-small", onClick: () => mx.copy(made.secret, "Secret copied") }, mx.icon("copy", "x-s12"), "Copy"), h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: close }, "Done")),
    );
  }

  mx.Webhooks = function Webhooks({ experiment }) {
    const [found, setFound] = useState(null);
    const [trouble, setTrouble] = useState("");
    const [denied, setDenied] = useState(false);
    const [adding, setAdding] = useState(false);
    const [made, setMade] = useState(null);
    const adder = useRef(null);
    const [away, setAway] = useState("");
    const [looks, setLooks] = useState(0);
    const turn = useRef(0);
    const look = async () => {
      const mine = ++turn.current;
      try {
        const now = await read(experiment);
        if (mine !== turn.current) return;
        setFound(now);
        setAway("");
      } catch (error) {
        if (error.status === FORBIDDEN) setDenied(true);
        else setAway(error.message);
      }
      setLooks((count) => count + 1);
    };
    const act = async (work) => {
      setTrouble("");
      try {
        await work();
      } catch (error) {
        setTrouble(error.message);
      }
      await look();
    };
    useEffect(() => void look(), []);
    useEffect(() => {
      if (!looks || denied) return undefined;
      const soon = found && found.hooks.some(({ last_delivery: one, paused }) => one && one.state === "pending" && !paused);
      const timer = setTimeout(() => (document.hidden ? setLooks((count) => count + 1) : look()), soon ? SOON : LATER);
      return () => clearTimeout(timer);
    }, [looks]);
    const back = () => {
      setAdding(false);
      requestAnimationFrame(() => adder.current && adder.current.focus());
    };
    if (denied) return h("div", { className: "x-alert-none" }, h("strong", null, "Webhooks are for admins"), h("p", null, "They send alerts to addresses beyond this server, so that only admins may see and change them. Ask one to add yours; a rule of this experiment can then send to it."));
    const wrong = trouble || away;
    const error = wrong ? h("p", { className: "x-filter-error", role: "alert" }, wrong) : null;
    if (!found) return error || h("p", { className: "x-none" }, "Reading the webhooks…");
    const { hooks, rules, total } = found;
    const named = (id) => rules.filter((rule) => rule.webhook_id === id).map((rule) => rule.name);
    const none = h("div", { className: "x-alert-none" }, h("strong", null, "No webhooks yet"), h("p", null, "A webhook sends alerts to an address, such as a team's chat, signed and tried again until it arrives. The address must begin with one that the server's setting ", h("code", null, "MLFLOW_EXT_WEBHOOK_ALLOW"), " lists."));
    const done = async (secret) => {
      await look();
      setMade(secret);
      if (secret) setAdding(false);
      else back();
    };
    return h(
      React.Fragment,
      null,
      error,
      hooks.length ? h("ul", { className: "x-arule-list", "aria-label": "Webhooks" }, hooks.map((hook) => h(Hook, { key: hook.id, hook, experiment, names: named(hook.id), act }))) : adding ? null : none,
      hooks.length < total ? h("p", { className: "x-none" }, `The first ${mx.whole(hooks.length)} of ${mx.whole(total)} by name; GET /webhooks has them all.`) : null,
      made ? h(Secret, { made, close: () => (setMade(null), back()) }) : adding ? h(Form, { experiment, cancel: back, done }) : h("div", { className: "x-panel-foot" }, h("button", { ref: adder, type: "button", className: "x-btn x-small", onClick: () => setAdding(true) }, mx.icon("plus", "x-s12"), "Add webhook")),
    );
  };
})();
