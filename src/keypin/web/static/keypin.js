// What pages do without asking the server: copying, menus, dialogs, shortcuts, the timeline.
// Everything is found by attributes and handled on the document, so what htmx swaps in works at once.
(() => {
  "use strict";
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // What is said is heard; a problem is shown too.
  const say = (text, problem = false) => {
    const region = find("#said");
    region.textContent = "";
    region.className = problem ? "kp-problem" : "visually-hidden";
    if (problem) setTimeout(() => { region.className = "visually-hidden"; }, 8000);
    // An empty region first: the same words said twice are otherwise read once.
    setTimeout(() => { region.textContent = text; }, 50);
  };

  // Copying. The clipboard is offered on https and loopback alone; elsewhere the old way has to do.
  const copy = async (text) => {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  const onCopy = async (button) => {
    try { await copy(button.dataset.copy); } catch { say("The browser refuses to copy.", true); return; }
    button.classList.add("kp-copied");
    say("Copied");
    setTimeout(() => button.classList.remove("kp-copied"), 1500);
  };

  // A table's CSV is of the rows that are seen: the filter is in the address, which htmx keeps.
  const onSave = (link) => {
    const wanted = new URL(link.href), seen = new URL(location.href), table = wanted.searchParams.get("table");
    if (seen.pathname !== wanted.pathname.replace(/\.csv$/, "") || seen.searchParams.get("table") !== table) return;
    if (table) seen.searchParams.set("as", "csv");
    link.href = wanted.pathname + seen.search;
  };

  // Theme.
  const showTheme = () => all("[data-theme-to]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.themeTo === keypinTheme.chosen()));
  });

  // Dialogs. A form that takes something away asks first, and is sent once.
  let asking = null;
  const ask = (form) => {
    asking = form;
    find("#confirm-text").textContent = form.dataset.confirm;
    find("#confirm-yes").textContent = form.dataset.label;
    find("#confirm").showModal();
  };
  const answer = () => {
    find("#confirm").close();
    delete asking.dataset.confirm;
    asking.requestSubmit();
  };

  const closeMenus = (except) => all("details.kp-menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });

  // All rows of a page are chosen at once by a box, which without scripts is not there.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset.choose;
    if (name) all(`td input[name=${name}]`).forEach((box) => { box.checked = event.target.checked; });
  });

  const toggleNavigation = (button) => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    find(".kp-side").classList.toggle("kp-open", open);
  };

  document.addEventListener("click", (event) => {
    const saved = event.target.closest(".kp-csv");
    if (saved) onSave(saved);
    const on = (selector) => event.target.closest(selector);
    closeMenus(on("details.kp-menu"));
    const button = on("button");
    if (!button) return;
    if (button.dataset.copy !== undefined) onCopy(button);
    else if (button.dataset.themeTo) { keypinTheme.choose(button.dataset.themeTo); showTheme(); closeMenus(); }
    else if (button.dataset.dialog) { closeMenus(); find(`#${button.dataset.dialog}`).showModal(); }
    else if (button.hasAttribute("data-close")) button.closest("dialog").close();
    else if (button.id === "confirm-yes") answer();
    else if (button.matches(".kp-nav-button")) toggleNavigation(button);
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.confirm) return;
    event.preventDefault();
    ask(event.target);
  });

  // Shortcuts: "/" to the filter, "?" to the list, "g" and a letter to a page.
  let going = 0;
  const typing = (target) => target.closest("input, textarea, select, dialog, [contenteditable]");
  const follow = (letter) => {
    const link = find(`[data-letter="${CSS.escape(letter)}"]`);
    if (link) link.click();
    return Boolean(link);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = find("details.kp-menu[open]");
      if (open) { open.open = false; find("summary", open).focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (Date.now() - going < 1200 && follow(event.key)) event.preventDefault();
    else if (event.key === "/" && find("[data-filter]")) { event.preventDefault(); find("[data-filter]").focus(); }
    else if (event.key === "?" && find("#shortcuts")) find("#shortcuts").showModal();
    going = event.key === "g" ? Date.now() : 0;
  });

  // The timeline: what a bar stands for is written below it.
  const detail = (event) => {
    const bar = event.target.closest?.("[data-says]");
    if (bar) find(".kp-timeline-detail", bar.closest(".kp-timeline")).textContent = bar.dataset.says;
  };
  document.addEventListener("focusin", detail);
  document.addEventListener("pointerover", detail);

  // Pages that tell what goes on are read anew while somebody looks: not in a tab behind others, not
  // under a hand that types or asks, and not for long after the last touch, so that a session can end.
  const EVERY = 30_000, PATIENCE = 30 * 60_000;
  let touched = Date.now();
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => { touched = Date.now(); });
  const busy = () => document.hidden || Date.now() - touched > PATIENCE
    || find("dialog[open], td input:checked") || document.activeElement.matches("input, textarea, select");
  const refresh = () => {
    if (find("#content[data-refresh]") && !busy()) {
      htmx.ajax("GET", location.href, { target: "#content", select: "#content", swap: "outerMorph" });
    }
  };
  setInterval(refresh, EVERY);
  document.addEventListener("keypin:refresh", refresh);

  // On a phone, rows of tables are laid out as cards; a browser then forgets that they are a table.
  const ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", th: "columnheader", td: "cell" };
  const keepTables = (from) => all("table.kp-stack", from).forEach((table) => {
    for (const one of [table, ...all("thead, tbody, tr, th, td", table)]) {
      if (!one.hasAttribute("role")) one.setAttribute("role", ROLES[one.localName]);
    }
  });

  const prepare = () => {
    keepTables(document);
    showTheme();
    all("[data-choose]").forEach((box) => { box.parentElement.hidden = false; });
  };
  document.addEventListener("htmx:after:swap", prepare);
  document.addEventListener("htmx:response:error", () => say("The server could not answer. Try again.", true));
  document.addEventListener("htmx:error", () => say("The server could not be reached. Try again.", true));
  // Who was signed out meanwhile is led to the sign-in, which is a page, and not for the place of a table.
  document.addEventListener("htmx:before:response", (event) => {
    const answer = event.detail.ctx.response.raw;
    if (!answer.redirected) return;
    event.preventDefault();
    location.assign(answer.url);
  });
  prepare();
})();
