/* A link from MLflow's page to ours, with the experiment and the runs that are on screen. */
(() => {
  "use strict";
  const home = new URL(".", document.currentScript.src);
  const ID = /^[\w-]{1,64}$/;

  const list = (text) => {
    try {
      const ids = JSON.parse(text);
      return Array.isArray(ids) ? ids.filter((id) => ID.test(id)) : [];
    } catch {
      return []; // an address cut short or typed by hand: the link then goes to the first page
    }
  };

  const target = () => {
    const [path, query = ""] = window.location.hash.replace(/^#/, "").split("?");
    const asked = new URLSearchParams(query);
    const [section, experiment, part, run] = path.split("/").filter(Boolean);
    const address = new URL("plots", home);
    let runs = [];
    let shown = null;
    if (section === "experiments") {
      shown = experiment;
      if ((part === "runs" || part === "evaluation-runs") && run) runs = [run];
    } else if (section === "compare-runs") {
      shown = list(asked.get("experiments"))[0];
      runs = list(asked.get("runs"));
    }
    runs = runs.filter((id) => ID.test(id));
    if (shown && ID.test(shown)) address.searchParams.set("experiment", shown);
    if (runs.length) address.searchParams.set("runs", runs.join(","));
    if (asked.get("workspace")) address.searchParams.set("workspace", asked.get("workspace"));
    return address.href.replaceAll("%2C", ",");
  };

  const link = document.createElement("a");
  link.id = "mlflow-ext-link";
  link.textContent = "Open in mlflow-ext \u2197";
  link.title = "Open what is on screen in mlflow-ext";
  // A tab in the middle of the lower edge, where MLflow has its margin and no controls; above MLflow's own popups, and
  // usable when a dialog of MLflow's disables the rest. One colour that stands out on MLflow's light and dark alike.
  Object.assign(link.style, {
    position: "fixed",
    left: "50%",
    bottom: "0",
    transform: "translateX(-50%)",
    zIndex: "2147483000",
    padding: "1px 12px 0",
    borderRadius: "7px 7px 0 0",
    border: "1px solid rgba(255, 255, 255, 0.6)",
    borderBottom: "0",
    background: "#2c56c4",
    color: "#ffffff",
    font: "600 12px/20px system-ui, sans-serif",
    whiteSpace: "nowrap",
    textDecoration: "none",
    pointerEvents: "auto",
  });
  const update = () => {
    link.href = target();
  };
  update();
  // MLflow's router changes the address without a hashchange event, hence the others.
  for (const name of ["hashchange", "popstate"]) window.addEventListener(name, update);
  for (const name of ["pointerenter", "focus", "pointerdown", "click"]) link.addEventListener(name, update);
  window.navigation?.addEventListener("currententrychange", update);
  document.body.append(link);
})();
