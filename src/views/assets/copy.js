// Copy buttons need a script, so they are hidden until this one shows them.
const status = document.getElementById("copy-status");
const FEEDBACK_MS = 2000;
const STATUS = {
  Copied: "Copied",
  Selected: "Your browser blocked copying. Press Ctrl+C to copy the selected text.",
  Blocked: "Your browser blocked copying. Copy the fields one by one.",
};

for (const button of document.querySelectorAll("button.copy")) {
  const label = button.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const result = await copy(button);
    const copied = result === "Copied";
    clearTimeout(timer);
    // The button keeps its width when its text changes.
    button.style.width = `${button.getBoundingClientRect().width}px`;
    button.textContent = result;
    button.classList.toggle("done", copied);
    status.textContent = STATUS[result];
    status.classList.toggle("visually-hidden", copied);
    timer = setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
      button.style.width = "";
      status.textContent = "";
      status.classList.add("visually-hidden");
    }, FEEDBACK_MS);
  });
}

// The page with a new key is the response to a form. Reloading it would create another key.
if (location.pathname !== "/setup" && document.getElementById("bearer-key"))
  history.replaceState(null, "", "/setup");

/** Copies the button's text. If the browser doesn't allow it, selects the text beside the button, if there is one. */
async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    return "Copied";
  } catch {
    const text = button.closest(".fields dd, .upfirst-form dd, .secret")?.firstElementChild;
    if (!text) return "Blocked";
    getSelection().selectAllChildren(text);
    return "Selected";
  }
}
