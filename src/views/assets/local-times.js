// The server sends times in UTC. Only the browser knows the reader's time zone.
for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString("en", {
    dateStyle: "medium",
    timeStyle: "short",
  });
}
