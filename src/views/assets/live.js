// Keeps the parts of the setup page that have `data-live` up to date. Without this script, a reload does.
const RETRY_SECONDS = 30;
const FIRST_POLL_SECONDS = 3;
const announcements = document.getElementById("announcements");
/** The HTML of each part as the server last sent it. The page's own differs: scripts have changed it. */
const shown = new Map();
let announced = announcements.dataset.announced;
let currentStep = announcements.dataset.currentStep;

/** @returns in how many seconds to ask again; null for never */
async function update() {
  if (document.visibilityState !== "visible") return FIRST_POLL_SECONDS;
  const response = await fetch("/setup/live", { redirect: "error" });
  if (response.status === 401 || response.status === 403) {
    for (const element of document.querySelectorAll("[data-when-signed-out]")) element.hidden = false;
    return null;
  }
  if (!response.ok) return RETRY_SECONDS;
  const root = new DOMParser().parseFromString(await response.text(), "text/html").body.firstElementChild;
  const { currentStep: step, pollSeconds, announcement } = root.dataset;
  for (const part of root.querySelectorAll("[data-live]")) replace(part);
  if (step !== currentStep) openStep(step);
  currentStep = step;
  if (announcement !== announced) announcements.textContent = announcement;
  announced = announcement;
  return Number(pollSeconds);
}

function replace(part) {
  const name = part.dataset.live;
  const html = part.outerHTML;
  const current = document.querySelector(`[data-live="${name}"]`);
  if (!current || shown.get(name) === html || isInUse(current)) return;
  shown.set(name, html);
  current.replaceWith(document.adoptNode(part));
  document.dispatchEvent(new CustomEvent("content-replaced", { detail: part }));
}

/** Replacing a part would lose the focus or the selection in it. */
function isInUse(element) {
  const selection = getSelection();
  return (
    element.contains(document.activeElement) ||
    (!selection.isCollapsed && selection.containsNode(element, true))
  );
}

/** Opens the step that is next now. The one before stays open, because the user may still be copying from it. */
function openStep(step) {
  const details = document.querySelector(`[data-step="${step}"]`);
  if (details) details.open = true;
  for (const element of document.querySelectorAll("[data-when-complete]")) element.hidden = step !== "";
}

async function poll() {
  const seconds = await update().catch(() => RETRY_SECONDS);
  if (seconds !== null) setTimeout(poll, seconds * 1000);
}

setTimeout(poll, FIRST_POLL_SECONDS * 1000);
