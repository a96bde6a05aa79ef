// Loads the page again while Clio is being read, as long as somebody looks at it.
const seconds = Number(document.querySelector("[data-look-again-in]").dataset.lookAgainIn);

setInterval(() => {
  if (document.visibilityState === "visible") location.reload();
}, seconds * 1000);
