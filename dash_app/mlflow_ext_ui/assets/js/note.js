// A run's note: read as it stands, changed in place, saved over the REST API.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState } = React;
  const control = (text, props) => h("button", { type: "button", className: "x-btn x-small", ...props }, text);

  async function save(run, text) {
    const answer = await mx.fetch(`${mx.prefix}api/runs/${encodeURIComponent(run)}/note`, {
      method: "PATCH",
      body: JSON.stringify({ note: text || null }),
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
  }

  mx.Note = function Note({ run, text }) {
    const [stored, setStored] = useState(text);
    const [draft, setDraft] = useState(null);
    const [trouble, setTrouble] = useState("");
    const field = useRef(null);
    useEffect(() => setStored(text), [run, text]);
    useEffect(() => {
      setDraft(null);
      setTrouble("");
    }, [run]);
    useEffect(() => {
      if (draft !== null && field.current) field.current.focus();
    }, [draft === null]);

    async function keep() {
      try {
        await save(run, draft);
        setStored(draft);
        setDraft(null);
        setTrouble("");
      } catch (error) {
        setTrouble(`The note was not saved. ${error.message} What you typed still stands here.`);
      }
    }
    if (draft === null) {
      return h(
        "div",
        { className: "x-note" },
        stored ? h("p", { className: "x-note-text" }, stored) : h("p", { className: "x-t3" }, "No note yet."),
        control(stored ? "Edit" : "Write a note", { onClick: () => setDraft(stored) }),
      );
    }
    const keys = (event) => {
      if (event.key === "Escape") setDraft(null);
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep();
    };
    return h(
      "div",
      { className: "x-note" },
      h("textarea", { ref: field, value: draft, rows: 4, "aria-label": "Note", onChange: (event) => setDraft(event.target.value), onKeyDown: keys }),
      trouble ? h("p", { className: "x-bad", role: "alert" }, trouble) : null,
      h(
        "div",
        { className: "x-row" },
        control("Save", { className: "x-btn x-small x-primary", onClick: keep }),
        control("Cancel", { className: "x-btn x-quiet x-small", onClick: () => setDraft(null) }),
      ),
    );
  };
})();
