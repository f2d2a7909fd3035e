// Sets the theme before anything is painted. Loaded in the head, and blocking: it must stay tiny.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("keypin-theme"); } catch { return null; }
  };
  const apply = () => {
    const wanted = chosen();
    const theme = wanted === "light" || wanted === "dark" ? wanted : dark.matches ? "dark" : "light";
    root.setAttribute("data-bs-theme", theme);
    root.dispatchEvent(new CustomEvent("keypin:theme"));
  };
  root.classList.add("kp-scripted");
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  apply();
  window.keypinTheme = {
    chosen: () => chosen() || "system",
    choose: (theme) => {
      try { localStorage.setItem("keypin-theme", theme); } catch { /* it lasts as long as the page */ }
      apply();
    },
  };
})();
