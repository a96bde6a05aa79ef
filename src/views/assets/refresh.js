// Reloads the page while data is read from Clio, unless the page is hidden or in use.
const seconds = Number(document.querySelector("[data-refresh-seconds]").dataset.refreshSeconds);

setInterval(() => {
  if (document.visibilityState === "visible" && !isInUse()) location.reload();
}, seconds * 1000);

/** A reload would lose the focus, the selection or what was typed. */
function isInUse() {
  return (
    !document.activeElement?.matches("body, main") ||
    !getSelection().isCollapsed ||
    [...document.querySelectorAll("input")].some(({ value, defaultValue }) => value !== defaultValue)
  );
}
