// The server sends times in UTC. Only the browser knows the reader's time zone.
const AGO_INTERVAL_MS = 5_000;
const UNITS = [
  ["second", 1],
  ["minute", 60],
  ["hour", 3_600],
];
const MAX_AGO_SECONDS = 24 * 3_600;
const relative = new Intl.RelativeTimeFormat("en");

function format(time) {
  const at = new Date(time.dateTime);
  const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
  const isAgo = "ago" in time.dataset && seconds < MAX_AGO_SECONDS;
  const text = isAgo ? formatAgo(seconds) : formatTime(at);
  if (time.textContent !== text) time.textContent = text;
}

function formatAgo(seconds) {
  if (seconds < 5) return "just now";
  const [unit, length] = UNITS.findLast(([, length]) => seconds >= length) ?? UNITS[0];
  return relative.format(-Math.floor(seconds / length), unit);
}

function formatTime(at) {
  return at.toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

for (const time of document.querySelectorAll("time")) format(time);
document.addEventListener("content-replaced", ({ detail }) => {
  for (const time of detail.querySelectorAll("time")) format(time);
});
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-ago]")) format(time);
}, AGO_INTERVAL_MS);
