// Shows the copy buttons, which are of no use without a script, and copies what each one holds.
const status = document.getElementById("copied");
const SHOWN_FOR = 2000;

for (const button of document.querySelectorAll("button.copy")) {
  const label = button.textContent;
  let timer;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(button);
    clearTimeout(timer);
    // As wide as before, whatever stands on it.
    button.style.width = `${button.getBoundingClientRect().width}px`;
    button.textContent = copied ? "Copied" : "Selected";
    button.classList.toggle("done", copied);
    status.textContent = copied ? "Copied" : "Copying is not allowed here: press Ctrl+C, or copy by hand";
    status.classList.toggle("unseen", copied);
    timer = setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
      button.style.width = "";
      status.textContent = "";
      status.classList.add("unseen");
    }, SHOWN_FOR);
  });
}

// The page with a new key is the answer to a form: loaded again, it would make another one.
if (location.pathname !== "/setup" && document.getElementById("bearer-key"))
  history.replaceState(null, "", "/setup");

/** Where the browser forbids it, the text is selected instead. */
async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    return true;
  } catch {
    const text = button.closest(".fields dd, .secret")?.firstElementChild;
    if (text) getSelection().selectAllChildren(text);
    return false;
  }
}
