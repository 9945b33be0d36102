// Fields and choices of the bars. The page writes their values; what a person does is told to ``mx.told`` by id.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState } = React;

  mx.told = {};
  function say(id, value, setProps) {
    setProps({ value });
    if (mx.told[id]) mx.told[id](value);
  }

  // What stands in a field: news from the page take its place, but for the echo of what was told from here, which may
  // come when more has been typed. ``wait``: how long after the last change it is told, in milliseconds.
  function useField(id, value, setProps, wait) {
    const [standing, setStanding] = useState(value);
    const told = useRef(value);
    const waiting = useRef(0);
    useEffect(() => {
      if (value === told.current) return;
      clearTimeout(waiting.current);
      told.current = value;
      setStanding(value);
    }, [value]);
    useEffect(() => () => clearTimeout(waiting.current), []);
    const tell = (next) => {
      told.current = next;
      say(id, next, setProps);
    };
    const change = (next) => {
      setStanding(next);
      clearTimeout(waiting.current);
      if (wait) waiting.current = setTimeout(() => tell(next), wait);
      else tell(next);
    };
    return [standing, change];
  }

  mx.SearchBox = function SearchBox({ id, label, placeholder, wait, glyph, shortcut, value, setProps }) {
    const [text, change] = useField(id, value || "", setProps, wait);
    const end = shortcut ? h("kbd", { className: "x-kbd" }, shortcut) : glyph ? mx.icon(glyph, "x-t3") : null;
    return h(
      "div",
      { className: "x-search" + (end ? " x-ended" : "") },
      mx.icon("search", "x-t3"),
      h("input", { id, className: "x-input", type: "text", autoComplete: "off", spellCheck: false, placeholder, "aria-label": label, value: text, onChange: (event) => change(event.target.value) }),
      end,
    );
  };

  mx.Slide = function Slide({ id, label, least, most, step, value, setProps }) {
    const [now, change] = useField(id, value, setProps, 0);
    const part = { "--x-part": (now - least) / (most - least) };
    return h("input", { id, className: "x-slide", type: "range", min: least, max: most, step, "aria-label": label, value: now, style: part, onChange: (event) => change(Number(event.target.value)) });
  };

  const MOVES = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  // One of a few words, all of them seen. One stop for the Tab key; arrows choose, as in any group of radio buttons.
  mx.radios = ({ id, label, options, value, choose }) => {
    const values = options.map(([one]) => one);
    const keys = (event) => {
      if (!MOVES[event.key]) return;
      event.preventDefault();
      const next = (values.indexOf(value) + MOVES[event.key] + values.length) % values.length;
      event.currentTarget.children[next].focus();
      choose(values[next]);
    };
    return h(
      "div",
      { id, className: "x-choice", role: "radiogroup", "aria-label": label, onKeyDown: keys },
      options.map(([one, word, title]) => h("button", { key: one, type: "button", role: "radio", "aria-checked": one === value, tabIndex: one === value ? 0 : -1, title, onClick: () => choose(one) }, word)),
    );
  };
  mx.Choice = function Choice({ id, label, options, value, setProps }) {
    return mx.radios({ id, label, options, value, choose: (one) => say(id, one, setProps) });
  };
})();
