// Loads the page again while Clio is being read, as long as somebody looks at it and is in the middle of nothing.
const seconds = Number(document.querySelector("[data-look-again-in]").dataset.lookAgainIn);

setInterval(() => {
  if (document.visibilityState === "visible" && !isBusy()) location.reload();
}, seconds * 1000);

/** Something has the focus, is selected, or was typed: it would be gone. */
function isBusy() {
  return (
    !document.activeElement?.matches("body, main") ||
    !getSelection().isCollapsed ||
    [...document.querySelectorAll("input")].some(({ value, defaultValue }) => value !== defaultValue)
  );
}
